//! No webhook holds up another, and none gets more than it allows.

use crate::{
    harness::{TestApp, changed, column, event, id_of},
    metrics::metrics,
    problems::Cases,
    processes::{PATIENCE, until},
    receiver::{Answer, Receiver},
    store::claim,
};
use futures_util::{FutureExt as _, future::join_all};
use hookwright::store::{DEFAULT_TENANT, Db, LEASE, NewEvent};
use serde_json::{Value, json};
use shared::Timestamp;
use std::time::Duration;
use tokio::{net::TcpSocket, sync::oneshot};

/// Longer than any attempt here may take.
const NEVER: Duration = Duration::from_secs(60);
/// How many writes the writer lets wait.
const WAITING_WRITES: usize = 4_096;

fn hangs() -> Answer {
    Answer::status(200).after(NEVER)
}

/// Runs the dispatcher until that has happened.
async fn run_until(app: &mut TestApp, happened: impl Future<Output = ()>) {
    tokio::select! {
        () = app.dispatcher.run_due() => panic!("everything was made that is due, and it has not happened"),
        () = happened => {}
    }
}

/// Registers a webhook that wants one type only.
async fn webhook_for(app: &TestApp, receiver: &Receiver, event_type: &str, change: Value) -> String {
    let selected = json!({"events": {"mode": "selected", "types": [event_type]}});
    app.webhook_with(receiver, changed(selected, change)).await
}

async fn publish_many(app: &TestApp, kind: &str, count: usize) {
    for number in 0..count {
        app.publish("A", kind, &format!("{kind}-{number}")).await;
    }
}

/// Copies the only delivery so often, as if it had long been due.
pub(crate) async fn copy_delivery(app: &TestApp, copies: i32) {
    let statement = format!(
        "WITH RECURSIVE copy (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM copy WHERE n < {copies}) \
         INSERT INTO deliveries (id, tenant_id, event_id, webhook_id, event_type, status, attempt_count, retry_index, \
         next_trigger, claimed, due_at, created_at) SELECT randomblob(16), tenant_id, event_id, webhook_id, event_type, 0, 0, 0, \
         'scheduled', 0, 1, created_at FROM deliveries, copy"
    );
    app.execute(statement).await;
}

#[tokio::test]
async fn a_receiver_that_hangs_holds_up_nobody_else() {
    let mut app = TestApp::start().await;
    let (hanging, healthy) = (Receiver::start().await, Receiver::start().await);
    hanging.answer(hangs());
    app.webhook(&hanging).await;
    app.webhook(&healthy).await;
    publish_many(&app, "T", 40).await;
    run_until(&mut app, healthy.reached(40)).await;
    assert!(hanging.received().len() < 40);
}

/// A connection that was closed too early costs a handshake with the next attempt.
#[tokio::test]
async fn webhooks_that_lead_to_one_host_keep_their_connections() {
    let mut app = TestApp::start().await;
    let receiver = Receiver::start().await;
    receiver.answer(Answer::status(200).after(Duration::from_millis(200)));
    for _ in 0..4 {
        app.webhook_with(&receiver, json!({"timeout_ms": 30_000})).await;
    }
    for kind in ["FIRST", "SECOND", "THIRD"] {
        publish_many(&app, kind, 8).await;
        app.dispatcher.run_due().await;
    }
    assert_eq!(receiver.received().len(), 3 * 32);
    // At most 32 attempts were under way at once. Of a race between a connection that becomes free and one that is made, both stay.
    assert!(receiver.connections() <= 40, "{} connections", receiver.connections());
}

#[tokio::test]
async fn an_attempt_waits_for_the_answer_to_the_one_before_and_not_until_that_is_on_disk() {
    let mut app = TestApp::start().await;
    let receiver = Receiver::start().await;
    let webhook = app.webhook_with(&receiver, json!({"max_concurrency": 1})).await;
    publish_many(&app, "T", 5).await;
    let (begin, begun) = oneshot::channel();
    let (release, released) = std::sync::mpsc::channel::<()>();
    let store = app.app.store.clone();
    // Nothing is committed until all have been sent.
    let holding = tokio::spawn(async move {
        let hold = move |_: &mut Db| {
            let _ = begin.send(());
            let _ = released.recv();
            Ok(())
        };
        store.write(hold).await.unwrap();
    });
    begun.await.unwrap();
    tokio::time::timeout(PATIENCE, run_until(&mut app, receiver.reached(5))).await.expect("it waits for the disk");
    assert_eq!(receiver.take_crowds(), [1; 5]);
    drop(release);
    holding.await.unwrap();
    app.run_due().await;
    for delivery in app.deliveries(&webhook).await {
        assert_eq!((&delivery["status"], &delivery["attempt_count"]), (&json!("delivered"), &json!(1)));
    }
    assert_eq!(receiver.received().len(), 5);
}

