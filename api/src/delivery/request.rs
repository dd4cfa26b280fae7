//! The request of an attempt: which headers go out, and how they are shown afterwards.

use super::{
    content,
    sender::{self, Outcome},
    signature::Secret,
};
use crate::{
    secrets::{Place, Sealer, Unsealable},
    store::webhooks::WebhookRow,
};
use base64::{Engine as _, prelude::BASE64_STANDARD};
use shared::{AuthenticationType, Header, Id, SECRET_MASK, Timestamp};
use std::cmp::Reverse;
use url::{Position, Url};

/// Of Standard Webhooks: the id of the delivery.
pub const ID: &str = "webhook-id";
/// Of Standard Webhooks: when the attempt was made, in seconds since 1970. Made anew for each, as verifiers refuse an old one.
pub const TIMESTAMP: &str = "webhook-timestamp";
/// Of Standard Webhooks: the signatures of id, timestamp and body, so made anew too.
pub const SIGNATURE: &str = "webhook-signature";
/// The header of the hexadecimal signature, where no other is set.
pub const HEX_SIGNATURE: &str = "X-Webhook-Signature";
/// What the name of the header of the hexadecimal signature ends with where it carries the one by the secret before.
pub const PREVIOUS: &str = "-Previous";
/// The headers that follow from the URL and the body.
const OF_THE_WIRE: [&str; 2] = ["host", "content-length"];

/// A value shorter than this is masked whole: its last four characters would tell too much of it.
const SHOWN_TAIL_FROM: usize = 12;
const SHOWN_TAIL: usize = 4;

/// How long a credential is, in bytes, that is looked for in an answer: a shorter one stands in many by chance.
const SECRET_FROM: usize = 8;

/// What receivers see that is a setting.
#[derive(Clone, Debug)]
pub struct Identity {
    /// The name of the header that carries the hexadecimal signature.
    pub signature_header: String,
    /// What stands before its digits, such as `sha256=`.
    pub signature_prefix: String,
    /// The `User-Agent`.
    pub user_agent: String,
}

impl Identity {
    /// The header that carries the hexadecimal signature by the secret before, while a secret is rotated: whoever checks with the one secret
    /// that it has yet, or has by now, finds its signature in one of the two.
    pub fn previous_signature_header(&self) -> String {
        format!("{}{PREVIOUS}", self.signature_header)
    }

    /// Whether a header of that name carries a hexadecimal signature.
    pub fn is_signature(&self, name: &str) -> bool {
        let header = self.signature_header.as_str();
        let (begin, end) = name.split_at_checked(header.len()).unwrap_or((name, ""));
        begin.eq_ignore_ascii_case(header) && (end.is_empty() || end.eq_ignore_ascii_case(PREVIOUS))
    }

    /// A header with that hexadecimal signature.
    fn signature(&self, name: &str, hex: &str) -> Header {
        header(&name.to_ascii_lowercase(), format!("{}{hex}", self.signature_prefix))
    }
}

/// A webhook's secret, opened, and the one before it while that signs too.
pub struct Secrets {
    current: Secret,
    /// Both, and until when.
    rotating: Option<(Secret, Timestamp)>,
}

impl Secrets {
    /// The secrets that a webhook has now.
    ///
    /// # Errors
    /// When they were sealed with another key.
    pub fn open(sealer: &Sealer, webhook: &WebhookRow, now: Timestamp) -> Result<Self, Unsealable> {
        let current = Secret::new(sealer.open_text(Place::WebhookSecret(webhook.id), &webhook.secret_sealed)?);
        let rotating = match (&webhook.previous_secret_sealed, webhook.previous_secret_until) {
            (Some(sealed), Some(until)) if until > now => {
                let before = sealer.open_text(Place::WebhookPreviousSecret(webhook.id), sealed)?;
                Some((current.clone().after(before), until))
            }
            _ => None,
        };
        Ok(Self { current, rotating })
    }

