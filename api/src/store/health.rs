//! What attempts say about their webhooks: since when they fail, and when a webhook is deactivated for it.

use super::{audit, codec, connection::Db, schema::webhooks, writer::Settlement};
use crate::ids::Ids;
use diesel::prelude::*;
use shared::{ActorKind, AuditAction, AuditEntry, Id, InactiveReason, Timestamp, WebhookStatus};
use std::collections::BTreeMap;

/// For how many hours every attempt of a webhook must have failed at least before it is deactivated; a setting may say more.
pub const FAILING_HOURS: u32 = 24;
/// How many must have failed in a row too: one attempt a day that failed twice says little.
pub const FAILING_ATTEMPTS: u32 = 20;

/// When a webhook is deactivated at which every attempt fails, [`FAILING_ATTEMPTS`] or more in a row. One that answers 410 is whatever this
/// says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Deactivate {
    /// Once they have failed for so many hours.
    AfterHours(u32),
    /// Never by itself.
    Never,
}

impl Default for Deactivate {
    fn default() -> Self {
        Self::AfterHours(FAILING_HOURS)
    }
}

impl Deactivate {
    /// Whether failures from `since` to `last` are enough.
    fn is_due(self, since: Timestamp, last: Timestamp) -> bool {
        match self {
            Self::AfterHours(hours) => since <= last.plus_seconds(-i64::from(hours) * 3_600),
            Self::Never => false,
        }
    }
}

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

/// What a webhook has come to, as the platform may be told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Transition {
    /// [`FAILING_ATTEMPTS`] have failed in a row.
    Failing,
    /// It was made inactive, for that reason.
    Deactivated(InactiveReason),
    /// One has succeeded after it was told as failing or deactivated.
    Recovered,
}

impl Transition {
    /// One of each.
    pub(super) const EACH: [Self; 3] = [Self::Failing, Self::Deactivated(InactiveReason::Failing), Self::Recovered];

    /// Why it was made inactive, if it was.
    pub(super) const fn inactive_reason(self) -> Option<InactiveReason> {
        match self {
            Self::Deactivated(reason) => Some(reason),
            Self::Failing | Self::Recovered => None,
        }
    }
}

/// A webhook that has come to another state.
#[derive(Clone, Copy, Debug)]
pub(super) struct Transitioned {
    /// The webhook.
    pub(super) webhook_id: Id,
    /// How.
    pub(super) transition: Transition,
    /// When.
    pub(super) at: Timestamp,
}

/// A webhook as attempts have read it. What they say counts for these settings: where somebody has changed them meanwhile, nobody knows
/// yet how attempts go.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Seen {
    webhook_id: Id,
    version: u64,
}

/// What a batch of attempts says about one webhook.
#[derive(Default)]
struct Streak {
    /// When one succeeded, which ends what failed before.
    well: Option<Timestamp>,
    /// How many failed after the last success.
    failures: u32,
    /// When the first of these failed, and the last.
    span: Option<(Timestamp, Timestamp)>,
    gone: Option<Timestamp>,
}

/// Writes what a batch of attempts, in their order, says about their webhooks: webhook by webhook in the order of their ids, so that two
/// nodes never wait for each other in a circle. Returns what they have come to by it.
pub(super) fn record<'a>(
    connection: &mut Db,
    settlements: impl Iterator<Item = &'a Settlement>,
    deactivate: Deactivate,
    ids: &Ids,
) -> QueryResult<Vec<Transitioned>> {
    let mut streaks = BTreeMap::<Seen, Streak>::new();
    for &Settlement { webhook_id, verdict, at, ref attempt, .. } in settlements {
        let version = attempt.as_ref().and_then(|attempt| attempt.webhook_version);
        let Some(version) = version.filter(|_| verdict != Verdict::Nothing) else { continue };
        let streak = streaks.entry(Seen { webhook_id, version }).or_default();
        if verdict == Verdict::Well {
            *streak = Streak { well: Some(at), gone: streak.gone, ..Streak::default() };
            continue;
        }
        streak.failures += 1;
        streak.span = Some((streak.span.map_or(at, |(first, _)| first), at));
        if verdict == Verdict::Gone {
            streak.gone = Some(at);
        }
    }
    let mut transitions = Vec::new();
    for (seen, streak) in streaks {
        let webhook_id = seen.webhook_id;
        let recovered = streak.end(connection, seen)?;
        streak.count(connection, seen)?;
        let fell = streak.judge(connection, seen, deactivate, ids)?;
        if fell.is_some() {
            diesel::update(webhooks::table.find(codec::key(webhook_id)))
                .set(webhooks::in_alarm.eq(1))
                .execute(connection)?;
        }
        transitions.extend([recovered, fell].into_iter().flatten().map(|(transition, at)| Transitioned {
            webhook_id,
            transition,
            at,
        }));
    }
    Ok(transitions)
}

