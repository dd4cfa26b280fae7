//! Signatures: the hexadecimal one over the body, and the one of Standard Webhooks over id, timestamp and body.
//!
//! Knows bytes only: no headers, no clock.

use crate::secrets::mac;
use base64::{Engine as _, prelude::BASE64_STANDARD};
use hmac::{Hmac, Mac as _};
use sha2::Sha256;
use shared::SECRET_PREFIX;
use std::fmt;

const VERSION: &str = "v1";

/// A webhook's secret. Its own bytes are the key; in Standard Webhooks `whsec_<base64>` stands for the decoded bytes.
#[derive(Clone)]
pub struct Secret {
    text: String,
    /// While a secret is rotated, the one before it signs too.
    before: Option<String>,
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(***)")
    }
}

impl Secret {
    /// The secret of that text.
    pub fn new(text: String) -> Self {
        Self { text, before: None }
    }

    /// The secret, with the one before it, which signs too.
    #[must_use]
    pub fn after(self, before: String) -> Self {
        Self { before: Some(before), ..self }
    }

    /// The lower-case hexadecimal HMAC-SHA256 of the body.
    pub fn hex(&self, body: &[u8]) -> String {
        hex_of(&self.text, body)
    }

    /// The same by the secret before, if that signs too.
    pub fn hex_before(&self, body: &[u8]) -> Option<String> {
        self.before.as_deref().map(|before| hex_of(before, body))
    }

    /// The `webhook-signature` of Standard Webhooks: `v1,<base64>` over `id.timestamp.body`, and a second one by the secret before.
    pub fn standard(&self, id: &str, unix_seconds: i64, body: &[u8]) -> String {
        let sign = |secret: &String| {
            let mac = standard_mac(secret, id, unix_seconds, body).finalize().into_bytes();
            format!("{VERSION},{}", BASE64_STANDARD.encode(mac))
        };
        let signatures: Vec<_> = std::iter::once(&self.text).chain(&self.before).map(sign).collect();
        signatures.join(" ")
    }

    /// Whether that is the hexadecimal signature of the body. Takes the same time wherever a wrong one differs.
    pub fn verify_hex(&self, signature: &str, body: &[u8]) -> bool {
        let mac = mac(self.text.as_bytes(), &[body]);
        hex::decode(signature).is_ok_and(|signature| mac.verify_slice(&signature).is_ok())
    }

    /// Whether one of the space-separated signatures in `signatures` holds.
    pub fn verify_standard(&self, signatures: &str, id: &str, unix_seconds: i64, body: &[u8]) -> bool {
        signatures.split(' ').any(|signature| {
            let bytes = signature.strip_prefix("v1,").and_then(|encoded| BASE64_STANDARD.decode(encoded).ok());
            bytes.is_some_and(|bytes| standard_mac(&self.text, id, unix_seconds, body).verify_slice(&bytes).is_ok())
        })
    }
}

fn hex_of(secret: &str, body: &[u8]) -> String {
    hex::encode(mac(secret.as_bytes(), &[body]).finalize().into_bytes())
}

fn standard_mac(secret: &str, id: &str, unix_seconds: i64, body: &[u8]) -> Hmac<Sha256> {
    let decoded = secret.strip_prefix(SECRET_PREFIX).and_then(|encoded| BASE64_STANDARD.decode(encoded).ok());
    let key = decoded.as_deref().unwrap_or(secret.as_bytes());
    mac(key, &[id.as_bytes(), b".", unix_seconds.to_string().as_bytes(), b".", body])
}

#[cfg(test)]
mod tests {
    use super::*;

    const EVENT: &str = include_str!("../../tests/data/communication_created.json");

    fn secret(text: &str) -> Secret {
        Secret::new(text.to_owned())
    }

    /// The event with its members on lines of their own, indented by that many spaces.
    fn indented(by: usize) -> String {
        // serde_json sorts keys, the vector does not: the lines are built from the compact text.
        let (mut text, mut depth) = (String::new(), 0);
        let line = |depth: usize| format!("\n{}", " ".repeat(depth * by));
        let mut quoted = false;
        for c in EVENT.chars() {
            if c == '"' {
                quoted = !quoted;
            }
            match c {
                '{' => {
                    depth += 1;
                    text.push(c);
                    text += &line(depth);
                }
                '}' => {
                    depth -= 1;
                    text += &line(depth);
                    text.push(c);
                }
                ',' if !quoted => {
                    text.push(c);
                    text += &line(depth);
                }
                ':' if !quoted => text += ": ",
                _ => text.push(c),
            }
        }
        text
    }

    #[test]
    fn the_hexadecimal_signature_of_the_documented_event() {
        let secret = secret("dummysecret");
        for (body, length, expected) in [
            (EVENT.to_owned(), 396, "0608cf9263550bcdb2e8a50c518f0a524c003c6b1fd4a418ecc61c0c8d174b2f"),
            (indented(2), 464, "62b7bae9734c29f3d07ea829acf921c776c7cabe8fe9b593d0142907befcae60"),
            (indented(4), 504, "212dbc57c95644939cc59386c926ad2b511a110f37290909566ab1724ccc2d35"),
        ] {
            assert_eq!(body.len(), length);
            assert_eq!(secret.hex(body.as_bytes()), expected);
            assert!(secret.verify_hex(expected, body.as_bytes()));
        }
    }

    /// The vector that the Standard Webhooks libraries test themselves with.
    #[test]
    fn the_published_standard_webhooks_vector() {
        let secret = secret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
        let signature = secret.standard("msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330, br#"{"test": 2432232314}"#);
        assert_eq!(signature, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }

    #[test]
    fn a_wrong_or_cut_signature_does_not_verify() {
        let secret = secret("dummysecret");
        let good = secret.standard("id", 1, b"body");
        assert!(secret.verify_standard(&format!("v1,AAAA v2,x {good}"), "id", 1, b"body"));
        for (signatures, id, seconds, body) in [
            (good.as_str(), "id", 1, &b"bodY"[..]),
            (&good, "id", 2, b"body"),
            (&good, "di", 1, b"body"),
            ("v1,", "id", 1, b"body"),
            (&good[..good.len() - 4], "id", 1, b"body"),
            ("", "id", 1, b"body"),
        ] {
            assert!(!secret.verify_standard(signatures, id, seconds, body), "{signatures}");
        }
        assert!(!secret.verify_hex("", b"body"));
        assert!(!secret.verify_hex(&secret.hex(b"body")[..62], b"body"));
    }

    #[test]
    fn while_a_secret_is_rotated_both_sign() {
        let (new, old) = (secret("the new secret"), secret("the old secret"));
        let both = new.clone().after("the old secret".to_owned());
        let signatures = both.standard("id", 1, b"body");
        assert_eq!(signatures, format!("{} {}", new.standard("id", 1, b"body"), old.standard("id", 1, b"body")));
        assert_eq!((both.hex(b"body"), both.hex_before(b"body")), (new.hex(b"body"), Some(old.hex(b"body"))));
        assert_eq!(new.hex_before(b"body"), None);
    }

    #[test]
    fn debug_shows_nothing() {
        assert_eq!(format!("{:?}", secret("dummysecret")), "Secret(***)");
    }
}
