//! Figures over a period, from the deliveries themselves. The database counts; what comes from it are sums by bucket, type and kind
//! of failure, and a histogram of durations, never the rows. Tests do not count.

use super::{
    codec,
    connection::Db,
    schema::{deliveries, webhooks as webhook_rows},
    webhooks,
};
use diesel::{
    dsl::{exists, sql},
    expression::SqlLiteral,
    prelude::*,
    sql_types::{BigInt, Binary, Bool, Nullable, SmallInt, Text, Untyped},
};
use shared::{
    Bucket, Counts, DeliveryStatus, Failure, FailureCount, Id, Period, Stats, Timestamp, TypeCount, WebhookCount,
};
use std::collections::{BTreeMap, HashMap};

/// How many microseconds an hour has.
pub(super) const MICROS_PER_HOUR: i64 = 3_600_000_000;
/// How many hours a day has.
const HOURS: usize = 24;
/// How many webhooks are told at most.
const WEBHOOKS: i64 = 10;

/// How the durations of attempts are grouped: from which duration on, and how wide a group is, in microseconds. A group is at most 2 %
/// wide, so a percentile is off by 1 % at most.
const GROUPS: [(u64, u64); 5] = [(1_000_000, 20_000), (100_000, 2_000), (10_000, 200), (1_000, 20), (0, 2)];

/// The lower end of a duration's group, as SQL of both databases.
fn duration_group() -> String {
    let widths = GROUPS.map(|(from, width)| format!(" WHEN duration_us >= {from} THEN {width}")).concat();
    format!("duration_us - duration_us % (CASE{widths} ELSE 1 END)")
}

/// The middle of the group that begins there.
fn middle(lower: u64) -> u64 {
    let width = GROUPS.iter().find(|(from, _)| lower >= *from).map_or(1, |(_, width)| *width);
    lower + width / 2
}

/// How many were delivered, have failed or are retried, and were not tried yet.
#[derive(Clone, Copy, Default)]
pub(super) struct Tally {
    pub(super) delivered: u64,
    pub(super) failed: u64,
    retrying: u64,
    pending: u64,
}

impl Tally {
    pub(super) fn add(&mut self, status: DeliveryStatus, count: u64) {
        match status {
            DeliveryStatus::Delivered => self.delivered += count,
            DeliveryStatus::Failed => self.failed += count,
            DeliveryStatus::Retrying => {
                self.failed += count;
                self.retrying += count;
            }
            DeliveryStatus::Pending => self.pending += count,
            DeliveryStatus::Cancelled => {}
        }
    }

    pub(super) fn counts(self) -> Counts {
        Counts::new(self.delivered, self.failed, self.retrying, self.pending)
    }
}

#[derive(Default)]
struct Sum {
    tally: Tally,
    /// How many durations there are in each group, by its lower end.
    durations: BTreeMap<u64, u64>,
}

impl Sum {
    fn add(&mut self, status: DeliveryStatus, duration: Option<u64>, count: u64) {
        self.tally.add(status, count);
        if let Some(duration) = duration {
            *self.durations.entry(duration).or_default() += count;
        }
    }

    /// The duration below which that share (in percent) of the attempts stayed.
    fn percentile(&self, percent: u64) -> Option<u64> {
        let all: u64 = self.durations.values().sum();
        let rank = (all * percent).div_ceil(100);
        let mut below = 0;
        self.durations.iter().find_map(|(lower, count)| {
            below += count;
            (below >= rank).then(|| middle(*lower))
        })
    }
}

/// Whose figures, and from when on.
#[derive(Clone, Copy)]
struct Scope {
    tenant_id: Id,
    webhook_id: Option<Id>,
    from: Timestamp,
}

/// The deliveries of a scope, `$select` grouped by the columns `$groups`. A macro, as such a query has no type that one could write.
macro_rules! grouped {
    ($connection:expr, $scope:expr, $select:expr, $groups:literal, $filter:literal, $row:ty) => {{
        let Scope { tenant_id, webhook_id, from } = $scope;
        let query = deliveries::table
            .group_by(sql::<Untyped>($groups))
            .select($select)
            .filter(deliveries::id.ge(codec::floor(from)))
            .filter(sql::<Bool>($filter))
            .into_boxed();
        let query = match webhook_id {
            Some(webhook_id) => query.filter(deliveries::webhook_id.eq(codec::key(webhook_id))),
            None => query.filter(deliveries::tenant_id.eq(codec::key(tenant_id))),
        };
        query.load::<$row>($connection)
    }};
}

