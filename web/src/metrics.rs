//! `GET /metrics`: one immutable snapshot of all meters, written as text on the HTTP worker's own thread.
//!
//! What is said of devices are gauges, so that one text is valid as OpenMetrics 1.0 and as the older text format, where
//! units are comments. What is not known has no series, and a device that is gone has none at all.

use std::borrow::Cow;

use actix_web::http::header::{self, Accept, CONTENT_TYPE, Header, VARY};
use actix_web::{HttpRequest, HttpResponse, web};
use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, MetricEncoder, NoLabelSet, text};
use prometheus_client::registry::Registry;

use crate::api::problem::Problem;
use crate::api::{Api, Endpoint};

mod actors;
mod arbiters;
mod compat;
mod devices;
mod fleet;
mod gauges;
mod scrape;
mod store;

use fleet::Overview;
use scrape::Scrape;

/// About the text of one device under both sets of names, so that the whole grows into its place once.
const BYTES_PER_DEVICE: usize = 4 * 1024;

/// The route of the scrape.
pub(crate) fn endpoints() -> Vec<Endpoint> {
    let metrics = Endpoint::get("/metrics", metrics, "What devices and actors measure, for Prometheus")
        .about("As OpenMetrics 1.0 for a client that asks for it, else in the text format 0.0.4.")
        .answers_text("All series.", Format::Text.content_type(), EXAMPLE)
        .answers_text("All series.", Format::OpenMetrics.content_type(), &format!("{EXAMPLE}# EOF\n"))
        .refuses(500, "The text could not be written.");
    vec![metrics]
}

/// The beginning of a scrape.
const EXAMPLE: &str = "\
# HELP shiftboss_device_up Whether the device answers: 1 for online or stale, else 0.
# TYPE shiftboss_device_up gauge
shiftboss_device_up{mac=\"aa:bb:cc:dd:ee:05\",hostname=\"bitaxe\"} 1
";

/// Answers a scrape.
///
/// # Errors
/// None in practice: a text in memory takes what is written to it.
async fn metrics(api: web::Data<Api>, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let format = Format::wanted(Accept::parse(&request).ok().as_ref());
    let scrape = Scrape::take(&api.farm, &api.watchdog).await;
    let text = exposition(scrape, api.compat_metrics, format)
        .map_err(|_| Problem::failed("Failed to collect metrics", "they cannot be written as text"))?;
    let mut answer = HttpResponse::Ok();
    answer
        .insert_header((CONTENT_TYPE, format.content_type()))
        .insert_header((VARY, header::ACCEPT.as_str()));
    Ok(answer.body(text))
}

/// How the text is to be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Format {
    /// The text format of Prometheus.
    Text,
    /// OpenMetrics 1.0.
    OpenMetrics,
}

impl Format {
    /// What the client likes best; a client that says nothing we know gets the text format.
    fn wanted(accept: Option<&Accept>) -> Self {
        let liked = accept.map(Accept::ranked).unwrap_or_default();
        let known = |kind: &actix_web::mime::Mime| match (kind.type_().as_str(), kind.subtype().as_str()) {
            ("application", "openmetrics-text") => {
                let version = kind.get_param("version");
                version.is_none_or(|version| version == "1.0.0").then_some(Self::OpenMetrics)
            }
            ("text", "plain" | "*") | ("*", "*") => Some(Self::Text),
            _ => None,
        };
        liked.iter().find_map(known).unwrap_or(Self::Text)
    }

    /// The name of a family of counters, from that without `_total`.
    ///
    /// In OpenMetrics only the samples of a counter end in `_total`; in the older format its family is named like them.
    fn counter(self, name: &str) -> Cow<'_, str> {
        match self {
            Self::OpenMetrics => name.into(),
            Self::Text => format!("{name}_total").into(),
        }
    }

    fn count(self, counter: &mut MetricEncoder<'_>, count: u64) -> std::fmt::Result {
        match self {
            Self::OpenMetrics => counter.encode_counter::<NoLabelSet, _, u64>(&count, None),
            // A sample under the name of its family, as those of gauges are.
            Self::Text => counter.encode_gauge(&count),
        }
    }

    fn content_type(self) -> &'static str {
        match self {
            Self::Text => "text/plain; version=0.0.4; charset=utf-8",
            Self::OpenMetrics => "application/openmetrics-text; version=1.0.0; charset=utf-8",
        }
    }
}

/// All families of one scrape.
#[derive(Debug)]
struct Families {
    scrape: Scrape,
    compat: bool,
    format: Format,
}

impl Collector for Families {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> std::fmt::Result {
        let overview = Overview::of(&self.scrape);
        devices::encode(&self.scrape, &mut encoder)?;
        fleet::encode(&overview, self.scrape.meters_missing, &mut encoder)?;
        store::encode(self.scrape.store, self.format, &mut encoder)?;
        arbiters::encode(&self.scrape.pulses, &mut encoder)?;
        actors::encode(&self.scrape.kinds, self.format, &mut encoder)?;
        if self.compat {
            compat::encode(&self.scrape, &overview, &mut encoder)?;
        }
        Ok(())
    }
}

fn exposition(scrape: Scrape, compat: bool, format: Format) -> Result<String, std::fmt::Error> {
    let bytes = (scrape.devices.len() + 1) * BYTES_PER_DEVICE + scrape.kinds.len() * actors::BYTES_PER_KIND;
    let mut text = String::with_capacity(bytes);
    let mut registry = Registry::default();
    registry.register_collector(Box::new(Families { scrape, compat, format }));
    match format {
        Format::Text => text::encode_registry(&mut text, &registry)?,
        Format::OpenMetrics => text::encode(&mut text, &registry)?,
    }
    Ok(text)
}

#[cfg(test)]
mod tests;
