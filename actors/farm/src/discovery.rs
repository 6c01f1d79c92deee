//! Finds devices: through the listing of a mock fleet, through another discovery service, or one by its address.
//!
//! It remembers what it ever found, so that a device can be imprinted by its MAC later. Its failures touch no device.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use actix::{
    Actor, ActorFutureExt, AsyncContext, Handler, Message, MessageResult, ResponseActFuture, WrapFuture,
};
use shiftboss_axeos::Mac;
use shiftboss_kernel::{Ctx, Exit, To, Tx, supervised};

use crate::clock::Clock;
use crate::error::Error;
use crate::record::Found;
use crate::router::Sighted;
use crate::store::{KeepFound, LoadFound, Store};

mod sources;
mod wanted;

use sources::Sources;
pub use wanted::{AnyOf, Meets, Wanted};

/// The time that the store has to tell what was found before.
const LOAD_WITHIN: Duration = Duration::from_secs(10);

/// Searches that run at one time; more are refused.
const SEARCHES_AT_ONCE: u32 = 4;

/// Where and how to look.
#[derive(Clone, Debug)]
pub struct DiscoveryConfig {
    /// A mock fleet's listing, such as `http://127.0.0.1:7770`.
    pub listing_url: Option<String>,
    /// Another discovery service, such as `http://127.0.0.1:7775`.
    pub service_url: Option<String>,
    /// For one device or service to answer.
    pub timeout: Duration,
    /// Devices that are asked at one time.
    pub concurrency: usize,
    /// The largest answer of a device that is read.
    pub body_limit_bytes: usize,
}

/// Searches. With an address, only there; with a MAC, only that device.
#[derive(Clone, Debug, Default, Message)]
#[rtype(result = "Result<Vec<Found>, Error>")]
pub struct Discover {
    /// `host` or `host:port`.
    pub address: Option<String>,
    /// The device wanted; also what a device at `address` is called that does not say its MAC.
    pub mac: Option<Mac>,
}

/// What is remembered of these devices.
#[derive(Clone, Debug, Message)]
#[rtype(result = "Vec<Found>")]
pub struct Known(pub Vec<Mac>);

/// What is remembered and wanted, ordered by MAC. Nobody is asked.
#[derive(Clone, Debug, Message)]
#[rtype(result = "Vec<Found>")]
pub struct Recall(pub Wanted);

/// Forgets a device, until it is found again. In the store it is forgotten already.
#[derive(Clone, Copy, Debug, Message)]
#[rtype(result = "()")]
pub struct ForgetFound(pub Mac);

/// The actor.
pub struct Discovery {
    config: Arc<DiscoveryConfig>,
    store: Tx<Store>,
    /// Who is told where devices are.
    sightings: To<Sighted>,
    clock: Clock,
    found: BTreeMap<Mac, Found>,
    searches: u32,
}

impl Discovery {
    /// Looks where `config` says.
    pub fn new(config: Arc<DiscoveryConfig>, store: Tx<Store>, sightings: To<Sighted>, clock: Clock) -> Self {
        Self { config, store, sightings, clock, found: BTreeMap::new(), searches: 0 }
    }

    fn remember(&mut self, found: &[Found]) {
        self.found.extend(found.iter().map(|found| (found.mac, found.clone())));
        if !found.is_empty() && self.store.tell(KeepFound(found.to_vec())).is_err() {
            log::warn!("{} found devices are not stored: the store is busy; discover again", found.len());
        }
    }

    /// Tells the router where devices are. Of a device that did not say its MAC to somebody who asked at one address,
    /// the MAC is what that somebody said: that is enough to imprint it, and not to move another there.
    fn tell(&self, found: &[Found], was_searched: bool) {
        let is_known = |found: &&Found| was_searched || found.seen.mac == Some(found.mac);
        let sighted: Vec<_> = found.iter().filter(is_known).cloned().collect();
        if !sighted.is_empty() && self.sightings.tell(Sighted(sighted)).is_err() {
            log::warn!(
                "devices that have moved keep their old addresses: the router is busy; discover again"
            );
        }
    }
}

impl Actor for Discovery {
    type Context = Ctx<Self>;

    fn started(&mut self, ctx: &mut Ctx<Self>) {
        let store = self.store.clone();
        let loading = async move { store.ask(LoadFound, LOAD_WITHIN).await.map_err(Error::busy("store"))? };
        ctx.wait(loading.into_actor(self).map(|loaded, this: &mut Self, ctx| match loaded {
            Ok(found) => this.found = found.into_iter().map(|found| (found.mac, found)).collect(),
            Err(error) => ctx.exit(Exit::failed(error.to_string())),
        }));
    }
}

supervised!(Discovery);

impl Handler<Discover> for Discovery {
    type Result = ResponseActFuture<Self, Result<Vec<Found>, Error>>;

    fn handle(&mut self, wanted: Discover, _: &mut Ctx<Self>) -> Self::Result {
        if self.searches == SEARCHES_AT_ONCE {
            return Box::pin(actix::fut::ready(Err(Error::Searching)));
        }
        self.searches += 1;
        let sources = Sources::new(Arc::clone(&self.config), self.clock);
        let was_searched = wanted.address.is_none();
        let search = async move { sources.search(&wanted).await };
        Box::pin(search.into_actor(self).map(move |found, this: &mut Self, _| {
            this.searches -= 1;
            if let Ok(found) = &found {
                this.remember(found);
                this.tell(found, was_searched);
            }
            found
        }))
    }
}

impl Handler<Known> for Discovery {
    type Result = MessageResult<Known>;

    fn handle(&mut self, Known(macs): Known, _: &mut Ctx<Self>) -> Self::Result {
        MessageResult(macs.iter().filter_map(|mac| self.found.get(mac).cloned()).collect())
    }
}

impl Handler<Recall> for Discovery {
    type Result = MessageResult<Recall>;

    fn handle(&mut self, Recall(wanted): Recall, _: &mut Ctx<Self>) -> Self::Result {
        MessageResult(self.found.values().filter(|found| wanted.accepts(found)).cloned().collect())
    }
}

impl Handler<ForgetFound> for Discovery {
    type Result = ();

    fn handle(&mut self, ForgetFound(mac): ForgetFound, _: &mut Ctx<Self>) {
        self.found.remove(&mac);
    }
}
