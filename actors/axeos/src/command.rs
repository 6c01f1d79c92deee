//! What an operator may ask of a device, and the requests that bring it about.
//!
//! [`Changes`] are what is asked: checked when they are read, whatever device they are for. [`Shown`] is what a device
//! shows of its settings. From both, [`plan`] makes the requests that this family and version takes, for those settings
//! only that differ; [`differing`] tells afterwards what the device made of them.
//!
//! | firmware | what is particular |
//! | --- | --- |
//! | ESP-Miner 2.0 | falls over a key that is missing: all are sent, the WiFi password too |
//! | before 2.11 | the fan is set by `fanspeed`, later by `manualFanSpeed` |
//! | before 2.13 | a frequency is a whole number |
//! | since 2.15 | a pool at the top level is skipped without a word: it goes to `/api/system/pools/{slot}`, whole |
//! | NerdQAxe | a flag is `true` or `false`, and a value of a wrong type is skipped without a word |

mod changes;
mod dialect;
mod plan;
mod pools;
mod request;
mod setting;
mod settings;
mod shown;
mod takes;
#[cfg(test)]
mod tests;

pub use changes::Changes;
pub use plan::{Plan, check, differing, plan};
pub use request::{Method, Request, identify, pause, restart, resume};
pub use setting::Setting;
pub use settings::{Settings, Value};
pub use shown::Shown;