    /// What signs at that time.
    pub fn at(&self, now: Timestamp) -> &Secret {
        self.rotating.as_ref().filter(|(_, until)| *until > now).map_or(&self.current, |(both, _)| both)
    }
}

/// The headers that a webhook's settings add to its requests: that of its authentication, and its custom ones.
///
/// # Errors
/// When they were sealed with another key.
pub fn of_settings(sealer: &Sealer, webhook: &WebhookRow) -> Result<Vec<Header>, Unsealable> {
    let WebhookRow { id, auth_name, auth_sealed, header_names, .. } = webhook;
    let credential = || sealer.open_text(Place::WebhookAuthentication(*id), auth_sealed.as_deref().unwrap_or_default());
    let authentication = match webhook.auth_type {
        AuthenticationType::None => None,
        AuthenticationType::Basic => {
            let encoded = BASE64_STANDARD.encode(format!("{auth_name}:{}", credential()?));
            Some(header("authorization", format!("Basic {encoded}")))
        }
        AuthenticationType::ApiKey => Some(header(&auth_name.to_ascii_lowercase(), credential()?)),
    };
    let custom = header_names.iter().zip(header_values(sealer, webhook)?);
    Ok(authentication
        .into_iter()
        .chain(custom.map(|(name, value)| header(&name.to_ascii_lowercase(), value)))
        .collect())
}

/// The values of a webhook's custom headers, in the order of their names.
///
/// # Errors
/// When they were sealed with another key.
pub fn header_values(sealer: &Sealer, webhook: &WebhookRow) -> Result<Vec<String>, Unsealable> {
    let Some(sealed) = &webhook.headers_sealed else { return Ok(Vec::new()) };
    let values = sealer.open(Place::WebhookHeaders(webhook.id), sealed)?;
    serde_json::from_slice(&values).map_err(|_| Unsealable)
}

/// What one attempt sends, before its headers are made.
pub struct Message<'a> {
    /// The delivery's id, the same at each attempt.
    pub delivery_id: Id,
    /// Where it goes.
    pub url: &'a Url,
    /// The body, which is signed.
    pub body: &'a [u8],
    /// What signs it.
    pub secret: &'a Secret,
    /// When it is sent.
    pub now: Timestamp,
}

impl Message<'_> {
    /// The headers of a request that is made from the webhook's current settings. `of_content`: those that tell of the body.
    pub fn current(&self, identity: &Identity, of_content: Vec<Header>, of_settings: &[Header]) -> Vec<Header> {
        let before = self.secret.hex_before(self.body);
        let mut headers = of_content;
        headers.extend([
            header("user-agent", identity.user_agent.clone()),
            identity.signature(&identity.signature_header, &self.secret.hex(self.body)),
            header(ID, self.delivery_id.to_string()),
        ]);
        headers.extend(before.map(|hex| identity.signature(&identity.previous_signature_header(), &hex)));
        headers.extend(beside_signature(identity, of_settings).cloned());
        self.complete(headers)
    }

    /// The headers of an earlier request of the delivery, byte for byte, but for those that no verifier would take twice.
    pub fn original(&self, recorded: Vec<Header>) -> Vec<Header> {
        let kept = |header: &Header| {
            let name = header.name.as_str();
            name != TIMESTAMP && name != SIGNATURE && !OF_THE_WIRE.contains(&name)
        };
        self.complete(recorded.into_iter().filter(kept).collect())
    }

    fn complete(&self, mut headers: Vec<Header>) -> Vec<Header> {
        let seconds = self.now.unix_seconds();
        headers.push(header(TIMESTAMP, seconds.to_string()));
        headers.push(header(SIGNATURE, self.secret.standard(&self.delivery_id.to_string(), seconds, self.body)));
        wire_headers(self.url, self.body.len(), headers)
    }
}

/// The complete list of a request's headers, in the order in which they go over the wire.
fn wire_headers(url: &Url, body_bytes: usize, headers: Vec<Header>) -> Vec<Header> {
    let mut all = vec![
        header("host", url[Position::BeforeHost..Position::AfterPort].to_owned()),
        header("accept", "*/*".to_owned()),
        header("content-length", body_bytes.to_string()),
    ];
    all.extend(headers.into_iter().filter(|header| header.name != "accept"));
    all
}

