//! `/rollouts`: settings for many devices, some at one time; begun here or with a preset.

use std::sync::Arc;
use std::time::Duration;

use actix_web::http::header::{HeaderName, LOCATION};
use actix_web::{HttpRequest, HttpResponse, web};
use serde_json::{Map, Value, json};
use shiftboss_axeos::Mac;
use shiftboss_axeos::command::Changes;
use shiftboss_farm::command::Configure;
use shiftboss_farm::rollout::{
    CancelRollout, ListRollouts, LookRollout, Progress, RolloutError, RolloutId, StartRollout,
};
use tokio::time::{Instant, sleep};
use utoipa::ToSchema;

use crate::api::endpoint::Endpoint;
use crate::api::filter::Filter;
use crate::api::problem::{Flaw, Problem};
use crate::api::request::{Fields, NoQuery};
use crate::api::{ANSWER_WITHIN, Api, imprint, origin, schema};

mod shown;

use shown::{Rollout, example};

const PREFER: HeaderName = HeaderName::from_static("prefer");

/// The longest that a client may wait for the end of a rollout; then it looks again itself.
const WAIT_AT_MOST: Duration = Duration::from_secs(60);

/// How often is looked for the end while a client waits.
const LOOK_EVERY: Duration = Duration::from_millis(100);

pub(super) fn endpoints() -> Vec<Endpoint> {
    let one = |endpoint: Endpoint| {
        endpoint
            .at("id", "The id of the rollout.", schema::uuid())
            .asks_nothing()
            .refuses(404, "No such rollout; those that ended are remembered for an hour.")
            .waits()
    };
    vec![
        Endpoint::get("/rollouts", list, "Rollouts that run or ended within the hour")
            .asks_nothing()
            .answers::<Vec<Rollout<'static>>>("Those, the latest first.", json!([example()]))
            .waits(),
        begins(Endpoint::post("/rollouts", start, "Gives settings to many devices"))
            .reads::<Start>(json!({"settings": {"frequency": 525}, "macs": ["aa:bb:cc:dd:ee:05"]})),
        one(Endpoint::get("/rollouts/{id}", look, "How a rollout stands"))
            .answers::<Rollout<'static>>("The rollout.", example()),
        one(Endpoint::delete("/rollouts/{id}", cancel, "Cancels a rollout"))
            .about("No more devices are begun; those that are begun are done. One that has ended stays as it is.")
            .answers::<Rollout<'static>>("The rollout.", example()),
    ]
}

/// What all routes have that begin a rollout.
pub(super) fn begins(endpoint: Endpoint) -> Endpoint {
    endpoint
        .about(
            "With the header `Prefer: wait=10` the answer comes when it has ended, and after so many seconds at the \
             latest. `Location` names the rollout.",
        )
        .asks_nothing()
        .header("Prefer", "`wait=` and the seconds, 60 at the most, for which the end is awaited.")
        .answers_with::<Rollout<'static>>(200, "It has ended.", example())
        .answers_with::<Rollout<'static>>(202, "It has begun.", example())
        .refuses(403, "A page of another site made a browser send it.")
        .refuses(404, "None of the devices is imprinted.")
        .waits()
}

/// Whom a rollout is for.
#[derive(ToSchema)]
pub(super) struct Targets {
    /// Their MAC addresses.
    #[schema(schema_with = schema::macs, required = false)]
    macs: Option<Vec<Mac>>,
    /// In place of `macs`: all devices that the list shows for this search. An empty text is all of them.
    #[schema(nullable = false)]
    q: Option<String>,
    /// Also a frequency or core voltage that an ASIC is not known to bear.
    #[schema(required = false, default = false)]
    pub(super) force: bool,
}

impl Targets {
    pub(super) fn read(fields: &Fields) -> Result<Self, Problem> {
        let macs = if fields.has("macs") { Some(fields.macs("macs")?.into_iter().collect()) } else { None };
        let q = if fields.has("q") { Some(fields.text("q")?.to_owned()) } else { None };
        Ok(Self { macs, q, force: fields.flag("force")? })
    }

    /// Those of them that are imprinted.
    pub(super) async fn find(self, api: &Api) -> Result<Vec<Mac>, Problem> {
        let known = match (self.macs, self.q) {
            (Some(macs), None) => {
                let macs = macs.into_iter().collect();
                let known = imprint::views(api, &macs).await?;
                if known.is_empty() && !macs.is_empty() {
                    return Err(Problem::NoDevices(macs));
                }
                known
            }
            (None, Some(q)) => {
                let filter = Filter::new(&q);
                let mut known = imprint::all(api).await?;
                known.retain(|view| filter.accepts(view));
                known
            }
            _ => {
                let told = "name the devices, either by macs or by q, a search as in the list";
                return Err(Flaw::body(&[&"macs"], told).into());
            }
        };
        Ok(known.iter().map(|view| view.record.mac).collect())
    }
}

/// Settings for devices.
#[derive(ToSchema)]
struct Start {
    /// By their names.
    #[schema(schema_with = schema::only_settings)]
    settings: Map<String, Value>,
    #[schema(inline)]
    #[serde(flatten)]
    targets: Targets,
}

/// `POST /rollouts`.
async fn start(
    api: web::Data<Api>,
    http: HttpRequest,
    _: NoQuery,
    body: web::Payload,
) -> Result<HttpResponse, Problem> {
    origin::refuse_foreign(&http)?;
    const EXAMPLE: &str = r#"{"settings":{"frequency":525},"macs":["aa:bb:cc:dd:ee:05"]}"#;
    let fields = Fields::read(body, api.body_limit_bytes, EXAMPLE).await?;
    fields.only(&["settings", "macs", "q", "force"])?;
    let Start { settings, targets } =
        Start { settings: fields.object("settings")?, targets: Targets::read(&fields)? };
    let changes = Changes::parse(&settings).map_err(|error| Flaw::of_setting(&["settings"], &error))?;
    let configure = Configure { changes, force: targets.force, preset: None };
    begin(&api, &http, configure, targets.find(&api).await?).await
}

