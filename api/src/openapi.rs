//! The OpenAPI document, made from the routes, and the pages that show it.

mod examples;
mod headers;
pub mod problem_page;
mod problems;
mod requests;
mod schemas;

use self::headers::Headers;
use crate::routes::{self, idempotency};
use actix_web::{HttpResponse, http::StatusCode, web};
use std::sync::Arc;
use utoipa::{
    Modify, OpenApi as _,
    openapi::{
        Object, OpenApi, Ref, RefOr, Required, Schema, Type,
        path::{Operation, Parameter, ParameterIn, PathItem},
        security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme},
    },
};
use utoipa_actix_web::AppExt as _;
use utoipa_swagger_ui::{Config, SwaggerUi};

#[derive(utoipa::OpenApi)]
#[openapi(
    info(
        title = "Hookwright",
        description = "Takes events (CloudEvents), matches them to registered webhooks, signs and POSTs them, records every attempt, \
                       and sends again. Delivery is at least once; no order is promised; receivers tell repeats by `webhook-id`."
    ),
    // Wherever the document was read: the paths are those of the same server.
    servers((url = "/")),
    components(schemas(shared::Problem, shared::live::WebhookUpdated)),
    modifiers(&Security, &Tenant, &Headers),
    security(("api_key" = []), ("session" = [])),
    tags(
        (name = "Events", description = "Publish, and see what was published"),
        (name = "Webhooks", description = "Register where events go"),
        (name = "Deliveries", description = "See what happened, and send again"),
        (name = "Statistics", description = "Success, failures and latency over time"),
        (name = "Event types", description = "The catalogue"),
        (name = "Live", description = "See changes as they happen"),
        (name = "Portal", description = "What the portal tells the server"),
        (name = "Accounts", description = "Operators, API keys, sessions, and who did what"),
        (name = "Tenants", description = "The customers of a platform")
    )
)]
struct Base;

/// The two ways to show who is calling.
struct Security;

impl Modify for Security {
    fn modify(&self, document: &mut OpenApi) {
        let mut key = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).build();
        key.description = Some("An API key, `hw_<id>_<secret>`. A key of the platform may name a tenant in the header `Hookwright-Tenant`.".into());
        let description = "The session of an operator. Writes must come from a page of the same origin.";
        let session = ApiKey::Cookie(ApiKeyValue::with_description("__Host-hookwright", description));
        let components = document.components.get_or_insert_default();
        components.add_security_scheme("api_key", SecurityScheme::Http(key));
        components.add_security_scheme("session", SecurityScheme::ApiKey(session));
    }
}

/// What names the tenant to act for, as a component: each operation of a caller refers to it.
struct Tenant;

impl Tenant {
    const NAME: &str = "tenant";
    const HEADER: &str = "Hookwright-Tenant";
}

impl Modify for Tenant {
    fn modify(&self, document: &mut OpenApi) {
        let parameter = Parameter::builder()
            .name(Self::HEADER)
            .parameter_in(ParameterIn::Header)
            .description(Some(
                "The tenant to act for, by its id or its external id; the caller's own when left out. Only a caller of the platform may \
                 name another",
            ))
            .schema(Some(Object::builder().schema_type(Type::String).min_length(Some(1)).max_length(Some(255))));
        let components = document.components.get_or_insert_default();
        components.parameters.insert(Self::NAME.into(), parameter.build().into());
    }
}

/// The document of everything that the API does.
pub fn document() -> OpenApi {
    let (_, mut document) =
        actix_web::App::new().into_utoipa_app().openapi(Base::openapi()).configure(routes::configure).split_for_parts();
    let components = document.components.get_or_insert_default();
    schemas::finish(&mut components.schemas);
    for (path, item) in &mut document.paths.paths {
        let path = path.strip_prefix(shared::paths::API).unwrap_or(path);
        for (method, operation) in operations(item) {
            // The handlers' names are those of their files, and more than one has the same.
            operation.operation_id = operation.summary.as_deref().map(id_of);
            if method == "POST" && idempotency::PATHS.contains(&path) {
                add_idempotency_key(operation);
                headers::add_replayed(operation);
            }
            if is_of_a_caller(operation) {
                add_tenant(operation);
                add_role(method, path, operation);
            }
            leave_out_body(operation);
            problems::add(method, path, operation, components);
            examples::add(method, path, operation);
            describe_responses(operation);
            headers::add(operation);
        }
    }
    requests::add(&mut document);
    document
}

pub(crate) fn operations(item: &mut PathItem) -> impl Iterator<Item = (&'static str, &mut Operation)> {
    let PathItem { get, put, post, delete, patch, .. } = item;
    let all = [("GET", get), ("PUT", put), ("POST", post), ("DELETE", delete), ("PATCH", patch)];
    all.into_iter().filter_map(|(method, operation)| Some((method, operation.as_mut()?)))
}

