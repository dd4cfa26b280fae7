//! A handler that panics is a fault of ours like any other: it is logged, answered with a problem, and takes nothing else with it.

use crate::{failpoint, problem::Error};
use actix_web::{
    ResponseError as _,
    body::MessageBody,
    dev::{ServiceRequest, ServiceResponse},
    error::InternalError,
    middleware::Next,
};
use futures_util::FutureExt as _;
use std::panic::AssertUnwindSafe;

/// Answers for a handler that panicked. The request is gone with the handler, so the answer goes on as an error that carries it.
pub(super) async fn answer(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<impl MessageBody>, actix_web::Error> {
    // What a handler leaves half done is in the database's transaction, which ends with it, or in memory of its own.
    let answering = async {
        failpoint::at("answering");
        next.call(request).await
    };
    AssertUnwindSafe(answering).catch_unwind().await.unwrap_or_else(|panic| {
        let words =
            panic.downcast_ref::<&str>().copied().or_else(|| panic.downcast_ref::<String>().map(String::as_str));
        let error = Error::internal(format!("a handler panicked: {}", words.unwrap_or("no words")));
        Err(InternalError::from_response("a handler panicked", error.error_response()).into())
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::server::{headers, identify};
    use actix_web::{App, middleware::from_fn, web};
    use std::net::TcpListener;

    #[actix_web::test]
    async fn a_panic_is_answered_tells_nothing_and_takes_nothing_with_it() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let server = actix_web::HttpServer::new(|| {
            App::new()
                .wrap(from_fn(answer))
                .wrap(from_fn(headers::secure))
                .wrap(from_fn(identify::named))
                .route("/panics", web::get().to(async || -> &'static str { panic!("the secret is dummysecret") }))
                .route("/fine", web::get().to(async || "fine"))
        });
        let server = server.workers(1).disable_signals().listen(listener).unwrap().run();
        let handle = server.handle();
        actix_web::rt::spawn(server);
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = reqwest::Client::builder().no_proxy().build().unwrap();
        for _ in 0..3 {
            let answered = client.get(format!("http://{address}/panics")).send().await.unwrap();
            assert_eq!(answered.status(), 500);
            assert_eq!(answered.headers()["content-type"], "application/problem+json");
            assert_eq!(answered.headers()["x-content-type-options"], "nosniff");
            let id = answered.headers()["x-request-id"].to_str().unwrap().to_owned();
            let body = answered.text().await.unwrap();
            assert!(body.contains("internal_error") && body.contains(&id) && !body.contains("secret"), "{body}");
            let answered = client.get(format!("http://{address}/fine")).send().await.unwrap();
            assert_eq!(answered.text().await.unwrap(), "fine");
        }
        handle.stop(false).await;
    }
}
