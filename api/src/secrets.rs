//! Sealing: what is secret stands in the database only as XChaCha20-Poly1305 ciphertext, bound to the place where it stands.
//!
//! A sealed value is `version (1 byte) · key id (8 bytes) · nonce (24 bytes) · ciphertext and tag`. The associated data names table,
//! column and row, so that a value moved elsewhere does not open. The key id tells which of several keys opens it: while keys are
//! changed, values of the key before are still there.

mod key_file;

use chacha20poly1305::{
    KeyInit, XChaCha20Poly1305, XNonce,
    aead::{Aead, Payload},
};
use hmac::{Hmac, Mac as _};
pub use key_file::KeyFile;
use sha2::{Digest as _, Sha256};
use shared::Id;
use std::{fmt, io, sync::Arc};

const VERSION: u8 = 1;
const KEY_ID_BYTES: usize = 8;
const NONCE_BYTES: usize = 24;
/// What is sealed to tell by it which keys a database has.
const KNOWN: &[u8] = b"hookwright";

/// A sealed value did not open: its key is not there, or the value was changed or moved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a sealed value does not open with this encryption key")]
pub struct Unsealable;

/// The encryption key is not usable.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The text is no key.
    #[error("an encryption key has 64 hexadecimal digits (32 bytes); make one with: openssl rand -hex 32")]
    Malformed,
    /// The key's file cannot be read or made.
    #[error("cannot read or make the key file {0}: {1}")]
    File(String, io::Error),
    /// The key's file holds something else.
    #[error(
        "the key file {0} holds no key: each of its lines must have 64 hexadecimal digits; put the file back as it was"
    )]
    FileMalformed(String),
    /// There are secrets, and the file of their key is gone.
    #[error(
        "the key file {0} is missing, and the database holds secrets that only its key can decrypt; put the file back, or set \
         HOOKWRIGHT_ENCRYPTION_KEY to its key"
    )]
    FileMissing(String),
    /// There are secrets that another key has sealed.
    #[error(
        "the secrets in the database were encrypted with another key; start with that key, or give it in \
         HOOKWRIGHT_ENCRYPTION_KEY_PREVIOUS beside the new one"
    )]
    Other,
}

/// Where a sealed value stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// A webhook's secret.
    WebhookSecret(Id),
    /// The secret that a webhook had before.
    WebhookPreviousSecret(Id),
    /// A webhook's password or API key.
    WebhookAuthentication(Id),
    /// The values of a webhook's custom headers.
    WebhookHeaders(Id),
    /// The headers of a delivery's request.
    RequestHeaders(Id, u32),
    /// The value that tells whether a key is the right one.
    KeyCheck,
}

impl Place {
    fn associated_data(self, key_id: [u8; KEY_ID_BYTES]) -> String {
        let place = match self {
            Self::WebhookSecret(id) => format!("webhooks|secret_sealed|{id}"),
            Self::WebhookPreviousSecret(id) => format!("webhooks|previous_secret_sealed|{id}"),
            Self::WebhookAuthentication(id) => format!("webhooks|auth_sealed|{id}"),
            Self::WebhookHeaders(id) => format!("webhooks|headers_sealed|{id}"),
            Self::RequestHeaders(id, number) => format!("attempts|request_headers_sealed|{id}|{number}"),
            Self::KeyCheck => "key_check|sealed".to_owned(),
        };
        format!("{place}|{}", hex::encode(key_id))
    }
}

#[derive(Clone)]
struct Key {
    id: [u8; KEY_ID_BYTES],
    cipher: XChaCha20Poly1305,
}

impl Key {
    fn new(key: [u8; 32]) -> Self {
        let digest: [u8; 32] = Sha256::new_with_prefix(b"hookwright key id").chain_update(key).finalize().into();
        Self { id: std::array::from_fn(|at| digest[at]), cipher: XChaCha20Poly1305::new(&key.into()) }
    }
}

/// Seals with one key, and opens with that and those before it.
#[derive(Clone)]
pub struct Sealer {
    current: Key,
    previous: Arc<[Key]>,
    derivation: [u8; 32],
}

impl fmt::Debug for Sealer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sealer(***)")
    }
}

impl Sealer {
    /// The sealer of a key of 32 bytes.
    pub fn new(key: [u8; 32]) -> Self {
        Self { current: Key::new(key), previous: Arc::default(), derivation: key }
    }

