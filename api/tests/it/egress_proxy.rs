//! Receivers that are reached through a proxy.

use crate::{
    calls::{get, post, publish, settled},
    harness::{TestApp, changed, column, id_of},
    name_server::{NameServer, Says},
    processes::{Process, client, key, until},
    receiver::{Answer, Receiver},
    tls::{acceptor, authority, over_tls},
};
use base64::{Engine as _, prelude::BASE64_STANDARD};
use hookwright::{
    app::Settings,
    delivery::guard::{AllowHttp, Policy},
};
use serde_json::{Value, json};
use std::{
    net::{IpAddr, Ipv4Addr, SocketAddr},
    sync::{Arc, Mutex},
    time::Duration,
};
use tokio::{
    io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    task::JoinHandle,
};
use tokio_rustls::TlsAcceptor;

const HERE: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);
/// Where a name server leads that nobody shall ask.
const INTERNAL: IpAddr = IpAddr::V4(Ipv4Addr::new(10, 0, 0, 5));

/// What the proxy does when it is asked for a tunnel.
#[derive(Clone, Debug)]
enum Does {
    /// Connects to this machine, whatever the name.
    Connects,
    /// The same for whoever shows these credentials; others are asked for them.
    Asks(&'static str),
    /// Answers so.
    Answers(&'static str),
    /// Never answers.
    Hangs,
}

/// A proxy that makes tunnels. It ends with this value.
struct Proxy {
    address: SocketAddr,
    /// The heads that it was sent.
    asked: Arc<Mutex<Vec<String>>>,
    /// What it has carried to receivers.
    carried: Arc<Mutex<Vec<u8>>>,
    serving: JoinHandle<()>,
}

impl Proxy {
    async fn start(does: Does) -> Self {
        Self::on(TcpListener::bind("127.0.0.1:0").await.unwrap(), does, None)
    }

    fn on(listener: TcpListener, does: Does, tls: Option<TlsAcceptor>) -> Self {
        let address = listener.local_addr().unwrap();
        let (asked, carried) = <(Arc<Mutex<Vec<_>>>, Arc<Mutex<Vec<_>>>)>::default();
        let kept = (Arc::clone(&asked), Arc::clone(&carried));
        let serving = tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                let ((asked, carried), does, tls) = (kept.clone(), does.clone(), tls.clone());
                tokio::spawn(async move {
                    match tls {
                        None => serve(stream, does, &asked, &carried).await,
                        Some(tls) => serve(tls.accept(stream).await.unwrap(), does, &asked, &carried).await,
                    }
                });
            }
        });
        Self { address, asked, carried, serving }
    }

    fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The request lines that it was sent.
    fn asked(&self) -> Vec<String> {
        self.heads().iter().map(|head| head.lines().next().unwrap().to_owned()).collect()
    }

    fn heads(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }

    fn has_carried(&self, text: &str) -> bool {
        self.carried.lock().unwrap().windows(text.len()).any(|part| part == text.as_bytes())
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

async fn serve(
    mut stream: impl AsyncRead + AsyncWrite + Unpin,
    does: Does,
    asked: &Mutex<Vec<String>>,
    carried: &Mutex<Vec<u8>>,
) {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let Ok(byte) = stream.read_u8().await else { return };
        head.push(byte);
    }
    let head = String::from_utf8(head).unwrap();
    asked.lock().unwrap().push(head.clone());
    let port: u16 = head.split_whitespace().nth(1).unwrap().rsplit(':').next().unwrap().parse().unwrap();
    let challenge = "407 Proxy Authentication Required\r\nProxy-Authenticate: Basic realm=\"proxy\"";
    let answer = match does {
        Does::Connects => "200 Connection established",
        Does::Asks(credentials) => {
            let shown = format!("\r\nProxy-Authorization: Basic {}\r\n", BASE64_STANDARD.encode(credentials));
            if head.contains(&shown) { "200 Connection established" } else { challenge }
        }
        Does::Answers(answer) => answer,
        Does::Hangs => return std::future::pending().await,
    };
    stream.write_all(format!("HTTP/1.1 {answer}\r\n\r\n").as_bytes()).await.unwrap();
    if !answer.starts_with("200") {
        return;
    }
    let mut receiver = TcpStream::connect((HERE, port)).await.unwrap();
    let (mut from, mut back) = (vec![0; 65_536], vec![0; 65_536]);
    loop {
        // What ends with an error has ended.
        tokio::select! {
            read = stream.read(&mut from) => {
                let bytes = &from[..read.unwrap_or_default()];
                carried.lock().unwrap().extend_from_slice(bytes);
                if bytes.is_empty() || receiver.write_all(bytes).await.is_err() {
                    return;
                }
            }
            read = receiver.read(&mut back) => {
                let bytes = &back[..read.unwrap_or_default()];
                if bytes.is_empty() || stream.write_all(bytes).await.is_err() {
                    return;
                }
            }
        }
    }
}

