//! The listing server, where discovery learns which mock miners there are: `GET /servers`.
//!
//! It owns its port and knows no miner: it asks the fleet each time.

use std::io;
use std::net::{IpAddr, SocketAddr, TcpListener};
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use actix::{Actor, AsyncContext, WrapFuture};
use actix_http::StatusCode;
use actix_web::HttpResponse;
use actix_web::web::{self, ServiceConfig};
use jiff::Timestamp;
use serde::Serialize;
use shiftboss_axeos::Mac;
use shiftboss_kernel::{Ctx, Exit, Spec, Tx, supervised};

use crate::axe;
use crate::door;
use crate::fleet::{Fleet, States};
use crate::miner::MinerState;
use crate::server::{HttpServer, JSON, Tag, answer};

/// The time that the fleet has to ask all its miners.
const STATES_WITHIN: Duration = Duration::from_secs(3);

/// The listing server.
pub(crate) struct Listing {
    listener: Arc<TcpListener>,
    fleet: Tx<Fleet>,
}

impl Listing {
    pub(crate) fn spec(listener: TcpListener, fleet: Tx<Fleet>) -> Spec<Self> {
        let listener = Arc::new(listener);
        Spec::new("listing", move || Self { listener: Arc::clone(&listener), fleet: fleet.clone() })
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
        let (server, desk) = (Rc::new(HttpServer::new(routes)), Desk { fleet: self.fleet.clone(), address });
        let serving = door::serve("the listing".to_owned(), listener, door::CONNECTIONS, move |stream| {
            let (server, desk) = (Rc::clone(&server), desk.clone());
            async move { server.serve(stream, desk).await }
        });
        ctx.spawn(serving.into_actor(self));
    }
}

supervised!(Listing);

/// Whom a connection asks.
#[derive(Clone)]
struct Desk {
    fleet: Tx<Fleet>,
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
        .service(web::resource("/servers").route(web::get().to(servers)).default_service(web::to(nothing)))
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
    let mac = match (miner.mac, address) {
        (Some(mac), _) => mac,
        (None, Some(address)) => axe::mac_at(SocketAddr::new(address, port)),
        (None, None) => Mac::of_mock_port(port),
    };
    Some(Server { port, hostname: miner.hostname, start_time: iso(miner.started_at), mac, address })
}

/// `2024-01-15T10:30:45.123Z`
fn iso(at: Timestamp) -> String {
    format!("{at:.3}")
}
