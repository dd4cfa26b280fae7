//! Tests of webhooks: events that nobody published, each with one delivery.

use super::{
    NewEvent, NextAttempt, codec,
    connection::Db,
    hand_over::Resting,
    queue::{self, Fanout, NewDelivery, Node},
    schema::{deliveries, events},
};
use diesel::prelude::*;
use shared::{DeliverySummary, TestKind};

/// Records the event of a test and its delivery. Call it in a write transaction.
pub(super) fn insert(
    connection: &mut Db,
    event: &NewEvent,
    delivery: &NewDelivery,
    kind: TestKind,
    node: Node,
    resting: &Resting,
) -> QueryResult<DeliverySummary> {
    let delivery_id = delivery.id;
    queue::record(connection, &[Fanout { event, deliveries: vec![delivery.clone()] }], node)?;
    diesel::update(events::table.find(codec::key(event.id))).set(events::test.eq(1)).execute(connection)?;
    diesel::update(deliveries::table.find(codec::key(delivery_id)))
        .set((deliveries::test.eq(kind.name()), deliveries::next_trigger.eq(NextAttempt::of_test(kind).name())))
        .execute(connection)?;
    super::deliveries::find(connection, event.tenant_id, delivery_id, resting)?.ok_or(diesel::result::Error::NotFound)
}
