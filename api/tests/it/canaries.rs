//! Secrets that were typed are nowhere to be found: not in the database, the log, an answer or a figure.

use crate::{
    calls::{metrics, settled},
    harness::{event, id_of},
    processes::{Process, client, key, output},
    receiver::{Answer, Receiver},
    sessions::EMAIL,
};
use base64::{Engine as _, prelude::BASE64_STANDARD};
use serde_json::{Value, json};
use std::fs;

const SIGNING: &str = "canary-signing-secret";
const PASSWORD: &str = "canary-basic-password";
const HEADER: &str = "canary-header-value-123";
const OWN_HEADER: &str = "canary-own-header-value";
const OPERATOR: &str = "canary-operator-password";
const TYPED_WRONG: &str = "canary-typed-wrong";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_secret_that_was_typed_is_found_anywhere() {
    let folder = tempfile::tempdir().unwrap();
    let database = folder.path().join("hookwright.db");
    let (server, base) = Process::serve_in(&database, &[("HOOKWRIGHT_LOG", "debug,hyper_util=info,h2=info")]).await;
    let key = key(&database);
    let client = client(&key);
    let mut answers = String::new();
    let mut send = async |method: &str, path: &str, body: Option<Value>| -> Value {
        let mut request = client.request(method.parse().unwrap(), format!("{base}/api/v1{path}"));
        if let Some(body) = body {
            request = request.header("content-type", "application/json").body(body.to_string());
        }
        let answered = request.send().await.unwrap();
        answers += &format!("{:?}", answered.headers());
        let text = answered.text().await.unwrap();
        answers += &text;
        serde_json::from_str(&text).unwrap_or_default()
    };
    let (failing, fine) = (Receiver::start().await, Receiver::start().await);
    failing.answer(Answer::status(500));
    let basic = json!({"type": "basic", "username": "ana", "password": PASSWORD});
    let header = json!({"type": "api_key", "header": "X-API-Key", "value": HEADER});
    let headers = json!([{"name": "X-Own", "value": OWN_HEADER}]);
    let mut paths = vec!["/webhooks".to_owned(), "/deliveries".into(), "/events".into(), "/operators".into()];
    paths.extend(["/api-keys", "/audit-log", "/session", "/stats", "/event-types"].map(str::to_owned));
    for (receiver, authentication) in [(&failing, basic), (&fine, header)] {
        let new = json!({"url": receiver.url(), "secret": SIGNING, "authentication": authentication, "headers": headers, "retry_schedule": []});
        let webhook = id_of(&send("POST", "/webhooks", Some(new)).await);
        send("PATCH", &format!("/webhooks/{webhook}"), Some(json!({"secret": format!("{SIGNING}-2")}))).await;
        send("POST", &format!("/webhooks/{webhook}/rotate-secret"), Some(json!({"secret": format!("{SIGNING}-3")})))
            .await;
        paths.push(format!("/webhooks/{webhook}"));
    }
    // What the server makes is told in this answer alone.
    let made = client.post(format!("{base}/api/v1/webhooks")).header("content-type", "application/json");
    let made = made.header("idempotency-key", "1").body(json!({"url": fine.url()}).to_string()).send().await.unwrap();
    let made: Value = serde_json::from_str(&made.text().await.unwrap()).unwrap();
    paths.push(format!("/webhooks/{}", id_of(&made)));
    send("POST", "/operators", Some(json!({"email": EMAIL, "password": OPERATOR, "role": "viewer"}))).await;
    // What is refused must not be repeated either.
    send("POST", "/webhooks", Some(json!({"url": "x", "secret": TYPED_WRONG, "sekret": TYPED_WRONG}))).await;
    let wrong = json!([{"name": "X Own", "value": TYPED_WRONG}]);
    send("POST", "/webhooks", Some(json!({"url": "x", "secret": TYPED_WRONG, "headers": wrong}))).await;
    send("POST", "/operators", Some(json!({"email": EMAIL, "password": TYPED_WRONG, "role": 7}))).await;
    send("POST", "/session", Some(json!({"email": EMAIL, "password": TYPED_WRONG}))).await;
    send("POST", "/session", Some(json!({"email": TYPED_WRONG, "password": OPERATOR}))).await;
    send("POST", "/events", Some(event("A", "B", "1"))).await;
    settled(&client, &base).await;
    for delivery in send("GET", "/deliveries", None).await["items"].as_array().unwrap() {
        paths.push(format!("/deliveries/{}", id_of(delivery)));
    }
    for path in &paths {
        send("GET", path, None).await;
    }
    let metrics = metrics(&client, &base).await;
    let received = fine.received();
    let told = received.iter().find(|told| told.header("x-api-key") == Some(HEADER)).expect("the receiver is told");
    assert_eq!(told.header("x-own"), Some(OWN_HEADER), "the receiver is told");

    let mut places =
        vec![("answers", answers.into_bytes()), ("metrics", metrics.into_bytes()), ("log", server.said().into_bytes())];
    for file in ["hookwright.db", "hookwright.db-wal"] {
        places.push((file, fs::read(folder.path().join(file)).unwrap_or_default()));
    }
    let backup = output(&[
        "key",
        "add",
        "--name",
        "x",
        "--role",
        "viewer",
        "--database-url",
        &format!("sqlite://{}", database.display()),
    ]);
    places.push(("words of the command line", backup.stderr));
    assert!(places.iter().take(4).all(|(_, bytes)| bytes.len() > 100));
    let secret = key.rsplit('_').next().unwrap();
    let sealing = fs::read_to_string(folder.path().join("hookwright.db.key")).unwrap();
    let made = made["secret"].as_str().unwrap();
    let encoded = BASE64_STANDARD.encode(format!("ana:{PASSWORD}"));
    for canary in [SIGNING, PASSWORD, HEADER, OWN_HEADER, OPERATOR, TYPED_WRONG, &encoded, secret, sealing.trim(), made]
    {
        for (place, bytes) in &places {
            let found = bytes.windows(canary.len()).position(|window| window == canary.as_bytes());
            let around = found.map(|at| String::from_utf8_lossy(&bytes[at.saturating_sub(60)..at + canary.len()]));
            assert!(found.is_none(), "{canary} stands in {place}: {around:?}");
        }
    }
}
