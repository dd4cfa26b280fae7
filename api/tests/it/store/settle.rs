//! Settling an attempt, and sending again.

use super::*;
use crate::database::on_both;
use diesel::connection::{Connection as _, InstrumentationEvent};
use hookwright::store::{NextAttempt, attempts, webhooks};
use shared::InactiveReason;
use std::sync::Mutex;

on_both! {
    async fn a_delivered_event_keeps_its_attempt_byte_for_byte(backend) {
        let mut store = TestStore::open(backend);
        store.webhook(&[]).await;
        let claimed = store.handed_over("A.B", "1").await;
        let settlement = store.answered(&claimed, 204);
        let made = settlement.attempt.clone().unwrap();
        let url = made.url.clone();
        assert!(store.store.settle(settlement).await.unwrap());
        let id = claimed.delivery_id;
        let delivery = store.delivery(id).await;
        assert_eq!((delivery.status, delivery.in_progress), (DeliveryStatus::Delivered, false));
        assert_eq!((delivery.attempt_count, delivery.status_code, delivery.duration_us), (1, Some(204), Some(1_500)));
        let attempts = store.read(move |db| attempts::of_delivery(db, id)).await;
        assert_eq!(format!("{attempts:?}"), format!("{:?}", [made]));
        let request = store.read(move |db| attempts::last_request(db, id)).await;
        assert_eq!(request, Some((1, url, vec![7, 0, 7])));
    }
}

/// What diesel prepares for one use only does not come up here.
#[tokio::test]
async fn sqlite_prepares_each_hot_statement_once() {
    let mut store = TestStore::open(Backend::Sqlite);
    store.webhook(&[]).await;
    let kept = Arc::<Mutex<Vec<String>>>::default();
    let keep = Arc::clone(&kept);
    store
        .write(move |writer| {
            let keep = Arc::clone(&keep);
            writer.set_instrumentation(move |event: InstrumentationEvent<'_>| {
                if let InstrumentationEvent::CacheQuery { sql, .. } = event {
                    keep.lock().unwrap().push(sql.to_owned());
                }
            });
            Ok(())
        })
        .await;
    for n in 0..3 {
        let claimed = store.handed_over("A.B", &n.to_string()).await;
        store.settle(&claimed, 500).await;
        store.clock.advance_seconds(5);
        let [claimed] = &store.claim(1).await[..] else { panic!("it is due again") };
        store.settle(claimed, 200).await;
    }
    let kept = kept.lock().unwrap();
    for hot in [
        "INSERT INTO event_keys (",
        "INSERT INTO events (",
        "INSERT INTO deliveries (",
        "INSERT INTO attempts (",
        "UPDATE deliveries SET status",
        "UPDATE deliveries SET claimed",
        "CROSS JOIN deliveries d INDEXED BY deliveries_due ON",
    ] {
        let one_line = |sql: &String| sql.split_whitespace().collect::<Vec<_>>().join(" ");
        let times = kept.iter().map(one_line).filter(|sql| sql.contains(hot)).count();
        assert_eq!(times, 1, "{hot}: {kept:#?}");
    }
}

on_both! {
    async fn an_attempt_without_an_answer_is_recorded(backend) {
        let mut store = TestStore::open(backend);
        store.webhook(&[]).await;
        let claimed = store.handed_over("A.B", "1").await;
        let mut settlement = store.answered(&claimed, 500);
        settlement.failure = Some(Failure::Timeout);
        let attempt = settlement.attempt.as_mut().unwrap();
        (attempt.failure, attempt.status_code, attempt.response_body) = (Some(Failure::Timeout), None, None);
        attempt.error = Some("it took too long \u{1f600}".into());
        let made = attempt.clone();
        assert!(store.store.settle(settlement).await.unwrap());
        let id = claimed.delivery_id;
        let attempts = store.read(move |db| attempts::of_delivery(db, id)).await;
        assert_eq!(format!("{attempts:?}"), format!("{:?}", [made]));
        let delivery = store.delivery(id).await;
        assert_eq!((delivery.failure, delivery.status_code), (Some(Failure::Timeout), None));
        assert_eq!(delivery.next_attempt_at, Some(store.now().plus_seconds(5)));
    }
}

on_both! {
    async fn many_settle_at_once_and_each_is_told_its_own_result(backend) {
        let mut store = TestStore::open(backend);
        store.webhook(&[]).await;
        let mut settlements = Vec::new();
        for n in 0..40u16 {
            let claimed = store.handed_over("A.B", &n.to_string()).await;
            let mut settlement = store.answered(&claimed, 200 + n);
            if n % 4 == 3 {
                settlement.attempt_count += 1;
            }
            settlements.push(settlement);
        }
        let ids: Vec<_> = settlements.iter().map(|settlement| settlement.delivery_id).collect();
        let settling = settlements.into_iter().map(|settlement| store.store.settle(settlement));
        let settled = futures_util::future::join_all(settling).await;
        for (n, (id, settled)) in (0..).zip(ids.into_iter().zip(settled)) {
            let held = n % 4 != 3;
            assert_eq!(settled.unwrap(), held, "{n}");
            let delivery = store.delivery(id).await;
            assert_eq!(delivery.status_code, held.then_some(200 + n));
            assert_eq!(store.read(move |db| attempts::of_delivery(db, id)).await.len(), usize::from(held));
        }
    }
}

