//! The lists of deliveries.

use super::{Columns, read};
use crate::store::{
    codec::{self, lower},
    condition::{Condition, boxed},
    connection::Db,
    events::events_named,
    hand_over::Resting,
    page::{Rows, SEARCHED, Slice},
    schema::{deliveries, events},
    webhooks,
};
use diesel::{dsl::exists, prelude::*};
use shared::{DeliveryStatus, DeliverySummary, Failure, Id, Timestamp};

/// Which deliveries a list shows.
#[derive(Clone, Debug, Default)]
pub struct DeliveryFilter {
    /// Only to this webhook.
    pub webhook_id: Option<Id>,
    /// Only in one of these states; empty means any.
    pub statuses: Vec<DeliveryStatus>,
    /// Only of this `SOURCE.TYPE`.
    pub event_type: Option<String>,
    /// Only those that last failed so.
    pub failure: Option<Failure>,
    /// Only those that the receiver last answered so.
    pub status_code: Option<u16>,
    /// Only from this instant on.
    pub from: Option<Timestamp>,
    /// Only before this instant.
    pub to: Option<Timestamp>,
    /// Only of events with this id of their publishers'.
    pub ce_id: Option<String>,
    /// Only with this id (the delivery's, the event's, or the publisher's), or with this text in the type or the payload.
    pub search: Option<String>,
}

impl DeliveryFilter {
    /// Whether the list may look through very many deliveries. An id that names none of them is sought as a text, too.
    pub fn searches(&self) -> bool {
        self.search.is_some()
    }
}

type Query<'a> = deliveries::BoxedQuery<'a, <Db as Connection>::Backend>;

/// A tenant's deliveries, newest first. A search for a text may have looked no further than its rows say.
pub fn list(
    connection: &mut Db,
    tenant_id: Id,
    filter: &DeliveryFilter,
    slice: Slice,
    resting: &Resting,
) -> QueryResult<Rows<DeliverySummary>> {
    if let Some(webhook_id) = filter.webhook_id
        && !webhooks::belongs(connection, tenant_id, webhook_id)?
    {
        return Ok(Rows { items: Vec::new(), next: None });
    }
    let found = filter.ce_id.as_ref().map(|ce_id| {
        let named = events_named(connection, tenant_id, ce_id)?;
        of_events(connection, named)
    });
    let of_ce_id = found.transpose()?;
    let (states, of_ce_id) = (states(filter), of_ce_id.as_deref());
    // What changes from one state to another meanwhile must not be missed, nor found twice.
    let look = |connection: &mut Db| {
        let narrowed: Vec<_> =
            states.iter().map(|&status| move || narrowed(tenant_id, filter, of_ce_id, status, slice.before)).collect();
        let search = filter.search.as_deref();
        let begins = slice.before.is_none();
        let (rows, searched_to) = first(connection, tenant_id, search, &narrowed, begins, slice.beyond())?;
        let rows = slice.cut(rows, |row| codec::id(&row.id))?;
        Ok(Rows { items: read(connection, rows.items, resting)?, next: rows.next.or(searched_to) })
    };
    match states.len() {
        // However many events there are, PostgreSQL must not read all of them for those of some deliveries.
        _ if filter.searches() => connection.snapshot_by_index(look),
        2.. => connection.snapshot(look),
        _ => look(connection),
    }
}

/// The states to look for, one query each: an index gives the newest of one state, however many are in another.
fn states(filter: &DeliveryFilter) -> Vec<Option<DeliveryStatus>> {
    let asked: Vec<_> = DeliveryStatus::ALL.into_iter().filter(|status| filter.statuses.contains(status)).collect();
    if asked.is_empty() || asked.len() == DeliveryStatus::ALL.len() {
        vec![None]
    } else {
        asked.into_iter().map(Some).collect()
    }
}

/// The first of what several queries find. The second value is where a search for a text goes on: it has looked no further. `begins`:
/// whether it looks at the newest rows of all.
fn first<'a>(
    connection: &mut Db,
    tenant_id: Id,
    search: Option<&str>,
    queries: &[impl Fn() -> Query<'a>],
    begins: bool,
    limit: u32,
) -> QueryResult<(Vec<Columns>, Option<Id>)> {
    let Some(text) = search else {
        return Ok((newest(connection, queries, |query| query, limit)?, None));
    };
    let named = events_named(connection, tenant_id, text)?;
    let with_ids = |connection: &mut Db, ids: Vec<Vec<u8>>| {
        newest(connection, queries, |query| query.filter(deliveries::id.eq_any(ids.clone())), limit)
    };
    if let Ok(id) = text.parse() {
        let id = codec::key(id);
        let mut found = of_events(connection, named.iter().chain([&id]).cloned().collect())?;
        found.push(id);
        let rows = with_ids(connection, found)?;
        // Ids of this kind stand in payloads too.
        if !rows.is_empty() {
            return Ok((rows, None));
        }
    }
    let (mut rows, mut searched_to) = (Vec::new(), None);
    for most in SEARCHED {
        searched_to = last_of(connection, queries, most)?;
        let narrow = |query| with_text(query, text, &named, searched_to.as_deref());
        rows = newest(connection, queries, narrow, limit)?;
        if searched_to.is_none() || rows.len() == limit as usize {
            break;
        }
    }
    // A publisher's id is found however old. Where newer rows have that text, it may be the text that is meant.
    if begins && rows.is_empty() && searched_to.is_some() && !named.is_empty() {
        let found = of_events(connection, named)?;
        rows = with_ids(connection, found)?;
        if !rows.is_empty() {
            return Ok((rows, None));
        }
    }
    Ok((rows, searched_to.map(|id| codec::id(&id)).transpose()?))
}

