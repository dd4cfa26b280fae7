//! Problems: what is answered when something is wrong (RFC 9457), with a closed list of codes.

use serde::{Deserialize, Serialize};

/// What is wrong and what to do (RFC 9457, `application/problem+json`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Problem {
    /// Where the code is documented.
    #[serde(rename = "type")]
    pub kind: String,
    /// The code in words; always the same for the same code.
    pub title: String,
    /// The HTTP status code.
    pub status: u16,
    /// What to do about it, in a sentence.
    pub detail: String,
    /// What clients branch on.
    pub code: Code,
    /// Names this request in the server's log.
    pub request_id: String,
    /// What is wrong with each member of the request, where that can be said.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<FieldError>,
}

/// What is wrong with one member of a request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct FieldError {
    /// Where it is: a JSON pointer into the body, or the name of the query parameter.
    pub pointer: String,
    /// What is wrong.
    pub code: Code,
    /// What to do about it.
    pub detail: String,
}

impl FieldError {
    /// The error at that pointer.
    pub fn new(pointer: impl Into<String>, code: Code, detail: impl Into<String>) -> Self {
        Self { pointer: pointer.into(), code, detail: detail.into() }
    }
}

/// Declares the codes: one line each, `Variant, "name", status, "title";`. The name is a `tt`: a `literal` would reach the derive macros
/// in an invisible group, and the OpenAPI document would not know the name.
macro_rules! codes {
    ($($variant:ident, $name:tt, $status:literal, $title:literal;)*) => {
        /// The codes of problems: a closed list. The name is what goes over the wire.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
        pub enum Code {
            $(#[doc = concat!($title, " (", stringify!($status), ").")] #[cfg_attr(feature = "openapi", schema(rename = $name))] $variant,)*
        }

        impl crate::Named for Code {
            const NAMES: &'static [(Self, &'static str)] = &[$((Self::$variant, $name)),*];
        }

        crate::names::travels!(Code, $($name)*);

        impl Code {
            /// Every code.
            pub const ALL: &[Self] = &[$(Self::$variant),*];

            /// The name on the wire.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name),* }
            }

            /// The HTTP status that goes with it.
            pub const fn status(self) -> u16 {
                match self { $(Self::$variant => $status),* }
            }

            /// The code in words.
            pub const fn title(self) -> &'static str {
                match self { $(Self::$variant => $title),* }
            }
        }
    };
}

