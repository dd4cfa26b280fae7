//! `Idempotency-Key`: a request that creates something and is sent again with the same key is carried out once
//! (draft-ietf-httpapi-idempotency-key-header).
//!
//! Only an answer that created something is kept. After a problem nothing was created, so the key is free and the request can be
//! mended and sent again. What a request does is noted with its key in the same transaction: where the process dies before the answer
//! is kept, it is made anew from what is there.

use super::{body, event_types, tenants, webhooks};
use crate::{
    app::App,
    auth::Caller,
    failpoint,
    problem::Error,
    store::{
        StoreError,
        idempotency::{self, Answer, Begun, Done, Key},
    },
};
use actix_web::{
    HttpMessage as _, HttpResponse,
    body::{BoxBody, MessageBody, to_bytes},
    dev::{Payload, ResourceDef, ServiceRequest, ServiceResponse},
    http::{
        Method, StatusCode,
        header::{HeaderName, HeaderValue},
    },
    middleware::Next,
    web::Data,
};
use sha2::{Digest as _, Sha256};
use shared::{AuditAction, CallerKind, Code, Id, Timestamp, paths};
use std::sync::LazyLock;

/// The header of the key.
pub(crate) const KEY: &str = "idempotency-key";
const REPLAYED: &str = "idempotent-replayed";
/// How long a key may be, in bytes.
const MAX_KEY: usize = 255;
/// When a client may ask again for the answer to a request that is under way, in seconds.
const RETRY_AFTER_SECONDS: u64 = 1;
/// The headers of an answer that belong to what was created.
const KEPT_HEADERS: [&str; 3] = ["content-type", "location", "etag"];

/// The requests that may have a key: those that create something, and whose answers can do without a secret. Publishing has its own,
/// the event's id.
pub(crate) const PATHS: [&str; 7] = [
    "/tenants",
    "/webhooks",
    "/event-types",
    "/webhooks/{id}/test",
    "/webhooks/{id}/resend-failed",
    "/webhooks/{id}/send-missed",
    "/deliveries/{id}/resend",
];

/// What is kept of an answer that holds a secret, in the place of its body.
pub(super) struct Kept(pub Vec<u8>);

static RESOURCES: LazyLock<Vec<ResourceDef>> =
    LazyLock::new(|| PATHS.iter().map(|path| ResourceDef::new(format!("{}{path}", paths::API))).collect());

