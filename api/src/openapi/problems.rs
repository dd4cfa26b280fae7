//! Which problems each operation answers with: derived from what it takes, and from a table of what is its own.

use super::headers;
use crate::routes::idempotency;
use shared::{Code, Code::*};
use std::collections::{BTreeMap, BTreeSet};
use utoipa::openapi::{
    AllOf, Components, Content, Object, Ref, RefOr, Response, Schema, Type,
    path::{Operation, ParameterIn},
};

const MEDIA_TYPE: &str = "application/problem+json";

/// Before any handler, and whatever fails on our side.
const EVERYWHERE: &[Code] = &[
    RequestInvalid,
    UnknownParameter,
    // Of `Hookwright-Tenant`.
    IdInvalid,
    TenantUnknown,
    NotFound,
    HostNotAllowed,
    UriTooLong,
    HeadersTooLarge,
    InternalError,
    StorageUnavailable,
];

const WRITES: &[Code] = &[Csrf, StorageReadOnly, StorageFull];

const BODY: &[Code] = &[
    BodyMissing,
    JsonSyntax,
    JsonInvalidUtf8,
    JsonTooDeep,
    JsonDuplicateKey,
    JsonInvalidUnicode,
    RequestTimeout,
    BodyTooLarge,
    MediaTypeNotSupported,
    ContentEncodingNotSupported,
];

/// A body that is read into a type.
const MEMBERS: &[Code] = &[UnknownField, MissingField, WrongType, OutOfRange];

const KEYED: &[Code] = &[IdempotencyInProgress, IdempotencyAnswerLost, IdempotencyKeyInvalid, IdempotencyKeyReused];

const EVENT: &[Code] = &[
    EventNotObject,
    CeSpecversion,
    CeMissingAttribute,
    CeInvalidId,
    CeInvalidSource,
    CeInvalidType,
    CeInvalidTime,
    CeInvalidDatacontenttype,
    CeInvalidBase64,
    CeDataConflict,
    CeInvalidAttribute,
];

const WEBHOOK: &[Code] = &[
    UrlInvalid,
    UrlTooLong,
    UrlControlChar,
    UrlSchemeNotAllowed,
    UrlUserinfoNotAllowed,
    UrlFragmentNotAllowed,
    UrlNotCanonical,
    UrlPortNotAllowed,
    TargetAddressBlocked,
    TargetHostNotAllowed,
    TargetIsSelf,
    SecretInvalid,
    SecretPlaceholder,
    DescriptionInvalid,
    ConditionInvalid,
    FilterInvalid,
    UsernameInvalid,
    HeaderNameInvalid,
    HeaderValueInvalid,
    HeaderReserved,
    HeaderRepeated,
];

/// What follows from a parameter of that name.
fn of_parameter(name: &str) -> &'static [Code] {
    match name {
        "limit" => &[LimitOutOfRange],
        "cursor" => &[CursorInvalid],
        "from" | "to" => &[DateRangeInvalid],
        "q" => &[SearchTooLong],
        "If-Match" => &[VersionMismatch],
        _ => &[],
    }
}

