//! A small farm of the real actors on one thread, for the tests of this crate.

use std::path::Path;
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use actix_web::HttpRequest;
use actix_web::http::Method;
use actix_web::http::header::HeaderMap;
use actix_web::test::{self, TestRequest};
use actix_web::web::{Bytes, Data};
use serde_json::{Value, json};
use shiftboss_axeos::Mac;
use shiftboss_farm::device::Polling;
use shiftboss_farm::discovery::DiscoveryConfig;
use shiftboss_farm::record::{Found, Observation};
use shiftboss_farm::router::{Imprint, Policy};
use shiftboss_farm::store::Database;
use shiftboss_farm::testkit::{Answer as DeviceAnswer, Disk, Net};
use shiftboss_farm::{Clock, Farm, FarmConfig, wire};
use shiftboss_kernel::{PoolSpec, Strategy, SupervisorSpec, Tree, Watchdog, WatchdogConfig};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::api::tree::Lookout;
use crate::api::{Api, app, openapi};

/// 2027-01-15T08:00:00Z.
pub(crate) const START_MS: u64 = 1_800_000_000_000;

pub(crate) const INTERVAL: Duration = Duration::from_secs(5);

/// How often what is watched beats; on the clock of the system.
pub(crate) const BEAT: Duration = Duration::from_millis(10);

/// A running farm without its HTTP server, and the way to ask its routes.
pub(crate) struct Bench {
    pub(crate) api: Api,
    pub(crate) net: Net,
    pub(crate) tree: Tree,
    _folder: TempDir,
}

impl Bench {
    /// On a clock that turns only while all actors rest.
    pub(crate) async fn new() -> Self {
        tokio::time::pause();
        Self::start(None).await
    }

    /// With its database on this disk.
    pub(crate) async fn on(disk: &Disk) -> Self {
        tokio::time::pause();
        Self::over(disk.database().unwrap(), tempfile::tempdir().unwrap(), None).await
    }

    /// With a discovery service that has found these devices, and has been asked for them.
    pub(crate) async fn discovered(found: &Value) -> Self {
        let bench = Self::start(Some(service(found).await)).await;
        let answer = bench.get("/devices/discover").await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        // Not before: a socket takes real time.
        tokio::time::pause();
        bench
    }

    /// On the clock of the system, as sockets need it.
    pub(crate) async fn on_real_time() -> Self {
        Self::start(None).await
    }

    async fn start(service_url: Option<String>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let database = Database::open(&folder.path().join("farm.redb")).unwrap();
        Self::over(database, folder, service_url).await
    }

    async fn over(database: Database, folder: TempDir, service_url: Option<String>) -> Self {
        let net = Net::default();
        let wired = wire(farm_config(&net, service_url), database).unwrap();
        let children = wired.children.into_iter();
        let spec = children.fold(SupervisorSpec::new(Strategy::RestForOne), SupervisorSpec::child);
        let api = api(wired.farm, folder.path());
        let tree = Tree::start("controller", spec).await.unwrap();
        api.lookout.open(&tree);
        Self { api, net, tree, _folder: folder }
    }

    /// Imprints a device that answers as `info` says, under the address `10.0.0.1:<last>`.
    pub(crate) async fn imprint(&self, last: u8, info: &Value) -> Mac {
        let found = found(last, info);
        let mac = found.mac;
        self.net.answer(&found.address, DeviceAnswer::Body(info.to_string()));
        self.api.farm.router.ask(Imprint(vec![found]), INTERVAL).await.unwrap().unwrap();
        mac
    }

    pub(crate) async fn listen(&self, macs: &[Mac]) {
        let answer = self.put("/devices/listen", &json!({"macs": macs})).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
    }

    /// Lets so many polls of every device pass, on a clock that turns only while all actors rest.
    pub(crate) async fn polls(&self, count: u32) {
        tokio::time::sleep(INTERVAL * count).await;
    }

    /// Ends all actors for good.
    pub(crate) async fn fell(self) -> Api {
        let Self { api, mut tree, .. } = self;
        tree.shutdown();
        tree.ended().await;
        api
    }

    pub(crate) async fn get(&self, uri: &str) -> Answer {
        self.call(TestRequest::get().uri(uri)).await
    }

    pub(crate) async fn put(&self, uri: &str, body: &Value) -> Answer {
        self.call(TestRequest::put().uri(uri).set_json(body)).await
    }

    pub(crate) async fn post(&self, uri: &str) -> Answer {
        self.call(TestRequest::post().uri(uri)).await
    }

    pub(crate) async fn call(&self, request: TestRequest) -> Answer {
        call(&self.api, request).await
    }
}

/// Asks a route of an application that was never asked before. The answer must be one that the document tells.
pub(crate) async fn call(api: &Api, request: TestRequest) -> Answer {
    let app = test::init_service(app(Data::new(api.clone()))).await;
    let response = test::call_service(&app, request.to_request()).await;
    let told =
        is_documented(response.request(), response.status().as_u16(), content_type(response.headers()));
    assert!(told, "{:?}: {:?} is not documented", response.request(), response.response());
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    let answer = Answer { status, headers, body: test::read_body(response).await };
    let told = answer.body.windows(SECRET.len()).any(|part| part == SECRET.as_bytes());
    assert!(!told, "an answer tells a password");
    answer
}

