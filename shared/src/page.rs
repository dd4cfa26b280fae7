//! One page of a list.

use serde::{Deserialize, Serialize};

/// One page of a list, newest first.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Page<T> {
    /// The rows of this page.
    pub items: Vec<T>,
    /// Give it as `cursor` to get the next page; `null` on the last one. Opaque, and good only with the same filters. A page that
    /// searches for a text, or events for a type, looks at 20,000 rows: it may have none and yet a next page; so may one of the audit
    /// log, whose entries of a newer server are passed over.
    pub next_cursor: Option<String>,
}
