//! The API's client: the only file that makes requests. The stream of updates is followed in `live.rs`.

use crate::{browser, live, once::Once, session};
use gloo_net::http::{Request, RequestBuilder};
use leptos::{
    prelude::window,
    wasm_bindgen::{JsCast as _, JsValue},
};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::value::RawValue;
use shared::{
    ApiKey, AuditEntry, ClientError, Code, Delivery, DeliverySummary, Event, EventSummary, EventType, Id, NewApiKey,
    NewEventType, NewOperator, NewPortalLink, NewPreflight, NewTenant, NewTest, NewWebhook, OpenPortalLink, Operator,
    OperatorPatch, Page, PasswordChange, Period, PortalLink, Preflight, Problem, Resend, ResendCount, ResendFailed,
    ResendHeaders, ResendJob, ResendKind, RotatedSecret, SecretRotation, Session, SetUp, SetUpState, SignIn, Stats,
    Tenant, TenantPatch, TenantSummary, Webhook, WebhookPatch, paths::API,
};
use std::{cell::Cell, future::Future, pin::Pin, time::Duration};
use wasm_bindgen_futures::JsFuture;
use web_sys::{AbortSignal, Blob, BlobPropertyBag, RequestCache, RequestInit};

/// The state of webhooks, among those that their list is narrowed to, whose latest attempts have failed; and of tenants that have such.
pub(crate) const FAILING: &str = "failing";

/// The header that names the tenant that a request is for.
const TENANT: &str = "Hookwright-Tenant";
/// Rows of a page.
const PAGE: &str = "50";
const LONGEST_PAGE: &str = "100";
/// How many are counted where it need not be known exactly how many more there are.
const COUNTED: &str = "20";
/// How often, and how many times, it is asked what has become of a request that is under way already.
const ASKED_AFTER: Duration = Duration::from_secs(1);
const ASKED: u32 = 30;

/// How long an answer is waited for, in milliseconds. The slowest take about ten seconds, such as figures over very many rows, and some lines
/// need as long for what comes.
const PATIENCE_MS: u32 = 30_000;

/// Why a request did not succeed.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct ApiError {
    /// The status, if the server answered at all.
    pub(crate) status: Option<u16>,
    /// What the server said is wrong. Boxed, so that an answer costs little where nothing is.
    pub(crate) problem: Option<Box<Problem>>,
    /// Whether the answer was waited for in vain.
    pub(crate) is_late: bool,
}

impl ApiError {
    /// Nothing came back.
    pub(crate) const NO_ANSWER: Self = Self { status: None, problem: None, is_late: false };

    /// Nothing is there, which needs no question: what should be an id is none.
    pub(crate) const NOT_FOUND: Self = Self { status: Some(404), ..Self::NO_ANSWER };

    /// Whether the same request may succeed in a moment: the server, or what stands before it, was not there.
    pub(crate) fn may_pass(&self) -> bool {
        match self.status {
            None => window().navigator().on_line(),
            Some(status) => matches!(status, 502..=504),
        }
    }

    /// Whether the request may have been carried out all the same, or may still be.
    pub(crate) fn may_be_done(&self) -> bool {
        matches!(self.status, None | Some(500..)) || self.code() == Some(Code::IdempotencyInProgress)
    }

    pub(crate) fn code(&self) -> Option<Code> {
        self.problem.as_ref().map(|problem| problem.code)
    }
}

type Answer<T> = Result<T, ApiError>;

/// An API key that was made, of which only the key is read: nothing else is shown.
#[derive(Deserialize)]
pub(crate) struct MadeKey {
    pub(crate) key: String,
}

/// What a list of deliveries is narrowed to. What is empty does not narrow.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct DeliveryFilter {
    pub(crate) status: String,
    pub(crate) event_type: String,
    pub(crate) failure: String,
    pub(crate) status_code: String,
    pub(crate) from: String,
    pub(crate) to: String,
    pub(crate) search: String,
    pub(crate) cursor: String,
}

/// `status`: one of the API's, or [`FAILING`].
pub(crate) async fn webhooks(search: &str, status: &str, cursor: &str) -> Answer<Page<Webhook>> {
    let state = if status == FAILING { ("failing", "true") } else { ("status", status) };
    let query = [("q", search), state, ("cursor", cursor), ("limit", LONGEST_PAGE)];
    list("webhooks", &query).await
}

