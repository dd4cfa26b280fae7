//! `/event-types`: the catalogue.

use crate::{
    harness::{TestApp, column},
    receiver::Receiver,
};
use reqwest::Method;
use serde_json::{Value, json};

#[tokio::test]
async fn the_example_catalogue_fills_an_empty_catalogue_only() {
    let app = TestApp::start().await;
    assert_eq!(app.read("/event-types").await, json!({"items": [], "next_cursor": null}));
    app.app.load_example_catalogue().await.unwrap();
    let items = app.items("/event-types").await;
    let names: Vec<_> = column(&items, "name").iter().map(|name| name.as_str().unwrap()).collect();
    assert_eq!(
        names,
        [
            "COMMUNICATION.COMMUNICATIONCREATEDEVENT",
            "COMMUNICATION.COMMUNICATIONDELIVEREDEVENT",
            "COMMUNICATION.COMMUNICATIONNOTDELIVEREDEVENT",
            "COMMUNICATION.COMMUNICATIONREJECTEDEVENT",
            "COMMUNICATION.COMMUNICATIONSENTTODESTINATIONEVENT",
            "SMARTAUTH.FACEAUTHENTICATIONEVENT",
            "SMARTAUTH.PROFILEUPDATEDEVENT",
            "TRANSACTION.TRANSACTIONDOCUMENTSCOPYREQUESTEDEVENT",
            "TRANSACTION.TRANSACTIONPROCESSSTARTEDEVENT",
            "TRANSACTION.TRANSACTIONSTATUSUPDATED",
        ]
    );
    for event_type in items {
        app.publish_bytes(
            event_type["example"]
                .as_str()
                .unwrap()
                .replace("01JZNK5ZQBNF623MB5KE64GNQB", event_type["name"].as_str().unwrap()),
        )
        .await
        .expect(202);
    }
    app.delete("/event-types/TRANSACTION.TRANSACTIONSTATUSUPDATED").await.expect(204);
    app.app.load_example_catalogue().await.unwrap();
    assert_eq!(app.items("/event-types").await.len(), 9);
}

#[tokio::test]
async fn a_catalogue_with_nothing_but_the_alerts_is_filled_too() {
    let app = TestApp::start_with(|settings| settings.alerts_tenant = Some("default".into())).await;
    for _ in 0..2 {
        app.app.load_example_catalogue().await.unwrap();
        assert_eq!(app.items("/event-types").await.len(), 14);
    }
}

#[tokio::test]
async fn a_type_is_added_changed_and_deleted() {
    let app = TestApp::start().await;
    let new = json!({"source": "urn:shop/1", "type": "ORDER_PLACED", "description": "An order was placed"});
    let created = app.post("/event-types", &new).await.expect(201);
    let location = created.header("location").unwrap().strip_prefix("/api/v1").unwrap().to_owned();
    let created = created.json();
    assert_eq!(app.read(&location).await, created);
    let expected = json!({
        "name": "urn:shop/1.ORDER_PLACED",
        "source": "urn:shop/1",
        "type": "ORDER_PLACED",
        "description": "An order was placed",
        "example": null,
        "schema": null,
        "webhooks": 0,
    });
    assert_eq!(created, expected);
    assert_eq!(app.post("/event-types", &new).await.expect(409).problem(), "event_type_exists");

    let path = "/event-types/urn:shop%2F1.ORDER_PLACED";
    let example = r#"{"specversion":"1.0","id":"1","source":"urn:shop/1","type":"ORDER_PLACED"}"#;
    let change = json!({"source": "urn:shop/1", "type": "ORDER_PLACED", "description": "changed", "example": example});
    let changed = app.send_json(Method::PUT, path, &change).await.expect(200).json();
    assert_eq!((&changed["description"], &changed["example"]), (&json!("changed"), &json!(example)));
    assert_eq!(app.read("/event-types").await["items"], json!([changed]));

    app.delete(path).await.expect(204);
    assert_eq!(app.delete(path).await.expect(404).problem(), "not_found");
    assert_eq!(app.get(path).await.expect(404).problem(), "not_found");
    assert_eq!(app.read("/event-types").await["items"], json!([]));
    // What is not there is added.
    let added = app.send_json(Method::PUT, path, &change).await.expect(201).json();
    assert_eq!(app.read(path).await, added);
    assert_eq!(app.items("/audit-log").await[0]["action"], "event_type.created");
}

