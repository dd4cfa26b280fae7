//! Tenants: the customers of the platform.

use crate::{Id, Role, Timestamp};
use serde::{Deserialize, Serialize};

/// A customer of the platform.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Tenant {
    /// Its id: what `Hookwright-Tenant` names.
    pub id: Id,
    /// Its name. No two tenants without an external id have the same.
    pub name: String,
    /// The platform's own id of it, if it gave one; `Hookwright-Tenant` may name it too.
    pub external_id: Option<String>,
    /// When it was created.
    pub created_at: Timestamp,
}

/// A tenant in the list, and how its webhooks are.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TenantSummary {
    /// The tenant.
    #[serde(flatten)]
    pub tenant: Tenant,
    /// How many webhooks it has.
    pub webhooks: u64,
    /// How many of these are failing.
    pub failing: u64,
}

/// A tenant to create.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct NewTenant {
    /// Its name, 1 to 100 characters.
    #[cfg_attr(feature = "openapi", schema(min_length = 1, max_length = 100))]
    pub name: String,
    /// The platform's own id of it: 1 to 255 printable ASCII characters without spaces, and not such as the ids made here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(min_length = 1, max_length = 255))]
    pub external_id: Option<String>,
}

/// What a tenant is called that the platform names by its own id.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct TenantName {
    /// Its name, 1 to 100 characters.
    #[cfg_attr(feature = "openapi", schema(min_length = 1, max_length = 100))]
    pub name: String,
}

/// What to change of a tenant. What is left out stays; an `external_id` of `null` takes it away.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct TenantPatch {
    /// Its name, 1 to 100 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(min_length = 1, max_length = 100))]
    pub name: Option<String>,
    /// The platform's own id of it, as in a new one.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "crate::given")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>, min_length = 1, max_length = 255))]
    pub external_id: Option<Option<String>>,
}

/// A link to ask for, which opens the portal for one tenant without an account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct NewPortalLink {
    /// What its visitor may do.
    #[cfg_attr(feature = "openapi", schema(value_type = crate::role::VisitorRole))]
    pub role: Role,
    /// For how many seconds it can be opened: 60 to 86,400, default 600. It can be opened once.
    #[serde(default = "default_expires_in")]
    #[cfg_attr(feature = "openapi", schema(minimum = 60, maximum = 86_400))]
    pub expires_in: u32,
    /// Who opens it, in 1 to 100 characters such as `maria@customer.example`: what they do has this name in the audit log.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(min_length = 1, max_length = 100))]
    pub visitor: Option<String>,
    /// Where in the portal it leads: a path such as `/webhooks/01JZNK5ZQBNF623MB5KE64GNQB` or `/events?status=failed`; to the webhooks where
    /// it is left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(max_length = 500))]
    pub page: Option<String>,
}

fn default_expires_in() -> u32 {
    600
}

/// A link that opens the portal for one tenant.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PortalLink {
    /// Where to send the visitor, or what to put into a frame. It can be opened once.
    pub url: String,
    /// Until when it can be opened.
    pub expires_at: Timestamp,
}
