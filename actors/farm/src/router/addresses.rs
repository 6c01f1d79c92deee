//! Who is where: a device that comes back under another address keeps all else, and no two are put at one.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use actix::{ActorFutureExt, AtomicResponse, Handler, Message, WrapFuture};
use shiftboss_axeos::Mac;
use shiftboss_kernel::Ctx;

use super::{Router, settle};
use crate::error::Error;
use crate::record::{Found, Record};

/// Devices have been seen. One that is imprinted, and was seen elsewhere, takes its new address and keeps all else.
#[derive(Debug, Message)]
#[rtype(result = "()")]
pub struct Sighted(pub Vec<Found>);

/// Where devices are, by their records.
pub(super) struct Addresses<'a>(HashMap<Mac, &'a str>);

/// One address is one, with the port of HTTP or without.
pub(crate) fn plain_address(address: &str) -> &str {
    address.strip_suffix(":80").unwrap_or(address)
}

impl<'a> Addresses<'a> {
    pub(super) fn new(records: impl Iterator<Item = &'a Record>) -> Self {
        Self(records.map(|record| (record.mac, plain_address(&record.address))).collect())
    }

    /// Whether one of those that were found would be where another is, when all of them are where they were found.
    pub(super) fn taken(&self, found: &'a [Found]) -> Option<Error> {
        self.clash(found.iter().map(|found| (found.mac, found.address.as_str())))
    }

    /// Whether a device would be where another is at this address.
    pub(super) fn taken_by(&self, mac: Mac, address: &'a str) -> Option<Error> {
        self.clash([(mac, address)])
    }

    fn clash(&self, come: impl IntoIterator<Item = (Mac, &'a str)>) -> Option<Error> {
        let mut after = self.0.clone();
        after.extend(come.into_iter().map(|(mac, address)| (mac, plain_address(address))));
        let mut owners = HashMap::new();
        // Those that stay where they are come first, so that the others are the ones that are refused.
        let (stay, come): (Vec<_>, Vec<_>) =
            after.iter().partition(|(mac, address)| self.0.get(mac) == Some(address));
        for (mac, address) in stay {
            owners.entry(*address).or_insert(*mac);
        }
        for (mac, address) in come {
            match owners.entry(*address) {
                Entry::Vacant(place) => drop(place.insert(*mac)),
                Entry::Occupied(taken) => {
                    return Some(Error::AddressTaken {
                        address: (*address).to_owned(),
                        mac: *mac,
                        known: *taken.get(),
                    });
                }
            }
        }
        None
    }

    /// Those that were found where their records do not say they are. One whose new address is another's is left out,
    /// unless it said itself who it is: then the other one is not there, and its polls will tell.
    pub(super) fn moved(&self, found: Vec<Found>) -> Vec<Found> {
        let is_moved = |found: &Found| {
            self.0.get(&found.mac).is_some_and(|address| *address != plain_address(&found.address))
        };
        let mut moved: Vec<_> = found.into_iter().filter(is_moved).collect();
        loop {
            let Some(Error::AddressTaken { address, mac, known }) = self.taken(&moved) else { return moved };
            let says_so = |found: &Found| found.seen.mac == Some(found.mac);
            if moved.iter().filter(|found| found.mac == mac).all(says_so) {
                log::warn!(
                    "{mac} answers at {address}, where {known} is said to be; discover {known} where it is now"
                );
                return moved;
            }
            log::warn!("{mac} is not moved to {address}, where {known} is, because it does not say its MAC");
            moved.retain(|found| found.mac != mac);
        }
    }
}

impl Router {
    pub(super) fn addresses(&self) -> Addresses<'_> {
        Addresses::new(self.devices.values().map(|routed| &*routed.record))
    }
}

impl Handler<Sighted> for Router {
    type Result = AtomicResponse<Self, ()>;

    fn handle(&mut self, Sighted(found): Sighted, _: &mut Ctx<Self>) -> Self::Result {
        let now_ms = self.clock.now_ms();
        let moved = self.addresses().moved(found);
        let changed: Vec<_> = moved
            .into_iter()
            .map(|found| {
                let record = self.imprinted(&found, now_ms);
                self.changed(record, Some(found.seen))
            })
            .collect();
        for changed in &changed {
            log::info!("{} is at {} now", changed.record.mac, changed.record.address);
        }
        let staff = self.staff.clone();
        let work =
            async move { if changed.is_empty() { Ok(Vec::new()) } else { staff.change(changed).await } };
        AtomicResponse::new(Box::pin(work.into_actor(self).map(|routed, this, ctx| {
            match settle(routed, ctx) {
                Ok(routed) => drop(this.adopt(routed)),
                Err(error) => log::warn!("devices that have moved keep their old addresses: {error}"),
            }
        })))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{found, mac};

    fn at(index: u16, address: &str) -> Found {
        Found { address: address.to_owned(), ..found(index) }
    }

    fn addresses<'a>(known: &[(u16, &'a str)]) -> Addresses<'a> {
        Addresses(known.iter().map(|(index, address)| (mac(*index), plain_address(address))).collect())
    }

    #[test]
    fn two_devices_that_change_places_are_in_nobodys_way() {
        let addresses = addresses(&[(1, "10.0.0.1"), (2, "10.0.0.2")]);
        let swapped = [at(1, "10.0.0.2"), at(2, "10.0.0.1:80")];
        assert_eq!(addresses.taken(&swapped), None);
        assert_eq!(addresses.moved(swapped.into()).len(), 2);
    }

    #[test]
    fn an_address_with_the_port_of_http_is_the_one_without() {
        let addresses = addresses(&[(1, "10.0.0.1")]);
        assert!(addresses.moved(vec![at(1, "10.0.0.1:80")]).is_empty());
        assert!(addresses.taken(&[at(2, "10.0.0.1:80")]).is_some());
        assert!(addresses.taken(&[at(2, "10.0.0.1:8080")]).is_none());
    }

    #[test]
    fn the_one_that_comes_is_refused_and_both_are_named() {
        let addresses = addresses(&[(9, "10.0.0.1")]);
        let refused = addresses.taken(&[at(1, "10.0.0.1")]).unwrap();
        let expected = Error::AddressTaken { address: "10.0.0.1".into(), mac: mac(1), known: mac(9) };
        assert_eq!(refused, expected);
        let text = refused.to_string();
        assert!(text.contains(&mac(1).to_string()) && text.contains(&mac(9).to_string()), "{text}");
        assert!(addresses.taken(&[at(3, "10.0.0.3"), at(4, "10.0.0.3")]).is_some(), "also of two that come");
    }

    #[test]
    fn one_that_says_its_mac_moves_to_where_another_was_and_one_that_does_not_stays() {
        let addresses = addresses(&[(1, "10.0.0.1"), (2, "10.0.0.2")]);
        assert!(addresses.moved(vec![at(1, "10.0.0.2")]).is_empty());
        let mut seen = crate::record::Observation::clone(&found(1).seen);
        seen.mac = Some(mac(1));
        let sure = Found { seen: seen.into(), ..at(1, "10.0.0.2") };
        assert_eq!(addresses.moved(vec![sure]).len(), 1);
    }

    #[test]
    fn one_that_is_not_imprinted_moves_nothing() {
        assert!(addresses(&[(1, "10.0.0.1")]).moved(vec![at(2, "10.0.0.2")]).is_empty());
    }
}
