//! What a device said last, made complete for clients that fall over a missing field: each field of the two
//! shapes is there, `null` where the device does not say it.
//!
//! The members of the answer are passed on as text, not taken apart: a list may hold ten thousand of them.

use std::borrow::Cow;
use std::cell::RefCell;
use std::fmt;
use std::rc::Rc;
use std::sync::LazyLock;

use serde::de::{MapAccess, Visitor};
use serde::ser::{Error as _, SerializeMap};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::value::{RawValue, to_raw_value};
use shiftboss_axeos::{Asic, Options};
use shiftboss_farm::record::Observation;
use utoipa::openapi::schema::{ArrayBuilder, ObjectBuilder, SchemaType};
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

/// The fields of both shapes, in the order of the later one, then those that only the earlier one has.
/// `hashRate` is not among them: it is filled, not only completed.
const FIELDS: [&str; 47] = [
    "power",
    "maxPower",
    "minPower",
    "voltage",
    "maxVoltage",
    "minVoltage",
    "current",
    "temp",
    "vrTemp",
    "hashRateTimestamp",
    "hashRate_10m",
    "hashRate_1h",
    "hashRate_1d",
    "jobInterval",
    "bestDiff",
    "bestSessionDiff",
    "freeHeap",
    "coreVoltage",
    "coreVoltageActual",
    "frequency",
    "ssid",
    "hostname",
    "wifiStatus",
    "sharesAccepted",
    "sharesRejected",
    "uptimeSeconds",
    "asicCount",
    "smallCoreCount",
    "ASICModel",
    "deviceModel",
    "stratumURL",
    "stratumPort",
    "stratumUser",
    "version",
    "runningPartition",
    "flipscreen",
    "overheat_temp",
    "invertscreen",
    "autoscreenoff",
    "invertfanpolarity",
    "autofanspeed",
    "fanspeed",
    "fanrpm",
    "lastResetReason",
    "history",
    "fanSpeedRpm",
    "boardVersion",
];

/// What is added to an answer, in place of what stands there.
const HASHRATE: &str = "hashRate";
const FREQUENCIES: &str = "frequencyOptions";
const CORE_VOLTAGES: &str = "coreVoltageOptions";
const ADDED: [&str; 3] = [HASHRATE, FREQUENCIES, CORE_VOLTAGES];

const NAMES: usize = FIELDS.len() + ADDED.len();

/// The complete last answer of a device; all `null` when it never answered.
pub(super) struct Info<'a>(pub(super) Option<&'a Observation>);

impl Serialize for Info<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        // An observation was read once already, so an answer that cannot be read is none.
        let said: Members<'_> =
            self.0.and_then(|seen| serde_json::from_str(&seen.body).ok()).unwrap_or_default();
        let asic = self.0.and_then(|seen| Asic::find(&seen.asic_model, said.text("boardVersion")));
        let offered =
            |of: fn(&Asic) -> Options| menu(asic.map(of).unwrap_or_default()).map_err(S::Error::custom);

        let mut info = serializer.serialize_map(None)?;
        for (name, value) in &said.passed_on {
            info.serialize_entry(name, value)?;
        }
        for (name, _) in FIELDS.iter().zip(&said.known).filter(|(_, value)| value.is_none()) {
            info.serialize_entry(name, &())?;
        }
        info.serialize_entry(HASHRATE, &said.value(HASHRATE).or_else(|| said.value("hashRate_10m")))?;
        info.serialize_entry(FREQUENCIES, &offered(|asic| asic.frequency_mhz)?)?;
        info.serialize_entry(CORE_VOLTAGES, &offered(|asic| asic.core_voltage_mv)?)?;
        info.end()
    }
}

impl PartialSchema for Info<'_> {
    fn schema() -> RefOr<Schema> {
        let choice =
            ObjectBuilder::new().property("value", u32::schema()).property("label", String::schema());
        let menu = ArrayBuilder::new().items(choice).build();
        let anything = || ObjectBuilder::new().schema_type(SchemaType::AnyValue);
        let about = "What the device said last, without its secrets, in its own names and units. Every member that \
            one of the two shapes has is there, null where the device does not say it; so are those of its firmware.";
        let fields = FIELDS.iter().chain([&HASHRATE]);
        let info = fields.fold(ObjectBuilder::new().description(Some(about)), |info, name| {
            info.property(*name, anything()).required(*name)
        });
        let info = info.property(FREQUENCIES, menu.clone()).required(FREQUENCIES);
        info.property(CORE_VOLTAGES, menu).required(CORE_VOLTAGES).into()
    }
}

impl ToSchema for Info<'_> {}

/// Which of [`FIELDS`], or after them of [`ADDED`], a name is. Few are of one length; to compare each with all took a
/// good part of a long list.
fn place(name: &str) -> Option<usize> {
    static BY_LENGTH: LazyLock<Vec<Vec<(usize, &str)>>> = LazyLock::new(|| {
        let mut by_length = Vec::new();
        for (place, name) in FIELDS.into_iter().chain(ADDED).enumerate() {
            by_length.resize(by_length.len().max(name.len() + 1), Vec::new());
            by_length[name.len()].push((place, name));
        }
        by_length
    });
    BY_LENGTH.get(name.len())?.iter().find(|(_, known)| *known == name).map(|(place, _)| *place)
}

