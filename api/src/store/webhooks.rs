//! Webhooks: create, read, list, change, delete.

mod row;

pub use row::WebhookRow;

use super::{
    Store, StoreError,
    codec::{self, lower},
    condition::Condition,
    connection::{Db, on_either},
    page::{Rows, Slice},
    schema::{deliveries, webhooks},
};
use diesel::{
    dsl::{self, not},
    prelude::*,
    sql_types::{BigInt, Bool, Nullable},
};
use row::Columns;
use shared::{AuthenticationType, EventSelection, Id, InactiveReason, Timestamp, WebhookStatus};
use std::time::Duration;

/// How many attempts have failed in a row, at least, where a webhook is failing: one alone may be the event's fault.
const FAILING: u32 = 3;
/// How many deliveries are cancelled together when their webhook is deleted: others wait meanwhile.
const CANCELLED: i64 = 4_096;
/// How many webhooks are looked at at a time for those that want a type, which no index tells.
const STRETCH: u32 = 500;

type FailsNow = dsl::And<dsl::Eq<webhooks::status, i16>, dsl::GtEq<webhooks::failure_streak, i32>>;
type WasDeactivated =
    dsl::And<dsl::Eq<webhooks::status, i16>, dsl::NotEq<webhooks::inactive_reason, &'static str>, Nullable<Bool>>;

/// Whether a webhook is active, but its latest attempts have failed, or the server has deactivated it for what its receiver answered.
pub(super) fn is_failing() -> dsl::Or<FailsNow, WasDeactivated, Nullable<Bool>> {
    let is = |status| webhooks::status.eq(codec::webhook_status(status));
    let fails = is(WebhookStatus::Active).and(webhooks::failure_streak.ge(codec::signed::<i32>(FAILING)));
    fails.or(is(WebhookStatus::Inactive).and(webhooks::inactive_reason.ne(InactiveReason::Operator.name())))
}

/// How many webhooks there are, of all tenants.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct States {
    /// Active, and none of those below.
    pub active: i64,
    /// Active, but their latest attempts have failed.
    pub failing: i64,
    /// Inactive, for whatever reason.
    pub inactive: i64,
}

/// Counts the webhooks of all tenants: one read of their table, as counting what is due takes too.
pub(super) fn states(connection: &mut Db) -> QueryResult<States> {
    let select = format!(
        "count(CASE WHEN status = {active} AND failure_streak < {FAILING} THEN 1 END), \
         count(CASE WHEN status = {active} AND failure_streak >= {FAILING} THEN 1 END), \
         count(CASE WHEN status <> {active} THEN 1 END)",
        active = codec::webhook_status(WebhookStatus::Active)
    );
    let counted = webhooks::table
        .filter(webhooks::deleted_at.is_null())
        .select(dsl::sql::<(BigInt, BigInt, BigInt)>(&select))
        .get_result(connection)?;
    let (active, failing, inactive) = counted;
    Ok(States { active, failing, inactive })
}

/// How fast attempts to a webhook may follow each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pace {
    /// How many attempts may be under way at once.
    pub max_concurrency: u32,
    /// How many attempts may begin per second.
    pub rate_limit: Option<u32>,
    /// How long an attempt may take, in milliseconds.
    pub timeout_ms: u32,
    /// Whether the last attempt failed.
    pub failing: bool,
}

impl WebhookRow {
    /// Whether it is active, but its latest attempts have failed, or the server has deactivated it for what its receiver answered.
    pub fn is_failing(&self) -> bool {
        match self.inactive_reason {
            Some(reason) => reason != InactiveReason::Operator,
            None => self.failure_streak >= FAILING,
        }
    }

    /// How fast attempts to it may follow each other.
    pub fn pace(&self) -> Pace {
        Pace {
            max_concurrency: self.max_concurrency,
            rate_limit: self.rate_limit,
            timeout_ms: self.timeout_ms,
            failing: self.failure_streak > 0,
        }
    }
}

/// The columns of a webhook's [`Pace`].
pub(super) type PaceColumns =
    (webhooks::max_concurrency, webhooks::rate_limit, webhooks::timeout_ms, webhooks::failure_streak);
pub(super) const PACE: PaceColumns =
    (webhooks::max_concurrency, webhooks::rate_limit, webhooks::timeout_ms, webhooks::failure_streak);

impl Pace {
    /// How long an attempt may take.
    pub fn timeout(&self) -> Duration {
        Duration::from_millis(self.timeout_ms.into())
    }

    /// How many attempts may be under way before anything else is known: of a webhook that fails, one.
    pub fn window(&self) -> u32 {
        if self.failing { 1 } else { self.max_concurrency }
    }

