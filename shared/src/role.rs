//! Roles: what somebody may do.

use serde::{Deserialize, Serialize};

/// What an operator, an API key or a portal link may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Publish events, and nothing else: for the programs of the platform.
    Publisher,
    /// Look at everything, and change nothing.
    Viewer,
    /// What a viewer may, and publish, manage webhooks and event types, resend, test.
    Editor,
    /// What an editor may, and manage operators and API keys, and read the audit log.
    Admin,
}

impl Role {
    /// Every role, the weakest first.
    pub const ALL: [Self; 4] = [Self::Publisher, Self::Viewer, Self::Editor, Self::Admin];

    /// The name on the wire.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Publisher => "publisher",
            Self::Viewer => "viewer",
            Self::Editor => "editor",
            Self::Admin => "admin",
        }
    }

    /// The role of that name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.name() == name)
    }

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