/// Those headers of a webhook's settings that are sent: one that the signature's header was named like later would stand there twice.
fn beside_signature<'a>(identity: &Identity, of_settings: &'a [Header]) -> impl Iterator<Item = &'a Header> {
    of_settings.iter().filter(|header| !identity.is_signature(&header.name))
}

/// Whether a request made now would carry the same signature of the body, and the same headers of the settings, as a recorded one.
pub fn is_current(
    recorded: &[Header],
    identity: &Identity,
    secret: &Secret,
    of_settings: &[Header],
    body: &[u8],
) -> bool {
    let signature = identity.signature(&identity.signature_header, &secret.hex(body));
    let name = signature.name.clone();
    let told = recorded.iter().filter(|header| header.name == name || is_credential(identity, &header.name)).count();
    let mut now = vec![signature];
    now.extend(beside_signature(identity, of_settings).cloned());
    told == now.len() && now.iter().all(|header| recorded.contains(header))
}

fn header(name: &str, value: String) -> Header {
    Header { name: name.to_owned(), value }
}

/// The headers as they are shown: what may be a secret, as `is_credential` tells, as `••••` with the last four characters.
pub fn masked(headers: Vec<Header>, is_credential: impl Fn(&str) -> bool) -> Vec<Header> {
    let mask = |Header { name, value }: Header| {
        let value = if is_credential(&name) { masked_value(&value) } else { value };
        Header { name, value }
    };
    headers.into_iter().map(mask).collect()
}

fn masked_value(value: &str) -> String {
    // The end of it encodes the end of the password, however short that is.
    if let Some((scheme, _)) = value.split_once(' ').filter(|(scheme, _)| is_basic(scheme)) {
        return format!("{scheme} {SECRET_MASK}");
    }
    let length = value.chars().count();
    let hidden = if length < SHOWN_TAIL_FROM { length } else { length - SHOWN_TAIL };
    format!("{SECRET_MASK}{}", value.chars().skip(hidden).collect::<String>())
}

/// Whether that is the scheme of name and password. It is the same in any case (RFC 9110, section 11.1).
fn is_basic(scheme: &str) -> bool {
    scheme.eq_ignore_ascii_case("basic")
}

/// An answer in which `••••` stands for the credentials of its request: a receiver's error page may show what it was sent.
pub fn without_echo(mut outcome: Outcome, identity: &Identity, sent: &[Header]) -> Outcome {
    let mut secrets = Vec::new();
    for Header { value, .. } in sent.iter().filter(|header| is_credential(identity, &header.name)) {
        secrets.push(value.clone());
        // Behind a scheme stands what counts: a token, or for Basic name and password.
        if let Some((scheme, token)) = value.split_once(' ') {
            secrets.push(token.to_owned());
            let pair = BASE64_STANDARD.decode(token).ok().filter(|_| is_basic(scheme));
            let pair = pair.and_then(|pair| String::from_utf8(pair).ok());
            secrets.extend(pair.and_then(|pair| Some(pair.split_once(':')?.1.to_owned())));
        }
    }
    // What is shorter stands in many answers by chance.
    secrets.retain(|secret| secret.len() >= SECRET_FROM);
    // One may be a part of another.
    secrets.sort_unstable_by_key(|secret| Reverse(secret.len()));
    // The end of what was cut may be the beginning of one.
    let begun = |kept: &[u8]| {
        let begun = |secret: &String| {
            (SECRET_FROM..secret.len()).rev().find(|&length| kept.ends_with(&secret.as_bytes()[..length]))
        };
        secrets.iter().filter_map(begun).max().unwrap_or_default()
    };
    if let Some(body) = outcome.response_body.as_mut().filter(|_| outcome.truncated) {
        body.truncate(body.len() - begun(body));
    }
    for Header { value, .. } in &mut outcome.response_headers {
        if let Some(kept) = value.strip_suffix(sender::CUT) {
            *value = format!("{}{}", &kept[..kept.len() - begun(kept.as_bytes())], sender::CUT);
        }
    }
    for secret in &secrets {
        for header in &mut outcome.response_headers {
            header.value = header.value.replace(secret, SECRET_MASK);
        }
        if let Some(masked) = outcome.response_body.as_ref().and_then(|body| replaced(body, secret.as_bytes())) {
            outcome.response_body = Some(masked);
        }
    }
    outcome
}

