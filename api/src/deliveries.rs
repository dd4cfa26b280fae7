//! What an operator sees of deliveries, and sending one again.

use crate::{
    app::App,
    audit,
    auth::Caller,
    delivery::{
        content::{self, Content},
        request::{self, Secrets},
    },
    problem::Error,
    secrets::{Place, Sealer},
    store::{
        Db, Rows, Slice,
        attempts::{self, AttemptRow},
        deliveries::{self, DeliveryEvent, DeliveryFilter, ResendRefused},
        webhooks::WebhookRow,
    },
};
use base64::{Engine as _, prelude::BASE64_STANDARD};
use bytes::Bytes;
use shared::{
    Attempt, AuditAction, Code, ContentMode, Delivery, DeliverySummary, Header, Id, Resend, ResponseBody, SentData,
    Trigger,
};

/// A page of a tenant's deliveries, newest first.
pub(crate) async fn list(
    app: &App,
    tenant_id: Id,
    filter: DeliveryFilter,
    slice: Slice,
) -> Result<Rows<DeliverySummary>, Error> {
    let resting = app.store.resting(app.clock.now());
    let searches = filter.searches();
    let list = move |db: &mut Db| deliveries::list(db, tenant_id, &filter, slice, &resting);
    Ok(app.store.read_or_search(searches, list).await?)
}

/// A delivery with its payload and all of its attempts.
pub(crate) async fn find(app: &App, tenant_id: Id, id: Id) -> Result<Delivery, Error> {
    let resting = app.store.resting(app.clock.now());
    let found = app
        .store
        .read(move |db| {
            let Some((summary, webhook)) = deliveries::with_webhook(db, tenant_id, id, &resting)? else {
                return Ok(None);
            };
            let event = deliveries::event_of(db, &summary)?;
            let attempts = (attempts::of_delivery(db, id)?, attempts::resends(db, id)?);
            Ok(Some((summary, event, webhook, attempts)))
        })
        .await?;
    let Some((summary, event, webhook, attempts)) = found else {
        return Err(missing(app, id));
    };
    let event = event.ok_or_else(|| expired(app))?;
    present(app, summary, event, webhook, attempts)
}

/// Sends a delivery again whose last attempt failed.
pub(crate) async fn resend(app: &App, who: &Caller, id: Id, how: Resend) -> Result<DeliverySummary, Error> {
    app.must_deliver()?;
    let entry = audit::entry(app, who, AuditAction::DeliveryResent, id, "");
    let entry = audit::with_change(entry, None, Some(&how));
    app.store.resend(who.tenant_id, id, how.headers.into(), app.clock.now(), entry).await?.map_err(|refused| {
        match refused {
            ResendRefused::NotFound => missing(app, id),
            ResendRefused::NotFailed => Error::new(
                Code::DeliveryNotFailed,
                "The event was delivered. Only a delivery whose last attempt failed can be sent again.",
            ),
            ResendRefused::IsTest => {
                Error::new(Code::DeliveryIsTest, "A test is sent once. Start a new test of the webhook.")
            }
            ResendRefused::Erased => {
                Error::new(Code::EventErased, "The event's content was erased, so there is nothing to send any more.")
            }
            ResendRefused::InProgress => {
                Error::new(Code::DeliveryInProgress, "An attempt is under way or about to start. Wait for its result.")
            }
            ResendRefused::Resting(until) => Error::new(
                Code::WebhookResting,
                format!(
                    "The receiver has asked to wait until {until}. The event is sent then; saving the webhook ends the wait."
                ),
            ),
            ResendRefused::WebhookInactive => Error::new(
                Code::WebhookInactive,
                "The webhook is inactive, so nothing is sent. Activate it, then resend.",
            ),
            ResendRefused::WebhookDeleted => {
                Error::new(Code::WebhookDeleted, "The webhook was deleted, so the event cannot be sent to it any more.")
            }
        }
    })
}

/// An id tells its age: what is older than the retention time was purged, other ids never were.
pub(crate) fn missing(app: &App, id: Id) -> Error {
    let oldest = app.clock.now().plus_seconds(-app.retention_seconds);
    if id.unix_ms() > 0 && id.unix_ms() < oldest.unix_ms() { expired(app) } else { Error::not_found() }
}

fn expired(app: &App) -> Error {
    let days = app.retention_seconds / 86_400;
    Error::new(Code::EventExpired, format!("Events are kept for {days} days, then they are purged."))
}

