//! What the document says can be made into clients.

use super::{DOCUMENT, answers::fits, operations, resolved, shapes::kinds};
use crate::harness::{TestApp, changed, id_of};
use serde_json::{Value, json};

/// Generators of clients make one type of a body; a header is a text to them.
#[test]
fn a_client_can_be_generated_from_every_request() {
    for operation in operations() {
        let id = &operation["operationId"];
        let contents = operation["requestBody"]["content"].as_object().into_iter().flatten();
        let json = contents.filter(|(media_type, _)| media_type.ends_with("json"));
        let all: Vec<_> = json.map(|(_, content)| &content["schema"]).collect();
        assert!(all.windows(2).all(|pair| pair[0] == pair[1]), "{id}: {all:?}");
        let is = |kind| all.iter().any(|schema| kinds(schema).contains(&kind));
        assert!(!(is("array") && is("object")), "{id}: {all:?}");
        // Python cannot ask whether something is a list of events, so a client that has to choose is broken.
        assert!(!is("array") || all.len() == 1, "{id}: {all:?}");
        for parameter in operation["parameters"].as_array().into_iter().flatten().map(resolved) {
            let schema = resolved(&parameter["schema"]);
            assert!(parameter["in"] != "header" || schema["format"].is_null(), "{id}: {parameter}");
        }
    }
}

#[test]
fn a_client_can_be_generated_for_every_answer() {
    for operation in operations() {
        for (status, response) in operation["responses"].as_object().unwrap() {
            if !status.starts_with('2') {
                continue;
            }
            let schema = resolved(&resolved(response)["content"]["application/json"]["schema"]);
            assert!(schema["oneOf"].is_null(), "{} {status}: {schema}", operation["operationId"]);
        }
    }
}

/// Of what has variants, each has a name, and one member says which it is.
#[test]
fn each_variant_has_a_name() {
    let mut seen = 0;
    for (name, schema) in DOCUMENT["components"]["schemas"].as_object().unwrap() {
        let Some(variants) = schema["oneOf"].as_array() else { continue };
        let tag = schema["discriminator"]["propertyName"].as_str().unwrap_or_else(|| panic!("{name}: {schema}"));
        for variant in variants {
            let reference = variant["$ref"].as_str().unwrap();
            let object = resolved(variant);
            assert_eq!(object["title"], reference.rsplit('/').next().unwrap(), "{name}");
            let value = object["properties"][tag]["enum"][0].as_str().unwrap();
            assert_eq!(schema["discriminator"]["mapping"][value], reference, "{name}");
            seen += 1;
        }
    }
    assert_eq!(seen, 3);
}

#[test]
fn the_document_says_where_the_server_is() {
    assert_eq!(DOCUMENT["servers"], json!([{"url": "/"}]));
}

/// What is sent on the stream of live updates is told in words, and is the one thing that nothing refers to.
#[test]
fn no_component_is_unused() {
    let text = DOCUMENT.to_string();
    let mut unused = Vec::new();
    for (kind, named) in DOCUMENT["components"].as_object().unwrap() {
        if kind == "securitySchemes" {
            continue;
        }
        let names = named.as_object().unwrap().keys();
        unused.extend(names.filter(|name| !text.contains(&format!("\"#/components/{kind}/{name}\""))));
    }
    assert_eq!(unused, ["WebhookUpdated"]);
    let live = &DOCUMENT["paths"]["/api/v1/live"]["get"]["description"];
    assert!(live.as_str().unwrap().contains("`WebhookUpdated`"), "{live}");
}

/// What the document lists of a role and of a state is what the server takes.
#[tokio::test]
async fn every_listed_name_is_taken_and_no_other() {
    let mut app = TestApp::start().await;
    app.client = app.platform().await;
    let webhook =
        app.make("/webhooks", &json!({"url": "https://example.com"})).await["id"].as_str().unwrap().to_owned();
    let window = json!({"from": "2025-07-08T00:00:00Z", "to": "2025-07-09T00:00:00Z", "dry_run": true});
    let operator = json!({"email": "EMAIL", "password": "ten chars!"});
    let roles = ["publisher", "viewer", "editor", "admin"];
    let states = ["pending", "delivered", "retrying", "failed", "cancelled"];
    for (path, body, schema, member, all) in [
        ("/portal-links".to_owned(), json!({}), "NewPortalLink", "role", &roles[..]),
        ("/operators".into(), operator, "NewOperator", "role", &roles[..]),
        ("/api-keys".into(), json!({"name": "key"}), "NewApiKey", "role", &roles[..]),
        (format!("/webhooks/{webhook}/resend-failed"), window, "ResendFailed", "status", &states[..]),
    ] {
        let property = &DOCUMENT["components"]["schemas"][schema]["properties"][member];
        for name in all {
            let listed = fits(property, &json!(name)).is_ok();
            let body = changed(body.clone(), json!({member: name}));
            let body = body.to_string().replace("EMAIL", &format!("{name}@example.com"));
            let body: Value = serde_json::from_str(&body).unwrap();
            let answer = app.post(&path, &body).await;
            assert_eq!(answer.status.is_success(), listed, "{schema} {name}: {}", answer.text);
        }
    }
    let ana = json!({"email": "ana@example.com", "password": "ten chars!", "role": "viewer"});
    let ana = id_of(&app.make("/operators", &ana).await);
    let property = &DOCUMENT["components"]["schemas"]["OperatorPatch"]["properties"]["role"];
    for name in roles {
        let answer = app.patch(&format!("/operators/{ana}"), &json!({"role": name})).await;
        let listed = fits(property, &json!(name)).is_ok();
        assert_eq!(answer.status.is_success(), listed, "{name}: {}", answer.text);
    }
}
