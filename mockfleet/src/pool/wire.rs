//! A line of Stratum V1: what is read of one, and how one is written.

use std::borrow::Cow;

use serde::Deserialize;
use serde_json::value::RawValue;

/// The longest line that is read of a miner, unless a style takes less.
pub(crate) const LINE_BYTES: usize = 16_384;

/// What a miner says in a line: a request, or an answer to one of ours.
#[derive(Deserialize)]
pub(crate) struct Call<'a> {
    /// Echoed byte for byte: miners send numbers, texts and null.
    #[serde(borrow, default)]
    id: Option<&'a RawValue>,
    /// None in an answer.
    #[serde(borrow, default)]
    pub(crate) method: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    params: Option<&'a RawValue>,
}

/// A text that is copied only when it has an escape in it.
#[derive(Deserialize)]
pub(crate) struct Text<'a>(#[serde(borrow)] pub(crate) Cow<'a, str>);

impl<'a> Call<'a> {
    /// Reads one line; `None` when it is not a JSON object.
    pub(crate) fn read(line: &'a [u8]) -> Option<Self> {
        // A list would do for serde: its items in the order of the fields.
        line.starts_with(b"{").then(|| serde_json::from_slice(line).ok()).flatten()
    }

    /// What the answer begins with.
    pub(crate) fn id(&self) -> &'a str {
        self.id.map_or("null", RawValue::get)
    }

    pub(crate) fn has_null_id(&self) -> bool {
        self.id() == "null"
    }

    /// Its parameters; `None` when they are not of this shape.
    pub(crate) fn params<T: Deserialize<'a>>(&self) -> Option<T> {
        serde_json::from_str(self.params?.get()).ok()
    }
}

/// An answer whose result is this JSON.
pub(crate) fn result(id: &str, result: &str, out: &mut Vec<u8>) {
    line(&["{\"id\":", id, ",\"result\":", result, ",\"error\":null}"], out);
}

/// An answer of any shape: the members after the id.
pub(crate) fn answer(id: &str, members: &str, out: &mut Vec<u8>) {
    line(&["{\"id\":", id, ",", members, "}"], out);
}

/// A message that awaits no answer; the parameters are JSON.
pub(crate) fn notification(method: &str, params: &str, out: &mut Vec<u8>) {
    line(&["{\"id\":null,\"method\":\"", method, "\",\"params\":[", params, "]}"], out);
}

fn line(pieces: &[&str], out: &mut Vec<u8>) {
    pieces.iter().for_each(|piece| out.extend_from_slice(piece.as_bytes()));
    out.push(b'\n');
}

/// The line without what ends it, be that LF or CRLF, and without the blanks around it.
pub(crate) fn trimmed(line: &[u8]) -> &[u8] {
    line.trim_ascii()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_echoed_byte_for_byte() {
        for id in ["1", "-7", "1.50", "1e3", "\"abc\"", "\"\\u0041\"", "null", "18446744073709551616"] {
            let line = format!("{{\"params\": [], \"id\": {id}, \"method\" : \"mining.ping\"}}");
            assert_eq!(Call::read(line.as_bytes()).unwrap().id(), id);
        }
        assert_eq!(Call::read(b"{}").unwrap().id(), "null");
    }

    #[test]
    fn what_is_no_object_is_no_call() {
        for bad in
            [&b"[1,\"mining.ping\",[]]"[..], b"5", b"", b"GET / HTTP/1.1", b"{", b"{}{}", b"{\"id\":\xff}"]
        {
            assert!(Call::read(bad).is_none(), "{bad:?}");
        }
        let deep =
            format!("{{\"id\":1,\"method\":\"x\",\"params\":{}{}}}", "[".repeat(5_000), "]".repeat(5_000));
        assert!(Call::read(deep.as_bytes()).is_none_or(|call| call.params::<Vec<Text<'_>>>().is_none()));
    }

    #[test]
    fn parameters_are_read_in_the_shape_that_is_asked_for() {
        let call = Call::read(br#"{"id":1,"method":"mining.authorize","params":["a\u0041",null]}"#).unwrap();
        let (user, password) = call.params::<(Text<'_>, Option<Text<'_>>)>().unwrap();
        assert_eq!((user.0.as_ref(), password.is_none()), ("aA", true));
        assert!(call.params::<Vec<Text<'_>>>().is_none(), "null is no text");
        assert!(Call::read(b"{\"id\":1}").unwrap().params::<Vec<Text<'_>>>().is_none());
    }

    #[test]
    fn what_is_written_is_one_line_of_json() {
        let mut out = Vec::new();
        result("\"a\"", "[1]", &mut out);
        answer("1", "\"result\":false,\"error\":null", &mut out);
        notification("mining.set_difficulty", "0.5", &mut out);
        let expected = "{\"id\":\"a\",\"result\":[1],\"error\":null}\n\
                        {\"id\":1,\"result\":false,\"error\":null}\n\
                        {\"id\":null,\"method\":\"mining.set_difficulty\",\"params\":[0.5]}\n";
        assert_eq!(String::from_utf8(out).unwrap(), expected);
    }
}
