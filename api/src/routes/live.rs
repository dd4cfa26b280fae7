//! `/live`

use super::query::Query;
use crate::{
    app::App,
    auth::{caller::Reader, check},
    problem::Error,
};
use actix_web::{HttpRequest, HttpResponse, get, web::Data};
use shared::paths::LIVE_TENANT;

/// Whose updates a stream tells.
#[derive(utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "what the document says; the query is read where it is found out who is calling")]
struct LiveParameters {
    /// The same as the header `Hookwright-Tenant`, which a browser's `EventSource` cannot send
    tenant: Option<String>,
}

/// Stream live updates
///
/// Server-sent events. `delivery.updated` carries a `DeliverySummary`, `webhook.updated` a `WebhookUpdated`: the id and the version of
/// a webhook, each as it stands after the commit; several changes in quick succession come as one. `lagged` says that more has changed than could be
/// told: read again what you show, as after every connection. A webhook that is deleted cancels its open deliveries without telling
/// each of them. A comment comes every 15 seconds; with it the stream ends if its key was revoked or its session has ended. At most
/// 200 streams are open at once, of one tenant as many as it leaves to others; one more is answered with 503. A stream sees at once only
/// what its own node commits; where there are others, `lagged` comes in the place of the comment.
#[utoipa::path(tag = "Live", params(LiveParameters), responses((status = 200, body = String, content_type = "text/event-stream")))]
#[get("/live")]
pub(super) async fn stream(app: Data<App>, Reader(who): Reader, request: HttpRequest) -> Result<HttpResponse, Error> {
    Query::read(&request, &[LIVE_TENANT])?;
    let (tenant_id, asked) = (who.tenant_id, app.clone());
    let events = app.live.open(tenant_id, async move || check::may_still_read(&asked, &who).await)?;
    // A proxy that collects answers before it passes them on would hold them back.
    let mut response = HttpResponse::Ok();
    Ok(response.content_type("text/event-stream").insert_header(("x-accel-buffering", "no")).streaming(events))
}
