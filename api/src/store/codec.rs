//! How values of `shared` stand in the tables. A value that no version ever wrote is an error, never a default.

use diesel::{QueryResult, result::Error};
use serde::{Serialize, de::DeserializeOwned};
use shared::{DeliveryStatus, Id, Named, Timestamp, WebhookStatus};

/// A table held something that cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("the database holds a {what} that this version cannot read")]
struct Unreadable {
    what: &'static str,
}

pub(super) fn unreadable(what: &'static str) -> Error {
    Error::DeserializationError(Box::new(Unreadable { what }))
}

pub(super) fn id(bytes: &[u8]) -> QueryResult<Id> {
    bytes.try_into().map(Id::from_bytes).map_err(|_| unreadable("id"))
}

/// The id as a query takes it.
pub(super) fn key(id: Id) -> Vec<u8> {
    id.to_bytes().to_vec()
}

/// The lower bound of the keys of rows that were made from that instant on: ids are times.
pub(super) fn floor(at: Timestamp) -> Vec<u8> {
    key(Id::floor(at.unix_ms()))
}

/// The keys of the rows from one instant on, and before another one and before the row that the page before ended with.
pub(super) fn window(
    from: Option<Timestamp>,
    to: Option<Timestamp>,
    before: Option<Id>,
) -> (Option<Vec<u8>>, Option<Vec<u8>>) {
    (from.map(floor), to.map(floor).into_iter().chain(before.map(key)).min())
}

pub(super) fn to_json<T: Serialize>(value: &T) -> QueryResult<String> {
    serde_json::to_string(value).map_err(|error| Error::SerializationError(Box::new(error)))
}

pub(super) fn from_json<T: DeserializeOwned>(text: &str, what: &'static str) -> QueryResult<T> {
    serde_json::from_str(text).map_err(|_| unreadable(what))
}

/// The numbers below 2 wait for an attempt: the index of due deliveries and every query that uses it say `status < 2`.
pub(super) const fn delivery_status(status: DeliveryStatus) -> i16 {
    match status {
        DeliveryStatus::Pending => 0,
        DeliveryStatus::Retrying => 1,
        DeliveryStatus::Delivered => 2,
        DeliveryStatus::Failed => 3,
        DeliveryStatus::Cancelled => 4,
    }
}

pub(super) fn delivery_status_of(number: i16) -> QueryResult<DeliveryStatus> {
    let found = DeliveryStatus::ALL.into_iter().find(|&status| delivery_status(status) == number);
    found.ok_or_else(|| unreadable("delivery status"))
}

pub(super) const fn webhook_status(status: WebhookStatus) -> i16 {
    match status {
        WebhookStatus::Inactive => 0,
        WebhookStatus::Active => 1,
    }
}

pub(super) fn webhook_status_of(number: i16) -> QueryResult<WebhookStatus> {
    match number {
        0 => Ok(WebhookStatus::Inactive),
        1 => Ok(WebhookStatus::Active),
        _ => Err(unreadable("webhook status")),
    }
}

/// A value that stands there by its name.
pub(super) fn named<T: Named>(name: &str, what: &'static str) -> QueryResult<T> {
    T::named(name).ok_or_else(|| unreadable(what))
}

/// A value that stands there by its name, or is not there.
pub(super) fn named_if_any<T: Named>(name: Option<&str>, what: &'static str) -> QueryResult<Option<T>> {
    name.map(|name| named(name, what)).transpose()
}

/// A count or duration that the tables hold as a signed number.
pub(super) fn unsigned<T: TryFrom<i64>>(number: impl Into<i64>, what: &'static str) -> QueryResult<T> {
    T::try_from(number.into()).map_err(|_| unreadable(what))
}

/// A count or duration as the tables hold it; what is too large for them becomes the largest.
pub(super) fn signed<T: TryFrom<u64> + Bounded>(number: impl Into<u64>) -> T {
    T::try_from(number.into()).unwrap_or(T::MAX)
}

/// The largest value of a column's type.
pub(super) trait Bounded {
    const MAX: Self;
}

impl Bounded for i16 {
    const MAX: Self = i16::MAX;
}

impl Bounded for i32 {
    const MAX: Self = i32::MAX;
}

impl Bounded for i64 {
    const MAX: Self = i64::MAX;
}

/// A length as the wire shows it.
pub(super) fn count(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(u32::MAX)
}

diesel::define_sql_function! {
    /// The text in lower case: ASCII on SQLite, by the database's locale on PostgreSQL.
    fn lower(text: diesel::sql_types::Text) -> diesel::sql_types::Text;
}

diesel::define_sql_function! {
    /// So many characters of the text, from that one on; the first is 1.
    fn substr(text: diesel::sql_types::Text, from: diesel::sql_types::Integer, count: diesel::sql_types::Integer)
        -> diesel::sql_types::Text;
}

/// How else a text may stand in JSON: with quotation marks and backslashes escaped, as it must, and with what is not ASCII (digits in lower
/// case) or with slashes too, as some writers do.
pub(super) fn escaped(text: &str) -> Vec<String> {
    let escape = |unit: u16| match u8::try_from(unit) {
        Ok(byte) if byte.is_ascii() => char::from(byte).to_string(),
        _ => format!("\\u{unit:04x}"),
    };
    let in_ascii = |text: &str| text.encode_utf16().map(escape).collect::<String>();
    let quoted = text.replace('\\', "\\\\").replace('"', "\\\"");
    let slashed = quoted.replace('/', "\\/");
    let mut ways = vec![in_ascii(&slashed), in_ascii(&quoted), slashed, quoted];
    ways.sort_unstable();
    ways.dedup();
    ways.retain(|way| way != text);
    ways
}

/// The `LIKE` pattern of texts that contain `text`, with `\` as the escape character.
pub(super) fn contains(text: &str) -> String {
    let mut pattern = String::from("%");
    for c in text.chars() {
        if matches!(c, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(c);
    }
    pattern.push('%');
    pattern
}
