//! A whole tree: boots, is shut down, and ends.

use std::time::Duration;

use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

use crate::chaos::Chaos;
use crate::child::Child;
use crate::control::Operator;
use crate::event::{Event, Parent, What};
use crate::exit::Exit;
use crate::orders::Order;
use crate::snapshot::{Node, Phase, Role, below};
use crate::spec::SpecError;
use crate::supervisor::{Supervisor, SupervisorSpec};
use crate::tx::Tx;

/// A running tree. Dropping it ends its actors without an order; [`Tree::shutdown`] ends them in order.
pub struct Tree {
    root: Tx<Supervisor>,
    child: Child,
    events: UnboundedReceiver<Event>,
}

/// Why a tree did not start. What had started has been stopped again, in reverse order.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BootError {
    /// Its specification makes no sense.
    #[error(transparent)]
    Spec(#[from] SpecError),
    /// A child did not start; the exit names it, and its cause.
    #[error("{0}")]
    Exit(Exit),
}

impl Tree {
    /// Starts a tree, and waits until every static child of it has started.
    ///
    /// # Errors
    /// A spec that makes no sense, or the id and the cause of the first child that does not start.
    pub async fn start(id: &str, spec: SupervisorSpec) -> Result<Self, BootError> {
        Self::start_with(id, spec, Chaos::default()).await
    }

    /// Starts a tree whose actors suffer faults on purpose.
    ///
    /// # Errors
    /// As [`Tree::start`].
    pub async fn start_with(id: &str, spec: SupervisorSpec, chaos: Chaos) -> Result<Self, BootError> {
        let (root, bound) = spec.bind(id)?;
        let (program, events) = unbounded_channel();
        let mut tree = Self { root, child: Child::new(bound.into()), events };
        tree.child.start(&Parent::Program(program), chaos);
        match tree.next().await {
            What::Started => {
                tree.child.enter(Phase::Running);
                Ok(tree)
            }
            What::Exited(exit) => Err(BootError::Exit(exit)),
        }
    }

    /// The way to the top supervisor.
    pub fn root(&self) -> Tx<Supervisor> {
        self.root.clone()
    }

    /// Asks the whole tree to stop, in reverse order.
    pub fn shutdown(&self) {
        self.child.bound.ctl.orders.give(Order::Stop(self.child.incarnation()));
    }

    /// Waits until the tree has ended, whoever ended it.
    pub async fn ended(&mut self) -> Exit {
        loop {
            if let What::Exited(exit) = self.next().await {
                self.child.enter(Phase::Down);
                return exit;
            }
        }
    }

    /// Something that takes snapshots of this tree from anywhere.
    pub fn observer(&self) -> Observer {
        Observer { root: self.root.clone() }
    }

    /// Something that terminates, restarts, parks and resumes single children of this tree from anywhere.
    pub fn operator(&self) -> Operator {
        Operator::new(self.root.clone())
    }

    async fn next(&mut self) -> What {
        self.events.recv().await.map_or(What::Exited(Exit::Killed), |event| event.what)
    }
}

/// Takes snapshots of a tree.
#[derive(Clone, Debug)]
pub struct Observer {
    root: Tx<Supervisor>,
}

impl Observer {
    /// An observer of the tree below `root`.
    pub fn new(root: Tx<Supervisor>) -> Self {
        Self { root }
    }

    /// The whole tree. A branch that does not answer within `within` is shown without its children.
    pub async fn snapshot(&self, within: Duration) -> Node {
        let phase = if self.root.ctl().orders.is_gone() { Phase::Down } else { Phase::Running };
        let node = Node::new(self.root.ctl(), &*self.root.places(), Role::Supervisor, phase, Vec::new());
        below(node, &self.root.to(), within).await
    }
}
