//! Sends one request and says what came of it, within one time limit for everything: name, connection, TLS, headers and body.
//!
//! Follows no redirect, decodes no encoding: what is recorded is what was on the wire.

use super::{
    client::{Client, SendError},
    egress_proxy::ProxyError,
    guard::Refused,
    probe::{Marks, Probe, our_end},
    resolver::{GuardedResolver, ResolveError},
};
use crate::{clock::micros, failpoint};
use bytes::Bytes;
use http::Method;
use parking_lot::Mutex;
use reqwest::Response;
use rustls::CertificateError;
use shared::{Failure, Header, Phases, Timestamp};
use std::{
    error::Error,
    io,
    time::{Duration, Instant},
};
use url::Url;

/// How much of a response's body is kept.
pub const KEPT_BODY: usize = 65_536;
/// How much of a response's headers is kept.
const KEPT_HEADERS: usize = 16_384;
/// How what was cut of them ends.
pub(super) const CUT: char = '…';
/// What a kept connection ends with later than this was seen by the receiver, which may have been at work on it.
const AT_ONCE: Duration = Duration::from_secs(1);
/// How many idle connections are kept for each host. Many webhooks may lead to one host, each with its own concurrency: what is closed too
/// early is opened anew for the next attempt, handshake and all.
const IDLE_PER_HOST: usize = 256;
/// How long nothing may have failed at the egress proxy until it counts as well again.
const WELL_AFTER: Duration = Duration::from_secs(60);
/// The codes of the system that mean that this process (`EMFILE`) or the machine (`ENFILE`) has no file descriptor left: a fault of ours,
/// not of the receiver's. They are the same on Linux, macOS and the BSDs.
const NO_DESCRIPTOR_LEFT: [i32; 2] = [24, 23];

/// Where requests go: a URL that was held against the policy once, as neither changes.
#[derive(Clone, Debug)]
pub enum Target {
    /// It may be called, if its name leads to an address that may.
    Open(Url),
    /// It is not called.
    Refused {
        /// The URL, unless it does not parse.
        url: Option<Url>,
        /// Why.
        why: Refused,
    },
}

impl Target {
    /// The URL, unless it does not parse.
    pub fn url(&self) -> Option<&Url> {
        match self {
            Self::Open(url) => Some(url),
            Self::Refused { url, .. } => url.as_ref(),
        }
    }
}

/// A request, complete.
#[derive(Clone, Debug)]
pub struct Request<'a> {
    /// Where it goes.
    pub target: &'a Target,
    /// Its headers, in the order in which they go over the wire.
    pub headers: Vec<Header>,
    /// Its body.
    pub body: Bytes,
    /// How long everything may take.
    pub timeout: Duration,
}

/// What came of a request.
#[derive(Clone, Debug, Default)]
pub struct Outcome {
    /// How long it took.
    pub duration: Duration,
    /// Where the time went.
    pub phases: Phases,
    /// Why it failed, if it did.
    pub failure: Option<Failure>,
    /// The failure in the words of the system.
    pub error: Option<String>,
    /// The receiver's status code, if it answered.
    pub status_code: Option<u16>,
    /// The response's headers. What is cut ends with `…`.
    pub response_headers: Vec<Header>,
    /// The response's body, at most [`KEPT_BODY`] bytes of it.
    pub response_body: Option<Vec<u8>>,
    /// Whether the body was longer.
    pub truncated: bool,
    /// The response's `Retry-After`.
    pub retry_after: Option<String>,
}

/// Sends requests. One for the whole process, so that connections are used again.
pub struct Sender {
    client: Client,
    /// Makes a connection for each request.
    fresh: Client,
    resolver: GuardedResolver,
    /// When the egress proxy failed last, as long as the log has not been told that it is well again.
    proxy_failed: Mutex<Option<Instant>>,
}

