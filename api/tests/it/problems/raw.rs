//! Requests that no client library makes.

use super::Cases;
use crate::{
    harness::{Answered, TestApp},
    processes::PATIENCE,
};
use reqwest::{StatusCode, header::HeaderMap};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

/// Sends those bytes and reads until the server closes the connection.
async fn exchange(app: &TestApp, request: &[u8]) -> String {
    let mut stream = TcpStream::connect(authority(app)).await.unwrap();
    // The server may refuse before it has read everything.
    let _ = stream.write_all(request).await;
    let mut answer = Vec::new();
    let closed = tokio::time::timeout(PATIENCE, stream.read_to_end(&mut answer)).await;
    assert!(closed.is_ok(), "the connection stays open after: {}", String::from_utf8_lossy(&answer));
    String::from_utf8(answer).unwrap()
}

fn authority(app: &TestApp) -> &str {
    app.base.strip_prefix("http://").unwrap().split('/').next().unwrap()
}

fn post(app: &TestApp, headers: &str, body: &str) -> Vec<u8> {
    let (host, key) = (authority(app), &app.key);
    let head = format!("POST /api/v1/events HTTP/1.1\r\nhost: {host}\r\nauthorization: Bearer {key}\r\n");
    format!("{head}content-type: application/json\r\n{headers}\r\n{body}").into_bytes()
}

#[tokio::test]
async fn messages_whose_end_is_not_certain_are_refused_and_the_connection_closed() {
    let app = TestApp::start().await;
    let event = crate::harness::event("A", "B", "1").to_string();
    let chunked = format!("{:x}\r\n{event}\r\n0\r\n\r\n", event.len());
    // What a smuggler would have behind it must not be answered as a request of its own.
    let smuggled = format!("GET /api/v1/stats HTTP/1.1\r\nhost: {}\r\n\r\n", authority(&app));
    for (name, request) in [
        (
            "TE and CL",
            post(&app, &format!("transfer-encoding: chunked\r\ncontent-length: {}\r\n", event.len()), &chunked),
        ),
        (
            "CL and TE",
            post(&app, &format!("content-length: {}\r\ntransfer-encoding: chunked\r\n", event.len()), &chunked),
        ),
        ("two CL", post(&app, &format!("content-length: {0}\r\ncontent-length: 3\r\n", event.len()), &event)),
        ("a list of CL", post(&app, "content-length: 3, 3\r\n", &event)),
        ("a signed CL", post(&app, "content-length: +3\r\n", &event)),
        ("a negative CL", post(&app, "content-length: -3\r\n", &event)),
        ("a bad chunk", post(&app, "transfer-encoding: chunked\r\n", "zz\r\nabc\r\n0\r\n\r\n")),
        ("another TE", post(&app, "transfer-encoding: gzip, chunked\r\n", &chunked)),
        ("a space before the colon", post(&app, &format!("content-length : {}\r\n", event.len()), &event)),
        ("a folded header", post(&app, &format!("x: 1\r\n 2\r\ncontent-length: {}\r\n", event.len()), &event)),
        ("no HTTP", b"hello\r\n\r\n".to_vec()),
    ] {
        let answer = exchange(&app, &[&request, smuggled.as_bytes()].concat()).await;
        // A chunk that breaks off while it is still being found out who calls closes the connection without a word.
        let silent = name == "a bad chunk" && answer.is_empty();
        assert!(silent || answer.starts_with("HTTP/1.1 400 "), "B07 {name}: {answer}");
        assert!(answer.matches("HTTP/1.1 ").count() <= 1, "B07 {name}: {answer}");
    }
    assert_eq!(app.read("/events").await["items"], serde_json::json!([]), "nothing of it was taken");
    let whole = exchange(&app, &post(&app, "connection: close\r\ntransfer-encoding: chunked\r\n", &chunked)).await;
    assert!(whole.starts_with("HTTP/1.1 202 "), "{whole}");
}

#[tokio::test]
async fn a_body_that_says_that_it_is_too_large_is_not_waited_for() {
    let app = TestApp::start().await;
    let answer = exchange(&app, &post(&app, "content-length: 10000000\r\n", "")).await;
    assert!(answer.starts_with("HTTP/1.1 413 "), "{answer}");
}

#[tokio::test]
async fn headers_that_contradict_each_other_are_refused() {
    let app = TestApp::start().await;
    let event = crate::harness::event("A", "B", "1").to_string();
    for twice in [
        "authorization: Bearer hw_other",
        "hookwright-tenant: 00000000000000000000000000\r\nhookwright-tenant: 01JZNK5ZQBNF623MB5KE64GNQB",
        "origin: http://localhost\r\norigin: https://evil.example",
        "sec-fetch-site: same-origin\r\nsec-fetch-site: cross-site",
        "content-type: text/plain",
        "host: evil.example",
    ] {
        let headers = format!("{twice}\r\nconnection: close\r\ncontent-length: {}\r\n", event.len());
        let answer = exchange(&app, &post(&app, &headers, &event)).await;
        assert!(answer.starts_with("HTTP/1.1 400 "), "{twice}: {answer}");
    }
    assert_eq!(app.read("/events").await["items"], serde_json::json!([]));
}

