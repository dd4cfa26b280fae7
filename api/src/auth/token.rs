//! Tokens: 256 random bits that whoever holds them is known by. The server keeps only their hash.

use crate::store::sessions::TokenHash;
use sha2::{Digest as _, Sha256};
use shared::Id;
use std::{collections::HashSet, ops::RangeInclusive};

/// What an API key begins with, so that people and secret scanners know it.
const KEY_PREFIX: &str = "hw_";

/// How many hexadecimal digits a token has.
const SECRET_DIGITS: usize = 64;
/// How many different digits a random token has at least: one of 10^18 has fewer.
const LEAST_DIFFERENT: usize = 8;

/// A new token, 64 hexadecimal digits.
pub(crate) fn generate() -> String {
    hex::encode(rand::random::<[u8; 32]>())
}

/// The hash by which a token is found. It needs no salt and no slow function: a token cannot be guessed.
pub(crate) fn hash(token: &str) -> TokenHash {
    Sha256::digest(token.as_bytes()).into()
}

/// An API key, as a program sends it: `hw_<id>_<secret>`.
pub(crate) fn api_key(id: Id, secret: &str) -> String {
    format!("{KEY_PREFIX}{id}_{secret}")
}

/// The id and the hash of the secret in an API key; nothing if the text is none.
pub(crate) fn read_api_key(key: &str) -> Option<(Id, TokenHash)> {
    let (id, secret) = key.strip_prefix(KEY_PREFIX)?.split_once('_')?;
    Some((id.parse().ok()?, hash(secret)))
}

/// The same, and nothing either where the secret is not random: what somebody has thought up can be guessed.
pub(crate) fn read_random_api_key(key: &str) -> Option<(Id, TokenHash)> {
    let (_, secret) = key.strip_prefix(KEY_PREFIX)?.split_once('_')?;
    let is_digit = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
    let different: HashSet<_> = secret.bytes().collect();
    let is_random = secret.len() == SECRET_DIGITS && secret.bytes().all(is_digit) && different.len() >= LEAST_DIFFERENT;
    read_api_key(key).filter(|_| is_random)
}

/// The ids of the keys that begin with this text, whatever secret it has, or that are called by it; nothing if there can be none.
pub(crate) fn ids_of(text: &str) -> Option<RangeInclusive<Id>> {
    if let Ok(id) = text.parse() {
        return Some(id..=id);
    }
    let (prefix, rest) = text.split_at_checked(KEY_PREFIX.len())?;
    let beginning = rest.split('_').next().filter(|_| prefix.eq_ignore_ascii_case(KEY_PREFIX))?;
    let first = format!("{beginning:0<26}").parse().ok()?;
    // Where nothing follows the prefix, this is more than an id can be.
    let last = format!("{beginning:Z<26}").parse().unwrap_or(Id::from_bytes([u8::MAX; 16]));
    Some(first..=last)
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

    #[test]
    fn a_key_that_was_thought_up_is_none() {
        let key = |secret: &str| read_random_api_key(&api_key(Id::floor(1), secret));
        let secret = generate();
        assert_eq!(key(&secret), Some((Id::floor(1), hash(&secret))));
        for weak in
            ["", "dummysecret", &secret[1..], &format!("{secret}0"), &secret.to_uppercase(), &"deadbeef".repeat(8)]
        {
            assert_eq!(key(weak), None, "{weak}");
        }
        assert_eq!(read_random_api_key(&format!("hw_no-id_{secret}")), None);
    }

    #[test]
    fn the_beginning_of_a_key_tells_which_ids_it_can_have() {
        const ID: &str = "01JZNK5ZQBNF623MB5KE64GNQB";
        let ids = |first: &str, last: &str| Some(first.parse().unwrap()..=last.parse().unwrap());
        for whole in [
            ID.to_owned(),
            format!("hw_{ID}"),
            format!("HW_{}_…", ID.to_lowercase()),
            format!("hw_{ID}_{}", generate()),
        ] {
            assert_eq!(ids_of(&whole), ids(ID, ID), "{whole}");
        }
        assert_eq!(ids_of("hw_01jz"), ids("01JZ0000000000000000000000", "01JZZZZZZZZZZZZZZZZZZZZZZZ"));
        assert_eq!(ids_of("hw_"), ids("00000000000000000000000000", "7ZZZZZZZZZZZZZZZZZZZZZZZZZ"));
        for wrong in [
            "",
            "h",
            "hw",
            "01JZ",
            "hw-01JZ",
            "ação",
            "hw_8",
            "hw_01U",
            "hw_ação",
            "hw_01JZNK5ZQBNF623MB5KE64GNQB0",
            "xx_01JZ",
        ] {
            assert_eq!(ids_of(wrong), None, "{wrong}");
        }
    }
}
