//! Jobs that send a webhook many deliveries, those that failed or those of events that it missed, and what each job has left to do.
//!
//! Everything that a job knows stands in its row and its items, so any process can take its next step. A step is one transaction.

mod missed;
mod plan;
mod step;

pub use missed::missed;

use super::{
    NextAttempt, audit, codec,
    connection::{Db, on_either},
    deliveries as store_deliveries,
    page::{Rows, Slice},
    schema::{deliveries, resend_items, resend_jobs},
};
use crate::ids::Ids;
use diesel::prelude::*;
use shared::{AuditEntry, DeliveryStatus, Failure, Id, ResendJob, ResendJobStatus, ResendKind, StopReason, Timestamp};

/// How many deliveries one job sends at most.
pub const MOST: u32 = 50_000;
/// How many items one statement writes; each has three values, and a statement at most 32,766 of them on SQLite.
const TOGETHER: usize = 1_000;

/// Among which deliveries or events a job finds what it sends.
#[derive(Clone, Debug)]
pub struct Window {
    /// Those to this webhook, no test among them.
    pub webhook_id: Id,
    /// Only those of events taken from this instant on.
    pub from: Timestamp,
    /// Only those of events taken before this instant.
    pub to: Timestamp,
    /// Only of this `SOURCE.TYPE`.
    pub event_type: Option<String>,
}

/// How the deliveries have failed that a job sends again; what is left out may be anything.
#[derive(Clone, Copy, Debug, Default)]
pub struct Failed {
    /// Whether an attempt is left.
    pub status: Option<DeliveryStatus>,
    /// Why.
    pub failure: Option<Failure>,
    /// What the receiver answered.
    pub status_code: Option<u16>,
}

/// What a job has to send.
#[derive(Clone, Debug)]
pub enum Work {
    /// These deliveries, which have failed.
    Failed(Vec<Id>),
    /// A delivery of each of these events, which the job makes when it is its turn.
    Missed(Vec<Id>),
}

impl Work {
    /// The instant of the last of it.
    pub fn last(&self) -> Option<Timestamp> {
        let (Self::Failed(ids) | Self::Missed(ids)) = self;
        ids.last().map(|id| id.made_at())
    }

    const fn kind(&self) -> ResendKind {
        match self {
            Self::Failed(_) => ResendKind::Failed,
            Self::Missed(_) => ResendKind::Missed,
        }
    }

    fn items(&self, job_id: Id) -> Vec<Item> {
        let item = |delivery_id, event_id: Option<Id>| Item {
            job_id: codec::key(job_id),
            delivery_id: codec::key(delivery_id),
            event_id: event_id.map(codec::key),
        };
        match self {
            Self::Failed(ids) => ids.iter().map(|&id| item(id, None)).collect(),
            // A delivery stands in the lists, and is purged, where its event is: that is the instant of its id. They are made apart
            // from all other ids, which would not rise any more after one of the past.
            Self::Missed(ids) => {
                let made = Ids::default();
                ids.iter().map(|&id| item(made.next(id.made_at()), Some(id))).collect()
            }
        }
    }
}

