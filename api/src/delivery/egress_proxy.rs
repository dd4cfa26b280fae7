//! The egress proxy: the way out of a network that lets its servers out by a proxy only. Each connection is a tunnel through it (`CONNECT`),
//! for `http` too, so that what the proxy answers is never taken for the receiver's answer.
//!
//! It looks up the receivers' names, so where they lead is for it to vet; its own address is its operator's choice, and is not vetted.

use super::{
    client::SendError,
    probe::Probe,
    resolver::{GuardedResolver, Names},
};
use base64::{Engine as _, prelude::BASE64_STANDARD};
use hickory_resolver::net::NetError;
use http::{StatusCode, Uri};
use hyper_rustls::{HttpsConnector, MaybeHttpsStream};
use hyper_util::{
    client::legacy::connect::{HttpConnector, dns::Name},
    rt::TokioIo,
};
use percent_encoding::percent_decode_str;
use rustls::{ClientConfig, pki_types::ServerName};
use rustls_platform_verifier::BuilderVerifierExt as _;
use shared::Failure;
use std::{
    error::Error,
    fmt, io,
    net::SocketAddr,
    pin::Pin,
    str::FromStr,
    sync::Arc,
    task::{Context, Poll},
    vec,
};
use tokio::{
    io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _},
    net::TcpStream,
};
use tokio_rustls::TlsConnector;
use tower_service::Service;
use url::Url;

/// How the setting is written.
const WRITTEN: &str = "write it as http://proxy.internal:3128 or http://USER:PASSWORD@proxy.internal:3128";
/// The longest head that a proxy may answer with, in bytes.
const LONGEST_HEAD: usize = 8_192;
/// What a proxy says that wants credentials. One that only refuses may answer 407 too, as Smokescreen does, but without this.
const CHALLENGE: &str = "proxy-authenticate:";

/// Where the proxy is, and what it is shown.
#[derive(Clone)]
pub struct EgressProxy {
    uri: Uri,
    authorization: Option<String>,
}

/// Without the credentials.
impl fmt::Display for EgressProxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.uri.to_string().trim_end_matches('/'))
    }
}

impl FromStr for EgressProxy {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut url = Url::parse(text.trim()).map_err(|_| WRITTEN)?;
        let is_bare = url.path() == "/" && url.query().is_none() && url.fragment().is_none();
        if !matches!(url.scheme(), "http" | "https") || !is_bare {
            return Err(WRITTEN);
        }
        let user: Vec<u8> = percent_decode_str(url.username()).collect();
        let password = url.password().map(|password| percent_decode_str(password).collect::<Vec<u8>>());
        let authorization = (!user.is_empty() || password.is_some()).then(|| {
            let credentials = [user, password.unwrap_or_default()].join(&b':');
            format!("Basic {}", BASE64_STANDARD.encode(credentials))
        });
        url.set_username("").and_then(|()| url.set_password(None)).map_err(|()| WRITTEN)?;
        Ok(Self { uri: url.as_str().parse().map_err(|_| WRITTEN)?, authorization })
    }
}

/// Why the proxy has made no tunnel. Its words are shown to whoever owns the webhook, so they do not tell where the proxy is.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum ProxyError {
    #[error("the egress proxy cannot be reached: {0}")]
    Unreachable(String),
    #[error("the egress proxy wants other credentials than HOOKWRIGHT_EGRESS_PROXY has")]
    Credentials,
    #[error("the egress proxy gave no answer that is HTTP")]
    NoAnswer,
    /// It is none, or none that makes tunnels.
    #[error("the egress proxy makes no tunnels: {0}")]
    NoTunnels(StatusCode),
    #[error("the egress proxy did not connect: {0}")]
    Refused(StatusCode),
}

impl ProxyError {
    /// What the proxy fails with is a fault on our side; what it cannot or may not connect to is the receiver's address.
    pub(super) const fn failure(&self) -> Failure {
        match self {
            Self::Unreachable(_) | Self::Credentials | Self::NoAnswer | Self::NoTunnels(_) => Failure::InternalError,
            Self::Refused(_) => Failure::ConnectFailed,
        }
    }
}

/// Connects to receivers through the proxy.
#[derive(Clone)]
pub(super) struct Tunnels {
    proxy: Arc<EgressProxy>,
    to_proxy: HttpsConnector<HttpConnector<ProxyNames>>,
    to_receiver: TlsConnector,
}

