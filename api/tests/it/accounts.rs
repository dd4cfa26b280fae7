//! Operators, API keys and roles.

use crate::{
    harness::{Answered, TestApp, api_key, client, id_of},
    sessions::{EMAIL, PASSWORD, operator, plain, session, sign_in},
};
use hookwright::store::DEFAULT_TENANT;
use reqwest::Method;
use serde_json::{Value, json};
use shared::Role;

/// What the OpenAPI document lists: method, path, and whether it needs credentials. Ids are filled in.
fn operations(document: &Value) -> Vec<(Method, String, bool)> {
    let mut operations = Vec::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let open = operation["security"].as_array().is_some_and(|ways| ways.contains(&json!({})));
            operations.push((method.to_uppercase().parse().unwrap(), filled(path), !open));
        }
    }
    assert!(operations.len() > 30, "{}", operations.len());
    operations
}

/// A documented path with ids that nothing has.
fn filled(path: &str) -> String {
    path.trim_start_matches("/api/v1").replace("{id}", "01JZNK5ZQBNF623MB5KE64GNQB").replace("{name}", "A.B")
}

fn without_request_id(answered: &Answered) -> Value {
    let mut problem = answered.json();
    problem["request_id"].take();
    problem
}

#[tokio::test]
async fn nothing_is_done_for_somebody_unknown_and_the_answer_never_tells_why() {
    let app = TestApp::start().await;
    let document = app.read("/openapi.json").await;
    let revoked = app.make("/api-keys", &json!({"name": "revoked", "role": "admin"})).await;
    app.delete(&format!("/api-keys/{}", id_of(&revoked))).await.expect(204);
    let expires_at = "2025-07-08T18:02:20Z";
    let expired = json!({"name": "expired", "role": "admin", "expires_at": expires_at});
    let expired = app.make("/api-keys", &expired).await;
    app.clock.advance_seconds(60);
    let bearer = |key: &Value| format!("Bearer {}", key["key"].as_str().unwrap());
    let (revoked, expired) = (bearer(&revoked), bearer(&expired));
    let wrong = format!("{}0", &expired[..expired.len() - 1]);
    let mut answers = Vec::new();
    for (method, path, closed) in operations(&document) {
        let unknown: [&[(&str, &str)]; 8] = [
            &[],
            &[("authorization", &revoked)],
            &[("authorization", &expired)],
            &[("authorization", &wrong)],
            &[("authorization", "Bearer nonsense")],
            &[("authorization", "Basic YTpi")],
            &[("authorization", "")],
            &[("cookie", "hookwright=0000"), ("sec-fetch-site", "same-origin")],
        ];
        for headers in unknown {
            let answered = plain(&app, method.clone(), &path, headers, "").await;
            if closed {
                assert_eq!(answered.status, 401, "{method} {path} {headers:?}");
                assert_eq!(answered.header("www-authenticate"), Some("Bearer realm=\"hookwright\""));
                answers.push(without_request_id(&answered));
            } else {
                assert_ne!(answered.status, 401, "{method} {path} {headers:?}");
            }
        }
    }
    answers.dedup();
    assert_eq!(answers.len(), 1, "{answers:?}");
    assert_eq!(answers[0]["code"], "unauthenticated");
}

/// The role that an operation needs, by the document.
fn documented_role<'a>(document: &'a Value, method: &Method, path: &str) -> Option<&'a str> {
    let method = method.as_str().to_lowercase();
    let mut paths = document["paths"].as_object().unwrap().iter();
    let (_, item) = paths.find(|(name, _)| filled(name) == path).unwrap();
    let (_, role) = item[&method]["description"].as_str()?.rsplit_once("Needs the role ")?;
    role.strip_suffix('.')
}

#[tokio::test]
async fn each_role_may_do_its_part_and_no_more() {
    let app = TestApp::start().await;
    let document = app.read("/openapi.json").await;
    // What a role may do at least, by what it is called with: everything else is 403, whatever the body.
    let may = |role: Role, method: &Method, path: &str| match (method.as_str(), path) {
        (_, path) if path.starts_with("/tenants") => false,
        (_, "/session" | "/session/tenant" | "/session/password") => true,
        ("POST", "/events" | "/events/batch") => role.may_publish(),
        (_, path) if ["/operators", "/api-keys", "/audit-log", "/portal-links"].iter().any(|p| path.starts_with(p)) => {
            role.may_administer()
        }
        ("GET", _) => role.may_read(),
        _ => role.may_edit(),
    };
    for role in Role::ALL {
        let client = client(&api_key(&app.app, DEFAULT_TENANT, role, false).await);
        for (method, path, closed) in operations(&document) {
            let answered = app.send(client.request(method.clone(), format!("{}{path}", app.base))).await;
            let allowed = !closed || may(role, &method, &path);
            let forbidden = answered.status == 403 && answered.problem() == "forbidden_role";
            assert_eq!(!forbidden, allowed, "{} {method} {path}: {}", role.name(), answered.text);
            let told = match documented_role(&document, &method, &path) {
                None => true,
                Some("`publisher` or `editor`") => role.may_publish(),
                Some("`viewer`") => role.may_read(),
                Some("`editor`") => role.may_edit(),
                Some("`admin`") => role.may_administer(),
                // None of these keys is the platform's.
                Some("`viewer` of the platform" | "`admin` of the platform") => false,
                Some(other) => panic!("{other}"),
            };
            assert_eq!(told, allowed, "{} {method} {path} is documented otherwise", role.name());
        }
    }
}

