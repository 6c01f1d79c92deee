//! The actors of the farm controller.
//!
//! | actor | owns | asks |
//! | --- | --- | --- |
//! | [`store::Store`] | the database | nobody |
//! | [`directory::Directory`] | the latest of each device | nobody; tells the store |
//! | [`meter::Meter`] | the rows of a scrape, one meter a thread | nobody |
//! | [`discovery::Discovery`] | what was ever found | the store; tells the router |
//! | [`device::Device`] | one device's state, and the way to it | the directory, once; tells it and its meter |
//! | [`router::Router`] | the way to each device | the store, the directory, the pools, the devices |
//! | [`rollout::Desk`] | all rollouts | the pool of rollouts |
//! | [`preset::Presets`] | the presets | the store |
//! | a rollout | how one stands | the router, the desk |
//!
//! Asks point to actors that were started earlier, and have a deadline. [`wire`] makes them and says who knows whom.

mod address;
mod clock;
pub mod command;
pub mod device;
pub mod directory;
pub mod discovery;
mod error;
mod farm;
mod freshness;
pub mod meter;
pub mod preset;
pub mod record;
pub mod rollout;
pub mod router;
pub mod store;
#[cfg(test)]
mod testing;
#[cfg(any(test, feature = "testkit"))]
pub mod testkit;

pub use address::is_address;
pub use clock::Clock;
pub use error::Error;
pub use farm::{Farm, FarmConfig, Wired, wire};
pub use freshness::Freshness;
