//! Erasing what an event holds, before it is purged: its payload, and what receivers answered, which may repeat it. That it was there and
//! what became of it stays. Where a tenant was deleted with the content of its events, they are erased a batch at a time.

use super::{
    DEFAULT_TENANT, Store, StoreError, audit,
    batch::{Batch, PAUSE, timed},
    changes::Change,
    codec,
    connection::Db,
    deliveries::cancel,
    schema::{attempts, deliveries, events},
    tenants,
    unwritten::{self, Unwritten},
};
use crate::{clock::Clock, ids::Ids};
use diesel::prelude::*;
use shared::{ActorKind, AuditAction, AuditEntry, Id, Timestamp};

/// Of how many deliveries one statement empties the attempts.
const TOGETHER: usize = 1_000;

/// How many seconds after the deletion of a tenant none of its events comes any more: other nodes know its keys for another second, and what
/// was let in before may have a body that comes slowly (10 s) and wait for the writer. What came after the erasing would keep its content.
const LAST_ONES_WITHIN: i64 = 60;

/// Why the content of an event is not erased.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EraseRefused {
    /// There is no such event.
    NotFound,
    /// An attempt of it is under way, and its answer would be recorded afterwards.
    InProgress,
}

impl Store {
    /// Erases the content of an event, unless that was done before. `entry` goes into the audit log if it is done.
    pub async fn erase(
        &self,
        tenant_id: Id,
        id: Id,
        now: Timestamp,
        mut entry: AuditEntry,
    ) -> Result<Result<(), EraseRefused>, StoreError> {
        let erase = self.at(now, move |db, now| {
            let erased = unwritten::outcome(erase(db, tenant_id, id, now))?;
            if let Ok(Some(erased)) = &erased {
                entry.target.name.clone_from(&erased.event_type);
                audit::append(db, tenant_id, &entry)?;
            }
            Ok(erased)
        });
        let erased = self.write_again(erase).await?;
        Ok(erased.map(|erased| {
            let deliveries = erased.map(|erased| erased.deliveries).unwrap_or_default();
            self.changes.tell(|| deliveries.into_iter().map(Change::Delivery).collect());
        }))
    }
}

/// What became of a batch of a tenant's events.
struct Pass {
    erased: usize,
    /// One was left, as an attempt of it was under way.
    left_one: bool,
}

impl Store {
    /// Erases the content of the events of deleted tenants where that was ordered, a batch at a time, and returns how many there were. What
    /// cannot be erased yet is with the next call. That of one tenant fails for itself, and is told to the log.
    pub async fn erase_ordered(&self, clock: &Clock, ids: &Ids) -> Result<usize, StoreError> {
        let ordered = |db: &mut Db, now: Timestamp| tenants::erasing(db, now.plus_seconds(-LAST_ONES_WITHIN));
        let mut sum = 0;
        for (tenant_id, name) in self.read(self.at(clock.now(), ordered)).await? {
            match self.erase_of(tenant_id, &name, clock, ids).await {
                Ok(erased) => sum += erased,
                Err(error) => {
                    tracing::error!(%tenant_id, %error, "the content of a deleted tenant's events could not be erased");
                }
            }
        }
        Ok(sum)
    }

    async fn erase_of(&self, tenant_id: Id, name: &str, clock: &Clock, ids: &Ids) -> Result<usize, StoreError> {
        let (mut after, mut rows, mut sum, mut left_one) = (vec![], Batch::of(1), 0, false);
        loop {
            let most = rows.size();
            // Not in the transaction: the look may pass over very many that are erased, and all writes would wait for it.
            let next = self.read(move |db| content_after(db, tenant_id, &after, most)).await?;
            let Some(last) = next.last().cloned() else { break };
            let some = self.at(clock.now(), move |db, now| timed(|| erase_some(db, tenant_id, &next, now)));
            let (pass, took) = self.write_again(some).await?;
            sum += pass.erased;
            left_one |= pass.left_one;
            after = last;
            rows.fit(took);
            tokio::time::sleep(PAUSE).await;
        }
        if !left_one {
            let (id, action) = (ids.next(clock.now()), AuditAction::TenantContentErased);
            let entry = AuditEntry::by_itself(id, ActorKind::System, action, tenant_id, name);
            self.write(move |db| note_erased(db, tenant_id, &entry)).await?;
        }
        Ok(sum)
    }
}

