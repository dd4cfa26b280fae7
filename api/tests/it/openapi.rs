//! The committed OpenAPI document is the one that is served.

use crate::harness::{Answered, TestApp, id_of};
use reqwest::Method;
use serde_json::{Value, json};
use std::{collections::BTreeSet, fs, sync::LazyLock};

const COMMITTED: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../openapi/openapi.json");

/// Every problem stands somewhere in the document, but for those that are no operation's.
const OF_NO_OPERATION: [&str; 2] = ["method_not_allowed", "shutting_down"];

static DOCUMENT: LazyLock<Value> = LazyLock::new(|| serde_json::to_value(hookwright::openapi::document()).unwrap());

/// Holds every answer that a test gets to what the document says of its operation.
#[track_caller]
pub(crate) fn check(method: &Method, path: &str, answer: &Answered) {
    let Some(operation) = operation(method, path) else { return };
    let (status, text) = (answer.status.as_u16(), &answer.text);
    let response = resolved(&operation["responses"][status.to_string()]);
    assert!(response.is_object(), "{method} {path} does not document {status}: {text}");
    if !answer.status.is_success() {
        let code = serde_json::from_str::<Value>(text).unwrap_or_default()["code"].clone();
        assert!(codes(response).contains(&code), "{method} {path} does not document {code}: {text}");
    }
}

fn operation(method: &Method, path: &str) -> Option<&'static Value> {
    let fits = |template: &str| {
        let parts = || template.split('/').zip(path.split('/'));
        template.split('/').count() == path.split('/').count()
            && parts().all(|(known, part)| known == part || (known.starts_with('{') && !part.is_empty()))
    };
    let items = DOCUMENT["paths"].as_object().unwrap();
    let found = items.get(path).or_else(|| items.iter().find(|(template, _)| fits(template)).map(|(_, item)| item));
    found?.get(method.as_str().to_lowercase())
}

fn resolved(response: &'static Value) -> &'static Value {
    match response["$ref"].as_str() {
        Some(reference) => DOCUMENT.pointer(reference.strip_prefix('#').unwrap()).unwrap(),
        None => response,
    }
}

/// The codes that a documented problem may have.
fn codes(response: &Value) -> Vec<Value> {
    let schema = &response["content"]["application/problem+json"]["schema"]["allOf"][1];
    schema["properties"]["code"]["enum"].as_array().cloned().unwrap_or_default()
}

#[test]
fn every_problem_code_is_documented_where_it_occurs() {
    let responses = operations().into_iter().flat_map(|operation| operation["responses"].as_object().unwrap().values());
    let documented: Vec<_> = responses.flat_map(|response| codes(resolved(response))).collect();
    for name in shared::Code::ALL.iter().map(|code| code.name()) {
        let expected = !OF_NO_OPERATION.contains(&name);
        assert_eq!(documented.contains(&Value::from(name)), expected, "{name}");
    }
}

/// Generators of clients refuse the document otherwise.
#[test]
fn every_response_has_a_description() {
    for operation in operations() {
        for (status, response) in operation["responses"].as_object().unwrap() {
            let described = resolved(response)["description"].as_str().is_some_and(|text| !text.is_empty());
            assert!(described, "{}: {status}", operation["operationId"]);
        }
    }
}

fn operations() -> Vec<&'static Value> {
    let items = DOCUMENT["paths"].as_object().unwrap().values();
    items.flat_map(|item| item.as_object().unwrap().values()).collect()
}

#[test]
fn every_operation_has_an_id_of_its_own() {
    let operations = operations();
    let ids: BTreeSet<_> = operations.iter().map(|operation| operation["operationId"].as_str().unwrap()).collect();
    assert_eq!(ids.len(), operations.len(), "{ids:?}");
}

#[tokio::test]
async fn the_committed_document_is_the_served_one() {
    let app = TestApp::start().await;
    let served = app.get("/openapi.json").await.expect(200);
    assert_eq!(served.header("content-type"), Some("application/json"));
    let committed = fs::read_to_string(COMMITTED).unwrap_or_default();
    assert!(
        committed == served.text,
        "openapi/openapi.json is not what the server serves; look at the change and adopt it with: cargo xtask openapi"
    );
}