/// Carries out a request with a key once.
pub(crate) async fn once(
    mut request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, actix_web::Error> {
    let has_key = request.headers().contains_key(KEY) && request.method() == Method::POST;
    let keyed = has_key && RESOURCES.iter().any(|path| path.is_match(request.path()));
    // Whoever may not create anything is told so by the handler.
    let creator = || request.extensions().get::<Caller>().filter(|who| who.role.may_edit()).cloned();
    let by = keyed.then(|| request.app_data::<Data<App>>().cloned().zip(creator())).flatten();
    let Some((app, who)) = by else {
        return Ok(next.call(request).await?.map_into_boxed_body());
    };
    let tenant_id = who.tenant_id;
    match begin(&app, &who, &mut request).await {
        Ok((Begun::First(began), key)) => {
            let response = idempotency::under_way(key, began, next.call(request)).await;
            let response = response.map(ServiceResponse::map_into_boxed_body);
            failpoint::at("answer_keeping");
            end(&app, key, began, response).await
        }
        Ok((Begun::Again(answer), _)) => Ok(request.into_response(replay(answer))),
        Ok((Begun::Done(done), _)) => match made(&app, tenant_id, done).await {
            Ok(response) => Ok(request.into_response(response)),
            Err(error) => Ok(request.error_response(error)),
        },
        Ok((Begun::UnderWay, _)) => {
            let detail = "The request with this Idempotency-Key is being carried out. Ask again in a moment.";
            Ok(request.error_response(Error::later(Code::IdempotencyInProgress, detail, RETRY_AFTER_SECONDS)))
        }
        Ok((Begun::Reused, _)) => {
            let detail = "This Idempotency-Key was used in the last 24 hours for another request, or by a caller with other rights. \
                          Use a new key.";
            Ok(request.error_response(Error::new(Code::IdempotencyKeyReused, detail)))
        }
        Err(error) => Ok(request.error_response(error)),
    }
}

/// Reads the body, as the fingerprint covers it, and puts it back for the handler. The fingerprint covers the rights of who asks, too: nobody
/// is told what somebody else has created who may do more.
async fn begin(app: &App, who: &Caller, request: &mut ServiceRequest) -> Result<(Begun, Key), Error> {
    let hash = key(request)?;
    let payload = request.take_payload();
    let body = body::read_whole(request.request(), payload).await?;
    let mut fingerprint = Sha256::new();
    let (tenant_id, is_link) = (who.tenant_id, who.kind == CallerKind::PortalLink);
    fingerprint.update(format!("{} {} {is_link} ", who.role.name(), who.platform));
    fingerprint.update(request.uri().to_string());
    fingerprint.update([0]);
    fingerprint.update(&body);
    request.set_payload(Payload::from(body));
    let key = Key { tenant_id, hash, fingerprint: fingerprint.finalize().into() };
    let now = app.clock.now();
    match app.store.write(move |db| idempotency::begin(db, &key, now)).await {
        // Of two at once the other was first, on this node or another.
        Err(StoreError::Taken) => Ok((Begun::UnderWay, key)),
        begun => Ok((begun?, key)),
    }
}

fn key(request: &ServiceRequest) -> Result<[u8; 32], Error> {
    let detail = "An Idempotency-Key is one text of 1 to 255 printable ASCII characters, for example a UUID.";
    let invalid = || Error::new(Code::IdempotencyKeyInvalid, detail);
    let value = request.headers().get(KEY).ok_or_else(invalid)?;
    let fine = (1..=MAX_KEY).contains(&value.len()) && value.as_bytes().iter().all(|byte| matches!(byte, b' '..=b'~'));
    if fine { Ok(Sha256::digest(value.as_bytes()).into()) } else { Err(invalid()) }
}

/// Keeps the answer, or frees the key.
async fn end(
    app: &App,
    key: Key,
    began: Timestamp,
    response: Result<ServiceResponse<BoxBody>, actix_web::Error>,
) -> Result<ServiceResponse<BoxBody>, actix_web::Error> {
    let (answer, response) = match response {
        Ok(response) if matches!(response.status(), StatusCode::CREATED | StatusCode::ACCEPTED) => {
            let (request, response) = response.into_parts();
            let (head, body) = response.into_parts();
            let body = to_bytes(body).await.map_err(Error::internal)?;
            let kept = KEPT_HEADERS
                .iter()
                .filter_map(|&name| Some((name.to_owned(), head.headers().get(name)?.to_str().ok()?.to_owned())));
            let without_secret = head.extensions().get().map(|Kept(body)| body.clone());
            let answer = Answer {
                status: head.status().as_u16(),
                headers: kept.collect(),
                body: without_secret.unwrap_or_else(|| body.to_vec()),
            };
            (Some(answer), Ok(ServiceResponse::new(request, head.set_body(BoxBody::new(body)))))
        }
        other => (None, other),
    };
    if let Err(error) = app.store.write(move |db| idempotency::end(db, &key, began, answer.as_ref())).await {
        // The request is done all the same; sent again it is answered from what it has made.
        tracing::error!(%error, "the answer to a request with an Idempotency-Key could not be kept");
    }
    response
}

fn replay(answer: Answer) -> HttpResponse {
    let Answer { status, headers, body } = answer;
    let mut response = HttpResponse::build(StatusCode::from_u16(status).unwrap_or(StatusCode::OK));
    for header in headers {
        response.insert_header(header);
    }
    response.insert_header((REPLAYED, "true")).body(body)
}

/// Answers once more for a request whose answer is not kept: with what it has made, as it is now.
async fn made(app: &App, tenant_id: Id, done: Done) -> Result<HttpResponse, Error> {
    let Done { action, target_id } = done;
    let made = match (action, target_id.parse()) {
        (AuditAction::WebhookCreated, Ok(id)) => webhooks::made(app, tenant_id, id).await,
        (AuditAction::TenantCreated, Ok(id)) => tenants::made(app, id).await,
        (AuditAction::EventTypeCreated, _) => event_types::made(app, tenant_id, target_id.clone()).await,
        _ => Err(Error::not_found()),
    };
    match made {
        Ok(mut response) => {
            response.headers_mut().insert(HeaderName::from_static(REPLAYED), HeaderValue::from_static("true"));
            Ok(response)
        }
        Err(error) if error.code() == Code::NotFound => {
            let (action, kind) = (action.name(), action.target());
            let detail = format!(
                "The request with this Idempotency-Key was carried out ({action}, {kind} {target_id}), and its answer is lost. Look there for \
                 what it did; to do it again, use a new key."
            );
            Err(Error::new(Code::IdempotencyAnswerLost, detail))
        }
        Err(error) => Err(error),
    }
}
