//! kameo: supervised children, restarted by the library at the same address.

use std::future::Future;
use std::time::Duration;

use kameo::actor::{Actor, ActorRef, Spawn};
use kameo::error::Infallible;
use kameo::mailbox;
use kameo::message::{Context, Message};
use kameo::supervision::RestartPolicy;
use tokio::runtime::Handle;

use crate::peer::{PERIOD, Peer, Threads, WITHIN};
use crate::{Outcome, tokio_threads};

/// An actor of kameo.
pub struct Child(u64);

struct Tell(u64);
struct Ask;
struct Boom;
struct Tick;

impl Actor for Child {
    /// Whether it has a timer.
    type Args = bool;
    type Error = Infallible;

    async fn on_start(with_timer: bool, myself: ActorRef<Self>) -> Result<Self, Infallible> {
        if with_timer {
            let child = myself.downgrade();
            tokio::spawn(async move {
                let mut timer = tokio::time::interval(PERIOD);
                loop {
                    timer.tick().await;
                    let Some(child) = child.upgrade() else { return };
                    // A child that has ended needs no tick.
                    let _ = child.tell(Tick).try_send();
                }
            });
        }
        Ok(Self(0))
    }
}

impl Message<Tell> for Child {
    type Reply = ();

    async fn handle(&mut self, Tell(number): Tell, _: &mut Context<Self, ()>) {
        self.0 += number;
    }
}

impl Message<Ask> for Child {
    type Reply = u64;

    async fn handle(&mut self, _: Ask, _: &mut Context<Self, u64>) -> u64 {
        self.0
    }
}

impl Message<Boom> for Child {
    type Reply = ();

    async fn handle(&mut self, _: Boom, _: &mut Context<Self, ()>) {
        panic!("boom");
    }
}

impl Message<Tick> for Child {
    type Reply = ();

    async fn handle(&mut self, _: Tick, _: &mut Context<Self, ()>) {}
}

struct Supervisor;

impl Actor for Supervisor {
    type Args = ();
    type Error = Infallible;

    async fn on_start((): (), _: ActorRef<Self>) -> Result<Self, Infallible> {
        Ok(Self)
    }
}

/// A supervisor and its children.
pub struct Kameo {
    supervisor: ActorRef<Supervisor>,
    children: Vec<ActorRef<Child>>,
    /// Where the children run.
    runtime: Handle,
}

impl Peer for Kameo {
    type Way = ActorRef<Child>;

    fn run<T: Send + 'static>(
        threads: Threads,
        work: impl Future<Output = Outcome<T>> + Send + 'static,
    ) -> Outcome<T> {
        tokio_threads::run(threads, work)
    }

    async fn start(threads: Threads) -> Outcome<Self> {
        let supervisor = Supervisor::spawn(());
        supervisor.wait_for_startup().await;
        Ok(Self { supervisor, children: Vec::new(), runtime: tokio_threads::of_children(threads)? })
    }

    async fn child(&mut self, with_timer: bool) -> Outcome<()> {
        let supervisor = self.supervisor.clone();
        let spawned = async move {
            Child::supervise(&supervisor, with_timer)
                .restart_policy(RestartPolicy::Permanent)
                .restart_limit(u32::MAX, Duration::from_secs(1))
                // The quicker one of its two kinds, and no larger than the other at rest.
                .spawn_with_mailbox(mailbox::unbounded())
                .await
        };
        // Its task is spawned by the future: where the future runs, the child will.
        let here = self.runtime.id() == Handle::current().id();
        let child = if here { spawned.await } else { self.runtime.spawn(spawned).await? };
        child.wait_for_startup().await;
        self.children.push(child);
        Ok(())
    }

    fn way(&self, nth: usize) -> Self::Way {
        self.children[nth].clone()
    }

    fn tell(way: &Self::Way, number: u64) -> Outcome<()> {
        Ok(way.tell(Tell(number)).try_send().map_err(|refused| refused.to_string())?)
    }

    async fn ask(way: &Self::Way) -> Option<u64> {
        way.ask(Ask).reply_timeout(WITHIN).send().await.ok()
    }

    async fn ask_without_deadline(way: &Self::Way) -> Option<u64> {
        way.ask(Ask).send().await.ok()
    }

    fn boom(way: &Self::Way) -> Outcome<()> {
        Ok(way.tell(Boom).try_send().map_err(|refused| refused.to_string())?)
    }

    async fn stop(self) -> Outcome<()> {
        self.supervisor.stop_gracefully().await.map_err(|refused| refused.to_string())?;
        // It ends after its children.
        self.supervisor.wait_for_shutdown().await;
        Ok(())
    }
}
