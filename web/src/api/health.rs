//! `/healthz` and `/readyz`: whether every arbiter turns, and whether the farm can do its work.

use std::time::Duration;

use actix_web::{HttpResponse, web};
use futures_util::future::join;
use serde::Serialize;
use serde_json::json;
use shiftboss_axeos::Mac;
use shiftboss_farm::Error;
use shiftboss_farm::directory::Look;
use shiftboss_farm::router::Imprint;
use shiftboss_kernel::Pulse;
use utoipa::ToSchema;

use crate::api::Api;
use crate::api::endpoint::Endpoint;

/// Who asks wants to know now.
const READY_WITHIN: Duration = Duration::from_secs(2);

/// No device has it; nobody looks whether one has.
const NOBODY: Mac = Mac([0; 6]);

pub(super) fn endpoints() -> Vec<Endpoint> {
    let stuck = json!({"status": "stuck", "arbiters": [{"arbiter": "devices:0", "silent_seconds": 7}]});
    let full = json!({"status": "the store cannot write: no storage space; make room on its disk"});
    vec![
        Endpoint::get("/healthz", healthz, "Whether every thread of actors turns")
            .answers::<Health<'_>>("They do.", json!({"status": "ok"}))
            .answers_with::<Health<'_>>(503, "Some do not; `arbiters` names them.", stuck),
        Endpoint::get("/readyz", readyz, "Whether the farm can do its work")
            .answers::<Health<'_>>("It can.", json!({"status": "ready"}))
            .answers_with::<Health<'_>>(503, "It cannot; `status` says why.", full),
    ]
}

/// How the process does.
#[derive(Serialize, ToSchema)]
struct Health<'a> {
    /// `ok` or `ready`, or else what is wrong.
    status: &'a str,
    /// Threads that are stuck.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    arbiters: Vec<Stuck<'a>>,
}

/// A thread that does not turn.
#[derive(Serialize, ToSchema)]
struct Stuck<'a> {
    arbiter: &'a str,
    /// The time since it turned last.
    silent_seconds: u64,
}

impl<'a> From<&'a Pulse> for Stuck<'a> {
    fn from(pulse: &'a Pulse) -> Self {
        Self { arbiter: &pulse.arbiter, silent_seconds: pulse.silent_for.as_secs() }
    }
}

impl<'a> From<&'a str> for Health<'a> {
    fn from(status: &'a str) -> Self {
        Self { status, arbiters: Vec::new() }
    }
}

/// `GET /healthz`: names the arbiters that do not turn.
async fn healthz(api: web::Data<Api>) -> HttpResponse {
    let mut pulses = api.watchdog.pulses();
    pulses.retain(|pulse| pulse.silent_for >= api.stale_after);
    if pulses.is_empty() {
        return HttpResponse::Ok().json(Health::from("ok"));
    }
    let arbiters = pulses.iter().map(Stuck::from).collect();
    HttpResponse::ServiceUnavailable().json(Health { status: "stuck", arbiters })
}

/// `GET /readyz`: whether the tree has started, directory, router and store answer, and the store can write.
///
/// To imprint nothing changes nothing, and goes the whole way from the router to the store and back. A store whose last
/// write failed tries to write then.
async fn readyz(api: web::Data<Api>) -> HttpResponse {
    let unready = |status: &str| HttpResponse::ServiceUnavailable().json(Health::from(status));
    if api.lookout.get().is_none() {
        return unready("starting");
    }
    let looked = api.farm.directory.ask(Look(NOBODY), READY_WITHIN);
    let imprinted = api.farm.router.ask(Imprint(Vec::new()), READY_WITHIN);
    match join(looked, imprinted).await {
        (Ok(_), Ok(Ok(_))) => HttpResponse::Ok().json(Health::from("ready")),
        (Err(_), _) => unready("the directory does not answer"),
        (_, Err(_)) => unready("the router does not answer"),
        (_, Ok(Err(Error::Store(cause)))) => unready(&format!("the store cannot write: {cause}")),
        (_, Ok(Err(_))) => unready("the store does not answer"),
    }
}
