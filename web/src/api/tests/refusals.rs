//! What is refused, and in which words.

use actix_web::http::Method;
use actix_web::test::TestRequest;
use serde_json::json;

use crate::testing::{Bench, call, info};

#[actix_web::test]
async fn a_body_that_is_not_json_or_of_the_wrong_shape_is_400_and_names_what_is_wrong() {
    let bench = Bench::new().await;
    for uri in ["/devices/imprint", "/devices/listen"] {
        for (body, told) in [
            ("", "the body is empty"),
            ("{\"macs\":[", "the body is not valid JSON"),
            ("[1]", "the body is a list"),
            ("{\"macs\":{}}", "macs must be a list of MAC addresses, not an object"),
            ("{\"macs\":[1]}", "macs[0] must be a MAC address in quotes, not a number"),
            ("{\"macs\":[\"x\"]}", "macs[0]: \"x\" is not a MAC address"),
        ] {
            let answer = bench.call(TestRequest::put().uri(uri).set_payload(body)).await;
            assert_eq!(answer.status, 400, "{uri} {body}");
            assert!(answer.error().starts_with(told), "{uri} {body}: {}", answer.error());
        }
    }
}

#[actix_web::test]
async fn json_is_read_whatever_the_content_type_says() {
    let bench = Bench::new().await;
    bench.imprint(1, &info("axe")).await;
    for kind in ["text/plain", "application/x-www-form-urlencoded", "nonsense"] {
        let request = TestRequest::put().uri("/devices/listen").insert_header(("content-type", kind));
        let answer = bench.call(request.set_payload(r#"{"macs":["aa:bb:cc:00:00:01"]}"#)).await;
        assert_eq!(answer.status, 200, "{kind}");
    }
}

#[actix_web::test]
async fn a_body_over_the_limit_is_413_and_names_the_setting() {
    let bench = Bench::new().await;
    let body = json!({"macs": [], "padding": "x".repeat(5000)});
    let answer = bench.put("/devices/listen", &body).await;
    assert_eq!(answer.status, 413);
    assert!(answer.error().contains("4096 bytes") && answer.error().contains("web.body_limit_bytes"));
}

#[actix_web::test]
async fn an_unknown_route_is_404_in_json() {
    let bench = Bench::new().await;
    for uri in ["/", "/devices", "/Devices/Imprint", "/devices/imprint/a/b", "/%ff", "/healthz/x"] {
        let answer = bench.get(uri).await;
        assert_eq!(answer.status, 404, "{uri}");
        assert!(answer.error().starts_with("nothing is served at /"), "{uri}: {}", answer.error());
    }
}

#[actix_web::test]
async fn a_method_that_is_not_served_is_405_and_says_which_are() {
    let bench = Bench::new().await;
    for (method, uri, allow) in [
        (Method::POST, "/devices/discover", "GET, HEAD"),
        (Method::POST, "/devices/imprint", "GET, HEAD, PUT, PATCH"),
        (Method::PUT, "/devices/imprint/aa:bb:cc:00:00:01", "GET, HEAD, DELETE, PATCH"),
        (Method::GET, "/devices/listen", "PUT"),
        (Method::OPTIONS, "/devices/listen", "PUT"),
        (Method::POST, "/metrics", "GET, HEAD"),
        (Method::DELETE, "/tree", "GET, HEAD"),
        (Method::GET, "/tree/park", "POST"),
    ] {
        let answer = bench.call(TestRequest::default().method(method.clone()).uri(uri)).await;
        assert_eq!((answer.status, answer.header("allow")), (405, allow), "{method} {uri}");
        assert_eq!(answer.error(), format!("{method} is not served here, but {allow}"));
    }
}

#[actix_web::test]
async fn a_mac_that_is_none_is_400_wherever_it_stands() {
    let bench = Bench::new().await;
    for uri in ["/devices/imprint/axe", "/devices/imprint/aa:bb:cc:dd:ee", "/devices/discover?mac=axe"] {
        let answer = bench.get(uri).await;
        assert_eq!((answer.status, &answer.json()["errors"][0]["parameter"]), (400, &json!("mac")), "{uri}");
        assert!(answer.error().contains("is not a MAC address"), "{uri}: {}", answer.error());
    }
    let answer = bench.get("/devices/imprint/aa%3Abb%3Acc%3A00%3A00%3A01").await;
    assert_eq!(answer.status, 200, "a MAC that is written with escapes is one");
}

#[actix_web::test]
async fn a_query_that_cannot_be_read_is_400() {
    let bench = Bench::new().await;
    for (uri, told) in [
        ("/devices/imprint?q=a&q=b", "the query cannot be read"),
        ("/devices/discover?ip=a%20b", "ip: \"a b\" is not an address"),
        ("/tree?format=xml", "format: \"xml\" is not one"),
        ("/tree?formt=text", "the query cannot be read: Query deserialize error: unknown field `formt`"),
        ("/tree?a%0Ab=1", "the query cannot be read: Query deserialize error: unknown field `a b`"),
        (
            "/tree?depth=1&depth=2",
            "the query cannot be read: Query deserialize error: duplicate field `depth`",
        ),
        ("/tree?depth=all", "depth: \"all\" is not a number"),
        ("/tree?path=/store", "path: \"/store\" is not a path"),
    ] {
        let answer = bench.get(uri).await;
        assert_eq!(answer.status, 400, "{uri}");
        assert!(answer.error().starts_with(told), "{uri}: {}", answer.error());
    }
}

#[actix_web::test]
async fn a_client_that_takes_no_encoding_we_have_is_told_which_there_are() {
    let bench = Bench::new().await;
    let wants = TestRequest::get().uri("/healthz").insert_header(("accept-encoding", "br, identity;q=0"));
    let answer = bench.call(wants).await;
    assert_eq!(answer.status, 406);
    assert!(answer.error().contains("gzip"));
}

#[actix_web::test]
async fn a_refusal_has_the_content_type_that_clients_of_its_path_know() {
    let bench = Bench::new().await;
    for (uri, kind) in [
        ("/devices/imprint/axe", "application/json"),
        ("/discovered?partialIps=x", "application/json"),
        ("/devices/nowhere", "application/json"),
        ("/tree?depth=x", "application/problem+json"),
        ("/tree?pth=x", "application/problem+json"),
        ("/nowhere", "application/problem+json"),
    ] {
        assert_eq!(bench.get(uri).await.header("content-type"), kind, "{uri}");
    }
}

#[actix_web::test]
async fn a_path_may_end_in_a_slash() {
    assert_eq!(Bench::new().await.get("/devices/imprint/").await.status, 200);
}

#[actix_web::test]
async fn actors_that_are_gone_are_503_with_a_time_to_try_again() {
    let api = Bench::new().await.fell().await;
    let macs = json!({"macs": ["aa:bb:cc:00:00:01"]});
    for request in [
        TestRequest::get().uri("/devices/imprint"),
        TestRequest::get().uri("/devices/imprint/aa:bb:cc:00:00:01"),
        TestRequest::delete().uri("/devices/imprint/aa:bb:cc:00:00:01"),
        TestRequest::get().uri("/devices/discover?ip=10.0.0.1"),
        TestRequest::put().uri("/devices/imprint").set_json(&macs),
        TestRequest::put().uri("/devices/listen").set_json(&macs),
    ] {
        let answer = call(&api, request).await;
        assert_eq!((answer.status, answer.header("retry-after")), (503, "1"), "{}", answer.text());
        assert!(answer.error().ends_with("is busy or restarting; try again"));
    }
}
