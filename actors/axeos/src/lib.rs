//! What AxeOS devices say and accept.
//!
//! AxeOS is the HTTP API of two firmware families for small bitcoin miners: ESP-Miner (Bitaxe) and NerdQAxe. Their
//! answers differ by family and version in names, units and types; this crate is the one place that knows how.
//! It is pure: no actor, no I/O, no clock.
//!
//! | to | use |
//! | --- | --- |
//! | read `GET /api/system/info` of any version | [`SystemInfo::parse`], then [`Reading`] for SI units |
//! | show or store what a device said | [`redact`], [`is_secret`], [`Secret`] |
//! | know a device | [`Mac`] |
//! | offer and check settings | [`Asic`], [`Options`] |
//! | ask a device for something, and see whether it did it | [`command`], [`Firmware`] |
//! | name a pool | [`pool_name`] |
//! | speak like a device | [`legacy::LegacyInfo`], [`nerdqaxe::NerdQaxeInfo`], [`Difficulty`] |
//!
//! ```
//! use shiftboss_axeos::{Reading, SystemInfo};
//!
//! let body = br#"{"ASICModel":"BM1370","power":"15.5","voltage":5055,"hashRate":1000,"vrTemp":-1,"temp":null}"#;
//! let reading = Reading::from(&SystemInfo::parse(body)?);
//!
//! assert_eq!(reading.voltage_v, Some(5.055));
//! assert_eq!(reading.efficiency_joules_per_terahash, Some(15.5));
//! assert_eq!(reading.vr_temperature_celsius, None, "-1 says that there is no sensor");
//! assert_eq!(reading.temperature_celsius, None, "what is not known is not zero");
//! # Ok::<(), shiftboss_axeos::Error>(())
//! ```
//!
//! Facts about the firmware come from the sources of [ESP-Miner](https://github.com/bitaxeorg/ESP-Miner) 2.0.0 to
//! 2.15.0 and [NerdQAxe](https://github.com/shufps/ESP-Miner-NerdQAxePlus) 1.0.x; `tests/axeos-fields.csv` lists
//! every field with the versions that send it.

pub mod command;
mod difficulty;
mod error;
mod firmware;
mod info;
pub mod legacy;
mod mac;
pub mod nerdqaxe;
mod options;
mod pool;
mod reading;
mod redaction;
mod secret;
mod wire;

pub use command::Setting;
pub use difficulty::Difficulty;
pub use error::Error;
pub use firmware::{Family, Firmware, Version};
pub use info::SystemInfo;
pub use mac::Mac;
pub use options::{Asic, Choice, Options};
pub use pool::pool_name;
pub use reading::Reading;
pub use redaction::redact;
pub use secret::{Secret, is_secret};
