//! The committed OpenAPI document is the one that is served.

mod answers;
mod examples;
mod generators;
mod requests;
mod shapes;

pub(crate) use answers::check;

use crate::harness::TestApp;
use reqwest::Method;
use serde_json::{Value, json};
use std::{collections::BTreeSet, fs, sync::LazyLock};

const COMMITTED: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../openapi/openapi.json");

/// Every problem stands somewhere in the document, but for those that are no operation's.
const OF_NO_OPERATION: [&str; 2] = ["method_not_allowed", "shutting_down"];

static DOCUMENT: LazyLock<Value> = LazyLock::new(|| serde_json::to_value(hookwright::openapi::document()).unwrap());

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
fn every_operation_of_a_caller_says_how_to_name_a_tenant() {
    for (path, item) in DOCUMENT["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let header = json!({"$ref": "#/components/parameters/tenant"});
            let names = |parameter: &Value| *parameter == header || parameter["name"] == "Hookwright-Tenant";
            let takes = operation["parameters"].as_array().is_some_and(|parameters| parameters.iter().any(names));
            let is_open = operation["security"].as_array().is_some_and(|accepted| accepted.contains(&json!({})));
            assert_eq!(takes, !is_open, "{method} {path}");
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
    let waits = |code: &str| {
        page.split_once(&format!("id=\"{code}\""))
            .unwrap()
            .1
            .split("<dt ")
            .next()
            .unwrap()
            .contains("Retry-After</code>")
    };
    assert!(
        waits("storage_unavailable") && waits("too_many_requests") && !waits("shutting_down") && !waits("not_found")
    );
    let (_, erased) = page.split_once("id=\"event_erased\"").unwrap();
    let erased = erased.split("<dt ").next().unwrap();
    assert!(
        erased.contains("<li><code>POST /api/v1/deliveries/{id}/resend</code></li>"),
        "who answers with it: {erased}"
    );
}

#[tokio::test]
async fn the_documentation_can_be_browsed() {
    let app = TestApp::start().await;
    for path in ["/api/docs", "/api/docs/", "/api/docs/index.html", "/api/docs/swagger-ui-bundle.js"] {
        let answer = app.client.get(app.base.replace("/api/v1", path)).send().await.unwrap();
        assert_eq!(answer.status(), 200, "{path}");
    }
}
