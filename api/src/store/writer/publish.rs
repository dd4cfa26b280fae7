//! Recording a batch of events: who wants each of them, whether it was there before, and the hand-over of fresh deliveries.

use super::{Accepted, NewEvent};
use crate::{
    failpoint,
    ids::Ids,
    store::{
        Claimed, NextAttempt, codec,
        connection::Db,
        hand_over::{HandOver, Place},
        queue,
        schema::{events, webhooks},
        webhooks::{PACE, Pace},
    },
};
use bytes::Bytes;
use diesel::prelude::*;
use shared::{EventSelection, Id};
use std::collections::{BTreeMap, BTreeSet};

/// To how many webhooks one event may go.
const MAX_FANOUT: usize = 10_000;

/// A batch of events in one transaction: the webhooks of its tenants, and the deliveries to hand over once it is committed.
///
/// The webhooks are read in the transaction that records the deliveries, so no cache can go stale.
pub(super) struct Batch {
    webhooks: BTreeMap<Id, Vec<(Id, EventSelection, Pace)>>,
    fresh: Vec<(Place, Claimed)>,
    due: u64,
}

impl Batch {
    /// Reads the active webhooks of the events' tenants.
    pub(super) fn read<'a>(connection: &mut Db, events: impl Iterator<Item = &'a NewEvent>) -> QueryResult<Self> {
        let tenants: BTreeSet<_> = events.map(|event| codec::key(event.tenant_id)).collect();
        let mut webhooks = BTreeMap::<_, Vec<_>>::new();
        if !tenants.is_empty() {
            let rows = webhooks::table
                .filter(webhooks::tenant_id.eq_any(tenants))
                .filter(webhooks::deleted_at.is_null())
                .filter(webhooks::status.eq(codec::webhook_status(shared::WebhookStatus::Active)))
                .order(webhooks::id)
                .select((webhooks::tenant_id, webhooks::id, webhooks::selection, PACE))
                .load::<(Vec<u8>, Vec<u8>, String, _)>(connection)?;
            for (tenant_id, id, selection, pace) in rows {
                let id = codec::id(&id)?;
                let read = codec::from_json(&selection, "selection of events").and_then(|s| Ok((s, Pace::read(pace)?)));
                match read {
                    Ok((selection, pace)) => {
                        webhooks.entry(codec::id(&tenant_id)?).or_default().push((id, selection, pace));
                    }
                    // One row that nobody can read must not keep the tenant from publishing.
                    Err(error) => tracing::error!(webhook_id = %id, %error, "a webhook is left out: it cannot be read"),
                }
            }
        }
        Ok(Self { webhooks, fresh: Vec::new(), due: 0 })
    }

    /// Records an event with a delivery for each webhook that wants it. As far as there is room in memory, the deliveries are claimed
    /// for this process; the others fall due at once.
    pub(super) fn record(
        &mut self,
        connection: &mut Db,
        event: &NewEvent,
        ids: &Ids,
        hand_over: &HandOver,
    ) -> QueryResult<Accepted> {
        if let Some(accepted) = recorded_before(connection, event)? {
            return Ok(accepted);
        }
        let event_type = event.event_type();
        let wanting: Vec<_> = self
            .webhooks
            .get(&event.tenant_id)
            .into_iter()
            .flatten()
            .filter(|(_, selection, _)| selection.wants(&event_type))
            .map(|(id, _, pace)| (*id, *pace))
            .collect();
        if wanting.len() > MAX_FANOUT {
            return Ok(Accepted::TooManyWebhooks);
        }
        queue::insert_event(connection, event, wanting.len())?;
        failpoint::at("a4");
        let payload = Bytes::from(event.payload.clone());
        for &(webhook_id, pace) in &wanting {
            let delivery_id = ids.next(event.created_at);
            let place = hand_over.reserve(webhook_id, pace, payload.len());
            queue::insert_delivery(connection, event, delivery_id, webhook_id, place.is_some())?;
            let Some(place) = place else {
                self.due += 1;
                continue;
            };
            let claimed = Claimed {
                delivery_id,
                tenant_id: event.tenant_id,
                webhook_id,
                payload: payload.clone(),
                attempt_count: 0,
                retry_index: 0,
                next: NextAttempt::Scheduled,
                lease_until: queue::lease_from(event.created_at),
                pace,
            };
            self.fresh.push((place, claimed));
        }
        failpoint::at("a5");
        Ok(Accepted::Recorded { id: event.id, matched: codec::count(wanting.len()) })
    }

    /// Hands the fresh deliveries to the dispatcher. Only after the commit: what is not on disk is not sent.
    pub(super) fn hand_over(self) {
        for (place, claimed) in self.fresh {
            place.hand_over(claimed);
        }
    }

    /// How many deliveries are handed over in memory, and how many have fallen due.
    pub(super) fn counts(&self) -> (u64, u64) {
        (self.fresh.len() as u64, self.due)
    }
}

fn recorded_before(connection: &mut Db, event: &NewEvent) -> QueryResult<Option<Accepted>> {
    let before = events::table
        .filter(events::tenant_id.eq(codec::key(event.tenant_id)))
        .filter(events::source.eq(&event.source))
        .filter(events::ce_id.eq(&event.ce_id))
        .select((events::id, events::matched, events::payload))
        .first::<(Vec<u8>, i32, String)>(connection)
        .optional()?;
    before
        .map(|(id, matched, payload)| {
            Ok(if payload == event.payload {
                Accepted::Duplicate { id: codec::id(&id)?, matched: codec::unsigned(matched, "number of webhooks")? }
            } else {
                Accepted::Conflict
            })
        })
        .transpose()
}
