//! Preflight: what was seen at a payload URL, and what to think of. Advice, never a block.

use crate::{
    app::App,
    clock::micros,
    delivery::{
        guard::Refused,
        resolver::ResolveError,
        scout::{Finding, Head, Resolved, Sighting},
    },
    problem::Error,
};
use shared::{
    Code, Failure, FieldError, Id, NewPreflight, Preflight, PreflightAdvice, PreflightDns, PreflightHttp, PreflightTls,
    Timestamp,
};
use std::time::Duration;
use url::Url;

/// An answer that takes longer is slow: an attempt has two seconds by default.
const SLOW: Duration = Duration::from_secs(1);
/// How long whoever finds too many others looking shall wait: by then these are through.
const RETRY_AFTER_SECONDS: u64 = 3;
/// A certificate that is valid for fewer days ends soon.
const SOON_DAYS: i64 = 14;

/// Looks at a URL.
pub(crate) async fn look(app: &App, tenant_id: Id, new: NewPreflight) -> Result<Preflight, Error> {
    let url = match app.scout.check(&new.url) {
        Ok(url) => url,
        Err(refused) => return Ok(cannot_be_saved(refused)),
    };
    let Some(_slot) = app.scout.slot(tenant_id) else {
        let detail = "Too many URL checks are running. Try again in a moment.";
        return Err(Error::later(Code::TooManyRequests, detail, RETRY_AFTER_SECONDS));
    };
    let sighting = app.scout.look(&url).await.map_err(Error::internal)?;
    Ok(present(&url, sighting, app.clock.now()))
}

fn cannot_be_saved(refused: Refused) -> Preflight {
    let problem = Error::invalid(vec![FieldError::new("/url", refused.code, refused.detail)]).problem();
    let advice = vec![PreflightAdvice::UrlRefused];
    Preflight { url_ok: false, problem: Some(problem), dns: None, tls: None, http: None, advice }
}

fn present(url: &Url, sighting: Sighting, now: Timestamp) -> Preflight {
    let Sighting { dns, answer } = sighting;
    if let Some((Err(ResolveError::Blocked(refused)), _)) = dns {
        return cannot_be_saved(refused);
    }
    let advice = advice(url, dns.as_ref().map(|(found, _)| found), answer.as_ref(), now);
    let tls = (url.scheme() == "https").then(|| answer.as_ref().and_then(|(answer, _)| tls(answer, now))).flatten();
    let http = answer.and_then(|(answer, duration)| match answer {
        Ok(Head { status, location, certificate: _ }) => Some(PreflightHttp {
            status: Some(status),
            duration_us: micros(duration),
            redirect_to: location.filter(|_| redirects(status)),
            error: None,
        }),
        Err((Failure::Tls | Failure::CertificateExpired, _)) => None,
        Err((_, error)) => {
            Some(PreflightHttp { status: None, duration_us: micros(duration), redirect_to: None, error: Some(error) })
        }
    });
    let dns = dns.map(|(found, duration)| {
        let (addresses, error) = match found {
            Ok(addresses) => (addresses.iter().map(ToString::to_string).collect(), None),
            Err(error) => (Vec::new(), Some(error.to_string())),
        };
        PreflightDns { ok: error.is_none(), addresses, duration_us: micros(duration), error }
    });
    Preflight { url_ok: true, problem: None, dns, tls, http, advice }
}

fn tls(answer: &Finding, now: Timestamp) -> Option<PreflightTls> {
    match answer {
        Ok(head) => {
            let certificate = head.certificate.as_ref();
            Some(PreflightTls {
                ok: true,
                days_left: certificate.map(|certificate| days_between(now, certificate.expires_at)),
                expires_at: certificate.map(|certificate| certificate.expires_at),
                issuer: certificate.map(|certificate| certificate.issuer.clone()),
                error: None,
            })
        }
        Err((Failure::Tls | Failure::CertificateExpired, error)) => Some(PreflightTls {
            ok: false,
            days_left: None,
            expires_at: None,
            issuer: None,
            error: Some(error.clone()),
        }),
        // It was not reached.
        Err(_) => None,
    }
}

