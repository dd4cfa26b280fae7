//! Where the resources live.

/// The base of every resource.
pub const API: &str = "/api/v1";
/// The OpenAPI document.
pub const OPENAPI: &str = "/api/v1/openapi.json";
/// The browsable documentation.
pub const DOCS: &str = "/api/docs";
