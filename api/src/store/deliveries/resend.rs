//! Making deliveries due: whose last attempt failed, or that a webhook missed.

use super::{RESENDABLE, find, with_webhook};
use crate::store::{
    NextAttempt, Store, StoreError, attempts, audit,
    changes::Change,
    codec,
    connection::Db,
    hand_over::Resting,
    schema::{deliveries, events},
    unwritten::{self, Unwritten},
};
use diesel::{dsl::exists, prelude::*};
use shared::{AuditEntry, DeliveryStatus, DeliverySummary, Id, Timestamp, WebhookStatus};

/// Why a delivery cannot be sent again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ResendRefused {
    /// There is no such delivery.
    NotFound,
    /// The last attempt did not fail.
    NotFailed,
    /// It is a test.
    IsTest,
    /// The content of its event was erased.
    Erased,
    /// An attempt is under way or about to start.
    InProgress,
    /// It is sent at that instant anyway, as its webhook rests until then.
    Resting(Timestamp),
    /// The webhook was deleted.
    WebhookDeleted,
    /// The webhook is inactive.
    WebhookInactive,
}

impl Store {
    /// Makes a failed delivery due at once, and wakes whoever waits in [`Store::wait_for_due`]. `entry` goes into the audit log if it
    /// is done.
    pub async fn resend(
        &self,
        tenant_id: Id,
        id: Id,
        next: NextAttempt,
        now: Timestamp,
        mut entry: AuditEntry,
    ) -> Result<Result<DeliverySummary, ResendRefused>, StoreError> {
        let rests = self.hand_over.rests.clone();
        let resend = self.at(now, move |db, now| {
            let by = &entry.actor.name;
            let resent = unwritten::outcome(resend(db, tenant_id, id, next, by, &rests.at(now)))?;
            if let Ok(delivery) = &resent {
                entry.target.name.clone_from(&delivery.event_type);
                audit::append(db, tenant_id, &entry)?;
            }
            Ok(resent)
        });
        let resent = self.write_again(resend).await?;
        if resent.is_ok() {
            self.due.notify_one();
            self.tell(Change::Delivery(id));
        }
        Ok(resent)
    }
}

/// Makes a delivery whose last attempt failed due at once, and its retry schedule start again. Call it in a write transaction: of
/// many who ask at the same time one gets it.
fn resend(
    connection: &mut Db,
    tenant_id: Id,
    id: Id,
    next: NextAttempt,
    by: &str,
    resting: &Resting,
) -> Result<DeliverySummary, Unwritten<ResendRefused>> {
    let refuse = |why| Err(Unwritten::Refused(why));
    let Some((delivery, webhook)) = with_webhook(connection, tenant_id, id, resting)? else {
        return refuse(ResendRefused::NotFound);
    };
    if delivery.test.is_some() {
        return refuse(ResendRefused::IsTest);
    }
    if delivery.erased_at.is_some() {
        return refuse(ResendRefused::Erased);
    }
    if let Some(until) = delivery.resting_until {
        return refuse(ResendRefused::Resting(until));
    }
    match delivery.status {
        DeliveryStatus::Delivered => return refuse(ResendRefused::NotFailed),
        DeliveryStatus::Cancelled => return refuse(ResendRefused::WebhookDeleted),
        DeliveryStatus::Pending | DeliveryStatus::Retrying | DeliveryStatus::Failed => {}
    }
    if delivery.in_progress {
        return refuse(ResendRefused::InProgress);
    }
    match webhook.map(|webhook| webhook.status) {
        Some(WebhookStatus::Active) => {}
        Some(WebhookStatus::Inactive) => return refuse(ResendRefused::WebhookInactive),
        None => return refuse(ResendRefused::WebhookDeleted),
    }
    if make_due(connection, &codec::key(id), next, by, resting.now())?.is_none() {
        return refuse(ResendRefused::InProgress);
    }
    Ok(find(connection, tenant_id, id, resting)?.ok_or(diesel::result::Error::NotFound)?)
}

/// Makes a delivery due at once whose last attempt failed, unless another one is under way or about to start. Returns how many
/// attempts it has had; nothing when it was left alone. `by`: the name of who asks for it.
pub(in crate::store) fn make_due(
    connection: &mut Db,
    id: &[u8],
    next: NextAttempt,
    by: &str,
    now: Timestamp,
) -> QueryResult<Option<i32>> {
    let made_due = diesel::update(deliveries::table.find(id))
        .filter(RESENDABLE)
        // Its event may be purged before it.
        .filter(exists(events::table.filter(events::id.eq(deliveries::event_id))))
        .set((
            deliveries::status.eq(codec::delivery_status(DeliveryStatus::Retrying)),
            deliveries::next_trigger.eq(next.name()),
            deliveries::retry_index.eq(0),
            deliveries::due_at.eq(now.as_micros()),
        ))
        .execute(connection)?;
    if made_due == 0 {
        return Ok(None);
    }
    let made: i32 = deliveries::table.find(id).select(deliveries::attempt_count).first(connection)?;
    attempts::note_resend(connection, id, made + 1, by)?;
    Ok(Some(made))
}

/// An event that a webhook missed.
pub(in crate::store) struct Missed<'a> {
    /// The event.
    pub(in crate::store) event_id: &'a [u8],
    /// The webhook.
    pub(in crate::store) webhook_id: &'a [u8],
}

/// Makes the delivery of an event that a webhook missed, due at once. Returns how many attempts it has had, which is none; nothing when
/// the event was purged or erased, or the webhook has a delivery of it meanwhile. `by`: the name of who asks for it.
pub(in crate::store) fn create_due(
    connection: &mut Db,
    id: &[u8],
    missed: Missed<'_>,
    next: NextAttempt,
    by: &str,
    now: Timestamp,
) -> QueryResult<Option<i32>> {
    let Missed { event_id, webhook_id } = missed;
    let made_before = deliveries::table.filter(deliveries::event_id.eq(event_id));
    if diesel::select(exists(made_before.filter(deliveries::webhook_id.eq(webhook_id)))).get_result(connection)? {
        return Ok(None);
    }
    let event = events::table.find(event_id);
    // Before there is a delivery: whoever erases the event now waits for this, and finds it.
    let counted =
        diesel::update(event).filter(events::erased_at.is_null()).set(events::matched.eq(events::matched + 1));
    // The row may be written to another place, where it is longer now: what is erased must not stand in the one before.
    if connection.overwriting(|connection| counted.execute(connection))? == 0 {
        return Ok(None);
    }
    let found = event.select((events::tenant_id, events::source, events::kind, events::created_at));
    let found = found.first::<(Vec<u8>, String, String, i64)>(connection).optional()?;
    let Some((tenant_id, source, kind, created_at)) = found else { return Ok(None) };
    diesel::insert_into(deliveries::table)
        .values((
            deliveries::id.eq(id),
            deliveries::tenant_id.eq(tenant_id),
            deliveries::event_id.eq(event_id),
            deliveries::webhook_id.eq(webhook_id),
            deliveries::event_type.eq(format!("{source}.{kind}")),
            deliveries::status.eq(codec::delivery_status(DeliveryStatus::Pending)),
            deliveries::attempt_count.eq(0),
            deliveries::retry_index.eq(0),
            deliveries::next_trigger.eq(next.name()),
            deliveries::claimed.eq(0),
            deliveries::due_at.eq(now.as_micros()),
            deliveries::created_at.eq(created_at),
        ))
        .execute(connection)?;
    attempts::note_resend(connection, id, 1, by)?;
    Ok(Some(0))
}
