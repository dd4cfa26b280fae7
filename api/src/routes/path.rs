//! Ids and names in paths.

use crate::problem::Error;
use actix_web::{
    FromRequest, HttpRequest,
    dev::Payload,
    http::header::{self, HeaderName},
    web::Path,
};
use shared::{Code, Id, is_external_id, paths};
use std::{
    fmt::Display,
    future::{Ready, ready},
};

/// The id in `{id}`.
pub(super) struct PathId(pub(super) Id);

impl FromRequest for PathId {
    type Error = Error;
    type Future = Ready<Result<Self, Error>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let id = request.match_info().query("id").parse();
        let detail = "An id has 26 characters, digits and letters, for example 01JZNK5ZQBNF623MB5KE64GNQB.";
        ready(id.map(Self).map_err(|_| Error::new(Code::IdInvalid, detail)))
    }
}

/// What names a tenant in `{id}`: its id, or the platform's own of it.
pub(super) struct PathTenant(pub(super) String);

impl FromRequest for PathTenant {
    type Error = Error;
    type Future = Ready<Result<Self, Error>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let named = Path::<String>::from_request(request, payload).into_inner().map(Path::into_inner);
        let named = named.ok().filter(|text| is_external_id(text));
        let detail = "A tenant is named by its id, or by the one that the platform gave it: at most 255 printable ASCII characters without spaces.";
        ready(named.map(Self).ok_or_else(|| Error::new(Code::IdInvalid, detail)))
    }
}

/// The same, as the document tells of it.
#[derive(utoipa::IntoParams)]
#[into_params(parameter_in = Path)]
#[expect(dead_code, reason = "what the document says; `PathTenant` reads it")]
pub(super) struct TenantParams {
    /// The tenant's id, or the platform's own of it, percent-encoded
    #[param(min_length = 1, max_length = 255)]
    id: String,
}

/// The name of an event type in `{name}`. Nothing is found by what cannot be one.
pub(super) struct PathName(pub(super) String);

impl FromRequest for PathName {
    type Error = Error;
    type Future = Ready<Result<Self, Error>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let name = Path::<String>::from_request(request, payload).into_inner().map(Path::into_inner);
        let name = name.ok().filter(|name| name.bytes().all(|byte| byte.is_ascii_graphic()));
        ready(name.map(Self).ok_or_else(Error::not_found))
    }
}

/// The header that says where something new is found, below the API.
pub(super) fn location(place: impl Display) -> (HeaderName, String) {
    (header::LOCATION, format!("{}/{place}", paths::API))
}
