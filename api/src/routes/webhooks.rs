//! `/webhooks`

use super::{
    body::{Body, OptionalBody},
    idempotency::Kept,
    path::{PathId, location},
    query::{Paging, Query},
};
use crate::{
    app::App,
    auth::caller::{Editor, Reader},
    problem::Error,
    store::webhooks::WebhookFilter,
    webhooks,
};
use actix_web::{HttpRequest, HttpResponse, delete, get, http::header, patch, post, web::Data};
use shared::{
    CreatedWebhook, Id, NewWebhook, Page, RotatedSecret, SecretRotation, Webhook, WebhookPatch, WebhookStatus,
};

/// List webhooks
///
/// Newest first, each with the counts and the success rate of its last 24 hours.
#[utoipa::path(
    tag = "Webhooks",
    params(
        ("q" = Option<String>, Query, description = "Only those whose URL or description contains this text", max_length = 200),
        ("status" = Option<WebhookStatus>, Query, description = "Only those that are active, or inactive"),
        ("failing" = Option<bool>, Query, description = "Only those that are failing, also where the server has deactivated them for it, or those that are not"),
        ("event_type" = Option<String>, Query, description = "Only those that want events of this `SOURCE.TYPE`, whatever their conditions and whether they are active"),
        Paging,
    ),
    responses((status = 200, body = Page<Webhook>))
)]
#[get("/webhooks")]
pub(super) async fn list(app: Data<App>, Reader(who): Reader, request: HttpRequest) -> Result<HttpResponse, Error> {
    let query = Query::of_list(&request, "webhooks", &["q", "status", "failing", "event_type"])?;
    let filter = WebhookFilter {
        search: query.search()?,
        status: query.one_of("status")?,
        failing: query.flag("failing")?,
        event_type: query.event_type()?,
    };
    let rows = webhooks::list(&app, who.tenant_id, filter, query.slice(&app.cursor_key)?).await?;
    Ok(HttpResponse::Ok().json(query.page(&app.cursor_key, rows)))
}

/// Create a webhook
///
/// The answer has a `secret` only if the request had none and the server made it. A tenant has at most as many webhooks as a setting of the
/// server lets it, 1,000 where it is not set (`limit_reached`).
#[utoipa::path(
    tag = "Webhooks",
    request_body = NewWebhook,
    responses((status = 201, body = CreatedWebhook, headers(
        ("Location" = String, description = "The new webhook"),
        ("ETag" = String, description = "Its version, for If-Match"),
    )))
)]
#[post("/webhooks")]
pub(super) async fn create(
    app: Data<App>,
    Editor(who): Editor,
    Body(new): Body<NewWebhook>,
) -> Result<HttpResponse, Error> {
    created(&webhooks::create(&app, &who, new).await?)
}

/// The answer for a webhook that was created before.
pub(super) async fn made(app: &App, tenant_id: Id, id: Id) -> Result<HttpResponse, Error> {
    created(&CreatedWebhook { webhook: webhooks::find(app, tenant_id, id).await?, secret: None })
}

fn created(created: &CreatedWebhook) -> Result<HttpResponse, Error> {
    let CreatedWebhook { webhook, secret } = created;
    let mut response = HttpResponse::Created();
    response
        .insert_header(location(format!("webhooks/{}", webhook.id)))
        .insert_header((header::ETAG, webhooks::etag(webhook.version)));
    if secret.is_some() {
        response.extensions_mut().insert(Kept(serde_json::to_vec(webhook).map_err(Error::internal)?));
    }
    Ok(response.json(created))
}

/// Read a webhook
#[utoipa::path(
    tag = "Webhooks",
    params(("id" = shared::Id, Path)),
    responses((status = 200, body = Webhook, headers(("ETag" = String, description = "Its version, for If-Match"))))
)]
#[get("/webhooks/{id}")]
pub(super) async fn find(app: Data<App>, Reader(who): Reader, PathId(id): PathId) -> Result<HttpResponse, Error> {
    let webhook = webhooks::find(&app, who.tenant_id, id).await?;
    Ok(present(&mut HttpResponse::Ok(), &webhook))
}

