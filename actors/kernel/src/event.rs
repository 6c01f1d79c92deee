//! What a cell tells its supervisor.

use actix::Message;
use tokio::sync::mpsc::UnboundedSender;

use crate::exit::Exit;
use crate::orders::Incarnation;
use crate::pool::Pool;
use crate::supervisor::Supervisor;
use crate::tx::Tx;

/// News of one incarnation of one child.
#[derive(Clone, Debug, Message)]
#[rtype(result = "()")]
pub(crate) struct Event {
    pub(crate) key: u64,
    pub(crate) incarnation: Incarnation,
    pub(crate) what: What,
}

#[derive(Clone, Debug)]
pub(crate) enum What {
    Started,
    Exited(Exit),
}

/// Whom a cell reports to.
#[derive(Clone)]
pub(crate) enum Parent {
    Supervisor(Tx<Supervisor>),
    Pool(Tx<Pool>),
    Program(UnboundedSender<Event>),
}

impl Parent {
    pub(crate) fn tell(&self, event: Event) {
        match self {
            Self::Supervisor(supervisor) => supervisor.force(event),
            Self::Pool(pool) => pool.force(event),
            // A program that dropped its tree does not listen any more.
            Self::Program(program) => drop(program.send(event)),
        }
    }
}
