//! Names that do not lead where they should.

use crate::{
    calls::{get, post, publish, settled},
    harness::{Answered, TestApp, id_of},
    name_server::{NameServer, Says},
    processes::{Process, client, key, until},
    receiver::Receiver,
};
use hookwright::delivery::{
    guard::{AllowHttp, Policy},
    resolver::GuardedResolver,
    sender::{Request, Sender},
};
use serde_json::{Value, json};
use shared::Failure;
use std::{
    net::{IpAddr, Ipv4Addr},
    sync::Arc,
    time::{Duration, Instant},
};

const SSRF_CASES: &str = include_str!("../data/ssrf-cases.tsv");
const LOOPBACK: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);
const INTERNAL: IpAddr = IpAddr::V4(Ipv4Addr::new(10, 0, 0, 5));

/// Leads to this machine as long as a webhook is saved, and there when it is called.
fn later(addresses: Vec<IpAddr>) -> Says {
    Says::Then(vec![LOOPBACK], Box::new(Says::Addresses(addresses)))
}

struct Named {
    app: TestApp,
    names: NameServer,
    receiver: Receiver,
    port: u16,
}

impl Named {
    async fn start(says: impl IntoIterator<Item = (&'static str, Says)>) -> Self {
        let (names, receiver) = (NameServer::start(says).await, Receiver::start().await);
        let address = names.address;
        let app = TestApp::start_with(move |settings| {
            settings.name_servers = vec![address];
            settings.policy.allow_http = AllowHttp::Always;
        })
        .await;
        let port = receiver.url().rsplit(':').next().unwrap().split('/').next().unwrap().parse().unwrap();
        Self { app, names, receiver, port }
    }

    async fn create(&self, url: &str) -> Answered {
        self.app.post("/webhooks", &json!({"url": url, "secret": "dummysecret", "retry_schedule": []})).await
    }

    async fn webhook(&self, name: &str) -> String {
        self.webhook_at(&format!("http://{name}:{}/hook", self.port)).await
    }

    async fn webhook_at(&self, url: &str) -> String {
        id_of(&self.create(url).await.expect(201).json())
    }

    /// The latest attempt of the only event that a new webhook at that name gets.
    async fn attempt(&mut self, name: &str) -> Value {
        self.attempt_at(&format!("http://{name}:{}/hook", self.port)).await
    }

    async fn attempt_at(&mut self, url: &str) -> Value {
        let webhook = self.webhook_at(url).await;
        self.app.publish("A", "B", url).await;
        self.app.run_due().await;
        let attempt = self.app.delivery(&webhook).await["attempts"][0].clone();
        self.app.delete(&format!("/webhooks/{webhook}")).await.expect(204);
        attempt
    }
}

#[tokio::test]
async fn a_name_without_an_address_fails_for_its_name() {
    let mut named = Named::start([
        ("servfail.example.com", Says::Code(2)),
        ("refused.example.com", Says::Code(5)),
        ("empty.example.com", Says::Addresses(vec![])),
    ])
    .await;
    for name in ["unknown.example.com", "servfail.example.com", "refused.example.com", "empty.example.com"] {
        let attempt = named.attempt(name).await;
        assert_eq!(attempt["failure"], "dns", "{name}: {attempt}");
        let error = attempt["error"].as_str().unwrap();
        assert!(!error.contains('{') && !error.contains('"'), "{name}: {error}");
        if ["unknown.example.com", "empty.example.com"].contains(&name) {
            assert_eq!(error, format!("{name} has no address"));
        }
    }
    assert_eq!(named.receiver.received().len(), 0);
}

#[tokio::test]
async fn where_no_name_server_can_be_asked_that_is_charged_to_no_webhook() {
    // The system sends nothing there.
    let nobody = "255.255.255.255:53".parse().unwrap();
    let mut app = TestApp::start_with(move |settings| settings.name_servers = vec![nobody]).await;
    let new = json!({"url": "https://hooks.example.com/", "secret": "dummysecret", "retry_schedule": []});
    let webhook = id_of(&app.make("/webhooks", &new).await);
    for number in 0..3 {
        app.publish("A", "B", &number.to_string()).await;
    }
    app.run_due().await;
    let path = format!("/webhooks/{webhook}");
    for delivery in app.deliveries(&webhook).await {
        assert_eq!((&delivery["status"], &delivery["failure"]), (&json!("retrying"), &json!("internal_error")));
    }
    assert_eq!(app.read(&path).await["failing"], false);
}

#[tokio::test]
async fn a_name_server_that_says_nothing_is_given_up_in_time() {
    let mut named = Named::start([("slow.example.com", Says::Nothing)]).await;
    let start = Instant::now();
    let attempt = named.attempt("slow.example.com").await;
    assert_eq!(attempt["failure"], "dns", "{attempt}");
    assert!(attempt["error"].as_str().unwrap().contains("not resolved within 2000 ms"), "{attempt}");
    assert!(start.elapsed() >= Duration::from_secs(2));
}

#[tokio::test]
async fn one_blocked_address_among_a_thousand_blocks_the_name() {
    let thousand = |last| (0..999).map(|_| LOOPBACK).chain([last]).collect::<Vec<_>>();
    let mut named = Named::start([
        ("fine.example.com", Says::Addresses(thousand(LOOPBACK))),
        ("blocked.example.com", later(thousand(INTERNAL))),
        ("mixed.example.com", later(vec![LOOPBACK, INTERNAL])),
    ])
    .await;
    // Too long for UDP: it is asked for again over TCP.
    assert_eq!(named.attempt("fine.example.com").await["failure"], Value::Null);
    assert_eq!(named.receiver.received().len(), 1);
    for name in ["blocked.example.com", "mixed.example.com"] {
        let attempt = named.attempt(name).await;
        assert_eq!(attempt["failure"], "blocked_address", "{name}: {attempt}");
        assert!(attempt["error"].as_str().unwrap().starts_with(&format!("{name} resolves to an address")), "{attempt}");
        assert!(!attempt.to_string().contains("10.0.0.5"), "nobody outside learns what it resolves to: {attempt}");
    }
    assert_eq!(named.receiver.received().len(), 1, "no payload was sent");
}

#[tokio::test]
async fn a_name_that_turns_inwards_later_is_looked_up_once_and_blocked_then() {
    let says = Says::Addresses(vec![LOOPBACK]);
    let mut named = Named::start([("rebind.example.com", says)]).await;
    named.receiver.answer(crate::receiver::Answer::status(500).header("connection", "close"));
    let webhook = named.webhook("rebind.example.com").await;
    let before = named.names.asked("rebind.example.com");
    named.app.publish("A", "B", "1").await;
    named.app.run_due().await;
    assert_eq!(named.names.asked("rebind.example.com"), before + 1, "what was checked is what was called");
    named.names.turn("rebind.example.com", Says::Addresses(vec![INTERNAL]));
    let delivery = named.app.delivery(&webhook).await;
    assert_eq!(delivery["attempts"][0]["status_code"], 500);
    let resend = format!("/deliveries/{}/resend", id_of(&delivery));
    named.app.post(&resend, &json!({})).await.expect(202);
    named.app.run_due().await;
    let attempt = &named.app.delivery(&webhook).await["attempts"][0];
    assert_eq!(attempt["failure"], "blocked_address", "{attempt}");
    assert_eq!(named.receiver.received().len(), 1);
}

fn rows() -> Vec<[&'static str; 7]> {
    SSRF_CASES.lines().skip(1).map(|line| line.split('\t').collect::<Vec<_>>().try_into().unwrap()).collect()
}

/// The name of a row, and what is said about it.
fn said([_, url, setup, ..]: &[&'static str; 7]) -> Option<(&'static str, Says)> {
    let host = url.strip_prefix("https://")?.trim_end_matches('/');
    let says = match *setup {
        "NXDOMAIN" => Says::Code(3),
        "answer after 5 s" => Says::Nothing,
        "NOERROR, no A/AAAA" => Says::Addresses(vec![]),
        _ if setup.contains("A=") => {
            Says::Addresses(setup.split([' ', ',', '=']).filter_map(|word| word.parse().ok()).collect())
        }
        _ => return None,
    };
    Some((host, says))
}

/// A name that leads where it may not is refused at once; one that leads nowhere, or is slow to say where, may be right later.
#[tokio::test]
async fn a_name_is_looked_up_when_its_webhook_is_saved() {
    let names =
        |row: &[&'static str; 7]| row[0] != TURNS_INWARDS && said(row).is_some_and(|(host, _)| !host.contains('/'));
    let rows: Vec<_> = rows().into_iter().filter(names).collect();
    assert!(rows.len() >= 8, "{}", rows.len());
    let named = Named::start(rows.iter().filter_map(said)).await;
    let fine = named.webhook_at("https://unknown.example.com/hook").await;
    for [id, url, _, at_create, _, code, _] in rows {
        let created = named.create(url).await;
        let look = named.app.post("/webhooks/preflight", &json!({"url": url})).await.expect(200).json();
        if at_create == "accept" {
            created.expect(201);
            assert_eq!(look["url_ok"], true, "{id}: {look}");
            continue;
        }
        let name = url.trim_start_matches("https://").trim_end_matches('/');
        let changed = named.app.patch(&format!("/webhooks/{fine}"), &json!({"url": url})).await;
        for problem in [created.expect(422).json(), changed.expect(422).json(), look["problem"].clone()] {
            let error = &problem["errors"][0];
            assert_eq!((&error["code"], &error["pointer"]), (&json!(code), &json!("/url")), "{id}: {problem}");
            assert!(error["detail"].as_str().unwrap().starts_with(name), "{id}: {problem}");
        }
    }
}

/// As a receiver beside the server has one, in compose or in a cluster.
#[tokio::test]
async fn a_name_inside_a_network_that_is_allowed_is_called() {
    let inside = ["receiver", "hooks.corp.internal", "svc.ns.svc.cluster.local"];
    let at = |addresses: &[IpAddr]| Says::Addresses(addresses.to_vec());
    let says = inside.map(|name| (name, at(&[LOOPBACK])));
    let mut named = Named::start(says.into_iter().chain([("elsewhere", at(&[INTERNAL]))])).await;
    for name in inside {
        let attempt = named.attempt(name).await;
        assert_eq!(attempt["failure"], Value::Null, "{name}: {attempt}");
    }
    assert_eq!(named.receiver.received().len(), inside.len());
    let refused = named.create("https://elsewhere/").await.expect(422).json();
    assert_eq!(refused["errors"][0]["code"], "target_address_blocked", "another network is not: {refused}");
}

/// Each look-up may take as long as the name server likes.
#[tokio::test]
async fn a_look_at_a_url_asks_once_where_a_name_leads_that_leads_nowhere() {
    let named = Named::start([("nowhere.example.com", Says::Code(3))]).await;
    let look = named.app.post("/webhooks/preflight", &json!({"url": "https://nowhere.example.com/"})).await;
    assert_eq!(look.expect(200).json()["advice"], json!(["dns_failed"]));
    assert_eq!(named.names.asked("nowhere.example.com"), 1);
}

#[tokio::test]
async fn the_server_by_another_name_is_no_target() {
    let says = Says::Then(vec![Ipv4Addr::new(127, 0, 0, 2).into()], Box::new(Says::Addresses(vec![LOOPBACK])));
    let mut named =
        Named::start([("itself.example.com", Says::Addresses(vec![LOOPBACK])), ("later.example.com", says)]).await;
    let at = |name: &str, app: &TestApp| app.base.replace("127.0.0.1", name) + "/events";
    let url = at("itself.example.com", &named.app);
    let refused = named.create(&url).await.expect(422).json();
    assert_eq!(refused["errors"][0]["code"], "target_is_self", "{refused}");
    let url = at("later.example.com", &named.app);
    let attempt = named.attempt_at(&url).await;
    assert_eq!(attempt["failure"], "blocked_address", "{attempt}");
    assert!(attempt["error"].as_str().unwrap().contains("resolves to this server"), "{attempt}");
    // Somebody else on this machine is no less a receiver for that.
    assert_eq!(named.attempt("itself.example.com").await["failure"], Value::Null);
}

#[tokio::test]
async fn only_the_log_tells_which_address_was_blocked() {
    let names = NameServer::start([("inner.example.com", later(vec![INTERNAL]))]).await;
    let folder = tempfile::tempdir().unwrap();
    let database = folder.path().join("hookwright.db");
    let name_servers = names.address.to_string();
    let (server, base) = Process::serve_in(&database, &[("HOOKWRIGHT_NAME_SERVERS", &name_servers)]).await;
    let client = client(&key(&database));
    let new = json!({"url": "https://inner.example.com/hook", "secret": "dummysecret", "retry_schedule": []});
    assert_eq!(post(&client, &base, "/webhooks", &new).await.0, 201);
    let (status, refused) = post(&client, &base, "/webhooks", &new).await;
    assert_eq!(status, 422, "{refused}");
    publish(&client, &base, "1").await;
    settled(&client, &base).await;
    let deliveries = get(&client, &format!("{base}/api/v1/deliveries")).await;
    let delivery = get(&client, &format!("{base}/api/v1/deliveries/{}", id_of(&deliveries["items"][0]))).await;
    let told = format!("{refused} {delivery}");
    assert_eq!(told.matches("inner.example.com resolves to an address that is not public").count(), 3, "{told}");
    assert!(!told.contains("10.0.0.5"), "{told}");
    let said = server.said();
    let line = said.lines().find(|line| line.contains("10.0.0.5")).unwrap_or_else(|| panic!("{said}"));
    assert!(line.contains("inner.example.com"), "{line}");
}

/// The row whose name turns inwards between two deliveries has a test of its own, above.
const TURNS_INWARDS: &str = "S144";

/// What must be blocked at an attempt is, whatever let it be saved: no row is looked at only when a webhook is created.
#[tokio::test(flavor = "multi_thread")]
async fn every_case_that_must_be_blocked_at_an_attempt_is() {
    let rows = rows();
    let blocked: Vec<_> =
        rows.iter().filter(|[id, _, _, _, at_send, ..]| *at_send == "block" && *id != TURNS_INWARDS).collect();
    assert!(blocked.len() >= 69, "{}", blocked.len());
    let names = NameServer::start(blocked.iter().filter_map(|row| said(row))).await;
    let mut wrong = Vec::new();
    for [id, url, setup, _, _, code, _] in blocked {
        let mut policy = Policy::default();
        if let Some((_, network)) = setup.split_once("allow_networks=") {
            policy.allow_networks = vec![network.parse().unwrap()];
        }
        let own = "https://hooks.example.com/api/v1/events";
        if *setup == "own base URL" {
            policy.own_url = Some("https://hooks.example.com".parse().unwrap());
        }
        let url = if *setup == "own base URL" { own } else { *url };
        let sender = Sender::new(GuardedResolver::new(Arc::new(policy), &[names.address], None).unwrap()).unwrap();
        let target = sender.target(url);
        let request = Request { target: &target, headers: vec![], body: "{}".into(), timeout: Duration::from_secs(2) };
        let outcome = sender.send(&request).await;
        let expected = match *code {
            "dns_not_found" | "timeout" => Failure::Dns,
            _ => Failure::BlockedAddress,
        };
        if (outcome.failure, outcome.phases.connect_us) != (Some(expected), None) {
            wrong.push(format!("{id} {url}: {outcome:?} instead of {expected:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// So many lookups are under way at once, more than the threads that may block.
const SLOW_NAMES: usize = 1_000;
/// At most so many attempts are under way: the other slots are kept for probes.
const UNDER_WAY: i64 = 480;

#[tokio::test(flavor = "multi_thread")]
async fn names_that_are_slow_to_resolve_hold_up_no_database() {
    let slow = Says::Then(vec![LOOPBACK], Box::new(Says::Nothing));
    let says = (0..SLOW_NAMES).map(|number| (&*format!("slow{number}.example.com").leak(), slow.clone()));
    let named = Named::start(says).await;
    for number in 0..SLOW_NAMES {
        let url = format!("http://slow{number}.example.com/hook");
        let new = json!({"url": url, "secret": "dummysecret", "timeout_ms": 30_000});
        named.app.post("/webhooks", &new).await.expect(201);
    }
    named.app.publish("A", "B", "1").await;
    let TestApp { app, dispatcher, base, client, .. } = named.app;
    let (stop, stopped) = tokio::sync::watch::channel(false);
    let dispatching = tokio::spawn(dispatcher.run(stopped));
    until(async || {
        let under_way = app.metrics.in_flight.get();
        if under_way < UNDER_WAY { Err(format!("{under_way} attempts under way")) } else { Ok(()) }
    })
    .await;
    for number in 0..20 {
        let listed = client.get(format!("{base}/webhooks?limit=1")).send().await.unwrap();
        assert_eq!(listed.status(), 200);
        let event = crate::harness::event("A", "C", &format!("another {number}")).to_string();
        let published = client.post(format!("{base}/events")).header("content-type", "application/json").body(event);
        assert_eq!(published.send().await.unwrap().status(), 202);
    }
    let under_way = app.metrics.in_flight.get();
    assert!(under_way >= UNDER_WAY, "all was answered while the lookups still waited: {under_way}");
    drop(stop);
    dispatching.abort();
}
