//! Tokens: 256 random bits that whoever holds them is known by. The server keeps only their hash.

use crate::store::sessions::TokenHash;
use sha2::{Digest as _, Sha256};
use shared::Id;

/// What an API key begins with, so that people and secret scanners know it.
const KEY_PREFIX: &str = "hw_";

/// A new token, 64 hexadecimal digits.
pub fn generate() -> String {
    hex::encode(rand::random::<[u8; 32]>())
}

/// The hash by which a token is found. It needs no salt and no slow function: a token cannot be guessed.
pub fn hash(token: &str) -> TokenHash {
    Sha256::digest(token.as_bytes()).into()
}

/// An API key, as a program sends it: `hw_<id>_<secret>`.
pub fn api_key(id: Id, secret: &str) -> String {
    format!("{KEY_PREFIX}{id}_{secret}")
}

/// The id and the hash of the secret in an API key; nothing if the text is none.
pub fn read_api_key(key: &str) -> Option<(Id, TokenHash)> {
    let (id, secret) = key.strip_prefix(KEY_PREFIX)?.split_once('_')?;
    Some((id.parse().ok()?, hash(secret)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_api_key_carries_its_id() {
        let id = Id::from_parts(1_751_997_679_622, 7);
        let secret = generate();
        assert_eq!(secret.len(), 64);
        assert_eq!(read_api_key(&api_key(id, &secret)), Some((id, hash(&secret))));
        for wrong in ["", "hw_", "hw__", "hw_01JZNK5ZQBNF623MB5KE64GNQB", "01JZNK5ZQBNF623MB5KE64GNQB_x", "sk_live_x"] {
            assert_eq!(read_api_key(wrong), None, "{wrong}");
        }
    }
}
