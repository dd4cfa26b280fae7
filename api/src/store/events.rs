//! Published events.

use super::{
    codec::{self, lower},
    condition::{Condition, boxed},
    connection::Db,
    page::{Rows, SEARCHED, Slice},
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

impl EventFilter {
    /// Whether the list may look through very many events: no index tells their types, and an id that is no event's is sought as a text.
    pub fn searches(&self) -> bool {
        self.search.is_some() || self.event_type.is_some()
    }
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = events)]
struct Columns {
    id: Vec<u8>,
    source: String,
    kind: String,
    ce_id: String,
    time: i64,
    matched: i32,
    created_at: i64,
    test: i16,
    erased_at: Option<i64>,
}

impl Columns {
    fn read(self) -> QueryResult<EventSummary> {
        let Self { id, source, kind, ce_id, time, matched, created_at, test, erased_at } = self;
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
}

/// A tenant's events, newest first. A search for a text or a type may have looked no further than its rows say.
pub fn list(connection: &mut Db, tenant_id: Id, filter: &EventFilter, slice: Slice) -> QueryResult<Rows<EventSummary>> {
    let named = |connection: &mut Db, ce_id: &String| events_named(connection, tenant_id, ce_id);
    let of_ce_id = filter.ce_id.as_ref().map(|ce_id| named(connection, ce_id)).transpose()?;
    let sought = filter.search.as_deref().map(|text| Sought::of(connection, tenant_id, text)).transpose()?;
    let all = || narrowed(tenant_id, filter, of_ce_id.as_deref(), slice.before);
    let most = slice.beyond();
    let first = |connection: &mut Db, query| {
        let query = with_type(query, filter.event_type.as_deref());
        let query = with_sought(query, sought.as_ref());
        query.order(events::id.desc()).limit(most.into()).select(Columns::as_select()).load::<Columns>(connection)
    };
    let (mut rows, mut searched_to) = (Vec::new(), None);
    if filter.event_type.is_none() && !matches!(sought, Some(Sought::Text(..))) {
        rows = first(connection, all())?;
    } else {
        for searched in SEARCHED {
            let last = all().order(events::id.desc()).select(events::id).offset(searched).limit(1);
            searched_to = last.first::<Vec<u8>>(connection).optional()?;
            let newest = match &searched_to {
                Some(last) => all().filter(events::id.ge(last.clone())),
                None => all(),
            };
            rows = first(connection, newest)?;
            if searched_to.is_none() || rows.len() == most as usize {
                break;
            }
        }
        // A publisher's id is found however old. Where newer events have that text, it may be the text that is meant.
        if let (true, None, Some(_), Some(Sought::Text(_, named))) =
            (rows.is_empty(), slice.before, &searched_to, &sought)
            && !named.is_empty()
        {
            rows = first(connection, all().filter(events::id.eq_any(named.clone())))?;
            searched_to = searched_to.filter(|_| rows.is_empty());
        }
    }
    let mut rows = slice.cut(rows, |row| codec::id(&row.id))?.try_map(Columns::read)?;
    rows.next = rows.next.or(searched_to.map(|id| codec::id(&id)).transpose()?);
    Ok(rows)
}

type Query<'a> = events::BoxedQuery<'a, <Db as Connection>::Backend>;

/// What a search is for.
enum Sought<'a> {
    /// The events of these ids.
    Events(Vec<Vec<u8>>),
    /// What has this text in its payload, and the events of these ids, whose publishers called them so.
    Text(&'a str, Vec<Vec<u8>>),
}

impl<'a> Sought<'a> {
    fn of(connection: &mut Db, tenant_id: Id, text: &'a str) -> QueryResult<Self> {
        let mut named = events_named(connection, tenant_id, text)?;
        // Ids of this kind stand in payloads too: one that is no event's is searched for as a text.
        if let Ok(id) = text.parse() {
            let event = events::table.find(codec::key(id)).filter(events::tenant_id.eq(codec::key(tenant_id)));
            if let Some(id) = event.select(events::id).first(connection).optional()? {
                named.push(id);
                return Ok(Self::Events(named));
            }
        }
        Ok(Self::Text(text, named))
    }
}

fn with_type<'a>(query: Query<'a>, event_type: Option<&'a str>) -> Query<'a> {
    match event_type {
        Some(event_type) => query.filter(events::source.concat(".").concat(events::kind).eq(event_type)),
        None => query,
    }
}

fn with_sought<'a>(query: Query<'a>, sought: Option<&Sought<'a>>) -> Query<'a> {
    match sought {
        Some(Sought::Events(ids)) => query.filter(events::id.eq_any(ids.clone())),
        Some(Sought::Text(text, named)) => {
            let has = |text: &str| lower(events::payload).like(lower(codec::contains(text))).escape('\\');
            let found = has(text).or(events::id.eq_any(named.clone()));
            query.filter(codec::escaped(text).iter().fold(boxed(found), |found, way| boxed(found.or(has(way)))))
        }
        None => query,
    }
}

/// The events that a filter lets through, but for its type and its search, which no index serves. `of_ce_id`: those with
/// the publisher's id that it asks for.
fn narrowed<'a>(tenant_id: Id, filter: &'a EventFilter, of_ce_id: Option<&[Vec<u8>]>, before: Option<Id>) -> Query<'a> {
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
        .select((Columns::as_select(), events::payload))
        .first::<(Columns, String)>(connection)
        .optional()?;
    let read = |(columns, payload): (Columns, String)| {
        let summary = columns.read()?;
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
