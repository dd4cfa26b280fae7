//! Published events.

use super::{
    codec::{self, lower},
    condition::{Condition, boxed},
    connection::Db,
    deliveries::SEARCHED,
    schema::{deliveries, event_keys, events},
};
use diesel::prelude::*;
use shared::{DeliveryStatus, EventSummary, Id, Timestamp};
use std::collections::BTreeMap;

/// Which events a list shows.
#[derive(Clone, Debug, Default)]
pub struct EventFilter {
    /// Only of this `SOURCE.TYPE`.
    pub event_type: Option<String>,
    /// Only those that no webhook wanted (`false`), or that some did (`true`).
    pub matched: Option<bool>,
    /// Only from this instant on.
    pub from: Option<Timestamp>,
    /// Only before this instant.
    pub to: Option<Timestamp>,
    /// Only those with this id of their publishers'.
    pub ce_id: Option<String>,
    /// Only with this id, or this text in the payload.
    pub search: Option<String>,
}

type Columns = (Vec<u8>, String, String, String, i64, i32, i64, i16, Option<i64>);

const SUMMARY: (
    events::id,
    events::source,
    events::kind,
    events::ce_id,
    events::time,
    events::matched,
    events::created_at,
    events::test,
    events::erased_at,
) = (
    events::id,
    events::source,
    events::kind,
    events::ce_id,
    events::time,
    events::matched,
    events::created_at,
    events::test,
    events::erased_at,
);

fn read(columns: Columns) -> QueryResult<EventSummary> {
    let (id, source, kind, ce_id, time, matched, created_at, test, erased_at) = columns;
    Ok(EventSummary {
        id: codec::id(&id)?,
        source,
        kind,
        ce_id,
        time: Timestamp::from_micros(time),
        matched: codec::unsigned(matched, "number of webhooks")?,
        created_at: Timestamp::from_micros(created_at),
        test: test != 0,
        erased_at: erased_at.map(Timestamp::from_micros),
    })
}

/// A tenant's events, newest first, from the one after `before`. The second value is where a search for a text or a type goes on: it
/// has looked no further.
pub fn list(
    connection: &mut Db,
    tenant_id: Id,
    filter: &EventFilter,
    before: Option<Id>,
    limit: u32,
) -> QueryResult<(Vec<EventSummary>, Option<Id>)> {
    let EventFilter { event_type, ce_id, search, .. } = filter;
    let of_ce_id = ce_id.as_ref().map(|ce_id| events_named(connection, tenant_id, ce_id)).transpose()?;
    // Ids of this kind stand in payloads too: where none is an event's, they are searched for as a text.
    let id = match search.as_ref().and_then(|search| search.parse::<Id>().ok()) {
        Some(id) => {
            let event = events::table.find(codec::key(id)).filter(events::tenant_id.eq(codec::key(tenant_id)));
            event.select(events::id).first::<Vec<u8>>(connection).optional()?
        }
        None => None,
    };
    let named = search.as_ref().map(|search| events_named(connection, tenant_id, search)).transpose()?;
    let searches = event_type.is_some() || (search.is_some() && id.is_none());
    let (mut rows, mut searched_to) = (Vec::new(), None);
    for most in SEARCHED {
        let mut query = narrowed(tenant_id, filter, of_ce_id.as_deref(), before);
        if searches {
            let last = narrowed(tenant_id, filter, of_ce_id.as_deref(), before).order(events::id.desc());
            searched_to = last.select(events::id).offset(most).limit(1).first::<Vec<u8>>(connection).optional()?;
        }
        if let Some(last) = &searched_to {
            query = query.filter(events::id.ge(last.clone()));
        }
        if let Some(event_type) = event_type {
            query = query.filter(events::source.concat(".").concat(events::kind).eq(event_type));
        }
        if let (Some(search), Some(named)) = (search, named.clone()) {
            query = match &id {
                Some(id) => query.filter(events::id.eq_any(named.into_iter().chain([id.clone()]))),
                None => {
                    let has = |text: &str| lower(events::payload).like(lower(codec::contains(text))).escape('\\');
                    let found = has(search).or(events::id.eq_any(named));
                    query.filter(
                        codec::escaped(search).iter().fold(boxed(found), |found, way| boxed(found.or(has(way)))),
                    )
                }
            };
        }
        let query = query.order(events::id.desc()).limit(i64::from(limit)).select(SUMMARY);
        rows = query.load::<Columns>(connection)?;
        if searched_to.is_none() || rows.len() == limit as usize {
            break;
        }
    }
    let rows = rows.into_iter().map(read).collect::<QueryResult<_>>()?;
    Ok((rows, searched_to.map(|id| codec::id(&id)).transpose()?))
}

/// The events that a filter lets through, but for its type and its search, which no index serves. `of_ce_id`: those with
/// the publisher's id that it asks for.
fn narrowed<'a>(
    tenant_id: Id,
    filter: &'a EventFilter,
    of_ce_id: Option<&[Vec<u8>]>,
    before: Option<Id>,
) -> events::BoxedQuery<'a, <Db as Connection>::Backend> {
    let EventFilter { event_type: _, matched, from, to, ce_id: _, search: _ } = filter;
    let mut query = events::table.filter(events::tenant_id.eq(codec::key(tenant_id))).into_boxed();
    let (from, until) = codec::window(*from, *to, before);
    if let Some(from) = from {
        query = query.filter(events::id.ge(from));
    }
    if let Some(until) = until {
        query = query.filter(events::id.lt(until));
    }
    if let Some(of_ce_id) = of_ce_id {
        query = query.filter(events::id.eq_any(of_ce_id.to_vec()));
    }
    match matched {
        Some(true) => query = query.filter(events::matched.gt(0)),
        // The predicate of the index of events that nobody wanted, to the letter.
        Some(false) => query = query.filter(Condition("matched = 0")),
        None => {}
    }
    query
}

/// The events that their publishers gave this id; one for each source that has one.
pub(super) fn events_named(connection: &mut Db, tenant_id: Id, ce_id: &str) -> QueryResult<Vec<Vec<u8>>> {
    event_keys::table
        .filter(event_keys::tenant_id.eq(codec::key(tenant_id)))
        .filter(event_keys::ce_id.eq(ce_id))
        .select(event_keys::event_id)
        .load(connection)
}

/// An event and its payload, unless that was erased.
pub fn find(connection: &mut Db, tenant_id: Id, id: Id) -> QueryResult<Option<(EventSummary, Option<String>)>> {
    let found = events::table
        .find(codec::key(id))
        .filter(events::tenant_id.eq(codec::key(tenant_id)))
        .select((SUMMARY, events::payload))
        .first::<(Columns, String)>(connection)
        .optional()?;
    let read = |(columns, payload)| {
        let summary = read(columns)?;
        let payload = summary.erased_at.is_none().then_some(payload);
        Ok((summary, payload))
    };
    found.map(read).transpose()
}

/// The deliveries of an event, by webhook: each delivery, and where it stands.
pub fn deliveries_of(connection: &mut Db, id: Id) -> QueryResult<BTreeMap<Id, (Id, DeliveryStatus)>> {
    let rows = deliveries::table
        .filter(deliveries::event_id.eq(codec::key(id)))
        .select((deliveries::webhook_id, deliveries::id, deliveries::status))
        .load::<(Vec<u8>, Vec<u8>, i16)>(connection)?;
    rows.into_iter()
        .map(|(webhook_id, id, status)| {
            Ok((codec::id(&webhook_id)?, (codec::id(&id)?, codec::delivery_status_of(status)?)))
        })
        .collect()
}
