//! Names that do not lead where they should: a name server of the test's own answers.

use crate::{
    harness::TestApp,
    processes::{PATIENCE, SHORTLY},
    receiver::Receiver,
};
use api::delivery::{
    guard::{AllowHttp, Policy},
    sender::{Request, Sender},
};
use serde_json::{Value, json};
use shared::Failure;
use std::{
    collections::HashMap,
    net::{IpAddr, Ipv4Addr, SocketAddr},
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, UdpSocket},
    task::JoinSet,
};

const SSRF_CASES: &str = include_str!("../data/ssrf-cases.tsv");
const LOOPBACK: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);
const INTERNAL: IpAddr = IpAddr::V4(Ipv4Addr::new(10, 0, 0, 5));
/// What fits into an answer over UDP.
const UDP_BYTES: usize = 512;

/// What a name server says about a name.
#[derive(Clone)]
enum Says {
    Addresses(Vec<IpAddr>),
    /// These first, and those ever after.
    Then(Vec<IpAddr>, Vec<IpAddr>),
    Code(u8),
    Nothing,
}

#[derive(Default)]
struct Zone {
    says: HashMap<String, Says>,
    asked: HashMap<(String, u16), usize>,
}

/// A name server, over UDP and TCP.
struct NameServer {
    address: SocketAddr,
    zone: Arc<Mutex<Zone>>,
    _serving: JoinSet<()>,
}

impl NameServer {
    async fn start(says: impl IntoIterator<Item = (&'static str, Says)>) -> Self {
        let zone =
            Zone { says: says.into_iter().map(|(name, says)| (name.to_owned(), says)).collect(), ..Zone::default() };
        let zone = Arc::new(Mutex::new(zone));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let socket = UdpSocket::bind(address).await.unwrap();
        let mut serving = JoinSet::new();
        let known = Arc::clone(&zone);
        serving.spawn(async move {
            let mut query = [0; 4_096];
            loop {
                let (length, from) = socket.recv_from(&mut query).await.unwrap();
                if let Some(answer) = answer(&known, &query[..length], UDP_BYTES) {
                    socket.send_to(&answer, from).await.unwrap();
                }
            }
        });
        let known = Arc::clone(&zone);
        serving.spawn(async move {
            loop {
                let (mut stream, _) = listener.accept().await.unwrap();
                let known = Arc::clone(&known);
                tokio::spawn(async move {
                    while let Ok(length) = stream.read_u16().await {
                        let mut query = vec![0; length.into()];
                        if stream.read_exact(&mut query).await.is_err() {
                            return;
                        }
                        if let Some(answer) = answer(&known, &query, usize::from(u16::MAX)) {
                            let length = u16::try_from(answer.len()).unwrap().to_be_bytes();
                            let _ = stream.write_all(&[&length[..], &answer].concat()).await;
                        }
                    }
                });
            }
        });
        Self { address, zone, _serving: serving }
    }

    /// How often it was asked for the IPv4 addresses of a name.
    fn asked(&self, name: &str) -> usize {
        self.zone.lock().unwrap().asked.get(&(name.to_owned(), 1)).copied().unwrap_or_default()
    }
}

/// The answer to a query (RFC 1035): the question again, and a record for each address of the family that was asked for.
fn answer(zone: &Mutex<Zone>, query: &[u8], most: usize) -> Option<Vec<u8>> {
    let (mut at, mut labels) = (12, Vec::new());
    while query[at] != 0 {
        let end = at + 1 + usize::from(query[at]);
        labels.push(String::from_utf8_lossy(&query[at + 1..end]).to_lowercase());
        at = end;
    }
    let question = &query[12..at + 5];
    let (name, kind) = (labels.join("."), u16::from_be_bytes([query[at + 1], query[at + 2]]));
    let mut zone = zone.lock().unwrap();
    let asked = zone.asked.entry((name.clone(), kind)).or_default();
    *asked += 1;
    let first = *asked == 1;
    let (addresses, code) = match zone.says.get(&name) {
        Some(Says::Nothing) => return None,
        Some(Says::Code(code)) => (vec![], *code),
        Some(Says::Then(before, after)) => (if first { before.clone() } else { after.clone() }, 0),
        Some(Says::Addresses(addresses)) => (addresses.clone(), 0),
        None => (vec![], 3),
    };
    let data = addresses.into_iter().filter_map(|address| match (address, kind) {
        (IpAddr::V4(v4), 1) => Some(v4.octets().to_vec()),
        (IpAddr::V6(v6), 28) => Some(v6.octets().to_vec()),
        _ => None,
    });
    // The name of the question, its type, class IN, no time to live.
    let record = |data: Vec<u8>| {
        let length = u8::try_from(data.len()).unwrap();
        [&[0xc0, 12, 0, u8::try_from(kind).unwrap(), 0, 1, 0, 0, 0, 0, 0, length], &data[..]].concat()
    };
    let records: Vec<_> = data.map(record).collect();
    let fits = 12 + question.len() + records.iter().map(Vec::len).sum::<usize>() <= most;
    let count = if fits { u16::try_from(records.len()).unwrap() } else { 0 };
    let mut answer = query[..2].to_vec();
    answer.extend([0x81 | if fits { 0 } else { 2 }, 0x80 | code, 0, 1]);
    answer.extend(count.to_be_bytes());
    answer.extend([0; 4]);
    answer.extend(question);
    answer.extend(records.into_iter().take(count.into()).flatten());
    Some(answer)
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

    async fn webhook(&self, name: &str) -> String {
        let url = format!("http://{name}:{}/hook", self.port);
        let new = json!({"url": url, "secret": "dummysecret", "retry_schedule": []});
        self.app.post("/webhooks", &new).await.expect(201).json()["id"].as_str().unwrap().to_owned()
    }

    /// The latest attempt of the only event that a new webhook at that name gets.
    async fn attempt(&mut self, name: &str) -> Value {
        let webhook = self.webhook(name).await;
        self.app.publish("A", "B", name).await;
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
        assert_ne!(attempt["error"], Value::Null);
    }
    assert_eq!(named.receiver.received().len(), 0);
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
        ("blocked.example.com", Says::Addresses(thousand(INTERNAL))),
        ("mixed.example.com", Says::Addresses(vec![LOOPBACK, INTERNAL])),
    ])
    .await;
    // Too long for UDP: it is asked for again over TCP.
    assert_eq!(named.attempt("fine.example.com").await["failure"], Value::Null);
    assert_eq!(named.receiver.received().len(), 1);
    for name in ["blocked.example.com", "mixed.example.com"] {
        let attempt = named.attempt(name).await;
        assert_eq!(attempt["failure"], "blocked_address", "{name}: {attempt}");
        assert!(attempt["error"].as_str().unwrap().contains("10.0.0.5"), "{attempt}");
    }
    assert_eq!(named.receiver.received().len(), 1, "no payload was sent");
}

