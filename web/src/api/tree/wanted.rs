//! What a request wants to see of the tree. A refusal names the key.

use actix_web::http::header::Accept;
use actix_web::mime::Mime;
use serde::Deserialize;
use utoipa::IntoParams;

use crate::api::problem::{Flaw, Problem};
use crate::api::request::excerpt;
use crate::api::tree::path::ActorPath;

/// The query of `GET /tree`, as it was typed.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(default, deny_unknown_fields)]
pub(in crate::api) struct Query {
    /// `json` or `text`; without it, what the client likes best (`Accept`).
    #[param(pattern = "^(json|text)$")]
    format: Option<String>,
    /// `tree`, or `problems`: what has the worst problem comes before its siblings.
    #[param(pattern = "^(tree|problems)$")]
    order: Option<String>,
    /// The actor to begin with: the ids that lead to it, with slashes between.
    #[param(example = "controller/devices")]
    path: Option<String>,
    /// Levels below it that are shown; without it, all.
    #[param(value_type = Option<u16>)]
    depth: Option<String>,
    /// `last` or `all`: how much is told of how each actor ended.
    #[param(pattern = "^(last|all)$")]
    exits: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Format {
    Json,
    Text,
}

/// The view that is wanted.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Wanted {
    pub(super) format: Format,
    pub(super) problems_first: bool,
    /// The actor to begin with; none for the top.
    pub(super) path: Option<ActorPath>,
    /// Levels below it; none for all.
    pub(super) depth: Option<usize>,
    /// Whether all exits that are remembered are told, or the last one; none for all of a single worker.
    pub(super) all_exits: Option<bool>,
}

impl Query {
    /// What it means, for a client that accepts these answers.
    pub(super) fn read(self, accept: Option<&Accept>) -> Result<Wanted, Problem> {
        let format = choice("format", self.format, &[("json", Format::Json), ("text", Format::Text)])?;
        let order = choice("order", self.order, &[("tree", false), ("problems", true)])?;
        let all_exits = choice("exits", self.exits, &[("last", false), ("all", true)])?;
        Ok(Wanted {
            format: format.unwrap_or_else(|| Format::liked(accept)),
            problems_first: order.unwrap_or_default(),
            path: self.path.map(ActorPath::parse).transpose()?,
            depth: self.depth.as_deref().map(depth).transpose()?,
            all_exits,
        })
    }
}

fn choice<T: Copy>(key: &'static str, given: Option<String>, all: &[(&str, T)]) -> Result<Option<T>, Flaw> {
    let Some(given) = given.filter(|given| !given.is_empty()) else { return Ok(None) };
    let meant = all.iter().find(|(name, _)| *name == given).map(|(_, meant)| *meant);
    let refusal = || {
        let names: Vec<_> = all.iter().map(|(name, _)| *name).collect();
        let names = names.join(" or ");
        Flaw::parameter(key, format!("{key}: {:?} is not one; ask for {names}", excerpt(&given)))
    };
    Ok(Some(meant.ok_or_else(refusal)?))
}

fn depth(given: &str) -> Result<usize, Flaw> {
    let refusal = |_| format!("depth: {:?} is not a number of levels, such as 0 or 2", excerpt(given));
    given.parse().map_err(refusal).map_err(|told| Flaw::parameter("depth", told))
}

impl Format {
    /// What the client likes best; JSON unless it says that it is text.
    fn liked(accept: Option<&Accept>) -> Self {
        let known = |kind: &Mime| match (kind.type_().as_str(), kind.subtype().as_str()) {
            ("text", "plain") => Some(Self::Text),
            ("application", "json" | "*") | ("*", "*") => Some(Self::Json),
            _ => None,
        };
        let liked = accept.map(Accept::ranked).unwrap_or_default();
        liked.iter().find_map(known).unwrap_or(Self::Json)
    }
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::{ACCEPT, Header};
    use actix_web::test::TestRequest;
    use actix_web::web;

    use super::*;

    fn read(query: &str, accept: &str) -> Result<Wanted, Problem> {
        let request = TestRequest::default().insert_header((ACCEPT, accept)).to_http_request();
        let query = web::Query::<Query>::from_query(query).unwrap().into_inner();
        query.read(Accept::parse(&request).ok().as_ref())
    }

    #[test]
    fn without_a_word_it_is_the_whole_tree_as_json_in_its_order() {
        let whole =
            Wanted { format: Format::Json, problems_first: false, path: None, depth: None, all_exits: None };
        assert_eq!(read("", "").unwrap(), whole);
        assert_eq!(read("format=&order=&exits=", "").unwrap(), whole);
    }

    #[test]
    fn every_key_says_what_it_means() {
        let wanted = read("format=text&order=problems&path=a/b&depth=2&exits=all", "").unwrap();
        let expected = Wanted {
            format: Format::Text,
            problems_first: true,
            path: Some(ActorPath::parse("a/b".to_owned()).unwrap()),
            depth: Some(2),
            all_exits: Some(true),
        };
        assert_eq!(wanted, expected);
    }

    #[test]
    fn a_value_that_means_nothing_is_refused_with_its_key_and_what_there_is() {
        for (query, told) in [
            ("format=xml", r#"format: "xml" is not one; ask for json or text"#),
            ("order=worst", r#"order: "worst" is not one; ask for tree or problems"#),
            ("exits=2", r#"exits: "2" is not one; ask for last or all"#),
            ("depth=-1", r#"depth: "-1" is not a number of levels, such as 0 or 2"#),
            ("depth=", r#"depth: "" is not a number of levels, such as 0 or 2"#),
            (
                "path=",
                r#"path: "" is not a path; give the ids below the top of the tree with slashes between"#,
            ),
        ] {
            assert_eq!(read(query, "").unwrap_err().to_string(), told, "{query}");
        }
    }

    #[test]
    fn the_format_is_what_the_client_likes_best_unless_it_is_named() {
        for (accept, format) in [
            ("text/plain", Format::Text),
            ("text/plain;q=0.5,application/json;q=0.4", Format::Text),
            ("text/html,application/xhtml+xml,*/*;q=0.8", Format::Json),
            ("*/*", Format::Json),
            ("application/json,text/plain;q=0.9", Format::Json),
            ("nonsense", Format::Json),
        ] {
            assert_eq!(read("", accept).unwrap().format, format, "{accept}");
        }
        assert_eq!(read("format=json", "text/plain").unwrap().format, Format::Json);
    }
}
