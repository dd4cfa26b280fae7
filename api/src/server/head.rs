//! `HEAD` is answered like `GET`; the server leaves out the body.

use actix_web::{
    Error,
    body::{BodySize, BodyStream, BoxBody, MessageBody},
    dev::{ServiceRequest, ServiceResponse},
    http::Method,
    middleware::Next,
};
use bytes::Bytes;
use futures_util::stream;
use std::convert::Infallible;

/// Lets everything behind it see a `GET`.
pub(super) async fn like_get(
    mut request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let head = request.method() == Method::HEAD;
    if head {
        request.head_mut().method = Method::GET;
    }
    let response = next.call(request).await?.map_into_boxed_body();
    if head && response.response().body().size() == BodySize::Stream {
        // The server would read it to its end, and the connection would wait for that.
        let nothing = BodyStream::new(stream::empty::<Result<Bytes, Infallible>>());
        return Ok(response.map_body(|_, _| BoxBody::new(nothing)));
    }
    Ok(response)
}
