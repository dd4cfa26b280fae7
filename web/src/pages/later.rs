//! The pages that come in files of their own. Most people see the list of webhooks first, and it should not have to wait for the rest;
//! who follows a link to an event should not have to wait for the forms.

use super::{
    access::AccountPage,
    api_keys::ApiKeysPage,
    audit::AuditPage,
    delivery::DeliveryPage,
    event_types::EventTypesPage,
    events::{EventsPage, WebhookEventsPage},
    form::{EditWebhookForm, NewWebhookForm},
    operators::OperatorsPage,
    settings::SettingsPage,
    tools::ToolsPage,
    webhook::{overview::OverviewPage, settings::WebhookSettingsPage},
};
use crate::{api::ApiError, browser, strings::strings, ui::show::load_error};
use leptos::{prelude::*, task::spawn_local, wasm_split::SplitLoaderError};
use leptos_router::ChooseView;
use std::time::Duration;

/// When the files are fetched ahead of need. Until then the first page has the connection for itself.
const AHEAD: Duration = Duration::from_secs(2);

/// Pages that come in one file. `cargo xtask web` cuts at `$made`; where the feature is off, as for Trunk, all is in one file.
macro_rules! file {
    ($(#[$about:meta])* $Pages:ident, $made:ident, $fetched:ident: $($Page:ident => $component:ident),* $(,)?) => {
        $(#[$about])*
        #[derive(Clone, Copy, Debug)]
        pub(crate) enum $Pages {
            $($Page),*
        }

        impl ChooseView for $Pages {
            async fn choose(self) -> AnyView {
                $made(self).await.unwrap_or_else(|_| not_loaded())
            }

            async fn preload(&self) {}
        }

        #[cfg(feature = "split")]
        #[leptos::wasm_split::wasm_split($made, wasm_split_path = ::leptos::wasm_split, fallible, preload($fetched))]
        fn $made(page: $Pages) -> Result<AnyView, SplitLoaderError> {
            Ok(match page {
                $($Pages::$Page => view! { <$component/> }.into_any()),*
            })
        }

        #[cfg(not(feature = "split"))]
        async fn $made(page: $Pages) -> Result<AnyView, SplitLoaderError> {
            Ok(match page {
                $($Pages::$Page => view! { <$component/> }.into_any()),*
            })
        }

        #[cfg(not(feature = "split"))]
        async fn $fetched() -> Result<(), SplitLoaderError> {
            Ok(())
        }
    };
}

file! {
    /// What happened to events.
    EventPages, event_pages, event_pages_fetched:
    Delivery => DeliveryPage,
    OfAll => EventsPage,
    OfWebhook => WebhookEventsPage,
}

file! {
    /// Everything else.
    OtherPages, other_pages, other_pages_fetched:
    Account => AccountPage,
    ApiKeys => ApiKeysPage,
    AuditLog => AuditPage,
    EditWebhook => EditWebhookForm,
    EventTypes => EventTypesPage,
    NewWebhook => NewWebhookForm,
    Operators => OperatorsPage,
    Overview => OverviewPage,
    Settings => SettingsPage,
    Tools => ToolsPage,
    WebhookSettings => WebhookSettingsPage,
}

/// Fetches the files before somebody needs them, so that the next page opens at once. What fails is tried again when it is needed.
pub(crate) fn fetch_ahead() {
    let fetch = async {
        drop(event_pages_fetched().await);
        drop(other_pages_fetched().await);
    };
    set_timeout(|| spawn_local(fetch), AHEAD);
}

/// The files may be gone because the server is newer than this page; loading the page again brings what belongs together.
fn not_loaded() -> AnyView {
    load_error(strings().shell.could_not_load_page, &ApiError::NO_ANSWER, browser::reload).into_any()
}
