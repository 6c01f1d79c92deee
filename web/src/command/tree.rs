//! `shiftboss tree`: asks a running controller for its actors, and prints them.

use std::time::Duration;

use super::print;
use crate::fault::Fault;

/// The time that the controller has to answer.
const WITHIN: Duration = Duration::from_secs(10);

/// The largest tree that is read: that of some hundred thousand actors.
const LIMIT_BYTES: usize = 64 << 20;

pub(super) fn run(url: &str) -> Result<(), Fault> {
    let url = format!("{}/tree?format=text", url.trim_end_matches('/'));
    let text = actix::System::new().block_on(fetch(&url));
    print(&text.map_err(|cause| Fault::NoAnswer { url, cause })?)
}

async fn fetch(url: &str) -> Result<String, String> {
    let client = awc::Client::builder().timeout(WITHIN).disable_redirects().finish();
    let mut answer = client.get(url).send().await.map_err(|error| error.to_string())?;
    let body = answer.body().limit(LIMIT_BYTES).await.map_err(|error| error.to_string())?;
    if !answer.status().is_success() {
        return Err(format!("status {}", answer.status().as_u16()));
    }
    String::from_utf8(body.into()).map_err(|error| error.to_string())
}
