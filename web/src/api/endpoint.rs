//! One method of one path: who serves it, and how it is described. The application and its OpenAPI document are both
//! made of these, so neither has a route that the other lacks.

use std::collections::BTreeMap;

use actix_web::http::{Method, StatusCode};
use actix_web::web::{self, ServiceConfig};
use actix_web::{FromRequest, Handler, HttpRequest, HttpResponse, Responder, Route, guard};
use serde_json::Value;
use utoipa::openapi::path::{OperationBuilder, ParameterBuilder, ParameterIn};
use utoipa::openapi::request_body::RequestBodyBuilder;
use utoipa::openapi::{ContentBuilder, Ref, RefOr, Required, ResponseBuilder, Schema};
use utoipa::{IntoParams, PartialSchema, ToSchema};

use crate::api::problem::{self, Problem, Refusal};
use crate::api::schema;

/// Schemas that the document has by name.
pub(super) type Schemas = Vec<(String, RefOr<Schema>)>;

/// When any request is refused with 400.
const UNUSABLE: &str = "Something in the request cannot be used; `errors` names it.";

/// A method of a path.
pub(crate) struct Endpoint {
    pub(super) path: &'static str,
    pub(super) method: Method,
    pub(super) operation: OperationBuilder,
    /// By status, or `default` for all others.
    pub(super) answers: BTreeMap<String, ResponseBuilder>,
    pub(super) schemas: Schemas,
    route: Route,
}

