//! Recording a batch of events with their deliveries.

use crate::{
    failpoint,
    store::{
        NewEvent, codec,
        nodes::{DueClock, Node},
        queue::{Fanout, LEASE_MICROS, statement::statement},
    },
};
use diesel::{
    prelude::*,
    sql_types::{Array, BigInt, Binary, Bool, Integer, Text},
};
use shared::Id;
use std::collections::HashSet;

statement! {
    /// `event_keys` decides: of several that bring the same key, in this batch or at another node, one gets it, and only what got its
    /// key is recorded. `IS TRUE` keeps the planner from making a join of the `IN`, which it would do row by row.
    #[derive(Default)]
    Record<'a> {
        tenant_ids: Vec<[u8; 16]> => Array<Binary>,
        ce_ids: Vec<&'a str> => Array<Text>,
        sources: Vec<&'a str> => Array<Text>,
        ids: Vec<[u8; 16]> => Array<Binary>,
        kinds: Vec<&'a str> => Array<Text>,
        times: Vec<i64> => Array<BigInt>,
        matched: Vec<i32> => Array<Integer>,
        created_at: Vec<i64> => Array<BigInt>,
        payloads: Vec<&'a str> => Array<Text>,
        database_clock: bool => Bool,
        lease: i64 => BigInt,
        delivery_ids: Vec<[u8; 16]> => Array<Binary>,
        delivery_tenants: Vec<[u8; 16]> => Array<Binary>,
        event_ids: Vec<[u8; 16]> => Array<Binary>,
        webhook_ids: Vec<[u8; 16]> => Array<Binary>,
        event_types: Vec<String> => Array<Text>,
        claimed: Vec<i32> => Array<Integer>,
        taken_at: Vec<i64> => Array<BigInt>,
    } -> Binary,
    "WITH keys AS (
        INSERT INTO event_keys (tenant_id, ce_id, source, event_id) SELECT * FROM unnest(?, ?, ?, ?)
        ON CONFLICT DO NOTHING RETURNING event_id
    ), recorded AS (
        INSERT INTO events (id, tenant_id, source, type, ce_id, time, matched, created_at, payload)
        SELECT * FROM unnest($4, $1, $3, ?, $2, ?, ?, ?, ?)
            AS e (id, tenant_id, source, type, ce_id, time, matched, created_at, payload)
        WHERE (e.id IN (SELECT event_id FROM keys)) IS TRUE
    ), fanned AS (
        INSERT INTO deliveries (id, tenant_id, event_id, webhook_id, event_type, status, attempt_count, retry_index, next_trigger,
            claimed, due_at, created_at)
        SELECT d.id, d.tenant_id, d.event_id, d.webhook_id, d.event_type, 0, 0, 0, 'scheduled', d.claimed,
            CASE WHEN ? THEN (extract(epoch FROM statement_timestamp()) * 1000000)::bigint ELSE d.created_at END + CASE WHEN d.claimed <> 0 THEN ? ELSE 0 END,
            d.created_at
        FROM unnest(?, ?, ?, ?, ?, ?, ?) AS d (id, tenant_id, event_id, webhook_id, event_type, claimed, created_at)
        WHERE (d.event_id IN (SELECT event_id FROM keys)) IS TRUE
    ) SELECT event_id FROM keys"
}

pub(in super::super) fn record(
    connection: &mut PgConnection,
    fanouts: &[Fanout<'_>],
    node: Node,
) -> QueryResult<HashSet<Id>> {
    let mut sorted: Vec<_> = fanouts.iter().collect();
    // Two writers that take the same keys in the same order cannot wait for each other in a circle. Of equal keys the first counts.
    sorted.sort_by_key(|fanout| (fanout.event.tenant_id, &fanout.event.ce_id, &fanout.event.source));
    let mut record =
        Record { database_clock: node.clock == DueClock::Database, lease: LEASE_MICROS, ..Record::default() };
    for Fanout { event, deliveries } in sorted {
        let NewEvent { id, tenant_id, source, kind, ce_id, time, created_at, payload } = event;
        record.tenant_ids.push(tenant_id.to_bytes());
        record.ce_ids.push(ce_id);
        record.sources.push(source);
        record.ids.push(id.to_bytes());
        record.kinds.push(kind);
        record.times.push(time.as_micros());
        record.matched.push(codec::signed(deliveries.len() as u64));
        record.created_at.push(created_at.as_micros());
        record.payloads.push(payload);
        for delivery in deliveries {
            record.delivery_ids.push(delivery.id.to_bytes());
            record.delivery_tenants.push(tenant_id.to_bytes());
            record.event_ids.push(id.to_bytes());
            record.webhook_ids.push(delivery.webhook_id.to_bytes());
            record.event_types.push(event.event_type());
            record.claimed.push(if delivery.claimed { node.number } else { 0 });
            record.taken_at.push(created_at.as_micros());
        }
    }
    failpoint::at("event_inserted");
    let recorded = record.load::<Vec<u8>>(connection)?;
    failpoint::at("deliveries_inserted");
    recorded.iter().map(|id| codec::id(id)).collect()
}
