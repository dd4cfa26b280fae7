//! A look at a payload URL before it is saved: advice, never a block.

use crate::{Problem, Timestamp, names::names};
use serde::{Deserialize, Serialize};

/// A URL to look at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct NewPreflight {
    /// The payload URL.
    pub url: String,
}

/// What was found. A part that was not reached is `null`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Preflight {
    /// Whether a webhook can be saved with this URL.
    pub url_ok: bool,
    /// Why it cannot.
    pub problem: Option<Problem>,
    /// What its name resolves to; `null` for an address, and where a proxy looks it up.
    pub dns: Option<PreflightDns>,
    /// How the TLS handshake went; `null` for `http`.
    pub tls: Option<PreflightTls>,
    /// What a `HEAD` request was answered.
    pub http: Option<PreflightHttp>,
    /// What to think of; empty when everything looks right.
    pub advice: Vec<PreflightAdvice>,
}

/// How the host's name resolved.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PreflightDns {
    /// Whether it has addresses, all of which may be called.
    pub ok: bool,
    /// The addresses.
    pub addresses: Vec<String>,
    /// How long it took, in microseconds.
    pub duration_us: u64,
    /// What went wrong.
    pub error: Option<String>,
}

/// How the TLS handshake went.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PreflightTls {
    /// Whether the connection is trusted.
    pub ok: bool,
    /// How many days the certificate is valid from now on.
    pub days_left: Option<i64>,
    /// When it ends.
    pub expires_at: Option<Timestamp>,
    /// Who issued it (RFC 4514).
    pub issuer: Option<String>,
    /// What went wrong.
    pub error: Option<String>,
}

/// What a `HEAD` request was answered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PreflightHttp {
    /// The status code. Many receivers answer 404 or 405, as they take only POST: that is no fault.
    pub status: Option<u16>,
    /// From the start of the connection to the answer or the failure, in microseconds.
    pub duration_us: u64,
    /// Where it redirects to. Deliveries do not follow.
    pub redirect_to: Option<String>,
    /// What went wrong.
    pub error: Option<String>,
}

names! {
    /// Something to think of.
    PreflightAdvice {
        /// The URL is refused.
        UrlRefused = "url_refused",
        /// What is sent can be read on the way: use `https`.
        PlainHttp = "plain_http",
        /// The name does not resolve.
        DnsFailed = "dns_failed",
        /// The name led to an address that may not be called between the look and the connection; `url_refused` where it does from the start.
        AddressBlocked = "address_blocked",
        /// No connection could be made.
        ConnectFailed = "connect_failed",
        /// The TLS handshake failed: deliveries would, too.
        TlsFailed = "tls_failed",
        /// The certificate is valid for less than 14 days.
        TlsExpiresSoon = "tls_expires_soon",
        /// No answer came within three seconds.
        NoAnswer = "no_answer",
        /// It redirects, and deliveries do not follow: save the URL that it leads to.
        Redirects = "redirects",
        /// The answer took longer than a second, and an attempt has two by default.
        Slow = "slow",
        /// The server answered with an error of its own (5xx).
        ServerError = "server_error",
    }
}
