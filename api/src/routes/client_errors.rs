//! `/client-errors`: what broke in somebody's browser.

use super::body::Body;
use crate::{app::App, auth::check, client_errors, problem::Error};
use actix_web::{HttpRequest, HttpResponse, post, web::Data};
use shared::ClientError;

/// How large a report may be, in bytes: anybody may send one.
const MOST: usize = 8 * 1_024;

/// Report a fault of the portal
///
/// The portal sends it when a page of it broke, whether somebody is signed in or not. It is written to the server's log and kept nowhere
/// else. At most 5 a minute from one address.
#[utoipa::path(tag = "Portal", security(()), request_body = ClientError, responses((status = 204)))]
#[post("/client-errors")]
pub(super) async fn report(
    app: Data<App>,
    request: HttpRequest,
    Body(error): Body<ClientError, MOST>,
) -> Result<HttpResponse, Error> {
    client_errors::log(&app, check::client(&app, &request).address, &error)?;
    Ok(HttpResponse::NoContent().finish())
}
