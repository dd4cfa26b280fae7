//! The application under test: a real database file, a real HTTP server on a free port, a clock that stands, and a dispatcher that
//! is driven by hand.

use crate::receiver::Receiver;
use api::{
    app::{self, App, Settings},
    clock::Clock,
    delivery::dispatcher::Dispatcher,
};
use reqwest::{Method, StatusCode, header::HeaderMap};
use serde_json::{Value, json};
use shared::Timestamp;
use std::net::TcpListener;
use tempfile::TempDir;

/// 2025-07-08T18:01:20Z
pub(crate) const START: Timestamp = Timestamp::from_micros(1_751_997_680_000_000);

pub(crate) struct TestApp {
    pub(crate) app: App,
    pub(crate) clock: Clock,
    pub(crate) base: String,
    pub(crate) client: reqwest::Client,
    dispatcher: Dispatcher,
    server: actix_web::dev::ServerHandle,
    pub(crate) folder: TempDir,
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

    pub(crate) async fn start_with(change: impl FnOnce(&mut Settings)) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let clock = Clock::standing_at(START);
        let mut settings =
            Settings::for_database(format!("sqlite://{}/hookwright.db", folder.path().display()).parse().unwrap());
        settings.allow_loopback();
        settings.clock = clock.clone();
        change(&mut settings);
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let base = format!("http://{}/api/v1", listener.local_addr().unwrap());
        let (app, dispatcher) = App::open(settings).unwrap();
        let server = app::serve(app.clone(), listener, 1).unwrap();
        let handle = server.handle();
        tokio::spawn(server);
        let client = reqwest::Client::builder().no_proxy().build().unwrap();
        Self { app, clock, base, client, dispatcher, server: handle, folder }
    }

    pub(crate) async fn send(&self, request: reqwest::RequestBuilder) -> Answered {
        let response = request.send().await.unwrap();
        let (status, headers) = (response.status(), response.headers().clone());
        Answered { status, headers, text: response.text().await.unwrap() }
    }

    pub(crate) fn request(&self, method: Method, path: &str) -> reqwest::RequestBuilder {
        self.client.request(method, format!("{}{path}", self.base))
    }

    pub(crate) async fn get(&self, path: &str) -> Answered {
        self.send(self.request(Method::GET, path)).await
    }

    pub(crate) async fn post(&self, path: &str, body: &Value) -> Answered {
        self.send_json(Method::POST, path, body).await
    }

    pub(crate) async fn patch(&self, path: &str, body: &Value) -> Answered {
        self.send_json(Method::PATCH, path, body).await
    }

    pub(crate) async fn send_json(&self, method: Method, path: &str, body: &Value) -> Answered {
        let request = self.request(method, path).header("content-type", "application/json").body(body.to_string());
        self.send(request).await
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
        self.publish_bytes(event.to_string()).await.expect(202).json()["id"].as_str().unwrap().to_owned()
    }

    /// Registers a webhook for all events at that receiver and returns its id.
    pub(crate) async fn webhook(&self, receiver: &Receiver) -> String {
        self.webhook_with(receiver, json!({})).await
    }

    /// Registers a webhook with those members instead of the usual ones.
    pub(crate) async fn webhook_with(&self, receiver: &Receiver, change: Value) -> String {
        let mut new = json!({"url": receiver.url(), "secret": "dummysecret"});
        new.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        self.post("/webhooks", &new).await.expect(201).json()["id"].as_str().unwrap().to_owned()
    }

    /// The deliveries of a webhook, newest first.
    pub(crate) async fn deliveries(&self, webhook: &str) -> Vec<Value> {
        let list = self.get(&format!("/webhooks/{webhook}/deliveries")).await.expect(200).json();
        list["items"].as_array().unwrap().clone()
    }

    /// The only delivery of a webhook, whole.
    pub(crate) async fn delivery(&self, webhook: &str) -> Value {
        let deliveries = self.deliveries(webhook).await;
        assert_eq!(deliveries.len(), 1, "{deliveries:?}");
        self.get(&format!("/deliveries/{}", deliveries[0]["id"].as_str().unwrap())).await.expect(200).json()
    }

    /// Makes every attempt that is due by the test's clock.
    pub(crate) async fn run_due(&mut self) {
        self.dispatcher.run_due().await;
    }
}

impl Drop for TestApp {
    fn drop(&mut self) {
        drop(self.server.stop(false));
    }
}

pub(crate) fn event(source: &str, kind: &str, ce_id: &str) -> Value {
    json!({"specversion": "1.0", "type": kind, "source": source, "id": ce_id, "time": "2025-07-08T18:01:19.622Z", "data": {"n": 1}})
}
