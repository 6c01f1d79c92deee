//! A network without a network, for tests of what polls devices.

use std::collections::HashMap;
use std::rc::Rc;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use futures_util::future::LocalBoxFuture;

use crate::device::life::Miss;
use crate::device::transport::{Connect, Transport};

/// How an address answers.
#[derive(Clone, Debug)]
pub enum Answer {
    /// With this body.
    Body(String),
    /// With this body, after a while.
    After(Duration, String),
    /// Not as a device does.
    Miss(Miss),
    /// Not at all.
    Never,
}

#[derive(Debug, Default)]
struct Host {
    answer: Option<Answer>,
    asked: u32,
    in_flight: u32,
    most_in_flight: u32,
}

/// All addresses. One that is not known is unreachable.
#[derive(Clone, Debug, Default)]
pub struct Net(Arc<Mutex<HashMap<String, Host>>>);

impl Net {
    fn hosts(&self) -> MutexGuard<'_, HashMap<String, Host>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Makes an address answer like this from now on.
    pub fn answer(&self, address: &str, answer: Answer) {
        self.hosts().entry(address.to_owned()).or_default().answer = Some(answer);
    }

    /// Makes an address unreachable again.
    pub fn silence(&self, address: &str) {
        if let Some(host) = self.hosts().get_mut(address) {
            host.answer = None;
        }
    }

    /// How often an address was asked.
    pub fn asked(&self, address: &str) -> u32 {
        self.hosts().get(address).map_or(0, |host| host.asked)
    }

    /// The most requests that an address had in flight at one time.
    pub fn most_in_flight(&self, address: &str) -> u32 {
        self.hosts().get(address).map_or(0, |host| host.most_in_flight)
    }

    /// The way to it, for a [`FarmConfig`](crate::FarmConfig).
    pub fn connect(&self) -> Connect {
        let net = self.clone();
        Arc::new(move || Rc::new(net.clone()))
    }
}

/// Counts a request while it is in flight, also when it is given up.
struct InFlight(Net, String);

impl InFlight {
    fn new(net: &Net, address: &str) -> Self {
        let mut hosts = net.hosts();
        let host = hosts.entry(address.to_owned()).or_default();
        host.asked += 1;
        host.in_flight += 1;
        host.most_in_flight = host.most_in_flight.max(host.in_flight);
        drop(hosts);
        Self(net.clone(), address.to_owned())
    }
}

impl Drop for InFlight {
    fn drop(&mut self) {
        if let Some(host) = self.0.hosts().get_mut(&self.1) {
            host.in_flight -= 1;
        }
    }
}

impl Transport for Net {
    fn get_info(&self, address: &str, limit: usize) -> LocalBoxFuture<'static, Result<Bytes, Miss>> {
        let in_flight = InFlight::new(self, address);
        let answer = self.hosts().get(address).and_then(|host| host.answer.clone());
        Box::pin(async move {
            let _in_flight = in_flight;
            match answer {
                Some(Answer::Body(body)) if body.len() > limit => Err(Miss::TooLarge(limit)),
                Some(Answer::Body(body)) => Ok(body.into()),
                Some(Answer::After(pause, body)) => {
                    tokio::time::sleep(pause).await;
                    Ok(body.into())
                }
                Some(Answer::Miss(miss)) => Err(miss),
                Some(Answer::Never) => std::future::pending().await,
                None => Err(Miss::Unreachable("no such host".into())),
            }
        })
    }
}
