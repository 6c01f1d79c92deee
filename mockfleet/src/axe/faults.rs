//! How a device suffers what is wrong with it.

use std::net::SocketAddr;

use actix::{AsyncContext, Handler};
use shiftboss_kernel::Ctx;

use super::{Axe, outfit};
use crate::device::reply::Effect;
use crate::faults::{Ill, Lies, Plight, Suffer, Suffers, suffer};

impl Axe {
    /// Listens there, and nowhere else any more; while it boots, as soon as it is up.
    fn move_to(&mut self, place: SocketAddr, ctx: &mut Ctx<Self>) {
        (self.place, self.port) = (place, None);
        self.body().device.identity.ipv4 = outfit::ipv4(place);
        if self.is_down {
            return;
        }
        if let Some(serving) = self.serving.take() {
            ctx.cancel_future(serving);
        }
        self.bind(ctx);
    }
}

impl Suffers for Axe {
    fn plight(&mut self) -> &mut Plight {
        &mut self.plight
    }

    fn show(&mut self, ills: &[Ill], ctx: &mut Ctx<Self>) {
        let turns_to_another_pool = self.body().wear(Lies::of(ills));
        let place = ills.iter().find_map(|ill| ill.place).unwrap_or(self.home);
        let is_new = self.serving.is_none() && !self.is_down;
        if is_new || place != self.place {
            self.move_to(place, ctx);
        } else if turns_to_another_pool && self.mining.is_some() {
            self.mine(ctx);
        }
    }

    fn reboot(&mut self, ctx: &mut Ctx<Self>) {
        self.follow(Effect::Reboot { after_ms: 0, silent: false, crash: true }, ctx);
    }

    fn overheat(&mut self) {
        let now_ms = self.unix_ms();
        self.body().overheat(now_ms);
    }
}

impl Handler<Suffer> for Axe {
    type Result = ();

    fn handle(&mut self, _: Suffer, ctx: &mut Ctx<Self>) {
        suffer(self, ctx);
    }
}
