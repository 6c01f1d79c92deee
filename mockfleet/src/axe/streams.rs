//! What a device publishes: the text of its log, as its firmware cuts it, and what changes in its info document.
//!
//! Pure: time and documents come from outside.

use serde_json::{Map, Value, json};

use crate::device::firmware::Firmware;
use crate::draw::Draw;

/// The longest frame of a log that comes in chunks.
const CHUNK_BYTES: usize = 4_096;

/// Lines in a second of a log that comes in chunks, at most.
const LINES: u32 = 6;

/// What only an answer to a request has, and no stream.
const NOT_STREAMED: [&str; 2] = ["fullHostname", "mdnsHostname"];

/// The log of a device.
pub(super) struct Log {
    draw: Draw,
    in_chunks: bool,
    /// What the last chunk has cut off.
    rest: Vec<u8>,
}

impl Log {
    pub(super) fn new(draw: Draw, firmware: Firmware) -> Self {
        Self { draw, in_chunks: firmware.is_esp_miner_from((2, 14, 0)), rest: Vec::new() }
    }

    /// The next frame: a line, or since 2.14 whatever the buffer holds, cut wherever it ends.
    pub(super) fn frame(&mut self, uptime_ms: u64) -> Vec<u8> {
        if !self.in_chunks {
            return self.line(uptime_ms).into_bytes();
        }
        let mut chunk = std::mem::take(&mut self.rest);
        let mut last = 0;
        for _ in 0..self.draw.whole(2, LINES) {
            let line = self.line(uptime_ms);
            last = line.len();
            chunk.extend_from_slice(line.as_bytes());
        }
        let cut = chunk.len() - self.draw.below(last as u64) as usize;
        self.rest = chunk.split_off(cut.min(CHUNK_BYTES));
        chunk
    }

    /// All lines of the last so many seconds.
    pub(super) fn tail(&mut self, uptime_ms: u64, seconds: u64) -> Vec<u8> {
        let first = uptime_ms.saturating_sub(seconds * 1_000);
        (first..=uptime_ms).step_by(1_000).map(|at_ms| self.line(at_ms)).collect::<String>().into_bytes()
    }

    /// In the manner of ESP-IDF: green, with the level, the milliseconds since boot and the part that speaks.
    fn line(&mut self, uptime_ms: u64) -> String {
        let draw = &mut self.draw;
        let text = match draw.below(5) {
            0 => {
                let (nonce, difficulty) = (draw.below(1 << 32), draw.decimal(256, 4_000, 1));
                format!("asic_result: Ver: 20000000 Nonce {nonce:08X} diff {difficulty:.1} of 1000.")
            }
            1 => format!("create_jobs_task: New Work Dequeued {:x}", draw.below(1 << 32)),
            2 => format!(
                "power_management: Temp: {:.1} °C, Fan: {} %",
                draw.decimal(55, 65, 1),
                draw.whole(25, 50)
            ),
            3 => {
                format!("stratum_api: rx: {{\"id\":{},\"error\":null,\"result\":true}}", draw.whole(4, 9_999))
            }
            _ => "stratum_task: message result accepted".to_owned(),
        };
        format!("\u{1b}[0;32mI ({uptime_ms}) {text}\u{1b}[0m\n")
    }
}

/// What a client of the live stream knows of the info document.
#[derive(Default)]
pub(super) struct Live(Option<Map<String, Value>>);

impl Live {
    /// Whether nothing has been told yet.
    pub(super) fn is_new(&self) -> bool {
        self.0.is_none()
    }

    /// What to tell it: the whole at first, then what differs, if anything does. A member that is gone is not told.
    pub(super) fn update(&mut self, document: &[u8]) -> Option<Vec<u8>> {
        let Ok(Value::Object(mut now)) = serde_json::from_slice(document) else { return None };
        now.retain(|name, _| !NOT_STREAMED.contains(&name.as_str()));
        let told = match &self.0 {
            None => now.clone(),
            Some(before) => difference(before, &now),
        };
        self.0 = Some(now);
        (!told.is_empty()).then(|| json!({ "event": "update", "data": told }).to_string().into_bytes())
    }
}

/// Objects by their members, arrays as a whole.
fn difference(before: &Map<String, Value>, now: &Map<String, Value>) -> Map<String, Value> {
    let changed = now.iter().filter(|(name, value)| before.get(*name) != Some(value));
    changed
        .map(|(name, value)| match (before.get(name), value) {
            (Some(Value::Object(before)), Value::Object(now)) => {
                (name.clone(), Value::Object(difference(before, now)))
            }
            _ => (name.clone(), value.clone()),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_is_a_whole_line_before_2_14_and_cut_anywhere_since() {
        let mut old = Log::new(Draw::new(1, 0), Firmware::esp_miner(2, 13, 0));
        for _ in 0..100 {
            let line = String::from_utf8(old.frame(5_512)).expect("text");
            assert!(line.starts_with("\u{1b}[0;32mI (5512) ") && line.ends_with("\u{1b}[0m\n"), "{line:?}");
        }
        let mut new = Log::new(Draw::new(1, 0), Firmware::esp_miner(2, 14, 0));
        let frames: Vec<_> = (0..2_000).map(|_| new.frame(5_512)).collect();
        assert!(frames.iter().all(|frame| (1..=CHUNK_BYTES).contains(&frame.len())));
        assert!(frames.iter().any(|frame| !frame.ends_with(b"\n")), "lines are cut");
        assert!(frames.iter().any(|frame| std::str::from_utf8(frame).is_err()), "characters are cut");
        let whole = frames.concat();
        let end = whole.iter().rposition(|byte| *byte == b'\n').expect("a line");
        let whole = std::str::from_utf8(&whole[..=end]).expect("put together it is text");
        assert!(whole.lines().all(|line| line.starts_with("\u{1b}[0;32mI (5512) ")));
    }

    #[test]
    fn a_live_stream_tells_all_at_first_and_then_what_differs() {
        let mut live = Live::default();
        let mut told = |document: Value| {
            live.update(document.to_string().as_bytes())
                .map(|told| serde_json::from_slice::<Value>(&told).expect("JSON")["data"].clone())
        };
        let first = json!({ "power": 1, "pools": [1, 2], "deep": { "a": 1, "b": 2 }, "power_fault": "x" });
        let mut sent = first.clone();
        sent["fullHostname"] = "axe.local".into();
        assert_eq!(told(sent), Some(first.clone()));
        assert_eq!(told(first), None);
        let next = json!({ "power": 2, "pools": [1, 3], "deep": { "a": 1, "b": 3 } });
        assert_eq!(told(next), Some(json!({ "power": 2, "pools": [1, 3], "deep": { "b": 3 } })));
    }
}
