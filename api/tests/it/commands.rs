//! The commands of the binary, as people run them.

use crate::{
    calls::post,
    database::{Backend, TestDatabase, without_postgres},
    harness::{EXAMPLE, id_of},
    processes::{Process, client, hookwright, key, output},
};
use diesel::{Connection as _, SqliteConnection, connection::SimpleConnection as _};
use hookwright::delivery::signature::Secret;
use reqwest::Method;
use serde_json::{Value, json};
use std::{fs, io::Read as _, path::Path, process::Stdio};

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

#[test]
fn every_setting_of_the_server_is_listed_with_its_variable_and_default() {
    let help = text(&output(&["serve", "--help"]).stdout);
    let settings: Vec<_> = help.split("\n      --").skip(1).filter(|setting| !setting.starts_with("help")).collect();
    assert!(settings.len() > 20, "{help}");
    for setting in settings {
        let setting = setting.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(setting.contains("[env: "), "a setting without a variable: {setting}");
    }
    // However wide the terminal is.
    let help = help.split_whitespace().collect::<Vec<_>>().join(" ");
    for (flag, variable, default) in [
        ("--database-url", "DATABASE_URL", "sqlite://hookwright.db"),
        ("--listen", "HOOKWRIGHT_LISTEN", "127.0.0.1:8080"),
        ("--timeout-seconds", "HOOKWRIGHT_TIMEOUT_SECONDS", "2"),
        ("--retry-schedule", "HOOKWRIGHT_RETRY_SCHEDULE", "5,30,120,300,420"),
        ("--encryption-key", "HOOKWRIGHT_ENCRYPTION_KEY", "key file"),
        ("--allow-http", "HOOKWRIGHT_ALLOW_HTTP", "[default: false]"),
        ("--allow-networks", "HOOKWRIGHT_ALLOW_NETWORKS", "[default: none]"),
        ("--signature-header", "HOOKWRIGHT_SIGNATURE_HEADER", "X-Webhook-Signature"),
        ("--user-agent", "HOOKWRIGHT_USER_AGENT", concat!("Hookwright/", env!("CARGO_PKG_VERSION"))),
        ("--retention-days", "HOOKWRIGHT_RETENTION_DAYS", "[default: 30]"),
        ("--deactivate-after-hours", "HOOKWRIGHT_DEACTIVATE_AFTER_HOURS", "[default: 24]"),
        ("--drain-seconds", "HOOKWRIGHT_DRAIN_SECONDS", "[default: 0]"),
        ("--deliver", "HOOKWRIGHT_DELIVER", "[default: true]"),
        ("--public-url", "HOOKWRIGHT_PUBLIC_URL", "https://hooks.example.com"),
        ("--trusted-proxies", "HOOKWRIGHT_TRUSTED_PROXIES", "[default: none]"),
        ("--embed-origins", "HOOKWRIGHT_EMBED_ORIGINS", "[default: none]"),
        ("--encryption-key-previous", "HOOKWRIGHT_ENCRYPTION_KEY_PREVIOUS", "[default: none]"),
        ("--cors-origins", "HOOKWRIGHT_CORS_ORIGINS", "[default: none]"),
        ("--name-servers", "HOOKWRIGHT_NAME_SERVERS", "[default: those of this machine]"),
        ("--tls-certificate", "HOOKWRIGHT_TLS_CERTIFICATE", "SIGHUP"),
        ("--tls-key", "HOOKWRIGHT_TLS_KEY", "private key"),
        ("--admin-email", "HOOKWRIGHT_ADMIN_EMAIL", "link to set up"),
        ("--admin-password", "HOOKWRIGHT_ADMIN_PASSWORD", "first admin"),
        ("--admin-password", "HOOKWRIGHT_ADMIN_PASSWORD_FILE", "may stand in a file"),
    ] {
        for word in [flag, variable, default] {
            assert!(help.contains(word), "{word} is missing in:\n{help}");
        }
    }
    let commands = text(&output(&["--help"]).stdout);
    for command in ["serve", "listen", "send", "verify", "health", "key", "operator", "rekey", "openapi"] {
        assert!(commands.contains(&format!("\n  {command} ")), "{commands}");
    }
}

