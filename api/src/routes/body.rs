//! Bodies of requests: read within a limit, and turned into types of `shared` with an error for each member that does not fit.

mod objects;

use self::objects::Objects;
use crate::{delivery::content, intake, json, json::MembersError, problem::Error};
use actix_web::{FromRequest, HttpRequest, dev::Payload, http::header};
use futures_util::{StreamExt as _, future::LocalBoxFuture};
use serde::de::DeserializeOwned;
use shared::{Code, FieldError};
use std::time::Duration;

/// How large a body may be, in bytes.
const MAX_BODY: usize = intake::MAX_EVENT;

/// How large a batch may be, in bytes.
const MAX_BATCH: usize = 1_024 * 1_024;
/// How the media types of whole events begin.
const CLOUDEVENTS: &str = "application/cloudevents";
const BATCH: &str = "application/cloudevents-batch+json";
/// How else than as JSON an event may come.
const BINARY: &str =
    " Data of any other media type comes alone, with the attributes in headers such as ce-id, ce-source and ce-type.";

/// How long a body may take to arrive: whoever sends it drop by drop holds up a connection of somebody else.
const BODY_WITHIN: Duration = Duration::from_secs(10);

/// A body of JSON of at most so many bytes, read into a type of `shared`.
pub(super) struct Body<T, const MOST: usize = MAX_BODY>(pub(super) T);

/// The bytes of a batch of events.
pub(super) struct BatchBody(pub(super) Vec<u8>);

/// A body of JSON that may be left out.
pub(super) struct OptionalBody<T>(pub(super) T);

/// The bytes of a published event or batch, and the mode in which they came (CloudEvents HTTP binding, section 3).
pub(super) enum EventBody {
    /// The body is the event.
    Structured(Vec<u8>),
    /// The attributes stand in headers, the body is the data.
    Binary(Vec<u8>),
    /// The body is a list of events.
    Batch(Vec<u8>),
}

impl<T: DeserializeOwned + 'static, const MOST: usize> FromRequest for Body<T, MOST> {
    type Error = Error;
    type Future = LocalBoxFuture<'static, Result<Self, Error>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (request, payload) = (request.clone(), payload.take());
        Box::pin(async move {
            check_type(&request, &["application/json"], "")?;
            parse(&read(&request, payload, MOST, too_large::<MOST>).await?).map(Self)
        })
    }
}

impl<T: DeserializeOwned + Default + 'static> FromRequest for OptionalBody<T> {
    type Error = Error;
    type Future = LocalBoxFuture<'static, Result<Self, Error>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (request, payload) = (request.clone(), payload.take());
        Box::pin(async move {
            let body = read_whole(&request, payload).await?;
            if body.is_empty() {
                return Ok(Self(T::default()));
            }
            check_type(&request, &["application/json"], "")?;
            parse(&body).map(Self)
        })
    }
}

impl FromRequest for EventBody {
    type Error = Error;
    type Future = LocalBoxFuture<'static, Result<Self, Error>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (request, payload) = (request.clone(), payload.take());
        Box::pin(async move {
            let content_type = content_type(&request);
            let essence = content_type.split(';').next().unwrap_or_default().trim();
            if essence == BATCH {
                return read_batch(&request, payload, &[BATCH]).await.map(Self::Batch);
            }
            let in_headers = request.headers().keys().any(|name| content::is_attribute(name.as_str()));
            if in_headers && !essence.starts_with(CLOUDEVENTS) {
                check_encoding(&request)?;
                return read(&request, payload, MAX_BODY, too_large::<MAX_BODY>).await.map(Self::Binary);
            }
            check_type(&request, &["application/cloudevents+json", "application/json", BATCH], BINARY)?;
            read(&request, payload, MAX_BODY, too_large::<MAX_BODY>).await.map(Self::Structured)
        })
    }
}

impl FromRequest for BatchBody {
    type Error = Error;
    type Future = LocalBoxFuture<'static, Result<Self, Error>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (request, payload) = (request.clone(), payload.take());
        Box::pin(async move { read_batch(&request, payload, &[BATCH, "application/json"]).await.map(Self) })
    }
}

