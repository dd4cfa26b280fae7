//! `/live`

use crate::{
    harness::{TestApp, event, id_of},
    receiver::Receiver,
};
use futures_util::{FutureExt as _, StreamExt as _};
use hookwright::store::changes::Change;
use reqwest::Method;
use serde_json::{Value, json};
use shared::Id;
use std::time::Duration;

/// Much longer than anything here takes: a test that waits in vain shall say so.
const IN_VAIN: Duration = Duration::from_secs(20);

/// A stream of live updates as a client reads it.
struct Stream {
    response: reqwest::Response,
    text: String,
}

impl Stream {
    async fn open(app: &TestApp) -> Self {
        Self::read(app.request(Method::GET, "/live")).await
    }

    async fn read(request: reqwest::RequestBuilder) -> Self {
        let response = request.send().await.unwrap();
        assert_eq!(response.status(), 200);
        Self { response, text: String::new() }
    }

    /// The next block of lines; nothing when the stream has ended.
    async fn block(&mut self) -> Option<String> {
        loop {
            if let Some((block, rest)) = self.text.split_once("\n\n") {
                let block = block.to_owned();
                self.text = rest.to_owned();
                return Some(block);
            }
            let chunk = tokio::time::timeout(IN_VAIN, self.response.chunk()).await.expect("nothing came").unwrap()?;
            self.text += str::from_utf8(&chunk).unwrap();
        }
    }

    /// The next event: its name and its data.
    async fn event(&mut self) -> (String, Value) {
        loop {
            let block = self.block().await.expect("the stream has ended");
            if let Some((name, data)) = block.strip_prefix("event: ").and_then(|block| block.split_once("\ndata: ")) {
                return (name.to_owned(), serde_json::from_str(data).unwrap());
            }
            assert_eq!(block, ":", "neither an event nor a comment");
        }
    }

    /// The next event, which must be about a delivery.
    async fn delivery(&mut self) -> Value {
        let (name, data) = self.event().await;
        assert_eq!(name, "delivery.updated", "{data}");
        data
    }
}

#[tokio::test]
async fn a_stream_tells_where_deliveries_stand_after_each_commit() {
    let mut app = TestApp::start().await;
    let receiver = Receiver::start().await;
    let webhook = app.webhook(&receiver).await;
    let mut stream = Stream::open(&app).await;
    assert_eq!(stream.response.headers()["content-type"], "text/event-stream");
    assert_eq!(stream.response.headers()["cache-control"], "no-store");

    app.publish("S", "T", "1").await;
    let pending = stream.delivery().await;
    assert_eq!((&pending["status"], &pending["webhook_id"]), (&json!("pending"), &json!(webhook)));
    app.run_due().await;
    let delivered = stream.delivery().await;
    assert_eq!(delivered["status"], "delivered");
    assert_eq!(delivered["id"], pending["id"]);
    assert_eq!(vec![delivered], app.deliveries(&webhook).await, "what is told is what the list shows");
}

#[tokio::test]
async fn a_stream_tells_of_a_resend() {
    let mut app = TestApp::start().await;
    let receiver = Receiver::start().await;
    receiver.answer_only(crate::receiver::Answer::status(500));
    let webhook = app.webhook_with(&receiver, json!({"retry_schedule": []})).await;
    app.publish("S", "T", "1").await;
    app.run_due().await;
    let id = id_of(&app.delivery(&webhook).await);

    let mut stream = Stream::open(&app).await;
    app.post(&format!("/deliveries/{id}/resend"), &json!({})).await.expect(202);
    let resent = stream.delivery().await;
    assert_eq!((&resent["id"], &resent["in_progress"]), (&json!(id), &json!(true)));
}

#[tokio::test]
async fn a_stream_tells_the_version_of_a_webhook_that_was_created_changed_and_deleted() {
    let app = TestApp::start().await;
    let receiver = Receiver::start().await;
    let mut stream = Stream::open(&app).await;
    let webhook = app.webhook(&receiver).await;
    let path = format!("/webhooks/{webhook}");
    assert_eq!(stream.event().await, ("webhook.updated".into(), json!({"id": webhook, "version": 1})));
    app.patch(&path, &json!({"description": "changed"})).await.expect(200);
    assert_eq!(stream.event().await, ("webhook.updated".into(), json!({"id": webhook, "version": 2})));
    app.delete(&path).await.expect(204);
    assert_eq!(stream.event().await, ("webhook.updated".into(), json!({"id": webhook, "version": 3})));
}

