//! What makes requests: straight to the receiver, or through the egress proxy where there is one.

use super::{
    egress_proxy::Tunnels,
    probe::{Connecting, Connector},
    resolver::GuardedResolver,
};
use bytes::Bytes;
use http::Method;
use hyper_util::{
    client::legacy,
    rt::{TokioExecutor, TokioTimer},
};
use reqwest::{Body, Response, redirect};
use shared::Header;
use std::{error::Error, time::Duration};
use tower_layer::Layer as _;
use url::Url;

/// How long an idle connection is kept for the next request: not as long as receivers keep theirs, of which many have five seconds.
const IDLE: Duration = Duration::from_secs(4);

/// Why there is no answer.
pub(super) type SendError = Box<dyn Error + Send + Sync>;

/// Makes requests. Follows no redirect, repeats nothing, and believes no variable that names a proxy.
pub(super) enum Client {
    /// To addresses that the guard has vetted.
    Straight(reqwest::Client),
    /// The library's own way by a proxy would tell neither what the proxy has answered nor the receiver's certificate.
    ByProxy(Box<legacy::Client<Connector<Tunnels>, Body>>),
}

impl Client {
    /// A client that keeps up to so many idle connections for each host. `certificate`: whether answers come with the receiver's.
    ///
    /// # Errors
    /// When the machine's certificates cannot be used.
    pub(super) fn new(resolver: &GuardedResolver, idle_per_host: usize, certificate: bool) -> Result<Self, SendError> {
        // Fails when it is already installed, which is as good.
        let _ = rustls::crypto::ring::default_provider().install_default();
        if let Some(proxy) = resolver.proxy() {
            let mut client = legacy::Client::builder(TokioExecutor::new());
            client.pool_timer(TokioTimer::new()).pool_idle_timeout(IDLE).pool_max_idle_per_host(idle_per_host);
            let tunnels = Tunnels::new(proxy.clone(), resolver)?;
            return Ok(Self::ByProxy(Box::new(client.build(Connecting.layer(tunnels)))));
        }
        let client = reqwest::Client::builder()
            .http1_only()
            .redirect(redirect::Policy::none())
            // `never` alone would still keep a copy of each request for a retry.
            .retry(reqwest::retry::never().max_retries_per_request(0))
            .no_proxy()
            .referer(false)
            .dns_resolver(resolver.clone())
            .pool_idle_timeout(IDLE)
            .pool_max_idle_per_host(idle_per_host)
            .connector_layer(Connecting)
            .tls_info(certificate);
        Ok(Self::Straight(client.build()?))
    }

    /// Makes a request, and waits for the head of its answer.
    pub(super) async fn send(
        &self,
        method: Method,
        url: &Url,
        headers: &[Header],
        body: Bytes,
    ) -> Result<Response, SendError> {
        match self {
            Self::Straight(client) => {
                let mut sending = client.request(method, url.clone()).body(body);
                for Header { name, value } in headers {
                    sending = sending.header(name, value);
                }
                Ok(sending.send().await?)
            }
            Self::ByProxy(client) => {
                let mut sending = http::Request::builder().method(method).uri(url.as_str());
                for Header { name, value } in headers {
                    sending = sending.header(name, value);
                }
                let answer = client.request(sending.body(Body::from(body))?).await?;
                Ok(answer.map(Body::wrap).into())
            }
        }
    }
}
