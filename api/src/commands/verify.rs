//! `hookwright verify`

use super::{print_line, read};
use crate::{
    clock::Clock,
    config::signature_prefix,
    delivery::{request, signature::Secret},
};
use shared::Timestamp;
use std::{error::Error, path::PathBuf, process::ExitCode};

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
    #[arg(long, env = "HOOKWRIGHT_SIGNATURE_HEADER", default_value = request::HEX_SIGNATURE)]
    signature_header: String,

    /// What stands before its digits, such as sha256= [default: nothing]
    #[arg(long, env = "HOOKWRIGHT_SIGNATURE_PREFIX", default_value = "", hide_default_value = true, value_parser = signature_prefix)]
    signature_prefix: String,
}

fn header(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once(':').ok_or("write it as \"Name: value\"")?;
    Ok((name.trim().to_owned(), value.trim().to_owned()))
}

/// How old a signature of Standard Webhooks may be, in seconds: the libraries refuse what is older, or newer than now by as much.
const TOLERANCE_SECONDS: u64 = 300;

/// What can be said about one signature of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It holds.
    Holds,
    /// It holds, but its time is so many seconds from now.
    HoldsFor(u64),
    /// It does not hold, but the signature beside it does, which is by the secret before: this one was rotated.
    HoldsBefore,
    /// It holds without the newline at the end, which an editor may have put there.
    HoldsWithoutNewline,
    /// It does not hold.
    Broken,
    /// It is not written as a signature is.
    Malformed,
    /// It cannot be checked without those other headers.
    Alone,
    /// The request has no such header.
    Absent,
}

impl Verdict {
    /// The verdict in words.
    pub(super) fn words(self) -> String {
        match self {
            Self::Holds => "✓ valid".into(),
            Self::HoldsFor(seconds) => {
                format!(
                    "✓ valid, but its webhook-timestamp is {seconds} s from now: libraries refuse more than {TOLERANCE_SECONDS} s"
                )
            }
            Self::HoldsBefore => "✓ valid as the secret before: it was rotated, and signs for a while only".into(),
            Self::HoldsWithoutNewline => "✗ invalid; without the newline at the end of the body it is valid".into(),
            Self::Broken => "✗ invalid: another secret, or the body was changed".into(),
            Self::Malformed => {
                "✗ is not a signature: 64 hexadecimal digits are expected, behind the prefix if the server sets one"
                    .into()
            }
            Self::Alone => {
                "- cannot be checked: webhook-id and webhook-timestamp (seconds since 1970) are signed too, and needed"
                    .into()
            }
            Self::Absent => "- not there".into(),
        }
    }

    /// Whether it holds; nothing where that cannot be said.
    pub(super) fn holds(self) -> Option<bool> {
        match self {
            Self::Holds | Self::HoldsFor(_) | Self::HoldsBefore => Some(true),
            Self::HoldsWithoutNewline | Self::Broken | Self::Malformed => Some(false),
            Self::Alone | Self::Absent => None,
        }
    }
}

/// Looks at both signatures of a request, at that time. `header` finds a header's value by its name.
pub(super) fn verdicts<'a>(
    secret: &Secret,
    signature_header: &'a str,
    signature_prefix: &str,
    header: impl Fn(&str) -> Option<&'a str>,
    body: &[u8],
    now: Timestamp,
) -> [(&'a str, Verdict); 2] {
    let examined = |name: &str| {
        let digits = header(name)?.strip_prefix(signature_prefix);
        let is_signature = |digits: &&str| digits.len() == 64 && digits.bytes().all(|digit| digit.is_ascii_hexdigit());
        let held = |digits: &str| held(body, |body| secret.verify_hex(digits, body));
        Some(digits.filter(is_signature).map_or(Verdict::Malformed, held))
    };
    let previous = examined(&format!("{signature_header}{}", request::PREVIOUS));
    let hexadecimal = match examined(signature_header).unwrap_or(Verdict::Absent) {
        Verdict::Broken if previous == Some(Verdict::Holds) => Verdict::HoldsBefore,
        verdict => verdict,
    };
    let standard = header(request::SIGNATURE).map_or(Verdict::Absent, |signatures| {
        let seconds = header(request::TIMESTAMP).and_then(|seconds| seconds.parse::<i64>().ok());
        let Some((id, seconds)) = header(request::ID).zip(seconds) else { return Verdict::Alone };
        let age = now.unix_seconds().abs_diff(seconds);
        match held(body, |body| secret.verify_standard(signatures, id, seconds, body)) {
            Verdict::Holds if age > TOLERANCE_SECONDS => Verdict::HoldsFor(age),
            verdict => verdict,
        }
    });
    [(signature_header, hexadecimal), (request::SIGNATURE, standard)]
}

fn held(body: &[u8], holds: impl Fn(&[u8]) -> bool) -> Verdict {
    let without = body.strip_suffix(b"\n").map(|body| body.strip_suffix(b"\r").unwrap_or(body));
    match without {
        _ if holds(body) => Verdict::Holds,
        Some(without) if holds(without) => Verdict::HoldsWithoutNewline,
        _ => Verdict::Broken,
    }
}

/// Says of each signature whether it holds. Fails when one does not, or none can be checked.
pub(super) fn run(args: &Args) -> Result<ExitCode, Box<dyn Error>> {
    let Args { secret, body, headers, signature_header, signature_prefix } = args;
    let body = read(body)?;
    let find = |name: &str| headers.iter().find(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str());
    let (secret, now) = (Secret::new(secret.clone()), Clock::system().now());
    let verdicts = verdicts(&secret, signature_header, signature_prefix, find, &body, now);
    for (header, verdict) in verdicts {
        print_line(format!("{header}: {}", verdict.words()))?;
    }
    let holds = verdicts.map(|(_, verdict)| verdict.holds());
    let held = holds.contains(&Some(true)) && !holds.contains(&Some(false));
    Ok(if held { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