type InBucket = (BigInt, SmallInt, Nullable<BigInt>, BigInt);
type OfType = (Text, SmallInt, Nullable<BigInt>, BigInt);
type OfFailure = (Text, Nullable<SmallInt>, BigInt);

/// A tenant's figures, or those of one of its webhooks, over the period that ends now. What was cancelled does not count.
pub fn over(
    connection: &mut Db,
    tenant_id: Id,
    webhook_id: Option<Id>,
    period: Period,
    now: Timestamp,
) -> QueryResult<Stats> {
    let (count, seconds) = period.buckets();
    let from = now.plus_seconds(-i64::try_from(count).unwrap_or_default() * seconds);
    let webhooks = match webhook_id {
        Some(_) => Vec::new(),
        None => by_webhook(connection, tenant_id, from)?,
    };
    let webhook_id = match webhook_id {
        // No delivery has the id of a tenant: the figures are all zero.
        Some(id) if !webhooks::belongs(connection, tenant_id, id)? => Some(tenant_id),
        webhook_id => webhook_id,
    };
    let scope = Scope { tenant_id, webhook_id, from };
    let (all, buckets) = by_bucket(connection, scope, count, seconds)?;
    Ok(Stats {
        period,
        from,
        to: now,
        counts: all.tally.counts(),
        p50_us: all.percentile(50),
        p95_us: all.percentile(95),
        p99_us: all.percentile(99),
        buckets: (0..)
            .zip(&buckets)
            .map(|(index, sum)| Bucket {
                from: from.plus_seconds(index * seconds),
                delivered: sum.tally.delivered,
                failed: sum.tally.failed,
                retrying: sum.tally.retrying,
                p50_us: sum.percentile(50),
                p95_us: sum.percentile(95),
            })
            .collect(),
        failures: by_failure(connection, scope)?,
        types: by_type(connection, scope)?,
        webhooks,
        by_hour: by_hour(connection, scope)?,
    })
}

/// The sum, and those of the parts of the period.
fn by_bucket(connection: &mut Db, scope: Scope, count: usize, seconds: i64) -> QueryResult<(Sum, Vec<Sum>)> {
    let micros = seconds * 1_000_000;
    let select = sql::<InBucket>("(created_at - ")
        .bind::<BigInt, _>(scope.from.as_micros())
        .sql(&format!(") / {micros}, status, {}, count(*)", duration_group()));
    let rows =
        grouped!(connection, scope, select, "1, 2, 3", "status <> 4 AND test IS NULL", (i64, i16, Option<i64>, i64))?;
    let mut all = Sum::default();
    let mut buckets: Vec<_> = (0..count).map(|_| Sum::default()).collect();
    for (at, status, duration, count) in rows {
        let status = codec::delivery_status_of(status)?;
        let duration = duration.map(|micros| codec::unsigned(micros, "duration")).transpose()?;
        let count = codec::unsigned(count, "count")?;
        all.add(status, duration, count);
        if let Some(bucket) = usize::try_from(at).ok().and_then(|at| buckets.get_mut(at)) {
            bucket.add(status, duration, count);
        }
    }
    Ok((all, buckets))
}

fn by_type(connection: &mut Db, scope: Scope) -> QueryResult<Vec<TypeCount>> {
    let select: SqlLiteral<OfType> = sql(&format!("event_type, status, {}, count(*)", duration_group()));
    let rows = grouped!(
        connection,
        scope,
        select,
        "1, 2, 3",
        "status <> 4 AND test IS NULL",
        (String, i16, Option<i64>, i64)
    )?;
    let mut types = BTreeMap::<String, Sum>::new();
    for (event_type, status, duration, count) in rows {
        let duration = duration.map(|micros| codec::unsigned(micros, "duration")).transpose()?;
        types.entry(event_type).or_default().add(
            codec::delivery_status_of(status)?,
            duration,
            codec::unsigned(count, "count")?,
        );
    }
    let types = types.into_iter().map(|(event_type, sum)| TypeCount {
        event_type,
        delivered: sum.tally.delivered,
        failed: sum.tally.failed,
        p95_us: sum.percentile(95),
    });
    Ok(most_first(types, |row| row.delivered + row.failed))
}

fn by_failure(connection: &mut Db, scope: Scope) -> QueryResult<Vec<FailureCount>> {
    let select: SqlLiteral<OfFailure> = sql("failure, status_code, count(*)");
    let rows = grouped!(
        connection,
        scope,
        select,
        "1, 2",
        "status IN (1, 3) AND failure IS NOT NULL AND test IS NULL",
        (String, Option<i16>, i64)
    )?;
    let mut failures = BTreeMap::<(Failure, Option<u16>), u64>::new();
    for (failure, status_code, count) in rows {
        let failure = codec::named(&failure, "failure")?;
        let status_code = status_code.map(|code| codec::unsigned(code, "status code")).transpose()?;
        *failures.entry((failure, status_code)).or_default() += codec::unsigned::<u64>(count, "count")?;
    }
    let failures =
        failures.into_iter().map(|((failure, status_code), count)| FailureCount { failure, status_code, count });
    Ok(most_first(failures, |row| row.count))
}

