//! `hookwright verify`

use super::print_line;
use crate::delivery::signature::Secret;
use std::{
    error::Error,
    fs,
    io::{Read as _, stdin},
    path::PathBuf,
    process::ExitCode,
};

/// The arguments of `hookwright verify`.
#[derive(clap::Args)]
pub struct Args {
    /// The webhook's secret
    #[arg(long, env = "HOOKWRIGHT_SECRET", hide_env_values = true)]
    secret: String,

    /// File with the body's exact bytes; - for standard input
    #[arg(long, value_name = "FILE")]
    body: PathBuf,

    /// A header of the request, as "Name: value"; repeat it for each
    #[arg(long = "header", short = 'H', value_name = "HEADER", required = true, value_parser = header)]
    headers: Vec<(String, String)>,

    /// Header that carries the hexadecimal signature
    #[arg(long, default_value = "X-Webhook-Signature")]
    signature_header: String,
}

fn header(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once(':').ok_or("write it as \"Name: value\"")?;
    Ok((name.trim().to_owned(), value.trim().to_owned()))
}

/// Whether one signature of a request holds.
pub(super) struct Verdict {
    /// The header that carries it.
    pub(super) header: String,
    /// Whether it holds; nothing when the request has no such header.
    pub(super) holds: Option<bool>,
}

impl Verdict {
    /// The verdict in words.
    pub(super) fn words(&self) -> String {
        let words = match self.holds {
            Some(true) => "✓ holds",
            Some(false) => "✗ does not hold: another secret, or the body was changed",
            None => "- not there",
        };
        format!("{}: {words}", self.header)
    }
}

/// Looks at both signatures of a request. `header` finds a header's value by its name.
pub(super) fn verdicts<'a>(
    secret: &Secret,
    signature_header: &str,
    header: impl Fn(&str) -> Option<&'a str>,
    body: &[u8],
) -> [Verdict; 2] {
    let hexadecimal = header(signature_header).map(|signature| secret.verify_hex(signature, body));
    let standard = header("webhook-signature").map(|signatures| {
        let id = header("webhook-id");
        let seconds = header("webhook-timestamp").and_then(|seconds| seconds.parse().ok());
        id.zip(seconds).is_some_and(|(id, seconds)| secret.verify_standard(signatures, id, seconds, body))
    });
    [
        Verdict { header: signature_header.to_owned(), holds: hexadecimal },
        Verdict { header: "webhook-signature".to_owned(), holds: standard },
    ]
}

/// Says of each signature whether it holds. Fails when one does not, or none is there.
pub(super) fn run(args: &Args) -> Result<ExitCode, Box<dyn Error>> {
    let Args { secret, body, headers, signature_header } = args;
    let body = if body.as_os_str() == "-" {
        let mut bytes = Vec::new();
        stdin().read_to_end(&mut bytes)?;
        bytes
    } else {
        fs::read(body).map_err(|error| format!("cannot read {}: {error}", body.display()))?
    };
    let find = |name: &str| headers.iter().find(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str());
    let verdicts = verdicts(&Secret::new(secret.clone()), signature_header, find, &body);
    for verdict in &verdicts {
        print_line(verdict.words())?;
    }
    let held = verdicts.iter().any(|verdict| verdict.holds == Some(true));
    let broken = verdicts.iter().any(|verdict| verdict.holds == Some(false));
    Ok(if held && !broken { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