/// A job to start.
#[derive(Clone, Debug)]
pub struct NewJob {
    /// Its id.
    pub id: Id,
    /// Whose it is.
    pub tenant_id: Id,
    /// Where it sends.
    pub webhook_id: Id,
    /// What it sends, at most [`MOST`].
    pub work: Work,
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

#[derive(Insertable)]
#[diesel(table_name = resend_items)]
struct Item {
    job_id: Vec<u8>,
    delivery_id: Vec<u8>,
    event_id: Option<Vec<u8>>,
}

#[derive(Queryable, Insertable, AsChangeset)]
#[diesel(table_name = resend_jobs, treat_none_as_null = true)]
struct Columns {
    id: Vec<u8>,
    tenant_id: Vec<u8>,
    webhook_id: Vec<u8>,
    kind: String,
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
    due_at: Option<i64>,
    created_at: i64,
    finished_at: Option<i64>,
}

impl Columns {
    fn read(self) -> QueryResult<ResendJob> {
        let count = |number| codec::unsigned(number, "count");
        Ok(ResendJob {
            id: codec::id(&self.id)?,
            webhook_id: codec::id(&self.webhook_id)?,
            kind: codec::named(&self.kind, "kind of a resend job")?,
            status: codec::named(&self.status, "status of a resend job")?,
            total: count(self.total)?,
            resent: count(self.resent)?,
            delivered: count(self.delivered)?,
            failed: count(self.failed)?,
            skipped: count(self.skipped)?,
            rate: count(self.rate)?,
            created_at: Timestamp::from_micros(self.created_at),
            finished_at: self.finished_at.map(Timestamp::from_micros),
            stop_reason: codec::named_if_any(self.stop_reason.as_deref(), "reason")?,
        })
    }

    fn end(&mut self, status: ResendJobStatus, reason: Option<StopReason>, now: Timestamp) {
        self.status = status.name().to_owned();
        self.stop_reason = reason.map(|reason| reason.name().to_owned());
        self.finished_at = Some(now.as_micros());
    }
}

/// How many deliveries have failed.
pub fn count_failed(connection: &mut Db, tenant_id: Id, window: &Window, failed: Failed) -> QueryResult<u64> {
    let count: i64 = in_window(tenant_id, window, failed).count().get_result(connection)?;
    codec::unsigned(count, "count")
}

/// The deliveries that have failed, at most [`MOST`] of them, oldest first.
pub fn failed(connection: &mut Db, tenant_id: Id, window: &Window, failed: Failed) -> QueryResult<Vec<Id>> {
    let ids = in_window(tenant_id, window, failed).order(deliveries::id).limit(MOST.into()).select(deliveries::id);
    ids.load::<Vec<u8>>(connection)?.iter().map(|id| codec::id(id)).collect()
}

fn in_window(
    tenant_id: Id,
    window: &Window,
    failed: Failed,
) -> deliveries::BoxedQuery<'static, <Db as diesel::Connection>::Backend> {
    let Window { webhook_id, from, to, event_type } = window;
    let Failed { status, failure, status_code } = failed;
    let mut query = deliveries::table
        .filter(deliveries::tenant_id.eq(codec::key(tenant_id)))
        .filter(deliveries::webhook_id.eq(codec::key(*webhook_id)))
        .filter(deliveries::test.is_null())
        .filter(store_deliveries::RESENDABLE)
        .filter(deliveries::id.ge(codec::floor(*from)))
        .filter(deliveries::id.lt(codec::floor(*to)))
        .into_boxed();
    if let Some(event_type) = event_type.clone() {
        query = query.filter(deliveries::event_type.eq(event_type));
    }
    if let Some(status) = status {
        query = query.filter(deliveries::status.eq(codec::delivery_status(status)));
    }
    if let Some(failure) = failure {
        query = query.filter(deliveries::failure.eq(failure.name()));
    }
    if let Some(code) = status_code {
        query = query.filter(deliveries::status_code.eq(codec::signed::<i16>(code)));
    }
    query
}

/// Starts a job, unless one of the same webhook is running: then it returns that one. Call it in a write transaction.
pub fn insert(connection: &mut Db, new: &NewJob) -> QueryResult<Result<ResendJob, ResendJob>> {
    let NewJob { id, tenant_id, webhook_id, work, next, started_by, rate, max_failed_percent, now } = new;
    connection.lock_table("resend_jobs")?;
    if let Some(running) = running(connection, *tenant_id, *webhook_id)? {
        return Ok(Err(running));
    }
    let items = work.items(*id);
    for items in items.chunks(TOGETHER) {
        on_either!(connection, c => diesel::insert_into(resend_items::table).values(items).execute(c))?;
    }
    let row = Columns {
        id: codec::key(*id),
        tenant_id: codec::key(*tenant_id),
        webhook_id: codec::key(*webhook_id),
        kind: work.kind().name().to_owned(),
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
        total: codec::signed(items.len() as u64),
        resent: 0,
        delivered: 0,
        failed: 0,
        skipped: 0,
        due_at: Some(now.as_micros()),
        created_at: now.as_micros(),
        finished_at: None,
    };
    diesel::insert_into(resend_jobs::table).values(&row).execute(connection)?;
    row.read().map(Ok)
}

