//! Jobs that send a webhook's failed deliveries again, and what each of them has left to do.
//!
//! Everything that a job knows stands in its row and its items, so any process can take its next step. A step is one transaction.

mod plan;
mod step;

pub use step::{advance, any_due};

use super::{
    NextAttempt, audit, codec,
    condition::Condition,
    connection::Db,
    deliveries as store_deliveries,
    schema::{deliveries, resend_items, resend_jobs},
};
use diesel::prelude::*;
use shared::{AuditEntry, Id, ResendJob, ResendJobStatus, StopReason, Timestamp};

/// How many deliveries one job resends at most.
pub const MOST: u32 = 10_000;
/// Which deliveries a job resends.
#[derive(Clone, Debug)]
pub struct Window {
    /// Those to this webhook that have failed, no test among them.
    pub webhook_id: Id,
    /// Only from this instant on.
    pub from: Timestamp,
    /// Only before this instant.
    pub to: Timestamp,
    /// Only of this `SOURCE.TYPE`.
    pub event_type: Option<String>,
}

/// A job to start.
#[derive(Clone, Debug)]
pub struct NewJob {
    /// Its id.
    pub id: Id,
    /// Whose it is.
    pub tenant_id: Id,
    /// What it resends.
    pub window: Window,
    /// With which headers.
    pub next: NextAttempt,
    /// The name of who asks for it.
    pub started_by: String,
    /// How many in a second.
    pub rate: u32,
    /// Which share of a step may fail, in percent.
    pub max_failed_percent: u32,
    /// When it begins.
    pub now: Timestamp,
}

/// Why a job cannot start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refused {
    /// Nothing in the window has failed.
    Nothing,
    /// More has failed than one job resends.
    TooMany(u64),
    /// This job of the same webhook is running.
    Running(Id),
}

#[derive(Queryable, Insertable, AsChangeset)]
#[diesel(table_name = resend_jobs, treat_none_as_null = true)]
struct Row {
    id: Vec<u8>,
    tenant_id: Vec<u8>,
    webhook_id: Vec<u8>,
    next_trigger: String,
    started_by: String,
    rate: i32,
    max_failed_percent: i32,
    status: String,
    stop_reason: Option<String>,
    step: i32,
    step_resent: i32,
    step_delivered: i32,
    step_failed: i32,
    total: i32,
    resent: i32,
    delivered: i32,
    failed: i32,
    skipped: i32,
    due_at: i64,
    created_at: i64,
    finished_at: Option<i64>,
}

impl Row {
    fn read(self) -> QueryResult<ResendJob> {
        let count = |number| codec::unsigned(number, "count");
        let status = ResendJobStatus::ALL.into_iter().find(|status| status.name() == self.status);
        let reason = |name: String| StopReason::ALL.into_iter().find(|reason| reason.name() == name);
        let reason = |name| reason(name).ok_or_else(|| codec::unreadable("reason"));
        Ok(ResendJob {
            id: codec::id(&self.id)?,
            webhook_id: codec::id(&self.webhook_id)?,
            status: status.ok_or_else(|| codec::unreadable("status of a resend job"))?,
            total: count(self.total)?,
            resent: count(self.resent)?,
            delivered: count(self.delivered)?,
            failed: count(self.failed)?,
            skipped: count(self.skipped)?,
            rate: count(self.rate)?,
            created_at: Timestamp::from_micros(self.created_at),
            finished_at: self.finished_at.map(Timestamp::from_micros),
            stop_reason: self.stop_reason.map(reason).transpose()?,
        })
    }

    fn end(&mut self, status: ResendJobStatus, reason: Option<StopReason>, now: Timestamp) {
        self.status = status.name().to_owned();
        self.stop_reason = reason.map(|reason| reason.name().to_owned());
        self.finished_at = Some(now.as_micros());
    }
}

/// How many deliveries a job would resend.
pub fn count(connection: &mut Db, tenant_id: Id, window: &Window) -> QueryResult<u64> {
    let count: i64 = failed(tenant_id, window).count().get_result(connection)?;
    codec::unsigned(count, "count")
}

