//! Jobs that send a webhook's failed deliveries again, and what each of them has left to do.
//!
//! Everything that a job knows stands in its row and its items, so any process can take its next step. A step is one transaction.

mod plan;

use super::{
    NextAttempt, audit, codec,
    condition::Condition,
    connection::Db,
    deliveries as store_deliveries,
    schema::{deliveries, resend_items, resend_jobs},
    webhooks,
};
use diesel::prelude::*;
use plan::{Move, Progress};
use shared::{AuditEntry, DeliveryStatus, Id, ResendJob, ResendJobStatus, StopReason, Timestamp, WebhookStatus};

/// How many deliveries one job resends at most.
pub const MOST: u32 = 10_000;
/// When a job that has resent something goes on: its rate counts by the second.
const NEXT_SECOND: i64 = 1_000_000;
/// When a job that waits for results looks again, in microseconds.
const LOOK_AGAIN: i64 = 250_000;

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
    let running = resend_jobs::table
        .filter(resend_jobs::webhook_id.eq(codec::key(window.webhook_id)))
        .filter(Condition("status = 'running'"))
        .select(resend_jobs::id)
        .first::<Vec<u8>>(connection)
        .optional()?;
    if let Some(running) = running {
        return Ok(Err(Refused::Running(codec::id(&running)?)));
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

/// Whether a job is due.
pub fn any_due(connection: &mut Db, now: Timestamp) -> QueryResult<bool> {
    let due =
        resend_jobs::table.filter(Condition("status = 'running'")).filter(resend_jobs::due_at.le(now.as_micros()));
    diesel::select(diesel::dsl::exists(due)).get_result(connection)
}

/// Takes the next step of the job that is due first, and returns the deliveries that are due by it. Call it in a write transaction.
pub fn advance(connection: &mut Db, now: Timestamp) -> QueryResult<Vec<Id>> {
    let due = resend_jobs::table
        .filter(Condition("status = 'running'"))
        .filter(resend_jobs::due_at.le(now.as_micros()))
        .order(resend_jobs::due_at)
        .first::<Row>(connection)
        .optional()?;
    let Some(mut job) = due else { return Ok(Vec::new()) };
    // The fence: of several nodes one takes the step. The others wait for its transaction here, and find the row changed.
    let claimed = diesel::update(resend_jobs::table.find(&job.id))
        .filter(resend_jobs::due_at.eq(job.due_at))
        .filter(Condition("status = 'running'"))
        .set(resend_jobs::due_at.eq(now.as_micros() + LOOK_AGAIN))
        .execute(connection)?;
    if claimed == 0 {
        return Ok(Vec::new());
    }
    job.due_at = now.as_micros() + LOOK_AGAIN;
    if let Some(reason) = hindered(connection, &job)? {
        job.end(ResendJobStatus::Stopped, Some(reason), now);
        write(connection, &job)?;
        return Ok(Vec::new());
    }
    let under_way = note_results(connection, &mut job)?;
    let waiting =
        resend_items::table.filter(resend_items::job_id.eq(&job.id)).filter(resend_items::attempt_count.is_null());
    let some_wait = diesel::select(diesel::dsl::exists(waiting)).get_result(connection)?;
    let mut resent = Vec::new();
    let progress = Progress {
        step: job.step,
        resent: job.step_resent,
        delivered: job.step_delivered,
        failed: job.step_failed,
        under_way,
        some_wait,
    };
    match progress.next(job.max_failed_percent, job.rate) {
        Move::Wait => {}
        Move::Stop => job.end(ResendJobStatus::Stopped, Some(StopReason::TooManyFailures), now),
        Move::Finish => job.end(ResendJobStatus::Done, None, now),
        Move::Resend { step, count } => {
            if step != job.step {
                (job.step, job.step_resent, job.step_delivered, job.step_failed) = (step, 0, 0, 0);
            }
            resent = resend(connection, &mut job, count, now)?;
            job.due_at = now.as_micros() + NEXT_SECOND;
        }
    }
    write(connection, &job)?;
    Ok(resent)
}

/// Why the job cannot go on at all.
fn hindered(connection: &mut Db, job: &Row) -> QueryResult<Option<StopReason>> {
    let webhook = webhooks::find(connection, codec::id(&job.tenant_id)?, codec::id(&job.webhook_id)?)?;
    Ok(match webhook.filter(|webhook| webhook.deleted_at.is_none()) {
        None => Some(StopReason::WebhookDeleted),
        Some(webhook) if webhook.status == WebhookStatus::Inactive => Some(StopReason::WebhookInactive),
        Some(_) => None,
    })
}

/// Counts what became of the deliveries that were resent, and returns how many are still under way.
fn note_results(connection: &mut Db, job: &mut Row) -> QueryResult<i32> {
    let items = resend_items::table
        .left_join(deliveries::table.on(deliveries::id.eq(resend_items::delivery_id)))
        .filter(resend_items::job_id.eq(&job.id))
        .filter(resend_items::attempt_count.is_not_null())
        .select((
            resend_items::delivery_id,
            resend_items::attempt_count,
            (deliveries::status, deliveries::attempt_count).nullable(),
        ))
        .load::<(Vec<u8>, Option<i32>, Option<(i16, i32)>)>(connection)?;
    let mut under_way = 0;
    for (delivery_id, before, now) in items {
        let delivered = match now {
            Some((status, attempts)) => {
                let status = codec::delivery_status_of(status)?;
                let waiting = matches!(status, DeliveryStatus::Pending | DeliveryStatus::Retrying);
                if waiting && Some(attempts) <= before {
                    under_way += 1;
                    continue;
                }
                status == DeliveryStatus::Delivered
            }
            // Purged meanwhile: nobody will know.
            None => false,
        };
        job.delivered += i32::from(delivered);
        job.step_delivered += i32::from(delivered);
        job.failed += i32::from(!delivered);
        job.step_failed += i32::from(!delivered);
        diesel::delete(resend_items::table.find((&job.id, delivery_id))).execute(connection)?;
    }
    Ok(under_way)
}

/// Resends the next `count` deliveries, oldest first. Those that have no need of it any more are passed over.
fn resend(connection: &mut Db, job: &mut Row, count: i32, now: Timestamp) -> QueryResult<Vec<Id>> {
    let next = NextAttempt::of(&job.next_trigger)?;
    let mut resent = Vec::new();
    let mut left = i64::from(count);
    while left > 0 {
        let items = resend_items::table
            .filter(resend_items::job_id.eq(&job.id))
            .filter(resend_items::attempt_count.is_null())
            .order(resend_items::delivery_id)
            .limit(left)
            .select(resend_items::delivery_id)
            .load::<Vec<u8>>(connection)?;
        if items.is_empty() {
            break;
        }
        for delivery_id in items {
            let item = resend_items::table.find((&job.id, &delivery_id));
            match store_deliveries::make_due(connection, &delivery_id, next, &job.started_by, now)? {
                Some(attempt_count) => {
                    diesel::update(item).set(resend_items::attempt_count.eq(attempt_count)).execute(connection)?;
                    job.resent += 1;
                    job.step_resent += 1;
                    left -= 1;
                    resent.push(codec::id(&delivery_id)?);
                }
                None => {
                    diesel::delete(item).execute(connection)?;
                    job.skipped += 1;
                }
            }
        }
    }
    Ok(resent)
}
