//! Webhooks: create, read, list, change, delete.

use super::{
    codec::{self, lower},
    condition::Condition,
    connection::{Db, on_either},
    page,
    schema::{deliveries, webhooks},
    tenants,
};
use diesel::{
    dsl::{self, not},
    prelude::*,
    sql_types::{Bool, Nullable},
};
use shared::{AuthenticationType, EventSelection, Id, InactiveReason, NewWebhook, Timestamp, WebhookStatus};
use std::time::Duration;

/// How many attempts have failed in a row, at least, where a webhook is failing: one alone may be the event's fault.
const FAILING: u32 = 3;

type FailsNow = dsl::And<dsl::Eq<webhooks::status, i16>, dsl::GtEq<webhooks::failure_streak, i32>>;
type WasDeactivated =
    dsl::And<dsl::Eq<webhooks::status, i16>, dsl::NotEq<webhooks::inactive_reason, &'static str>, Nullable<Bool>>;

/// Whether a webhook is active, but its latest attempts have failed, or the server has deactivated it for what its receiver answered.
pub(super) fn is_failing() -> dsl::Or<FailsNow, WasDeactivated, Nullable<Bool>> {
    let is = |status| webhooks::status.eq(codec::webhook_status(status));
    let fails = is(WebhookStatus::Active).and(webhooks::failure_streak.ge(codec::signed::<i32>(FAILING)));
    fails.or(is(WebhookStatus::Inactive).and(webhooks::inactive_reason.ne(InactiveReason::Operator.name())))
}

/// A webhook as it is recorded. What is secret is sealed; opening it is not the store's business.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WebhookRow {
    /// Its id.
    pub id: Id,
    /// Whose it is.
    pub tenant_id: Id,
    /// The payload URL.
    pub url: String,
    /// What it is for.
    pub description: String,
    /// Whether events are sent.
    pub status: WebhookStatus,
    /// Why it is inactive.
    pub inactive_reason: Option<InactiveReason>,
    /// The secret, sealed.
    pub secret_sealed: Vec<u8>,
    /// When the secret was set.
    pub secret_set_at: Timestamp,
    /// How it authenticates.
    pub auth_type: AuthenticationType,
    /// The username or the header's name; empty without authentication.
    pub auth_name: String,
    /// The password or the header's value, sealed.
    pub auth_sealed: Option<Vec<u8>>,
    /// The names of its custom headers.
    pub header_names: Vec<String>,
    /// Their values in the same order, sealed as a JSON list; nothing when it has none.
    pub headers_sealed: Option<Vec<u8>>,
    /// When the secret, the authentication or the headers were last changed.
    pub credentials_changed_at: Timestamp,
    /// Which events it wants.
    pub selection: EventSelection,
    /// How long an attempt may take, in milliseconds.
    pub timeout_ms: u32,
    /// The delays before retries, in seconds.
    pub retry_schedule: Vec<u32>,
    /// Counts the changes.
    pub version: u64,
    /// When it was created.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
    /// When it was deleted. The row stays, as deliveries name it.
    pub deleted_at: Option<Timestamp>,
    /// How many attempts may be under way at once.
    pub max_concurrency: u32,
    /// How many attempts may begin per second.
    pub rate_limit: Option<u32>,
    /// When the first attempt failed after the last one that did not.
    pub failing_since: Option<Timestamp>,
    /// How many attempts have failed since.
    pub failure_streak: u32,
    /// Whether it was told as failing or deactivated, and no attempt has succeeded since.
    pub in_alarm: bool,
    /// The secret before, sealed, while it signs too.
    pub previous_secret_sealed: Option<Vec<u8>>,
    /// Until when the secret before signs too.
    pub previous_secret_until: Option<Timestamp>,
    /// The name of who changed it last; nothing where the server did.
    pub updated_by: Option<String>,
    /// Since when it is inactive.
    pub inactive_since: Option<Timestamp>,
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
    /// An active webhook of which nothing is set yet.
    pub fn new(id: Id, tenant_id: Id, now: Timestamp) -> Self {
        Self {
            id,
            tenant_id,
            url: String::new(),
            description: String::new(),
            status: WebhookStatus::Active,
            inactive_reason: None,
            secret_sealed: Vec::new(),
            secret_set_at: now,
            auth_type: AuthenticationType::None,
            auth_name: String::new(),
            auth_sealed: None,
            header_names: Vec::new(),
            headers_sealed: None,
            credentials_changed_at: now,
            selection: EventSelection::default(),
            timeout_ms: NewWebhook::DEFAULT_TIMEOUT_MS,
            retry_schedule: NewWebhook::DEFAULT_RETRY_SCHEDULE.to_vec(),
            version: 1,
            created_at: now,
            updated_at: now,
            deleted_at: None,
            max_concurrency: NewWebhook::DEFAULT_MAX_CONCURRENCY,
            rate_limit: None,
            failing_since: None,
            failure_streak: 0,
            in_alarm: false,
            previous_secret_sealed: None,
            previous_secret_until: None,
            updated_by: None,
            inactive_since: None,
        }
    }

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

