//! The kernel's contract (`SEMANTICS.md`), one test a behaviour.
//!
//! The 52 behaviours of supervision, as OTP's and other systems' own suites ask for them, and as plain actix does not
//! have them. Each module begins with those that it shows, by number and in words, and names their tests.
//!
//! | behaviours | modules |
//! | --- | --- |
//! | 1-10: boot, specs, requests | `boot`, `declining`, `specs`, `requests` |
//! | 11-19: restart policies and strategies | `policies`, `strategies` |
//! | 20-27: intensity and rounds | `intensity`, `rounds`, `busy` |
//! | 28-34: stops, and supervisors that end | `shutdown`, `scale`, `escalation`, `auto_shutdown`, `threads` |
//! | 35-42: failures and ends | `panics`, `ends` |
//! | 43-47: back-off and queues | `backoff` |
//! | 48-52: what plain actix does | `traps` |
//! | beyond the list | `pools`, `parking`, `control`, `history`, `accounts`, `chaos`, `snapshots`, `branches`, `mailbox` |

#![expect(clippy::expect_used, reason = "a test fails by panicking")]

mod boot;
mod declining;
mod requests;
mod specs;

mod busy;
mod intensity;
mod policies;
mod rounds;
mod strategies;

mod auto_shutdown;
mod escalation;
mod scale;
mod shutdown;
mod threads;

mod ends;
mod panics;

mod backoff;
mod traps;

mod accounts;
mod branches;
mod chaos;
mod control;
mod history;
mod list;
mod mailbox;
mod parking;
mod pools;
mod snapshots;

mod support;