    /// The sealer of a key of 64 hexadecimal digits, which also opens what these other keys have sealed.
    pub fn from_hex<'a>(key: &str, previous: impl IntoIterator<Item = &'a str>) -> Result<Self, KeyError> {
        let previous = previous.into_iter().map(|key| parse(key).map(Key::new)).collect::<Result<_, _>>()?;
        Ok(Self { previous, ..Self::new(parse(key)?) })
    }

    /// A key for another purpose that can be derived from this one, but tells nothing about it.
    pub fn derive(&self, purpose: &str) -> [u8; 32] {
        mac(&self.derivation, &[purpose.as_bytes()]).finalize().into_bytes().into()
    }

    /// Seals a value for that place.
    pub fn seal(&self, place: Place, value: &[u8]) -> Vec<u8> {
        let Key { id, cipher } = &self.current;
        let nonce: [u8; NONCE_BYTES] = rand::random();
        let aad = place.associated_data(*id);
        let payload = Payload { msg: value, aad: aad.as_bytes() };
        #[expect(clippy::expect_used, reason = "encryption in memory fails only beyond 256 GiB")]
        let ciphertext = cipher.encrypt(&XNonce::from(nonce), payload).expect("the value is short");
        [&[VERSION][..], id, &nonce, &ciphertext].concat()
    }

    /// Opens a value that was sealed for that place.
    pub fn open(&self, place: Place, sealed: &[u8]) -> Result<Vec<u8>, Unsealable> {
        let rest = sealed.strip_prefix(&[VERSION]).ok_or(Unsealable)?;
        let (id, rest) = rest.split_first_chunk::<KEY_ID_BYTES>().ok_or(Unsealable)?;
        let (nonce, ciphertext) = rest.split_first_chunk::<NONCE_BYTES>().ok_or(Unsealable)?;
        let mut keys = std::iter::once(&self.current).chain(self.previous.iter());
        let key = keys.find(|key| key.id == *id).ok_or(Unsealable)?;
        let aad = place.associated_data(*id);
        let payload = Payload { msg: ciphertext, aad: aad.as_bytes() };
        key.cipher.decrypt(&XNonce::from(*nonce), payload).map_err(|_| Unsealable)
    }

    /// Opens a text that was sealed for that place.
    pub fn open_text(&self, place: Place, sealed: &[u8]) -> Result<String, Unsealable> {
        String::from_utf8(self.open(place, sealed)?).map_err(|_| Unsealable)
    }

    /// Whether the current key has sealed that value.
    pub fn is_current(&self, sealed: &[u8]) -> bool {
        sealed.strip_prefix(&[VERSION]).is_some_and(|rest| rest.starts_with(&self.current.id))
    }

    /// A value that everybody knows, sealed: by it the database tells which key it has.
    pub fn key_check(&self) -> Vec<u8> {
        self.seal(Place::KeyCheck, KNOWN)
    }

    /// Whether it has all keys of a database, by what each of them made of that value.
    pub fn opens_all(&self, checks: &[Vec<u8>]) -> bool {
        checks.iter().all(|sealed| self.open(Place::KeyCheck, sealed).is_ok_and(|value| value == KNOWN))
    }

    /// Moves a value from one place to another; at the same place, from an older key to the current one.
    pub fn reseal(&self, from: Place, to: Place, sealed: &[u8]) -> Result<Vec<u8>, Unsealable> {
        Ok(self.seal(to, &self.open(from, sealed)?))
    }
}

/// What proves that those parts come from somebody who has the key.
pub(crate) fn mac(key: &[u8], parts: &[&[u8]]) -> Hmac<Sha256> {
    #[expect(clippy::expect_used, reason = "HMAC takes keys of any length")]
    let mut mac = <Hmac<Sha256> as KeyInit>::new_from_slice(key).expect("any length");
    parts.iter().for_each(|part| mac.update(part));
    mac
}

fn parse(text: &str) -> Result<[u8; 32], KeyError> {
    let mut key = [0; 32];
    hex::decode_to_slice(text.trim(), &mut key).map_err(|_| KeyError::Malformed)?;
    Ok(key)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: Id = Id::from_bytes([1; 16]);
    const TWO: Id = Id::from_bytes([2; 16]);

    fn key(digit: &str) -> String {
        digit.repeat(64)
    }

    #[test]
    fn opens_what_it_sealed_and_only_at_its_place() {
        let sealer = Sealer::new([7; 32]);
        let sealed = sealer.seal(Place::WebhookSecret(ONE), b"dummysecret");
        assert_eq!(sealer.open_text(Place::WebhookSecret(ONE), &sealed).as_deref(), Ok("dummysecret"));
        for elsewhere in
            [Place::WebhookSecret(TWO), Place::WebhookAuthentication(ONE), Place::WebhookPreviousSecret(ONE)]
        {
            assert_eq!(sealer.open(elsewhere, &sealed), Err(Unsealable), "{elsewhere:?}");
        }
        assert_eq!(Sealer::new([8; 32]).open(Place::WebhookSecret(ONE), &sealed), Err(Unsealable));
    }

    #[test]
    fn what_was_cut_or_changed_does_not_open() {
        let sealer = Sealer::new([7; 32]);
        let sealed = sealer.seal(Place::WebhookSecret(ONE), b"dummysecret");
        for length in 0..sealed.len() {
            assert_eq!(sealer.open(Place::WebhookSecret(ONE), &sealed[..length]), Err(Unsealable), "{length}");
        }
        for at in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[at] ^= 1;
            assert_eq!(sealer.open(Place::WebhookSecret(ONE), &changed), Err(Unsealable), "{at}");
        }
    }

    #[test]
    fn a_new_key_opens_what_the_keys_before_it_have_sealed() {
        let old = Sealer::from_hex(&key("a"), []).unwrap();
        let sealed = old.seal(Place::WebhookSecret(ONE), b"dummysecret");
        let alone = Sealer::from_hex(&key("b"), []).unwrap();
        assert_eq!(alone.open(Place::WebhookSecret(ONE), &sealed), Err(Unsealable));
        let both = Sealer::from_hex(&key("b"), [&*key("c"), &*key("a")]).unwrap();
        assert_eq!(both.open_text(Place::WebhookSecret(ONE), &sealed).as_deref(), Ok("dummysecret"));
        assert!(!both.is_current(&sealed));
        let resealed = both.reseal(Place::WebhookSecret(ONE), Place::WebhookPreviousSecret(ONE), &sealed).unwrap();
        assert!(both.is_current(&resealed));
        assert_eq!(alone.open_text(Place::WebhookPreviousSecret(ONE), &resealed).as_deref(), Ok("dummysecret"));
        assert!(matches!(Sealer::from_hex("short", []), Err(KeyError::Malformed)));
    }
}
