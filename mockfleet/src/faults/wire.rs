//! What becomes of a miner's requests and of the frames of its streams while faults strike them.
//!
//! One for a miner and its connections, which share a thread. Nothing but a flag is read while no fault is in force.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::Duration;

use tokio::sync::Notify;

use super::{Fault, Ill};
use crate::draw::Draw;

/// Of other draws of the same seed.
const STRIKES: u64 = 0x7374_7269_6b65_7300;

/// The faults of a miner that strike what it sends.
pub(crate) struct Wire {
    is_calm: Cell<bool>,
    faults: RefCell<Vec<(Fault, Option<f64>)>>,
    draw: RefCell<Draw>,
    changed: Notify,
}

/// What becomes of one request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Strike {
    pub(super) delay: Duration,
    pub(super) deed: Option<Deed>,
}

/// What is done to an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Deed {
    HalfAnswer,
    BadJson,
    Html,
    Status500,
    Reset,
    BlackHole,
}

impl Wire {
    /// That of miner `index` of the fleet of `seed`, without faults.
    pub(crate) fn new(seed: u64, index: u32) -> Self {
        Self {
            is_calm: Cell::new(true),
            faults: RefCell::default(),
            draw: RefCell::new(Draw::new(seed ^ STRIKES, index)),
            changed: Notify::new(),
        }
    }

    /// That of one whom no fault strikes.
    pub(crate) fn calm() -> Rc<Self> {
        Rc::new(Self::new(0, 0))
    }

    /// Lets these strike, and no others. Those that strike no request are left out.
    pub(super) fn set(&self, ills: &[Ill]) {
        let strikes =
            |ill: &&Ill| matches!(ill.what.fault, Fault::Slow { .. }) || deed(&ill.what.fault).is_some();
        let faults: Vec<_> =
            ills.iter().filter(strikes).map(|ill| (ill.what.fault.clone(), ill.what.probability)).collect();
        self.is_calm.set(faults.is_empty());
        self.faults.replace(faults);
        self.changed.notify_waiters();
    }

    /// What becomes of the next request: all delays that strike it, and the first other fault that does.
    pub(super) fn strike(&self) -> Option<Strike> {
        if self.is_calm.get() {
            return None;
        }
        let mut strike = Strike { delay: Duration::ZERO, deed: None };
        for (fault, probability) in &*self.faults.borrow() {
            if !self.happens(*probability) {
                continue;
            }
            match fault {
                Fault::Slow { delay_ms } => strike.delay += Duration::from_millis(*delay_ms),
                fault => strike.deed = strike.deed.or(deed(fault)),
            }
        }
        (strike.deed.is_some() || !strike.delay.is_zero()).then_some(strike)
    }

    /// What becomes of the next frame of a stream, which can only be swallowed or cut off.
    pub(super) fn strike_frame(&self) -> Option<Deed> {
        let strikes = |deed: &Deed| matches!(deed, Deed::Reset | Deed::BlackHole);
        self.strike()?.deed.filter(strikes)
    }

    /// Waits until other faults are in force.
    pub(super) async fn changed(&self) {
        self.changed.notified().await;
    }

    fn happens(&self, probability: Option<f64>) -> bool {
        let drawn = |likely| (self.draw.borrow_mut().below(1 << 53) as f64) < likely * (1_u64 << 53) as f64;
        probability.is_none_or(drawn)
    }
}

fn deed(fault: &Fault) -> Option<Deed> {
    match fault {
        Fault::HalfAnswer => Some(Deed::HalfAnswer),
        Fault::BadJson => Some(Deed::BadJson),
        Fault::Html => Some(Deed::Html),
        Fault::Status500 => Some(Deed::Status500),
        Fault::Reset => Some(Deed::Reset),
        Fault::BlackHole => Some(Deed::BlackHole),
        _ => None,
    }
}
