//! What is logged, for tests.

use parking_lot::Mutex;
use std::{io, sync::Arc};

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// What `work` logs on this thread.
pub(crate) fn logged(work: impl FnOnce()) -> String {
    let log = Log::default();
    let written = log.clone();
    let lines = tracing_subscriber::fmt().with_ansi(false).with_writer(move || written.clone()).finish();
    tracing::subscriber::with_default(lines, work);
    String::from_utf8(log.0.lock().clone()).unwrap()
}