async fn read_batch(request: &HttpRequest, payload: Payload, accepted: &[&str]) -> Result<Vec<u8>, Error> {
    check_type(request, accepted, "")?;
    let too_large = || Error::new(Code::BatchTooLarge, "A batch has at most 1 MiB. Send several.");
    read(request, payload, MAX_BATCH, too_large).await
}

fn lower_case(request: &HttpRequest, name: header::HeaderName) -> Option<String> {
    request.headers().get(name).map(|value| value.to_str().unwrap_or("?").to_ascii_lowercase())
}

fn content_type(request: &HttpRequest) -> String {
    lower_case(request, header::CONTENT_TYPE).unwrap_or_default()
}

fn check_encoding(request: &HttpRequest) -> Result<(), Error> {
    match lower_case(request, header::CONTENT_ENCODING) {
        Some(encoding) if encoding != "identity" => {
            let detail = "Send the body as it is, without Content-Encoding.";
            Err(Error::new(Code::ContentEncodingNotSupported, detail))
        }
        _ => Ok(()),
    }
}

/// Refuses encodings and media types that are not read. `also`: how else it may come.
fn check_type(request: &HttpRequest, accepted: &[&str], also: &str) -> Result<(), Error> {
    check_encoding(request)?;
    let content_type = content_type(request);
    let mut parts = content_type.split(';').map(str::trim);
    let known = parts.next().is_some_and(|essence| accepted.contains(&essence));
    let utf8 = parts.all(|parameter| match parameter.split_once('=') {
        Some(("charset", charset)) => charset.trim_matches('"') == "utf-8",
        _ => true,
    });
    if known && utf8 {
        return Ok(());
    }
    let accepted = accepted.join(", ");
    let detail = format!("Send the body as {accepted}, in UTF-8.{also}");
    let name = if request.method() == actix_web::http::Method::PATCH { "accept-patch" } else { "accept-post" };
    Err(Error::new(Code::MediaTypeNotSupported, detail).with_header(http::HeaderName::from_static(name), accepted))
}

fn too_large<const MOST: usize>() -> Error {
    Error::new(Code::BodyTooLarge, format!("This body has at most {} KiB ({MOST} bytes).", MOST / 1_024))
}

/// Reads a body of any resource but events.
pub(super) async fn read_whole(request: &HttpRequest, payload: Payload) -> Result<Vec<u8>, Error> {
    read(request, payload, MAX_BODY, too_large::<MAX_BODY>).await
}

/// Reads a body of at most `most` bytes. One that says that it is larger is not waited for.
async fn read(
    request: &HttpRequest,
    payload: Payload,
    most: usize,
    too_large: fn() -> Error,
) -> Result<Vec<u8>, Error> {
    let length = request.headers().get(header::CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse().ok());
    if length.is_some_and(|length: u64| length > most as u64) {
        return Err(too_large());
    }
    read_within(BODY_WITHIN, payload, most, too_large).await
}

async fn read_within(
    time: Duration,
    mut payload: Payload,
    most: usize,
    too_large: fn() -> Error,
) -> Result<Vec<u8>, Error> {
    let mut body = Vec::new();
    let reading = async {
        while let Some(chunk) = payload.next().await {
            let broken = |_| Error::new(Code::RequestInvalid, "The body broke off or is not valid HTTP.");
            let chunk = chunk.map_err(broken)?;
            if body.len() + chunk.len() > most {
                return Err(too_large());
            }
            body.extend_from_slice(&chunk);
        }
        Ok(())
    };
    let late = |_| Error::new(Code::RequestTimeout, "The body took longer than 10 seconds to arrive. Send it at once.");
    tokio::time::timeout(time, reading).await.map_err(late)??;
    Ok(body)
}

fn parse<T: DeserializeOwned>(body: &[u8]) -> Result<T, Error> {
    let text = json::text(body)?;
    match json::members(text) {
        Ok(_) => {}
        Err(MembersError::Problem(error)) => return Err(error),
        Err(MembersError::NotObject) => {
            return Err(Error::invalid(vec![FieldError::new("", Code::WrongType, "Send a JSON object.")]));
        }
    }
    let mut deserializer = serde_json::Deserializer::from_str(text);
    serde_path_to_error::deserialize(Objects(&mut deserializer)).map_err(|error| refused(&error))
}

