//! The next step of a job: what became of the last one, and what to resend now.

use super::{
    Columns,
    plan::{Move, Progress},
    write,
};
use crate::store::{
    NextAttempt, Store, StoreError,
    changes::Change,
    codec,
    connection::Db,
    deliveries::{self as store_deliveries, Missed},
    schema::{deliveries, resend_items, resend_jobs},
    webhooks,
};
use diesel::{prelude::*, result::Error};
use shared::{DeliveryStatus, Id, ResendJobStatus, StopReason, Timestamp, WebhookStatus};

/// When a job that has resent something goes on: its rate counts by the second.
const NEXT_SECOND: i64 = 1_000_000;
/// How many items one step looks at: it is one transaction, and most of them may have no need of it any more.
const LOOKED: i64 = 500;
/// When a job that waits for results looks again, in microseconds.
const LOOK_AGAIN: i64 = 250_000;
/// How soon one is tried again whose step has failed, in microseconds.
const AFTER_A_FAILURE: i64 = 10_000_000;
/// How soon for one that has ended: what it sent may wait as long as its webhook is inactive.
const AFTER_THE_END: i64 = 10_000_000;

impl Store {
    /// Takes the next step of a resend job that is due. `false`: none is.
    pub async fn advance_resend_job(&self, now: Timestamp) -> Result<bool, StoreError> {
        // Most of the time nothing is due, and then the writer need not be disturbed.
        let Some((id, due_since)) = self.read(self.at(now, first_due)).await? else { return Ok(false) };
        let advance = self.at(now, move |db, now| advance(db, id, now));
        let resent = match self.write_again(advance).await {
            Err(StoreError::Query(error @ Error::DeserializationError(_))) => {
                tracing::error!(resend_job_id = %id, %error, "a resend job cannot be read, so it has stopped");
                self.write(self.at(now, move |db, now| stop_unreadable(db, id, now))).await?;
                return Ok(true);
            }
            Err(error) => {
                // Where the database is away this fails too, and all jobs wait for it.
                self.write(self.at(now, move |db, now| put_off(db, id, due_since, now))).await?;
                tracing::error!(resend_job_id = %id, %error, "a step of a resend job has failed: it is tried again");
                return Ok(true);
            }
            Ok(resent) => resent,
        };
        if !resent.is_empty() {
            self.due.notify_one();
            self.changes.tell(|| resent.into_iter().map(Change::Delivery).collect());
        }
        Ok(true)
    }
}

/// The job that is due first, and since when.
fn first_due(connection: &mut Db, now: Timestamp) -> QueryResult<Option<(Id, Option<i64>)>> {
    let due = resend_jobs::table.filter(resend_jobs::due_at.le(now.as_micros())).order(resend_jobs::due_at);
    let first = due.select((resend_jobs::id, resend_jobs::due_at)).first::<(Vec<u8>, _)>(connection).optional()?;
    first.map(|(id, due_at)| Ok((codec::id(&id)?, due_at))).transpose()
}

/// Takes the next step of a job, if it is due, and returns the deliveries that are due by it. A job that has ended only counts on,
/// until all that it sent has a result. Call it in a write transaction.
fn advance(connection: &mut Db, id: Id, now: Timestamp) -> QueryResult<Vec<Id>> {
    let due = resend_jobs::table.find(codec::key(id)).filter(resend_jobs::due_at.le(now.as_micros()));
    let Some(mut job) = due.first::<Columns>(connection).optional()? else { return Ok(Vec::new()) };
    // The fence: of several nodes one takes the step. The others wait for its transaction here, and find the row changed.
    let claimed = diesel::update(resend_jobs::table.find(&job.id))
        .filter(resend_jobs::due_at.eq(job.due_at))
        .filter(resend_jobs::status.eq(&job.status))
        .set(resend_jobs::due_at.eq(now.as_micros() + LOOK_AGAIN))
        .execute(connection)?;
    if claimed == 0 {
        return Ok(Vec::new());
    }
    job.due_at = Some(now.as_micros() + LOOK_AGAIN);
    let under_way = note_results(connection, &mut job)?;
    if job.finished_at.is_some() {
        job.due_at = (under_way > 0).then_some(now.as_micros() + AFTER_THE_END);
        write(connection, &job)?;
        return Ok(Vec::new());
    }
    if let Some(reason) = reason_to_stop(connection, &job)? {
        job.end(ResendJobStatus::Stopped, Some(reason), now);
        write(connection, &job)?;
        return Ok(Vec::new());
    }
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
            // What was only passed over takes nothing of the rate.
            job.due_at = Some(
                now.as_micros() + NEXT_SECOND * i64::try_from(resent.len()).unwrap_or(0) / i64::from(count.max(1)),
            );
        }
    }
    write(connection, &job)?;
    Ok(resent)
}

/// Puts off a job whose step has failed, unless somebody has taken one since it was found due: meanwhile the others go on. Whatever is wrong
/// with it may pass.
fn put_off(connection: &mut Db, id: Id, due_since: Option<i64>, now: Timestamp) -> QueryResult<()> {
    let job = resend_jobs::table.find(codec::key(id)).filter(resend_jobs::due_at.eq(due_since));
    let due_at = now.as_micros() + AFTER_A_FAILURE;
    diesel::update(job).set(resend_jobs::due_at.eq(due_at)).execute(connection).map(drop)
}

