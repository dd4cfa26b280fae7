//! Roles: what somebody may do.

use crate::names::names;

names! {
    /// What an operator, an API key or a portal link may do. A `publisher` publishes events, and nothing else. A `viewer` looks at
    /// everything, and changes nothing. An `editor` may do what both may, and manages webhooks and event types, resends and tests. An
    /// `admin` may do all of that, and manages operators and API keys, and reads the audit log.
    Role {
        /// Publish events, and nothing else: for the programs of the platform.
        Publisher = "publisher",
        /// Look at everything, and change nothing.
        Viewer = "viewer",
        /// What a viewer may, and publish, manage webhooks and event types, resend, test.
        Editor = "editor",
        /// What an editor may, and manage operators and API keys, and read the audit log.
        Admin = "admin",
    }
}

/// The roles of an operator: whoever only publishes is a program.
#[cfg(feature = "openapi")]
#[derive(utoipa::ToSchema)]
#[schema(rename_all = "snake_case")]
#[expect(dead_code, reason = "it stands in the document only; `check` says what to do about another role")]
pub(crate) enum OperatorRole {
    /// Look at everything, and change nothing.
    Viewer,
    /// What a viewer may, and publish, manage webhooks and event types, resend, test.
    Editor,
    /// What an editor may, and manage operators and API keys, and read the audit log.
    Admin,
}

/// The roles of a portal link's visitor.
#[cfg(feature = "openapi")]
#[derive(utoipa::ToSchema)]
#[schema(rename_all = "snake_case")]
#[expect(dead_code, reason = "it stands in the document only; `check` says what to do about another role")]
pub(crate) enum VisitorRole {
    /// Look at everything, and change nothing.
    Viewer,
    /// What a viewer may, and manage webhooks, resend, test.
    Editor,
}

impl Role {
    /// Whether it may publish events. A viewer may not: whoever may only look must not be able to make something happen.
    pub const fn may_publish(self) -> bool {
        matches!(self, Self::Publisher | Self::Editor | Self::Admin)
    }

    /// Whether it may look at webhooks, events and deliveries.
    pub const fn may_read(self) -> bool {
        matches!(self, Self::Viewer | Self::Editor | Self::Admin)
    }

    /// Whether it may change webhooks and event types, resend and test.
    pub const fn may_edit(self) -> bool {
        matches!(self, Self::Editor | Self::Admin)
    }

    /// Whether it may manage operators and API keys, and read the audit log.
    pub const fn may_administer(self) -> bool {
        matches!(self, Self::Admin)
    }
}
