//! The form as a part of a page: the webhook's settings.

use super::{Fields, refused, show_errors, state::FormState};
use crate::{api, browser, strings::strings, ui::notice};
use leptos::{ev, prelude::*, task::spawn_local};
use shared::Webhook;

/// A form that changes that version of the webhook where it stands. What was typed stays until it is saved; a form in which nothing was
/// typed shows what is there now.
#[component]
pub(crate) fn InlineForm(webhook: RwSignal<Webhook>, version: RwSignal<u64>) -> impl IntoView {
    let opened = RwSignal::new(webhook.get_untracked());
    let dirty = RwSignal::new(false);
    Effect::new(move || {
        let now = webhook.get();
        if !dirty.get_untracked() && now.version != opened.with_untracked(|opened| opened.version) {
            version.set(now.version);
            opened.set(now);
            // The button that was pressed is drawn anew.
            browser::keep_focus();
        }
    });
    move || view! { <Form webhook=opened.get() saved=webhook version=version dirty=dirty/> }
}

#[component]
fn Form(webhook: Webhook, saved: RwSignal<Webhook>, version: RwSignal<u64>, dirty: RwSignal<bool>) -> impl IntoView {
    let t = strings();
    let form = FormState { dirty, ..FormState::of(Some(&webhook)) };
    let id = webhook.id;
    let submit = move |event: ev::SubmitEvent| {
        event.prevent_default();
        if form.busy.get_untracked() {
            return;
        }
        if let Err(errors) = form.check() {
            show_errors(form, errors);
            return;
        }
        form.busy.set(true);
        form.failed.set(None);
        spawn_local(async move {
            let changed = api::change_webhook(id, version.get_untracked(), &form.patch()).await;
            form.busy.try_set(false);
            match changed {
                Ok(webhook) => {
                    notice::say(t.saved);
                    dirty.try_set(false);
                    saved.try_set(webhook);
                }
                Err(error) => refused(form, &error),
            }
        });
    };
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