/// An application whose requests leave by that proxy, and may be sent by http everywhere.
async fn leaving_by(proxy: &str) -> TestApp {
    leaving_with(proxy, |_| {}).await
}

async fn leaving_with(proxy: &str, change: impl Fn(&mut Settings)) -> TestApp {
    TestApp::start_with(|settings| {
        settings.policy.allow_http = AllowHttp::Always;
        settings.egress_proxy = Some(proxy.parse().unwrap());
        change(settings);
    })
    .await
}

/// A receiver's payload URL, by a name that leads to it only from where the proxy is.
fn named(receiver: &Receiver, name: &str) -> String {
    receiver.url().replace("127.0.0.1", name)
}

/// A webhook without retries at that URL.
async fn webhook_at(app: &TestApp, url: &str) -> String {
    id_of(&app.make("/webhooks", &json!({"url": url, "secret": "dummysecret", "retry_schedule": []})).await)
}

/// The first attempt to a webhook. Two others follow: one that fails three times in a row is failing.
async fn first_of_three(app: &mut TestApp, webhook: &str) -> Value {
    for ce_id in ["1", "2", "3"] {
        app.publish("A", "B", ce_id).await;
    }
    app.run_due().await;
    let deliveries = app.deliveries(webhook).await;
    assert_eq!(deliveries.len(), 3);
    app.read(&format!("/deliveries/{}", id_of(&deliveries[2]))).await["attempts"][0].clone()
}

/// The first attempt through a proxy that does that, and whether the webhook is failing then.
async fn attempt_through(does: Does, change: Value) -> (Value, Value) {
    let (proxy, receiver) = (Proxy::start(does).await, Receiver::start().await);
    let mut app = leaving_by(&proxy.url()).await;
    let change = changed(json!({"url": named(&receiver, "hooks.example.com")}), change);
    let webhook = app.webhook_with(&receiver, change).await;
    let attempt = first_of_three(&mut app, &webhook).await;
    assert_eq!(receiver.connections(), 0);
    let failing = app.read(&format!("/webhooks/{webhook}")).await["failing"].clone();
    (attempt, failing)
}

