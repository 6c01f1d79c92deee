//! `/healthz` and `/readyz`: whether the process turns, and whether it can do its work.

use std::time::Duration;

use actix_web::{HttpResponse, web};
use futures_util::future::join;
use serde_json::json;
use shiftboss_axeos::Mac;
use shiftboss_farm::directory::Look;
use shiftboss_farm::router::Imprint;

use crate::api::Api;

/// Who asks wants to know now.
const READY_WITHIN: Duration = Duration::from_secs(2);

/// No device has it; nobody looks whether one has.
const NOBODY: Mac = Mac([0; 6]);

/// `GET /healthz`.
pub(super) async fn healthz() -> HttpResponse {
    HttpResponse::Ok().json(json!({"status": "ok"}))
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
