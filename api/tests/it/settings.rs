//! The server's settings: flags, variables and files, and what is said of those that cannot be.

use crate::{
    calls::post,
    commands::text,
    processes::{Process, client, hookwright, key, output},
};
use serde_json::json;
use std::{fs, path::Path};

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
        ("--egress-proxy", "HOOKWRIGHT_EGRESS_PROXY", "[default: none]"),
        ("--egress-proxy", "HOOKWRIGHT_EGRESS_PROXY_FILE", "may stand in a file"),
        ("--signature-header", "HOOKWRIGHT_SIGNATURE_HEADER", "X-Webhook-Signature"),
        ("--signature-prefix", "HOOKWRIGHT_SIGNATURE_PREFIX", "[default: nothing]"),
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
        ("--portal-name", "HOOKWRIGHT_PORTAL_NAME", "[default: Hookwright]"),
        ("--portal-logo", "HOOKWRIGHT_PORTAL_LOGO", "256 KiB"),
        ("--portal-return-url", "HOOKWRIGHT_PORTAL_RETURN_URL", "[default: none]"),
        ("--name-servers", "HOOKWRIGHT_NAME_SERVERS", "[default: those of this machine]"),
        ("--tls-certificate", "HOOKWRIGHT_TLS_CERTIFICATE", "SIGHUP"),
        ("--tls-key", "HOOKWRIGHT_TLS_KEY", "private key"),
        ("--admin-email", "HOOKWRIGHT_ADMIN_EMAIL", "link to set up"),
        ("--admin-password", "HOOKWRIGHT_ADMIN_PASSWORD", "first admin"),
        ("--platform-key", "HOOKWRIGHT_PLATFORM_KEY", "hookwright key new"),
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
fn settings_that_cannot_be_are_refused_at_the_start() {
    for (arguments, says) in [
        (["--database-url", "mysql://localhost/x"], "sqlite:// or postgres://"),
        (["--allow-http", "yes"], "loopback"),
        (["--allow-networks", "10.0.0.0/99"], "10.0.0.0/8"),
        (["--trusted-proxies", "proxy"], "10.0.0.0/8"),
        (["--egress-proxy", "socks5://ana:geheim@10.0.0.3:1080"], "http://proxy.internal:3128"),
        (["--egress-proxy", "http://ana:geheim@10.0.0.3:3128/path"], "http://proxy.internal:3128"),
        (["--egress-proxy", "http://ana:geheim@"], "http://proxy.internal:3128"),
        (["--egress-proxy", "ana:geheim@10.0.0.3:3128"], "http://proxy.internal:3128"),
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
        (["--admin-email", "ana@example.com"], "as a variable: HOOKWRIGHT_ADMIN_PASSWORD"),
        (["--public-url", "https://example.com/hooks"], "without a path"),
        (["--public-url", "hooks.example.com"], "https://hooks.example.com"),
        (["--embed-origins", "https://example.com/x"], "https://app.example.com"),
        (["--cors-origins", "*"], "https://app.example.com"),
        (["--portal-name", "a name that has more than forty characters"], "1 to 40 characters"),
        (["--portal-logo", "logo.gif"], ".svg, .png or .webp"),
        (["--portal-logo", "missing.svg"], "cannot be read"),
        (["--portal-return-url", "app.example.com/hooks"], "https://app.example.com/settings/webhooks"),
        (["--portal-return-url", "javascript:alert(1)"], "https://app.example.com/settings/webhooks"),
    ] {
        let refused = output(&["serve", arguments[0], arguments[1]]);
        assert!(!refused.status.success(), "{arguments:?}");
        let said = text(&refused.stderr);
        assert!(said.contains(says) && !said.contains("geheim"), "{arguments:?}: {said}");
        assert!(!said.contains("Usage: hookwright serve --admin"), "a password does not belong there: {said}");
    }
}

#[test]
fn the_document_of_the_settings_has_them_all_with_their_defaults() {
    let help = text(&output(&["serve", "--help"]).stdout);
    let help = help.split_whitespace().collect::<Vec<_>>().join(" ");
    let settings: Vec<_> = help.split("[env: ").skip(1).filter_map(|part| part.split_once(']')).collect();
    assert!(settings.len() > 30);
    let document = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/settings.md")).unwrap();
    let rows = document.lines().filter_map(|line| line.strip_prefix("| `"));
    let told: Vec<_> = rows.filter_map(|row| row.split_once("` | ")).collect();
    for (name, rest) in &settings {
        let name = name.trim_end_matches('=');
        let (_, row) = told.iter().find(|(told, _)| *told == name).unwrap_or_else(|| panic!("{name} is not there"));
        let default =
            rest.strip_prefix(" [default: ").and_then(|rest| rest.split_once(']')).map(|(default, _)| default);
        // What depends on the build, or is long, is told by its beginning.
        let shown = row.strip_prefix('`').and_then(|row| row.split_once('`')).map(|(shown, _)| shown);
        if let Some(default) = default {
            let shown = shown.unwrap_or_default();
            assert!(
                shown == default || shown.strip_suffix('…').is_some_and(|begin| default.starts_with(begin)),
                "{name}"
            );
        }
    }
    assert_eq!(told.len(), settings.len(), "one is no setting, or stands there twice");
}

#[test]
fn every_setting_that_the_documents_name_is_one() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let help = ["serve", "send", "listen", "operator add"]
        .map(|command| text(&output(&[&Vec::from_iter(command.split(' '))[..], &["--help"]].concat()).stdout));
    let help = help.concat();
    let known: Vec<_> = help.split(|c: char| !c.is_ascii_uppercase() && c != '_').collect();
    for document in [
        "CHANGELOG.md",
        "docs/hookwright.service",
        "docs/migrating.md",
        "docs/operating.md",
        "docs/receiving.md",
        "api/src/openapi/problem_page.rs",
    ] {
        let document = fs::read_to_string(root.join(document)).unwrap();
        let words = document.split(|c: char| !c.is_ascii_uppercase() && c != '_');
        let named: Vec<_> = words.filter(|word| word.starts_with("HOOKWRIGHT_")).collect();
        assert!(!named.is_empty());
        let unknown: Vec<_> = named.into_iter().filter(|name| !known.contains(name)).collect();
        assert!(unknown.is_empty(), "{unknown:?}");
    }
}
