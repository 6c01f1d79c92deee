//! What strikes the fleet: which faults are in force, whom each was given to, and how it gets to them.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use actix::{AsyncContext, Handler, Message, MessageResult, ResponseFuture};
use futures_util::{StreamExt, stream};
use serde::Serialize;
use shiftboss_axeos::Mac;
use shiftboss_kernel::{Ctx, Refused, To};
use tokio::time::Instant;

use super::{Fleet, Making, STARTED_TOGETHER, Seat, Staff};
use crate::axe;
use crate::error::Error;
use crate::faults::{Affliction, Fault, Flaw, Ill, Member, Suffer, chosen};
use crate::places::Places;

/// The time that a miner has to take its faults.
const TAKEN_WITHIN: Duration = Duration::from_secs(1);

/// The pause before it is told again, when it has too much to do to listen.
const TOLD_AGAIN: Duration = Duration::from_millis(10);

/// A fault in force.
pub(super) struct Standing {
    /// Its place among those that it was set with, which its share is drawn from.
    nth: usize,
    what: Arc<Affliction>,
    since: Instant,
    until: Option<Instant>,
    /// The miners by their index, in order.
    struck: Vec<u32>,
    /// Of a duplicate MAC: whose it may be. A miner shows that of the first of them who is another.
    donors: Vec<(u32, Mac)>,
}

/// Replaces all faults of the fleet.
#[derive(Clone, Debug, Message)]
#[rtype(result = "Result<Vec<InForce>, Error>")]
pub(crate) struct Afflict(pub(crate) Vec<Affliction>);

/// Asks what is in force.
#[derive(Clone, Copy, Debug, Message)]
#[rtype(result = "Vec<InForce>")]
pub(crate) struct Afflicted;

/// A fault in force, as it was given, and whom it strikes.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct InForce {
    #[serde(flatten)]
    what: Arc<Affliction>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ends_in_seconds: Option<u64>,
    /// How many miners it strikes.
    count: usize,
    strikes: Vec<String>,
}

/// A miner that is to be told what strikes it.
type Told = (u32, To<Suffer>);

impl Standing {
    fn strikes(&self, seat: &Seat) -> bool {
        self.struck.binary_search(&seat.index).is_ok()
    }
}

impl Staff {
    pub(super) fn seat(&mut self, index: u32) -> Option<&mut Seat> {
        let which = self.which(index)?;
        self.seats.get_mut(which)
    }

    fn which(&self, index: u32) -> Option<usize> {
        // Indices only grow, so that they are in order.
        self.seats.binary_search_by_key(&index, |seat| seat.index).ok()
    }

    /// Replaces all faults: who is to be told.
    ///
    /// # Errors
    /// One names a miner that is not there; nothing has changed then.
    pub(super) fn afflict(
        &mut self,
        making: &Making,
        places: &Places,
        faults: Vec<Affliction>,
    ) -> Result<Vec<Told>, Flaw> {
        let members: Vec<_> = self.seats.iter().map(|seat| member(making, seat)).collect();
        let since = Instant::now();
        let mut standing = Vec::with_capacity(faults.len());
        for (nth, what) in faults.into_iter().enumerate() {
            let donors = self.donors(making, &what.fault);
            standing.push(Standing {
                nth,
                donors: donors.map_err(|flaw| flaw.inside(&format!("faults[{nth}]")))?,
                struck: chosen(making.seed, nth, &what, &members),
                since,
                until: what.for_seconds.map(|seconds| since + Duration::from_secs(seconds)),
                what: Arc::new(what),
            });
        }
        let before = std::mem::replace(&mut self.standing, standing);
        let mut told = Vec::new();
        for seat in &self.seats {
            if !before.iter().chain(&self.standing).any(|fault| fault.strikes(seat)) {
                continue;
            }
            seat.kept.replace(self.ills(places, seat));
            // One that is down has them as it starts.
            told.extend(seat.miner.as_ref().map(|miner| (seat.index, miner.suffer.clone())));
        }
        Ok(told)
    }

    /// Whose MAC a miner may show: that of the one that is named, or else of the first two.
    fn donors(&self, making: &Making, fault: &Fault) -> Result<Vec<(u32, Mac)>, Flaw> {
        let donor = |seat: &Seat| (seat.index, making.mac(seat));
        match fault {
            Fault::DuplicateMac { of: None } => Ok(self.seats.iter().take(2).map(donor).collect()),
            Fault::DuplicateMac { of: Some(of) } => {
                let named = self.seats.iter().find(|seat| axe::hostname(seat.index) == *of);
                let named = named.ok_or_else(|| {
                    Flaw::new("of", format!("is {of:?}, there is no such miner, see GET /servers"))
                })?;
                Ok(vec![donor(named)])
            }
            _ => Ok(Vec::new()),
        }
    }

    /// What strikes a miner.
    fn ills(&self, places: &Places, seat: &Seat) -> Vec<Ill> {
        let ill = |Standing { what, since, until, donors, .. }: &Standing| Ill {
            what: Arc::clone(what),
            since: *since,
            until: *until,
            mac: donors.iter().find(|(index, _)| *index != seat.index).map(|(_, mac)| *mac),
            place: (what.fault == Fault::ChangedIp).then(|| places.elsewhere(seat.place)),
        };
        self.standing.iter().filter(|fault| fault.strikes(seat)).map(ill).collect()
    }