#[test]
fn a_reader_that_has_seen_enough_is_no_failure() {
    let mut child = hookwright(&["openapi"]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    // The document is larger than a pipe, so it is still being printed.
    let mut first = [0; 16];
    child.stdout.take().unwrap().read_exact(&mut first).unwrap();
    let ended = child.wait_with_output().unwrap();
    assert!(ended.status.success() && ended.stderr.is_empty(), "{ended:?}");
}

#[tokio::test]
async fn what_is_sent_arrives_at_a_listener_that_finds_its_signatures_right() {
    let folder = tempfile::tempdir().unwrap();
    let database = folder.path().join("hookwright.db");
    let (_server, base) = Process::serve(&database).await;
    let key = key(&database);
    let listener = Process::start(&["listen", "--port", "0", "--secret", "dummysecret", "--status", "202"]);
    let url = listener.after("listening on ").await;
    let new = json!({"url": url, "secret": "dummysecret"});
    assert_eq!(post(&client(&key), &base, "/webhooks", &new).await.0, 201);

    let sent = output(&["send", "--url", &base, "--api-key", &key, "SMARTAUTH.PROFILEUPDATEDEVENT"]);
    assert!(sent.status.success(), "{}", text(&sent.stderr));
    assert!(text(&sent.stdout).ends_with("for 1 webhook\n"), "{}", text(&sent.stdout));
    assert_eq!(listener.after("  answered ").await, "202");
    for line in ["  X-Webhook-Signature: ✓ valid\n", "  webhook-signature: ✓ valid\n", "SMARTAUTH"] {
        assert!(listener.said().contains(line), "{}", listener.said());
    }
}

#[tokio::test]
async fn a_listener_that_knows_the_secret_refuses_what_does_not_hold() {
    let listener = Process::start(&["listen", "--port", "0", "--secret", "dummysecret"]);
    let url = listener.after("listening on ").await;
    let signature = Secret::new("dummysecret".into()).hex(b"{}");
    for (signature, status) in [(None, 401), (Some("0".repeat(64)), 401), (Some(signature), 200)] {
        let mut request = client("").post(&url).body("{}");
        if let Some(signature) = signature {
            request = request.header("x-webhook-signature", signature);
        }
        assert_eq!(request.send().await.unwrap().status(), status);
    }
}

#[tokio::test]
async fn a_listener_and_verify_look_at_the_header_that_the_servers_setting_names() {
    let setting = ("HOOKWRIGHT_SIGNATURE_HEADER", "X-Caf-Signature");
    let signature = Secret::new("dummysecret".into()).hex(b"{}");
    let listener = Process::start_with(setting, &["listen", "--port", "0", "--secret", "dummysecret"]);
    let url = listener.after("listening on ").await;
    let request = client("").post(&url).body("{}").header("x-caf-signature", &signature);
    assert_eq!(request.send().await.unwrap().status(), 200, "{}", listener.said());

    let folder = tempfile::tempdir().unwrap();
    let body = folder.path().join("body.json");
    fs::write(&body, "{}").unwrap();
    let header = format!("X-Caf-Signature: {signature}");
    let arguments = ["verify", "--secret", "dummysecret", "--body", body.to_str().unwrap(), "-H", &header];
    let verified = hookwright(&arguments).env(setting.0, setting.1).output().unwrap();
    assert!(verified.status.success() && text(&verified.stdout).contains("X-Caf-Signature: ✓ valid"), "{verified:?}");
}

#[tokio::test]
async fn send_publishes_a_file_and_says_what_the_server_refuses() {
    let folder = tempfile::tempdir().unwrap();
    let database = folder.path().join("hookwright.db");
    let (_server, base) = Process::serve(&database).await;
    let send = |rest: &[&str]| output(&[&["send", "--url", &base, "--api-key", &key(&database)], rest].concat());
    let file = folder.path().join("event.json");
    fs::write(&file, EXAMPLE).unwrap();
    let file = file.to_str().unwrap();
    let sent = send(&["--file", file]);
    assert!(text(&sent.stdout).contains("no active webhook selects it"), "{}", text(&sent.stderr));
    fs::write(file, "{}").unwrap();
    let refused = send(&["--file", file]);
    assert!(!refused.status.success());
    for part in ["422", "\n  /specversion: "] {
        assert!(text(&refused.stderr).contains(part), "{}", text(&refused.stderr));
    }
    fs::write(file, EXAMPLE).unwrap();
    let again = send(&["--file", file]);
    assert!(text(&again.stdout).contains("was published before"), "{}", text(&again.stdout));
    let tls = output(&["send", "--url", &base.replace("http:", "https:"), "--api-key", "x"]);
    assert!(text(&tls.stderr).contains("does the server speak TLS?"), "{}", text(&tls.stderr));
    let path = output(&["send", "--url", &format!("{base}/api/v1"), "--api-key", "x"]);
    assert!(text(&path.stderr).contains("without a path"), "{}", text(&path.stderr));
    let nowhere = output(&["send", "--url", "localhost:8080", "--api-key", "x"]);
    assert!(text(&nowhere.stderr).contains("http://127.0.0.1:8080"), "{}", text(&nowhere.stderr));
    let unknown = send(&["NO.TYPE"]);
    assert!(!unknown.status.success());
    assert!(text(&unknown.stderr).contains("TRANSACTION.TRANSACTIONSTATUSUPDATED"));
}

#[test]
fn verify_tells_a_right_signature_from_a_wrong_one() {
    let folder = tempfile::tempdir().unwrap();
    let body = folder.path().join("body.json");
    fs::write(&body, EXAMPLE).unwrap();
    let body = body.to_str().unwrap();
    let signature = "X-Webhook-Signature: 0608cf9263550bcdb2e8a50c518f0a524c003c6b1fd4a418ecc61c0c8d174b2f";
    let verify = |secret: &str, header: &str| output(&["verify", "--secret", secret, "--body", body, "-H", header]);
    let right = verify("dummysecret", signature);
    assert!(right.status.success());
    assert!(text(&right.stdout).contains("X-Webhook-Signature: ✓ valid"));
    let wrong = verify("another secret", signature);
    assert!(!wrong.status.success());
    assert!(text(&wrong.stdout).contains("✗ invalid"));
    let no_signature = verify("dummysecret", "X-Webhook-Signature: zz");
    assert!(text(&no_signature.stdout).contains("64 hexadecimal digits"), "{no_signature:?}");
    fs::write(body, format!("{EXAMPLE}\n")).unwrap();
    let newline = verify("dummysecret", signature);
    assert!(!newline.status.success() && text(&newline.stdout).contains("without the newline"), "{newline:?}");
    // No signature at all is no proof either, nor is one that cannot be checked.
    let alone = verify("dummysecret", "webhook-signature: v1,AAAA");
    assert!(!alone.status.success() && text(&alone.stdout).contains("cannot be checked"), "{alone:?}");
    assert!(!verify("dummysecret", "content-type: application/json").status.success());
}

#[test]
fn verify_says_when_a_signature_is_too_old_for_the_libraries() {
    let folder = tempfile::tempdir().unwrap();
    let body = folder.path().join("body.json");
    fs::write(&body, EXAMPLE).unwrap();
    let seconds = 1_751_997_680;
    let signature = Secret::new("dummysecret".into()).standard("1", seconds, EXAMPLE.as_bytes());
    let headers = [
        "webhook-id: 1".to_owned(),
        format!("webhook-timestamp: {seconds}"),
        format!("webhook-signature: {signature}"),
    ];
    let mut arguments = vec!["verify", "--secret", "dummysecret", "--body", body.to_str().unwrap()];
    headers.iter().for_each(|header| arguments.extend(["-H", header]));
    let old = output(&arguments);
    assert!(old.status.success() && text(&old.stdout).contains("libraries refuse more than 300 s"), "{old:?}");
}

#[test]
fn a_variable_that_is_empty_is_not_set_and_one_that_is_wrong_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite://{}", folder.path().join("hookwright.db").display());
    let empty = [
        "HOOKWRIGHT_RETENTION_DAYS",
        "HOOKWRIGHT_ALLOW_NETWORKS",
        "HOOKWRIGHT_ADMIN_EMAIL",
        "HOOKWRIGHT_ENCRYPTION_KEY",
    ];
    // The port is refused after the settings are read.
    let serve = || hookwright(&["serve", "--database-url", &url, "--listen", "192.0.2.1:1"]);
    let started = serve().envs(empty.map(|name| (name, ""))).output().unwrap();
    assert!(text(&started.stderr).contains("cannot listen on 192.0.2.1:1"), "{started:?}");
    let listed = serve().env("HOOKWRIGHT_ALLOW_NETWORKS", "10.0.0.0/8, 192.168.1.1").output().unwrap();
    assert!(text(&listed.stderr).contains("cannot listen on"), "{listed:?}");
    let wrong = serve().env("HOOKWRIGHT_RETENTION_DAYS", "abc").output().unwrap();
    assert!(text(&wrong.stderr).contains("comes from the variable HOOKWRIGHT_RETENTION_DAYS"), "{wrong:?}");
    let near = serve().env("HOOKWRIGHT_DATABASE_URL", "sqlite://other.db").output().unwrap();
    assert!(text(&near.stderr).contains("HOOKWRIGHT_DATABASE_URL (did you mean DATABASE_URL?)"), "{near:?}");
}

