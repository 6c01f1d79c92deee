//! A client that changes what is stored under keys of its own, and knows what must be there, whenever it is cut off.

use std::cell::RefCell;
use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::support::{Client, text};

/// What is stored under each key: a MAC, or the name of a preset's hand. Null is nothing.
pub(super) type Stored = BTreeMap<String, Value>;

/// How many changes were answered, by their names.
pub(super) type Answered = RefCell<BTreeMap<&'static str, u32>>;

/// Numbers that look random, the same in every run.
pub(super) struct Dice(pub(super) u64);

impl Dice {
    pub(super) fn below(&mut self, bound: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % bound
    }
}

/// A device, and where it is.
#[derive(Clone)]
pub(super) struct Place {
    pub(super) mac: String,
    pub(super) ip: String,
}

/// A request, and what it makes of the keys that it changes: all of that, or nothing.
struct Change {
    name: &'static str,
    method: &'static str,
    path: String,
    body: Value,
    becomes: Stored,
}

/// What a hand changes.
enum Keys {
    /// One device: where it is, what it counts to, what is wanted of it.
    Device { place: Place, preset: String },
    /// Devices that are imprinted and listened to all at once, and removed one by one.
    Herd(Vec<Place>),
    /// One preset by its name; its id, once it has one.
    Preset { name: &'static str, id: String },
}

/// See the module. It makes one request after another, and waits for each answer.
pub(super) struct Hand {
    keys: Keys,
    known: Stored,
    /// What the request that has no answer makes of them.
    pending: Stored,
    dice: Dice,
    changes: u32,
    /// Whether the controller knows what the device says, since it was started.
    is_heard: bool,
}

// === impl Hand ===

impl Hand {
    pub(super) fn device(place: Place, preset: &str, seed: u64) -> Self {
        let known = Stored::from([(place.mac.clone(), Value::Null)]);
        Self::new(Keys::Device { place, preset: preset.to_owned() }, known, seed)
    }

    pub(super) fn herd(places: &[Place], seed: u64) -> Self {
        let known = places.iter().map(|place| (place.mac.clone(), Value::Null)).collect();
        Self::new(Keys::Herd(places.to_vec()), known, seed)
    }

    pub(super) fn preset(name: &'static str, seed: u64) -> Self {
        let known = Stored::from([(name.to_owned(), Value::Null)]);
        Self::new(Keys::Preset { name, id: String::new() }, known, seed)
    }

    fn new(keys: Keys, known: Stored, seed: u64) -> Self {
        Self { keys, known, pending: Stored::new(), dice: Dice(seed), changes: 0, is_heard: false }
    }

    /// Makes changes until there is no answer any more.
    pub(super) async fn work(&mut self, client: &Client, answered: &Answered) {
        loop {
            let Change { name, method, path, body, becomes } = self.next();
            self.pending = becomes;
            let answer = client.try_send(method, &path, body.to_string().into_bytes()).await;
            let Some(answer) = answer else { return };
            let told = answer.json(200);
            if let (Keys::Preset { id, .. }, Some(given)) = (&mut self.keys, told["data"]["uuid"].as_str()) {
                given.clone_into(id);
            }
            self.known.append(&mut self.pending);
            self.is_heard = true;
            *answered.borrow_mut().entry(name).or_default() += 1;
        }
    }

    /// Takes its keys out of all that is stored, and compares: what was answered is there, and of what was not, all or
    /// nothing. Learns which of both.
    pub(super) fn learn(&mut self, stored: &mut Stored, ids: &BTreeMap<String, String>) {
        let there: Stored =
            self.known.keys().map(|key| (key.clone(), stored.remove(key).unwrap_or_default())).collect();
        let mut after = self.known.clone();
        after.append(&mut self.pending);
        assert!(
            there == self.known || there == after,
            "{there:#?}\nis neither {:#?}\nnor {after:#?}",
            self.known
        );
        self.known = there;
        self.is_heard = false;
        if let Keys::Preset { name, id } = &mut self.keys {
            *id = ids.get(*name).cloned().unwrap_or_default();
        }
    }

