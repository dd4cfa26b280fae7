//! How the server stands in the web: by which names it is known, whom it believes, and who may show it.

use super::{brand::Brand, tls::Certificate};
use actix_web::HttpRequest;
use ipnet::IpNet;
use std::sync::Arc;
use url::Url;

/// How the server stands in the web.
#[derive(Clone, Debug, Default)]
pub struct Web {
    /// The address that browsers reach it by, if it is set.
    pub public_url: Option<Url>,
    /// Whether it listens on this machine only.
    pub loopback_only: bool,
    /// Its certificate, if it speaks TLS itself.
    pub tls: Option<Arc<Certificate>>,
    /// The proxies whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<IpNet>,
    /// The origins whose pages may show the portal in a frame.
    pub embed_origins: Vec<String>,
    /// The origins whose pages may call the API, with an API key.
    pub cors_origins: Vec<String>,
    /// How the portal presents itself.
    pub brand: Brand,
}

impl Web {
    /// Whether browsers reach it by https.
    pub fn is_https(&self) -> bool {
        self.tls.is_some() || self.public_url.as_ref().is_some_and(|url| url.scheme() == "https")
    }

    /// Who may show the portal in a frame, as the content security policy says it.
    pub fn frame_ancestors(&self) -> String {
        if self.embed_origins.is_empty() { "'none'".to_owned() } else { self.embed_origins.join(" ") }
    }

    /// The address that whoever makes this request reaches the server by, without a slash at its end.
    pub fn base(&self, request: &HttpRequest) -> String {
        self.public().unwrap_or_else(|| {
            let connection = request.connection_info();
            let scheme = if self.tls.is_some() { "https" } else { connection.scheme() };
            format!("{scheme}://{}", connection.host())
        })
    }

    /// The address that browsers reach it by, without a slash at its end, if it is set.
    pub fn public(&self) -> Option<String> {
        self.public_url.as_ref().map(|url| url.as_str().trim_end_matches('/').to_owned())
    }
}
