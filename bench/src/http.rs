//! As much of HTTP/1.1 as both ends of a measurement need: keep-alive and bodies of a stated length.
//!
//! Written out because every microsecond spent here is taken from the server that is measured on the same cores.

use std::{io, net::SocketAddr};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

/// More headers than either side sends here.
const MOST_HEADERS: usize = 32;

/// Says what is wrong with a message.
pub(crate) fn invalid(what: impl std::fmt::Display) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what.to_string())
}

/// The size of a message's head and of its body in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Size {
    pub(crate) head: usize,
    pub(crate) body: usize,
}

impl Size {
    pub(crate) fn whole(self) -> usize {
        self.head + self.body
    }
}

fn content_length(headers: &[httparse::Header<'_>]) -> io::Result<usize> {
    let Some(length) = headers.iter().find(|header| header.name.eq_ignore_ascii_case("content-length")) else {
        return Ok(0);
    };
    let length = std::str::from_utf8(length.value).ok().and_then(|text| text.parse().ok());
    length.ok_or_else(|| invalid("a Content-Length that is no number"))
}

/// A request's head.
pub(crate) struct Request<'a> {
    pub(crate) path: &'a str,
    pub(crate) webhook_id: Option<&'a [u8]>,
    pub(crate) size: Size,
}

/// Reads a request's head, once all of it is there.
pub(crate) fn request(bytes: &[u8]) -> io::Result<Option<Request<'_>>> {
    let mut headers = [httparse::EMPTY_HEADER; MOST_HEADERS];
    let mut request = httparse::Request::new(&mut headers);
    let httparse::Status::Complete(head) = request.parse(bytes).map_err(invalid)? else {
        return Ok(None);
    };
    let webhook_id = request.headers.iter().find(|header| header.name.eq_ignore_ascii_case("webhook-id"));
    let webhook_id = webhook_id.map(|header| header.value);
    let size = Size { head, body: content_length(request.headers)? };
    Ok(Some(Request { path: request.path.unwrap_or_default(), webhook_id, size }))
}

fn response(bytes: &[u8]) -> io::Result<Option<(u16, Size)>> {
    let mut headers = [httparse::EMPTY_HEADER; MOST_HEADERS];
    let mut response = httparse::Response::new(&mut headers);
    let httparse::Status::Complete(head) = response.parse(bytes).map_err(invalid)? else {
        return Ok(None);
    };
    if response.headers.iter().any(|header| header.name.eq_ignore_ascii_case("transfer-encoding")) {
        return Err(invalid("an answer without a Content-Length"));
    }
    let size = Size { head, body: content_length(response.headers)? };
    Ok(Some((response.code.unwrap_or_default(), size)))
}

/// An answer.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    /// The body as text, for messages.
    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}

/// A connection that is kept for the next request.
pub(crate) struct Connection {
    stream: TcpStream,
    received: Vec<u8>,
}

impl Connection {
    pub(crate) async fn open(address: SocketAddr) -> io::Result<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, received: Vec::with_capacity(4 * 1024) })
    }

    /// Sends a whole request, as [`compose`] makes it, and waits for the answer.
    pub(crate) async fn send(&mut self, request: &[u8]) -> io::Result<Answer> {
        self.stream.write_all(request).await?;
        loop {
            if let Some((status, size)) = response(&self.received)?
                && self.received.len() >= size.whole()
            {
                let body = self.received[size.head..size.whole()].to_vec();
                self.received.drain(..size.whole());
                return Ok(Answer { status, body });
            }
            if self.stream.read_buf(&mut self.received).await? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        }
    }
}

/// A request as it goes over the wire. `key`: the API key; empty for the sink, which has none.
pub(crate) fn compose(method: &str, path: &str, host: SocketAddr, key: &str, body: Option<&str>) -> Vec<u8> {
    let body = body.unwrap_or_default();
    let length = body.len();
    format!(
        "{method} {path} HTTP/1.1\r\nhost: {host}\r\nauthorization: Bearer {key}\r\ncontent-type: application/json\r\n\
         content-length: {length}\r\n\r\n{body}"
    )
    .into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_is_read_as_it_was_composed() {
        let host = SocketAddr::from(([127, 0, 0, 1], 80));
        let composed = compose("POST", "/ok/all/1", host, "k", Some("{}"));
        let read = request(&composed).unwrap().unwrap();
        assert_eq!((read.path, read.size.whole(), read.size.body), ("/ok/all/1", composed.len(), 2));
        assert!(request(&composed[..20]).unwrap().is_none());
    }

    #[test]
    fn an_answer_without_a_length_is_refused() {
        assert_eq!(
            response(b"HTTP/1.1 202 Accepted\r\ncontent-length: 2\r\n\r\n{}").unwrap(),
            Some((202, Size { head: 44, body: 2 }))
        );
        assert!(response(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n").is_err());
    }
}
