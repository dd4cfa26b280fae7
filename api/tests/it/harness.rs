//! The application under test: a real database file, a real HTTP server on a free port, a clock that stands, and a dispatcher that
//! is driven by hand.

use crate::{
    openapi,
    processes::{PATIENCE, until},
    receiver::Receiver,
};
use diesel::RunQueryDsl as _;
use hookwright::{
    api_keys,
    app::{App, OpenAppError, Settings, Web},
    clock::Clock,
    delivery::{
        dispatcher::Dispatcher,
        guard::{AllowHttp, Policy},
        request::Identity,
    },
    resend_jobs, server,
    store::{self, DEFAULT_TENANT, DatabaseUrl, Deactivate},
};
use reqwest::{Method, StatusCode, header::HeaderMap};
use serde_json::{Value, json};
use shared::{ActorKind, AuditAction, AuditEntry, Id, NewApiKey, Role, Timestamp, WebhookDefaults};
use std::{
    net::{SocketAddr, TcpListener},
    path::Path,
    time::Duration,
};
use tempfile::TempDir;

/// 2025-07-08T18:01:20Z
pub(crate) const START: Timestamp = Timestamp::from_micros(1_751_997_680_000_000);

/// The event that the product's description shows, 396 bytes.
pub(crate) const EXAMPLE: &str = include_str!("../data/communication_created.json");

pub(crate) struct TestApp {
    pub(crate) app: App,
    pub(crate) clock: Clock,
    pub(crate) base: String,
    /// The API key that `client` sends: an admin of the default tenant.
    pub(crate) key: String,
    pub(crate) client: reqwest::Client,
    pub(crate) dispatcher: Dispatcher,
    server: Server,
    pub(crate) folder: TempDir,
}

/// The HTTP server, which stops with this value.
struct Server(actix_web::dev::ServerHandle);

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.0.stop(false));
    }
}

/// An answer of the API.
#[derive(Debug)]
pub(crate) struct Answered {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
}

impl Answered {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("{error}: {}", self.text))
    }

    #[track_caller]
    pub(crate) fn expect(self, status: u16) -> Self {
        assert_eq!(self.status.as_u16(), status, "{}", self.text);
        self
    }

    /// The problem's code, after checking that it is a whole one.
    #[track_caller]
    pub(crate) fn problem(&self) -> String {
        assert_eq!(self.headers["content-type"], "application/problem+json", "{}", self.text);
        let problem: shared::Problem = serde_json::from_str(&self.text).unwrap();
        assert_eq!(problem.status, self.status.as_u16());
        assert_eq!(self.headers["x-request-id"].to_str().unwrap(), problem.request_id);
        assert!(!problem.detail.is_empty());
        assert_eq!(problem.title, problem.code.title());
        problem.code.name().to_owned()
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }
}

impl TestApp {
    pub(crate) async fn start() -> Self {
        Self::start_with(|_| {}).await
    }

    pub(crate) async fn start_with(change: impl Fn(&mut Settings)) -> Self {
        Self::open(tempfile::tempdir().unwrap(), Clock::standing_at(START), change).await
    }

    /// Stops the application and starts it again on the same database, at the same time of the clock.
    pub(crate) async fn restart_with(self, change: impl Fn(&mut Settings)) -> Self {
        let Self { app, clock, client, dispatcher, server, folder, base: _, key: _ } = self;
        server.0.stop(false).await;
        drop((app, dispatcher, client));
        Self::open(folder, clock, change).await
    }

