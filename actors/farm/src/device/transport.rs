//! The way to a device: a seam, so that a farm can be tested without a network.

use std::cell::RefCell;
use std::error::Error as _;
use std::io::ErrorKind;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use awc::error::{ConnectError, PayloadError, SendRequestError};
use awc::http::StatusCode;
use bytes::Bytes;
use futures_util::future::LocalBoxFuture;
use shiftboss_axeos::command::{Method, Request};

use super::life::Miss;

/// What a device answered to a command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply {
    /// Whatever status it has.
    pub status: u16,
    /// Empty if it was longer than anybody reads.
    pub body: Bytes,
}

/// Asks devices.
pub trait Transport: 'static {
    /// The body of `GET /api/system/info` at `address`, if it is no larger than `limit` bytes.
    /// May take for ever: the caller has the clock.
    fn get_info(&self, address: &str, limit: usize) -> LocalBoxFuture<'static, Result<Bytes, Miss>>;

    /// Sends a command to `address`. Of its answer at most `limit` bytes are read. Nothing of what is sent is told in
    /// a miss. May take for ever, as above.
    fn send(
        &self,
        address: &str,
        request: &Request,
        limit: usize,
    ) -> LocalBoxFuture<'static, Result<Reply, Miss>>;
}

/// Makes or finds the transport of the thread that it is called on.
pub type Connect = Arc<dyn Fn() -> Rc<dyn Transport> + Send + Sync>;

/// HTTP over awc, one client a thread.
///
/// A connection a poll: devices have few sockets, and old firmware never closes an idle one. Redirects are not
/// followed: ESP-Miner before 2.9.0 answers an unknown path with a redirect to its web page.
pub struct Http {
    client: awc::Client,
}

/// Far longer than any poll may take: the caller's clock comes first.
const CONNECT_WITHIN: Duration = Duration::from_secs(60);

impl Http {
    fn new() -> Self {
        let connector = awc::Connector::new().limit(0).timeout(CONNECT_WITHIN);
        let client =
            awc::Client::builder().connector(connector).disable_redirects().disable_timeout().finish();
        Self { client }
    }

    /// Finds the client of the calling thread.
    pub fn connect() -> Connect {
        thread_local! {
            static OWN: RefCell<Option<Rc<Http>>> = const { RefCell::new(None) };
        }
        Arc::new(|| OWN.with_borrow_mut(|own| Rc::clone(own.get_or_insert_with(|| Rc::new(Self::new())))))
    }
}

impl Transport for Http {
    fn get_info(&self, address: &str, limit: usize) -> LocalBoxFuture<'static, Result<Bytes, Miss>> {
        let asked = self.client.get(format!("http://{address}/api/system/info")).force_close().send();
        Box::pin(async move {
            let mut answer = asked.await.map_err(unsent)?;
            if answer.status() != StatusCode::OK {
                return Err(Miss::Status(answer.status().as_u16()));
            }
            answer.body().limit(limit).await.map_err(|error| match error {
                PayloadError::Overflow => Miss::TooLarge(limit),
                other => Miss::Broken(other.to_string()),
            })
        })
    }

    fn send(
        &self,
        address: &str,
        request: &Request,
        limit: usize,
    ) -> LocalBoxFuture<'static, Result<Reply, Miss>> {
        let method = match request.method {
            Method::Patch => awc::http::Method::PATCH,
            Method::Post => awc::http::Method::POST,
            Method::Put => awc::http::Method::PUT,
        };
        let to = self.client.request(method, format!("http://{address}{}", request.path)).force_close();
        let asked = match request.expose_body() {
            Some(body) => to.content_type("application/json").send_body(body),
            None => to.send_body(()),
        };
        Box::pin(async move {
            let mut answer = asked.await.map_err(unsent)?;
            let status = answer.status().as_u16();
            match answer.body().limit(limit).await {
                Ok(body) => Ok(Reply { status, body }),
                Err(PayloadError::Overflow) => Ok(Reply { status, body: Bytes::new() }),
                Err(other) => Err(Miss::Broken(other.to_string())),
            }
        })
    }
}

fn unsent(error: SendRequestError) -> Miss {
    match error {
        SendRequestError::Connect(ConnectError::Io(error)) => match error.kind() {
            ErrorKind::ConnectionReset | ErrorKind::ConnectionAborted => Miss::Broken(error.to_string()),
            _ => Miss::Unreachable(error.to_string()),
        },
        // The connection was there, and went before an answer came.
        SendRequestError::Connect(ConnectError::Disconnected) => Miss::Broken("it hung up".to_owned()),
        SendRequestError::Connect(error) => Miss::Unreachable(error.to_string()),
        SendRequestError::Url(error) => Miss::Unreachable(format!("its address is not one: {error}")),
        other => Miss::Broken(other.source().map_or_else(|| other.to_string(), ToString::to_string)),
    }
}
