//! The pages that come in a file of their own. Most people see the list of webhooks first, and it should not have to wait for the rest.

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

/// When the file is fetched ahead of need. Until then the first page has the connection for itself.
const AHEAD: Duration = Duration::from_secs(2);

/// A page in that file.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Later {
    Account,
    ApiKeys,
    AuditLog,
    Delivery,
    EditWebhook,
    EventTypes,
    Events,
    NewWebhook,
    Operators,
    Overview,
    Settings,
    Tools,
    WebhookEvents,
    WebhookSettings,
}

impl Later {
    fn view(self) -> AnyView {
        match self {
            Self::Account => view! { <AccountPage/> }.into_any(),
            Self::ApiKeys => view! { <ApiKeysPage/> }.into_any(),
            Self::AuditLog => view! { <AuditPage/> }.into_any(),
            Self::Delivery => view! { <DeliveryPage/> }.into_any(),
            Self::EditWebhook => view! { <EditWebhookForm/> }.into_any(),
            Self::EventTypes => view! { <EventTypesPage/> }.into_any(),
            Self::Events => view! { <EventsPage/> }.into_any(),
            Self::NewWebhook => view! { <NewWebhookForm/> }.into_any(),
            Self::Operators => view! { <OperatorsPage/> }.into_any(),
            Self::Overview => view! { <OverviewPage/> }.into_any(),
            Self::Settings => view! { <SettingsPage/> }.into_any(),
            Self::Tools => view! { <ToolsPage/> }.into_any(),
            Self::WebhookEvents => view! { <WebhookEventsPage/> }.into_any(),
            Self::WebhookSettings => view! { <WebhookSettingsPage/> }.into_any(),
        }
    }
}

impl ChooseView for Later {
    async fn choose(self) -> AnyView {
        made(self).await.unwrap_or_else(|_| not_loaded())
    }

    async fn preload(&self) {}
}

/// Fetches the file before somebody needs it, so that the next page opens at once. What fails is tried again when it is needed.
pub(crate) fn fetch_ahead() {
    set_timeout(|| spawn_local(async { drop(fetched().await) }), AHEAD);
}

/// Cut here by `cargo xtask web`.
#[cfg(feature = "split")]
#[leptos::wasm_split::wasm_split(later, wasm_split_path = ::leptos::wasm_split, fallible, preload(fetched))]
fn made(page: Later) -> Result<AnyView, SplitLoaderError> {
    Ok(page.view())
}

/// Trunk cannot cut: there everything is in one file.
#[cfg(not(feature = "split"))]
async fn made(page: Later) -> Result<AnyView, SplitLoaderError> {
    Ok(page.view())
}

#[cfg(not(feature = "split"))]
async fn fetched() -> Result<(), SplitLoaderError> {
    Ok(())
}

/// The file may be gone because the server is newer than this page; loading the page again brings what belongs together.
fn not_loaded() -> AnyView {
    load_error(strings().shell.could_not_load_page, &ApiError::NO_ANSWER, browser::reload).into_any()
}
