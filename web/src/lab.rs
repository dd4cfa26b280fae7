//! The signature lab: tells which mistake keeps a signature from being right. Everything happens in the reader's browser.

mod json_forms;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::{Digest as _, Sha256};
use shared::SECRET_PREFIX;

/// A beginning of a signature that is shorter than this says nothing.
const LEAST_DIGITS: usize = 16;
/// The prefix of a signature in the form of Standard Webhooks.
const SIGNATURE_PREFIX: &str = "v1,";

/// What was received.
#[derive(Clone, Debug, Default)]
pub(crate) struct Sample {
    pub(crate) body: String,
    pub(crate) secret: String,
    /// The value of either signature header.
    pub(crate) signature: String,
    /// What the server writes before the digits of the hexadecimal one.
    pub(crate) prefix: String,
    /// `webhook-id` and `webhook-timestamp`; only the Standard Webhooks signature covers them.
    pub(crate) id: String,
    pub(crate) timestamp: String,
}

/// What is wrong, if anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Finding {
    Right,
    TrailingNewline,
    MissingNewline,
    WindowsLines,
    Reserialised,
    Base64,
    UpperCase,
    Prefixed,
    Truncated,
    PlainHash,
    SecretSpaces,
    SecretDecoded,
    SecretNotDecoded,
    OtherHeader,
    NeedsIdAndTimestamp,
    NotASignature,
    WrongSecret,
}

impl Sample {
    /// Looks for the mistake: the usual ones are tried one by one.
    pub(crate) fn examine(&self) -> Finding {
        let signature = self.signature.trim();
        if signature.split_whitespace().any(|part| part.starts_with(SIGNATURE_PREFIX)) {
            return self.examine_standard(signature);
        }
        // Who has taken off the prefix has done right, too.
        self.examine_hex(signature.strip_prefix(&self.prefix).unwrap_or(signature))
    }

    /// The value that `X-Webhook-Signature` has for this body under this secret.
    pub(crate) fn header(&self) -> String {
        format!("{}{}", self.prefix, self.hex())
    }

    fn hex(&self) -> String {
        hex(&mac(self.secret.as_bytes(), self.body.as_bytes()))
    }

    fn examine_hex(&self, signature: &str) -> Finding {
        if let Some(finding) = self.spelling(signature) {
            return finding;
        }
        let lower = signature.to_ascii_lowercase();
        let is = |key: &[u8], body: &str| hex(&mac(key, body.as_bytes())) == lower;
        let secret = self.secret.as_bytes();
        if let Some(finding) = self.body_mistake(|body| is(secret, body)) {
            return finding;
        }
        if is(self.secret.trim().as_bytes(), &self.body) {
            return Finding::SecretSpaces;
        }
        if decoded(&self.secret).is_some_and(|key| is(&key, &self.body)) {
            return Finding::SecretDecoded;
        }
        if hex(&Sha256::digest(self.body.as_bytes())) == lower {
            return Finding::PlainHash;
        }
        let standard = mac(&self.standard_key(), self.standard_message(&self.body).as_bytes());
        if STANDARD.encode(standard) == signature || hex(&standard) == lower {
            return Finding::OtherHeader;
        }
        let digits = lower.trim_start_matches("sha256=");
        let is_hex = digits.len() == 64 && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
        let is_base64 = STANDARD.decode(signature).is_ok_and(|bytes| bytes.len() == 32);
        if is_hex || is_base64 { Finding::WrongSecret } else { Finding::NotASignature }
    }

    /// The right signature in another spelling.
    fn spelling(&self, signature: &str) -> Option<Finding> {
        let expected = self.hex();
        let lower = signature.to_ascii_lowercase();
        if signature == expected {
            Some(Finding::Right)
        } else if lower == expected {
            Some(Finding::UpperCase)
        } else if STANDARD.encode(mac(self.secret.as_bytes(), self.body.as_bytes())) == signature {
            Some(Finding::Base64)
        } else if lower.len() > expected.len() && lower.ends_with(&expected) {
            Some(Finding::Prefixed)
        } else if lower.len() >= LEAST_DIGITS && expected.starts_with(&lower) {
            Some(Finding::Truncated)
        } else {
            None
        }
    }