fn failed(tenant_id: Id, window: &Window) -> deliveries::BoxedQuery<'static, <Db as diesel::Connection>::Backend> {
    let Window { webhook_id, from, to, event_type } = window;
    let mut query = deliveries::table
        .filter(deliveries::tenant_id.eq(codec::key(tenant_id)))
        .filter(deliveries::webhook_id.eq(codec::key(*webhook_id)))
        .filter(deliveries::test.is_null())
        .filter(store_deliveries::RESENDABLE)
        .filter(deliveries::id.ge(codec::key(Id::floor(from.unix_ms()))))
        .filter(deliveries::id.lt(codec::key(Id::floor(to.unix_ms()))))
        .into_boxed();
    if let Some(event_type) = event_type.clone() {
        query = query.filter(deliveries::event_type.eq(event_type));
    }
    query
}

/// Starts a job. Call it in a write transaction.
pub fn insert(connection: &mut Db, new: &NewJob) -> QueryResult<Result<ResendJob, Refused>> {
    let NewJob { id, tenant_id, window, next, started_by, rate, max_failed_percent, now } = new;
    if let Some(running) = running(connection, *tenant_id, window.webhook_id)? {
        return Ok(Err(Refused::Running(running.id)));
    }
    let total = match u32::try_from(count(connection, *tenant_id, window)?) {
        Ok(0) => return Ok(Err(Refused::Nothing)),
        Ok(total) if total <= MOST => total,
        Ok(total) => return Ok(Err(Refused::TooMany(total.into()))),
        Err(_) => return Ok(Err(Refused::TooMany(u32::MAX.into()))),
    };
    let ids = failed(*tenant_id, window).select(deliveries::id).load::<Vec<u8>>(connection)?;
    for delivery_id in ids {
        diesel::insert_into(resend_items::table)
            .values((resend_items::job_id.eq(codec::key(*id)), resend_items::delivery_id.eq(delivery_id)))
            .execute(connection)?;
    }
    let row = Row {
        id: codec::key(*id),
        tenant_id: codec::key(*tenant_id),
        webhook_id: codec::key(window.webhook_id),
        next_trigger: next.name().to_owned(),
        started_by: started_by.clone(),
        rate: codec::signed(*rate),
        max_failed_percent: codec::signed(*max_failed_percent),
        status: ResendJobStatus::Running.name().to_owned(),
        stop_reason: None,
        step: 0,
        step_resent: 0,
        step_delivered: 0,
        step_failed: 0,
        total: codec::signed(total),
        resent: 0,
        delivered: 0,
        failed: 0,
        skipped: 0,
        due_at: now.as_micros(),
        created_at: now.as_micros(),
        finished_at: None,
    };
    diesel::insert_into(resend_jobs::table).values(&row).execute(connection)?;
    row.read().map(Ok)
}

/// The job of that id.
pub fn find(connection: &mut Db, tenant_id: Id, id: Id) -> QueryResult<Option<ResendJob>> {
    load(connection, tenant_id, id)?.map(Row::read).transpose()
}

/// The job that is running of that webhook: there is at most one.
pub fn running(connection: &mut Db, tenant_id: Id, webhook_id: Id) -> QueryResult<Option<ResendJob>> {
    let running = resend_jobs::table
        .filter(resend_jobs::webhook_id.eq(codec::key(webhook_id)))
        .filter(resend_jobs::tenant_id.eq(codec::key(tenant_id)))
        .filter(Condition("status = 'running'"));
    running.first::<Row>(connection).optional()?.map(Row::read).transpose()
}

fn load(connection: &mut Db, tenant_id: Id, id: Id) -> QueryResult<Option<Row>> {
    resend_jobs::table
        .find(codec::key(id))
        .filter(resend_jobs::tenant_id.eq(codec::key(tenant_id)))
        .first::<Row>(connection)
        .optional()
}

/// Cancels a job that is running, with that entry in the audit log; one that has ended stays as it is. Call it in a write transaction.
pub fn cancel(
    connection: &mut Db,
    tenant_id: Id,
    id: Id,
    now: Timestamp,
    entry: &AuditEntry,
) -> QueryResult<Option<ResendJob>> {
    let Some(mut job) = load(connection, tenant_id, id)? else {
        return Ok(None);
    };
    if job.status == ResendJobStatus::Running.name() {
        job.end(ResendJobStatus::Cancelled, None, now);
        write(connection, &job)?;
        audit::append(connection, tenant_id, entry)?;
    }
    job.read().map(Some)
}

/// Writes a job; when it has ended, nothing is left to do.
fn write(connection: &mut Db, job: &Row) -> QueryResult<()> {
    if job.finished_at.is_some() {
        diesel::delete(resend_items::table.filter(resend_items::job_id.eq(&job.id))).execute(connection)?;
    }
    diesel::update(resend_jobs::table.find(&job.id)).set(job).execute(connection).map(drop)
}
