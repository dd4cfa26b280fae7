//! The lists of deliveries.

use super::{Row, SUMMARY};
use crate::store::{
    codec::{self, lower},
    condition::Condition,
    connection::Db,
    events::events_named,
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
    /// Only with this id (the delivery's, the event's, or the publisher's), or with this text in the type or the payload.
    pub search: Option<String>,
}

/// How many of the newest rows one page of a search for a text looks at: about as many as a person waits for. Older ones are searched
/// by the next page.
pub(in crate::store) const SEARCHED: i64 = 20_000;

type Query<'a> = deliveries::BoxedQuery<'a, <Db as Connection>::Backend>;

/// A tenant's deliveries, newest first, from the one after `before`. The second value is where a search for a text goes on: it has
/// looked no further.
pub fn list(
    connection: &mut Db,
    tenant_id: Id,
    filter: &DeliveryFilter,
    before: Option<Id>,
    limit: u32,
) -> QueryResult<(Vec<DeliverySummary>, Option<Id>)> {
    if let Some(webhook_id) = filter.webhook_id
        && !webhooks::belongs(connection, tenant_id, webhook_id)?
    {
        return Ok((Vec::new(), None));
    }
    let states = states(filter);
    // What changes from one state to another meanwhile must not be missed, nor found twice.
    let read = |connection: &mut Db| {
        let narrowed: Vec<_> =
            states.iter().map(|&status| move || narrowed(tenant_id, filter, status, before)).collect();
        page(connection, tenant_id, filter.search.as_deref(), &narrowed, limit)
    };
    if states.len() > 1 { connection.snapshot(read) } else { read(connection) }
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

/// The newest of what several queries find.
fn page<'a>(
    connection: &mut Db,
    tenant_id: Id,
    search: Option<&str>,
    queries: &[impl Fn() -> Query<'a>],
    limit: u32,
) -> QueryResult<(Vec<DeliverySummary>, Option<Id>)> {
    let search = search.map(|text| Search::of(connection, tenant_id, text, queries)).transpose()?;
    let mut rows = Vec::new();
    for query in queries {
        let query = search.iter().fold(query(), |query, search| search.narrow(query));
        rows.extend(
            query.order(deliveries::id.desc()).limit(i64::from(limit)).select(SUMMARY).load::<Row>(connection)?,
        );
    }
    rows.sort_by(|a, b| b.id.cmp(&a.id));
    let rows = rows.into_iter().take(limit as usize).map(Row::read).collect::<QueryResult<_>>()?;
    let searched_to = search.and_then(|search| search.last);
    Ok((rows, searched_to.map(|id| codec::id(&id)).transpose()?))
}

/// A search for an id or a text.
struct Search {
    /// A text: what stands somewhere in the type or the payload.
    pattern: Option<String>,
    /// An id: the deliveries that have it, or whose events do.
    deliveries: Vec<Vec<u8>>,
    /// The events whose publishers gave them this name.
    events: Vec<Vec<u8>>,
    /// The last row that is looked at, where there are more.
    last: Option<Vec<u8>>,
}

impl Search {
    fn of<'a>(connection: &mut Db, tenant_id: Id, text: &str, queries: &[impl Fn() -> Query<'a>]) -> QueryResult<Self> {
        let named = events_named(connection, tenant_id, text)?;
        if let Ok(id) = text.parse::<Id>() {
            let id = codec::key(id);
            let events = named.into_iter().chain([id.clone()]);
            // Two steps, as the databases would read the whole list for either of two conditions.
            let of_events = deliveries::table.filter(deliveries::event_id.eq_any(events)).select(deliveries::id);
            let mut found = of_events.order(deliveries::id.desc()).limit(SEARCHED).load::<Vec<u8>>(connection)?;
            found.push(id);
            return Ok(Self { pattern: None, deliveries: found, events: Vec::new(), last: None });
        }
        let mut last = None;
        for query in queries {
            let of_query = query().order(deliveries::id.desc()).select(deliveries::id).offset(SEARCHED).limit(1);
            last = last.max(of_query.first::<Vec<u8>>(connection).optional()?);
        }
        Ok(Self { pattern: Some(codec::contains(text)), deliveries: Vec::new(), events: named, last })
    }

    fn narrow<'a>(&self, query: Query<'a>) -> Query<'a> {
        let Self { pattern, deliveries: found, events: named, last } = self;
        let Some(pattern) = pattern else {
            return query.filter(deliveries::id.eq_any(found.clone()));
        };
        let query = last.iter().fold(query, |query, last| query.filter(deliveries::id.ge(last.clone())));
        let in_payload = events::table
            .filter(events::id.eq(deliveries::event_id))
            .filter(lower(events::payload).like(lower(pattern.clone())).escape('\\'))
            .select(events::id);
        let in_type = lower(deliveries::event_type).like(lower(pattern.clone())).escape('\\');
        query.filter(in_type.or(deliveries::event_id.eq_any(named.clone())).or(exists(in_payload)))
    }
}

/// The deliveries in that state, or in any, that a filter lets through, but for its search.
fn narrowed(tenant_id: Id, filter: &DeliveryFilter, status: Option<DeliveryStatus>, before: Option<Id>) -> Query<'_> {
    let DeliveryFilter { webhook_id, statuses: _, event_type, failure, status_code, from, to, search: _ } = filter;
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
    if let Some(status) = status {
        query = query.filter(deliveries::status.eq(codec::delivery_status(status)));
        // What follows from the status has the predicates of the indexes by status, to the letter.
        query = match status {
            DeliveryStatus::Delivered => query,
            DeliveryStatus::Pending | DeliveryStatus::Cancelled => query.filter(Condition("status IN (0, 1, 3, 4)")),
            DeliveryStatus::Retrying | DeliveryStatus::Failed => {
                query.filter(Condition("status IN (0, 1, 3, 4) AND status IN (1, 3)"))
            }
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
