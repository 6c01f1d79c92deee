//! shiftboss-kernel: the children of a pool, which is the only child of a tree.

use std::future::Future;
use std::time::Duration;

use actix::{Actor, ArbiterHandle, AsyncContext, Handler, Message};
use shiftboss_kernel::{
    Ctx, Pool, PoolSpec, Spec, StartChild, Strategy, SupervisorSpec, Tree, Tx, supervised,
};

use crate::Outcome;
use crate::peer::{CAPACITY, PERIOD, Peer, Threads, WITHIN};

struct Child {
    number: u64,
    with_timer: bool,
}

#[derive(Message)]
#[rtype(result = "()")]
struct Tell(u64);

#[derive(Message)]
#[rtype(result = "u64")]
struct Ask;

#[derive(Message)]
#[rtype(result = "()")]
struct Boom;

impl Actor for Child {
    type Context = Ctx<Self>;

    fn started(&mut self, ctx: &mut Ctx<Self>) {
        if self.with_timer {
            ctx.run_interval(PERIOD, |_, _| {});
        }
    }
}
supervised!(Child);

impl Handler<Tell> for Child {
    type Result = ();

    fn handle(&mut self, Tell(number): Tell, _: &mut Ctx<Self>) {
        self.number += number;
    }
}

impl Handler<Ask> for Child {
    type Result = u64;

    fn handle(&mut self, _: Ask, _: &mut Ctx<Self>) -> u64 {
        self.number
    }
}

impl Handler<Boom> for Child {
    type Result = ();

    fn handle(&mut self, _: Boom, _: &mut Ctx<Self>) {
        panic!("boom");
    }
}

/// A tree with one pool.
pub struct Ours {
    tree: Tree,
    pool: Tx<Pool>,
    children: Vec<Tx<Child>>,
    /// The thread of the children, when it is not this one.
    arbiter: Option<ArbiterHandle>,
}

/// The way to a child. The child's type is nobody's business.
#[derive(Clone)]
pub struct Way(Tx<Child>);

impl Peer for Ours {
    type Way = Way;

    fn run<T: Send + 'static>(
        _: Threads,
        work: impl Future<Output = Outcome<T>> + Send + 'static,
    ) -> Outcome<T> {
        actix_rt::System::new().block_on(async { actix_rt::spawn(work).await? })
    }

    async fn start(threads: Threads) -> Outcome<Self> {
        let unlimited = PoolSpec::default().budget(u32::MAX, Duration::from_secs(1));
        let (pool, bound) = unlimited.bind("pool", None)?;
        let tree = Tree::start("bench", SupervisorSpec::new(Strategy::OneForOne).child(bound)).await?;
        let arbiter = (threads != Threads::One).then(|| actix_rt::Arbiter::new().handle());
        Ok(Self { tree, pool, children: Vec::new(), arbiter })
    }

    async fn child(&mut self, with_timer: bool) -> Outcome<()> {
        let id = format!("child-{}", self.children.len());
        let spec = Spec::new(id, move || Child { number: 0, with_timer });
        let (child, bound) = spec.capacity(CAPACITY).on(self.arbiter.clone()).bind();
        self.pool.ask(StartChild(bound), WITHIN).await??;
        self.children.push(child);
        Ok(())
    }

    fn way(&self, nth: usize) -> Way {
        Way(self.children[nth].clone())
    }

    fn tell(Way(child): &Way, number: u64) -> Outcome<()> {
        Ok(child.tell(Tell(number))?)
    }

    async fn ask(Way(child): &Way) -> Option<u64> {
        child.ask(Ask, WITHIN).await.ok()
    }

    /// The kernel has no ask without a deadline: this one has it too.
    async fn ask_without_deadline(way: &Way) -> Option<u64> {
        Self::ask(way).await
    }

    fn boom(Way(child): &Way) -> Outcome<()> {
        Ok(child.tell(Boom)?)
    }

    async fn snapshot(&self) -> Outcome<Option<usize>> {
        let node = self.tree.observer().snapshot(WITHIN).await;
        Ok(Some(node.find(["pool"]).ok_or("the snapshot shows no pool")?.children.len()))
    }

    async fn stop(mut self) -> Outcome<()> {
        self.tree.shutdown();
        self.tree.ended().await;
        Ok(())
    }
}
