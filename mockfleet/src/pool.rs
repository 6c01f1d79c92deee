//! A mock Stratum V1 pool: hands out jobs, and judges every share by a pool's real checks.
//!
//! ```text
//! mockpool (one_for_one)
//! ├─ ledger       what became of every share: sums, the latest records, the share log
//! ├─ clock        makes jobs and blocks, and tells the connections
//! ├─ connections  pool of conn:1, conn:2, …: each owns its socket and its miner's session
//! └─ door         owns the port
//! ```
//!
//! A share goes `conn` → `ledger` → back, and only then is answered: what a miner was told is in the books.
//!
//! | limit | value |
//! | --- | --- |
//! | connections; until the first job; silence after it | 50,000; 60 s; 600 s ([`Limits`]) |
//! | a line of a miner | 16 KiB; 1 KiB in the styles of ckpool |
//! | what a miner leaves unread; an unacknowledged byte | 64 KiB; 10 s |
//! | jobs of a block for which shares are taken | 16 |
//! | accepted shares that a duplicate is known by | 4,096 a job and connection |
//! | workers of a connection; a worker's name | 256; 256 bytes |
//! | records in memory; workers with sums of their own | 4,096; 100,000 |
//!
//! # Synthetic shares
//! A mock miner that cannot search at the pool's difficulty builds the header that it would hash, with
//! [`Work::header`], and takes [`mark`] for its nonce. The pool accepts it where `accept_synthetic` is set, and credits
//! the job's difficulty. A share that does meet the difficulty counts as real, marked or not.
//!
//! Start one with [`wire`].

mod books;
mod clock;
mod connection;
mod entrance;
mod grades;
mod hash;
pub(crate) mod hex;
mod house;
pub(crate) mod job;
mod ledger;
pub(crate) mod lines;
pub(crate) mod session;
mod share;
mod style;
mod synthetic;
mod tree;
mod vardiff;
mod wire;
mod work;

pub use books::{Accounts, Record, Tally};
pub use clock::Tempo;
pub use hash::{Hash, Header, difficulty_of};
pub use house::Limits;
pub use ledger::{Latest, Ledger, Sums};
pub use session::{Admission, Difficulty};
pub use share::Reason;
pub use style::Style;
pub use synthetic::{mark, recognise};
pub use tree::{Config, Wired, wire};
pub use work::Work;
