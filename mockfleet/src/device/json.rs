//! Writes JSON as the firmwares' printers lay it out, straight into the body of an answer.

use super::firmware::Firmware;
use super::number::{Floats, write_float, write_number};

/// How a firmware lays out what it prints.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Style {
    /// A line for each member, indented by tabs, and a tab after each colon: cJSON's formatted output.
    pub(crate) formatted: bool,
    pub(crate) floats: Floats,
}

impl Style {
    /// ESP-Miner formats up to 2.13; whether 2.14 does is not known, it has the newer printer's code and counts as new.
    pub(crate) fn of(firmware: Firmware) -> Self {
        if firmware.has_arduino_json() {
            return Self { formatted: false, floats: Floats::Arduino };
        }
        let floats = if firmware.is_esp_miner_from((2, 12, 0)) { Floats::Rounded } else { Floats::Widened };
        Self { formatted: !firmware.is_esp_miner_from((2, 14, 0)), floats }
    }
}

impl Style {
    /// What stands before the value of a member of the outermost object.
    pub(crate) fn member(self, name: &str) -> Box<[u8]> {
        let mut start = Vec::new();
        let mut json = Json { depth: 1, ..Json::new(&mut start, self) };
        json.key(name);
        start.into()
    }
}

/// A writer that stands somewhere in a document.
pub(crate) struct Json<'o> {
    out: &'o mut Vec<u8>,
    style: Style,
    depth: usize,
    /// Nothing stands yet in the innermost object or array.
    fresh: bool,
}

impl<'o> Json<'o> {
    pub(crate) fn new(out: &'o mut Vec<u8>, style: Style) -> Self {
        Self { out, style, depth: 0, fresh: true }
    }

    pub(crate) fn object(&mut self, members: impl FnOnce(&mut Self)) {
        self.out.push(b'{');
        self.depth += 1;
        self.fresh = true;
        members(self);
        self.depth -= 1;
        self.line();
        self.out.push(b'}');
        self.fresh = false;
    }

    pub(crate) fn array(&mut self, items: impl FnOnce(&mut Self)) {
        self.out.push(b'[');
        self.depth += 1;
        self.fresh = true;
        items(self);
        self.depth -= 1;
        self.out.push(b']');
        self.fresh = false;
    }

    /// Begins a member with all that stands before its value but a comma: see [`Style::member`].
    pub(crate) fn prepared(&mut self, start: &[u8]) {
        if !self.fresh {
            self.out.push(b',');
        }
        self.fresh = false;
        self.out.extend_from_slice(start);
    }

    /// Begins a member of an object. A name needs no escapes.
    pub(crate) fn key(&mut self, name: &str) -> &mut Self {
        if !self.fresh {
            self.out.push(b',');
        }
        self.fresh = false;
        self.line();
        self.out.push(b'"');
        self.out.extend_from_slice(name.as_bytes());
        self.out.extend_from_slice(if self.style.formatted { b"\":\t" } else { b"\":" });
        self
    }

    /// Begins an item of an array.
    pub(crate) fn item(&mut self) -> &mut Self {
        if !self.fresh {
            self.out.extend_from_slice(if self.style.formatted { b", " } else { b"," });
        }
        self.fresh = false;
        self
    }

    fn line(&mut self) {
        if self.style.formatted {
            self.out.push(b'\n');
            self.out.extend(std::iter::repeat_n(b'\t', self.depth));
        }
    }

    /// A double or an integer of the firmware.
    pub(crate) fn number(&mut self, number: impl Into<f64>) {
        write_number(self.out, number.into(), self.style.floats);
    }

    /// A count; those above 2^53 are of no interest.
    pub(crate) fn count(&mut self, count: u64) {
        self.number(count as f64);
    }

    /// A 32-bit float of the firmware.
    pub(crate) fn float(&mut self, number: f64) {
        write_float(self.out, number, self.style.floats);
    }

    pub(crate) fn bool(&mut self, flag: bool) {
        self.out.extend_from_slice(if flag { b"true" } else { b"false" });
    }

