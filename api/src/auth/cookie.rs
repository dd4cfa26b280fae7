//! The cookie that holds a session's token.
//!
//! Over TLS it has the `__Host-` prefix, so that no other host and no plain page can set it. Browsers differ in whether they keep a
//! `Secure` cookie of http://localhost, so on plain http it has another name and no `Secure`.

use super::origin;
use crate::{app::Web, problem::Error};
use actix_web::HttpRequest;
use http::header;
use shared::{Code, Timestamp};

const NAME: &str = "__Host-hookwright";
const PLAIN_NAME: &str = "hookwright";

/// The token in a request's cookie. Over TLS the plain name does not count: any host of the same domain could have set it, to slip
/// a session of its own to somebody.
pub(crate) fn read<'a>(web: &Web, request: &'a HttpRequest) -> Option<&'a str> {
    let wanted = if is_secure(web, request) { NAME } else { PLAIN_NAME };
    let pairs = request.headers().get_all(header::COOKIE.as_str()).filter_map(|value| value.to_str().ok());
    let mut pairs = pairs.flat_map(|value| value.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(name, _)| *name == wanted).map(|(_, value)| value)
}

/// How strict the cookie of a session is.
#[derive(Clone, Copy)]
pub(crate) enum Kind {
    /// Over plain http.
    Plain,
    /// Over TLS.
    Strict,
    /// Over TLS, inside the pages of another site. It is good only there.
    Framed,
}

impl Kind {
    /// What the connection lets the cookie be. One that others can read is refused, unless the operator of the server has set a public
    /// URL that says so, as a cookie that they could read would be theirs too.
    pub(crate) fn of(web: &Web, request: &HttpRequest) -> Result<Self, Error> {
        if is_secure(web, request) {
            return Ok(Self::Strict);
        }
        if origin::names_loopback(request) || web.public_url.is_some() {
            return Ok(Self::Plain);
        }
        let detail = "Sign in over https, or on the server's own machine by localhost. Behind a proxy that speaks TLS, set \
                      HOOKWRIGHT_PUBLIC_URL to its address.";
        Err(Error::new(Code::HttpsRequired, detail))
    }

    /// The same where pages of another site may show the portal.
    #[must_use]
    pub(crate) fn framed(self) -> Self {
        match self {
            Self::Plain => Self::Plain,
            Self::Strict | Self::Framed => Self::Framed,
        }
    }

    /// The `Set-Cookie` of a session that ends at `expires_at`.
    pub(crate) fn of_session(self, token: &str, now: Timestamp, expires_at: Timestamp) -> String {
        let seconds = expires_at.unix_seconds() - now.unix_seconds();
        let (name, attributes) = match self {
            Self::Plain => (PLAIN_NAME, "; SameSite=Strict"),
            Self::Strict => (NAME, "; Secure; SameSite=Strict"),
            Self::Framed => (NAME, "; Secure; SameSite=None; Partitioned"),
        };
        format!("{name}={token}; Path=/; HttpOnly; Max-Age={seconds}{attributes}")
    }
}

/// The `Set-Cookie`s that take a session's cookie away, whichever it is. Browsers keep one that is partitioned apart.
pub(crate) fn ended() -> [String; 3] {
    let now = Timestamp::from_micros(0);
    [Kind::Framed, Kind::Strict, Kind::Plain].map(|kind| kind.of_session("", now, now))
}

/// Our own TLS, or a proxy's that says so. A wrong word here harms only whoever says it.
fn is_secure(web: &Web, request: &HttpRequest) -> bool {
    let forwarded = request.headers().get("x-forwarded-proto");
    web.is_https() || forwarded.is_some_and(|proto| proto.as_bytes().eq_ignore_ascii_case(b"https"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::test::TestRequest;

    #[test]
    fn the_cookie_is_found_among_others_and_over_tls_only_by_the_name_that_no_other_host_can_set() {
        let read = |proto: &str, cookies: &str| {
            let request = TestRequest::default().insert_header(("cookie", cookies));
            let request = request.insert_header(("x-forwarded-proto", proto)).to_http_request();
            super::read(&Web::default(), &request).map(str::to_owned)
        };
        assert_eq!(read("http", "theme=dark; hookwright=abc; x=y").as_deref(), Some("abc"));
        assert_eq!(read("http", "xhookwright=abc; a"), None);
        assert_eq!(read("https", "hookwright=evil; __Host-hookwright=abc").as_deref(), Some("abc"));
        assert_eq!(read("https", "hookwright=evil"), None);
    }

    #[test]
    fn the_cookie_is_as_strict_as_the_connection_lets_it() {
        let at = |seconds: i64| Timestamp::from_micros(seconds * 1_000_000);
        assert_eq!(
            Kind::Strict.of_session("abc", at(0), at(60)),
            "__Host-hookwright=abc; Path=/; HttpOnly; Max-Age=60; Secure; SameSite=Strict"
        );
        assert!(Kind::Strict.framed().of_session("abc", at(0), at(60)).ends_with("Secure; SameSite=None; Partitioned"));
        assert_eq!(
            Kind::Plain.framed().of_session("abc", at(0), at(60)),
            "hookwright=abc; Path=/; HttpOnly; Max-Age=60; SameSite=Strict"
        );
        let ended = [
            "__Host-hookwright=; Path=/; HttpOnly; Max-Age=0; Secure; SameSite=None; Partitioned",
            "__Host-hookwright=; Path=/; HttpOnly; Max-Age=0; Secure; SameSite=Strict",
            "hookwright=; Path=/; HttpOnly; Max-Age=0; SameSite=Strict",
        ];
        assert_eq!(super::ended(), ended);
    }
}
