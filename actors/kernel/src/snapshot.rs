//! What a tree shows of itself. Read from counters, so that an actor that does not turn is shown too.

use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

use actix::Message;
use futures_util::future::join_all;
use serde::Serialize;

use crate::ctl::Ctl;
use crate::history::ExitRecord;
use crate::spec::Bound;
use crate::tx::{Places, To};

/// What a child does for the tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// It has no children.
    Worker,
    /// It has children in an order.
    Supervisor,
    /// It has many like children.
    Pool,
}

/// Where a child is in its life, as its supervisor sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// Not running, and not about to.
    Down,
    /// Its `started` has begun.
    Starting,
    /// It handles messages.
    Running,
    /// Asked to stop.
    Stopping,
    /// Waiting for its restart.
    Backoff,
    /// Past its failure budget and retried slowly, or held by an operator.
    Parked,
}

/// How many children a supervisor or pool has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Children, in whatever phase.
    pub specs: usize,
    /// Those that start, run or stop.
    pub active: usize,
    /// Those that have children themselves.
    pub supervisors: usize,
    /// Those that have none.
    pub workers: usize,
}

impl Phase {
    /// Whether there is an end to wait for.
    pub(crate) fn is_alive(self) -> bool {
        matches!(self, Self::Starting | Self::Running | Self::Stopping)
    }
}

/// One actor of a tree, with those below it.
#[derive(Clone, Debug, Serialize)]
pub struct Node {
    /// Unique among its siblings.
    pub id: Arc<str>,
    /// The actor's type.
    pub kind: &'static str,
    /// What it does for the tree.
    pub role: Role,
    /// Where it is in its life.
    pub phase: Phase,
    /// Starts after the first one.
    pub restarts: u32,
    /// How its incarnations ended, the last one first: at most [`EXITS_KEPT`](crate::EXITS_KEPT).
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub exits: Vec<Arc<ExitRecord>>,
    /// Messages accepted and not yet handled.
    pub mailbox_depth: u32,
    /// The most of them that are accepted.
    pub mailbox_capacity: u32,
    /// Messages handled, over all incarnations.
    pub messages_handled: u64,
    /// Time spent turning, over all incarnations.
    pub busy_seconds: f64,
    /// The longest that a message waited in the mailbox.
    pub queue_wait_max_seconds: f64,
    /// False for a supervisor that did not answer in time: its children are not shown. Those of one that is down
    /// are down too, and not shown either.
    pub answers: bool,
    /// Those below, in their order.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub children: Vec<Node>,
}

impl Node {
    pub(crate) fn new(
        ctl: &Ctl,
        places: &dyn Places,
        role: Role,
        phase: Phase,
        exits: Vec<Arc<ExitRecord>>,
    ) -> Self {
        let seconds = |ns: u64| Duration::from_nanos(ns).as_secs_f64();
        Self {
            id: Arc::clone(&ctl.id),
            kind: ctl.kind.name,
            role,
            phase,
            restarts: ctl.orders.incarnation().saturating_sub(1),
            exits,
            mailbox_depth: places.taken(),
            mailbox_capacity: places.capacity(),
            messages_handled: ctl.stats.handled.load(Relaxed),
            busy_seconds: seconds(ctl.stats.busy_ns.load(Relaxed)),
            queue_wait_max_seconds: seconds(ctl.stats.wait_max_ns.load(Relaxed)),
            answers: true,
            children: Vec::new(),
        }
    }

    /// With its children, or without an answer.
    fn with(self, children: Option<Vec<Self>>) -> Self {
        match children {
            Some(children) => Self { children, ..self },
            None => Self { answers: false, ..self },
        }
    }

    /// How its last incarnation ended, if one did.
    pub fn last_exit(&self) -> Option<&ExitRecord> {
        self.exits.first().map(Arc::as_ref)
    }

    /// Its children, counted.
    pub fn counts(&self) -> Counts {
        let mut counts = Counts::default();
        for child in &self.children {
            counts.specs += 1;
            counts.active += usize::from(child.phase.is_alive());
            match child.role {
                Role::Worker => counts.workers += 1,
                Role::Supervisor | Role::Pool => counts.supervisors += 1,
            }
        }
        counts
    }

    /// The node at a path of ids below this one: `["devices", "pool:0"]`.
    pub fn find<'a>(&self, path: impl IntoIterator<Item = &'a str>) -> Option<&Self> {
        path.into_iter().try_fold(self, |node, id| node.children.iter().find(|child| &*child.id == id))
    }
}

/// Asks a supervisor or pool for its children.
#[derive(Clone, Copy, Debug, Message)]
#[rtype(result = "Vec<Node>")]
pub struct Snapshot {
    /// The time that its own supervisors have to answer for theirs.
    pub within: Duration,
}

/// A row of a supervisor's answer: the child itself, and whom to ask for what is below it.
pub(crate) type Row = (Node, Option<To<Snapshot>>);

pub(crate) fn row(bound: &Bound, phase: Phase) -> Row {
    let node = Node::new(&bound.ctl, &*bound.places, bound.role, phase, bound.ctl.history.exits());
    (node, bound.branch.as_ref().map(|branch| branch.snapshot.clone()))
}

/// Completes rows with what is below them, all branches at once.
pub(crate) async fn complete(rows: Vec<Row>, within: Duration) -> Vec<Node> {
    // Most rows of a pool have nothing below them: only those that have are worth a future.
    let branches = rows.iter().filter_map(|(node, branch)| Some((node.phase, branch.as_ref()?)));
    let mut answers =
        join_all(branches.map(|(phase, branch)| children_of(phase, branch, within))).await.into_iter();
    let complete = |(node, branch): Row| match branch.and_then(|_| answers.next()) {
        Some(answer) => node.with(answer),
        None => node,
    };
    rows.into_iter().map(complete).collect()
}

/// Completes one node.
pub(crate) async fn below(node: Node, branch: &To<Snapshot>, within: Duration) -> Node {
    let answer = children_of(node.phase, branch, within).await;
    node.with(answer)
}

/// The children of a branch, or none when it does not answer. Each level has a little less time than the one above, so
/// that the answer of those that do is not lost. One that is down is not asked: it would keep the question until it
/// runs again.
async fn children_of(phase: Phase, branch: &To<Snapshot>, within: Duration) -> Option<Vec<Node>> {
    if !phase.is_alive() {
        return Some(Vec::new());
    }
    branch.ask(Snapshot { within: within.mul_f64(0.75) }, within).await.ok()
}
