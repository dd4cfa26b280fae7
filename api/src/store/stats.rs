//! Figures over a period, from the deliveries themselves; tests do not count.

use super::{codec, connection::Db, schema::deliveries};
use diesel::{dsl::count_star, prelude::*};
use shared::{Bucket, Counts, DeliveryStatus, Failure, FailureCount, Id, Period, Stats, Timestamp, TypeCount};
use std::collections::{BTreeMap, HashMap};

/// How many hours a day has.
const HOURS: usize = 24;

/// How the deliveries of each of those webhooks went since `from`. A webhook without any is left out.
pub fn counts(connection: &mut Db, webhook_ids: &[Id], from: Timestamp) -> QueryResult<HashMap<Id, Counts>> {
    let rows = deliveries::table
        .filter(deliveries::webhook_id.eq_any(webhook_ids.iter().map(|&id| codec::key(id))))
        .filter(deliveries::id.ge(codec::key(Id::floor(from.unix_ms()))))
        .filter(deliveries::test.is_null())
        .group_by((deliveries::webhook_id, deliveries::status))
        .select((deliveries::webhook_id, deliveries::status, count_star()))
        .load::<(Vec<u8>, i16, i64)>(connection)?;
    let mut sums = HashMap::<Id, Sum>::new();
    for (webhook_id, status, count) in rows {
        let sum = sums.entry(codec::id(&webhook_id)?).or_default();
        sum.add(codec::delivery_status_of(status)?, codec::unsigned(count, "count")?);
    }
    Ok(sums.into_iter().map(|(id, sum)| (id, sum.counts())).collect())
}

#[derive(Default)]
struct Sum {
    delivered: u64,
    failed: u64,
    pending: u64,
    durations: Vec<u64>,
}

impl Sum {
    fn add(&mut self, status: DeliveryStatus, count: u64) {
        match status {
            DeliveryStatus::Delivered => self.delivered += count,
            DeliveryStatus::Failed | DeliveryStatus::Retrying => self.failed += count,
            DeliveryStatus::Pending => self.pending += count,
            DeliveryStatus::Cancelled => {}
        }
    }

    fn counts(&self) -> Counts {
        Counts::new(self.delivered, self.failed, self.pending)
    }

    /// The duration below which that share (in percent) of the attempts stayed.
    fn percentile(&mut self, percent: usize) -> Option<u64> {
        self.durations.sort_unstable();
        let rank = (self.durations.len() * percent).div_ceil(100);
        self.durations.get(rank.saturating_sub(1)).copied()
    }
}

#[derive(Queryable)]
struct Row {
    created_at: i64,
    event_type: String,
    status: i16,
    failure: Option<String>,
    status_code: Option<i16>,
    duration_us: Option<i64>,
}

/// A tenant's figures, or one webhook's, over the period that ends now.
pub fn over(
    connection: &mut Db,
    tenant_id: Id,
    webhook_id: Option<Id>,
    period: Period,
    now: Timestamp,
) -> QueryResult<Stats> {
    let (count, seconds) = period.buckets();
    let count = i64::try_from(count).unwrap_or_default();
    let from = now.plus_seconds(-count * seconds);
    let mut query = deliveries::table
        .filter(deliveries::tenant_id.eq(codec::key(tenant_id)))
        .filter(deliveries::id.ge(codec::key(Id::floor(from.unix_ms()))))
        .filter(deliveries::test.is_null())
        .select((
            deliveries::created_at,
            deliveries::event_type,
            deliveries::status,
            deliveries::failure,
            deliveries::status_code,
            deliveries::duration_us,
        ))
        .into_boxed();
    if let Some(webhook_id) = webhook_id {
        query = query.filter(deliveries::webhook_id.eq(codec::key(webhook_id)));
    }
    let mut all = Sum::default();
    let mut buckets: Vec<_> = (0..count).map(|_| Sum::default()).collect();
    let mut types = BTreeMap::<String, Sum>::new();
    let mut failures = BTreeMap::<(Failure, Option<u16>), u64>::new();
    let mut by_hour = vec![0; HOURS];
    for row in query.load::<Row>(connection)? {
        let status = codec::delivery_status_of(row.status)?;
        let at = (row.created_at - from.as_micros()) / (seconds * 1_000_000);
        if let Some(count) = by_hour.get_mut(hour_of_day(row.created_at)) {
            *count += 1;
        }
        let bucket = usize::try_from(at).ok().and_then(|at| buckets.get_mut(at));
        let duration: Option<u64> = row.duration_us.map(|micros| codec::unsigned(micros, "duration")).transpose()?;
        for sum in [Some(&mut all), bucket, Some(types.entry(row.event_type).or_default())].into_iter().flatten() {
            sum.add(status, 1);
            sum.durations.extend(duration);
        }
        let failed = matches!(status, DeliveryStatus::Failed | DeliveryStatus::Retrying);
        if let Some(failure) = codec::failure_of(row.failure.as_deref())?.filter(|_| failed) {
            let status_code = row.status_code.map(|code| codec::unsigned(code, "status code")).transpose()?;
            *failures.entry((failure, status_code)).or_default() += 1;
        }
    }
    Ok(Stats {
        period,
        from,
        to: now,
        counts: all.counts(),
        p50_us: all.percentile(50),
        p95_us: all.percentile(95),
        p99_us: all.percentile(99),
        buckets: (0..)
            .zip(&mut buckets)
            .map(|(index, sum)| Bucket {
                from: from.plus_seconds(index * seconds),
                delivered: sum.delivered,
                failed: sum.failed,
                p50_us: sum.percentile(50),
                p95_us: sum.percentile(95),
            })
            .collect(),
        failures: most_first(
            failures.into_iter().map(|((failure, status_code), count)| FailureCount { failure, status_code, count }),
            |row| row.count,
        ),
        types: most_first(
            types.into_iter().map(|(event_type, mut sum)| TypeCount {
                event_type,
                delivered: sum.delivered,
                failed: sum.failed,
                p95_us: sum.percentile(95),
            }),
            |row| row.delivered + row.failed,
        ),
        by_hour,
    })
}

/// The hour of the day, 0 to 23, of an instant in microseconds.
fn hour_of_day(micros: i64) -> usize {
    let hour = micros.div_euclid(3_600_000_000).rem_euclid(24);
    usize::try_from(hour).unwrap_or_default()
}

fn most_first<T>(rows: impl Iterator<Item = T>, count: impl Fn(&T) -> u64) -> Vec<T> {
    let mut rows: Vec<_> = rows.collect();
    rows.sort_by_key(|row| std::cmp::Reverse(count(row)));
    rows
}
