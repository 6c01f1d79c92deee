//! Whether a request comes from the page of another site. A browser sends a plain POST wherever a page tells it to,
//! and there is nobody to log in here: what such a page wants done must not be done.

use actix_web::HttpRequest;
use actix_web::http::header::{HOST, HeaderName, ORIGIN};

use crate::api::problem::Problem;

const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// Refuses what a page of another site makes a browser send. Other clients than browsers say nothing of a site.
///
/// A browser tells whether it is the same site, at least to a server that is local or uses TLS; else it names the
/// page's own, which must then be the host that is asked.
pub(super) fn refuse_foreign(request: &HttpRequest) -> Result<(), Problem> {
    let header = |name| request.headers().get(name).map(|value| value.to_str().unwrap_or_default());
    let is_ours = match (header(SEC_FETCH_SITE), header(ORIGIN)) {
        (Some(site), _) => matches!(site, "same-origin" | "none"),
        (None, Some(origin)) => origin.split_once("://").map(|(_, host)| host) == header(HOST),
        (None, None) => true,
    };
    if is_ours { Ok(()) } else { Err(Problem::Foreign) }
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    fn is_served(headers: &[(&str, &str)]) -> bool {
        let request = TestRequest::post().insert_header((HOST, "farm:7776"));
        let request = headers.iter().fold(request, |request, header| request.insert_header(*header));
        refuse_foreign(&request.to_http_request()).is_ok()
    }

    #[test]
    fn a_page_of_another_site_is_refused_and_our_own_and_other_clients_are_not() {
        for (headers, served) in [
            (&[][..], true),
            (&[("sec-fetch-site", "same-origin")], true),
            (&[("sec-fetch-site", "none")], true),
            (&[("sec-fetch-site", "same-site")], false),
            (&[("sec-fetch-site", "cross-site"), ("origin", "http://farm:7776")], false),
            (&[("sec-fetch-site", "same-origin"), ("origin", "https://proxy")], true),
            (&[("origin", "http://farm:7776")], true),
            (&[("origin", "https://farm:7776")], true),
            (&[("origin", "http://farm:7777")], false),
            (&[("origin", "http://evil.example")], false),
            (&[("origin", "null")], false),
        ] {
            assert_eq!(is_served(headers), served, "{headers:?}");
        }
    }
}
