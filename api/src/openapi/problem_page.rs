//! The page to which the `type` of every problem leads.

use super::{headers, operations, problems};
use shared::Code;
use std::collections::BTreeMap;
use utoipa::openapi::OpenApi;

/// More operations than this are not listed: the code says nothing about them.
const LISTED: usize = 12;

const STYLE: &str = "body{font:1rem/1.5 system-ui,sans-serif;max-width:48rem;margin:2rem auto;padding:0 1rem;color-scheme:light dark}\
    dt{margin-top:1.5rem;scroll-margin-top:1rem}dt:target{outline:2px solid;outline-offset:.25rem}dd{margin:.25rem 0 0 1.5rem}\
    code{overflow-wrap:anywhere}ul{margin:0;padding-left:1.25rem}";

/// Every code: what it means, what to do, whether the same request may succeed later, and who answers with it.
pub fn html(document: &mut OpenApi) -> String {
    let mut answered = BTreeMap::<&str, Vec<String>>::new();
    for (path, item) in &mut document.paths.paths {
        for (method, operation) in operations(item) {
            let short = path.strip_prefix(shared::paths::API).unwrap_or(path);
            let mut codes: Vec<_> = problems::codes(method, short, operation).iter().map(|code| code.name()).collect();
            codes.sort_unstable();
            codes.dedup();
            for code in codes {
                answered.entry(code).or_default().push(format!("{method} {path}"));
            }
        }
    }
    let entries: String = Code::ALL.iter().map(|&code| entry(code, answered.get(code.name()))).collect();
    format!(
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\">\
         <title>Problem codes</title><style>{STYLE}</style></head>\n\
         <body><h1>Problem codes</h1>\n\
         <p>Everything that goes wrong is answered as <code>application/problem+json</code> (RFC 9457). Branch on <code>code</code>, show \
         <code>detail</code>, and quote <code>request_id</code> to whoever runs the server: it stands in the log. <code>errors</code> says the same of \
         each member that is wrong.</p>\n<dl>\n{entries}</dl></body></html>\n"
    )
}

fn entry(code: Code, answered: Option<&Vec<String>>) -> String {
    let (name, status, title) = (code.name(), code.status(), code.title());
    let by = match answered.map_or(&[][..], Vec::as_slice) {
        [] => String::new(),
        many if many.len() > LISTED => "<dd>Many operations answer with it.</dd>".to_owned(),
        few => {
            let items: String = few.iter().map(|operation| format!("<li><code>{operation}</code></li>")).collect();
            format!("<dd><ul>{items}</ul></dd>")
        }
    };
    format!(
        "<dt id=\"{name}\"><code>{name}</code> ({status}): {title}.</dt>\n<dd>{} {}</dd>{by}\n",
        advice(code),
        again(code)
    )
}

/// Whether the same request may succeed later.
fn again(code: Code) -> &'static str {
    match (code, code.status()) {
        (Code::IdempotencyInProgress | Code::DeliveryInProgress, _) => "The same request may succeed in a moment.",
        (_, 408 | 500) => "The same request may succeed when it is sent again.",
        (Code::StorageReadOnly | Code::StorageFull | Code::NothingIsSent | Code::ShuttingDown, _) => {
            "The same request may succeed once that has changed."
        }
        _ if headers::of_problem(code).contains(&headers::RETRY_AFTER) => {
            "Send the same request again after the seconds of <code>Retry-After</code>, or later."
        }
        _ => "",
    }
}

