//! `GET /tree`: every actor, what it does and how it fared.

use std::sync::{Arc, OnceLock};
use std::time::{Duration, SystemTime};

use actix_web::http::header::{self, Accept, ContentType, Header, VARY};
use actix_web::{HttpRequest, HttpResponse, web};
use serde_json::json;
use shiftboss_kernel::{Observer, Operator, Role, Tree};

use crate::api::Api;
use crate::api::endpoint::Endpoint;
use crate::api::problem::Problem;

mod order;
mod path;
mod survey;
#[cfg(test)]
mod testing;
mod text;
mod trouble;
mod wanted;

use survey::Shown;
use wanted::{Format, Query};

/// The time that all branches have to answer; one that does not is shown without its children.
const SNAPSHOT_WITHIN: Duration = Duration::from_secs(2);

/// Where the tree is seen and steered from, once it has started: the server is a part of the tree that it shows.
#[derive(Clone, Debug, Default)]
pub struct Lookout(Arc<OnceLock<(Observer, Operator)>>);

impl Lookout {
    /// Says that the tree has started. The first tree stays.
    pub fn open(&self, tree: &Tree) {
        let _ = self.0.set((tree.observer(), tree.operator()));
    }

    /// The observer of a tree that has started.
    pub fn get(&self) -> Option<&Observer> {
        self.0.get().map(|(observer, _)| observer)
    }

    /// The operator of a tree that has started.
    pub fn operator(&self) -> Option<&Operator> {
        self.0.get().map(|(_, operator)| operator)
    }
}

pub(super) fn endpoints() -> Vec<Endpoint> {
    let example = json!({"id": "store", "kind": "Store", "role": "worker", "phase": "running", "restarts": 0,
        "mailbox_depth": 1, "mailbox_capacity": 64, "messages_handled": 12, "busy_seconds": 0.002,
        "queue_wait_max_seconds": 0.001, "answers": true});
    vec![
        Endpoint::get("/tree", tree, "Every actor, what it does and how it fared")
            .about("docs/tree.md tells every field, and what counts as a problem.")
            .asks::<Query>()
            .answers::<Shown>("An actor, and those below it.", example)
            .answers_text("An actor, and those below it.", "text/plain; charset=utf-8", EXAMPLE)
            .refuses(404, "No such actor; `detail` names the part of the path that does not exist.")
            .refuses(409, "An actor above it is down.")
            .waits(),
        order::endpoint(),
    ]
}

/// A branch as text.
const EXAMPLE: &str = "  actor  kind   phase    restarts  mailbox  handled     busy  last exit
  store  Store  running         0     1/64       12  0.002 s
";

async fn tree(
    api: web::Data<Api>,
    http: HttpRequest,
    query: web::Query<Query>,
) -> Result<HttpResponse, Problem> {
    let wanted = query.into_inner().read(Accept::parse(&http).ok().as_ref())?;
    let observer = api.lookout.get().ok_or(Problem::Busy("tree"))?;
    let root = observer.snapshot(SNAPSHOT_WITHIN).await;
    let actor = match wanted.path {
        Some(path) => path.find(root).map_err(Problem::NoActor)?,
        None => root,
    };
    let all_exits = wanted.all_exits.unwrap_or(actor.role == Role::Worker);
    let now_seconds =
        SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_secs_f64();
    let mut shown = Shown::of(actor, now_seconds, all_exits);
    if wanted.problems_first {
        shown.worst_first();
    }
    if let Some(levels) = wanted.depth {
        shown.cut(levels);
    }
    let mut answer = HttpResponse::Ok();
    answer.insert_header((VARY, header::ACCEPT.as_str()));
    Ok(match wanted.format {
        Format::Json => answer.json(shown),
        Format::Text => {
            answer.content_type(ContentType::plaintext()).body(text::render(&shown, now_seconds, all_exits))
        }
    })
}
