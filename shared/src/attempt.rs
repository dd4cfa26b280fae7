//! An attempt: one HTTP request of a delivery, and what came back.

use crate::{ContentMode, Timestamp, names::names};
use serde::{Deserialize, Serialize};

/// One HTTP request of a delivery and what came back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Attempt {
    /// 1 for the first attempt of the delivery; without holes.
    pub number: u32,
    /// What made it happen.
    pub trigger: Trigger,
    /// When the attempt began.
    pub started_at: Timestamp,
    /// From the start to the last byte read or the failure, in microseconds.
    pub duration_us: u64,
    /// Where the time went.
    pub phases: Phases,
    /// The URL it was sent to: the webhook's URL at that moment.
    pub url: String,
    /// What the request held of the event; `null` when no request was recorded.
    pub content_mode: Option<ContentMode>,
    /// The request's headers in the order they were sent. Credentials show as `••••` with the last four characters.
    pub request_headers: Vec<Header>,
    /// Why it failed; `null` when the receiver answered 2xx.
    pub failure: Option<Failure>,
    /// What the system said about the failure, for people: an operating system's or a library's words.
    pub error: Option<String>,
    /// The receiver's status code, if it answered.
    pub status_code: Option<u16>,
    /// The response's headers in the order they came, at most 16 KiB of them: a name or a value that is cut ends with `…`.
    pub response_headers: Vec<Header>,
    /// The response's body, at most 64 KiB of it; `null` when nothing was answered.
    pub response_body: Option<ResponseBody>,
    /// The version of the webhook whose settings it used; `null` when it was interrupted, or did not get so far.
    pub webhook_version: Option<u64>,
    /// Who asked for it: an operator's e-mail address or an API key's name; `null` unless it is a resend.
    pub resent_by: Option<String>,
}

impl Attempt {
    /// Whether the receiver answered 2xx.
    pub fn delivered(&self) -> bool {
        self.failure.is_none()
    }
}

names! {
    /// What made an attempt happen.
    Trigger {
        /// The first attempt, or an automatic retry.
        Scheduled = "scheduled",
        /// Somebody asked for it.
        Resend = "resend",
        /// Somebody tests the webhook.
        Test = "test",
    }
}

names! {
    /// Why an attempt failed.
    Failure {
        /// The host's name did not resolve.
        Dns = "dns",
        /// The URL or one of its addresses may not be called.
        BlockedAddress = "blocked_address",
        /// Nothing listens there.
        ConnectRefused = "connect_refused",
        /// No connection within the time limit.
        ConnectTimeout = "connect_timeout",
        /// The connection failed for another reason, such as no route to the host.
        ConnectFailed = "connect_failed",
        /// The receiver's certificate has expired.
        CertificateExpired = "certificate_expired",
        /// The TLS handshake failed otherwise: another name, nobody who is trusted, the protocol.
        Tls = "tls",
        /// Connected, but no complete answer within the time limit.
        Timeout = "timeout",
        /// The receiver closed the connection before it answered.
        Reset = "reset",
        /// What came back is no HTTP response that can be read.
        ResponseInvalid = "response_invalid",
        /// The receiver answered, but not 2xx.
        HttpStatus = "http_status",
        /// The process ended when the attempt was under way or about to begin; the receiver may or may not have got it.
        Interrupted = "interrupted",
        /// A fault on our side.
        InternalError = "internal_error",
    }
}

/// Where an attempt's time went, in microseconds. A phase that did not happen is absent: a reused connection needs neither DNS nor
/// connect.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Phases {
    /// Looking up the host's addresses.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(nullable = false))]
    pub dns_us: Option<u64>,
    /// Opening the connection, with TLS where the URL is `https`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(nullable = false))]
    pub connect_us: Option<u64>,
    /// From the connection to the first byte of the answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(nullable = false))]
    pub first_byte_us: Option<u64>,
    /// Reading the body.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(nullable = false))]
    pub body_us: Option<u64>,
}

/// An HTTP header field as it was sent or received.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Header {
    /// The field's name.
    pub name: String,
    /// The field's value; bytes that are no UTF-8 show as U+FFFD.
    pub value: String,
}

/// The body of a response.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ResponseBody {
    /// The body as text; `null` when it is no UTF-8, then it stands in `base64`.
    pub text: Option<String>,
    /// The body in base64 when it is no UTF-8.
    pub base64: Option<String>,
    /// How many bytes were kept.
    pub size: u64,
    /// Whether the receiver sent more than the 64 KiB that are kept.
    pub truncated: bool,
}
