//! What is refused before anything looks at it: because it is too long, or because others would understand it differently.

use crate::{auth::check::TENANT, problem::Error, routes::idempotency};
use actix_web::{
    body::MessageBody,
    dev::{ServiceRequest, ServiceResponse},
    http::{
        ConnectionType,
        header::{self, HeaderName},
    },
    middleware::Next,
};
use shared::{Code, paths};

const MAX_URI: usize = 8 * 1024;
const MAX_HEADERS: usize = 16 * 1024;
/// Headers that say who calls, for whom, from where, and how the body is to be read.
static ONCE: [HeaderName; 7] = [
    header::AUTHORIZATION,
    HeaderName::from_static(TENANT),
    header::ORIGIN,
    HeaderName::from_static("sec-fetch-site"),
    header::CONTENT_TYPE,
    header::IF_MATCH,
    HeaderName::from_static(idempotency::KEY),
];

/// Refuses a request that no handler shall see.
pub(super) async fn check(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<impl MessageBody>, actix_web::Error> {
    if let Err(error) = one_end(&request) {
        let mut response = request.error_response(error);
        response.response_mut().head_mut().set_connection_type(ConnectionType::Close);
        return Ok(response.map_into_boxed_body());
    }
    match plainly_spelled(&request).and_then(|()| of_one_mind(&request)).and_then(|()| within_limits(&request)) {
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

/// Refuses another spelling of the API's path, such as `/%61pi/`: the routes would take it for the same, and what is decided by the
/// path before them (who may come in, what is kept in no cache) would not.
fn plainly_spelled(request: &ServiceRequest) -> Result<(), Error> {
    let (sent, understood) = (request.path(), request.match_info().as_str());
    if understood.starts_with(paths::ROOT) && !sent.starts_with(paths::ROOT) { Err(Error::not_found()) } else { Ok(()) }
}

/// Refuses two headers that contradict each other: a proxy before us may have gone by the other one.
fn of_one_mind(request: &ServiceRequest) -> Result<(), Error> {
    match ONCE.iter().find(|name| request.headers().get_all(*name).nth(1).is_some()) {
        Some(name) => Err(Error::new(Code::RequestInvalid, format!("The header {name} appears twice. Send it once."))),
        None => Ok(()),
    }
}

fn within_limits(request: &ServiceRequest) -> Result<(), Error> {
    let uri = request.uri();
    let length = |part: Option<&str>| part.map_or(0, str::len);
    let authority = length(uri.authority().map(|authority| authority.as_str()));
    if authority + length(uri.path_and_query().map(|path| path.as_str())) > MAX_URI {
        return Err(Error::new(Code::UriTooLong, "A URI has at most 8 KiB."));
    }
    let size: usize = request.headers().iter().map(|(name, value)| name.as_str().len() + value.len() + 4).sum();
    if size > MAX_HEADERS {
        return Err(Error::new(Code::HeadersTooLarge, "The headers have at most 16 KiB in all."));
    }
    Ok(())
}
