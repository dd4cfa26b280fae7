//! What travels between the API and whoever calls it: ids, instants, resources, problems, and the rules that a form and the
//! server check alike.
//!
//! Compiles to WebAssembly, so nothing here reads a clock, makes randomness or weighs much (no chrono, url, regex).

mod attempt;
mod check;
mod delivery;
mod event;
mod event_type;
mod id;
pub mod live;
mod page;
pub mod paths;
mod preflight;
mod problem;
mod resend_job;
mod stats;
mod timestamp;
mod webhook;
mod webhook_test;

pub use attempt::{Attempt, Failure, Header, Phases, ResponseBody, Trigger};
pub use check::{
    MAX_CONCURRENCY, MAX_DESCRIPTION_CHARS, MAX_RATE_LIMIT, MAX_RETRIES, MAX_RETRY_DELAY_SECONDS, MAX_SELECTED_TYPES,
    MAX_TIMEOUT_MS, MIN_TIMEOUT_MS, SECRET_MASK,
};
pub use delivery::{Delivery, DeliveryStatus, DeliverySummary, Resend, ResendHeaders};
pub use event::{BatchItem, Event, EventSummary, EventWebhook, NotMatched, Published};
pub use event_type::{EventType, NewEventType};
pub use id::{Id, IdError};
pub use page::Page;
pub use preflight::{NewPreflight, Preflight, PreflightAdvice, PreflightDns, PreflightHttp, PreflightTls};
pub use problem::{Code, FieldError, Problem};
pub use resend_job::{ResendCount, ResendFailed, ResendJob, ResendJobStatus, StopReason};
pub use stats::{Bucket, Counts, FailureCount, Period, Stats, TypeCount};
pub use timestamp::{Timestamp, TimestampError};
pub use webhook::{
    Authentication, AuthenticationInput, AuthenticationType, EventMode, EventSelection, InactiveReason, NewWebhook,
    Webhook, WebhookPatch, WebhookStatus,
};
pub use webhook_test::{NewTest, TestKind};