#[derive(Queryable, Insertable, AsChangeset)]
#[diesel(table_name = webhooks, treat_none_as_null = true)]
struct Columns {
    id: Vec<u8>,
    tenant_id: Vec<u8>,
    url: String,
    description: String,
    status: i16,
    inactive_reason: Option<String>,
    secret_sealed: Vec<u8>,
    secret_set_at: i64,
    auth_type: String,
    auth_name: String,
    auth_sealed: Option<Vec<u8>>,
    header_names: String,
    headers_sealed: Option<Vec<u8>>,
    credentials_changed_at: i64,
    selection: String,
    timeout_ms: i32,
    retry_schedule: String,
    version: i64,
    created_at: i64,
    updated_at: i64,
    deleted_at: Option<i64>,
    max_concurrency: i32,
    rate_limit: Option<i32>,
    failing_since: Option<i64>,
    failure_streak: i32,
    // An edit is read before it is written, and attempts change this in between.
    #[diesel(skip_update)]
    in_alarm: i16,
    previous_secret_sealed: Option<Vec<u8>>,
    previous_secret_until: Option<i64>,
    updated_by: Option<String>,
    inactive_since: Option<i64>,
}

impl Columns {
    fn write(row: &WebhookRow) -> QueryResult<Self> {
        let WebhookRow {
            id,
            tenant_id,
            url,
            description,
            status,
            inactive_reason,
            secret_sealed,
            secret_set_at,
            auth_type,
            auth_name,
            auth_sealed,
            header_names,
            headers_sealed,
            credentials_changed_at,
            selection,
            timeout_ms,
            retry_schedule,
            version,
            created_at,
            updated_at,
            deleted_at,
            max_concurrency,
            rate_limit,
            failing_since,
            failure_streak,
            in_alarm,
            previous_secret_sealed,
            previous_secret_until,
            updated_by,
            inactive_since,
        } = row;
        Ok(Self {
            id: codec::key(*id),
            tenant_id: codec::key(*tenant_id),
            url: url.clone(),
            description: description.clone(),
            status: codec::webhook_status(*status),
            inactive_reason: inactive_reason.map(|reason| reason.name().to_owned()),
            secret_sealed: secret_sealed.clone(),
            secret_set_at: secret_set_at.as_micros(),
            auth_type: auth_type.name().to_owned(),
            auth_name: auth_name.clone(),
            auth_sealed: auth_sealed.clone(),
            header_names: codec::to_json(header_names)?,
            headers_sealed: headers_sealed.clone(),
            credentials_changed_at: credentials_changed_at.as_micros(),
            selection: codec::to_json(selection)?,
            timeout_ms: codec::signed(*timeout_ms),
            retry_schedule: codec::to_json(retry_schedule)?,
            version: codec::signed(*version),
            created_at: created_at.as_micros(),
            updated_at: updated_at.as_micros(),
            deleted_at: deleted_at.map(Timestamp::as_micros),
            max_concurrency: codec::signed(*max_concurrency),
            rate_limit: rate_limit.map(codec::signed),
            failing_since: failing_since.map(Timestamp::as_micros),
            failure_streak: codec::signed(*failure_streak),
            in_alarm: i16::from(*in_alarm),
            previous_secret_sealed: previous_secret_sealed.clone(),
            previous_secret_until: previous_secret_until.map(Timestamp::as_micros),
            updated_by: updated_by.clone(),
            inactive_since: inactive_since.map(Timestamp::as_micros),
        })
    }