    fn examine_standard(&self, signature: &str) -> Finding {
        if self.id.trim().is_empty() || self.timestamp.trim().is_empty() {
            return Finding::NeedsIdAndTimestamp;
        }
        let is = |key: &[u8], body: &str| {
            let expected =
                format!("{SIGNATURE_PREFIX}{}", STANDARD.encode(mac(key, self.standard_message(body).as_bytes())));
            signature.split_whitespace().any(|part| part == expected)
        };
        let key = self.standard_key();
        if is(&key, &self.body) {
            return Finding::Right;
        }
        if let Some(finding) = self.body_mistake(|body| is(&key, body)) {
            return finding;
        }
        if is(&decoded(self.secret.trim()).unwrap_or_else(|| self.secret.trim().into()), &self.body) {
            return Finding::SecretSpaces;
        }
        if is(self.secret.as_bytes(), &self.body) {
            return Finding::SecretNotDecoded;
        }
        let plain = format!("{SIGNATURE_PREFIX}{}", STANDARD.encode(mac(self.secret.as_bytes(), self.body.as_bytes())));
        if signature.split_whitespace().any(|part| part == plain) {
            return Finding::OtherHeader;
        }
        Finding::WrongSecret
    }

    /// Whether another form of the body is the one that was signed.
    fn body_mistake(&self, is_signed: impl Fn(&str) -> bool) -> Option<Finding> {
        let body = self.body.as_str();
        let trimmed = body.trim_end_matches(['\n', '\r']);
        if trimmed != body && is_signed(trimmed) {
            return Some(Finding::TrailingNewline);
        }
        if is_signed(&format!("{body}\n")) || is_signed(&format!("{body}\r\n")) {
            return Some(Finding::MissingNewline);
        }
        if body.contains('\r') && is_signed(&body.replace("\r\n", "\n")) {
            return Some(Finding::WindowsLines);
        }
        json_forms::of(body).iter().any(|form| is_signed(form)).then_some(Finding::Reserialised)
    }

    fn standard_key(&self) -> Vec<u8> {
        decoded(&self.secret).unwrap_or_else(|| self.secret.as_bytes().to_vec())
    }

    fn standard_message(&self, body: &str) -> String {
        format!("{}.{}.{body}", self.id.trim(), self.timestamp.trim())
    }
}

/// The bytes that a secret of the form `whsec_<base64>` stands for.
fn decoded(secret: &str) -> Option<Vec<u8>> {
    STANDARD.decode(secret.strip_prefix(SECRET_PREFIX)?).ok()
}

