//! `POST /tree/{action}`: an operator terminates, restarts, parks or resumes one actor.

use actix_web::{HttpRequest, HttpResponse, web};
use serde::{Deserialize, Serialize};
use serde_json::json;
use shiftboss_kernel::Action;
use utoipa::{IntoParams, ToSchema};

use crate::api::endpoint::Endpoint;
use crate::api::problem::{Flaw, Problem};
use crate::api::request::{self, Fields, excerpt};
use crate::api::tree::path::ActorPath;
use crate::api::{Api, CHANGE_WITHIN, origin, schema};

/// The way to the actor that serves this API. Without it, or a supervisor above it, nobody could resume anything:
/// the branch on which the operator sits.
const SEAT: [&str; 2] = ["controller", "http"];

const EXAMPLE: &str = r#"{"path":"controller/devices/pool:0/device:aa:bb:cc:dd:ee:05"}"#;

pub(super) fn endpoint() -> Endpoint {
    let done = json!({"path": "controller/outside/discovery", "action": "restart", "status": "done"});
    Endpoint::post("/tree/{action}", order, "Terminates, restarts, parks or resumes an actor")
        .about("Answered when it is done: one that was stopped has ended, one that was started is starting.")
        .at("action", "What is to be done to it.", schema::text("park").pattern(Some("^[a-z]+$")).build())
        .asks::<Target>()
        .may_read::<Body>(json!({"path": "controller/devices/pool:0/device:aa:bb:cc:dd:ee:05"}))
        .answers::<Done<'static>>("It is done.", done)
        .refuses(403, "A page of another site made a browser send it.")
        .refuses(404, "No such action, or no such actor.")
        .refuses(409, "It makes no sense now, or would end what serves this API.")
        .waits()
}

/// Whom it is about, if the query says it and not the body.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
struct Target {
    /// The ids that lead to it, with slashes between; in place of the body.
    path: Option<String>,
}

/// Whom it is about.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
struct Body {
    /// The ids that lead to it, with slashes between.
    path: String,
}

/// What was done.
#[derive(Serialize, ToSchema)]
struct Done<'a> {
    path: &'a str,
    action: &'a str,
    /// Always `done`.
    status: &'a str,
}

async fn order(
    api: web::Data<Api>,
    http: HttpRequest,
    action: web::Path<String>,
    target: web::Query<Target>,
    body: web::Payload,
) -> Result<HttpResponse, Problem> {
    origin::refuse_foreign(&http)?;
    let action: Action = excerpt(&action).parse().map_err(Problem::NoAction)?;
    let body = request::bytes(body, api.body_limit_bytes).await?;
    let path = ActorPath::parse(target.into_inner().or_in(&body)?)?;
    if cuts_off(action, &path) {
        return Err(Problem::Seat { action, path: path.as_str().to_owned() });
    }
    let operator = api.lookout.operator().ok_or(Problem::Busy("tree"))?;
    let done = operator.order(path.as_str(), action, CHANGE_WITHIN).await;
    let (path, from) = (path.as_str(), http.peer_addr().map(|peer| peer.ip().to_string()));
    let from = from.unwrap_or_else(|| "somewhere".to_owned());
    match &done {
        Ok(()) => log::warn!("{path}: {action}, by an order from {from}"),
        Err(refusal) => log::info!("an order from {from} to {action} was refused: {refusal}"),
    }
    done.map_err(|why| Problem::NotDone { why })?;
    Ok(HttpResponse::Ok().json(Done { path, action: action.name(), status: "done" }))
}

impl Target {
    /// The path, be it in the query or in the body.
    fn or_in(self, body: &[u8]) -> Result<String, Problem> {
        let has_body = !body.trim_ascii().is_empty();
        match self.path {
            Some(_) if has_body => {
                let told = "path is given twice; say it in the query or in the body";
                Err(Flaw::parameter("path", told).into())
            }
            Some(path) => Ok(path),
            None if has_body => Ok(Body::read(&Fields::parse(body, EXAMPLE)?)?.path),
            None => {
                let told = format!("path is missing; send it in the query, or as {EXAMPLE}");
                Err(Flaw::parameter("path", told).into())
            }
        }
    }
}

impl Body {
    fn read(fields: &Fields) -> Result<Self, Flaw> {
        fields.only(&["path"])?;
        Ok(Self { path: fields.text("path")?.to_owned() })
    }
}

fn cuts_off(action: Action, path: &ActorPath) -> bool {
    matches!(action, Action::Terminate | Action::Park) && SEAT.starts_with(&path.ids())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_ends_the_server_or_what_it_runs_under_cuts_the_operator_off() {
        for (action, path, cuts) in [
            (Action::Terminate, "controller", true),
            (Action::Park, "controller/http", true),
            (Action::Restart, "controller/http", false),
            (Action::Resume, "controller", false),
            (Action::Terminate, "controller/store", false),
            (Action::Park, "controller/http/x", false),
            (Action::Park, "controllers", false),
            (Action::Terminate, "mockfleet", false),
        ] {
            assert_eq!(
                cuts_off(action, &ActorPath::parse(path.to_owned()).unwrap()),
                cuts,
                "{action} {path}"
            );
        }
    }
}
