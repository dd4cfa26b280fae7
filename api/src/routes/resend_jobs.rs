//! `/webhooks/{id}/resend-failed`, `/webhooks/{id}/send-missed`, `/webhooks/{id}/resend-jobs` and `/resend-jobs`

use super::{
    body::Body,
    path::{PathId, location},
    query::{Paging, Query},
};
use crate::{
    app::App,
    auth::{
        Caller,
        caller::{Editor, Reader},
    },
    problem::Error,
    resend_jobs,
    store::resend_jobs::ResendJobFilter,
};
use actix_web::{HttpRequest, HttpResponse, delete, get, post, web::Data};
use shared::{Id, Page, ResendCount, ResendFailed, ResendJob, ResendJobStatus, ResendKind, SendMissed};

/// Send a webhook's failed deliveries again
///
/// With `"dry_run": true` they are only counted. Otherwise a job resends them, oldest first: one, then ten, then the rest at the
/// rate. It stops when more than the given share of a step fails. Only deliveries whose last attempt failed are resent, each once, and
/// never a test; at most 50,000 by one job, and one job of a webhook at a time.
#[utoipa::path(
    tag = "Deliveries",
    params(("id" = shared::Id, Path)),
    request_body = ResendFailed,
    responses(
        (status = 200, body = ResendCount, description = "With `dry_run`: how many there are"),
        (status = 202, body = ResendJob, headers(("Location" = String, description = "The job"))),
    )
)]
#[post("/webhooks/{id}/resend-failed")]
pub(super) async fn resend_failed(
    app: Data<App>,
    Editor(who): Editor,
    PathId(id): PathId,
    Body(what): Body<ResendFailed>,
) -> Result<HttpResponse, Error> {
    answer(&app, &who, id, ResendKind::Failed, what).await
}

/// Send a webhook the events that it missed
///
/// Those that it wants, by its selection as it is now, and that it was never sent: published before it was created, while it was inactive,
/// or before it selected them. With `"dry_run": true` they are only counted. Otherwise a job sends them as a resend job sends what has
/// failed: oldest first, one, then ten, then the rest at the rate. Each becomes a delivery, which is retried by the webhook's schedule.
/// What is purged within the hour is left out.
#[utoipa::path(
    tag = "Deliveries",
    params(("id" = shared::Id, Path)),
    request_body = SendMissed,
    responses(
        (status = 200, body = ResendCount, description = "With `dry_run`: how many there are"),
        (status = 202, body = ResendJob, headers(("Location" = String, description = "The job"))),
    )
)]
#[post("/webhooks/{id}/send-missed")]
pub(super) async fn send_missed(
    app: Data<App>,
    Editor(who): Editor,
    PathId(id): PathId,
    Body(what): Body<SendMissed>,
) -> Result<HttpResponse, Error> {
    answer(&app, &who, id, ResendKind::Missed, what.into()).await
}

async fn answer(app: &App, who: &Caller, id: Id, kind: ResendKind, what: ResendFailed) -> Result<HttpResponse, Error> {
    Error::refuse(what.check())?;
    if what.dry_run {
        return Ok(HttpResponse::Ok().json(resend_jobs::count(app, who.tenant_id, id, kind, &what).await?));
    }
    let job = resend_jobs::start(app, who, id, kind, &what).await?;
    Ok(HttpResponse::Accepted().insert_header(location(format!("resend-jobs/{}", job.id))).json(job))
}

/// List the resend jobs of a webhook
///
/// Newest first, and as long as what they sent is kept. At most one of them is running.
#[utoipa::path(
    tag = "Deliveries",
    params(
        ("id" = shared::Id, Path),
        ("status" = inline(Option<ResendJobStatus>), Query, description = "Only those that stand so"),
        Paging,
    ),
    responses((status = 200, body = Page<ResendJob>))
)]
#[get("/webhooks/{id}/resend-jobs")]
pub(super) async fn of_webhook(
    app: Data<App>,
    Reader(who): Reader,
    PathId(id): PathId,
    request: HttpRequest,
) -> Result<HttpResponse, Error> {
    let query = Query::of_list(&request, format!("resend-jobs of {id}"), &["status"])?;
    let filter = ResendJobFilter { webhook_id: id, status: query.one_of("status")? };
    let rows = resend_jobs::list(&app, who.tenant_id, filter, query.slice(&app.cursor_key)?).await?;
    Ok(HttpResponse::Ok().json(query.page(&app.cursor_key, rows)))
}

/// Read a resend job
#[utoipa::path(tag = "Deliveries", params(("id" = shared::Id, Path)), responses((status = 200, body = ResendJob)))]
#[get("/resend-jobs/{id}")]
pub(super) async fn find(app: Data<App>, Reader(who): Reader, PathId(id): PathId) -> Result<HttpResponse, Error> {
    Ok(HttpResponse::Ok().json(resend_jobs::find(&app, who.tenant_id, id).await?))
}

/// Cancel a resend job
///
/// What it has resent stays so. A job that has ended is answered as it is.
#[utoipa::path(tag = "Deliveries", params(("id" = shared::Id, Path)), responses((status = 200, body = ResendJob)))]
#[delete("/resend-jobs/{id}")]
pub(super) async fn cancel(app: Data<App>, Editor(who): Editor, PathId(id): PathId) -> Result<HttpResponse, Error> {
    Ok(HttpResponse::Ok().json(resend_jobs::cancel(&app, &who, id).await?))
}