/// What to do about it.
#[rustfmt::skip]
fn advice(code: Code) -> &'static str {
    match code {
        Code::BodyMissing => "Send a body, with its <code>Content-Length</code>.",
        Code::JsonSyntax => "The detail tells line and column. A trailing comma and a comment are no JSON.",
        Code::JsonInvalidUtf8 => "Encode the body as UTF-8, without a byte order mark.",
        Code::JsonTooDeep => "Nest arrays and objects 128 deep at most.",
        Code::JsonDuplicateKey => "Parsers disagree about which of both counts, so neither does. Leave one out.",
        Code::JsonInvalidUnicode => "A <code>\\u</code> escape between D800 and DFFF stands alone. Write the character itself, or both halves of its pair.",
        Code::IdInvalid => "Ids have 26 letters and digits, as the API gave them.",
        Code::CursorInvalid => "A cursor is for the list, the tenant and the filters it came with. Begin at the first page.",
        Code::UnknownParameter => "The detail names the one that is meant, where one is alike. What is unknown is never ignored, as a filter with a typo would show everything.",
        Code::RequestInvalid => "The detail says what HTTP does not allow.",
        Code::Unauthenticated => "Send <code>Authorization: Bearer hw_…</code>. Keys end when they expire or are revoked, sessions after 30 idle minutes.",
        Code::SignInFailed => "It does not say which of both is wrong. After five in a row the account waits.",
        Code::ForbiddenRole => "The document of the API tells the role that each operation needs. What belongs to the platform needs a key of the platform.",
        Code::HttpsRequired => "A password is taken over TLS only, or on this machine.",
        Code::Csrf => "A session writes only from pages of the server's own origin. Programs use an API key.",
        Code::HostNotAllowed => "Ask under the name of <code>HOOKWRIGHT_PUBLIC_URL</code>, or set it to the address in use.",
        Code::NotFound => "The id is another tenant's, was deleted, or never was. A key of the platform names the tenant in <code>Hookwright-Tenant</code>.",
        Code::TenantUnknown => "There is none of that id or external id, or the caller may not act for it. Whoever publishes makes the tenant, and sends the same again.",
        Code::MethodNotAllowed => "The header <code>Allow</code> tells the methods.",
        Code::RequestTimeout => "The body did not arrive in time.",
        Code::VersionMismatch => "Read it again, make the change anew, and send the <code>ETag</code> of what was read in <code>If-Match</code>.",
        Code::BatchTooLarge => "Send fewer events in one batch.",
        Code::BodyTooLarge => "An event has at most 256 KiB. Publish a link to what is larger, and let the receiver fetch it.",
        Code::UriTooLong => "Filter by less, or by a shorter text.",
        Code::MediaTypeNotSupported => "Send <code>Content-Type: application/json</code>; an event may be <code>application/cloudevents+json</code> too.",
        Code::ContentEncodingNotSupported => "Send the body as it is, not compressed.",
        Code::HeadersTooLarge => "Send fewer or shorter headers; a cookie of another site may be among them.",
        Code::IdempotencyInProgress => "A request with this key is being carried out.",
        Code::IdempotencyAnswerLost => "The detail names what was made. It is not made again.",
        Code::IdempotencyKeyInvalid => "A key has 1 to 255 printable ASCII characters; a UUID is a good one.",
        Code::IdempotencyKeyReused => "The key stands for another request: another body, query or caller. Make a new key for each new request, and keep it when sending that again.",
        Code::ValidationFailed => "<code>errors</code> tells the members, and what each must be.",
        Code::UnknownField => "The detail names the one that is meant, where one is alike. What is unknown is never ignored, as a setting with a typo would do nothing.",
        Code::MissingField => "Add the member that <code>errors</code> names.",
        Code::WrongType => "A number is no text, and a text no number.",
        Code::OutOfRange => "The detail tells what is expected; the document of the API has the bounds of each member.",
        Code::InvalidParameter => "The detail tells what the parameter may be.",
        Code::LimitOutOfRange => "A page has 1 to 100 rows.",
        Code::DateRangeInvalid => "Times are written as in RFC 3339, and <code>from</code> is before <code>to</code>.",
        Code::SearchTooLong => "Search for at most 200 characters.",
        Code::EventNotObject => "An event is one JSON object. Several are a batch, for <code>POST /api/v1/events/batch</code>.",
        Code::CeSpecversion => "Set <code>specversion</code> to <code>\"1.0\"</code>.",
        Code::CeMissingAttribute => "<code>id</code>, <code>source</code>, <code>type</code> and <code>specversion</code> are required. Where none is there, what came is data alone: it goes into <code>data</code>, or the attributes into headers.",
        Code::CeInvalidId => "An <code>id</code> has 1 to 255 characters, and is the event's own: with its source it tells duplicates.",
        Code::CeInvalidSource => "A <code>source</code> is a URI reference of 1 to 512 characters, such as <code>/orders</code> or <code>BILLING</code>.",
        Code::CeInvalidType => "A <code>type</code> has 1 to 255 visible ASCII characters.",
        Code::CeInvalidTime => "A <code>time</code> is written as in RFC 3339: <code>2025-07-08T18:01:19.622Z</code>.",
        Code::CeInvalidDatacontenttype => "A <code>datacontenttype</code> is a media type such as <code>application/json</code>.",
        Code::CeInvalidBase64 => "Encode with the standard alphabet and padding.",
        Code::CeDataConflict => "Send <code>data</code> or <code>data_base64</code>; in binary mode the body is the data.",
        Code::CeInvalidAttribute => "A <code>subject</code> is not empty, a <code>dataschema</code> is a URI, and extension attributes have names of lower-case letters and digits, and values that are no objects or arrays.",
        Code::EventIdConflict => "The same <code>source</code> and <code>id</code> with the same bytes is a duplicate, and answered with 202. With other bytes it needs another id.",
        Code::FanoutLimit => "Let the webhooks select fewer types, or set conditions.",
        Code::EventExpired => "Events are kept for the days of <code>HOOKWRIGHT_RETENTION_DAYS</code>.",
        Code::EventErased => "Its content is gone for good. Publish a new event if it is to be sent.",
        Code::EventTypeUnknown => "Choose one of <code>GET /api/v1/event-types</code>.",
        Code::SchemaInvalid => "The detail tells where the schema is none.",
        Code::EventTypeExists => "Change the one that is there, or <code>PUT</code> it. One for all tenants is deleted by the platform.",
        Code::UrlInvalid => "Write it whole: <code>https://example.com/webhooks</code>.",
        Code::UrlTooLong => "A URL has at most 2,048 bytes.",
        Code::UrlControlChar => "Encode it: a space is <code>%20</code>.",
        Code::UrlSchemeNotAllowed => "Use <code>https</code>. Whoever runs the server can allow <code>http</code> with <code>HOOKWRIGHT_ALLOW_HTTP</code>.",
        Code::UrlUserinfoNotAllowed => "Use the webhook's authentication: what stands in a URL ends up in logs.",
        Code::UrlFragmentNotAllowed => "What follows a <code>#</code> is never sent.",
        Code::UrlNotCanonical => "Write the address as a browser shows it: <code>127.0.0.1</code>, not <code>127.1</code> or <code>0x7f000001</code>.",
        Code::UrlPortNotAllowed => "The port is another service's. Use 443, or one from 1024 on at which no database, queue or cluster usually listens.",
        Code::TargetAddressBlocked => "The address is inside a network. Whoever runs the server can allow it with <code>HOOKWRIGHT_ALLOW_NETWORKS</code>.",
        Code::TargetHostNotAllowed => "The name is one of a machine or a network, not of the Internet. Whoever runs the server can allow its network with <code>HOOKWRIGHT_ALLOW_NETWORKS</code>.",
        Code::TargetIsSelf => "Events would go round and round.",
        Code::SecretInvalid => "A secret has 8 to 256 bytes; behind <code>whsec_</code> stands base64. Left out, the server makes one.",
        Code::RotationUnderWay => "Two secrets sign at most. Wait until the one before has ended, or rotate with <code>overlap_seconds</code> 0.",
        Code::SecretPlaceholder => "Leave the member out to keep what is set; the mask is not it.",
        Code::DescriptionInvalid => "A description is one line of at most 200 characters.",
        Code::ConditionInvalid => "A condition has a path (a JSON pointer), an operator, and up to 20 values; 10 conditions at most.",
        Code::FilterInvalid => "Types are written <code>SOURCE.TYPE</code>, or <code>SOURCE.*</code>; mode <code>selected</code> needs one at least.",
        Code::UsernameInvalid => "A username has 1 to 256 characters, and no colon.",
        Code::HeaderNameInvalid => "Letters, digits, hyphens and underscores.",
        Code::HeaderValueInvalid => "1 to 4,096 visible ASCII characters, with blanks only between them.",
        Code::HeaderReserved => "The sender or the connection sets it.",
        Code::HeaderRepeated => "Each name may stand once, in whatever case, the authentication's own included.",
        Code::CredentialKept => "The URL leads to another scheme, host or port: give the password or the values again, or take them away.",
        Code::WebhookDeleted => "Its deliveries can be looked at, and not be sent any more.",
        Code::WebhookInactive => "Activate it; what waits is sent then.",
        Code::WebhookResting => "The receiver has answered 429 or 503 with <code>Retry-After</code>. Saving the webhook ends the rest.",
        Code::EmailInvalid => "The detail tells what an address looks like.",
        Code::EmailTaken => "Operators are told apart by their addresses.",
        Code::PasswordInvalid => "The detail tells the bounds.",
        Code::PasswordWrong => "The present password is asked for too.",
        Code::NameInvalid => "A name is one line, and not empty.",
        Code::LastAdmin => "Make another operator an admin first: nobody could undo it.",
        Code::LinkInvalid => "Links work once, and for a short time. Ask for a new one.",
        Code::SetUpDone => "Sign in.",
        Code::TenantExists => "<code>Location</code> leads to the one that has it, where that can be told: a customer who is there already needs no other tenant. <code>PUT</code> by an external ID takes the one that is there; tenants with external IDs may have the same name.",
        Code::TenantGetsAlerts => "<code>HOOKWRIGHT_ALERTS_TENANT</code> names this tenant. Change that setting first.",
        Code::TenantInUse => "Its webhooks are deleted with it where <code>webhooks=delete</code> asks for that. The default tenant stays.",
        Code::LimitReached => "Delete what is not needed any more; the detail names the setting, where there is one.",
        Code::DeliveryNotFailed => "What has arrived is never sent again.",
        Code::DeliveryInProgress => "Wait for the result of the attempt.",
        Code::DeliveryIsTest => "Start a new test.",
        Code::NothingToResend => "Widen the window, or look which deliveries have failed.",
        Code::TooManyToResend => "Choose a shorter window, and start the next job after it.",
        Code::ResendJobRunning => "One job at a time sends to a webhook. <code>Location</code> leads to the one that runs.",
        Code::TooManyRequests => "Too much waits to be carried out, or too many of one kind were sent within a minute. Nothing was recorded of this request.",
        Code::InternalError => "The log tells more under the <code>request_id</code>.",
        Code::TooManyStreams => "Close streams that nobody watches.",
        Code::StorageUnavailable => "The database is away or does not answer in time. An event may have been recorded all the same: the same <code>id</code> makes sure that it counts once.",
        Code::StorageReadOnly => "Whoever runs the server has to make the database writable.",
        Code::StorageFull => "Whoever runs the server has to make room.",
        Code::NothingIsSent => "This server has <code>HOOKWRIGHT_DELIVER=false</code> and no other node delivers, or at <code>/readyz</code>, it lacks the encryption key.",
        Code::ShuttingDown => "Another node, or this one after its start, takes it.",
    }
}
