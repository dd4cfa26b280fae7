//! Names that do not lead where they should: a name server of the test's own answers.

use crate::{harness::TestApp, receiver::Receiver};
use api::delivery::guard::AllowHttp;
use serde_json::{Value, json};
use std::{
    collections::HashMap,
    net::{Ipv4Addr, SocketAddr},
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, UdpSocket},
    task::JoinSet,
};

const LOOPBACK: Ipv4Addr = Ipv4Addr::LOCALHOST;
const INTERNAL: Ipv4Addr = Ipv4Addr::new(10, 0, 0, 5);
/// What fits into an answer over UDP.
const UDP_BYTES: usize = 512;

/// What a name server says about a name.
#[derive(Clone)]
enum Says {
    Addresses(Vec<Ipv4Addr>),
    /// These first, and those ever after.
    Then(Vec<Ipv4Addr>, Vec<Ipv4Addr>),
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

/// The answer to a query (RFC 1035): the question again, and an A record for each address.
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
    let addresses = if kind == 1 { addresses } else { vec![] };
    let fits = 12 + question.len() + 16 * addresses.len() <= most;
    let count = if fits { u16::try_from(addresses.len()).unwrap() } else { 0 };
    let mut answer = query[..2].to_vec();
    answer.extend([0x81 | if fits { 0 } else { 2 }, 0x80 | code, 0, 1]);
    answer.extend(count.to_be_bytes());
    answer.extend([0; 4]);
    answer.extend(question);
    for address in addresses.iter().take(count.into()) {
        // The name of the question, type A, class IN, no time to live.
        answer.extend([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 0, 0, 4]);
        answer.extend(address.octets());
    }
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
