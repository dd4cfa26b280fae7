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

/// How a webhook has turned, as the platform may be told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Turn {
    /// [`FAILING_ATTEMPTS`] have failed in a row.
    Failing,
    /// It was made inactive.
    Deactivated,
}

impl Turn {
    /// Every turn.
    pub(super) const ALL: [Self; 2] = [Self::Failing, Self::Deactivated];
}

/// A webhook that has turned.
#[derive(Clone, Copy, Debug)]
pub(super) struct Turned {
    /// The webhook.
    pub(super) webhook_id: Id,
    /// How.
    pub(super) turn: Turn,
    /// When.
    pub(super) at: Timestamp,
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
/// nodes never wait for each other in a circle. Returns those that have turned by it.
pub(super) fn record(
    connection: &mut Db,
    verdicts: impl Iterator<Item = (Id, Verdict, Timestamp)>,
) -> QueryResult<Vec<Turned>> {
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
    let mut turned = Vec::new();
    for (webhook_id, streak) in streaks {
        let turn = streak.write(connection, webhook_id)?;
        turned.extend(turn.map(|(turn, at)| Turned { webhook_id, turn, at }));
    }
    Ok(turned)
}

impl Streak {
    /// How the webhook has turned by it, and when.
    fn write(self, connection: &mut Db, webhook_id: Id) -> QueryResult<Option<(Turn, Timestamp)>> {
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
        let deactivate = |connection: &mut Db, reason, at| {
            let turned = deactivate(connection, webhook_id, reason, at)?;
            Ok(turned.then_some((Turn::Deactivated, at)))
        };
        if let Some(at) = self.gone {
            return deactivate(connection, InactiveReason::Gone, at);
        }
        let Some((_, last)) = self.span else {
            return Ok(None);
        };
        let health = webhook().select((webhooks::status, webhooks::failure_streak, webhooks::failing_since));
        let (status, streak, since) = health.first::<(i16, i32, Option<i64>)>(connection)?;
        let enough = codec::signed::<i32>(FAILING_ATTEMPTS);
        if codec::webhook_status_of(status)? == WebhookStatus::Inactive || streak < enough {
            return Ok(None);
        }
        if since.is_some_and(|since| since <= last.plus_seconds(-FAILING_SECONDS).as_micros()) {
            return deactivate(connection, InactiveReason::Failing, last);
        }
        Ok((streak - failures < enough).then_some((Turn::Failing, last)))
    }
}
