//! Knows the actor of every imprinted device, and is the one to make and unmake them.
//!
//! What changes a device is on the disk before anybody acts on it, and one change is done before the next begins.
//! It rebuilds itself from the store, also when a pool under it was restarted.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use actix::{
    Actor, ActorFutureExt, ArbiterHandle, AsyncContext, AtomicResponse, Handler, Message, WrapFuture,
};
use futures_util::{StreamExt, TryStreamExt, stream};
use shiftboss_axeos::Mac;
use shiftboss_kernel::{
    ChildError, Ctx, Exit, Pool, Refused, Shutdown, Spec, StartChild, Terminate, TerminateAll, Tx, supervised,
};

use crate::clock::Clock;
use crate::device::{Amend, Device, Surroundings};
use crate::directory::{Clear, Delist, Directory, Enlist};
use crate::error::Error;
use crate::meter::Meter;
use crate::record::{Found, Observation, Record};
use crate::store::{LoadDevices, PutRecords, RemoveRecord, Store};

/// The time that another actor of the farm has to answer.
const WITHIN: Duration = Duration::from_secs(10);

/// Devices that are started at one time.
const STARTS_AT_ONCE: usize = 64;

/// Messages that a device accepts ahead: polls, and changes of its record.
const DEVICE_CAPACITY: u32 = 16;

/// Imprints devices, or their new addresses; answered with their records when all of it is on the disk.
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

/// One thread of devices.
#[derive(Clone)]
pub struct Lane {
    /// The thread; none for the router's own.
    pub arbiter: Option<ArbiterHandle>,
    /// The supervisor of its devices.
    pub pool: Tx<Pool>,
    /// Their meter.
    pub meter: Tx<Meter>,
    /// What they share.
    pub around: Arc<Surroundings>,
}

/// Whom the router works with.
#[derive(Clone)]
pub struct Staff {
    /// Where records live.
    pub store: Tx<Store>,
    /// Where devices are listed.
    pub directory: Tx<Directory>,
    /// Where devices run.
    pub lanes: Arc<[Lane]>,
}

struct Routed {
    record: Arc<Record>,
    device: Tx<Device>,
}

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

/// A record that is on the disk, and what goes with it.
struct Changed {
    record: Arc<Record>,
    /// What the device said, if that is news.
    seen: Option<Arc<Observation>>,
    /// Its actor, if it has one.
    device: Option<Tx<Device>>,
}

impl Staff {
    fn lane(&self, mac: Mac) -> &Lane {
        &self.lanes[usize::from(mac.0[5]) % self.lanes.len()]
    }

    async fn put(&self, records: Vec<Record>) -> Result<(), Error> {
        self.store.ask(PutRecords(records), WITHIN).await.map_err(Error::busy("store"))?
    }

    /// Empties all that a former router has left.
    async fn clear(&self) -> Result<(), Error> {
        for lane in self.lanes.iter() {
            match lane.pool.ask(TerminateAll, WITHIN).await {
                Ok(Ok(())) => {}
                // A pool that is ending is restarted, and so is whoever asked.
                Ok(Err(_)) => return Err(Error::busy("pool of devices")(Refused::Gone)),
                Err(refused) => return Err(Error::busy("pool of devices")(refused)),
            }
            lane.meter.ask(Clear, WITHIN).await.map_err(Error::busy("meter"))?;
        }
        self.directory.ask(Clear, WITHIN).await.map_err(Error::busy("directory"))
    }

    async fn load(&self, auto_listen: bool) -> Result<Vec<Routed>, Error> {
        self.clear().await?;
        let mut stored = self.store.ask(LoadDevices, WITHIN).await.map_err(Error::busy("store"))??;
        if auto_listen {
            let silent = stored.iter_mut().map(|(record, _)| record).filter(|record| !record.listening);
            let changed: Vec<_> = silent
                .map(|record| {
                    record.listening = true;
                    record.clone()
                })
                .collect();
            self.put(changed).await?;
        }
        let changed = stored.into_iter().map(|(record, seen)| Changed {
            record: Arc::new(record),
            seen: seen.map(Arc::new),
            device: None,
        });
        self.route(changed.collect()).await
    }

