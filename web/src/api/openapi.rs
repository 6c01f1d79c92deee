//! `GET /openapi.json`: what there is to ask, made from the routes themselves.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use actix_web::HttpResponse;
use actix_web::http::Method;
use actix_web::http::header::ContentType;
use actix_web::web::Bytes;
use serde_json::{Value, json};
use utoipa::openapi::path::{HttpMethod, PathItem, PathsBuilder};
use utoipa::openapi::{ComponentsBuilder, Info, License, OpenApi, OpenApiBuilder};

use crate::api::endpoint::Endpoint;

pub(super) fn endpoints() -> Vec<Endpoint> {
    vec![
        Endpoint::get("/openapi.json", openapi, "This document")
            .answers::<Value>("The OpenAPI 3.1 document of all routes.", json!({"openapi": "3.1.0"})),
    ]
}

/// The text is written once: it does not change while the process runs.
async fn openapi() -> HttpResponse {
    static TEXT: LazyLock<Bytes> = LazyLock::new(|| serde_json::to_vec(&all()).unwrap_or_default().into());
    HttpResponse::Ok().content_type(ContentType::json()).body(TEXT.clone())
}

/// The document of all routes.
pub(crate) fn all() -> OpenApi {
    document(super::endpoints())
}

fn document(endpoints: Vec<Endpoint>) -> OpenApi {
    let mut schemas = BTreeMap::new();
    let mut paths = BTreeMap::<_, PathItem>::new();
    for Endpoint { path, method, operation, answers, schemas: named, .. } in endpoints {
        schemas.extend(named);
        let operation = answers
            .into_iter()
            .fold(operation, |operation, (status, answer)| operation.response(status, answer));
        let item = PathItem::new(http_method(&method), operation);
        match paths.get_mut(path) {
            Some(known) => known.merge_operations(item),
            None => drop(paths.insert(path, item)),
        }
    }
    let info = Info::builder()
        .title("shiftboss")
        .version(env!("CARGO_PKG_VERSION"))
        .description(Some(ABOUT))
        .license(Some(
            License::builder().name("MIT OR Apache-2.0").identifier(Some("MIT OR Apache-2.0")).build(),
        ));
    let paths = paths.into_iter().fold(PathsBuilder::new(), |paths, (path, item)| paths.path(path, item));
    let components = ComponentsBuilder::new().schemas_from_iter(schemas).build();
    OpenApiBuilder::new().info(info.build()).paths(paths).components(Some(components)).build()
}

const ABOUT: &str = "The HTTP interface of the farm controller. Where a path is one of the Node.js system's, its \
    answers are as that system's clients know them; docs/compatibility.md tells each difference. `HEAD` works \
    wherever `GET` does. A refusal is JSON with `error`, one line for people, and the members of RFC 9457.";

/// Routes have no other methods: [`Endpoint`] makes none.
fn http_method(method: &Method) -> HttpMethod {
    match *method {
        Method::PUT => HttpMethod::Put,
        Method::POST => HttpMethod::Post,
        Method::PATCH => HttpMethod::Patch,
        Method::DELETE => HttpMethod::Delete,
        _ => HttpMethod::Get,
    }
}
