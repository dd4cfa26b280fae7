//! What the document says of requests is what the server takes.

use super::{DOCUMENT, answers::fits, codes, operations, resolved};
use crate::harness::{TestApp, changed, event, id_of};
use reqwest::Method;
use serde_json::{Value, json};
use std::sync::LazyLock;

#[test]
fn every_number_and_every_list_that_is_sent_has_bounds() {
    let operations =
        DOCUMENT["paths"].as_object().unwrap().values().flat_map(|item| item.as_object().unwrap().values());
    let contents =
        operations.filter_map(|operation| operation["requestBody"]["content"]["application/json"].as_object());
    let mut unseen: Vec<_> = contents.map(|content| &content["schema"]).collect();
    while let Some(schema) = unseen.pop() {
        let schema = resolved(schema);
        unseen.extend(["oneOf", "anyOf", "allOf"].iter().filter_map(|of| schema[of].as_array()).flatten());
        for (name, property) in schema["properties"].as_object().into_iter().flatten() {
            let is = |kind: &str| property["type"] == kind || property["type"][0] == kind;
            let has = |bound: &str| property[bound].is_number();
            assert!(!is("integer") || (has("minimum") && has("maximum")), "{name}: {property}");
            assert!(!is("array") || has("maxItems"), "{name}: {property}");
            unseen.push(property);
        }
    }
}

static CONDITION: LazyLock<Value> =
    LazyLock::new(|| json!({"path": "/data/status", "operator": "is", "values": ["APPROVED"]}));

/// Members that are not any text: what is as long as it may be can be refused for what it says.
const FORMED: [&str; 12] = [
    "data_base64",
    "datacontenttype",
    "email",
    "event_type",
    "example",
    "page",
    "path",
    "schema",
    "specversion",
    "time",
    "types",
    "url",
];

/// What a documented property of that name may be at the least and at the most, and what it may not be.
fn edges(name: &str, property: &'static Value) -> Vec<(Value, bool)> {
    let mut edges = Vec::new();
    for (bound, step) in [("minimum", -1), ("maximum", 1)] {
        if let Some(number) = property[bound].as_i64() {
            edges.extend([(json!(number), true), (json!(number + step), false)]);
        }
    }
    if let Some(most) = property["maxItems"].as_u64() {
        let items = resolved(&property["items"]);
        let item = |number: u64| match items["type"].as_str() {
            Some("integer") => items["maximum"].clone(),
            Some("object") if items["properties"]["path"].is_object() => CONDITION.clone(),
            // Each header has a name of its own.
            Some("object") => json!({"name": format!("X-{number}"), "value": "v"}),
            _ => json!("A.B"),
        };
        let list = |count| (0..count).map(item).collect::<Value>();
        edges.extend([(list(most), true), (list(most + 1), false)]);
        edges.extend(self::edges(name, items).into_iter().map(|(value, fine)| (json!([value]), fine)));
    }
    if property["type"] == "string" || property["type"][0] == "string" {
        let bound = |bound: &str| property[bound].as_u64().map(|length| length as usize);
        let text = |length| json!("x".repeat(length));
        let (least, most) = (bound("minLength").unwrap_or(0), bound("maxLength"));
        edges.extend(least.checked_sub(1).map(|length| (text(length), false)));
        edges.extend(most.map(|length| (text(length + 1), false)));
        if !FORMED.contains(&name) {
            // Longer than any bound.
            edges.extend([least, most.unwrap_or(8_000)].map(|length| (text(length), true)));
        }
    }
    edges
}