    fn read(self) -> QueryResult<WebhookRow> {
        Ok(WebhookRow {
            id: codec::id(&self.id)?,
            tenant_id: codec::id(&self.tenant_id)?,
            url: self.url,
            description: self.description,
            status: codec::webhook_status_of(self.status)?,
            inactive_reason: codec::named_if_any(self.inactive_reason.as_deref(), "reason")?,
            secret_sealed: self.secret_sealed,
            secret_set_at: Timestamp::from_micros(self.secret_set_at),
            auth_type: codec::named(&self.auth_type, "authentication")?,
            auth_name: self.auth_name,
            auth_sealed: self.auth_sealed,
            header_names: codec::from_json(&self.header_names, "names of headers")?,
            headers_sealed: self.headers_sealed,
            credentials_changed_at: Timestamp::from_micros(self.credentials_changed_at),
            selection: codec::from_json(&self.selection, "selection of events")?,
            timeout_ms: codec::unsigned(self.timeout_ms, "time limit")?,
            retry_schedule: codec::from_json(&self.retry_schedule, "retry schedule")?,
            version: codec::unsigned(self.version, "version")?,
            created_at: Timestamp::from_micros(self.created_at),
            updated_at: Timestamp::from_micros(self.updated_at),
            deleted_at: self.deleted_at.map(Timestamp::from_micros),
            max_concurrency: codec::unsigned(self.max_concurrency, "number of attempts")?,
            rate_limit: self.rate_limit.map(|limit| codec::unsigned(limit, "rate limit")).transpose()?,
            failing_since: self.failing_since.map(Timestamp::from_micros),
            failure_streak: codec::unsigned(self.failure_streak, "number of failures")?,
            in_alarm: self.in_alarm != 0,
            previous_secret_sealed: self.previous_secret_sealed,
            previous_secret_until: self.previous_secret_until.map(Timestamp::from_micros),
            updated_by: self.updated_by,
            inactive_since: self.inactive_since.map(Timestamp::from_micros),
        })
    }
}

/// Whether the tenant has fewer webhooks than that, until the transaction ends.
pub fn has_room(connection: &mut Db, tenant_id: Id, most: u32) -> QueryResult<bool> {
    tenants::count_alone(connection, tenant_id)?;
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

/// How many webhooks are looked at at a time for those that want a type, which no index tells.
const STRETCH: u32 = 500;

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

/// A tenant's webhooks, newest first, from the one after `before`, and the id to go on after.
pub fn list(
    connection: &mut Db,
    tenant_id: Id,
    filter: &WebhookFilter,
    before: Option<Id>,
    limit: u32,
) -> QueryResult<(Vec<WebhookRow>, Option<Id>)> {
    let is_wanted = |row: &WebhookRow| filter.event_type.as_ref().is_none_or(|name| row.selection.wants_type(name));
    let most = page::beyond(limit);
    let at_once = if filter.event_type.is_some() { most.max(STRETCH) } else { most };
    let (mut rows, mut before) = (Vec::new(), before);
    loop {
        let some = stretch(connection, tenant_id, filter, before, at_once)?;
        let is_last = some.len() < at_once as usize;
        before = some.last().map(|row| row.id);
        rows.extend(some.into_iter().filter(is_wanted));
        if is_last || rows.len() >= most as usize {
            return page::cut(rows, limit, |row| Ok(row.id));
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

/// Deletes that version of a webhook. Nothing is sent to it any more; its open deliveries are cancelled by [`cancel_open`]. `false`:
/// somebody else changed or deleted it meanwhile.
pub fn delete(connection: &mut Db, row: &WebhookRow, now: Timestamp) -> QueryResult<bool> {
    let deleted = diesel::update(webhooks::table.find(codec::key(row.id)))
        .filter(webhooks::version.eq(codec::signed::<i64>(row.version)))
        .filter(webhooks::deleted_at.is_null())
        .set((webhooks::deleted_at.eq(now.as_micros()), webhooks::version.eq(webhooks::version + 1)))
        .execute(connection)?;
    Ok(deleted == 1)
}

/// Cancels up to `most` of a webhook's open deliveries, and returns how many.
pub fn cancel_open(connection: &mut Db, webhook_id: Id, most: i64) -> QueryResult<usize> {
    let open = deliveries::table
        .filter(deliveries::webhook_id.eq(codec::key(webhook_id)))
        .filter(Condition("status < 2"))
        .select(deliveries::id)
        .limit(most)
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
