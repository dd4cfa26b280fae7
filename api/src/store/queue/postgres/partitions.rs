//! Days: events, deliveries and attempts lie in one partition for each day (UTC), by the time in their ids. Days are made ahead, and
//! those that are past the retention time are dropped whole, which gives their space back at once.
//!
//! A row that fits no day, because the clock of its node is far off or no node ran for a week, goes to the default partition and is
//! moved from there when its day is made.

use crate::store::codec;
use diesel::{
    connection::SimpleConnection as _,
    dsl::sql,
    prelude::*,
    sql_types::{BigInt, Binary, Bool, Text},
};
use shared::{Id, Timestamp};
use std::collections::BTreeSet;

/// How many days are made ahead of today.
const AHEAD: u64 = 7;
const MILLIS_PER_DAY: u64 = 86_400_000;
/// The tables by day, and the id that decides. What depends on something else stands before it.
const TABLES: [(&str, &str); 3] = [("attempts", "delivery_id"), ("deliveries", "id"), ("events", "id")];
/// One node at a time makes or drops days.
const LOCK: i64 = 7_297_351_820_146_328;

/// Makes the days from yesterday on, for a node whose clock is behind, up to a week from `now`.
pub(in crate::store) fn prepare(connection: &mut PgConnection, now: Timestamp) -> QueryResult<()> {
    if missing(connection, now)?.is_empty() {
        return Ok(());
    }
    diesel::select(sql::<Text>(&format!("pg_advisory_xact_lock({LOCK})::text"))).execute(connection)?;
    // Another node may have made them meanwhile.
    for (table, column, day) in missing(connection, now)? {
        connection.batch_execute(&make(table, column, day))?;
    }
    Ok(())
}

fn missing(connection: &mut PgConnection, now: Timestamp) -> QueryResult<Vec<(&'static str, &'static str, u64)>> {
    let there = partitions(connection)?;
    let today = day_of(now);
    let wanted = (today.saturating_sub(1)..=today + AHEAD)
        .flat_map(|day| TABLES.map(|(table, column)| (table, column, day)))
        .filter(|(table, _, day)| !there.contains(&name(table, *day)));
    Ok(wanted.collect())
}

/// Attaching asks for a weaker lock of the parent than creating in place does; only the default partition is closed meanwhile.
fn make(table: &str, column: &str, day: u64) -> String {
    let name = name(table, day);
    let (from, to) = (literal(first_id(day)), literal(first_id(day + 1)));
    format!(
        "CREATE TABLE {name} (LIKE {table});
        LOCK TABLE {table}_default IN ACCESS EXCLUSIVE MODE;
        WITH moved AS (DELETE FROM {table}_default WHERE {column} >= {from} AND {column} < {to} RETURNING *)
        INSERT INTO {name} SELECT * FROM moved;
        ALTER TABLE {table} ATTACH PARTITION {name} FOR VALUES FROM ({from}) TO ({to})"
    )
}

/// Drops one day that ended before `before`, or deletes some of what else is left of such days: the keys of events, and rows in the
/// default partitions. Returns 0 when nothing is left, or another node is at it.
pub(in crate::store) fn purge(connection: &mut PgConnection, before: Timestamp, rows: i64) -> QueryResult<usize> {
    let lock = sql::<Bool>(&format!("pg_try_advisory_xact_lock({LOCK})"));
    if !diesel::select(lock).get_result::<bool>(connection)? {
        return Ok(0);
    }
    // Whoever wants to read waits behind whoever waits to drop: that wait is kept short, and the next round tries again.
    connection.batch_execute("SET LOCAL lock_timeout = '500ms'")?;
    let there = partitions(connection)?;
    let first_kept = day_of(before);
    let bound = codec::key(first_id(first_kept));
    let delete = |connection: &mut PgConnection, table: &str, column: &str| {
        diesel::sql_query(format!(
            "DELETE FROM {table} WHERE {column} IN (SELECT {column} FROM {table} WHERE {column} < $1 ORDER BY {column} LIMIT $2)"
        ))
        .bind::<Binary, _>(&bound)
        .bind::<BigInt, _>(rows)
        .execute(connection)
    };
    // Before the events: a key without its event would call the same event that is published again another one.
    let purged = delete(connection, "event_keys", "event_id")?;
    if purged > 0 {
        return Ok(purged);
    }
    for (table, _) in TABLES {
        let kept = name(table, first_kept);
        let is_day = |name: &&String| name.len() == kept.len() && name.starts_with(table);
        if let Some(oldest) = there.iter().filter(is_day).find(|name| **name < kept) {
            connection.batch_execute(&format!("DROP TABLE {oldest}"))?;
            tracing::info!(table = oldest, "a day that is past the retention time was dropped");
            return Ok(1);
        }
    }
    for (table, column) in [
        ("attempts_default", "delivery_id"),
        ("deliveries_default", "id"),
        ("events_default", "id"),
        ("resends", "delivery_id"),
    ] {
        let purged = delete(connection, table, column)?;
        if purged > 0 {
            return Ok(purged);
        }
    }
    Ok(0)
}

#[derive(QueryableByName)]
struct Partition {
    #[diesel(sql_type = Text)]
    name: String,
}

/// The names of all partitions, so that for each table the oldest day comes first.
fn partitions(connection: &mut PgConnection) -> QueryResult<BTreeSet<String>> {
    let rows = diesel::sql_query(
        "SELECT c.relname::text AS name FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid \
         WHERE i.inhparent IN ('attempts'::regclass, 'deliveries'::regclass, 'events'::regclass)",
    )
    .load::<Partition>(connection)?;
    Ok(rows.into_iter().map(|row| row.name).collect())
}

/// Days since 1970.
fn day_of(time: Timestamp) -> u64 {
    time.unix_ms() / MILLIS_PER_DAY
}

fn first_id(day: u64) -> Id {
    Id::floor(day * MILLIS_PER_DAY)
}

/// `events_2026_11_24`: in the order of names, days are in their order.
fn name(table: &str, day: u64) -> String {
    let micros = i64::try_from(day * MILLIS_PER_DAY * 1_000).unwrap_or(i64::MAX);
    let date = Timestamp::from_micros(micros).to_string();
    format!("{table}_{}", date.get(..10).unwrap_or(&date).replace('-', "_"))
}

fn literal(id: Id) -> String {
    format!("'\\x{}'", hex::encode(id.to_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_has_a_name_and_a_range_of_ids() {
        let noon = Timestamp::from_micros(1_751_976_000_000_000);
        let day = day_of(noon);
        assert_eq!(name("events", day), "events_2025_07_08");
        let id = Id::floor(noon.unix_ms());
        assert!(first_id(day) < id && id < first_id(day + 1));
        assert_eq!(literal(first_id(0)), "'\\x00000000000000000000000000000000'");
    }
}
