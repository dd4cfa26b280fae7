//! Which headers answers carry.

use actix_web::http::StatusCode;
use shared::Code;
use utoipa::{
    Modify,
    openapi::{
        OpenApi, Ref, RefOr,
        header::{Header, HeaderBuilder},
        path::Operation,
    },
};

/// What every answer carries.
pub(super) const REQUEST_ID: &str = "X-Request-Id";
const REPLAYED: &str = "Idempotent-Replayed";
pub(super) const RETRY_AFTER: &str = "Retry-After";

/// The headers that more than one operation answers with, as components.
pub(super) struct Headers;

impl Modify for Headers {
    fn modify(&self, document: &mut OpenApi) {
        let components = document.components.get_or_insert_default();
        for (name, description) in [
            (REQUEST_ID, "Names this request in the server's log"),
            (REPLAYED, "`true` when the request was carried out before"),
            (RETRY_AFTER, "In how many seconds to ask again"),
            ("WWW-Authenticate", "How to show who is calling"),
            ("ETag", "The version as it is now, for If-Match"),
            ("Location", "The job that is running"),
            ("Accept-Post", "The media types that are read"),
            ("Accept-Patch", "The media types that are read"),
        ] {
            components.headers.insert(name.into(), text(description).into());
        }
    }
}

fn text(description: &str) -> Header {
    HeaderBuilder::from(Header::default()).description(Some(description)).build()
}

/// A header of the components, by its name.
pub(super) fn reference(name: &str) -> (String, RefOr<Header>) {
    (name.to_owned(), RefOr::Ref(Ref::new(format!("#/components/headers/{name}"))))
}

/// Adds what every answer carries. A response that is a component has it from there.
pub(super) fn add(operation: &mut Operation) {
    for response in operation.responses.responses.values_mut() {
        if let RefOr::T(response) = response {
            response.headers.extend([reference(REQUEST_ID)]);
        }
    }
}

/// Adds what an answer carries that is given once more for the same `Idempotency-Key`.
pub(super) fn add_replayed(operation: &mut Operation) {
    let kept = [StatusCode::CREATED, StatusCode::ACCEPTED].map(|status| status.as_str().to_owned());
    for (status, response) in &mut operation.responses.responses {
        if let RefOr::T(response) = response
            && kept.contains(status)
        {
            response.headers.extend([reference(REPLAYED)]);
        }
    }
}

/// What a problem carries, whichever operation answers with it.
pub(super) fn of_problem(code: Code) -> &'static [&'static str] {
    match code {
        Code::Unauthenticated => &["WWW-Authenticate"],
        Code::IdempotencyInProgress
        | Code::TooManyRequests
        | Code::TooManyStreams
        | Code::StorageUnavailable
        | Code::StorageReadOnly
        | Code::StorageFull => &[RETRY_AFTER],
        Code::VersionMismatch => &["ETag"],
        Code::ResendJobRunning | Code::TenantExists => &["Location"],
        Code::MediaTypeNotSupported => &["Accept-Post", "Accept-Patch"],
        _ => &[],
    }
}
