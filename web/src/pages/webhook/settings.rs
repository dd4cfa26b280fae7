//! The webhook's settings, and what cannot be undone.

use super::{Section, forget, frame};
use crate::{
    api, browser, format,
    pages::form::{FormState, InlineForm, Rotation, Setting},
    session,
    strings::strings,
    ui::{icon::Icon, notice, show::explain},
};
use leptos::{ev, prelude::*, task::spawn_local};
use leptos_router::{NavigateOptions, hooks::use_navigate};
use shared::Webhook;

#[component]
pub(crate) fn WebhookSettingsPage() -> impl IntoView {
    frame(Section::Settings, |webhook| {
        let version = RwSignal::new(webhook.with_untracked(|webhook| webhook.version));
        move || {
            if session::may_edit() {
                view! {
                    <InlineForm webhook=webhook version=version/>
                    <Rotation webhook=webhook version=version/>
                    <Danger webhook=webhook/>
                }
                .into_any()
            } else {
                view! { <Facts webhook=webhook/> }.into_any()
            }
        }
    })
}

/// The settings for whoever may only look at them.
#[component]
fn Facts(webhook: RwSignal<Webhook>) -> impl IntoView {
    let t = strings();
    let facts = move || {
        let settings = webhook.with(|webhook| FormState::of(Some(webhook)));
        Setting::ALL.map(|setting| view! { <dt>{setting.name()}</dt><dd>{setting.words(settings)}</dd> })
    };
    view! { <section class="card pad" aria-label=t.shell.settings><dl class="kv">{facts}</dl></section> }
}

/// Deleting asks for the host, so that nobody deletes the wrong one.
#[component]
fn Danger(webhook: RwSignal<Webhook>) -> impl IntoView {
    let t = strings();
    let id = webhook.with_untracked(|webhook| webhook.id);
    let host = Memo::new(move |_| webhook.with(|webhook| format::host(&webhook.url).to_owned()));
    let typed = RwSignal::new(String::new());
    let busy = RwSignal::new(false);
    let is_right = Memo::new(move |_| typed.with(|typed| host.with(|host| typed.trim() == host)));
    let refused = RwSignal::new(false);
    let is_wrong = Memo::new(move |_| refused.get() && !is_right.get());
    let navigate = StoredValue::new_local(use_navigate());
    let delete = move |event: ev::SubmitEvent| {
        event.prevent_default();
        if busy.get_untracked() {
            return;
        }
        if !is_right.get_untracked() {
            refused.set(true);
            browser::focus("#confirm");
            return;
        }
        busy.set(true);
        spawn_local(async move {
            match api::delete_webhook(id).await {
                Ok(()) => {
                    forget();
                    notice::say(t.deleted);
                    // Gone when the page was left meanwhile.
                    let _ = navigate.try_with_value(|navigate| navigate("/webhooks", NavigateOptions::default()));
                }
                Err(error) => {
                    busy.try_set(false);
                    notice::warn(format!("{} {}", t.could_not_delete, explain(&error)));
                }
            }
        });
    };
    let error = move || {
        let text = move || host.with(|host| (t.settings.delete_wrong)(host));
        is_wrong.get().then(|| view! { <p class="err" id="confirm-error">{Icon::Alert.view()}{text}</p> })
    };
    view! {
        <section class="card" aria-label=t.settings.danger>
            <div class="cardhead"><h2>{t.settings.danger}</h2></div>
            <form class="pad tool" on:submit=delete autocomplete="off">
                <p>{t.delete_text}</p>
                <div class="field">
                    <label for="confirm">{move || host.with(|host| (t.settings.delete_confirm)(host))}</label>
                    <input class="in mono" id="confirm" autocomplete="off" spellcheck="false" aria-describedby="confirm-error"
                        aria-invalid=move || is_wrong.get().to_string() bind:value=typed/>
                    {error}
                </div>
                <p>
                    <button type="submit" class="btn danger" aria-disabled=move || busy.get().to_string()>
                        {Icon::Cross.view()}{t.delete_confirm}
                    </button>
                </p>
            </form>
        </section>
    }
}
