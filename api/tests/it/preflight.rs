//! `/webhooks/preflight`

use crate::{
    harness::TestApp,
    receiver::{Answer, Receiver},
};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpListener,
};

async fn look(app: &TestApp, url: &str) -> Value {
    app.post("/webhooks/preflight", &json!({"url": url})).await.expect(200).json()
}

#[tokio::test]
async fn a_receiver_is_asked_for_its_head_and_gets_no_event() {
    let app = TestApp::start().await;
    let receiver = Receiver::start().await;
    receiver.answer_only(Answer::status(501));
    assert_eq!(look(&app, &receiver.url()).await["advice"], json!(["plain_http"]));
    receiver.answer_only(Answer::status(405));
    let found = look(&app, &receiver.url()).await;
    assert_eq!((&found["url_ok"], &found["problem"]), (&json!(true), &Value::Null));
    assert_eq!((&found["dns"], &found["tls"]), (&Value::Null, &Value::Null), "an address, and no TLS");
    assert_eq!(found["http"]["status"], 405);
    assert_eq!(found["advice"], json!(["plain_http"]));
    let [_, received] = &receiver.received()[..] else { panic!("a request each") };
    assert!(received.line.starts_with("HEAD /hook "), "{}", received.line);
    assert!(received.header("webhook-id").is_none());
    assert_eq!(app.read("/events").await["items"], json!([]));
}

#[tokio::test]
async fn a_redirect_is_told_and_not_followed() {
    let app = TestApp::start().await;
    let (receiver, elsewhere) = (Receiver::start().await, Receiver::start().await);
    receiver.answer_only(Answer::status(308).header("location", &elsewhere.url()));
    let found = look(&app, &receiver.url()).await;
    assert_eq!(found["http"]["redirect_to"], elsewhere.url());
    assert_eq!(found["advice"], json!(["plain_http", "redirects"]));
    assert_eq!(elsewhere.received(), []);
}

#[tokio::test]
async fn a_name_is_resolved() {
    let app = TestApp::start().await;
    let receiver = Receiver::start().await;
    let found = look(&app, &receiver.url().replace("127.0.0.1", "localhost")).await;
    assert_eq!(found["dns"]["ok"], true, "{found}");
    assert!(found["dns"]["addresses"].as_array().unwrap().contains(&json!("127.0.0.1")));
}

#[tokio::test]
async fn where_nobody_listens_there_is_no_connection() {
    let app = TestApp::start().await;
    let address = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let found = look(&app, &format!("https://{address}/hook")).await;
    assert_eq!(found["advice"], json!(["connect_failed"]));
    assert_eq!((&found["tls"], &found["http"]["status"]), (&Value::Null, &Value::Null));
    assert!(found["http"]["error"].is_string());
}

#[tokio::test]
async fn who_speaks_no_tls_is_told_apart() {
    let app = TestApp::start().await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("https://{}/hook", listener.local_addr().unwrap());
    let answering = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let _ = stream.read(&mut [0; 4_096]).await;
        stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").await.unwrap();
    });
    let found = look(&app, &url).await;
    answering.await.unwrap();
    assert_eq!(found["advice"], json!(["tls_failed"]), "{found}");
    assert_eq!((&found["tls"]["ok"], &found["http"]), (&json!(false), &Value::Null));
}

#[tokio::test]
async fn a_url_that_cannot_be_saved_is_not_called() {
    let app = TestApp::start().await;
    for (url, code) in [
        ("https://10.0.0.1/hook", "target_address_blocked"),
        ("http://example.com/hook", "url_scheme_not_allowed"),
        ("https://169.254.169.254/latest", "target_address_blocked"),
        ("nonsense", "url_invalid"),
    ] {
        let found = look(&app, url).await;
        assert_eq!((&found["url_ok"], &found["problem"]["code"]), (&json!(false), &json!(code)), "{url}");
        assert_eq!((&found["advice"], &found["http"]), (&json!(["url_refused"]), &Value::Null));
    }
    assert_eq!(app.post("/webhooks/preflight", &json!({})).await.expect(422).problem(), "missing_field");
}