    async fn open(folder: TempDir, clock: Clock, change: impl Fn(&mut Settings)) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let base = format!("http://{address}/api/v1");
        let settings = || settings(folder.path(), &clock, address, &change);
        let (app, dispatcher) = open_freed(settings).await.unwrap();
        let server = server::serve(app.clone(), listener, 1).unwrap();
        let handle = Server(server.handle());
        tokio::spawn(server);
        let key = api_key(&app, DEFAULT_TENANT, Role::Admin, false).await;
        let client = client(&key);
        Self { app, clock, base, key, client, dispatcher, server: handle, folder }
    }

    pub(crate) async fn send(&self, request: reqwest::RequestBuilder) -> Answered {
        let (client, request) = request.build_split();
        let request = request.unwrap();
        let (method, path) = (request.method().clone(), request.url().path().to_owned());
        let response = client.execute(request).await.unwrap();
        let (status, headers) = (response.status(), response.headers().clone());
        // A stream has no end to wait for; the tests of live updates read it themselves.
        let endless = headers.get("content-type").is_some_and(|value| value == "text/event-stream");
        let text = if endless { String::new() } else { response.text().await.unwrap() };
        let answered = Answered { status, headers, text };
        openapi::check(&method, &path, &answered);
        answered
    }

    pub(crate) fn request(&self, method: Method, path: &str) -> reqwest::RequestBuilder {
        self.client.request(method, format!("{}{path}", self.base))
    }

    pub(crate) async fn get(&self, path: &str) -> Answered {
        self.send(self.request(Method::GET, path)).await
    }

    /// What there is at that path.
    pub(crate) async fn read(&self, path: &str) -> Value {
        let answered = self.get(path).await;
        assert_eq!(answered.status, 200, "{path}: {}", answered.text);
        answered.json()
    }

    /// The items of a list's page.
    pub(crate) async fn items(&self, path: &str) -> Vec<Value> {
        let page = self.read(path).await;
        page["items"].as_array().unwrap_or_else(|| panic!("{path}: {page}")).clone()
    }

    /// Makes one more of what stands in the list at that path.
    pub(crate) async fn make(&self, path: &str, body: &Value) -> Value {
        let answered = self.post(path, body).await;
        assert_eq!(answered.status, 201, "{path}: {}", answered.text);
        answered.json()
    }

    pub(crate) async fn post(&self, path: &str, body: &Value) -> Answered {
        self.send_json(Method::POST, path, body).await
    }

    pub(crate) async fn patch(&self, path: &str, body: &Value) -> Answered {
        self.send_json(Method::PATCH, path, body).await
    }

    pub(crate) async fn send_json(&self, method: Method, path: &str, body: &Value) -> Answered {
        self.call(&self.client, method, path, Some(body)).await
    }

    /// Sends what another client asks for, with that JSON or nothing.
    pub(crate) async fn call(
        &self,
        client: &reqwest::Client,
        method: Method,
        path: &str,
        body: Option<&Value>,
    ) -> Answered {
        let mut request = client.request(method, format!("{}{path}", self.base));
        if let Some(body) = body {
            request = request.header("content-type", "application/json").body(body.to_string());
        }
        self.send(request).await
    }

    /// A client with an API key of an admin of the platform.
    pub(crate) async fn platform(&self) -> reqwest::Client {
        client(&api_key(&self.app, DEFAULT_TENANT, Role::Admin, true).await)
    }

    pub(crate) async fn delete(&self, path: &str) -> Answered {
        self.send(self.request(Method::DELETE, path)).await
    }

    /// Publishes those bytes as a structured CloudEvent.
    pub(crate) async fn publish_bytes(&self, body: impl Into<Vec<u8>>) -> Answered {
        let request = self.request(Method::POST, "/events").header("content-type", "application/cloudevents+json");
        self.send(request.body(body.into())).await
    }

    /// Publishes an event of that name, with an id of its own, and returns the id it got.
    pub(crate) async fn publish(&self, source: &str, kind: &str, ce_id: &str) -> String {
        let event = event(source, kind, ce_id);
        id_of(&self.publish_bytes(event.to_string()).await.expect(202).json())
    }

    /// Publishes the example of the product's description, byte for byte.
    pub(crate) async fn publish_example(&self) {
        self.publish_bytes(EXAMPLE).await.expect(202);
    }

    /// Registers a webhook for all events at that receiver and returns its id.
    pub(crate) async fn webhook(&self, receiver: &Receiver) -> String {
        self.webhook_with(receiver, json!({})).await
    }

    /// Registers a webhook with those members instead of the usual ones.
    pub(crate) async fn webhook_with(&self, receiver: &Receiver, change: Value) -> String {
        let new = changed(json!({"url": receiver.url(), "secret": "dummysecret"}), change);
        id_of(&self.make("/webhooks", &new).await)
    }

    /// The deliveries of a webhook, newest first.
    pub(crate) async fn deliveries(&self, webhook: &str) -> Vec<Value> {
        self.items(&format!("/webhooks/{webhook}/deliveries")).await
    }

    /// The only delivery of a webhook, whole.
    pub(crate) async fn delivery(&self, webhook: &str) -> Value {
        let deliveries = self.deliveries(webhook).await;
        assert_eq!(deliveries.len(), 1, "{deliveries:?}");
        self.read(&format!("/deliveries/{}", id_of(&deliveries[0]))).await
    }

    /// The attempts of a webhook's only delivery, newest first.
    pub(crate) async fn attempts(&self, webhook: &str) -> Vec<Value> {
        self.delivery(webhook).await["attempts"].as_array().unwrap().clone()
    }

    /// Asks for a resend of a webhook's only delivery.
    pub(crate) async fn resend(&self, webhook: &str) -> Answered {
        let id = id_of(&self.delivery(webhook).await);
        self.post(&format!("/deliveries/{id}/resend"), &json!({})).await
    }

    /// Makes every attempt that is due by the test's clock.
    pub(crate) async fn run_due(&mut self) {
        self.dispatcher.run_due().await;
    }

    /// Moves the clock and makes every attempt that is due then.
    pub(crate) async fn run_due_in(&mut self, seconds: i64) {
        self.clock.advance_seconds(seconds);
        self.run_due().await;
    }

    /// Runs a statement on the database; returns how many rows it was about.
    pub(crate) async fn execute(&self, statement: impl Into<String>) -> usize {
        let statement = statement.into();
        self.app.store.write(move |db| diesel::sql_query(statement.as_str()).execute(db)).await.unwrap()
    }

    /// One turn of the runner of jobs and one of the dispatcher; then a second passes.
    pub(crate) async fn turn(&mut self) {
        resend_jobs::run_due(&self.app.store, self.clock.now()).await.unwrap();
        self.run_due().await;
        self.clock.advance_seconds(1);
    }

    /// Purges what is older than the retention time, as the server does now and then.
    pub(crate) async fn purge(&self) {
        let now = self.clock.now();
        self.app.store.purge(now.plus_seconds(-self.app.retention_seconds), now).await.unwrap();
    }
}

