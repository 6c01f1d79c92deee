//! `shiftboss demo`: a mock fleet and a controller in one process, the miners imprinted and polled.

use std::collections::BTreeSet;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::time::Duration;

use actix::Arbiter;
use shiftboss_farm::Farm;
use shiftboss_farm::discovery::Discover;
use shiftboss_farm::router::{Imprint, Listen};
use shiftboss_kernel::Refused;
use shiftboss_mockfleet::{Fidelity, pool};

use super::serve::{Running, listen, start, until_stopped};
use super::{chaos, mockfleet, mockpool, print};
use crate::api::tree::Lookout;
use crate::cli::Demo;
use crate::controller::{self, Controller};
use crate::fault::Fault;
use crate::settings::Settings;

/// The time that each step of taking the fleet on may take: thousands of miners are asked one by one.
const ADOPT_WITHIN: Duration = Duration::from_secs(120);

/// The demo's own database: it never touches that of a real farm, and begins anew each time.
const DATABASE: &str = "demo.redb";

pub(super) fn run(settings: &Settings, flags: &Demo) -> Result<(), Fault> {
    until_stopped(settings, async |watchdog| {
        let mut settings = settings.clone();
        let pool = flags.mine.then(|| mine_at_own_pool(&mut settings)).transpose()?;
        let (fleet_config, listing) = mockfleet::config(&settings.mockfleet, mockfleet::Pool::Here)?;
        let listener = listen("web.listen", "--set web.listen", settings.web.listen)?;
        let address = listener.local_addr().map_err(Fault::System)?;
        point_at(&mut settings, listing);
        if flags.chaos {
            settings.chaos.faults = chaos::of_demo(settings.chaos.faults);
        }
        discard(&settings.data_dir.join(DATABASE))?;
        let database = controller::open_database(&settings.data_dir, DATABASE)?;

        let arbiter = Arbiter::new();
        watchdog.watch("mockfleet", &arbiter.handle());
        let fleet = shiftboss_mockfleet::wire(fleet_config, Some(arbiter.handle()))?;
        let pool = pool.map(|config| pool::wire(config, Some(arbiter.handle()), None)).transpose()?;
        let lookout = Lookout::default();
        let Controller { farm, bound, mut arbiters } =
            controller::wire(&settings, database, listener, lookout.clone(), watchdog)?;
        arbiters.push(arbiter);
        let branches = pool.map(|pool| pool.bound).into_iter().chain([fleet.bound, bound]);
        let tree = start(branches, settings.chaos(), watchdog).await?;
        lookout.open(&tree);

        let polled = adopt_all(&farm).await?;
        print(&banner(&settings, polled, address, listing))?;
        Ok(Running { tree, arbiters })
    })
}

/// Lets discovery find the demo's own fleet, and nothing else.
fn point_at(settings: &mut Settings, listing: SocketAddr) {
    settings.discovery.listing_url = Some(format!("http://{listing}"));
    settings.discovery.service_url = None;
}

/// Lets the fleet be devices that mine at a pool of the demo's own, at any free port.
fn mine_at_own_pool(settings: &mut Settings) -> Result<pool::Config, Fault> {
    let any = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    let config = mockpool::config(&settings.mockpool, listen("mockpool.listen", "--mine", any)?)?;
    let fleet = &mut settings.mockfleet;
    fleet.pool = Some(config.listener.local_addr().map_err(Fault::System)?);
    (fleet.mine, fleet.fidelity) = (true, Fidelity::Device);
    Ok(config)
}

fn discard(database: &Path) -> Result<(), Fault> {
    match std::fs::remove_file(database) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(Fault::Store { path: database.to_owned(), cause: error.into() })
        }
        _ => Ok(()),
    }
}

/// Discovers, imprints and polls the whole fleet; how many miners that are.
async fn adopt_all(farm: &Farm) -> Result<usize, Fault> {
    let found = asked("discovery", farm.discovery.ask(Discover::default(), ADOPT_WITHIN).await)?;
    let macs: BTreeSet<_> = found.iter().map(|found| found.mac).collect();
    asked("imprinting", farm.router.ask(Imprint(found), ADOPT_WITHIN).await)?;
    let polled = asked("listening", farm.router.ask(Listen { macs, trace_logs: false }, ADOPT_WITHIN).await)?;
    Ok(polled.len())
}

fn asked<T>(
    asked: &'static str,
    answer: Result<Result<T, shiftboss_farm::Error>, Refused>,
) -> Result<T, Fault> {
    let cause = match answer {
        Ok(Ok(answer)) => return Ok(answer),
        Ok(Err(error)) => error.to_string(),
        Err(refused) => refused.to_string(),
    };
    Err(Fault::Farm { asked, cause })
}

fn banner(settings: &Settings, polled: usize, address: SocketAddr, listing: SocketAddr) -> String {
    let first = settings.mockfleet.places().list().first().map(ToString::to_string).unwrap_or_default();
    let seconds = settings.farm.poll_interval_ms as f64 / 1000.0;
    let pool = settings.mockfleet.pool.filter(|_| settings.mockfleet.mine);
    let pool = pool.map(|pool| format!("\n  pool      stratum+tcp://{pool}")).unwrap_or_default();
    format!(
        "shiftboss demo: {polled} mock miners are imprinted and polled every {seconds} s\n\
         \n  devices   http://{address}/devices/imprint\
         \n  metrics   http://{address}/metrics\
         \n  actors    http://{address}/tree?format=text\
         \n  a miner   http://{first}/api/system/info\
         \n  listing   http://{listing}/servers{pool}\n\
         {}\nCtrl-C stops it.\n",
        chaos::told(&settings.chaos, address)
    )
}
