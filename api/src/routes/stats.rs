//! `/stats`, and those of one webhook.

use super::{path::PathId, query::Query};
use crate::{app::App, auth::caller::Reader, problem::Error};
use actix_web::{HttpRequest, HttpResponse, get, web::Data};
use shared::{Id, Period, Stats};

/// Figures of a webhook
#[utoipa::path(
    tag = "Statistics",
    params(("id" = Id, Path), ("period" = Option<Period>, Query, description = "The period that ends now; default 24h")),
    responses((status = 200, body = Stats))
)]
#[get("/webhooks/{id}/stats")]
pub(super) async fn of_webhook(
    app: Data<App>,
    Reader(who): Reader,
    PathId(id): PathId,
    request: HttpRequest,
) -> Result<HttpResponse, Error> {
    crate::webhooks::exists(&app, who.tenant_id, id).await?;
    over(&app, who.tenant_id, &request, Some(id)).await
}

/// Figures of all webhooks
#[utoipa::path(
    tag = "Statistics",
    params(("period" = Option<Period>, Query, description = "The period that ends now; default 24h")),
    responses((status = 200, body = Stats))
)]
#[get("/stats")]
pub(super) async fn of_tenant(
    app: Data<App>,
    Reader(who): Reader,
    request: HttpRequest,
) -> Result<HttpResponse, Error> {
    over(&app, who.tenant_id, &request, None).await
}

async fn over(app: &App, tenant_id: Id, request: &HttpRequest, webhook_id: Option<Id>) -> Result<HttpResponse, Error> {
    let query = Query::read(request, &["period"])?;
    let period: Period = query.one_of("period")?.unwrap_or_default();
    let now = app.clock.now();
    let stats = app.store.stats(tenant_id, webhook_id, period, now).await?;
    Ok(HttpResponse::Ok().json(stats))
}
