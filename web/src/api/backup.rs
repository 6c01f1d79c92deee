//! `POST /backup`: all that is stored, in one file below the data directory, while everything goes on.

use actix_web::{HttpRequest, HttpResponse, web};
use serde::Deserialize;
use serde_json::json;
use shiftboss_farm::Clock;
use shiftboss_farm::store::BackUp;

use crate::api::problem::Problem;
use crate::api::{Api, SEARCH_WITHIN, origin, request};

const EXAMPLE: &str = r#"{"name":"before-upgrade"}"#;

/// The longest name that may be asked for.
const NAME_BYTES: usize = 100;

const ENDING: &str = ".redb";

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Wanted {
    name: Option<String>,
}

/// Answers when the file is on the disk. Without a body, or a name in it, the file is called after the time.
pub(super) async fn back_up(
    api: web::Data<Api>,
    http: HttpRequest,
    body: web::Payload,
) -> Result<HttpResponse, Problem> {
    origin::refuse_foreign(&http)?;
    let body = request::bytes(body, api.body_limit_bytes).await?;
    let name = match wanted(&body)?.name {
        Some(name) => checked(&name)?,
        None => format!("farm-{}{ENDING}", Clock::System.now_ms()),
    };
    let file = api.backups.join(&name);
    let bytes = api.farm.store.ask(BackUp(file.clone()), SEARCH_WITHIN).await;
    let bytes = bytes.map_err(Problem::refused("store"))??;
    log::info!("{} is a backup now, of {bytes} bytes", file.display());
    Ok(HttpResponse::Created().json(json!({"name": name, "bytes": bytes, "file": file})))
}

fn wanted(body: &[u8]) -> Result<Wanted, Problem> {
    if body.trim_ascii().is_empty() {
        return Ok(Wanted::default());
    }
    serde_json::from_slice(body)
        .map_err(|_| Problem::Bad(format!("the body must be empty, or a JSON object such as {EXAMPLE}")))
}

/// A name that leads to no other folder and hides from nobody.
fn checked(name: &str) -> Result<String, Problem> {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_');
    if name.is_empty() || name.len() > NAME_BYTES || name.starts_with('.') || !name.bytes().all(is_plain) {
        return Err(Problem::Bad(format!(
            "name must be 1 to {NAME_BYTES} letters, digits, dots, dashes and underscores, and not start with a dot"
        )));
    }
    Ok(format!("{}{ENDING}", name.strip_suffix(ENDING).unwrap_or(name)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_leads_to_no_other_folder() {
        for name in ["", "../up", "a/b", r"a\b", ".hidden", "..", "a b", "nul\0", "ü", &"x".repeat(101)] {
            assert!(checked(name).is_err(), "{name:?}");
        }
        for name in ["before-upgrade", "before-upgrade.redb"] {
            assert_eq!(checked(name).expect("plain"), "before-upgrade.redb");
        }
    }

    #[test]
    fn a_body_is_optional_and_says_nothing_but_a_name() {
        for (body, name) in [("", None), (" ", None), ("{}", None), (r#"{"name":"a"}"#, Some("a"))] {
            assert_eq!(wanted(body.as_bytes()).expect("good").name.as_deref(), name);
        }
        for body in ["[]", r#"{"name":1}"#, r#"{"path":"a"}"#, "x"] {
            assert!(wanted(body.as_bytes()).is_err(), "{body}");
        }
    }
}
