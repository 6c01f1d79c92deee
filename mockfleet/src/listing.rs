//! The listing server, where discovery learns which mock miners there are, `GET /servers`, and where miners are added
//! and removed while the fleet runs: `POST /miners`, `DELETE /miners/{hostname}`. What strikes them is set at `/faults`;
//! `GET /tree` shows their actors.
//!
//! It owns its port and knows no miner: it asks the fleet each time.

use std::io;
use std::net::{IpAddr, SocketAddr, TcpListener};
use std::rc::Rc;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use actix::{Actor, AsyncContext, WrapFuture};
use actix_http::StatusCode;
use actix_web::HttpResponse;
use actix_web::web::{self, ServiceConfig};
use jiff::Timestamp;
use serde::Serialize;
use serde_json::{Map, Value};
use shiftboss_axeos::Mac;
use shiftboss_kernel::{Ctx, Exit, Observer, Spec, Tx, supervised};

use crate::door;
use crate::error::Error;
use crate::faults::Wire;
use crate::fleet::{Add, Fleet, Remove, States};
use crate::miner::MinerState;
use crate::places::seed_mac;
use crate::server::{HttpServer, JSON, Tag, answer};

mod faults;

/// The time that the fleet has to ask all its miners.
const STATES_WITHIN: Duration = Duration::from_secs(3);

/// The time that it has to start or to stop one.
const CHANGED_WITHIN: Duration = Duration::from_secs(12);

/// The time that an actor of the fleet has to tell of those below it.
const SNAPSHOT_WITHIN: Duration = Duration::from_secs(1);

/// Where the branch of the fleet is seen from, once it is put together: the listing is a part of it.
pub(crate) type Lookout = Arc<OnceLock<Observer>>;

/// The listing server.
pub(crate) struct Listing {
    listener: Arc<TcpListener>,
    fleet: Tx<Fleet>,
    lookout: Lookout,
}

impl Listing {
    pub(crate) fn spec(listener: TcpListener, fleet: Tx<Fleet>, lookout: Lookout) -> Spec<Self> {
        let listener = Arc::new(listener);
        Spec::new("listing", move || Self {
            listener: Arc::clone(&listener),
            fleet: fleet.clone(),
            lookout: Arc::clone(&lookout),
        })
    }

    /// This value's own handle of the port, which is open as long as the child is.
    fn open(&self) -> io::Result<(SocketAddr, tokio::net::TcpListener)> {
        let listener = self.listener.try_clone()?;
        listener.set_nonblocking(true)?;
        let listener = tokio::net::TcpListener::from_std(listener)?;
        Ok((listener.local_addr()?, listener))
    }
}

impl Actor for Listing {
    type Context = Ctx<Self>;

    fn started(&mut self, ctx: &mut Ctx<Self>) {
        let (address, listener) = match self.open() {
            Ok(opened) => opened,
            Err(error) => return ctx.exit(Exit::failed(format!("the listing's port is lost: {error}"))),
        };
        let server = Rc::new(HttpServer::new(routes));
        let desk = Desk { fleet: self.fleet.clone(), lookout: Arc::clone(&self.lookout), address };
        let serving =
            door::serve("the listing".to_owned(), listener, door::ROOM, Wire::calm(), move |stream, link| {
                let (server, desk) = (Rc::clone(&server), desk.clone());
                async move { server.serve(stream, desk, link).await }
            });
        ctx.spawn(serving.into_actor(self));
    }
}

supervised!(Listing);

/// Whom a connection asks.
#[derive(Clone)]
struct Desk {
    fleet: Tx<Fleet>,
    lookout: Lookout,
    /// Its own.
    address: SocketAddr,
}

#[derive(Serialize)]
struct Servers {
    message: String,
    servers: Vec<Server>,
}

/// `mac` and `address` are our additions. A MAC is the same for an address and a port whenever the miner started, so that
/// discovery makes none up; an address is told of a miner that listens on another than the listing does.
#[derive(Serialize)]
struct Server {
    port: u16,
    hostname: String,
    #[serde(rename = "startTime")]
    start_time: String,
    mac: Mac,
    #[serde(skip_serializing_if = "Option::is_none")]
    address: Option<IpAddr>,
}

fn routes(config: &mut ServiceConfig) {
    config
        .configure(faults::routes)
        .service(web::resource("/miners").route(web::post().to(add)).default_service(web::to(nothing)))
        .service(
            web::resource("/miners/{hostname}")
                .route(web::delete().to(remove))
                .default_service(web::to(nothing)),
        )
        .service(web::resource("/servers").route(web::get().to(servers)).default_service(web::to(nothing)))
        .service(web::resource("/tree").route(web::get().to(tree)).default_service(web::to(nothing)))
        .default_service(web::to(nothing));
}