    /// A text that needs no escapes, put together in place.
    pub(crate) fn plain(&mut self, write: impl FnOnce(&mut Vec<u8>)) {
        self.out.push(b'"');
        write(self.out);
        self.out.push(b'"');
    }

    /// JSON that is there already.
    pub(crate) fn raw(&mut self, json: &str) {
        self.out.extend_from_slice(json.as_bytes());
    }

    pub(crate) fn null(&mut self) {
        self.out.extend_from_slice(b"null");
    }

    pub(crate) fn text(&mut self, text: &str) {
        self.out.push(b'"');
        // Without an early end the loop takes many bytes at once.
        let is_special = |byte: u8| byte < b' ' || byte == b'"' || byte == b'\\';
        if !text.bytes().fold(false, |found, byte| found | is_special(byte)) {
            self.out.extend_from_slice(text.as_bytes());
        } else {
            text.bytes().for_each(|byte| self.escaped(byte));
        }
        self.out.push(b'"');
    }

    fn escaped(&mut self, byte: u8) {
        const HEX: &[u8; 16] = b"0123456789abcdef";
        match byte {
            b'"' | b'\\' => self.out.extend_from_slice(&[b'\\', byte]),
            b'\n' => self.out.extend_from_slice(b"\\n"),
            b'\r' => self.out.extend_from_slice(b"\\r"),
            b'\t' => self.out.extend_from_slice(b"\\t"),
            8 => self.out.extend_from_slice(b"\\b"),
            12 => self.out.extend_from_slice(b"\\f"),
            0..b' ' => {
                self.out.extend_from_slice(b"\\u00");
                self.out.extend_from_slice(&[HEX[usize::from(byte >> 4)], HEX[usize::from(byte & 15)]]);
            }
            _ => self.out.push(byte),
        }
    }
}

/// A document of its own.
pub(crate) fn document(style: Style, members: impl FnOnce(&mut Json<'_>)) -> Vec<u8> {
    let mut out = Vec::new();
    Json::new(&mut out, style).object(members);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    const FORMATTED: Style = Style { formatted: true, floats: Floats::Widened };
    const COMPACT: Style = Style { formatted: false, floats: Floats::Rounded };

    fn sample(style: Style) -> String {
        let body = document(style, |json| {
            json.key("power").float(11.67);
            json.key("labels").array(|json| {
                json.item().text("a");
                json.item().number(2);
            });
            json.key("pools").array(|json| {
                json.item().object(|json| json.key("id").count(0));
                json.item().object(|json| json.key("up").bool(true));
            });
            json.key("none").array(|_| {});
            json.key("gone").null();
        });
        String::from_utf8(body).unwrap()
    }

    #[test]
    fn old_firmware_indents_with_tabs_as_cjson_does() {
        let expected = "{\n\t\"power\":\t11.670000076293945,\n\t\"labels\":\t[\"a\", 2],\n\t\"pools\":\t[{\n\t\t\t\"id\":\t0\n\t\t}, \
                        {\n\t\t\t\"up\":\ttrue\n\t\t}],\n\t\"none\":\t[],\n\t\"gone\":\tnull\n}";
        assert_eq!(sample(FORMATTED), expected);
    }

    #[test]
    fn new_firmware_prints_no_space_at_all() {
        let expected =
            r#"{"power":11.6700001,"labels":["a",2],"pools":[{"id":0},{"up":true}],"none":[],"gone":null}"#;
        assert_eq!(sample(COMPACT), expected);
    }

    #[test]
    fn a_text_reads_back_whatever_stands_in_it() {
        for text in ["", "axe", "q\"uo\\te", "a\nb\tc\r\u{8}\u{c}\u{1}\u{1f}", "γ 東京 🪓"] {
            let body = document(COMPACT, |json| json.key("t").text(text));
            let read: serde_json::Value = serde_json::from_slice(&body).unwrap();
            assert_eq!(read["t"], text);
        }
    }
}