/// The job of that id.
pub fn find(connection: &mut Db, tenant_id: Id, id: Id) -> QueryResult<Option<ResendJob>> {
    load(connection, tenant_id, id)?.map(Columns::read).transpose()
}

/// Which jobs of a webhook are listed.
#[derive(Clone, Copy, Debug)]
pub struct ResendJobFilter {
    /// Whose they are.
    pub webhook_id: Id,
    /// How they stand; any where this is none.
    pub status: Option<ResendJobStatus>,
}

/// A webhook's jobs, newest first.
pub fn list(connection: &mut Db, tenant_id: Id, filter: ResendJobFilter, slice: Slice) -> QueryResult<Rows<ResendJob>> {
    let mut query = resend_jobs::table
        .filter(resend_jobs::webhook_id.eq(codec::key(filter.webhook_id)))
        .filter(resend_jobs::tenant_id.eq(codec::key(tenant_id)))
        .order(resend_jobs::id.desc())
        .limit(slice.beyond().into())
        .into_boxed();
    if let Some(status) = filter.status {
        query = query.filter(resend_jobs::status.eq(status.name()));
    }
    if let Some(before) = slice.before {
        query = query.filter(resend_jobs::id.lt(codec::key(before)));
    }
    slice.cut(query.load::<Columns>(connection)?, |row| codec::id(&row.id))?.try_map(Columns::read)
}

/// The job that is running of that webhook: there is at most one.
fn running(connection: &mut Db, tenant_id: Id, webhook_id: Id) -> QueryResult<Option<ResendJob>> {
    let filter = ResendJobFilter { webhook_id, status: Some(ResendJobStatus::Running) };
    Ok(list(connection, tenant_id, filter, Slice::first(1))?.items.pop())
}

fn load(connection: &mut Db, tenant_id: Id, id: Id) -> QueryResult<Option<Columns>> {
    resend_jobs::table
        .find(codec::key(id))
        .filter(resend_jobs::tenant_id.eq(codec::key(tenant_id)))
        .first::<Columns>(connection)
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
        // Another node may take a step of it at this moment: then that step's figures count.
        let same = resend_jobs::status.eq(resend_jobs::status);
        diesel::update(resend_jobs::table.find(&job.id)).set(same).execute(connection)?;
        job = load(connection, tenant_id, id)?.unwrap_or(job);
    }
    if job.status == ResendJobStatus::Running.name() {
        step::note_results(connection, &mut job)?;
        job.end(ResendJobStatus::Cancelled, None, now);
        write(connection, &job)?;
        audit::append(connection, tenant_id, entry)?;
    }
    job.read().map(Some)
}

/// Writes a job; when it has ended, nothing more is sent.
fn write(connection: &mut Db, job: &Columns) -> QueryResult<()> {
    if job.finished_at.is_some() {
        let of_job = resend_items::table.filter(resend_items::job_id.eq(&job.id));
        diesel::delete(of_job.filter(resend_items::attempt_count.is_null())).execute(connection)?;
    }
    diesel::update(resend_jobs::table.find(&job.id)).set(job).execute(connection).map(drop)
}

/// Purges the jobs that had begun by then, have ended, and know what became of all that they sent.
pub(super) fn purge(connection: &mut Db, before: Timestamp) -> QueryResult<usize> {
    let bound = codec::floor(before);
    diesel::delete(resend_jobs::table.filter(resend_jobs::id.lt(&bound)))
        .filter(resend_jobs::due_at.is_null())
        .execute(connection)
}