impl Sender {
    /// A sender that calls what that resolver's policy lets it.
    ///
    /// # Errors
    /// When the machine's certificates cannot be used.
    pub fn new(resolver: GuardedResolver) -> Result<Self, String> {
        let keeping = |idle| Client::new(&resolver, idle, false).map_err(|error| error.to_string());
        let (client, fresh) = (keeping(IDLE_PER_HOST)?, keeping(0)?);
        Ok(Self { client, fresh, resolver, proxy_failed: Mutex::default() })
    }

    /// A webhook's URL, as far as the policy lets it be called.
    pub fn target(&self, url: &str) -> Target {
        match self.resolver.policy().check_url(url) {
            Ok(url) => Target::Open(url),
            Err(why) => Target::Refused { url: Url::parse(url).ok(), why },
        }
    }

    /// Sends the request and waits for the whole answer, at most as long as the request says.
    pub async fn send(&self, request: &Request<'_>) -> Outcome {
        let start = Instant::now();
        let mut outcome = Outcome::default();
        let url = match request.target {
            Target::Open(url) => url,
            Target::Refused { why, .. } => {
                outcome.failure = Some(Failure::BlockedAddress);
                outcome.error = Some(why.detail.clone());
                return outcome;
            }
        };
        let probe = Probe::of(url);
        let exchange = probe.watch(self.exchange(url, request, start, &mut outcome));
        let failed = match tokio::time::timeout(request.timeout, exchange).await {
            Ok(Ok(())) => None,
            Ok(Err(failed)) => Some(failed),
            Err(_) => Some(late(&probe.marks(), request.timeout)),
        };
        outcome.duration = start.elapsed();
        let marks = probe.marks();
        note_phases(&mut outcome, &marks);
        self.tell_of_proxy(failed.as_ref(), &marks);
        (outcome.failure, outcome.error) = failed.unzip();
        // What the receiver says is wrong tells more than how its answer broke off.
        if outcome.status_code.is_some_and(|status| !(200..300).contains(&status))
            && outcome.failure != Some(Failure::Timeout)
        {
            outcome.failure = Some(Failure::HttpStatus);
        }
        outcome
    }

    /// Tells the log when the egress proxy begins to fail and when it is well again, and not of each attempt: it may fail for some only.
    fn tell_of_proxy(&self, failed: Option<&(Failure, String)>, marks: &Marks) {
        let Some(proxy) = self.resolver.proxy() else { return };
        let mut failed_at = self.proxy_failed.lock();
        if let Some((Failure::InternalError, error)) = failed {
            if failed_at.replace(Instant::now()).is_none() {
                tracing::error!(%proxy, error, "requests cannot leave by the egress proxy; they are tried again, and no webhook is charged with them");
            }
        } else if marks.made.is_some() && failed_at.take_if(|at| at.elapsed() > WELL_AFTER).is_some() {
            tracing::info!(%proxy, "requests leave by the egress proxy again");
        }
    }

    /// What was read before an error stays in `outcome`. A request that a kept connection ends with at once is made again on a fresh one: the
    /// receiver had closed it while the request was on its way, and most likely has not seen it.
    async fn exchange(
        &self,
        url: &Url,
        request: &Request<'_>,
        start: Instant,
        outcome: &mut Outcome,
    ) -> Result<(), (Failure, String)> {
        let mut sent = post(&self.client, url, request).await;
        if start.elapsed() < AT_ONCE && sent.as_ref().is_err_and(|error| was_closed_unused(error.as_ref())) {
            sent = post(&self.fresh, url, request).await;
        }
        let mut response = sent.map_err(|error| classified(error.as_ref()))?;
        failpoint::at("head_read");
        let answered = Instant::now();
        outcome.phases.first_byte_us = Some(micros(answered - start));
        note_head(outcome, &response);
        let read = read_body(&mut response, outcome).await;
        outcome.phases.body_us = Some(micros(answered.elapsed()));
        failpoint::at("body_read");
        read
    }
}

async fn post(client: &Client, url: &Url, request: &Request<'_>) -> Result<Response, SendError> {
    client.send(Method::POST, url, &request.headers, request.body.clone()).await
}

