//! The rules for payload URLs that need no parser.

use crate::Code;

const MAX_URL_BYTES: usize = 2_048;

/// Why a text cannot be a payload URL, if it cannot. The server looks more closely.
pub fn check_payload_url(url: &str) -> Result<(), (Code, &'static str)> {
    if url.len() > MAX_URL_BYTES {
        return Err((Code::UrlTooLong, "A payload URL can have at most 2,048 bytes."));
    }
    if url.bytes().any(|byte| byte < b' ' || byte == 0x7f) || url.trim_matches(' ') != url {
        return Err((Code::UrlControlChar, "Remove the space or control character."));
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
        return Err((Code::UrlControlChar, "Remove the space, or write it as %20."));
    }
    if authority.contains('@') {
        return Err((Code::UrlUserinfoNotAllowed, "Remove the username and password, and use Basic authentication."));
    }
    if authority.split(['.', ':']).any(|label| label.starts_with('-') || label.ends_with('-')) {
        return Err((Code::UrlInvalid, "No part of a host's name begins or ends with a hyphen."));
    }
    if url.contains('#') {
        return Err((Code::UrlFragmentNotAllowed, "Remove the # and what follows it: it is never sent."));
    }
    Ok(())
}

/// Whether two payload URLs lead to the same server: their scheme, host and port are the same. A host that is written in two ways, such as
/// in Unicode and in punycode, counts as two.
pub fn is_same_origin(one: &str, other: &str) -> bool {
    origin(one).is_some_and(|one| origin(other) == Some(one))
}

/// The scheme, host and port that a payload URL names.
fn origin(url: &str) -> Option<(bool, String, u16)> {
    check_payload_url(url).ok()?;
    let (scheme, rest) = url.split_once("://")?;
    let is_https = scheme.eq_ignore_ascii_case("https");
    let authority = rest.split(['/', '?']).next()?;
    let (host, port) = match authority.rsplit_once(':') {
        // A colon inside the brackets is one of an IPv6 address.
        Some((host, port)) if !port.ends_with(']') => (host, port),
        _ => (authority, ""),
    };
    let port = match port {
        "" if is_https => 443,
        "" => 80,
        port => port.parse().ok()?,
    };
    // Parsers take what follows for the host then.
    (!host.is_empty()).then(|| (is_https, host.to_ascii_lowercase(), port))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use url::Url;

    #[test]
    fn an_origin_is_scheme_host_and_port() {
        for same in [
            "https://example.com",
            "https://example.com/",
            "https://example.com:443/hook",
            "https://example.com:/hook",
            "HTTPS://Example.COM/other?to=https://evil.example",
            "https://example.com?q",
        ] {
            assert!(is_same_origin("https://example.com/hook", same), "{same}");
        }
        for other in [
            "http://example.com/hook",
            "https://example.com:8443/hook",
            "https://example.com./hook",
            "https://www.example.com/hook",
            "https://example.com.evil.example/hook",
            "https://evil.example/https://example.com/hook",
            "https://example.com@evil.example/hook",
            "https://example.com\\.evil.example/hook",
            "https://example.com:99999/hook",
            "https:///example.com/hook",
            "",
        ] {
            assert!(!is_same_origin("https://example.com/hook", other), "{other}");
        }
        assert!(is_same_origin("http://[::1]/a", "http://[::1]:80/b"));
        assert!(!is_same_origin("http://[::1]/a", "http://[::1]:1/b"));
        assert!(!is_same_origin("https:///a.example", "https:///b.example"));
    }

    proptest! {
        /// What has the same origin here must have it for whoever connects.
        #[test]
        fn no_parser_finds_two_servers_in_one_origin(
            scheme in "(https|HTTP|http)",
            authority in "[aB1.:@\\\\/%\\[\\]-]{0,8}",
            one in "[/?#\\\\:@]?[a-c.@:/]{0,6}",
            other in "[/?#\\\\:@]?[a-c.@:/]{0,6}",
        ) {
            let [one, other] = [one, other].map(|tail| format!("{scheme}://{authority}{tail}"));
            if is_same_origin(&one, &other) && let (Ok(one), Ok(other)) = (Url::parse(&one), Url::parse(&other)) {
                prop_assert_eq!(one.origin(), other.origin());
            }
        }
    }
}
