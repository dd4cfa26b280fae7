//! What the server lives through.

use crate::{
    calls::{get, post, publish, register, register_with, settled},
    harness::{event, id_of},
    processes::{Process, client, hookwright, key, until},
    receiver::{Answer, Receiver},
};
use serde_json::json;
use std::{
    fs::{self, OpenOptions},
    net::SocketAddr,
    path::Path,
    process::{Child, Stdio},
};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpSocket, TcpStream},
};

/// A server whose log goes there; ended with this value.
struct Silent {
    child: Child,
    base: String,
}

impl Silent {
    async fn serve(database: &Path, output: Stdio, log: Stdio) -> Self {
        // Nobody tells its port. That of a socket which does not listen goes to nobody else who asks for any.
        let held = TcpSocket::new_v4().unwrap();
        held.set_reuseaddr(true).unwrap();
        held.bind("127.0.0.1:0".parse().unwrap()).unwrap();
        let address = held.local_addr().unwrap().to_string();
        let url = format!("sqlite://{}", database.display());
        let mut serve = hookwright(&["serve", "--database-url", &url, "--listen", &address]);
        let child = serve.env("HOOKWRIGHT_LOG", "debug").stdout(output).stderr(log).spawn().unwrap();
        let server = Self { child, base: format!("http://{address}") };
        let client = client("");
        until(async || client.get(format!("{}/readyz", server.base)).send().await).await;
        server
    }
}

