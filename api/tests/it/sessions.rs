//! Signing in and out, and what a session may do.

use crate::{
    both,
    database::{TestDatabase, on_both},
    harness::{Answered, START, TestApp, id_of},
};
use hookwright::{app::Settings, operators::set_up, store::operators};
use reqwest::Method;
use serde_json::json;

pub(crate) const EMAIL: &str = "ana@example.com";
pub(crate) const PASSWORD: &str = "correct horse battery";

/// Sends a request without the usual API key, with those headers.
pub(crate) async fn plain(app: &TestApp, method: Method, path: &str, headers: &[(&str, &str)], body: &str) -> Answered {
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let mut request = client.request(method, format!("{}{path}", app.base)).body(body.to_owned());
    if !body.is_empty() {
        request = request.header("content-type", "application/json");
    }
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    app.send(request).await
}

/// Makes an operator with the usual password.
pub(crate) async fn operator(app: &TestApp, email: &str, role: &str) -> String {
    let new = json!({"email": email, "password": PASSWORD, "role": role});
    id_of(&app.make("/operators", &new).await)
}

pub(crate) async fn sign_in(app: &TestApp, email: &str, password: &str) -> Answered {
    plain(app, Method::POST, "/session", &[], &json!({"email": email, "password": password}).to_string()).await
}

/// The `name=value` of the cookie that an answer sets.
pub(crate) fn cookie(answered: &Answered) -> String {
    answered.header("set-cookie").unwrap().split(';').next().unwrap().to_owned()
}

/// Signs in and returns the cookie.
pub(crate) async fn session(app: &TestApp, email: &str) -> String {
    cookie(&sign_in(app, email, PASSWORD).await.expect(201))
}

pub(crate) const SAME_ORIGIN: (&str, &str) = ("sec-fetch-site", "same-origin");

#[tokio::test]
async fn whoever_signs_in_gets_a_cookie_that_opens_the_api() {
    let app = TestApp::start().await;
    operator(&app, EMAIL, "viewer").await;
    let answered = sign_in(&app, "Ana@Example.com ", PASSWORD).await.expect(201);
    let set = answered.header("set-cookie").unwrap();
    assert!(set.starts_with("hookwright="), "{set}");
    assert!(set.ends_with("; Path=/; HttpOnly; Max-Age=43200; SameSite=Strict"), "{set}");
    let session = answered.json();
    assert_eq!(session["kind"], "operator");
    assert_eq!(session["name"], EMAIL);
    assert_eq!(session["role"], "viewer");
    assert_eq!(session["tenant_name"], "default");
    assert_eq!(session["expires_at"], "2025-07-09T06:01:20.000000Z");
    let cookie = cookie(&answered);
    let me = plain(&app, Method::GET, "/session", &[("cookie", &cookie)], "").await.expect(200);
    assert_eq!(me.json(), session);
    plain(&app, Method::GET, "/webhooks", &[("cookie", &cookie)], "").await.expect(200);
}

#[tokio::test]
async fn behind_tls_the_cookie_is_bound_to_the_host() {
    let app = TestApp::start().await;
    operator(&app, EMAIL, "viewer").await;
    let body = json!({"email": EMAIL, "password": PASSWORD}).to_string();
    let answered = plain(&app, Method::POST, "/session", &[("x-forwarded-proto", "https")], &body).await.expect(201);
    let set = answered.header("set-cookie").unwrap();
    assert!(set.starts_with("__Host-hookwright=") && set.contains("; Secure; SameSite=Strict"), "{set}");
    let (cookie, proto) = (cookie(&answered), ("x-forwarded-proto", "https"));
    plain(&app, Method::GET, "/session", &[("cookie", &cookie), proto], "").await.expect(200);
    // A page of another host of the domain could have set this one.
    let tossed = cookie.replace("__Host-", "");
    plain(&app, Method::GET, "/session", &[("cookie", &tossed), proto], "").await.expect(401);
}

#[tokio::test]
async fn a_connection_that_others_can_read_gets_no_session() {
    let app = TestApp::start_with(|settings| settings.web.loopback_only = false).await;
    operator(&app, EMAIL, "viewer").await;
    let body = json!({"email": EMAIL, "password": PASSWORD}).to_string();
    let refused = plain(&app, Method::POST, "/session", &[("host", "hooks.example.com")], &body).await.expect(403);
    assert_eq!(refused.problem(), "https_required");
}

