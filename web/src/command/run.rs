//! `shiftboss run`: the controller alone.

use std::net::SocketAddr;

use super::serve::{Running, listen, start, until_stopped};
use super::{chaos, print};
use crate::api::tree::Lookout;
use crate::controller::{self, Controller};
use crate::fault::Fault;
use crate::settings::Settings;

pub(super) fn run(settings: &Settings, allow_chaos: bool) -> Result<(), Fault> {
    let chaos = chaos::accepted(settings, allow_chaos)?;
    until_stopped(settings, async |watchdog| {
        let listener = listen("web.listen", "--listen", settings.web.listen)?;
        let address = listener.local_addr().map_err(Fault::System)?;
        let database = controller::open_database(&settings.data_dir, controller::DATABASE)?;
        let lookout = Lookout::default();
        let Controller { bound, arbiters, .. } =
            controller::wire(settings, database, listener, lookout.clone(), watchdog)?;
        let tree = start([bound], chaos, watchdog).await?;
        lookout.open(&tree);
        print(&banner(address))?;
        Ok(Running { tree, arbiters })
    })
}

fn banner(address: SocketAddr) -> String {
    format!("shiftboss runs: devices http://{address}/devices/imprint, metrics http://{address}/metrics\n")
}