/// The webhooks with the most failures, then those with the most deliveries.
fn by_webhook(connection: &mut Db, tenant_id: Id, from: Timestamp) -> QueryResult<Vec<WebhookCount>> {
    type OfWebhook = (Binary, BigInt, BigInt, BigInt);
    let select = "webhook_id, count(CASE status WHEN 2 THEN 1 END), count(CASE WHEN status <> 2 THEN 1 END), \
                  count(CASE status WHEN 1 THEN 1 END)";
    let is_there = webhook_rows::table
        .filter(webhook_rows::id.eq(deliveries::webhook_id))
        .filter(webhook_rows::deleted_at.is_null());
    let counted = deliveries::table
        .group_by(deliveries::webhook_id)
        .select(sql::<OfWebhook>(select))
        .filter(deliveries::tenant_id.eq(codec::key(tenant_id)))
        .filter(deliveries::id.ge(codec::floor(from)))
        .filter(sql::<Bool>("status IN (1, 2, 3) AND test IS NULL"))
        // Of a webhook, not of each of its deliveries.
        .having(exists(is_there))
        .order(sql::<Untyped>("3 DESC, 2 DESC, 1"))
        .limit(WEBHOOKS)
        .load::<(Vec<u8>, i64, i64, i64)>(connection)?;
    let names: HashMap<Vec<u8>, (String, String)> = webhook_rows::table
        .filter(webhook_rows::id.eq_any(counted.iter().map(|(id, ..)| id)))
        .select((webhook_rows::id, (webhook_rows::url, webhook_rows::description)))
        .load(connection)?
        .into_iter()
        .collect();
    let row = |(id, delivered, failed, retrying): (Vec<u8>, i64, i64, i64)| {
        let Some((url, description)) = names.get(&id).cloned() else { return Ok(None) };
        Ok(Some(WebhookCount {
            id: codec::id(&id)?,
            url,
            description,
            delivered: codec::unsigned(delivered, "count")?,
            failed: codec::unsigned(failed, "count")?,
            retrying: codec::unsigned(retrying, "count")?,
        }))
    };
    counted.into_iter().map(row).filter_map(Result::transpose).collect()
}

/// How many are of events that were taken in each hour of the day.
fn by_hour(connection: &mut Db, scope: Scope) -> QueryResult<Vec<u64>> {
    let select: SqlLiteral<(BigInt, BigInt)> = sql(&format!("created_at / {MICROS_PER_HOUR} % 24, count(*)"));
    let mut hours = vec![0; HOURS];
    for (hour, count) in grouped!(connection, scope, select, "1", "status <> 4 AND test IS NULL", (i64, i64))? {
        if let Some(hour) = usize::try_from(hour).ok().and_then(|hour| hours.get_mut(hour)) {
            *hour = codec::unsigned(count, "count")?;
        }
    }
    Ok(hours)
}

fn most_first<T>(rows: impl Iterator<Item = T>, count: impl Fn(&T) -> u64) -> Vec<T> {
    let mut rows: Vec<_> = rows.collect();
    rows.sort_by_key(|row| std::cmp::Reverse(count(row)));
    rows
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_percentile_is_off_by_one_percent_at_most() {
        for duration in [3u64, 999, 1_000, 1_019, 5_432, 99_999, 123_456, 2_000_001, 30_000_000] {
            let (_, width) = GROUPS.into_iter().find(|(from, _)| duration >= *from).unwrap();
            let mut sum = Sum::default();
            sum.add(DeliveryStatus::Delivered, Some(duration - duration % width), 1);
            let found = sum.percentile(50).unwrap();
            assert!(found.abs_diff(duration) * 100 <= duration.max(100), "{duration}: {found}");
        }
    }

    #[test]
    fn percentiles_count_the_attempts_of_each_group() {
        let mut sum = Sum::default();
        sum.add(DeliveryStatus::Delivered, Some(1_000), 90);
        sum.add(DeliveryStatus::Failed, Some(100_000), 10);
        assert_eq!([50, 90, 91, 99].map(|percent| sum.percentile(percent).unwrap()), [1_010, 1_010, 101_000, 101_000]);
        assert_eq!(Sum::default().percentile(50), None);
    }
}