#[tokio::test]
async fn a_backlog_of_one_webhook_delays_no_other() {
    let mut app = TestApp::start().await;
    let (behind, other) = (Receiver::start().await, Receiver::start().await);
    webhook_for(&app, &behind, "A.BEHIND", json!({})).await;
    app.publish("A", "BEHIND", "1").await;
    copy_delivery(&app, 3_000).await;
    behind.answer(hangs());
    // Not in memory, but due in the database after all of the backlog.
    other.answer(Answer::status(503));
    other.answer(Answer::status(200));
    let webhook = webhook_for(&app, &other, "A.OTHER", json!({"retry_schedule": [1]})).await;
    app.publish("A", "OTHER", "2").await;
    run_until(&mut app, other.reached(1)).await;
    until(async || {
        let delivery = app.delivery(&webhook).await;
        if delivery["status"] == "retrying" { Ok(()) } else { Err(delivery) }
    })
    .await;
    app.clock.advance_seconds(2);
    run_until(&mut app, other.reached(2)).await;
    assert!(behind.received().len() <= 20, "a lane keeps its cap: {}", behind.received().len());
}

#[tokio::test]
async fn a_backlog_is_worked_off_whole() {
    let mut app = TestApp::start().await;
    let receiver = Receiver::start().await;
    let webhook = app.webhook(&receiver).await;
    app.publish("A", "B", "1").await;
    copy_delivery(&app, 700).await;
    app.run_due().await;
    assert_eq!(receiver.received().len(), 701);
    let pending = app.read(&format!("/webhooks/{webhook}/deliveries?status=pending,retrying")).await;
    assert_eq!(pending["items"], json!([]));
}

#[tokio::test]
async fn no_more_attempts_are_under_way_than_a_webhook_allows() {
    let mut app = TestApp::start().await;
    let receiver = Receiver::start().await;
    receiver.answer(Answer::status(200).after(Duration::from_millis(5)));
    app.webhook_with(&receiver, json!({"max_concurrency": 3})).await;
    publish_many(&app, "T", 20).await;
    app.run_due().await;
    assert_eq!(receiver.take_crowds().into_iter().max(), Some(3));
}

#[tokio::test]
async fn a_receiver_that_comes_back_gets_a_probe_first_and_never_more_than_its_cap() {
    let mut app = TestApp::start().await;
    let receiver = Receiver::start().await;
    receiver.answer(Answer::status(503));
    let webhook = app.webhook_with(&receiver, json!({"max_concurrency": 8, "retry_schedule": [10]})).await;
    publish_many(&app, "T", 60).await;
    app.run_due().await;
    receiver.answer_only(Answer::status(200).after(Duration::from_millis(5)));
    receiver.take_crowds();
    app.run_due_in(12).await;
    let crowds = receiver.take_crowds();
    assert_eq!(crowds.len(), 60);
    assert_eq!(crowds[..2], [1, 1], "the second waits for the answer to the probe");
    assert!(crowds.iter().all(|&crowd| crowd <= 8), "{crowds:?}");
    let open = app.read(&format!("/webhooks/{webhook}/deliveries?status=retrying,failed")).await;
    assert_eq!(open["items"], json!([]));
}

#[tokio::test]
async fn a_rate_limit_spreads_attempts_over_time_until_it_is_taken_away() {
    let mut app = TestApp::start().await;
    let receiver = Receiver::start().await;
    let webhook = app.webhook_with(&receiver, json!({"rate_limit": 1})).await;
    publish_many(&app, "T", 6).await;
    for sent in 1..=3 {
        app.run_due().await;
        assert_eq!(receiver.received().len(), sent);
        app.clock.advance_seconds(1);
    }
    let changed = app.patch(&format!("/webhooks/{webhook}"), &json!({"rate_limit": null})).await.expect(200).json();
    assert_eq!(changed["rate_limit"], Value::Null);
    app.run_due().await;
    assert_eq!(receiver.received().len(), 6, "the attempt that reads the change lets the others go");
}

