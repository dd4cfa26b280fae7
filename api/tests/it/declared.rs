//! What settings declare, so that nobody has to make it by hand before the first start: an API key, and the tenant for the alerts.

use crate::{
    both,
    calls::get,
    commands::text,
    database::{TestDatabase, on_both},
    harness::{self, TestApp, open_freed},
    processes::{Process, client, hookwright, output},
    receiver::Receiver,
    sessions::PASSWORD,
};
use diesel::{Connection as _, SqliteConnection, connection::SimpleConnection as _};
use hookwright::{
    api_keys::declared::{self, DeclaredKey},
    app::Settings,
    operators::set_up,
    store::{DEFAULT_TENANT, DatabaseUrl},
};
use reqwest::Method;
use serde_json::{Value, json};
use std::fs;

/// A key as `hookwright key new` prints it.
fn new_key() -> String {
    let printed = output(&["key", "new"]);
    assert!(printed.status.success(), "{printed:?}");
    text(&printed.stdout).trim_end().to_owned()
}

async fn record(app: &TestApp, key: &str) -> Result<(), String> {
    let key = DeclaredKey::parse(key).map_err(|error| error.to_string())?;
    declared::record(&app.app, &key).await.map_err(|error| error.to_string())
}

on_both! {
    async fn a_declared_key_is_recorded_once_and_stays_revoked(backend) {
        let database = TestDatabase::new(backend);
        let app = both::start(&database).await;
        let key = new_key();
        let platform = harness::client(&key);
        app.call(&platform, Method::GET, "/tenants", None).await.expect(401);
        for _ in 0..2 {
            record(&app, &key).await.unwrap();
            app.call(&platform, Method::POST, "/tenants", Some(&json!({"name": "acme"}))).await;
        }
        let made = app.items("/audit-log?action=api_key.created&actor_kind=system").await;
        assert_eq!((made.len(), &made[0]["actor"]["kind"]), (1, &json!("system")));
        let id = made[0]["target"]["id"].as_str().unwrap();
        assert_eq!(key[..30], format!("hw_{id}_"));
        let shown = app.read(&format!("/api-keys/{id}")).await;
        assert_eq!((&shown["role"], &shown["platform"], &shown["name"]), (&json!("admin"), &json!(true), &json!("HOOKWRIGHT_PLATFORM_KEY")));

        let digit = if key.ends_with('0') { "1" } else { "0" };
        let other = format!("{}{digit}", &key[..key.len() - 1]);
        let refused = record(&app, &other).await.unwrap_err();
        assert!(refused.contains(id) && refused.contains("another secret"), "{refused}");
        // One that may do less is none of an admin of the platform.
        let viewer = harness::api_key(&app.app, DEFAULT_TENANT, shared::Role::Viewer, true).await;
        assert!(record(&app, &viewer).await.unwrap_err().contains("other rights"));

        let path = format!("/api-keys/{id}");
        app.call(&app.platform().await, Method::DELETE, &path, None).await.expect(204);
        record(&app, &key).await.unwrap();
        app.call(&platform, Method::GET, "/tenants", None).await.expect(401);
    }
}

#[tokio::test]
async fn a_server_takes_its_platforms_key_from_a_file_and_tells_nobody() {
    let folder = tempfile::tempdir().unwrap();
    let (file, key) = (folder.path().join("key"), new_key());
    fs::write(&file, format!("{key}\n")).unwrap();
    let setting = [("HOOKWRIGHT_PLATFORM_KEY_FILE", file.to_str().unwrap()), ("HOOKWRIGHT_LOG", "debug")];
    let (server, base) = Process::serve_in(&folder.path().join("hookwright.db"), &setting).await;
    let tenants = get(&client(&key), &format!("{base}/api/v1/tenants")).await;
    assert_eq!(tenants["items"][0]["name"], "default");
    let (_, secret) = key.rsplit_once('_').unwrap();
    assert!(!server.said().contains(secret), "{}", server.said());
}

#[tokio::test]
async fn a_declared_key_that_has_expired_is_told_at_each_start() {
    let folder = tempfile::tempdir().unwrap();
    let database = folder.path().join("hookwright.db");
    let url = format!("sqlite://{}", database.display());
    let rights = ["--role", "admin", "--platform", "--expires-in-days", "1", "--database-url", &url];
    assert!(output(&["migrate", "--database-url", &url]).status.success());
    let added = output(&[&["key", "add", "--name", "k"][..], &rights].concat());
    let printed = text(&added.stdout);
    let key = printed.lines().last().unwrap();
    let start = async || Process::serve_in(&database, &[("HOOKWRIGHT_PLATFORM_KEY", key)]).await;
    let told = "HOOKWRIGHT_PLATFORM_KEY is revoked or has expired";
    let (server, _) = start().await;
    assert!(!server.said().contains(told), "{}", server.said());
    drop(server);
    let mut connection = SqliteConnection::establish(database.to_str().unwrap()).unwrap();
    connection.batch_execute("UPDATE api_keys SET expires_at = 1").unwrap();
    drop(connection);
    let (server, _) = start().await;
    assert!(server.said().contains(told), "{}", server.said());
}

#[test]
fn a_declared_key_that_is_none_is_refused_at_the_start_and_not_repeated() {
    let folder = tempfile::tempdir().unwrap();
    let database = folder.path().join("hookwright.db");
    let url = format!("sqlite://{}", database.display());
    let weak = format!("{}{}", &new_key()[..30], "5f0e".repeat(16));
    for wrong in ["geheim", &new_key()[..80], &weak] {
        let mut serve = hookwright(&["serve", "--database-url", &url, "--listen", "127.0.0.1:0"]);
        let refused = serve.env("HOOKWRIGHT_PLATFORM_KEY", wrong).output().unwrap();
        let said = text(&refused.stderr);
        assert!(!refused.status.success() && said.contains("HOOKWRIGHT_PLATFORM_KEY is not an API key"), "{said}");
        assert!(said.contains("hookwright key new") && !said.contains(wrong), "{said}");
    }
    assert!(!database.exists());
}

