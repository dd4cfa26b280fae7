//! `/deliveries`, and those of one webhook.

use super::{
    body::OptionalBody,
    path::{PathId, location},
    query::{Paging, Query},
};
use crate::{
    app::App,
    auth::caller::{Editor, Reader},
    deliveries,
    problem::Error,
    store::deliveries::DeliveryFilter,
};
use actix_web::{HttpRequest, HttpResponse, get, post, web::Data};
use shared::{Delivery, DeliveryStatus, DeliverySummary, Failure, Id, Page, Resend};

/// Which deliveries a list shows.
#[derive(utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "what the document says; the query is read strictly")]
struct DeliveryParameters {
    /// Only in these states, separated by commas
    #[param(style = Form, explode = false)]
    status: Option<Vec<DeliveryStatus>>,
    /// Only of this `SOURCE.TYPE`
    event_type: Option<String>,
    /// Only those that last failed so
    failure: Option<Failure>,
    /// Only those last answered with this status code
    #[param(minimum = 100, maximum = 999)]
    status_code: Option<u16>,
    /// Only events taken from this instant on
    from: Option<shared::Timestamp>,
    /// Only events taken before this instant
    to: Option<shared::Timestamp>,
    /// Only of events with this CloudEvents `id`; found at once, however old
    ce_id: Option<String>,
    /// Only with this id, or this text in the type or the payload. An id is found however old its event is; a publisher's where nothing newer has it as a text
    #[param(max_length = 200)]
    q: Option<String>,
}

/// List the deliveries of a webhook
///
/// The events list of one webhook, newest first.
#[utoipa::path(
    tag = "Deliveries",
    params(("id" = Id, Path), DeliveryParameters, Paging),
    responses((status = 200, body = Page<DeliverySummary>))
)]
#[get("/webhooks/{id}/deliveries")]
pub(super) async fn of_webhook(
    app: Data<App>,
    Reader(who): Reader,
    PathId(id): PathId,
    request: HttpRequest,
) -> Result<HttpResponse, Error> {
    crate::webhooks::exists(&app, who.tenant_id, id).await?;
    page(&app, who.tenant_id, &request, Some(id)).await
}

/// List the deliveries of all webhooks
#[utoipa::path(
    tag = "Deliveries",
    params(DeliveryParameters, Paging),
    responses((status = 200, body = Page<DeliverySummary>))
)]
#[get("/deliveries")]
pub(super) async fn list(app: Data<App>, Reader(who): Reader, request: HttpRequest) -> Result<HttpResponse, Error> {
    page(&app, who.tenant_id, &request, None).await
}

async fn page(app: &App, tenant_id: Id, request: &HttpRequest, webhook_id: Option<Id>) -> Result<HttpResponse, Error> {
    let name = webhook_id.map_or_else(|| "deliveries".to_owned(), |id| format!("webhooks/{id}/deliveries"));
    let filters = ["status", "event_type", "failure", "status_code", "from", "to", "ce_id", "q"];
    let query = Query::of_list(request, name, &filters)?;
    let (from, to) = query.window()?;
    let filter = DeliveryFilter {
        webhook_id,
        statuses: query.any_of("status")?,
        event_type: query.event_type()?,
        failure: query.one_of("failure")?,
        status_code: query.status_code()?,
        from,
        to,
        ce_id: query.text("ce_id").map(str::to_owned),
        search: query.search()?,
    };
    let rows = deliveries::list(app, tenant_id, filter, query.slice(&app.cursor_key)?).await?;
    Ok(HttpResponse::Ok().json(query.page(&app.cursor_key, rows)))
}

/// Read a delivery
///
/// With the payload and all attempts: request headers, response status, headers and body, and why it failed.
#[utoipa::path(tag = "Deliveries", params(("id" = Id, Path)), responses((status = 200, body = Delivery)))]
#[get("/deliveries/{id}")]
pub(super) async fn find(app: Data<App>, Reader(who): Reader, PathId(id): PathId) -> Result<HttpResponse, Error> {
    Ok(HttpResponse::Ok().json(deliveries::find(&app, who.tenant_id, id).await?))
}

/// Send a delivery again
///
/// Only when its last attempt failed. The same payload and the same headers go to the webhook's current URL; only
/// `webhook-timestamp` and `webhook-signature` are made anew. With `"headers": "current"` all headers are made from the webhook's
/// current settings. If it fails, the retry schedule starts again. It waits its turn like any delivery: also until the instant that the
/// receiver has asked for with a 429 or a 503 and `Retry-After`. What waits for that instant already is refused (`webhook_resting`).
#[utoipa::path(
    tag = "Deliveries",
    params(("id" = Id, Path)),
    request_body(content = Option<Resend>),
    responses((status = 202, body = DeliverySummary, headers(("Location" = String, description = "The delivery"))))
)]
#[post("/deliveries/{id}/resend")]
pub(super) async fn resend(
    app: Data<App>,
    Editor(who): Editor,
    PathId(id): PathId,
    OptionalBody(how): OptionalBody<Resend>,
) -> Result<HttpResponse, Error> {
    let resent = deliveries::resend(&app, &who, id, how).await?;
    let place = location(format!("deliveries/{id}"));
    Ok(HttpResponse::Accepted().insert_header(place).json(resent))
}