    /// The last miner is new: what strikes it, if anything does, it has from its birth.
    pub(super) fn strike_newcomer(&mut self, making: &Making, places: &Places) {
        if self.standing.is_empty() {
            return;
        }
        let members: Vec<_> = self.seats.iter().map(|seat| member(making, seat)).collect();
        let Some(index) = members.last().map(|newcomer| newcomer.index) else { return };
        for fault in &mut self.standing {
            if chosen(making.seed, fault.nth, &fault.what, &members).last() == Some(&index) {
                fault.struck.push(index);
            }
        }
        if let Some(seat) = self.seats.last() {
            seat.kept.replace(self.ills(places, seat));
        }
    }

    /// A miner that was added runs. It is told once more, for faults may have been set while it started.
    pub(super) fn welcome(&mut self, index: u32, home: SocketAddr) {
        let Some(seat) = self.seat(index) else { return };
        seat.home = home;
        if let Some(miner) = &seat.miner {
            // One that cannot take it is as good as gone, and takes its seat's when it comes back.
            let _ = miner.suffer.tell(Suffer);
        }
    }

    /// A miner has gone.
    pub(super) fn spare(&mut self, index: u32) {
        for fault in &mut self.standing {
            fault.struck.retain(|struck| *struck != index);
        }
    }

    fn in_force(&self) -> Vec<InForce> {
        let now = Instant::now();
        let standing = self.standing.iter().filter(|fault| fault.until.is_none_or(|until| until > now));
        standing
            .map(|Standing { what, until, struck, .. }| InForce {
                what: Arc::clone(what),
                ends_in_seconds: until.map(|until| (until - now).as_secs()),
                count: struck.len(),
                strikes: struck.iter().map(|index| axe::hostname(*index)).collect(),
            })
            .collect()
    }
}

fn member(making: &Making, seat: &Seat) -> Member {
    Member { index: seat.index, name: axe::hostname(seat.index), kind: making.kind(seat.index) }
}

impl Fleet {
    /// Tells in the log what strikes from the start, if anything does.
    pub(super) fn tell_faults(&self) {
        let in_force = self.roster().in_force();
        if !in_force.is_empty() {
            log(&in_force);
        }
    }

    /// Tells in the log when faults end; the miners know by themselves.
    pub(super) fn note_ends(&mut self, ctx: &mut Ctx<Self>) {
        for end in std::mem::take(&mut self.ends) {
            ctx.cancel_future(end);
        }
        let now = Instant::now();
        let ends: Vec<_> = self.roster().standing.iter().filter_map(|fault| fault.until).collect();
        self.ends =
            ends.into_iter().map(|end| ctx.run_later(end - now, |this, _| this.forget_ended())).collect();
    }

    fn forget_ended(&self) {
        let now = Instant::now();
        self.roster().standing.retain(|fault| {
            let is_over = fault.until.is_some_and(|until| until <= now);
            if is_over {
                log::info!(target: "shiftboss::mockfleet", "a fault has ended: {}", fault.what);
            }
            !is_over
        });
    }
}

impl Handler<Afflict> for Fleet {
    type Result = ResponseFuture<Result<Vec<InForce>, Error>>;

    fn handle(&mut self, Afflict(faults): Afflict, ctx: &mut Ctx<Self>) -> Self::Result {
        let afflicted = {
            let mut roster = self.roster();
            let told = roster.afflict(&self.making, &self.places, faults);
            told.map(|told| (told, roster.in_force()))
        };
        let (told, in_force) = match afflicted {
            Ok(afflicted) => afflicted,
            Err(flaw) => return Box::pin(async { Err(Error::NoFault(flaw)) }),
        };
        self.note_ends(ctx);
        log(&in_force);
        Box::pin(async move {
            let told = stream::iter(told).map(tell).buffer_unordered(STARTED_TOGETHER);
            told.for_each(|()| std::future::ready(())).await;
            Ok(in_force)
        })
    }
}

/// Has a miner take what is kept for it. One that goes meanwhile has it when it is back.
async fn tell((index, miner): Told) {
    let until = Instant::now() + TAKEN_WITHIN;
    while let Err(refused) = miner.ask(Suffer, TAKEN_WITHIN).await {
        if refused == Refused::Full && Instant::now() < until {
            tokio::time::sleep(TOLD_AGAIN).await;
            continue;
        }
        let hostname = axe::hostname(index);
        log::warn!(target: "shiftboss::mockfleet", "{hostname} takes its faults when it starts again: {refused}");
        return;
    }
}

fn log(in_force: &[InForce]) {
    let told: Vec<_> =
        in_force.iter().map(|InForce { what, count, .. }| format!("{what} ({count})")).collect();
    let told = if told.is_empty() { "none".to_owned() } else { told.join("; ") };
    log::info!(target: "shiftboss::mockfleet", "faults in force, and how many miners each strikes: {told}");
}

impl Handler<Afflicted> for Fleet {
    type Result = MessageResult<Afflicted>;

    fn handle(&mut self, _: Afflicted, _: &mut Ctx<Self>) -> Self::Result {
        MessageResult(self.roster().in_force())
    }
}