fn present(
    app: &App,
    mut summary: DeliverySummary,
    event: DeliveryEvent,
    webhook: Option<WebhookRow>,
    (attempts, resends): (Vec<AttemptRow>, Vec<(u32, String)>),
) -> Result<Delivery, Error> {
    let DeliveryEvent { source, kind, ce_id, time, payload } = event;
    summary.settings_changed = match (&webhook, &payload) {
        // A test is not sent again, and its signature may be wrong on purpose.
        _ if summary.test.is_some() => false,
        (Some(webhook), Some(payload)) => settings_changed(app, summary.id, webhook, &attempts, payload)?,
        _ => false,
    };
    let schedule = webhook.as_ref().filter(|_| summary.test.is_none()).map(|webhook| webhook.retry_schedule.len());
    let retries = u32::try_from(schedule.unwrap_or_default()).unwrap_or(u32::MAX);
    let is_credential = |name: &str| request::is_credential(&app.identity, name);
    let recorded = attempts.iter().map(|attempt| recorded_headers(&app.sealer, summary.id, attempt));
    let recorded = recorded.collect::<Result<Vec<_>, _>>()?;
    let is_binary = |headers: &Vec<Header>| content::mode_of_headers(headers) == ContentMode::Binary;
    let binary = payload.as_ref().filter(|_| recorded.iter().any(is_binary));
    let binary = binary.map(|payload| content_of(payload, ContentMode::Binary)).transpose()?;
    let present = |(attempt, recorded): (AttemptRow, Vec<Header>)| {
        let mode = (!recorded.is_empty()).then(|| content::mode_of_headers(&recorded));
        let sent = match &binary {
            Some(content) => content.restore(recorded),
            None => recorded,
        };
        present_attempt(attempt, mode, request::masked(sent, is_credential), &resends)
    };
    let attempts = attempts.into_iter().zip(recorded).map(present).collect();
    let data = binary.map(|content| text_or_base64(content.body.into()));
    let data = data.map(|(text, base64)| SentData { text, base64 });
    Ok(Delivery { source, kind, ce_id, time, retries, payload, data, attempts, summary })
}

/// Whether a resend with the original headers would differ from one with the current ones. An attempt that was itself a resend may
/// carry headers that are older than it.
fn settings_changed(
    app: &App,
    id: Id,
    webhook: &WebhookRow,
    attempts: &[AttemptRow],
    payload: &str,
) -> Result<bool, Error> {
    let Some(last) = attempts.iter().find(|attempt| !attempt.request_headers_sealed.is_empty()) else {
        return Ok(false);
    };
    let now = app.clock.now();
    let secrets = Secrets::open(&app.sealer, webhook, now).map_err(Error::internal)?;
    let headers = request::of_settings(&app.sealer, webhook).map_err(Error::internal)?;
    let recorded = recorded_headers(&app.sealer, id, last)?;
    let mode = content::mode_of_headers(&recorded);
    let Content { body, headers: _ } = content_of(payload, mode)?;
    let is_current = request::is_current(&recorded, &app.identity, secrets.at(now), &headers, &body);
    Ok(mode != webhook.content_mode || !is_current)
}

fn content_of(payload: &str, mode: ContentMode) -> Result<Content, Error> {
    Content::of(&Bytes::copy_from_slice(payload.as_bytes()), mode).map_err(Error::internal)
}

fn recorded_headers(sealer: &Sealer, delivery_id: Id, attempt: &AttemptRow) -> Result<Vec<Header>, Error> {
    if attempt.request_headers_sealed.is_empty() {
        return Ok(Vec::new());
    }
    let place = Place::RequestHeaders(delivery_id, attempt.number);
    let opened = sealer.open(place, &attempt.request_headers_sealed).map_err(Error::internal)?;
    serde_json::from_slice(&opened).map_err(Error::internal)
}

fn present_attempt(
    attempt: AttemptRow,
    content_mode: Option<ContentMode>,
    request_headers: Vec<Header>,
    resends: &[(u32, String)],
) -> Attempt {
    let AttemptRow {
        number,
        trigger,
        started_at,
        duration_us,
        phases,
        url,
        failure,
        error,
        request_headers_sealed: _,
        status_code,
        response_headers,
        response_body,
        truncated,
        webhook_version,
    } = attempt;
    // An attempt that was interrupted is made again under the next number, for the same who asked.
    let asked = resends.iter().find(|(asked, _)| trigger == Trigger::Resend && *asked <= number);
    Attempt {
        number,
        trigger,
        started_at,
        duration_us,
        phases,
        url,
        content_mode,
        request_headers,
        failure,
        error,
        status_code,
        response_headers,
        response_body: response_body.map(|body| present_body(body, truncated)),
        webhook_version,
        resent_by: asked.map(|(_, by)| by.clone()),
    }
}

/// Text where it is text. A body that was cut inside a character loses the half of it only in the text that is shown.
fn present_body(body: Vec<u8>, truncated: bool) -> ResponseBody {
    let size = body.len() as u64;
    let (text, base64) = match str::from_utf8(&body) {
        Err(error) if truncated && error.error_len().is_none() => {
            (Some(String::from_utf8_lossy(&body[..error.valid_up_to()]).into_owned()), None)
        }
        _ => text_or_base64(body),
    };
    ResponseBody { text, base64, size, truncated }
}

fn text_or_base64(bytes: Vec<u8>) -> (Option<String>, Option<String>) {
    match String::from_utf8(bytes) {
        Ok(text) => (Some(text), None),
        Err(error) => (None, Some(BASE64_STANDARD.encode(error.as_bytes()))),
    }
}