async fn servers(Tag(desk): Tag<Desk>) -> HttpResponse {
    match desk.fleet.ask(States, STATES_WITHIN).await {
        Ok(miners) => answer(StatusCode::OK, JSON).json(Servers {
            message: format!("Available servers from listing-server:{}", desk.address.port()),
            servers: miners.into_iter().filter_map(|miner| server(miner, desk.address.ip())).collect(),
        }),
        Err(refused) => problem(StatusCode::SERVICE_UNAVAILABLE, &format!("the fleet: {refused}, ask again")),
    }
}

/// Every actor of the fleet, as the kernel counts it.
async fn tree(Tag(desk): Tag<Desk>) -> HttpResponse {
    match desk.lookout.get() {
        Some(observer) => answer(StatusCode::OK, JSON).json(observer.snapshot(SNAPSHOT_WITHIN).await),
        None => problem(StatusCode::SERVICE_UNAVAILABLE, "the fleet is no tree of its own"),
    }
}

/// Where one more miner is to listen; what is not said is as of the listing's host and the next port.
struct Order {
    address: Option<IpAddr>,
    port: Option<u16>,
}

impl Order {
    fn read(body: &[u8]) -> Result<Self, Error> {
        if body.is_empty() {
            return Ok(Self { address: None, port: None });
        }
        let fields: Map<String, Value> =
            serde_json::from_slice(body).map_err(|error| Error::NoOrder(format!("the body: {error}")))?;
        let mut order = Self { address: None, port: None };
        for (name, value) in fields {
            let refused = |wanted| Error::NoOrder(format!("{name} is {value}, it must be {wanted}"));
            match name.as_str() {
                "address" => {
                    let address = value.as_str().and_then(|text| text.parse().ok());
                    order.address = Some(address.ok_or_else(|| refused("an IP address"))?);
                }
                "port" => {
                    let port = value.as_u64().and_then(|port| u16::try_from(port).ok());
                    order.port = Some(port.ok_or_else(|| refused("a port from 0 to 65535"))?);
                }
                _ => return Err(Error::NoOrder(format!("{name} is no field of a miner"))),
            }
        }
        Ok(order)
    }

    /// The place that is meant, if any is.
    fn place(&self, own: IpAddr) -> Result<Option<SocketAddr>, Error> {
        match (self.address, self.port) {
            (None, None) => Ok(None),
            (address, Some(port)) => Ok(Some(SocketAddr::new(address.unwrap_or(own), port))),
            (Some(_), None) => Err(Error::NoOrder("port is missing".to_owned())),
        }
    }
}

async fn add(Tag(desk): Tag<Desk>, body: web::Bytes) -> Result<HttpResponse, Error> {
    let place = Order::read(&body)?.place(desk.address.ip())?;
    let state = desk.fleet.ask(Add(place), CHANGED_WITHIN).await??;
    let hostname = state.hostname.clone();
    match server(state, desk.address.ip()) {
        Some(server) => Ok(answer(StatusCode::CREATED, JSON).json(server)),
        None => Ok(answer(StatusCode::ACCEPTED, JSON).json(serde_json::json!({ "hostname": hostname }))),
    }
}

async fn remove(Tag(desk): Tag<Desk>, hostname: web::Path<String>) -> Result<HttpResponse, Error> {
    desk.fleet.ask(Remove(hostname.into_inner()), CHANGED_WITHIN).await??;
    Ok(HttpResponse::NoContent().finish())
}

async fn nothing() -> HttpResponse {
    problem(StatusCode::NOT_FOUND, "there is nothing here, ask GET /servers")
}

fn problem(status: StatusCode, error: &str) -> HttpResponse {
    answer(status, JSON).json(serde_json::json!({ "error": error }))
}

/// A miner that listens nowhere is no server.
fn server(miner: MinerState, own: IpAddr) -> Option<Server> {
    let port = miner.port?;
    let address = (miner.host != own).then_some(miner.host);
    let mac = miner.mac.unwrap_or_else(|| seed_mac(miner.home, own));
    Some(Server { port, hostname: miner.hostname, start_time: iso(miner.started_at), mac, address })
}

/// `2024-01-15T10:30:45.123Z`
fn iso(at: Timestamp) -> String {
    format!("{at:.3}")
}
