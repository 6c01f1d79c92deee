//! Takes a tree through a storm, and writes down all that is needed to judge it.

use std::cell::RefCell;
use std::rc::Rc;

use actix::{Actor, Handler, Message};
use shiftboss_kernel::{
    ChildError, Ctx, Exit, InjectPanic, Node, Park, PoolSpec, Refused, RestartChild, Resume, StartChild,
    Strategy, SupervisorSpec, Terminate, To, Tree, Tx,
};
use tokio::time::Instant;

use super::{FIRST, House, Scene, WINDOW, laws};
use crate::op::Op;
use crate::play::HOUSE;
use crate::trace::{Entry, Trace};
use crate::worker::{Job, Name, Outside};
use crate::{EVER, SECOND, pass};

/// All that was seen of a storm.
pub(super) struct Report {
    pub(super) workers: Vec<Outside>,
    pub(super) trace: Vec<Entry>,
    pub(super) orders: Vec<Order>,
    /// The children when the storm was over; none when the tree had ended by then.
    pub(super) after: Option<Vec<Node>>,
    /// The length of the trace when the tree was told to shut down, or was found to have ended.
    pub(super) until: usize,
    pub(super) exit: Exit,
}

/// What was asked of the house, and answered.
#[derive(Clone, Debug)]
pub(super) struct Order {
    pub(super) op: Op,
    pub(super) at: Instant,
    /// The length of the trace when it was asked.
    pub(super) asked: usize,
    /// The answer, and the length of the trace when it came.
    pub(super) answer: Option<(usize, Answer)>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Answer {
    Done,
    Refused(ChildError),
    Silent(Refused),
}

struct Storm {
    tree: Tree,
    ways: Ways,
    trace: Trace,
    workers: Vec<Outside>,
    orders: Rc<RefCell<Vec<Order>>>,
}

/// The ways to a supervisor or pool.
struct Ways {
    start: To<StartChild>,
    terminate: To<Terminate>,
    park: To<Park>,
    resume: To<Resume>,
    restart: To<RestartChild>,
}

impl Ways {
    fn to<A>(house: &Tx<A>) -> Self
    where
        A: Actor<Context = Ctx<A>> + Handler<StartChild> + Handler<Terminate>,
        A: Handler<Park> + Handler<Resume> + Handler<RestartChild>,
    {
        Self {
            start: house.to(),
            terminate: house.to(),
            park: house.to(),
            resume: house.to(),
            restart: house.to(),
        }
    }
}

pub(super) async fn run(scene: &Scene) -> Result<(), String> {
    let mut storm = Storm::gather(scene).await;
    for (op, time) in &scene.ops {
        storm.strike(*op);
        if let Some(time) = time {
            pass(*time).await;
        }
    }
    laws::judge(scene, &storm.blow_over().await?)
}

impl Storm {
    async fn gather(scene: &Scene) -> Self {
        let trace = Trace::default();
        let mut workers = Vec::new();
        let first = FIRST.into_iter().zip(&scene.children).enumerate();
        let bounds: Vec<_> = first
            .map(|(number, (id, (kid, fails_start)))| {
                let (worker, bound) = Outside::failing(Name { id, number }, *kid, &trace, *fails_start);
                workers.push(worker);
                bound
            })
            .collect();
        let (house, ways, later) = match scene.house {
            House::Supervisor(strategy) => {
                let spec = SupervisorSpec::new(strategy).intensity(scene.max, WINDOW);
                let (tx, house) =
                    bounds.into_iter().fold(spec, SupervisorSpec::child).bind(HOUSE).expect("sound");
                (house, Ways::to(&tx), Vec::new())
            }
            House::Pool => {
                let spec = PoolSpec::default().budget(scene.max, WINDOW).retry_parked(laws::RETRY);
                let (tx, house) = spec.escalate(0.5, 3).bind(HOUSE, None).expect("sound");
                (house, Ways::to(&tx), bounds)
            }
        };
        let again = if scene.again { 1_000 } else { 0 };
        let top = SupervisorSpec::new(Strategy::OneForOne).intensity(again, SECOND).child(house);
        let tree = Tree::start("top", top).await.expect("the tree starts");
        for bound in later {
            ways.start.ask(StartChild(bound), EVER).await.expect("it answers").expect("it starts");
        }
        Self { tree, ways, trace, workers, orders: Rc::default() }
    }

