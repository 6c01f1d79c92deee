//! Knows the latest of every imprinted device, so that a page or a list asks one actor, never a thousand.
//!
//! Devices tell it; it asks nobody. What devices said goes on to the store in batches, the latest of each only.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::sync::Arc;
use std::time::Duration;

use actix::{Actor, AsyncContext, Handler, Message, MessageResult};
use shiftboss_axeos::Mac;
use shiftboss_kernel::{Ctx, To, supervised};

use crate::freshness::Freshness;
use crate::record::{Observation, Record, Status, View};
use crate::store::KeepSeen;

/// What a device tells of itself after each poll, and whenever its state changes.
#[derive(Clone, Debug, Message)]
#[rtype(result = "()")]
pub struct Report {
    /// Which.
    pub mac: Mac,
    /// How it does.
    pub status: Status,
    /// What it said just now; none keeps what it said before.
    pub seen: Option<Arc<Observation>>,
}

/// Lists devices, or replaces their records. One that is new comes with what is known of it already.
#[derive(Debug, Message)]
#[rtype(result = "()")]
pub struct Enlist(pub Vec<(Arc<Record>, Option<Arc<Observation>>)>);

/// Forgets a device. What it tells after that changes nothing.
#[derive(Debug, Message)]
#[rtype(result = "()")]
pub struct Delist(pub Mac);

/// Forgets all devices, as when they are about to be listed anew.
#[derive(Debug, Message)]
#[rtype(result = "()")]
pub struct Clear;

/// One device.
#[derive(Debug, Message)]
#[rtype(result = "Option<View>")]
pub struct Look(pub Mac);

/// All devices, ordered by MAC.
#[derive(Debug, Message)]
#[rtype(result = "Vec<View>")]
pub struct List;

struct Entered {
    view: View,
    /// Whether the store does not have its latest answer yet.
    unsaved: bool,
}

/// The actor.
pub struct Directory {
    devices: BTreeMap<Mac, Entered>,
    store: To<KeepSeen>,
    flush_interval: Duration,
    freshness: Freshness,
}

impl Directory {
    /// An empty directory that hands what devices say to `store` every `flush_interval`.
    pub fn new(store: To<KeepSeen>, flush_interval: Duration, freshness: Freshness) -> Self {
        Self { devices: BTreeMap::new(), store, flush_interval, freshness }
    }

    fn shown(&self, Entered { view, .. }: &Entered) -> View {
        let status = self.freshness.judge(&view.status, view.seen.as_deref());
        View { status, ..view.clone() }
    }

    fn flush(&mut self) {
        let unsaved: Vec<_> = self
            .devices
            .iter()
            .filter(|(_, entered)| entered.unsaved)
            .filter_map(|(mac, entered)| Some((*mac, Arc::clone(entered.view.seen.as_ref()?))))
            .collect();
        // A store that is full or restarting gets it with the next batch.
        if !unsaved.is_empty() && self.store.tell(KeepSeen(unsaved)).is_ok() {
            self.devices.values_mut().for_each(|entered| entered.unsaved = false);
        }
    }
}

impl Actor for Directory {
    type Context = Ctx<Self>;

    fn started(&mut self, ctx: &mut Ctx<Self>) {
        ctx.run_interval(self.flush_interval, |this, _| this.flush());
    }

    fn stopped(&mut self, _: &mut Ctx<Self>) {
        self.flush();
    }
}

supervised!(Directory);

impl Handler<Report> for Directory {
    type Result = ();

    fn handle(&mut self, report: Report, _: &mut Ctx<Self>) {
        let Some(entered) = self.devices.get_mut(&report.mac) else { return };
        entered.view.status = report.status;
        if let Some(seen) = report.seen {
            entered.view.seen = Some(seen);
            entered.unsaved = true;
        }
    }
}

impl Handler<Enlist> for Directory {
    type Result = ();

    fn handle(&mut self, Enlist(devices): Enlist, _: &mut Ctx<Self>) {
        for (record, seen) in devices {
            match self.devices.entry(record.mac) {
                Entry::Occupied(mut known) => {
                    let known = known.get_mut();
                    known.view.record = record;
                    known.view.seen = newest(known.view.seen.take(), seen);
                }
                Entry::Vacant(place) => {
                    let status = Status::unheard(&record);
                    let unsaved = seen.is_some();
                    place.insert(Entered { view: View { record, status, seen }, unsaved });
                }
            }
        }
    }
}

/// The later of two answers.
fn newest(one: Option<Arc<Observation>>, other: Option<Arc<Observation>>) -> Option<Arc<Observation>> {
    one.into_iter().chain(other).max_by_key(|seen| seen.at_ms)
}

impl Handler<Delist> for Directory {
    type Result = ();

    fn handle(&mut self, Delist(mac): Delist, _: &mut Ctx<Self>) {
        self.devices.remove(&mac);
    }
}

impl Handler<Clear> for Directory {
    type Result = ();

    fn handle(&mut self, _: Clear, _: &mut Ctx<Self>) {
        self.flush();
        self.devices.clear();
    }
}

impl Handler<Look> for Directory {
    type Result = MessageResult<Look>;

    fn handle(&mut self, Look(mac): Look, _: &mut Ctx<Self>) -> Self::Result {
        MessageResult(self.devices.get(&mac).map(|entered| self.shown(entered)))
    }
}

impl Handler<List> for Directory {
    type Result = MessageResult<List>;

    fn handle(&mut self, _: List, _: &mut Ctx<Self>) -> Self::Result {
        MessageResult(self.devices.values().map(|entered| self.shown(entered)).collect())
    }
}
