//! The lists of tenants, operators and API keys, and what narrows them.

use crate::{
    both,
    database::{TestDatabase, on_both},
    harness::{TestApp, api_key, client, event, id_of},
    receiver::{Answer, Receiver},
    sessions::PASSWORD,
};
use reqwest::{Client, Method};
use serde_json::{Value, json};
use shared::Role;

/// What each row of a list has in that field.
fn each(page: &Value, field: &str) -> Vec<Value> {
    page["items"].as_array().unwrap().iter().map(|item| item[field].clone()).collect()
}

/// Makes a webhook of a tenant.
async fn webhook(app: &TestApp, platform: &Client, tenant: &str, receiver: &Receiver) -> String {
    let new = json!({"url": receiver.url(), "secret": "dummysecret", "retry_schedule": []}).to_string();
    let request = platform.post(format!("{}/webhooks", app.base)).header("hookwright-tenant", tenant);
    id_of(&app.send(request.header("content-type", "application/json").body(new)).await.expect(201).json())
}

on_both! {
    async fn the_platform_finds_the_tenants_of_which_a_webhook_is_failing(backend) {
        let database = TestDatabase::new(backend);
        let mut app = both::start(&database).await;
        let (fine, broken) = (Receiver::start().await, Receiver::start().await);
        broken.answer_only(Answer::status(500));
        let platform = app.platform().await;
        let mut failing = Vec::new();
        for (name, receivers) in
            [("none", &[][..]), ("Acme 1", &[&broken]), ("Acme 2", &[&fine, &broken, &broken]), ("well", &[&fine]), ("Globex", &[&broken])]
        {
            let tenant = id_of(&app.call(&platform, Method::POST, "/tenants", Some(&json!({"name": name}))).await.expect(201).json());
            for receiver in receivers {
                let made = webhook(&app, &platform, &tenant, receiver).await;
                failing.extend((receiver.url() == broken.url()).then_some((tenant.clone(), made)));
            }
            for number in 0..3 {
                let body = crate::harness::event("A", "B", &number.to_string()).to_string();
                let request = platform.post(format!("{}/events", app.base)).header("hookwright-tenant", &tenant);
                app.send(request.header("content-type", "application/cloudevents+json").body(body)).await.expect(202);
            }
        }
        let list = async |app: &TestApp, query: &str| app.call(&platform, Method::GET, &format!("/tenants?{query}"), None).await;
        let names = async |app: &TestApp, query: &str| each(&list(app, query).await.expect(200).json(), "name");
        assert_eq!(names(&app, "failing=true").await, [] as [&str; 0]);
        app.run_due().await;
        assert_eq!(names(&app, "failing=true").await, ["Globex", "Acme 2", "Acme 1"]);
        assert_eq!(names(&app, "failing=false").await, ["well", "none", "default"]);
        assert_eq!(names(&app, "failing=true&q=acme").await, ["Acme 2", "Acme 1"]);
        assert_eq!(each(&list(&app, "failing=true").await.json(), "failing"), [1, 2, 1]);

        let first = list(&app, "failing=true&limit=2").await.json();
        let cursor = first["next_cursor"].as_str().unwrap();
        assert_eq!(names(&app, &format!("failing=true&limit=2&cursor={cursor}")).await, ["Acme 1"]);
        for other in ["failing=false&", ""] {
            assert_eq!(list(&app, &format!("{other}cursor={cursor}")).await.expect(400).problem(), "cursor_invalid");
        }
        assert_eq!(list(&app, "failing=yes").await.expect(422).problem(), "invalid_parameter");

        // What is deleted, or was deactivated on purpose, is no trouble any more.
        let [(acme, only), .., (globex, last)] = &failing[..] else { unreachable!() };
        let of = |method, tenant: &str, id: &str| {
            platform.request(method, format!("{}/webhooks/{id}", app.base)).header("hookwright-tenant", tenant)
        };
        app.send(of(Method::DELETE, acme, only)).await.expect(204);
        let inactive = of(Method::PATCH, globex, last).header("content-type", "application/json");
        app.send(inactive.body(r#"{"status": "inactive"}"#)).await.expect(200);
        assert_eq!(names(&app, "failing=true").await, ["Acme 2"]);
    }
}

on_both! {
    async fn api_keys_are_found_by_a_part_of_their_name_or_by_what_they_begin_with(backend) {
        let database = TestDatabase::new(backend);
        let app = both::start(&database).await;
        let platform = app.platform().await;
        let make = async |name: &str| {
            let made = app.make("/api-keys", &json!({"name": name, "role": "viewer"})).await;
            (id_of(&made), made["key"].as_str().unwrap().to_owned())
        };
        let (billing, key) = make("Billing 100%").await;
        make("shop_front").await;
        app.clock.advance_seconds(3_600);
        let (later, _) = make("later").await;
        let find = async |query: &str| app.get(&format!("/api-keys?{query}")).await;
        let shown = key.rsplit_once('_').unwrap().0;
        let hour = &later[..9];
        assert_ne!(hour, &billing[..9]);
        for (text, names) in [
            ("BILLING", &["Billing 100%"][..]),
            ("0%25", &["Billing 100%"]),
            ("p_f", &["shop_front"]),
            ("o%25f", &[]),
            ("pf", &[]),
            (&billing, &["Billing 100%"]),
            (&billing.to_lowercase(), &["Billing 100%"]),
            (shown, &["Billing 100%"]),
            (&format!("{shown}_%E2%80%A6"), &["Billing 100%"]),
            (&key, &["Billing 100%"]),
            (&format!("hw_{hour}"), &["later"]),
            ("hw_7", &[]),
            (hour, &[]),
            ("nobody", &[]),
        ] {
            assert_eq!(each(&find(&format!("q={text}")).await.expect(200).json(), "name"), names, "{text}");
        }
        let first = find("q=hw_&limit=2").await.expect(200).json();
        assert_eq!(each(&first, "name"), ["later", "shop_front"]);
        let cursor = first["next_cursor"].as_str().unwrap();
        assert_eq!(each(&find(&format!("q=hw_&limit=1&cursor={cursor}")).await.expect(200).json(), "name"), ["Billing 100%"]);
        assert_eq!(find(&format!("cursor={cursor}")).await.expect(400).problem(), "cursor_invalid");
        let too_long = find(&format!("q={}", "x".repeat(201))).await.expect(422).json();
        assert_eq!(too_long["errors"][0]["code"], "search_too_long");

        // Nobody finds those of another tenant.
        let other = id_of(&app.call(&platform, Method::POST, "/tenants", Some(&json!({"name": "other"}))).await.expect(201).json());
        for text in ["billing", &billing, shown, "hw_"] {
            let request = platform.get(format!("{}/api-keys?q={text}", app.base)).header("hookwright-tenant", &other);
            assert_eq!(app.send(request).await.expect(200).json()["items"], json!([]), "{text}");
        }
    }
}

on_both! {
    async fn operators_are_found_by_a_part_of_their_address_or_by_their_id(backend) {
        let database = TestDatabase::new(backend);
        let app = both::start(&database).await;
        let platform = app.platform().await;
        let mut ids = Vec::new();
        for email in ["Ana_Maria@Example.com", "100%bob@example.com", "anaemaria@example.org"] {
            let new = json!({"email": email, "password": PASSWORD, "role": "viewer"});
            ids.push(id_of(&app.make("/operators", &new).await));
        }
        let find = async |query: &str| app.get(&format!("/operators?{query}")).await;
        for (text, emails) in [
            ("ANA_", &["ana_maria@example.com"][..]),
            ("0%25B", &["100%bob@example.com"]),
            ("a%25m", &[]),
            (".com", &["100%bob@example.com", "ana_maria@example.com"]),
            (&ids[2], &["anaemaria@example.org"]),
            (&ids[2].to_lowercase(), &["anaemaria@example.org"]),
            (&ids[2][..20], &[]),
            ("nobody", &[]),
        ] {
            assert_eq!(each(&find(&format!("q={text}")).await.expect(200).json(), "email"), emails, "{text}");
        }
        let first = find("q=.com&limit=1").await.expect(200).json();
        let cursor = first["next_cursor"].as_str().unwrap();
        assert_eq!(each(&find(&format!("q=.com&cursor={cursor}")).await.expect(200).json(), "email"), ["ana_maria@example.com"]);
        assert_eq!(find(&format!("q=ana&cursor={cursor}")).await.expect(400).problem(), "cursor_invalid");

        let other = id_of(&app.call(&platform, Method::POST, "/tenants", Some(&json!({"name": "other"}))).await.expect(201).json());
        for text in ["ana", &ids[0]] {
            let request = platform.get(format!("{}/operators?q={text}", app.base)).header("hookwright-tenant", &other);
            assert_eq!(app.send(request).await.expect(200).json()["items"], json!([]), "{text}");
        }
    }
}

on_both! {
    async fn a_tenant_is_found_by_what_its_customer_quotes(backend) {
        let database = TestDatabase::new(backend);
        let app = both::start(&database).await;
        let platform = app.platform().await;
        let tenant = async |name: &str| app.call(&platform, Method::POST, "/tenants", Some(&json!({"name": name}))).await.expect(201).json();
        let globex = id_of(&tenant("Globex").await);
        tenant("Acme").await;
        let theirs = client(&api_key(&app.app, globex.parse().unwrap(), Role::Editor, false).await);
        let new = json!({"url": "https://hooks.globex.example/in", "secret": "dummysecret"});
        let webhook = id_of(&app.call(&theirs, Method::POST, "/webhooks", Some(&new)).await.expect(201).json());
        let event = id_of(&app.call(&theirs, Method::POST, "/events", Some(&event("A", "B", "1"))).await.expect(202).json());
        let deliveries = app.call(&theirs, Method::GET, &format!("/webhooks/{webhook}/deliveries"), None).await.expect(200).json();
        let delivery = id_of(&deliveries["items"][0]);
        let names = async |text: &str| {
            let found = app.call(&platform, Method::GET, &format!("/tenants?q={text}"), None).await.expect(200).json();
            each(&found, "name")
        };
        for quoted in [&webhook, &event, &delivery, "HOOKS.globex.example", "https://hooks.", "Globex"] {
            assert_eq!(names(quoted).await, ["Globex"], "{quoted}");
        }
        assert_eq!(names("hooks").await, [""; 0], "a word is looked for in names");
        app.call(&theirs, Method::DELETE, &format!("/webhooks/{webhook}"), None).await.expect(204);
        for gone in [&webhook, "hooks.globex.example"] {
            assert_eq!(names(gone).await, [""; 0], "{gone}");
        }
    }
}
