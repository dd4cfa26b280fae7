//! What receivers are sent, as the document's `webhooks`: from it a receiver can be generated, too.

use crate::delivery::request::HEX_SIGNATURE;
use utoipa::openapi::{
    Content, HttpMethod, Object, OpenApi, Paths, PathsBuilder, Ref, RefOr, Required, ResponseBuilder, Type,
    path::{Operation, Parameter, ParameterIn, PathItem},
    request_body::RequestBody,
    security::SecurityRequirement,
};

/// What goes with each event.
const HEADERS: [(&str, &str); 4] = [
    (
        HEX_SIGNATURE,
        "Lower-case hexadecimal HMAC-SHA256 of the body under the webhook's secret. The header's name, and what stands before the digits, \
         are settings of the server: `GET /session` tells them. While a secret rotates, the same header with `-Previous` at its end carries \
         the signature by the secret before",
    ),
    ("webhook-id", "The delivery's id, the same in every attempt: whoever has seen it answers 2xx and does nothing"),
    ("webhook-timestamp", "When the request was signed, in seconds since 1970"),
    (
        "webhook-signature",
        "`v1,<base64>`: HMAC-SHA256 of `<webhook-id>.<webhook-timestamp>.<body>` (Standard Webhooks); two, with a space between them, \
         while a secret rotates",
    ),
];

/// How a receiver may answer, and what follows.
const ANSWERS: [(&str, &str); 4] = [
    ("2XX", "The event has arrived."),
    ("410", "The webhook is deactivated, and tells why."),
    ("429", "The whole webhook rests, as long as `Retry-After` asks, then the delivery is tried again; so with 503."),
    (
        "default",
        "The attempt has failed, also without an answer in time: the delivery is tried again by the webhook's schedule.",
    ),
];

/// Adds what receivers are sent to the document.
pub(super) fn add(document: &mut OpenApi) {
    let schema = || RefOr::Ref(Ref::from_schema_name("CloudEvent"));
    let mut body = RequestBody::builder().required(Some(Required::True)).description(Some(
        "The event as it was published: numbers, spaces and the order of members stay. With the webhook's `content_mode` `binary`, its \
         `data` alone, of whatever media type, and its attributes in headers that begin with `ce-`.",
    ));
    body = body.content("application/json", Content::new(Some(schema())));
    body = body.content("*/*", Content::new(Some(RefOr::Ref(Ref::from_schema_name("EventData")))));
    let text = || Object::builder().schema_type(Type::String);
    let mut operation = Operation::builder()
        .summary(Some("Receive an event"))
        .description(Some(
            "POSTed to the payload URL of each webhook that wants the event, at least once, in no promised order. An attempt has the \
             webhook's time limit (`timeout_ms`); redirects are not followed. The webhook's own headers and \
             authentication come with it.",
        ))
        .operation_id(Some("receive_event"))
        .request_body(Some(body.build()))
        // Nobody signs in at a receiver; what the webhook authenticates with is its own.
        .security(SecurityRequirement::default());
    for (name, description) in HEADERS {
        let header = Parameter::builder().name(name).parameter_in(ParameterIn::Header).required(Required::True);
        operation = operation.parameter(header.description(Some(description)).schema(Some(text())).build());
    }
    for (status, description) in ANSWERS {
        operation = operation.response(status, ResponseBuilder::new().description(description).build());
    }
    let paths: Paths = PathsBuilder::new().path("event", PathItem::new(HttpMethod::Post, operation.build())).build();
    document.webhooks = Some(paths);
}
