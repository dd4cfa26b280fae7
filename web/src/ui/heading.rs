//! The heading of a page that is called by a URL or an event type: of a long one two lines are shown, and the rest if somebody asks.

use crate::{effect::effect, strings::strings};
use leptos::{ev, html, prelude::*};

/// The heading, which `drawn` makes of its text.
#[component]
pub(crate) fn Heading(text: Memo<String>, drawn: fn(&str) -> AnyView) -> impl IntoView {
    let t = strings();
    let element = NodeRef::<html::H1>::new();
    let (is_long, is_whole) = (RwSignal::new(false), RwSignal::new(false));
    let measure = move || {
        if let Some(heading) = element.try_get_untracked().flatten().filter(|_| !is_whole.get_untracked()) {
            is_long.set(heading.scroll_height() > heading.client_height());
        }
    };
    effect(move || {
        text.track();
        element.track();
        is_whole.set(false);
        request_animation_frame(measure);
    });
    let resized = window_event_listener(ev::resize, move |_| measure());
    on_cleanup(move || resized.remove());
    let more = move || {
        let word = move || if is_whole.get() { t.show_less } else { t.show_all };
        is_long.get().then(|| {
            view! {
                <button type="button" class="link" aria-expanded=move || is_whole.get().to_string()
                    on:click=move |_| is_whole.update(|whole| *whole = !*whole)>{word}</button>
            }
        })
    };
    view! {
        <h1 class="mono" class:short=move || !is_whole.get() tabindex="-1" node_ref=element>{move || text.with(|text| drawn(text))}</h1>
        {more}
    }
}
