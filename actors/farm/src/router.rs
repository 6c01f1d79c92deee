//! Knows the actor of every imprinted device, and is the one to make and unmake them.
//!
//! What changes a device is on the disk before anybody acts on it, and one change is done before the next begins.
//! It rebuilds itself from the store, also when a pool under it was restarted.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use actix::{Actor, ActorFutureExt, AsyncContext, AtomicResponse, Handler, Message, WrapFuture};
use shiftboss_axeos::Mac;
use shiftboss_kernel::{Ctx, Exit, supervised};

use crate::clock::Clock;
use crate::error::Error;
use crate::record::{Desired, Found, Observation, Record};

mod addresses;
mod orders;
mod revise;
mod staff;

pub use addresses::Sighted;
pub(crate) use addresses::plain_address;
pub use orders::{Forget, ORDER_WITHIN, Order};
pub use revise::Revise;
use staff::{Changed, Cut, Routed};
pub use staff::{Lane, Staff};

/// Imprints devices, or their new addresses; answered with their records when all of it is on the disk. None of them is
/// when one would be where another is.
#[derive(Debug, Message)]
#[rtype(result = "Result<Vec<Arc<Record>>, Error>")]
pub struct Imprint(pub Vec<Found>);

/// Sets which devices are polled: these, and no others. Answered with the records of those that are known.
#[derive(Debug, Message)]
#[rtype(result = "Result<Vec<Arc<Record>>, Error>")]
pub struct Listen {
    /// Which.
    pub macs: BTreeSet<Mac>,
    /// Whether their log streams are wanted too.
    pub trace_logs: bool,
}

/// Removes a device: its record first, then its actor, then all that is shown of it. None if it is not imprinted.
#[derive(Debug, Message)]
#[rtype(result = "Result<Option<Arc<Record>>, Error>")]
pub struct Remove(pub Mac);

/// The actor.
pub struct Router {
    staff: Staff,
    clock: Clock,
    policy: Policy,
    devices: BTreeMap<Mac, Routed>,
}

/// What the router does of itself.
#[derive(Clone, Copy, Debug, Default)]
pub struct Policy {
    /// Polls whatever is imprinted.
    pub auto_listen: bool,
    /// Deletes what a device said when it is removed.
    pub delete_data: bool,
}

impl Router {
    /// A router without devices; it loads them when it starts.
    pub fn new(staff: Staff, clock: Clock, policy: Policy) -> Self {
        Self { staff, clock, policy, devices: BTreeMap::new() }
    }

    /// The record of a device that was found: the one before with a new address, or a new one.
    fn imprinted(&self, found: &Found, now_ms: u64) -> Record {
        let fresh = || Record {
            mac: found.mac,
            address: String::new(),
            created_ms: now_ms,
            updated_ms: now_ms,
            listening: self.policy.auto_listen,
            trace_logs: false,
            preset: None,
            desired: Desired::default(),
        };
        let before = self.devices.get(&found.mac).map(|routed| Record::clone(&routed.record));
        Record { address: found.address.clone(), updated_ms: now_ms, ..before.unwrap_or_else(fresh) }
    }

    fn changed(&self, record: Record, seen: Option<Arc<Observation>>) -> Changed {
        let device = self.devices.get(&record.mac).map(|routed| routed.device.clone());
        Changed { record: Arc::new(record), seen, device }
    }

    fn adopt(&mut self, routed: Vec<Routed>) -> Vec<Arc<Record>> {
        let records = routed.iter().map(|routed| Arc::clone(&routed.record)).collect();
        self.devices.extend(routed.into_iter().map(|routed| (routed.record.mac, routed)));
        records
    }
}

/// A change that was cut halfway leaves what this actor knows behind the disk: it begins anew, from there.
fn settle<T>(result: Result<T, Cut>, ctx: &mut Ctx<Router>) -> Result<T, Error> {
    result.map_err(|cut| match cut {
        Cut::Short(error) => error,
        Cut::Halfway(error) => {
            ctx.exit(Exit::failed(format!(
                "a change was cut halfway, so all devices are loaded anew: {error}"
            )));
            error
        }
    })
}

impl Actor for Router {
    type Context = Ctx<Self>;

    fn started(&mut self, ctx: &mut Ctx<Self>) {
        let (staff, auto_listen) = (self.staff.clone(), self.policy.auto_listen);
        let loading = async move { staff.load(auto_listen).await };
        ctx.wait(loading.into_actor(self).map(|loaded, this: &mut Self, ctx| match loaded {
            Ok(routed) => drop(this.adopt(routed)),
            Err(error) => ctx.exit(Exit::failed(error.to_string())),
        }));
    }
}

supervised!(Router);

impl Handler<Imprint> for Router {
    type Result = AtomicResponse<Self, Result<Vec<Arc<Record>>, Error>>;

    fn handle(&mut self, Imprint(found): Imprint, _: &mut Ctx<Self>) -> Self::Result {
        if let Some(taken) = self.addresses().taken(&found) {
            return AtomicResponse::new(Box::pin(actix::fut::ready(Err(taken))));
        }
        let now_ms = self.clock.now_ms();
        let changed = found.into_iter().map(|found| {
            let record = self.imprinted(&found, now_ms);
            self.changed(record, Some(found.seen))
        });
        let (staff, changed) = (self.staff.clone(), changed.collect());
        let work = async move { staff.change(changed).await };
        AtomicResponse::new(Box::pin(
            work.into_actor(self).map(|routed, this, ctx| Ok(this.adopt(settle(routed, ctx)?))),
        ))
    }
}

impl Handler<Listen> for Router {
    type Result = AtomicResponse<Self, Result<Vec<Arc<Record>>, Error>>;

    fn handle(&mut self, Listen { macs, trace_logs }: Listen, _: &mut Ctx<Self>) -> Self::Result {
        let now_ms = self.clock.now_ms();
        let changed = self.devices.values().map(|routed| &routed.record).filter_map(|record| {
            let listening = macs.contains(&record.mac);
            let trace_logs = listening && trace_logs;
            let same = (record.listening, record.trace_logs) == (listening, trace_logs);
            let changed = || Record { listening, trace_logs, updated_ms: now_ms, ..Record::clone(record) };
            (!same).then(|| self.changed(changed(), None))
        });
        let (staff, changed) = (self.staff.clone(), changed.collect());
        let work = async move { staff.change(changed).await };
        AtomicResponse::new(Box::pin(work.into_actor(self).map(|routed, this, ctx| {
            this.adopt(settle(routed, ctx)?);
            let records = this.devices.values().map(|routed| &routed.record);
            Ok(records.filter(|record| record.listening).cloned().collect())
        })))
    }
}

impl Handler<Remove> for Router {
    type Result = AtomicResponse<Self, Result<Option<Arc<Record>>, Error>>;

    fn handle(&mut self, Remove(mac): Remove, _: &mut Ctx<Self>) -> Self::Result {
        let (staff, known) = (self.staff.clone(), self.devices.contains_key(&mac));
        let with_data = self.policy.delete_data;
        let work = async move { if known { staff.remove(mac, with_data).await } else { Ok(()) } };
        AtomicResponse::new(Box::pin(work.into_actor(self).map(move |removed, this, ctx| {
            settle(removed, ctx)?;
            Ok(this.devices.remove(&mac).map(|routed| routed.record))
        })))
    }
}

#[cfg(test)]
mod tests;
