//! Operators: people with an account.

use crate::{Id, Role, Timestamp};
use serde::{Deserialize, Serialize};

/// A person with an account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Operator {
    /// Its id.
    pub id: Id,
    /// What it signs in with, in lower case.
    pub email: String,
    /// What it may do.
    pub role: Role,
    /// Whether it may act for every tenant.
    pub platform: bool,
    /// When it was created.
    pub created_at: Timestamp,
    /// When it last signed in; `null` if never.
    pub last_sign_in_at: Option<Timestamp>,
}

/// An operator to create.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct NewOperator {
    /// What it signs in with; upper and lower case are the same.
    #[cfg_attr(feature = "openapi", schema(min_length = 3, max_length = 254))]
    pub email: String,
    /// A first password, 10 characters to 1,024 bytes.
    #[cfg_attr(feature = "openapi", schema(write_only, min_length = 10, max_length = 1_024))]
    pub password: String,
    /// What it may do.
    #[cfg_attr(feature = "openapi", schema(value_type = crate::role::OperatorRole))]
    pub role: Role,
    /// Whether it may act for every tenant; only an admin of the platform can say so.
    #[serde(default)]
    pub platform: bool,
}

/// What to change of an operator. What is left out, or `null`, stays. A new password ends its sessions.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct OperatorPatch {
    /// The new role.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<crate::role::OperatorRole>))]
    pub role: Option<Role>,
    /// The new password.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(write_only, min_length = 10, max_length = 1_024))]
    pub password: Option<String>,
}
