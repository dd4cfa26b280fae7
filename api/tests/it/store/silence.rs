//! A PostgreSQL that neither answers nor says that it is away, as behind a network that drops packets (F18).

use super::{outage::publish_until_it_works, *};
use crate::database::without_postgres;
use hookwright::store::StoreError;
use std::{
    path::Path,
    time::{Duration, Instant},
};
use tempfile::TempDir;
use tokio::{
    io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, split},
    net::{TcpStream, UnixListener, UnixStream},
    sync::watch,
};

/// Stands between a store and its server. While it is silent, it takes what comes and passes nothing on.
struct Wire {
    folder: TempDir,
    silent: watch::Sender<bool>,
}

impl Wire {
    fn to(url: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let listener = UnixListener::bind(folder.path().join(".s.PGSQL.5432")).unwrap();
        let (silent, watching) = watch::channel(false);
        let server = server(url);
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let silent = watching.clone();
                match &server {
                    (host, port) if Path::new(host).is_absolute() => {
                        let server = UnixStream::connect(format!("{host}/.s.PGSQL.{port}")).await.unwrap();
                        tokio::spawn(join(client, server, silent));
                    }
                    (host, port) => {
                        let server = TcpStream::connect(format!("{host}:{port}")).await.unwrap();
                        tokio::spawn(join(client, server, silent));
                    }
                }
            }
        });
        Self { folder, silent }
    }

    /// The URL by which the server is reached over this.
    fn url(&self, url: &str) -> String {
        let separator = if url.contains('?') { '&' } else { '?' };
        format!("{url}{separator}host={}&port=5432", self.folder.path().display())
    }
}

/// Host or folder, and port.
fn server(url: &str) -> (String, String) {
    let authority = url.split("://").nth(1).unwrap().split('/').next().unwrap();
    let address = authority.rsplit('@').next().unwrap();
    let (host, port) = address.rsplit_once(':').unwrap_or((address, "5432"));
    (host.replace("%2F", "/"), port.to_owned())
}

async fn join(client: UnixStream, server: impl AsyncRead + AsyncWrite, silent: watch::Receiver<bool>) {
    let ((from_client, to_client), (from_server, to_server)) = (split(client), split(server));
    tokio::join!(pass(from_client, to_server, silent.clone()), pass(from_server, to_client, silent));
}

async fn pass(mut from: impl AsyncRead + Unpin, mut to: impl AsyncWrite + Unpin, mut silent: watch::Receiver<bool>) {
    let mut bytes = [0; 16_384];
    while let Ok(count @ 1..) = from.read(&mut bytes).await {
        if silent.wait_for(|silent| !silent).await.is_err() || to.write_all(&bytes[..count]).await.is_err() {
            break;
        }
    }
    let _ = to.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_falls_silent_is_noticed_in_time_and_everything_heals() {
    if without_postgres() {
        return;
    }
    let mut store = TestStore::open(Backend::Postgres);
    let wire = Wire::to(&store.database.text());
    let url = wire.url(&store.database.text()).parse().unwrap();
    (store.store, store.fresh) = open(&url, &Options::new(store.clock.clone()), &store.ids);
    recorded(store.publish("A.B", "1").await);
    wire.silent.send_replace(true);
    let start = Instant::now();
    let (published, pinged) = tokio::join!(store.store.publish(store.event("A.B", "2")), store.store.ping());
    assert!(start.elapsed() < Duration::from_secs(20), "{:?}", start.elapsed());
    assert!(matches!(published, Err(StoreError::Unavailable(_))), "{published:?}");
    assert!(matches!(pinged, Err(StoreError::Unavailable(_))), "{pinged:?}");
    wire.silent.send_replace(false);
    recorded(publish_until_it_works(&store, "3").await);
    store.store.ping().await.unwrap();
}