/// Stops a job that cannot be read, if it is still due: it must not hold up the others. This reads nothing of it. Call it in a write
/// transaction.
fn stop_unreadable(connection: &mut Db, id: Id, now: Timestamp) -> QueryResult<()> {
    let job = resend_jobs::table.find(codec::key(id));
    let is_due = job.clone().filter(resend_jobs::due_at.le(now.as_micros()));
    if !diesel::select(diesel::dsl::exists(is_due)).get_result(connection)? {
        return Ok(());
    }
    diesel::update(job.clone().filter(resend_jobs::finished_at.is_null()))
        .set((
            resend_jobs::status.eq(ResendJobStatus::Stopped.name()),
            resend_jobs::stop_reason.eq(StopReason::InternalError.name()),
            resend_jobs::finished_at.eq(now.as_micros()),
        ))
        .execute(connection)?;
    diesel::update(job).set(resend_jobs::due_at.eq(None::<i64>)).execute(connection)?;
    diesel::delete(resend_items::table.filter(resend_items::job_id.eq(codec::key(id)))).execute(connection).map(drop)
}

/// Why the job cannot go on at all.
fn reason_to_stop(connection: &mut Db, job: &Columns) -> QueryResult<Option<StopReason>> {
    let webhook = webhooks::find(connection, codec::id(&job.tenant_id)?, codec::id(&job.webhook_id)?)?;
    Ok(match webhook.filter(|webhook| webhook.deleted_at.is_none()) {
        None => Some(StopReason::WebhookDeleted),
        Some(webhook) if webhook.status == WebhookStatus::Inactive => Some(StopReason::WebhookInactive),
        Some(_) => None,
    })
}

/// Counts what became of the deliveries that were resent, and returns how many are still under way.
pub(super) fn note_results(connection: &mut Db, job: &mut Columns) -> QueryResult<i32> {
    let items = resend_items::table
        .left_join(deliveries::table.on(deliveries::id.eq(resend_items::delivery_id)))
        .filter(resend_items::job_id.eq(&job.id))
        .filter(resend_items::attempt_count.is_not_null())
        .select((
            resend_items::delivery_id,
            resend_items::attempt_count,
            (deliveries::status, deliveries::attempt_count, deliveries::next_trigger).nullable(),
        ))
        .load::<(Vec<u8>, Option<i32>, Option<(i16, i32, String)>)>(connection)?;
    let (mut under_way, mut known) = (0, Vec::new());
    for (delivery_id, before, now) in items {
        let read = |(status, attempts, next): (_, _, String)| {
            QueryResult::Ok((codec::delivery_status_of(status)?, attempts, next != NextAttempt::Scheduled.name()))
        };
        let now = now.map(read).transpose()?;
        match now {
            // One that was interrupted counts as an attempt, and the resend is still to be made.
            Some((DeliveryStatus::Pending | DeliveryStatus::Retrying, attempts, to_be_made))
                if Some(attempts) <= before || to_be_made =>
            {
                under_way += 1;
                continue;
            }
            // Purged meanwhile, so nobody will know; or cancelled before the attempt.
            None => job.skipped += 1,
            Some((DeliveryStatus::Cancelled, attempts, to_be_made)) if Some(attempts) <= before || to_be_made => {
                job.skipped += 1;
            }
            Some((status, ..)) => {
                let delivered = status == DeliveryStatus::Delivered;
                job.delivered += i32::from(delivered);
                job.step_delivered += i32::from(delivered);
                job.failed += i32::from(!delivered);
                job.step_failed += i32::from(!delivered);
            }
        }
        known.push(delivery_id);
    }
    forget(connection, job, known)?;
    Ok(under_way)
}

/// Sends the next deliveries, oldest first and `count` at most. Those that have no need of it any more are passed over.
fn resend(connection: &mut Db, job: &mut Columns, count: i32, now: Timestamp) -> QueryResult<Vec<Id>> {
    let next = NextAttempt::of(&job.next_trigger)?;
    let items = resend_items::table
        .filter(resend_items::job_id.eq(&job.id))
        .filter(resend_items::attempt_count.is_null())
        .order(resend_items::delivery_id)
        .limit(LOOKED)
        .select((resend_items::delivery_id, resend_items::event_id))
        .load::<(Vec<u8>, Option<Vec<u8>>)>(connection)?;
    let (mut left, mut resent, mut skipped) = (count, Vec::new(), Vec::new());
    for (delivery_id, event_id) in items {
        if left == 0 {
            break;
        }
        let by = &job.started_by;
        let due = match event_id {
            None => store_deliveries::make_due(connection, &delivery_id, next, by, now)?,
            Some(event_id) => {
                let missed = Missed { event_id: &event_id, webhook_id: &job.webhook_id };
                store_deliveries::create_due(connection, &delivery_id, missed, next, by, now)?
            }
        };
        let Some(attempt_count) = due else {
            job.skipped += 1;
            skipped.push(delivery_id);
            continue;
        };
        diesel::update(resend_items::table.find((&job.id, &delivery_id)))
            .set(resend_items::attempt_count.eq(attempt_count))
            .execute(connection)?;
        job.resent += 1;
        job.step_resent += 1;
        left -= 1;
        resent.push(codec::id(&delivery_id)?);
    }
    forget(connection, job, skipped)?;
    Ok(resent)
}

/// Those items need no more of the job.
fn forget(connection: &mut Db, job: &Columns, delivery_ids: Vec<Vec<u8>>) -> QueryResult<()> {
    let of_job = resend_items::table.filter(resend_items::job_id.eq(&job.id));
    diesel::delete(of_job.filter(resend_items::delivery_id.eq_any(delivery_ids))).execute(connection).map(drop)
}
