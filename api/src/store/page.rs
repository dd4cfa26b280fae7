//! Pages of lists: one row is read beyond what a page shows, as that tells whether there are more.

use diesel::QueryResult;
use shared::Id;

/// How many of the newest rows one page of a search for a text looks at: first at few, which is enough for a text that is common, then
/// at about as many as a person waits for. Older ones are searched by the next page.
pub(super) const SEARCHED: [i64; 2] = [1_000, 20_000];

/// How many rows to read for a page of so many.
pub(super) const fn beyond(limit: u32) -> u32 {
    limit.saturating_add(1)
}

/// Cuts rows that were read [`beyond`] a page to it. The second value is the id to go on after, if there are more. Cut before rows are
/// left out: otherwise a list would end there.
pub(super) fn cut<T>(
    mut rows: Vec<T>,
    limit: u32,
    id: impl Fn(&T) -> QueryResult<Id>,
) -> QueryResult<(Vec<T>, Option<Id>)> {
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    if rows.len() <= limit {
        return Ok((rows, None));
    }
    rows.truncate(limit);
    let next = rows.last().map(id).transpose()?;
    Ok((rows, next))
}