#[tokio::test]
async fn a_request_leaves_through_a_tunnel_as_it_would_leave_straight() {
    let names = NameServer::start([("hooks.example.com", Says::Addresses(vec![INTERNAL]))]).await;
    let proxy = Proxy::start(Does::Asks("ana:open sesame")).await;
    let (receiver, other) = (Receiver::start().await, Receiver::start().await);
    let url = format!("http://ana:open%20sesame@{}", proxy.address);
    let name_server = names.address;
    let mut app = leaving_with(&url, |settings| settings.name_servers = vec![name_server]).await;
    let webhook = webhook_at(&app, &named(&receiver, "hooks.example.com")).await;
    app.publish_example().await;
    app.run_due().await;
    assert_eq!(names.asked("hooks.example.com"), 0, "the name is the proxy's to look up");
    let received = receiver.received();
    assert_eq!(received.len(), 1);
    assert_eq!(received[0].signatures_hold("dummysecret"), (true, true));
    let authority = named(&receiver, "hooks.example.com").replace("http://", "").replace("/hook", "");
    assert_eq!(received[0].header("host"), Some(&*authority));
    let credentials = BASE64_STANDARD.encode("ana:open sesame");
    assert_eq!(
        proxy.heads(),
        [format!(
            "CONNECT {authority} HTTP/1.1\r\nHost: {authority}\r\nProxy-Authorization: Basic {credentials}\r\n\r\n"
        )]
    );
    let attempt = app.attempts(&webhook).await.remove(0);
    assert_eq!((&attempt["failure"], &attempt["status_code"]), (&Value::Null, &json!(200)));
    let phases = &attempt["phases"];
    assert!(
        phases["dns_us"].is_null() && phases["connect_us"].is_u64() && phases["first_byte_us"].is_u64(),
        "{attempt}"
    );

    // The tunnel is kept for the next request.
    app.publish("A", "B", "2").await;
    app.run_due().await;
    assert_eq!((receiver.received().len(), proxy.asked().len()), (2, 1));

    let mut straight = TestApp::start().await;
    straight.webhook(&other).await;
    straight.publish_example().await;
    straight.run_due().await;
    let [by_proxy, straight] = [&receiver, &other].map(|receiver| receiver.received().remove(0));
    let names = |headers: &[(String, String)]| headers.iter().map(|(name, _)| name.clone()).collect::<Vec<_>>();
    assert_eq!(names(&by_proxy.headers), names(&straight.headers));
    assert_eq!((&by_proxy.line, by_proxy.header("accept")), (&straight.line, straight.header("accept")));
    assert_eq!(by_proxy.body, straight.body);
}

