//! Who is calling, and what they may do: operators with a session, programs with an API key, visitors with a portal link.
//!
//! [`check::check`] lets nobody through to the API who has not shown who they are; the extractors of [`caller`] say in each handler's
//! signature which role it needs.

pub(crate) mod caller;
pub(crate) mod check;
pub(crate) mod cookie;
pub(crate) mod memo;
mod origin;
pub(crate) mod passwords;
pub(crate) mod sessions;
pub(crate) mod throttle;
pub(crate) mod token;

use crate::store::{api_keys::ApiKeyRow, sessions::TokenHash};
use memo::Memo;
use passwords::Passwords;
use shared::{ActorKind, CallerKind, Id, Role, Timestamp};
use std::{net::IpAddr, sync::Arc, time::Duration};
use throttle::{RefusedSignIns, Throttle};

/// How long a key or a tenant that was looked up counts as good without another look: a key that another process revokes may work
/// so long. One that this process revokes ends at once.
const REMEMBERED: Duration = Duration::from_secs(1);

/// Who is calling.
#[derive(Clone, Debug)]
pub struct Caller {
    /// What kind of caller it is.
    pub kind: CallerKind,
    /// The operator's or the API key's id; whoever came by a portal link has none.
    pub id: Option<Id>,
    /// The operator's e-mail address, the API key's name, or the name that the portal link gave its visitor.
    pub name: String,
    /// What it may do.
    pub role: Role,
    /// Whether it may act for every tenant.
    pub platform: bool,
    /// The tenant that it acts for.
    pub tenant_id: Id,
    /// When its session or key ends.
    pub expires_at: Option<Timestamp>,
    /// Its session, if it has one.
    pub session: Option<TokenHash>,
    /// Where the request came from.
    pub address: Option<IpAddr>,
}

impl Caller {
    /// How the audit log names it.
    pub const fn actor_kind(&self) -> ActorKind {
        match self.kind {
            CallerKind::Operator => ActorKind::Operator,
            CallerKind::ApiKey => ActorKind::ApiKey,
            CallerKind::PortalLink => ActorKind::PortalLink,
        }
    }
}

/// What telling callers apart needs to remember. Clones are the same.
#[derive(Clone)]
pub struct Gatekeeper {
    /// Hashes and verifies passwords.
    pub(crate) passwords: Passwords,
    /// Slows down whoever guesses passwords.
    pub(crate) throttle: Arc<Throttle>,
    /// Which refused sign-ins are recorded.
    pub(crate) refused_sign_ins: Arc<RefusedSignIns>,
    /// Slows down whoever fills the log with faults of the portal.
    pub(crate) reports: Arc<Throttle>,
    pub(crate) keys: Arc<Memo<Id, ApiKeyRow>>,
    pub(crate) tenants: Arc<Memo<String, Id>>,
}

impl Default for Gatekeeper {
    fn default() -> Self {
        Self {
            passwords: Passwords::default(),
            throttle: Arc::default(),
            refused_sign_ins: Arc::default(),
            reports: Arc::default(),
            keys: Arc::new(Memo::new(REMEMBERED)),
            tenants: Arc::new(Memo::new(REMEMBERED)),
        }
    }
}
