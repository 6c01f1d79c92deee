//! The pool slots of ESP-Miner since 2.15.0. A slot is written whole: what is not sent is the factory's.

use std::collections::BTreeSet;

use serde_json::Value as Json;

use super::changes::Changes;
use super::plan::json;
use super::request::{Member, Method, Request};
use super::setting::{Seat, Setting};
use super::shown::{Shown, Slot};
use super::takes::HIDDEN;
use crate::Error;

/// Slots that there are.
const SLOTS: u8 = 8;

const PASSWORD: &str = "stratumPassword";

/// What goes to the slots, and what then is selected among them.
#[derive(Default)]
pub(super) struct Requests {
    pub(super) puts: Vec<Request>,
    pub(super) selected: Option<(String, Member)>,
}

/// The members of a slot that can be asked for, with the settings of the two pools that they are.
const PARTS: [(&str, Setting, Setting); 3] = [
    ("stratumURL", Setting::StratumUrl, Setting::FallbackUrl),
    ("stratumPort", Setting::StratumPort, Setting::FallbackPort),
    ("stratumUser", Setting::StratumUser, Setting::FallbackUser),
];

pub(super) fn requests(shown: &Shown, changes: &Changes, due: &BTreeSet<Setting>) -> Result<Requests, Error> {
    let mut requests = Requests::default();
    let is_due = |seat| due.iter().any(|setting| setting.seat() == Some(seat));
    if is_due(Seat::Primary) {
        requests.puts.push(put(shown, changes, Seat::Primary, shown.pools.primary)?);
    }
    if is_due(Seat::Fallback) {
        let slot = fallback_slot(shown)?;
        requests.puts.push(put(shown, changes, Seat::Fallback, slot)?);
        if slot != shown.pools.secondary {
            requests.selected = Some(("secondaryPoolIndex".to_owned(), Member::Open(slot.into())));
        }
    }
    Ok(requests)
}

/// The slot of the fallback. One that is also the primary's is left to that: an empty one is taken instead.
fn fallback_slot(shown: &Shown) -> Result<u8, Error> {
    let pools = &shown.pools;
    if pools.secondary != pools.primary {
        return Ok(pools.secondary);
    }
    let is_empty = |slot: &u8| *slot != pools.primary && pools.slots.iter().all(|(taken, _)| taken != slot);
    (0..SLOTS).find(is_empty).ok_or_else(|| {
        let problem = "has no slot: its own is the primary's, and no other is empty; clear one".to_owned();
        Error::BadSetting { setting: Setting::FallbackUrl, problem }
    })
}

fn put(shown: &Shown, changes: &Changes, seat: Seat, slot: u8) -> Result<Request, Error> {
    let before = shown.pools.slots.iter().find(|(known, _)| *known == slot).map(|(_, Slot(before))| before);
    let mut members = before.cloned().unwrap_or_default();
    for (name, primary, fallback) in PARTS {
        let setting = if seat == Seat::Primary { primary } else { fallback };
        if let Some(value) = changes.settings.get(setting) {
            members.insert(name.to_owned(), json(value, shown.firmware()));
        }
        if matches!(members.get(name), None | Some(Json::Null)) {
            let problem = format!("must be asked for too: slot {slot} has no pool yet");
            return Err(Error::BadSetting { setting, problem });
        }
    }
    let mut members: Vec<_> = members.into_iter().map(|(name, json)| (name, Member::Open(json))).collect();
    let password = if seat == Seat::Primary { Setting::StratumPassword } else { Setting::FallbackPassword };
    match changes.secrets.get(&password) {
        Some(secret) => members.push((PASSWORD.to_owned(), Member::Secret(secret.clone()))),
        // The device keeps the password that it has when it gets back what it shows of it.
        None if before.is_some() => members.push((PASSWORD.to_owned(), Member::Open(HIDDEN.into()))),
        None => {}
    }
    Ok(Request { members, ..Request::new(Method::Put, format!("/api/system/pools/{slot}")) })
}
