//! `/webhooks/{id}/test`

use super::{
    body::OptionalBody,
    path::{PathId, location},
};
use crate::{app::App, auth::caller::Editor, problem::Error, webhook_tests};
use actix_web::{HttpResponse, post, web::Data};
use shared::{DeliverySummary, NewTest};

/// Test a webhook
///
/// Sends an example event to this webhook alone, at once, also when it is inactive or does not want the type. The event gets an id
/// of its own and is recorded, marked as a test: it is sent once, never retried nor resent, and does not count in statistics. Watch
/// the delivery that is answered to see what came of it.
#[utoipa::path(
    tag = "Webhooks",
    params(("id" = shared::Id, Path)),
    request_body(content = Option<NewTest>),
    responses((status = 202, body = DeliverySummary, headers(("Location" = String, description = "The delivery"))))
)]
#[post("/webhooks/{id}/test")]
pub(super) async fn start(
    app: Data<App>,
    Editor(who): Editor,
    PathId(id): PathId,
    OptionalBody(test): OptionalBody<NewTest>,
) -> Result<HttpResponse, Error> {
    let started = webhook_tests::start(&app, &who, id, test).await?;
    let place = location(format!("deliveries/{}", started.id));
    Ok(HttpResponse::Accepted().insert_header(place).json(started))
}
