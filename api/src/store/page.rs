//! Pages of lists: one row is read beyond what a page shows, as that tells whether there are more.

use diesel::QueryResult;
use shared::Id;

/// How many of the newest rows one page of a search for a text looks at: first at few, which is enough for a text that is common, then
/// at about as many as a person waits for. Older ones are searched by the next page.
pub(super) const SEARCHED: [i64; 2] = [1_000, 20_000];

/// Which part of a list is read, newest first.
#[derive(Clone, Copy, Debug)]
pub struct Slice {
    /// The row to go on after; the newest comes first where this is none.
    pub before: Option<Id>,
    /// How many rows at most.
    pub limit: u32,
}

impl Slice {
    /// The beginning of a list.
    pub const fn first(limit: u32) -> Self {
        Self { before: None, limit }
    }

    /// How many rows to read.
    pub(super) const fn beyond(self) -> u32 {
        self.limit.saturating_add(1)
    }

    /// Cuts rows of which [`Slice::beyond`] were read. Cut before rows are left out: otherwise a list would end there.
    pub(super) fn cut<T>(self, mut items: Vec<T>, id: impl Fn(&T) -> QueryResult<Id>) -> QueryResult<Rows<T>> {
        let limit = usize::try_from(self.limit).unwrap_or(usize::MAX);
        if items.len() <= limit {
            return Ok(Rows { items, next: None });
        }
        items.truncate(limit);
        let next = items.last().map(id).transpose()?;
        Ok(Rows { items, next })
    }
}

/// What a slice of a list has.
#[derive(Clone, Debug)]
pub struct Rows<T> {
    /// The rows.
    pub items: Vec<T>,
    /// The id to go on after, where there may be more. A search may have looked no further than that.
    pub next: Option<Id>,
}

impl<T> Rows<T> {
    /// With another value in the place of each row.
    pub fn map<U>(self, each: impl FnMut(T) -> U) -> Rows<U> {
        Rows { items: self.items.into_iter().map(each).collect(), next: self.next }
    }

    /// Like [`Rows::map`], where that may fail.
    pub(super) fn try_map<U>(self, each: impl FnMut(T) -> QueryResult<U>) -> QueryResult<Rows<U>> {
        Ok(Rows { items: self.items.into_iter().map(each).collect::<QueryResult<_>>()?, next: self.next })
    }
}
