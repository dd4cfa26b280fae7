//! Sessions: who is calling.

use crate::{Id, Role, Timestamp, WebhookDefaults, names::names};
use serde::{Deserialize, Serialize};

/// Who is calling, and what they may do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Session {
    /// What kind of caller it is.
    pub kind: CallerKind,
    /// The operator's e-mail address, the API key's name, or the visitor that the portal link names (`portal link` where it names nobody).
    pub name: String,
    /// What it may do.
    pub role: Role,
    /// Whether it may act for every tenant.
    pub platform: bool,
    /// The tenant that it acts for.
    pub tenant_id: Id,
    /// That tenant's name.
    pub tenant_name: String,
    /// The platform's own id of it, if it gave one, for callers of the platform: tenants that have one may be called alike.
    pub tenant_external_id: Option<String>,
    /// Whether there are tenants beside the default one.
    pub has_tenants: bool,
    /// When the session ends at the latest; `null` for an API key that does not end.
    pub expires_at: Option<Timestamp>,
    /// The header in which this server sends the hexadecimal signature.
    pub signature_header: String,
    /// What stands before the digits of that signature; mostly nothing.
    pub signature_prefix: String,
    /// What this server gives to webhooks that are created without it.
    pub webhook_defaults: WebhookDefaults,
}

impl Session {
    /// What whoever opened a portal link is called where it names nobody.
    pub const UNNAMED_VISITOR: &str = "portal link";
}

names! {
    /// The kinds of callers.
    CallerKind {
        /// A person with an account.
        Operator = "operator",
        /// A program.
        ApiKey = "api_key",
        /// Whoever opened a portal link.
        PortalLink = "portal_link",
    }
}

/// What an operator signs in with.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct SignIn {
    /// The operator's e-mail address.
    pub email: String,
    /// The operator's password.
    #[cfg_attr(feature = "openapi", schema(write_only, max_length = 1_024))]
    pub password: String,
}

/// Makes the first operator, an admin of the platform.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct SetUp {
    /// What stands behind `#` in the link that the server printed when it started.
    #[cfg_attr(feature = "openapi", schema(write_only))]
    pub token: String,
    /// The e-mail address to sign in with.
    #[cfg_attr(feature = "openapi", schema(min_length = 3, max_length = 254))]
    pub email: String,
    /// The password to sign in with, 10 characters to 1,024 bytes.
    #[cfg_attr(feature = "openapi", schema(write_only, min_length = 10, max_length = 1_024))]
    pub password: String,
}

/// Whether somebody has set the server up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SetUpState {
    /// Whether there is no operator of the platform or of the first tenant yet: then the server has printed a link to make one.
    pub needed: bool,
}

/// Opens a portal link.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct OpenPortalLink {
    /// What stands behind `#` in the link.
    #[cfg_attr(feature = "openapi", schema(write_only))]
    pub token: String,
}

/// A new password of the operator who is signed in.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct PasswordChange {
    /// The password so far.
    #[cfg_attr(feature = "openapi", schema(write_only, max_length = 1_024))]
    pub current_password: String,
    /// The new one, 10 characters to 1,024 bytes.
    #[cfg_attr(feature = "openapi", schema(write_only, min_length = 10, max_length = 1_024))]
    pub new_password: String,
}
