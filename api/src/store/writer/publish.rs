//! Recording a batch of events: who wants each of them, whether it was there before, and the hand-over of fresh deliveries.

use super::{Accepted, NewEvent};
use crate::{
    ids::Ids,
    store::{
        Claimed, codec,
        connection::Db,
        hand_over::{HandOver, PlaceFor, Reservation},
        matching::PayloadView,
        nodes::Node,
        queue::{self, Fanout, NewDelivery},
        schema::{event_keys, events, webhooks},
        webhooks::{PACE, Pace},
    },
};
use bytes::Bytes;
use diesel::{
    prelude::*,
    result::{DatabaseErrorKind, Error},
};
use shared::{EventSelection, Id};
use std::{
    borrow::Cow,
    cell::LazyCell,
    collections::{BTreeMap, BTreeSet, HashMap, HashSet},
};

/// To how many webhooks one event may go.
pub const MAX_FANOUT: u16 = 10_000;
/// How many deliveries are written in one statement, about: more could take longer than a statement may.
const TOGETHER: usize = 5_000;

/// What a batch has for the dispatcher once it is on disk.
#[derive(Default)]
pub(super) struct Fresh {
    deliveries: Vec<(Reservation, Claimed)>,
    /// How many deliveries have fallen due instead.
    due: u64,
}

impl Fresh {
    /// Hands the fresh deliveries to the dispatcher, and returns those that it does not take any more. Only after the commit: what is
    /// not on disk is not sent.
    pub(super) fn hand_over(self, hand_over: &HandOver) -> Vec<(Id, u32)> {
        hand_over.hand_over(self.deliveries)
    }

    /// Both together.
    pub(super) fn and(mut self, other: Self) -> Self {
        self.deliveries.extend(other.deliveries);
        self.due += other.due;
        self
    }

    /// How many deliveries are handed over in memory, and how many have fallen due.
    pub(super) fn counts(&self) -> (u64, u64) {
        (self.deliveries.len() as u64, self.due)
    }
}

type Webhooks = BTreeMap<Id, Vec<(Id, EventSelection, Pace)>>;

/// Records events with a delivery for each webhook that wants them. As far as there is room in memory, the deliveries are
/// claimed for this process; the others fall due at once.
pub(super) fn publish(
    connection: &mut Db,
    events: &[&NewEvent],
    node: Node,
    ids: &Ids,
    hand_over: &HandOver,
) -> QueryResult<(Vec<Accepted>, Fresh)> {
    if events.is_empty() {
        return Ok(Default::default());
    }
    // Read for each batch and after its events came, so no cache can go stale: an edit counts for all that is published after it.
    let webhooks = webhooks_of(connection, events)?;
    let mut handed_over = Vec::<(Reservation, (Id, Claimed))>::new();
    let mut fanouts = Vec::with_capacity(events.len());
    for &event in events {
        let wanting = wanting(&webhooks, event);
        if wanting.len() <= usize::from(MAX_FANOUT) {
            fanouts.push(fan_out(event, &wanting, ids, hand_over, &mut handed_over));
        }
    }
    let mut recorded = HashSet::new();
    for fanouts in parts(&fanouts, |fanout| fanout.deliveries.len(), TOGETHER) {
        recorded.extend(queue::record(connection, fanouts, node)?);
    }
    let matched: BTreeMap<_, _> = fanouts.iter().map(|fanout| (fanout.event.id, fanout.deliveries.len())).collect();
    let again: Vec<_> = events.iter().copied().filter(|event| !recorded.contains(&event.id)).collect();
    let before = recorded_before(connection, &again)?;
    let unanswered = again.iter().filter(|event| before.get(&key(event)).is_some_and(|before| before.id == event.id));
    queue::release_unattempted(connection, unanswered.map(|event| event.id).collect(), node)?;
    let accepted = events.iter().map(|event| match (matched.get(&event.id), before.get(&key(event))) {
        (Some(&matched), _) if recorded.contains(&event.id) => {
            Ok(Accepted::Recorded { id: event.id, matched: codec::count(matched) })
        }
        (_, Some(before)) => Ok(before.means(event)),
        // Its key was there a moment ago, and was purged meanwhile: now there is room for it.
        (Some(_), None) => {
            let lost = Box::new("what had an event's key was purged".to_owned());
            Err(Error::DatabaseError(DatabaseErrorKind::SerializationFailure, lost))
        }
        (None, None) => Ok(Accepted::TooManyWebhooks),
    });
    let accepted = accepted.collect::<QueryResult<_>>()?;
    let new = fanouts.iter().filter(|fanout| recorded.contains(&fanout.event.id));
    let due = new.flat_map(|fanout| &fanout.deliveries).filter(|delivery| !delivery.claimed).count() as u64;
    let fresh = handed_over.into_iter().filter(|(_, claimed)| recorded.contains(&claimed.0));
    let deliveries = fresh.map(|(reservation, (_, claimed))| (reservation, claimed)).collect();
    Ok((accepted, Fresh { deliveries, due }))
}

