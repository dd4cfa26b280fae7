//! Bodies that are no JSON.

use super::Cases;
use crate::harness::{TestApp, id_of};
use reqwest::Method;
use serde_json::json;

#[tokio::test]
async fn bodies_that_are_no_json_are_refused_by_every_write() {
    let app = TestApp::start().await;
    let new = json!({"url": "https://example.com/hook", "secret": "dummysecret"});
    let webhook = app.make("/webhooks", &new).await;
    let webhook = format!("/webhooks/{}", id_of(&webhook));
    let nested = |depth: usize| format!(r#"{{"data":{}{}}}"#, "[".repeat(depth - 1), "]".repeat(depth - 1));
    let mut cases = Cases(vec![]);
    for (method, path) in [
        (Method::POST, "/events"),
        (Method::POST, "/webhooks"),
        (Method::PATCH, &webhook),
        (Method::POST, "/event-types"),
        (Method::PUT, "/event-types/S.T"),
    ] {
        for (name, body, code) in [
            ("B01", Vec::new(), "body_missing"),
            ("B01", b" \r\n".to_vec(), "body_missing"),
            ("B02", b"{\"a\":".to_vec(), "json_syntax"),
            ("B02", b"{\"a\":1,}".to_vec(), "json_syntax"),
            ("B02", b"{}{}".to_vec(), "json_syntax"),
            ("B02", b"{\"a\":NaN}".to_vec(), "json_syntax"),
            ("B03", b"{\"a\":\"\xff\"}".to_vec(), "json_invalid_utf8"),
            ("B04", nested(129).into_bytes(), "json_too_deep"),
            ("B04", nested(100_000).into_bytes(), "json_too_deep"),
            ("B05", br#"{"id":"1","id":"2"}"#.to_vec(), "json_duplicate_key"),
            ("B05", br#"{"id":"1","\u0069d":"2"}"#.to_vec(), "json_duplicate_key"),
            ("B25", br#"{"id":"\ud800"}"#.to_vec(), "json_invalid_unicode"),
        ] {
            let request = app.request(method.clone(), path).header("content-type", "application/json");
            let answer = app.send(request.body(body)).await;
            cases.check(&format!("{name} {method} {path} {code}"), &answer, (400, code, None));
        }
        let send = |content_type: &str, encoding: &str, body: Vec<u8>| {
            let request = app.request(method.clone(), path).header("content-encoding", encoding);
            let request = if content_type.is_empty() { request } else { request.header("content-type", content_type) };
            app.send(request.body(body))
        };
        let too_large = send("application/json", "identity", vec![b' '; 256 * 1024 + 1]).await;
        cases.check(&format!("B06 {path}"), &too_large, (413, "body_too_large", None));
        let encoded = send("application/json", "gzip", b"{}".to_vec()).await;
        cases.check(&format!("B08 {path}"), &encoded, (415, "content_encoding_not_supported", None));
        for content_type in [
            "",
            "text/plain",
            "application/x-www-form-urlencoded",
            "application/json; charset=utf-16",
            "application/jsonp",
            "*/*",
        ] {
            let answer = send(content_type, "identity", b"{}".to_vec()).await;
            cases.check(&format!("B09 {path} {content_type}"), &answer, (415, "media_type_not_supported", None));
            let accepted = answer.header("accept-post").or(answer.header("accept-patch"));
            assert!(accepted.is_some_and(|accepted| accepted.contains("application/json")), "{path}");
        }
    }
    let position = app.publish_bytes("{\"id\":\n  x}").await.expect(400).json();
    assert!(position["detail"].as_str().unwrap().contains("line 2, column 3"), "{position}");
}
