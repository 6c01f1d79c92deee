//! What happens to a random tree.

use std::fmt;
use std::time::Duration;

use proptest::prelude::*;

use crate::kid::{CAPACITY, Kid, kids};

/// Ids of children that are started while the tree runs.
pub(crate) const DYNAMIC: [&str; 3] = ["x", "c", "y"];

#[derive(Clone, Copy)]
pub(crate) enum Op {
    Crash(&'static str),
    Quit(&'static str),
    /// So many messages at once.
    Tell(&'static str, u32),
    Start(&'static str, Kid),
    Terminate(&'static str),
    Park(&'static str),
    Resume(&'static str),
    Restart(&'static str),
    Pass(Duration),
    /// The supervisor or pool itself panics.
    Panic,
    Shutdown,
}

/// An operation on a child yet to be picked; picked by [`Op::of`].
pub(crate) type Raw = (Op, usize);

pub(crate) fn raw_ops() -> impl Strategy<Value = Raw> {
    let pass = prop_oneof![Just(100), Just(1_000), Just(3_000), Just(11_000), Just(40_000)];
    let op = prop_oneof![
        8 => Just(Op::Crash("")),
        3 => Just(Op::Quit("")),
        4 => (1..=CAPACITY + 1).prop_map(|count| Op::Tell("", count)),
        4 => kids().prop_map(|kid| Op::Start("", kid)),
        3 => Just(Op::Terminate("")),
        3 => Just(Op::Park("")),
        2 => Just(Op::Resume("")),
        3 => Just(Op::Restart("")),
        5 => pass.prop_map(|milliseconds| Op::Pass(Duration::from_millis(milliseconds))),
        1 => Just(Op::Panic),
        1 => Just(Op::Shutdown),
    ];
    // Mostly the first ones, so that much happens to the same child.
    (op, prop_oneof![2 => 0..2_usize, 1 => any::<usize>()])
}

impl Op {
    /// The operation on one of the children of these ids.
    pub(crate) fn of((op, pick): Raw, ids: &[&'static str]) -> Self {
        let id = ids[pick % ids.len()];
        match op {
            Self::Crash(_) => Self::Crash(id),
            Self::Quit(_) => Self::Quit(id),
            Self::Tell(_, count) => Self::Tell(id, count),
            Self::Start(_, kid) => Self::Start(id, kid),
            Self::Terminate(_) => Self::Terminate(id),
            Self::Park(_) => Self::Park(id),
            Self::Resume(_) => Self::Resume(id),
            Self::Restart(_) => Self::Restart(id),
            Self::Pass(_) | Self::Panic | Self::Shutdown => op,
        }
    }
}

impl fmt::Debug for Op {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Crash(id) => write!(f, "crash {id}"),
            Self::Quit(id) => write!(f, "quit {id}"),
            Self::Tell(id, count) => write!(f, "tell {id} {count} times"),
            Self::Start(id, kid) => write!(f, "start {id} ({kid:?})"),
            Self::Terminate(id) => write!(f, "terminate {id}"),
            Self::Park(id) => write!(f, "park {id}"),
            Self::Resume(id) => write!(f, "resume {id}"),
            Self::Restart(id) => write!(f, "restart {id}"),
            Self::Pass(time) => write!(f, "pass {time:?}"),
            Self::Panic => f.write_str("panic"),
            Self::Shutdown => f.write_str("shut down"),
        }
    }
}
