//! What attempts say about their webhooks: since when they fail, and when a webhook is deactivated for it.

use super::{codec, connection::Db, queue, schema::webhooks, webhooks::deactivate};
use diesel::prelude::*;
use shared::{Id, InactiveReason, Timestamp, WebhookStatus};
use std::collections::BTreeMap;

/// A webhook is deactivated when every attempt failed for at least so long,
pub const FAILING_SECONDS: i64 = 86_400;
/// and so many in a row: one attempt a day that failed twice says little.
pub const FAILING_ATTEMPTS: u32 = 20;

/// What an attempt says about its webhook.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Nothing: no request was made, or the fault was ours.
    Nothing,
    /// The receiver took it.
    Well,
    /// It failed.
    Failed,
    /// The receiver answered 410 Gone: nothing shall be sent to it any more.
    Gone,
}

/// What a batch of attempts says about one webhook.
#[derive(Default)]
struct Streak {
    /// Whether one succeeded, which ends what failed before.
    broken: bool,
    /// How many failed after the last success.
    failures: u32,
    /// When the first of these failed, and the last.
    span: Option<(Timestamp, Timestamp)>,
    gone: Option<Timestamp>,
}

/// Writes what a batch of attempts, in their order, says about their webhooks: webhook by webhook in the order of their ids, so that two
/// nodes never wait for each other in a circle. Returns those that it made inactive.
pub(super) fn record(
    connection: &mut Db,
    verdicts: impl Iterator<Item = (Id, Verdict, Timestamp)>,
) -> QueryResult<Vec<Id>> {
    let mut streaks = BTreeMap::<Id, Streak>::new();
    for (webhook_id, verdict, at) in verdicts.filter(|(_, verdict, _)| *verdict != Verdict::Nothing) {
        let streak = streaks.entry(webhook_id).or_default();
        if verdict == Verdict::Well {
            *streak = Streak { broken: true, gone: streak.gone, ..Streak::default() };
            continue;
        }
        streak.failures += 1;
        streak.span = Some((streak.span.map_or(at, |(first, _)| first), at));
        if verdict == Verdict::Gone {
            streak.gone = Some(at);
        }
    }
    let mut deactivated = Vec::new();
    for (webhook_id, streak) in streaks {
        if streak.write(connection, webhook_id)? {
            deactivated.push(webhook_id);
        }
    }
    Ok(deactivated)
}

impl Streak {
    /// Whether it made the webhook inactive.
    fn write(self, connection: &mut Db, webhook_id: Id) -> QueryResult<bool> {
        let webhook = || webhooks::table.find(codec::key(webhook_id));
        let failures = codec::signed::<i32>(self.failures);
        let since = self.span.map(|(first, _)| first.as_micros());
        if self.broken && self.failures == 0 {
            queue::end_streak(connection, webhook_id)?;
        } else if self.broken {
            diesel::update(webhook())
                .set((webhooks::failure_streak.eq(failures), webhooks::failing_since.eq(since)))
                .execute(connection)?;
        } else {
            diesel::update(webhook())
                .set(webhooks::failure_streak.eq(webhooks::failure_streak + failures))
                .execute(connection)?;
            diesel::update(webhook().filter(webhooks::failing_since.is_null()))
                .set(webhooks::failing_since.eq(since))
                .execute(connection)?;
        }
        if let Some(at) = self.gone {
            return deactivate(connection, webhook_id, InactiveReason::Gone, at);
        }
        let Some((_, last)) = self.span else {
            return Ok(false);
        };
        let failing = webhook()
            .filter(webhooks::status.eq(codec::webhook_status(WebhookStatus::Active)))
            .filter(webhooks::failure_streak.ge(codec::signed::<i32>(FAILING_ATTEMPTS)))
            .filter(webhooks::failing_since.le(last.plus_seconds(-FAILING_SECONDS).as_micros()));
        if diesel::select(diesel::dsl::exists(failing)).get_result(connection)? {
            return deactivate(connection, webhook_id, InactiveReason::Failing, last);
        }
        Ok(false)
    }
}
