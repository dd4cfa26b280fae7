//! A look at a payload URL: its name, the connection, and what a `HEAD` request is answered.
//!
//! `HEAD` changes nothing at the receiver, and no event is made up that it might take for a real one. It goes the way that deliveries go.

use super::{
    client::Client,
    guard::Refused,
    probe::Probe,
    resolver::{GuardedResolver, ResolveError},
    sender::{self, classified},
};
use crate::slots::{Slot, Slots};
use bytes::Bytes;
use http::{Method, header};
use reqwest::tls::TlsInfo;
use shared::{Failure, Header, Id, Timestamp};
use std::{
    net::IpAddr,
    sync::OnceLock,
    time::{Duration, Instant},
};
use url::{Host, Url};
use x509_cert::{Certificate, der::Decode as _};

/// How long everything may take.
const WITHIN: Duration = Duration::from_secs(3);
/// So many looks are taken at once: nobody shall scan others' ports with us.
const AT_ONCE: usize = 8;

/// Looks at URLs.
pub struct Scout {
    resolver: GuardedResolver,
    user_agent: String,
    slots: Slots,
    /// Made at the first look: most processes never need it.
    client: OnceLock<Result<Client, String>>,
}

/// What a name resolved to.
pub type Resolved = Result<Vec<IpAddr>, ResolveError>;
/// What a `HEAD` request was answered, or why it was not.
pub type Finding = Result<Head, (Failure, String)>;

/// What was seen.
#[derive(Debug, Default)]
pub struct Sighting {
    /// What the name resolved to, and how long it took; nothing for an address, or where a proxy looks it up.
    pub dns: Option<(Resolved, Duration)>,
    /// What was answered, and how long it took; nothing when the name led nowhere.
    pub answer: Option<(Finding, Duration)>,
}

/// The head of an answer.
#[derive(Debug)]
pub struct Head {
    /// The status code.
    pub status: u16,
    /// Where it redirects to.
    pub location: Option<String>,
    /// The certificate of the connection.
    pub certificate: Option<Validity>,
}

/// Until when a certificate is valid, and who says so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Validity {
    /// When it ends.
    pub expires_at: Timestamp,
    /// The issuer's name (RFC 4514).
    pub issuer: String,
}

impl Scout {
    /// A scout that looks where that resolver's policy lets it.
    pub fn new(resolver: GuardedResolver, user_agent: String) -> Self {
        Self { resolver, user_agent, slots: Slots::new(AT_ONCE), client: OnceLock::new() }
    }

    /// Whether the policy lets that URL pass, before its name is looked up.
    ///
    /// # Errors
    /// When it does not.
    pub fn check(&self, text: &str) -> Result<Url, Refused> {
        self.resolver.policy().check_url(text)
    }

    /// A slot to look for that tenant; nothing while too many others do, or it does itself.
    pub fn slot(&self, tenant_id: Id) -> Option<Slot> {
        self.slots.take(tenant_id)
    }

    /// Looks at a URL that the policy has let pass.
    ///
    /// # Errors
    /// When the fault is ours: the machine's certificates cannot be used, its name servers, or the egress proxy.
    pub async fn look(&self, url: &Url) -> Result<Sighting, String> {
        let client = self.client.get_or_init(|| self.client()).as_ref().map_err(Clone::clone)?;
        let start = Instant::now();
        let mut sighting = Sighting::default();
        if let (Some(Host::Domain(name)), None) = (url.host(), self.resolver.proxy()) {
            let addresses = self.resolver.addresses(name, url.port_or_known_default());
            let found = match tokio::time::timeout(WITHIN, addresses).await {
                Ok(found) => found,
                Err(_) => Err(ResolveError::NotFound("no name server answered in time".into())),
            };
            if let Err(ResolveError::Unasked(error)) = found {
                return Err(error);
            }
            let leads_nowhere = found.is_err();
            sighting.dns = Some((found, start.elapsed()));
            if leads_nowhere {
                return Ok(sighting);
            }
        }
        let connecting = Instant::now();
        let probe = Probe::of(url);
        let asking = probe.watch(self.ask(client, url, &probe));
        let answer = match tokio::time::timeout(WITHIN.saturating_sub(start.elapsed()), asking).await {
            Ok(answer) => answer,
            Err(_) => Err(sender::late(&probe.marks(), WITHIN)),
        };
        if let Err((Failure::InternalError, error)) = answer {
            return Err(error);
        }
        sighting.answer = Some((answer, connecting.elapsed()));
        Ok(sighting)
    }

    fn client(&self) -> Result<Client, String> {
        Client::new(&self.resolver, 0, true).map_err(|error| error.to_string())
    }

    async fn ask(&self, client: &Client, url: &Url, probe: &Probe) -> Finding {
        let headers = [(header::ACCEPT, "*/*"), (header::USER_AGENT, &self.user_agent)];
        let headers = headers.map(|(name, value)| Header { name: name.to_string(), value: value.to_owned() });
        let asking = client.send(Method::HEAD, url, &headers, Bytes::new());
        let response = asking.await.map_err(|error| classified(error.as_ref()))?;
        let location = response.headers().get(header::LOCATION);
        let certificate = response.extensions().get::<TlsInfo>().and_then(TlsInfo::peer_certificate);
        let through_proxy = probe.marks().certificate;
        Ok(Head {
            status: response.status().as_u16(),
            location: location.map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned()),
            certificate: certificate.or(through_proxy.as_deref()).and_then(validity),
        })
    }
}

/// Reads a certificate; nothing when it is not one of X.509.
fn validity(der: &[u8]) -> Option<Validity> {
    let certificate = Certificate::from_der(der).ok()?;
    let certificate = certificate.tbs_certificate();
    let ends = certificate.validity().not_after.to_unix_duration();
    let expires_at = Timestamp::from_micros(0).plus(ends);
    Some(Validity { expires_at, issuer: certificate.issuer().to_string() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use base64::{Engine as _, prelude::BASE64_STANDARD};

    #[test]
    fn a_certificate_tells_until_when_it_is_valid_and_who_issued_it() {
        let pem = include_str!("../../tests/data/certificate.pem");
        let base64: String = pem.lines().filter(|line| !line.starts_with('-')).collect();
        let validity = validity(&BASE64_STANDARD.decode(base64).unwrap()).unwrap();
        assert_eq!(validity.expires_at.to_string(), "2036-11-21T21:08:32.000000Z");
        assert_eq!(validity.issuer, "CN=Example CA,O=Example");
        assert_eq!(super::validity(b"no certificate"), None);
    }
}
