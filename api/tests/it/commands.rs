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

/// What a command has printed.
pub(crate) fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
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

#[test]
fn verify_takes_the_prefix_that_is_set_and_while_a_secret_is_rotated_the_signature_by_the_one_before() {
    let folder = tempfile::tempdir().unwrap();
    let body = folder.path().join("body.json");
    fs::write(&body, "{}").unwrap();
    let [new, old] = ["anothersecret", "dummysecret"].map(|secret| Secret::new(secret.into()).hex(b"{}"));
    let (now, before) = (format!("X-Webhook-Signature: v0={new}"), format!("X-Webhook-Signature-Previous: v0={old}"));
    let headers = ["-H", &now, "-H", &before, "--body", body.to_str().unwrap()];
    let said = |secret: &str, rest: &[&str]| {
        let verified = output(&[&["verify", "--secret", secret], &headers[..], rest].concat());
        (verified.status.success(), text(&verified.stdout))
    };
    for (secret, rest, holds, word) in [
        ("anothersecret", &["--signature-prefix", "v0="][..], true, "✓ valid\n"),
        ("dummysecret", &["--signature-prefix", "v0="], true, "✓ valid as the secret before"),
        ("wrongsecret", &["--signature-prefix", "v0="], false, "✗ invalid"),
        ("anothersecret", &[], false, "✗ is not a signature"),
    ] {
        let (held, words) = said(secret, rest);
        assert!(held == holds && words.contains(word), "{secret}: {words}");
    }
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
    for (wrong, told) in
        [(r#"{"id":"1"}"#, &["422", "\n  /specversion: ", "\n  /type: "][..]), ("{}", &["422", "no CloudEvent"])]
    {
        fs::write(file, wrong).unwrap();
        let refused = send(&["--file", file]);
        assert!(!refused.status.success());
        for part in told {
            assert!(text(&refused.stderr).contains(part), "{}", text(&refused.stderr));
        }
        // What is wrong with the whole is said once.
        assert!(!text(&refused.stderr).contains("\n  : "), "{}", text(&refused.stderr));
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
    let elsewhere = send(&["--tenant", "customer-1"]);
    assert!(text(&elsewhere.stderr).contains("names no tenant"), "{}", text(&elsewhere.stderr));
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
    for external_id in ["a-2", "a-3"] {
        send(Method::POST, "", json!({"name": "twin", "external_id": external_id})).await;
    }
    send(Method::POST, "", json!({"name": "a-2"})).await;
    let url = format!("sqlite://{}", database.display());
    let add = |tenant: &[&str]| {
        output(&[&["key", "add", "--name", "k", "--role", "viewer", "--database-url", &url], tenant].concat())
    };
    let ambiguous = add(&["--tenant", "twin"]);
    assert!(text(&ambiguous.stderr).contains("2 tenants are called twin; name one by its id"), "{ambiguous:?}");
    for (tenant, whose) in [
        (&[][..], "tenant main"),
        (&["--tenant", "main"], "tenant main"),
        (&["--tenant", "acme"], "tenant acme"),
        (&["--tenant", "a-1"], "tenant acme"),
        (&["--tenant", &acme], "tenant acme"),
        // An id comes before the names of others.
        (&["--tenant", "a-2"], "tenant twin"),
    ] {
        let added = add(tenant);
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
