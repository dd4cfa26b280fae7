//! What receivers do wrong, and what is recorded of it.

use crate::{
    harness::{TestApp, column, id_of, pairs},
    receiver::{Answer, Receiver},
};
use base64::{Engine as _, prelude::BASE64_STANDARD};
use serde_json::{Value, json};
use std::time::Duration;

/// The only attempt to a webhook without retries whose receiver answers so.
async fn attempt(answer: Answer) -> Value {
    let mut app = TestApp::start().await;
    let receiver = Receiver::start().await;
    receiver.answer(answer);
    let webhook = app.webhook_with(&receiver, json!({"retry_schedule": []})).await;
    app.publish_example().await;
    app.run_due().await;
    let delivery = app.delivery(&webhook).await;
    let mut attempt = delivery["attempts"][0].clone();
    assert_eq!(delivery["failure"], attempt["failure"]);
    assert_eq!(delivery["status"], if attempt["failure"].is_null() { "delivered" } else { "failed" });
    attempt["requests"] = receiver.received().len().into();
    attempt
}

#[tokio::test]
async fn no_redirect_is_followed() {
    let target = Receiver::start().await;
    for status in [301, 302, 303, 307, 308] {
        let attempt = attempt(Answer::status(status).header("location", &target.url())).await;
        assert_eq!((&attempt["failure"], &attempt["status_code"]), (&json!("http_status"), &json!(status)));
        assert_eq!(pairs(&attempt["response_headers"])[1], ("location".to_owned(), target.url()));
        assert_eq!(attempt["requests"], 1);
    }
    let refreshed = attempt(Answer::status(200).header("refresh", &format!("0;url={}", target.url()))).await;
    assert_eq!(refreshed["failure"], Value::Null);
    assert_eq!(target.received(), []);
}

/// The real time of two seconds is the behaviour here, so all slow receivers are slow at the same time.
#[tokio::test]
async fn two_seconds_are_the_limit_for_everything_together() {
    let mut app = TestApp::start().await;
    let second = Duration::from_secs(1);
    let head = b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nfirst".to_vec();
    let slow = [
        ("silent before the headers", Answer::status(200).after(60 * second), None),
        ("a header byte by byte", Answer::Drip(b"HTTP/1.1 ".to_vec(), vec![b'2'; 50], second / 2), None),
        ("a body byte by byte", Answer::Drip(head.clone(), vec![b'.'; 50], 4 * second / 5), Some("first")),
        ("an endless flood of 1xx", Answer::Drip(vec![], b"HTTP/1.1 103 Early\r\n\r\n".repeat(50), second / 50), None),
    ];
    let mut webhooks = Vec::new();
    for (name, answer, body) in slow {
        let receiver = Receiver::start().await;
        receiver.answer(answer);
        webhooks.push((app.webhook_with(&receiver, json!({"retry_schedule": []})).await, receiver, name, body));
    }
    let quick = Receiver::start().await;
    quick.answer(Answer::status(200).after(second / 2));
    let quick = (app.webhook(&quick).await, quick);
    let patient = Receiver::start().await;
    patient.answer(Answer::status(200).after(5 * second / 2));
    let patient = (app.webhook_with(&patient, json!({"timeout_ms": 10_000})).await, patient);
    app.publish_example().await;
    app.run_due().await;
    for (webhook, _receiver, name, body) in webhooks {
        let attempt = app.attempts(&webhook).await.remove(0);
        assert_eq!(attempt["failure"], "timeout", "{name}");
        let took = attempt["duration_us"].as_u64().unwrap();
        assert!((2_000_000..4_000_000).contains(&took), "{name}: {took}");
        let text = attempt["response_body"]["text"].as_str();
        assert!(text.zip(body).map_or(text == body, |(text, body)| text.starts_with(body)), "{name}: {text:?}");
        assert_eq!(attempt["status_code"].is_null(), body.is_none(), "{name}");
    }
    assert_eq!(app.delivery(&quick.0).await["status"], "delivered");
    assert_eq!(app.delivery(&patient.0).await["status"], "delivered");
}