/// The next of a tenant's events that have content.
fn content_after(connection: &mut Db, tenant_id: Id, after: &[u8], most: i64) -> QueryResult<Vec<Vec<u8>>> {
    events::table
        .filter(events::tenant_id.eq(codec::key(tenant_id)))
        .filter(events::id.gt(after))
        .filter(events::erased_at.is_null())
        .order(events::id)
        .select(events::id)
        .limit(most)
        .load(connection)
}

/// Erases these of a tenant's events.
fn erase_some(connection: &mut Db, tenant_id: Id, events: &[Vec<u8>], now: Timestamp) -> QueryResult<Pass> {
    let mut pass = Pass { erased: 0, left_one: false };
    for id in events {
        match unwritten::outcome(erase(connection, tenant_id, codec::id(id)?, now))? {
            Ok(erased) => pass.erased += usize::from(erased.is_some()),
            // It was purged meanwhile.
            Err(EraseRefused::NotFound) => {}
            Err(EraseRefused::InProgress) => pass.left_one = true,
        }
    }
    Ok(pass)
}

fn note_erased(connection: &mut Db, tenant_id: Id, entry: &AuditEntry) -> QueryResult<()> {
    // Another node may have been faster.
    if tenants::erased(connection, tenant_id)? {
        audit::append(connection, DEFAULT_TENANT, entry)?;
    }
    Ok(())
}

/// An event whose content was erased.
struct Erased {
    /// `SOURCE.TYPE`.
    event_type: String,
    /// Its deliveries.
    deliveries: Vec<Id>,
}

/// Erases the content of an event and cancels what waits to be sent of it; nothing when that was done before. Call it in a write
/// transaction.
fn erase(
    connection: &mut Db,
    tenant_id: Id,
    id: Id,
    now: Timestamp,
) -> Result<Option<Erased>, Unwritten<EraseRefused>> {
    let event = || events::table.find(codec::key(id)).filter(events::tenant_id.eq(codec::key(tenant_id)));
    let of_event = || deliveries::table.filter(deliveries::event_id.eq(codec::key(id)));
    // Whoever makes, claims, resends or settles a delivery of it at this moment comes before, and is seen below, or waits, and then sees
    // that it is erased.
    diesel::update(event()).set(events::erased_at.eq(events::erased_at)).execute(connection)?;
    let found = event().select((events::source, events::kind, events::erased_at));
    let found = found.first::<(String, String, Option<i64>)>(connection).optional()?;
    let Some((source, kind, erased_at)) = found else { return Err(Unwritten::Refused(EraseRefused::NotFound)) };
    if erased_at.is_some() {
        return Ok(None);
    }
    diesel::update(of_event()).set(deliveries::erased_at.eq(deliveries::erased_at)).execute(connection)?;
    let rows = of_event().select((deliveries::id, deliveries::claimed, deliveries::due_at));
    let mut ids = Vec::new();
    for (id, claimed, due_at) in rows.load::<(Vec<u8>, i32, Option<i64>)>(connection)? {
        // A claim that has ended is that of a process that died, and may stay: nothing is claimed of an inactive webhook.
        if claimed != 0 && due_at.is_some_and(|due_at| due_at > now.as_micros()) {
            return Err(Unwritten::Refused(EraseRefused::InProgress));
        }
        ids.push(id);
    }
    let erased_at = now.as_micros();
    connection.overwriting(|connection| {
        diesel::update(event()).set((events::payload.eq(""), events::erased_at.eq(erased_at))).execute(connection)?;
        diesel::update(of_event())
            .set((deliveries::erased_at.eq(erased_at), deliveries::claimed.eq(0)))
            .execute(connection)?;
        for ids in ids.chunks(TOGETHER) {
            cancel(connection, ids)?;
            diesel::update(attempts::table.filter(attempts::delivery_id.eq_any(ids)))
                .set((
                    attempts::error.eq(None::<String>),
                    attempts::response_headers.eq("[]"),
                    attempts::response_body.eq(None::<Vec<u8>>),
                    attempts::truncated.eq(0),
                ))
                .execute(connection)?;
        }
        Ok(())
    })?;
    let deliveries = ids.iter().map(|id| codec::id(id)).collect::<QueryResult<_>>()?;
    Ok(Some(Erased { event_type: format!("{source}.{kind}"), deliveries }))
}
