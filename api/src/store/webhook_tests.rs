//! Tests of webhooks: events that nobody published, each with one delivery.

use super::{
    Claimed, NewEvent, NextAttempt, Store, StoreError, audit,
    changes::Change,
    codec,
    connection::Db,
    hand_over::{PlaceFor, Resting},
    nodes::Node,
    queue::{self, Fanout, NewDelivery},
    schema::{deliveries, events},
    webhooks::WebhookRow,
};
use diesel::prelude::*;
use shared::{AuditEntry, DeliverySummary, Id, TestKind};

impl Store {
    /// Records the event of a test with its one delivery, and `entry` in the audit log. The delivery is handed over, so that it is not
    /// behind what waits; where nobody takes it, it is due at once.
    pub async fn start_test(
        &self,
        event: NewEvent,
        delivery_id: Id,
        webhook: &WebhookRow,
        kind: TestKind,
        entry: AuditEntry,
    ) -> Result<DeliverySummary, StoreError> {
        let (node, created_at) = (self.node, event.created_at);
        let reservation = self.hand_over.reserve(PlaceFor::Test, webhook.id, webhook.pace(), event.payload.len());
        let delivery = NewDelivery { id: delivery_id, webhook_id: webhook.id, claimed: reservation.is_some() };
        let claimed = Claimed {
            next: NextAttempt::of_test(kind),
            ..Claimed::fresh(&event, event.payload.clone().into(), &delivery, webhook.pace())
        };
        let resting = self.resting(created_at);
        let insert = move |db: &mut Db| {
            let delivery = insert(db, &event, &delivery, kind, node, &resting)?;
            audit::append(db, event.tenant_id, &entry)?;
            Ok(delivery)
        };
        let started = self.write_again(insert).await?;
        let refused = self.hand_over.hand_over(reservation.map(|place| (place, claimed)).into_iter().collect());
        if !refused.is_empty() {
            self.release(refused, created_at).await?;
        }
        self.due.notify_one();
        self.tell(Change::Delivery(delivery_id));
        Ok(started)
    }
}

/// Records the event of a test and its delivery. Call it in a write transaction.
fn insert(
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
