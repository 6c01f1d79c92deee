//! The info document: one row for each field, with the versions that send it, its type, and where its value is from.
//!
//! A [`Shape`] is the rows of one firmware in the order in which it prints them. It is made once for all devices
//! that run it; to render it is to walk it.

use super::firmware::{Family, Firmware, NEWEST, Version};
use super::json::{Json, Style};
use super::told::Told;

mod esp_miner;
mod nerdqaxe;
mod nested;
mod order;
mod past;

/// What a field holds, and how it is made. Units are those of the wire.
#[derive(Clone, Copy)]
pub(crate) enum Value {
    /// A double or an integer of the firmware.
    Number(fn(&Told<'_>) -> f64),
    /// A 32-bit float of the firmware.
    Float(fn(&Told<'_>) -> f64),
    /// A boolean that is printed as 0 or 1.
    Flag(fn(&Told<'_>) -> bool),
    /// A boolean that is printed as one.
    Bool(fn(&Told<'_>) -> bool),
    Text(for<'a> fn(&'a Told<'a>) -> &'a str),
    /// A difficulty as a text of three digits and a suffix.
    Short(fn(&Told<'_>) -> f64),
    /// Arrays, objects, and texts that must be put together.
    Nested(fn(&Told<'_>, &mut Json<'_>)),
}

/// A row of the table.
#[derive(Clone, Copy)]
pub(crate) struct Field {
    pub(crate) name: &'static str,
    since: Version,
    last: Version,
    present: fn(&Told<'_>) -> bool,
    value: Value,
}

impl Field {
    const fn new(name: &'static str, since: Version, value: Value) -> Self {
        Self { name, since, last: NEWEST, present: |_| true, value }
    }

    /// The last version that sends it.
    const fn until(self, last: Version) -> Self {
        Self { last, ..self }
    }

    /// Sent only while that holds.
    const fn when(self, present: fn(&Told<'_>) -> bool) -> Self {
        Self { present, ..self }
    }

    fn is_sent_by(&self, version: Version) -> bool {
        (self.since..=self.last).contains(&version)
    }

    fn write_value(&self, told: &Told<'_>, json: &mut Json<'_>) {
        match self.value {
            Value::Number(of) => json.number(of(told)),
            Value::Float(of) => json.float(of(told)),
            Value::Flag(of) => json.number(u8::from(of(told))),
            Value::Bool(of) => json.bool(of(told)),
            Value::Text(of) => json.text(of(told)),
            Value::Short(of) => json.text(&shiftboss_axeos::Difficulty(of(told)).to_string()),
            Value::Nested(write) => write(told, json),
        }
    }
}

/// How one firmware tells about a device.
pub(crate) struct Shape {
    style: Style,
    /// `v2.15.0`.
    version: Box<str>,
    /// Each with what stands before its value.
    fields: Box<[(Field, Box<[u8]>)]>,
    /// Room for an answer, so that it is written without growing.
    capacity_bytes: usize,
}

impl Shape {
    pub(crate) fn of(firmware: Firmware) -> Self {
        let table = match firmware.family {
            Family::EspMiner => esp_miner::FIELDS,
            Family::NerdQaxe => nerdqaxe::FIELDS,
        };
        let sent = table.iter().filter(|field| field.is_sent_by(firmware.version)).copied();
        let mut fields: Vec<_> = sent.collect();
        if let Some(names) = order::of(firmware) {
            fields.sort_by_key(|field| names.iter().position(|name| *name == field.name));
        }
        let style = Style::of(firmware);
        let fields: Box<[_]> = fields.into_iter().map(|field| (field, style.member(field.name))).collect();
        let capacity_bytes = 64 * fields.len();
        Self { style, version: firmware.to_string().into(), fields, capacity_bytes }
    }

    /// The firmware's version, as it tells it.
    pub(crate) fn version(&self) -> &str {
        &self.version
    }

    /// The names of all fields, also of those that are only sent at times.
    #[cfg(test)]
    pub(crate) fn names(&self) -> impl Iterator<Item = &'static str> {
        self.fields.iter().map(|(field, _)| field.name)
    }

    /// The body of an answer to `GET /api/system/info`.
    pub(crate) fn render(&self, told: &Told<'_>) -> Vec<u8> {
        let mut body = Vec::with_capacity(self.capacity_bytes);
        self.write(told, &mut body);
        body
    }

    /// Appends the document to a body.
    pub(crate) fn write(&self, told: &Told<'_>, body: &mut Vec<u8>) {
        Json::new(body, self.style).object(|json| {
            for (field, start) in self.fields.iter().filter(|(field, _)| (field.present)(told)) {
                json.prepared(start);
                field.write_value(told, json);
            }
        });
    }
}

#[cfg(test)]
mod tests;
