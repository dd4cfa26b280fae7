//! What goes over the wire.

use crate::{
    harness::{EXAMPLE, TestApp, id_of},
    receiver::{Received, Receiver},
};
use base64::{Engine as _, prelude::BASE64_STANDARD};
use hmac::{Hmac, KeyInit as _, Mac as _};
use hookwright::store::{Db, webhooks};
use serde_json::json;

pub(crate) fn hmac(key: &[u8], message: &[u8]) -> Vec<u8> {
    let mut mac = <Hmac<sha2::Sha256>>::new_from_slice(key).unwrap();
    mac.update(message);
    mac.finalize().into_bytes().to_vec()
}

/// What a verifier of Standard Webhooks computes.
fn standard_signature(key: &[u8], received: &Received) -> String {
    let header = |name| received.header(name).unwrap();
    let signed =
        [format!("{}.{}.", header("webhook-id"), header("webhook-timestamp")).as_bytes(), &received.body].concat();
    format!("v1,{}", BASE64_STANDARD.encode(hmac(key, &signed)))
}

#[tokio::test]
async fn an_event_is_posted_as_json_with_signatures_and_without_cloudevents_headers() {
    let mut app = TestApp::start().await;
    let receiver = Receiver::start().await;
    let webhook = app.webhook(&receiver).await;
    app.publish_example().await;
    app.run_due().await;
    let received = receiver.received().remove(0);
    assert_eq!(received.line, "POST /hook HTTP/1.1");
    assert_eq!(received.body, EXAMPLE.as_bytes());
    assert!(receiver.url().contains(received.header("host").unwrap()));
    let delivery = app.delivery(&webhook).await;
    let names: Vec<_> = received.headers.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(
        names,
        [
            "host",
            "accept",
            "content-length",
            "content-type",
            "user-agent",
            "x-webhook-signature",
            "webhook-id",
            "webhook-timestamp",
            "webhook-signature"
        ]
    );
    for (name, value) in [
        ("content-type", "application/json"),
        ("content-length", "396"),
        ("user-agent", concat!("Hookwright/", env!("CARGO_PKG_VERSION"))),
        ("webhook-id", delivery["id"].as_str().unwrap()),
        ("webhook-timestamp", "1751997680"),
        ("x-webhook-signature", "0608cf9263550bcdb2e8a50c518f0a524c003c6b1fd4a418ecc61c0c8d174b2f"),
    ] {
        assert_eq!(received.header(name), Some(value), "{name}");
    }
    assert_eq!(received.header("webhook-signature").unwrap(), standard_signature(b"dummysecret", &received));
}

#[tokio::test]
async fn the_signature_is_over_the_bytes_that_were_published() {
    let receiver = Receiver::start().await;
    for (indent, signature) in [
        (2, "62b7bae9734c29f3d07ea829acf921c776c7cabe8fe9b593d0142907befcae60"),
        (4, "212dbc57c95644939cc59386c926ad2b511a110f37290909566ab1724ccc2d35"),
    ] {
        // With the same source and id, so each in an application of its own.
        let mut app = TestApp::start().await;
        app.webhook(&receiver).await;
        let body = indented(indent);
        assert_eq!(body.len(), 424 + 20 * indent);
        app.publish_bytes(body.clone()).await.expect(202);
        app.run_due().await;
        let received = receiver.received().pop().unwrap();
        assert_eq!(received.body, body.as_bytes());
        assert_eq!(received.header("x-webhook-signature"), Some(signature));
    }
}

/// The example, one member a line.
fn indented(by: usize) -> String {
    let (mut text, mut depth) = (String::new(), 0);
    let line = |depth: usize| format!("\n{}", " ".repeat(depth * by));
    let mut quoted = false;
    for c in EXAMPLE.chars() {
        quoted ^= c == '"';
        match c {
            '{' => {
                depth += 1;
                text += &format!("{{{}", line(depth));
            }
            '}' => {
                depth -= 1;
                text += &format!("{}}}", line(depth));
            }
            ',' if !quoted => text += &format!(",{}", line(depth)),
            ':' if !quoted => text += ": ",
            other => text.push(other),
        }
    }
    text
}