/// The webhooks that are failing, as many as are counted.
pub(crate) async fn failing_webhooks() -> Answer<Page<Webhook>> {
    list("webhooks", &[("failing", "true"), ("limit", COUNTED)]).await
}

/// The webhooks that want events of that type, whatever their conditions.
pub(crate) async fn webhooks_wanting(event_type: &str) -> Answer<Page<Webhook>> {
    let query = [("event_type", event_type), ("limit", LONGEST_PAGE)];
    list("webhooks", &query).await
}

pub(crate) async fn webhook(id: Id) -> Answer<Webhook> {
    read(Request::get(&format!("{API}/webhooks/{id}"))).await
}

pub(crate) async fn create_webhook(new: &NewWebhook, once: Once) -> Answer<Webhook> {
    write_once(format!("{API}/webhooks"), new, once).await
}

/// Changes that version of a webhook and no other; without one, whatever has become of it.
pub(crate) async fn change_webhook(id: Id, version: Option<u64>, patch: &WebhookPatch) -> Answer<Webhook> {
    let mut request = Request::patch(&format!("{API}/webhooks/{id}"));
    if let Some(version) = version {
        request = request.header("If-Match", &format!("\"{version}\""));
    }
    write(request, patch).await
}

/// Sets a new secret; the one before signs too for a while.
pub(crate) async fn rotate_secret(id: Id, rotation: &SecretRotation) -> Answer<RotatedSecret> {
    write(Request::post(&format!("{API}/webhooks/{id}/rotate-secret")), rotation).await
}

pub(crate) async fn delete_webhook(id: Id) -> Answer<()> {
    live::deleting(id);
    remove(format!("{API}/webhooks/{id}")).await.inspect_err(|_| live::not_deleted(id))
}

pub(crate) async fn event_types() -> Answer<Vec<EventType>> {
    list("event-types", &[]).await.map(|page| page.items)
}

pub(crate) async fn create_event_type(new: &NewEventType, once: Once) -> Answer<EventType> {
    write_once(format!("{API}/event-types"), new, once).await
}

/// Changes what the catalogue says of a type.
pub(crate) async fn put_event_type(new: &NewEventType) -> Answer<EventType> {
    write(Request::put(&event_type(&format!("{}.{}", new.source, new.kind))), new).await
}

pub(crate) async fn delete_event_type(name: String, all_tenants: bool) -> Answer<()> {
    remove(format!("{}?all_tenants={all_tenants}", event_type(&name))).await
}

fn event_type(name: &str) -> String {
    format!("{API}/event-types/{}", String::from(js_sys::encode_uri_component(name)))
}

/// The deliveries of a webhook, or of all of them.
pub(crate) async fn deliveries(webhook: Option<Id>, filter: &DeliveryFilter) -> Answer<Page<DeliverySummary>> {
    let DeliveryFilter { status, event_type, failure, status_code, from, to, search, cursor } = filter;
    let query = [
        ("status", status.as_str()),
        ("event_type", event_type),
        ("failure", failure),
        ("status_code", status_code),
        ("from", from),
        ("to", to),
        ("q", search),
        ("cursor", cursor),
        ("limit", PAGE),
    ];
    let path = webhook.map_or_else(|| "deliveries".to_owned(), |id| format!("webhooks/{id}/deliveries"));
    list(&path, &query).await
}

/// How the deliveries of a webhook, or of all of them, went.
pub(crate) async fn stats(webhook: Option<Id>, period: Period) -> Answer<Stats> {
    let path = webhook.map_or_else(|| format!("{API}/stats"), |id| format!("{API}/webhooks/{id}/stats"));
    read(Request::get(&path).query([("period", period.name())])).await
}

/// What became of an event at each webhook.
pub(crate) async fn event(id: Id) -> Answer<Event> {
    read(Request::get(&format!("{API}/events/{id}"))).await
}

pub(crate) async fn erase_event(id: Id) -> Answer<()> {
    remove(format!("{API}/events/{id}/content")).await
}

/// The events that no webhook wanted.
pub(crate) async fn unwanted_events(search: &str, cursor: &str) -> Answer<Page<EventSummary>> {
    let query = [("matched", "false"), ("q", search), ("cursor", cursor), ("limit", PAGE)];
    list("events", &query).await
}