/// What does not fit, in our words. serde_json tells its errors apart only by how their texts begin; the tests hold on to that.
fn refused(error: &serde_path_to_error::Error<serde_json::Error>) -> Error {
    let message = error.inner().to_string();
    let quoted = |text: &str| text.split('`').nth(1).unwrap_or_default().to_owned();
    let pointer = pointer(error.path());
    if message.starts_with("duplicate field") {
        return Error::new(
            Code::JsonDuplicateKey,
            format!("The member {:?} appears twice. Send it once.", quoted(&message)),
        );
    }
    let error = if message.starts_with("unknown field") {
        let name = quoted(&message);
        let known = message.split_once("expected").map_or("", |(_, known)| known);
        let detail = match nearest(&name, known.split('`').skip(1).step_by(2)) {
            Some(nearest) => format!("There is no member {name:?} here. Did you mean {nearest:?}?"),
            None => format!("There is no member {name:?} here. Remove it."),
        };
        FieldError::new(pointer, Code::UnknownField, detail)
    } else if message.starts_with("missing field") {
        let name = quoted(&message);
        FieldError::new(format!("{pointer}/{name}"), Code::MissingField, format!("The member {name:?} is required."))
    } else if message.starts_with("invalid value: integer") || beyond_integers(&message) {
        FieldError::new(pointer, Code::OutOfRange, "The number is negative or too large.")
    } else {
        FieldError::new(pointer, Code::WrongType, wanted(&message))
    };
    Error::invalid(vec![error])
}

/// What should have stood there: in the words of the type, if it has some, or what the parser calls it, in words of JSON.
fn wanted(message: &str) -> String {
    let message = message.rsplit_once(" at line").map_or(message, |(message, _)| message);
    let Some((_, expected)) = message.rsplit_once("expected ") else {
        let (first, rest) = message.split_at_checked(1).unwrap_or_default();
        return format!("{}{rest}.", first.to_uppercase());
    };
    let expected = match expected {
        "u8" | "u16" | "u32" | "u64" | "i64" => "a whole number",
        "a sequence" => "an array",
        "value" => "a value, not null",
        expected if expected.starts_with("struct ") => "an object",
        expected => expected,
    };
    format!("Expected: {}.", expected.replace('`', "\""))
}

/// Whether a number is so large that the parser could not hold it as an integer.
fn beyond_integers(message: &str) -> bool {
    let number = message.strip_prefix("invalid type: floating point `").and_then(|rest| rest.split('`').next());
    let large =
        number.and_then(|number| number.parse::<f64>().ok()).is_some_and(|number| number.abs() >= 2_f64.powi(63));
    large || message.starts_with("number out of range")
}

fn pointer(path: &serde_path_to_error::Path) -> String {
    use serde_path_to_error::Segment;
    path.iter()
        .filter_map(|segment| match segment {
            Segment::Seq { index } => Some(format!("/{index}")),
            Segment::Map { key } => Some(format!("/{}", key.replace('~', "~0").replace('/', "~1"))),
            Segment::Enum { .. } | Segment::Unknown => None,
        })
        .collect()
}

/// The known name that an unknown one looks like.
pub(super) fn nearest<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let distance = |known: &&str| strsim::damerau_levenshtein(name, known);
    known.min_by_key(distance).filter(|known| distance(known) <= 2.max(name.len() / 3))
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::error::PayloadError;
    use futures_util::stream;

    fn payload(chunks: impl futures_util::Stream<Item = Result<bytes::Bytes, PayloadError>> + 'static) -> Payload {
        Payload::Stream { payload: Box::pin(chunks) }
    }

    #[tokio::test]
    async fn a_body_that_never_ends_is_given_up() {
        let first = stream::iter([Ok(bytes::Bytes::from_static(b"{"))]);
        let error = read_within(Duration::from_millis(10), payload(first.chain(stream::pending())), 9, too_large::<9>)
            .await
            .unwrap_err();
        assert_eq!(error.code(), Code::RequestTimeout);
        let whole = stream::iter([Ok(bytes::Bytes::from_static(b"{")), Ok(bytes::Bytes::from_static(b"}"))]);
        assert_eq!(read_within(Duration::from_secs(60), payload(whole), 9, too_large::<9>).await.unwrap(), b"{}");
    }
}
