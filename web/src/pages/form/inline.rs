//! The form as a part of a page: the webhook's settings.

use super::{Fields, saving, say_saved, state::FormState};
use crate::{browser, effect::effect, strings::strings, ui::guard::guard};
use leptos::prelude::*;
use shared::Webhook;

/// A form that changes that version of the webhook where it stands. What was typed stays until it is saved; a form in which nothing was
/// typed shows what is there now.
#[component]
pub(crate) fn InlineForm(webhook: RwSignal<Webhook>, version: RwSignal<u64>) -> impl IntoView {
    let opened = RwSignal::new(webhook.get_untracked());
    let [dirty, unfolded, busy] = [(); 3].map(|()| RwSignal::new(false));
    guard(dirty);
    effect(move || {
        let now = webhook.get();
        // What is being saved comes back where it was not taken.
        if !dirty.get_untracked()
            && !busy.get_untracked()
            && now.version != opened.with_untracked(|opened| opened.version)
        {
            version.set(now.version);
            opened.set(now);
            // The button that was pressed is drawn anew.
            browser::keep_focus();
        }
    });
    move || view! { <Form webhook=opened.get() saved=webhook version=version dirty=dirty unfolded=unfolded busy=busy/> }
}

#[component]
fn Form(
    webhook: Webhook,
    saved: RwSignal<Webhook>,
    version: RwSignal<u64>,
    dirty: RwSignal<bool>,
    unfolded: RwSignal<bool>,
    busy: RwSignal<bool>,
) -> impl IntoView {
    let t = strings();
    let form = FormState { dirty, version, unfolded, busy, ..FormState::of(Some(&webhook)) };
    let submit = saving(form, move |webhook| {
        say_saved(&webhook, saved.try_with_untracked(|before| before.inactive_since).flatten());
        saved.try_set(webhook);
    });
    view! {
        <form class="card pad tool" novalidate on:submit=submit on:input=move |_| form.typed() on:change=move |_| form.typed() autocomplete="off">
            <Fields form=form webhook=Some(webhook) autofocus=false/>
            <p>
                <button type="submit" class="btn primary" aria-disabled=move || form.busy.get().to_string()>
                    {move || if form.busy.get() { t.saving } else { t.save_changes }}
                </button>
            </p>
        </form>
    }
}
