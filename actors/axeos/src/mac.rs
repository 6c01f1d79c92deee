//! MAC addresses: the identity of a device.
//!
//! ESP-Miner (since 2.3.0) and NerdQAxe (since 1.0.30) send theirs in upper case as `macAddr`; older firmware
//! sends none and is known by ARP only.

use std::fmt::{self, Display, Formatter, Write};
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::Error;
use crate::error::excerpt;

/// Six hex pairs and five separators.
const TEXT_LENGTH: usize = 17;

/// A MAC address.
///
/// It reads either case with `:` or `-` between the pairs, and prints, also through serde, in lower case with `:`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Mac(pub [u8; 6]);

impl Mac {
    /// The address of the mock device that listens on `port`: `ff:ff:ff:ff:<high byte>:<low byte>`.
    ///
    /// Derived from the port, it stays the same when mocks start in another order.
    pub const fn of_mock_port(port: u16) -> Self {
        let [high, low] = port.to_be_bytes();
        Self([0xff, 0xff, 0xff, 0xff, high, low])
    }
}

impl Display for Mac {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        for (index, octet) in self.0.iter().enumerate() {
            if index > 0 {
                f.write_char(':')?;
            }
            write!(f, "{octet:02x}")?;
        }
        Ok(())
    }
}

impl FromStr for Mac {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let length = text.chars().count();
        if length != TEXT_LENGTH {
            return Err(Error::MacLength { text: excerpt(text), length });
        }
        let mut octets = [0; 6];
        for (index, found) in text.chars().enumerate() {
            let refuse = |expected| Error::MacCharacter {
                text: text.to_owned(),
                position: index + 1,
                found,
                expected,
            };
            if index % 3 == 2 {
                if !matches!(found, ':' | '-') {
                    return Err(refuse("a `:` or `-`"));
                }
            } else {
                let digit = found.to_digit(16).ok_or_else(|| refuse("a hex digit"))?;
                octets[index / 3] = octets[index / 3] << 4 | digit as u8;
            }
        }
        Ok(Self(octets))
    }
}

impl Serialize for Mac {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Mac {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Text;

        impl de::Visitor<'_> for Text {
            type Value = Mac;

            fn expecting(&self, f: &mut Formatter<'_>) -> fmt::Result {
                f.write_str("a MAC address such as aa:bb:cc:dd:ee:05")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Mac, E> {
                text.parse().map_err(E::custom)
            }
        }

        deserializer.deserialize_str(Text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MAC: Mac = Mac([0xaa, 0xbb, 0xcc, 0x0d, 0xee, 0x05]);

    #[test]
    fn either_case_and_either_separator_name_the_same_device() {
        for text in ["aa:bb:cc:0d:ee:05", "AA:BB:CC:0D:EE:05", "AA-BB-CC-0D-EE-05", "Aa:bB-cc:0d-eE:05"] {
            assert_eq!(text.parse(), Ok(MAC), "{text}");
        }
    }

    #[test]
    fn it_prints_in_lower_case_with_colons() {
        assert_eq!(MAC.to_string(), "aa:bb:cc:0d:ee:05");
        assert_eq!(serde_json::to_string(&MAC).unwrap(), r#""aa:bb:cc:0d:ee:05""#);
    }

    #[test]
    fn every_mock_port_has_its_own_address_that_survives_print_and_parse() {
        assert_eq!(Mac::of_mock_port(8001).to_string(), "ff:ff:ff:ff:1f:41");
        for port in 0..=u16::MAX {
            let mac = Mac::of_mock_port(port);
            assert_eq!(mac.to_string().parse(), Ok(mac));
        }
    }

    #[test]
    fn a_text_of_the_wrong_length_is_refused_with_its_length() {
        for (text, length) in [("", 0), ("aa:bb:cc", 8), ("aabbcc0dee05", 12), ("aa:bb:cc:0d:ee:05:06", 20)] {
            assert_eq!(text.parse::<Mac>(), Err(Error::MacLength { text: text.to_owned(), length }));
        }
    }

    #[test]
    fn a_wrong_character_is_named_with_its_position() {
        let error = "aa:bb:cg:0d:ee:05".parse::<Mac>().unwrap_err();
        assert_eq!(
            error.to_string(),
            "\"aa:bb:cg:0d:ee:05\" is not a MAC address: character 8 is 'g', not a hex digit; \
             write it as aa:bb:cc:dd:ee:05"
        );
        let error = "aa:bb.cc:0d:ee:05".parse::<Mac>().unwrap_err();
        assert!(error.to_string().contains("character 6 is '.', not a `:` or `-`"), "{error}");
        assert!("éa:bb:cc:0d:ee:05".parse::<Mac>().is_err());
    }

    #[test]
    fn a_hostile_text_is_quoted_only_in_part() {
        let error = "x".repeat(100_000).parse::<Mac>().unwrap_err();
        assert!(error.to_string().len() < 200, "{error}");
    }

    #[test]
    fn json_that_holds_no_mac_is_refused() {
        assert_eq!(serde_json::from_str::<Mac>(r#""AA:BB:CC:0D:EE:05""#).unwrap(), MAC);
        for json in ["12", "null", r#""bitaxe""#] {
            assert!(serde_json::from_str::<Mac>(json).is_err(), "{json}");
        }
    }
}