/// The newest of what several queries find.
fn newest<'a>(
    connection: &mut Db,
    queries: &[impl Fn() -> Query<'a>],
    narrow: impl Fn(Query<'a>) -> Query<'a>,
    limit: u32,
) -> QueryResult<Vec<Columns>> {
    let mut rows = Vec::new();
    for query in queries {
        let query = narrow(query()).order(deliveries::id.desc()).limit(i64::from(limit)).select(Columns::as_select());
        rows.extend(query.load::<Columns>(connection)?);
    }
    rows.sort_by(|a, b| b.id.cmp(&a.id));
    rows.truncate(limit as usize);
    Ok(rows)
}

/// The last row that a search looks at which looks at so many of each query, where there are more.
fn last_of<'a>(connection: &mut Db, queries: &[impl Fn() -> Query<'a>], most: i64) -> QueryResult<Option<Vec<u8>>> {
    let mut last = None;
    for query in queries {
        let of_query = query().order(deliveries::id.desc()).select(deliveries::id).offset(most).limit(1);
        last = last.max(of_query.first(connection).optional()?);
    }
    Ok(last)
}

/// The deliveries of those events. A step of its own, and in no order, as the databases would read the whole list to have it in the right
/// one.
fn of_events(connection: &mut Db, events: Vec<Vec<u8>>) -> QueryResult<Vec<Vec<u8>>> {
    let [.., most] = SEARCHED;
    let found = deliveries::table.filter(deliveries::event_id.eq_any(events)).select(deliveries::id);
    found.limit(most).load(connection)
}

/// Those whose type or payload has that text, or whose events are among those; down to that row.
fn with_text<'a>(query: Query<'a>, text: &str, named: &[Vec<u8>], last: Option<&[u8]>) -> Query<'a> {
    let query = last.into_iter().fold(query, |query, last| query.filter(deliveries::id.ge(last.to_vec())));
    let in_payload = |text: &str| {
        let of_delivery = events::table.filter(events::id.eq(deliveries::event_id));
        let has = lower(events::payload).like(lower(codec::contains(text))).escape('\\');
        exists(of_delivery.filter(has).select(events::id))
    };
    let in_type = lower(deliveries::event_type).like(lower(codec::contains(text))).escape('\\');
    let found = in_type.or(deliveries::event_id.eq_any(named.to_vec())).or(in_payload(text));
    query.filter(codec::escaped(text).iter().fold(boxed(found), |found, way| boxed(found.or(in_payload(way)))))
}

/// The deliveries in that state, or in any, that a filter lets through, but for its search. `of_ce_id`: those of the publisher's id that
/// it asks for.
fn narrowed<'a>(
    tenant_id: Id,
    filter: &'a DeliveryFilter,
    of_ce_id: Option<&[Vec<u8>]>,
    status: Option<DeliveryStatus>,
    before: Option<Id>,
) -> Query<'a> {
    let DeliveryFilter { webhook_id, statuses: _, event_type, failure, status_code, from, to, ce_id: _, search: _ } =
        filter;
    let mut query = deliveries::table.into_boxed();
    // One condition or the other, not both: with both SQLite may read all of the tenant's deliveries for one webhook's.
    query = match webhook_id {
        Some(webhook_id) => query.filter(deliveries::webhook_id.eq(codec::key(*webhook_id))),
        None => query.filter(deliveries::tenant_id.eq(codec::key(tenant_id))),
    };
    let (from, until) = codec::window(*from, *to, before);
    if let Some(from) = from {
        query = query.filter(deliveries::id.ge(from));
    }
    if let Some(until) = until {
        query = query.filter(deliveries::id.lt(until));
    }
    if let Some(of_ce_id) = of_ce_id {
        query = query.filter(deliveries::id.eq_any(of_ce_id.to_vec()));
    }
    if let Some(status) = status {
        query = query.filter(deliveries::status.eq(codec::delivery_status(status)));
        // What follows from the status has the predicates of the indexes by status, to the letter.
        query = match status {
            DeliveryStatus::Delivered => query,
            // Elsewhere this would mislead PostgreSQL: to the index by types, whose rows it would have to sort.
            DeliveryStatus::Retrying | DeliveryStatus::Failed if webhook_id.is_some() && event_type.is_some() => {
                query.filter(Condition("status IN (1, 3)"))
            }
            _ => query.filter(Condition("status + 0 <> 2")),
        };
    }
    if let Some(event_type) = event_type {
        query = query.filter(deliveries::event_type.eq(event_type));
    }
    if let Some(failure) = failure {
        query = query.filter(deliveries::failure.eq(failure.name()));
    }
    if let Some(status_code) = status_code {
        query = query.filter(deliveries::status_code.eq(codec::signed::<i16>(*status_code)));
        if !(200..300).contains(status_code) {
            // Follows from the code, and is the predicate of the index by codes.
            query = query.filter(deliveries::failure.is_not_null());
        }
    }
    query
}
