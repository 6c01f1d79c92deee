//! A network without a network, for tests of what polls devices, and a disk without a disk.

use std::collections::HashMap;
use std::rc::Rc;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use futures_util::future::LocalBoxFuture;
use serde_json::Value;

use shiftboss_axeos::command::Request;

use crate::device::life::Miss;
use crate::device::transport::{Connect, Reply, Transport};
pub use crate::store::disk::Disk;

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

/// How an address takes commands.
#[derive(Clone, Debug, Default)]
pub enum Manner {
    /// With 200; what it is told to be set to, its answer shows from then on.
    #[default]
    Obeys,
    /// With 200, and nothing else.
    Ignores,
    /// With 200 after a while, and nothing else.
    Dawdles(Duration),
    /// With this status and text.
    Says(u16, String),
    /// Not as a device does.
    Misses(Miss),
    /// Not at all.
    Hangs,
}

#[derive(Debug, Default)]
struct Host {
    answer: Option<Answer>,
    manner: Manner,
    sent: Vec<String>,
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

    /// Makes an address take commands like this from now on.
    pub fn manner(&self, address: &str, manner: Manner) {
        self.hosts().entry(address.to_owned()).or_default().manner = manner;
    }

    /// The commands that were sent to an address, without their secrets.
    pub fn sent(&self, address: &str) -> Vec<String> {
        self.hosts().get(address).map(|host| host.sent.clone()).unwrap_or_default()
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
        self.hosts().entry(address.to_owned()).or_default().asked += 1;
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

    fn send(
        &self,
        address: &str,
        request: &Request,
        _limit: usize,
    ) -> LocalBoxFuture<'static, Result<Reply, Miss>> {
        let in_flight = InFlight::new(self, address);
        let reply = self.hosts().get_mut(address).map(|host| host.take(request));
        Box::pin(async move {
            let _in_flight = in_flight;
            match reply {
                Some(Taken::Reply(reply)) => reply,
                Some(Taken::After(pause, reply)) => {
                    tokio::time::sleep(pause).await;
                    Ok(reply)
                }
                Some(Taken::Never) => std::future::pending().await,
                None => Err(Miss::Unreachable("no such host".into())),
            }
        })
    }
}

enum Taken {
    Reply(Result<Reply, Miss>),
    After(Duration, Reply),
    Never,
}

impl Host {
    fn take(&mut self, request: &Request) -> Taken {
        self.sent.push(request.to_string());
        let reply = |status, text: &str| Taken::Reply(Ok(Reply { status, body: text.to_owned().into() }));
        match &self.manner {
            Manner::Obeys => {
                self.show(request);
                reply(200, "")
            }
            Manner::Ignores => reply(200, ""),
            Manner::Dawdles(pause) => Taken::After(*pause, Reply { status: 200, body: Bytes::new() }),
            Manner::Says(status, text) => reply(*status, text),
            Manner::Misses(miss) => Taken::Reply(Err(miss.clone())),
            Manner::Hangs => Taken::Never,
        }
    }

    /// Writes what was sent over what is answered. What is no object stays as it is.
    fn show(&mut self, request: &Request) {
        let Some(Answer::Body(body) | Answer::After(_, body)) = &mut self.answer else { return };
        let sent = request.expose_body().and_then(|sent| serde_json::from_str(&sent).ok());
        let shown = serde_json::from_str(body).ok();
        if let (Some(Value::Object(sent)), Some(Value::Object(mut shown))) = (sent, shown) {
            shown.extend(sent);
            *body = Value::Object(shown).to_string();
        }
    }
}