impl Drop for Silent {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[tokio::test]
async fn a_server_whose_log_finds_no_room_goes_on() {
    let full = || Stdio::from(OpenOptions::new().write(true).open("/dev/full").unwrap());
    // A pipe that nobody reads any more.
    let broken = || Stdio::from(std::io::pipe().unwrap().1);
    for (output, log) in [(full(), full()), (broken(), broken())] {
        let folder = tempfile::tempdir().unwrap();
        let database = folder.path().join("hookwright.db");
        let mut server = Silent::serve(&database, output, log).await;
        let client = client(&key(&database));
        for number in 0..20 {
            publish(&client, &server.base, &number.to_string()).await;
        }
        assert!(server.child.try_wait().unwrap().is_none());
    }
}

#[tokio::test]
async fn what_callers_send_cannot_steer_the_log() {
    for format in ["text", "json"] {
        let folder = tempfile::tempdir().unwrap();
        let database = folder.path().join("hookwright.db");
        let variables = [("HOOKWRIGHT_LOG", "trace"), ("HOOKWRIGHT_LOG_FORMAT", format)];
        let (mut server, base) = Process::serve_in(&database, &variables).await;
        let client = client(&key(&database));
        for path in ["webhooks/%1b%5b2J%0aforged", "event-types/%1b%5b2J%0aforged", "events?q=%1b%5b2J%0aforged"] {
            let request = client.delete(format!("{base}/api/v1/{path}"));
            request.header("user-agent", "a\tb").send().await.unwrap();
        }
        let request = client.post(format!("{base}/api/v1/events")).header("content-type", "application/json");
        let hostile = "{\"specversion\":\"1.0\",\"id\":\"\u{1b}[2J\nforged\",\"\u{202e}\u{1b}\nforged\":1}";
        assert_eq!(request.body(hostile).send().await.unwrap().status(), 400);
        let session = client.post(format!("{base}/api/v1/session")).header("content-type", "application/json");
        session.body(r#"{"email":"\u001b[2J\nforged","password":"\nforged"}"#).send().await.unwrap();
        server.signal("TERM");
        assert!(server.ended().await.success());
        let said = server.said();
        assert!(said.contains("stopping") && !said.contains('\u{1b}'), "{said}");
        assert!(said.lines().all(|line| !line.starts_with("forged")), "{said}");
    }
}

/// How many idle connections there are, if the process may have so many.
const IDLE: usize = 10_000;

/// How many files this process may open.
fn open_files() -> usize {
    let limits = fs::read_to_string("/proc/self/limits").unwrap();
    let line = limits.lines().find_map(|line| line.strip_prefix("Max open files")).unwrap();
    line.split_whitespace().next().unwrap().parse().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_with_many_idle_connections_serves_new_ones() {
    let folder = tempfile::tempdir().unwrap();
    let database = folder.path().join("hookwright.db");
    let (_server, base) = Process::serve(&database).await;
    let address: SocketAddr = base.strip_prefix("http://").unwrap().parse().unwrap();
    let client = client(&key(&database));
    let mut idle = Vec::new();
    for _ in 0..IDLE.min(open_files() / 2) {
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(format!("GET /healthz HTTP/1.1\r\nhost: {address}\r\n\r\n").as_bytes()).await.unwrap();
        idle.push(stream);
    }
    for stream in &mut idle {
        let mut answer = [0; 12];
        stream.read_exact(&mut answer).await.unwrap();
        assert_eq!(&answer, b"HTTP/1.1 200");
    }
    publish(&client, &base, "1").await;
    drop(idle);
}

#[tokio::test]
async fn a_proxy_that_the_environment_names_is_not_used() {
    let folder = tempfile::tempdir().unwrap();
    let database = folder.path().join("hookwright.db");
    let (proxy, receiver) = (Receiver::start().await, Receiver::start().await);
    let url = proxy.url();
    let variables = ["HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"];
    let variables = variables.map(|name| (name, url.as_str()));
    let (_server, base) = Process::serve_in(&database, &variables).await;
    let client = client(&key(&database));
    register(&client, &base, &receiver).await;
    publish(&client, &base, "1").await;
    settled(&client, &base).await;
    assert_eq!((proxy.received().len(), receiver.received().len()), (0, 1));
}

/// How many files the server may open, a good part of which its database takes.
const FEW_FILES: usize = 100;
/// So many connections take all that is left, and go on doing so while some of them are cut off; no more than may wait to be accepted.
const TOO_MANY: usize = 180;

#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread")]
async fn a_server_without_a_file_descriptor_left_blames_itself_and_recovers() {
    let folder = tempfile::tempdir().unwrap();
    let database = folder.path().join("hookwright.db");
    let key = {
        let (_server, _) = Process::serve(&database).await;
        key(&database)
    };
    let (server, base) = Process::serve_within(&database, &format!("ulimit -n {FEW_FILES}")).await;
    let address: SocketAddr = base.strip_prefix("http://").unwrap().parse().unwrap();
    let client = client(&key);
    let receiver = Receiver::start().await;
    receiver.answer_only(Answer::status(200).header("connection", "close"));
    register_with(&client, &base, &receiver, json!({"retry_schedule": [1, 1, 2, 4, 8, 16]})).await;
    let mut idle = Vec::new();
    for _ in 0..TOO_MANY {
        idle.push(TcpStream::connect(address).await.unwrap());
    }
    let mut number = 0;
    // The client's own connection was there before, and is used again.
    until(async || {
        number += 1;
        publish(&client, &base, &number.to_string()).await;
        let failed = get(&client, &format!("{base}/api/v1/deliveries?failure=internal_error")).await;
        if failed["items"] == json!([]) { Err(format!("it never ran out: {}", server.said())) } else { Ok(()) }
    })
    .await;
    drop(idle);
    settled(&client, &base).await;
    let failed = get(&client, &format!("{base}/api/v1/deliveries?status=failed")).await;
    assert_eq!(failed["items"], json!([]), "all arrived in the end");
    let fresh = crate::processes::client(&key).get(format!("{base}/api/v1/webhooks")).send().await.unwrap();
    assert_eq!(fresh.status(), 200, "new connections are taken again");
}

#[tokio::test]
async fn nothing_is_acknowledged_into_a_file_that_is_gone() {
    let folder = tempfile::tempdir().unwrap();
    let database = folder.path().join("hookwright.db");
    let (_server, base) = Process::serve(&database).await;
    let with_key = client(&key(&database));
    let publish = async |id: &str| post(&with_key, &base, "/events", &event("A", "B", id)).await.0;
    let ready = async || with_key.get(format!("{base}/readyz")).send().await.unwrap().status().as_u16();
    assert_eq!((publish("1").await, ready().await), (202, 200));
    let away = folder.path().join("away.db");
    fs::rename(&database, &away).unwrap();
    assert_eq!((publish("2").await, ready().await), (503, 503));
    fs::copy(&away, &database).unwrap();
    assert_eq!((publish("3").await, ready().await), (503, 503), "a copy is another file");
    fs::rename(&away, &database).unwrap();
    assert_eq!((publish("4").await, ready().await), (202, 200));
}

#[tokio::test]
async fn what_cannot_be_written_is_not_acknowledged_and_the_rest_is_there() {
    let folder = tempfile::tempdir().unwrap();
    let database = folder.path().join("hookwright.db");
    // No file may grow beyond a MiB or two: what goes beyond fails in the middle of a write, as on a disk that fails.
    let (server, base) = Process::serve_within(&database, "ulimit -f 2048").await;
    let with_key = client(&key(&database));
    let publish = async |number: usize| {
        let event = json!({"specversion": "1.0", "id": number.to_string(), "source": "A", "type": "B", "data": "x".repeat(200_000)});
        post(&with_key, &base, "/events", &event).await
    };
    let mut acknowledged = Vec::new();
    let (status, problem) = loop {
        assert!(acknowledged.len() < 40, "everything was written");
        let (status, answer) = publish(acknowledged.len()).await;
        if status != 202 {
            break (status, answer);
        }
        acknowledged.push(id_of(&answer));
    };
    assert_eq!((status, &problem["code"]), (503, &json!("storage_unavailable")), "{problem}");
    assert!(!acknowledged.is_empty());
    server.kill();
    let (_server, base) = Process::serve(&database).await;
    for id in acknowledged {
        let read = with_key.get(format!("{base}/api/v1/events/{id}")).send().await.unwrap();
        assert_eq!(read.status(), 200, "{id}");
    }
}

#[tokio::test]
async fn what_strangers_send_wrong_is_no_error_of_the_server() {
    let folder = tempfile::tempdir().unwrap();
    let (server, base) = Process::serve(&folder.path().join("hookwright.db")).await;
    let mut stream = TcpStream::connect(base.strip_prefix("http://").unwrap()).await.unwrap();
    stream.write_all(b"\x16\x03\x01 this is no HTTP\r\n\r\n").await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 400"), "{answer}");
    let said = server.said();
    assert!(!said.contains("ERROR"), "{said}");
}

#[tokio::test]
async fn a_start_logs_what_an_operator_needs_and_no_more() {
    let folder = tempfile::tempdir().unwrap();
    let (server, _) = Process::serve(&folder.path().join("hookwright.db")).await;
    // It is printed after the log line that this server was waited for.
    server.after("/set-up#").await;
    let lines: Vec<_> = server.said().lines().map(str::to_owned).collect();
    let (logged, printed): (Vec<_>, Vec<_>) = lines.iter().partition(|line| line.contains(" hookwright::"));
    assert!(!logged.is_empty(), "{lines:?}");
    let printed: String = printed.into_iter().map(|line| line.trim()).collect();
    assert!(
        printed.starts_with("Nobody who runs this server can sign in yet.") && printed.contains("/set-up#"),
        "{lines:?}"
    );
}

#[test]
fn a_start_warns_of_what_webhooks_may_do_beyond_the_public_internet() {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite://{}", folder.path().join("hookwright.db").display());
    for (http, networks, warnings) in [
        ("false", "", &[][..]),
        ("loopback", "10.0.0.0/8", &["lead into networks that are not public"][..]),
        ("true", "10.0.0.0/8,127.0.0.0/8", &["by http everywhere", "lead into this machine itself"]),
        ("false", "::/0", &["lead into this machine itself"]),
    ] {
        // The address is refused after the warnings.
        let mut serve = hookwright(&["serve", "--database-url", &url, "--listen", "192.0.2.1:1"]);
        let serve = serve.env("HOOKWRIGHT_ALLOW_HTTP", http).env("HOOKWRIGHT_ALLOW_NETWORKS", networks);
        let said = String::from_utf8(serve.output().unwrap().stderr).unwrap();
        let warned: Vec<_> = said.lines().filter(|line| line.contains("WARN")).collect();
        assert_eq!(warned.len(), warnings.len(), "{said}");
        for (line, warning) in warned.iter().zip(warnings) {
            assert!(line.contains(warning), "{line}");
            assert!(!warning.contains("lead") || line.contains(networks), "{line}");
        }
    }
}

#[tokio::test]
async fn a_setting_with_a_typo_does_not_go_unnoticed() {
    let folder = tempfile::tempdir().unwrap();
    let variables = [("HOOKWRIGHT_RETENTION", "7"), ("HOOKWRIGHT_RETENTION_DAYS", "7"), ("HOOKWRIGHT_URL", "http://x")];
    let (server, _) = Process::serve_in(&folder.path().join("hookwright.db"), &variables).await;
    let said = server.said();
    let told = said.lines().find(|line| line.contains("unknown settings")).unwrap_or_default();
    assert!(told.contains("HOOKWRIGHT_RETENTION,") || told.contains("HOOKWRIGHT_RETENTION;"), "{said}");
    assert!(!told.contains("HOOKWRIGHT_RETENTION_DAYS") && !told.contains("HOOKWRIGHT_URL"), "{told}");
}

#[tokio::test]
async fn the_last_line_of_a_log_in_json_is_json_too() {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite://{}", folder.path().join("none/hookwright.db").display());
    for (log, is_json) in [("info", true), ("off", false)] {
        let mut serve = hookwright(&["serve", "--database-url", &url, "--listen", "127.0.0.1:0"]);
        let refused = serve.args(["--log-format", "json", "--log", log]).output().unwrap();
        let said = String::from_utf8(refused.stderr).unwrap();
        let last = said.lines().last().unwrap();
        assert!(!refused.status.success() && last.contains("there is no folder"), "{said}");
        assert_eq!(serde_json::from_str::<serde_json::Value>(last).is_ok(), is_json, "{said}");
    }
}

#[test]
fn a_log_filter_that_says_nothing_is_refused() {
    let refused = hookwright(&["serve"]).env("HOOKWRIGHT_LOG", "api=loud").output().unwrap();
    let said = String::from_utf8(refused.stderr).unwrap();
    assert!(!refused.status.success() && said.contains("--log"), "{said}");
}