    /// Reads the columns [`PACE`].
    pub(super) fn read(
        (max_concurrency, rate_limit, timeout_ms, streak): (i32, Option<i32>, i32, i32),
    ) -> QueryResult<Self> {
        Ok(Self {
            max_concurrency: codec::unsigned(max_concurrency, "number of attempts")?,
            rate_limit: rate_limit.map(|limit| codec::unsigned(limit, "rate limit")).transpose()?,
            timeout_ms: codec::unsigned(timeout_ms, "time limit")?,
            failing: streak > 0,
        })
    }
}

/// Whether the tenant has fewer webhooks than that. Lock it before.
pub fn has_room(connection: &mut Db, tenant_id: Id, most: u32) -> QueryResult<bool> {
    let theirs = webhooks::table.filter(webhooks::tenant_id.eq(codec::key(tenant_id)));
    let count: i64 = theirs.filter(webhooks::deleted_at.is_null()).count().get_result(connection)?;
    Ok(count < i64::from(most))
}

/// Inserts a webhook.
pub fn insert(connection: &mut Db, row: &WebhookRow) -> QueryResult<()> {
    diesel::insert_into(webhooks::table).values(Columns::write(row)?).execute(connection).map(drop)
}

/// The webhook of that id, also when it was deleted.
pub fn find(connection: &mut Db, tenant_id: Id, id: Id) -> QueryResult<Option<WebhookRow>> {
    let webhook = webhooks::table.find(codec::key(id)).filter(webhooks::tenant_id.eq(codec::key(tenant_id)));
    let found = on_either!(connection, c => webhook.first::<Columns>(c)).optional()?;
    found.map(Columns::read).transpose()
}

/// Whether the webhook of that id is the tenant's, also when it was deleted.
pub(super) fn belongs(connection: &mut Db, tenant_id: Id, id: Id) -> QueryResult<bool> {
    let webhook =
        webhooks::table.find(codec::key(id)).filter(webhooks::tenant_id.eq(codec::key(tenant_id))).select(webhooks::id);
    Ok(webhook.first::<Vec<u8>>(connection).optional()?.is_some())
}

/// The webhooks of all tenants whose settings send a header of that name, at most `limit` of them.
pub fn with_header(connection: &mut Db, name: &str, limit: i64) -> QueryResult<Vec<Id>> {
    let by_key =
        webhooks::auth_type.eq(AuthenticationType::ApiKey.name()).and(lower(webhooks::auth_name).eq(lower(name)));
    let custom = lower(webhooks::header_names).like(lower(codec::contains(&format!("\"{name}\"")))).escape('\\');
    let found = webhooks::table.filter(webhooks::deleted_at.is_null()).filter(by_key.or(custom));
    let found = found.select(webhooks::id).limit(limit).load::<Vec<u8>>(connection)?;
    found.iter().map(|id| codec::id(id)).collect()
}

/// Which webhooks a list shows.
#[derive(Clone, Debug, Default)]
pub struct WebhookFilter {
    /// Only those whose URL or description has this text.
    pub search: Option<String>,
    /// Only those that are active, or inactive.
    pub status: Option<WebhookStatus>,
    /// Only those that are failing, or are not.
    pub failing: Option<bool>,
    /// Only those that want events of this `SOURCE.TYPE`, if their conditions hold.
    pub event_type: Option<String>,
}

/// A tenant's webhooks, newest first.
pub fn list(connection: &mut Db, tenant_id: Id, filter: &WebhookFilter, slice: Slice) -> QueryResult<Rows<WebhookRow>> {
    let is_wanted = |row: &WebhookRow| filter.event_type.as_ref().is_none_or(|name| row.selection.wants_type(name));
    let most = slice.beyond();
    let at_once = if filter.event_type.is_some() { most.max(STRETCH) } else { most };
    let (mut rows, mut before) = (Vec::new(), slice.before);
    loop {
        let some = stretch(connection, tenant_id, filter, before, at_once)?;
        let is_last = some.len() < at_once as usize;
        before = some.last().map(|row| row.id);
        rows.extend(some.into_iter().filter(is_wanted));
        if is_last || rows.len() >= most as usize {
            return slice.cut(rows, |row| Ok(row.id));
        }
    }
}

