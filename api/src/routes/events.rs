//! `/events`

use super::{
    body::{BatchBody, EventBody},
    path::PathId,
    query::{Paging, Query},
};
use crate::{
    app::App,
    auth::caller::{Editor, Publisher, Reader},
    events,
    intake::{self, batch, binary, cloudevents},
    problem::Error,
    store::events::EventFilter,
};
use actix_web::{HttpRequest, HttpResponse, delete, get, post, web::Data};
use shared::{BatchItem, Event, EventSummary, Id, Page, Published, Timestamp};

/// A CloudEvent 1.0. Any other member is an extension attribute: its name has 1 to 64 lower-case letters and digits, its value is a string,
/// a number or a boolean. An attribute that is `null` counts as left out.
#[derive(utoipa::ToSchema)]
#[expect(dead_code, reason = "it stands in the document only: an event is kept as it came")]
pub(super) struct CloudEvent {
    #[schema(pattern = "^1\\.0$")]
    specversion: String,
    /// With the source it tells events apart.
    #[schema(min_length = 1, max_length = 255)]
    id: String,
    /// Who publishes, as a URI reference.
    #[schema(min_length = 1, max_length = 512)]
    source: String,
    /// What happened.
    #[schema(rename = "type", min_length = 1, max_length = 255, pattern = "^[!-~]+$")]
    kind: String,
    /// When it happened.
    time: Option<Timestamp>,
    /// The media type of the data.
    datacontenttype: Option<String>,
    /// The schema of the data, as a URI.
    #[schema(min_length = 1, max_length = 512)]
    dataschema: Option<String>,
    /// What of the source it is about.
    #[schema(min_length = 1)]
    subject: Option<String>,
    /// Any JSON. Its bytes are delivered as they came.
    data: Option<serde_json::Value>,
    /// Data that is no JSON, in the place of `data`.
    #[schema(content_encoding = "base64")]
    data_base64: Option<String>,
}

/// The data of an event in binary mode.
#[derive(utoipa::ToSchema)]
#[schema(value_type = String, format = Binary)]
pub(super) struct EventData(#[expect(dead_code, reason = "it stands in the document only")] Vec<u8>);

/// The attributes of an event in binary mode. Their values are percent-encoded where they are no printable ASCII.
#[derive(utoipa::IntoParams)]
#[into_params(parameter_in = Header)]
#[expect(dead_code, reason = "what the document says; any header that begins with `ce-` is an attribute")]
struct BinaryMode {
    /// Of an event in binary mode: its `specversion`
    #[param(rename = "ce-specversion", nullable = false, pattern = "^1\\.0$")]
    specversion: Option<String>,
    /// Of an event in binary mode: its `id`
    #[param(rename = "ce-id", nullable = false, min_length = 1, max_length = 255)]
    id: Option<String>,
    /// Of an event in binary mode: its `source`
    #[param(rename = "ce-source", nullable = false, min_length = 1, max_length = 512)]
    source: Option<String>,
    /// Of an event in binary mode: its `type`
    #[param(rename = "ce-type", nullable = false, min_length = 1, max_length = 255, pattern = "^[!-~]+$")]
    kind: Option<String>,
    /// Of an event in binary mode: its `time`, as in RFC 3339
    // As a text: generators of clients leave out operations with a header that is anything else.
    #[param(rename = "ce-time", nullable = false)]
    time: Option<String>,
    /// Of an event in binary mode: its `subject`
    #[param(rename = "ce-subject", nullable = false, min_length = 1)]
    subject: Option<String>,
    /// Of an event in binary mode: its `dataschema`
    #[param(rename = "ce-dataschema", nullable = false, min_length = 1, max_length = 512)]
    dataschema: Option<String>,
}

/// Publish an event
///
/// A CloudEvents 1.0 object in structured mode, or its data with the attributes in `ce-` headers (binary mode): `ce-specversion`, `ce-id`,
/// `ce-source` and `ce-type` at least, and any other `ce-` header is an extension attribute. Then the body is the data, and `Content-Type`
/// its media type, whatever that is: also `application/json`, for which this document names a whole event. The answer goes out
/// when the event is on disk, with a delivery for each webhook that wants it. The same event again (`source`, `id` and content) is
/// answered with the same id and `duplicate: true`; where the first one was erased, whatever its content. The bytes of `data` are delivered as they came; in binary mode, data that is no
/// JSON is delivered as `data_base64`. Deliveries are made at least once, in no promised order. Whoever was let in by a portal link
/// publishes nothing. An event has at most 256 KiB. Several at once are published with `POST /events/batch`.
#[utoipa::path(
    tag = "Events",
    request_body(content(
        (CloudEvent = "application/cloudevents+json"),
        (CloudEvent = "application/json"),
        (EventData = "application/octet-stream"),
    )),
    params(BinaryMode),
    responses((status = 202, body = Published, headers(
        ("Idempotent-Replayed" = String, description = "`true` when the event had been published before"),
    )))
)]
#[post("/events")]
pub(super) async fn publish(
    app: Data<App>,
    Publisher(who): Publisher,
    request: HttpRequest,
    body: EventBody,
) -> Result<HttpResponse, Error> {
    let event = match body {
        EventBody::Structured(body) => cloudevents::parse(&body)?,
        EventBody::Binary(data) => binary::parse(request.headers(), &data)?,
        // So it came before batches had a path of their own. One operation that takes and answers two kinds of JSON fits no generated client.
        EventBody::Batch(body) => return answer_batch(&app, who.tenant_id, &body).await,
    };
    let published = intake::publish(&app, who.tenant_id, event).await?;
    let mut response = HttpResponse::Accepted();
    if published.duplicate {
        response.insert_header(("Idempotent-Replayed", "true"));
    }
    Ok(response.json(published))
}

