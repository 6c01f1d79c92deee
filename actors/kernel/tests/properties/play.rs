//! A tree and its model, taken through the same events side by side.

use std::sync::Arc;
use std::time::Duration;

use shiftboss_kernel::{
    Action, Bound, ChildError, ControlError, InjectPanic, Node, Phase, StartChild, Strategy, SupervisorSpec,
    To, Tree,
};
use tokio::time::Instant;

use crate::kid::Kid;
use crate::mail::Mail;
use crate::op::Op;
use crate::trace::{Entry, Moment, Trace};
use crate::worker::{Job, Name, Outside};
use crate::{EVER, SECOND, pass, same};

/// What the workers are seen to do: one after another, except for those of one set.
pub(crate) type Moves = Vec<Vec<String>>;

/// What timers may be late by.
pub(crate) const LATE: Duration = Duration::from_millis(5);

pub(crate) type Answer = Result<(), ChildError>;

/// A child as a snapshot shows it: id, phase, restarts.
pub(crate) type Row = (Arc<str>, Phase, u32);

/// A supervisor or pool as the contract describes it, with no tasks in it: every event is over when it returns.
pub(crate) trait Model {
    /// Learns when a worker began and ended: that depends on jitter, and on how long others take.
    fn observe(&mut self, entry: &Entry);
    fn take_moves(&mut self) -> Moves;
    fn rows(&self) -> Vec<Row>;
    /// Who bears this id now.
    fn bearer(&self, id: &str) -> Option<Name>;
    fn runs(&self, name: Name) -> bool;
    fn has_ended(&self) -> bool;

