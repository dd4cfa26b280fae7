//! Taking events: from the bytes of a request to a record on disk.

pub(crate) mod batch;
pub(crate) mod binary;
pub(crate) mod cloudevents;

use crate::{
    app::App,
    problem::Error,
    store::{Accepted, StoreError},
};
use cloudevents::ParsedEvent;
use shared::{Code, Id, Published};

/// How large an event may be, alone or in a batch, in bytes: receivers are not to be surprised by the way it was published.
pub(crate) const MAX_EVENT: usize = 256 * 1024;

/// Records an event and a delivery for each webhook that wants it. When this returns, it is on disk.
pub(crate) async fn publish(app: &App, tenant_id: Id, event: ParsedEvent) -> Result<Published, Error> {
    let now = app.clock.now();
    let accepted = app.store.publish(event.taken(app.ids.next(now), tenant_id, now)).await;
    if accepted.as_ref().is_err_and(StoreError::may_pass) {
        app.metrics.refused();
    }
    match accepted? {
        Accepted::Recorded { id, matched } => Ok(Published { id, matched, duplicate: false }),
        Accepted::Duplicate { id, matched } => Ok(Published { id, matched, duplicate: true }),
        Accepted::Conflict { id } => {
            let detail = format!(
                "An event with this source and id was published before with other content: {id}. Give the new event another id; the same bytes again would be a duplicate, answered with 202."
            );
            Err(Error::new(Code::EventIdConflict, detail))
        }
        Accepted::TooManyWebhooks => Err(Error::new(
            Code::FanoutLimit,
            "More than 10,000 webhooks want this event. Narrow their selections of event types.",
        )),
    }
}