#[tokio::test]
async fn a_large_body_without_a_length_is_refused_within_the_limit() {
    let app = TestApp::start().await;
    let chunk = format!("8000\r\n{}\r\n", " ".repeat(0x8000));
    let request = post(&app, "connection: close\r\ntransfer-encoding: chunked\r\n", &chunk.repeat(9));
    let answer = exchange(&app, &[&request[..], b"0\r\n\r\n"].concat()).await;
    Cases(vec![]).check("B06 chunked", &answered(&answer), (413, "body_too_large", None));
}

#[tokio::test]
async fn what_is_too_long_before_the_body_is_refused() {
    let app = TestApp::start().await;
    let host = authority(&app).to_owned();
    let get = |path: &str, headers: &str| {
        format!("GET {path} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n{headers}\r\n").into_bytes()
    };
    let mut cases = Cases(vec![]);
    let long = exchange(&app, &get(&format!("/api/v1/webhooks?q={}", "x".repeat(9_000)), "")).await;
    cases.check("B66 URI", &answered(&long), (414, "uri_too_long", None));
    let large = exchange(&app, &get("/api/v1/webhooks", &format!("x: {}\r\n", "x".repeat(20_000)))).await;
    cases.check("B66 headers", &answered(&large), (431, "headers_too_large", None));
    // Beyond what is read at all, there is no request to answer with a problem.
    for headers in [format!("x: {}\r\n", "x".repeat(200_000)), "x: 1\r\n".repeat(200)] {
        let huge = exchange(&app, &get("/api/v1/webhooks", &headers)).await;
        assert!(huge.starts_with("HTTP/1.1 431 "), "B66 {huge}");
    }
}

/// So many clients send their headers byte by byte.
const SLOW: usize = 200;

#[tokio::test]
async fn clients_that_never_finish_their_headers_are_cut_off_and_hold_up_nobody() {
    let app = TestApp::start().await;
    let mut slow = Vec::new();
    for _ in 0..SLOW {
        let mut stream = TcpStream::connect(authority(&app)).await.unwrap();
        stream.write_all(b"GET /api/v1/webhooks HTTP/1.1\r\nx").await.unwrap();
        slow.push(stream);
    }
    app.get("/webhooks").await.expect(200);
    for mut stream in slow {
        let mut answer = Vec::new();
        let cut_off = tokio::time::timeout(PATIENCE, stream.read_to_end(&mut answer)).await;
        assert!(cut_off.is_ok(), "the connection stays open");
        let answer = String::from_utf8(answer).unwrap();
        assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 408 "), "{answer}");
    }
}

#[tokio::test]
async fn another_spelling_of_a_path_leads_around_nothing() {
    let app = TestApp::start().await;
    let (host, key) = (authority(&app).to_owned(), &app.key);
    for path in ["/%61pi/v1/webhooks", "/ap%69/v1/set-up", "//api/v1/set-up", "/x/../api/v1/set-up", "/api%2fv1/set-up"]
    {
        let head =
            format!("GET {path} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\nauthorization: Bearer {key}\r\n\r\n");
        let answer = exchange(&app, head.as_bytes()).await;
        // Either a problem, or the portal's page for an address that it does not know.
        let page = !answer.contains("application/json");
        assert!(answer.starts_with("HTTP/1.1 404 ") || answer.starts_with("HTTP/1.1 200 ") && page, "{path}: {answer}");
    }
    // What is open to nobody's credentials is guarded by where the request comes from, however its path is spelled.
    for path in ["/api/v1/session", "/%61pi/v1/session"] {
        let body = r#"{"email":"a@example.com","password":"x"}"#;
        let head = format!(
            "POST {path} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\nsec-fetch-site: cross-site\r\ncontent-type: \
             application/json\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        );
        let answer = exchange(&app, head.as_bytes()).await;
        let refused = answer.starts_with("HTTP/1.1 403 ") || answer.starts_with("HTTP/1.1 404 ");
        assert!(refused, "{path}: {answer}");
    }
}

/// The answer in a text that is one.
fn answered(text: &str) -> Answered {
    let (head, body) = text.split_once("\r\n\r\n").unwrap_or_else(|| panic!("no answer: {text}"));
    let mut lines = head.split("\r\n");
    let status: u16 = lines.next().unwrap().split(' ').nth(1).unwrap().parse().unwrap();
    let mut headers = HeaderMap::new();
    for line in lines {
        let (name, value) = line.split_once(": ").unwrap();
        headers.insert(reqwest::header::HeaderName::try_from(name).unwrap(), value.parse().unwrap());
    }
    Answered { status: StatusCode::from_u16(status).unwrap(), headers, text: body.to_owned() }
}

#[tokio::test]
async fn whoever_offers_another_protocol_is_told_that_the_connection_ends() {
    let app = TestApp::start().await;
    let event = crate::harness::event("A", "B", "1").to_string();
    // As Java's client does without TLS.
    let offer = "connection: Upgrade, HTTP2-Settings\r\nhttp2-settings: AAEAAEAAAAIAAAABAAMAAABkAAQBAAAAAAUAAEAA\r\nupgrade: h2c\r\n";
    let answer = exchange(&app, &post(&app, &format!("{offer}content-length: {}\r\n", event.len()), &event)).await;
    assert!(answer.starts_with("HTTP/1.1 202"), "{answer}");
    assert!(answer.contains("connection: close\r\n"), "{answer}");
}