/// Starts an application of that tenant for the alerts; returns whether it could, and the tenants that there are then.
async fn with_alerts(database: &TestDatabase, called: &str) -> (TestApp, Vec<Value>) {
    let app = TestApp::start_with(|settings| {
        both::on(database, settings);
        settings.alerts_tenant = Some(called.to_owned());
    })
    .await;
    let platform = app.platform().await;
    let list = app.call(&platform, Method::GET, "/tenants", None).await.expect(200).json();
    (app, list["items"].as_array().unwrap().clone())
}

on_both! {
    async fn the_first_start_makes_the_tenant_for_the_alerts(backend) {
        for (called, external_id) in [("ops", json!("ops")), ("Equipe de operações", Value::Null)] {
            let database = TestDatabase::new(backend);
            let (app, tenants) = with_alerts(&database, called).await;
            let [made, default] = &tenants[..] else { panic!("{tenants:?}") };
            assert_eq!((&made["name"], &made["external_id"]), (&json!(called), &external_id));
            assert_eq!(default["name"], "default");
            let entry = &app.items("/audit-log?action=tenant.created").await[0];
            assert_eq!((&entry["actor"]["kind"], &entry["target"]["id"]), (&json!("system"), &made["id"]));
            assert!(entry["after"].as_str().unwrap().contains(called));
            let own = app.client.get(format!("{}/event-types", app.base)).header("hookwright-tenant", made["id"].as_str().unwrap());
            app.send(own).await.expect(404);
            if external_id != Value::Null {
                let put = app.call(&app.platform().await, Method::PUT, "/tenants/ops", Some(&json!({"name": called}))).await;
                assert_eq!(put.expect(200).json()["id"], made["id"]);
            }
        }
        let (_, tenants) = with_alerts(&TestDatabase::new(backend), "default").await;
        assert_eq!(tenants.len(), 1);
    }
}

fn settings(url: &DatabaseUrl, alerts_tenant: &str) -> Settings {
    Settings { alerts_tenant: Some(alerts_tenant.to_owned()), ..harness::settings_of(url.clone()) }
}

/// Why a server does not start whose setting calls that tenant.
async fn refused(url: &DatabaseUrl, called: &str) -> String {
    open_freed(|| settings(url, called)).await.err().unwrap().to_string()
}

#[tokio::test]
async fn a_tenant_for_the_alerts_that_is_not_there_is_told_at_a_later_start() {
    let folder = tempfile::tempdir().unwrap();
    let text = format!("sqlite://{}", folder.path().join("hookwright.db").display());
    let url: DatabaseUrl = text.parse().unwrap();
    // Nobody can have made one of an id.
    let refused_first = refused(&url, "01JZNK5ZQBNF623MB5KE64GNQB").await;
    assert!(refused_first.contains("no tenant called"), "{refused_first}");
    // As a deployment does that sets up first.
    let of_database = ["--database-url", &*text];
    for first in [&["migrate"][..], &["key", "add", "--name", "k", "--role", "admin", "--platform"]] {
        let done = output(&[first, &of_database].concat());
        assert!(done.status.success(), "{done:?}");
    }
    let (app, dispatcher) = open_freed(|| settings(&url, "ops")).await.unwrap();
    set_up::by_settings(&app, "ana@example.com", PASSWORD).await.unwrap();
    drop((app, dispatcher));
    let refused = refused(&url, "nobody").await;
    assert!(refused.contains("no tenant called \"nobody\""), "{refused}");
    assert!(refused.contains("HOOKWRIGHT_ALERTS_TENANT") && refused.ends_with("there are: ops, default"), "{refused}");
    assert!(refused.contains("POST /api/v1/tenants"), "{refused}");
}

#[tokio::test]
async fn a_tenant_for_the_alerts_that_is_misspelt_later_is_not_made() {
    let app = TestApp::start().await;
    app.webhook(&Receiver::start().await).await;
    let copy = app.folder.path().join("copy.db");
    let url: DatabaseUrl = format!("sqlite://{}/hookwright.db", app.folder.path().display()).parse().unwrap();
    hookwright::store::backup(&url, &copy).unwrap();
    let refused = refused(&format!("sqlite://{}", copy.display()).parse().unwrap(), "defaults").await;
    assert!(refused.contains("no tenant called \"defaults\"") && refused.ends_with("there are: default"), "{refused}");
}

#[tokio::test]
async fn a_name_that_several_tenants_have_is_none_of_the_tenant_for_the_alerts() {
    let folder = tempfile::tempdir().unwrap();
    let app = TestApp::start().await;
    let platform = app.platform().await;
    for external_id in ["c-1", "c-2"] {
        let new = json!({"name": "twin", "external_id": external_id});
        app.call(&platform, Method::POST, "/tenants", Some(&new)).await.expect(201);
    }
    let copy = folder.path().join("copy.db");
    let url: DatabaseUrl = format!("sqlite://{}/hookwright.db", app.folder.path().display()).parse().unwrap();
    hookwright::store::backup(&url, &copy).unwrap();
    let refused = refused(&format!("sqlite://{}", copy.display()).parse().unwrap(), "twin").await;
    assert!(refused.contains("2 tenants are called \"twin\"") && refused.contains("to the id"), "{refused}");
}
