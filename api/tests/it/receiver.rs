//! A receiver on this machine that keeps the bytes it got and answers as it was told.

use hookwright::delivery::signature::Secret;
use std::{
    collections::VecDeque,
    net::SocketAddr,
    sync::{Arc, Mutex},
    time::Duration,
};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    sync::watch,
    task::JoinHandle,
};

/// What to answer.
#[derive(Clone)]
pub(crate) enum Answer {
    /// A whole response: status, headers, body.
    Response(u16, Vec<(String, String)>, Vec<u8>),
    /// The answer after a while.
    After(Duration, Box<Answer>),
    /// These bytes, whatever they are, and then the end of the connection.
    Raw(Vec<u8>),
    /// The first bytes at once, of the others one at a time with a pause before each, and then the end of the connection.
    Drip(Vec<u8>, Vec<u8>, Duration),
    /// Close the connection without a word.
    Close,
    /// Reset the connection.
    Reset,
}

impl Answer {
    pub(crate) fn status(status: u16) -> Self {
        Self::Response(status, vec![], vec![])
    }

    pub(crate) fn body(status: u16, body: impl Into<Vec<u8>>) -> Self {
        Self::Response(status, vec![("content-type".into(), "text/plain".into())], body.into())
    }

    pub(crate) fn raw(bytes: impl Into<Vec<u8>>) -> Self {
        Self::Raw(bytes.into())
    }

    pub(crate) fn header(mut self, name: &str, value: &str) -> Self {
        if let Self::Response(_, headers, _) = &mut self {
            headers.push((name.into(), value.into()));
        }
        self
    }

    pub(crate) fn after(self, delay: Duration) -> Self {
        Self::After(delay, Box::new(self))
    }
}

/// A request as it came over the wire.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Received {
    pub(crate) line: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Received {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    /// Whether the hexadecimal and the Standard Webhooks signature hold by that secret.
    pub(crate) fn signatures_hold(&self, secret: &str) -> (bool, bool) {
        let secret = Secret::new(secret.to_owned());
        let header = |name: &str| self.header(name).unwrap();
        let seconds = header("webhook-timestamp").parse().unwrap();
        (
            secret.verify_hex(header("x-webhook-signature"), &self.body),
            secret.verify_standard(header("webhook-signature"), header("webhook-id"), seconds, &self.body),
        )
    }

    /// The headers without those that every attempt makes anew.
    pub(crate) fn lasting_headers(&self) -> Vec<(String, String)> {
        let fresh = ["webhook-timestamp", "webhook-signature"];
        self.headers.iter().filter(|(name, _)| !fresh.contains(&name.as_str())).cloned().collect()
    }
}

#[derive(Default)]
struct Script {
    answers: VecDeque<Answer>,
    received: Vec<Received>,
    connections: usize,
    unread: Option<Vec<u8>>,
    /// How many requests are being answered.
    answering: usize,
    /// How many were being answered when each came, itself included.
    crowds: Vec<usize>,
}

/// A request that is being answered.
struct Answering(Arc<Mutex<Script>>);

impl Drop for Answering {
    fn drop(&mut self) {
        self.0.lock().unwrap().answering -= 1;
    }
}

/// The receiver. It ends with this value.
pub(crate) struct Receiver {
    address: SocketAddr,
    script: Arc<Mutex<Script>>,
    count: watch::Sender<usize>,
    serving: JoinHandle<()>,
}

