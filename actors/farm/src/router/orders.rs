//! Commands on their way to a device. Of settings it is kept first that they are wanted; then the router goes on, and
//! whoever asked waits for the device.

use std::sync::Arc;
use std::time::Duration;

use actix::{ActorFutureExt, AsyncContext, AtomicResponse, Handler, Message, ResponseFuture, WrapFuture};
use shiftboss_axeos::command::{Shown, check};
use shiftboss_axeos::{Mac, Setting};
use shiftboss_kernel::{Ctx, Refused, Tx};
use tokio::sync::oneshot;

use super::staff::{Changed, Routed};
use super::{Router, settle};
use crate::command::{Command, CommandError, Configure, Outcome};
use crate::device::Device;
use crate::device::commands::{ANSWER_WITHIN, Perform};
use crate::directory::{Directory, Look};
use crate::error::Error;
use crate::record::{Desired, Record, UnixMs};

/// The time that the directory has to tell what a device said last.
const LOOK_WITHIN: Duration = Duration::from_secs(10);

/// For an order to be answered: a turn of the router that waits for the disk, then the device.
pub const ORDER_WITHIN: Duration = ANSWER_WITHIN.saturating_add(Duration::from_secs(30));

/// Tells a device what to do: the only way to one. Settings are on the disk as wanted before they are sent, and stay
/// wanted whatever the device makes of them, until they are asked for otherwise or [forgotten](Forget).
///
/// Ask it with [`ORDER_WITHIN`]: a device does one command after another, each with a deadline of its own.
#[derive(Clone, Debug, Message)]
#[rtype(result = "Result<Outcome, CommandError>")]
pub struct Order {
    /// Whom.
    pub mac: Mac,
    /// What.
    pub command: Command,
}

/// Forgets what was asked of a device: it does not drift from that any more. Answered with its record; none if it is
/// not imprinted.
#[derive(Clone, Debug, Message)]
#[rtype(result = "Result<Option<Arc<Record>>, Error>")]
pub struct Forget {
    /// Whose.
    pub mac: Mac,
    /// Which settings; none means all.
    pub settings: Option<Vec<Setting>>,
}

impl Handler<Order> for Router {
    type Result = ResponseFuture<Result<Outcome, CommandError>>;

    fn handle(&mut self, Order { mac, command }: Order, ctx: &mut Ctx<Self>) -> Self::Result {
        let Some(Routed { record, device }) = self.devices.get(&mac) else {
            return Box::pin(async move { Err(CommandError::Unknown(mac)) });
        };
        if device.is_down() {
            return Box::pin(async move { Err(CommandError::Down(mac)) });
        }
        let Command::Configure(configure) = &command else {
            return Box::pin(perform(device.clone(), mac, command));
        };
        let (staff, record, device) = (self.staff.clone(), Arc::clone(record), device.clone());
        let (configure, now_ms) = (configure.clone(), self.clock.now_ms());
        let wishing = async move {
            let record = wish(&staff.directory, &record, &configure, now_ms).await?;
            let changed = Changed { record: Arc::new(record), seen: None, device: Some(device) };
            Ok(staff.change(vec![changed]).await)
        };
        let (sender, wished) = oneshot::channel();
        // Nothing else is changed until the wish is noted. What comes after is the device's time, not the router's.
        ctx.wait(wishing.into_actor(self).map(
            move |noted: Result<_, CommandError>, this: &mut Self, ctx| {
                let device = noted.and_then(|changed| {
                    this.adopt(settle(changed, ctx)?);
                    this.devices
                        .get(&mac)
                        .map(|routed| routed.device.clone())
                        .ok_or(CommandError::Unknown(mac))
                });
                // Whoever asked may have given up.
                let _ = sender.send(device);
            },
        ));
        Box::pin(async move {
            let device = wished.await.map_err(|_| Error::busy("router")(Refused::Gone))??;
            perform(device, mac, command).await
        })
    }
}

/// The record of a device that is to have these settings too. What it cannot be asked for, as far as its last answer
/// tells, is refused before it is wanted.
async fn wish(
    directory: &Tx<Directory>,
    record: &Record,
    configure: &Configure,
    now_ms: UnixMs,
) -> Result<Record, CommandError> {
    let mac = record.mac;
    let view = directory.ask(Look(mac), LOOK_WITHIN).await.map_err(Error::busy("directory"))?;
    let seen = view.and_then(|view| view.seen).ok_or(CommandError::Unheard(mac))?;
    Shown::read(seen.body.as_bytes())
        .and_then(|shown| check(&shown, &configure.changes, configure.force))
        .map_err(|why| CommandError::Refused { mac, why })?;
    let mut wished = Record { updated_ms: now_ms, ..record.clone() };
    wished.preset = configure.preset.or(wished.preset);
    wished.desired.ask(&configure.changes, now_ms);
    Ok(wished)
}

/// Hands a command to a device's actor, and waits for its end.
async fn perform(device: Tx<Device>, mac: Mac, command: Command) -> Result<Outcome, CommandError> {
    device.ask(Perform(command), ANSWER_WITHIN).await.unwrap_or_else(|refused| {
        Err(match refused {
            Refused::Full => CommandError::Busy(mac),
            Refused::Gone => lost(mac, "has lost its actor, which ended over it or was terminated"),
            Refused::Late => lost(mac, "did not end it in time"),
        })
    })
}

fn lost(mac: Mac, why: &str) -> CommandError {
    CommandError::Lost { mac, why: why.to_owned() }
}

impl Handler<Forget> for Router {
    type Result = AtomicResponse<Self, Result<Option<Arc<Record>>, Error>>;

    fn handle(&mut self, Forget { mac, settings }: Forget, _: &mut Ctx<Self>) -> Self::Result {
        let now_ms = self.clock.now_ms();
        let changed = self.devices.get(&mac).map(|routed| {
            let mut record = Record { updated_ms: now_ms, ..Record::clone(&routed.record) };
            match &settings {
                Some(settings) => record.desired.forget(settings),
                None => record.desired = Desired::default(),
            }
            self.changed(record, None)
        });
        let staff = self.staff.clone();
        let work = async move { staff.change(changed.into_iter().collect()).await };
        AtomicResponse::new(Box::pin(
            work.into_actor(self).map(|routed, this, ctx| Ok(this.adopt(settle(routed, ctx)?).pop())),
        ))
    }
}
