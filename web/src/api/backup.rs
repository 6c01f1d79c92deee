//! `POST /backup`: all that is stored, in one file below the data directory, while everything goes on.

use actix_web::{HttpRequest, HttpResponse, web};
use serde::Serialize;
use serde_json::json;
use shiftboss_farm::Clock;
use shiftboss_farm::store::BackUp;
use utoipa::ToSchema;

use crate::api::endpoint::Endpoint;
use crate::api::problem::{Flaw, Problem};
use crate::api::request::{self, Fields, NoQuery};
use crate::api::{Api, SEARCH_WITHIN, origin, schema};

const EXAMPLE: &str = r#"{"name":"before-upgrade"}"#;

/// The longest name that may be asked for.
const NAME_BYTES: usize = 100;

const ENDING: &str = ".redb";

pub(super) fn endpoint() -> Endpoint {
    let file = "/var/lib/shiftboss/backups/before-upgrade.redb";
    let done = json!({"name": "before-upgrade.redb", "bytes": 1_589_248, "file": file});
    Endpoint::post("/backup", back_up, "Backs all that is stored up to one file, while everything goes on")
        .about("Answered when the file is on the disk, in `backups` below the data directory.")
        .asks_nothing()
        .may_read::<Wanted>(json!({"name": "before-upgrade"}))
        .answers_with::<Done>(201, "It is on the disk.", done)
        .refuses(403, "A page of another site made a browser send it.")
        .refuses(409, "There is a backup of this name, or one is being written.")
        .waits()
}

/// What it is to be called; without a body, or a name in it, it is called after the time.
#[derive(Default, ToSchema)]
#[serde(deny_unknown_fields)]
struct Wanted {
    /// Letters, digits, dots, dashes and underscores, not beginning with a dot.
    #[schema(required = false, schema_with = schema::backup_name)]
    name: Option<String>,
}

/// What was written.
#[derive(Serialize, ToSchema)]
struct Done {
    name: String,
    bytes: u64,
    /// Where it is, as the controller sees it.
    file: String,
}

async fn back_up(
    api: web::Data<Api>,
    http: HttpRequest,
    _: NoQuery,
    body: web::Payload,
) -> Result<HttpResponse, Problem> {
    origin::refuse_foreign(&http)?;
    let body = request::bytes(body, api.body_limit_bytes).await?;
    let name = match Wanted::read(&body)?.name {
        Some(name) => checked(&name)?,
        None => format!("farm-{}{ENDING}", Clock::System.now_ms()),
    };
    let file = api.backups.join(&name);
    let bytes = api.farm.store.ask(BackUp(file.clone()), SEARCH_WITHIN).await;
    let bytes = bytes.map_err(Problem::refused("store"))??;
    log::info!("{} is a backup now, of {bytes} bytes", file.display());
    Ok(HttpResponse::Created().json(Done { name, bytes, file: file.display().to_string() }))
}

impl Wanted {
    fn read(body: &[u8]) -> Result<Self, Problem> {
        if body.trim_ascii().is_empty() {
            return Ok(Self::default());
        }
        let fields = Fields::parse(body, EXAMPLE)?;
        fields.only(&["name"])?;
        let name = fields.has("name").then(|| fields.text("name").map(str::to_owned)).transpose()?;
        Ok(Self { name })
    }
}

/// A name that leads to no other folder and hides from nobody.
fn checked(name: &str) -> Result<String, Flaw> {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_');
    if name.is_empty() || name.len() > NAME_BYTES || name.starts_with('.') || !name.bytes().all(is_plain) {
        let told = format!(
            "name must be 1 to {NAME_BYTES} letters, digits, dots, dashes and underscores, and not start with a dot"
        );
        return Err(Flaw::body(&[&"name"], told));
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
            assert_eq!(Wanted::read(body.as_bytes()).expect("good").name.as_deref(), name);
        }
        for body in ["[]", r#"{"name":1}"#, r#"{"path":"a"}"#, "x"] {
            assert!(Wanted::read(body.as_bytes()).is_err(), "{body}");
        }
    }
}
