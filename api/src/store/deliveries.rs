//! Deliveries: the lists, the detail, and sending again.

mod list;
mod resend;

pub use list::{DeliveryFilter, list};
pub use resend::ResendRefused;
pub(super) use resend::{Missed, create_due, make_due};

use super::{
    codec,
    condition::Condition,
    connection::Db,
    hand_over::Resting,
    queue::NextAttempt,
    schema::{deliveries, events, webhooks as webhook_rows},
    webhooks::{self, WebhookRow},
};
use diesel::prelude::*;
use shared::{DeliveryStatus, DeliverySummary, Id, Timestamp, WebhookStatus};
use std::collections::{BTreeSet, HashMap};

/// What can be resent, with the predicate of the index by status: what has failed, no attempt is under way or about to start,
/// and there is still something to send.
pub(super) const RESENDABLE: Condition = Condition(
    "status + 0 <> 2 AND status IN (1, 3) AND claimed = 0 AND next_trigger = 'scheduled' AND erased_at IS NULL",
);

#[derive(Queryable, Selectable)]
#[diesel(table_name = deliveries)]
struct Columns {
    id: Vec<u8>,
    event_id: Vec<u8>,
    webhook_id: Vec<u8>,
    event_type: String,
    status: i16,
    attempt_count: i32,
    next_trigger: String,
    claimed: i32,
    due_at: Option<i64>,
    failure: Option<String>,
    status_code: Option<i16>,
    duration_us: Option<i64>,
    last_attempt_at: Option<i64>,
    created_at: i64,
    test: Option<String>,
    erased_at: Option<i64>,
}

fn read(connection: &mut Db, rows: Vec<Columns>, resting: &Resting) -> QueryResult<Vec<DeliverySummary>> {
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let ids: BTreeSet<_> = rows.iter().map(|row| &row.webhook_id).collect();
    let found = webhook_rows::table.filter(webhook_rows::id.eq_any(ids)).select((
        webhook_rows::id,
        (
            webhook_rows::url,
            webhook_rows::description,
            webhook_rows::status,
            webhook_rows::credentials_changed_at,
            webhook_rows::deleted_at,
        ),
    ));
    let found = found.load::<(Vec<u8>, Shown)>(connection)?;
    let webhooks: HashMap<_, _> = found.into_iter().collect();
    let read = |row: Columns| {
        let webhook = webhooks.get(&row.webhook_id).cloned().map(ShownWebhook::read).transpose()?;
        row.read(webhook, resting)
    };
    rows.into_iter().map(read).collect()
}

type Shown = (String, String, i16, i64, Option<i64>);

/// What a delivery shows of its webhook.
struct ShownWebhook {
    url: String,
    description: String,
    /// Whether it is active, and since when its settings are so; nothing when it was deleted.
    now: Option<(WebhookStatus, Timestamp)>,
}

impl ShownWebhook {
    fn read((url, description, status, changed_at, deleted_at): Shown) -> QueryResult<Self> {
        let now = (codec::webhook_status_of(status)?, Timestamp::from_micros(changed_at));
        Ok(Self { url, description, now: deleted_at.is_none().then_some(now) })
    }
}

impl Columns {
    fn read(self, webhook: Option<ShownWebhook>, resting: &Resting) -> QueryResult<DeliverySummary> {
        let (id, webhook_id) = (codec::id(&self.id)?, codec::id(&self.webhook_id)?);
        let status = codec::delivery_status_of(self.status)?;
        let retrying = status == DeliveryStatus::Retrying;
        let (webhook_status, changed_at) = webhook.as_ref().and_then(|webhook| webhook.now).unzip();
        let waits = webhook_status == Some(WebhookStatus::Inactive) && self.test.is_none();
        // A resend that waits for its turn is as good as under way: a second click must not ask for a second attempt.
        let resending = NextAttempt::of(&self.next_trigger)? != NextAttempt::Scheduled;
        // What is cancelled is never claimed again, whatever it waited for; nor does anybody end the claim of a process that has died.
        let resting_until = self.waits_for(resting, (id, webhook_id), status, resending).filter(|_| !waits);
        let in_progress = status != DeliveryStatus::Cancelled
            && !waits
            && resting_until.is_none()
            && (self.claimed != 0 || resending);
        let due_at = self.due_at.filter(|_| retrying && !in_progress && !waits).map(Timestamp::from_micros);
        let created_at = Timestamp::from_micros(self.created_at);
        Ok(DeliverySummary {
            id,
            event_id: codec::id(&self.event_id)?,
            webhook_id,
            event_type: self.event_type,
            status,
            in_progress,
            attempt_count: codec::unsigned(self.attempt_count, "number of attempts")?,
            failure: codec::named_if_any(self.failure.as_deref(), "failure")?,
            status_code: self.status_code.map(|code| codec::unsigned(code, "status code")).transpose()?,
            duration_us: self.duration_us.map(|micros| codec::unsigned(micros, "duration")).transpose()?,
            last_attempt_at: self.last_attempt_at.map(Timestamp::from_micros),
            next_attempt_at: resting_until.or(due_at),
            resting_until,
            created_at,
            settings_changed: self.test.is_none() && changed_at.is_some_and(|changed_at| changed_at > created_at),
            webhook_status,
            webhook_description: webhook.as_ref().map(|webhook| webhook.description.clone()),
            webhook_url: webhook.map(|webhook| webhook.url),
            test: codec::named_if_any(self.test.as_deref(), "kind of test")?,
            erased_at: self.erased_at.map(Timestamp::from_micros),
        })
    }

