//! `hookwright send`

use super::{print_line, read};
use crate::{auth::check::TENANT, catalogue, clock::Clock, config::server_url, delivery::sender::classified, ids::Ids};
use serde_json::Value;
use shared::{Failure, Published, paths};
use std::{error::Error, fmt::Write as _, path::PathBuf, process::ExitCode, time::Duration};
use url::Url;

const WITHIN: Duration = Duration::from_secs(30);

/// The arguments of `hookwright send`.
#[derive(clap::Args)]
pub struct Args {
    /// Event type of the catalogue that comes with this program, whose example is published, such as
    /// TRANSACTION.TRANSACTIONSTATUSUPDATED; for types of your own give --file
    #[arg(
        value_name = "SOURCE.TYPE",
        default_value = "COMMUNICATION.COMMUNICATIONCREATEDEVENT",
        conflicts_with = "file"
    )]
    event_type: String,

    /// Publish the CloudEvent (JSON) in this file instead; - for the standard input
    #[arg(long, value_name = "FILE")]
    file: Option<PathBuf>,

    /// Address of the server
    #[arg(long, env = "HOOKWRIGHT_URL", default_value = "http://127.0.0.1:8080", value_parser = server_url("http://127.0.0.1:8080"))]
    url: Url,

    /// Tenant to publish for, by its id or the platform's own, where the key is one of the platform [default: the key's]
    #[arg(long, value_name = "ID")]
    tenant: Option<String>,

    /// API key that may publish; make one with: hookwright key add --name me --role publisher
    #[arg(long, env = "HOOKWRIGHT_API_KEY", hide_env_values = true)]
    api_key: String,
}

/// Publishes one event and says who wanted it.
pub(super) async fn run(args: Args) -> Result<ExitCode, Box<dyn Error>> {
    let body = match &args.file {
        Some(path) => read(path)?,
        None => example(&args.event_type)?.into_bytes(),
    };
    let _ = rustls::crypto::ring::default_provider().install_default();
    let client = reqwest::Client::builder().no_proxy().timeout(WITHIN).build()?;
    let url = format!("{}{}", args.url.as_str().trim_end_matches('/'), paths::EVENTS);
    let request = client.post(&url).bearer_auth(&args.api_key).header("content-type", "application/cloudevents+json");
    let request = args.tenant.iter().fold(request, |request, tenant| request.header(TENANT, tenant));
    let response = request.body(body).send().await;
    let response = response.map_err(|error| format!("cannot publish to {url}: {}", cause(error, &args.url)))?;
    let status = response.status();
    let body = response.bytes().await?;
    if !status.is_success() {
        let answer: Value = serde_json::from_slice(&body).unwrap_or_default();
        let mut said =
            format!("the server answered {status}: {}", answer["detail"].as_str().unwrap_or("no explanation"));
        let of_a_part = |error: &&Value| error["pointer"] != "";
        for error in answer["errors"].as_array().into_iter().flatten().filter(of_a_part) {
            let part = |name: &str| error[name].as_str().unwrap_or_default();
            let _ = write!(said, "\n  {}: {}", part("pointer"), part("detail"));
        }
        return Err(said.into());
    }
    let Published { id, matched, duplicate } = serde_json::from_slice(&body)
        .map_err(|_| format!("what answered at {url} with {status} is no Hookwright; is the address right?"))?;
    print_line(match (duplicate, matched) {
        (true, _) => format!("this event was published before as {id}; it is not sent again"),
        (_, 0) => format!("published {id}; no active webhook selects it"),
        (_, 1) => format!("published {id} for 1 webhook"),
        (_, matched) => format!("published {id} for {matched} webhooks"),
    })?;
    Ok(ExitCode::SUCCESS)
}

/// Why there is no answer, and what to do about it.
pub(super) fn cause(error: reqwest::Error, url: &Url) -> String {
    let connecting = error.is_connect();
    match classified(&error) {
        (Failure::Tls, words) => format!("{words}; does the server speak TLS? Otherwise: http://{}", url.authority()),
        (Failure::CertificateExpired, words) => words,
        (Failure::ResponseInvalid, words) if url.scheme() == "http" => {
            format!("{words}; does the server speak TLS? Then: https://{}", url.authority())
        }
        _ if connecting => "nothing answers there; is the server running?".into(),
        (_, words) => words,
    }
}

/// The catalogue's example of that event type, with an id and a time of its own.
fn example(name: &str) -> Result<String, Box<dyn Error>> {
    let now = Clock::system().now();
    let id = Ids::default().next(now).to_string();
    if let Some(event) = catalogue::event(name, &id, &now.to_string()) {
        return Ok(event);
    }
    let names: Vec<_> = catalogue::example().iter().map(|known| format!("  {}.{}", known.source, known.kind)).collect();
    Err(format!("the example catalogue has no {name}; it has\n{}", names.join("\n")).into())
}
