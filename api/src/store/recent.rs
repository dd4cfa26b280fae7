//! How webhooks did in the last 24 hours, hour by hour; tests do not count.

use super::{
    codec,
    connection::Db,
    schema::deliveries,
    stats::{MICROS_PER_HOUR, Tally},
};
use diesel::{
    dsl::sql,
    prelude::*,
    sql_types::{BigInt, Binary, SmallInt},
};
use shared::{Counts, HourCounts, Id, Timestamp};
use std::collections::HashMap;

const HOURS: usize = 24;

/// How a webhook's deliveries of the last 24 hours went.
#[derive(Clone)]
pub struct Recent {
    /// In all.
    pub counts: Counts,
    /// Hour by hour, oldest first. The hours are those of the clock; what is older than the first one counts to it.
    pub hourly: Vec<HourCounts>,
}

impl Default for Recent {
    fn default() -> Self {
        Self { counts: Counts::default(), hourly: vec![HourCounts::default(); HOURS] }
    }
}

/// How the deliveries of each of those webhooks went in the 24 hours before `now`. A webhook without any is left out.
pub fn recent(connection: &mut Db, webhook_ids: &[Id], now: Timestamp) -> QueryResult<HashMap<Id, Recent>> {
    // In SQL, because an expression with a bound number would be another one in the selection than in the grouping.
    type Grouped = (Binary, SmallInt, BigInt, BigInt);
    let hours = i64::try_from(HOURS).unwrap_or_default();
    let from = now.plus_micros(-hours * MICROS_PER_HOUR);
    let hour = format!("created_at / {MICROS_PER_HOUR}");
    let rows = deliveries::table
        .filter(deliveries::webhook_id.eq_any(webhook_ids.iter().map(|&id| codec::key(id))))
        .filter(deliveries::id.ge(codec::floor(from)))
        .filter(deliveries::test.is_null())
        .group_by((deliveries::webhook_id, deliveries::status, sql::<BigInt>(&hour)))
        .select(sql::<Grouped>(&format!("webhook_id, status, {hour}, count(*)")))
        .load::<(Vec<u8>, i16, i64, i64)>(connection)?;
    let first = now.as_micros() / MICROS_PER_HOUR - hours + 1;
    let mut found = HashMap::<Id, (Tally, [Tally; HOURS])>::new();
    for (webhook_id, status, hour, count) in rows {
        let hour = usize::try_from((hour - first).max(0)).unwrap_or_default();
        let (status, count) = (codec::delivery_status_of(status)?, codec::unsigned(count, "count")?);
        let (all, hourly) = found.entry(codec::id(&webhook_id)?).or_default();
        all.add(status, count);
        hourly[hour.min(HOURS - 1)].add(status, count);
    }
    let hour = |Tally { delivered, failed, .. }| HourCounts { delivered, failed };
    let recent = found
        .into_iter()
        .map(|(id, (all, hourly))| (id, Recent { counts: all.counts(), hourly: hourly.map(hour).into() }));
    Ok(recent.collect())
}
