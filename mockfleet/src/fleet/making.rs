//! How the miners of a fleet are made, and what can be said of one without asking it.

use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, PoisonError};

use shiftboss_axeos::Mac;
use shiftboss_kernel::Bound;

use super::{Fidelity, Seat, Ways};
use crate::axe::{self, Axe, World};
use crate::clock::Clock;
use crate::faults::{Kept, Kind};
use crate::miner::{Habits, Miner};
use crate::places::seed_mac;

/// How to make a miner of this fleet.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Making {
    pub(crate) fidelity: Fidelity,
    pub(crate) seed: u64,
    pub(crate) logs: bool,
    pub(crate) clock: Clock,
    /// Where the listing listens: miners of the seeds there are known by their port alone.
    pub(crate) listing: IpAddr,
    pub(crate) pool: Option<SocketAddr>,
    pub(crate) mines: bool,
}

impl Making {
    /// A miner that waits to be started, and the way to it.
    pub(super) fn miner(&self, seat: &Seat) -> (Ways, Bound) {
        let Self { seed, logs, .. } = *self;
        match &seat.flash {
            Some(flash) => {
                let (flash, kept) = (Arc::clone(flash), seat.kept.clone());
                let (axe, bound) = Axe::spec(seat.index, seat.place, self.world(), flash, kept).bind();
                (Ways { state: axe.to(), suffer: axe.to() }, bound)
            }
            None => {
                let habits = Habits { host: seat.place.ip(), seed, logs };
                let kept = seat.kept.clone();
                let (miner, bound) = Miner::spec(seat.index, seat.place.port(), habits, kept).bind();
                (Ways { state: miner.to(), suffer: miner.to() }, bound)
            }
        }
    }

    pub(super) fn seat(&self, index: u32, place: SocketAddr) -> Seat {
        let flash = (self.fidelity == Fidelity::Device).then(|| Axe::flash(index, place, self.world()));
        Seat { index, place, home: place, flash, kept: Kept::default(), miner: None }
    }

    fn world(&self) -> World {
        let Self { seed, clock, pool, mines, .. } = *self;
        World { seed, clock, pool, mines }
    }

    pub(super) fn kind(&self, index: u32) -> Kind {
        match self.fidelity {
            Fidelity::Seed => Kind::Seed { is_new: !index.is_multiple_of(2) },
            Fidelity::Device => Kind::Device(axe::firmware(self.seed, index)),
        }
    }

    /// The MAC of a miner, whatever it shows.
    pub(super) fn mac(&self, seat: &Seat) -> Mac {
        match &seat.flash {
            Some(flash) => flash.lock().unwrap_or_else(PoisonError::into_inner).device.identity.mac,
            None => seed_mac(seat.home, self.listing),
        }
    }
}