/// A connection to the proxy, which may speak TLS itself.
type ToProxy = MaybeHttpsStream<TokioIo<TcpStream>>;

impl Tunnels {
    /// Tunnels through that proxy.
    ///
    /// # Errors
    /// When the machine's certificates cannot be used.
    pub(super) fn new(proxy: Arc<EgressProxy>, resolver: &GuardedResolver) -> Result<Self, rustls::Error> {
        let of_proxy = ClientConfig::builder().with_platform_verifier()?.with_no_client_auth();
        let mut tcp = HttpConnector::new_with_resolver(ProxyNames(resolver.unguarded()));
        tcp.enforce_http(false);
        tcp.set_nodelay(true);
        let mut of_receivers = of_proxy.clone();
        of_receivers.alpn_protocols = vec![b"http/1.1".to_vec()];
        let to_receiver = TlsConnector::from(Arc::new(of_receivers));
        Ok(Self { proxy, to_proxy: HttpsConnector::from((tcp, of_proxy)), to_receiver })
    }
}

impl Service<Uri> for Tunnels {
    type Response = MaybeHttpsStream<ToProxy>;
    type Error = SendError;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Self::Error>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.to_proxy.poll_ready(context)
    }

    fn call(&mut self, receiver: Uri) -> Self::Future {
        let probe = Probe::current();
        probe.mark(|marks| marks.reaching_proxy = true);
        let (proxy, to_receiver) = (Arc::clone(&self.proxy), self.to_receiver.clone());
        let reaching = self.to_proxy.call(proxy.uri.clone());
        Box::pin(async move {
            let mut stream = reaching.await.map_err(|error| unreachable_by(error.as_ref()))?;
            probe.mark(|marks| marks.reaching_proxy = false);
            let is_tls = receiver.scheme_str() == Some("https");
            let host = receiver.host().unwrap_or_default();
            let port = receiver.port_u16().unwrap_or(if is_tls { 443 } else { 80 });
            let authorization = proxy.authorization.as_deref();
            connect(&mut TokioIo::new(&mut stream), host, port, authorization).await?;
            if !is_tls {
                return Ok(MaybeHttpsStream::Http(stream));
            }
            let name = ServerName::try_from(host.trim_matches(['[', ']']).to_owned())?;
            let stream = to_receiver.connect(name, TokioIo::new(stream)).await.map_err(io::Error::other)?;
            let certificate = stream.get_ref().1.peer_certificates().and_then(<[_]>::first);
            let certificate = certificate.map(|certificate| certificate.to_vec());
            probe.mark(|marks| marks.certificate = certificate);
            Ok(stream.into())
        })
    }
}

/// Asks the proxy for a tunnel. What might follow its answer is not kept: in HTTP and in TLS the client speaks first.
async fn connect(
    stream: &mut (impl AsyncRead + AsyncWrite + Unpin),
    host: &str,
    port: u16,
    authorization: Option<&str>,
) -> Result<(), ProxyError> {
    let shown = authorization.map(|value| format!("Proxy-Authorization: {value}\r\n")).unwrap_or_default();
    let asked = format!("CONNECT {host}:{port} HTTP/1.1\r\nHost: {host}:{port}\r\n{shown}\r\n");
    stream.write_all(asked.as_bytes()).await.map_err(|_| ProxyError::NoAnswer)?;
    let mut read = Vec::new();
    loop {
        if let Some(end) = read.windows(4).position(|window| window == b"\r\n\r\n") {
            return answered(&String::from_utf8_lossy(&read[..end]));
        }
        let length = stream.read_buf(&mut read).await.unwrap_or_default();
        if length == 0 || read.len() > LONGEST_HEAD {
            return Err(ProxyError::NoAnswer);
        }
    }
}

/// What the head of a proxy's answer says.
fn answered(head: &str) -> Result<(), ProxyError> {
    let mut lines = head.split("\r\n");
    let code = lines.next().and_then(|line| line.strip_prefix("HTTP/1.")?.get(2..5));
    let status = code.and_then(|code| code.parse::<StatusCode>().ok()).ok_or(ProxyError::NoAnswer)?;
    let mut starts = lines.filter_map(|line| line.get(..CHALLENGE.len()));
    if status.is_success() {
        Ok(())
    } else if status == StatusCode::PROXY_AUTHENTICATION_REQUIRED
        && starts.any(|start| start.eq_ignore_ascii_case(CHALLENGE))
    {
        Err(ProxyError::Credentials)
    } else if is_of_the_receiver(status) {
        Err(ProxyError::Refused(status))
    } else {
        Err(ProxyError::NoTunnels(status))
    }
}

