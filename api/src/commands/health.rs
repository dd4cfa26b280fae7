//! `hookwright health`

use super::{print_line, send::cause};
use crate::config::{address, written};
use reqwest::redirect;
use serde_json::Value;
use std::{
    error::Error,
    net::{Ipv4Addr, Ipv6Addr, SocketAddr},
    path::PathBuf,
    process::ExitCode,
    time::Duration,
};
use url::Url;

/// How long the server may take to answer. What asks it every few seconds must not pile up.
const WITHIN: Duration = Duration::from_secs(5);
/// Whether a server can work.
const READY: &str = "/readyz";

/// The arguments of `hookwright health`.
#[derive(clap::Args)]
pub struct Args {
    /// What to ask; of a server alone, such as http://10.0.0.7:8080, whether it can work [default: whether the server on this machine can, at the port of --listen]
    #[arg(value_name = "URL", value_parser = written::<Url>("http://127.0.0.1:8080/readyz"))]
    url: Option<Url>,

    /// Where the server on this machine listens
    #[arg(long, env = "HOOKWRIGHT_LISTEN", default_value = "127.0.0.1:8080", value_parser = address)]
    listen: SocketAddr,

    /// The server's certificate: with it, it speaks TLS
    #[arg(long, env = "HOOKWRIGHT_TLS_CERTIFICATE", value_name = "FILE")]
    tls_certificate: Option<PathBuf>,
}

/// Asks, and ends with 0 where the answer is yes, with 1 otherwise.
pub(super) async fn run(args: Args) -> Result<ExitCode, Box<dyn Error>> {
    let is_own = args.url.is_none();
    let url = args.url.map_or_else(|| own(args.listen, args.tls_certificate.is_some()), |url| Ok(whole(url)))?;
    let _ = rustls::crypto::ring::default_provider().install_default();
    let client = reqwest::Client::builder().no_proxy().redirect(redirect::Policy::none()).timeout(WITHIN);
    // The certificate of a server on this machine is for its public name, and nothing that is secret goes there.
    let client = client.tls_danger_accept_invalid_certs(is_own).build()?;
    let response = client.get(url.clone()).send().await;
    let response = response.map_err(|error| format!("cannot ask {url}: {}", cause(error, &url)))?;
    let status = response.status();
    let answer = response.text().await?;
    if status.is_success() {
        print_line(answer.trim_end())?;
        return Ok(ExitCode::SUCCESS);
    }
    let problem: Value = serde_json::from_str(&answer).unwrap_or_default();
    Err(format!("{url} answered {status}: {}", problem["detail"].as_str().unwrap_or("no explanation")).into())
}

/// The server on this machine. One that listens everywhere does so here too.
fn own(mut address: SocketAddr, tls: bool) -> Result<Url, url::ParseError> {
    if address.ip().is_unspecified() {
        address.set_ip(if address.is_ipv4() { Ipv4Addr::LOCALHOST.into() } else { Ipv6Addr::LOCALHOST.into() });
    }
    let scheme = if tls { "https" } else { "http" };
    Url::parse(&format!("{scheme}://{address}{READY}"))
}

/// A URL without a path means the server.
fn whole(mut url: Url) -> Url {
    if url.path() == "/" {
        url.set_path(READY);
    }
    url
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_server_on_this_machine_is_asked_where_it_listens() {
        for (listen, tls, expected) in [
            ("127.0.0.1:8080", false, "http://127.0.0.1:8080/readyz"),
            ("0.0.0.0:9000", false, "http://127.0.0.1:9000/readyz"),
            ("[::]:9000", true, "https://[::1]:9000/readyz"),
            ("10.0.0.7:9000", false, "http://10.0.0.7:9000/readyz"),
        ] {
            assert_eq!(own(listen.parse().unwrap(), tls).unwrap().as_str(), expected);
        }
        for (given, expected) in [
            ("http://10.0.0.7:8080", "http://10.0.0.7:8080/readyz"),
            ("http://10.0.0.7:8080/healthz", "http://10.0.0.7:8080/healthz"),
        ] {
            assert_eq!(whole(given.parse().unwrap()).as_str(), expected);
        }
    }
}
