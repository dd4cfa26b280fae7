//! What has changed, told to whoever watches. Only ids travel: those who watch read what stands in the database by then.
//!
//! A process sees its own commits. What another node on the same database commits is not told here.

use super::{codec, connection::Db, deliveries, hand_over::Resting, schema::webhooks};
use diesel::prelude::*;
use shared::{DeliverySummary, Id, live::WebhookUpdated};
use std::sync::Arc;
use tokio::sync::broadcast;

/// How many commits may wait for one who watches, before it is told that it has missed some.
const WAITING: usize = 1_024;
/// How many rows are read for those who watch at once. Whoever shows more of what has changed had better read it again.
pub const MOST_ROWS: usize = 1_000;

/// Something that was committed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Change {
    /// An event was recorded, with a delivery for each webhook that wants it.
    Event(Id),
    /// A delivery stands elsewhere now.
    Delivery(Id),
    /// A webhook was created, changed or deleted.
    Webhook(Id),
}

/// How something stands that has changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Changed {
    /// A delivery.
    Delivery(DeliverySummary),
    /// A webhook.
    Webhook(WebhookUpdated),
}

/// Tells what is committed. Clones tell the same watchers.
#[derive(Clone)]
pub(super) struct Changes(broadcast::Sender<Arc<[Change]>>);

impl Default for Changes {
    fn default() -> Self {
        Self(broadcast::Sender::new(WAITING))
    }
}

impl Changes {
    /// Tells those who watch; while nobody does, nothing is made to tell.
    pub(super) fn tell(&self, changes: impl FnOnce() -> Vec<Change>) {
        if self.0.receiver_count() > 0 {
            // It fails when the last one has gone meanwhile.
            let _ = self.0.send(changes().into());
        }
    }

    pub(super) fn watch(&self) -> broadcast::Receiver<Arc<[Change]>> {
        self.0.subscribe()
    }
}

/// How everything stands that has changed, each with its tenant; nothing when it is more than [`MOST_ROWS`].
pub fn read(
    connection: &mut Db,
    changes: impl Iterator<Item = Change>,
    resting: &Resting,
) -> QueryResult<Option<Vec<(Id, Changed)>>> {
    let (mut events, mut deliveries, mut webhooks) = (Vec::new(), Vec::new(), Vec::new());
    for change in changes {
        match change {
            Change::Event(id) => events.push(codec::key(id)),
            Change::Delivery(id) => deliveries.push(codec::key(id)),
            Change::Webhook(id) => webhooks.push(codec::key(id)),
        }
    }
    if events.len() + deliveries.len() + webhooks.len() > MOST_ROWS {
        return Ok(None);
    }
    let limit = i64::from(codec::count(MOST_ROWS + 1));
    let mut read = Vec::new();
    if !events.is_empty() {
        read.extend(deliveries::of_events(connection, events, limit, resting)?);
    }
    if !deliveries.is_empty() {
        read.extend(deliveries::of_ids(connection, deliveries, limit, resting)?);
    }
    // An event and its first attempt may both be among the changes.
    read.sort_by_key(|(_, delivery)| delivery.id);
    read.dedup_by_key(|(_, delivery)| delivery.id);
    let mut read: Vec<_> =
        read.into_iter().map(|(tenant_id, delivery)| (tenant_id, Changed::Delivery(delivery))).collect();
    if !webhooks.is_empty() {
        read.extend(versions(connection, webhooks)?);
    }
    Ok((read.len() <= MOST_ROWS).then_some(read))
}

fn versions(connection: &mut Db, ids: Vec<Vec<u8>>) -> QueryResult<Vec<(Id, Changed)>> {
    let rows = webhooks::table
        .filter(webhooks::id.eq_any(ids))
        .select((webhooks::tenant_id, webhooks::id, webhooks::version))
        .load::<(Vec<u8>, Vec<u8>, i64)>(connection)?;
    rows.into_iter()
        .map(|(tenant_id, id, version)| {
            let updated = WebhookUpdated { id: codec::id(&id)?, version: codec::unsigned(version, "version")? };
            Ok((codec::id(&tenant_id)?, Changed::Webhook(updated)))
        })
        .collect()
}
