//! `/healthz` and `/readyz`: whether every arbiter turns, and whether the farm can do its work.

use std::time::Duration;

use actix_web::{HttpResponse, web};
use futures_util::future::join;
use serde_json::json;
use shiftboss_axeos::Mac;
use shiftboss_farm::directory::Look;
use shiftboss_farm::router::Imprint;
use shiftboss_kernel::Pulse;

use crate::api::Api;

/// Who asks wants to know now.
const READY_WITHIN: Duration = Duration::from_secs(2);

/// No device has it; nobody looks whether one has.
const NOBODY: Mac = Mac([0; 6]);

/// `GET /healthz`: names the arbiters that do not turn.
pub(super) async fn healthz(api: web::Data<Api>) -> HttpResponse {
    let mut pulses = api.watchdog.pulses();
    pulses.retain(|pulse| pulse.silent_for >= api.stale_after);
    if pulses.is_empty() {
        return HttpResponse::Ok().json(json!({"status": "ok"}));
    }
    let shown =
        |pulse: &Pulse| json!({"arbiter": pulse.arbiter, "silent_seconds": pulse.silent_for.as_secs()});
    let stuck: Vec<_> = pulses.iter().map(shown).collect();
    HttpResponse::ServiceUnavailable().json(json!({"status": "stuck", "arbiters": stuck}))
}

/// `GET /readyz`: whether the tree has started, and directory, router and store answer.
///
/// To imprint nothing changes nothing, and goes the whole way from the router to the store and back.
pub(super) async fn readyz(api: web::Data<Api>) -> HttpResponse {
    let unready = |status: &str| HttpResponse::ServiceUnavailable().json(json!({"status": status}));
    if api.lookout.get().is_none() {
        return unready("starting");
    }
    let looked = api.farm.directory.ask(Look(NOBODY), READY_WITHIN);
    let imprinted = api.farm.router.ask(Imprint(Vec::new()), READY_WITHIN);
    match join(looked, imprinted).await {
        (Ok(_), Ok(Ok(_))) => HttpResponse::Ok().json(json!({"status": "ready"})),
        (Err(_), _) => unready("the directory does not answer"),
        (_, Err(_)) => unready("the router does not answer"),
        (_, Ok(Err(_))) => unready("the store does not answer"),
    }
}
