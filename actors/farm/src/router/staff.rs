//! Whom the router works with, and how a change of the farm is made: the disk first, then everybody else.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use actix::ArbiterHandle;
use futures_util::{StreamExt, TryStreamExt, stream};
use shiftboss_axeos::Mac;
use shiftboss_kernel::{
    ChildError, Pool, Refused, Shutdown, Spec, StartChild, Terminate, TerminateAll, To, Tx,
};

use crate::device::{Amend, Device, Surroundings};
use crate::directory::{Clear, Delist, Directory, Enlist, Report};
use crate::discovery::ForgetFound;
use crate::error::Error;
use crate::meter::Meter;
use crate::record::{Observation, Record, Status};
use crate::store::{LoadDevices, PutRecords, RemoveRecord, Store};

/// The time that another actor of the farm has to answer.
const WITHIN: Duration = Duration::from_secs(10);

/// Devices that are started at one time.
const STARTS_AT_ONCE: usize = 64;

/// Messages that a device accepts ahead: polls, and changes of its record.
const DEVICE_CAPACITY: u32 = 16;

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
    /// Where it is remembered that they were found. It knows the router, and is bound after it: set before anything runs.
    pub discovery: Arc<OnceLock<To<ForgetFound>>>,
    /// Where devices run.
    pub lanes: Arc<[Lane]>,
}

/// A device that is in place.
pub(super) struct Routed {
    pub(super) record: Arc<Record>,
    pub(super) device: Tx<Device>,
}

/// How a change failed.
pub(super) enum Cut {
    /// Before anything of it was done.
    Short(Error),
    /// When it was on the disk, or may have been.
    Halfway(Error),
}

impl Cut {
    fn at_store(error: Error) -> Self {
        match error {
            Error::Store(_) | Error::Busy { refused: Refused::Full, .. } => Self::Short(error),
            _ => Self::Halfway(error),
        }
    }
}

/// A record to be, and what goes with it.
pub(super) struct Changed {
    pub(super) record: Arc<Record>,
    /// What the device said, if that is news.
    pub(super) seen: Option<Arc<Observation>>,
    /// Its actor, if it has one.
    pub(super) device: Option<Tx<Device>>,
}

impl Staff {
    fn lane(&self, mac: Mac) -> &Lane {
        &self.lanes[usize::from(mac.0[5]) % self.lanes.len()]
    }

    /// Puts records on the disk, then brings the farm to what they say.
    pub(super) async fn change(&self, changed: Vec<Changed>) -> Result<Vec<Routed>, Cut> {
        let records = changed.iter().map(|changed| Record::clone(&changed.record)).collect();
        self.put(records).await.map_err(Cut::at_store)?;
        self.route(changed).await.map_err(Cut::Halfway)
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

    /// Starts all devices of the store.
    pub(super) async fn load(&self, auto_listen: bool) -> Result<Vec<Routed>, Error> {
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
        if device.is_down() {
            self.speak_for(&record);
            return Ok(Routed { record, device });
        }
        match device.ask(Amend(Arc::clone(&record)), WITHIN).await {
            Ok(()) => Ok(Routed { record, device }),
            // An operator has terminated its actor. A change is a wish to have it.
            Err(Refused::Gone) => self.start(record).await,
            Err(refused) => Err(Error::busy("device")(refused)),
        }
    }

    /// A device that is parked answers nobody. It takes its record from the directory when it starts.
    fn speak_for(&self, record: &Record) {
        let report = Report { mac: record.mac, status: Status::unheard(record), seen: None };
        for to in &self.lane(record.mac).around.reports {
            // One that is full or restarting learns the latest when the device starts.
            let _ = to.tell(report.clone());
        }
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

    /// Removes a device: its record first, then its actor, then all that is shown of it.
    pub(super) async fn remove(&self, mac: Mac, with_data: bool) -> Result<(), Cut> {
        let removed = self.store.ask(RemoveRecord { mac, with_data }, WITHIN).await;
        removed.map_err(Error::busy("store")).and_then(|removed| removed).map_err(Cut::at_store)?;
        if with_data {
            self.forget_found(mac);
        }
        self.unmake(mac).await.map_err(Cut::Halfway)
    }

    /// Discovery is not waited for: its failures touch no device, and when it starts anew it asks the store.
    fn forget_found(&self, mac: Mac) {
        let is_told = self.discovery.get().is_some_and(|discovery| discovery.tell(ForgetFound(mac)).is_ok());
        if !is_told {
            log::warn!("{mac} is removed, and still shown among discovered devices: discovery is busy");
        }
    }

    async fn unmake(&self, mac: Mac) -> Result<(), Error> {
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
