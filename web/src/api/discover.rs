//! `GET /devices/discover`: looks for devices now.

use actix_web::http::uri::Authority;
use actix_web::{HttpResponse, web};
use serde::Deserialize;
use shiftboss_farm::discovery::Discover;

use crate::api::device::Device;
use crate::api::problem::Problem;
use crate::api::{Api, SEARCH_WITHIN, request};

/// Where to look; everywhere, when both are empty.
#[derive(Deserialize)]
pub(super) struct Where {
    #[serde(default)]
    ip: String,
    #[serde(default)]
    mac: String,
}

pub(super) async fn discover(
    api: web::Data<Api>,
    wanted: web::Query<Where>,
) -> Result<HttpResponse, Problem> {
    let Where { ip, mac } = wanted.into_inner();
    let address = if ip.is_empty() { None } else { Some(address(ip)?) };
    let mac = if mac.is_empty() { None } else { Some(request::mac("mac", &mac)?) };
    let found = api.farm.discovery.ask(Discover { address, mac }, SEARCH_WITHIN).await;
    let found = found.map_err(Problem::refused("discovery"))??;
    Ok(HttpResponse::Ok().json(found.iter().map(Device::from).collect::<Vec<_>>()))
}

/// `host` or `host:port`, and nothing that would ask a device for something else.
fn address(ip: String) -> Result<String, Problem> {
    let is_good = ip.parse::<Authority>().is_ok_and(|address| match ip.strip_prefix(address.host()) {
        Some("") => true,
        Some(_) => address.port_u16().is_some_and(|port| port != 0),
        // A user stands before the host.
        None => false,
    });
    if is_good {
        return Ok(ip);
    }
    let ip = request::excerpt(&ip);
    Err(Problem::Bad(format!("ip: {ip:?} is not an address; write 192.168.1.20 or host:port")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_a_host_with_or_without_a_port() {
        for good in ["192.168.1.20", "127.0.0.1:8001", "axe.lan", "[fd00::1]", "[::1]:80"] {
            assert_eq!(address(good.to_owned()).unwrap(), good);
        }
    }

    #[test]
    fn an_address_cannot_carry_a_path_a_user_or_a_scheme() {
        for bad in
            ["http://axe", "axe/api", "axe?x", "axe#x", "u@axe", "a b", "axe:", "axe:0", "::1", "axe:99999"]
        {
            let told = address(bad.to_owned()).unwrap_err().to_string();
            assert!(told.starts_with("ip: \"") && told.contains("is not an address"), "{bad}: {told}");
        }
        assert!(address("/".repeat(10_000)).unwrap_err().to_string().len() < 200);
    }
}