/// Whether a connection that was kept from an earlier request ended before there was an answer. The one that was made for this request may
/// be another one, where the kept one became free first.
fn was_closed_unused(error: &(dyn Error + 'static)) -> bool {
    let causes = || std::iter::successors(Some(error), |&cause| cause.source());
    let client = causes().find_map(|cause| cause.downcast_ref::<hyper_util::client::legacy::Error>());
    let used = client.and_then(|error| error.connect_info()).and_then(our_end);
    used.is_some()
        && used != Probe::current().marks().made
        && causes().any(|cause| kind(cause, false) == Some(Failure::Reset))
}

fn note_head(outcome: &mut Outcome, response: &Response) {
    let text = |value: &http::HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    outcome.status_code = Some(response.status().as_u16());
    let mut room = KEPT_HEADERS;
    let headers = response.headers();
    // The names first: which headers there were is told even if one of them takes all the room.
    let names: Vec<_> = headers.iter().map(|(name, _)| cut(name.as_str(), &mut room)).collect();
    let values = headers.values().map(|value| cut(&text(value), &mut room));
    outcome.response_headers = names.into_iter().zip(values).map(|(name, value)| Header { name, value }).collect();
    outcome.retry_after = headers.get(http::header::RETRY_AFTER).map(text);
    outcome.response_body = Some(Vec::new());
}

/// As much of a text as there is room for.
fn cut(text: &str, room: &mut usize) -> String {
    if let Some(left) = room.checked_sub(text.len()) {
        *room = left;
        return text.to_owned();
    }
    let end = text.floor_char_boundary(std::mem::take(room));
    format!("{}{CUT}", &text[..end])
}

async fn read_body(response: &mut Response, outcome: &mut Outcome) -> Result<(), (Failure, String)> {
    let body = outcome.response_body.get_or_insert_default();
    while let Some(chunk) = response.chunk().await.map_err(|error| classified(&error))? {
        let left = KEPT_BODY - body.len();
        body.extend_from_slice(&chunk[..chunk.len().min(left)]);
        if chunk.len() > left {
            // The rest is not read: the connection ends with the response.
            outcome.truncated = true;
            break;
        }
    }
    Ok(())
}

/// What was still under way when the time was up.
pub(super) fn late(marks: &Marks, timeout: Duration) -> (Failure, String) {
    let (failure, what) = if marks.reaching_proxy {
        (Failure::InternalError, "the egress proxy was not reached")
    } else if marks.resolving && marks.dns.is_none() {
        (Failure::Dns, "the name was not resolved")
    } else if marks.connecting && marks.connect.is_none() {
        (Failure::ConnectTimeout, "not connected")
    } else {
        (Failure::Timeout, "not finished")
    };
    (failure, format!("{what} within {} ms", timeout.as_millis()))
}

/// Splits the time up to the answer into its phases.
fn note_phases(outcome: &mut Outcome, marks: &Marks) {
    let phases = &mut outcome.phases;
    phases.dns_us = marks.dns.map(micros);
    phases.connect_us = marks.connect.map(|connect| micros(connect.saturating_sub(marks.dns.unwrap_or_default())));
    let before = marks.connect.map_or(0, micros);
    phases.first_byte_us = phases.first_byte_us.map(|first_byte| first_byte.saturating_sub(before));
}

/// The kind of a client's error, and its innermost words: they name the cause, the outer ones only the stage.
pub(crate) fn classified(error: &(dyn Error + 'static)) -> (Failure, String) {
    let (mut connecting, mut failure, mut words, mut plain) = (false, None, String::new(), None);
    let mut next = Some(error);
    while let Some(cause) = next {
        let client = cause.downcast_ref::<hyper_util::client::legacy::Error>();
        connecting |= client.is_some_and(hyper_util::client::legacy::Error::is_connect);
        failure = kind(cause, connecting).or(failure);
        plain = cause.downcast_ref().and_then(of_certificate).or(plain);
        words = cause.to_string();
        next = match cause.downcast_ref::<io::Error>().and_then(io::Error::get_ref) {
            // The source of such an error skips the error that it wraps.
            Some(inner) => Some(inner),
            None => cause.source(),
        };
    }
    let otherwise = if connecting { Failure::ConnectFailed } else { Failure::ResponseInvalid };
    (failure.unwrap_or(otherwise), plain.unwrap_or(words))
}

/// What is wrong with a receiver's certificate, where the library has no words for people.
fn of_certificate(error: &rustls::Error) -> Option<String> {
    let rustls::Error::InvalidCertificate(error) = error else { return None };
    let words = match error {
        CertificateError::ExpiredContext { not_after, .. } => {
            let until = Timestamp::from_micros(0).plus(Duration::from_secs(not_after.as_secs()));
            return Some(format!("the certificate has expired: it was valid until {until}"));
        }
        CertificateError::Expired => "the certificate has expired",
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
            "the certificate is not valid yet"
        }
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            "the certificate is not for the name in the URL"
        }
        CertificateError::UnknownIssuer | CertificateError::BadSignature => {
            "the certificate was issued by nobody whom this server trusts, or those in between were not sent with it"
        }
        CertificateError::Revoked => "the certificate was revoked",
        CertificateError::Other(other) if format!("{other:?}").contains("CaUsedAsEndEntity") => {
            "the certificate is one of a CA, not of a server"
        }
        _ => return None,
    };
    Some(words.to_owned())
}