fn mac(key: &[u8], message: &[u8]) -> [u8; 32] {
    match Hmac::<Sha256>::new_from_slice(key) {
        Ok(mut mac) => {
            mac.update(message);
            mac.finalize().into_bytes().into()
        }
        Err(_) => unreachable!("HMAC takes keys of any length"),
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const BODY: &str = r#"{"specversion":"1.0","type":"COMMUNICATIONCREATEDEVENT","source":"COMMUNICATION","id":"01JZNK5ZQBNF623MB5KE64GNQB","time":"2025-07-08T18:01:19.622Z","datacontenttype":"application/json","data":{"tenantId":"016e8f79-2399-4d35-90f9-c6f91b73189d","channel":"sms","externalId":"external-id","notificationId":"01JZNK51YCZXT55TKF8M366QHJ","system":"onboarding","occurredOn":"2025-07-08T18:00:46.797Z"}}"#;
    /// The published signatures of the body above: as it is, indented by two and by four spaces.
    const COMPACT: &str = "0608cf9263550bcdb2e8a50c518f0a524c003c6b1fd4a418ecc61c0c8d174b2f";
    const TWO: &str = "62b7bae9734c29f3d07ea829acf921c776c7cabe8fe9b593d0142907befcae60";
    const FOUR: &str = "212dbc57c95644939cc59386c926ad2b511a110f37290909566ab1724ccc2d35";

    fn sample(body: &str, secret: &str, signature: &str) -> Sample {
        Sample { body: body.into(), secret: secret.into(), signature: signature.into(), ..Sample::default() }
    }

    #[test]
    fn the_published_signature_is_right() {
        let sample = sample(BODY, "dummysecret", COMPACT);
        assert_eq!((sample.examine(), sample.header().as_str()), (Finding::Right, COMPACT));
    }

    #[test]
    fn the_prefix_that_the_server_writes_is_no_mistake() {
        let with = |prefix: &str, signature: &str| Sample {
            prefix: prefix.into(),
            signature: signature.into(),
            ..sample(BODY, "dummysecret", "")
        };
        let prefixed = format!("sha256={COMPACT}");
        assert_eq!(with("sha256=", &prefixed).examine(), Finding::Right);
        assert_eq!(with("sha256=", COMPACT).examine(), Finding::Right);
        assert_eq!(with("sha256=", "").header(), prefixed);
        assert_eq!(with("v0=", &prefixed).examine(), Finding::Prefixed);
    }

    #[test]
    fn another_form_of_the_body_is_told() {
        let examine = |body: &str, signature: &str| sample(body, "dummysecret", signature).examine();
        for signature in [TWO, FOUR] {
            assert_eq!(examine(BODY, signature), Finding::Reserialised);
        }
        let pretty = json_forms::of(BODY).into_iter().find(|form| form.len() == 464).unwrap();
        assert_eq!(examine(&pretty, TWO), Finding::Right);
        assert_eq!(examine(&pretty, COMPACT), Finding::Reserialised);
        assert_eq!(examine(&format!("{BODY}\n"), COMPACT), Finding::TrailingNewline);
        assert_eq!(examine(&pretty.replace('\n', "\r\n"), TWO), Finding::WindowsLines);
        let with_newline = hex(&mac(b"dummysecret", format!("{BODY}\n").as_bytes()));
        assert_eq!(examine(BODY, &with_newline), Finding::MissingNewline);
    }

    #[test]
    fn another_spelling_of_the_signature_is_told() {
        let examine = |signature: &str| sample(BODY, "dummysecret", signature).examine();
        assert_eq!(examine(&COMPACT.to_uppercase()), Finding::UpperCase);
        assert_eq!(examine(&format!("sha256={COMPACT}")), Finding::Prefixed);
        assert_eq!(examine(&COMPACT[..32]), Finding::Truncated);
        assert_eq!(examine(&STANDARD.encode(mac(b"dummysecret", BODY.as_bytes()))), Finding::Base64);
        assert_eq!(examine(&hex(&Sha256::digest(BODY))), Finding::PlainHash);
        assert_eq!(examine("application/json"), Finding::NotASignature);
        assert_eq!(examine(&"0".repeat(64)), Finding::WrongSecret);
    }

    #[test]
    fn mistakes_with_the_secret_are_told() {
        assert_eq!(sample(BODY, "dummysecret\n", COMPACT).examine(), Finding::SecretSpaces);
        assert_eq!(sample(BODY, "another", COMPACT).examine(), Finding::WrongSecret);
        let secret = format!("{SECRET_PREFIX}{}", STANDARD.encode("the key's own bytes"));
        let with_decoded = hex(&mac(b"the key's own bytes", BODY.as_bytes()));
        assert_eq!(sample(BODY, &secret, &with_decoded).examine(), Finding::SecretDecoded);
    }

    #[test]
    fn the_standard_webhooks_signature_is_examined_too() {
        // The vector that the Standard Webhooks libraries publish.
        let mut sample = sample(
            r#"{"test": 2432232314}"#,
            "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
            "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
        );
        assert_eq!(sample.examine(), Finding::NeedsIdAndTimestamp);
        (sample.id, sample.timestamp) = ("msg_p5jXN8AQM9LWM0D4loKWxJek".into(), "1614265330".into());
        assert_eq!(sample.examine(), Finding::Right);
        let right = sample.clone();
        sample.body += "\n";
        assert_eq!(sample.examine(), Finding::TrailingNewline);
        let key = right.secret.as_bytes();
        let as_text = STANDARD.encode(mac(key, right.standard_message(&right.body).as_bytes()));
        assert_eq!(Sample { signature: format!("v1,{as_text}"), ..right.clone() }.examine(), Finding::SecretNotDecoded);
        let bare = right.signature.trim_start_matches("v1,").to_owned();
        assert_eq!(Sample { signature: bare, ..right.clone() }.examine(), Finding::OtherHeader);
        let of_body = STANDARD.encode(mac(key, right.body.as_bytes()));
        assert_eq!(Sample { signature: format!("v1,{of_body}"), ..right }.examine(), Finding::OtherHeader);
    }
}
