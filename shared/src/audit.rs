//! The audit log: who did what.

use crate::{Id, Timestamp, names::names};
use serde::{Deserialize, Serialize};

/// Something that somebody did.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AuditEntry {
    /// Its id.
    pub id: Id,
    /// When it was done.
    pub at: Timestamp,
    /// Who did it.
    pub actor: AuditActor,
    /// What was done.
    pub action: AuditAction,
    /// What it was done to.
    pub target: AuditTarget,
    /// The address that the request came from; `null` for what the server or the command line did.
    pub address: Option<String>,
    /// The request that did it, as the server's log names it.
    pub request_id: Option<String>,
    /// How it was before, as JSON text without secrets; `null` for what was created.
    pub before: Option<String>,
    /// How it is since; `null` for what was deleted.
    pub after: Option<String>,
}

impl AuditEntry {
    /// What somebody did to something, at the instant of that id.
    pub fn new(id: Id, actor: AuditActor, action: AuditAction, target_id: impl ToString, name: &str) -> Self {
        Self {
            id,
            at: id.made_at(),
            actor,
            action,
            target: AuditTarget { kind: action.target().to_owned(), id: target_id.to_string(), name: name.to_owned() },
            address: None,
            request_id: None,
            before: None,
            after: None,
        }
    }

    /// What the server does by itself, or is done on its command line.
    pub fn by_itself(id: Id, kind: ActorKind, action: AuditAction, target_id: impl ToString, name: &str) -> Self {
        let actor = AuditActor { kind, id: None, name: kind.name().replace('_', " ") };
        Self::new(id, actor, action, target_id, name)
    }
}

/// Who did something.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AuditActor {
    /// What kind of actor it is.
    pub kind: ActorKind,
    /// The operator's or API key's id.
    pub id: Option<Id>,
    /// Its name at that time.
    pub name: String,
}

names! {
    /// The kinds of actors.
    ActorKind {
        /// A person with an account.
        Operator = "operator",
        /// A program.
        ApiKey = "api_key",
        /// Whoever opened a portal link.
        PortalLink = "portal_link",
        /// The command line on the server's machine.
        CommandLine = "command_line",
        /// The server itself.
        System = "system",
        /// Somebody who could not show who they are.
        Unknown = "unknown",
    }
}

names! {
    /// What can be done: to what kind of thing, and what.
    AuditAction {
        /// A webhook was created.
        WebhookCreated = "webhook.created",
        /// Its settings were changed.
        WebhookChanged = "webhook.changed",
        /// It got a new secret.
        WebhookSecretRotated = "webhook.secret_rotated",
        /// The server deactivated it.
        WebhookDeactivated = "webhook.deactivated",
        /// It was deleted.
        WebhookDeleted = "webhook.deleted",
        /// A test was sent to it.
        WebhookTested = "webhook.tested",
        /// Everything that had failed was sent to it again.
        WebhookFailedResent = "webhook.failed_resent",
        /// It was sent what it had missed.
        WebhookMissedSent = "webhook.missed_sent",
        /// A job that sends many deliveries was cancelled.
        ResendJobCancelled = "resend_job.cancelled",
        /// A delivery was sent again.
        DeliveryResent = "delivery.resent",
        /// The content of an event was erased.
        EventErased = "event.erased",
        /// A type was added to the catalogue.
        EventTypeCreated = "event_type.created",
        /// What the catalogue says of it was changed.
        EventTypeChanged = "event_type.changed",
        /// It was taken out of the catalogue.
        EventTypeDeleted = "event_type.deleted",
        /// An operator was created.
        OperatorCreated = "operator.created",
        /// Their account was changed.
        OperatorChanged = "operator.changed",
        /// They got a new password.
        OperatorPasswordSet = "operator.password_set",
        /// Their account was deleted.
        OperatorDeleted = "operator.deleted",
        /// An API key was created.
        ApiKeyCreated = "api_key.created",
        /// It was revoked.
        ApiKeyRevoked = "api_key.revoked",
        /// A tenant was created.
        TenantCreated = "tenant.created",
        /// It was changed.
        TenantChanged = "tenant.changed",
        /// It was deleted.
        TenantDeleted = "tenant.deleted",
        /// The content of its events was erased after that.
        TenantContentErased = "tenant.content_erased",
        /// A portal link was created.
        PortalLinkCreated = "portal_link.created",
        /// Somebody signed in.
        SessionCreated = "session.created",
        /// Somebody could not sign in.
        SessionRefused = "session.refused",
        /// Somebody changed their password, which begins a new session.
        SessionPasswordChanged = "session.password_changed",
        /// Somebody went to another tenant.
        SessionTenantChanged = "session.tenant_changed",
        /// Somebody signed out.
        SessionEnded = "session.ended",
        /// Somebody signed out everywhere.
        SessionAllEnded = "session.all_ended",
        /// The key that seals secrets was changed.
        EncryptionKeyChanged = "encryption_key.changed",
    }
}

impl AuditAction {
    /// The kind of thing that it is done to.
    pub fn target(self) -> &'static str {
        self.name().split_once('.').map_or(self.name(), |(target, _)| target)
    }
}

/// What something was done to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AuditTarget {
    /// What kind of thing it is, such as `webhook`.
    pub kind: String,
    /// Its id, or the name where that is its id.
    pub id: String,
    /// Its name at that time, such as a webhook's URL.
    pub name: String,
}
