//! What the API can do: the table of its URLs. A handler parses, makes one call, and presents.

mod api_keys;
mod audit_log;
mod body;
mod client_errors;
mod deliveries;
mod event_types;
mod events;
pub(crate) mod idempotency;
mod live;
mod operators;
mod path;
mod preflight;
pub(crate) mod query;
mod resend_jobs;
mod session;
mod stats;
mod tenants;
mod webhook_tests;
mod webhooks;

use utoipa_actix_web::{scope, service_config::ServiceConfig};

/// The resources below `/api/v1`.
pub(crate) fn configure(config: &mut ServiceConfig<'_>) {
    config.service(
        scope::scope(shared::paths::API)
            .service(events::publish)
            .service(events::publish_batch)
            .service(events::list)
            .service(events::find)
            .service(events::erase)
            .service(preflight::look)
            .service(webhooks::list)
            .service(webhooks::create)
            .service(webhooks::find)
            .service(webhooks::change)
            .service(webhooks::delete)
            .service(webhooks::rotate_secret)
            .service(webhook_tests::start)
            .service(deliveries::of_webhook)
            .service(stats::of_webhook)
            .service(deliveries::list)
            .service(deliveries::find)
            .service(deliveries::resend)
            .service(resend_jobs::resend_failed)
            .service(resend_jobs::send_missed)
            .service(resend_jobs::of_webhook)
            .service(resend_jobs::find)
            .service(resend_jobs::cancel)
            .service(stats::of_tenant)
            .service(event_types::list)
            .service(event_types::create)
            .service(event_types::find)
            .service(event_types::put)
            .service(event_types::delete)
            .service(live::stream)
            .service(session::find)
            .service(session::sign_in)
            .service(session::sign_out)
            .service(session::change_tenant)
            .service(session::change_password)
            .service(session::open_portal_link)
            .service(session::needs_set_up)
            .service(session::make_first_operator)
            .service(operators::list)
            .service(operators::create)
            .service(operators::find)
            .service(operators::change)
            .service(operators::delete)
            .service(api_keys::list)
            .service(api_keys::create)
            .service(api_keys::find)
            .service(api_keys::revoke)
            .service(tenants::list)
            .service(tenants::create)
            .service(tenants::find)
            .service(tenants::put)
            .service(tenants::change)
            .service(tenants::delete)
            .service(tenants::create_portal_link)
            .service(audit_log::list)
            .service(client_errors::report),
    );
}
