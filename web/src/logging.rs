//! The log on standard error: one record, one line, as text to read or as JSON to collect.
//! What devices say may end up in a message, so control characters are escaped: none of them can forge a line.

use std::fmt::{self, Display, Write as _};
use std::io::{self, Write};

use env_logger::{Builder, Target};
use log::kv::{self, Key, Value, VisitSource, VisitValue};
use log::{LevelFilter, Record};
use serde::Serializer as _;
use serde::ser::SerializeMap;
use serde_json::Value as Json;

use crate::settings::{Log, LogFormat, LogLevel};

/// Starts the log as the settings want it. A record that cannot be written, to a broken pipe say, is dropped.
pub fn start(settings: &Log) {
    let mut builder = Builder::new();
    let level = LevelFilter::from(settings.level);
    builder.filter_level(level).target(Target::Stderr);
    if level == LevelFilter::Info {
        // It tells of each start and stop of its threads.
        builder.filter_module("actix_server", LevelFilter::Warn);
    }
    match settings.format {
        LogFormat::Text => builder.format(|out, record| {
            let time = out.timestamp_millis();
            text(out, &time, record)
        }),
        LogFormat::Json => builder.format(|out, record| {
            let time = out.timestamp_millis();
            json(out, &time, record)
        }),
    };
    // Only a test that starts the program twice meets a logger that is already there; the first one stays.
    let _ = builder.try_init();
}

impl From<LogLevel> for LevelFilter {
    fn from(level: LogLevel) -> Self {
        match level {
            LogLevel::Error => LevelFilter::Error,
            LogLevel::Warn => LevelFilter::Warn,
            LogLevel::Info => LevelFilter::Info,
            LogLevel::Debug => LevelFilter::Debug,
            LogLevel::Trace => LevelFilter::Trace,
        }
    }
}

// === text ===

/// `2026-01-31T12:00:00.000Z INFO  target: message key=value`
fn text(out: &mut impl Write, time: &impl Display, record: &Record<'_>) -> io::Result<()> {
    let mut line = String::new();
    let message = record.args();
    write!(OneLine(&mut line), "{time} {:5} {}: {message}", record.level(), record.target())
        .map_err(io::Error::other)?;
    record.key_values().visit(&mut Pairs(&mut line)).map_err(io::Error::other)?;
    writeln!(out, "{line}")
}

/// Writes control characters as escapes.
struct OneLine<'a>(&'a mut String);

impl fmt::Write for OneLine<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        for c in text.chars() {
            if c.is_control() {
                self.0.extend(c.escape_default());
            } else {
                self.0.push(c);
            }
        }
        Ok(())
    }
}

/// Writes ` key=value` for each pair; a value with blanks is quoted.
struct Pairs<'a>(&'a mut String);

impl<'kvs> VisitSource<'kvs> for Pairs<'_> {
    fn visit_pair(&mut self, key: Key<'kvs>, value: Value<'kvs>) -> Result<(), kv::Error> {
        let value = value.to_string();
        let bare = !value.is_empty() && !value.contains(|c: char| c.is_whitespace() || c == '"');
        let mut line = OneLine(self.0);
        let written = if bare { write!(line, " {key}={value}") } else { write!(line, " {key}={value:?}") };
        Ok(written?)
    }
}

// === json ===

/// The names of a record's own fields.
const OWN: [&str; 4] = ["time", "level", "target", "message"];

/// `{"time":…,"level":…,"target":…,"message":…}` with the key-values behind these four.
fn json(out: &mut impl Write, time: &impl Display, record: &Record<'_>) -> io::Result<()> {
    let mut line = Vec::new();
    let mut serializer = serde_json::Serializer::new(&mut line);
    let mut object = serializer.serialize_map(None)?;
    object.serialize_entry(OWN[0], &time.to_string())?;
    object.serialize_entry(OWN[1], record.level().as_str())?;
    object.serialize_entry(OWN[2], record.target())?;
    object.serialize_entry(OWN[3], &record.args().to_string())?;
    record.key_values().visit(&mut Fields(&mut object)).map_err(io::Error::other)?;
    object.end()?;
    line.push(b'\n');
    out.write_all(&line)
}

/// Writes each pair as a field; one that is named like a record's own field gets `kv_` in front.
struct Fields<'a, M>(&'a mut M);

