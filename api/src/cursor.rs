//! Cursors: where a list goes on. Opaque, and good only for the list, the filters and the tenant that they were made for.

use crate::{problem::Error, secrets::mac};
use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use hmac::{Hmac, Mac as _};
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
        let id = id.to_bytes();
        let tag = self.mac(&id, filters).finalize().into_bytes();
        BASE64_URL_SAFE_NO_PAD.encode([&id[..], &tag[..TAG_BYTES]].concat())
    }

    /// The row that a cursor names.
    pub fn open(&self, cursor: &str, filters: &str) -> Result<Id, Error> {
        let detail = "The cursor is not from this list with these filters. Start again without a cursor.";
        let invalid = || Error::new(Code::CursorInvalid, detail);
        let bytes = BASE64_URL_SAFE_NO_PAD.decode(cursor).map_err(|_| invalid())?;
        let (id, tag) = bytes.split_first_chunk::<ID_BYTES>().ok_or_else(invalid)?;
        let is_ours = tag.len() == TAG_BYTES && self.mac(id, filters).verify_truncated_left(tag).is_ok();
        if is_ours { Ok(Id::from_bytes(*id)) } else { Err(invalid()) }
    }

    fn mac(&self, id: &[u8], filters: &str) -> Hmac<Sha256> {
        mac(&self.0, &[id, filters.as_bytes()])
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
            assert!(key.open(&cursor[..at], "deliveries?status=failed").is_err(), "only {at}");
        }
        assert!(key.open("", "").is_err());
    }
}
