//! A button that copies.

use super::{icon::Icon, notice};
use crate::{browser, strings::strings};
use leptos::{prelude::*, task::spawn_local};

/// Copies what `text` gives at the moment of the click. `label` says what, for screen readers.
#[component]
pub(crate) fn CopyButton(#[prop(into)] label: String, text: impl Fn() -> String + 'static) -> impl IntoView {
    let t = strings();
    let copy = move |_| {
        let text = text();
        spawn_local(async move {
            if browser::copy(text).await { notice::say(t.copied) } else { notice::warn(t.copy_failed) }
        });
    };
    view! {
        <button type="button" class="btn ghost" aria-label=format!("{} {label}", t.copy) on:click=copy>
            {Icon::Copy.view()}{t.copy}
        </button>
    }
}
