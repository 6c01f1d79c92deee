//! ractor: linked children of a supervisor that replaces those that failed.
//!
//! A restarted actor of ractor is a new one with a new address, and its supervisor is told of the old one only:
//! who talks to it needs a list such as [`Children`].

use std::collections::HashMap;
use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use ractor::rpc::CallResult;
use ractor::{Actor, ActorId, ActorProcessingErr, ActorRef, RpcReplyPort, SupervisionEvent};
use tokio::runtime::Handle;

use crate::peer::{PERIOD, Peer, Threads, WITHIN};
use crate::{Outcome, tokio_threads};

type Failure = ActorProcessingErr;

/// What a child understands.
pub enum Message {
    /// Adds to its number.
    Tell(u64),
    /// Answers its number.
    Ask(RpcReplyPort<u64>),
    /// Panics.
    Boom,
    /// Its timer.
    Tick,
}

struct Child;

impl Actor for Child {
    type Msg = Message;
    type State = u64;
    /// Whether it has a timer.
    type Arguments = bool;

    async fn pre_start(&self, myself: ActorRef<Message>, with_timer: bool) -> Result<u64, Failure> {
        if with_timer {
            myself.send_interval(PERIOD, || Message::Tick);
        }
        Ok(0)
    }

    async fn handle(&self, _: ActorRef<Message>, message: Message, number: &mut u64) -> Result<(), Failure> {
        match message {
            Message::Tell(more) => *number += more,
            Message::Ask(reply) => reply.send(*number)?,
            Message::Boom => panic!("boom"),
            Message::Tick => {}
        }
        Ok(())
    }
}

/// The children as they are now.
#[derive(Default)]
struct Children {
    list: Vec<ActorRef<Message>>,
    places: HashMap<ActorId, usize>,
}

type Shared = Arc<Mutex<Children>>;

fn with<T>(children: &Shared, body: impl FnOnce(&mut Children) -> T) -> T {
    body(&mut children.lock().unwrap_or_else(PoisonError::into_inner))
}

struct Supervisor;

impl Actor for Supervisor {
    type Msg = ();
    type State = Shared;
    type Arguments = Shared;

    async fn pre_start(&self, _: ActorRef<()>, children: Shared) -> Result<Shared, Failure> {
        Ok(children)
    }

    async fn handle_supervisor_evt(
        &self,
        myself: ActorRef<()>,
        event: SupervisionEvent,
        children: &mut Shared,
    ) -> Result<(), Failure> {
        let SupervisionEvent::ActorFailed(failed, _) = event else { return Ok(()) };
        let Some(place) = with(children, |children| children.places.remove(&failed.get_id())) else {
            return Ok(());
        };
        let (fresh, _) = Child::spawn_linked(None, Child, false, myself.get_cell()).await?;
        with(children, |children| {
            children.places.insert(fresh.get_id(), place);
            children.list[place] = fresh;
        });
        Ok(())
    }
}

/// A supervisor and the children that it keeps.
pub struct Ractor {
    supervisor: ActorRef<()>,
    children: Shared,
    /// Where the children run.
    runtime: Handle,
}

async fn call(way: &ActorRef<Message>, deadline: Option<Duration>) -> Option<u64> {
    match way.call(Message::Ask, deadline).await {
        Ok(CallResult::Success(number)) => Some(number),
        _ => None,
    }
}

impl Peer for Ractor {
    type Way = ActorRef<Message>;

    fn run<T: Send + 'static>(
        threads: Threads,
        work: impl Future<Output = Outcome<T>> + Send + 'static,
    ) -> Outcome<T> {
        tokio_threads::run(threads, work)
    }

    async fn start(threads: Threads) -> Outcome<Self> {
        let children = Shared::default();
        let (supervisor, _) = Supervisor::spawn(None, Supervisor, Arc::clone(&children)).await?;
        Ok(Self { supervisor, children, runtime: tokio_threads::of_children(threads)? })
    }

    async fn child(&mut self, with_timer: bool) -> Outcome<()> {
        let spawned = Child::spawn_linked(None, Child, with_timer, self.supervisor.get_cell());
        // Its task is spawned by the future: where the future runs, the child will.
        let here = self.runtime.id() == Handle::current().id();
        let (child, _) = if here { spawned.await? } else { self.runtime.spawn(spawned).await?? };
        with(&self.children, |children| {
            children.places.insert(child.get_id(), children.list.len());
            children.list.push(child);
        });
        Ok(())
    }

    fn way(&self, nth: usize) -> Self::Way {
        with(&self.children, |children| children.list[nth].clone())
    }

    fn tell(way: &Self::Way, number: u64) -> Outcome<()> {
        Ok(way.cast(Message::Tell(number))?)
    }

    async fn ask(way: &Self::Way) -> Option<u64> {
        call(way, Some(WITHIN)).await
    }

    async fn ask_without_deadline(way: &Self::Way) -> Option<u64> {
        call(way, None).await
    }

    fn boom(way: &Self::Way) -> Outcome<()> {
        Ok(way.cast(Message::Boom)?)
    }

    async fn stop(self) -> Outcome<()> {
        self.supervisor.stop_children_and_wait(None, Some(WITHIN)).await;
        Ok(self.supervisor.stop_and_wait(None, Some(WITHIN)).await?)
    }
}