#[tokio::test]
async fn an_existing_receiver_of_the_followed_product_takes_the_requests_unchanged() {
    let mut app = TestApp::start_with(|settings| {
        settings.identity.signature_header = "X-Caf-Signature".into();
        settings.identity.user_agent = "Caf-Webhook/Connect".into();
    })
    .await;
    let receiver = Receiver::start().await;
    app.webhook(&receiver).await;
    app.publish_example().await;
    app.run_due().await;
    let received = receiver.received().remove(0);
    assert_eq!(received.header("user-agent"), Some("Caf-Webhook/Connect"));
    assert_eq!(received.header("x-webhook-signature"), None);
    let signature = received.header("x-caf-signature").unwrap();
    assert_eq!(signature, hex::encode(hmac(b"dummysecret", &received.body)));
    assert_eq!(signature, "0608cf9263550bcdb2e8a50c518f0a524c003c6b1fd4a418ecc61c0c8d174b2f");
}

#[tokio::test]
async fn the_digits_of_the_signature_stand_behind_the_prefix_that_is_set() {
    let mut app = TestApp::start_with(|settings| settings.identity.signature_prefix = "sha256=".into()).await;
    let receiver = Receiver::start().await;
    let webhook = app.webhook(&receiver).await;
    app.publish_example().await;
    app.run_due().await;
    let received = receiver.received().remove(0);
    let signature = format!("sha256={}", hex::encode(hmac(b"dummysecret", &received.body)));
    assert_eq!(received.header("x-webhook-signature"), Some(signature.as_str()));
    assert_eq!(app.delivery(&webhook).await["settings_changed"], json!(false));
}

#[tokio::test]
async fn a_header_of_a_webhook_that_has_become_the_name_of_the_signature_is_not_sent_beside_it() {
    for own in [
        json!({"headers": [{"name": "X-Caf-Signature", "value": "of-its-own"}, {"name": "X-Other", "value": "other"}]}),
        json!({"authentication": {"type": "api_key", "header": "X-Caf-Signature", "value": "of-its-own"}}),
    ] {
        let app = TestApp::start().await;
        let receiver = Receiver::start().await;
        let webhook = app.webhook_with(&receiver, own).await;
        let mut app = app.restart_with(|settings| settings.identity.signature_header = "X-Caf-Signature".into()).await;
        let find = |db: &mut Db| webhooks::with_header(db, "X-Caf-Signature", 9);
        assert_eq!(app.app.store.read(find).await.unwrap(), [webhook.parse().unwrap()]);
        assert_eq!(app.app.store.read(|db| webhooks::with_header(db, "X-Caf", 9)).await.unwrap(), []);
        app.publish_example().await;
        app.run_due().await;
        let received = receiver.received().remove(0);
        let sent: Vec<_> = received.headers.iter().filter(|(name, _)| name == "x-caf-signature").collect();
        assert_eq!(sent.len(), 1, "{sent:?}");
        assert_eq!(sent[0].1, hex::encode(hmac(b"dummysecret", &received.body)));
        assert_eq!(app.delivery(&webhook).await["settings_changed"], json!(false));
    }
}

#[tokio::test]
async fn a_whsec_secret_stands_for_its_decoded_bytes_in_standard_webhooks() {
    let mut app = TestApp::start().await;
    let receiver = Receiver::start().await;
    let secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    app.webhook_with(&receiver, json!({"secret": secret})).await;
    app.publish_example().await;
    app.run_due().await;
    let received = receiver.received().remove(0);
    let key = BASE64_STANDARD.decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap();
    assert_eq!(received.header("webhook-signature").unwrap(), standard_signature(&key, &received));
    let hexadecimal = hex::encode(hmac(secret.as_bytes(), &received.body));
    assert_eq!(received.header("x-webhook-signature"), Some(hexadecimal.as_str()));
}