fn content_type(headers: &HeaderMap) -> &str {
    headers.get("content-type").map_or("", |value| value.to_str().unwrap())
}

/// Whether the document has this answer. What no route answers, or a route to another method, it need not have.
fn is_documented(request: &HttpRequest, status: u16, content_type: &str) -> bool {
    static DOCUMENT: LazyLock<Value> = LazyLock::new(|| serde_json::to_value(openapi::all()).unwrap());
    let Some(path) = request.match_pattern() else { return status == 404 };
    let method = if *request.method() == Method::HEAD { Method::GET } else { request.method().clone() };
    let operation = &DOCUMENT["paths"][path][method.as_str().to_lowercase()];
    let answers = &operation["responses"];
    let answer = answers.get(status.to_string()).unwrap_or(&answers["default"]);
    status == 405 && operation.is_null() || answer["content"].get(content_type).is_some()
}

fn api(farm: Farm, folder: &Path) -> Api {
    let config = WatchdogConfig { beat: BEAT, limit: None };
    Api {
        backups: folder.join("backups"),
        farm,
        lookout: Lookout::default(),
        body_limit_bytes: 4096,
        compat_metrics: true,
        watchdog: Watchdog::start(config, |_, _| {}).unwrap(),
        stale_after: 10 * BEAT,
    }
}

fn farm_config(net: &Net, service_url: Option<String>) -> FarmConfig {
    let body_limit_bytes = 65_536;
    FarmConfig {
        polling: Polling { interval: INTERVAL, timeout: INTERVAL, backoff_max: INTERVAL, body_limit_bytes },
        discovery: DiscoveryConfig {
            listing_url: None,
            service_url,
            timeout: INTERVAL,
            concurrency: 4,
            body_limit_bytes,
        },
        policy: Policy { auto_listen: false, delete_data: false },
        arbiters: 0,
        pools: PoolSpec::default(),
        flush_interval: INTERVAL,
        connect: net.connect(),
        clock: Clock::tokio(START_MS),
    }
}

pub(crate) fn mac(last: u8) -> Mac {
    Mac([0xaa, 0xbb, 0xcc, 0, 0, last])
}

pub(crate) fn found(last: u8, info: &Value) -> Found {
    let seen = Observation::parse(info.to_string().as_bytes(), START_MS).unwrap();
    Found { mac: mac(last), address: format!("10.0.0.1:{last}"), seen: Arc::new(seen) }
}

/// The password of every device, which no answer may tell.
const SECRET: &str = "hunter2";

/// What a miner says.
pub(crate) fn info(hostname: &str) -> Value {
    json!({"ASICModel": "BM1368", "hostname": hostname, "version": "v2.1.8", "power": 14, "voltage": 5000,
        "hashRate": 700, "temp": 55.5, "sharesAccepted": 10, "sharesRejected": 0, "stratumURL": "solo.ckpool.org",
        "stratumPort": 3333, "stratumPassword": SECRET, "wifiPass": SECRET})
}

/// A discovery service of the Node.js system that has found these devices; its address.
async fn service(found: &Value) -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let body = found.to_string();
    let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\nconnection: close\r\n\r\n", body.len());
    actix_rt::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut request = [0; 1024];
            let _ = stream.read(&mut request).await.unwrap();
            stream.write_all((head.clone() + &body).as_bytes()).await.unwrap();
        }
    });
    url
}

/// What came back.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Answer {
    pub(crate) fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }

    /// The body, which must be JSON by its name and by itself.
    pub(crate) fn json(&self) -> Value {
        let kinds = ["application/json", "application/problem+json"];
        assert!(kinds.contains(&self.header("content-type")), "{}", self.text());
        serde_json::from_slice(&self.body).unwrap()
    }

    /// The line of a refusal, which must be fit to be shown; the whole must have the form of all refusals.
    pub(crate) fn error(&self) -> String {
        let refusal = self.json();
        assert_eq!((&refusal["status"], &refusal["type"]), (&json!(self.status), &json!("about:blank")));
        assert!(refusal["title"].is_string() && refusal["detail"].is_string(), "{refusal}");
        assert_eq!(refusal["errors"].is_array(), self.status == 400, "{refusal}");
        let error = refusal["error"].as_str().unwrap().to_owned();
        let is_inside = |word: &str| word.starts_with('/') || word.contains(".rs");
        let tells_inside = error.split(' ').any(is_inside) && !error.starts_with("nothing is served at");
        assert!(!error.is_empty() && !error.contains('\n') && !tells_inside, "{error}");
        error
    }

    /// What the Node.js system says of a refusal, whatever its reason.
    pub(crate) fn words(&self) -> String {
        self.json()["error"].as_str().unwrap().to_owned()
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }
}
