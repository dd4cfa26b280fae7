//! Webhooks that cannot be.

use super::Cases;
use crate::harness::{TestApp, changed, id_of};
use reqwest::Method;
use serde_json::{Value, json};

const SSRF_CASES: &str = include_str!("../../data/ssrf-cases.tsv");

#[tokio::test]
async fn no_address_that_may_not_be_called_is_registered() {
    let app = TestApp::start_with(|settings| settings.policy = hookwright::delivery::guard::Policy::default()).await;
    let mut cases = Cases(vec![]);
    let mut seen = 0;
    for line in SSRF_CASES.lines().skip(1) {
        let [id, url, setup, at_create, _, code, _] = line.split('\t').collect::<Vec<_>>()[..] else {
            panic!("{line}")
        };
        // Names whose addresses matter have a test of their own, with a name server.
        if at_create != "reject" || setup.starts_with("A=") || setup.starts_with("AAAA=") || url.contains("<own") {
            continue;
        }
        let url = match url {
            "https://exa\\tmple.com/ (raw TAB inside)" => "https://exa\tmple.com/".into(),
            "https://example.com/\\r\\nX-Injected: 1 (raw CRLF)" => "https://example.com/\r\nX-Injected: 1".into(),
            "https://example.com/a…(2,049 chars)" => format!("https://example.com/{}", "a".repeat(2_029)),
            "https://longname.test (254+ chars)" => format!("https://{}test", "longname.".repeat(28)),
            other => other.to_owned(),
        };
        seen += 1;
        let answer = app.post("/webhooks", &json!({"url": url, "secret": "dummysecret"})).await;
        cases.check(&format!("B32 {id} {url}"), &answer, (422, code, Some("/url")));
    }
    assert!(seen > 80, "{seen}");
    assert_eq!(app.read("/webhooks").await["items"], json!([]));
}

#[tokio::test]
async fn the_servers_own_address_is_no_target() {
    let app = TestApp::start().await;
    let answer = app.post("/webhooks", &json!({"url": format!("{}/events", app.base), "secret": "dummysecret"})).await;
    Cases(vec![]).check("B32 S172", &answer, (422, "target_is_self", Some("/url")));
}