#[tokio::test]
async fn a_wrong_password_and_an_unknown_address_are_answered_alike() {
    let app = TestApp::start().await;
    operator(&app, EMAIL, "viewer").await;
    let wrong = sign_in(&app, EMAIL, "wrong horse battery").await.expect(401);
    let unknown = sign_in(&app, "bob@example.com", PASSWORD).await.expect(401);
    assert_eq!(wrong.problem(), "sign_in_failed");
    let without_id = |answered: &Answered| {
        let mut problem = answered.json();
        problem["request_id"].take();
        problem
    };
    assert_eq!(without_id(&wrong), without_id(&unknown));
    assert!(wrong.header("set-cookie").is_none());
}

#[tokio::test]
async fn the_sixth_sign_in_within_a_minute_has_to_wait() {
    let app = TestApp::start().await;
    operator(&app, EMAIL, "viewer").await;
    for _ in 0..5 {
        sign_in(&app, EMAIL, "wrong horse battery").await.expect(401);
    }
    let refused = sign_in(&app, EMAIL, PASSWORD).await.expect(429);
    assert_eq!(refused.problem(), "too_many_requests");
    assert_eq!(refused.header("retry-after"), Some("60"));
    app.clock.advance_seconds(60);
    sign_in(&app, EMAIL, PASSWORD).await.expect(201);
}

#[tokio::test]
async fn a_sign_in_that_the_database_could_not_look_at_does_not_count() {
    let app = TestApp::start().await;
    operator(&app, EMAIL, "viewer").await;
    for (from, to) in [("operators", "away"), ("sessions", "away_too")] {
        app.execute(format!("ALTER TABLE {from} RENAME TO {to}")).await;
        for _ in 0..6 {
            sign_in(&app, EMAIL, PASSWORD).await.expect(500);
        }
        app.execute(format!("ALTER TABLE {to} RENAME TO {from}")).await;
        sign_in(&app, EMAIL, PASSWORD).await.expect(201);
    }
}

#[tokio::test]
async fn a_megabyte_of_password_is_refused_before_any_work() {
    let app = TestApp::start().await;
    let too_long = "x".repeat(200_000);
    let refused = sign_in(&app, EMAIL, &too_long).await.expect(422);
    assert_eq!(refused.problem(), "password_invalid");
    assert!(!refused.text.contains("xxxx"));
    assert_eq!(sign_in(&app, EMAIL, &"x".repeat(1_000_000)).await.expect(413).problem(), "body_too_large");
}

#[tokio::test]
async fn writes_with_a_cookie_must_come_from_a_page_of_ours() {
    let app = TestApp::start().await;
    operator(&app, EMAIL, "admin").await;
    let cookie = session(&app, EMAIL).await;
    let key = json!({"name": "k", "role": "viewer"}).to_string();
    let origin = app.base.trim_end_matches("/api/v1").to_owned();
    for (headers, status) in [
        (vec![], 403),
        (vec![("sec-fetch-site", "cross-site")], 403),
        (vec![("sec-fetch-site", "same-site")], 403),
        (vec![("origin", "https://evil.example")], 403),
        (vec![("origin", "null")], 403),
        (vec![("sec-fetch-site", "cross-site"), ("origin", origin.as_str())], 403),
        (vec![SAME_ORIGIN], 201),
        (vec![("origin", origin.as_str())], 201),
    ] {
        let headers = [headers, vec![("cookie", cookie.as_str())]].concat();
        let answered = plain(&app, Method::POST, "/api-keys", &headers, &key).await.expect(status);
        if status == 403 {
            assert_eq!(answered.problem(), "csrf", "{headers:?}");
        }
    }
    plain(&app, Method::GET, "/webhooks", &[("cookie", &cookie), ("sec-fetch-site", "cross-site")], "")
        .await
        .expect(200);
}

#[tokio::test]
async fn another_site_cannot_sign_somebody_in() {
    let app = TestApp::start().await;
    operator(&app, EMAIL, "viewer").await;
    let body = json!({"email": EMAIL, "password": PASSWORD}).to_string();
    let refused = plain(&app, Method::POST, "/session", &[("origin", "https://evil.example")], &body).await.expect(403);
    assert_eq!(refused.problem(), "csrf");
}

