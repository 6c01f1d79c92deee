//! What a child of a random tree is like.

use std::fmt;
use std::time::Duration;

use proptest::prelude::*;
use shiftboss_kernel::{Backoff, Restart, Shutdown, Spec};

use crate::SECOND;
use crate::worker::Worker;

/// The time a child has to stop, if it is not killed at once.
pub(crate) const STOP_WITHIN: Duration = Duration::from_secs(5);

/// The messages that a child has room for.
pub(crate) const CAPACITY: u32 = 3;

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Kid {
    pub(crate) restart: Restart,
    /// The ceiling of its first delay, if it has a back-off.
    pub(crate) backoff: Option<Duration>,
    pub(crate) stop: Stop,
    /// Its start takes a second.
    pub(crate) slow_start: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stop {
    AtOnce,
    /// After two seconds.
    Slow,
    /// Never; it is killed when its time is over.
    Stubborn,
    /// It is not asked, but killed.
    Killed,
}

impl Kid {
    pub(crate) fn backoff(&self) -> Backoff {
        self.backoff.map_or(Backoff::NONE, |base| Backoff { base, cap: 4 * base, healthy_after: 30 * SECOND })
    }

    pub(crate) fn spec(&self, spec: Spec<Worker>) -> Spec<Worker> {
        let shutdown = match self.stop {
            Stop::Killed => Shutdown::Kill,
            Stop::AtOnce | Stop::Slow | Stop::Stubborn => Shutdown::Timeout(STOP_WITHIN),
        };
        spec.restart(self.restart).backoff(self.backoff()).shutdown(shutdown).capacity(CAPACITY)
    }
}

impl fmt::Debug for Kid {
    /// On one line, and only what is special.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.restart)?;
        if let Some(base) = self.backoff {
            write!(f, ", back-off from {base:?}")?;
        }
        if self.stop != Stop::AtOnce {
            write!(f, ", stop: {:?}", self.stop)?;
        }
        if self.slow_start {
            f.write_str(", slow to start")?;
        }
        Ok(())
    }
}

pub(crate) fn kids() -> impl Strategy<Value = Kid> {
    let restart = prop_oneof![
        3 => Just(Restart::Permanent),
        1 => Just(Restart::Transient),
        1 => Just(Restart::Temporary),
    ];
    let backoff = prop_oneof![Just(None), Just(Some(2 * SECOND)), Just(Some(8 * SECOND))];
    let stop = prop_oneof![
        3 => Just(Stop::AtOnce),
        1 => Just(Stop::Slow),
        1 => Just(Stop::Stubborn),
        1 => Just(Stop::Killed),
    ];
    let slow_start = prop::bool::weighted(0.2);
    (restart, backoff, stop, slow_start).prop_map(|(restart, backoff, stop, slow_start)| Kid {
        restart,
        backoff,
        stop,
        slow_start,
    })
}