/// What only that operation answers with.
fn of_operation(method: &str, path: &str) -> &'static [&'static [Code]] {
    match (method, path) {
        ("POST", "/events") => &[EVENT, &[EventIdConflict, FanoutLimit, TooManyRequests]],
        // What is wrong with one of its events stands in the answer.
        ("POST", "/events/batch") => &[&[EventNotObject, BatchTooLarge, TooManyRequests]],
        ("GET", "/events/{id}" | "/deliveries/{id}") => &[&[EventExpired]],
        ("DELETE", "/events/{id}/content") => &[&[DeliveryInProgress, EventExpired]],
        ("POST", "/webhooks") => &[WEBHOOK, &[LimitReached]],
        ("POST", "/webhooks/preflight") => &[&[TooManyRequests]],
        ("PATCH", "/webhooks/{id}") => &[WEBHOOK, &[CredentialKept]],
        ("POST", "/webhooks/{id}/rotate-secret") => &[&[SecretInvalid, SecretPlaceholder, RotationUnderWay]],
        ("POST", "/webhooks/{id}/test") => &[&[EventTypeUnknown, NothingIsSent]],
        ("POST", "/deliveries/{id}/resend") => &[&[
            DeliveryNotFailed,
            DeliveryInProgress,
            DeliveryIsTest,
            WebhookResting,
            WebhookInactive,
            WebhookDeleted,
            EventErased,
            EventExpired,
            NothingIsSent,
        ]],
        ("POST", "/webhooks/{id}/resend-failed" | "/webhooks/{id}/send-missed") => &[&[
            DateRangeInvalid,
            FilterInvalid,
            WebhookInactive,
            NothingToResend,
            TooManyToResend,
            ResendJobRunning,
            NothingIsSent,
        ]],
        ("POST", "/event-types") | ("PUT", "/event-types/{name}") => {
            &[EVENT, &[DescriptionInvalid, SchemaInvalid, ValidationFailed, EventTypeExists, LimitReached]]
        }
        ("POST", "/client-errors") => &[&[TooManyRequests]],
        ("GET", "/live") => &[&[TooManyStreams]],
        ("POST", "/session") => &[&[SignInFailed, PasswordInvalid, HttpsRequired, TooManyRequests]],
        ("PUT", "/session/password") => &[&[PasswordInvalid, PasswordWrong, HttpsRequired, TooManyRequests]],
        ("POST", "/session/portal-link") => &[&[LinkInvalid, HttpsRequired]],
        ("POST", "/set-up") => {
            &[&[EmailInvalid, PasswordInvalid, LinkInvalid, SetUpDone, HttpsRequired, TooManyRequests]]
        }
        ("POST", "/operators") => &[&[EmailInvalid, PasswordInvalid, ValidationFailed, EmailTaken, TooManyRequests]],
        ("PATCH", "/operators/{id}") => &[&[PasswordInvalid, ValidationFailed, LastAdmin, TooManyRequests]],
        ("DELETE", "/operators/{id}") => &[&[LastAdmin]],
        ("POST", "/api-keys") => &[&[NameInvalid, DateRangeInvalid]],
        ("POST", "/tenants") => &[&[NameInvalid, ValidationFailed, TenantExists, TenantGetsAlerts]],
        ("PUT", "/tenants/{id}") => &[&[NameInvalid, TenantExists, TenantGetsAlerts]],
        ("PATCH", "/tenants/{id}") => &[&[NameInvalid, ValidationFailed, TenantExists, TenantGetsAlerts]],
        ("DELETE", "/tenants/{id}") => &[&[TenantInUse, TenantGetsAlerts, LastAdmin]],
        ("POST", "/portal-links") => &[&[ValidationFailed, NameInvalid]],
        _ => &[],
    }
}

/// Adds what goes wrong to an operation, by status. What has few codes is the same for many operations: it stands once, with the components.
pub(super) fn add(method: &str, path: &str, operation: &mut Operation, components: &mut Components) {
    for (status, codes) in by_status(&codes(method, path, operation)) {
        let response = match codes.as_slice() {
            few @ ([_] | [_, _]) => {
                let name = few.iter().map(|code| code.name()).collect::<Vec<_>>().join("_or_");
                let reference = Ref::from_response_name(&name);
                components.responses.entry(name).or_insert_with(|| response(few).into());
                RefOr::Ref(reference)
            }
            codes => response(codes).into(),
        };
        operation.responses.responses.insert(status.to_string(), response);
    }
}

/// The codes that an operation may answer with; some may stand twice.
pub(super) fn codes(method: &str, path: &str, operation: &Operation) -> Vec<Code> {
    let mut lists = vec![EVERYWHERE];
    if method != "GET" {
        lists.push(WRITES);
    }
    if super::is_of_a_caller(operation) {
        lists.push(&[Unauthenticated]);
        // Anybody may ask who they are.
        if path != "/session" {
            lists.push(&[ForbiddenRole]);
        }
    }
    for parameter in operation.parameters.iter().flatten() {
        if let RefOr::T(parameter) = parameter {
            if matches!(parameter.parameter_in, ParameterIn::Query) {
                lists.push(&[InvalidParameter]);
            }
            lists.push(of_parameter(&parameter.name));
        }
    }
    if operation.request_body.is_some() {
        lists.push(BODY);
        if !matches!(path, "/events" | "/events/batch") {
            lists.push(MEMBERS);
        }
    }
    if method == "POST" && idempotency::PATHS.contains(&path) {
        lists.push(KEYED);
    }
    lists.extend(of_operation(method, path));
    lists.concat()
}

fn by_status(codes: &[Code]) -> BTreeMap<u16, Vec<Code>> {
    let mut groups = BTreeMap::<u16, Vec<Code>>::new();
    let mut seen = BTreeSet::new();
    for code in codes.iter().filter(|code| seen.insert(code.name())) {
        groups.entry(code.status()).or_default().push(*code);
    }
    groups
}

/// A problem with one of those codes.
fn response(codes: &[Code]) -> Response {
    let titles: Vec<_> = codes.iter().map(|code| format!("{} (`{}`)", code.title(), code.name())).collect();
    let names = Object::builder().schema_type(Type::String).enum_values(Some(codes.iter().map(|code| code.name())));
    let code = Schema::from(Object::builder().property("code", names));
    let schema = AllOf::builder().item(Ref::from_schema_name("Problem")).item(code);
    let mut response = Response::new(titles.join("; ") + ".");
    let names = codes.iter().flat_map(|code| headers::of_problem(*code)).chain([&headers::REQUEST_ID]);
    response.headers = names.map(|name| headers::reference(name)).collect();
    response.content.insert(MEDIA_TYPE.into(), Content::new(Some(Schema::from(schema))).into());
    response
}