#[tokio::test]
async fn what_is_secret_may_stand_in_a_file() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, content: &str| {
        let path = folder.path().join(name);
        fs::write(&path, content).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let (old, older, new) = ("5f0e".repeat(16), "0a0b".repeat(16), "77aa".repeat(16));
    let database = folder.path().join("hookwright.db");
    let url = file("url", &format!("sqlite://{}\n", database.display()));
    // All three keys are needed: a secret is made with each.
    let started = async |own: &str, previous: &str| {
        let mut variables = vec![("HOOKWRIGHT_ENCRYPTION_KEY_FILE", file("key", own))];
        if !previous.is_empty() {
            variables.push(("HOOKWRIGHT_ENCRYPTION_KEY_PREVIOUS_FILE", file("previous", previous)));
        }
        let variables: Vec<_> = variables.iter().map(|(name, path)| (*name, path.as_str())).collect();
        let (server, base) = Process::serve_in(&database, &variables).await;
        let new = json!({"url": "https://example.com/", "secret": "dummysecret"});
        assert_eq!(post(&client(&key(&database)), &base, "/webhooks", &new).await.0, 201);
        let said = server.said();
        assert!(!said.contains("unknown settings"), "{said}");
        server.kill();
    };
    started(&older, "").await;
    started(&format!("{old}\r\n"), &format!("{older}\n")).await;
    started(&format!("{new}\n"), &format!("{older},{old}\n")).await;

    let mut migrate = hookwright(&["migrate"]);
    let migrated = migrate.env("DATABASE_URL_FILE", &url).output().unwrap();
    assert!(migrated.status.success(), "{migrated:?}");
    let both = hookwright(&["migrate"]).env("DATABASE_URL_FILE", &url).env("DATABASE_URL", "sqlite://x.db").output();
    let said = text(&both.unwrap().stderr);
    assert!(said.contains("DATABASE_URL is set, too") && said.contains("DATABASE_URL_FILE"), "{said}");
    let flag = ["migrate", "--database-url", &format!("sqlite://{}", database.display())];
    let flag = hookwright(&flag).env("DATABASE_URL_FILE", "/nowhere").output().unwrap();
    assert!(flag.status.success(), "a flag goes before it: {flag:?}");
    for (content, says) in [
        (None, "the file cannot be read"),
        (Some("\n"), "the file is empty"),
        (Some("mysql://ana:geheim@localhost/db"), "sqlite:// or"),
    ] {
        let path = content.map_or("/nowhere".to_owned(), |content| file("wrong", content));
        let refused = hookwright(&["migrate"]).env("DATABASE_URL_FILE", path).output().unwrap();
        let said = text(&refused.stderr);
        assert!(!refused.status.success() && said.contains(says) && !said.contains("geheim"), "{said}");
    }
}

