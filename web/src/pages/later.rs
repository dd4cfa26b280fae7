//! The pages that come in files of their own. Most people see the list of webhooks first, and it should not have to wait for the rest;
//! who follows a link to an event should not have to wait for the forms.

use super::{
    access::AccountPage,
    api_keys::ApiKeysPage,
    audit::AuditPage,
    delivery::{DeliveryPage, unwanted::UnwantedEventPage},
    event_types::EventTypesPage,
    events::{EventsPage, UnwantedEventsPage, WebhookEventsPage},
    form::{EditWebhookForm, NewWebhookForm},
    operators::OperatorsPage,
    settings::SettingsPage,
    statistics::StatisticsPage,
    tenants::TenantsPage,
    tools::ToolsPage,
    webhook::{overview::OverviewPage, settings::WebhookSettingsPage},
};
use crate::{
    api::ApiError,
    browser,
    live::{self, News},
    strings::strings,
    ui::show::{load_error, skeleton, titled_error},
};
use leptos::{prelude::*, task::spawn_local, wasm_split::SplitLoaderError};
use leptos_router::ChooseView;
use std::{
    pin::{Pin, pin},
    task::{Context, Poll, Waker},
    time::Duration,
};

/// When the files are fetched ahead of need. Until then the first page has the connection for itself.
const AHEAD: Duration = Duration::from_secs(2);

type Loaded<T> = Result<T, SplitLoaderError>;

/// Pages that come in one file. `cargo xtask web` cuts at `$made`; where the feature is off, as for Trunk, all is in one file.
macro_rules! file {
    ($(#[$about:meta])* $Pages:ident, $made:ident, $fetched:ident: $($Page:ident => $component:ident, $($title:ident).+);* $(;)?) => {
        $(#[$about])*
        #[derive(Clone, Copy, Debug)]
        pub(crate) enum $Pages {
            $($Page),*
        }

        impl $Pages {
            fn view(self) -> AnyView {
                match self {
                    $(Self::$Page => view! { <$component/> }.into_any()),*
                }
            }

            /// What the page is called as long as it says nothing itself.
            fn title(self) -> &'static str {
                match self {
                    $(Self::$Page => strings().$($title).+),*
                }
            }
        }

        impl ChooseView for $Pages {
            async fn choose(self) -> AnyView {
                once_there($fetched, move || $made(self), self.title())
            }

            async fn preload(&self) {}
        }

        #[cfg(feature = "split")]
        #[leptos::wasm_split::wasm_split($made, wasm_split_path = ::leptos::wasm_split, fallible, preload($fetched))]
        fn $made(page: $Pages) -> Loaded<AnyView> {
            Ok(page.view())
        }

        #[cfg(not(feature = "split"))]
        async fn $made(page: $Pages) -> Loaded<AnyView> {
            Ok(page.view())
        }

        #[cfg(not(feature = "split"))]
        async fn $fetched() -> Loaded<()> {
            Ok(())
        }
    };
}

file! {
    /// What happened to one event, and how webhooks do.
    DetailPages, detail_pages, detail_pages_fetched:
    Delivery => DeliveryPage, event;
    Overview => OverviewPage, overview.overview;
    Statistics => StatisticsPage, overview.statistics;
    UnwantedEvent => UnwantedEventPage, event;
}

file! {
    /// What happened to events.
    EventPages, event_pages, event_pages_fetched:
    OfAll => EventsPage, list.all_webhooks;
    OfWebhook => WebhookEventsPage, events;
    Unwanted => UnwantedEventsPage, list.unwanted;
}

file! {
    /// Everything else.
    OtherPages, other_pages, other_pages_fetched:
    Account => AccountPage, accounts.account;
    ApiKeys => ApiKeysPage, accounts.api_keys;
    AuditLog => AuditPage, accounts.audit_log;
    EditWebhook => EditWebhookForm, edit_webhook;
    EventTypes => EventTypesPage, shell.event_types;
    NewWebhook => NewWebhookForm, new_webhook;
    Operators => OperatorsPage, accounts.operators;
    Settings => SettingsPage, shell.settings;
    Tenants => TenantsPage, tenants.title;
    Tools => ToolsPage, tools.title;
    WebhookSettings => WebhookSettingsPage, shell.settings;
}

/// Fetches the files before somebody needs them, so that the next page opens at once. What fails is tried again when it is needed.
pub(crate) fn fetch_ahead() {
    let fetch = || {
        spawn_local(async {
            // Without a connection the browser would complain about each.
            if window().navigator().on_line() {
                let _ = event_pages_fetched().await;
                let _ = detail_pages_fetched().await;
                let _ = other_pages_fetched().await;
            }
        });
    };
    set_timeout(fetch, AHEAD);
}

/// A page of a file, and a placeholder as long as the file is on its way. What did not come because the server was away comes when it is
/// back.
fn once_there<F, M>(
    fetch: impl Fn() -> F + Copy + 'static,
    make: impl Fn() -> M + Send + 'static,
    title: &'static str,
) -> AnyView
where
    F: Future<Output = Loaded<()>> + 'static,
    M: Future<Output = Loaded<AnyView>>,
{
    let mut fetched = Box::pin(fetch());
    let is_there = RwSignal::new(at_once(fetched.as_mut()).map(|fetched| fetched.is_ok()));
    if is_there.get_untracked().is_none() {
        spawn_local(async move {
            is_there.try_set(Some(fetched.await.is_ok()));
        });
    }
    live::listen(move |news| {
        if is_there.get_untracked() == Some(false) && news.iter().any(|news| matches!(news, News::Missed)) {
            spawn_local(async move {
                if fetch().await.is_ok() {
                    is_there.try_set(Some(true));
                }
            });
        }
    });
    let page = move || match is_there.get() {
        None => skeleton().into_any(),
        Some(true) => at_once(pin!(make())).and_then(Loaded::ok).unwrap_or_else(|| not_loaded(title)),
        Some(false) => not_loaded(title),
    };
    page.into_any()
}

/// What does not have to be waited for.
fn at_once<F: Future>(future: Pin<&mut F>) -> Option<F::Output> {
    match future.poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => Some(output),
        Poll::Pending => None,
    }
}

/// The files may be gone because the server is newer than this page; loading the page again brings what belongs together.
fn not_loaded(title: &'static str) -> AnyView {
    let (failed, error) = (strings().shell.could_not_load_page, ApiError::NO_ANSWER);
    let again = Box::new(browser::reload);
    // Below a dialog is a page that has a heading.
    if browser::is_at_dialog() {
        browser::set_passing_title(title);
        return load_error(failed, &error, again);
    }
    titled_error(title, failed, &error, again)
}