/// The next of a tenant's webhooks that a filter lets through, but for its type.
fn stretch(
    connection: &mut Db,
    tenant_id: Id,
    filter: &WebhookFilter,
    before: Option<Id>,
    limit: u32,
) -> QueryResult<Vec<WebhookRow>> {
    let WebhookFilter { search, status, failing, event_type: _ } = filter;
    let mut query = webhooks::table
        .filter(webhooks::tenant_id.eq(codec::key(tenant_id)))
        .filter(webhooks::deleted_at.is_null())
        .order(webhooks::id.desc())
        .limit(i64::from(limit))
        .into_boxed();
    if let Some(before) = before {
        query = query.filter(webhooks::id.lt(codec::key(before)));
    }
    if let Some(status) = status {
        query = query.filter(webhooks::status.eq(codec::webhook_status(*status)));
    }
    if let Some(failing) = failing {
        query = if *failing { query.filter(is_failing()) } else { query.filter(not(is_failing())) };
    }
    if let Some(search) = search {
        let pattern = || lower(codec::contains(search));
        let in_url = lower(webhooks::url).like(pattern()).escape('\\');
        query = query.filter(in_url.or(lower(webhooks::description).like(pattern()).escape('\\')));
    }
    query.load::<Columns>(connection)?.into_iter().map(Columns::read).collect()
}

/// All webhooks of a tenant, newest first.
pub fn all(connection: &mut Db, tenant_id: Id) -> QueryResult<Vec<WebhookRow>> {
    stretch(connection, tenant_id, &WebhookFilter::default(), None, u32::MAX)
}

/// Writes a changed webhook over the version before it. `false`: somebody else changed or deleted it meanwhile.
pub fn update(connection: &mut Db, row: &WebhookRow) -> QueryResult<bool> {
    let columns = Columns::write(row)?;
    let changed = diesel::update(webhooks::table)
        .filter(webhooks::id.eq(columns.id.clone()))
        .filter(webhooks::version.eq(columns.version - 1))
        .filter(webhooks::deleted_at.is_null())
        .set(columns)
        .execute(connection)?;
    Ok(changed == 1)
}

/// Deletes that version of a webhook, and blanks what is secret in it: the row stays, for its deliveries, and nobody needs that any more.
/// Nothing is sent to it from now on; [`Store::cancel_open`] cancels its open deliveries. `false`: somebody else changed or deleted it
/// meanwhile.
pub fn delete(connection: &mut Db, row: &WebhookRow, now: Timestamp) -> QueryResult<bool> {
    let deleted = diesel::update(webhooks::table.find(codec::key(row.id)))
        .filter(webhooks::version.eq(codec::signed::<i64>(row.version)))
        .filter(webhooks::deleted_at.is_null())
        .set((
            webhooks::deleted_at.eq(now.as_micros()),
            webhooks::version.eq(webhooks::version + 1),
            webhooks::secret_sealed.eq(Vec::<u8>::new()),
            webhooks::previous_secret_sealed.eq(None::<Vec<u8>>),
            webhooks::previous_secret_until.eq(None::<i64>),
            webhooks::auth_type.eq(AuthenticationType::None.name()),
            webhooks::auth_name.eq(""),
            webhooks::auth_sealed.eq(None::<Vec<u8>>),
            webhooks::header_names.eq("[]"),
            webhooks::headers_sealed.eq(None::<Vec<u8>>),
        ));
    Ok(connection.overwriting(|connection| deleted.execute(connection))? == 1)
}

impl Store {
    /// Cancels the open deliveries of a webhook that was deleted. In parts: there may be so many that others would wait for it. What this
    /// leaves, should the process end, is cancelled when its turn comes.
    pub async fn cancel_open(&self, webhook_id: Id) -> Result<(), StoreError> {
        while self.write_again(move |db| cancel_open(db, webhook_id)).await? > 0 {}
        Ok(())
    }
}

/// Cancels some of a webhook's open deliveries, and returns how many.
fn cancel_open(connection: &mut Db, webhook_id: Id) -> QueryResult<usize> {
    let open = deliveries::table
        .filter(deliveries::webhook_id.eq(codec::key(webhook_id)))
        .filter(Condition("status < 2"))
        .select(deliveries::id)
        .limit(CANCELLED)
        .load::<Vec<u8>>(connection)?;
    super::deliveries::cancel(connection, &open)
}

/// What a tenant's active webhooks want.
pub(super) fn wanted(connection: &mut Db, tenant_id: Id) -> QueryResult<Vec<EventSelection>> {
    let rows = webhooks::table
        .filter(webhooks::tenant_id.eq(codec::key(tenant_id)))
        .filter(webhooks::deleted_at.is_null())
        .filter(webhooks::status.eq(codec::webhook_status(WebhookStatus::Active)))
        .select(webhooks::selection)
        .load::<String>(connection)?;
    rows.iter().map(|selection| codec::from_json(selection, "selection of events")).collect()
}