/// One constructor for each method.
macro_rules! constructors {
    ($($name:ident = $method:ident),*) => {$(
        pub(crate) fn $name<F, A>(path: &'static str, handler: F, summary: &str) -> Self
        where
            F: Handler<A, Output: Responder + 'static>,
            A: FromRequest + 'static,
        {
            Self::new(Method::$method, path, handler, summary)
        }
    )*};
}

impl Endpoint {
    // A GET is for whoever wants to read, be it the head only.
    constructors! { get = GET, put = PUT, post = POST, patch = PATCH, delete = DELETE }

    fn new<F, A>(method: Method, path: &'static str, handler: F, summary: &str) -> Self
    where
        F: Handler<A, Output: Responder + 'static>,
        A: FromRequest + 'static,
    {
        let route = match method {
            Method::GET => web::route().guard(guard::Any(guard::Get()).or(guard::Head())),
            _ => web::method(method.clone()),
        };
        let operation = OperationBuilder::new()
            .tag(tag(path))
            .operation_id(Some(operation_id(&method, path)))
            .summary(Some(summary));
        let (answers, schemas) = (BTreeMap::new(), Vec::new());
        let new = Self { path, method, operation, answers, schemas, route: route.to(handler) };
        new.refuses(406, "The client accepts no encoding that answers have.")
    }

    /// What else there is to say.
    pub(crate) fn about(mut self, text: &str) -> Self {
        self.operation = self.operation.description(Some(text));
        self
    }

    /// A part of the path, and what stands there; what is no right text there is that of nothing.
    pub(crate) fn at(mut self, name: &str, meaning: &str, schema: impl Into<RefOr<Schema>>) -> Self {
        let parameter = ParameterBuilder::new()
            .name(name)
            .parameter_in(ParameterIn::Path)
            .required(Required::True)
            .description(Some(meaning))
            .schema(Some(schema));
        self.operation = self.operation.parameter(parameter);
        self
    }

    /// The MAC address of a device, as a part of the path.
    pub(crate) fn at_mac(self) -> Self {
        self.at("mac", "The MAC address of the device.", schema::mac()).refuses(400, UNUSABLE)
    }

    /// A header that may be sent.
    pub(crate) fn header(mut self, name: &str, meaning: &str) -> Self {
        let parameter = ParameterBuilder::new()
            .name(name)
            .parameter_in(ParameterIn::Header)
            .required(Required::False)
            .description(Some(meaning))
            .schema(Some(String::schema()));
        self.operation = self.operation.parameter(parameter);
        self.refuses(400, UNUSABLE)
    }

    /// The keys of the query.
    pub(crate) fn asks<Q: IntoParams>(mut self) -> Self {
        for parameter in Q::into_params(|| Some(ParameterIn::Query)) {
            self.operation = self.operation.parameter(parameter);
        }
        self.refuses(400, UNUSABLE)
    }

    /// No query: a key of one is refused ([`NoQuery`](super::request::NoQuery)).
    pub(crate) fn asks_nothing(self) -> Self {
        self.refuses(400, UNUSABLE)
    }

    /// A body, whatever its content type says.
    pub(crate) fn reads<B: ToSchema>(self, example: Value) -> Self {
        self.body::<B>(example, Required::True)
    }

    /// A body that may be left out.
    pub(crate) fn may_read<B: ToSchema>(self, example: Value) -> Self {
        self.body::<B>(example, Required::False)
    }

    fn body<B: ToSchema>(mut self, example: Value, required: Required) -> Self {
        let content = ContentBuilder::new().schema(Some(self.inline::<B>())).example(Some(example));
        let body = RequestBodyBuilder::new()
            .content("application/json", content.build())
            .required(Some(required))
            .build();
        self.operation = self.operation.request_body(Some(body));
        self.refuses(400, UNUSABLE).refuses(413, "The body is longer than `web.body_limit_bytes`.")
    }

    /// What is answered when all went well.
    pub(crate) fn answers<T: ToSchema>(self, meaning: &str, example: Value) -> Self {
        self.answers_with::<T>(200, meaning, example)
    }

    /// An answer of its own for a status.
    pub(crate) fn answers_with<T: ToSchema>(mut self, status: u16, meaning: &str, example: Value) -> Self {
        let content = ContentBuilder::new().schema(Some(self.inline::<T>())).example(Some(example));
        self.answer(&status.to_string(), meaning, "application/json", content)
    }

    /// What is answered when all went well, as text; be it beside JSON.
    pub(crate) fn answers_text(self, meaning: &str, content_type: &str, example: &str) -> Self {
        let text = ContentBuilder::new().schema(Some(String::schema())).example(Some(example.into()));
        self.answer("200", meaning, content_type, text)
    }

    /// A refusal that this route knows beside those of all.
    pub(crate) fn refuses(self, status: u16, when: &str) -> Self {
        self.refusal(&status.to_string(), status, when)
    }

    /// A refusal with whatever status a device has given.
    pub(crate) fn passes_on(self, when: &str) -> Self {
        self.refusal("default", 400, when)
    }

    fn refusal(mut self, key: &str, status: u16, when: &str) -> Self {
        Refusal::schemas(&mut self.schemas);
        self.schemas.push((Refusal::name().into(), Refusal::schema()));
        let example = problem::example(StatusCode::from_u16(status).unwrap_or_default(), when);
        let schema = Ref::from_schema_name(Refusal::name());
        let content = ContentBuilder::new().schema(Some(schema)).example(Some(example));
        let content_type = problem::content_type(self.path);
        self.answer(key, when, content_type, content)
    }

    fn answer(mut self, key: &str, meaning: &str, content_type: &str, content: ContentBuilder) -> Self {
        let known = self.answers.remove(key).unwrap_or_default();
        let known = known.description(meaning).content(content_type, content.build());
        self.answers.insert(key.to_owned(), known);
        self
    }

    /// The refusals of an actor that cannot answer just now.
    pub(crate) fn waits(self) -> Self {
        self.refuses(503, "An actor is busy or restarting; `Retry-After` says when to try again.")
            .refuses(504, "An actor did not answer in time.")
    }

    /// A schema, with those that it refers to put where they are found.
    fn inline<T: ToSchema>(&mut self) -> RefOr<Schema> {
        T::schemas(&mut self.schemas);
        T::schema()
    }
}

/// The first word of a path, by which the document sorts.
fn tag(path: &'static str) -> &'static str {
    path.split('/').find(|part| !part.is_empty()).unwrap_or("root")
}

/// `get_devices_imprint_mac` for `GET /devices/imprint/{mac}`.
fn operation_id(method: &Method, path: &str) -> String {
    let words = path.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    std::iter::once(method.as_str()).chain(words).collect::<Vec<_>>().join("_").to_lowercase()
}

/// Gives each path its methods. One that a path does not have is refused with those that it has.
pub(super) fn serve(config: &mut ServiceConfig, mut endpoints: Vec<Endpoint>) {
    while let Some(path) = endpoints.first().map(|endpoint| endpoint.path) {
        let (here, others): (Vec<_>, Vec<_>) = endpoints.into_iter().partition(|one| one.path == path);
        endpoints = others;
        let allow = allow(&here);
        let resource = here.into_iter().fold(web::resource(path), |path, one| path.route(one.route));
        config.service(resource.default_service(web::to(move |request: HttpRequest| {
            let refusal = Problem::Method { method: request.method().clone(), allow: allow.clone() };
            std::future::ready(Err::<HttpResponse, _>(refusal))
        })));
    }
}

/// The methods of one path, as a client is told them.
fn allow(endpoints: &[Endpoint]) -> String {
    let mut methods = Vec::new();
    for endpoint in endpoints {
        methods.push(endpoint.method.as_str());
        if endpoint.method == Method::GET {
            methods.push("HEAD");
        }
    }
    methods.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_operation_is_called_by_its_method_and_the_words_of_its_path() {
        for (method, path, id) in [
            (Method::GET, "/devices/imprint/{mac}", "get_devices_imprint_mac"),
            (Method::POST, "/tree/{action}", "post_tree_action"),
            (Method::GET, "/openapi.json", "get_openapi_json"),
        ] {
            assert_eq!(operation_id(&method, path), id);
        }
        assert_eq!((tag("/devices/imprint"), tag("/")), ("devices", "root"));
    }
}