    /// Lets something happen, and does not wait for what comes of it.
    fn strike(&mut self, op: Op) {
        match op {
            Op::Crash(id) => self.tell(id, Job::Crash, 1),
            Op::Quit(id) => self.tell(id, Job::Quit, 1),
            Op::Tell(id, count) => self.tell(id, Job::Work, count),
            Op::Start(id, kid) => {
                let name = Name { id, number: self.workers.len() };
                let (worker, bound) = Outside::new(name, kid, &self.trace);
                self.workers.push(worker);
                self.order(op, &self.ways.start, StartChild(bound));
            }
            Op::Terminate(id) => self.order(op, &self.ways.terminate, Terminate(id.into())),
            Op::Park(id) => self.order(op, &self.ways.park, Park(id.into())),
            Op::Resume(id) => self.order(op, &self.ways.resume, Resume(id.into())),
            Op::Restart(id) => self.order(op, &self.ways.restart, RestartChild(id.into())),
            Op::Panic => {
                let (root, observer) = (self.tree.root(), self.tree.observer());
                tokio::task::spawn_local(async move {
                    // Whether the house is there to panic does not matter.
                    let _ = root.ask(InjectPanic { id: HOUSE.into(), nth: 1 }, EVER).await;
                    observer.snapshot(EVER).await;
                });
            }
            Op::Pass(_) | Op::Shutdown => {}
        }
    }

    fn tell(&mut self, id: &str, job: Job, count: u32) {
        let worker = self.workers.iter_mut().find(|worker| worker.name.id == id).expect("known");
        for _ in 0..count {
            // One that is refused is in the accounts, too.
            let _ = worker.tell(job);
        }
    }

    fn order<M>(&self, op: Op, way: &To<M>, message: M)
    where
        M: Message<Result = Result<(), ChildError>> + 'static,
    {
        let (way, trace, orders) = (way.clone(), self.trace.clone(), Rc::clone(&self.orders));
        let index = orders.borrow().len();
        orders.borrow_mut().push(Order { op, at: Instant::now(), asked: trace.len(), answer: None });
        tokio::task::spawn_local(async move {
            let answer = match way.ask(message, EVER).await {
                Ok(Ok(())) => Answer::Done,
                Ok(Err(cause)) => Answer::Refused(cause),
                Err(refused) => Answer::Silent(refused),
            };
            orders.borrow_mut()[index].answer = Some((trace.len(), answer));
        });
    }

    /// Waits until the storm is over, sees what is left, and ends the tree.
    async fn blow_over(mut self) -> Result<Report, String> {
        pass(200 * SECOND).await;
        let ended = tokio::time::timeout(SECOND / 1000, self.tree.ended()).await.ok();
        let until = self.trace.len();
        let (after, exit) = match ended {
            Some(exit) => (None, exit),
            None => {
                let top = self.tree.observer().snapshot(EVER).await;
                let house =
                    top.find([HOUSE]).filter(|house| house.answers).ok_or("the house does not answer")?;
                let children = house.children.clone();
                self.tree.shutdown();
                let ended = tokio::time::timeout(EVER, self.tree.ended()).await;
                (Some(children), ended.map_err(|_| "the tree does not end")?)
            }
        };
        drop(self.tree);
        pass(SECOND / 1000).await;
        let (trace, orders) = (self.trace.take(), self.orders.take());
        Ok(Report { workers: self.workers, trace, orders, after, until, exit })
    }
}