#[tokio::test]
async fn a_password_in_a_file_makes_the_first_operator() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("password");
    fs::write(&file, "correct horse battery\n").unwrap();
    let admin =
        [("HOOKWRIGHT_ADMIN_EMAIL", "ana@example.com"), ("HOOKWRIGHT_ADMIN_PASSWORD_FILE", file.to_str().unwrap())];
    let (_server, base) = Process::serve_in(&folder.path().join("hookwright.db"), &admin).await;
    let session = json!({"email": "ana@example.com", "password": "correct horse battery"});
    assert_eq!(post(&client(""), &base, "/session", &session).await.0, 201);
}

#[tokio::test]
async fn settings_say_what_new_webhooks_get() {
    let folder = tempfile::tempdir().unwrap();
    let database = folder.path().join("hookwright.db");
    let settings = [
        ("HOOKWRIGHT_RETRY_SCHEDULE", "none"),
        ("HOOKWRIGHT_TIMEOUT_SECONDS", "7"),
        ("HOOKWRIGHT_CONTENT_MODE", "binary"),
    ];
    let (_server, base) = Process::serve_in(&database, &settings).await;
    let answer = client(&key(&database)).get(format!("{base}/api/v1/session")).send().await.unwrap();
    let session: serde_json::Value = serde_json::from_str(&answer.text().await.unwrap()).unwrap();
    assert_eq!(
        session["webhook_defaults"],
        json!({"timeout_ms": 7_000, "retry_schedule": [], "content_mode": "binary"})
    );
}

