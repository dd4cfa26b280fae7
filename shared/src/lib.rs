//! What travels between the API and whoever calls it: ids, instants, resources, problems, and the rules that a form and the
//! server check alike.
//!
//! Compiles to WebAssembly, so nothing here reads a clock, makes randomness or weighs much (no chrono, url, regex).

mod api_key;
mod attempt;
mod audit;
mod check;
mod client_error;
mod decimal;
mod delivery;
mod event;
mod event_type;
mod id;
pub mod live;
mod names;
mod operator;
mod page;
pub mod paths;
mod preflight;
mod problem;
mod resend_job;
mod role;
mod selection;
mod session;
mod stats;
mod tenant;
mod timestamp;
mod webhook;
mod webhook_test;

pub use api_key::{ApiKey, CreatedApiKey, NewApiKey};
pub use attempt::{Attempt, Failure, Header, Phases, ResponseBody, Trigger};
pub use audit::{ActorKind, AuditAction, AuditActor, AuditEntry, AuditTarget};
pub use check::{
    MAX_CONCURRENCY, MAX_DESCRIPTION_CHARS, MAX_HEADERS_BYTES, MAX_PASSWORD_BYTES, MAX_RATE_LIMIT, MAX_RETRIES,
    MAX_RETRY_DELAY_SECONDS, MAX_SELECTED_TYPES, MAX_TIMEOUT_MS, MIN_PASSWORD_CHARS, MIN_TIMEOUT_MS,
    RETRY_SCHEDULE_DETAIL, SECRET_MASK, SECRET_PREFIX, check_payload_url, check_selected_type, check_single_type,
    is_external_id, is_portal_page, is_reserved_header, is_retry_schedule, is_same_origin,
};
pub use client_error::ClientError;
pub use decimal::Decimal;
pub use delivery::{Delivery, DeliveryStatus, DeliverySummary, Resend, ResendHeaders, SentData};
pub use event::{BatchItem, Event, EventSummary, EventWebhook, NotMatched, Published};
pub use event_type::{Catalogue, EventType, NewEventType};
pub use id::{Id, IdError};
pub use names::Named;
pub use operator::{NewOperator, Operator, OperatorPatch};
pub use page::Page;
pub use preflight::{NewPreflight, Preflight, PreflightAdvice, PreflightDns, PreflightHttp, PreflightTls};
pub use problem::{Code, FieldError, Problem};
pub use resend_job::{ResendCount, ResendFailed, ResendJob, ResendJobStatus, ResendKind, SendMissed, StopReason};
pub use role::Role;
pub use selection::{CatalogueShare, ConditionOperator, EventCondition, EventMode, EventSelection};
pub use session::{CallerKind, OpenPortalLink, PasswordChange, Session, SetUp, SetUpState, SignIn};
pub use stats::{Bucket, Counts, FailureCount, HourCounts, Period, Stats, TypeCount, WebhookCount};
pub use tenant::{NewPortalLink, NewTenant, PortalLink, Tenant, TenantName, TenantPatch, TenantSummary};
pub use timestamp::{Timestamp, TimestampError};
pub use webhook::{
    Authentication, AuthenticationInput, AuthenticationType, ContentMode, CreatedWebhook, CustomHeader, InactiveReason,
    KeptWebhook, NewWebhook, RotatedSecret, SecretRotation, Webhook, WebhookDefaults, WebhookPatch, WebhookStatus,
};
pub use webhook_test::{NewTest, TestKind};

/// Tells a member that is `null` from one that is left out.
fn given<'de, T: serde::Deserialize<'de>, D: serde::Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Option<T>>, D::Error> {
    serde::Deserialize::deserialize(deserializer).map(Some)
}
