//! How a miner of the seeds suffers what is wrong with it.

use std::net::SocketAddr;

use actix::{AsyncContext, Handler};
use shiftboss_kernel::Ctx;
use tokio::time::Instant;

use super::{Miner, RESTART_TAKES};
use crate::faults::{Ill, Lies, Plight, Retold, Suffer, Suffers, suffer};

impl Miner {
    /// Listens there, and nowhere else any more.
    fn move_to(&mut self, place: SocketAddr, ctx: &mut Ctx<Self>) {
        if let Some(serving) = self.serving.take() {
            ctx.cancel_future(serving);
        }
        (self.address, self.port) = (place, None);
        self.bind(ctx);
    }
}

impl Suffers for Miner {
    fn plight(&mut self) -> &mut Plight {
        &mut self.plight
    }

    fn show(&mut self, ills: &[Ill], ctx: &mut Ctx<Self>) {
        let lies = Lies::of(ills);
        self.mac = lies.as_ref().and_then(Lies::mac);
        self.retold = lies.map(|lies| Box::new(Retold::begin(self.retold.take().map(|old| *old), lies)));
        let place = ills.iter().find_map(|ill| ill.place).unwrap_or(self.home);
        if self.serving.is_none() || place != self.address {
            self.move_to(place, ctx);
        }
    }

    fn reboot(&mut self, _: &mut Ctx<Self>) {
        if !self.is_restarting() {
            self.restarting_until = Some(Instant::now() + RESTART_TAKES);
        }
    }

    /// It has no physics: [`Fault::strikes`](crate::faults::Fault::strikes) leaves it out.
    fn overheat(&mut self) {}
}

impl Handler<Suffer> for Miner {
    type Result = ();

    fn handle(&mut self, _: Suffer, ctx: &mut Ctx<Self>) {
        suffer(self, ctx);
    }
}
