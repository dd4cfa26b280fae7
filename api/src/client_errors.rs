//! Faults of the portal: in the browser nobody of us sees them.

use crate::{app::App, problem::Error};
use shared::ClientError;
use std::net::IpAddr;

/// Writes a fault to the log, unless too many came from that address within a minute.
pub(crate) fn log(app: &App, address: Option<IpAddr>, error: &ClientError) -> Result<(), Error> {
    app.gatekeeper.reports.attempt(address, None, app.clock.now())?;
    let ClientError { message, location, page, build } = error;
    tracing::warn!(says = message, location, page, build, "the portal broke in a browser");
    Ok(())
}
