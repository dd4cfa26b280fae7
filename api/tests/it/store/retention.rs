//! Purging what is older than the retention time.

use super::*;
use crate::database::on_both;
use hookwright::store::{Slice, attempts, events};

const DAY: i64 = 86_400;

on_both! {
    async fn what_is_past_the_retention_time_goes_and_the_rest_stays(backend) {
        let mut store = TestStore::open(backend);
        store.webhook(&[]).await;
        let old = store.handed_over("A.B", "old").await;
        store.settle(&old, 500).await;
        // Ten days later, at a time for which there are days already.
        for _ in 0..10 {
            store.clock.advance_seconds(DAY);
            assert_eq!(store.purge(START.plus_seconds(-DAY)).await, Purged::Rows(0));
            store.publish("A.B", &format!("{}", store.now())).await;
        }
        let kept = store.handed_over("A.B", "kept").await;
        let before = store.now().plus_seconds(-9 * DAY);
        let purged = store.purge(before).await;
        assert!(matches!(purged, Purged::Rows(rows) if rows > 0), "{purged:?}");
        let (gone, there) = (old.delivery_id, kept.delivery_id);
        assert!(store.read(move |db| deliveries::find(db, DEFAULT_TENANT, gone, &nobody_rests())).await.is_none());
        assert!(store.read(move |db| attempts::of_delivery(db, gone)).await.is_empty());
        assert!(store.read(move |db| deliveries::find(db, DEFAULT_TENANT, there, &nobody_rests())).await.is_some());
        let left = store.read(|db| events::list(db, DEFAULT_TENANT, &Default::default(), Slice::first(99))).await.items;
        assert_eq!(left.len(), 11);
        assert_eq!(store.purge(before).await, Purged::Rows(0), "nothing is left to purge");
        // Its id is free again, while one that was kept is not.
        recorded(store.publish("A.B", "old").await);
        assert!(matches!(store.publish("A.B", "kept").await, Accepted::Duplicate { .. }));
    }
}

on_both! {
    async fn many_rows_are_purged_batch_by_batch(backend) {
        let store = TestStore::open(backend);
        store.webhook(&[]).await;
        let publishing = (0..700).map(|n| store.store.publish(store.event("A.B", &n.to_string())));
        futures_util::future::join_all(publishing).await.into_iter().for_each(|accepted| _ = recorded(accepted.unwrap()));
        store.clock.advance_seconds(3 * DAY);
        let newest = recorded(store.publish("A.B", "newest").await);
        assert!(matches!(store.purge(store.now().plus_seconds(-DAY)).await, Purged::Rows(1..)));
        let left = store.read(|db| events::list(db, DEFAULT_TENANT, &Default::default(), Slice::first(99))).await.items;
        assert_eq!(left.iter().map(|event| event.id).collect::<Vec<_>>(), [newest]);
        let left = store.read(|db| deliveries::list(db, DEFAULT_TENANT, &Default::default(), Slice::first(99), &nobody_rests())).await.items;
        assert_eq!(left.len(), 1);
    }
}

on_both! {
    async fn a_clock_that_jumped_ahead_purges_nothing(backend) {
        let store = TestStore::open(backend);
        let id = recorded(store.publish("A.B", "1").await);
        assert_eq!(store.purge(START.plus_seconds(-30 * DAY)).await, Purged::Rows(0));
        store.clock.advance_seconds(10 * 365 * DAY);
        let since = store.now();
        // What is published by that clock does not make it right.
        for id in ["2", "3"] {
            assert_eq!(store.purge(store.now().plus_seconds(-30 * DAY)).await, Purged::TimeInDoubt(since));
            recorded(store.publish("A.B", id).await);
        }
        assert!(store.read(move |db| events::find(db, DEFAULT_TENANT, id)).await.is_some());
    }
}

on_both! {
    async fn a_time_that_has_moved_far_is_believed_after_a_day(backend) {
        let store = TestStore::open(backend);
        let id = recorded(store.publish("A.B", "1").await);
        assert_eq!(store.purge(START.plus_seconds(-30 * DAY)).await, Purged::Rows(0));
        // As where the server was off for long, or its clock was wrong before; then as where it was, and is set right.
        for (moved, kept) in [(40 * DAY, true), (DAY - 3_600, true), (-39 * DAY, true), (40 * DAY, true), (DAY / 2, true), (DAY / 2, false)] {
            store.clock.advance_seconds(moved);
            store.purge(store.now().plus_seconds(-30 * DAY)).await;
            assert_eq!(store.read(move |db| events::find(db, DEFAULT_TENANT, id)).await.is_some(), kept, "{moved}");
        }
    }
}