impl Receiver {
    /// Starts to listen; everything is answered with 200 until told otherwise.
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let script = Arc::<Mutex<Script>>::default();
        let shared = Arc::clone(&script);
        let count = watch::Sender::new(0);
        let counting = count.clone();
        let serving = tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                shared.lock().unwrap().connections += 1;
                tokio::spawn(serve(stream, Arc::clone(&shared), counting.clone()));
            }
        });
        Self { address, script, count, serving }
    }

    pub(crate) fn url(&self) -> String {
        self.url_at("/hook")
    }

    /// Adds to the answers that are given, in their order; the last one is given for ever.
    pub(crate) fn answer(&self, answer: Answer) {
        self.script.lock().unwrap().answers.push_back(answer);
    }

    /// Forgets the answers that were told, and answers so from now on.
    pub(crate) fn answer_only(&self, answer: Answer) {
        let mut script = self.script.lock().unwrap();
        script.answers.clear();
        script.answers.push_back(answer);
    }

    /// From now on sends these bytes whatever comes, and closes the connection.
    pub(crate) fn answer_unread(&self, bytes: impl Into<Vec<u8>>) {
        self.script.lock().unwrap().unread = Some(bytes.into());
    }

    /// Stops to listen.
    pub(crate) async fn close(mut self) {
        self.serving.abort();
        let _ = (&mut self.serving).await;
    }

    /// How many connections were made.
    pub(crate) fn connections(&self) -> usize {
        self.script.lock().unwrap().connections
    }

    /// The same place by another path.
    pub(crate) fn url_at(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    pub(crate) fn received(&self) -> Vec<Received> {
        self.script.lock().unwrap().received.clone()
    }

    /// Waits until so many requests have come.
    pub(crate) async fn reached(&self, requests: usize) {
        self.count.subscribe().wait_for(|&count| count >= requests).await.unwrap();
    }

    /// How many requests were being answered when each came, itself included; forgets them.
    pub(crate) fn take_crowds(&self) -> Vec<usize> {
        std::mem::take(&mut self.script.lock().unwrap().crowds)
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

async fn serve(mut stream: TcpStream, script: Arc<Mutex<Script>>, count: watch::Sender<usize>) {
    let mut buffer = Vec::new();
    let unread = script.lock().unwrap().unread.clone();
    if let Some(bytes) = unread {
        let _ = stream.read_buf(&mut buffer).await;
        let _ = stream.write_all(&bytes).await;
        return;
    }
    while let Some(received) = read_request(&mut stream, &mut buffer).await {
        let answering = Answering(Arc::clone(&script));
        let mut answer = {
            let script = &mut *script.lock().unwrap();
            script.received.push(received);
            script.answering += 1;
            script.crowds.push(script.answering);
            match script.answers.len() {
                0 => Answer::status(200),
                1 => script.answers[0].clone(),
                _ => script.answers.pop_front().unwrap(),
            }
        };
        count.send_modify(|count| *count += 1);
        while let Answer::After(delay, then) = answer {
            tokio::time::sleep(delay).await;
            answer = *then;
        }
        // Before the answer goes out: whoever gets it may send the next request at once.
        drop(answering);
        let bytes = match answer {
            Answer::Response(status, headers, body) => response(status, &headers, &body),
            Answer::Raw(bytes) => {
                let _ = stream.write_all(&bytes).await;
                return;
            }
            Answer::Drip(first, others, pause) => return drip(stream, first, others, pause).await,
            Answer::Reset => return stream.set_zero_linger().unwrap(),
            Answer::Close | Answer::After(..) => return,
        };
        if stream.write_all(&bytes).await.is_err() {
            return;
        }
    }
}

fn response(status: u16, headers: &[(String, String)], body: &[u8]) -> Vec<u8> {
    let mut head = format!("HTTP/1.1 {status} Status\r\ncontent-length: {}\r\n", body.len());
    for (name, value) in headers {
        head += &format!("{name}: {value}\r\n");
    }
    [head.as_bytes(), b"\r\n", body].concat()
}

async fn drip(mut stream: TcpStream, first: Vec<u8>, others: Vec<u8>, pause: Duration) {
    let _ = stream.write_all(&first).await;
    for byte in others {
        tokio::time::sleep(pause).await;
        if stream.write_all(&[byte]).await.is_err() {
            return;
        }
    }
}

async fn read_request(stream: &mut TcpStream, buffer: &mut Vec<u8>) -> Option<Received> {
    let end = loop {
        if let Some(at) = buffer.windows(4).position(|window| window == b"\r\n\r\n") {
            break at;
        }
        if stream.read_buf(buffer).await.ok()? == 0 {
            return None;
        }
    };
    let head = String::from_utf8(buffer[..end].to_vec()).unwrap();
    let mut lines = head.split("\r\n");
    let line = lines.next()?.to_owned();
    let headers: Vec<(String, String)> = lines
        .map(|line| line.split_once(':').map(|(name, value)| (name.to_owned(), value.trim().to_owned())).unwrap())
        .collect();
    let length = headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("content-length"));
    let length: usize = length.map_or(0, |(_, value)| value.parse().unwrap());
    while buffer.len() < end + 4 + length {
        if stream.read_buf(buffer).await.ok()? == 0 {
            return None;
        }
    }
    let body = buffer[end + 4..end + 4 + length].to_vec();
    buffer.drain(..end + 4 + length);
    Some(Received { line, headers, body })
}