#[tokio::test]
async fn of_a_large_body_64_kib_are_kept() {
    for (size, kept, truncated) in
        [(65_535, 65_535, false), (65_536, 65_536, false), (65_537, 65_536, true), (8 << 20, 65_536, true)]
    {
        let attempt = attempt(Answer::body(200, vec![b'x'; size])).await;
        assert_eq!(attempt["failure"], Value::Null, "{size}");
        let body = &attempt["response_body"];
        assert_eq!((&body["size"], &body["truncated"]), (&json!(kept), &json!(truncated)), "{size}");
        assert_eq!(body["text"].as_str().unwrap().len(), kept, "{size}");
    }
}

#[tokio::test]
async fn of_large_headers_16_kib_are_kept() {
    let large = format!("x{}", "é".repeat(20_000));
    let answer = Answer::body(200, "fine").header("x-large", &large).header("x-next", "1");
    let attempt = attempt(answer).await;
    assert_eq!(attempt["failure"], Value::Null);
    let kept = pairs(&attempt["response_headers"]);
    let value = |name: &str| kept.iter().find(|(known, _)| known == name).unwrap().1.as_str();
    let whole = value("x-large").strip_suffix('…').expect("it is cut, and says so");
    assert!(large.starts_with(whole) && whole.len() > 16_000, "{}", whole.len());
    let size: usize = kept.iter().map(|(name, value)| name.len() + value.trim_end_matches('…').len()).sum();
    assert!((16_380..=16_384).contains(&size), "{size}");
    assert_eq!((value("content-type"), value("x-next")), ("text/plain", "…"));
}

#[tokio::test]
async fn a_body_that_is_cut_inside_a_character_is_shown_up_to_it() {
    let attempt = attempt(Answer::body(200, format!("x{}", "é".repeat(40_000)))).await;
    let body = &attempt["response_body"];
    assert_eq!((&body["size"], &body["truncated"], &body["base64"]), (&json!(65_536), &json!(true), &Value::Null));
    assert_eq!(body["text"].as_str().unwrap().len(), 65_535);
}

#[tokio::test]
async fn a_compressed_body_is_kept_as_it_came() {
    // The begin of a gzip stream; whoever unpacked it would fail at its missing end.
    let bomb = [&[0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff][..], &[0xec; 1_000]].concat();
    let attempt = attempt(Answer::Response(200, vec![("content-encoding".into(), "gzip".into())], bomb.clone())).await;
    assert_eq!(attempt["failure"], Value::Null);
    assert_eq!(attempt["response_body"]["base64"], BASE64_STANDARD.encode(bomb));
    assert_eq!(attempt["response_body"]["text"], Value::Null);
}

#[tokio::test]
async fn bytes_that_are_no_utf_8_are_kept_and_shown_as_far_as_they_can_be() {
    let body = b"\xff\x00 latin \xe9";
    let head = b"HTTP/1.1 500 \xe9\r\nx-name: Andr\xe9\r\ncontent-length: 10\r\n\r\n";
    let attempt = attempt(Answer::raw([&head[..], body].concat())).await;
    assert_eq!((&attempt["failure"], &attempt["status_code"]), (&json!("http_status"), &json!(500)));
    assert_eq!(pairs(&attempt["response_headers"])[0], ("x-name".to_owned(), "Andr\u{fffd}".to_owned()));
    assert_eq!(attempt["response_body"]["base64"], BASE64_STANDARD.encode(&body[..10]));
}

#[tokio::test]
async fn of_a_refusal_that_breaks_off_the_status_counts() {
    let attempt = attempt(Answer::raw("HTTP/1.1 431 No\r\ncontent-length: 10\r\n\r\nshort")).await;
    assert_eq!((&attempt["failure"], &attempt["status_code"]), (&json!("http_status"), &json!(431)));
    assert_eq!(attempt["response_body"]["text"], "short");
    assert!(attempt["error"].is_string(), "{attempt}");
}