#[tokio::test]
async fn a_name_that_is_not_ours_gets_no_session() {
    let app = TestApp::start_with(|settings| settings.web.loopback_only = true).await;
    operator(&app, EMAIL, "viewer").await;
    let cookie = session(&app, EMAIL).await;
    let body = json!({"email": EMAIL, "password": PASSWORD}).to_string();
    let host = ("host", "evil.example:8080");
    assert_eq!(plain(&app, Method::POST, "/session", &[host], &body).await.expect(403).problem(), "host_not_allowed");
    let with_cookie = plain(&app, Method::GET, "/webhooks", &[host, ("cookie", &cookie)], "").await.expect(403);
    assert_eq!(with_cookie.problem(), "host_not_allowed");
    // A program that has an API key may call us by any name.
    app.send(app.request(Method::GET, "/webhooks").header("host", "hooks.internal")).await.expect(200);
}

#[tokio::test]
async fn a_session_ends_when_it_is_not_used_and_after_twelve_hours() {
    let app = TestApp::start().await;
    operator(&app, EMAIL, "viewer").await;
    let idle = session(&app, EMAIL).await;
    let used = session(&app, EMAIL).await;
    let get = async |cookie: &str| plain(&app, Method::GET, "/session", &[("cookie", cookie)], "").await;
    for _ in 0..24 {
        get(&used).await.expect(200);
        app.clock.advance_seconds(29 * 60);
    }
    assert_eq!(get(&idle).await.expect(401).problem(), "unauthenticated");
    get(&used).await.expect(200);
    app.clock.advance_seconds(25 * 60);
    assert_eq!(get(&used).await.expect(401).problem(), "unauthenticated", "12 hours and one minute");
}

#[tokio::test]
async fn signing_out_ends_the_session_and_everywhere_all_of_them() {
    let app = TestApp::start().await;
    operator(&app, EMAIL, "viewer").await;
    let (first, second) = (session(&app, EMAIL).await, session(&app, EMAIL).await);
    let third = session(&app, EMAIL).await;
    let get = async |cookie: &str| plain(&app, Method::GET, "/session", &[("cookie", cookie)], "").await;
    let out = plain(&app, Method::DELETE, "/session", &[("cookie", &first), SAME_ORIGIN], "").await.expect(204);
    let ended: Vec<_> = out.headers.get_all("set-cookie").iter().map(|value| value.to_str().unwrap()).collect();
    assert_eq!(ended.len(), 3);
    assert!(ended.iter().all(|cookie| cookie.contains("=; ") && cookie.contains("; Max-Age=0; ")), "{ended:?}");
    get(&first).await.expect(401);
    get(&second).await.expect(200);
    plain(&app, Method::DELETE, "/session?everywhere=true", &[("cookie", &second), SAME_ORIGIN], "").await.expect(204);
    get(&second).await.expect(401);
    get(&third).await.expect(401);
    // Whoever has no session is signed out already.
    plain(&app, Method::DELETE, "/session", &[], "").await.expect(204);
}

#[tokio::test]
async fn a_session_is_never_taken_over_by_the_next_sign_in() {
    let app = TestApp::start().await;
    operator(&app, EMAIL, "viewer").await;
    let before = session(&app, EMAIL).await;
    let body = json!({"email": EMAIL, "password": PASSWORD}).to_string();
    let headers = [("cookie", before.as_str()), SAME_ORIGIN];
    let after = cookie(&plain(&app, Method::POST, "/session", &headers, &body).await.expect(201));
    assert_ne!(before, after);
    plain(&app, Method::GET, "/session", &[("cookie", &before)], "").await.expect(401);
}

#[tokio::test]
async fn a_new_password_ends_every_other_session() {
    let app = TestApp::start().await;
    operator(&app, EMAIL, "viewer").await;
    let (mine, other) = (session(&app, EMAIL).await, session(&app, EMAIL).await);
    let change = async |current: &str, new: &str| {
        let body = json!({"current_password": current, "new_password": new}).to_string();
        plain(&app, Method::PUT, "/session/password", &[("cookie", &mine), SAME_ORIGIN], &body).await
    };
    assert_eq!(change("wrong horse battery", "another horse").await.expect(422).problem(), "password_wrong");
    assert_eq!(change(PASSWORD, "short").await.expect(422).problem(), "password_invalid");
    let rotated = cookie(&change(PASSWORD, "another horse").await.expect(200));
    for (cookie, status) in [(&mine, 401), (&other, 401), (&rotated, 200)] {
        plain(&app, Method::GET, "/session", &[("cookie", cookie)], "").await.expect(status);
    }
    sign_in(&app, EMAIL, PASSWORD).await.expect(401);
    sign_in(&app, EMAIL, "another horse").await.expect(201);
}