/// Change a webhook
///
/// What is left out stays. With `If-Match`, the change is made only to that version. It ends the webhook's rest (`resting_until`) at the
/// node that takes it, also where nothing changes. A changed `retry_schedule` counts from the next failure on, not for what is scheduled already.
///
/// What is secret goes only to the server that it was given for. Where the `url` leads to another scheme, host or port, the request gives
/// the password or the value of the authentication and the values of the custom headers again, or takes them away: what it would keep is
/// refused (`credential_kept`). A header's pointer tells its place in the request, or in the webhook where the request has no `headers`.
/// The signing secret, which is not sent, stays.
#[utoipa::path(
    tag = "Webhooks",
    params(
        ("id" = shared::Id, Path),
        ("If-Match" = Option<String>, Header, nullable = false, description = "The ETag of the version that the change is made from"),
    ),
    request_body = WebhookPatch,
    responses((status = 200, body = Webhook, headers(("ETag" = String, description = "Its version, for If-Match"))))
)]
#[patch("/webhooks/{id}")]
pub(super) async fn change(
    app: Data<App>,
    Editor(who): Editor,
    PathId(id): PathId,
    request: HttpRequest,
    Body(patch): Body<WebhookPatch>,
) -> Result<HttpResponse, Error> {
    let webhook = webhooks::change(&app, &who, id, if_match(&request), patch).await?;
    Ok(present(&mut HttpResponse::Ok(), &webhook))
}

/// Delete a webhook
///
/// Its open deliveries become cancelled; what was delivered stays to be looked at.
#[utoipa::path(
    tag = "Webhooks",
    params(
        ("id" = shared::Id, Path),
        ("If-Match" = Option<String>, Header, nullable = false, description = "The ETag of the version that shall be deleted"),
    ),
    responses((status = 204))
)]
#[delete("/webhooks/{id}")]
pub(super) async fn delete(
    app: Data<App>,
    Editor(who): Editor,
    PathId(id): PathId,
    request: HttpRequest,
) -> Result<HttpResponse, Error> {
    webhooks::delete(&app, &who, id, if_match(&request)).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Rotate the secret
///
/// Sets a new secret. The one before signs too for `overlap_seconds`: `webhook-signature` holds two signatures then, as Standard
/// Webhooks has it; the header with the hexadecimal signature has the new one at once. Until it ends, another rotation with an overlap is
/// refused (`rotation_under_way`); one without (`overlap_seconds` 0) ends it at once. With `If-Match`, a request that is sent again because
/// its answer was lost does not rotate a second time; an `Idempotency-Key` is not taken.
#[utoipa::path(
    tag = "Webhooks",
    params(
        ("id" = shared::Id, Path),
        ("If-Match" = Option<String>, Header, nullable = false, description = "The ETag of the version whose secret shall be rotated"),
    ),
    request_body(content = Option<SecretRotation>),
    responses((status = 200, body = RotatedSecret, headers(
        ("ETag" = String, description = "Its version, for If-Match"),
    )))
)]
#[post("/webhooks/{id}/rotate-secret")]
pub(super) async fn rotate_secret(
    app: Data<App>,
    Editor(who): Editor,
    PathId(id): PathId,
    request: HttpRequest,
    OptionalBody(rotation): OptionalBody<SecretRotation>,
) -> Result<HttpResponse, Error> {
    let rotated = webhooks::rotate_secret(&app, &who, id, if_match(&request), rotation).await?;
    let etag = webhooks::etag(rotated.webhook.version);
    Ok(HttpResponse::Ok().insert_header((header::ETAG, etag)).json(rotated))
}

fn present(response: &mut actix_web::HttpResponseBuilder, webhook: &Webhook) -> HttpResponse {
    response.insert_header((header::ETAG, webhooks::etag(webhook.version))).json(webhook)
}

/// The ETags of the versions that a client would act on, as it has sent them.
fn if_match(request: &HttpRequest) -> Option<&str> {
    request.headers().get(header::IF_MATCH).map(|value| value.to_str().unwrap_or_default())
}
