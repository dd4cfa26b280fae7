//! What attempts need of a webhook besides its row: where its requests go, its secrets and headers opened. That is made once for a
//! webhook's settings, and not for each attempt.

use super::{
    request::{self, Secrets},
    sender::{Sender, Target},
};
use crate::{
    secrets::{Sealer, Unsealable},
    store::webhooks::WebhookRow,
};
use parking_lot::Mutex;
use shared::{Header, Id, Timestamp};
use std::{collections::HashMap, sync::Arc};

/// Of how many webhooks it is kept. When there are more, it is made anew.
const KEPT: usize = 1_024;

/// A webhook that is ready for attempts.
pub(super) struct Opened {
    row: Arc<WebhookRow>,
    pub(super) target: Target,
    pub(super) secrets: Secrets,
    /// The headers that its settings add.
    pub(super) headers: Vec<Header>,
}

/// What was opened lately, by webhook.
#[derive(Default)]
pub struct OpenedWebhooks(Mutex<HashMap<Id, Arc<Opened>>>);

impl OpenedWebhooks {
    /// The webhook with its present settings, opened.
    pub(super) fn open(
        &self,
        row: &Arc<WebhookRow>,
        sealer: &Sealer,
        sender: &Sender,
        now: Timestamp,
    ) -> Result<Arc<Opened>, Unsealable> {
        let mut kept = self.0.lock();
        if let Some(opened) = kept.get(&row.id)
            && (Arc::ptr_eq(&opened.row, row) || settings(&opened.row) == settings(row))
        {
            return Ok(Arc::clone(opened));
        }
        let opened = Arc::new(Opened {
            row: Arc::clone(row),
            target: sender.target(&row.url),
            secrets: Secrets::open(sealer, row, now)?,
            headers: request::of_settings(sealer, row)?,
        });
        if kept.len() >= KEPT {
            kept.clear();
        }
        kept.insert(row.id, Arc::clone(&opened));
        Ok(opened)
    }
}

/// The columns that it is made of.
fn settings(row: &WebhookRow) -> impl PartialEq {
    let secrets = (&row.secret_sealed, &row.previous_secret_sealed, row.previous_secret_until);
    let authentication = (row.auth_type, &row.auth_name, &row.auth_sealed);
    (&row.url, secrets, authentication, &row.header_names, &row.headers_sealed)
}