/// Verifying a password takes a while, and somebody may change the operator meanwhile.
#[tokio::test]
async fn a_sign_in_that_is_under_way_undoes_no_change_of_its_operator() {
    let app = TestApp::start().await;
    let id = operator(&app, EMAIL, "admin").await;
    for role in ["viewer", "editor", "admin"] {
        let path = format!("/operators/{id}");
        let change = json!({"role": role});
        let (signed_in, changed) = tokio::join!(sign_in(&app, EMAIL, PASSWORD), app.patch(&path, &change));
        signed_in.expect(201);
        changed.expect(200);
        let operators = app.items("/operators").await;
        assert_eq!(operators[0]["role"], role);
        assert_eq!(operators[0]["last_sign_in_at"], START.to_string());
    }
}

#[tokio::test]
async fn a_password_that_was_replaced_while_it_was_verified_begins_no_session() {
    let app = TestApp::start().await;
    operator(&app, EMAIL, "viewer").await;
    let verified = app.app.store.read(|db| operators::find_by_email(db, EMAIL)).await.unwrap().unwrap();
    let (id, before) = (verified.id, verified.clone());
    app.app.store.write(move |db| operators::set_password(db, id, "another hash")).await.unwrap();
    let late = app.app.store.write(move |db| {
        let signed_in = operators::note_sign_in(db, &verified, START)?;
        Ok((signed_in, operators::replace_password(db, &verified, "a third hash")?))
    });
    assert_eq!(late.await.unwrap(), (false, false));
    let now = app.app.store.read(|db| operators::find_by_email(db, EMAIL)).await.unwrap().unwrap();
    assert_eq!((now.password_hash.as_str(), now.last_sign_in_at), ("another hash", before.last_sign_in_at));
}

#[tokio::test]
async fn the_set_up_link_makes_the_first_operator_once() {
    let app = TestApp::start().await;
    assert_eq!(app.read("/set-up").await, json!({"needed": true}));
    let (token, second) = (set_up::link(&app.app).await.unwrap(), set_up::link(&app.app).await.unwrap());
    let set_up = async |token: &str, password: &str| {
        let body = json!({"token": token, "email": EMAIL, "password": password}).to_string();
        plain(&app, Method::POST, "/set-up", &[], &body).await
    };
    assert_eq!(set_up("0000", PASSWORD).await.expect(410).problem(), "link_invalid");
    assert_eq!(set_up(&token, "short").await.expect(422).problem(), "password_invalid");
    let made = set_up(&token, PASSWORD).await.expect(201);
    assert_eq!(made.json()["role"], "admin");
    assert_eq!(made.json()["platform"], true);
    plain(&app, Method::GET, "/operators", &[("cookie", &cookie(&made))], "").await.expect(200);
    assert_eq!(set_up(&token, PASSWORD).await.expect(409).problem(), "set_up_done");
    assert_eq!(set_up(&second, PASSWORD).await.expect(409).problem(), "set_up_done");
    assert_eq!(app.read("/set-up").await, json!({"needed": false}));
}

#[tokio::test]
async fn a_set_up_link_that_nobody_used_expires() {
    let app = TestApp::start().await;
    let token = set_up::link(&app.app).await.unwrap();
    app.clock.advance_seconds(24 * 3_600);
    let body = json!({"token": token, "email": EMAIL, "password": PASSWORD}).to_string();
    assert_eq!(plain(&app, Method::POST, "/set-up", &[], &body).await.expect(410).problem(), "link_invalid");
}

#[tokio::test]
async fn the_settings_make_the_first_admin_and_never_change_it() {
    let app = TestApp::start().await;
    set_up::by_settings(&app.app, "Ana@Example.com", PASSWORD).await.unwrap();
    set_up::by_settings(&app.app, EMAIL, "another password").await.unwrap();
    set_up::by_settings(&app.app, "bob@example.com", PASSWORD).await.unwrap();
    assert_eq!(app.items("/operators").await.len(), 1);
    let session = sign_in(&app, EMAIL, PASSWORD).await.expect(201).json();
    assert_eq!(session["platform"], true);
    assert_eq!(app.items("/operators").await[0]["last_sign_in_at"], START.to_string());
}

#[tokio::test]
async fn a_session_tells_in_which_header_the_signature_comes() {
    let told = async |app: TestApp| {
        let session = app.read("/session").await;
        [session["signature_header"].clone(), session["signature_prefix"].clone()]
    };
    assert_eq!(told(TestApp::start().await).await, ["X-Webhook-Signature", ""]);
    let set = |settings: &mut Settings| {
        settings.identity.signature_header = "X-Hub-Signature-256".into();
        settings.identity.signature_prefix = "sha256=".into();
    };
    assert_eq!(told(TestApp::start_with(set).await).await, ["X-Hub-Signature-256", "sha256="]);
}

