//! The pool slots of ESP-Miner 2.15: a whole pool comes at once, in a patch or by `PUT`, and is checked as a whole.

use serde_json::Value;

use super::{BODY_BYTES, INVALID, find, read, whole};
use crate::device::firmware::Firmware;
use crate::device::json::{Style, document};
use crate::device::nvs::Nvs;
use crate::device::pool::{HIDDEN, Pool, SLOTS, Text};
use crate::device::reply::{Changes, Effect, Reply};

const CHANNEL_TYPES: [&str; 2] = ["extended", "standard"];

/// A password that is neither sent nor known.
const NO_PASSWORD: &str = "x";

/// Whether a protocol is the second, if it is one.
pub(super) fn is_v2(protocol: &str) -> Option<bool> {
    ["SV1", "SV2"].iter().position(|known| *known == protocol).map(|place| place == 1)
}

/// The pools of a patch; `None` if one of them will not do.
pub(super) fn of_patch(patch: &Value, nvs: &Nvs) -> Option<Vec<(u8, Pool)>> {
    let Some(pools) = find(patch, "pools") else { return Some(Vec::new()) };
    let pool = |item: &Value| {
        let id = find(item, "id").filter(|id| id.is_number()).map(whole)?;
        let slot = (0.0..f64::from(SLOTS)).contains(&id).then_some(id as u8)?;
        Some((slot, read_pool(item, nvs.pool(slot))?))
    };
    pools.as_array()?.iter().map(pool).collect()
}

/// `PUT /api/system/pools/{slot}`.
pub(crate) fn put(firmware: Firmware, nvs: &mut Nvs, slot: &str, body: &[u8]) -> Reply {
    let reply = match slot_of(slot) {
        None => Reply::error(400, "Invalid pool index"),
        Some(_) if body.is_empty() || body.len() >= BODY_BYTES => Reply::error(400, "Invalid request length"),
        Some(slot) => match read(body) {
            None => Reply::error(400, INVALID),
            Some(value) => match read_pool(&value, nvs.pool(slot)) {
                None => Reply::error(400, "Invalid pool configuration payload"),
                Some(pool) => {
                    nvs.set_pool(slot, Some(pool));
                    changed(firmware, "Pool updated successfully")
                }
            },
        },
    };
    reply.of_api(firmware)
}

/// `DELETE /api/system/pools/{slot}`.
pub(crate) fn delete(firmware: Firmware, nvs: &mut Nvs, slot: &str) -> Reply {
    let reply = match slot_of(slot) {
        None => Reply::error(400, "Invalid pool index"),
        Some(slot) if slot == nvs.primary_slot() || slot == nvs.secondary_slot() => {
            Reply::error(400, "Cannot delete a pool that is currently selected as primary or fallback")
        }
        Some(slot) => {
            nvs.set_pool(slot, None);
            changed(firmware, "Pool cleared successfully")
        }
    };
    reply.of_api(firmware)
}

/// As C's `atoi` reads it: what is no number is 0.
fn slot_of(text: &str) -> Option<u8> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let number = if digits == 0 { 0 } else { text[..digits].parse().ok()? };
    (number < SLOTS && !text.starts_with('-')).then_some(number)
}

fn changed(firmware: Firmware, message: &str) -> Reply {
    let body = document(Style::of(firmware), |json| json.key("message").text(message));
    Reply::json(body).then(Effect::Apply(Changes { pool: true, ..Changes::default() }))
}

/// A pool as it was sent; what was not sent is the factory's, but for a password that is hidden.
fn read_pool(item: &Value, old: Option<&Pool>) -> Option<Pool> {
    let text = |name, longest: usize, default: &'static str| match find(item, name) {
        None => Some(Text::Borrowed(default)),
        Some(text) => text.as_str().filter(|text| text.len() <= longest).map(|text| text.to_owned().into()),
    };
    let flag = |name, default| match find(item, name) {
        None => Some(default),
        Some(flag) if flag.is_boolean() || flag.is_number() => Some(whole(flag) != 0.0),
        Some(_) => None,
    };
    let number = |name, low: f64, high: f64, default: Option<f64>| match find(item, name) {
        None => default,
        Some(number) => number.as_f64().filter(|number| (low..=high).contains(number)),
    };
    let password = match text("stratumPassword", 255, NO_PASSWORD)? {
        hidden if hidden == HIDDEN => old.map_or(NO_PASSWORD.into(), |pool| pool.password.clone()),
        password => password,
    };
    let given = |text: Text| (!text.is_empty()).then_some(text);
    let channel_type = text("stratumV2ChannelType", 255, CHANNEL_TYPES[0])?;
    Some(Pool {
        url: given(text("stratumURL", 255, "")?)?,
        port: number("stratumPort", 1.0, 65_535.0, None)? as u16,
        user: given(text("stratumUser", 255, "")?)?,
        password,
        suggested_difficulty: number("stratumSuggestedDifficulty", 0.0, 1e18, Some(0.0))? as u32,
        extranonce_subscribe: flag("stratumExtranonceSubscribe", false)?,
        tls: number("stratumTLS", 0.0, 2.0, Some(0.0))? as u16,
        cert: text("stratumCert", 3_000, "")?,
        decode_coinbase: flag("stratumDecodeCoinbase", true)?,
        is_v2: is_v2(&text("stratumProtocol", 255, "SV1")?)?,
        v2_channel_type: CHANNEL_TYPES.contains(&&*channel_type).then_some(channel_type)?,
        v2_authority_pubkey: text("stratumV2AuthorityPubkey", 128, "")?,
        v2_require_auth: flag("stratumV2RequireAuth", false)?,
    })
}