fn kind(cause: &(dyn Error + 'static), connecting: bool) -> Option<Failure> {
    if let Some(error) = cause.downcast_ref::<ResolveError>() {
        return Some(match error {
            ResolveError::NotFound(_) => Failure::Dns,
            ResolveError::Blocked(_) => Failure::BlockedAddress,
            ResolveError::Unasked(_) => Failure::InternalError,
        });
    }
    if let Some(error) = cause.downcast_ref::<ProxyError>() {
        return Some(error.failure());
    }
    if let Some(error) = cause.downcast_ref() {
        use CertificateError::{Expired, ExpiredContext};
        return Some(match error {
            rustls::Error::InvalidCertificate(Expired | ExpiredContext { .. }) => Failure::CertificateExpired,
            _ => Failure::Tls,
        });
    }
    if let Some(error) = cause.downcast_ref::<hyper::Error>() {
        return (error.is_incomplete_message() || error.is_closed()).then_some(Failure::Reset);
    }
    let error = cause.downcast_ref::<io::Error>()?;
    if error.raw_os_error().is_some_and(|code| NO_DESCRIPTOR_LEFT.contains(&code)) {
        return Some(Failure::InternalError);
    }
    match error.kind() {
        io::ErrorKind::ConnectionRefused => Some(Failure::ConnectRefused),
        io::ErrorKind::ConnectionReset | io::ErrorKind::ConnectionAborted | io::ErrorKind::BrokenPipe => {
            Some(Failure::Reset)
        }
        io::ErrorKind::TimedOut => Some(if connecting { Failure::ConnectTimeout } else { Failure::Timeout }),
        io::ErrorKind::UnexpectedEof => Some(Failure::Reset),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_without_file_descriptors_is_to_blame_itself() {
        for code in NO_DESCRIPTOR_LEFT {
            assert_eq!(kind(&io::Error::from_raw_os_error(code), true), Some(Failure::InternalError));
        }
        assert_eq!(kind(&io::Error::from(io::ErrorKind::ConnectionRefused), true), Some(Failure::ConnectRefused));
    }

    #[test]
    fn a_connection_that_falls_silent_was_there() {
        let silent = io::Error::from(io::ErrorKind::TimedOut);
        assert_eq!(kind(&silent, true), Some(Failure::ConnectTimeout));
        assert_eq!(kind(&silent, false), Some(Failure::Timeout));
    }
}
