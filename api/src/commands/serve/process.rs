//! What the system grants this process, and the signals that it sends.

#[cfg(not(unix))]
pub(super) use elsewhere::{Signals, raise_limits, reload_on_hangup};
#[cfg(unix)]
pub(super) use unix::{Signals, raise_limits, reload_on_hangup};

#[cfg(unix)]
mod unix {
    use crate::app::tls::Certificate;
    use rustix::process::{self, Resource, Rlimit};
    use std::{io, sync::Arc};
    use tokio::signal::unix::{Signal, SignalKind, signal};

    /// The signal for a file that has reached the limit of its size; who listens to it is not ended by it.
    const SIGXFSZ: SignalKind = SignalKind::from_raw(process::Signal::XFSZ.as_raw());

    /// Lets this process have as many files and connections open as the system lets it, which by default it must ask for, and returns how
    /// many. A file that may not grow any more is an error like a full disk, and no reason to end.
    pub(in super::super) fn raise_limits() -> Option<u64> {
        let Rlimit { maximum, .. } = process::getrlimit(Resource::Nofile);
        if let Err(error) = process::setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum }) {
            tracing::warn!(%error, "the limit of open files stays as it is");
        }
        if let Err(error) = signal(SIGXFSZ) {
            tracing::warn!(%error, "a limit of file sizes would end the server");
        }
        process::getrlimit(Resource::Nofile).current
    }

    /// The signals that stop the server. One that comes before somebody waits for it is kept.
    pub(in super::super) struct Signals {
        terminate: Signal,
        interrupt: Signal,
    }

    impl Signals {
        pub(in super::super) fn listen() -> io::Result<Self> {
            Ok(Self { terminate: signal(SignalKind::terminate())?, interrupt: signal(SignalKind::interrupt())? })
        }

        pub(in super::super) async fn next(&mut self) {
            tokio::select! {
                _ = self.terminate.recv() => {}
                _ = self.interrupt.recv() => {}
            }
        }
    }

    /// SIGHUP: the certificate was renewed.
    pub(in super::super) async fn reload_on_hangup(certificate: Option<Arc<Certificate>>) {
        let Ok(mut hangup) = signal(SignalKind::hangup()) else { return };
        while hangup.recv().await.is_some() {
            match certificate.as_ref().map(|certificate| certificate.reload()) {
                Some(Ok(())) => tracing::info!("the certificate was read again"),
                Some(Err(error)) => tracing::error!(%error, "keeping the previous certificate"),
                // Whoever sends it, out of habit, does not mean the end.
                None => tracing::info!("there is nothing to read again: there is no certificate"),
            }
        }
    }
}

#[cfg(not(unix))]
mod elsewhere {
    use crate::app::tls::Certificate;
    use std::{io, sync::Arc};

    pub(in super::super) fn raise_limits() -> Option<u64> {
        None
    }

    pub(in super::super) struct Signals;

    impl Signals {
        pub(in super::super) fn listen() -> io::Result<Self> {
            Ok(Self)
        }

        pub(in super::super) async fn next(&mut self) {
            if tokio::signal::ctrl_c().await.is_err() {
                std::future::pending().await
            }
        }
    }

    pub(in super::super) async fn reload_on_hangup(_: Option<Arc<Certificate>>) {}
}
