//! One rollout: tells its devices one after another, some at one time, and the desk how it stands.
//!
//! It ends when the desk knows how it ended. It is not restarted: what it had begun is not begun again unasked.

use std::sync::Arc;
use std::time::Duration;

use actix::{Actor, ActorContext, ActorFutureExt, AsyncContext, Handler, Message, WrapFuture};
use shiftboss_kernel::{Ctx, To, supervised};

use super::desk::{Ended, Stands};
use super::{Progress, Share};
use crate::clock::Clock;
use crate::command::Command;
use crate::router::{ORDER_WITHIN, Order};

/// How often the desk is told how it stands, if that has changed.
const TELL_EVERY: Duration = Duration::from_millis(250);

/// For the desk to take note of the end, and the pause before it is told again.
const NOTE_WITHIN: Duration = Duration::from_secs(5);

/// Begins no more devices.
#[derive(Clone, Copy, Debug, Message)]
#[rtype(result = "()")]
pub(super) struct Cancel;

/// The ways that a rollout needs.
#[derive(Clone)]
pub(super) struct Ways {
    pub(super) orders: To<Order>,
    pub(super) stands: To<Stands>,
    pub(super) ended: To<Ended>,
    pub(super) clock: Clock,
}

/// The actor.
pub(super) struct Course {
    progress: Progress,
    ways: Ways,
    has_news: bool,
}

impl Course {
    pub(super) fn new(progress: Progress, ways: Ways) -> Self {
        Self { progress, ways, has_news: false }
    }

    /// Begins as many devices as may be; at the end of all, tells the desk.
    fn go_on(&mut self, ctx: &mut Ctx<Self>) {
        self.has_news = true;
        while let Some(mac) = self.progress.begin(self.ways.clock.now_ms()) {
            let order = Order { mac, command: Command::Configure((*self.progress.configure).clone()) };
            let orders = self.ways.orders.clone();
            let told = async move { orders.ask(order, ORDER_WITHIN).await };
            ctx.spawn(told.into_actor(self).map(move |told, this: &mut Self, ctx| {
                let share = match told {
                    Ok(Ok(outcome)) => Share::Told(outcome),
                    Ok(Err(error)) => Share::Error(error),
                    Err(refused) => Share::Error(crate::Error::busy("router")(refused).into()),
                };
                this.progress.end(mac, share, this.ways.clock.now_ms());
                this.go_on(ctx);
            }));
        }
        if self.progress.ended_ms.is_some() {
            self.end(ctx);
        }
    }

    fn end(&self, ctx: &mut Ctx<Self>) {
        let (desk, ended) = (self.ways.ended.clone(), Ended(Arc::new(self.progress.clone())));
        let told = async move {
            while desk.ask(ended.clone(), NOTE_WITHIN).await.is_err() {
                tokio::time::sleep(NOTE_WITHIN).await;
            }
        };
        ctx.spawn(told.into_actor(self).map(|(), _, ctx| ctx.stop()));
    }
}

impl Actor for Course {
    type Context = Ctx<Self>;

    fn started(&mut self, ctx: &mut Ctx<Self>) {
        ctx.run_interval(TELL_EVERY, |this, _| {
            // A desk that is full or restarting is told the next time.
            let news = std::mem::take(&mut this.has_news).then(|| Stands(Arc::new(this.progress.clone())));
            this.has_news = news.is_some_and(|news| this.ways.stands.tell(news).is_err());
        });
        self.go_on(ctx);
    }
}

supervised!(Course);

impl Handler<Cancel> for Course {
    type Result = ();

    fn handle(&mut self, _: Cancel, ctx: &mut Ctx<Self>) {
        if self.progress.ended_ms.is_none() {
            self.progress.cancel(self.ways.clock.now_ms());
            self.go_on(ctx);
        }
    }
}
