//! The committed OpenAPI document is the one that is served.

use crate::harness::TestApp;
use serde_json::Value;
use std::{collections::BTreeSet, fs};

const COMMITTED: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../openapi/openapi.json");

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
    let document = app.get("/openapi.json").await.expect(200).json();
    let mut operations = 0;
    for (path, item) in document["paths"].as_object().unwrap() {
        let path = path.strip_prefix("/api/v1").unwrap().replace("{id}", "no-id").replace("{name}", "no.type");
        for method in item.as_object().unwrap().keys() {
            let method: reqwest::Method = method.to_uppercase().parse().unwrap();
            let answer = app.send_json(method.clone(), &path, &Value::Null).await;
            assert_ne!(answer.status, 405, "{method} {path}");
            // An unknown address says where the known ones are; what is documented knows its path.
            assert!(!answer.text.contains("The API has no such path"), "{method} {path}");
            operations += 1;
        }
    }
    assert!(operations >= 18, "{operations}");
}

#[tokio::test]
async fn every_problem_code_is_documented() {
    let app = TestApp::start().await;
    let document = app.get("/openapi.json").await.expect(200).json();
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