#[tokio::test]
async fn every_documented_operation_is_served() {
    let app = TestApp::start().await;
    let document = app.read("/openapi.json").await;
    let mut operations = 0;
    for (path, item) in document["paths"].as_object().unwrap() {
        let path = path.strip_prefix("/api/v1").unwrap().replace("{id}", "no-id").replace("{name}", "no.type");
        for method in item.as_object().unwrap().keys() {
            let method: Method = method.to_uppercase().parse().unwrap();
            let answer = app.send_json(method.clone(), &path, &Value::Null).await;
            assert_ne!(answer.status, 405, "{method} {path}");
            // An unknown address says where the known ones are; what is documented knows its path.
            assert!(!answer.text.contains("There is no such path"), "{method} {path}");
            operations += 1;
        }
    }
    assert!(operations >= 18, "{operations}");
}

#[tokio::test]
async fn the_head_of_all_that_can_be_read_can_be_asked_for_alone() {
    let app = TestApp::start().await;
    for (path, item) in DOCUMENT["paths"].as_object().unwrap() {
        let path = path.strip_prefix("/api/v1").unwrap().replace("{id}", "no-id");
        if item["get"].is_null() {
            continue;
        }
        let [whole, head] = [Method::GET, Method::HEAD].map(|method| app.send(app.request(method, &path)));
        let (whole, head) = (whole.await, head.await);
        assert_eq!((head.status, head.text.as_str()), (whole.status, ""), "{path}");
        for (name, value) in &whole.headers {
            let of_one = ["date", "x-request-id"].contains(&name.as_str());
            assert!(of_one || head.headers.get(name) == Some(value), "{path}: {name}");
        }
    }
}

#[test]
fn every_number_and_every_list_that_is_sent_has_bounds() {
    let operations =
        DOCUMENT["paths"].as_object().unwrap().values().flat_map(|item| item.as_object().unwrap().values());
    let contents =
        operations.filter_map(|operation| operation["requestBody"]["content"]["application/json"].as_object());
    let mut unseen: Vec<_> = contents.map(|content| &content["schema"]).collect();
    while let Some(schema) = unseen.pop() {
        let schema = resolved(schema);
        unseen.extend(["oneOf", "anyOf", "allOf"].iter().filter_map(|of| schema[of].as_array()).flatten());
        for (name, property) in schema["properties"].as_object().into_iter().flatten() {
            let is = |kind: &str| property["type"] == kind || property["type"][0] == kind;
            let has = |bound: &str| property[bound].is_number();
            assert!(!is("integer") || (has("minimum") && has("maximum")), "{name}: {property}");
            assert!(!is("array") || has("maxItems"), "{name}: {property}");
            unseen.push(property);
        }
    }
}

static CONDITION: LazyLock<Value> =
    LazyLock::new(|| json!({"path": "/data/status", "operator": "is", "values": ["APPROVED"]}));

/// What a documented property may be at the least and at the most, and what it may not be.
fn edges(property: &'static Value) -> Vec<(Value, bool)> {
    let mut edges = Vec::new();
    for (bound, step) in [("minimum", -1), ("maximum", 1)] {
        if let Some(number) = property[bound].as_i64() {
            edges.extend([(json!(number), true), (json!(number + step), false)]);
        }
    }
    if let Some(most) = property["maxItems"].as_u64() {
        let items = resolved(&property["items"]);
        let item = |number: u64| match items["type"].as_str() {
            Some("integer") => items["maximum"].clone(),
            Some("object") if items["properties"]["path"].is_object() => CONDITION.clone(),
            // Each header has a name of its own.
            Some("object") => json!({"name": format!("X-{number}"), "value": "v"}),
            _ => json!("A.B"),
        };
        let list = |count| (0..count).map(item).collect::<Value>();
        edges.extend([(list(most), true), (list(most + 1), false)]);
        edges.extend(self::edges(items).into_iter().map(|(value, fine)| (json!([value]), fine)));
    }
    // Of some texts the bytes are counted, and not every one of that length is fine.
    for (bound, step) in [("minLength", -1), ("maxLength", 1)] {
        if let Some(length) = property[bound].as_i64() {
            edges.push((json!("x".repeat((length + step) as usize)), false));
        }
    }
    edges
}