#[test]
fn the_settings_for_new_webhooks_have_the_bounds_of_the_api() {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite://{}", folder.path().join("hookwright.db").display());
    let serve = |name: &str, value: &str| {
        let mut serve = hookwright(&["serve", "--database-url", &url, "--listen", "192.0.2.1:1"]);
        text(&serve.env(name, value).output().unwrap().stderr)
    };
    let (schedule, timeout) = ("HOOKWRIGHT_RETRY_SCHEDULE", "HOOKWRIGHT_TIMEOUT_SECONDS");
    for (name, fine) in
        [(schedule, ""), (schedule, "none"), (schedule, "5, 30,604800"), (timeout, ""), (timeout, "1"), (timeout, "30")]
    {
        let said = serve(name, fine);
        assert!(said.contains("cannot listen on 192.0.2.1:1"), "{name}={fine}: {said}");
    }
    let many = vec!["5"; 21].join(",");
    let wrong = [(schedule, "5,,30"), (schedule, "5s"), (schedule, "0"), (schedule, "604801"), (schedule, &many)];
    for (name, wrong) in wrong.into_iter().chain([(timeout, "0"), (timeout, "31"), ("HOOKWRIGHT_CONTENT_MODE", "raw")])
    {
        let said = serve(name, wrong);
        assert!(said.contains(&format!("comes from the variable {name}")), "{name}={wrong}: {said}");
    }
}

#[test]
fn the_database_of_another_program_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("other.db");
    let path = file.to_str().unwrap();
    let mut other = SqliteConnection::establish(path).unwrap();
    other.batch_execute("CREATE TABLE customers (id INTEGER)").unwrap();
    let refused = output(&["migrate", "--database-url", &format!("sqlite://{path}")]);
    assert!(text(&refused.stderr).contains("the database of another program"), "{refused:?}");
    fs::write(&file, "no database").unwrap();
    let refused = output(&["migrate", "--database-url", &format!("sqlite://{path}")]);
    let said = text(&refused.stderr);
    assert!(said.contains("not a database") && !said.contains("able to write"), "{said}");
}

#[test]
fn a_database_url_that_is_not_understood_is_not_repeated() {
    let refused = output(&["migrate", "--database-url", "mysql://ana:geheim@localhost/db"]);
    let said = text(&refused.stderr);
    assert!(said.contains("sqlite:// or postgres://") && !said.contains("geheim"), "{said}");
}

#[test]
fn a_server_does_not_wait_for_what_waiting_does_not_mend() {
    if without_postgres() {
        return;
    }
    let database = TestDatabase::new(Backend::Postgres);
    let missing = format!("{}_none", database.text());
    let (read_only, key) = (database.text(), "5f0e".repeat(16));
    database.run(
        "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET default_transaction_read_only = on', current_database()); END $$",
    );
    for (url, says) in [(missing, "_none\" does not exist"), (read_only, "the database takes no writes")] {
        let refused = output(&["serve", "--database-url", &url, "--listen", "127.0.0.1:0", "--encryption-key", &key]);
        let said = text(&refused.stderr);
        assert!(!refused.status.success() && said.contains(says) && !said.contains("does not answer"), "{said}");
    }
}

#[test]
fn settings_that_cannot_be_are_refused_at_the_start() {
    for (arguments, says) in [
        (["--database-url", "mysql://localhost/x"], "sqlite:// or postgres://"),
        (["--allow-http", "yes"], "loopback"),
        (["--allow-networks", "10.0.0.0/99"], "10.0.0.0/8"),
        (["--trusted-proxies", "proxy"], "10.0.0.0/8"),
        (["--listen", "nowhere"], "127.0.0.1:8080"),
        (["--name-servers", "10.0.0.2"], "10.0.0.2:53"),
        (["--log", "verbose"], "info,hookwright::delivery=debug"),
        (["--retention-days", "0"], "1..=3650"),
        (["--deactivate-after-hours", "23"], "from 24 to 8760, or never"),
        (["--deactivate-after-hours", "8761"], "from 24 to 8760, or never"),
        (["--deactivate-after-hours", "5d"], "from 24 to 8760, or never"),
        (["--signature-header", "not a name"], "X-Webhook-Signature"),
        (["--signature-header", "Webhook-Id"], "X-Webhook-Signature"),
        (["--signature-header", "authorization"], "X-Webhook-Signature"),
        (["--admin-email", "ana@example.com"], "--admin-password"),
        (["--public-url", "https://example.com/hooks"], "without a path"),
        (["--public-url", "hooks.example.com"], "https://hooks.example.com"),
        (["--embed-origins", "https://example.com/x"], "https://app.example.com"),
        (["--cors-origins", "*"], "https://app.example.com"),
    ] {
        let refused = output(&["serve", arguments[0], arguments[1]]);
        assert!(!refused.status.success(), "{arguments:?}");
        assert!(text(&refused.stderr).contains(says), "{arguments:?}: {}", text(&refused.stderr));
    }
}