codes! {
    // The request as such.
    BodyMissing, "body_missing", 400, "The body is missing";
    JsonSyntax, "json_syntax", 400, "The body is not valid JSON";
    JsonInvalidUtf8, "json_invalid_utf8", 400, "The body is not UTF-8";
    JsonTooDeep, "json_too_deep", 400, "The body is nested too deeply";
    JsonDuplicateKey, "json_duplicate_key", 400, "A member appears twice";
    JsonInvalidUnicode, "json_invalid_unicode", 400, "A string has a lone surrogate";
    IdInvalid, "id_invalid", 400, "That is not an id";
    CursorInvalid, "cursor_invalid", 400, "The cursor is not valid here";
    UnknownParameter, "unknown_parameter", 400, "An unknown query parameter";
    RequestInvalid, "request_invalid", 400, "The request is not valid HTTP";
    Unauthenticated, "unauthenticated", 401, "The credentials are missing or invalid";
    SignInFailed, "sign_in_failed", 401, "The e-mail address or the password is wrong";
    ForbiddenRole, "forbidden_role", 403, "The role does not allow this";
    HttpsRequired, "https_required", 403, "Signing in needs https";
    Csrf, "csrf", 403, "The request comes from another site";
    HostNotAllowed, "host_not_allowed", 403, "The server is not known by that name";
    NotFound, "not_found", 404, "There is nothing here";
    TenantUnknown, "tenant_unknown", 404, "Hookwright-Tenant names no tenant";
    MethodNotAllowed, "method_not_allowed", 405, "The method is not allowed here";
    RequestTimeout, "request_timeout", 408, "The request took too long to arrive";
    VersionMismatch, "version_mismatch", 412, "Somebody changed it meanwhile";
    BatchTooLarge, "batch_too_large", 413, "The batch is too large";
    BodyTooLarge, "body_too_large", 413, "The body is too large";
    UriTooLong, "uri_too_long", 414, "The URI is too long";
    MediaTypeNotSupported, "media_type_not_supported", 415, "The media type is not supported";
    ContentEncodingNotSupported, "content_encoding_not_supported", 415, "The content encoding is not supported";
    HeadersTooLarge, "headers_too_large", 431, "The headers are too large";

    // Idempotency-Key.
    IdempotencyInProgress, "idempotency_in_progress", 409, "A request with this key is under way";
    IdempotencyAnswerLost, "idempotency_answer_lost", 409, "The request was carried out, and its answer is lost";
    IdempotencyKeyInvalid, "idempotency_key_invalid", 422, "The Idempotency-Key is not valid";
    IdempotencyKeyReused, "idempotency_key_reused", 422, "This Idempotency-Key was used for another request";

    // Members of a body, and query parameters.
    ValidationFailed, "validation_failed", 422, "Something in the request is not valid";
    UnknownField, "unknown_field", 422, "An unknown member";
    MissingField, "missing_field", 422, "A member is missing";
    WrongType, "wrong_type", 422, "A member has the wrong type";
    OutOfRange, "out_of_range", 422, "A number is out of range";
    InvalidParameter, "invalid_parameter", 422, "A query parameter has an invalid value";
    LimitOutOfRange, "limit_out_of_range", 422, "The limit is out of range";
    DateRangeInvalid, "date_range_invalid", 422, "The range of dates is not valid";
    SearchTooLong, "search_too_long", 422, "The text to search for is too long";

    // Events.
    EventNotObject, "event_not_object", 422, "The event is not a JSON object";
    CeSpecversion, "ce_specversion", 422, "The specversion is not 1.0";
    CeMissingAttribute, "ce_missing_attribute", 422, "A CloudEvents attribute is missing";
    CeInvalidId, "ce_invalid_id", 422, "The event's id is not valid";
    CeInvalidSource, "ce_invalid_source", 422, "The event's source is not valid";
    CeInvalidType, "ce_invalid_type", 422, "The event's type is not valid";
    CeInvalidTime, "ce_invalid_time", 422, "The event's time is not valid";
    CeInvalidDatacontenttype, "ce_invalid_datacontenttype", 422, "The event's datacontenttype is not valid";
    CeInvalidBase64, "ce_invalid_base64", 422, "The event's data_base64 is not base64";
    CeDataConflict, "ce_data_conflict", 422, "The event has both data and data_base64";
    CeInvalidAttribute, "ce_invalid_attribute", 422, "An attribute of the event is not valid";
    EventIdConflict, "event_id_conflict", 409, "Another event has this source and id";
    FanoutLimit, "fanout_limit", 422, "Too many webhooks select this event";
    EventExpired, "event_expired", 410, "The event was purged";
    EventErased, "event_erased", 409, "The event's content was erased";
    EventTypeUnknown, "event_type_unknown", 422, "The event type is not in the catalogue";
    SchemaInvalid, "schema_invalid", 422, "The schema is not a JSON Schema";
    EventTypeExists, "event_type_exists", 409, "The event type exists already";

    // Webhooks.
    UrlInvalid, "url_invalid", 422, "The URL is not valid";
    UrlTooLong, "url_too_long", 422, "The URL is too long";
    UrlControlChar, "url_control_char", 422, "The URL has a space or a control character";
    UrlSchemeNotAllowed, "url_scheme_not_allowed", 422, "The URL's scheme is not allowed";
    UrlUserinfoNotAllowed, "url_userinfo_not_allowed", 422, "The URL has a username or password";
    UrlFragmentNotAllowed, "url_fragment_not_allowed", 422, "The URL has a fragment";
    UrlNotCanonical, "url_not_canonical", 422, "The URL is not in its canonical form";
    UrlPortNotAllowed, "url_port_not_allowed", 422, "The URL's port is not allowed";
    TargetAddressBlocked, "target_address_blocked", 422, "The URL points to an address that is not allowed";
    TargetHostNotAllowed, "target_host_not_allowed", 422, "The URL's host is not allowed";
    TargetIsSelf, "target_is_self", 422, "The URL points to this server";
    SecretInvalid, "secret_invalid", 422, "The secret is not valid";
    RotationUnderWay, "rotation_under_way", 409, "The secret is being rotated";
    SecretPlaceholder, "secret_placeholder", 422, "The value is the mask, not the secret";
    DescriptionInvalid, "description_invalid", 422, "The description is not valid";
    ConditionInvalid, "condition_invalid", 422, "The condition is not valid";
    FilterInvalid, "filter_invalid", 422, "The selection of events is not valid";
    UsernameInvalid, "username_invalid", 422, "The username is not valid";
    HeaderNameInvalid, "header_name_invalid", 422, "The header's name is not valid";
    HeaderValueInvalid, "header_value_invalid", 422, "The header's value is not valid";
    HeaderReserved, "header_reserved", 422, "The header is reserved";
    HeaderRepeated, "header_repeated", 422, "The header appears twice";
    CredentialKept, "credential_kept", 422, "Kept credentials would go to another server";
    WebhookDeleted, "webhook_deleted", 410, "The webhook was deleted";
    WebhookInactive, "webhook_inactive", 409, "The webhook is inactive";
    WebhookResting, "webhook_resting", 409, "The webhook is resting because its receiver asked to wait";

    // Accounts, keys, tenants.
    EmailInvalid, "email_invalid", 422, "The e-mail address is not valid";
    EmailTaken, "email_taken", 409, "Another operator has this e-mail address";
    PasswordInvalid, "password_invalid", 422, "The password is not valid";
    PasswordWrong, "password_wrong", 422, "That is not the password";
    NameInvalid, "name_invalid", 422, "The name is not valid";
    LastAdmin, "last_admin", 409, "That is the last admin";
    LinkInvalid, "link_invalid", 410, "The link was used or has expired";
    SetUpDone, "set_up_done", 409, "The server is set up";
    TenantExists, "tenant_exists", 409, "Another tenant has this name or external ID";
    TenantGetsAlerts, "tenant_gets_alerts", 409, "The alerts would go to another tenant, or to none";
    TenantInUse, "tenant_in_use", 409, "The tenant cannot be deleted";
    LimitReached, "limit_reached", 409, "The limit has been reached";

    // Deliveries.
    DeliveryNotFailed, "delivery_not_failed", 409, "The delivery has not failed";
    DeliveryInProgress, "delivery_in_progress", 409, "An attempt is under way";
    DeliveryIsTest, "delivery_is_test", 409, "A test cannot be resent";
    NothingToResend, "nothing_to_resend", 422, "There is nothing left to send in the window";
    TooManyToResend, "too_many_to_resend", 422, "The window holds more than a single job can send";
    ResendJobRunning, "resend_job_running", 409, "A resend job of this webhook is running";

    // Our side.
    TooManyRequests, "too_many_requests", 429, "Too many requests at once";
    InternalError, "internal_error", 500, "Something failed on our side";
    TooManyStreams, "too_many_streams", 503, "Too many live streams are open";
    StorageUnavailable, "storage_unavailable", 503, "The database does not answer";
    StorageReadOnly, "storage_read_only", 503, "The database takes no writes";
    StorageFull, "storage_full", 503, "The database's disk is full";
    NothingIsSent, "nothing_is_sent", 503, "This server does not deliver";
    ShuttingDown, "shutting_down", 503, "The server is stopping";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_told_apart_by_name() {
        let mut names: Vec<_> = Code::ALL.iter().map(|code| code.name()).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), Code::ALL.len());
    }
}
