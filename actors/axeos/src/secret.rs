//! Passwords: which wire names carry one, and a type that cannot show one by accident.

use std::fmt::{self, Debug, Formatter};

use serde::{Deserialize, Deserializer, de};

/// How the names of secrets end, in lower case.
const SECRET_ENDINGS: [&str; 2] = ["password", "pass"];

/// Whether a wire name carries a secret: it ends in `password` or `pass`, in any case.
///
/// That covers `stratumPassword`, `fallbackStratumPassword`, `wifiPassword`, `wifiPass` (ESP-Miner before 2.0.5
/// sends it in clear text), `poolPassword` and the `password` of a pool. A firmware to come may add others: a
/// harmless field that is held back costs less than a password that is shown.
pub fn is_secret(wire_name: &str) -> bool {
    let name = wire_name.as_bytes();
    SECRET_ENDINGS.iter().any(|ending| {
        name.len()
            .checked_sub(ending.len())
            .is_some_and(|at| name[at..].eq_ignore_ascii_case(ending.as_bytes()))
    })
}

/// A password. It has no `Display` and no `Serialize`, and its `Debug` says `[redacted]`.
///
/// ```compile_fail
/// println!("{}", shiftboss_axeos::Secret::new("hunter2"));
/// ```
///
/// ```compile_fail
/// let text = serde_json::to_string(&shiftboss_axeos::Secret::new("hunter2"));
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Takes a text into custody.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text itself, for the one place that must send or store it.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl Debug for Secret {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}

impl<'de> Deserialize<'de> for Secret {
    /// Reads a string. What else it finds it does not quote: serde's own message would show a numeric password.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)
            .map(Self)
            .map_err(|_| de::Error::custom("a secret must be a string"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_wire_name_of_a_password_is_known_in_any_case() {
        for name in [
            "stratumPassword",
            "fallbackStratumPassword",
            "wifiPassword",
            "wifiPass",
            "poolPassword",
            "password",
            "STRATUMPASSWORD",
            "wifipass",
            "pass",
        ] {
            assert!(is_secret(name), "{name}");
        }
    }

    #[test]
    fn other_names_are_no_secrets() {
        for name in ["", "ass", "ssid", "stratumUser", "selfTestPassed", "passwordSet", "wifiStatus"] {
            assert!(!is_secret(name), "{name}");
        }
    }

    #[test]
    fn a_secret_shows_itself_only_when_asked() {
        let secret = Secret::new("hunter2");
        assert_eq!(format!("{secret:?} {:?}", Some(&secret)), "[redacted] Some([redacted])");
        assert_eq!(secret.expose(), "hunter2");
    }

    #[test]
    fn a_refused_secret_is_not_quoted() {
        assert_eq!(serde_json::from_str::<Secret>(r#""hunter2""#).unwrap(), Secret::new("hunter2"));
        let error = serde_json::from_str::<Secret>("31337").unwrap_err().to_string();
        assert!(error.contains("must be a string") && !error.contains("31337"), "{error}");
    }
}
