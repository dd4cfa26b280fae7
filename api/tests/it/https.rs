//! The server's own TLS.

use crate::{
    commands::text,
    processes::{Process, output},
};
use rcgen::{CertificateParams, KeyPair};
use std::{fs, path::Path};

/// Writes a certificate for this machine and its key, and returns the certificate.
fn write(folder: &Path) -> String {
    let key = KeyPair::generate().unwrap();
    let params = CertificateParams::new(vec!["127.0.0.1".to_owned(), "localhost".to_owned()]).unwrap();
    let certificate = params.self_signed(&key).unwrap().pem();
    fs::write(folder.join("key.pem"), key.serialize_pem()).unwrap();
    fs::write(folder.join("certificate.pem"), &certificate).unwrap();
    certificate
}

fn trusting(certificate: &str) -> reqwest::Client {
    let certificate = reqwest::Certificate::from_pem(certificate.as_bytes()).unwrap();
    reqwest::Client::builder().no_proxy().tls_certs_only([certificate]).pool_max_idle_per_host(0).build().unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_server_speaks_tls_and_takes_a_renewed_certificate_without_a_stop() {
    let folder = tempfile::tempdir().unwrap();
    let first = write(folder.path());
    let database = folder.path().join("hookwright.db");
    let path = |name: &str| folder.path().join(name).display().to_string();
    let files = [
        ("HOOKWRIGHT_TLS_CERTIFICATE", path("certificate.pem")),
        ("HOOKWRIGHT_TLS_KEY", path("key.pem")),
        ("HOOKWRIGHT_ADMIN_EMAIL", "ana@example.com".to_owned()),
        ("HOOKWRIGHT_ADMIN_PASSWORD", "correct horse battery".to_owned()),
    ];
    let variables: Vec<_> = files.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let (server, base) = Process::serve_in(&database, &variables).await;
    assert!(base.starts_with("https://127.0.0.1:"), "{base}");
    let body = r#"{"email":"ana@example.com","password":"correct horse battery"}"#;
    let sign_in = trusting(&first).post(format!("{base}/api/v1/session")).header("content-type", "application/json");
    let answered = sign_in.body(body).send().await.unwrap();
    assert_eq!(answered.status(), 201);
    let cookie = answered.headers()["set-cookie"].to_str().unwrap();
    assert!(cookie.starts_with("__Host-hookwright=") && cookie.contains("; Secure; SameSite=Strict"), "{cookie}");
    assert_eq!(answered.headers()["strict-transport-security"], "max-age=31536000");

    let second = write(folder.path());
    server.signal("HUP");
    server.after("the certificate was read").await;
    let health = format!("{base}/healthz");
    assert_eq!(trusting(&second).get(&health).send().await.unwrap().status(), 200);
    assert!(trusting(&first).get(&health).send().await.is_err(), "the old one is served no more");

    let asked = output(&["health", &base.replace("https:", "http:")]);
    assert!(text(&asked.stderr).contains("does the server speak TLS? Then: https://"), "{}", text(&asked.stderr));

    fs::write(folder.path().join("key.pem"), "no key").unwrap();
    server.signal("HUP");
    server.after("keeping the previous certificate").await;
    assert_eq!(trusting(&second).get(&health).send().await.unwrap().status(), 200);
}

#[test]
fn a_certificate_that_cannot_be_used_is_refused_at_the_start() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path());
    let path = |name: &str| folder.path().join(name).display().to_string();
    let (certificate, database) = (path("certificate.pem"), format!("sqlite://{}", path("hookwright.db")));
    fs::write(folder.path().join("other.pem"), KeyPair::generate().unwrap().serialize_pem()).unwrap();
    let reasons = [
        ("missing.pem", "I/O error"),
        ("other.pem", "not the key of the certificate in"),
        ("certificate.pem", "no items found"),
    ];
    for (key, reason) in reasons {
        let key = path(key);
        let arguments = ["serve", "--listen", "127.0.0.1:0", "--database-url", &database];
        let refused = output(&[&arguments[..], &["--tls-certificate", &certificate, "--tls-key", &key]].concat());
        assert!(!refused.status.success());
        let said = String::from_utf8(refused.stderr).unwrap();
        assert!(said.contains(&format!("cannot use {key}: ")) && said.contains(reason), "{said}");
    }
}