/// Opens the application on that folder's database, once the threads of the application before have let go of it: they do so a
/// moment after they were told to.
pub(crate) async fn open_freed(settings: impl Fn() -> Settings) -> Result<(App, Dispatcher), OpenAppError> {
    until(async || match App::open(settings()) {
        Err(in_use @ OpenAppError::InUse(_)) => Err(in_use),
        opened => Ok(opened),
    })
    .await
}

fn settings(folder: &Path, clock: &Clock, address: SocketAddr, change: impl Fn(&mut Settings)) -> Settings {
    let url = format!("sqlite://{}/hookwright.db", folder.display());
    let mut settings = Settings { clock: clock.clone(), ..settings_of(url.parse().unwrap()) };
    settings.policy.own_addresses = vec![address];
    change(&mut settings);
    settings
}

/// The settings of a server that has that database, and lets receivers on this machine be called.
pub(crate) fn settings_of(database_url: DatabaseUrl) -> Settings {
    Settings {
        database_url,
        connections: 8,
        patience: Duration::from_secs(30),
        sealer: None,
        policy: Policy {
            allow_http: AllowHttp::Loopback,
            allow_networks: vec!["127.0.0.0/8".parse().unwrap(), "::1/128".parse().unwrap()],
            ..Policy::default()
        },
        identity: Identity {
            signature_header: "X-Webhook-Signature".into(),
            signature_prefix: String::new(),
            user_agent: concat!("Hookwright/", env!("CARGO_PKG_VERSION")).into(),
        },
        webhook_defaults: WebhookDefaults::default(),
        webhooks_per_tenant: 1_000,
        retention_seconds: 30 * 86_400,
        alerts_tenant: None,
        deactivate: Deactivate::default(),
        clock: Clock::system(),
        web: Web::default(),
        deliver: true,
        name_servers: Vec::new(),
        egress_proxy: None,
    }
}

/// The id of what the API shows.
#[track_caller]
pub(crate) fn id_of(thing: &Value) -> String {
    thing["id"].as_str().unwrap_or_else(|| panic!("without an id: {thing}")).to_owned()
}

/// That object with those members, instead of or beside its own.
pub(crate) fn changed(mut object: Value, change: Value) -> Value {
    let Value::Object(change) = change else { panic!("no object: {change}") };
    object.as_object_mut().unwrap().extend(change);
    object
}

/// The names and values of recorded headers.
pub(crate) fn pairs(headers: &Value) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    headers.as_array().unwrap().iter().map(|header| (text(&header["name"]), text(&header["value"]))).collect()
}

/// That member of each row.
pub(crate) fn column<'a>(rows: &'a [Value], name: &str) -> Vec<&'a Value> {
    rows.iter().map(|row| &row[name]).collect()
}

/// A client that sends that API key.
pub(crate) fn client(key: &str) -> reqwest::Client {
    let bearer = format!("Bearer {key}").parse().unwrap();
    let headers = HeaderMap::from_iter([(reqwest::header::AUTHORIZATION, bearer)]);
    // Once, a request never ended whose server was killed.
    let builder = reqwest::Client::builder().no_proxy().default_headers(headers).timeout(PATIENCE);
    builder.build().unwrap()
}

/// Makes an API key.
pub(crate) async fn api_key(app: &App, tenant_id: Id, role: Role, platform: bool) -> String {
    let new = NewApiKey { name: role.name().into(), role, expires_at: None, platform };
    let now = app.clock.now();
    let (row, created) = api_keys::make(&app.ids, now, tenant_id, new).unwrap();
    let (id, action) = (app.ids.next(now), AuditAction::ApiKeyCreated);
    let entry = AuditEntry::by_itself(id, ActorKind::CommandLine, action, row.id, &row.name);
    app.store.write(move |db| store::api_keys::insert(db, &row, &entry)).await.unwrap();
    created.key
}

pub(crate) fn event(source: &str, kind: &str, ce_id: &str) -> Value {
    json!({"specversion": "1.0", "type": kind, "source": source, "id": ce_id, "time": "2025-07-08T18:01:19.622Z", "data": {"n": 1}})
}