/// What a proxy answers that may not or cannot connect to the receiver. Others say that it makes no tunnels, whereto they may lead.
fn is_of_the_receiver(status: StatusCode) -> bool {
    status.is_server_error() && status != StatusCode::NOT_IMPLEMENTED || matches!(status.as_u16(), 403 | 407 | 429)
}

/// Why the proxy cannot be reached, in words that tell nothing of where it is; the log has all of them.
fn unreachable_by(error: &(dyn Error + 'static)) -> ProxyError {
    let causes = || std::iter::successors(Some(error), |&cause| cause.source());
    tracing::debug!(error = %causes().last().unwrap_or(error), "the egress proxy cannot be reached");
    let words = causes().find_map(|cause| {
        if cause.is::<NetError>() {
            Some("its name leads nowhere".to_owned())
        } else if cause.is::<rustls::Error>() {
            Some("TLS failed".to_owned())
        } else {
            let kind = cause.downcast_ref::<io::Error>().filter(|error| error.get_ref().is_none())?.kind();
            Some(kind.to_string())
        }
    });
    ProxyError::Unreachable(words.unwrap_or_else(|| "the connection failed".to_owned()))
}

/// Looks up where the proxy is: by the name servers of the setting, or else as this machine does, with its search domains.
#[derive(Clone)]
struct ProxyNames(Names);

impl Service<Name> for ProxyNames {
    type Response = vec::IntoIter<SocketAddr>;
    type Error = NetError;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Self::Error>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, name: Name) -> Self::Future {
        let names = self.0.clone();
        Box::pin(async move {
            let found = names.lookup(name.as_str()).await?;
            let addresses: Vec<_> = found.iter().map(|address| SocketAddr::new(address, 0)).collect();
            Ok(addresses.into_iter())
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_proxy_is_a_url_of_a_host_and_credentials_at_most() {
        let read = |text: &str| text.parse::<EgressProxy>();
        for (text, shown, authorization) in [
            ("http://10.0.0.3:3128", "http://10.0.0.3:3128", None),
            ("https://proxy.internal/", "https://proxy.internal", None),
            ("http://ana:open%20sesame@[fd00::1]:8080", "http://[fd00::1]:8080", Some("ana:open sesame")),
            ("http://token@proxy:3128", "http://proxy:3128", Some("token:")),
        ] {
            let proxy = read(text).unwrap();
            let authorization = authorization.map(|text| format!("Basic {}", BASE64_STANDARD.encode(text)));
            assert_eq!((proxy.to_string().as_str(), proxy.authorization), (shown, authorization));
        }
        for wrong in ["socks5://10.0.0.3:1080", "http://", "proxy:3128", "http://proxy:3128/path", "http://proxy?x"] {
            assert_eq!(read(wrong).err(), Some(WRITTEN), "{wrong}");
        }
    }

    #[test]
    fn an_answer_of_the_proxy_is_told_apart_by_whose_fault_it_is() {
        assert_eq!(answered("HTTP/1.1 200 Connection established\r\nVia: x"), Ok(()));
        assert_eq!(answered("HTTP/1.0 200"), Ok(()));
        let refused = |status| Err(ProxyError::Refused(status));
        assert_eq!(answered("HTTP/1.1 502 Bad Gateway"), refused(StatusCode::BAD_GATEWAY));
        let challenge = "HTTP/1.1 407 No\r\nproxy-Authenticate: Basic realm=\"x\"";
        assert_eq!(answered(challenge), Err(ProxyError::Credentials));
        let denied = answered("HTTP/1.1 407 Request rejected by proxy\r\nX-Smokescreen-Error: denied");
        assert_eq!(denied, refused(StatusCode::PROXY_AUTHENTICATION_REQUIRED));
        for none in ["400 Bad Request", "405 Method Not Allowed", "501 Not Implemented", "302 Found"] {
            let answer = answered(&format!("HTTP/1.1 {none}")).unwrap_err();
            assert_eq!(
                (answer.to_string(), answer.failure()),
                (format!("the egress proxy makes no tunnels: {none}"), Failure::InternalError)
            );
        }
        for nonsense in ["", "SSH-2.0-OpenSSH_9.2", "HTTP/1.1 2x0 OK", "HTTP/1.1"] {
            assert_eq!(answered(nonsense), Err(ProxyError::NoAnswer), "{nonsense}");
        }
    }
}