impl<'kvs, M: SerializeMap> VisitSource<'kvs> for Fields<'_, M> {
    fn visit_pair(&mut self, key: Key<'kvs>, value: Value<'kvs>) -> Result<(), kv::Error> {
        let mut field = Field(Json::Null);
        value.visit(&mut field)?;
        let key = key.as_str();
        let written = if OWN.contains(&key) {
            self.0.serialize_entry(&format!("kv_{key}"), &field.0)
        } else {
            self.0.serialize_entry(key, &field.0)
        };
        written.map_err(|error| kv::Error::boxed(error.to_string()))
    }
}

/// A key-value's value: numbers and booleans stay what they are, anything else becomes a text.
struct Field(Json);

impl VisitValue<'_> for &mut Field {
    fn visit_any(&mut self, value: Value<'_>) -> Result<(), kv::Error> {
        self.0 = Json::from(value.to_string());
        Ok(())
    }

    fn visit_null(&mut self) -> Result<(), kv::Error> {
        self.0 = Json::Null;
        Ok(())
    }

    fn visit_u64(&mut self, value: u64) -> Result<(), kv::Error> {
        self.0 = Json::from(value);
        Ok(())
    }

    fn visit_i64(&mut self, value: i64) -> Result<(), kv::Error> {
        self.0 = Json::from(value);
        Ok(())
    }

    fn visit_f64(&mut self, value: f64) -> Result<(), kv::Error> {
        self.0 = Json::from(value);
        Ok(())
    }

    fn visit_bool(&mut self, value: bool) -> Result<(), kv::Error> {
        self.0 = Json::from(value);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use log::Level;

    use super::*;

    type Writer = fn(&mut Vec<u8>, &&'static str, &Record<'_>) -> io::Result<()>;

    fn written(writer: Writer, message: &str, pairs: &[(&str, Value<'_>)]) -> String {
        let mut out = Vec::new();
        let mut record = Record::builder();
        record.level(Level::Info).target("shiftboss").key_values(&pairs);
        writer(&mut out, &"2026-01-31T12:00:00.000Z", &record.args(format_args!("{message}")).build())
            .unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn a_text_record_carries_time_level_target_message_and_pairs() {
        let pairs = [("miners", Value::from(10)), ("name", Value::from("my axe")), ("ok", Value::from(true))];
        let line = "2026-01-31T12:00:00.000Z INFO  shiftboss: started miners=10 name=\"my axe\" ok=true\n";
        assert_eq!(written(text, "started", &pairs), line);
    }

    #[test]
    fn a_device_cannot_forge_a_line_of_text() {
        let line = written(text, "hello\nworld\u{1b}[2J", &[("host", Value::from("a\r\nb"))]);
        assert_eq!(line.lines().count(), 1);
        assert!(line.contains(r"hello\nworld\u{1b}[2J"), "{line}");
        assert!(line.contains(r#"host="a\r\nb""#), "{line}");
    }

    #[test]
    fn a_json_record_is_one_object_on_one_line_with_typed_fields() {
        let pairs =
            [("miners", Value::from(10)), ("power_w", Value::from(12.5)), ("name", Value::from("a\nb"))];
        let line = written(json, "started", &pairs);
        let expected = concat!(
            r#"{"time":"2026-01-31T12:00:00.000Z","level":"INFO","target":"shiftboss","message":"started","#,
            r#""miners":10,"power_w":12.5,"name":"a\nb"}"#,
            "\n"
        );
        assert_eq!(line, expected);
    }

    #[test]
    fn a_pair_named_like_a_record_s_own_field_does_not_replace_it() {
        let line = written(json, "started", &[("level", Value::from("high"))]);
        let object: Json = serde_json::from_str(&line).unwrap();
        assert_eq!((&object["level"], &object["kv_level"]), (&Json::from("INFO"), &Json::from("high")));
    }

    #[test]
    fn a_broken_pipe_is_an_error_and_not_a_panic() {
        struct Broken;
        impl Write for Broken {
            fn write(&mut self, _: &[u8]) -> io::Result<usize> {
                Err(io::Error::from(io::ErrorKind::BrokenPipe))
            }
            fn flush(&mut self) -> io::Result<()> {
                Ok(())
            }
        }
        let record = Record::builder().args(format_args!("started")).build();
        assert!(text(&mut Broken, &"now", &record).is_err());
        assert!(json(&mut Broken, &"now", &record).is_err());
    }
}