#[tokio::test]
async fn a_stream_tells_of_a_webhook_that_its_receiver_says_is_gone() {
    let mut app = TestApp::start().await;
    let receiver = Receiver::start().await;
    receiver.answer_only(crate::receiver::Answer::status(410));
    let webhook = app.webhook(&receiver).await;
    app.publish("S", "T", "1").await;
    let mut stream = Stream::open(&app).await;
    app.run_due().await;
    assert_eq!(stream.delivery().await["status"], "failed");
    assert_eq!(stream.event().await, ("webhook.updated".into(), json!({"id": webhook, "version": 2})));
}

#[tokio::test]
async fn a_stream_begins_with_a_comment_at_once() {
    let app = TestApp::start().await;
    assert_eq!(Stream::open(&app).await.block().await.as_deref(), Some(":"));
}

#[tokio::test]
async fn another_tenants_stream_tells_nothing_of_it() {
    let app = TestApp::start().await;
    let receiver = Receiver::start().await;
    let mut other = Box::pin(app.app.live.open(Id::from_bytes([9; 16]), async || true).unwrap());
    assert_eq!(other.next().await.unwrap().unwrap(), ":\n\n");
    let mut own = Stream::open(&app).await;
    app.webhook(&receiver).await;
    app.publish_bytes(event("S", "T", "1").to_string()).await.expect(202);
    assert_eq!(own.event().await.0, "webhook.updated");
    assert_eq!(own.event().await.0, "delivery.updated");
    assert!(other.next().now_or_never().is_none());
}

#[tokio::test]
async fn whoever_cannot_be_told_everything_is_told_that() {
    let app = TestApp::start().await;
    let mut stream = Stream::open(&app).await;
    // More than one look of the reader takes, and more than may wait for its next one.
    for number in 0..3_000 {
        app.app.store.tell(Change::Webhook(Id::from_parts(1, number)));
    }
    assert_eq!(stream.event().await, ("lagged".into(), json!({})));
}

#[tokio::test]
async fn streams_end_when_the_server_stops() {
    let app = TestApp::start().await;
    let mut stream = Stream::open(&app).await;
    app.app.live.close();
    while let Some(block) = stream.block().await {
        assert_eq!(block, ":");
    }
}

#[tokio::test]
async fn a_tenant_leaves_as_many_streams_to_others_as_it_has() {
    let app = TestApp::start().await;
    let open = |tenant: u8| app.app.live.open(Id::from_bytes([tenant; 16]), async || true);
    let mut streams: Vec<_> = (0..hookwright::live::MOST_STREAMS / 2).map(|_| open(0).unwrap()).collect();
    let refused = app.get("/live").await.expect(503);
    assert_eq!(refused.problem(), "too_many_streams");
    assert!(refused.header("retry-after").is_some());
    drop(open(1).unwrap());
    streams.pop();
    Stream::open(&app).await;
}

#[tokio::test]
async fn one_stream_too_many_is_refused_until_another_ends() {
    let app = TestApp::start().await;
    let mut streams = Vec::new();
    for number in 0..hookwright::live::MOST_STREAMS {
        streams.push(app.app.live.open(Id::floor(number as u64 + 1), async || true).unwrap());
    }
    let refused = app.get("/live").await.expect(503);
    assert_eq!(refused.problem(), "too_many_streams");
    assert!(refused.header("retry-after").is_some());
    streams.pop();
    Stream::open(&app).await;
}

#[tokio::test]
async fn a_stream_takes_no_parameters_but_the_tenant() {
    let app = TestApp::start().await;
    assert_eq!(app.get("/live?since=1").await.expect(400).problem(), "unknown_parameter");
}

#[tokio::test]
async fn a_stream_tells_of_the_tenant_that_its_address_names() {
    let app = TestApp::start().await;
    let platform = app.platform().await;
    let other = app.call(&platform, Method::POST, "/tenants", Some(&json!({"name": "other"}))).await.expect(201).json();
    let live = |tenant: &str| platform.get(format!("{}/live?tenant={tenant}", app.base));
    let mut stream = Stream::read(live(&id_of(&other))).await;
    let new = json!({"url": "https://receiver.example/hooks", "secret": "long enough to sign with"});
    app.call(&platform, Method::POST, "/webhooks", Some(&new)).await.expect(201);
    let theirs = platform
        .post(format!("{}/webhooks", app.base))
        .header("hookwright-tenant", id_of(&other))
        .header("content-type", "application/json")
        .body(new.to_string());
    let theirs = app.send(theirs).await.expect(201).json();
    assert_eq!(stream.event().await.1["id"], theirs["id"], "and not of the one that the caller is of");
    for (named, status) in [("01JZNK5ZQBNF623MB5KE64GNQB", 404), ("no%20tenant", 400)] {
        app.send(live(named)).await.expect(status);
    }
    assert_eq!(app.get(&format!("/live?tenant={}", id_of(&other))).await.expect(404).problem(), "tenant_unknown");
}
