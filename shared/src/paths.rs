//! Where the resources live.

/// How the paths of the API begin, and of its documentation.
pub const ROOT: &str = "/api/";
/// The base of every resource.
pub const API: &str = "/api/v1";
/// Where events are published.
pub const EVENTS: &str = "/api/v1/events";
/// Where many are published with one request.
pub const EVENT_BATCHES: &str = "/api/v1/events/batch";
/// The stream of live updates.
pub const LIVE: &str = "/api/v1/live";
/// The parameter by which it is opened for a tenant.
pub const LIVE_TENANT: &str = "tenant";
/// The OpenAPI document.
pub const OPENAPI: &str = "/api/v1/openapi.json";
/// The browsable documentation.
pub const DOCS: &str = "/api/docs";
/// The page of the problem codes.
pub const PROBLEMS: &str = "/api/docs/problems";

/// Whether a path is one of the API, and not of its documentation.
pub fn is_api(path: &str) -> bool {
    path.starts_with(ROOT) && !path.starts_with(DOCS)
}
