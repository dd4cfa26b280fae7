//! The API's client: the only file that speaks HTTP.

use gloo_net::http::{Request, RequestBuilder, Response};
use serde::{Serialize, de::DeserializeOwned};
use shared::{
    Code, Delivery, DeliverySummary, EventType, Id, NewWebhook, Page, Problem, Resend, ResendHeaders, Webhook,
    WebhookPatch, paths::API,
};

/// Rows of a page of deliveries.
const PAGE: &str = "50";
const WEBHOOKS_PAGE: &str = "100";

/// Why a request did not succeed.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct ApiError {
    /// The status, if the server answered at all.
    pub(crate) status: Option<u16>,
    /// What the server said is wrong.
    pub(crate) problem: Option<Problem>,
}

impl ApiError {
    const NO_ANSWER: Self = Self { status: None, problem: None };

    pub(crate) fn code(&self) -> Option<Code> {
        self.problem.as_ref().map(|problem| problem.code)
    }
}

type Answer<T> = Result<T, ApiError>;

/// What a list of deliveries is narrowed to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct DeliveryFilter {
    pub(crate) status: String,
    pub(crate) event_type: String,
    pub(crate) search: String,
    pub(crate) cursor: String,
}

pub(crate) async fn webhooks(search: &str, cursor: &str) -> Answer<Page<Webhook>> {
    let query = [("q", search), ("cursor", cursor), ("limit", WEBHOOKS_PAGE)];
    read(with_query(Request::get(&format!("{API}/webhooks")), query)).await
}

pub(crate) async fn webhook(id: Id) -> Answer<Webhook> {
    read(Request::get(&format!("{API}/webhooks/{id}"))).await
}

pub(crate) async fn create_webhook(new: &NewWebhook) -> Answer<Webhook> {
    write(Request::post(&format!("{API}/webhooks")), new).await
}

/// Changes that version of a webhook and no other.
pub(crate) async fn change_webhook(id: Id, version: u64, patch: &WebhookPatch) -> Answer<Webhook> {
    let request = Request::patch(&format!("{API}/webhooks/{id}")).header("If-Match", &format!("\"{version}\""));
    write(request, patch).await
}

pub(crate) async fn delete_webhook(id: Id) -> Answer<()> {
    let request = Request::delete(&format!("{API}/webhooks/{id}"));
    checked(request.send().await).await.map(drop)
}

pub(crate) async fn event_types() -> Answer<Vec<EventType>> {
    let page: Page<EventType> = read(Request::get(&format!("{API}/event-types"))).await?;
    Ok(page.items)
}

pub(crate) async fn deliveries(webhook: Id, filter: &DeliveryFilter) -> Answer<Page<DeliverySummary>> {
    let DeliveryFilter { status, event_type, search, cursor } = filter;
    let query =
        [("status", status.as_str()), ("event_type", event_type), ("q", search), ("cursor", cursor), ("limit", PAGE)];
    read(with_query(Request::get(&format!("{API}/webhooks/{webhook}/deliveries")), query)).await
}

pub(crate) async fn delivery(id: Id) -> Answer<Delivery> {
    read(Request::get(&format!("{API}/deliveries/{id}"))).await
}

pub(crate) async fn resend(id: Id, headers: ResendHeaders) -> Answer<DeliverySummary> {
    write(Request::post(&format!("{API}/deliveries/{id}/resend")), &Resend { headers }).await
}

/// Adds the parameters that are not empty.
fn with_query<const N: usize>(request: RequestBuilder, query: [(&str, &str); N]) -> RequestBuilder {
    request.query(query.into_iter().filter(|(_, value)| !value.is_empty()))
}

async fn read<T: DeserializeOwned>(request: RequestBuilder) -> Answer<T> {
    parsed(request.send().await).await
}

async fn write<T: DeserializeOwned>(request: RequestBuilder, body: &impl Serialize) -> Answer<T> {
    let request = request.json(body).map_err(|_| ApiError::NO_ANSWER)?;
    parsed(request.send().await).await
}

async fn parsed<T: DeserializeOwned>(response: Result<Response, gloo_net::Error>) -> Answer<T> {
    let response = checked(response).await?;
    let status = response.status();
    response.json().await.map_err(|_| ApiError { status: Some(status), problem: None })
}

async fn checked(response: Result<Response, gloo_net::Error>) -> Answer<Response> {
    let response = response.map_err(|_| ApiError::NO_ANSWER)?;
    if response.ok() {
        return Ok(response);
    }
    // A code that this portal does not know yet makes the problem unreadable; the status is still told.
    Err(ApiError { status: Some(response.status()), problem: response.json().await.ok() })
}
