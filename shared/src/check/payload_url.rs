//! The rules for a payload URL that need no parser.

use crate::Code;

const MAX_URL_BYTES: usize = 2_048;

/// Why a text cannot be a payload URL, if it cannot. The server looks more closely.
pub fn check_payload_url(url: &str) -> Result<(), (Code, &'static str)> {
    if url.len() > MAX_URL_BYTES {
        return Err((Code::UrlTooLong, "A payload URL has at most 2,048 bytes."));
    }
    if url.bytes().any(|byte| byte < b' ' || byte == 0x7f) || url.trim_matches(' ') != url {
        return Err((Code::UrlControlChar, "Take out the space or control character."));
    }
    let Some((scheme, rest)) = url.split_once(':') else {
        return Err((Code::UrlInvalid, "Write the whole URL, for example https://example.com/webhooks."));
    };
    if scheme.is_empty() || !scheme.bytes().all(|b| b.is_ascii_alphanumeric() || b"+-.".contains(&b)) {
        return Err((Code::UrlInvalid, "Write the whole URL, for example https://example.com/webhooks."));
    }
    if !scheme.eq_ignore_ascii_case("https") && !scheme.eq_ignore_ascii_case("http") {
        return Err((
            Code::UrlSchemeNotAllowed,
            "Begin the URL with https:// or, where this server allows it, http://.",
        ));
    }
    let Some(rest) = rest.strip_prefix("//") else {
        return Err((Code::UrlNotCanonical, "Write https:// and then the host."));
    };
    if url.contains('\\') {
        return Err((Code::UrlNotCanonical, "Write / instead of \\: programs read a backslash in different ways."));
    }
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    if authority.contains(' ') {
        return Err((Code::UrlInvalid, "A host's name has no spaces."));
    }
    if rest.contains(' ') {
        return Err((Code::UrlControlChar, "Take out the space, or write it as %20."));
    }
    if authority.contains('@') {
        return Err((Code::UrlUserinfoNotAllowed, "Take the user name and password out and use Basic authentication."));
    }
    if authority.split(['.', ':']).any(|label| label.starts_with('-') || label.ends_with('-')) {
        return Err((Code::UrlInvalid, "No part of a host's name begins or ends with a hyphen."));
    }
    if url.contains('#') {
        return Err((Code::UrlFragmentNotAllowed, "Take out the # and what follows it: it is never sent."));
    }
    Ok(())
}
