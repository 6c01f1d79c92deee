//! A fleet of mock AxeOS miners in one process, for demonstrations, tests and benchmarks.
//!
//! Every miner is an actor with a port of its own that answers as a device does; a listing server tells discovery
//! where they are. At the fidelity of the seeds the contract is that of the Node.js mock service this replaces:
//!
//! | on each miner's port | answer |
//! | --- | --- |
//! | `GET /api/system/info` | 30 fields (even index, ESP-Miner's shape) or 45 (odd, NerdQAxe's), drawn anew each time |
//! | `PATCH /api/system` | any JSON object is laid over them, and kept while the process lives |
//! | `POST /api/system/restart` | 200, then 503 to everything for 5 s |
//! | a WebSocket on any path | a line of a made-up log every 5 s, if the fleet publishes logs |
//!
//! At the fidelity of a device it is that of sixteen firmwares of AxeOS and NerdQAxe, each miner one of them: every
//! endpoint they have, as they answer it, over a model of the physics of their boards. A reboot takes some 10 s in
//! which nobody listens. The log and the live stream are WebSockets at `/api/ws` and `/api/ws/live`.
//!
//! Devices that mine open a Stratum V1 connection to the pool in their flash, and submit shares at the rate of their
//! model: searched for where that is quick, marked for the mock pool where not. They connect to loopback and private
//! addresses only.
//!
//! | on the listing's port | answer |
//! | --- | --- |
//! | `GET /servers` | the miners that listen: port, hostname, startTime, and as our additions mac and address |
//! | `POST /miners` | one more miner: after the last, or at the `port` and `address` of the body |
//! | `DELETE /miners/{hostname}` | 204, once it has stopped for good |
//! | `PUT /faults`, `GET /faults`, `DELETE /faults` | what is wrong with which miners, for tests of what watches them |
//! | `GET /tree` | the actors of the fleet, and how they fare |
//!
//! ```text
//! mockfleet (rest_for_one)
//! ├─ miners    pool of miner:1, miner:2, …: each owns its port, its connections and what it says
//! ├─ fleet     starts them, and is the one place that knows them all
//! └─ listing   owns its port; asks the fleet
//! ```
//!
//! | limit | value |
//! | --- | --- |
//! | connections of a miner, and waiting for it | 64, of a device 7 to 20 by its version, which may close the most silent for one more; and 64 |
//! | an idle connection, of a device; the head of a first request; an unacknowledged byte | 5 s, 60 s; 5 s; 10 s |
//! | a request's body; all patches of a miner | 10 kB; 16 kB |
//! | faults at a time; the body that sets them | 64; 10 kB |
//! | questions queued at a miner; the time for an answer | 128; 2 s, then 503 |
//! | a WebSocket frame from a client | 1 kB |
//! | a line of a pool; shares without an answer; silence of a pool | 64 kB; 64; 180 s |
//!
//! Start one with [`wire`]. The mock pool that miners mine at is in [`pool`].

mod apart;
mod axe;
mod clock;
mod connection;
mod device;
mod door;
mod draw;
mod error;
mod faults;
mod firmware;
mod fleet;
mod http;
mod listing;
mod logs;
mod mine;
mod miner;
mod model;
mod patch;
mod places;
pub mod pool;
mod server;
mod tree;

pub use error::Error;
pub use faults::{Affliction, FAULTS, Flaw};
pub use fleet::{Fidelity, Fleet, States};
pub use mine::reach::is_near;
pub use miner::MinerState;
pub use places::Places;
pub use tree::{FleetConfig, Wired, wire};
