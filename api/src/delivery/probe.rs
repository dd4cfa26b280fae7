//! What goes along with one request into the client, where only the client is: name resolution and connecting measure their phases in it,
//! and the guard of names finds the port in it.

use crate::failpoint;
use hyper_util::client::legacy::connect::{Connected, Connection, HttpInfo};
use parking_lot::Mutex;
use std::{
    net::SocketAddr,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::{Duration, Instant},
};
use tower_layer::Layer;
use tower_service::Service;
use url::Url;

tokio::task_local! {
    static CURRENT: Probe;
}

/// What has been measured of one request.
#[derive(Clone, Debug, Default)]
pub(super) struct Marks {
    /// A name is being resolved; it is not yet unless `dns` is set.
    pub(super) resolving: bool,
    /// How long the name's resolution took.
    pub(super) dns: Option<Duration>,
    /// How long the connection took, with the resolution and TLS.
    pub(super) connect: Option<Duration>,
    /// A connection was begun; it is not there unless `connect` is set.
    pub(super) connecting: bool,
    /// The egress proxy is not reached yet, through which it shall go.
    pub(super) reaching_proxy: bool,
    /// Our end of the connection that was made.
    pub(super) made: Option<SocketAddr>,
    /// The receiver's certificate, if the connection was made through the egress proxy.
    pub(super) certificate: Option<Vec<u8>>,
}

/// Our end of a connection.
pub(super) fn our_end(connection: &Connected) -> Option<SocketAddr> {
    let mut extras = http::Extensions::new();
    connection.get_extras(&mut extras);
    extras.get().map(HttpInfo::local_addr)
}

/// Measures one request. Clones measure the same.
#[derive(Clone, Default)]
pub(super) struct Probe {
    marks: Arc<Mutex<Marks>>,
    port: Option<u16>,
}

impl Probe {
    /// For a request to that URL.
    pub(super) fn of(url: &Url) -> Self {
        Self { marks: Arc::default(), port: url.port_or_known_default() }
    }

    /// The port of the request's URL, if it is known which request it is.
    pub(super) const fn port(&self) -> Option<u16> {
        self.port
    }

    /// Runs the request that is to be measured.
    pub(super) async fn watch<F: Future>(&self, request: F) -> F::Output {
        CURRENT.scope(self.clone(), request).await
    }

    /// What has been measured so far.
    pub(super) fn marks(&self) -> Marks {
        self.marks.lock().clone()
    }

    /// The probe of the request that is being made; one that nobody looks at where none is.
    pub(super) fn current() -> Self {
        CURRENT.try_with(Clone::clone).unwrap_or_default()
    }

    pub(super) fn mark(&self, change: impl FnOnce(&mut Marks)) {
        change(&mut self.marks.lock());
    }
}

/// Measures how long connecting takes.
#[derive(Clone, Copy)]
pub(super) struct Connecting;

impl<S> Layer<S> for Connecting {
    type Service = Connector<S>;

    fn layer(&self, inner: S) -> Self::Service {
        Connector(inner)
    }
}

/// A connector whose time is measured.
#[derive(Clone)]
pub(super) struct Connector<S>(S);

impl<S, R> Service<R> for Connector<S>
where
    S: Service<R>,
    S::Response: Connection,
    S::Future: Send + 'static,
{
    type Response = S::Response;
    type Error = S::Error;
    type Future = Pin<Box<dyn Future<Output = Result<S::Response, S::Error>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.0.poll_ready(context)
    }

    fn call(&mut self, request: R) -> Self::Future {
        let probe = Probe::current();
        let start = Instant::now();
        probe.mark(|marks| marks.connecting = true);
        let connection = self.0.call(request);
        Box::pin(async move {
            let connection = connection.await;
            failpoint::at("connected");
            if let Ok(connection) = &connection {
                let made = our_end(&connection.connected());
                probe.mark(|marks| (marks.connect, marks.made) = (Some(start.elapsed()), made));
            }
            connection
        })
    }
}
