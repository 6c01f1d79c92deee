//! The body of a refusal: one form for all routes. `error`, `message`, `data` and `details` are for clients of the
//! Node.js system, the others are those of RFC 9457.

use std::borrow::Cow;

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::StatusCode;
use actix_web::http::header::{CONTENT_TYPE, HeaderValue};
use actix_web::middleware::Next;
use serde::Serialize;
use serde_json::{Value, json};
use utoipa::ToSchema;

use crate::api::problem::{Flaw, Problem};

/// What a route of ours refuses with.
const PROBLEM_JSON: &str = "application/problem+json";

/// What a route of the Node.js system refuses with.
const JSON: &str = "application/json";

/// The paths of the Node.js system begin with one of these.
const NODE: [&str; 4] = ["/devices", "/discover", "/presets", "/metrics"];

/// A refusal.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::api) struct Refusal<'a> {
    /// One line for people: the Node.js system's where it has one, else `detail`.
    error: Cow<'a, str>,
    /// What the Node.js system says beside, or in place of, `error`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    message: Option<&'a str>,
    /// Null, where the Node.js system says so.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    data: Option<()>,
    /// What was behind it, where `error` is the Node.js system's.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    details: Option<&'a str>,
    /// `about:blank`: the status says what kind it is.
    r#type: &'static str,
    /// The status in words.
    title: &'a str,
    /// The status.
    status: u16,
    /// One line that names the thing, what is wrong with it and what to do.
    detail: Cow<'a, str>,
    /// What of the request cannot be used; absent when it is nothing of it.
    #[serde(skip_serializing_if = "<[Flaw]>::is_empty")]
    #[schema(value_type = Vec<Flaw>)]
    errors: &'a [Flaw],
}

impl<'a> Refusal<'a> {
    pub(super) fn new(problem: &'a Problem, status: StatusCode) -> Self {
        let (error, details) = (problem.to_string(), problem.details());
        let detail = details.map_or_else(|| Cow::Owned(error.clone()), Cow::Borrowed);
        Self {
            error: error.into(),
            message: problem.message(),
            data: problem.has_data().then_some(()),
            details,
            detail,
            errors: problem.flaws(),
            ..Self::plain(status, "")
        }
    }

    fn plain(status: StatusCode, line: &'a str) -> Self {
        Self {
            error: line.into(),
            message: None,
            data: None,
            details: None,
            r#type: "about:blank",
            title: status.canonical_reason().unwrap_or_default(),
            status: status.as_u16(),
            detail: line.into(),
            errors: &[],
        }
    }
}

/// What the document shows of a refusal.
pub(in crate::api) fn example(status: StatusCode, line: &str) -> Value {
    json!(Refusal::plain(status, line))
}

/// The content type of what a path refuses with. A client of the Node.js system may look for plain JSON.
pub(in crate::api) fn content_type(path: &str) -> &'static str {
    if NODE.iter().any(|node| path.starts_with(node)) { JSON } else { PROBLEM_JSON }
}

/// Gives each refusal the content type of its path.
pub(in crate::api) async fn labelled<B: MessageBody>(
    request: ServiceRequest,
    next: Next<B>,
) -> actix_web::Result<ServiceResponse<B>> {
    let mut answer = next.call(request).await?;
    let is_refusal = answer.response().error().is_some_and(|error| error.as_error::<Problem>().is_some());
    if is_refusal {
        let content_type = content_type(answer.request().path());
        answer.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    }
    Ok(answer)
}
