//! How the server stops: what is under way is finished, nothing new begins, and nothing that was acknowledged is lost.

use crate::{
    calls::{all, register_with, settled, try_post},
    database::{Backend, TestDatabase, without_postgres},
    harness::{event, id_of},
    processes::{Process, client, key, key_on, until},
    receiver::{Answer, Receiver},
};
use diesel::{Connection as _, PgConnection, connection::SimpleConnection as _};
use futures_util::{StreamExt as _, future::join_all, stream};
use serde_json::json;
use std::{
    collections::HashSet,
    path::PathBuf,
    time::{Duration, Instant},
};
use tokio::{
    io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, split},
    net::{TcpListener, TcpStream, UnixStream},
    sync::watch,
};
use url::Url;

/// How long a stop may take: the five seconds that the server allows itself, and three for a machine that is slow. What is held up by an
/// attempt takes at least its 20.
const LIMIT: Duration = Duration::from_secs(8);
/// A receiver that answers, but slowly.
const SLOWLY: Duration = Duration::from_millis(2_500);

struct Served {
    server: Process,
    base: String,
    database: PathBuf,
    receiver: Receiver,
    client: reqwest::Client,
    _folder: tempfile::TempDir,
}

/// A server with one webhook at a receiver that answers so.
async fn serve(answer: Answer) -> Served {
    let folder = tempfile::tempdir().unwrap();
    let database = folder.path().join("hookwright.db");
    let receiver = Receiver::start().await;
    receiver.answer(answer);
    let (server, base) = Process::serve(&database).await;
    let client = client(&key(&database));
    let patient = json!({"timeout_ms": 20_000});
    register_with(&client, &base, &receiver, patient).await;
    Served { server, base, database, receiver, client, _folder: folder }
}