impl Streak {
    /// Ends what failed before, where one has succeeded.
    fn end(&self, connection: &mut Db, seen: Seen) -> QueryResult<Option<(Transition, Timestamp)>> {
        let Some(at) = self.well else { return Ok(None) };
        let webhook = || diesel::update(found(seen));
        webhook()
            .filter(webhooks::failure_streak.gt(0))
            .set((webhooks::failure_streak.eq(0), webhooks::failing_since.eq(None::<i64>)))
            .execute(connection)?;
        // One that was under way when the webhook was deactivated does not make it well.
        let active = webhooks::status.eq(codec::webhook_status(WebhookStatus::Active));
        let recovered = webhook()
            .filter(webhooks::in_alarm.eq(1))
            .filter(active)
            .set(webhooks::in_alarm.eq(0))
            .execute(connection)?;
        Ok((recovered == 1).then_some((Transition::Recovered, at)))
    }

    /// Counts what has failed since.
    fn count(&self, connection: &mut Db, seen: Seen) -> QueryResult<()> {
        let Some((first, _)) = self.span else { return Ok(()) };
        diesel::update(found(seen))
            .set(webhooks::failure_streak.eq(webhooks::failure_streak + codec::signed::<i32>(self.failures)))
            .execute(connection)?;
        diesel::update(found(seen).filter(webhooks::failing_since.is_null()))
            .set(webhooks::failing_since.eq(first.as_micros()))
            .execute(connection)?;
        Ok(())
    }

    /// Whether that is enough to tell of the webhook, or to deactivate it.
    fn judge(
        &self,
        connection: &mut Db,
        seen: Seen,
        deactivate: Deactivate,
        ids: &Ids,
    ) -> QueryResult<Option<(Transition, Timestamp)>> {
        if let Some(at) = self.gone {
            return make_inactive(connection, seen, InactiveReason::Gone, at, ids);
        }
        let Some((_, last)) = self.span else { return Ok(None) };
        let active = found(seen)
            .filter(webhooks::status.eq(codec::webhook_status(WebhookStatus::Active)))
            .filter(webhooks::deleted_at.is_null())
            .select((webhooks::failure_streak, webhooks::failing_since));
        let Some((streak, since)) = active.first::<(i32, Option<i64>)>(connection).optional()? else {
            return Ok(None);
        };
        let (streak, enough) = (codec::unsigned::<u32>(streak, "number of failures")?, FAILING_ATTEMPTS);
        if streak < enough {
            return Ok(None);
        }
        if since.is_some_and(|since| deactivate.is_due(Timestamp::from_micros(since), last)) {
            return make_inactive(connection, seen, InactiveReason::Failing, last, ids);
        }
        Ok((streak.saturating_sub(self.failures) < enough).then_some((Transition::Failing, last)))
    }
}

/// The webhook, unless somebody has changed it since.
#[diesel::dsl::auto_type]
fn found(seen: Seen) -> _ {
    let id: Vec<u8> = codec::key(seen.webhook_id);
    let version: i64 = codec::signed::<i64>(seen.version);
    webhooks::table.find(id).filter(webhooks::version.eq(version))
}

/// Makes an active webhook inactive for a reason of the system's: the one place where that happens. Nothing where it was inactive already,
/// deleted, or changed meanwhile.
fn make_inactive(
    connection: &mut Db,
    seen: Seen,
    reason: InactiveReason,
    now: Timestamp,
    ids: &Ids,
) -> QueryResult<Option<(Transition, Timestamp)>> {
    let id = seen.webhook_id;
    let changed = diesel::update(found(seen))
        .filter(webhooks::deleted_at.is_null())
        .filter(webhooks::status.eq(codec::webhook_status(WebhookStatus::Active)))
        .set((
            webhooks::status.eq(codec::webhook_status(WebhookStatus::Inactive)),
            webhooks::inactive_reason.eq(reason.name()),
            webhooks::inactive_since.eq(now.as_micros()),
            webhooks::version.eq(webhooks::version + 1),
            webhooks::updated_at.eq(now.as_micros()),
            webhooks::updated_by.eq(None::<String>),
        ))
        .execute(connection)?;
    if changed == 0 {
        return Ok(None);
    }
    let found = webhooks::table.find(codec::key(id)).select((webhooks::tenant_id, webhooks::url));
    let (tenant_id, url) = found.first::<(Vec<u8>, String)>(connection)?;
    // Nobody did it: that it happened must be found all the same.
    let action = AuditAction::WebhookDeactivated;
    let mut entry = AuditEntry::by_itself(ids.next(now), ActorKind::System, action, id, &url);
    entry.before = Some(r#"{"status":"active"}"#.to_owned());
    entry.after = Some(format!(r#"{{"status":"inactive","inactive_reason":"{}"}}"#, reason.name()));
    audit::append(connection, codec::id(&tenant_id)?, &entry)?;
    Ok(Some((Transition::Deactivated(reason), now)))
}