#[tokio::test]
async fn an_api_key_is_shown_once_and_listed_without_its_secret() {
    let app = TestApp::start().await;
    let new = json!({"name": "billing", "role": "publisher", "expires_at": "2026-01-01T00:00:00Z"});
    let created = app.make("/api-keys", &new).await;
    let key = created["key"].as_str().unwrap();
    assert!(key.starts_with(&format!("hw_{}_", id_of(&created))), "{key}");
    let listed = app.get("/api-keys").await.expect(200);
    assert!(!listed.text.contains(key.rsplit('_').next().unwrap()));
    let listed = &listed.json()["items"][0];
    assert_eq!(listed["name"], "billing");
    assert_eq!(listed["expires_at"], "2026-01-01T00:00:00.000000Z");
    assert_eq!(listed["last_used_at"], Value::Null);
    let guess = format!("{}_{}", key.rsplit_once('_').unwrap().0, "0".repeat(key.rsplit('_').next().unwrap().len()));
    app.send(client(&guess).get(format!("{}/session", app.base))).await.expect(401);
    assert_eq!(app.items("/api-keys").await[0]["last_used_at"], Value::Null, "a guess is no use");
    app.send(client(key).get(format!("{}/session", app.base))).await.expect(200);
    assert_eq!(app.items("/api-keys").await[0]["last_used_at"], "2025-07-08T18:01:20.000000Z");
}

#[tokio::test]
async fn what_was_made_is_read_where_it_is_said_to_be() {
    let app = TestApp::start().await;
    let platform = app.platform().await;
    let other = app.call(&platform, Method::POST, "/tenants", Some(&json!({"name": "Other"}))).await.expect(201).json();
    let elsewhere = client(&api_key(&app.app, id_of(&other).parse().unwrap(), Role::Admin, false).await);
    let operator = json!({"email": "ana@example.com", "password": PASSWORD, "role": "viewer"});
    for (path, new) in [("/operators", operator), ("/api-keys", json!({"name": "k", "role": "viewer"}))] {
        let made = app.post(path, &new).await.expect(201);
        let place = made.header("location").unwrap().strip_prefix("/api/v1").unwrap();
        let listed = &app.items(path).await[0];
        assert_eq!((&app.read(place).await, &listed["id"]), (listed, &made.json()["id"]));
        assert_eq!(app.call(&elsewhere, Method::GET, place, None).await.expect(404).problem(), "not_found");
    }
}

#[tokio::test]
async fn a_revoked_key_ends_at_once() {
    let app = TestApp::start().await;
    let created = app.make("/api-keys", &json!({"name": "k", "role": "viewer"})).await;
    let client = client(created["key"].as_str().unwrap());
    app.send(client.get(format!("{}/webhooks", app.base))).await.expect(200);
    let path = format!("/api-keys/{}", id_of(&created));
    app.delete(&path).await.expect(204);
    app.send(client.get(format!("{}/webhooks", app.base))).await.expect(401);
    app.delete(&path).await.expect(204);
}

#[tokio::test]
async fn what_no_key_and_no_operator_can_be_is_refused() {
    let app = TestApp::start().await;
    for (path, body, status, code) in [
        ("/api-keys", json!({"name": "", "role": "viewer"}), 422, "name_invalid"),
        ("/api-keys", json!({"name": "k", "role": "root"}), 422, "wrong_type"),
        ("/api-keys", json!({"name": "k"}), 422, "missing_field"),
        (
            "/api-keys",
            json!({"name": "k", "role": "viewer", "expires_at": "2020-01-01T00:00:00Z"}),
            422,
            "date_range_invalid",
        ),
        ("/api-keys", json!({"name": "k", "role": "viewer", "platform": true}), 403, "forbidden_role"),
        ("/operators", json!({"email": "ana", "password": PASSWORD, "role": "viewer"}), 422, "email_invalid"),
        ("/operators", json!({"email": EMAIL, "password": "short", "role": "viewer"}), 422, "password_invalid"),
        ("/operators", json!({"email": EMAIL, "password": PASSWORD, "role": "publisher"}), 422, "validation_failed"),
        (
            "/operators",
            json!({"email": EMAIL, "password": PASSWORD, "role": "admin", "platform": true}),
            403,
            "forbidden_role",
        ),
    ] {
        let answered = app.post(path, &body).await.expect(status);
        assert_eq!(answered.problem(), code, "{body}");
        assert!(!answered.text.contains("short"), "{}", answered.text);
    }
    operator(&app, EMAIL, "viewer").await;
    let again = json!({"email": "ANA@example.com", "password": PASSWORD, "role": "viewer"});
    assert_eq!(app.post("/operators", &again).await.expect(409).problem(), "email_taken");
}

