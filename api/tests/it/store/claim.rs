//! Claiming: what is due, oldest first, and what a dead process left behind.

use super::*;
use crate::database::on_both;
use hookwright::store::{LEASE, NextAttempt, Slice, attempts};

const LEASE_SECONDS: i64 = LEASE.as_secs().cast_signed();

on_both! {
    async fn nothing_is_due_before_its_time(backend) {
        let mut store = TestStore::open(backend);
        store.webhook(&[]).await;
        let claimed = store.handed_over("A.B", "1").await;
        assert!(store.claim(10).await.is_empty(), "it is claimed");
        store.settle(&claimed, 500).await;
        store.clock.advance_seconds(4);
        assert!(store.claim(10).await.is_empty());
        store.clock.advance_seconds(1);
        let due = store.claim(10).await;
        assert_eq!(due.len(), 1);
        assert_eq!((due[0].attempt_count, due[0].retry_index, due[0].next), (1, 1, NextAttempt::Scheduled));
        assert_eq!(due[0].payload, claimed.payload);
        assert_eq!(due[0].lease_until, store.now().plus_seconds(LEASE_SECONDS));
        assert!(store.claim(10).await.is_empty(), "claimed once, it is not due any more");
    }
}

on_both! {
    async fn the_oldest_come_first_and_no_more_than_asked_for(backend) {
        let store = TestStore::open(backend);
        store.webhook(&[]).await;
        store.hand_nothing_over();
        for n in 1..=5 {
            recorded(store.publish("A.B", &n.to_string()).await);
            store.clock.advance_seconds(1);
        }
        let events_of = |due: &[Claimed]| due.iter().map(|claimed| claimed.payload.clone()).collect::<Vec<_>>();
        assert_eq!(events_of(&store.claim(2).await), [r#"{"id":"1","n":1e400}"#, r#"{"id":"2","n":1e400}"#]);
        assert_eq!(store.claim(10).await.len(), 3);
    }
}

on_both! {
    async fn each_webhook_is_claimed_for_up_to_its_share(backend) {
        let store = TestStore::open(backend);
        store.hand_nothing_over();
        let (one, other, idle) = (store.webhook(&[]).await, store.webhook(&["A.B"]).await, store.webhook(&["A.X"]).await);
        for n in 0..3 {
            store.publish("A.B", &n.to_string()).await;
        }
        assert_eq!(store.store.due_webhooks(DEFAULT_TENANT, store.now()).await.unwrap(), [(one, false), (other, false)]);
        assert_eq!(store.store.due_webhooks(one, store.now()).await.unwrap(), [(other, false)], "from there on");
        let shares = vec![share(one, 2), share(other, 1), share(idle, 9)];
        let due = store.store.claim_due(store.now(), shares).await.unwrap();
        let of = |webhook| due.iter().filter(|claimed| claimed.webhook_id == webhook).count();
        assert_eq!((of(one), of(other), of(idle)), (2, 1, 0));
        assert_eq!((due[0].pace.max_concurrency, due[0].pace.timeout_ms), (16, 2_000));
        assert_eq!(store.store.queue_depth(store.now()).await.unwrap(), (3, Some(store.now())));
    }
}

on_both! {
    async fn a_delivery_that_cannot_be_read_fails_and_holds_up_nobody(backend) {
        let store = TestStore::open(backend);
        store.hand_nothing_over();
        store.webhook(&[]).await;
        store.publish("A.B", "bad").await;
        store.write(|db| diesel::RunQueryDsl::execute(diesel::sql_query("UPDATE deliveries SET next_trigger = 'nonsense'"), db)).await;
        store.publish("A.B", "good").await;
        let due = store.claim(10).await;
        assert_eq!(due.iter().map(|claimed| claimed.payload.clone()).collect::<Vec<_>>(), [r#"{"id":"good","n":1e400}"#]);
        store.settle(&due[0], 200).await;
        let all = store.read(|db| deliveries::list(db, DEFAULT_TENANT, &Default::default(), Slice::first(9), &nobody_rests())).await.items;
        assert_eq!(all.iter().map(|one| (one.status, one.failure)).collect::<Vec<_>>(), [
            (DeliveryStatus::Delivered, None), (DeliveryStatus::Failed, Some(Failure::InternalError)),
        ]);
    }
}

on_both! {
    async fn an_attempt_whose_process_died_counts_as_interrupted(backend) {
        let mut store = TestStore::open(backend);
        store.webhook(&[]).await;
        let claimed = store.handed_over("A.B", "1").await;
        let began = store.now();
        store.clock.advance_seconds(LEASE_SECONDS - 1);
        assert!(store.claim(10).await.is_empty());
        store.clock.advance_seconds(1);
        let due = store.claim(10).await;
        assert_eq!(due[0].attempt_count, 1);
        let id = claimed.delivery_id;
        let attempts = store.read(move |db| attempts::of_delivery(db, id)).await;
        assert_eq!(attempts.len(), 1);
        assert_eq!((attempts[0].number, attempts[0].failure), (1, Some(Failure::Interrupted)));
        assert_eq!((attempts[0].started_at, &*attempts[0].url), (began, ""));
        let delivery = store.delivery(id).await;
        assert_eq!((delivery.failure, delivery.attempt_count), (Some(Failure::Interrupted), 1));
        assert_eq!((delivery.status_code, delivery.last_attempt_at), (None, Some(began)));
        // Who comes back late is told so, and changes nothing.
        assert!(!store.store.settle(store.answered(&claimed, 200)).await.unwrap());
        assert_eq!(store.delivery(id).await.status, DeliveryStatus::Pending);
        store.settle(&due[0], 200).await;
        assert_eq!(store.delivery(id).await.status, DeliveryStatus::Delivered);
    }
}

on_both! {
    async fn what_is_given_back_is_due_at_once_and_was_not_attempted(backend) {
        let mut store = TestStore::open(backend);
        store.webhook(&[]).await;
        let claimed = store.handed_over("A.B", "1").await;
        store.store.release(vec![(claimed.delivery_id, claimed.attempt_count)], store.now()).await.unwrap();
        let due = store.claim(10).await;
        assert_eq!((due.len(), due[0].attempt_count), (1, 0));
        store.settle(&due[0], 200).await;
        store.store.release(vec![(claimed.delivery_id, claimed.attempt_count)], store.now()).await.unwrap();
        assert_eq!(store.delivery(claimed.delivery_id).await.status, DeliveryStatus::Delivered, "too late to give back");
    }
}

on_both! {
    async fn what_somebody_else_has_claimed_meanwhile_is_not_given_back(backend) {
        let mut store = TestStore::open(backend);
        store.webhook(&[]).await;
        let late = store.handed_over("A.B", "1").await;
        store.clock.advance_seconds(60);
        let now = store.claim(10).await;
        assert_eq!(now.len(), 1);
        store.store.release(vec![(late.delivery_id, late.attempt_count)], store.now()).await.unwrap();
        assert!(store.claim(10).await.is_empty(), "it is still claimed");
        store.store.release(vec![(now[0].delivery_id, now[0].attempt_count)], store.now()).await.unwrap();
        assert_eq!(store.claim(10).await.len(), 1);
    }
}

on_both! {
    async fn what_is_given_back_does_not_go_behind_what_came_later(backend) {
        let mut store = TestStore::open(backend);
        store.webhook(&[]).await;
        let first = store.handed_over("A.B", "1").await;
        store.hand_nothing_over();
        store.clock.advance_seconds(1);
        recorded(store.publish("A.B", "2").await);
        store.clock.advance_seconds(1);
        store.store.release(vec![(first.delivery_id, first.attempt_count)], store.now()).await.unwrap();
        assert_eq!(store.claim(1).await[0].delivery_id, first.delivery_id);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_alone_takes_over_at_once_what_a_dead_process_left() {
    let mut store = TestStore::open(Backend::Sqlite);
    store.webhook(&[]).await;
    drop(store.handed_over("A.B", "1").await);
    let TestStore { database, clock, ids, .. } = store;
    let options = Options { alone: true, ..Options::new(clock.clone()) };
    let (store, _fresh) = open(&database.url(), &options, &ids);
    let due = claim(&store, clock.now(), 10).await;
    assert_eq!((due.len(), due[0].attempt_count), (1, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_attempt_that_a_dead_process_left_began_about_when_it_was_claimed() {
    let mut store = TestStore::open(Backend::Sqlite);
    store.webhook(&[]).await;
    let claimed = store.handed_over("A.B", "1").await;
    store.settle(&claimed, 500).await;
    store.clock.advance_seconds(420);
    assert_eq!(store.claim(1).await.len(), 1);
    let TestStore { database, clock, ids, .. } = store;
    let claimed_at = clock.now();
    clock.advance_seconds(1);
    let options = Options { alone: true, ..Options::new(clock.clone()) };
    let (store, _fresh) = open(&database.url(), &options, &ids);
    assert_eq!(claim(&store, clock.now(), 1).await.len(), 1);
    let attempts = store.read(move |db| attempts::of_delivery(db, claimed.delivery_id)).await.unwrap();
    let interrupted = attempts.iter().find(|attempt| attempt.failure == Some(Failure::Interrupted)).unwrap();
    let apart = interrupted.started_at.as_micros().abs_diff(claimed_at.as_micros());
    assert!(apart <= LEASE.as_micros() as u64, "{apart}");
}
