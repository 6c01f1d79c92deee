//! What an operator corrects in a record by hand: where the device is, and which preset it counts to.

use std::sync::Arc;

use actix::{ActorFutureExt, AtomicResponse, Handler, Message, WrapFuture};
use shiftboss_axeos::Mac;
use shiftboss_kernel::Ctx;

use super::{Router, settle};
use crate::error::Error;
use crate::preset::PresetId;
use crate::record::Record;

/// Changes a device's record; nothing is sent to the device. Answered with the record when it is on the disk, with
/// none if the device is not imprinted.
#[derive(Clone, Debug, Message)]
#[rtype(result = "Result<Option<Arc<Record>>, Error>")]
pub struct Revise {
    /// Whose.
    pub mac: Mac,
    /// Where it is; none leaves it where it was.
    pub address: Option<String>,
    /// The preset that it counts to, or none any more; without a word it is the one before.
    pub preset: Option<Option<PresetId>>,
}

impl Revise {
    fn revised(self, before: &Record, now_ms: u64) -> Option<Record> {
        let record = Record {
            address: self.address.unwrap_or_else(|| before.address.clone()),
            preset: self.preset.unwrap_or(before.preset),
            ..before.clone()
        };
        (record != *before).then_some(Record { updated_ms: now_ms, ..record })
    }
}

impl Handler<Revise> for Router {
    type Result = AtomicResponse<Self, Result<Option<Arc<Record>>, Error>>;

    fn handle(&mut self, revise: Revise, _: &mut Ctx<Self>) -> Self::Result {
        let (mac, now_ms) = (revise.mac, self.clock.now_ms());
        let before = self.devices.get(&mac).map(|routed| Arc::clone(&routed.record));
        let revised = before.and_then(|before| revise.revised(&before, now_ms));
        let taken = revised.as_ref().and_then(|record| self.addresses().taken_by(mac, &record.address));
        if let Some(taken) = taken {
            return AtomicResponse::new(Box::pin(actix::fut::ready(Err(taken))));
        }
        let changed = revised.map(|record| self.changed(record, None)).into_iter().collect::<Vec<_>>();
        let staff = self.staff.clone();
        let work =
            async move { if changed.is_empty() { Ok(Vec::new()) } else { staff.change(changed).await } };
        AtomicResponse::new(Box::pin(work.into_actor(self).map(move |routed, this, ctx| {
            this.adopt(settle(routed, ctx)?);
            Ok(this.devices.get(&mac).map(|routed| Arc::clone(&routed.record)))
        })))
    }
}
