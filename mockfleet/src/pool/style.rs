//! How pools differ at the wire: the shapes of a refusal, the order of a handshake, what is never answered.
//!
//! | style | a refusal | work and the answer to authorize | subscribes to extranonces | never answers |
//! | --- | --- | --- | --- | --- |
//! | `ckpool` | `false`, `[23,"Above target",null]`; a text when it cannot subscribe | work first | refused | what it does not know |
//! | `classic` | `false`, `null`, `"reject-reason":"Above target"` | work first | refused | what it does not know, suggestions |
//! | `public-pool` | `null`, `[23,"Difficulty too low",""]` | answer first | no answer | suggestions, pings, what it does not know |
//! | `nicehash` | `null`, `[23,"Share above target.",null]` | answer first | yes | nothing |
//! | `object` | `null`, `{"code":23,"message":"low difficulty share"}` | answer first | yes | nothing |
//!
//! `ckpool` and `classic` answer what is not JSON with `Invalid JSON, disconnecting`, the others hang up;
//! `public-pool` takes no request whose id is null.

use super::share::Reason;
use super::wire::{self, LINE_BYTES};

/// Whose manners the pool has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Style {
    /// ckpool of today.
    #[default]
    Ckpool,
    /// ckpool as it was.
    Classic,
    /// public-pool.
    PublicPool,
    /// NiceHash, and pools after its manner.
    Nicehash,
    /// Pools whose errors are those of JSON-RPC 2.
    Object,
}

/// What a miner asks beyond the handshake and its shares.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Extra {
    Suggestion,
    ExtranonceSubscription,
    Ping,
    Transactions,
    Unknown,
}