#[tokio::test]
async fn the_documented_bounds_are_those_that_are_checked() {
    let mut app = TestApp::start().await;
    app.client = app.platform().await;
    let webhook = json!({
        "url": "https://example.com/hook", "secret": "dummysecret",
        "events": {"mode": "selected", "types": ["A.B"], "conditions": [*CONDITION]}, "headers": [{"name": "X-Own", "value": "v"}], "authentication": {"type": "basic", "username": "ana", "password": "secret"},
    });
    let created = app.make("/webhooks", &webhook).await;
    let of_webhook = |path: &str| format!("/webhooks/{}{path}", id_of(&created));
    let window = json!({"from": "2025-07-08T00:00:00Z", "to": "2025-07-09T00:00:00Z", "dry_run": true});
    let operator = json!({"email": "ana@example.com", "password": "ten chars!", "role": "viewer"});
    for (method, path, body, at, schema) in [
        (Method::POST, "/events", &event("A", "B", "1"), "", "CloudEvent"),
        (Method::POST, "/webhooks", &webhook, "", "NewWebhook"),
        (Method::POST, "/webhooks", &webhook, "/events", "EventSelection"),
        (Method::POST, "/webhooks", &webhook, "/events/conditions/0", "EventCondition"),
        (Method::POST, "/webhooks", &webhook, "/authentication", "AuthenticationInput"),
        (Method::POST, "/webhooks", &webhook, "/headers/0", "CustomHeader"),
        (Method::PATCH, &of_webhook(""), &json!({}), "", "WebhookPatch"),
        (Method::POST, &of_webhook("/rotate-secret"), &json!({}), "", "SecretRotation"),
        (Method::POST, &of_webhook("/resend-failed"), &window, "", "ResendFailed"),
        (Method::POST, &of_webhook("/send-missed"), &window, "", "SendMissed"),
        (Method::POST, "/event-types", &json!({"source": "A", "type": "B"}), "", "NewEventType"),
        (Method::POST, "/operators", &operator, "", "NewOperator"),
        (Method::POST, "/api-keys", &json!({"name": "key", "role": "viewer"}), "", "NewApiKey"),
        (Method::POST, "/tenants", &json!({"name": "tenant"}), "", "NewTenant"),
        (Method::PUT, "/tenants/customer-1", &json!({"name": "tenant"}), "", "TenantName"),
        (Method::POST, "/portal-links", &json!({"role": "viewer"}), "", "NewPortalLink"),
    ] {
        let mut checked = 0;
        for (name, property) in DOCUMENT["components"]["schemas"][schema]["properties"].as_object().unwrap() {
            for (value, fine) in edges(name, property) {
                let mut body = body.clone();
                body.pointer_mut(at).unwrap()[name] = value;
                // What the other kind of authentication needs is not looked at.
                if ["header", "value"].contains(&name.as_str()) {
                    body["authentication"]["type"] = json!("api_key");
                }
                let answer = app.send_json(method.clone(), path, &body).await;
                let errors = answer.json()["errors"].clone();
                let pointer = format!("{at}/{name}");
                let refused = errors
                    .as_array()
                    .into_iter()
                    .flatten()
                    .any(|error| error["pointer"].as_str().unwrap().starts_with(&pointer));
                assert_eq!(refused, !fine, "{schema} {name} {}: {}", body.pointer(&pointer).unwrap(), answer.text);
                checked += 1;
            }
        }
        assert!(checked > 0, "{schema} has no bounds");
    }
}

/// Those of an event in binary mode.
fn binary_attributes() -> Vec<(&'static str, &'static Value)> {
    let parameters = DOCUMENT["paths"]["/api/v1/events"]["post"]["parameters"].as_array().unwrap();
    let attribute = |parameter: &'static Value| Some((parameter["name"].as_str()?.strip_prefix("ce-")?, parameter));
    parameters.iter().filter_map(attribute).collect()
}

