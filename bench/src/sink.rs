//! The sink: a receiver that counts what arrives and measures how long it took, and answers as the URL's path says.
//!
//! A process of its own, so that what it costs is not counted as the server's.

mod behaviour;
mod connection;
mod tally;

pub(crate) use tally::GroupReport;

use anyhow::Result;
use std::{cell::RefCell, io::Read as _, rc::Rc};
use tally::Tally;
use tokio::{net::TcpListener, task::LocalSet};

/// What the connections share.
#[derive(Default)]
struct Shared {
    tally: RefCell<Tally>,
    /// Whether the receivers behind the gate answer.
    open: std::cell::Cell<bool>,
}

/// Receives until standard input ends. The first line that is printed is the address.
pub(crate) fn serve() -> Result<()> {
    // Whoever started the sink holds the other end, and it closes when they end, in whatever way.
    std::thread::spawn(|| {
        let _ = std::io::stdin().read_to_end(&mut Vec::new());
        std::process::exit(0);
    });
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    LocalSet::new().block_on(&runtime, async {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        println!("{}", listener.local_addr()?);
        let shared = Rc::<Shared>::default();
        loop {
            let (stream, _) = listener.accept().await?;
            stream.set_nodelay(true)?;
            let shared = Rc::clone(&shared);
            tokio::task::spawn_local(async move {
                // A connection that breaks is the sender's matter, and shows there.
                let _ = connection::serve(stream, &shared).await;
            });
        }
    })
}