#[tokio::test]
async fn a_type_that_is_none_is_refused() {
    let app = TestApp::start().await;
    for (body, pointer, code) in [
        (json!({"type": "T"}), "/source", "missing_field"),
        (json!({"source": "S"}), "/type", "missing_field"),
        (json!({"source": "", "type": "T"}), "/source", "ce_invalid_source"),
        (json!({"source": "S", "type": "T T"}), "/type", "ce_invalid_type"),
        (json!({"source": "S", "type": "T", "description": "a\nb"}), "/description", "description_invalid"),
        (json!({"source": "S", "type": "T", "example": "{}"}), "/example", "ce_specversion"),
        (json!({"source": "S", "type": "T", "example": "no JSON"}), "/example", "validation_failed"),
        (json!({"source": "S", "type": "T", "name": "S.T"}), "/name", "unknown_field"),
    ] {
        let answer = app.post("/event-types", &body).await;
        assert_eq!(answer.json()["errors"][0]["pointer"], pointer, "{body}");
        assert_eq!(answer.json()["errors"][0]["code"], code, "{body}");
    }
    let renamed = json!({"source": "S", "type": "OTHER"});
    let answer = app.send_json(Method::PUT, "/event-types/S.T", &renamed).await.expect(422);
    assert_eq!(answer.problem(), "validation_failed");
}

#[tokio::test]
async fn a_type_has_a_schema_that_is_shown_and_changed() {
    let app = TestApp::start().await;
    let schema = r#"{"type": "object", "required": ["id"]}"#;
    let new = json!({"source": "S", "type": "T", "schema": schema});
    assert_eq!(app.make("/event-types", &new).await["schema"], schema);
    assert_eq!(app.items("/event-types").await[0]["schema"], schema);
    let changed = json!({"source": "S", "type": "T", "description": "changed"});
    let put = async |body: &Value| app.send_json(Method::PUT, "/event-types/S.T", body).await.expect(200).json();
    let answer = put(&changed).await;
    assert_eq!((&answer["schema"], &answer["description"]), (&json!(null), &json!("changed")));
    // The same once more leaves no trace.
    let entries = async || app.items("/audit-log").await.len();
    let before = entries().await;
    put(&changed).await;
    assert_eq!(entries().await, before);
    // The same name in two other parts.
    let same = json!({"source": "S.U", "type": "V"});
    app.post("/event-types", &same).await.expect(201);
    let other = json!({"source": "S", "type": "U.V"});
    assert_eq!(app.post("/event-types", &other).await.expect(409).problem(), "event_type_exists");
    let put = app.send_json(Method::PUT, "/event-types/S.U.V", &other).await.expect(409);
    assert_eq!(put.problem(), "event_type_exists");
}

#[tokio::test]
async fn a_schema_is_a_json_object() {
    let app = TestApp::start().await;
    for schema in ["", "{", "[]", "true", "\"x\"", r#"{"a":1,"a":2}"#] {
        let refused =
            app.post("/event-types", &json!({"source": "S", "type": "T", "schema": schema})).await.expect(422);
        assert_eq!(refused.problem(), "schema_invalid", "{schema}");
        assert_eq!(refused.json()["errors"][0]["pointer"], "/schema");
    }
}

#[tokio::test]
async fn a_type_counts_the_active_webhooks_that_want_it() {
    let app = TestApp::start().await;
    let receiver = Receiver::start().await;
    app.post("/event-types", &json!({"source": "S", "type": "T"})).await.expect(201);
    app.webhook(&receiver).await;
    app.webhook_with(&receiver, json!({"events": {"mode": "selected", "types": ["S.T"]}})).await;
    app.webhook_with(&receiver, json!({"events": {"mode": "selected", "types": ["S.OTHER"]}})).await;
    app.webhook_with(&receiver, json!({"status": "inactive"})).await;
    let deleted = app.webhook(&receiver).await;
    app.delete(&format!("/webhooks/{deleted}")).await.expect(204);
    assert_eq!(app.items("/event-types").await[0]["webhooks"], 2);
}