on_both! {
    async fn the_same_attempt_settled_twice_counts_once(backend) {
        let mut store = TestStore::open(backend);
        store.webhook(&[]).await;
        let claimed = store.handed_over("A.B", "1").await;
        let twice = [store.answered(&claimed, 500), store.answered(&claimed, 200)].map(|one| store.store.settle(one));
        let settled = futures_util::future::join_all(twice).await;
        assert_eq!(settled.into_iter().filter(|settled| *settled.as_ref().unwrap()).count(), 1);
        let id = claimed.delivery_id;
        assert_eq!(store.read(move |db| attempts::of_delivery(db, id)).await.len(), 1);
    }
}

on_both! {
    async fn what_was_not_sent_leaves_no_attempt(backend) {
        let mut store = TestStore::open(backend);
        store.webhook(&[]).await;
        let claimed = store.handed_over("A.B", "1").await;
        let settlement = Settlement {
            status: DeliveryStatus::Failed, due_at: None, failure: Some(Failure::Interrupted), attempt: None,
            ..store.answered(&claimed, 200)
        };
        assert!(store.store.settle(settlement).await.unwrap());
        let delivery = store.delivery(claimed.delivery_id).await;
        assert_eq!((delivery.status, delivery.attempt_count), (DeliveryStatus::Failed, 0));
    }
}

on_both! {
    async fn what_is_closed_without_a_request_keeps_what_the_last_one_came_to(backend) {
        let mut store = TestStore::open(backend);
        store.webhook(&[]).await;
        let claimed = store.handed_over("A.B", "1").await;
        store.settle(&claimed, 500).await;
        store.clock.advance_seconds(5);
        let retry = store.claim(1).await.remove(0);
        let settlement = Settlement {
            status: DeliveryStatus::Cancelled, due_at: None, failure: None, attempt: None,
            ..store.answered(&retry, 200)
        };
        assert!(store.store.settle(settlement).await.unwrap());
        let closed = store.delivery(claimed.delivery_id).await;
        assert_eq!(closed.status, DeliveryStatus::Cancelled);
        assert_eq!((closed.failure, closed.status_code), (Some(Failure::HttpStatus), Some(500)));
    }
}

on_both! {
    async fn a_webhook_that_is_gone_is_deactivated_with_the_settlement(backend) {
        let mut store = TestStore::open(backend);
        let webhook = store.webhook(&[]).await;
        let claimed = store.handed_over("A.B", "1").await;
        let settlement = Settlement {
            status: DeliveryStatus::Failed, due_at: None, verdict: Verdict::Gone,
            ..store.answered(&claimed, 410)
        };
        assert!(store.store.settle(settlement.clone()).await.unwrap());
        let row = store.read(move |db| webhooks::find(db, DEFAULT_TENANT, webhook)).await.unwrap();
        assert_eq!((row.status, row.inactive_reason, row.version), (WebhookStatus::Inactive, Some(InactiveReason::Gone), 2));
        assert_eq!(row.failure_streak, 1);
        // A fence that does not hold changes the webhook no more than the delivery.
        assert!(!store.store.settle(settlement).await.unwrap());
        assert_eq!(store.read(move |db| webhooks::find(db, DEFAULT_TENANT, webhook)).await.unwrap().version, 2);
    }
}

async fn delete(store: &TestStore, webhook: Id) {
    let now = store.now();
    let delete = move |db: &mut Db| {
        let row = webhooks::find(db, DEFAULT_TENANT, webhook)?.unwrap();
        webhooks::delete(db, &row, now)
    };
    assert!(store.write(delete).await);
}

on_both! {
    async fn deleting_a_webhook_cancels_what_is_open_and_keeps_what_arrives(backend) {
        let mut store = TestStore::open(backend);
        let webhook = store.webhook(&[]).await;
        let arrives = store.handed_over("A.B", "1").await;
        let fails = store.handed_over("A.B", "2").await;
        delete(&store, webhook).await;
        store.store.cancel_open(webhook).await.unwrap();
        assert_eq!(store.delivery(arrives.delivery_id).await.status, DeliveryStatus::Cancelled);
        store.settle(&arrives, 200).await;
        store.settle(&fails, 500).await;
        let (arrived, failed) = (store.delivery(arrives.delivery_id).await, store.delivery(fails.delivery_id).await);
        assert_eq!(arrived.status, DeliveryStatus::Delivered);
        assert_eq!((failed.status, failed.status_code, failed.attempt_count), (DeliveryStatus::Cancelled, Some(500), 1));
        store.clock.advance_seconds(3_600);
        assert!(store.claim(10).await.is_empty());
    }
}