#[tokio::test]
async fn an_event_in_binary_mode_can_be_written_from_the_document() {
    let app = TestApp::start().await;
    let of = |name: &str| match name {
        "specversion" => "1.0",
        "time" => "2025-07-08T18:01:19.622Z",
        _ => "x",
    };
    let media_type = "application/octet-stream";
    let body = &DOCUMENT["paths"]["/api/v1/events"]["post"]["requestBody"]["content"][media_type]["schema"];
    assert_eq!(resolved(body)["format"], "binary", "{body}");
    let send = async |changed: Option<(&str, &str)>| {
        let mut request = app.request(Method::POST, "/events").header("content-type", media_type).body(vec![0xff_u8]);
        for (name, parameter) in binary_attributes() {
            assert_eq!((&parameter["in"], &parameter["required"]), (&json!("header"), &json!(false)));
            let value = changed.filter(|(changed, _)| *changed == name).map_or(of(name), |(_, value)| value);
            request = request.header(format!("ce-{name}"), value);
        }
        app.send(request).await
    };
    let id = id_of(&send(None).await.expect(202).json());
    let event: Value =
        serde_json::from_str(app.read(&format!("/events/{id}")).await["payload"].as_str().unwrap()).unwrap();
    let names = ["specversion", "id", "source", "type", "time", "subject", "dataschema"];
    let whole = names.map(|name| (name.to_owned(), json!(of(name)))).into_iter().collect::<Value>();
    assert_eq!(event, changed(whole, json!({"datacontenttype": media_type, "data_base64": "/w=="})));

    for (name, parameter) in binary_attributes() {
        for (value, fine) in edges(name, &parameter["schema"]) {
            let answer = send(Some((name, value.as_str().unwrap()))).await;
            assert_eq!(answer.status != 422, fine, "{name} {value}: {}", answer.text);
        }
    }
}

#[tokio::test]
async fn the_documented_defaults_are_those_that_are_taken() {
    let mut app = TestApp::start().await;
    app.client = app.platform().await;
    // In words only: generators of clients take a member with a `default` for one that must be sent.
    let default = |schema: &str, name: &str| {
        let property = &DOCUMENT["components"]["schemas"][schema]["properties"][name];
        assert!(property["default"].is_null(), "{name}");
        let told = property["description"].as_str().unwrap().to_lowercase();
        let (_, told) = told.rsplit_once("default ").unwrap();
        told.split_whitespace().next().unwrap().replace([',', '.'], "").parse::<i64>().unwrap()
    };
    let limit = DOCUMENT["paths"]["/api/v1/tenants"]["get"]["parameters"].as_array().unwrap();
    let limit = limit.iter().find(|parameter| parameter["name"] == "limit").unwrap()["schema"]["default"].as_u64();
    for number in 0..=limit.unwrap() {
        app.make("/tenants", &json!({"name": format!("tenant {number}")})).await;
    }
    assert_eq!(app.items("/tenants").await.len() as u64, limit.unwrap());

    let webhook = app.make("/webhooks", &json!({"url": "https://example.com/hook"})).await;
    assert_eq!(webhook["max_concurrency"], default("NewWebhook", "max_concurrency"));
    let path = format!("/webhooks/{}/rotate-secret", id_of(&webhook));
    let rotated = app.send(app.request(Method::POST, &path)).await.expect(200).json();
    let until = app.clock.now().plus_seconds(default("SecretRotation", "overlap_seconds"));
    assert_eq!(rotated["webhook"]["previous_secret_until"], until.to_string());
    let link = app.make("/portal-links", &json!({"role": "viewer"})).await;
    assert_eq!(link["expires_at"], app.clock.now().plus_seconds(default("NewPortalLink", "expires_in")).to_string());
}

