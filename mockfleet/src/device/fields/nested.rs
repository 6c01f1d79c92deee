//! The fields that are arrays, objects, or texts that must be put together.

use crate::device::json::Json;
use crate::device::number::{print, write_whole};
use crate::device::nvs::Key;
use crate::device::pool::{HIDDEN, Pool};
use crate::device::told::Told;
use crate::device::vitals::Vitals;

/// The partitions of the flash, and which of them can hold a firmware.
const PARTITIONS: [&str; 3] = ["factory", "ota_0", "ota_1"];
pub(crate) const RUNNING: &str = "ota_0";

pub(super) fn mac(told: &Told<'_>, json: &mut Json<'_>) {
    const HEX: &[u8; 16] = b"0123456789ABCDEF";
    json.plain(|out| {
        for (place, byte) in told.identity.mac.0.into_iter().enumerate() {
            if place > 0 {
                out.push(b':');
            }
            out.extend_from_slice(&[HEX[usize::from(byte >> 4)], HEX[usize::from(byte & 15)]]);
        }
    });
}

pub(super) fn own_address(told: &Told<'_>, json: &mut Json<'_>) {
    json.plain(|out| {
        for (place, byte) in told.identity.ipv4.octets().into_iter().enumerate() {
            if place > 0 {
                out.push(b'.');
            }
            write_whole(out, byte.into());
        }
    });
}

/// The link-local address that the MAC makes, by RFC 4291's modified EUI-64.
pub(super) fn own_address_v6(told: &Told<'_>, json: &mut Json<'_>) {
    let [a, b, c, d, e, f] = told.identity.mac.0.map(u16::from);
    let address =
        std::net::Ipv6Addr::new(0xfe80, 0, 0, 0, (a ^ 2) << 8 | b, c << 8 | 0xff, 0xfe00 | d, e << 8 | f);
    json.plain(|out| print(out, format_args!("{address}")));
}

pub(super) fn mdns_name(told: &Told<'_>, json: &mut Json<'_>) {
    json.text(&format!("{}.local", told.nvs.text(Key::Hostname)));
}

/// What pools say of the shares that they reject; late ones are the usual ones, of which the model supposes some.
pub(super) fn rejected_reasons(told: &Told<'_>, json: &mut Json<'_>) {
    let Vitals { rejections, shares_rejected, .. } = told.vitals;
    let supposed = (rejections.is_empty() && *shares_rejected > 0).then_some(("Stale", *shares_rejected));
    json.array(|json| {
        for (message, count) in rejections.iter().map(|(message, count)| (&**message, *count)).chain(supposed)
        {
            json.item().object(|json| {
                json.key("message").text(message);
                json.key("count").count(count);
            });
        }
    });
}

/// Since 2.14 the errors come before the domains, and hash rates are no longer rounded.
pub(super) fn hashrate_monitor(told: &Told<'_>, json: &mut Json<'_>) {
    let is_new = told.firmware.is_esp_miner_from((2, 14, 0));
    let rate = |json: &mut Json<'_>, rate_ghs: f64| {
        if is_new { json.number(rate_ghs as f32) } else { json.float(rate_ghs) }
    };
    let domains = told.board().hash_domains;
    json.object(|json| {
        json.key("asics").array(|json| {
            for chip in &told.vitals.chips {
                let total_ghs = told.hashing(chip.hashrate_ghs);
                json.item().object(|json| {
                    rate(json.key("total"), total_ghs);
                    if is_new {
                        json.key("errorCount").count(chip.errors);
                    }
                    json.key("domains").array(|json| {
                        (0..domains).for_each(|_| rate(json.item(), total_ghs / f64::from(domains)));
                    });
                    if !is_new {
                        json.key("errorCount").count(chip.errors);
                    }
                });
            }
        });
    });
}

/// Who is paid by the block that is mined: whoever mines alone pays himself.
pub(super) fn coinbase_outputs(told: &Told<'_>, json: &mut Json<'_>) {
    let address = told.nvs.primary().user.split('.').next().unwrap_or_default();
    json.array(|json| {
        json.item().object(|json| {
            json.key("value").number(312_500_000);
            json.key("address").text(address);
        });
    });
}

/// No proposal is voted on now.
pub(super) fn block_signals(_: &Told<'_>, json: &mut Json<'_>) {
    json.array(|_| {});
}

pub(super) fn pools(told: &Told<'_>, json: &mut Json<'_>) {
    json.array(|json| {
        for (slot, pool) in told.nvs.pools() {
            json.item().object(|json| write_pool(slot, pool, json));
        }
    });
}

fn write_pool(slot: u8, pool: &Pool, json: &mut Json<'_>) {
    json.key("id").number(slot);
    json.key("stratumProtocol").text(pool.protocol());
    json.key("stratumURL").text(&pool.url);
    json.key("stratumPort").number(pool.port);
    json.key("stratumUser").text(&pool.user);
    json.key("stratumPassword").text(HIDDEN);
    json.key("stratumSuggestedDifficulty").number(pool.suggested_difficulty);
    json.key("stratumExtranonceSubscribe").bool(pool.extranonce_subscribe);
    json.key("stratumTLS").number(pool.tls);
    json.key("stratumCert").text(&pool.cert);
    json.key("stratumDecodeCoinbase").bool(pool.decode_coinbase);
    json.key("stratumV2ChannelType").text(&pool.v2_channel_type);
    json.key("stratumV2AuthorityPubkey").text(&pool.v2_authority_pubkey);
    json.key("stratumV2RequireAuth").bool(pool.v2_require_auth);
}

/// One slot runs; the others have never been written to, and so have no firmware to tell about.
pub(super) fn partitions(told: &Told<'_>, json: &mut Json<'_>) {
    json.array(|json| {
        for label in PARTITIONS {
            json.item().object(|json| {
                json.key("label").text(label);
                json.key("isCurrent").bool(label == RUNNING);
                json.key("isFactory").bool(label == PARTITIONS[0]);
                if label == RUNNING {
                    json.key("version").text(told.shape.version());
                    json.key("compileDate").text("Aug 20 2026");
                    json.key("compileTime").text("12:00:00");
                    json.key("usagePercent").number(64);
                } else {
                    ["version", "compileDate", "compileTime", "usagePercent"]
                        .iter()
                        .for_each(|name| json.key(name).null());
                }
            });
        }
    });
}