#[tokio::test]
async fn an_operator_of_the_platform_acts_for_the_tenant_that_was_chosen() {
    let mut app = TestApp::start().await;
    app.client = app.platform().await;
    app.make("/tenants", &json!({"name": "Acme", "external_id": "cust-4711"})).await;
    app.make("/operators", &json!({"email": EMAIL, "password": PASSWORD, "role": "viewer", "platform": true})).await;
    operator(&app, "bea@example.com", "admin").await;
    let mine = session(&app, EMAIL).await;
    let acme = [("cookie", mine.as_str()), SAME_ORIGIN, ("hookwright-tenant", "cust-4711")];
    let chosen = plain(&app, Method::PUT, "/session/tenant", &acme, "").await.expect(200).json();
    assert_eq!((&chosen["tenant_name"], &chosen["name"]), (&json!("Acme"), &json!(EMAIL)));
    // From then on without the header, until another one is chosen.
    let now = plain(&app, Method::GET, "/session", &acme[..2], "").await.expect(200).json();
    assert_eq!(now["tenant_name"], "Acme");
    let log = app.request(Method::GET, "/audit-log").header("hookwright-tenant", "cust-4711");
    let log = app.send(log).await.expect(200).json();
    assert_eq!(
        (&log["items"][0]["action"], &log["items"][0]["actor"]["name"]),
        (&json!("session.tenant_changed"), &json!(EMAIL))
    );
    let other = session(&app, "bea@example.com").await;
    let acme = [("cookie", other.as_str()), SAME_ORIGIN, ("hookwright-tenant", "cust-4711")];
    plain(&app, Method::PUT, "/session/tenant", &acme, "").await.expect(404);
    plain(&app, Method::PUT, "/session/tenant", &acme[..2], "").await.expect(400);
    let own = [("cookie", other.as_str()), SAME_ORIGIN, ("hookwright-tenant", "00000000000000000000000000")];
    plain(&app, Method::PUT, "/session/tenant", &own, "").await.expect(403);
    // Another password is no other tenant.
    let change = json!({"current_password": PASSWORD, "new_password": "another horse"}).to_string();
    let headers = [("cookie", mine.as_str()), SAME_ORIGIN];
    let changed = plain(&app, Method::PUT, "/session/password", &headers, &change).await.expect(200);
    assert_eq!(changed.json()["tenant_name"], "Acme");
    app.send(app.request(Method::PUT, "/session/tenant").header("hookwright-tenant", "cust-4711")).await.expect(404);
}

on_both! {
    async fn a_session_that_acts_for_a_tenant_goes_on_for_the_default_one_when_that_is_deleted(backend) {
        let database = TestDatabase::new(backend);
        let mut app = both::start(&database).await;
        app.client = app.platform().await;
        let acme = id_of(&app.make("/tenants", &json!({"name": "Acme"})).await);
        app.make("/operators", &json!({"email": EMAIL, "password": PASSWORD, "role": "viewer", "platform": true})).await;
        let theirs = json!({"email": "bea@example.com", "password": PASSWORD, "role": "viewer"}).to_string();
        let as_acme = |path: &str, body: String| {
            let request = app.request(Method::POST, path).header("hookwright-tenant", &acme);
            app.send(request.header("content-type", "application/json").body(body))
        };
        as_acme("/operators", theirs).await.expect(201);
        let link = as_acme("/portal-links", json!({"role": "viewer"}).to_string()).await.expect(201).json();
        let token = json!({"token": link["url"].as_str().unwrap().split_once('#').unwrap().1}).to_string();
        let visitor = cookie(&plain(&app, Method::POST, "/session/portal-link", &[], &token).await.expect(201));
        let (mine, theirs) = (session(&app, EMAIL).await, session(&app, "bea@example.com").await);
        let headers = [("cookie", mine.as_str()), SAME_ORIGIN, ("hookwright-tenant", acme.as_str())];
        plain(&app, Method::PUT, "/session/tenant", &headers, "").await.expect(200);

        app.delete(&format!("/tenants/{acme}")).await.expect(204);
        let me = plain(&app, Method::GET, "/session", &headers[..1], "").await.expect(200).json();
        assert_eq!((&me["name"], &me["tenant_name"]), (&json!(EMAIL), &json!("default")));
        for ended in [visitor, theirs] {
            plain(&app, Method::GET, "/session", &[("cookie", &ended)], "").await.expect(401);
        }
    }
}
