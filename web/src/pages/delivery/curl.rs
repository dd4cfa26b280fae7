//! The request as a command, to send it by hand.

use super::request::Body;
use shared::Attempt;

/// What curl sets itself.
const SET_BY_CURL: [&str; 3] = ["content-length", "host", "accept"];

/// A longer body, in bytes, comes from a file: Linux takes no more than 128 KiB in one word of a command.
const LONGEST: usize = 100_000;

/// Whether the command reads the body from the file.
pub(super) fn needs_file(body: &Body) -> bool {
    body.text.len() > LONGEST
}

/// The command for a POSIX shell. Credentials stay masked, as they are shown. `file`: where a long body stands.
pub(super) fn command(attempt: &Attempt, body: &Body, file: &str) -> String {
    let (before, data) = match (body.is_base64, needs_file(body)) {
        (true, false) => (format!("printf %s {} | base64 -d | ", quoted(&body.text)), quoted("@-")),
        (true, true) => (format!("base64 -d < {} | ", quoted(file)), quoted("@-")),
        (false, true) => (String::new(), quoted(&format!("@{file}"))),
        (false, false) => (String::new(), quoted(&body.text)),
    };
    let headers: String = attempt
        .request_headers
        .iter()
        .filter(|header| !SET_BY_CURL.iter().any(|name| header.name.eq_ignore_ascii_case(name)))
        .map(|header| format!("  -H {} \\\n", quoted(&format!("{}: {}", header.name, header.value))))
        .collect();
    format!("{before}curl -X POST {} \\\n{headers}  --data-binary {data}", quoted(&attempt.url))
}

/// A text as one word of the shell, whatever it holds.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_payload_cannot_leave_its_quotes() {
        assert_eq!(quoted("it's $(rm -rf /) `x`"), r"'it'\''s $(rm -rf /) `x`'");
    }
}
