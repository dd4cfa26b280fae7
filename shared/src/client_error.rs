//! What the portal tells the server when it broke.

use serde::{Deserialize, Serialize};

/// A fault of the portal in somebody's browser. It tells nothing of what they typed or looked at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct ClientError {
    /// What the code says is wrong, without values.
    pub message: String,
    /// Where in the code, such as `web/src/live.rs:80:9`.
    pub location: String,
    /// The page as a pattern, such as `/webhooks/:id/events`.
    pub page: String,
    /// The portal's script, whose name tells the build.
    pub build: String,
}
