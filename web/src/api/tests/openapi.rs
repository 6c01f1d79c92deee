//! The document tells what is served, and its examples are what is asked and answered.

use std::collections::BTreeSet;

use actix_web::test::TestRequest;
use serde_json::Value;

use crate::testing::{Bench, call};

async fn document(bench: &Bench) -> Value {
    let answer = bench.get("/openapi.json").await;
    assert_eq!(answer.status, 200);
    answer.json()
}

/// Each method of each path, and what is said of it.
fn operations(document: &Value) -> Vec<(&str, &str, &Value)> {
    let mut operations = Vec::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            operations.push((path.as_str(), method.as_str(), operation));
        }
    }
    operations
}

#[actix_web::test]
async fn it_is_an_openapi_3_1_document_with_every_operation_named_once() {
    let bench = Bench::new().await;
    let document = document(&bench).await;
    assert!(document["openapi"].as_str().unwrap().starts_with("3.1."));
    let operations = operations(&document);
    let ids: BTreeSet<_> =
        operations.iter().map(|(.., operation)| operation["operationId"].as_str()).collect();
    assert_eq!(ids.len(), operations.len());
    for (path, method, operation) in operations {
        let told = |member: &str| operation[member].as_str().is_some_and(|text| !text.is_empty());
        assert!(told("summary") && told("operationId"), "{method} {path}");
        let succeeds = ["200", "201", "202"].iter().any(|status| operation["responses"][status].is_object());
        assert!(succeeds, "{method} {path}");
    }
}

#[actix_web::test]
async fn every_body_and_every_answer_has_a_schema_and_an_example() {
    let bench = Bench::new().await;
    let document = document(&bench).await;
    for (path, method, operation) in operations(&document) {
        let answers = operation["responses"].as_object().unwrap();
        let bodies = answers.iter().map(|(status, answer)| (status.as_str(), &answer["content"]));
        let bodies = bodies.chain([("body", &operation["requestBody"]["content"])]);
        for (what, content) in bodies.filter(|(_, content)| !content.is_null()) {
            for (kind, told) in content.as_object().unwrap() {
                assert!(told.get("schema").is_some(), "{method} {path} {what} {kind}");
                let example = told.get("example").unwrap_or_else(|| panic!("{method} {path} {what} {kind}"));
                let fits = is_complete(&document, &told["schema"], example);
                assert!(fits, "{method} {path} {what} {kind}: {example}");
            }
        }
        // Each may be asked for in an encoding that there is not, and so has one at least.
        assert!(answers.keys().any(|status| status.starts_with('4')), "{method} {path}");
        assert!(answers.values().all(|answer| answer["content"].is_object()), "{method} {path}");
    }
}

/// Whether an example has all members that its schema requires, at any depth.
fn is_complete(document: &Value, schema: &Value, example: &Value) -> bool {
    let fits = |schema: &Value| is_complete(document, schema, example);
    let parts = |member: &str| schema[member].as_array();
    if let Some(reference) = schema["$ref"].as_str() {
        return fits(document.pointer(reference.trim_start_matches('#')).unwrap());
    }
    let is_one = ["oneOf", "anyOf"].into_iter().filter_map(parts).all(|some| some.iter().any(fits));
    let is_each = parts("allOf").is_none_or(|all| all.iter().all(fits));
    let has_all = parts("required")
        .is_none_or(|names| names.iter().all(|name| example.get(name.as_str().unwrap()).is_some()));
    let below = |name: &str, member| is_complete(document, &schema["properties"][name], member);
    is_one
        && is_each
        && has_all
        && match example {
            Value::Object(members) => members.iter().all(|(name, member)| below(name, member)),
            Value::Array(items) => items.iter().all(|item| is_complete(document, &schema["items"], item)),
            _ => true,
        }
}

#[actix_web::test]
async fn every_reference_leads_to_a_schema() {
    let bench = Bench::new().await;
    let document = document(&bench).await;
    let mut references = BTreeSet::new();
    collect(&document, &mut references);
    assert!(!references.is_empty());
    for reference in references {
        assert!(document.pointer(reference.trim_start_matches('#')).is_some(), "{reference}");
    }
}

fn collect<'v>(value: &'v Value, references: &mut BTreeSet<&'v str>) {
    match value {
        Value::Object(members) => {
            references.extend(members.get("$ref").and_then(Value::as_str));
            members.values().for_each(|member| collect(member, references));
        }
        Value::Array(items) => items.iter().for_each(|item| collect(item, references)),
        _ => {}
    }
}

#[actix_web::test]
async fn every_path_is_served_with_every_method_that_it_tells_and_no_other() {
    let bench = Bench::new().await;
    let document = document(&bench).await;
    for (path, item) in document["paths"].as_object().unwrap() {
        let uri = path.replace("{mac}", "aa:bb:cc:00:00:01").replace(['{', '}'], "");
        let answer = bench.call(TestRequest::default().method("TRACE".parse().unwrap()).uri(&uri)).await;
        assert_eq!(answer.status, 405, "{path}");
        let allowed: BTreeSet<_> =
            answer.header("allow").split(", ").filter(|method| *method != "HEAD").collect();
        let told: Vec<_> = item.as_object().unwrap().keys().map(|method| method.to_uppercase()).collect();
        assert_eq!(allowed, told.iter().map(String::as_str).collect(), "{path}");
    }
}

/// Of an example body nothing is wrong, whatever else may be.
#[actix_web::test]
async fn every_example_of_a_body_is_one_that_is_read() {
    let bench = Bench::new().await;
    let document = document(&bench).await;
    let api = bench.fell().await;
    let mut examples = 0;
    for (path, method, operation) in operations(&document) {
        let body = &operation["requestBody"]["content"]["application/json"]["example"];
        if body.is_null() {
            continue;
        }
        let uri =
            path.replace("{mac}", "aa:bb:cc:dd:ee:05").replace("{action}", "park").replace(['{', '}'], "");
        let request = TestRequest::default().method(method.to_uppercase().parse().unwrap()).uri(&uri);
        let answer = call(&api, request.set_json(body)).await;
        assert!(![400, 413, 422].contains(&answer.status), "{method} {path} {body}: {}", answer.text());
        examples += 1;
    }
    assert!(examples >= 4, "{examples}");
}
