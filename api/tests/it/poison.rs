//! What nobody can read fails alone, and holds up nothing.

use crate::{
    harness::{START, TestApp, column, id_of},
    receiver::{Answer, Receiver},
};
use serde_json::{Value, json};

async fn change(app: &TestApp, statement: &'static str) {
    assert_eq!(app.execute(statement).await, 1, "{statement}");
}

#[tokio::test]
async fn a_secret_that_does_not_open_fails_its_deliveries_after_three_attempts_without_charging_the_webhook() {
    let mut app = TestApp::start().await;
    let (receiver, other) = (Receiver::start().await, Receiver::start().await);
    let webhook = app.webhook_with(&receiver, json!({"retry_schedule": [], "description": "poison"})).await;
    let healthy = app.webhook(&other).await;
    change(&app, "UPDATE webhooks SET secret_sealed = x'00' WHERE description = 'poison'").await;
    app.publish("A", "B", "1").await;
    app.run_due().await;
    assert_eq!(app.delivery(&webhook).await["status"], "retrying");
    app.run_due_in(7).await;
    app.run_due_in(40).await;
    let delivery = app.delivery(&webhook).await;
    assert_eq!((&delivery["status"], &delivery["attempt_count"]), (&json!("failed"), &json!(3)));
    let attempts = app.attempts(&webhook).await;
    assert_eq!(column(&attempts, "failure"), [&json!("internal_error"); 3]);
    assert!(attempts[0]["error"].as_str().unwrap().contains("encryption key"), "{}", attempts[0]);
    assert_eq!(receiver.received().len(), 0);
    assert_eq!(app.delivery(&healthy).await["status"], "delivered");
    let counted = app.app.metrics.text();
    for line in [
        "hookwright_attempts_failed_total{failure=\"internal_error\"} 3",
        "hookwright_attempt_seconds_count{phase=\"total\"} 1",
    ] {
        assert!(counted.lines().any(|counted| counted == line), "what was never sent took no time: {counted}");
    }
    change(&app, "UPDATE webhooks SET description = 'charged' WHERE description = 'poison' AND failure_streak = 0")
        .await;
}

#[tokio::test]
async fn a_delivery_that_cannot_be_read_fails_and_the_queue_moves_on() {
    let mut app = TestApp::start().await;
    let receiver = Receiver::start().await;
    receiver.answer(Answer::status(500));
    receiver.answer(Answer::status(500));
    receiver.answer(Answer::status(200));
    let webhook = app.webhook_with(&receiver, json!({"retry_schedule": [10]})).await;
    app.publish("A", "POISON", "1").await;
    app.publish("A", "FINE", "2").await;
    app.run_due().await;
    change(&app, "UPDATE deliveries SET next_trigger = 'nonsense' WHERE event_type = 'A.POISON'").await;
    app.run_due_in(12).await;
    let deliveries = app.deliveries(&webhook).await;
    assert_eq!(column(&deliveries, "event_type"), ["A.FINE", "A.POISON"]);
    assert_eq!(column(&deliveries, "status"), ["delivered", "failed"]);
    assert_eq!(deliveries[1]["failure"], "internal_error");
    let counted = app.app.metrics.text();
    assert!(counted.contains("\nhookwright_deliveries_exhausted_total 1\n"), "{counted}");
}

/// Two jobs that resend an event each, and the ids of them: of the webhook that is described as poison, and of another.
async fn two_jobs(app: &mut TestApp, receiver: &Receiver) -> [String; 2] {
    let mut jobs = Vec::new();
    for description in ["poison", "fine"] {
        receiver.answer(Answer::status(500));
        let events = json!({"mode": "selected", "types": [format!("A.{description}")]});
        let webhook = json!({"retry_schedule": [], "description": description, "events": events});
        let webhook = app.webhook_with(receiver, webhook).await;
        app.publish("A", description, description).await;
        app.run_due().await;
        let window = json!({"from": START.plus_seconds(-60), "to": START.plus_seconds(60)});
        jobs.push(id_of(&app.post(&format!("/webhooks/{webhook}/resend-failed"), &window).await.expect(202).json()));
    }
    receiver.answer_only(Answer::status(200));
    jobs.try_into().unwrap()
}

async fn job(app: &TestApp, id: &str) -> Value {
    app.read(&format!("/resend-jobs/{id}")).await
}

#[tokio::test]
async fn a_resend_job_that_cannot_be_read_stops_and_the_others_go_on() {
    let mut app = TestApp::start().await;
    let receiver = Receiver::start().await;
    let [poison, fine] = two_jobs(&mut app, &receiver).await;
    change(
        &app,
        "UPDATE resend_jobs SET next_trigger = 'nonsense' WHERE webhook_id = (SELECT id FROM webhooks WHERE description = 'poison')",
    )
    .await;
    app.turn().await;
    app.turn().await;
    let (poison, fine) = (job(&app, &poison).await, job(&app, &fine).await);
    assert_eq!((&poison["status"], &poison["stop_reason"]), (&json!("stopped"), &json!("internal_error")));
    assert_eq!((&fine["status"], &fine["delivered"]), (&json!("done"), &json!(1)));
}

#[tokio::test]
async fn a_resend_job_whose_step_fails_lets_the_others_go_on_and_goes_on_later() {
    for reason in ["not now", "canceling statement due to statement timeout"] {
        let mut app = TestApp::start().await;
        let receiver = Receiver::start().await;
        let [poison, fine] = two_jobs(&mut app, &receiver).await;
        let trigger = format!(
            "CREATE TRIGGER fail BEFORE UPDATE OF resent ON resend_jobs
            WHEN NEW.resent > OLD.resent AND OLD.webhook_id = (SELECT id FROM webhooks WHERE description = 'poison')
            BEGIN SELECT RAISE(ABORT, '{reason}'); END"
        );
        app.execute(&trigger).await;
        app.turn().await;
        app.turn().await;
        let (failing, fine) = (job(&app, &poison).await, job(&app, &fine).await);
        assert_eq!((&failing["status"], &failing["resent"]), (&json!("running"), &json!(0)));
        assert_eq!((&fine["status"], &fine["delivered"]), (&json!("done"), &json!(1)));
        app.execute("DROP TRIGGER fail").await;
        app.clock.advance_seconds(10);
        app.turn().await;
        app.turn().await;
        let mended = job(&app, &poison).await;
        assert_eq!((&mended["status"], &mended["delivered"]), (&json!("done"), &json!(1)));
    }
}

#[tokio::test]
async fn a_webhook_that_cannot_be_read_keeps_nobody_from_publishing() {
    let mut app = TestApp::start().await;
    let (receiver, other) = (Receiver::start().await, Receiver::start().await);
    app.webhook_with(&receiver, json!({"description": "poison"})).await;
    app.webhook(&other).await;
    app.publish("A", "B", "1").await;
    change(&app, "UPDATE webhooks SET selection = 'nonsense' WHERE description = 'poison'").await;
    app.publish("A", "B", "2").await;
    app.run_due().await;
    assert_eq!((receiver.received().len(), other.received().len()), (0, 2));
    assert_eq!(column(&app.items("/deliveries?failure=internal_error").await, "status"), ["retrying"]);
}
