//! The request as a command, to send it by hand.

use shared::Attempt;

/// What curl sets itself.
const SET_BY_CURL: [&str; 3] = ["content-length", "host", "accept"];

/// A longer payload, in bytes, comes from a file: Linux takes no more than 128 KiB in one word of a command.
const LONGEST: usize = 100_000;

/// Whether the command reads the payload from the file.
pub(super) fn needs_file(payload: &str) -> bool {
    payload.len() > LONGEST
}

/// The command for a POSIX shell. Credentials stay masked, as they are shown. `file`: where a long payload stands.
pub(super) fn command(attempt: &Attempt, payload: &str, file: &str) -> String {
    let data = if needs_file(payload) { quoted(&format!("@{file}")) } else { quoted(payload) };
    let headers: String = attempt
        .request_headers
        .iter()
        .filter(|header| !SET_BY_CURL.iter().any(|name| header.name.eq_ignore_ascii_case(name)))
        .map(|header| format!("  -H {} \\\n", quoted(&format!("{}: {}", header.name, header.value))))
        .collect();
    format!("curl -X POST {} \\\n{headers}  --data-binary {data}", quoted(&attempt.url))
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