#[tokio::test]
async fn webhooks_that_cannot_be_are_refused() {
    let app = TestApp::start().await;
    let mut cases = Cases(vec![]);
    let plain = json!({"url": "https://example.com/hook", "secret": "dummysecret"});
    let existing = app.make("/webhooks", &plain).await;
    let existing = format!("/webhooks/{}", id_of(&existing));
    let key =
        |header: &str, value: &str| json!({"authentication": {"type": "api_key", "header": header, "value": value}});
    let own = |headers: &[(&str, &str)]| {
        let headers: Vec<_> = headers.iter().map(|(name, value)| json!({"name": name, "value": value})).collect();
        json!({"headers": headers})
    };
    let select = |types: Value| json!({"events": {"mode": "selected", "types": types}});
    for (name, change, code, pointer) in [
        ("B33", json!({"description": "é".repeat(201)}), "description_invalid", "/description"),
        ("B33", json!({"description": "a\nb"}), "description_invalid", "/description"),
        ("B33", json!({"description": "pay\u{202e}load"}), "description_invalid", "/description"),
        ("B34", select(json!([])), "filter_invalid", "/events/types"),
        ("B34", select(json!(vec!["A.B"; 101])), "filter_invalid", "/events/types"),
        ("B34", select(json!(["A.B", "no type"])), "filter_invalid", "/events/types/1"),
        ("B34", select(json!(["A*.B"])), "filter_invalid", "/events/types/0"),
        ("B34", json!({"events": {"mode": "all", "types": ["A.B"]}}), "filter_invalid", "/events/types"),
        ("B35", json!({"secrte": "x"}), "unknown_field", "/secrte"),
        ("B35", json!({"a/b~c`d": "x"}), "unknown_field", "/a~1b~0c`d"),
        ("B35", json!({"events": {"mode": "all", "typ": []}}), "unknown_field", "/events/typ"),
        ("B36", json!({"status": true}), "wrong_type", "/status"),
        ("B36", json!({"status": "enabled"}), "wrong_type", "/status"),
        ("B36", json!({"retry_schedule": "5, 30"}), "wrong_type", "/retry_schedule"),
        ("B36", json!({"authentication": "none"}), "wrong_type", "/authentication"),
        ("B36", json!({"url": 5}), "wrong_type", "/url"),
        ("B36", json!({"timeout_ms": "2000"}), "wrong_type", "/timeout_ms"),
        ("B36", json!({"timeout_ms": 2000.5}), "wrong_type", "/timeout_ms"),
        ("B36", json!({"retry_schedule": [5, "x"]}), "wrong_type", "/retry_schedule/1"),
        ("B36", select(json!([1])), "wrong_type", "/events/types/0"),
        ("B37", key("X Bad", "v"), "header_name_invalid", "/authentication/header"),
        ("B37", key("", "v"), "header_name_invalid", "/authentication/header"),
        ("B37", key(":", "v"), "header_name_invalid", "/authentication/header"),
        ("B38", key("X-Key", "a\r\nb"), "header_value_invalid", "/authentication/value"),
        ("B38", key("X-Key", " a"), "header_value_invalid", "/authentication/value"),
        ("B38", key("X-Key", "é"), "header_value_invalid", "/authentication/value"),
        ("B39", key("Host", "v"), "header_reserved", "/authentication/header"),
        ("B39", key("x-webhook-signature", "v"), "header_reserved", "/authentication/header"),
        ("B39", key("webhook-id", "v"), "header_reserved", "/authentication/header"),
        ("B39", key("X-Forwarded-For", "v"), "header_reserved", "/authentication/header"),
        ("B39", own(&[("Host", "v")]), "header_reserved", "/headers/0/name"),
        ("B39", own(&[("X-A", "v"), ("x-a", "v")]), "header_repeated", "/headers/1/name"),
        ("B37", own(&[("X A", "v")]), "header_name_invalid", "/headers/0/name"),
        ("B38", own(&[("X-A", "a\r\nb")]), "header_value_invalid", "/headers/0/value"),
        ("B43", own(&[("X-A", "••••")]), "secret_placeholder", "/headers/0/value"),
        ("B36", json!({"headers": {"X-A": "v"}}), "wrong_type", "/headers"),
        ("B35", json!({"headers": [{"name": "X-A", "valueless": "v"}]}), "unknown_field", "/headers/0/valueless"),
        ("B42", json!({"secret": "1234567"}), "secret_invalid", "/secret"),
        ("B42", json!({"secret": "x".repeat(257)}), "secret_invalid", "/secret"),
        ("B42", json!({"secret": "whsec_not-base64"}), "secret_invalid", "/secret"),
        ("B43", json!({"secret": "••••••••"}), "secret_placeholder", "/secret"),
        ("B44", json!({"timeout_ms": 0}), "out_of_range", "/timeout_ms"),
        ("B44", json!({"timeout_ms": 999}), "out_of_range", "/timeout_ms"),
        ("B44", json!({"timeout_ms": 30_001}), "out_of_range", "/timeout_ms"),
        ("B44", json!({"timeout_ms": -1}), "out_of_range", "/timeout_ms"),
        ("B44", json!({"timeout_ms": u64::MAX}), "out_of_range", "/timeout_ms"),
        ("B44", json!({"timeout_ms": 18_446_744_073_709_551_616_f64}), "out_of_range", "/timeout_ms"),
        ("B44", json!({"retry_schedule": [0]}), "out_of_range", "/retry_schedule"),
        ("B44", json!({"retry_schedule": vec![5; 21]}), "out_of_range", "/retry_schedule"),
        ("B44", json!({"retry_schedule": [5, -1]}), "out_of_range", "/retry_schedule/1"),
    ] {
        let whole = changed(plain.clone(), change.clone());
        let expected = (422, code, Some(pointer));
        cases.check(&format!("{name} POST {change}"), &app.post("/webhooks", &whole).await, expected);
        cases.check(&format!("{name} PATCH {change}"), &app.patch(&existing, &change).await, expected);
    }
    for name in [
        "connection",
        "Content-Length",
        "content-type",
        "content-encoding",
        "Transfer-Encoding",
        "TE",
        "trailer",
        "upgrade",
        "expect",
        "Proxy-Authorization",
        "proxy-connection",
        "accept-encoding",
        "Date",
        "User-Agent",
        "forwarded",
        "X-Forwarded-Host",
        "webhook-signature",
        "CE-id",
        "traceparent",
        "Metadata",
        "Metadata-Flavor",
        "X-aws-ec2-metadata-token",
        "X-aws-ec2-metadata-token-ttl-seconds",
        "X-Google-Metadata-Request",
    ] {
        let answer = app.patch(&existing, &key(name, "v")).await;
        cases.check(&format!("B39 {name}"), &answer, (422, "header_reserved", Some("/authentication/header")));
    }
    let long = app.patch(&existing, &key("X-Key", &"v".repeat(4_097))).await;
    cases.check("B41", &long, (422, "header_value_invalid", Some("/authentication/value")));
    for (body, code, pointer) in [
        (r#"{"secret":"dummysecret"}"#, "missing_field", "/url"),
        ("[]", "wrong_type", ""),
        (r#"{"url":"https://example.com/","secret":"dummysecret","status":null}"#, "wrong_type", "/status"),
        (
            r#"{"url":"https://example.com/","secret":"dummysecret","timeout_ms":18446744073709551616}"#,
            "out_of_range",
            "/timeout_ms",
        ),
        (r#"{"url":"https://example.com/","secret":"dummysecret","timeout_ms":1e400}"#, "out_of_range", "/timeout_ms"),
    ] {
        let request = app.request(Method::POST, "/webhooks").header("content-type", "application/json").body(body);
        cases.check(body, &app.send(request).await, (422, code, Some(pointer)));
    }
    let typo = app.patch(&existing, &json!({"descripton": "x"})).await.expect(422).json();
    assert!(typo["detail"].as_str().unwrap().contains("\"description\""), "{typo}");
    // Nothing of a refused secret comes back.
    let refused = app.post("/webhooks", &json!({"url": "https://example.com/", "secret": "whsec_topsecret!"})).await;
    assert!(!refused.text.contains("topsecret"), "{}", refused.text);
    assert_eq!(app.read(&existing).await["version"], 1, "a refused change changes nothing");
}
