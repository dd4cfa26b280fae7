//! What is refused before any route sees it: what is too long, and what comes from somewhere else.
//!
//! Without accounts the server serves this machine only. A page on another site could still make a browser send to it, by a name that
//! resolves to loopback (DNS rebinding) or by a plain cross-site write; both are refused.

use crate::problem::Error;
use actix_web::{
    body::MessageBody,
    dev::{ServiceRequest, ServiceResponse},
    http::{ConnectionType, header},
    middleware::Next,
};
use shared::Code;
use std::net::IpAddr;

const MAX_URI: usize = 8 * 1024;
const MAX_HEADERS: usize = 16 * 1024;

/// Refuses what is too long or comes from somewhere else.
pub(super) async fn check(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<impl MessageBody>, actix_web::Error> {
    if let Err(error) = one_end(&request) {
        let mut response = request.error_response(error);
        response.response_mut().head_mut().set_connection_type(ConnectionType::Close);
        return Ok(response.map_into_boxed_body());
    }
    match within_limits(&request).and_then(|()| from_here(&request)) {
        Ok(()) => Ok(next.call(request).await?.map_into_boxed_body()),
        Err(error) => Ok(request.error_response(error).map_into_boxed_body()),
    }
}

/// Refuses a body whose end a proxy before us may have seen elsewhere (request smuggling; RFC 9112, section 6.1).
fn one_end(request: &ServiceRequest) -> Result<(), Error> {
    let has = |name| request.headers().contains_key(name);
    if has(header::TRANSFER_ENCODING) && has(header::CONTENT_LENGTH) {
        let detail = "Send either Content-Length or Transfer-Encoding, not both.";
        return Err(Error::new(Code::RequestInvalid, detail));
    }
    Ok(())
}

fn within_limits(request: &ServiceRequest) -> Result<(), Error> {
    if request.uri().to_string().len() > MAX_URI {
        return Err(Error::new(Code::UriTooLong, "A URI has at most 8 KiB."));
    }
    let size: usize = request.headers().iter().map(|(name, value)| name.as_str().len() + value.len() + 4).sum();
    if size > MAX_HEADERS {
        return Err(Error::new(Code::HeadersTooLarge, "The headers have at most 16 KiB in all."));
    }
    Ok(())
}

fn from_here(request: &ServiceRequest) -> Result<(), Error> {
    let text = |name| request.headers().get(name).and_then(|value: &header::HeaderValue| value.to_str().ok());
    let host = request.uri().authority().map(|a| a.as_str()).or_else(|| text(header::HOST)).unwrap_or_default();
    if !is_loopback(host) {
        let detail = "Until accounts exist the server answers on this machine only: call it by localhost or 127.0.0.1.";
        return Err(Error::new(Code::HostNotAllowed, detail));
    }
    if request.method().is_safe() {
        return Ok(());
    }
    let same_site = match text(header::HeaderName::from_static("sec-fetch-site")) {
        Some(site) => matches!(site, "same-origin" | "none"),
        None => true,
    };
    let same_origin =
        text(header::ORIGIN).is_none_or(|origin| origin.split_once("://").is_some_and(|(_, o)| o == host));
    if same_site && same_origin {
        return Ok(());
    }
    Err(Error::new(
        Code::Csrf,
        "A page of another site asked for this change. Make it from the portal, or without a browser.",
    ))
}

/// Whether a `Host` names this machine by its loopback name or address.
fn is_loopback(host: &str) -> bool {
    let name = match host.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or_default(),
        None => host.split(':').next().unwrap_or_default(),
    };
    name.eq_ignore_ascii_case("localhost") || name.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::{http::Method, test::TestRequest};

    #[test]
    fn only_loopback_names_are_answered() {
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
            assert_eq!(is_loopback(host), fine, "{host}");
        }
    }

    #[test]
    fn writes_from_another_site_are_refused() {
        for (headers, fine) in [
            (&[][..], true),
            (&[("sec-fetch-site", "same-origin"), ("origin", "http://localhost:8080")], true),
            (&[("sec-fetch-site", "cross-site")], false),
            (&[("sec-fetch-site", "same-site")], false),
            (&[("origin", "https://evil.example")], false),
            (&[("origin", "null")], false),
        ] {
            let mut request = TestRequest::with_uri("/").method(Method::POST).insert_header(("host", "localhost:8080"));
            for header in headers {
                request = request.insert_header(*header);
            }
            assert_eq!(from_here(&request.to_srv_request()).is_ok(), fine, "{headers:?}");
        }
    }
}