/// The summary as an identifier, from which generators of clients make the name of a method: `create_webhook`.
fn id_of(summary: &str) -> String {
    // The end of a genitive is left out like an article.
    const LEFT_OUT: [&str; 5] = ["", "a", "an", "the", "s"];
    let summary = summary.to_lowercase();
    let words = summary.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !LEFT_OUT.contains(word));
    words.collect::<Vec<_>>().join("_")
}

/// Whether only those may ask who have shown who they are.
fn is_of_a_caller(operation: &Operation) -> bool {
    let anybody = SecurityRequirement::default();
    // An operation without a line about security has that of the whole document.
    operation.security.as_ref().is_none_or(|accepted| !accepted.contains(&anybody))
}

/// An operation that cannot do without the tenant's name says so itself.
fn add_tenant(operation: &mut Operation) {
    let parameters = operation.parameters.get_or_insert_default();
    let is_tenant = |known: &RefOr<Parameter>| matches!(known, RefOr::T(known) if known.name == Tenant::HEADER);
    if !parameters.iter().any(is_tenant) {
        parameters.push(RefOr::Ref(Ref::new(format!("#/components/parameters/{}", Tenant::NAME))));
    }
}

/// A body that may be left out is derived as one that may be `null`.
fn leave_out_body(operation: &mut Operation) {
    let Some(RefOr::T(body)) = &mut operation.request_body else { return };
    for content in body.content.values_mut() {
        let RefOr::T(content) = content else { continue };
        let Some(RefOr::T(Schema::OneOf(either))) = &mut content.schema else { continue };
        if let Some(null) = either.items.iter().position(schemas::is_null) {
            either.items.remove(null);
            content.schema = either.items.pop();
            body.required = Some(Required::False);
        }
    }
}

/// Tells the role that an operation needs, as `auth::caller` asks for it.
fn add_role(method: &str, path: &str, operation: &mut Operation) {
    const OF_ADMINS: [&str; 4] = ["/operators", "/api-keys", "/audit-log", "/portal-links"];
    let role = match (method, path) {
        (_, path) if path.starts_with("/session") => return,
        ("GET", path) if path.starts_with("/tenants") => "`viewer` of the platform",
        (_, path) if path.starts_with("/tenants") => "`admin` of the platform",
        (_, path) if OF_ADMINS.iter().any(|of_admins| path.starts_with(of_admins)) => "`admin`",
        ("POST", "/events" | "/events/batch") => "`publisher` or `editor`",
        ("GET", _) => "`viewer`",
        _ => "`editor`",
    };
    let told = operation.description.take().map(|told| told + "\n\n").unwrap_or_default();
    operation.description = Some(format!("{told}Needs the role {role}."));
}

/// A response has a description, or the document is not valid: the reason phrase of its status where nothing else is said.
fn describe_responses(operation: &mut Operation) {
    for (status, response) in &mut operation.responses.responses {
        if let RefOr::T(response) = response
            && response.description.is_empty()
        {
            let status = status.parse::<StatusCode>().ok();
            status
                .and_then(|status| status.canonical_reason())
                .unwrap_or("Answer")
                .clone_into(&mut response.description);
        }
    }
}

/// A request that creates something may have a key, so that it can be sent again.
fn add_idempotency_key(operation: &mut Operation) {
    let text = Object::builder().schema_type(Type::String).min_length(Some(1)).max_length(Some(255));
    let parameter = Parameter::builder()
        .name("Idempotency-Key")
        .parameter_in(ParameterIn::Header)
        .description(Some(
            "Sent again with the same key and body within 24 hours, by whoever of the tenant has the same rights, the request is not carried out again, but \
             answered as before with `Idempotent-Replayed: true`; where that answer was lost, with what it has made as it is now, or with a \
             409 that names it",
        ))
        .schema(Some(text));
    operation.parameters.get_or_insert_default().push(parameter.build().into());
}

/// The document as it is served and committed.
pub fn json(document: &OpenApi) -> String {
    document.to_pretty_json().unwrap_or_default() + "\n"
}

/// Serves the document.
pub fn configure(config: &mut web::ServiceConfig, document: &Arc<OpenApi>) {
    let text = web::Bytes::from(json(document));
    config.route(
        shared::paths::OPENAPI,
        web::get().to(move || {
            let text = text.clone();
            async move { HttpResponse::Ok().content_type("application/json").body(text) }
        }),
    );
}

/// The documentation to read. `problems`: the page of the codes.
pub fn configure_docs(config: &mut web::ServiceConfig, problems: &web::Bytes) {
    let problems = problems.clone();
    let answer = move || {
        let problems = problems.clone();
        async move { HttpResponse::Ok().content_type("text/html; charset=utf-8").body(problems) }
    };
    config.route(shared::paths::PROBLEMS, web::get().to(answer));
    config.route(shared::paths::DOCS, web::get().to(async || redirect()));
    config.service(SwaggerUi::new("/api/docs/{_:.*}").config(Config::from(shared::paths::OPENAPI)));
}

fn redirect() -> HttpResponse {
    HttpResponse::PermanentRedirect().insert_header(("location", "/api/docs/")).finish()
}