on_both! {
    async fn a_failed_delivery_is_sent_again_once_however_many_ask(backend) {
        let mut store = TestStore::open(backend);
        store.webhook(&[]).await;
        let claimed = store.handed_over("A.B", "1").await;
        store.fail(&claimed, 500).await;
        let id = claimed.delivery_id;
        // As many as there are connections: whoever gets none for long is refused.
        let asking = (0..8).map(|_| store.resend(id, NextAttempt::ResendCurrent));
        let asked = futures_util::future::join_all(asking).await;
        let (given, refused): (Vec<_>, Vec<_>) = asked.into_iter().partition(Result::is_ok);
        assert_eq!((given.len(), refused.len()), (1, 7));
        assert!(refused.iter().all(|refused| *refused == Err(ResendRefused::InProgress)));
        let due = store.claim(10).await;
        assert_eq!(due.len(), 1);
        assert_eq!((due[0].next, due[0].attempt_count, due[0].retry_index), (NextAttempt::ResendCurrent, 1, 0));
    }
}

on_both! {
    async fn what_cannot_be_sent_again_says_why(backend) {
        let mut store = TestStore::open(backend);
        let webhook = store.webhook(&[]).await;
        let resend = async |store: &TestStore, id| {
            store.resend(id, NextAttempt::ResendOriginal).await.map(drop)
        };
        let pending = store.handed_over("A.B", "1").await;
        assert_eq!(resend(&store, pending.delivery_id).await, Err(ResendRefused::InProgress));
        store.settle(&pending, 200).await;
        assert_eq!(resend(&store, pending.delivery_id).await, Err(ResendRefused::NotFailed));
        assert_eq!(resend(&store, webhook).await, Err(ResendRefused::NotFound));
        let failed = store.handed_over("A.B", "2").await;
        store.fail(&failed, 500).await;
        let waiting = store.handed_over("A.B", "3").await;
        let change = async |store: &TestStore, status| {
            store.write(move |db| {
                let mut row = webhooks::find(db, DEFAULT_TENANT, webhook)?.unwrap();
                (row.status, row.version) = (status, row.version + 1);
                webhooks::update(db, &row)
            }).await
        };
        assert!(change(&store, WebhookStatus::Inactive).await);
        assert_eq!(resend(&store, failed.delivery_id).await, Err(ResendRefused::WebhookInactive));
        assert_eq!(resend(&store, waiting.delivery_id).await, Err(ResendRefused::WebhookInactive));
        assert!(change(&store, WebhookStatus::Active).await);
        delete(&store, webhook).await;
        assert_eq!(resend(&store, failed.delivery_id).await, Err(ResendRefused::WebhookDeleted));
    }
}

on_both! {
    async fn a_retry_that_waits_can_be_sent_now_in_its_place(backend) {
        let mut store = TestStore::open(backend);
        store.webhook(&[]).await;
        let claimed = store.handed_over("A.B", "1").await;
        store.settle(&claimed, 503).await;
        store.resend(claimed.delivery_id, NextAttempt::ResendOriginal).await.unwrap();
        let due = store.claim(10).await;
        assert_eq!(due[0].next, NextAttempt::ResendOriginal);
        store.settle(&due[0], 200).await;
        store.clock.advance_seconds(3_600);
        assert!(store.claim(10).await.is_empty(), "the scheduled attempt was replaced");
    }
}

on_both! {
    async fn an_answer_that_comes_after_its_event_was_erased_is_not_recorded(backend) {
        let mut store = TestStore::open(backend);
        let webhook = store.webhook(&[]).await;
        let deleted = store.handed_over("A.B", "1").await;
        store.store.cancel_open(webhook).await.unwrap();
        store.erase(deleted.delivery_id).await.unwrap();
        assert!(!store.store.settle(store.answered(&deleted, 200)).await.unwrap(), "its webhook was deleted during the attempt");
        let left = store.handed_over("A.B", "2").await;
        assert_eq!(store.erase(left.delivery_id).await, Err(EraseRefused::InProgress));
        store.clock.advance_seconds(51);
        store.erase(left.delivery_id).await.unwrap();
        assert!(!store.store.settle(store.answered(&left, 200)).await.unwrap(), "its claim had ended");
        assert!(!store.store.settle(Settlement { attempt: None, ..store.answered(&left, 500) }).await.unwrap());
        assert!(store.claim(1).await.is_empty());
        for id in [deleted.delivery_id, left.delivery_id] {
            assert_eq!(store.delivery(id).await.status, DeliveryStatus::Cancelled);
            assert!(store.read(move |db| attempts::of_delivery(db, id)).await.is_empty());
        }
    }
}