#[tokio::test]
async fn a_receiver_that_asks_for_a_rest_gets_one_and_only_tests_meanwhile() {
    let mut app = TestApp::start().await;
    let receiver = Receiver::start().await;
    receiver.answer(Answer::status(429).header("retry-after", "30"));
    receiver.answer(Answer::status(200));
    let webhook = app.webhook_with(&receiver, json!({"max_concurrency": 1, "retry_schedule": [1]})).await;
    publish_many(&app, "T", 40).await;
    app.run_due().await;
    app.run_due_in(10).await;
    app.publish("A", "LATER", "1").await;
    app.run_due_in(10).await;
    assert_eq!(receiver.received().len(), 1);
    let path = format!("/webhooks/{webhook}/deliveries?limit=100");
    let charged = app.items(&path).await.iter().filter(|delivery| delivery["attempt_count"] != 0).count();
    assert_eq!(charged, 1, "what waits is not charged");
    app.post(&format!("/webhooks/{webhook}/test"), &json!({})).await.expect(202);
    app.run_due().await;
    assert_eq!(receiver.received().len(), 2);
    // The retry of the first comes a little later than it was asked for.
    app.run_due_in(10).await;
    app.run_due_in(10).await;
    assert_eq!(column(&app.items(&path).await, "status"), [&json!("delivered"); 42]);
    assert_eq!(receiver.received().len(), 43);
}

#[tokio::test]
async fn a_long_rest_interrupts_nothing_and_ends_after_an_hour_or_with_an_edit() {
    let mut app = TestApp::start().await;
    let receiver = Receiver::start().await;
    receiver.answer_only(Answer::status(503).header("retry-after", "86400"));
    let webhook = app.webhook_with(&receiver, json!({"max_concurrency": 1, "retry_schedule": [86_400]})).await;
    publish_many(&app, "T", 5).await;
    app.run_due().await;
    // Longer than a claim holds.
    app.run_due_in(60).await;
    publish_many(&app, "LATER", 5).await;
    app.run_due_in(3_530).await;
    assert_eq!(receiver.received().len(), 1);
    app.run_due_in(20).await;
    assert_eq!(receiver.received().len(), 2);
    receiver.answer_only(Answer::status(200));
    app.run_due_in(60).await;
    assert_eq!(receiver.received().len(), 2);
    app.patch(&format!("/webhooks/{webhook}"), &json!({"description": "mended"})).await.expect(200);
    app.run_due().await;
    assert_eq!(receiver.received().len(), 10);
    let deliveries = app.deliveries(&webhook).await;
    assert!(deliveries.iter().all(|delivery| delivery["attempt_count"] == 1), "{deliveries:?}");
}

#[tokio::test]
async fn what_waits_in_memory_beyond_its_claim_is_given_back_and_counts_as_no_attempt() {
    let mut app = TestApp::start().await;
    let (hanging, other) = (Receiver::start().await, Receiver::start().await);
    hanging.answer(hangs());
    let narrow = json!({"max_concurrency": 1, "timeout_ms": 5_000});
    let webhook = webhook_for(&app, &hanging, "A.T", narrow).await;
    other.answer(Answer::status(503));
    other.answer(Answer::status(200));
    webhook_for(&app, &other, "A.OTHER", json!({"retry_schedule": [1]})).await;
    app.publish("A", "OTHER", "1").await;
    app.run_due().await;
    publish_many(&app, "T", 3).await;
    run_until(&mut app, hanging.reached(1)).await;
    app.clock.advance_seconds(60);
    // It is claimed with what is due to the first.
    run_until(&mut app, other.reached(2)).await;
    let deliveries = app.deliveries(&webhook).await;
    assert_eq!(column(&deliveries, "attempt_count"), [0, 0, 1], "only one was under way: {deliveries:?}");
}

