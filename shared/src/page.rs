//! One page of a list.

use crate::Id;
use serde::{Deserialize, Serialize};

/// One page of a list, newest first.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Page<T> {
    /// The rows of this page.
    pub items: Vec<T>,
    /// Give it as `cursor` to get the next page; `null` on the last one. Opaque, and good only with the same filters. A page that
    /// searches for a text, or events for a type, looks at 20,000 rows: it may have none and yet a next page.
    pub next_cursor: Option<String>,
}

impl<T> Page<T> {
    /// Cuts rows that were read one beyond `limit` to a page. The second value is the id to go on after, if there are more.
    pub fn cut(mut rows: Vec<T>, limit: u32, id: impl Fn(&T) -> Id) -> (Vec<T>, Option<Id>) {
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        if rows.len() <= limit {
            return (rows, None);
        }
        rows.truncate(limit);
        let next = rows.last().map(id);
        (rows, next)
    }
}
