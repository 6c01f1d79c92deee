//! A small client: one connection a request, and answers that are looked at.

use std::time::Duration;

use serde_json::Value;

use super::PATIENCE;

pub(crate) struct Client {
    base: String,
    awc: awc::Client,
}

pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) content_type: String,
    pub(crate) body: String,
}

impl Answer {
    /// The body as JSON; panics unless the status is as expected.
    pub(crate) fn json(&self, status: u16) -> Value {
        assert_eq!(self.status, status, "{}", self.body);
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error} in {}", self.body))
    }
}

impl Client {
    pub(crate) fn new(base: &str) -> Self {
        let awc = awc::Client::builder().timeout(PATIENCE).disable_redirects().finish();
        Self { base: base.to_owned(), awc }
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.send("GET", path, Vec::new()).await
    }

    pub(crate) async fn put(&self, path: &str, body: &Value) -> Answer {
        self.send("PUT", path, body.to_string().into_bytes()).await
    }

    pub(crate) async fn delete(&self, path: &str) -> Answer {
        self.send("DELETE", path, Vec::new()).await
    }

    pub(crate) async fn send(&self, method: &str, path: &str, body: Vec<u8>) -> Answer {
        self.answer(method, path, body).await.unwrap_or_else(|error| panic!("{path}: {error}"))
    }

    /// None when there is nobody to answer, or not to the end.
    pub(crate) async fn try_send(&self, method: &str, path: &str, body: Vec<u8>) -> Option<Answer> {
        self.answer(method, path, body).await.ok()
    }

    async fn answer(&self, method: &str, path: &str, body: Vec<u8>) -> Result<Answer, String> {
        let method = method.parse::<awc::http::Method>().expect("a method");
        let request = self.awc.request(method, format!("{}{path}", self.base)).force_close();
        let request = request.insert_header(("Content-Type", "application/json"));
        let mut answer = request.send_body(body).await.map_err(|error| error.to_string())?;
        let body = answer.body().limit(64 << 20).await.map_err(|error| error.to_string())?;
        let content_type = answer.headers().get("content-type").and_then(|value| value.to_str().ok());
        Ok(Answer {
            status: answer.status().as_u16(),
            content_type: content_type.unwrap_or_default().to_owned(),
            body: String::from_utf8(body.to_vec()).expect("text"),
        })
    }

    pub(crate) async fn metrics(&self) -> Vec<String> {
        let answer = self.get("/metrics").await;
        assert_eq!(answer.status, 200);
        answer.body.lines().map(str::to_owned).collect()
    }

    /// Waits until a series without labels has this value.
    pub(crate) async fn until(&self, series: &str, value: f64) {
        let mut last = None;
        let shown = async {
            while last != Some(value) {
                actix_rt::time::sleep(Duration::from_millis(20)).await;
                last = self.metric(&format!("{series} ")).await;
            }
        };
        let shown = actix_rt::time::timeout(PATIENCE, shown).await;
        assert!(shown.is_ok(), "{series} is {last:?}, and not {value} within {PATIENCE:?}");
    }

    /// The value of the first series that starts with this.
    pub(crate) async fn metric(&self, series: &str) -> Option<f64> {
        let lines = self.metrics().await;
        lines.iter().find(|line| line.starts_with(series)).and_then(|line| value(line))
    }

    /// Waits until a device's view has this state.
    pub(crate) async fn until_state(&self, mac: &str, state: &str) -> Value {
        let reached = async {
            loop {
                let device = self.get(&format!("/devices/imprint/{mac}")).await.json(200)["data"].clone();
                if device["state"] == state {
                    return device;
                }
                actix_rt::time::sleep(Duration::from_millis(20)).await;
            }
        };
        let reached = actix_rt::time::timeout(PATIENCE, reached).await;
        reached.unwrap_or_else(|_| panic!("{mac} is not {state} within {PATIENCE:?}"))
    }
}

/// The value at the end of a line of `/metrics`.
pub(crate) fn value(line: &str) -> Option<f64> {
    line.rsplit(' ').next()?.parse().ok()
}
