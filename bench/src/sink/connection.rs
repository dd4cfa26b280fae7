//! One connection to the sink: a webhook's requests, or the bench's questions.

use super::{
    Shared,
    behaviour::{self, Receiver},
    tally::Marks,
};
use crate::{
    clock,
    http::{self, Request, invalid},
};
use serde::Serialize;
use std::io;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

/// Serves requests, one after the other, until the other side closes.
pub(super) async fn serve(mut stream: TcpStream, shared: &Shared) -> io::Result<()> {
    let mut received = Vec::with_capacity(8 * 1024);
    loop {
        let whole = match http::request(&received)? {
            Some(request) if received.len() >= request.size.whole() => {
                let body = &received[request.size.head..request.size.whole()];
                match behaviour::of(request.path, shared.open.get()) {
                    Some(receiver) => receive(&mut stream, shared, &request, receiver, body).await?,
                    None => answer_question(&mut stream, shared, request.path).await?,
                }
                Some(request.size.whole())
            }
            _ => None,
        };
        if let Some(whole) = whole {
            received.drain(..whole);
        } else if stream.read_buf(&mut received).await? == 0 {
            return Ok(());
        }
    }
}

async fn receive(
    stream: &mut TcpStream,
    shared: &Shared,
    request: &Request<'_>,
    receiver: Receiver<'_>,
    body: &[u8],
) -> io::Result<()> {
    let Receiver { answers_after, group, number } = receiver;
    let marks = Marks::of(body).ok_or_else(|| invalid("an event that is not the generator's"))?;
    shared.tally.borrow_mut().begin(group, number, marks, request.webhook_id, clock::micros());
    let answered = match answers_after {
        Some(after) => {
            // Even a sleep of no time may take a millisecond.
            if !after.is_zero() {
                tokio::time::sleep(after).await;
            }
            write(stream, 200, "ok").await
        }
        None => gone(stream).await,
    };
    shared.tally.borrow_mut().end(group);
    answered
}

/// Waits until the other side closes.
async fn gone(stream: &mut TcpStream) -> io::Result<()> {
    while stream.read(&mut [0; 64]).await? > 0 {}
    Err(io::ErrorKind::UnexpectedEof.into())
}

async fn answer_question(stream: &mut TcpStream, shared: &Shared, path: &str) -> io::Result<()> {
    let tally = &shared.tally;
    let body = match path.rsplit_once('/') {
        Some(("", "reset")) => json(&tally.borrow_mut().reset()),
        Some(("", "open")) => json(&shared.open.set(true)),
        Some(("", "shut")) => json(&shared.open.set(false)),
        Some(("/report", group)) => json(&tally.borrow().report(group)),
        Some(("/progress", group)) => json(&tally.borrow().progress(group)),
        Some(("/seen", group)) => json(&tally.borrow().seen(group)),
        _ => return write(stream, 404, "").await,
    };
    write(stream, 200, &body?).await
}

fn json(value: &impl Serialize) -> io::Result<String> {
    serde_json::to_string(value).map_err(invalid)
}

async fn write(stream: &mut TcpStream, status: u16, body: &str) -> io::Result<()> {
    let length = body.len();
    let answer =
        format!("HTTP/1.1 {status} .\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\r\n{body}");
    stream.write_all(answer.as_bytes()).await
}
