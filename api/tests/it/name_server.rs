//! A name server of the test's own answers.

use std::{
    collections::{HashMap, HashSet},
    net::{IpAddr, SocketAddr},
    sync::{Arc, Mutex},
};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, UdpSocket},
    task::JoinSet,
};

/// What fits into an answer over UDP.
const UDP_BYTES: usize = 512;

/// What a name server says about a name.
#[derive(Clone)]
pub(crate) enum Says {
    Addresses(Vec<IpAddr>),
    /// These addresses first, and that ever after.
    Then(Vec<IpAddr>, Box<Says>),
    Code(u8),
    Nothing,
}

#[derive(Default)]
struct Zone {
    says: HashMap<String, Says>,
    /// By the ids of the queries: one that is repeated, as its answer was slow, has the same.
    asked: HashMap<(String, u16), HashSet<[u8; 2]>>,
}

/// A name server, over UDP and TCP.
pub(crate) struct NameServer {
    pub(crate) address: SocketAddr,
    zone: Arc<Mutex<Zone>>,
    _serving: JoinSet<()>,
}

impl NameServer {
    pub(crate) async fn start(says: impl IntoIterator<Item = (&'static str, Says)>) -> Self {
        let zone =
            Zone { says: says.into_iter().map(|(name, says)| (name.to_owned(), says)).collect(), ..Zone::default() };
        let zone = Arc::new(Mutex::new(zone));
        // A port that is free for TCP may be taken for UDP.
        let (listener, socket) = loop {
            let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
            if let Ok(socket) = UdpSocket::bind(listener.local_addr().unwrap()).await {
                break (listener, socket);
            }
        };
        let address = listener.local_addr().unwrap();
        let mut serving = JoinSet::new();
        let known = Arc::clone(&zone);
        serving.spawn(async move {
            let mut query = [0; 4_096];
            loop {
                let (length, from) = socket.recv_from(&mut query).await.unwrap();
                if let Some(answer) = answer(&known, &query[..length], UDP_BYTES) {
                    socket.send_to(&answer, from).await.unwrap();
                }
            }
        });
        let known = Arc::clone(&zone);
        serving.spawn(async move {
            loop {
                let (mut stream, _) = listener.accept().await.unwrap();
                let known = Arc::clone(&known);
                tokio::spawn(async move {
                    while let Ok(length) = stream.read_u16().await {
                        let mut query = vec![0; length.into()];
                        if stream.read_exact(&mut query).await.is_err() {
                            return;
                        }
                        if let Some(answer) = answer(&known, &query, usize::from(u16::MAX)) {
                            let length = u16::try_from(answer.len()).unwrap().to_be_bytes();
                            let _ = stream.write_all(&[&length[..], &answer].concat()).await;
                        }
                    }
                });
            }
        });
        Self { address, zone, _serving: serving }
    }

    /// From now on it says that about a name.
    pub(crate) fn turn(&self, name: &str, says: Says) {
        self.zone.lock().unwrap().says.insert(name.to_owned(), says);
    }

    /// How often it was asked for the IPv4 addresses of a name.
    pub(crate) fn asked(&self, name: &str) -> usize {
        self.zone.lock().unwrap().asked.get(&(name.to_owned(), 1)).map_or(0, HashSet::len)
    }
}

/// The answer to a query (RFC 1035): the question again, and a record for each address of the family that was asked for.
fn answer(zone: &Mutex<Zone>, query: &[u8], most: usize) -> Option<Vec<u8>> {
    let (mut at, mut labels) = (12, Vec::new());
    while query[at] != 0 {
        let end = at + 1 + usize::from(query[at]);
        labels.push(String::from_utf8_lossy(&query[at + 1..end]).to_lowercase());
        at = end;
    }
    let question = &query[12..at + 5];
    let (name, kind) = (labels.join("."), u16::from_be_bytes([query[at + 1], query[at + 2]]));
    let mut zone = zone.lock().unwrap();
    let asked = zone.asked.entry((name.clone(), kind)).or_default();
    asked.insert([query[0], query[1]]);
    let first = asked.len() == 1;
    let says = match zone.says.get(&name) {
        Some(Says::Then(addresses, _)) if first => &Says::Addresses(addresses.clone()),
        Some(Says::Then(_, after)) => after,
        Some(says) => says,
        None => &Says::Code(3),
    };
    let (addresses, code) = match says {
        Says::Code(code) => (vec![], *code),
        Says::Addresses(addresses) => (addresses.clone(), 0),
        Says::Nothing | Says::Then(..) => return None,
    };
    let data = addresses.into_iter().filter_map(|address| match (address, kind) {
        (IpAddr::V4(v4), 1) => Some(v4.octets().to_vec()),
        (IpAddr::V6(v6), 28) => Some(v6.octets().to_vec()),
        _ => None,
    });
    // The name of the question, its type, class IN, no time to live.
    let record = |data: Vec<u8>| {
        let length = u8::try_from(data.len()).unwrap();
        [&[0xc0, 12, 0, u8::try_from(kind).unwrap(), 0, 1, 0, 0, 0, 0, 0, length], &data[..]].concat()
    };
    let records: Vec<_> = data.map(record).collect();
    let fits = 12 + question.len() + records.iter().map(Vec::len).sum::<usize>() <= most;
    let count = if fits { u16::try_from(records.len()).unwrap() } else { 0 };
    let mut answer = query[..2].to_vec();
    answer.extend([0x81 | if fits { 0 } else { 2 }, 0x80 | code, 0, 1]);
    answer.extend(count.to_be_bytes());
    answer.extend([0; 4]);
    answer.extend(question);
    answer.extend(records.into_iter().take(count.into()).flatten());
    Some(answer)
}