/// Some events are published to a receiver that asks for a rest of so many seconds, and one is sent.
async fn resting(app: &mut TestApp, seconds: &str) -> (Receiver, String, String) {
    let receiver = Receiver::start().await;
    receiver.answer(Answer::status(429).header("retry-after", seconds));
    receiver.answer(Answer::status(200));
    let webhook = app.webhook_with(&receiver, json!({"max_concurrency": 1, "retry_schedule": [1]})).await;
    publish_many(app, "T", 3).await;
    app.run_due().await;
    let until = app.clock.now().plus_seconds(seconds.parse().unwrap()).to_string();
    (receiver, webhook, until)
}

#[tokio::test]
async fn a_rest_is_told_of_the_webhook_and_of_what_waits_for_its_end() {
    for seconds in ["30", "600"] {
        let mut app = TestApp::start().await;
        let (_receiver, webhook, until) = resting(&mut app, seconds).await;
        assert_eq!(app.read(&format!("/webhooks/{webhook}")).await["resting_until"], json!(until));
        assert_eq!(app.items("/webhooks").await[0]["resting_until"], json!(until));
        let page = app.deliveries(&webhook).await;
        assert_eq!(column(&page, "status"), ["pending", "pending", "retrying"].map(Value::from).each_ref());
        assert_eq!(column(&page, "in_progress"), [&json!(false); 3]);
        let retry = page[2]["next_attempt_at"].as_str().unwrap();
        assert!(retry >= until.as_str(), "{retry}");
        for waits in &page[..2] {
            assert_eq!((&waits["next_attempt_at"], &waits["resting_until"]), (&json!(until), &json!(until)));
            let id = waits["id"].as_str().unwrap();
            assert_eq!(app.read(&format!("/deliveries/{id}")).await["resting_until"], json!(until));
            let refused = app.post(&format!("/deliveries/{id}/resend"), &json!({})).await.expect(409);
            assert_eq!(refused.problem(), "webhook_resting");
            let detail = refused.json()["detail"].as_str().unwrap().to_owned();
            assert!(detail.contains(&until), "{detail}");
        }
        app.run_due_in(seconds.parse().unwrap()).await;
        assert_eq!(app.read(&format!("/webhooks/{webhook}")).await["resting_until"], Value::Null);
        assert_eq!(column(&app.deliveries(&webhook).await, "resting_until"), [&Value::Null; 3]);
    }
}

#[tokio::test]
async fn what_is_resent_to_a_webhook_that_rests_waits_and_is_not_under_way() {
    let mut app = TestApp::start().await;
    let (receiver, webhook, until) = resting(&mut app, "600").await;
    let id = app.deliveries(&webhook).await[2]["id"].as_str().unwrap().to_owned();
    let resent = app.post(&format!("/deliveries/{id}/resend"), &json!({})).await.expect(202).json();
    let ends = |delivery: &Value| (delivery["in_progress"].clone(), delivery["next_attempt_at"].clone());
    assert_eq!(ends(&resent), (json!(false), json!(until)));
    app.run_due_in(60).await;
    assert_eq!(ends(&app.read(&format!("/deliveries/{id}")).await), (json!(false), json!(until)));
    let again = app.post(&format!("/deliveries/{id}/resend"), &json!({})).await.expect(409);
    assert_eq!(again.problem(), "webhook_resting");
    assert_eq!(receiver.received().len(), 1);
}

#[tokio::test]
async fn what_is_under_way_when_a_rest_begins_is_still_in_progress() {
    let mut app = TestApp::start().await;
    let receiver = Receiver::start().await;
    let webhook = app.webhook_with(&receiver, json!({"max_concurrency": 2, "timeout_ms": 30_000})).await;
    receiver.answer(hangs());
    receiver.answer(Answer::status(503).header("retry-after", "600"));
    publish_many(&app, "HANGS", 1).await;
    run_until(&mut app, receiver.reached(1)).await;
    publish_many(&app, "T", 2).await;
    let (store, now, id) = (app.app.store.clone(), app.clock.now(), webhook.parse().unwrap());
    let rests = async || store.resting(now).until(id).map(drop).ok_or("it does not rest");
    run_until(&mut app, until(rests)).await;
    // What cannot wait in memory for so long is given back beside what goes on.
    let expected = [false, false, true].map(Value::from);
    let deliveries = until(async || {
        let deliveries = app.deliveries(&webhook).await;
        if column(&deliveries, "in_progress") == expected.each_ref() { Ok(deliveries) } else { Err(json!(deliveries)) }
    })
    .await;
    let hanging = deliveries[2]["id"].as_str().unwrap();
    let refused = app.post(&format!("/deliveries/{hanging}/resend"), &json!({})).await.expect(409);
    assert_eq!(refused.problem(), "delivery_in_progress");
}