impl Style {
    /// The style of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Some(match name {
            "ckpool" => Self::Ckpool,
            "classic" => Self::Classic,
            "public-pool" => Self::PublicPool,
            "nicehash" => Self::Nicehash,
            "object" => Self::Object,
            _ => return None,
        })
    }

    fn is_ckpool(self) -> bool {
        matches!(self, Self::Ckpool | Self::Classic)
    }

    /// The room that a miner has for its own part of the extranonce.
    pub(crate) fn extranonce2_bytes(self) -> usize {
        if self.is_ckpool() { 8 } else { 4 }
    }

    /// The longest line that it reads.
    pub(crate) fn line_bytes(self) -> usize {
        if self.is_ckpool() { 1_024 } else { LINE_BYTES }
    }

    /// Whether difficulty and job go out before the answer to `mining.authorize`.
    pub(crate) fn works_first(self) -> bool {
        self.is_ckpool()
    }

    /// Whether a mask is told again after it was agreed.
    pub(crate) fn tells_mask(self) -> bool {
        self.is_ckpool()
    }

    /// Whether a miner can be given another extranonce.
    pub(crate) fn renews_extranonces(self) -> bool {
        matches!(self, Self::Nicehash | Self::Object)
    }

    pub(crate) fn takes_null_ids(self) -> bool {
        self != Self::PublicPool
    }

    /// The last words to somebody who does not speak JSON.
    pub(crate) fn last_words(self) -> &'static str {
        if self.is_ckpool() { "Invalid JSON, disconnecting\n" } else { "" }
    }

    /// What a subscription is called, before the extranonce.
    pub(crate) fn subscriptions(self, session: &str) -> String {
        if self.is_ckpool() || self == Self::PublicPool {
            format!("[[\"mining.notify\",\"{session}\"]]")
        } else {
            format!("[[\"mining.set_difficulty\",\"{session}\"],[\"mining.notify\",\"{session}\"]]")
        }
    }

    /// Answers what is beside the work, or not.
    pub(crate) fn answer_extra(self, id: &str, extra: Extra, out: &mut Vec<u8>) {
        match (self, extra) {
            (Self::PublicPool, _) | (Self::Classic, Extra::Suggestion) => {}
            (Self::Ckpool | Self::Classic, Extra::Unknown) => {}
            (Self::Ckpool | Self::Classic, Extra::ExtranonceSubscription) => {
                self.refuse_with(id, 20, "Not supported.", out);
            }
            (_, Extra::Unknown) => self.refuse_with(id, 20, "Unsupported method.", out),
            (_, Extra::Ping) => wire::result(id, "\"pong\"", out),
            (_, Extra::Transactions) => wire::result(id, "[]", out),
            (_, Extra::Suggestion | Extra::ExtranonceSubscription) => wire::result(id, "true", out),
        }
    }

    /// Refuses a share.
    pub(crate) fn refuse(self, id: &str, reason: Reason, out: &mut Vec<u8>) {
        self.refuse_with(id, reason.code(), self.words(reason), out);
    }

    /// Refuses to let a worker in.
    pub(crate) fn refuse_worker(self, id: &str, out: &mut Vec<u8>) {
        match self {
            Self::Ckpool | Self::Classic => wire::result(id, "false", out),
            _ => self.refuse(id, Reason::Unauthorised, out),
        }
    }

    /// Refuses a subscription that makes no sense.
    pub(crate) fn refuse_subscription(self, id: &str, out: &mut Vec<u8>) {
        match self {
            Self::Ckpool | Self::Classic => {
                wire::answer(id, "\"result\":false,\"error\":\"Failed subscription\"", out);
            }
            _ => self.refuse_with(id, 20, "Invalid subscription", out),
        }
    }

    /// Refuses a request without an id.
    pub(crate) fn refuse_null_id(self, out: &mut Vec<u8>) {
        self.refuse_with("null", 20, "Authorization validation error", out);
    }

    fn refuse_with(self, id: &str, code: u8, words: &str, out: &mut Vec<u8>) {
        let members = match self {
            Self::Ckpool => format!("\"result\":false,\"error\":[{code},\"{words}\",null]"),
            Self::Classic => format!("\"result\":false,\"error\":null,\"reject-reason\":\"{words}\""),
            Self::PublicPool => format!("\"result\":null,\"error\":[{code},\"{words}\",\"\"]"),
            Self::Nicehash => format!("\"result\":null,\"error\":[{code},\"{words}\",null]"),
            Self::Object => format!("\"result\":null,\"error\":{{\"code\":{code},\"message\":\"{words}\"}}"),
        };
        wire::answer(id, &members, out);
    }

    /// What it calls a reason: in the words of ckpool, of public-pool, of NiceHash, of others.
    fn words(self, reason: Reason) -> &'static str {
        let [ckpool, public_pool, nicehash, object] = match reason {
            Reason::Malformed => {
                ["Invalid submission", "Mining submit validation error", "Invalid params.", "invalid params"]
            }
            Reason::NotSubscribed => {
                ["Not subscribed", "Not subscribed", "Not subscribed.", "not subscribed"]
            }
            Reason::Unauthorised => {
                ["Worker mismatch", "Unauthorized worker", "Unauthorized worker.", "unauthorized worker"]
            }
            Reason::JobUnknown => ["Invalid JobID", "Job not found", "Job not found.", "job not found"],
            Reason::Stale => ["Stale", "Job not found", "Job not found.", "stale share"],
            Reason::NtimeOutOfRange => {
                ["Ntime out of range", "Invalid ntime", "Ntime out of range.", "ntime out of range"]
            }
            Reason::VersionMask => [
                "Invalid version mask",
                "Invalid version mask",
                "Invalid version mask.",
                "invalid version bits",
            ],
            Reason::AboveTarget => {
                ["Above target", "Difficulty too low", "Share above target.", "low difficulty share"]
            }
            Reason::Duplicate => ["Duplicate", "Duplicate share", "Duplicate share.", "duplicate share"],
        };
        match self {
            Self::Ckpool | Self::Classic => ckpool,
            Self::PublicPool => public_pool,
            Self::Nicehash => nicehash,
            Self::Object => object,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [Style; 5] =
        [Style::Ckpool, Style::Classic, Style::PublicPool, Style::Nicehash, Style::Object];

    fn written(write: impl FnOnce(&mut Vec<u8>)) -> String {
        let mut out = Vec::new();
        write(&mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn each_style_refuses_a_share_in_its_own_shape() {
        let expected = [
            r#"{"id":7,"result":false,"error":[23,"Above target",null]}"#,
            r#"{"id":7,"result":false,"error":null,"reject-reason":"Above target"}"#,
            r#"{"id":7,"result":null,"error":[23,"Difficulty too low",""]}"#,
            r#"{"id":7,"result":null,"error":[23,"Share above target.",null]}"#,
            r#"{"id":7,"result":null,"error":{"code":23,"message":"low difficulty share"}}"#,
        ];
        for (style, expected) in ALL.into_iter().zip(expected) {
            let line = written(|out| style.refuse("7", Reason::AboveTarget, out));
            assert_eq!(line.trim_end(), expected, "{style:?}");
        }
    }

    #[test]
    fn each_style_answers_what_it_answers_and_is_silent_on_the_rest() {
        let extras = [
            Extra::Suggestion,
            Extra::ExtranonceSubscription,
            Extra::Ping,
            Extra::Transactions,
            Extra::Unknown,
        ];
        let expected = [
            (Style::Ckpool, ["true", "refused", "\"pong\"", "[]", "silence"]),
            (Style::Classic, ["silence", "refused", "\"pong\"", "[]", "silence"]),
            (Style::PublicPool, ["silence"; 5]),
            (Style::Nicehash, ["true", "true", "\"pong\"", "[]", "refused"]),
            (Style::Object, ["true", "true", "\"pong\"", "[]", "refused"]),
        ];
        for (style, answers) in expected {
            for (extra, answer) in extras.into_iter().zip(answers) {
                let line = written(|out| style.answer_extra("1", extra, out));
                let good = match answer {
                    "silence" => line.is_empty(),
                    "refused" => line.contains("upported"),
                    result => line == format!("{{\"id\":1,\"result\":{result},\"error\":null}}\n"),
                };
                assert!(good, "{style:?} to {extra:?}: {line}");
            }
        }
    }

    #[test]
    fn whatever_is_refused_is_one_line_of_json() {
        for style in ALL {
            for reason in Reason::ALL {
                let line = written(|out| style.refuse("\"a\"", reason, out));
                let json: serde_json::Value = serde_json::from_str(&line).unwrap();
                assert_eq!((json["id"].as_str(), line.matches('\n').count()), (Some("a"), 1), "{line}");
                assert!(json["result"] == false || json["result"].is_null(), "{line}");
            }
        }
    }

    #[test]
    fn every_style_has_a_name() {
        let names = ["ckpool", "classic", "public-pool", "nicehash", "object"];
        assert_eq!(names.map(Style::named), ALL.map(Some));
        assert_eq!(Style::named("CKPOOL"), None);
    }
}
