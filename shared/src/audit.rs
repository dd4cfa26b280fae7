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
    /// What was done, such as `webhook.changed`.
    pub action: String,
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