/// The bytes with `••••` for each place where that stands; nothing where it does not.
fn replaced(bytes: &[u8], secret: &[u8]) -> Option<Vec<u8>> {
    let mut places = memchr::memmem::find_iter(bytes, secret).peekable();
    places.peek()?;
    let (mut masked, mut copied) = (Vec::new(), 0);
    for place in places {
        masked.extend_from_slice(&bytes[copied..place]);
        masked.extend_from_slice(SECRET_MASK.as_bytes());
        copied = place + secret.len();
    }
    masked.extend_from_slice(&bytes[copied..]);
    Some(masked)
}

/// Whether a header may be a secret: all but those that requests of ours have anyway. Those that a webhook's settings add may have had
/// other names when the request was recorded.
pub fn is_credential(identity: &Identity, name: &str) -> bool {
    const OURS: [&str; 8] =
        ["host", "accept", "content-length", "content-type", "user-agent", ID, TIMESTAMP, SIGNATURE];
    !OURS.contains(&name) && !content::is_attribute(name) && !identity.is_signature(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn identity() -> Identity {
        let [signature_header, user_agent] = [HEX_SIGNATURE, "Hookwright/test"].map(str::to_owned);
        Identity { signature_header, signature_prefix: String::new(), user_agent }
    }

    #[test]
    fn a_recorded_request_is_current_until_secret_or_credentials_change() {
        let identity = identity();
        let url = Url::parse("https://example.com/hooks").unwrap();
        let secret = |text: &str| Secret::new(text.to_owned());
        let key = |value: &str| [header("x-api-key", value.into())];
        let now = Timestamp::from_micros(1_752_000_000_000_000);
        let id = Id::from_bytes([7; 16]);
        let message = Message { delivery_id: id, url: &url, body: b"{}", secret: &secret("dummysecret"), now };
        let recorded = message.current(&identity, Vec::new(), &key("one"));
        let is_current = |secret, of_settings: &[Header]| is_current(&recorded, &identity, &secret, of_settings, b"{}");
        assert!(is_current(secret("dummysecret"), &key("one")));
        assert!(!is_current(secret("othersecret"), &key("one")));
        assert!(!is_current(secret("dummysecret"), &key("two")));
        assert!(!is_current(secret("dummysecret"), &[]));
    }

    #[test]
    fn while_a_secret_is_rotated_a_second_header_carries_the_signature_by_the_one_before() {
        let identity = Identity { signature_prefix: "sha256=".into(), ..identity() };
        let url = Url::parse("https://example.com/hooks").unwrap();
        let [new, old] = ["the new secret", "the old secret"].map(|text| Secret::new(text.to_owned()));
        let secret = new.clone().after("the old secret".to_owned());
        let now = Timestamp::from_micros(1_752_000_000_000_000);
        let message = Message { delivery_id: Id::from_bytes([7; 16]), url: &url, body: b"{}", secret: &secret, now };
        let of_settings = [header("x-webhook-signature-previous", "of the webhook's own".into())];
        let sent = message.current(&identity, Vec::new(), &of_settings);
        let signatures: Vec<_> = sent.iter().filter(|header| identity.is_signature(&header.name)).collect();
        let expected = [("x-webhook-signature", &new), ("x-webhook-signature-previous", &old)]
            .map(|(name, secret)| header(name, format!("sha256={}", secret.hex(b"{}"))));
        assert_eq!(signatures, expected.iter().collect::<Vec<_>>());
        assert_eq!(masked(sent.clone(), |name| is_credential(&identity, name)), sent, "no signature is a credential");
        assert!(is_current(&sent, &identity, &new, &[], b"{}"), "also when the time of both is over");
        assert!(
            ["x-webhook-signature-", "x-webhook-signature-previously"].iter().all(|name| !identity.is_signature(name))
        );
    }

    #[test]
    fn credentials_are_masked_and_nothing_else() {
        let identity = identity();
        let url = Url::parse("https://example.com/hooks").unwrap();
        let of_settings = [header("x-api-key", "a-key-of-some-length".into())];
        let now = Timestamp::from_micros(1_752_000_000_000_000);
        let secret = Secret::new("dummysecret".to_owned());
        let message = Message { delivery_id: Id::from_bytes([7; 16]), url: &url, body: b"{}", secret: &secret, now };
        let sent = message.current(
            &identity,
            vec![header("content-type", "text/xml".into()), header("ce-id", "1".into())],
            &of_settings,
        );
        let shown = masked(sent.clone(), |name| is_credential(&identity, name));
        let changed: Vec<_> = sent.iter().zip(&shown).filter(|(sent, shown)| sent != shown).collect();
        assert_eq!(changed.len(), 1);
        assert_eq!((&*changed[0].1.name, &*changed[0].1.value), ("x-api-key", "••••ngth"));
        let body = br#"{"you sent": ["a-key-of-some-length", "a-key-of-some-length"]}"#;
        let answer = Outcome {
            response_headers: vec![header("x-echo", "a-key-of-some-length!".into())],
            response_body: Some(body.to_vec()),
            ..Outcome::default()
        };
        let recorded = without_echo(answer, &identity, &sent);
        assert_eq!(recorded.response_body.as_deref(), Some("{\"you sent\": [\"••••\", \"••••\"]}".as_bytes()));
        assert_eq!(recorded.response_headers[0].value, "••••!");
        for scheme in ["Basic", "basic"] {
            let basic = [header("authorization", format!("{scheme} {}", BASE64_STANDARD.encode("ana:pass:word")))];
            let body = format!("pass:word, {}, Basic, ana", BASE64_STANDARD.encode("ana:pass:word"));
            let answer = Outcome { response_body: Some(body.into_bytes()), ..Outcome::default() };
            let recorded = without_echo(answer, &identity, &basic);
            assert_eq!(recorded.response_body.as_deref(), Some("••••, ••••, Basic, ana".as_bytes()));
            let [shown] = &masked(basic.to_vec(), |_| true)[..] else { panic!() };
            assert_eq!(shown.value, format!("{scheme} ••••"));
        }
        // One of two may be a part of the other, and one may stand behind a scheme, or at the end of what is kept.
        let two = [header("x-one", "tok_live_1".into()), header("authorization", "Bearer tok_live_1_9f3a".into())];
        let answer = |body: &str, truncated| {
            let answer = Outcome { response_body: Some(body.into()), truncated, ..Outcome::default() };
            String::from_utf8(without_echo(answer, &identity, &two).response_body.unwrap()).unwrap()
        };
        assert_eq!(answer("bad token tok_live_1_9f3a, not tok_live_1", false), "bad token ••••, not ••••");
        assert_eq!(answer("bad token tok_live_1_9f", true), "bad token ");
        let answer = |value: &str| {
            let answer = Outcome { response_headers: vec![header("x-echo", value.into())], ..Outcome::default() };
            without_echo(answer, &identity, &two).response_headers.remove(0).value
        };
        assert_eq!(answer("bad token tok_live_1_9f…"), "bad token …");
        assert_eq!(answer("bad token tok_live_1_9f"), "bad token ••••_9f", "it was not cut");
        // What a Basic header ends with is the end of the password.
        let basic = header("authorization", "Basic dXM6YWJjZGVmZ2hpag==".to_owned());
        assert_eq!(masked(vec![basic], |name| is_credential(&identity, name))[0].value, "Basic ••••");
    }
}
