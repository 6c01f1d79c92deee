//! `shiftboss mockpool`: a mock Stratum pool, alone.

use std::fs::File;
use std::net::TcpListener;

use actix::Arbiter;
use shiftboss_mockfleet::pool::{self, Limits};

use super::serve::{Running, listen, start, until_stopped};
use super::{chaos, print};
use crate::fault::Fault;
use crate::settings::{Mockpool, Settings};

pub(super) fn run(settings: &Settings, allow_chaos: bool) -> Result<(), Fault> {
    let chaos = chaos::accepted(settings, allow_chaos)?;
    until_stopped(settings, async |watchdog| {
        let listener = listen("mockpool.listen", "--listen", settings.mockpool.listen)?;
        let config = config(&settings.mockpool, listener)?;
        let address = config.listener.local_addr().map_err(Fault::System)?;
        let (arbiter, books) = (Arbiter::new(), Arbiter::new());
        watchdog.watch("mockpool", &arbiter.handle());
        // It waits for the disk by design, and is watched as the store is.
        watchdog.watch("mockpool:books", &books.handle());
        let wired = pool::wire(config, Some(arbiter.handle()), Some(books.handle()))?;
        let tree = start([wired.bound], chaos, watchdog).await?;
        print(&format!("shiftboss mockpool: miners may connect to stratum+tcp://{address}\n"))?;
        Ok(Running { tree, arbiters: vec![arbiter, books] })
    })
}

/// A pool as the settings say, at this port, with its share log open.
pub(super) fn config(settings: &Mockpool, listener: TcpListener) -> Result<pool::Config, Fault> {
    Ok(pool::Config {
        listener,
        style: settings.style.into(),
        difficulty: settings.difficulty(),
        admission: settings.authorize.into(),
        tempo: settings.tempo(),
        extranonce_blocks: settings.extranonce_blocks,
        accept_synthetic: settings.accept_synthetic,
        share_log: share_log(settings)?,
        seed: settings.seed,
        limits: Limits::default(),
    })
}

/// The share log, to add to: what was written by an earlier run stays.
fn share_log(settings: &Mockpool) -> Result<Option<File>, Fault> {
    let Some(path) = settings.share_log() else { return Ok(None) };
    let opened = File::options().append(true).create(true).open(&path);
    opened.map(Some).map_err(|cause| Fault::ShareLog { path, cause })
}