#[tokio::test]
async fn a_request_that_a_kept_tunnel_ends_with_is_made_once_more_on_a_fresh_one() {
    let (proxy, receiver) = (Proxy::start(Does::Connects).await, Receiver::start().await);
    let mut app = leaving_by(&proxy.url()).await;
    let webhook = webhook_at(&app, &receiver.url()).await;
    for answer in [Answer::status(200), Answer::Reset, Answer::status(200)] {
        receiver.answer(answer);
    }
    app.publish("A", "B", "1").await;
    app.run_due().await;
    app.publish("A", "B", "2").await;
    app.run_due().await;
    assert_eq!((receiver.received().len(), proxy.asked().len()), (3, 2));
    assert!(app.deliveries(&webhook).await.iter().all(|delivery| delivery["status"] == "delivered"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tls_goes_from_end_to_end_whatever_the_proxy_speaks() {
    let ours = authority();
    let (good, heard) = over_tls(acceptor("good.example.com", Some(&ours), |_| {})).await;
    let (bad, unheard) = over_tls(acceptor("other.example.com", Some(&ours), |_| {})).await;
    let folder = tempfile::tempdir().unwrap();
    let trusted = folder.path().join("authority.pem");
    std::fs::write(&trusted, ours.certificate.pem()).unwrap();
    for scheme in ["http", "https"] {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let own = (scheme == "https").then(|| acceptor("127.0.0.1", Some(&ours), |_| {}));
        let proxy = Proxy::on(listener, Does::Connects, own);
        let secret = folder.path().join("proxy");
        std::fs::write(&secret, format!("{scheme}://ana:geheim@{}\n", proxy.address)).unwrap();
        let database = folder.path().join(format!("{scheme}.db"));
        let variables = [
            ("SSL_CERT_FILE", trusted.to_str().unwrap()),
            ("HOOKWRIGHT_EGRESS_PROXY_FILE", secret.to_str().unwrap()),
            // Whoever looks at these goes nowhere.
            ("HTTPS_PROXY", "http://127.0.0.1:1"),
            ("ALL_PROXY", "http://127.0.0.1:1"),
        ];
        let (server, base) = Process::serve_in(&database, &variables).await;
        let client = client(&key(&database));
        let mut webhooks = Vec::new();
        for (name, address) in [("good", good), ("bad", bad)] {
            let url = format!("https://{name}.example.com:{}/hook", address.port());
            let looked = post(&client, &base, "/webhooks/preflight", &json!({"url": url})).await.1;
            let new = json!({"url": url, "secret": "dummysecret", "retry_schedule": [], "timeout_ms": 20_000});
            webhooks.push((id_of(&post(&client, &base, "/webhooks", &new).await.1), looked));
        }
        let before = heard.load(std::sync::atomic::Ordering::SeqCst);
        publish(&client, &base, "1").await;
        settled(&client, &base).await;
        assert_eq!(heard.load(std::sync::atomic::Ordering::SeqCst), before + 1);
        assert_eq!(unheard.load(std::sync::atomic::Ordering::SeqCst), 0);
        for ((webhook, looked), (failure, tls)) in webhooks.iter().zip([(Value::Null, true), (json!("tls"), false)]) {
            let list = get(&client, &format!("{base}/api/v1/webhooks/{webhook}/deliveries")).await;
            assert_eq!(list["items"][0]["failure"], failure, "{list}");
            assert_eq!((&looked["dns"], &looked["tls"]["ok"]), (&Value::Null, &json!(tls)), "{looked}");
            assert_eq!(looked["tls"]["days_left"].is_u64(), tls, "{looked}");
            assert_eq!(looked["tls"]["issuer"].is_string(), tls, "{looked}");
        }
        let asked = proxy.asked();
        assert_eq!(asked.len(), 4, "{asked:?}");
        assert!(asked.contains(&format!("CONNECT good.example.com:{} HTTP/1.1", good.port())), "{asked:?}");
        // The name is what TLS itself shows; nothing of HTTP is.
        assert!(proxy.has_carried("good.example.com") && !proxy.has_carried("HTTP") && !proxy.has_carried("webhook"));
        let said = server.said();
        let warning = said.lines().find(|line| line.contains("HOOKWRIGHT_EGRESS_PROXY is set"));
        assert!(warning.is_some_and(|line| line.contains(&format!("{scheme}://{}", proxy.address))), "{said}");
        assert!(!said.contains("geheim") && !said.contains("ERROR"), "{said}");
    }
}

#[tokio::test]
async fn what_may_not_be_called_is_not_asked_for() {
    let (proxy, receiver) = (Proxy::start(Does::Connects).await, Receiver::start().await);
    let app = leaving_by(&proxy.url()).await;
    let webhook = webhook_at(&app, &receiver.url()).await;
    let guarded = |settings: &mut Settings| {
        settings.egress_proxy = Some(proxy.url().parse().unwrap());
        settings.policy = Policy { allow_http: AllowHttp::Always, ..Policy::default() };
    };
    let mut app = app.restart_with(guarded).await;
    for (url, code) in [
        ("https://10.0.0.1/hook", "target_address_blocked"),
        ("https://[::ffff:169.254.169.254]/hook", "target_address_blocked"),
        ("https://metadata.google.internal/hook", "target_host_not_allowed"),
        ("https://db.corp.internal/hook", "target_host_not_allowed"),
        ("https://hooks.example.com:6379/hook", "url_port_not_allowed"),
    ] {
        let new = json!({"url": url, "secret": "dummysecret"});
        assert_eq!(app.post("/webhooks", &new).await.expect(422).json()["errors"][0]["code"], code, "{url}");
        let looked = app.post("/webhooks/preflight", &json!({"url": url})).await.expect(200).json();
        assert_eq!(looked["problem"]["code"], code, "{looked}");
    }
    app.publish_example().await;
    app.run_due().await;
    assert_eq!(app.attempts(&webhook).await[0]["failure"], "blocked_address");
    // A network is allowed, and still nobody here sees where a name inside it leads; and `localhost` would be the proxy's machine.
    let app = app.restart_with(|settings| {
        settings.egress_proxy = Some(proxy.url().parse().unwrap());
        settings.policy = Policy {
            allow_http: AllowHttp::Loopback,
            allow_networks: vec!["10.0.0.0/8".parse().unwrap(), "127.0.0.0/8".parse().unwrap()],
            ..Policy::default()
        };
    });
    let app = app.await;
    for (url, code) in [
        ("https://db.corp.internal/hook", "target_host_not_allowed"),
        ("https://vault/hook", "target_host_not_allowed"),
        ("https://localhost:9000/hook", "target_host_not_allowed"),
        ("http://localhost:9000/hook", "url_scheme_not_allowed"),
        ("http://127.0.0.1:9000/hook", "url_scheme_not_allowed"),
    ] {
        let new = json!({"url": url, "secret": "dummysecret"});
        assert_eq!(app.post("/webhooks", &new).await.expect(422).json()["errors"][0]["code"], code, "{url}");
    }
    assert_eq!(proxy.asked(), [""; 0]);
}

#[tokio::test]
async fn a_proxy_that_is_away_is_a_fault_of_ours() {
    let receiver = Receiver::start().await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let mut app = leaving_by(&format!("http://{address}")).await;
    let webhook = webhook_at(&app, &named(&receiver, "hooks.example.com")).await;
    let attempt = first_of_three(&mut app, &webhook).await;
    assert_eq!(attempt["failure"], "internal_error");
    let error = attempt["error"].as_str().unwrap();
    assert!(error.starts_with("the egress proxy cannot be reached: ") && error.contains("refused"), "{error}");
    assert_eq!(app.read(&format!("/webhooks/{webhook}")).await["failing"], false);
    assert_eq!(column(&app.deliveries(&webhook).await, "status"), ["retrying"; 3]);
    let looked = app.post("/webhooks/preflight", &json!({"url": "https://hooks.example.com/"})).await;
    assert_eq!(looked.expect(500).problem(), "internal_error");
    let _proxy = Proxy::on(TcpListener::bind(address).await.unwrap(), Does::Connects, None);
    app.run_due_in(10).await;
    assert_eq!(column(&app.deliveries(&webhook).await, "status"), ["delivered"; 3]);
}

#[tokio::test]
async fn a_proxy_whose_name_leads_nowhere_is_a_fault_of_ours() {
    let (nowhere, silent) = ("nowhere.example.com", "silent.example.com");
    let names = NameServer::start([(nowhere, Says::Code(3)), (silent, Says::Nothing)]).await;
    let (name_server, receiver) = (names.address, Receiver::start().await);
    for (name, limit, says) in [
        (nowhere, 20_000, "the egress proxy cannot be reached: its name leads nowhere"),
        (silent, 1_000, "the egress proxy was not reached within 1000 ms"),
    ] {
        let mut app =
            leaving_with(&format!("http://{name}:3128"), |settings| settings.name_servers = vec![name_server]).await;
        let webhook = app.webhook_with(&receiver, json!({"timeout_ms": limit})).await;
        app.publish_example().await;
        app.run_due().await;
        let attempt = app.attempts(&webhook).await.remove(0);
        assert_eq!((&attempt["failure"], &attempt["error"]), (&json!("internal_error"), &json!(says)));
    }
}

#[tokio::test]
async fn credentials_that_the_proxy_refuses_are_told_of_and_not_shown() {
    let proxy = Proxy::start(Does::Asks("ana:other")).await;
    let folder = tempfile::tempdir().unwrap();
    let database = folder.path().join("hookwright.db");
    let url = format!("http://ana:geheim@{}", proxy.address);
    let variables = [("HOOKWRIGHT_EGRESS_PROXY", url.as_str()), ("HOOKWRIGHT_LOG", "trace")];
    let (mut server, base) = Process::serve_in(&database, &variables).await;
    let client = client(&key(&database));
    let new = json!({"url": "https://hooks.example.com/hook", "secret": "dummysecret"});
    let webhook = id_of(&post(&client, &base, "/webhooks", &new).await.1);
    publish(&client, &base, "1").await;
    publish(&client, &base, "2").await;
    let deliveries = until(async || {
        let list = get(&client, &format!("{base}/api/v1/webhooks/{webhook}/deliveries")).await;
        let items = list["items"].as_array().unwrap();
        let tried = items.len() == 2 && items.iter().all(|delivery| delivery["status"] == "retrying");
        if tried { Ok(list["items"].clone()) } else { Err(format!("not tried: {list}")) }
    })
    .await;
    let delivery = get(&client, &format!("{base}/api/v1/deliveries/{}", id_of(&deliveries[0]))).await;
    let attempt = &delivery["attempts"][0];
    assert_eq!((&attempt["failure"], &attempt["status_code"]), (&json!("internal_error"), &Value::Null));
    let words = "the egress proxy wants other credentials than HOOKWRIGHT_EGRESS_PROXY has";
    assert_eq!(attempt["error"], words);
    // All that it had to say is known when it has ended.
    server.signal("TERM");
    server.ended().await;
    let said = server.said();
    let told = said.lines().filter(|line| line.contains("ERROR") && line.contains(words)).count();
    assert_eq!(told, 1, "once for all: {said}");
    for secret in ["geheim", &BASE64_STANDARD.encode("ana:geheim")] {
        assert!(!said.contains(secret) && !delivery.to_string().contains(secret), "{said}");
    }
    assert!(proxy.heads().iter().all(|head| head.contains(&BASE64_STANDARD.encode("ana:geheim"))));
}

#[tokio::test]
async fn what_the_proxy_does_not_connect_to_is_told_with_its_status() {
    for (answer, words) in [
        ("403 Forbidden", "the egress proxy did not connect: 403 Forbidden"),
        ("502 Bad Gateway\r\nContent-Length: 0", "the egress proxy did not connect: 502 Bad Gateway"),
        ("503 Sorry", "the egress proxy did not connect: 503 Service Unavailable"),
        ("504 Gateway timeout", "the egress proxy did not connect: 504 Gateway Timeout"),
        // What Smokescreen says of an address that it denies: it asks for no credentials.
        ("407 Request rejected by proxy", "the egress proxy did not connect: 407 Proxy Authentication Required"),
    ] {
        let (attempt, failing) = attempt_through(Does::Answers(answer), json!({"retry_schedule": []})).await;
        assert_eq!((&attempt["failure"], &attempt["error"]), (&json!("connect_failed"), &json!(words)));
        assert_eq!((&attempt["status_code"], failing), (&Value::Null, json!(true)), "{answer}");
    }
    let (attempt, failing) = attempt_through(Does::Answers("405 No"), json!({"retry_schedule": []})).await;
    assert_eq!((&attempt["failure"], failing), (&json!("internal_error"), json!(false)));
    assert_eq!(attempt["error"], "the egress proxy makes no tunnels: 405 Method Not Allowed");
    let (attempt, failing) = attempt_through(Does::Answers("no answer"), json!({"retry_schedule": []})).await;
    assert_eq!((&attempt["failure"], failing), (&json!("internal_error"), json!(false)));
    assert_eq!(attempt["error"], "the egress proxy gave no answer that is HTTP");
}

#[tokio::test]
async fn a_look_at_a_url_goes_through_the_proxy() {
    let (proxy, receiver) = (Proxy::start(Does::Connects).await, Receiver::start().await);
    let app = leaving_by(&proxy.url()).await;
    let url = named(&receiver, "hooks.example.com");
    let looked = app.post("/webhooks/preflight", &json!({"url": url})).await.expect(200).json();
    assert_eq!((&looked["dns"], &looked["http"]["status"]), (&Value::Null, &json!(200)), "{looked}");
    assert_eq!(looked["advice"], json!(["plain_http"]));
    let received = receiver.received().remove(0);
    assert!(received.line.starts_with("HEAD /hook "));
    assert_eq!(received.header("accept"), Some("*/*"));
    assert_eq!(proxy.asked().len(), 1);
    let proxy = Proxy::start(Does::Answers("502 Bad Gateway")).await;
    let app = leaving_by(&proxy.url()).await;
    let looked =
        app.post("/webhooks/preflight", &json!({"url": "https://hooks.example.com/"})).await.expect(200).json();
    assert_eq!((&looked["dns"], &looked["advice"]), (&Value::Null, &json!(["connect_failed"])), "{looked}");
    assert_eq!(looked["http"]["error"], "the egress proxy did not connect: 502 Bad Gateway");
}

/// The real time of one second is the behaviour here.
#[tokio::test]
async fn the_time_limit_holds_where_the_proxy_hangs() {
    let began = std::time::Instant::now();
    let (attempt, _) = attempt_through(Does::Hangs, json!({"timeout_ms": 1_000})).await;
    assert!(began.elapsed() < Duration::from_secs(10));
    assert_eq!(
        (&attempt["failure"], &attempt["error"]),
        (&json!("connect_timeout"), &json!("not connected within 1000 ms"))
    );
    assert!(attempt["duration_us"].as_u64().unwrap() >= 1_000_000, "{attempt}");
}
