//! API keys: the credentials of programs.

use crate::{Id, Role, Timestamp};
use serde::{Deserialize, Serialize};

/// A program's credential, without its secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ApiKey {
    /// Its id, which the key itself carries: `hw_<id>_…`.
    pub id: Id,
    /// What it is for.
    pub name: String,
    /// What it may do.
    pub role: Role,
    /// Whether it may act for every tenant, which it names in `Hookwright-Tenant`.
    pub platform: bool,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it ends; `null` if never.
    pub expires_at: Option<Timestamp>,
    /// When it was last used, to the minute; `null` if never.
    pub last_used_at: Option<Timestamp>,
    /// When it was revoked; `null` if it is good.
    pub revoked_at: Option<Timestamp>,
}

/// An API key to make.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct NewApiKey {
    /// What it is for, 1 to 100 characters.
    #[cfg_attr(feature = "openapi", schema(min_length = 1, max_length = 100))]
    pub name: String,
    /// What it may do.
    pub role: Role,
    /// When it ends; never if left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Timestamp>,
    /// Whether it may act for every tenant; only an admin of the platform can say so.
    #[serde(default)]
    pub platform: bool,
}

/// An API key that was just made: the only time that the key itself is shown.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CreatedApiKey {
    /// The key as it will be listed.
    #[serde(flatten)]
    pub api_key: ApiKey,
    /// The key itself: send it as `Authorization: Bearer …`. Nobody can read it again.
    pub key: String,
}
