//! Where in a JSON object passwords are, at any depth: without them, named, or kept over a change.

use serde_json::{Map, Value};
use shiftboss_axeos::is_secret;

/// All members that are no secrets.
pub(super) fn without(members: &Map<String, Value>) -> Map<String, Value> {
    let open = members.iter().filter(|(name, _)| !is_secret(name));
    open.map(|(name, value)| (name.clone(), stripped(value))).collect()
}

fn stripped(value: &Value) -> Value {
    match value {
        Value::Object(members) => Value::Object(without(members)),
        Value::Array(items) => items.iter().map(stripped).collect(),
        other => other.clone(),
    }
}

/// Where the secrets are, such as `stratumPassword`, `more.apiPassword` or `pools[1].password`.
pub(crate) fn places(members: &Map<String, Value>) -> Vec<String> {
    let mut found = Vec::new();
    in_members(members, "", &mut found);
    found
}

fn in_members(members: &Map<String, Value>, above: &str, found: &mut Vec<String>) {
    for (name, value) in members {
        let place = if above.is_empty() { name.clone() } else { format!("{above}.{name}") };
        if is_secret(name) { found.push(place) } else { in_value(value, &place, found) }
    }
}

fn in_value(value: &Value, place: &str, found: &mut Vec<String>) {
    match value {
        Value::Object(members) => in_members(members, place, found),
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                in_value(item, &format!("{place}[{index}]"), found);
            }
        }
        _ => {}
    }
}

/// New members with those secrets of the old ones that they do not name. A secret that is null goes.
pub(super) fn kept(old: &Map<String, Value>, new: &Map<String, Value>) -> Map<String, Value> {
    let kept = old.iter().filter(|(name, _)| is_secret(name) && !new.contains_key(*name));
    let kept = kept.map(|(name, value)| (name.clone(), value.clone()));
    let given = new.iter().filter(|(name, value)| !(is_secret(name) && value.is_null()));
    let given = given.map(|(name, value)| (name.clone(), with_secrets_of(old.get(name), value)));
    given.chain(kept).collect()
}

fn with_secrets_of(old: Option<&Value>, new: &Value) -> Value {
    match (old, new) {
        (Some(Value::Object(old)), Value::Object(new)) => Value::Object(kept(old, new)),
        (Some(Value::Array(old)), Value::Array(new)) => new
            .iter()
            .enumerate()
            .map(|(index, item)| with_secrets_of(same_item(old, index, item), item))
            .collect(),
        _ => new.clone(),
    }
}

/// The item of an old list that a new one is, as far as it can be seen: one in which more has changed is another, and
/// gets no password of somebody else's.
fn same_item<'a>(old: &'a [Value], index: usize, new: &Value) -> Option<&'a Value> {
    let shown = stripped(new);
    let is_same = |old: &&Value| stripped(old) == shown;
    old.get(index).filter(is_same).or_else(|| old.iter().find(is_same))
}
