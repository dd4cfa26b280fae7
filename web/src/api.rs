//! The API's client: the only file that speaks HTTP.

use crate::session;
use gloo_net::http::{Request, RequestBuilder, Response};
use serde::{Serialize, de::DeserializeOwned};
use shared::{
    ApiKey, AuditEntry, Code, CreatedApiKey, Delivery, DeliverySummary, EventType, Id, NewApiKey, NewOperator,
    NewWebhook, OpenPortalLink, Operator, OperatorPatch, Page, PasswordChange, Problem, Resend, ResendHeaders, Session,
    SetUp, SetUpState, SignIn, Webhook, WebhookPatch, paths::API,
};

/// Rows of a page of deliveries.
const PAGE: &str = "50";
const LONGEST_PAGE: &str = "100";

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
    let query = [("q", search), ("cursor", cursor), ("limit", LONGEST_PAGE)];
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

pub(crate) async fn session() -> Answer<Session> {
    let response = Request::get(&format!("{API}/session")).send().await;
    parsed_without_session(response).await
}

pub(crate) async fn sign_in(email: String, password: String) -> Answer<Session> {
    enter("session", &SignIn { email, password }).await
}

pub(crate) async fn sign_out() -> Answer<()> {
    let request = Request::delete(&format!("{API}/session"));
    checked(request.send().await).await.map(drop)
}

pub(crate) async fn change_password(current_password: String, new_password: String) -> Answer<Session> {
    let change = PasswordChange { current_password, new_password };
    write(Request::put(&format!("{API}/session/password")), &change).await
}

pub(crate) async fn open_portal_link(token: String) -> Answer<Session> {
    enter("session/portal-link", &OpenPortalLink { token }).await
}

pub(crate) async fn set_up_state() -> Answer<SetUpState> {
    read(Request::get(&format!("{API}/set-up"))).await
}

pub(crate) async fn set_up(token: String, email: String, password: String) -> Answer<Session> {
    enter("set-up", &SetUp { token, email, password }).await
}

pub(crate) async fn operators() -> Answer<Page<Operator>> {
    read(with_query(Request::get(&format!("{API}/operators")), [("limit", LONGEST_PAGE)])).await
}

pub(crate) async fn create_operator(new: &NewOperator) -> Answer<Operator> {
    write(Request::post(&format!("{API}/operators")), new).await
}

pub(crate) async fn change_operator(id: Id, patch: &OperatorPatch) -> Answer<Operator> {
    write(Request::patch(&format!("{API}/operators/{id}")), patch).await
}

pub(crate) async fn delete_operator(id: Id) -> Answer<()> {
    let request = Request::delete(&format!("{API}/operators/{id}"));
    checked(request.send().await).await.map(drop)
}

pub(crate) async fn api_keys() -> Answer<Page<ApiKey>> {
    read(with_query(Request::get(&format!("{API}/api-keys")), [("limit", LONGEST_PAGE)])).await
}

pub(crate) async fn create_api_key(new: &NewApiKey) -> Answer<CreatedApiKey> {
    write(Request::post(&format!("{API}/api-keys")), new).await
}

pub(crate) async fn revoke_api_key(id: Id) -> Answer<()> {
    let request = Request::delete(&format!("{API}/api-keys/{id}"));
    checked(request.send().await).await.map(drop)
}

pub(crate) async fn audit_log(action: &str, cursor: &str) -> Answer<Page<AuditEntry>> {
    let query = [("action", action), ("cursor", cursor), ("limit", PAGE)];
    read(with_query(Request::get(&format!("{API}/audit-log")), query)).await
}

/// Begins a session: a 401 here says that what was typed is wrong, not that a session has ended.
async fn enter(path: &str, body: &impl Serialize) -> Answer<Session> {
    let request = Request::post(&format!("{API}/{path}")).json(body).map_err(|_| ApiError::NO_ANSWER)?;
    parsed_without_session(request.send().await).await
}

async fn parsed_without_session(response: Result<Response, gloo_net::Error>) -> Answer<Session> {
    let response = accepted(response).await?;
    let status = response.status();
    response.json().await.map_err(|_| ApiError { status: Some(status), problem: None })
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

/// An answer of the server to somebody who is signed in; if the server no longer knows them, they are asked to sign in again.
async fn checked(response: Result<Response, gloo_net::Error>) -> Answer<Response> {
    let accepted = accepted(response).await;
    if accepted.as_ref().is_err_and(|error| error.status == Some(401)) {
        session::ended();
    }
    accepted
}

async fn accepted(response: Result<Response, gloo_net::Error>) -> Answer<Response> {
    let response = response.map_err(|_| ApiError::NO_ANSWER)?;
    if response.ok() {
        return Ok(response);
    }
    // A code that this portal does not know yet makes the problem unreadable; the status is still told.
    Err(ApiError { status: Some(response.status()), problem: response.json().await.ok() })
}
