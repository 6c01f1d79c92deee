//! Which devices a search in the list means.

use std::net::Ipv4Addr;

use shiftboss_farm::record::View;

/// What a text may mean.
pub(super) enum Filter {
    /// A whole address: that one, on any port.
    Address(String),
    /// A part, in lower case, of an address, a MAC or a hostname.
    Part(String),
}

impl Filter {
    pub(super) fn new(text: &str) -> Self {
        let text = text.trim();
        match text.parse::<Ipv4Addr>() {
            Ok(_) => Self::Address(text.to_owned()),
            Err(_) => Self::Part(text.to_lowercase()),
        }
    }

    /// Whether all devices are meant.
    pub(super) fn is_empty(&self) -> bool {
        matches!(self, Self::Part(part) if part.is_empty())
    }

    pub(super) fn accepts(&self, View { record, seen, .. }: &View) -> bool {
        match self {
            Self::Address(ip) => {
                let rest = record.address.strip_prefix(ip.as_str());
                rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(':'))
            }
            Self::Part(part) => {
                let hostname = seen.as_ref().map_or("", |seen| &seen.hostname);
                hostname.to_lowercase().contains(part)
                    || record.address.to_lowercase().contains(part)
                    || record.mac.to_string().contains(part)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use shiftboss_axeos::Mac;
    use shiftboss_farm::record::{Desired, Observation, Record, Status};

    use super::*;

    fn view(address: &str, hostname: &str) -> View {
        let body = format!(r#"{{"ASICModel":"BM1368","hostname":"{hostname}"}}"#);
        let record = Record {
            mac: Mac([0xaa, 0xbb, 0, 0, 0, 1]),
            address: address.to_owned(),
            created_ms: 0,
            updated_ms: 0,
            listening: false,
            trace_logs: false,
            preset: None,
            desired: Desired::default(),
        };
        let seen = Observation::parse(body.as_bytes(), 0).unwrap();
        View { record: Arc::new(record), status: Status::default(), seen: Some(Arc::new(seen)) }
    }

    #[test]
    fn a_part_of_address_mac_or_hostname_is_found_in_any_case() {
        let axe = view("10.0.0.7:8001", "Garage-Axe");
        for text in ["", "garage", "AXE", " axe ", "AA:BB", "00:01", "0.7:80", "10.0.0."] {
            assert!(Filter::new(text).accepts(&axe), "{text}");
        }
        for text in ["cellar", "10.0.1", "ff:ff"] {
            assert!(!Filter::new(text).accepts(&axe), "{text}");
        }
    }

    #[test]
    fn a_whole_address_is_not_taken_for_a_part_of_a_longer_one() {
        let one = Filter::new("10.0.0.1");
        assert!(one.accepts(&view("10.0.0.1", "a")) && one.accepts(&view("10.0.0.1:8001", "a")));
        assert!(!one.accepts(&view("10.0.0.10", "a")) && !one.accepts(&view("110.0.0.1", "a")));
    }

    #[test]
    fn a_device_that_never_answered_is_found_by_its_address() {
        let silent = View { seen: None, ..view("axe.lan", "") };
        assert!(Filter::new("AXE").accepts(&silent) && !Filter::new("garage").accepts(&silent));
    }
}