#[tokio::test]
async fn a_health_check_fails_where_the_server_is_not_ready_or_not_there() {
    let folder = tempfile::tempdir().unwrap();
    let database = folder.path().join("hookwright.db");
    let (mut server, base) = Process::serve_in(&database, &[("HOOKWRIGHT_DRAIN_SECONDS", "600")]).await;
    let listen = base.strip_prefix("http://").unwrap();
    let check = |arguments: &[&str]| {
        let checked = hookwright(&[&["health"], arguments].concat()).env("HOOKWRIGHT_LISTEN", listen).output().unwrap();
        (checked.status.code(), text(&checked.stdout) + &text(&checked.stderr))
    };
    assert_eq!(check(&[]), (Some(0), "ready\n".into()));
    assert_eq!(check(&[&base]), (Some(0), "ready\n".into()));
    server.signal("TERM");
    server.after("draining: ").await;
    let (code, said) = check(&[]);
    assert!(code == Some(1) && said.contains("503") && said.contains("about to stop"), "{said}");
    assert_eq!(check(&[&format!("{base}/healthz")]), (Some(0), "ok\n".into()));
    server.signal("TERM");
    server.ended().await;
    let (code, said) = check(&[]);
    assert!(code == Some(1) && said.contains("nothing answers there"), "{said}");
}

/// What people copy from there must be there.
#[test]
fn every_setting_that_the_documents_name_is_one() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let help = ["serve", "send", "listen", "operator add"]
        .map(|command| text(&output(&[&Vec::from_iter(command.split(' '))[..], &["--help"]].concat()).stdout));
    let help = help.concat();
    let known: Vec<_> = help.split(|c: char| !c.is_ascii_uppercase() && c != '_').collect();
    for document in
        ["README.md", "CHANGELOG.md", "docs/hookwright.service", "docs/migrating.md", "api/src/openapi/problem_page.rs"]
    {
        let document = fs::read_to_string(root.join(document)).unwrap();
        let words = document.split(|c: char| !c.is_ascii_uppercase() && c != '_');
        let named: Vec<_> = words.filter(|word| word.starts_with("HOOKWRIGHT_")).collect();
        assert!(!named.is_empty());
        let unknown: Vec<_> = named.into_iter().filter(|name| !known.contains(name)).collect();
        assert!(unknown.is_empty(), "{unknown:?}");
    }
}

#[tokio::test]
async fn a_second_server_on_the_same_file_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let database = folder.path().join("hookwright.db");
    let (_server, _) = Process::serve(&database).await;
    let url = format!("sqlite://{}", database.display());
    let second = output(&["serve", "--database-url", &url, "--listen", "127.0.0.1:0"]);
    assert!(!second.status.success());
    assert!(text(&second.stderr).contains("another hookwright already uses this database"));
}

#[tokio::test]
async fn a_command_beside_a_server_makes_no_database_of_its_own() {
    let folder = tempfile::tempdir().unwrap();
    let database = folder.path().join("hookwright.db");
    let url = format!("sqlite://{}", database.display());
    let add = || output(&["key", "add", "--name", "k", "--role", "viewer", "--platform", "--database-url", &url]);
    let refused = add();
    assert!(!refused.status.success() && text(&refused.stderr).contains("there is no database at"), "{refused:?}");
    assert!(!database.exists());
    // Who wants one before the first start says so.
    assert!(output(&["migrate", "--database-url", &url]).status.success());
    let added = add();
    assert!(added.status.success() && text(&added.stderr).contains("of the platform"), "{added:?}");
}