#[tokio::test]
async fn the_documented_bounds_are_those_that_are_checked() {
    let mut app = TestApp::start().await;
    app.client = app.platform().await;
    let webhook = json!({
        "url": "https://example.com/hook", "secret": "dummysecret",
        "events": {"mode": "selected", "types": ["A.B"], "conditions": [*CONDITION]}, "headers": [{"name": "X-Own", "value": "v"}], "authentication": {"type": "basic", "username": "ana", "password": "secret"},
    });
    let created = app.make("/webhooks", &webhook).await;
    let of_webhook = |path: &str| format!("/webhooks/{}{path}", id_of(&created));
    let window = json!({"from": "2025-07-08T00:00:00Z", "to": "2025-07-09T00:00:00Z", "dry_run": true});
    let operator = json!({"email": "ana@example.com", "password": "ten chars!", "role": "viewer"});
    for (method, path, body, at, schema) in [
        (Method::POST, "/webhooks", &webhook, "", "NewWebhook"),
        (Method::POST, "/webhooks", &webhook, "/events", "EventSelection"),
        (Method::POST, "/webhooks", &webhook, "/events/conditions/0", "EventCondition"),
        (Method::POST, "/webhooks", &webhook, "/authentication", "AuthenticationInput"),
        (Method::POST, "/webhooks", &webhook, "/headers/0", "CustomHeader"),
        (Method::PATCH, &of_webhook(""), &json!({}), "", "WebhookPatch"),
        (Method::POST, &of_webhook("/rotate-secret"), &json!({}), "", "SecretRotation"),
        (Method::POST, &of_webhook("/resend-failed"), &window, "", "ResendFailed"),
        (Method::POST, &of_webhook("/send-missed"), &window, "", "SendMissed"),
        (Method::POST, "/event-types", &json!({"source": "A", "type": "B"}), "", "NewEventType"),
        (Method::POST, "/operators", &operator, "", "NewOperator"),
        (Method::POST, "/api-keys", &json!({"name": "key", "role": "viewer"}), "", "NewApiKey"),
        (Method::POST, "/tenants", &json!({"name": "tenant"}), "", "NewTenant"),
        (Method::POST, "/portal-links", &json!({"role": "viewer"}), "", "NewPortalLink"),
    ] {
        let mut checked = 0;
        for (name, property) in DOCUMENT["components"]["schemas"][schema]["properties"].as_object().unwrap() {
            for (value, fine) in edges(property) {
                let mut body = body.clone();
                body.pointer_mut(at).unwrap()[name] = value;
                // What the other kind of authentication needs is not looked at.
                if ["header", "value"].contains(&name.as_str()) {
                    body["authentication"]["type"] = json!("api_key");
                }
                let answer = app.send_json(method.clone(), path, &body).await;
                let errors = answer.json()["errors"].clone();
                let pointer = format!("{at}/{name}");
                let refused = errors
                    .as_array()
                    .into_iter()
                    .flatten()
                    .any(|error| error["pointer"].as_str().unwrap().starts_with(&pointer));
                assert_eq!(refused, !fine, "{schema} {name} {}: {}", body.pointer(&pointer).unwrap(), answer.text);
                checked += 1;
            }
        }
        assert!(checked > 0, "{schema} has no bounds");
    }
}

#[test]
fn every_operation_of_a_caller_says_how_to_name_a_tenant() {
    for (path, item) in DOCUMENT["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let header = json!({"$ref": "#/components/parameters/tenant"});
            let takes = operation["parameters"].as_array().is_some_and(|parameters| parameters.contains(&header));
            assert_eq!(takes, operation["security"].is_null(), "{method} {path}");
        }
    }
    assert_eq!(DOCUMENT["components"]["parameters"]["tenant"]["name"], "Hookwright-Tenant");
}

#[tokio::test]
async fn every_problem_code_is_documented() {
    let app = TestApp::start().await;
    let document = app.read("/openapi.json").await;
    let listed = document["components"]["schemas"]["Code"]["enum"].as_array().unwrap();
    let listed: BTreeSet<_> = listed.iter().map(|code| code.as_str().unwrap().to_owned()).collect();
    let codes: BTreeSet<_> = shared::Code::ALL.iter().map(|code| code.name().to_owned()).collect();
    assert_eq!(listed, codes);
    let page =
        app.client.get(app.base.replace("/api/v1", "/api/docs/problems")).send().await.unwrap().text().await.unwrap();
    for code in codes {
        assert!(page.contains(&format!("id=\"{code}\"")), "{code}");
    }
}

#[tokio::test]
async fn the_documentation_can_be_browsed() {
    let app = TestApp::start().await;
    for path in ["/api/docs", "/api/docs/", "/api/docs/index.html", "/api/docs/swagger-ui-bundle.js"] {
        let answer = app.client.get(app.base.replace("/api/v1", path)).send().await.unwrap();
        assert_eq!(answer.status(), 200, "{path}");
    }
}
