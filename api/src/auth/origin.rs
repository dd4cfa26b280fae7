//! Where a browser's request comes from: writes from pages of other sites are refused, and so are names that are not ours.

use crate::{app::Web, problem::Error};
use actix_web::{
    HttpRequest,
    http::header::{self, HeaderName, HeaderValue},
};
use shared::Code;
use std::net::IpAddr;

/// Whether a request must show that a page of ours made it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Proof {
    /// It carries a cookie, which a browser adds by itself: nothing but a proof will do.
    Required,
    /// It carries no cookie; it is refused only if it says that another site made it.
    IfBrowser,
}

/// Refuses what a page of another site asks for. `Sec-Fetch-Site` decides where the browser sends it, as behind a proxy the `Host`
/// may be another one than the browser knows; `Origin` where it does not.
pub(super) fn check_site(request: &HttpRequest, proof: Proof) -> Result<(), Error> {
    if request.method().is_safe() {
        return Ok(());
    }
    let fine = match (text(request, "sec-fetch-site"), text(request, header::ORIGIN.as_str())) {
        (Some(site), _) => matches!(site, "same-origin" | "none"),
        (None, Some(origin)) => origin.split_once("://").is_some_and(|(_, of)| of == host(request)),
        (None, None) => proof == Proof::IfBrowser,
    };
    if fine {
        return Ok(());
    }
    Err(Error::new(
        Code::Csrf,
        "A page of another site asked for this change. Make it from the portal, or with an API key.",
    ))
}

/// Refuses a name that is not ours: a page of another site could have it resolve to us (DNS rebinding).
pub(super) fn check_host(web: &Web, request: &HttpRequest) -> Result<(), Error> {
    let name = name_of(host(request));
    let public = web.public_url.as_ref().and_then(|url| url.host_str());
    let fine = is_loopback(name)
        || match public {
            Some(public) => public.trim_matches(['[', ']']).eq_ignore_ascii_case(name),
            None => !web.loopback_only,
        };
    if fine {
        return Ok(());
    }
    let detail =
        "The server is not known by this name. Set HOOKWRIGHT_PUBLIC_URL to the address that it is reached by.";
    Err(Error::new(Code::HostNotAllowed, detail))
}

/// Whether the request calls this machine by its loopback name or address.
pub(super) fn names_loopback(request: &HttpRequest) -> bool {
    is_loopback(name_of(host(request)))
}

fn text<'a>(request: &'a HttpRequest, name: &str) -> Option<&'a str> {
    request.headers().get(name).and_then(|value: &HeaderValue| value.to_str().ok())
}

fn host(request: &HttpRequest) -> &str {
    let authority = request.uri().authority().map(|authority| authority.as_str());
    authority.or_else(|| text(request, HeaderName::as_str(&header::HOST))).unwrap_or_default()
}

fn name_of(host: &str) -> &str {
    match host.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or_default(),
        None => host.split(':').next().unwrap_or_default(),
    }
}

fn is_loopback(name: &str) -> bool {
    name.eq_ignore_ascii_case("localhost") || name.parse().is_ok_and(is_loopback_address)
}

/// Whether the address is this machine's own, also as IPv6 writes an IPv4 address.
pub(super) fn is_loopback_address(address: IpAddr) -> bool {
    address.to_canonical().is_loopback()
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::{http::Method, test::TestRequest};

    fn with_host(host: &str) -> HttpRequest {
        TestRequest::default().insert_header(("host", host)).to_http_request()
    }

    #[test]
    fn on_loopback_only_loopback_names_are_ours() {
        let web = Web { loopback_only: true, ..Web::default() };
        for (host, fine) in [
            ("localhost", true),
            ("LOCALHOST:8080", true),
            ("127.0.0.1:8080", true),
            ("[::1]:8080", true),
            ("127.0.0.1.evil.example", false),
            ("evil.example:8080", false),
            ("10.0.0.1", false),
            ("", false),
        ] {
            assert_eq!(check_host(&web, &with_host(host)).is_ok(), fine, "{host}");
        }
    }

    #[test]
    fn with_a_public_url_its_name_is_ours_too() {
        let web = Web { public_url: Some("https://hooks.example.com".parse().unwrap()), ..Web::default() };
        assert!(check_host(&web, &with_host("hooks.example.com")).is_ok());
        assert!(check_host(&web, &with_host("localhost:8080")).is_ok());
        assert!(check_host(&web, &with_host("evil.example")).is_err());
        assert!(check_host(&Web::default(), &with_host("10.0.0.1:8080")).is_ok(), "whatever reaches an open port");
    }

    #[test]
    fn writes_from_another_site_are_refused() {
        for (headers, with_cookie, without) in [
            (&[][..], false, true),
            (&[("sec-fetch-site", "same-origin"), ("origin", "http://localhost:8080")], true, true),
            (&[("sec-fetch-site", "same-origin"), ("origin", "http://localhost:8081")], true, true),
            (&[("sec-fetch-site", "cross-site"), ("origin", "http://localhost:8080")], false, false),
            (&[("sec-fetch-site", "same-site")], false, false),
            (&[("origin", "http://localhost:8080")], true, true),
            (&[("origin", "https://evil.example")], false, false),
            (&[("origin", "null")], false, false),
        ] {
            let mut request = TestRequest::with_uri("/").method(Method::POST).insert_header(("host", "localhost:8080"));
            for header in headers {
                request = request.insert_header(*header);
            }
            let request = request.to_http_request();
            assert_eq!(check_site(&request, Proof::Required).is_ok(), with_cookie, "{headers:?}");
            assert_eq!(check_site(&request, Proof::IfBrowser).is_ok(), without, "{headers:?}");
        }
    }
}