async fn publish(client: &reqwest::Client, base: &str, name: &str) -> Option<String> {
    let (status, answer) = try_post(client, base, "/events", &event("A", "B", name)).await.ok()?;
    (status == 202).then(|| id_of(&answer))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stop_finishes_what_is_under_way_and_says_that_the_server_is_not_ready() {
    let mut it = serve(Answer::status(200).after(SLOWLY)).await;
    let anybody = client("none");
    // One more than the webhook allows at once: it has not begun when the signal comes.
    let names: Vec<_> = (0..17).map(|number| number.to_string()).collect();
    let published = join_all(names.iter().map(|name| publish(&it.client, &it.base, name))).await;
    assert!(published.iter().all(Option::is_some));
    it.receiver.reached(16).await;
    let signalled = Instant::now();
    it.server.signal("TERM");
    it.server.after("stopping").await;
    // On a new connection, as a balancer of load asks.
    let ready = anybody.get(format!("{}/readyz", it.base)).send().await.unwrap();
    assert_eq!(ready.status(), 503);
    assert!(signalled.elapsed() < SLOWLY, "that was while attempts were under way");
    assert_eq!(it.server.ended().await.code(), Some(0));
    assert!(signalled.elapsed() < LIMIT, "{:?}", signalled.elapsed());
    assert_eq!(it.receiver.received().len(), 16);
    it.server.after(" stopped").await;
    assert!(!it.server.said().contains("interrupted"), "{}", it.server.said());

    let (_server, base) = Process::serve(&it.database).await;
    settled(&it.client, &base).await;
    let deliveries = all(&it.client, &format!("{base}/api/v1/deliveries")).await;
    assert_eq!(deliveries.len(), 17);
    assert!(deliveries.iter().all(|row| row["status"] == "delivered" && row["attempt_count"] == 1), "{deliveries:?}");
    assert_eq!(it.receiver.received().len(), 17, "each was sent once");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_arrives_during_a_stop_is_recorded_also_beside_an_attempt_that_does_not_end() {
    let mut it = serve(Answer::status(200).after(Duration::from_secs(60))).await;
    let answering = Receiver::start().await;
    answering.answer(Answer::status(200).after(Duration::from_millis(800)));
    register_with(&it.client, &it.base, &answering, json!({})).await;
    publish(&it.client, &it.base, "1").await.unwrap();
    it.receiver.reached(1).await;
    answering.reached(1).await;
    let signalled = Instant::now();
    it.server.signal("TERM");
    assert_eq!(it.server.ended().await.code(), Some(0));
    assert!(signalled.elapsed() < LIMIT, "{:?}", signalled.elapsed());
    assert_eq!(it.server.after("they count as interrupted attempts=").await, "1");

    it.receiver.answer_only(Answer::status(200));
    let (_server, base) = Process::serve(&it.database).await;
    settled(&it.client, &base).await;
    let deliveries = all(&it.client, &format!("{base}/api/v1/deliveries")).await;
    let counts: HashSet<_> = deliveries.iter().map(|row| row["attempt_count"].as_u64().unwrap()).collect();
    assert_eq!(counts, HashSet::from([1, 2]), "one was interrupted: {deliveries:?}");
    assert_eq!(answering.received().len(), 1, "what had arrived is not sent again");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_arrives_during_a_stop_is_recorded_also_beside_a_claim_that_does_not_end() {
    if without_postgres() {
        return;
    }
    let database = TestDatabase::new(Backend::Postgres);
    let key = ("HOOKWRIGHT_ENCRYPTION_KEY", &*"5f0e".repeat(16));
    let (mut server, base) = Process::serve_on(&database.text(), &[key]).await;
    let client = client(&key_on(&database.text()));
    let receiver = Receiver::start().await;
    receiver.answer(Answer::status(200).after(Duration::from_millis(1_500)));
    register_with(&client, &base, &receiver, json!({"timeout_ms": 20_000})).await;
    publish(&client, &base, "1").await.unwrap();
    receiver.reached(1).await;
    let mut other = PgConnection::establish(&database.text()).unwrap();
    other.batch_execute("BEGIN; LOCK TABLE webhooks IN ACCESS EXCLUSIVE MODE").unwrap();
    let waiting = "SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = 'webhooks'::regclass";
    until(async || if database.count(waiting) > 0 { Ok(()) } else { Err("no claim waits") }).await;
    server.signal("TERM");
    assert_eq!(server.ended().await.code(), Some(0));
    drop(other);

    let (_server, base) = Process::serve_on(&database.text(), &[key]).await;
    settled(&client, &base).await;
    let deliveries = all(&client, &format!("{base}/api/v1/deliveries")).await;
    assert_eq!((&deliveries[0]["status"], &deliveries[0]["attempt_count"]), (&"delivered".into(), &1.into()));
    assert_eq!(receiver.received().len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_second_signal_ends_the_server_at_once() {
    let mut it = serve(Answer::status(200).after(Duration::from_secs(60))).await;
    publish(&it.client, &it.base, "1").await.unwrap();
    it.receiver.reached(1).await;
    it.server.signal("TERM");
    it.server.after("stopping").await;
    let signalled = Instant::now();
    it.server.signal("INT");
    assert_eq!(it.server.ended().await.code(), Some(1));
    assert!(signalled.elapsed() < SLOWLY, "it did not wait for the attempt's time limit");

    it.receiver.answer_only(Answer::status(200));
    let (_server, base) = Process::serve(&it.database).await;
    settled(&it.client, &base).await;
    let deliveries = all(&it.client, &format!("{base}/api/v1/deliveries")).await;
    assert_eq!((&deliveries[0]["status"], &deliveries[0]["attempt_count"]), (&"delivered".into(), &2.into()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_drains_is_not_ready_and_goes_on_until_it_stops() {
    let folder = tempfile::tempdir().unwrap();
    let database = folder.path().join("hookwright.db");
    let receiver = Receiver::start().await;
    let (mut server, base) = Process::serve_in(&database, &[("HOOKWRIGHT_DRAIN_SECONDS", "6")]).await;
    let (with_key, anybody) = (client(&key(&database)), client("none"));
    register_with(&with_key, &base, &receiver, json!({})).await;
    let signalled = Instant::now();
    server.signal("TERM");
    server.after("draining").await;
    // On new connections, as a balancer of load asks, and those that it has not turned away yet.
    let ready = anybody.get(format!("{base}/readyz")).send().await.unwrap();
    assert_eq!(ready.status(), 503);
    assert!(publish(&with_key, &base, "1").await.is_some());
    receiver.reached(1).await;
    assert!(!server.said().contains("stopping"), "{}", server.said());
    assert_eq!(server.ended().await.code(), Some(0));
    assert!(signalled.elapsed() > Duration::from_secs(6), "{:?}", signalled.elapsed());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_second_signal_ends_a_server_that_drains_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let database = folder.path().join("hookwright.db");
    let (mut server, _) = Process::serve_in(&database, &[("HOOKWRIGHT_DRAIN_SECONDS", "600")]).await;
    server.signal("TERM");
    server.after("draining").await;
    server.signal("TERM");
    assert_eq!(server.ended().await.code(), Some(1));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stop_in_a_burst_loses_no_acknowledged_event() {
    let mut it = serve(Answer::status(200)).await;
    let (first, mut acknowledged) = tokio::sync::mpsc::unbounded_channel();
    let publishing = {
        let (client, base) = (it.client.clone(), it.base.clone());
        tokio::spawn(async move {
            let publish = |number: usize| {
                let (client, base, first) = (client.clone(), base.clone(), first.clone());
                async move {
                    let id = publish(&client, &base, &number.to_string()).await?;
                    let _ = first.send(());
                    Some(id)
                }
            };
            stream::iter(0..2_000).map(publish).buffer_unordered(32).collect::<Vec<_>>().await
        })
    };
    for _ in 0..200 {
        acknowledged.recv().await.unwrap();
    }
    it.server.signal("TERM");
    assert_eq!(it.server.ended().await.code(), Some(0));
    let acked: HashSet<_> = publishing.await.unwrap().into_iter().flatten().collect();
    assert!((200..2_000).contains(&acked.len()), "stopped in the middle: {}", acked.len());

    let (_server, base) = Process::serve(&it.database).await;
    settled(&it.client, &base).await;
    let deliveries = all(&it.client, &format!("{base}/api/v1/deliveries")).await;
    let recorded: HashSet<_> = deliveries.iter().map(|row| row["event_id"].as_str().unwrap().to_owned()).collect();
    assert!(acked.is_subset(&recorded));
    assert!(deliveries.iter().all(|row| row["attempt_count"] == 1), "nothing was sent twice");
    assert_eq!(it.receiver.received().len(), deliveries.len());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hangup_is_not_the_end() {
    let Served { server, base, client, .. } = serve(Answer::status(200)).await;
    server.signal("HUP");
    server.after("there is nothing to read ").await;
    assert_eq!(client.get(format!("{base}/healthz")).send().await.unwrap().status(), 200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_delivers_nothing_leaves_everything_to_the_next() {
    let folder = tempfile::tempdir().unwrap();
    let database = folder.path().join("hookwright.db");
    let receiver = Receiver::start().await;
    let (mut quiet, base) = Process::serve_in(&database, &[("HOOKWRIGHT_DELIVER", "false")]).await;
    assert!(quiet.said().contains("nothing is sent"), "{}", quiet.said());
    let client = client(&key(&database));
    register_with(&client, &base, &receiver, json!({})).await;
    assert!(publish(&client, &base, "1").await.is_some() && publish(&client, &base, "2").await.is_some());
    assert_eq!(client.get(format!("{base}/readyz")).send().await.unwrap().status(), 200);
    let webhook =
        format!("{base}/api/v1/webhooks/{}", id_of(&all(&client, &format!("{base}/api/v1/webhooks")).await[0]));
    let delivery = id_of(&all(&client, &format!("{base}/api/v1/deliveries")).await[0]);
    for path in [
        format!("{webhook}/test"),
        format!("{webhook}/resend-failed"),
        format!("{webhook}/send-missed"),
        format!("{base}/api/v1/deliveries/{delivery}/resend"),
    ] {
        let window = json!({"from": "2025-07-08T00:00:00Z", "to": "2025-07-09T00:00:00Z"});
        let body = if path.ends_with("/resend") || path.ends_with("/test") { json!({}) } else { window };
        let asked = client.post(&path).header("content-type", "application/json").body(body.to_string());
        let refused = asked.send().await.unwrap().text().await.unwrap();
        assert!(refused.contains("nothing_is_sent"), "nobody would send what {path} asks for: {refused}");
    }
    let figures = client.get(format!("{base}/metrics")).send().await.unwrap().text().await.unwrap();
    assert!(figures.contains("\nhookwright_deliveries_due 2\n"), "{figures}");
    quiet.signal("TERM");
    assert!(quiet.ended().await.success());
    assert_eq!(receiver.received(), []);
    let (_server, _) = Process::serve(&database).await;
    receiver.reached(2).await;
}

/// A way to a PostgreSQL, which is put into the URL. Once it is said to be frozen nothing passes, as in a network that lost its route.
async fn way_to(url: &mut Url) -> watch::Sender<bool> {
    let (host, port) = (url.host_str().unwrap().replace("%2F", "/"), url.port().unwrap());
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    url.set_host(Some("127.0.0.1")).unwrap();
    url.set_port(Some(listener.local_addr().unwrap().port())).unwrap();
    let (frozen, is_frozen) = watch::channel(false);
    tokio::spawn(async move {
        while let Ok((client, _)) = listener.accept().await {
            let is_frozen = is_frozen.clone();
            if host.starts_with('/') {
                let server = UnixStream::connect(format!("{host}/.s.PGSQL.{port}")).await.unwrap();
                tokio::spawn(pass_both(client, server, is_frozen));
            } else {
                let server = TcpStream::connect((host.as_str(), port)).await.unwrap();
                tokio::spawn(pass_both(client, server, is_frozen));
            }
        }
    });
    frozen
}

async fn pass_both(client: TcpStream, server: impl AsyncRead + AsyncWrite, is_frozen: watch::Receiver<bool>) {
    let ((from, to), (back, forth)) = (split(client), split(server));
    tokio::join!(pass(from, forth, is_frozen.clone()), pass(back, to, is_frozen));
}

async fn pass(mut from: impl AsyncRead + Unpin, mut to: impl AsyncWrite + Unpin, is_frozen: watch::Receiver<bool>) {
    let mut bytes = [0; 4_096];
    while let Ok(read @ 1..) = from.read(&mut bytes).await {
        if !*is_frozen.borrow() && to.write_all(&bytes[..read]).await.is_err() {
            return;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stop_does_not_wait_for_a_database_that_answers_no_more() {
    if without_postgres() {
        return;
    }
    let database = TestDatabase::new(Backend::Postgres);
    let mut url: Url = database.text().parse().unwrap();
    let frozen = way_to(&mut url).await;
    let key = ("HOOKWRIGHT_ENCRYPTION_KEY", &*"5f0e".repeat(16));
    let (mut server, base) = Process::serve_on(url.as_str(), &[key]).await;
    let client = reqwest::Client::new();
    frozen.send_replace(true);
    until(async || {
        let status = client.get(format!("{base}/readyz")).send().await.unwrap().status();
        if status == 503 { Ok(()) } else { Err(format!("it answers {status}")) }
    })
    .await;
    let signalled = Instant::now();
    server.signal("TERM");
    server.ended().await;
    assert!(signalled.elapsed() < LIMIT, "{:?}", signalled.elapsed());
}
