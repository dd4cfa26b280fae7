//! The request as a command, to send it by hand.

use super::request::{Body, CONTENT_TYPE};
use crate::hint;
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
        (true, false) => (format!("printf %s {} | base64 -d | ", quoted(&body.text)), "--data-binary @-".to_owned()),
        (true, true) => (format!("base64 -d < {} | ", quoted(file)), "--data-binary @-".to_owned()),
        (false, true) => (String::new(), format!("--data-binary {}", quoted(&format!("@{file}")))),
        // Raw: otherwise a body that begins with an @ would name a file of whoever runs the command.
        (false, false) => (String::new(), format!("--data-raw {}", quoted(&body.text))),
    };
    let mut headers: String = attempt
        .request_headers
        .iter()
        .filter(|header| !SET_BY_CURL.iter().any(|name| header.name.eq_ignore_ascii_case(name)))
        .map(|header| line(&header.name, &header.value))
        .collect();
    if hint::value(&attempt.request_headers, CONTENT_TYPE).is_none() {
        // Without a value it takes away the one that curl would add.
        headers += &format!("  -H '{CONTENT_TYPE}:' \\\n");
    }
    format!("{before}curl -X POST {} \\\n{headers}  {data}", quoted(&attempt.url))
}

/// A header of the command. One that is empty is written with a semicolon: with a colon it would not be sent.
fn line(name: &str, value: &str) -> String {
    let header = if value.is_empty() { format!("{name};") } else { format!("{name}: {value}") };
    format!("  -H {} \\\n", quoted(&header))
}

/// A text as one word of the shell, whatever it holds.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_header_is_one_all_the_same() {
        assert_eq!([line("a", "b"), line("a", "")], ["  -H 'a: b' \\\n", "  -H 'a;' \\\n"]);
    }

    #[test]
    fn a_payload_cannot_leave_its_quotes() {
        assert_eq!(quoted("it's $(rm -rf /) `x`"), r"'it'\''s $(rm -rf /) `x`'");
    }
}