    /// A child that runs ends by itself.
    fn ends(&mut self, id: &'static str, failed: bool);
    fn starts(&mut self, name: Name, kid: Kid) -> Answer;
    fn terminate(&mut self, id: &'static str) -> Answer;
    fn park(&mut self, id: &'static str) -> Answer;
    fn resume(&mut self, id: &'static str) -> Answer;
    fn restart(&mut self, id: &'static str) -> Answer;
    fn panics(&mut self);
    fn shut_down(&mut self);

    /// When it will be known whether a delay that may be over is over.
    fn unsure_until(&self) -> Option<Instant>;
    /// Those whose delay is over start; how many delays that were.
    fn come_back(&mut self) -> usize;
}

pub(crate) struct Play<M> {
    tree: Tree,
    start: To<StartChild>,
    model: M,
    trace: Trace,
    mails: Vec<Mail>,
}

/// The id of the supervisor or pool under test. It is the only child of the top.
pub(crate) const HOUSE: &str = "house";

impl<M: Model> Play<M> {
    /// Starts a tree. Its top starts the house again if it fails, or else ends.
    pub(crate) async fn start(
        house: Bound,
        start: To<StartChild>,
        again: bool,
        model: M,
        (trace, workers): (Trace, Vec<Outside>),
    ) -> Self {
        let top = SupervisorSpec::new(Strategy::OneForOne).intensity(if again { 1_000 } else { 0 }, SECOND);
        let tree = Tree::start("top", top.child(house)).await.expect("the tree starts");
        Self { tree, start, model, trace, mails: workers.into_iter().map(Mail::new).collect() }
    }

    /// Takes both through all the events.
    pub(crate) async fn run(mut self, ops: &[Op]) -> Result<(), String> {
        self.settle().await.map_err(|error| format!("the start: {error}"))?;
        for (index, op) in ops.iter().enumerate() {
            self.step(*op).await.map_err(|error| format!("{op:?} (operation {index}): {error}"))?;
            if self.model.has_ended() {
                return self.leave().await;
            }
        }
        self.addresses_are_good().await?;
        self.step(Op::Shutdown).await.map_err(|error| format!("the end: {error}"))?;
        self.leave().await
    }

    async fn step(&mut self, op: Op) -> Result<(), String> {
        match op {
            Op::Crash(id) => self.end(id, Job::Crash)?,
            Op::Quit(id) => self.end(id, Job::Quit)?,
            Op::Tell(id, count) => {
                if let Some(name) = self.model.bearer(id) {
                    (0..count).try_for_each(|_| self.mails[name.number].tell())?;
                }
            }
            Op::Start(id, kid) => {
                let name = Name { id, number: self.mails.len() };
                let (worker, bound) = Outside::new(name, kid, &self.trace);
                self.mails.push(Mail::new(worker));
                let expected = self.model.starts(name, kid);
                let answer = self.start.ask(StartChild(bound), EVER).await;
                same("its answer", &answer, &Ok(expected))?;
            }
            Op::Terminate(id) => {
                let expected = self.model.terminate(id);
                self.order(id, Action::Terminate, expected).await?;
            }
            Op::Park(id) => {
                let expected = self.model.park(id);
                self.order(id, Action::Park, expected).await?;
            }
            Op::Resume(id) => {
                let expected = self.model.resume(id);
                self.order(id, Action::Resume, expected).await?;
            }
            Op::Restart(id) => {
                let expected = self.model.restart(id);
                self.order(id, Action::Restart, expected).await?;
            }
            Op::Pass(time) => pass(time).await,
            Op::Panic => {
                self.model.panics();
                let inject = InjectPanic { id: HOUSE.into(), nth: 1 };
                let injected = self.tree.root().ask(inject, EVER).await;
                same("the injection", &injected, &Ok(Ok(())))?;
                self.tree.observer().snapshot(EVER).await;
            }
            Op::Shutdown => {
                self.model.shut_down();
                self.tree.shutdown();
            }
        }
        self.settle().await
    }

    /// A child ends over a message, if it runs. One that does not would do so later; that is for the storm.
    fn end(&mut self, id: &'static str, job: Job) -> Result<(), String> {
        let runs = |name: &Name| self.model.runs(*name);
        let Some(name) = self.model.bearer(id).filter(runs) else { return Ok(()) };
        self.mails[name.number].end(job)?;
        self.model.ends(id, job == Job::Crash);
        Ok(())
    }

    async fn order(&self, id: &str, action: Action, expected: Answer) -> Result<(), String> {
        let path = format!("{HOUSE}/{id}");
        let answer = self.tree.operator().order(&path, action, EVER).await;
        same("its answer", &answer, &expected.map_err(|cause| ControlError::Refused { path, cause }))
    }

    /// Waits until nothing moves, and compares all there is to see.
    async fn settle(&mut self) -> Result<(), String> {
        let rows = if self.model.has_ended() { self.end_of_tree().await? } else { self.rest().await? };
        let direct = self.model.take_moves();
        let over = self.model.come_back();
        let later = self.model.take_moves();
        let in_order = over == 0 || (over == 1 && direct.is_empty());
        let entries = self.trace.take();
        entries.iter().for_each(|entry| self.model.observe(entry));
        compare(&entries, &[direct, later].concat(), in_order)?;
        same("the snapshot", &rows, &self.model.rows())?;
        self.mails.iter_mut().try_for_each(|mail| {
            let name = mail.worker.name;
            if self.model.runs(name) {
                mail.worked();
            } else if self.model.bearer(name.id) != Some(name) {
                mail.went();
            }
            mail.compare()
        })
    }

    /// Waits until no child is about to start or to stop, and no delay may or may not be over.
    async fn rest(&self) -> Result<Vec<Row>, String> {
        for _ in 0..10_000 {
            pass(SECOND / 1000).await;
            let top = self.tree.observer().snapshot(EVER).await;
            let Some(house) = top.find([HOUSE]) else { return Err("the house is gone".to_owned()) };
            let still = |node: &Node| !matches!(node.phase, Phase::Starting | Phase::Stopping);
            let at_rest = house.phase == Phase::Running && house.answers && house.children.iter().all(still);
            match self.model.unsure_until() {
                _ if !at_rest => pass(SECOND / 20).await,
                Some(until) => tokio::time::sleep_until(until).await,
                None => return Ok(house.children.iter().map(row).collect()),
            }
        }
        Err("it does not come to rest".to_owned())
    }

    /// Waits for the end of the tree. All that its model still shows is dead.
    async fn end_of_tree(&mut self) -> Result<Vec<Row>, String> {
        let exit = tokio::time::timeout(EVER, self.tree.ended()).await;
        exit.map_err(|_| "the tree does not end".to_owned())?;
        pass(SECOND / 1000).await;
        Ok(self.model.rows())
    }

    /// Every child that runs is where it was when it was made.
    async fn addresses_are_good(&mut self) -> Result<(), String> {
        for mail in &mut self.mails {
            if self.model.runs(mail.worker.name) {
                mail.tell()?;
            }
        }
        self.settle().await
    }

    /// After the end nothing is accepted, and every message is accounted for.
    async fn leave(mut self) -> Result<(), String> {
        drop(self.tree);
        pass(SECOND / 1000).await;
        compare(&self.trace.take(), &[], true)?;
        self.mails.iter_mut().try_for_each(|mail| {
            mail.went();
            mail.tell()?;
            mail.compare()
        })
    }
}

fn row(node: &Node) -> Row {
    (Arc::clone(&node.id), node.phase, node.restarts)
}

/// Whether the workers made these moves, one set after another, or else in any order.
fn compare(entries: &[Entry], moves: &[Vec<String>], in_order: bool) -> Result<(), String> {
    let seen = entries.iter().filter_map(|Entry { who, moment, .. }| match moment {
        Moment::Begun => Some(format!("+{}", who.id)),
        Moment::Ended => Some(format!("-{}", who.id)),
        Moment::Ready | Moment::Asked => None,
    });
    let seen: Vec<_> = seen.collect();
    let sets = if in_order { moves.to_vec() } else { vec![moves.concat()] };
    let mut rest = seen.iter();
    let agrees = sets.into_iter().all(|mut set| {
        let mut part: Vec<_> = rest.by_ref().take(set.len()).cloned().collect();
        part.sort_unstable();
        set.sort_unstable();
        part == set
    });
    if agrees && rest.next().is_none() {
        return Ok(());
    }
    same("the moves", &seen.join(" "), &moves.concat().join(" "))
}