#[tokio::test]
async fn what_is_no_answer_fails_with_its_kind() {
    let many = |count| (0..count).map(|number| format!("x-{number}: 1\r\n")).collect::<String>();
    for (name, answer, failure) in [
        ("101 headers", Answer::raw(format!("HTTP/1.1 200 OK\r\n{}\r\n", many(101))), "response_invalid"),
        (
            "1 MB header",
            Answer::raw(format!("HTTP/1.1 200 OK\r\nx: {}\r\n\r\n", "x".repeat(1 << 20))),
            "response_invalid",
        ),
        ("reset", Answer::Reset, "reset"),
        ("closed without a word", Answer::Close, "reset"),
        ("closed within the headers", Answer::raw("HTTP/1.1 200 OK\r\ncontent-le"), "reset"),
        ("closed within the body", Answer::raw("HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nshort"), "reset"),
        ("closed within a chunk", Answer::raw("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nab"), "reset"),
        ("garbage", Answer::raw(vec![0; 100]), "response_invalid"),
        ("another protocol", Answer::raw("SSH-2.0-OpenSSH_9.2p1\r\n"), "response_invalid"),
        ("HTTP/0.9", Answer::raw("<html>hello</html>\n"), "response_invalid"),
        ("HTTP/2", Answer::raw("\0\0\u{12}\u{4}\0\0\0\0\0\0\u{3}\0\0\0\u{64}\0\u{4}\0\0"), "response_invalid"),
        (
            "a bad chunk",
            Answer::raw("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\nab"),
            "response_invalid",
        ),
        (
            "two lengths",
            Answer::raw("HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nab"),
            "response_invalid",
        ),
        (
            "switching protocols",
            Answer::raw("HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n"),
            "http_status",
        ),
    ] {
        let attempt = attempt(answer).await;
        assert_eq!(attempt["failure"], failure, "{name}: {attempt}");
        assert_eq!(attempt["error"].is_null(), failure == "http_status", "{name}");
        assert_eq!(attempt["requests"], 1, "{name}");
    }
}

#[tokio::test]
async fn a_request_that_a_kept_connection_ends_with_is_made_once_more_on_a_fresh_one() {
    for (answers, failure, requests) in [
        ([Answer::Close, Answer::status(200)], Value::Null, 3),
        ([Answer::Reset, Answer::status(200)], Value::Null, 3),
        ([Answer::Close, Answer::Close], json!("reset"), 3),
        ([Answer::status(500), Answer::Close], json!("http_status"), 2),
        // It was at work on it.
        ([Answer::Close.after(Duration::from_millis(1_100)), Answer::status(200)], json!("reset"), 2),
    ] {
        let mut app = TestApp::start().await;
        let receiver = Receiver::start().await;
        receiver.answer(Answer::status(200));
        answers.into_iter().for_each(|answer| receiver.answer(answer));
        let webhook = app.webhook_with(&receiver, json!({"retry_schedule": [], "timeout_ms": 10_000})).await;
        for number in ["1", "2"] {
            app.publish("A", "B", number).await;
            app.run_due().await;
        }
        let id = id_of(&app.deliveries(&webhook).await[0]);
        let attempts = &app.read(&format!("/deliveries/{id}")).await["attempts"];
        assert_eq!(column(attempts.as_array().unwrap(), "failure"), [&failure]);
        let received = receiver.received();
        assert_eq!((received.len(), receiver.connections()), (requests, requests - 1), "{failure}");
        assert_eq!(received[1], received[requests - 1], "the same request");
    }
}

#[tokio::test]
async fn an_answer_with_something_around_it_counts_all_the_same() {
    for (name, answer, status) in [
        (
            "100 and 103 before it",
            Answer::raw(
                "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nlink: x\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n",
            ),
            200,
        ),
        ("a body in a 204", Answer::raw("HTTP/1.1 204 No Content\r\ncontent-length: 5\r\n\r\nhello"), 204),
        (
            "a second answer",
            Answer::raw("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nokHTTP/1.1 500 No\r\ncontent-length: 0\r\n\r\n"),
            200,
        ),
        ("HTTP/1.0 until the end", Answer::raw("HTTP/1.0 200 OK\r\n\r\nas long as it is"), 200),
        (
            "100 headers",
            Answer::raw(format!(
                "HTTP/1.1 200 OK\r\n{}\r\n",
                (0..100).map(|number| format!("x-{number}: 1\r\n")).collect::<String>()
            )),
            200,
        ),
    ] {
        let attempt = attempt(answer).await;
        assert_eq!((&attempt["failure"], &attempt["status_code"]), (&Value::Null, &json!(status)), "{name}: {attempt}");
    }
}