/// Publish events
///
/// A CloudEvents batch: a JSON array of at most 100 events in structured mode and 1 MiB, each of at most 256 KiB, as `application/json` or
/// `application/cloudevents-batch+json`. It is answered with a list in its order: each event is accepted or refused on its own, as it would
/// be alone. A batch of which nothing was accepted, and something may be when it is sent again, is refused as a whole with 429 or 503.
/// Whoever was let in by a portal link publishes nothing.
#[utoipa::path(
    tag = "Events",
    // One media type only: of a list with two, generated clients cannot tell which one to send.
    request_body(content = Vec<CloudEvent>, content_type = "application/json"),
    responses((status = 202, body = Vec<BatchItem>))
)]
#[post("/events/batch")]
pub(super) async fn publish_batch(
    app: Data<App>,
    Publisher(who): Publisher,
    BatchBody(body): BatchBody,
) -> Result<HttpResponse, Error> {
    answer_batch(&app, who.tenant_id, &body).await
}

async fn answer_batch(app: &App, tenant_id: Id, body: &[u8]) -> Result<HttpResponse, Error> {
    Ok(HttpResponse::Accepted().json(batch::publish(app, tenant_id, body).await?))
}

/// List published events
///
/// Newest first, also those that no webhook wanted (`matched` is 0).
#[utoipa::path(
    tag = "Events",
    params(
        ("event_type" = Option<String>, Query, description = "Only of this `SOURCE.TYPE`"),
        ("matched" = Option<bool>, Query, description = "Only those that some webhook wanted (true), or none (false)"),
        ("from" = Option<shared::Timestamp>, Query, description = "Only events taken from this instant on"),
        ("to" = Option<shared::Timestamp>, Query, description = "Only events taken before this instant"),
        ("ce_id" = Option<String>, Query, description = "Only with this CloudEvents `id`; found at once, however old"),
        ("q" = Option<String>, Query, description = "Only with this id, or this text in the payload. An id is found however old its event is; a publisher's where nothing newer has it as a text", max_length = 200),
        Paging,
    ),
    responses((status = 200, body = Page<EventSummary>))
)]
#[get("/events")]
pub(super) async fn list(app: Data<App>, Reader(who): Reader, request: HttpRequest) -> Result<HttpResponse, Error> {
    let query = Query::of_list(&request, "events", &["event_type", "matched", "from", "to", "ce_id", "q"])?;
    let (from, to) = query.window()?;
    let matched = query.flag("matched")?;
    let event_type = query.event_type()?;
    let ce_id = query.text("ce_id").map(str::to_owned);
    let filter = EventFilter { event_type, matched, from, to, ce_id, search: query.search()? };
    let rows = events::list(&app, who.tenant_id, filter, query.slice(&app.cursor_key)?).await?;
    Ok(HttpResponse::Ok().json(query.page(&app.cursor_key, rows)))
}

/// Read a published event
///
/// With its payload, and for every webhook where its delivery stands or why there is none.
#[utoipa::path(tag = "Events", params(("id" = Id, Path)), responses((status = 200, body = Event)))]
#[get("/events/{id}")]
pub(super) async fn find(app: Data<App>, Reader(who): Reader, PathId(id): PathId) -> Result<HttpResponse, Error> {
    Ok(HttpResponse::Ok().json(events::find(&app, who.tenant_id, id).await?))
}

/// Erase the content of an event
///
/// Before it is purged, as a person asks for it, or something secret was published by mistake. The payload goes, and of every attempt the
/// response's headers and body and the words about the error; that the event was there and what became of it stays. What waits to be sent
/// of it is cancelled, and it is not sent again. This cannot be undone. While an attempt is under way or about to start it is refused: ask
/// again in a few seconds; where a receiver is slow, deactivate its webhook before. An event that was erased before is answered in the same
/// way.
#[utoipa::path(tag = "Events", params(("id" = Id, Path)), responses((status = 204, description = "The content is erased.")))]
#[delete("/events/{id}/content")]
pub(super) async fn erase(app: Data<App>, Editor(who): Editor, PathId(id): PathId) -> Result<HttpResponse, Error> {
    events::erase(&app, &who, id).await?;
    Ok(HttpResponse::NoContent().finish())
}
