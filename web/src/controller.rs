//! Wires the controller: the farm's actors, and in front of them HTTP, under one supervisor.

use std::net::TcpListener;
use std::path::Path;
use std::time::Duration;

use actix::Arbiter;
use shiftboss_farm::device::Polling;
use shiftboss_farm::device::transport::Http;
use shiftboss_farm::discovery::DiscoveryConfig;
use shiftboss_farm::router::Policy;
use shiftboss_farm::store::Database;
use shiftboss_farm::{Clock, Farm, FarmConfig};
use shiftboss_kernel::{Bound, PoolSpec, SpecError, Strategy, SupervisorSpec, Watchdog};

use crate::api::tree::Lookout;
use crate::fault::Fault;
use crate::http::{self, HttpConfig};
use crate::settings::Settings;

/// Devices that must have been given up on, whatever their share: a farm of five may lose four.
const ESCALATE_AT_LEAST: usize = 16;

/// The database of `run`, in the data directory.
pub const DATABASE: &str = "farm.redb";

/// Where backups are kept, in the data directory.
pub const BACKUPS: &str = "backups";

/// A controller that is ready to run.
pub struct Controller {
    /// The ways to its actors.
    pub farm: Farm,
    /// Its supervisor, for the top of the tree.
    pub bound: Bound,
    /// Its threads, to be stopped when the tree has ended.
    pub arbiters: Vec<Arbiter>,
}

/// Makes the actors over an open database and a bound port; nothing runs yet. `lookout` is to be opened when the
/// tree has started. The threads are watched from here on.
///
/// # Errors
/// None that a setting could cause; the kernel checks every specification.
pub fn wire(
    settings: &Settings,
    database: Database,
    listener: TcpListener,
    lookout: Lookout,
    watchdog: &Watchdog,
) -> Result<Controller, SpecError> {
    let farm = shiftboss_farm::wire(farm_config(settings), database)?;
    let http = HttpConfig {
        listener,
        backups: settings.data_dir.join(BACKUPS),
        workers: settings.web.workers,
        body_limit_bytes: settings.web.body_limit_bytes,
        compat_metrics: settings.web.compat_metrics,
        stale_after: Duration::from_millis(settings.watchdog.stale_ms),
    };
    let http = http::wire(http, farm.farm.clone(), lookout, watchdog.clone());
    let children = farm.children.into_iter().chain([http]);
    let spec = SupervisorSpec::new(Strategy::RestForOne).intensity(5, Duration::from_secs(60));
    let (_, bound) = children.fold(spec, SupervisorSpec::child).bind("controller")?;
    let watched = |(name, arbiter): (String, Arbiter)| {
        watchdog.watch(&name, &arbiter.handle());
        arbiter
    };
    let arbiters = farm.arbiters.into_iter().map(watched).collect();
    Ok(Controller { farm: farm.farm, bound, arbiters })
}

fn farm_config(settings: &Settings) -> FarmConfig {
    let (farm, discovery) = (&settings.farm, &settings.discovery);
    FarmConfig {
        polling: Polling {
            interval: Duration::from_millis(farm.poll_interval_ms),
            timeout: Duration::from_millis(farm.poll_timeout_ms),
            backoff_max: Duration::from_millis(farm.backoff_max_ms),
            body_limit_bytes: farm.body_limit_bytes,
        },
        discovery: DiscoveryConfig {
            listing_url: discovery.listing_url.clone(),
            service_url: discovery.service_url.clone(),
            timeout: Duration::from_millis(discovery.timeout_ms),
            concurrency: discovery.concurrency,
            body_limit_bytes: farm.body_limit_bytes,
        },
        policy: Policy { auto_listen: farm.auto_listen, delete_data: farm.delete_data_on_device_remove },
        arbiters: farm.arbiters,
        pools: PoolSpec::default().escalate(f64::from(farm.escalate_percent) / 100.0, ESCALATE_AT_LEAST),
        flush_interval: Duration::from_millis(farm.flush_interval_ms),
        connect: Http::connect(),
        clock: Clock::System,
    }
}

/// Opens the database `name` in the data directory.
///
/// # Errors
/// Says why it cannot be used.
pub fn open_database(data_dir: &Path, name: &str) -> Result<Database, Fault> {
    let path = data_dir.join(name);
    Database::open(&path).map_err(|error| match error {
        shiftboss_farm::Error::Open { cause, .. } => Fault::Store { path, cause: cause.into() },
        shiftboss_farm::Error::InUse { .. } => Fault::Store {
            path,
            cause: "it is in use by another program; stop that one, or choose another data_dir".into(),
        },
        other => Fault::Store { path, cause: other.into() },
    })
}