/// The items in parts: each ends with the item by which it has reached the size of `most`.
fn parts<T>(items: &[T], size: impl Fn(&T) -> usize, most: usize) -> impl Iterator<Item = &[T]> {
    let mut sum = 0;
    items.chunk_by(move |item, _| {
        sum += size(item);
        let goes_on = sum < most;
        if !goes_on {
            sum = 0;
        }
        goes_on
    })
}

/// The active webhooks of the events' tenants.
fn webhooks_of(connection: &mut Db, events: &[&NewEvent]) -> QueryResult<Webhooks> {
    let tenants: BTreeSet<_> = events.iter().map(|event| codec::key(event.tenant_id)).collect();
    let active = webhooks::table
        .filter(webhooks::deleted_at.is_null())
        .filter(webhooks::status.eq(codec::webhook_status(shared::WebhookStatus::Active)))
        .into_boxed();
    // A statement with a list is prepared anew each time, and mostly there is one tenant.
    let of_tenants = match (tenants.first(), tenants.len()) {
        (Some(only), 1) => active.filter(webhooks::tenant_id.eq(only)),
        _ => active.filter(webhooks::tenant_id.eq_any(&tenants)),
    };
    let rows = of_tenants
        .order(webhooks::id)
        .select((webhooks::tenant_id, webhooks::id, webhooks::selection, PACE))
        .load::<(Vec<u8>, Vec<u8>, String, _)>(connection)?;
    let mut webhooks = Webhooks::new();
    for (tenant_id, id, selection, pace) in rows {
        let id = codec::id(&id)?;
        match codec::from_json(&selection, "selection of events").and_then(|read| Ok((read, Pace::read(pace)?))) {
            Ok((selection, pace)) => {
                webhooks.entry(codec::id(&tenant_id)?).or_default().push((id, selection, pace));
            }
            // One row that nobody can read must not keep the tenant from publishing.
            Err(error) => tracing::error!(webhook_id = %id, %error, "a webhook is left out: it cannot be read"),
        }
    }
    Ok(webhooks)
}

fn wanting(webhooks: &Webhooks, event: &NewEvent) -> Vec<(Id, Pace)> {
    let event_type = event.event_type();
    let all = webhooks.get(&event.tenant_id).into_iter().flatten();
    let mut content = PayloadView::of(&event.payload);
    let wanting =
        all.filter(|(_, selection, _)| selection.wants_type(&event_type) && content.meets(&selection.conditions));
    wanting.map(|(id, _, pace)| (*id, *pace)).collect()
}