fn advice(
    url: &Url,
    dns: Option<&Resolved>,
    answer: Option<&(Finding, Duration)>,
    now: Timestamp,
) -> Vec<PreflightAdvice> {
    use PreflightAdvice as Advice;
    let mut advice = Vec::new();
    let mut add = |wanted: bool, one| advice.extend(wanted.then_some(one));
    add(url.scheme() == "http", Advice::PlainHttp);
    add(dns.is_some_and(Result::is_err), Advice::DnsFailed);
    match answer {
        Some((Ok(Head { status, location: _, certificate }), duration)) => {
            let days_left = certificate.as_ref().map(|certificate| days_between(now, certificate.expires_at));
            add(days_left.is_some_and(|days| days < SOON_DAYS), Advice::TlsExpiresSoon);
            add(redirects(*status), Advice::Redirects);
            // Whoever takes POST only may say so with a 501.
            add(*status >= 500 && *status != 501, Advice::ServerError);
            add(*duration > SLOW, Advice::Slow);
        }
        Some((Err((failure, _)), _)) => {
            let one = match failure {
                Failure::Dns => Advice::DnsFailed,
                Failure::BlockedAddress => Advice::AddressBlocked,
                Failure::Tls | Failure::CertificateExpired => Advice::TlsFailed,
                Failure::ConnectRefused | Failure::ConnectTimeout | Failure::ConnectFailed => Advice::ConnectFailed,
                _ => Advice::NoAnswer,
            };
            add(true, one);
        }
        None => {}
    }
    advice
}

fn redirects(status: u16) -> bool {
    matches!(status, 301 | 302 | 303 | 307 | 308)
}

fn days_between(from: Timestamp, to: Timestamp) -> i64 {
    (to.unix_seconds() - from.unix_seconds()).div_euclid(86_400)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::delivery::scout::Validity;

    const NOW: Timestamp = Timestamp::from_micros(1_751_997_680_000_000);

    fn seen(answer: Finding, duration: Duration) -> Preflight {
        let url = Url::parse("https://example.com/hook").unwrap();
        let dns = Some((Ok(vec!["93.184.216.34".parse().unwrap()]), Duration::from_millis(3)));
        present(&url, Sighting { dns, answer: Some((answer, duration)) }, NOW)
    }

    fn head(status: u16, days: i64) -> Head {
        let expires_at = NOW.plus_seconds(days * 86_400 + 60);
        let certificate = Some(Validity { expires_at, issuer: "CN=Example".into() });
        Head { status, location: Some("/elsewhere".into()), certificate }
    }

    #[test]
    fn a_receiver_that_takes_only_posts_is_fine() {
        assert_eq!(seen(Ok(head(501, 60)), Duration::from_millis(40)).advice, []);
        let preflight = seen(Ok(head(405, 60)), Duration::from_millis(40));
        assert_eq!(preflight.advice, []);
        let (tls, http) = (preflight.tls.unwrap(), preflight.http.unwrap());
        assert_eq!((tls.ok, tls.days_left, tls.issuer.as_deref()), (true, Some(60), Some("CN=Example")));
        assert_eq!((http.status, http.duration_us, http.redirect_to), (Some(405), 40_000, None));
    }

    #[test]
    fn each_trouble_has_its_advice() {
        use PreflightAdvice as Advice;
        let fast = Duration::from_millis(1);
        assert_eq!(seen(Ok(head(200, 13)), fast).advice, [Advice::TlsExpiresSoon]);
        assert_eq!(seen(Ok(head(308, 60)), fast).advice, [Advice::Redirects]);
        assert_eq!(seen(Ok(head(502, 60)), Duration::from_millis(1_001)).advice, [Advice::ServerError, Advice::Slow]);
        for (failure, one) in [
            (Failure::Tls, Advice::TlsFailed),
            (Failure::CertificateExpired, Advice::TlsFailed),
            (Failure::ConnectRefused, Advice::ConnectFailed),
            (Failure::ConnectTimeout, Advice::ConnectFailed),
            (Failure::Timeout, Advice::NoAnswer),
            (Failure::BlockedAddress, Advice::AddressBlocked),
        ] {
            assert_eq!(seen(Err((failure, "why".into())), fast).advice, [one]);
        }
    }

    #[test]
    fn what_was_not_reached_is_not_there() {
        let preflight =
            seen(Err((Failure::CertificateExpired, "certificate expired".into())), Duration::from_millis(1));
        assert_eq!((preflight.tls.unwrap().error.as_deref(), preflight.http), (Some("certificate expired"), None));
        let preflight = seen(Err((Failure::ConnectRefused, "refused".into())), Duration::from_millis(1));
        assert_eq!((preflight.tls, preflight.http.unwrap().error.as_deref()), (None, Some("refused")));
        let url = Url::parse("https://example.com/").unwrap();
        let dns = Some((Err(ResolveError::NotFound("no such name".into())), Duration::from_millis(1)));
        let preflight = present(&url, Sighting { dns, answer: None }, NOW);
        assert_eq!(preflight.advice, [PreflightAdvice::DnsFailed]);
        assert_eq!((preflight.dns.unwrap().ok, preflight.tls, preflight.http), (false, None, None));
    }
}
