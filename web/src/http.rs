//! The HTTP server of the controller, as a child of its tree. It owns the port and its worker threads.
//!
//! It starts last and stops first. The port is bound before the tree runs and stays bound over restarts: each
//! incarnation listens on a copy of it, and the server of the one before is gone by then.

use std::io;
use std::net::TcpListener;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use actix::{Actor, ActorContext, ActorFutureExt, AsyncContext, Running, WrapFuture};
use actix_web::dev::{Server, ServerHandle};
use actix_web::{HttpServer, web};
use shiftboss_farm::Farm;
use shiftboss_kernel::{Bound, Ctx, Exit, Shutdown, Spec, Watchdog, supervised};
use socket2::SockRef;

use crate::api::tree::Lookout;
use crate::api::{Api, app};

/// The time that requests have to end when the server stops.
const STOP_WITHIN_SECONDS: u64 = 2;

/// The time that the server has for all of its stop.
const SHUTDOWN_WITHIN: Duration = Duration::from_secs(STOP_WITHIN_SECONDS + 1);

/// The time that a client has to send the head of its request.
const REQUEST_HEAD_WITHIN: Duration = Duration::from_secs(5);

/// A connection without a request is closed after this time.
const KEEP_ALIVE: Duration = Duration::from_secs(30);

/// Connections that wait to be accepted; the system may allow fewer.
const BACKLOG: i32 = 1_024;

/// Connections of one worker thread; more wait to be accepted.
const CONNECTIONS_PER_WORKER: usize = 1_024;

/// How the server is run.
#[derive(Debug)]
pub struct HttpConfig {
    /// The bound port.
    pub listener: TcpListener,
    /// The folder of backups.
    pub backups: PathBuf,
    /// Its threads.
    pub workers: usize,
    /// The longest request body that is read.
    pub body_limit_bytes: usize,
    /// Whether `/metrics` carries the names of the Node.js system too.
    pub compat_metrics: bool,
    /// The silence of an arbiter that makes `/healthz` fail.
    pub stale_after: Duration,
}

/// Makes the server a child, to be added last. `lookout` is opened by the caller when the tree has started.
pub fn wire(config: HttpConfig, farm: Farm, lookout: Lookout, watchdog: Watchdog) -> Bound {
    let HttpConfig { listener, backups, workers, body_limit_bytes, compat_metrics, stale_after } = config;
    let api = Api { farm, lookout, backups, body_limit_bytes, compat_metrics, watchdog, stale_after };
    spec(listener, workers, api).bind().1
}

fn spec(listener: TcpListener, workers: usize, api: Api) -> Spec<Http> {
    let listener = Arc::new(listener);
    let make = move || Http { listener: Arc::clone(&listener), workers, api: api.clone(), server: None };
    Spec::new("http", make).shutdown(Shutdown::Timeout(SHUTDOWN_WITHIN))
}

/// The actor.
struct Http {
    listener: Arc<TcpListener>,
    workers: usize,
    api: Api,
    /// None before the start, and again from the stop on.
    server: Option<ServerHandle>,
}

impl Http {
    fn serve(&self) -> io::Result<Server> {
        // The port listens already, with the backlog of whoever bound it: this one takes its place.
        SockRef::from(&*self.listener).listen(BACKLOG)?;
        let api = web::Data::new(self.api.clone());
        let on_worker = move || {
            api.watchdog.watch_here_among("http");
            app(api.clone())
        };
        let server = HttpServer::new(on_worker)
            .disable_signals()
            .workers(self.workers)
            .max_connections(CONNECTIONS_PER_WORKER)
            .client_request_timeout(REQUEST_HEAD_WITHIN)
            .keep_alive(KEEP_ALIVE)
            .shutdown_timeout(STOP_WITHIN_SECONDS)
            .listen(self.listener.try_clone()?)?;
        Ok(server.run())
    }
}

impl Actor for Http {
    type Context = Ctx<Self>;

    fn started(&mut self, ctx: &mut Ctx<Self>) {
        let server = match self.serve() {
            Ok(server) => server,
            Err(error) => return ctx.exit(Exit::failed(format!("the port cannot be served: {error}"))),
        };
        self.server = Some(server.handle());
        // Dropped with this incarnation, however that ends: then it closes its copy of the port.
        ctx.spawn(server.into_actor(self).map(|ended, this, ctx| {
            if this.server.take().is_some() {
                let cause = ended.map_or_else(|error| error.to_string(), |()| "nobody stopped it".to_owned());
                ctx.exit(Exit::failed(format!("the server ended: {cause}")));
            }
        }));
    }

    fn stopping(&mut self, ctx: &mut Ctx<Self>) -> Running {
        let Some(server) = self.server.take() else { return Running::Stop };
        ctx.spawn(server.stop(true).into_actor(self).map(|(), _, ctx| ctx.stop()));
        Running::Continue
    }
}

supervised!(Http);

#[cfg(test)]
mod tests;