/// Sends a test event to a webhook.
pub(crate) async fn test(webhook: Id, test: &NewTest) -> Answer<DeliverySummary> {
    write(Request::post(&format!("{API}/webhooks/{webhook}/test")), test).await
}

/// Looks at a payload URL before it is saved.
pub(crate) async fn preflight(url: String) -> Answer<Preflight> {
    write(Request::post(&format!("{API}/webhooks/preflight")), &NewPreflight { url }).await
}

/// Whether the server has another portal by now than the one that runs here: its page names other files.
pub(crate) async fn is_old() -> bool {
    let Some(script) = browser::script() else { return false };
    let Ok(answer) = Request::get("/").cache(RequestCache::NoCache).send().await else { return false };
    answer.ok() && answer.text().await.is_ok_and(|page| !page.contains(&script))
}

/// How many deliveries [`send_many`] would send.
pub(crate) async fn count_many(webhook: Id, kind: ResendKind, which: ResendFailed) -> Answer<ResendCount> {
    parsed(&many(webhook, kind, &ResendFailed { dry_run: true, ..which }, None).await?)
}

/// Sends a webhook again what failed, or what it missed.
pub(crate) async fn send_many(webhook: Id, kind: ResendKind, which: ResendFailed, once: Once) -> Answer<ResendJob> {
    parsed(&many(webhook, kind, &which, Some(once)).await?)
}

/// What was missed has no headers yet that could be sent again: then `which` asks for the original ones, which it does by not naming any.
fn many(webhook: Id, kind: ResendKind, which: &ResendFailed, once: Option<Once>) -> Asked {
    let path = match kind {
        ResendKind::Failed => "resend-failed",
        ResendKind::Missed => "send-missed",
    };
    let (path, body) = (format!("{API}/webhooks/{webhook}/{path}"), serde_json::to_string(which).unwrap_or_default());
    match once {
        None => asked(with_json(Request::post(&path), Ok(body))),
        Some(once) => asked_once(path, body, once),
    }
}

pub(crate) async fn resend_job(id: Id) -> Answer<ResendJob> {
    read(Request::get(&format!("{API}/resend-jobs/{id}"))).await
}

/// The job that sends a webhook many deliveries, if one is running.
pub(crate) async fn running_resend_job(webhook: Id) -> Answer<Option<ResendJob>> {
    let page = list(&format!("webhooks/{webhook}/resend-jobs"), &[("status", "running")]).await?;
    Ok(page.items.into_iter().next())
}

pub(crate) async fn cancel_resend_job(id: Id) -> Answer<()> {
    remove(format!("{API}/resend-jobs/{id}")).await
}

pub(crate) async fn delivery(id: Id) -> Answer<Delivery> {
    read(Request::get(&format!("{API}/deliveries/{id}"))).await
}

pub(crate) async fn resend(id: Id, headers: ResendHeaders, once: Once) -> Answer<DeliverySummary> {
    write_once(format!("{API}/deliveries/{id}/resend"), &Resend { headers }, once).await
}

pub(crate) async fn session() -> Answer<Session> {
    parsed(&accepted(Request::get(&format!("{API}/session")).build()).await?)
}

pub(crate) async fn sign_in(email: String, password: String) -> Answer<Session> {
    enter("session", &SignIn { email, password }).await
}

pub(crate) async fn sign_out() -> Answer<()> {
    remove(format!("{API}/session")).await
}

