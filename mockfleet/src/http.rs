//! What a miner answers over HTTP. Every answer but a log stream is the miner's own; nothing is kept here.

use std::cell::RefCell;
use std::rc::{Rc, Weak};
use std::time::Duration;

use actix::{Handler, Message};
use actix_http::{Method, StatusCode};
use actix_web::guard::{self, GuardContext};
use actix_web::http::header::UPGRADE;
use actix_web::web::{self, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse, ResponseError};
use shiftboss_kernel::{Refused, Tx};

use crate::draw::Draw;
use crate::error::Error;
use crate::logs;
use crate::miner::{Apply, Info, Miner, Restart, State};
use crate::patch::Patch;
use crate::server::{BODY_BYTES, HTML, HttpServer, JSON, Tag, answer};

/// The time that a miner has to answer; it takes microseconds, unless it is down.
const ANSWER_WITHIN: Duration = Duration::from_secs(2);

const UPDATED: &str = r#"{"message":"System info updated successfully"}"#;
const RESTARTS: &str = "<html><body><h1>System will restart shortly.</h1></body></html>";
const RESTARTING: &str =
    "<html><body><h1>Server is temporarily unavailable. Please try again later.</h1></body></html>";

/// Whom a connection is for.
#[derive(Clone)]
pub(crate) struct Line {
    pub(crate) miner: Tx<Miner>,
    /// What its log is drawn from, if it publishes one.
    pub(crate) log: Option<Draw>,
}

thread_local! {
    /// Kept by the miners of this thread, and gone with the last of them.
    static SERVER: RefCell<Weak<HttpServer<Line>>> = const { RefCell::new(Weak::new()) };
}

/// The service that all miners of this thread share.
pub(crate) fn server() -> Rc<HttpServer<Line>> {
    SERVER.with_borrow_mut(|shared| {
        shared.upgrade().unwrap_or_else(|| {
            let server = Rc::new(HttpServer::new(routes));
            *shared = Rc::downgrade(&server);
            server
        })
    })
}

fn routes(config: &mut ServiceConfig) {
    config
        .service(web::scope("").guard(guard::fn_guard(wants_log)).default_service(web::to(log)))
        .service(
            web::resource("/api/system/info")
                .route(web::get().to(info))
                .route(web::head().to(info))
                .default_service(web::to(nothing)),
        )
        .service(web::resource("/api/system").route(web::patch().to(patch)).default_service(web::to(nothing)))
        .service(
            web::resource("/api/system/restart")
                .route(web::post().to(restart))
                .default_service(web::to(nothing)),
        )
        .default_service(web::to(nothing));
}

type Answer = Result<HttpResponse, Error>;

async fn info(Tag(line): Tag<Line>) -> Answer {
    let body = line.ask(Info).await??;
    Ok(answer(StatusCode::OK, JSON).body(body))
}

async fn patch(Tag(line): Tag<Line>, body: Result<web::Bytes, actix_web::Error>) -> Answer {
    let patch = body.map_err(|error| unread(&error)).and_then(|body| Patch::parse(&body));
    match patch {
        Ok(patch) => line.ask(Apply(patch)).await??,
        Err(refusal) => return line.refuse(refusal).await,
    }
    Ok(answer(StatusCode::OK, JSON).body(UPDATED))
}

async fn restart(Tag(line): Tag<Line>) -> Answer {
    line.ask(Restart).await??;
    Ok(answer(StatusCode::OK, HTML).body(RESTARTS))
}

async fn nothing(Tag(line): Tag<Line>) -> Answer {
    line.refuse(Error::NotFound).await
}

async fn log(
    Tag(line): Tag<Line>,
    request: HttpRequest,
    body: web::Payload,
) -> Result<HttpResponse, actix_web::Error> {
    match line.log {
        Some(draw) => logs::stream(draw, &request, body),
        None => Ok(line.refuse(Error::NotFound).await?),
    }
}

fn wants_log(request: &GuardContext<'_>) -> bool {
    let head = request.head();
    let upgrade = head.headers().get(UPGRADE);
    head.method == Method::GET && upgrade.is_some_and(|to| to.as_bytes().eq_ignore_ascii_case(b"websocket"))
}

/// Why a body did not arrive.
pub(crate) fn unread(error: &actix_web::Error) -> Error {
    match error.as_response_error().status_code() {
        StatusCode::PAYLOAD_TOO_LARGE => Error::TooLong(BODY_BYTES),
        _ => Error::Unreadable,
    }
}

impl Line {
    async fn ask<M>(&self, message: M) -> Result<M::Result, Refused>
    where
        M: Message + Send + 'static,
        M::Result: Send,
        Miner: Handler<M>,
    {
        self.miner.ask(message, ANSWER_WITHIN).await
    }

    /// A miner that restarts says so, whatever else there is to say.
    async fn refuse(&self, refusal: Error) -> Answer {
        let state = self.ask(State).await?;
        Err(if state.restarting { Error::Restarting } else { refusal })
    }
}

impl ResponseError for Error {
    fn status_code(&self) -> StatusCode {
        match self {
            Self::Restarting
            | Self::Silent(_)
            | Self::Unbound { .. }
            | Self::NotStarted { .. }
            | Self::NotStopped { .. } => StatusCode::SERVICE_UNAVAILABLE,
            Self::NotAnObject(_) | Self::Unreadable | Self::NoOrder(_) | Self::NoFault(_) => {
                StatusCode::BAD_REQUEST
            }
            Self::NoPlace | Self::PlaceTaken(_) => StatusCode::CONFLICT,
            Self::TooLong(_) | Self::Full => StatusCode::PAYLOAD_TOO_LARGE,
            Self::NotFound | Self::NoMiner(_) => StatusCode::NOT_FOUND,
            Self::Unwritable(_) | Self::Spec(_) | Self::NoAddress(_) => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    fn error_response(&self) -> HttpResponse {
        match self {
            Self::Restarting | Self::Silent(_) => answer(self.status_code(), HTML).body(RESTARTING),
            _ => answer(self.status_code(), JSON).json(serde_json::json!({ "error": self.to_string() })),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::net::{IpAddr, Ipv4Addr};

    use super::*;
    use crate::faults::Kept;
    use crate::miner::Habits;

    #[actix_rt::test]
    async fn a_miner_that_does_not_answer_is_503_after_2_s() {
        tokio::time::pause();
        let habits = Habits { host: IpAddr::V4(Ipv4Addr::LOCALHOST), seed: 1, logs: false };
        let (miner, _never_started) = Miner::spec(0, 0, habits, Kept::default()).bind();
        let asked = tokio::time::Instant::now();
        let error = info(Tag(Line { miner, log: None })).await.expect_err("nobody is there");
        assert!(matches!(error, Error::Silent(Refused::Late)));
        assert_eq!(error.error_response().status(), StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(asked.elapsed().as_secs(), 2);
    }
}