#[tokio::test]
async fn what_follows_an_answer_is_never_taken_for_the_next_one() {
    let mut app = TestApp::start().await;
    let receiver = Receiver::start().await;
    let two = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nokHTTP/1.1 500 No\r\ncontent-length: 0\r\n\r\n".to_vec();
    // The connection stays open after both.
    receiver.answer(Answer::Drip(two, vec![b' '; 1_000], Duration::from_secs(1)));
    receiver.answer(Answer::status(202));
    let webhook = app.webhook(&receiver).await;
    for number in ["1", "2"] {
        app.publish("A", "B", number).await;
        app.run_due().await;
    }
    let codes: Vec<_> = app.deliveries(&webhook).await.iter().map(|row| row["status_code"].clone()).collect();
    assert_eq!(codes, [202, 200]);
}

#[tokio::test]
async fn a_port_where_nothing_listens_is_refused() {
    let mut app = TestApp::start().await;
    let receiver = Receiver::start().await;
    let webhook = app.webhook_with(&receiver, json!({"retry_schedule": []})).await;
    receiver.close().await;
    app.publish_example().await;
    app.run_due().await;
    let attempt = app.attempts(&webhook).await.remove(0);
    assert_eq!(attempt["failure"], "connect_refused");
    assert_eq!((&attempt["status_code"], &attempt["response_body"]), (&Value::Null, &Value::Null));
    assert!(attempt["error"].as_str().unwrap().contains("refused"));
}

/// TCP leads to no broadcast address, so the system says at once that there is no way there.
#[tokio::test]
async fn where_no_way_leads_the_attempt_fails_at_once() {
    let broadcast = "255.255.255.255/32".parse().unwrap();
    let mut app = TestApp::start_with(move |settings| {
        settings.policy.allow_http = hookwright::delivery::guard::AllowHttp::Always;
        settings.policy.allow_networks = vec![broadcast];
    })
    .await;
    let new = json!({"url": "http://255.255.255.255:9000/hook", "secret": "dummysecret", "retry_schedule": []});
    let webhook = id_of(&app.make("/webhooks", &new).await);
    app.publish_example().await;
    app.run_due().await;
    assert_eq!(app.attempts(&webhook).await[0]["failure"], "connect_failed");
}

#[tokio::test]
async fn tls_to_a_receiver_that_speaks_none_is_a_tls_failure() {
    let mut app = TestApp::start().await;
    let receiver = Receiver::start().await;
    let url = receiver.url().replace("http://", "https://");
    let webhook = app.webhook_with(&receiver, json!({"url": url, "retry_schedule": []})).await;
    receiver.answer_unread("HTTP/1.1 400 Bad Request\r\n\r\n");
    app.publish_example().await;
    app.run_due().await;
    assert_eq!(app.attempts(&webhook).await[0]["failure"], "tls");
}

#[tokio::test]
async fn an_address_that_may_no_longer_be_called_is_not_called() {
    let app = TestApp::start().await;
    let receiver = Receiver::start().await;
    let url = receiver.url().replace("http://", "https://");
    let webhook = app.webhook_with(&receiver, json!({"url": url, "retry_schedule": []})).await;
    let mut app = app.restart_with(|settings| settings.policy = hookwright::delivery::guard::Policy::default()).await;
    app.publish_example().await;
    app.run_due().await;
    let attempt = app.attempts(&webhook).await.remove(0);
    assert_eq!(attempt["failure"], "blocked_address");
    assert!(attempt["error"].as_str().unwrap().contains("127.0.0.1"));
    assert_eq!(receiver.connections(), 0);
}