/// The text of a menu, written once a thread: to write it for each device took half of the time of a long list.
fn menu(options: Options) -> serde_json::Result<Rc<RawValue>> {
    thread_local! {
        static WRITTEN: RefCell<Vec<(Options, Rc<RawValue>)>> = const { RefCell::new(Vec::new()) };
    }
    WRITTEN.with_borrow_mut(|written| {
        if let Some((_, text)) = written.iter().find(|(known, _)| *known == options) {
            return Ok(Rc::clone(text));
        }
        let text = Rc::from(to_raw_value(&options)?);
        written.push((options, Rc::clone(&text)));
        Ok(text)
    })
}

/// The members of an answer, each value as it was written.
struct Members<'a> {
    /// In their order, without those in whose place something else is added.
    passed_on: Vec<(Cow<'a, str>, &'a RawValue)>,
    /// By their [`place`].
    known: [Option<&'a RawValue>; NAMES],
}

impl Default for Members<'_> {
    fn default() -> Self {
        Self { passed_on: Vec::new(), known: [None; NAMES] }
    }
}

impl<'a> Members<'a> {
    fn put(&mut self, name: Cow<'a, str>, value: &'a RawValue) {
        let place = place(&name);
        if let Some(place) = place {
            self.known[place].get_or_insert(value);
        }
        if place.is_none_or(|place| place < FIELDS.len()) {
            self.passed_on.push((name, value));
        }
    }

    fn get(&self, name: &str) -> Option<&'a RawValue> {
        self.known[place(name)?]
    }

    /// One that is not `null`.
    fn value(&self, name: &str) -> Option<&'a RawValue> {
        self.get(name).filter(|value| value.get() != "null")
    }

    fn text(&self, name: &str) -> Option<&'a str> {
        serde_json::from_str(self.get(name)?.get()).ok()
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Members<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Collect)
    }
}

struct Collect;

impl<'de> Visitor<'de> for Collect {
    type Value = Members<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the system info of a device")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Members<'de>, A::Error> {
        /// Borrowed unless it is written with escapes.
        #[derive(Deserialize)]
        struct Name<'a>(#[serde(borrow)] Cow<'a, str>);

        let mut all = Members { passed_on: Vec::with_capacity(NAMES), ..Members::default() };
        while let Some((Name(name), value)) = members.next_entry()? {
            all.put(name, value);
        }
        Ok(all)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn info(body: &Value) -> Value {
        let seen = Observation::parse(body.to_string().as_bytes(), 0).unwrap();
        serde_json::to_value(Info(Some(&seen))).unwrap()
    }

    #[test]
    fn a_device_that_says_next_to_nothing_has_every_field() {
        let info = info(&json!({"ASICModel": "BM1368", "power": 12.5}));
        let fields = info.as_object().unwrap();
        assert_eq!(fields.len(), FIELDS.len() + 3);
        assert!(FIELDS.iter().all(|name| fields.contains_key(*name)));
        assert_eq!(
            (&info["power"], &info["temp"], &info["hashRate"]),
            (&json!(12.5), &Value::Null, &Value::Null)
        );
    }

    #[test]
    fn one_that_never_answered_has_them_too() {
        let info = serde_json::to_value(Info(None)).unwrap();
        assert_eq!(info.as_object().unwrap().len(), FIELDS.len() + 3);
        assert_eq!((&info["hostname"], &info["frequencyOptions"]), (&Value::Null, &json!([])));
    }

    #[test]
    fn what_it_says_is_passed_on_as_it_says_it() {
        let said = json!({"ASICModel": "BM1368", "power": 12.0, "flipscreen": true, "bestDiff": "4.29M",
            "history": {"timestamps": [1, 2]}, "a \"new\" field": [null, 1e300]});
        let info = info(&said);
        for (name, value) in said.as_object().unwrap() {
            assert_eq!(&info[name], value, "{name}");
        }
    }

    #[test]
    fn the_hash_rate_of_ten_minutes_stands_in_for_one_that_is_missing() {
        for (said, hashrate) in [
            (json!({"ASICModel": "BM1368", "hashRate_10m": 2991.5}), json!(2991.5)),
            (json!({"ASICModel": "BM1368", "hashRate_10m": 2991.5, "hashRate": null}), json!(2991.5)),
            (json!({"ASICModel": "BM1368", "hashRate_10m": 2991.5, "hashRate": 0}), json!(0)),
        ] {
            assert_eq!(info(&said)["hashRate"], hashrate, "{said}");
        }
    }

    #[test]
    fn the_settings_offered_are_those_of_the_asic_on_its_board() {
        let highest_mhz = |board: Value| {
            let info =
                info(&json!({"ASICModel": "BM1370", "boardVersion": board, "frequencyOptions": "none"}));
            info["frequencyOptions"].as_array().unwrap().last().unwrap()["value"].clone()
        };
        assert_eq!((highest_mhz(json!("601")), highest_mhz(json!("650"))), (json!(625), json!(410)));
        assert_eq!(info(&json!({"ASICModel": "BM9999"}))["coreVoltageOptions"], json!([]));
    }
}
