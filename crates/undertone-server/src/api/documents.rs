//! The documents that describe the API to programs. They are kept by hand, and a test
//! holds them against the routes and their answers: the types they describe belong to
//! crates that know nothing of HTTP, and should not have to.

use axum::http::header;
use axum::response::{IntoResponse, Response};

pub(super) const OPENAPI: &str = include_str!("openapi.json");
pub(super) const ASYNCAPI: &str = include_str!("asyncapi.json");

pub(super) async fn openapi() -> Response {
    ([(header::CONTENT_TYPE, "application/json")], OPENAPI).into_response()
}

pub(super) async fn asyncapi() -> Response {
    ([(header::CONTENT_TYPE, "application/json")], ASYNCAPI).into_response()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::api::routes;
    use serde_json::Value;
    use std::collections::BTreeSet;
    use undertone_signal::EventBody;

    const METHODS: [&str; 2] = ["get", "post"];

    /// Every `$ref` of a document.
    fn references<'a>(value: &'a Value, found: &mut Vec<&'a str>) {
        match value {
            Value::Object(fields) => {
                found.extend(fields.get("$ref").and_then(Value::as_str));
                fields.values().for_each(|value| references(value, found));
            }
            Value::Array(items) => items.iter().for_each(|value| references(value, found)),
            _ => {}
        }
    }

    #[test]
    fn the_document_has_every_route_and_no_other() {
        let document: Value = serde_json::from_str(OPENAPI).unwrap();
        let mut documented = BTreeSet::new();
        for (path, item) in document["paths"].as_object().unwrap() {
            for method in METHODS.into_iter().filter(|method| item.get(method).is_some()) {
                documented.insert(format!("{method} {path}"));
            }
        }
        let routes: BTreeSet<String> = routes()
            .iter()
            .map(|route| format!("{} {}", route.method.as_str().to_lowercase(), route.path))
            .collect();
        assert_eq!(documented, routes);
    }

    #[test]
    fn the_document_says_who_may_do_what_and_how_it_may_fail() {
        let document: Value = serde_json::from_str(OPENAPI).unwrap();
        for route in routes() {
            let method = route.method.as_str().to_lowercase();
            let (item, operation) =
                (&document["paths"][route.path], &document["paths"][route.path][&method]);
            let role = route.least.map(|role| serde_json::to_value(role).unwrap());
            assert_eq!(operation.get("x-role"), role.as_ref(), "{}", route.path);
            let answers = operation["responses"].as_object().unwrap();
            assert!(answers.contains_key("403"), "{}", route.path);
            assert_eq!(answers.contains_key("401"), route.least.is_some(), "{}", route.path);
            let ticket = operation["security"].as_array().is_some_and(|ways| ways.len() == 2);
            assert_eq!(ticket, route.tickets, "{}", route.path);
            let described = item["parameters"].as_array().map_or(0, Vec::len);
            assert_eq!(route.path.matches('{').count(), described, "{}", route.path);
        }
    }

    #[test]
    fn every_reference_leads_somewhere() {
        for text in [OPENAPI, ASYNCAPI] {
            let document: Value = serde_json::from_str(text).unwrap();
            let mut found = Vec::new();
            references(&document, &mut found);
            for reference in found {
                let pointer = reference.strip_prefix('#').unwrap();
                assert!(document.pointer(pointer).is_some(), "{reference}");
            }
        }
    }

    #[test]
    fn the_stream_is_described_with_every_kind_of_message() {
        let document: Value = serde_json::from_str(ASYNCAPI).unwrap();
        let stream = &document["channels"]["stream"];
        let messages: BTreeSet<&str> =
            stream["messages"].as_object().unwrap().keys().map(String::as_str).collect();
        assert_eq!(messages, EventBody::KINDS.into_iter().chain(["snapshot", "missed"]).collect());
        assert!(routes().iter().any(|route| Some(route.path) == stream["address"].as_str()));
    }

    /// What is answered is what the document says: checked on a call with an alert.
    #[tokio::test]
    async fn answers_are_as_the_document_has_them() {
        let document: Value = serde_json::from_str(OPENAPI).unwrap();
        let api = crate::api::tests::with_alert();
        for (path, asked) in [
            ("/v1/calls", "/v1/calls"),
            ("/v1/calls/{run}", "/v1/calls/anna-1"),
            ("/v1/alerts", "/v1/alerts?lang=de"),
            ("/v1/webhooks/dead", "/v1/webhooks/dead"),
        ] {
            let answer = crate::api::tests::answer(&api, asked).await;
            let content = &document["paths"][path]["get"]["responses"]["200"]["content"];
            let mut schema = content["application/json"]["schema"].clone();
            schema["components"] = document["components"].clone();
            let validator = jsonschema::draft202012::new(&schema).unwrap();
            let faults: Vec<String> =
                validator.iter_errors(&answer).map(|e| e.to_string()).collect();
            assert!(faults.is_empty(), "{asked}: {faults:?}\n{answer}");
        }
        let alerts = crate::api::tests::answer(&api, "/v1/alerts?open=true&lang=de").await;
        let sentence = alerts["alerts"][0]["sentence"].as_str().unwrap();
        assert!(sentence.contains("Kunden"), "{sentence}");
        let calls = crate::api::tests::answer(&api, "/v1/calls").await;
        let order: Vec<&str> = calls["calls"]
            .as_array()
            .unwrap()
            .iter()
            .map(|row| row["call"].as_str().unwrap())
            .collect();
        assert_eq!(order, ["anna-1", "call-9"], "the one with an alert first");
    }
}