#[tokio::test]
async fn data_goes_out_byte_for_byte() {
    let mut app = TestApp::start().await;
    let receiver = Receiver::start().await;
    app.webhook(&receiver).await;
    let mut published = Vec::new();
    for (number, data) in [
        "1e400",
        "9007199254740993",
        "0.10",
        "-0",
        r#"{"z":1,"a":2}"#,
        "{ \"spaced\" :\t[1 , 2 ]\r\n}",
        r#""\u0000 and \ud83d\ude00 and \/""#,
        r#"{"same":1,"same":2}"#,
        "\"<script>alert(1)</script> é 😀\"",
    ]
    .into_iter()
    .enumerate()
    {
        let body = format!(r#"{{"data":{data},  "specversion":"1.0","id":"{number}","source":"/s","type":"t"}}"#);
        app.publish_bytes(body.clone()).await.expect(202);
        app.run_due().await;
        published.push(body);
    }
    let received = receiver.received();
    let bodies: Vec<_> = received.iter().map(|request| String::from_utf8(request.body.clone()).unwrap()).collect();
    assert_eq!(bodies, published);
    for request in received {
        let hexadecimal = hex::encode(hmac(b"dummysecret", &request.body));
        assert_eq!(request.header("x-webhook-signature"), Some(hexadecimal.as_str()));
    }
}

#[tokio::test]
async fn the_webhook_id_names_the_delivery_whatever_the_publisher_calls_the_event() {
    let mut app = TestApp::start().await;
    let receiver = Receiver::start().await;
    let webhook = app.webhook(&receiver).await;
    app.publish("A", "B", "an.id.with.dots").await;
    app.run_due().await;
    let received = receiver.received().remove(0);
    assert_eq!(received.header("webhook-id"), app.delivery(&webhook).await["id"].as_str());
    assert!(!received.header("webhook-id").unwrap().contains('.'));
}

#[tokio::test]
async fn credentials_go_out_as_basic_authentication_or_in_the_header_of_choice() {
    let mut app = TestApp::start().await;
    let (plain, basic, key) = (Receiver::start().await, Receiver::start().await, Receiver::start().await);
    app.webhook(&plain).await;
    let authentication = json!({"type": "basic", "username": "ana", "password": "geheim"});
    app.webhook_with(&basic, json!({"authentication": authentication})).await;
    let authentication = json!({"type": "api_key", "header": "Authorization", "value": "Bearer abc"});
    app.webhook_with(&key, json!({"authentication": authentication})).await;
    app.publish_example().await;
    app.run_due().await;
    let authorization = |receiver: &Receiver| receiver.received()[0].header("authorization").map(str::to_owned);
    assert_eq!(authorization(&plain), None);
    assert_eq!(authorization(&basic).as_deref(), Some("Basic YW5hOmdlaGVpbQ=="));
    assert_eq!(authorization(&key).as_deref(), Some("Bearer abc"));
}

#[tokio::test]
async fn a_connection_is_used_again() {
    let mut app = TestApp::start().await;
    let receiver = Receiver::start().await;
    let webhook = app.webhook(&receiver).await;
    for number in 0..3 {
        app.publish("A", "B", &number.to_string()).await;
        app.run_due().await;
    }
    let mut connected = 0;
    for row in app.deliveries(&webhook).await {
        let delivery = app.read(&format!("/deliveries/{}", id_of(&row))).await;
        connected += u32::from(delivery["attempts"][0]["phases"]["connect_us"].is_u64());
    }
    assert_eq!((connected, receiver.received().len()), (1, 3));
}

#[tokio::test]
async fn a_clock_that_jumps_holds_up_no_new_event() {
    const HOUR: i64 = 3_600;
    for seconds in [HOUR, -HOUR, 10 * 365 * 24 * HOUR] {
        let mut app = TestApp::start().await;
        let receiver = Receiver::start().await;
        let webhook = app.webhook(&receiver).await;
        app.publish("A", "B", "before").await;
        app.run_due().await;
        app.clock.advance_seconds(seconds);
        app.publish("A", "B", "after").await;
        app.run_due().await;
        assert_eq!(receiver.received().len(), 2, "{seconds}");
        let bodies = receiver.received().iter().map(|received| received.body.clone()).collect::<Vec<_>>();
        let delivered = app.deliveries(&webhook).await;
        assert!(delivered.iter().all(|row| row["status"] == "delivered"), "{seconds}: {delivered:?}");
        let first = app.read(&format!("/deliveries/{}", id_of(&delivered[0]))).await;
        let newest = &bodies[usize::from(seconds > 0)];
        assert_eq!(first["payload"].as_str().unwrap().as_bytes(), newest, "the newest comes first: {seconds}");
    }
}