#[tokio::test]
async fn saving_a_webhook_ends_its_rest_also_where_nothing_changes() {
    for patch in [json!({}), json!({"description": "mended"})] {
        let mut app = TestApp::start().await;
        let (receiver, webhook, _) = resting(&mut app, "600").await;
        assert!(metrics(&app).await.contains("\nhookwright_lanes_resting 1\n"));
        app.patch(&format!("/webhooks/{webhook}"), &patch).await.expect(200);
        assert_eq!(app.read(&format!("/webhooks/{webhook}")).await["resting_until"], Value::Null);
        assert_eq!(column(&app.deliveries(&webhook).await, "resting_until"), [&Value::Null; 3]);
        app.run_due().await;
        assert_eq!(receiver.received().len(), 3);
        assert!(metrics(&app).await.contains("\nhookwright_lanes_resting 0\n"));
    }
}

#[tokio::test]
async fn the_pace_of_a_webhook_has_bounds() {
    let app = TestApp::start().await;
    let receiver = Receiver::start().await;
    for (member, value) in [
        ("max_concurrency", json!(0)),
        ("max_concurrency", json!(101)),
        ("rate_limit", json!(0)),
        ("rate_limit", json!(1001)),
    ] {
        let new = json!({"url": receiver.url(), "secret": "dummysecret", member: value});
        let refused = app.post("/webhooks", &new).await.expect(422);
        assert_eq!(refused.problem(), "out_of_range");
        assert_eq!(refused.json()["errors"][0]["pointer"], format!("/{member}"));
    }
    let webhook = app.webhook_with(&receiver, json!({"max_concurrency": 100, "rate_limit": 1000})).await;
    let shown = app.patch(&format!("/webhooks/{webhook}"), &json!({"description": "x"})).await.expect(200).json();
    assert_eq!(
        (&shown["max_concurrency"], &shown["rate_limit"]),
        (&json!(100), &json!(1000)),
        "what is left out stays"
    );
}

#[tokio::test]
async fn an_edit_counts_for_what_waits_in_memory() {
    let mut app = TestApp::start().await;
    let (before, after) = (Receiver::start().await, Receiver::start().await);
    let webhook = app.webhook(&before).await;
    publish_many(&app, "T", 3).await;
    let edit = json!({"url": after.url(), "secret": "anothersecret"});
    app.patch(&format!("/webhooks/{webhook}"), &edit).await.expect(200);
    app.run_due().await;
    assert_eq!((before.received().len(), after.received().len()), (0, 3));
}

#[tokio::test]
async fn an_attempt_whose_claim_was_taken_over_writes_nothing() {
    let mut app = TestApp::start().await;
    let receiver = Receiver::start().await;
    receiver.answer(hangs());
    let webhook = app.webhook_with(&receiver, json!({"retry_schedule": [], "timeout_ms": 5_000})).await;
    app.publish("A", "B", "1").await;
    run_until(&mut app, receiver.reached(1)).await;
    // The process stood still for longer than its claim holds, and another node has taken over.
    app.clock.advance_seconds(LEASE.as_secs().cast_signed() + 1);
    let (store, now) = (app.app.store.clone(), app.clock.now());
    let taken = claim(&store, now, 10).await;
    assert_eq!(taken.iter().map(|claimed| claimed.attempt_count).collect::<Vec<_>>(), [1]);
    app.run_due().await;
    let delivery = app.delivery(&webhook).await;
    assert_eq!(delivery["status"], "pending", "the timeout of the attempt that lost its claim is not recorded");
    assert_eq!(delivery["attempt_count"], 1);
    assert_eq!(delivery["attempts"][0]["failure"], "interrupted");
}

