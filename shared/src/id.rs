//! Identifiers: 128 bits that sort by the time they were made (ULID).

use crate::Timestamp;
use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};
use ulid::Ulid;

/// The id of what is recorded: a tenant, a webhook, an event, a delivery, an operator, an entry of the audit log.
///
/// On the wire 26 characters of Crockford base32, in the tables 16 bytes. The order of ids is the order of time, so a cursor and a
/// date window are both id ranges.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Id(Ulid);

/// A text that is no id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct IdError;

impl Id {
    /// The id made of a time in milliseconds since 1970 and 80 random bits.
    pub fn from_parts(unix_ms: u64, random: u128) -> Self {
        Self(Ulid::from_parts(unix_ms, random))
    }

    /// The smallest id of that millisecond: the lower bound of a time window.
    pub fn floor(unix_ms: u64) -> Self {
        Self::from_parts(unix_ms, 0)
    }

    /// The 16 bytes that the tables hold.
    pub fn to_bytes(self) -> [u8; 16] {
        self.0.to_bytes()
    }

    /// The id of those 16 bytes.
    pub const fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(Ulid::from_bytes(bytes))
    }

    /// When the id was made, in milliseconds since 1970.
    pub fn unix_ms(self) -> u64 {
        self.0.timestamp_ms()
    }

    /// When the id was made, to the millisecond.
    pub fn made_at(self) -> Timestamp {
        // The milliseconds have 48 bits, so this fits.
        Timestamp::from_micros(self.unix_ms().cast_signed() * 1_000)
    }

    /// The id that follows this one within the same millisecond, if there is one.
    pub fn increment(self) -> Option<Self> {
        self.0.increment().ok().map(Self)
    }
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Debug for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for Id {
    type Err = IdError;

    fn from_str(text: &str) -> Result<Self, IdError> {
        // The first character holds three bits only; a larger one would silently overflow.
        match (text.as_bytes().first(), Ulid::from_string(text)) {
            (Some(b'0'..=b'7'), Ok(ulid)) => Ok(Self(ulid)),
            _ => Err(IdError),
        }
    }
}

impl TryFrom<String> for Id {
    type Error = IdError;

    fn try_from(text: String) -> Result<Self, IdError> {
        text.parse()
    }
}

impl From<Id> for String {
    fn from(id: Id) -> Self {
        id.to_string()
    }
}

impl fmt::Display for IdError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an id has 26 characters, digits and letters")
    }
}

impl std::error::Error for IdError {}

#[cfg(feature = "openapi")]
mod openapi {
    use utoipa::{
        PartialSchema, ToSchema,
        openapi::{ObjectBuilder, RefOr, Schema, Type},
    };

    impl PartialSchema for super::Id {
        fn schema() -> RefOr<Schema> {
            ObjectBuilder::new()
                .schema_type(Type::String)
                .pattern(Some("^[0-7][0-9A-HJKMNP-TV-Z]{25}$"))
                .description(Some("A ULID: 26 characters, ordered by time."))
                .into()
        }
    }

    impl ToSchema for super::Id {}
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_it_writes() {
        let id = Id::from_parts(1_751_997_679_622, 42);
        assert_eq!(id.to_string().parse(), Ok(id));
        assert_eq!(Id::from_bytes(id.to_bytes()), id);
        assert_eq!(id.unix_ms(), 1_751_997_679_622);
        assert_eq!(id.made_at(), Timestamp::from_micros(1_751_997_679_622_000));
        assert_eq!(Id::from_bytes([255; 16]).made_at(), Timestamp::from_micros(281_474_976_710_655_000));
    }

    #[test]
    fn refuses_what_is_no_id() {
        for text in
            ["", "abc", "81JZNK5ZQBNF623MB5KE64GNQB", "01JZNK5ZQBNF623MB5KE64GNQ!", "01JZNK5ZQBNF623MB5KE64GNQBB"]
        {
            assert_eq!(text.parse::<Id>(), Err(IdError), "{text}");
        }
    }
}
