//! A webhook's row, and how its columns are read and written.

use crate::store::{codec, schema::webhooks};
use diesel::prelude::*;
use shared::{
    AuthenticationType, ContentMode, EventSelection, Id, InactiveReason, NewWebhook, Timestamp, WebhookStatus,
};

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
    /// When the secret, the authentication, the headers or the content mode were last changed.
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
    /// What its requests hold of an event.
    pub content_mode: ContentMode,
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
            content_mode: ContentMode::default(),
        }
    }
}

#[derive(Queryable, Insertable, AsChangeset)]
#[diesel(table_name = webhooks, treat_none_as_null = true)]
pub(super) struct Columns {
    pub(super) id: Vec<u8>,
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
    pub(super) version: i64,
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
    content_mode: String,
}

impl Columns {
    pub(super) fn write(row: &WebhookRow) -> QueryResult<Self> {
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
            content_mode,
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
            content_mode: content_mode.name().to_owned(),
        })
    }

    pub(super) fn read(self) -> QueryResult<WebhookRow> {
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
            content_mode: codec::named(&self.content_mode, "content mode")?,
        })
    }
}