    /// Until when it waits because its webhook rests. What is claimed may be under way, but for what the rest holds.
    fn waits_for(
        &self,
        resting: &Resting,
        (id, webhook_id): (Id, Id),
        status: DeliveryStatus,
        resending: bool,
    ) -> Option<Timestamp> {
        let open = matches!(status, DeliveryStatus::Pending | DeliveryStatus::Retrying) && self.test.is_none();
        let until = resting.until(webhook_id).filter(|_| open)?;
        let comes_before = self.due_at.is_some_and(|due_at| due_at < until.as_micros());
        let waits = if self.claimed == 0 { comes_before || resending } else { resting.holds(webhook_id, id) };
        waits.then_some(until)
    }
}

/// What a delivery's page shows of its event.
#[derive(Clone, Debug)]
pub struct DeliveryEvent {
    /// The event's `source`.
    pub source: String,
    /// The event's `type`.
    pub kind: String,
    /// The event's `id` as the publisher gave it.
    pub ce_id: String,
    /// The event's `time`.
    pub time: Timestamp,
    /// The body of the request, unless it was erased.
    pub payload: Option<String>,
}

/// A delivery.
pub fn find(connection: &mut Db, tenant_id: Id, id: Id, resting: &Resting) -> QueryResult<Option<DeliverySummary>> {
    Ok(with_webhook(connection, tenant_id, id, resting)?.map(|(delivery, _)| delivery))
}

/// A delivery, and its webhook unless it was deleted.
pub fn with_webhook(
    connection: &mut Db,
    tenant_id: Id,
    id: Id,
    resting: &Resting,
) -> QueryResult<Option<(DeliverySummary, Option<WebhookRow>)>> {
    let found = deliveries::table
        .find(codec::key(id))
        .filter(deliveries::tenant_id.eq(codec::key(tenant_id)))
        .select(Columns::as_select())
        .first(connection)
        .optional()?;
    let Some(row) = found else { return Ok(None) };
    let webhook = webhooks::find(connection, tenant_id, codec::id(&row.webhook_id)?)?;
    let shown = webhook.as_ref().map(|webhook| ShownWebhook {
        url: webhook.url.clone(),
        description: webhook.description.clone(),
        now: webhook.deleted_at.is_none().then_some((webhook.status, webhook.credentials_changed_at)),
    });
    Ok(Some((row.read(shown, resting)?, webhook.filter(|webhook| webhook.deleted_at.is_none()))))
}

/// Those deliveries, each with its tenant, at most `limit` of them.
pub(super) fn of_ids(
    connection: &mut Db,
    ids: Vec<Vec<u8>>,
    limit: i64,
    resting: &Resting,
) -> QueryResult<Vec<(Id, DeliverySummary)>> {
    let rows = deliveries::table
        .filter(deliveries::id.eq_any(ids))
        .limit(limit)
        .select((deliveries::tenant_id, Columns::as_select()));
    let rows = rows.load(connection)?;
    with_tenant(connection, rows, resting)
}

/// The deliveries of those events, each with its tenant, at most `limit` of them.
pub(super) fn of_events(
    connection: &mut Db,
    ids: Vec<Vec<u8>>,
    limit: i64,
    resting: &Resting,
) -> QueryResult<Vec<(Id, DeliverySummary)>> {
    let rows = deliveries::table.filter(deliveries::event_id.eq_any(ids)).limit(limit);
    let rows = rows.select((deliveries::tenant_id, Columns::as_select())).load(connection)?;
    with_tenant(connection, rows, resting)
}

fn with_tenant(
    connection: &mut Db,
    rows: Vec<(Vec<u8>, Columns)>,
    resting: &Resting,
) -> QueryResult<Vec<(Id, DeliverySummary)>> {
    let (tenants, rows): (Vec<_>, Vec<_>) = rows.into_iter().unzip();
    let tenants = tenants.iter().map(|tenant_id| codec::id(tenant_id));
    tenants.zip(read(connection, rows, resting)?).map(|(tenant_id, delivery)| Ok((tenant_id?, delivery))).collect()
}

/// The event of a delivery.
pub fn event_of(connection: &mut Db, delivery: &DeliverySummary) -> QueryResult<Option<DeliveryEvent>> {
    let found = events::table
        .find(codec::key(delivery.event_id))
        .select((events::source, events::kind, events::ce_id, events::time, events::payload, events::erased_at))
        .first::<(String, String, String, i64, String, Option<i64>)>(connection)
        .optional()?;
    Ok(found.map(|(source, kind, ce_id, time, payload, erased_at)| DeliveryEvent {
        source,
        kind,
        ce_id,
        time: Timestamp::from_micros(time),
        payload: erased_at.is_none().then_some(payload),
    }))
}

/// Cancels those of the deliveries that are open, and returns how many. Their attempts stay to be looked at.
pub(super) fn cancel(connection: &mut Db, ids: &[Vec<u8>]) -> QueryResult<usize> {
    diesel::update(deliveries::table.filter(deliveries::id.eq_any(ids)).filter(Condition("status < 2")))
        .set((
            deliveries::status.eq(codec::delivery_status(DeliveryStatus::Cancelled)),
            deliveries::due_at.eq(None::<i64>),
        ))
        .execute(connection)
}
