//! Where the resources live.

/// The base of every resource.
pub const API: &str = "/api/v1";
/// The stream of live updates.
pub const LIVE: &str = "/api/v1/live";
/// The parameter by which it is opened for a tenant.
pub const LIVE_TENANT: &str = "tenant";
/// The OpenAPI document.
pub const OPENAPI: &str = "/api/v1/openapi.json";
/// The browsable documentation.
pub const DOCS: &str = "/api/docs";
