//! What receivers send does not fill the server's memory.

use crate::{
    calls::{get, post, publish, settled},
    processes::{PATIENCE, Process, SHORTLY, client, key},
};
use serde_json::json;
use std::{
    fs,
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Instant,
};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
};

/// So many receivers answer at the same time.
const RECEIVERS: usize = 100;
const GIGABYTE: usize = 1 << 30;
/// How much more memory the server may hold meanwhile, in KiB.
const MOST: u64 = 32 * 1_024;

/// Answers the first requests with a few bytes. Then it waits until all receivers have one, and answers each with a gigabyte.
async fn serve(listener: TcpListener) {
    let requests = Arc::<AtomicUsize>::default();
    loop {
        let (stream, _) = listener.accept().await.unwrap();
        tokio::spawn(answer(stream, Arc::clone(&requests)));
    }
}

async fn answer(mut stream: TcpStream, requests: Arc<AtomicUsize>) {
    let mut request = [0; 16_384];
    if stream.read(&mut request).await.is_err() {
        return;
    }
    if requests.fetch_add(1, Ordering::SeqCst) < RECEIVERS {
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\nok").await;
        return;
    }
    while requests.load(Ordering::SeqCst) < 2 * RECEIVERS {
        tokio::time::sleep(SHORTLY).await;
    }
    let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {GIGABYTE}\r\n\r\n");
    let (mut sent, part) = (stream.write_all(head.as_bytes()).await, vec![b'x'; 65_536]);
    for _ in 0..GIGABYTE / part.len() {
        if sent.is_err() {
            return;
        }
        sent = stream.write_all(&part).await;
    }
}

/// What `/proc` says about a process, in KiB: `VmRSS` is what it holds, `VmHWM` the most that it has held.
fn memory(process: &Process, name: &str) -> u64 {
    let status = fs::read_to_string(format!("/proc/{}/status", process.id())).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':')).unwrap();
    line.trim().trim_end_matches(" kB").parse().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hundred_answers_of_a_gigabyte_are_held_in_little_memory() {
    let folder = tempfile::tempdir().unwrap();
    let database = folder.path().join("hookwright.db");
    let (server, base) = Process::serve(&database).await;
    let client = client(&key(&database));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address: SocketAddr = listener.local_addr().unwrap();
    let serving = tokio::spawn(serve(listener));
    for number in 0..RECEIVERS {
        let url = format!("http://{address}/{number}");
        let new = json!({"url": url, "secret": "dummysecret", "timeout_ms": 30_000, "retry_schedule": []});
        assert_eq!(post(&client, &base, "/webhooks", &new).await.0, 201);
    }
    publish(&client, &base, "small").await;
    settled(&client, &base).await;

    let before = memory(&server, "VmRSS");
    let start = Instant::now();
    publish(&client, &base, "large").await;
    settled(&client, &base).await;
    let most = memory(&server, "VmHWM");
    assert!(most.saturating_sub(before) <= MOST, "{before} KiB before, {most} KiB at most");
    assert!(start.elapsed() < PATIENCE);
    let delivered = get(&client, &format!("{base}/api/v1/deliveries?status=delivered&limit=100")).await;
    assert_eq!(delivered["items"].as_array().unwrap().len(), RECEIVERS);
    assert!(!delivered["next_cursor"].is_null(), "both events arrived everywhere");
    let id = delivered["items"][0]["id"].as_str().unwrap();
    let body = &get(&client, &format!("{base}/api/v1/deliveries/{id}")).await["attempts"][0]["response_body"];
    assert_eq!((&body["size"], &body["truncated"]), (&json!(65_536), &json!(true)));
    serving.abort();
}
