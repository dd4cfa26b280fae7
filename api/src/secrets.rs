//! Sealing: what is secret stands in the database only as XChaCha20-Poly1305 ciphertext, bound to the place where it stands.
//!
//! A sealed value is `version (1 byte) · nonce (24 bytes) · ciphertext and tag`. The associated data names table, column and row, so
//! that a value moved elsewhere does not open.

use chacha20poly1305::{
    KeyInit, XChaCha20Poly1305, XNonce,
    aead::{Aead, Payload},
};
use shared::Id;
use std::{fmt, fs, io, io::Write as _, path::Path};

const VERSION: u8 = 1;
const NONCE_BYTES: usize = 24;

/// A sealed value did not open: the key is another one, or the value was changed or moved.
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
}

/// Where a sealed value stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// A webhook's secret.
    WebhookSecret(Id),
    /// A webhook's password or API key.
    WebhookAuthentication(Id),
    /// The headers of a delivery's request.
    RequestHeaders(Id, u32),
}

impl Place {
    fn associated_data(self) -> String {
        match self {
            Self::WebhookSecret(id) => format!("webhooks|secret_sealed|{id}"),
            Self::WebhookAuthentication(id) => format!("webhooks|auth_sealed|{id}"),
            Self::RequestHeaders(id, number) => format!("attempts|request_headers_sealed|{id}|{number}"),
        }
    }
}

/// Seals and opens values.
#[derive(Clone)]
pub struct Sealer {
    cipher: XChaCha20Poly1305,
    key: [u8; 32],
}

impl fmt::Debug for Sealer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sealer(***)")
    }
}

impl Sealer {
    /// The sealer of a key of 32 bytes.
    pub fn new(key: [u8; 32]) -> Self {
        Self { cipher: XChaCha20Poly1305::new(&key.into()), key }
    }

    /// The sealer of a key of 64 hexadecimal digits.
    pub fn from_hex(text: &str) -> Result<Self, KeyError> {
        let mut key = [0; 32];
        hex::decode_to_slice(text.trim(), &mut key).map_err(|_| KeyError::Malformed)?;
        Ok(Self::new(key))
    }

    /// The sealer of the key in that file, which is made with a random key if it is missing. Only its owner can read it.
    pub fn from_file(path: &Path) -> Result<Self, KeyError> {
        let failed = |error| KeyError::File(path.display().to_string(), error);
        match fs::read_to_string(path) {
            Ok(text) => Self::from_hex(&text),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let key: [u8; 32] = rand::random();
                let mut options = fs::OpenOptions::new();
                options.write(true).create_new(true);
                #[cfg(unix)]
                std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
                let mut file = options.open(path).map_err(failed)?;
                writeln!(file, "{}", hex::encode(key)).and_then(|()| file.sync_all()).map_err(failed)?;
                Ok(Self::new(key))
            }
            Err(error) => Err(failed(error)),
        }
    }

    /// A key for another purpose that can be derived from this one, but tells nothing about it.
    pub fn derive(&self, purpose: &str) -> [u8; 32] {
        use hmac::{Hmac, KeyInit as _, Mac as _};
        #[expect(clippy::expect_used, reason = "HMAC takes keys of any length")]
        let mut mac = <Hmac<sha2::Sha256>>::new_from_slice(&self.key).expect("any length");
        mac.update(purpose.as_bytes());
        mac.finalize().into_bytes().into()
    }

    /// Seals a value for that place.
    pub fn seal(&self, place: Place, value: &[u8]) -> Vec<u8> {
        let nonce: [u8; NONCE_BYTES] = rand::random();
        let aad = place.associated_data();
        let payload = Payload { msg: value, aad: aad.as_bytes() };
        #[expect(clippy::expect_used, reason = "encryption in memory fails only beyond 256 GiB")]
        let ciphertext = self.cipher.encrypt(&XNonce::from(nonce), payload).expect("the value is short");
        [&[VERSION][..], &nonce, &ciphertext].concat()
    }

    /// Opens a value that was sealed for that place.
    pub fn open(&self, place: Place, sealed: &[u8]) -> Result<Vec<u8>, Unsealable> {
        let rest = sealed.strip_prefix(&[VERSION]).ok_or(Unsealable)?;
        let (nonce, ciphertext) = rest.split_first_chunk::<NONCE_BYTES>().ok_or(Unsealable)?;
        let aad = place.associated_data();
        let payload = Payload { msg: ciphertext, aad: aad.as_bytes() };
        self.cipher.decrypt(&XNonce::from(*nonce), payload).map_err(|_| Unsealable)
    }

    /// Opens a text that was sealed for that place.
    pub fn open_text(&self, place: Place, sealed: &[u8]) -> Result<String, Unsealable> {
        String::from_utf8(self.open(place, sealed)?).map_err(|_| Unsealable)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: Id = Id::from_bytes([1; 16]);
    const TWO: Id = Id::from_bytes([2; 16]);

    #[test]
    fn opens_what_it_sealed_and_only_at_its_place() {
        let sealer = Sealer::new([7; 32]);
        let sealed = sealer.seal(Place::WebhookSecret(ONE), b"dummysecret");
        assert_eq!(sealer.open_text(Place::WebhookSecret(ONE), &sealed).as_deref(), Ok("dummysecret"));
        assert_eq!(sealer.open(Place::WebhookSecret(TWO), &sealed), Err(Unsealable));
        assert_eq!(sealer.open(Place::WebhookAuthentication(ONE), &sealed), Err(Unsealable));
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
    fn a_key_file_is_made_once_and_for_its_owner_only() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("hookwright.key");
        let sealed = Sealer::from_file(&path).unwrap().seal(Place::WebhookSecret(ONE), b"x");
        assert_eq!(Sealer::from_file(&path).unwrap().open(Place::WebhookSecret(ONE), &sealed), Ok(b"x".to_vec()));
        #[cfg(unix)]
        assert_eq!(std::os::unix::fs::PermissionsExt::mode(&fs::metadata(&path).unwrap().permissions()) & 0o777, 0o600);
        fs::write(&path, "short").unwrap();
        assert!(matches!(Sealer::from_file(&path), Err(KeyError::Malformed)));
    }
}