    /// What the device was sent in the request that has no answer is stored as wanted of it.
    pub(super) async fn nothing_was_sent_that_is_not_wanted(&self, stored: &Stored) {
        let Keys::Device { place, .. } = &self.keys else { return };
        let Some(pending) = self.pending.get(&place.mac) else { return };
        let user = &pending["wanted"]["settings"]["stratumUser"];
        let miner = Client::new(&format!("http://{}", place.ip));
        let shown = miner.get("/api/system/info").await.json(200);
        if user.is_string() && shown["stratumUser"] == *user {
            assert_eq!(stored[&place.mac]["wanted"], pending["wanted"], "it was sent");
        }
    }

    fn next(&mut self) -> Change {
        self.changes += 1;
        let number = self.changes;
        let dice = self.dice.below(4);
        match &self.keys {
            Keys::Device { place, preset } => {
                let known = &self.known[&place.mac];
                if known.is_null() || !self.is_heard {
                    return imprint("imprint", std::slice::from_ref(place), &self.known);
                }
                match dice {
                    _ if known["ip"] != place.ip => correct(place, known, &place.ip, None),
                    0 => correct(place, known, &elsewhere(place, number), Some(preset)),
                    1 => order(place, known, number),
                    2 if !known["wanted"].is_null() => forget(place, known),
                    2 => order(place, known, number),
                    _ => remove(place),
                }
            }
            Keys::Herd(places) => match dice {
                _ if self.known.values().any(Value::is_null) => imprint("imprint many", places, &self.known),
                0 | 1 => listen(places, &self.known),
                _ => remove(&places[number as usize % places.len()]),
            },
            Keys::Preset { name, id } => {
                let known = &self.known[*name];
                match dice {
                    _ if known.is_null() => create(name, number),
                    0 => replace(name, id, number),
                    1 | 2 => merge(name, id, known, number),
                    _ => delete(name, id),
                }
            }
        }
    }
}

// === devices ===

/// What is stored of a device, as its view shows it.
pub(super) fn of_device(view: &Value) -> Value {
    let wanted = &view["desired"];
    let wanted =
        wanted.is_object().then(|| json!({ "settings": wanted["settings"], "secrets": wanted["secrets"] }));
    json!({
        "ip": view["ip"], "preset": view["presetUuid"], "listening": view["state"] != "idle", "wanted": wanted,
    })
}

/// A stored value with some members in place of its own.
fn with(known: &Value, members: &Value) -> Value {
    let mut value = known.clone();
    for (name, member) in members.as_object().expect("an object") {
        value[name] = member.clone();
    }
    value
}

/// A device that is imprinted already takes the address at which it was found.
fn imprint(name: &'static str, places: &[Place], known: &Stored) -> Change {
    let fresh = json!({ "ip": null, "preset": null, "listening": false, "wanted": null });
    let becomes = places.iter().map(|Place { mac, ip }| {
        let before = Some(&known[mac]).filter(|known| known.is_object()).unwrap_or(&fresh);
        (mac.clone(), with(before, &json!({ "ip": ip })))
    });
    let body = json!({ "macs": places.iter().map(|place| &place.mac).collect::<Vec<_>>() });
    Change { name, method: "PUT", path: "/devices/imprint".into(), body, becomes: becomes.collect() }
}

/// An address at which nobody is, and to which no other hand moves its device: the last digit of the port stays.
fn elsewhere(place: &Place, number: u32) -> String {
    let (host, port) = place.ip.split_once(':').expect("a port");
    let port: u32 = port.parse().expect("a number");
    format!("{host}:{}", port + 10 * (1 + number % 5_000))
}

fn correct(Place { mac, .. }: &Place, known: &Value, ip: &str, preset: Option<&str>) -> Change {
    Change {
        name: "correct",
        method: "PATCH",
        path: format!("/devices/imprint/{mac}"),
        body: json!({ "device": { "ip": ip, "presetUuid": preset } }),
        becomes: [(mac.clone(), with(known, &json!({ "ip": ip, "preset": preset })))].into(),
    }
}

/// Asks for settings that all have the same number in them, so that a part of them would show.
fn order(Place { mac, .. }: &Place, known: &Value, number: u32) -> Change {
    let settings = json!({
        "stratumURL": format!("pool{number}.example"), "stratumPort": 10_000 + number % 50_000,
        "stratumUser": format!("me.{mac}.{number}"),
    });
    let info = with(&settings, &json!({ "stratumPassword": format!("secret{number}") }));
    let wanted = json!({ "settings": settings, "secrets": ["stratumPassword"] });
    Change {
        name: "order",
        method: "PATCH",
        path: format!("/devices/{mac}/system"),
        body: json!({ "info": info }),
        becomes: [(mac.clone(), with(known, &json!({ "wanted": wanted })))].into(),
    }
}

fn forget(Place { mac, .. }: &Place, known: &Value) -> Change {
    Change {
        name: "forget",
        method: "DELETE",
        path: format!("/devices/{mac}/desired"),
        body: Value::Null,
        becomes: [(mac.clone(), with(known, &json!({ "wanted": null })))].into(),
    }
}

fn remove(Place { mac, .. }: &Place) -> Change {
    Change {
        name: "remove",
        method: "DELETE",
        path: format!("/devices/imprint/{mac}"),
        body: Value::Null,
        becomes: [(mac.clone(), Value::Null)].into(),
    }
}

/// Listens to all of them or, if it does, to nobody. No other hand listens.
fn listen(places: &[Place], known: &Stored) -> Change {
    let listening = !known.values().all(|known| known["listening"] == true);
    let macs: Vec<_> = places.iter().filter(|_| listening).map(|place| &place.mac).collect();
    let becomes =
        known.iter().map(|(mac, known)| (mac.clone(), with(known, &json!({ "listening": listening }))));
    Change {
        name: "listen",
        method: "PUT",
        path: "/devices/listen".into(),
        body: json!({ "macs": macs }),
        becomes: becomes.collect(),
    }
}

// === presets ===

/// What is stored of a preset, as it is shown.
pub(super) fn of_preset(shown: &Value) -> Value {
    json!({ "name": shown["name"], "configuration": shown["configuration"], "secrets": shown["secrets"] })
}

/// The hand that a preset belongs to.
pub(super) fn owner(shown: &Value) -> String {
    text(shown, "name").split(' ').next().expect("a word").to_owned()
}

/// A preset of several pages of the database, with a number all over it.
fn whole(name: &str, number: u32) -> Value {
    let configuration = json!({
        "stratumURL": format!("pool{number}.example"), "stratumPort": 10_000 + number % 50_000,
        "note": format!("{number} ").repeat(1_000), "last": number,
    });
    json!({ "name": format!("{name} {number}"), "configuration": configuration, "secrets": ["stratumPassword"] })
}

fn preset(name: &str, method: &'static str, path: String, body: Value, becomes: Value) -> Change {
    let kind = match method {
        "POST" => "create a preset",
        "PUT" => "replace a preset",
        "PATCH" => "merge a preset",
        _ => "delete a preset",
    };
    Change { name: kind, method, path, body, becomes: [(name.to_owned(), becomes)].into() }
}

fn create(name: &str, number: u32) -> Change {
    let becomes = whole(name, number);
    let secret = json!({ "stratumPassword": format!("secret{number}") });
    let body = json!({ "name": becomes["name"], "configuration": with(&becomes["configuration"], &secret) });
    preset(name, "POST", "/presets".into(), body, becomes)
}

/// The password, which is not named, stays.
fn replace(name: &str, id: &str, number: u32) -> Change {
    let becomes = whole(name, number);
    let body = json!({ "name": becomes["name"], "configuration": becomes["configuration"] });
    preset(name, "PUT", format!("/presets/{id}"), body, becomes)
}

fn merge(name: &str, id: &str, known: &Value, number: u32) -> Change {
    let renamed = format!("{name} {number}");
    let parts = json!({ "last": number, "note": null });
    let mut configuration = with(&known["configuration"], &parts);
    configuration.as_object_mut().expect("an object").remove("note");
    let becomes = with(known, &json!({ "name": renamed, "configuration": configuration }));
    let body = json!({ "name": renamed, "configuration": parts });
    preset(name, "PATCH", format!("/presets/{id}"), body, becomes)
}

fn delete(name: &str, id: &str) -> Change {
    preset(name, "DELETE", format!("/presets/{id}"), Value::Null, Value::Null)
}
