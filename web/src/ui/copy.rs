//! A button that copies.

use super::icon::Icon;
use crate::{browser, strings::strings};
use leptos::{prelude::*, task::spawn_local};
use std::time::Duration;

/// How long the button says that it has copied.
const SHOWN: Duration = Duration::from_secs(2);

/// The only time that something is shown: what it is, what to say of it, and a button that copies it. Its heading is `#shown-once`.
pub(crate) fn shown_once(
    title: String,
    text: String,
    name: &'static str,
    value: String,
    seen: impl Fn() + 'static,
) -> AnyView {
    let copied = value.clone();
    view! {
        <section class="card pad stack" aria-labelledby="shown-once">
            <h2 id="shown-once" tabindex="-1">{title}</h2>
            <p>{text}</p>
            <div class="bar">
                <code class="mono url">{value}</code>
                <CopyButton label=name text=move || copied.clone()/>
                <button type="button" class="btn" on:click=move |_| seen()>{strings().accounts.i_have_stored_it}</button>
            </div>
        </section>
    }
    .into_any()
}

/// Copies what `text` gives at the moment of the click. `label` says what, for screen readers.
#[component]
pub(crate) fn CopyButton(
    #[prop(into)] label: String,
    text: impl Fn() -> String + 'static,
    /// What the button says, if it is not just "Copy".
    #[prop(optional)]
    name: Option<&'static str>,
) -> impl IntoView {
    let t = strings();
    // Whether it was copied; nothing when it can be asked for anew.
    let done = RwSignal::new(None::<bool>);
    let copy = move |_| {
        let text = text();
        spawn_local(async move {
            let is_copied = browser::copy(text).await;
            done.try_set(Some(is_copied));
            if is_copied {
                set_timeout(
                    move || {
                        let _ = done.try_set(None);
                    },
                    SHOWN,
                );
            }
        });
    };
    let is_copied = move || done.get() == Some(true);
    let word = move || if is_copied() { t.copied } else { name.unwrap_or(t.copy) };
    // Beside the button: a notice would stand behind the dialog that may be open.
    let said = move || match done.get()? {
        true => Some(t.copied.into_any()),
        false => Some(view! { <span class="err">{Icon::Alert.view()}{t.copy_failed}</span> }.into_any()),
    };
    view! {
        <button type="button" class="btn ghost" aria-label=move || format!("{} {label}", word()) on:click=copy>
            {move || if is_copied() { Icon::Check.view() } else { Icon::Copy.view() }}{word}
        </button>
        <span class:vh=move || done.get() != Some(false) role="status">{said}</span>
    }
}
