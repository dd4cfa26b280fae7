//! The database, opened by a command beside a server that may be running on it.

use crate::{
    clock::Clock,
    ids::Ids,
    store::{self, DEFAULT_TENANT, DatabaseUrl, Options, Store, tenants},
};
use shared::Tenant;
use std::{error::Error, sync::Arc};

/// What a command needs of the application. It takes no lock file and claims no deliveries; its writes wait for the server's.
pub(super) struct Beside {
    pub(super) store: Store,
    pub(super) ids: Arc<Ids>,
    pub(super) clock: Clock,
}

impl Beside {
    /// Opens it. A file must be there already: one made here, in the wrong folder, would have nothing to do with the server.
    pub(super) fn open(url: &DatabaseUrl) -> Result<Self, Box<dyn Error>> {
        if let Some(path) = url.file()
            && !path.exists()
        {
            let path = path.display();
            return Err(format!(
                "there is no database at {path}; start the server, or make it with: hookwright migrate"
            )
            .into());
        }
        let ids = Arc::<Ids>::default();
        let (hand_over, _) = store::hand_over();
        let options = Options { beside: true, ..Options::new(Clock::system()) };
        let store = Store::open(url, &options, &ids, &hand_over, &Arc::default())?;
        Ok(Self { store, ids, clock: Clock::system() })
    }

    /// The tenant of that name, id or external id; without one the default tenant, whatever its name is by now.
    pub(super) async fn tenant(&self, called: Option<String>) -> Result<Tenant, Box<dyn Error>> {
        let text = called.unwrap_or_else(|| DEFAULT_TENANT.to_string());
        let wanted = text.clone();
        let mut found = self.store.read(move |db| tenants::called(db, &wanted)).await?;
        match found.len() {
            0 | 1 => found.pop().ok_or_else(|| format!("there is no tenant {text}").into()),
            many => Err(format!("{many} tenants are called {text}; name one by its id or external id").into()),
        }
    }
}