#[tokio::test]
async fn a_changed_role_counts_from_the_next_request_on() {
    let app = TestApp::start().await;
    let id = operator(&app, EMAIL, "viewer").await;
    let cookie = session(&app, EMAIL).await;
    let get = async |path: &str| plain(&app, Method::GET, path, &[("cookie", &cookie)], "").await;
    get("/operators").await.expect(403);
    app.patch(&format!("/operators/{id}"), &json!({"role": "admin"})).await.expect(200);
    get("/operators").await.expect(200);
    app.delete(&format!("/operators/{id}")).await.expect(204);
    get("/operators").await.expect(401);
    sign_in(&app, EMAIL, PASSWORD).await.expect(401);
}

#[tokio::test]
async fn a_password_that_an_admin_sets_ends_the_sessions() {
    let app = TestApp::start().await;
    let id = operator(&app, EMAIL, "viewer").await;
    let cookie = session(&app, EMAIL).await;
    app.patch(&format!("/operators/{id}"), &json!({"password": "another horse"})).await.expect(200);
    plain(&app, Method::GET, "/session", &[("cookie", &cookie)], "").await.expect(401);
    sign_in(&app, EMAIL, "another horse").await.expect(201);
}

#[tokio::test]
async fn the_platform_keeps_an_admin_and_a_tenant_cannot_touch_it() {
    let app = TestApp::start().await;
    hookwright::operators::set_up::by_settings(&app.app, EMAIL, PASSWORD).await.unwrap();
    let first = id_of(&app.items("/operators").await[0]);
    let path = format!("/operators/{first}");
    // The test's key is an admin of its tenant only.
    assert_eq!(app.delete(&path).await.expect(403).problem(), "forbidden_role");
    assert_eq!(app.patch(&path, &json!({"password": "taken over"})).await.expect(403).problem(), "forbidden_role");
    let platform = app.platform().await;
    let delete = async || app.call(&platform, Method::DELETE, &path, None).await;
    assert_eq!(delete().await.expect(409).problem(), "last_admin");
    let demoted = app.call(&platform, Method::PATCH, &path, Some(&json!({"role": "viewer"}))).await;
    assert_eq!(demoted.expect(409).problem(), "last_admin");
    let second = json!({"email": "bob@example.com", "password": PASSWORD, "role": "admin", "platform": true});
    app.call(&platform, Method::POST, "/operators", Some(&second)).await.expect(201);
    delete().await.expect(204);
}

#[tokio::test]
async fn an_operator_of_a_customer_does_not_end_the_set_up() {
    let app = TestApp::start().await;
    let platform = app.platform().await;
    app.call(&platform, Method::POST, "/tenants", Some(&json!({"name": "acme", "external_id": "acme"})))
        .await
        .expect(201);
    let customer = json!({"email": "bob@example.com", "password": PASSWORD, "role": "admin"}).to_string();
    let create = platform.post(format!("{}/operators", app.base)).header("hookwright-tenant", "acme");
    app.send(create.header("content-type", "application/json").body(customer)).await.expect(201);
    assert_eq!(app.read("/set-up").await, json!({"needed": true}));
    // Theirs is no account of whoever looks after the server, whatever the setting says.
    hookwright::operators::set_up::by_settings(&app.app, "bob@example.com", PASSWORD).await.unwrap();
    assert_eq!(app.read("/set-up").await, json!({"needed": true}));
    hookwright::operators::set_up::by_settings(&app.app, EMAIL, PASSWORD).await.unwrap();
    assert_eq!(app.read("/set-up").await, json!({"needed": false}));
    assert_eq!(sign_in(&app, EMAIL, PASSWORD).await.expect(201).json()["platform"], true);
}

#[tokio::test]
async fn an_admin_of_the_platform_may_belong_to_any_tenant() {
    let app = TestApp::start().await;
    hookwright::operators::set_up::by_settings(&app.app, EMAIL, PASSWORD).await.unwrap();
    let first = id_of(&app.items("/operators").await[0]);
    let platform = app.platform().await;
    let tenant = app.call(&platform, Method::POST, "/tenants", Some(&json!({"name": "acme"}))).await.expect(201);
    let tenant = id_of(&tenant.json());
    let second = json!({"email": "bob@example.com", "password": PASSWORD, "role": "admin", "platform": true});
    let create = platform.post(format!("{}/operators", app.base)).header("hookwright-tenant", &tenant);
    let create = create.header("content-type", "application/json").body(second.to_string());
    app.send(create).await.expect(201);
    let delete = async |path: &str| app.call(&platform, Method::DELETE, path, None).await;
    delete(&format!("/operators/{first}")).await.expect(204);
    // With its tenant the last one would go.
    let tenant = format!("/tenants/{tenant}");
    assert_eq!(delete(&tenant).await.expect(409).problem(), "last_admin");
    let third = json!({"email": "eva@example.com", "password": PASSWORD, "role": "admin", "platform": true});
    app.call(&platform, Method::POST, "/operators", Some(&third)).await.expect(201);
    delete(&tenant).await.expect(204);
}