    /// Lists devices, then amends the actors of those that have one, and starts the others.
    async fn route(&self, changed: Vec<Changed>) -> Result<Vec<Routed>, Error> {
        let listed =
            changed.iter().map(|changed| (Arc::clone(&changed.record), changed.seen.clone())).collect();
        self.directory.ask(Enlist(listed), WITHIN).await.map_err(Error::busy("directory"))?;
        stream::iter(changed)
            .map(|Changed { record, device, .. }| async move {
                match device {
                    Some(device) => self.amend(record, device).await,
                    None => self.start(record).await,
                }
            })
            .buffer_unordered(STARTS_AT_ONCE)
            .try_collect()
            .await
    }

    async fn amend(&self, record: Arc<Record>, device: Tx<Device>) -> Result<Routed, Error> {
        device.ask(Amend(Arc::clone(&record)), WITHIN).await.map_err(Error::busy("device"))?;
        Ok(Routed { record, device })
    }

    async fn start(&self, record: Arc<Record>) -> Result<Routed, Error> {
        let lane = self.lane(record.mac);
        let (first, around) = (Arc::clone(&record), Arc::clone(&lane.around));
        let (device, bound) =
            Spec::new(Device::id(record.mac), move || Device::new(Arc::clone(&first), Arc::clone(&around)))
                .capacity(DEVICE_CAPACITY)
                .shutdown(Shutdown::Timeout(Duration::from_secs(1)))
                .on(lane.arbiter.clone())
                .bind();
        let started =
            lane.pool.ask(StartChild(bound), WITHIN).await.map_err(Error::busy("pool of devices"))?;
        started.map_err(|error| Error::NotStarted { mac: record.mac, cause: error.to_string() })?;
        Ok(Routed { record, device })
    }

    async fn remove(&self, mac: Mac, with_data: bool) -> Result<(), Error> {
        self.store.ask(RemoveRecord { mac, with_data }, WITHIN).await.map_err(Error::busy("store"))??;
        let lane = self.lane(mac);
        match lane.pool.ask(Terminate(Device::id(mac).into()), WITHIN).await {
            // One that is not there has ended already.
            Ok(Ok(()) | Err(ChildError::NotFound)) => {}
            Ok(Err(error)) => return Err(Error::NotEnded { mac, cause: error.to_string() }),
            Err(refused) => return Err(Error::busy("pool of devices")(refused)),
        }
        // The device has ended: nothing of it can come after these.
        lane.meter.ask(Delist(mac), WITHIN).await.map_err(Error::busy("meter"))?;
        self.directory.ask(Delist(mac), WITHIN).await.map_err(Error::busy("directory"))
    }
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
        let now_ms = self.clock.now_ms();
        let records: Vec<_> = found.iter().map(|found| self.imprinted(found, now_ms)).collect();
        let seen = found.into_iter().map(|found| Some(found.seen));
        let changed =
            records.iter().cloned().zip(seen).map(|(record, seen)| self.changed(record, seen)).collect();
        let staff = self.staff.clone();
        let work = async move {
            staff.put(records).await?;
            staff.route(changed).await
        };
        AtomicResponse::new(Box::pin(work.into_actor(self).map(|routed, this, _| Ok(this.adopt(routed?)))))
    }
}

impl Handler<Listen> for Router {
    type Result = AtomicResponse<Self, Result<Vec<Arc<Record>>, Error>>;

    fn handle(&mut self, Listen { macs, trace_logs }: Listen, _: &mut Ctx<Self>) -> Self::Result {
        let now_ms = self.clock.now_ms();
        let records: Vec<_> = self
            .devices
            .values()
            .map(|routed| &routed.record)
            .filter_map(|record| {
                let listening = macs.contains(&record.mac);
                let trace_logs = listening && trace_logs;
                let same = (record.listening, record.trace_logs) == (listening, trace_logs);
                (!same).then(|| Record { listening, trace_logs, updated_ms: now_ms, ..Record::clone(record) })
            })
            .collect();
        let changed = records.iter().cloned().map(|record| self.changed(record, None)).collect();
        let staff = self.staff.clone();
        let work = async move {
            if !records.is_empty() {
                staff.put(records).await?;
            }
            staff.route(changed).await
        };
        AtomicResponse::new(Box::pin(work.into_actor(self).map(|routed, this, _| {
            this.adopt(routed?);
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
        AtomicResponse::new(Box::pin(work.into_actor(self).map(move |removed, this, _| {
            removed?;
            Ok(this.devices.remove(&mac).map(|routed| routed.record))
        })))
    }
}

#[cfg(test)]
mod tests;
