//! Receivers whose TLS is wrong never see a payload.

use crate::{
    calls::{get, post, publish, settled},
    harness::id_of,
    processes::{Process, client, key},
};
use rcgen::{BasicConstraints, Certificate, CertificateParams, IsCa, Issuer, KeyPair, date_time_ymd};
use serde_json::{Value, json};
use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
};
use tokio_rustls::{
    TlsAcceptor,
    rustls::{self, ServerConfig, pki_types::PrivateKeyDer},
};

pub(crate) struct Authority {
    pub(crate) certificate: Certificate,
    issuer: Issuer<'static, KeyPair>,
}

pub(crate) fn authority() -> Authority {
    let mut params = CertificateParams::new(vec![]).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let key = KeyPair::generate().unwrap();
    let certificate = params.self_signed(&key).unwrap();
    Authority { certificate, issuer: Issuer::new(params, key) }
}

pub(crate) fn acceptor(
    name: &str,
    authority: Option<&Authority>,
    change: impl FnOnce(&mut CertificateParams),
) -> TlsAcceptor {
    let mut params = CertificateParams::new(vec![name.to_owned()]).unwrap();
    change(&mut params);
    let key = KeyPair::generate().unwrap();
    let certificate = match authority {
        Some(authority) => params.signed_by(&key, &authority.issuer).unwrap(),
        None => params.self_signed(&key).unwrap(),
    };
    let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
    let config = ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], key)
        .unwrap();
    TlsAcceptor::from(Arc::new(config))
}

/// Serves every connection, and counts those on which something was said after the handshake.
async fn serve<F: Future<Output = ()> + Send + 'static>(
    answer: impl Fn(TcpStream, Arc<AtomicUsize>) -> F + Send + 'static,
) -> (SocketAddr, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let heard = Arc::<AtomicUsize>::default();
    let counter = Arc::clone(&heard);
    tokio::spawn(async move {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            tokio::spawn(answer(stream, Arc::clone(&counter)));
        }
    });
    (address, heard)
}

pub(crate) async fn over_tls(acceptor: TlsAcceptor) -> (SocketAddr, Arc<AtomicUsize>) {
    serve(move |stream, heard| {
        let acceptor = acceptor.clone();
        async move {
            let Ok(mut stream) = acceptor.accept(stream).await else { return };
            let mut bytes = [0; 4_096];
            if stream.read(&mut bytes).await.is_ok_and(|length| length > 0) {
                heard.fetch_add(1, Ordering::SeqCst);
                let _ = stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n").await;
            }
        }
    })
    .await
}

/// What a server says that speaks only a TLS that is too old: a fatal alert, protocol_version.
async fn too_old() -> (SocketAddr, Arc<AtomicUsize>) {
    serve(|mut stream, heard| async move {
        let mut hello = [0; 4_096];
        let _ = stream.read(&mut hello).await;
        let _ = stream.write_all(&[21, 3, 1, 0, 2, 2, 70]).await;
        if stream.read(&mut hello).await.is_ok_and(|length| length > 7) {
            heard.fetch_add(1, Ordering::SeqCst);
        }
    })
    .await
}

/// Speaks HTTP where TLS is expected.
async fn plain() -> (SocketAddr, Arc<AtomicUsize>) {
    serve(|mut stream, heard| async move {
        let mut bytes = [0; 4_096];
        let length = stream.read(&mut bytes).await.unwrap_or_default();
        if bytes[..length].starts_with(b"POST") {
            heard.fetch_add(1, Ordering::SeqCst);
        }
        let _ = stream.write_all(b"HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n").await;
    })
    .await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_payload_goes_only_to_a_receiver_whose_certificate_holds() {
    let (ours, other) = (authority(), authority());
    let here = "127.0.0.1";
    let past = |params: &mut CertificateParams| {
        params.not_before = date_time_ymd(2020, 1, 1);
        params.not_after = date_time_ymd(2021, 1, 1);
    };
    let future = |params: &mut CertificateParams| params.not_before = date_time_ymd(2100, 1, 1);
    let receivers = [
        ("good", over_tls(acceptor(here, Some(&ours), |_| {})).await),
        ("expired", over_tls(acceptor(here, Some(&ours), past)).await),
        ("not yet valid", over_tls(acceptor(here, Some(&ours), future)).await),
        ("another name", over_tls(acceptor("example.com", Some(&ours), |_| {})).await),
        ("another authority", over_tls(acceptor(here, Some(&other), |_| {})).await),
        ("self-signed", over_tls(acceptor(here, None, |_| {})).await),
        ("too old", too_old().await),
        ("plain", plain().await),
    ];
    let folder = tempfile::tempdir().unwrap();
    let (database, trusted) = (folder.path().join("hookwright.db"), folder.path().join("authority.pem"));
    std::fs::write(&trusted, ours.certificate.pem()).unwrap();
    let (server, base) = Process::serve_in(&database, &[("SSL_CERT_FILE", trusted.to_str().unwrap())]).await;
    let client = client(&key(&database));
    let mut webhooks = Vec::new();
    for (name, (address, heard)) in &receivers {
        let new = json!({"url": format!("https://{address}/hook"), "secret": "dummysecret", "retry_schedule": [], "timeout_ms": 20_000});
        let (_, webhook) = post(&client, &base, "/webhooks", &new).await;
        webhooks.push((*name, id_of(&webhook), heard));
    }
    publish(&client, &base, "1").await;
    settled(&client, &base).await;
    for (name, webhook, heard) in webhooks {
        let list = get(&client, &format!("{base}/api/v1/webhooks/{webhook}/deliveries")).await;
        let delivery = &list["items"][0];
        let expected = match name {
            "good" => (json!("delivered"), Value::Null, 1),
            "expired" => (json!("failed"), json!("certificate_expired"), 0),
            _ => (json!("failed"), json!("tls"), 0),
        };
        let seen = (delivery["status"].clone(), delivery["failure"].clone(), heard.load(Ordering::SeqCst));
        assert_eq!(seen, expected, "{name}: {delivery}");
        let delivery = get(&client, &format!("{base}/api/v1/deliveries/{}", id_of(delivery))).await;
        let error = delivery["attempts"][0]["error"].as_str().unwrap_or_default();
        let words = match name {
            "expired" => "the certificate has expired: it was valid until 2021-01-01T00:00:00",
            "not yet valid" => "the certificate is not valid yet",
            "another name" => "the certificate is not for the name",
            "another authority" => "the certificate was issued by nobody",
            _ => "",
        };
        assert!(error.starts_with(words), "{name}: {error}");
        assert!(!error.contains("Other("), "{name}: {error}");
    }
    assert!(!server.said().contains("ERROR"), "a receiver's certificate is no fault of ours: {}", server.said());
}
