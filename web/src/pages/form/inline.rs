//! The form as a part of a page: the webhook's settings.

use super::{Fields, refused, show_errors, state::FormState};
use crate::{api, strings::strings, ui::notice};
use leptos::{ev, prelude::*, task::spawn_local};
use shared::Webhook;

/// A form that changes the webhook where it stands. It keeps what it was opened with, until it was saved.
#[component]
pub(crate) fn InlineForm(webhook: RwSignal<Webhook>) -> impl IntoView {
    let opened = RwSignal::new(webhook.get_untracked());
    move || view! { <Form webhook=opened.get() opened=opened/> }
}

#[component]
fn Form(webhook: Webhook, opened: RwSignal<Webhook>) -> impl IntoView {
    let t = strings();
    let form = FormState::of(Some(&webhook));
    let (id, version) = (webhook.id, webhook.version);
    let submit = move |event: ev::SubmitEvent| {
        event.prevent_default();
        if form.busy.get_untracked() {
            return;
        }
        if let Err(errors) = form.check(true) {
            show_errors(form, errors);
            return;
        }
        form.busy.set(true);
        form.failed.set(None);
        spawn_local(async move {
            let saved = api::change_webhook(id, version, &form.patch()).await;
            form.busy.try_set(false);
            match saved {
                Ok(webhook) => {
                    notice::say(t.saved);
                    opened.try_set(webhook);
                }
                Err(error) => refused(form, &error),
            }
        });
    };
    view! {
        <form class="card pad tool" novalidate on:submit=submit on:input=move |_| form.dirty.set(true) autocomplete="off">
            <Fields form=form webhook=Some(webhook) autofocus=false/>
            <p>
                <button type="submit" class="btn primary" aria-disabled=move || form.busy.get().to_string()>
                    {move || if form.busy.get() { t.saving } else { t.save_changes }}
                </button>
            </p>
        </form>
    }
}