fn fan_out<'a>(
    event: &'a NewEvent,
    wanting: &[(Id, Pace)],
    ids: &Ids,
    hand_over: &HandOver,
    handed_over: &mut Vec<(Reservation, (Id, Claimed))>,
) -> Fanout<'a> {
    // Only what is handed over needs a copy.
    let payload = LazyCell::new(|| Bytes::from(event.payload.clone()));
    let deliveries = wanting.iter().map(|&(webhook_id, pace)| {
        let id = ids.next(event.created_at);
        let reservation = hand_over.reserve(PlaceFor::Event, webhook_id, pace, event.payload.len());
        let delivery = NewDelivery { id, webhook_id, claimed: reservation.is_some() };
        if let Some(reservation) = reservation {
            let claimed = Claimed::fresh(event, Bytes::clone(&payload), &delivery, pace);
            handed_over.push((reservation, (event.id, claimed)));
        }
        delivery
    });
    Fanout { event, deliveries: deliveries.collect() }
}

/// By what an event counts once: its tenant, id and source.
type Key<'a> = (Id, Cow<'a, str>, Cow<'a, str>);

fn key(event: &NewEvent) -> Key<'_> {
    (event.tenant_id, event.ce_id.as_str().into(), event.source.as_str().into())
}

/// An event that was recorded before.
struct Before {
    id: Id,
    matched: u32,
    /// Nothing when it was erased.
    payload: Option<String>,
}

impl Before {
    /// What it means for an event that has the same tenant, id and source.
    fn means(&self, event: &NewEvent) -> Accepted {
        let &Self { id, matched, ref payload } = self;
        if id == event.id {
            // The commit arrived, its answer did not: the connection was lost in between, and this is the second try.
            Accepted::Recorded { id, matched }
        } else if payload.as_ref().is_none_or(|payload| *payload == event.payload) {
            // Of what was erased nobody can tell whether it was the same, and it must not be recorded anew.
            Accepted::Duplicate { id, matched }
        } else {
            Accepted::Conflict { id }
        }
    }
}

/// The events that have the tenant, id and source of one of these.
fn recorded_before(connection: &mut Db, events: &[&NewEvent]) -> QueryResult<HashMap<Key<'static>, Before>> {
    if events.is_empty() {
        return Ok(HashMap::new());
    }
    let tenants: BTreeSet<_> = events.iter().map(|event| codec::key(event.tenant_id)).collect();
    let ce_ids: BTreeSet<_> = events.iter().map(|event| &event.ce_id).collect();
    let sources: BTreeSet<_> = events.iter().map(|event| &event.source).collect();
    let keys = event_keys::table
        .filter(event_keys::tenant_id.eq_any(tenants))
        .filter(event_keys::ce_id.eq_any(ce_ids))
        .filter(event_keys::source.eq_any(sources))
        .select((event_keys::event_id, event_keys::tenant_id, event_keys::ce_id, event_keys::source))
        .load::<(Vec<u8>, Vec<u8>, String, String)>(connection)?;
    let mut keys: HashMap<_, _> =
        keys.into_iter().map(|(id, tenant_id, ce_id, source)| (id, (tenant_id, ce_id, source))).collect();
    let rows = events::table
        .filter(events::id.eq_any(keys.keys().cloned().collect::<Vec<_>>()))
        .select((events::id, events::matched, events::payload, events::erased_at))
        .load::<(Vec<u8>, i32, String, Option<i64>)>(connection)?;
    let mut before = HashMap::with_capacity(rows.len());
    for (id, matched, payload, erased_at) in rows {
        let Some((tenant_id, ce_id, source)) = keys.remove(&id) else { continue };
        let matched = codec::unsigned(matched, "number of webhooks")?;
        let payload = erased_at.is_none().then_some(payload);
        before.insert(
            (codec::id(&tenant_id)?, ce_id.into(), source.into()),
            Before { id: codec::id(&id)?, matched, payload },
        );
    }
    Ok(before)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_ends_where_it_is_large_enough() {
        let sizes = |items: &[usize]| parts(items, |size| *size, 5).map(<[usize]>::to_vec).collect::<Vec<_>>();
        assert_eq!(sizes(&[2, 2, 2, 9, 1, 0]), [vec![2, 2, 2], vec![9], vec![1, 0]]);
        assert_eq!(sizes(&[]), [[0; 0]; 0]);
    }
}