/// Lets the session act for that tenant.
pub(crate) async fn act_for(tenant: Id) -> Answer<Session> {
    read(Request::put(&format!("{API}/session/tenant")).header(TENANT, &tenant.to_string())).await
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

pub(crate) async fn operators(search: &str, cursor: &str) -> Answer<Page<Operator>> {
    let query = [("q", search), ("cursor", cursor), ("limit", PAGE)];
    list("operators", &query).await
}

pub(crate) async fn create_operator(new: &NewOperator) -> Answer<Operator> {
    write(Request::post(&format!("{API}/operators")), new).await
}

pub(crate) async fn change_operator(id: Id, patch: &OperatorPatch) -> Answer<Operator> {
    write(Request::patch(&format!("{API}/operators/{id}")), patch).await
}

pub(crate) async fn delete_operator(id: Id) -> Answer<()> {
    remove(format!("{API}/operators/{id}")).await
}

pub(crate) async fn api_keys(search: &str, cursor: &str) -> Answer<Page<ApiKey>> {
    let query = [("q", search), ("cursor", cursor), ("limit", PAGE)];
    list("api-keys", &query).await
}

pub(crate) async fn create_api_key(new: &NewApiKey) -> Answer<MadeKey> {
    write(Request::post(&format!("{API}/api-keys")), new).await
}

pub(crate) async fn revoke_api_key(id: Id) -> Answer<()> {
    remove(format!("{API}/api-keys/{id}")).await
}

pub(crate) async fn audit_log(search: &str, cursor: &str) -> Answer<Page<AuditEntry>> {
    let query = [("q", search), ("cursor", cursor), ("limit", PAGE)];
    list("audit-log", &query).await
}

/// `status`: [`FAILING`], or empty.
pub(crate) async fn tenants(search: &str, status: &str, cursor: &str) -> Answer<Page<TenantSummary>> {
    let failing = if status == FAILING { "true" } else { "" };
    let query = [("q", search), ("failing", failing), ("cursor", cursor), ("limit", PAGE)];
    list("tenants", &query).await
}

pub(crate) async fn create_tenant(new: &NewTenant) -> Answer<Tenant> {
    write(Request::post(&format!("{API}/tenants")), new).await
}

pub(crate) async fn change_tenant(id: Id, patch: &TenantPatch) -> Answer<Tenant> {
    write(Request::patch(&format!("{API}/tenants/{id}")), patch).await
}

pub(crate) async fn delete_tenant(id: Id, with_webhooks: bool, erases: bool) -> Answer<()> {
    let with = [with_webhooks.then_some(("webhooks", "delete")), erases.then_some(("content", "erase"))];
    let request = Request::delete(&format!("{API}/tenants/{id}")).query(with.into_iter().flatten());
    asked(request.build()).await.map(drop)
}

/// Makes a link to the portal of that tenant.
pub(crate) async fn create_portal_link(tenant: Id, new: &NewPortalLink) -> Answer<PortalLink> {
    write(Request::post(&format!("{API}/portal-links")).header(TENANT, &tenant.to_string()), new).await
}

/// Tells the server what broke here. The browser sends it by itself: after a panic nothing of the portal waits for an answer.
pub(crate) fn report(error: &ClientError) {
    let kind = BlobPropertyBag::new();
    kind.set_type("application/json");
    let text = serde_json::to_string(error).unwrap_or_default();
    if let Ok(body) = Blob::new_with_str_sequence_and_options(&js_sys::Array::of1(&text.into()), &kind) {
        let _ = window().navigator().send_beacon_with_opt_blob(&format!("{API}/client-errors"), Some(&body));
    }
}

/// Begins a session: a 401 here says that what was typed is wrong, not that a session has ended.
async fn enter(path: &str, body: &impl Serialize) -> Answer<Session> {
    let request = Request::post(&format!("{API}/{path}"));
    parsed(&accepted(with_json(request, serde_json::to_string(body))).await?)
}

/// A page of a list, narrowed by the parameters that are not empty. What is read for each type is the item only.
async fn list<T: DeserializeOwned>(path: &str, query: &[(&str, &str)]) -> Answer<Page<T>> {
    let query = query.iter().copied().filter(|(_, value)| !value.is_empty());
    let answer = asked(Request::get(&format!("{API}/{path}")).query(query).build());
    let page: Page<Box<RawValue>> = parsed(&answer.await?)?;
    let items = page.items.iter().map(|item| parsed(item.get())).collect::<Answer<_>>()?;
    Ok(Page { items, next_cursor: page.next_cursor })
}

async fn read<T: DeserializeOwned>(request: RequestBuilder) -> Answer<T> {
    parsed(&asked(request.build()).await?)
}

async fn remove(path: String) -> Answer<()> {
    asked(Request::delete(&path).build()).await.map(drop)
}

async fn write<T: DeserializeOwned>(request: RequestBuilder, body: &impl Serialize) -> Answer<T> {
    parsed(&asked(with_json(request, serde_json::to_string(body))).await?)
}

fn with_json(request: RequestBuilder, body: serde_json::Result<String>) -> Result<Request, gloo_net::Error> {
    request.header("Content-Type", "application/json").body(body?)
}

/// Posts what must not be written twice.
async fn write_once<T: DeserializeOwned>(path: String, body: &impl Serialize, once: Once) -> Answer<T> {
    parsed(&asked_once(path, serde_json::to_string(body).unwrap_or_default(), once).await?)
}

/// Asks under a key, which counts until it is certain what became of the request. One that is under way already is waited for: its
/// answer comes to whoever asks with the same key.
fn asked_once(path: String, body: String, once: Once) -> Asked {
    Box::pin(async move {
        let key = once.key(&format!("{path} {body}"));
        let mut asked_before = 0;
        loop {
            let request = Request::post(&path).header("Idempotency-Key", &key);
            let answer = asked(with_json(request, Ok(body.clone()))).await;
            let error = answer.as_ref().err();
            if asked_before < ASKED && error.is_some_and(|error| error.code() == Some(Code::IdempotencyInProgress)) {
                asked_before += 1;
                browser::pause(ASKED_AFTER).await;
                continue;
            }
            if !error.is_some_and(ApiError::may_be_done) {
                once.answered();
            }
            return answer;
        }
    })
}

/// An answer that comes later, behind a pointer: what waits for one is made for each type of answer, and this part only once.
type Asked = Pin<Box<dyn Future<Output = Answer<String>>>>;

/// Asks the server as somebody who is signed in, for the tenant that this tab shows: another tab may have changed the session's. If the
/// server no longer knows them, they are asked to sign in again.
fn asked(request: Result<Request, gloo_net::Error>) -> Asked {
    Box::pin(async move {
        if let (Ok(request), Some(tenant)) = (&request, session::tenant())
            && !request.headers().has(TENANT)
        {
            request.headers().set(TENANT, &tenant.to_string());
        }
        let had_declined = session::has_declined();
        let accepted = accepted(request).await;
        match &accepted {
            // What was asked for before the question was closed does not bring it back.
            Err(ApiError { status: Some(401), .. }) if session::has_declined() && !had_declined => {}
            Err(ApiError { status: Some(401), .. }) => session::ended(),
            Err(ApiError { status: None | Some(500..), .. }) => {}
            _ => session::goes_on(),
        }
        accepted
    })
}

/// What the server answers, if it is no problem.
fn accepted(request: Result<Request, gloo_net::Error>) -> Asked {
    Box::pin(async move {
        let request = web_sys::Request::from(request.map_err(|_| ApiError::NO_ANSWER)?);
        let began = js_sys::Date::now();
        let unanswered = |why| unanswered(&why, began);
        let patience = RequestInit::new();
        patience.set_signal(Some(&AbortSignal::timeout_with_u32(PATIENCE_MS)));
        let sent = JsFuture::from(window().fetch_with_request_and_init(&request, &patience)).await;
        let response: web_sys::Response = sent.map_err(unanswered)?.unchecked_into();
        let text = JsFuture::from(response.text().map_err(unanswered)?).await.map_err(unanswered)?;
        let text = text.as_string().unwrap_or_default();
        ANSWERED.set(js_sys::Date::now());
        if response.ok() {
            return Ok(text);
        }
        // A code that this portal does not know yet makes the problem unreadable; the status is still told.
        let problem = serde_json::from_str(&text).ok();
        Err(ApiError { status: Some(response.status()), problem, ..ApiError::NO_ANSWER })
    })
}

thread_local! {
    /// When the server answered at last, in milliseconds.
    static ANSWERED: Cell<f64> = const { Cell::new(0.0) };
}

/// Nothing came back: at all, or for too long. A server that has answered nothing meanwhile may be silent in the stream too, which nobody
/// would notice there.
fn unanswered(why: &JsValue, began: f64) -> ApiError {
    let is_late = why.unchecked_ref::<js_sys::Error>().name() == "TimeoutError";
    if is_late && ANSWERED.get() < began {
        live::doubt();
    }
    ApiError { is_late, ..ApiError::NO_ANSWER }
}

fn parsed<T: DeserializeOwned>(text: &str) -> Answer<T> {
    serde_json::from_str(text).map_err(|_| ApiError { status: Some(200), ..ApiError::NO_ANSWER })
}
