//! `/event-types`: the catalogue.

use crate::{
    both,
    database::{TestDatabase, on_both},
    harness::{Answered, TestApp, api_key, client, column, id_of},
    receiver::Receiver,
};
use hookwright::store::DEFAULT_TENANT;
use reqwest::{Client, Method};
use serde_json::{Value, json};
use shared::{Id, Role};

#[tokio::test]
async fn the_example_catalogue_fills_an_empty_catalogue_only() {
    let app = TestApp::start().await;
    assert_eq!(app.read("/event-types").await, json!({"items": []}));
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
    let (platform, path) = (app.platform().await, "/event-types/TRANSACTION.TRANSACTIONSTATUSUPDATED?all_tenants=true");
    app.call(&platform, Method::DELETE, path, None).await.expect(204);
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
        "all_tenants": false,
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
    let added = app.send_json(Method::PUT, path, &change).await.expect(201);
    assert_eq!(added.header("location").unwrap().strip_prefix("/api/v1").unwrap(), location);
    assert_eq!(app.read(path).await, added.json());
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
        (json!({"source": "S", "type": "T", "example": "{}"}), "/example", "ce_missing_attribute"),
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
    // Both tell how the known one is divided, and none advises to do what was just done.
    let create = app.post("/event-types", &other).await.expect(409);
    let put = app.send_json(Method::PUT, "/event-types/S.U.V", &other).await.expect(409);
    for refused in [&create, &put] {
        assert_eq!(refused.problem(), "event_type_exists");
        let detail = refused.json()["detail"].as_str().unwrap().to_owned();
        assert!(detail.contains(r#"the source "S.U" and the type "V""#), "{detail}");
    }
    assert!(!put.text.contains("(PUT)"), "{}", put.text);
}

/// Whoever has it at hand as JSON need not write it into a text.
#[tokio::test]
async fn an_example_and_a_schema_are_taken_as_json_too() {
    let app = TestApp::start().await;
    let (example, schema) =
        (r#"{"specversion":"1.0", "id":"1","source":"S","type":"T","data":{"n":1.10}}"#, r#"{"b": 1, "a": 2}"#);
    let body = format!(r#"{{"source":"S","type":"T","example": {example} ,"schema":{schema}}}"#);
    let put = async |body: String| {
        let request = app.request(Method::PUT, "/event-types/S.T").header("content-type", "application/json");
        app.send(request.body(body)).await
    };
    let made = put(body).await.expect(201).json();
    // Answered as the text that stood there.
    assert_eq!((&made["example"], &made["schema"]), (&json!(example), &json!(schema)));
    let as_text = json!({"source": "S", "type": "T", "example": example, "schema": schema});
    assert_eq!(put(as_text.to_string()).await.expect(200).json(), made);
    for wrong in ["1", "true", "[]"] {
        for name in ["example", "schema"] {
            let refused = put(format!(r#"{{"source":"S","type":"T","{name}":{wrong}}}"#)).await.expect(422);
            assert_eq!(refused.problem(), "wrong_type", "{wrong}");
            let refused = refused.json();
            assert_eq!(refused["errors"][0]["pointer"], format!("/{name}"));
            assert_eq!(refused["detail"], "Expected: an object, or its JSON text in a string.");
        }
    }
    // A string is always such a text: no event and no schema is one.
    for name in ["example", "schema"] {
        put(json!({"source": "S", "type": "T", name: "\"text\""}).to_string()).await.expect(422);
    }
    let nothing = json!({"source": "S", "type": "T", "example": null, "schema": null});
    assert_eq!(put(nothing.to_string()).await.expect(200).json()["example"], json!(null));
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

on_both! {
    async fn a_type_for_all_tenants_stands_in_the_catalogue_of_each(backend) {
        let database = TestDatabase::new(backend);
        let mut app = both::start(&database).await;
        let (platform, customer) = (app.platform().await, customer(&app).await);
        let receiver = Receiver::start().await;
        let example = r#"{"specversion":"1.0","id":"1","source":"S","type":"T","data":{}}"#;
        let new = json!({"source": "S", "type": "T", "description": "of all", "example": example, "all_tenants": true});
        // The customer has one of its own under a name that a common one gets too.
        let own = json!({"source": "S.U", "type": "V", "description": "its own"});
        app.call(&customer, Method::POST, "/event-types", Some(&own)).await.expect(201);
        for new in [&new, &json!({"source": "S", "type": "U.V", "all_tenants": true})] {
            assert_eq!(app.call(&platform, Method::POST, "/event-types", Some(new)).await.expect(201).json()["all_tenants"], true);
            assert_eq!(app.call(&platform, Method::POST, "/event-types", Some(new)).await.expect(409).problem(), "event_type_exists");
        }
        let webhook = app.webhook(&receiver).await;

        assert_eq!(seen(&app, &app.client).await, [json!(["S.T", "of all", true, 1]), json!(["S.U.V", "", true, 1])]);
        assert_eq!(seen(&app, &customer).await, [json!(["S.T", "of all", true, 0]), json!(["S.U.V", "its own", false, 0])]);
        let theirs = json!({"url": receiver.url(), "secret": "dummysecret", "events": {"mode": "selected", "types": ["S.T"]}});
        let theirs = app.call(&customer, Method::POST, "/webhooks", Some(&theirs)).await.expect(201).json();
        assert_eq!(theirs["catalogue"], json!({"wanted": 1, "all": 2, "others": 0}));
        let path = format!("/webhooks/{}/test", id_of(&theirs));
        app.call(&customer, Method::POST, &path, Some(&json!({"event_type": "S.T"}))).await.expect(202);
        app.run_due().await;
        assert_eq!(serde_json::from_slice::<Value>(&receiver.received()[0].body).unwrap()["type"], "T");
        app.delete(&format!("/webhooks/{webhook}")).await.expect(204);

        // What hides one for all is deleted alone, also where the request is sent again.
        app.call(&customer, Method::DELETE, "/event-types/S.U.V", None).await.expect(204);
        let again = app.call(&customer, Method::DELETE, "/event-types/S.U.V", None).await.expect(404);
        assert!(again.text.contains("?all_tenants=true"), "{}", again.text);
        assert_eq!(seen(&app, &customer).await, [json!(["S.T", "of all", true, 1]), json!(["S.U.V", "", true, 0])]);
        app.call(&platform, Method::DELETE, "/event-types/S.T?all_tenants=true", None).await.expect(204);
        assert_eq!(seen(&app, &customer).await, [json!(["S.U.V", "", true, 0])]);
        assert_eq!(told(&app, "before").await[0]["all_tenants"], true);
    }
}

on_both! {
    async fn only_the_platform_keeps_what_is_for_all_tenants(backend) {
        let database = TestDatabase::new(backend);
        let app = both::start(&database).await;
        let (platform, customer) = (app.platform().await, customer(&app).await);
        let viewer = client(&api_key(&app.app, DEFAULT_TENANT, Role::Viewer, true).await);
        let common = json!({"source": "S", "type": "T", "all_tenants": true});
        let own = json!({"source": "S", "type": "T", "description": "another"});
        let put = async |who: &Client, body: &Value| app.call(who, Method::PUT, "/event-types/S.T", Some(body)).await;
        let refused = async |answered: Answered, says: &str| {
            let answered = answered.expect(403);
            assert_eq!(answered.problem(), "forbidden_role");
            assert!(answered.text.contains(says), "{}", answered.text);
        };
        for who in [&customer, &app.client] {
            refused(app.call(who, Method::POST, "/event-types", Some(&common)).await, "Leave out all_tenants").await;
            refused(put(who, &common).await, "Leave out all_tenants").await;
        }
        refused(put(&viewer, &common).await, "needs the role editor").await;
        assert_eq!(put(&platform, &common).await.expect(201).json()["all_tenants"], true);
        refused(app.call(&customer, Method::DELETE, "/event-types/S.T?all_tenants=true", None).await, "It stays").await;
        let taken = app.call(&customer, Method::POST, "/event-types", Some(&own)).await.expect(409);
        assert!(taken.text.contains("The platform changes it"), "{}", taken.text);
        // Without the member it is the tenant's own that is meant, and there is none.
        for who in [&customer, &platform] {
            let answered = put(who, &own).await.expect(409);
            assert_eq!(answered.problem(), "event_type_exists");
            assert!(answered.json()["detail"].as_str().unwrap().contains("for all tenants"), "{}", answered.text);
        }
        let changed = json!({"source": "S", "type": "T", "description": "changed", "all_tenants": true});
        assert_eq!(put(&platform, &changed).await.expect(200).json()["description"], "changed");
        put(&platform, &changed).await.expect(200);
        let told = told(&app, "after").await;
        assert_eq!(told[0], json!({"description": "changed", "all_tenants": true}));
        assert_eq!((told.len(), &told[1]["all_tenants"]), (2, &json!(true)));
        let theirs = app.call(&customer, Method::GET, "/event-types", None).await.expect(200).json();
        assert_eq!(theirs["items"][0]["description"], "changed");
    }
}

on_both! {
    async fn a_type_of_ones_own_becomes_one_for_all_tenants(backend) {
        let database = TestDatabase::new(backend);
        let app = both::start(&database).await;
        let platform = app.platform().await;
        app.make("/event-types", &json!({"source": "S", "type": "T", "description": "own"})).await;
        let common = json!({"source": "S", "type": "T", "description": "of all", "all_tenants": true});
        app.call(&platform, Method::POST, "/event-types", Some(&common)).await.expect(409);
        let put = app.call(&platform, Method::PUT, "/event-types/S.T", Some(&common)).await.expect(201).json();
        assert_eq!((&put["description"], &put["all_tenants"]), (&json!("of all"), &json!(true)));
        assert_eq!(app.read("/event-types/S.T").await["description"], "own");
        assert_eq!(app.items("/event-types").await.len(), 1);
        app.delete("/event-types/S.T").await.expect(204);
        assert_eq!(app.read("/event-types/S.T").await, put);
    }
}

/// Somebody of a tenant that is not the default one.
async fn customer(app: &TestApp) -> Client {
    let new = json!({"name": "customer"});
    let tenant = app.call(&app.platform().await, Method::POST, "/tenants", Some(&new)).await.expect(201).json();
    let tenant: Id = id_of(&tenant).parse().unwrap();
    client(&api_key(&app.app, tenant, Role::Editor, false).await)
}

/// What somebody's catalogue says of each of its types.
async fn seen(app: &TestApp, who: &Client) -> Vec<Value> {
    let list = app.call(who, Method::GET, "/event-types", None).await.expect(200).json();
    let items = list["items"].as_array().unwrap();
    for item in items {
        let path = format!("/event-types/{}", item["name"].as_str().unwrap());
        assert_eq!(app.call(who, Method::GET, &path, None).await.expect(200).json(), *item);
    }
    items.iter().map(|item| json!([item["name"], item["description"], item["all_tenants"], item["webhooks"]])).collect()
}

/// What the audit log of the default tenant tells of types, newest first.
async fn told(app: &TestApp, member: &str) -> Vec<Value> {
    let entries = app.items("/audit-log").await;
    let of_types = entries.iter().filter(|entry| entry["target"]["kind"] == "event_type");
    of_types.map(|entry| serde_json::from_str(entry[member].as_str().unwrap_or("null")).unwrap()).collect()
}
