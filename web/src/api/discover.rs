//! `GET /devices/discover` looks for devices now; `GET /devices/discovered` tells what was ever found. Both are
//! served at the paths of the Node.js discovery service too.

use actix_web::{HttpResponse, web};
use serde::Deserialize;
use shiftboss_farm::discovery::{AnyOf, Discover, Meets, Recall, Wanted};
use shiftboss_farm::is_address;
use utoipa::IntoParams;

use crate::api::device::{self, Device};
use crate::api::endpoint::Endpoint;
use crate::api::problem::{Flaw, Problem};
use crate::api::{ANSWER_WITHIN, Api, SEARCH_WITHIN, request};

pub(super) fn endpoints() -> Vec<Endpoint> {
    let discover = |endpoint: Endpoint| {
        endpoint
            .about(
                "With `ip`, only that address is asked; else every source that the settings name. A device whose \
                 firmware does not say its MAC is found by `ip` and `mac` together.",
            )
            .asks::<Where>()
            .answers::<Vec<Device<'static>>>("What was found, the newest first.", device::example_found())
            .refuses(500, "A source of devices failed, or none is known; `details` says which and why.")
            .waits()
    };
    let discovered = |endpoint: Endpoint| {
        endpoint
            .about(
                "Each list matches when any of its items does, and a device must match all lists that have items. \
                 Upper and lower case are the same.",
            )
            .asks::<Sought>()
            .answers::<Vec<Device<'static>>>("What matches, the newest first.", device::example_found())
            .waits()
    };
    vec![
        discover(Endpoint::get("/devices/discover", self::discover, "Looks for devices now")),
        discovered(Endpoint::get("/devices/discovered", self::discovered, "Devices that were ever found")),
        discover(Endpoint::get("/discover", discover_alone, "`/devices/discover`, of the discovery service")),
        discovered(Endpoint::get(
            "/discovered",
            self::discovered,
            "`/devices/discovered`, of the discovery service",
        )),
    ]
}

/// Where to look; everywhere, when both are empty.
#[derive(Deserialize, IntoParams)]
struct Where {
    /// An address, with a port if it is not 80.
    #[serde(default)]
    #[param(required = false, example = "192.168.1.20")]
    ip: String,
    /// The only device wanted; also what a device at `ip` is called that does not say its MAC.
    #[serde(default)]
    #[param(required = false, example = "aa:bb:cc:dd:ee:05")]
    mac: String,
}

async fn discover(api: web::Data<Api>, wanted: web::Query<Where>) -> Result<HttpResponse, Problem> {
    let Where { ip, mac } = wanted.into_inner();
    let address = if ip.is_empty() { None } else { Some(address("ip", &ip)?) };
    let mac = request::mac("mac", &mac)?;
    let found = api.farm.discovery.ask(Discover { address, mac }, SEARCH_WITHIN).await;
    Ok(device::bare(found.map_err(Problem::refused("discovery"))??))
}

/// The discovery service has words of its own for a failure.
async fn discover_alone(api: web::Data<Api>, wanted: web::Query<Where>) -> Result<HttpResponse, Problem> {
    discover(api, wanted).await.map_err(|problem| match problem {
        Problem::Undone { cause, .. } => Problem::failed("Failed to discover devices", cause),
        other => other,
    })
}

/// Which of those that were found; all, when every list is empty.
#[derive(Deserialize, IntoParams)]
#[serde(rename_all = "camelCase", default)]
#[derive(Default)]
struct Sought {
    /// MAC addresses with commas between.
    #[param(required = false, example = "aa:bb,05")]
    macs: String,
    /// Addresses with commas between.
    #[param(required = false, example = "192.168.1.")]
    ips: String,
    /// Hostnames with commas between.
    #[param(required = false)]
    hostnames: String,
    /// `none` (an item is the MAC), `left` (the MAC ends with it), `right` (starts with it) or `both` (contains it).
    #[param(required = false, pattern = "^(none|left|right|both)$", default = "both")]
    partial_macs: String,
    /// The same for `ips`.
    #[param(required = false, pattern = "^(none|left|right|both)$", default = "both")]
    partial_ips: String,
    /// The same for `hostnames`.
    #[param(required = false, pattern = "^(none|left|right|both)$", default = "both")]
    partial_hostnames: String,
}

async fn discovered(api: web::Data<Api>, sought: web::Query<Sought>) -> Result<HttpResponse, Problem> {
    let wanted = sought.into_inner().read()?;
    let found = api.farm.discovery.ask(Recall(wanted), ANSWER_WITHIN).await;
    Ok(device::bare(found.map_err(Problem::refused("discovery"))?))
}

impl Sought {
    fn read(&self) -> Result<Wanted, Flaw> {
        let any_of = |items: &str, key, partial| Ok(AnyOf::new(items.split(','), meets(key, partial)?));
        Ok(Wanted {
            macs: any_of(&self.macs, "partialMacs", &self.partial_macs)?,
            addresses: any_of(&self.ips, "partialIps", &self.partial_ips)?,
            hostnames: any_of(&self.hostnames, "partialHostnames", &self.partial_hostnames)?,
        })
    }
}

/// The side that is left open is the one that is named.
fn meets(key: &'static str, partial: &str) -> Result<Meets, Flaw> {
    match partial {
        "none" => Ok(Meets::Whole),
        "left" => Ok(Meets::End),
        "right" => Ok(Meets::Start),
        "both" | "" => Ok(Meets::Part),
        other => {
            let told =
                format!("{key}: {:?} is not one; ask for none, left, right or both", request::excerpt(other));
            Err(Flaw::parameter(key, told))
        }
    }
}

/// `host` or `host:port`.
pub(super) fn address(key: &'static str, text: &str) -> Result<String, Flaw> {
    if is_address(text) {
        return Ok(text.to_owned());
    }
    let shown = request::excerpt(text);
    let told = format!("{key}: {shown:?} is not an address; write 192.168.1.20 or host:port");
    Err(Flaw::parameter(key, told))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_address_is_quoted_in_short() {
        assert_eq!(address("ip", "axe.lan:8001").unwrap(), "axe.lan:8001");
        for bad in ["http://axe", "a b", "10.0.0.300"] {
            let told = address("ip", bad).unwrap_err().to_string();
            assert!(told.starts_with("ip: \"") && told.contains("is not an address"), "{bad}: {told}");
        }
        assert!(address("ip", &"/".repeat(10_000)).unwrap_err().to_string().len() < 200);
    }

    #[test]
    fn the_way_to_match_is_named_by_the_side_that_is_left_open() {
        for (partial, expected) in [
            ("none", Meets::Whole),
            ("left", Meets::End),
            ("right", Meets::Start),
            ("both", Meets::Part),
            ("", Meets::Part),
        ] {
            assert_eq!(meets("partialMacs", partial).unwrap(), expected);
        }
        let told = meets("partialMacs", "Both").unwrap_err().to_string();
        assert_eq!(told, r#"partialMacs: "Both" is not one; ask for none, left, right or both"#);
    }
}
