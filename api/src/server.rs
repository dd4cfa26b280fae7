//! The HTTP server around the routes: request ids, security headers, limits, health, and the portal's files.

mod cors;
mod fallback;
mod finish;
mod gate;
mod head;
mod headers;
mod health;
mod identify;
mod observe;
mod panic;
mod portal;

use crate::{
    app::App,
    auth, openapi,
    routes::{self, query::Parametrized},
};
use actix_web::{
    App as ActixApp, HttpServer,
    dev::Server,
    middleware::from_fn,
    web::{Bytes, Data},
};
use std::{net::TcpListener, sync::Arc, time::Duration};
use utoipa_actix_web::AppExt as _;

/// How long a connection may be idle: longer than load balancers and clients commonly keep theirs, so that they end it and meet no reset.
const KEEP_ALIVE: Duration = Duration::from_secs(75);
/// How long a client may take to send its headers.
const HEADERS_WITHIN: Duration = Duration::from_secs(5);
/// How long a stop waits for the answers that are under way, in seconds.
const SHUTDOWN_SECONDS: u64 = 4;

/// The HTTP server: API, documentation, portal.
pub fn serve(app: App, listener: TcpListener, workers: usize) -> std::io::Result<Server> {
    let mut document = openapi::document();
    let parametrized = Data::new(Parametrized::of(&mut document));
    let problems = Bytes::from(openapi::problem_page::html(&mut document));
    let document = Arc::new(document);
    let tls = app.web.tls.clone();
    let server = HttpServer::new(move || {
        let (actix, _) = ActixApp::new()
            .app_data(Data::new(app.clone()))
            .app_data(parametrized.clone())
            // Before the resources: their scope would take the document's path for one that it does not know.
            .configure(|config| openapi::configure(config, &document))
            .into_utoipa_app()
            .configure(routes::configure)
            .split_for_parts();
        actix
            .configure(|config| openapi::configure_docs(config, &problems))
            .configure(health::routes)
            .default_service(fallback::service(&document))
            // The last is the outermost. So every answer has an id, is counted and has the headers, also where the gate refuses; who calls is
            // known before an `Idempotency-Key` is looked up; and what panics has its answer inside of all that.
            .wrap(from_fn(routes::query::expected))
            .wrap(from_fn(panic::answer))
            .wrap(from_fn(routes::idempotency::once))
            .wrap(from_fn(finish::begun))
            .wrap(from_fn(auth::check::check))
            .wrap(from_fn(head::like_get))
            .wrap(from_fn(cors::preflight))
            .wrap(from_fn(gate::check))
            .wrap(from_fn(cors::allow))
            .wrap(from_fn(headers::secure))
            .wrap(from_fn(observe::answers))
            .wrap(from_fn(identify::named))
    });
    let server = server
        .workers(workers)
        .client_request_timeout(HEADERS_WITHIN)
        .keep_alive(KEEP_ALIVE)
        .shutdown_timeout(SHUTDOWN_SECONDS)
        .disable_signals();
    let server = match tls {
        Some(certificate) => {
            server.listen_rustls_0_23(listener, certificate.config().map_err(std::io::Error::other)?)?
        }
        None => server.listen(listener)?,
    };
    Ok(server.run())
}
