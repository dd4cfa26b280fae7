//! How the portal stands with its server: live or not, offline, and whether there is a newer portal.

use super::icon::Icon;
use crate::{api, browser, effect::effect, format, live::State, strings::strings};
use leptos::{ev, prelude::*, task::spawn_local};
use std::cell::Cell;

thread_local! {
    /// Since when the reader is offline.
    static OFFLINE: Cell<Option<RwSignal<Option<String>>>> = const { Cell::new(None) };
}

/// Hears when the reader goes offline and comes back. Called once, by the application.
pub(crate) fn provide_offline() {
    let since = RwSignal::new(None::<String>);
    OFFLINE.set(Some(since));
    window_event_listener(ev::offline, move |_| since.set(Some(format::time(format::now()))));
    window_event_listener(ev::online, move |_| since.set(None));
}

/// Whether the reader is offline: nothing can be changed then. Whoever tries is told why.
pub(crate) fn is_offline() -> bool {
    OFFLINE.get().is_some_and(|since| since.with(Option::is_some))
}

/// The badge in the frame.
#[component]
pub(crate) fn LiveBadge(stream: RwSignal<State>) -> impl IntoView {
    let t = &strings().shell;
    // Without a network the stream may look open for minutes.
    let state = Memo::new(move |_| if is_offline() { State::Lost } else { stream.get() });
    let word = move || match state.get() {
        State::Connecting => t.connecting,
        State::Open | State::Asleep => t.live,
        State::Lost => t.reconnecting,
    };
    let state = move || if matches!(state.get(), State::Open | State::Asleep) { "on" } else { "off" };
    view! { <span class="live" role="status" data-state=state>{word}</span> }
}

/// Notes above the page: the reader is offline, or a newer portal is there.
#[component]
pub(crate) fn Connection(stream: RwSignal<State>) -> impl IntoView {
    let t = &strings().shell;
    let is_old = RwSignal::new(false);
    // The server may have been replaced whenever the stream comes back.
    let mut was_lost = false;
    effect(move || {
        let state = stream.get();
        if state == State::Open && was_lost {
            spawn_local(async move {
                if api::is_old().await {
                    is_old.try_set(true);
                }
            });
        }
        was_lost = matches!(state, State::Lost | State::Asleep);
    });
    let offline = move || {
        OFFLINE
            .get()
            .and_then(|since| since.get())
            .map(|time| view! { <div class="note warn">{Icon::Alert.view()}<div>{(t.offline)(&time)}</div></div> })
    };
    let newer = move || {
        is_old.get().then(|| {
            view! {
                <div class="note info">
                    {Icon::Alert.view()}
                    <div>{t.new_version}" "<button type="button" class="link" on:click=move |_| browser::reload()>{t.reload}</button></div>
                </div>
            }
        })
    };
    view! { <div class="notes" role="status">{offline}{newer}</div> }
}
