//! `GET /tree`: every actor, what it does and how it fared.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use actix_web::http::header::ContentType;
use actix_web::{HttpResponse, web};
use serde::Deserialize;
use shiftboss_kernel::{Node, Observer};

use crate::api::problem::Problem;
use crate::api::{Api, request};

mod text;

/// The time that all branches have to answer; one that does not is shown without its children.
const SNAPSHOT_WITHIN: Duration = Duration::from_secs(2);

/// Where the tree is seen from, once it has started: the server is a part of the tree that it shows.
#[derive(Clone, Debug, Default)]
pub struct Lookout(Arc<OnceLock<Observer>>);

impl Lookout {
    /// Says that the tree has started. The first observer stays.
    pub fn open(&self, observer: Observer) {
        let _ = self.0.set(observer);
    }

    /// The observer of a tree that has started.
    pub fn get(&self) -> Option<&Observer> {
        self.0.get()
    }
}

/// How to show it.
#[derive(Deserialize)]
pub(super) struct Shown {
    #[serde(default)]
    format: String,
}

pub(super) async fn tree(api: web::Data<Api>, shown: web::Query<Shown>) -> Result<HttpResponse, Problem> {
    let show: fn(Node) -> HttpResponse = match shown.format.as_str() {
        "" | "json" => |root| HttpResponse::Ok().json(root),
        "text" => |root| HttpResponse::Ok().content_type(ContentType::plaintext()).body(text::render(&root)),
        other => {
            let other = request::excerpt(other);
            return Err(Problem::Bad(format!("format: {other:?} is not one; ask for json or text")));
        }
    };
    let observer = api.lookout.get().ok_or(Problem::Busy("tree"))?;
    Ok(show(observer.snapshot(SNAPSHOT_WITHIN).await))
}
