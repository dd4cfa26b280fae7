//! Events that are none.

use super::Cases;
use crate::harness::{EXAMPLE, TestApp};

#[tokio::test]
async fn events_that_are_none_are_refused() {
    let app = TestApp::start().await;
    let mut cases = Cases(vec![]);
    for (name, body) in [("B12", "[]"), ("B12", "\"x\""), ("B12", "1"), ("B12", "null"), ("B12", "true")] {
        cases.check(name, &app.publish_bytes(body).await, (422, "event_not_object", None));
    }
    let long = "x".repeat(256);
    let base = r#"{"specversion":"1.0","id":"1","source":"S","type":"T"}"#;
    for (name, old, new, code, pointer) in [
        ("B13", r#""specversion":"1.0","#, "", "ce_specversion", "/specversion"),
        ("B13", r#""1.0""#, r#""0.3""#, "ce_specversion", "/specversion"),
        ("B13", r#""1.0""#, "1.0", "ce_specversion", "/specversion"),
        ("B14", r#""id":"1","#, "", "ce_missing_attribute", "/id"),
        ("B14", r#""id":"1""#, r#""id":"""#, "ce_missing_attribute", "/id"),
        ("B14", r#""source":"S","#, "", "ce_missing_attribute", "/source"),
        ("B14", r#""source":"S""#, r#""source":"""#, "ce_missing_attribute", "/source"),
        ("B14", r#","type":"T""#, "", "ce_missing_attribute", "/type"),
        ("B14", r#""type":"T""#, r#""type":null"#, "ce_missing_attribute", "/type"),
        ("B15", r#""id":"1""#, &format!(r#""id":"{long}""#), "ce_invalid_id", "/id"),
        ("B15", r#""id":"1""#, r#""id":"a\nb""#, "ce_invalid_id", "/id"),
        ("B15", r#""id":"1""#, r#""id":"a\u0000b""#, "ce_invalid_id", "/id"),
        ("B15", r#""id":"1""#, r#""id":1"#, "ce_invalid_id", "/id"),
        ("B17", r#""source":"S""#, r#""source":"a b""#, "ce_invalid_source", "/source"),
        ("B17", r#""source":"S""#, r#""source":"%zz""#, "ce_invalid_source", "/source"),
        ("B17", r#""source":"S""#, r#""source":"é""#, "ce_invalid_source", "/source"),
        ("B18", r#""type":"T""#, r#""type":"a b""#, "ce_invalid_type", "/type"),
        ("B18", r#""type":"T""#, r#""type":"a\r\nX: 1""#, "ce_invalid_type", "/type"),
        ("B18", r#""type":"T""#, r#""type":"😀""#, "ce_invalid_type", "/type"),
        ("B18", r#""type":"T""#, &format!(r#""type":"{long}""#), "ce_invalid_type", "/type"),
        ("B19", "}", r#","time":"yesterday"}"#, "ce_invalid_time", "/time"),
        ("B19", "}", r#","time":"2025-02-30T00:00:00Z"}"#, "ce_invalid_time", "/time"),
        ("B19", "}", r#","time":1751997680}"#, "ce_invalid_time", "/time"),
        ("B19", "}", r#","time":"2025-07-08 18:01:19Z"}"#, "ce_invalid_time", "/time"),
        ("B20", "}", r#","data":1,"data_base64":"YQ=="}"#, "ce_data_conflict", "/data_base64"),
        ("B21", "}", r#","data_base64":"?"}"#, "ce_invalid_base64", "/data_base64"),
        ("B21", "}", r#","data_base64":"YQ"}"#, "ce_invalid_base64", "/data_base64"),
        ("B22", "}", r#","datacontenttype":"json"}"#, "ce_invalid_datacontenttype", "/datacontenttype"),
        ("B22", "}", r#","datacontenttype":"a/b c"}"#, "ce_invalid_datacontenttype", "/datacontenttype"),
        ("B23", "}", r#","myExt":1}"#, "ce_invalid_attribute", "/myExt"),
        ("B23", "}", r#","my_ext":1}"#, "ce_invalid_attribute", "/my_ext"),
        ("B23", "}", r#","ext":{"a":1}}"#, "ce_invalid_attribute", "/ext"),
        ("B23", "}", r#","ext":"a\nb"}"#, "ce_invalid_attribute", "/ext"),
        ("B23", "}", r#","subject":"a\u0085b"}"#, "ce_invalid_attribute", "/subject"),
        ("B23", "}", r#","":1}"#, "ce_invalid_attribute", "/"),
    ] {
        assert!(base.contains(old), "{old}");
        let body = base.replacen(old, new, 1);
        cases.check(&format!("{name} {body}"), &app.publish_bytes(body.clone()).await, (422, code, Some(pointer)));
    }
    app.publish_bytes(EXAMPLE).await.expect(202);
    let other = app.publish_bytes(EXAMPLE.replace("sms", "email")).await;
    cases.check("B28", &other, (409, "event_id_conflict", None));
    let all = app.publish_bytes(r#"{"specversion":"2.0"}"#).await.expect(422).json();
    assert_eq!(all["errors"].as_array().unwrap().len(), 4, "everything that is wrong is said at once: {all}");
}

#[tokio::test]
async fn what_only_looks_wrong_is_taken() {
    let app = TestApp::start().await;
    let base = r#"{"specversion":"1.0","id":"1","source":"S","type":"T"}"#;
    for (name, old, new) in [
        ("B16", r#""id":"1""#, r#""id":"a.b""#),
        ("B24", "}", r#","data":{"b":1e400,"a":0.10,"n":9007199254740993}}"#),
        ("B26", "}", r#","data":"\u0000"}"#),
        ("B04", "}", &format!(r#","data":{}{}}}"#, "[".repeat(127), "]".repeat(127))),
        ("a null attribute", "}", r#","time":null,"subject":null}"#),
        ("a leap second", "}", r#","time":"2016-12-31T23:59:60Z"}"#),
        ("an extension", "}", r#","traceparent":"00-1-2-01","n":5,"b":true}"#),
    ] {
        // Nothing matches: that is a state, no error (B30).
        let body = base.replacen(old, new, 1).replace(r#""id":"1""#, &format!(r#""id":"{name}""#));
        let published = app.publish_bytes(body).await;
        assert_eq!(
            (published.status.as_u16(), published.text.contains("\"matched\":0")),
            (202, true),
            "{name}: {published:?}"
        );
    }
    let start = r#"{"specversion":"1.0","id":"all of the limit","source":"S","type":"T","data":""#;
    let largest = format!("{start}{}\"}}", "x".repeat(256 * 1024 - start.len() - 2));
    app.publish_bytes(largest).await.expect(202);
}
