//! Publishing: who gets a delivery, and that an event counts once.

use super::*;
use crate::database::on_both;
use hookwright::store::{Slice, events, webhooks};

on_both! {
    async fn an_event_is_fanned_out_to_the_webhooks_that_want_it(backend) {
        let mut store = TestStore::open(backend);
        let all = store.webhook(&[]).await;
        let some = store.webhook(&["A.B", "A.C"]).await;
        let other = store.webhook(&["A.X"]).await;
        let accepted = store.publish("A.B", "1").await;
        assert!(matches!(accepted, Accepted::Recorded { matched: 2, .. }), "{accepted:?}");
        let mut got = [store.take_fresh().unwrap(), store.take_fresh().unwrap()];
        got.sort_by_key(|claimed| claimed.webhook_id);
        assert_eq!(got.iter().map(|claimed| claimed.webhook_id).collect::<Vec<_>>(), [all, some]);
        assert!(!got.iter().any(|claimed| claimed.webhook_id == other));
        assert_eq!(got[0].payload, r#"{"id":"1","n":1e400}"#);
        assert_eq!((got[0].attempt_count, got[0].retry_index), (0, 0));
        let delivery = store.delivery(got[0].delivery_id).await;
        assert_eq!((delivery.status, delivery.in_progress), (DeliveryStatus::Pending, true));
        assert_eq!(delivery.event_type, "A.B");
    }
}

on_both! {
    async fn an_event_that_nobody_wants_is_recorded_all_the_same(backend) {
        let store = TestStore::open(backend);
        let id = recorded(store.publish("A.B", "1").await);
        let (summary, payload) = store.read(move |db| events::find(db, DEFAULT_TENANT, id)).await.unwrap();
        assert_eq!((summary.matched, &*summary.source, &*summary.kind, &*summary.ce_id), (0, "A", "B", "1"));
        assert_eq!(payload.as_deref(), Some(r#"{"id":"1","n":1e400}"#));
    }
}

on_both! {
    async fn inactive_and_deleted_webhooks_get_nothing(backend) {
        let mut store = TestStore::open(backend);
        let mut inactive = store.webhook_row(&[]);
        inactive.status = WebhookStatus::Inactive;
        let deleted = store.webhook_row(&[]);
        let now = store.now();
        let is_deleted = store.write(move |db| {
            webhooks::insert(db, &inactive)?;
            webhooks::insert(db, &deleted)?;
            webhooks::delete(db, &deleted, now)
        }).await;
        assert!(is_deleted);
        assert!(matches!(store.publish("A.B", "1").await, Accepted::Recorded { matched: 0, .. }));
        assert!(store.take_fresh().is_none());
    }
}

on_both! {
    async fn the_same_event_again_is_a_duplicate_and_other_content_a_conflict(backend) {
        let mut store = TestStore::open(backend);
        store.webhook(&[]).await;
        let id = recorded(store.publish("A.B", "1").await);
        assert_eq!(store.publish("A.B", "1").await, Accepted::Duplicate { id, matched: 1 });
        let other = NewEvent { payload: "{}".into(), ..store.event("A.B", "1") };
        assert_eq!(store.store.publish(other).await.unwrap(), Accepted::Conflict { id });
        // The id is the publisher's within a source.
        recorded(store.publish("Z.B", "1").await);
        assert!(store.take_fresh().is_some() && store.take_fresh().is_some());
        assert!(store.take_fresh().is_none(), "duplicate and conflict fan out nothing");
    }
}

on_both! {
    async fn the_same_event_many_times_at_once_counts_once(backend) {
        let store = TestStore::open(backend);
        store.webhook(&[]).await;
        // More than one batch takes, so that on PostgreSQL several writers meet at the same keys.
        let publishing = (0..600).map(|n| store.store.publish(store.event("A.B", &format!("{}", n % 6))));
        let accepted = futures_util::future::join_all(publishing).await;
        let mut ids = std::collections::BTreeMap::<usize, Vec<Id>>::new();
        let mut new = 0;
        for (n, accepted) in accepted.into_iter().enumerate() {
            let id = match accepted.unwrap() {
                Accepted::Recorded { id, matched: 1 } => { new += 1; id }
                Accepted::Duplicate { id, matched: 1 } => id,
                other => panic!("{other:?}"),
            };
            ids.entry(n % 6).or_default().push(id);
        }
        assert_eq!(new, 6);
        for ids in ids.values() {
            assert!(ids.iter().all(|id| *id == ids[0]), "all are answered with the same id");
        }
        let events = store.read(|db| events::list(db, DEFAULT_TENANT, &Default::default(), Slice::first(100))).await.items;
        assert_eq!(events.len(), 6);
    }
}

on_both! {
    async fn one_bad_event_does_not_fail_those_that_commit_with_it(backend) {
        let store = TestStore::open(backend);
        let taken = recorded(store.publish("A.B", "0").await);
        // An id that is there already cannot be inserted; nothing but a mistake of ours makes one.
        let bad = NewEvent { id: taken, ..store.event("A.B", "bad") };
        let good = (1..20).map(|n| store.event("A.B", &n.to_string()));
        let publishing = good.chain([bad]).map(|event| store.store.publish(event));
        let mut accepted = futures_util::future::join_all(publishing).await;
        assert!(matches!(accepted.pop(), Some(Err(hookwright::store::StoreError::Taken))));
        accepted.into_iter().for_each(|accepted| _ = recorded(accepted.unwrap()));
    }
}

on_both! {
    async fn what_the_hand_over_has_no_room_for_falls_due_at_once(backend) {
        let mut store = TestStore::open(backend);
        store.webhook(&[]).await;
        store.publish("A.B", "1").await;
        store.hand_nothing_over();
        store.publish("A.B", "2").await;
        let handed_over = store.take_fresh().unwrap();
        assert!(store.take_fresh().is_none());
        let due = store.claim(10).await;
        assert_eq!(due.len(), 1);
        assert_ne!(due[0].delivery_id, handed_over.delivery_id);
        assert_eq!(due[0].attempt_count, 0, "nothing was under way");
    }
}

on_both! {
    async fn what_is_published_is_there_after_the_store_was_opened_again(backend) {
        let mut store = TestStore::open(backend);
        let webhook = store.webhook(&[]).await;
        let claimed = store.handed_over("A.B", "1").await;
        let TestStore { database, clock, .. } = store;
        let mut store = TestStore::open_on(database);
        store.clock = clock;
        assert_eq!(store.delivery(claimed.delivery_id).await.webhook_id, webhook);
        assert!(matches!(store.publish("A.B", "1").await, Accepted::Duplicate { .. }));
    }
}

on_both! {
    async fn what_a_commit_without_an_answer_has_claimed_is_due_at_once(backend) {
        let mut store = TestStore::open(backend);
        store.webhook(&[]).await;
        let event = store.event("A.B", "1");
        let id = recorded(store.store.publish(event.clone()).await.unwrap());
        // The answer was lost, and with it what would have been handed over.
        let lost = store.take_fresh().unwrap();
        assert_eq!(store.store.publish(event).await.unwrap(), Accepted::Recorded { id, matched: 1 });
        assert!(store.take_fresh().is_none());
        let claimed = store.claim(10).await;
        assert_eq!(claimed.iter().map(|claimed| (claimed.delivery_id, claimed.attempt_count)).collect::<Vec<_>>(), [(lost.delivery_id, 0)]);
    }
}