#[tokio::test]
async fn publishing_is_refused_while_the_writer_is_full_and_deliveries_go_on() {
    let mut app = TestApp::start().await;
    let receiver = Receiver::start().await;
    let webhook = webhook_for(&app, &receiver, "A.B", json!({})).await;
    app.publish("A", "B", "before").await;
    let (release, held) = std::sync::mpsc::channel::<()>();
    let (begun, writer_stands) = tokio::sync::oneshot::channel();
    let store = app.app.store.clone();
    let standing = tokio::spawn(async move {
        let stand = move |_: &mut Db| {
            begun.send(()).unwrap();
            held.recv().unwrap();
            Ok(())
        };
        store.write(stand).await
    });
    writer_stands.await.unwrap();
    let store = app.app.store.clone();
    let filling = join_all((0..WAITING_WRITES).map(|number| store.publish(new_event(&app, number))));
    let mut filling = std::pin::pin!(filling);
    while app.app.store.waiting_writes() < WAITING_WRITES {
        assert!(filling.as_mut().now_or_never().is_none());
        tokio::task::yield_now().await;
    }
    let refused = app.publish_bytes(event("A", "B", "refused").to_string()).await.expect(429);
    assert_eq!(refused.problem(), "too_many_requests");
    assert_eq!(refused.header("retry-after"), Some("1"));
    // What was taken before goes out, though it cannot be recorded yet.
    run_until(&mut app, receiver.reached(1)).await;
    release.send(()).unwrap();
    standing.await.unwrap().unwrap();
    assert!(filling.await.iter().all(Result::is_ok));
    app.run_due().await;
    assert_eq!(app.delivery(&webhook).await["status"], "delivered");
}

/// An event as the store takes it.
fn new_event(app: &TestApp, number: usize) -> NewEvent {
    let now: Timestamp = app.clock.now();
    NewEvent {
        id: app.app.ids.next(now),
        tenant_id: DEFAULT_TENANT,
        source: "A".into(),
        kind: "FILL".into(),
        ce_id: format!("fill-{number}"),
        time: now,
        created_at: now,
        payload: event("A", "FILL", &format!("fill-{number}")).to_string(),
    }
}

#[tokio::test]
async fn an_event_goes_to_ten_thousand_webhooks_and_to_no_more() {
    let app = TestApp::start().await;
    let receiver = Receiver::start().await;
    app.webhook(&receiver).await;
    let copies = |count: u32| {
        format!(
            "WITH RECURSIVE copy (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM copy WHERE n < {count}) \
             INSERT INTO webhooks SELECT randomblob(16), tenant_id, url, description, status, inactive_reason, secret_sealed, \
             secret_set_at, auth_type, auth_name, auth_sealed, header_names, headers_sealed, credentials_changed_at, selection, \
             timeout_ms, retry_schedule, version, created_at, updated_at, deleted_at, max_concurrency, rate_limit, failing_since, failure_streak, in_alarm, \
             previous_secret_sealed, previous_secret_until, updated_by, inactive_since, content_mode \
             FROM (SELECT * FROM webhooks LIMIT 1), copy"
        )
    };
    app.execute(copies(9_999)).await;
    let published = app.publish_bytes(event("A", "B", "1").to_string()).await.expect(202).json();
    assert_eq!(published["matched"], 10_000);
    app.execute(copies(1)).await;
    let refused = app.publish_bytes(event("A", "B", "2").to_string()).await;
    Cases(vec![]).check("B31", &refused, (422, "fanout_limit", None));
    assert_eq!(column(&app.items("/events").await, "ce_id"), ["1"], "nothing is recorded of what is refused");
}

#[tokio::test]
async fn a_receiver_that_swallows_connections_is_a_connect_timeout() {
    // A listener that accepts nothing and whose queue is full: the system drops what else wants to connect.
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let address = socket.local_addr().unwrap();
    let _listener = socket.listen(1).unwrap();
    let connect = || tokio::time::timeout(Duration::from_millis(300), tokio::net::TcpStream::connect(address));
    let _queued = join_all((0..8).map(|_| connect())).await;
    let mut app = TestApp::start().await;
    let new = json!({"url": format!("http://{address}/"), "secret": "dummysecret", "timeout_ms": 1000});
    let webhook = id_of(&app.make("/webhooks", &new).await);
    app.publish("A", "B", "1").await;
    app.run_due().await;
    let attempt = app.attempts(&webhook).await.remove(0);
    assert_eq!(attempt["failure"], "connect_timeout", "{attempt}");
}