#[tokio::test]
async fn a_name_that_turns_inwards_later_is_looked_up_once_and_blocked_then() {
    let says = Says::Then(vec![LOOPBACK], vec![INTERNAL]);
    let mut named = Named::start([("rebind.example.com", says)]).await;
    named.receiver.answer(crate::receiver::Answer::status(500).header("connection", "close"));
    let webhook = named.webhook("rebind.example.com").await;
    named.app.publish("A", "B", "1").await;
    named.app.run_due().await;
    assert_eq!(named.names.asked("rebind.example.com"), 1, "what was checked is what was called");
    let delivery = named.app.delivery(&webhook).await;
    assert_eq!(delivery["attempts"][0]["status_code"], 500);
    let resend = format!("/deliveries/{}/resend", delivery["id"].as_str().unwrap());
    named.app.post(&resend, &json!({})).await.expect(202);
    named.app.run_due().await;
    let attempt = &named.app.delivery(&webhook).await["attempts"][0];
    assert_eq!(attempt["failure"], "blocked_address", "{attempt}");
    assert_eq!(named.receiver.received().len(), 1);
}

/// The row whose name turns inwards between two deliveries has a test of its own, above.
const TURNS_INWARDS: &str = "S144";

/// What must be blocked at an attempt is, whatever let it be saved: no row is looked at only when a webhook is created.
#[tokio::test(flavor = "multi_thread")]
async fn every_case_that_must_be_blocked_at_an_attempt_is() {
    let rows: Vec<[&str; 7]> =
        SSRF_CASES.lines().skip(1).map(|line| line.split('\t').collect::<Vec<_>>().try_into().unwrap()).collect();
    let blocked: Vec<_> =
        rows.iter().filter(|[id, _, _, _, at_send, ..]| *at_send == "block" && *id != TURNS_INWARDS).collect();
    assert!(blocked.len() >= 69, "{}", blocked.len());
    let says = blocked.iter().filter_map(|[_, url, setup, ..]| {
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
    });
    let names = NameServer::start(says).await;
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
        let sender = Sender::new(Arc::new(policy), &[names.address]).unwrap();
        let request = Request { url: url.into(), headers: vec![], body: "{}".into(), timeout: Duration::from_secs(2) };
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
/// At most so many attempts are under way.
const UNDER_WAY: i64 = 500;

#[tokio::test(flavor = "multi_thread")]
async fn names_that_are_slow_to_resolve_hold_up_no_database() {
    let says = (0..SLOW_NAMES).map(|number| (&*format!("slow{number}.example.com").leak(), Says::Nothing));
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
    let start = Instant::now();
    while app.metrics.in_flight.get() < UNDER_WAY {
        assert!(start.elapsed() < PATIENCE, "{} attempts under way", app.metrics.in_flight.get());
        tokio::time::sleep(SHORTLY).await;
    }
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