/// A body that is `null`, and none at all, are taken where the document says so.
#[tokio::test]
async fn a_body_is_required_where_the_document_says_so_and_never_null() {
    let mut app = TestApp::start().await;
    app.client = app.platform().await;
    let mut optional = 0;
    for (path, item) in DOCUMENT["paths"].as_object().unwrap() {
        let url = path.strip_prefix("/api/v1").unwrap().replace("{id}", UNKNOWN).replace("{name}", "no.type");
        for (method, operation) in item.as_object().unwrap() {
            let body = &operation["requestBody"];
            let schema = &body["content"]["application/json"]["schema"];
            if body.is_null() {
                continue;
            }
            let method: Method = method.to_uppercase().parse().unwrap();
            let answer = app.send_json(method.clone(), &url, &Value::Null).await;
            assert_eq!(answer.status != 422, fits(schema, &Value::Null).is_ok(), "{method} {url}: {}", answer.text);
            let answer = app.call(&app.client, method.clone(), &url, None).await;
            let is_missing = answer.status == 415 || answer.text.contains("body_missing");
            assert_eq!(is_missing, body["required"] == true, "{method} {url}: {}", answer.text);
            optional += usize::from(!is_missing);
        }
    }
    assert_eq!(optional, 3);
}

/// The id of nothing.
const UNKNOWN: &str = "01JZNK5ZQBNF623MB5KE64GNQB";

#[test]
fn only_a_change_can_be_refused_for_coming_from_another_site() {
    for (path, item) in DOCUMENT["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let documented = codes(resolved(&operation["responses"]["403"])).contains(&json!("csrf"));
            assert_eq!(documented, method != "get", "{method} {path}");
        }
    }
}

#[test]
fn no_parameter_and_no_header_is_null() {
    for operation in operations() {
        let parameters = operation["parameters"].as_array().into_iter().flatten().map(resolved);
        let responses = operation["responses"].as_object().unwrap().values().map(resolved);
        let headers = responses.filter_map(|response| response["headers"].as_object()).flat_map(|all| all.values());
        for schema in parameters.chain(headers.map(resolved)).map(|parameter| &parameter["schema"]) {
            assert!(fits(schema, &Value::Null).is_err(), "{}: {schema}", operation["operationId"]);
        }
    }
}

#[tokio::test]
async fn a_list_of_deliveries_takes_the_documented_states_at_once() {
    let app = TestApp::start().await;
    for path in ["/api/v1/deliveries", "/api/v1/webhooks/{id}/deliveries"] {
        let parameters = DOCUMENT["paths"][path]["get"]["parameters"].as_array().unwrap();
        let status = parameters.iter().find(|parameter| parameter["name"] == "status").unwrap();
        assert_eq!((&status["style"], &status["explode"]), (&json!("form"), &json!(false)), "{path}");
        assert_eq!(status["schema"]["type"], "array", "{path}");
        let states: Vec<_> = resolved(&status["schema"]["items"])["enum"].as_array().unwrap().iter().collect();
        let states: Vec<_> = states.into_iter().map(|state| state.as_str().unwrap()).collect();
        assert_eq!(states.len(), 5);
        app.get(&format!("/deliveries?status={}", states.join(","))).await.expect(200);
        app.get(&format!("/deliveries?status={}", states.join(",").replace("failed", "Failed"))).await.expect(422);
    }
}

/// An API key is refused where the document does not name it.
#[tokio::test]
async fn what_is_for_sessions_alone_takes_no_api_key() {
    let mut app = TestApp::start().await;
    app.client = app.platform().await;
    let tenant = json!({"$ref": "#/components/parameters/tenant"});
    let change = json!({"current_password": "ten chars!", "new_password": "ten chars?"});
    for (path, status) in [("/session/tenant", 404), ("/session/password", 403)] {
        let operation = &DOCUMENT["paths"][format!("/api/v1{path}")]["put"];
        assert_eq!(operation["security"], json!([{"session": []}]), "{path}");
        let request =
            app.request(Method::PUT, path).header("hookwright-tenant", id_of(&app.items("/tenants").await[0]));
        app.send(request.header("content-type", "application/json").body(change.to_string())).await.expect(status);
        let parameters = operation["parameters"].as_array().unwrap();
        assert_eq!(parameters.contains(&tenant), path == "/session/password");
        if let Some(header) = parameters.iter().find(|parameter| parameter["name"] == "Hookwright-Tenant") {
            assert_eq!(header["required"], true);
            app.send(app.request(Method::PUT, path)).await.expect(400);
        }
    }
}
