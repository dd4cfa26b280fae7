//! Cursors: where a list goes on. Opaque, and good only for the list, the filters and the tenant that they were made for.

use crate::problem::Error;
use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;
use shared::{Code, Id};

const ID_BYTES: usize = 16;
const TAG_BYTES: usize = 12;

/// Makes and checks cursors.
#[derive(Clone)]
pub struct CursorKey([u8; 32]);

impl CursorKey {
    /// With a key of its own.
    pub const fn new(key: [u8; 32]) -> Self {
        Self(key)
    }

    /// The cursor of a list that goes on after that row. `filters`: what else the list depends on.
    pub fn seal(&self, id: Id, filters: &str) -> String {
        let bytes = id.to_bytes();
        BASE64_URL_SAFE_NO_PAD.encode([&bytes[..], &self.tag(bytes, filters)].concat())
    }

    /// The row that a cursor names.
    pub fn open(&self, cursor: &str, filters: &str) -> Result<Id, Error> {
        let detail = "The cursor is not from this list with these filters. Start again without a cursor.";
        let invalid = || Error::new(Code::CursorInvalid, detail);
        let bytes = BASE64_URL_SAFE_NO_PAD.decode(cursor).map_err(|_| invalid())?;
        let (id, tag) = bytes.split_first_chunk::<ID_BYTES>().ok_or_else(invalid)?;
        if tag == self.tag(*id, filters) { Ok(Id::from_bytes(*id)) } else { Err(invalid()) }
    }

    fn tag(&self, id: [u8; ID_BYTES], filters: &str) -> [u8; TAG_BYTES] {
        #[expect(clippy::expect_used, reason = "HMAC takes keys of any length")]
        let mut mac = <Hmac<Sha256>>::new_from_slice(&self.0).expect("any length");
        mac.update(&id);
        mac.update(filters.as_bytes());
        let tag: [u8; 32] = mac.finalize().into_bytes().into();
        std::array::from_fn(|at| tag[at])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_is_good_only_where_it_was_made() {
        let key = CursorKey::new([1; 32]);
        let id = Id::from_parts(1_751_997_679_622, 7);
        let cursor = key.seal(id, "deliveries?status=failed");
        assert_eq!(key.open(&cursor, "deliveries?status=failed").unwrap(), id);
        assert!(key.open(&cursor, "deliveries?").is_err());
        assert!(CursorKey::new([2; 32]).open(&cursor, "deliveries?status=failed").is_err());
        for at in 0..cursor.len() {
            let mut changed = cursor.clone().into_bytes();
            changed[at] = if changed[at] == b'A' { b'B' } else { b'A' };
            let changed = String::from_utf8(changed).unwrap();
            assert!(key.open(&changed, "deliveries?status=failed").is_err(), "{at}");
        }
        assert!(key.open("", "").is_err());
    }
}