#[tokio::test]
async fn a_command_finds_the_default_tenant_by_whatever_name_and_others_by_theirs_or_an_id() {
    let folder = tempfile::tempdir().unwrap();
    let database = folder.path().join("hookwright.db");
    let (_server, base) = Process::serve(&database).await;
    let client = client(&key(&database));
    let send = async |method, path: &str, body: Value| {
        let request = client.request(method, format!("{base}/api/v1/tenants{path}"));
        let answer = request.header("content-type", "application/json").body(body.to_string()).send().await.unwrap();
        assert!(answer.status().is_success(), "{}", answer.status());
        serde_json::from_slice::<Value>(&answer.bytes().await.unwrap()).unwrap()
    };
    send(Method::PATCH, "/00000000000000000000000000", json!({"name": "main"})).await;
    let acme = id_of(&send(Method::POST, "", json!({"name": "acme", "external_id": "a-1"})).await);
    let url = format!("sqlite://{}", database.display());
    for (tenant, whose) in [
        (&[][..], "tenant main"),
        (&["--tenant", "main"], "tenant main"),
        (&["--tenant", "acme"], "tenant acme"),
        (&["--tenant", "a-1"], "tenant acme"),
        (&["--tenant", &acme], "tenant acme"),
    ] {
        let add = ["key", "add", "--name", "k", "--role", "viewer", "--database-url", &url];
        let added = output(&[&add[..], tenant].concat());
        assert!(added.status.success() && text(&added.stderr).contains(whose), "{tenant:?}: {added:?}");
    }
}

#[test]
fn a_command_beside_a_server_leaves_an_older_schema_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("hookwright.db");
    let mut database = SqliteConnection::establish(path.to_str().unwrap()).unwrap();
    let migrations = Path::new(env!("CARGO_MANIFEST_DIR")).join("../migrations/sqlite");
    let mut steps: Vec<_> = fs::read_dir(migrations).unwrap().map(|entry| entry.unwrap().path()).collect();
    steps.sort();
    steps.pop();
    database.batch_execute("CREATE TABLE __diesel_schema_migrations (version VARCHAR(50) PRIMARY KEY NOT NULL, run_on TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP)").unwrap();
    for step in steps {
        let version = step.file_name().unwrap().to_str().unwrap().split('_').next().unwrap().replace('-', "");
        database.batch_execute(&fs::read_to_string(step.join("up.sql")).unwrap()).unwrap();
        let taken = format!("INSERT INTO __diesel_schema_migrations (version) VALUES ('{version}')");
        database.batch_execute(&taken).unwrap();
    }
    let url = format!("sqlite://{}", path.display());
    let add = || output(&["key", "add", "--name", "k", "--role", "viewer", "--database-url", &url]);
    let refused = add();
    assert!(!refused.status.success() && text(&refused.stderr).contains("run: hookwright migrate"), "{refused:?}");
    let migrated = output(&["migrate", "--database-url", &url]);
    assert!(text(&migrated.stdout).contains("steps taken: 1."), "{migrated:?}");
    assert!(add().status.success());
}

#[test]
fn what_a_command_refuses_it_says_in_words_and_not_in_codes() {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite://{}", folder.path().join("hookwright.db").display());
    let mut add = hookwright(&["operator", "add", "--email", "ana@example.com", "--database-url", &url]);
    let refused = add.env("HOOKWRIGHT_PASSWORD", "short").output().unwrap();
    assert!(
        text(&refused.stderr).starts_with("hookwright: A password must have at least 10 characters"),
        "{refused:?}"
    );
}

#[test]
fn an_operator_whom_somebody_else_adds_at_the_same_moment_has_an_account_already() {
    if without_postgres() {
        return;
    }
    let database = TestDatabase::new(Backend::Postgres);
    // As if the other one had committed between the look and the insert.
    database.run(
        "CREATE FUNCTION taken() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
            RAISE EXCEPTION 'duplicate key' USING ERRCODE = 'unique_violation';
        END $$;
        CREATE TRIGGER taken BEFORE INSERT ON operators FOR EACH ROW EXECUTE FUNCTION taken()",
    );
    let mut add = hookwright(&["operator", "add", "--email", "ana@example.com", "--database-url", &database.text()]);
    let refused = add.env("HOOKWRIGHT_PASSWORD", "correct horse battery").output().unwrap();
    assert!(text(&refused.stderr).starts_with("hookwright: ana@example.com has an account already"), "{refused:?}");
}