/// Begins a rollout, and answers when it has ended if the client prefers to wait.
pub(super) async fn begin(
    api: &Api,
    http: &HttpRequest,
    configure: Configure,
    macs: Vec<Mac>,
) -> Result<HttpResponse, Problem> {
    let wait = preferred_wait(http)?;
    let begun = api.farm.rollouts.ask(StartRollout { configure, macs }, ANSWER_WITHIN).await;
    let id = begun.map_err(Problem::refused("rollouts"))?.map_err(Problem::from)?;
    let until = Instant::now() + wait.unwrap_or_default();
    loop {
        let progress = find(api, LookRollout(id)).await?;
        let has_ended = progress.ended_ms.is_some();
        if has_ended || Instant::now() >= until {
            // Who does not wait is told that it has begun, however quick it was.
            let is_awaited = wait.is_some() && has_ended;
            let mut answer = if is_awaited { HttpResponse::Ok() } else { HttpResponse::Accepted() };
            answer.insert_header((LOCATION, format!("/rollouts/{id}")));
            return Ok(answer.json(Rollout::from(&*progress)));
        }
        sleep(LOOK_EVERY).await;
    }
}

/// The `wait` of a `Prefer` header (RFC 7240); other preferences are not ours.
fn preferred_wait(http: &HttpRequest) -> Result<Option<Duration>, Flaw> {
    let headers = http.headers().get_all(PREFER).filter_map(|value| value.to_str().ok());
    let mut waits = headers.flat_map(|value| value.split([',', ';'])).filter_map(|preference| {
        let (name, value) = preference.split_once('=')?;
        name.trim().eq_ignore_ascii_case("wait").then(|| value.trim().trim_matches('"'))
    });
    let Some(seconds) = waits.next() else { return Ok(None) };
    let told = || "Prefer: wait must be a whole number of seconds, such as wait=10";
    let seconds = seconds.parse::<u32>().map_err(|_| Flaw::parameter("Prefer", told()))?;
    Ok(Some(Duration::from_secs(seconds.into()).min(WAIT_AT_MOST)))
}

/// `GET /rollouts`.
async fn list(api: web::Data<Api>, _: NoQuery) -> Result<HttpResponse, Problem> {
    let known =
        api.farm.rollouts.ask(ListRollouts, ANSWER_WITHIN).await.map_err(Problem::refused("rollouts"))?;
    Ok(HttpResponse::Ok().json(known.iter().map(|progress| Rollout::from(&**progress)).collect::<Vec<_>>()))
}

/// `GET /rollouts/{id}`.
async fn look(api: web::Data<Api>, _: NoQuery, id: web::Path<String>) -> Result<HttpResponse, Problem> {
    let progress = find(&api, LookRollout(rollout_id(&id)?)).await?;
    Ok(HttpResponse::Ok().json(Rollout::from(&*progress)))
}

/// `DELETE /rollouts/{id}`.
async fn cancel(
    api: web::Data<Api>,
    http: HttpRequest,
    _: NoQuery,
    id: web::Path<String>,
) -> Result<HttpResponse, Problem> {
    origin::refuse_foreign(&http)?;
    let id = rollout_id(&id)?;
    let cancelled = api.farm.rollouts.ask(CancelRollout(id), ANSWER_WITHIN).await;
    let progress = cancelled.map_err(Problem::refused("rollouts"))?.ok_or(Problem::NoRollout(id))?;
    Ok(HttpResponse::Ok().json(Rollout::from(&*progress)))
}

fn rollout_id(text: &str) -> Result<RolloutId, Flaw> {
    text.parse()
        .map_err(|_| Flaw::parameter("id", "the path: this is no id of a rollout; /rollouts lists them"))
}

async fn find(api: &Api, look: LookRollout) -> Result<Arc<Progress>, Problem> {
    let known = api.farm.rollouts.ask(look, ANSWER_WITHIN).await.map_err(Problem::refused("rollouts"))?;
    known.ok_or(Problem::NoRollout(look.0))
}

impl From<RolloutError> for Problem {
    fn from(error: RolloutError) -> Self {
        let told = error.to_string();
        match error {
            RolloutError::NoDevices | RolloutError::TooMany { .. } => Flaw::body(&[&"macs"], told).into(),
            RolloutError::NoChanges => Flaw::body(&[&"settings"], told).into(),
            RolloutError::Busy(_) | RolloutError::NotStarted(_) => Self::Passing(told),
        }
    }
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    #[test]
    fn a_client_may_prefer_to_wait_and_not_for_ever() {
        for (headers, seconds) in [
            (&[][..], None),
            (&["wait=10"], Some(10)),
            (&["respond-async, Wait = \"7\"; x=1"], Some(7)),
            (&["return=minimal", "wait=3"], Some(3)),
            (&["wait=100000"], Some(60)),
            (&["waits=5", "nonsense"], None),
        ] {
            let request = headers
                .iter()
                .fold(TestRequest::post(), |request, value| request.append_header((PREFER, *value)));
            assert_eq!(
                preferred_wait(&request.to_http_request()).unwrap(),
                seconds.map(Duration::from_secs),
                "{headers:?}"
            );
        }
        let request = TestRequest::post().insert_header((PREFER, "wait=long")).to_http_request();
        assert!(preferred_wait(&request).unwrap_err().to_string().contains("whole number of seconds"));
    }
}
