//! What a device is: its firmware and its board, drawn from the seed, or from a list of firmwares.
//!
//! Every sixteen miners in a row run each of the supported firmwares once, in an order of their own, so that a fleet of
//! sixteen shows them all. Of the boards that a firmware runs on each is as likely as any other.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::{Arc, LazyLock};

use shiftboss_axeos::Mac;

use crate::device::Device;
use crate::device::board::{BOARDS, Board};
use crate::device::fields::Shape;
use crate::device::firmware::{Firmware, SUPPORTED};
use crate::device::nvs::{Key, Nvs};
use crate::device::pool::{FALLBACK, PRIMARY};
use crate::device::told::{Identity, State};
use crate::draw::{Draw, scatter};

/// Of other draws of the same seed.
const ORDER: u64 = 0x6f72_6465_7200_0000;
const BOARD: u64 = 0x626f_6172_6400_0000;

/// An address to be paid at that nobody has.
const PAYOUT: &str = "bc1qexampleexampleexampleexampleexample0000";

/// The shapes of all firmwares, which those that run one share.
static SHAPES: LazyLock<[Arc<Shape>; SUPPORTED.len()]> =
    LazyLock::new(|| SUPPORTED.map(|firmware| Arc::new(Shape::of(firmware))));

/// Device `index` of the fleet of `seed`, counted from 0, as its owner has set it up.
///
/// With a `pool` it mines there, and has no other.
pub(crate) fn device(seed: u64, index: u32, place: SocketAddr, pool: Option<SocketAddr>) -> Device {
    let which = which(seed, index);
    let firmware = SUPPORTED[which];
    let mut nvs = Nvs::new(board(seed, index, firmware));
    let hostname = hostname(index);
    nvs.change_pool(PRIMARY, |pool| pool.user = format!("{PAYOUT}.{hostname}").into());
    nvs.set_text(Key::Hostname, &hostname);
    if let Some(address) = pool {
        nvs.change_pool(PRIMARY, |pool| {
            (pool.url, pool.port) = (address.ip().to_string().into(), address.port());
        });
        nvs.change_pool(FALLBACK, |pool| (pool.url, pool.port) = ("".into(), 0));
    }
    Device {
        firmware,
        shape: Arc::clone(&SHAPES[which]),
        identity: identity(index, place),
        nvs,
        state: State::default(),
    }
}

/// The name that the fleet knows a miner by: `mockaxe1` is miner 0.
pub(crate) fn hostname(index: u32) -> String {
    format!("mockaxe{}", index + 1)
}

/// What device `index` of the fleet of `seed` runs.
pub(crate) fn firmware(seed: u64, index: u32) -> Firmware {
    SUPPORTED[which(seed, index)]
}

/// The place of its firmware among [`SUPPORTED`].
fn which(seed: u64, index: u32) -> usize {
    let count = SUPPORTED.len();
    let mut order: [usize; SUPPORTED.len()] = std::array::from_fn(|place| place);
    let mut draw = Draw::new(seed ^ ORDER, index / count as u32);
    for place in (1..count).rev() {
        order.swap(place, draw.below(place as u64 + 1) as usize);
    }
    order[index as usize % count]
}

fn board(seed: u64, index: u32, firmware: Firmware) -> &'static Board {
    let count = Board::running(firmware).count() as u64;
    let which = Draw::new(seed ^ BOARD, index).below(count) as usize;
    Board::running(firmware).nth(which).unwrap_or(&BOARDS[0])
}

fn identity(index: u32, place: SocketAddr) -> Identity {
    // A port that the system chooses is not known yet.
    let mac = if place.port() == 0 { mac_of(u64::from(index)) } else { mac_at(place) };
    Identity { mac, ipv4: ipv4(place) }
}

/// The address that a device says it has.
pub(super) fn ipv4(place: SocketAddr) -> Ipv4Addr {
    match place.ip() {
        IpAddr::V4(ipv4) if !ipv4.is_unspecified() => ipv4,
        _ => Ipv4Addr::LOCALHOST,
    }
}

/// The MAC of a miner that listens there, whenever it started.
pub(crate) fn mac_at(place: SocketAddr) -> Mac {
    let address = match place.ip() {
        IpAddr::V4(address) => u64::from(address.to_bits()),
        IpAddr::V6(address) => {
            address.segments().iter().fold(0, |word, part| scatter(word ^ u64::from(*part)))
        }
    };
    mac_of(address << 16 | u64::from(place.port()))
}

/// Of those that anybody may give to his own.
fn mac_of(word: u64) -> Mac {
    let [.., a, b, c, d, e] = scatter(word).to_be_bytes();
    Mac([0x02, a, b, c, d, e])
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    const PLACE: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 0);

    #[test]
    fn sixteen_in_a_row_run_each_firmware_once_and_every_sixteen_in_another_order() {
        let of = |from: u32| (from..from + 16).map(|index| which(1, index)).collect::<Vec<_>>();
        for block in [of(0), of(16), of(9_984)] {
            assert_eq!(block.iter().collect::<BTreeSet<_>>().len(), 16);
        }
        assert_ne!(of(0), of(16));
        assert_eq!(of(0), of(0));
        assert_ne!((0..16).map(|index| which(2, index)).collect::<Vec<_>>(), of(0));
    }

    #[test]
    fn every_board_that_a_firmware_runs_on_comes_up() {
        for firmware in SUPPORTED {
            let seen: BTreeSet<_> = (0..400).map(|index| board(1, index, firmware).device_model).collect();
            assert_eq!(seen.len(), Board::running(firmware).count(), "{firmware:#}");
        }
    }

    #[test]
    fn a_device_is_known_by_its_address_and_no_two_are_alike() {
        let at = |index, port| device(1, index, SocketAddr::new(PLACE.ip(), port), None).identity.mac;
        assert_eq!(at(0, 80), at(7, 80));
        assert_ne!(at(0, 80), at(0, 81));
        let macs: BTreeSet<_> = (0..10_000).map(|index| at(index, 0)).collect();
        assert_eq!(macs.len(), 10_000);
        assert!(macs.iter().all(|mac| mac.0[0] == 2));
    }
}
