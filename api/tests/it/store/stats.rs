//! Figures over a period.

use super::*;
use crate::database::on_both;
use hookwright::store::{
    recent::{self, Recent},
    stats,
};
use shared::Period;

on_both! {
    async fn figures_are_counted_by_bucket_type_and_failure(backend) {
        let mut store = TestStore::open(backend);
        let webhook = store.webhook(&[]).await;
        let outcomes = [("A.B", 200), ("A.B", 200), ("A.B", 500), ("A.C", 404), ("A.B", 500)];
        for (n, (event_type, status_code)) in (0..).zip(outcomes) {
            let claimed = store.handed_over(event_type, &format!("{n}")).await;
            let mut settlement = store.answered(&claimed, status_code);
            settlement.attempt.as_mut().unwrap().duration_us = 1_000 * (n + 1);
            assert!(store.store.settle(settlement).await.unwrap());
            store.clock.advance_seconds(60);
        }
        store.handed_over("A.B", "waits").await;
        store.clock.advance_seconds(1);
        let now = store.now();
        let over = async |webhook, period| store.read(move |db| stats::over(db, DEFAULT_TENANT, webhook, period, now)).await;
        for stats in [over(None, Period::Hour).await, over(Some(webhook), Period::Hour).await] {
            assert_eq!((stats.counts.delivered, stats.counts.failed, stats.counts.pending), (2, 3, 1));
            assert_eq!((stats.from, stats.to), (now.plus_seconds(-3_600), now));
            // Off by one percent at most.
            assert_eq!((stats.p50_us, stats.p95_us, stats.p99_us), (Some(3_010), Some(5_010), Some(5_010)));
            let last: Vec<_> = stats.buckets[54..].iter().map(|bucket| (bucket.delivered, bucket.failed, bucket.p50_us)).collect();
            assert_eq!(last, [(1, 0, Some(1_010)), (1, 0, Some(2_010)), (0, 1, Some(3_010)), (0, 1, Some(4_010)), (0, 1, Some(5_010)), (0, 0, None)]);
            let failures: Vec<_> = stats.failures.iter().map(|row| (row.failure, row.status_code, row.count)).collect();
            assert_eq!(failures, [(Failure::HttpStatus, Some(500), 2), (Failure::HttpStatus, Some(404), 1)]);
            let types: Vec<_> = stats.types.iter().map(|row| (&*row.event_type, row.delivered, row.failed)).collect();
            assert_eq!(types, [("A.B", 2, 2), ("A.C", 0, 1)]);
            assert_eq!(stats.buckets[54..].iter().map(|bucket| bucket.retrying).collect::<Vec<_>>(), [0, 0, 1, 1, 1, 0]);
        }
        let webhooks = over(None, Period::Hour).await.webhooks;
        let told: Vec<_> = webhooks.iter().map(|row| (row.id, row.delivered, row.failed, row.retrying)).collect();
        assert_eq!(told, [(webhook, 2, 3, 3)]);
        assert!(webhooks[0].url.starts_with("http"), "{webhooks:?}");
        assert_eq!(over(Some(webhook), Period::Hour).await.webhooks, []);
        let none = over(Some(store.ids.next(now)), Period::Month).await;
        assert_eq!((none.counts.success_rate, none.p50_us, none.buckets.len()), (None, None, 30));
        store.clock.advance_seconds(2 * 3_600);
        let now = store.now();
        let later = store.read(move |db| stats::over(db, DEFAULT_TENANT, None, Period::Hour, now)).await;
        assert_eq!(later.counts.delivered, 0, "what was taken before the period does not count");
        let recent = store.read(move |db| recent::recent(db, &[webhook], now)).await;
        let Recent { counts, hourly } = &recent[&webhook];
        assert_eq!((counts.delivered, counts.failed, counts.pending), (2, 3, 1));
        // The current hour is the last one.
        let hours: Vec<_> = hourly[20..].iter().map(|hour| (hour.delivered, hour.failed)).collect();
        assert_eq!((hourly.len(), hours.as_slice()), (24, &[(0, 0), (2, 3), (0, 0), (0, 0)][..]));
    }
}
