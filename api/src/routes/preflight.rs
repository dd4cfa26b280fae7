//! `/webhooks/preflight`

use super::body::Body;
use crate::{app::App, auth::caller::Editor, preflight, problem::Error};
use actix_web::{HttpResponse, post, web::Data};
use shared::{NewPreflight, Preflight};

/// Look at a payload URL
///
/// Before it is saved: whether it may be called, what its name resolves to, whether the TLS handshake holds and for how long its
/// certificate is valid, and what a `HEAD` request is answered; no event is sent. Takes at most three seconds. What comes of it is
/// advice: a webhook with a URL that passes `url_ok` can be saved all the same. Eight looks are taken at once, and each tenant
/// leaves as many to others as it has; more are refused.
#[utoipa::path(tag = "Webhooks", request_body = NewPreflight, responses((status = 200, body = Preflight)))]
#[post("/webhooks/preflight")]
pub(super) async fn look(
    app: Data<App>,
    Editor(who): Editor,
    Body(new): Body<NewPreflight>,
) -> Result<HttpResponse, Error> {
    Ok(HttpResponse::Ok().json(preflight::look(&app, who.tenant_id, new).await?))
}
