//! `shiftboss tree`: asks a running controller for its actors and prints them, or orders something of one of them.

use std::time::Duration;

use awc::http::StatusCode;
use awc::{Client, SendClientRequest};
use serde_json::{Value, json};
use shiftboss_kernel::Action;

use super::print;
use crate::cli::Tree;
use crate::fault::Fault;

/// The time that the controller has to answer: longer than it takes itself to carry out an order.
const WITHIN: Duration = Duration::from_secs(20);

/// The largest tree that is read: that of some hundred thousand actors.
const LIMIT_BYTES: usize = 64 << 20;

pub(super) fn run(flags: &Tree) -> Result<(), Fault> {
    let base = flags.url.trim_end_matches('/');
    let text = actix::System::new().block_on(async {
        match (flags.action, &flags.actor) {
            (Some(action), Some(actor)) => order(base, action, actor).await,
            _ => show(base, flags).await,
        }
    });
    print(&text?)
}

async fn show(base: &str, flags: &Tree) -> Result<String, Fault> {
    let url = format!("{base}/tree");
    let mut query = vec![("format", "text".to_owned())];
    query.extend(flags.problems.then(|| ("order", "problems".to_owned())));
    query.extend(flags.path.clone().map(|path| ("path", path)));
    query.extend(flags.depth.map(|depth| ("depth", depth.to_string())));
    query.extend(flags.exits.then(|| ("exits", "all".to_owned())));
    let request = client().get(&url).query(&query).map_err(|error| no_answer(&url, &error))?;
    answer(&url, request.send()).await
}

async fn order(base: &str, action: Action, actor: &str) -> Result<String, Fault> {
    let url = format!("{base}/tree/{action}");
    answer(&url, client().post(&url).send_json(&json!({"path": actor}))).await?;
    Ok(format!("{actor}: {action}: done\n"))
}

/// Posts a request, for a command that has no more to say.
pub(super) fn post(base: &str, path: &str, body: &Value) -> Result<String, Fault> {
    let url = format!("{}{path}", base.trim_end_matches('/'));
    actix::System::new().block_on(async { answer(&url, client().post(&url).send_json(body)).await })
}

fn client() -> Client {
    Client::builder().timeout(WITHIN).disable_redirects().finish()
}

/// The text of an answer, or what the controller says against it.
async fn answer(url: &str, request: SendClientRequest) -> Result<String, Fault> {
    let mut answer = request.await.map_err(|error| no_answer(url, &error))?;
    let body = answer.body().limit(LIMIT_BYTES).await.map_err(|error| no_answer(url, &error))?;
    let status = answer.status();
    if status.is_success() {
        return String::from_utf8(body.into()).map_err(|error| no_answer(url, &error));
    }
    match refusal(&body) {
        Some(reason) => Err(Fault::Refused { reason, passing: status == StatusCode::SERVICE_UNAVAILABLE }),
        None => Err(no_answer(url, &format!("status {}", status.as_u16()))),
    }
}

fn refusal(body: &[u8]) -> Option<String> {
    let body: Value = serde_json::from_slice(body).ok()?;
    Some(body.get("error")?.as_str()?.to_owned())
}

fn no_answer(url: &str, cause: &impl ToString) -> Fault {
    Fault::NoAnswer { url: url.to_owned(), cause: cause.to_string() }
}
