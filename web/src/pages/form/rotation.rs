//! Another secret for a webhook, while the one before signs too.

use super::{refused, secret::SecretField, show_errors, state::FormState};
use crate::{
    api, format, session,
    strings::{problems, strings},
    ui::{
        choice::{self, Chosen},
        copy::CopyButton,
        guard::guard,
        icon::Icon,
        notice,
    },
};
use leptos::{ev, prelude::*, task::spawn_local};
use shared::{SECRET_PREFIX, SecretRotation, Webhook};

/// For how long the secret before may sign too, in seconds.
const OVERLAPS: [u32; 4] = [0, 3_600, 86_400, 604_800];

/// A form for another secret. `version`: which one the form beside it changes; it goes on with the rotation, as nothing else of the
/// webhook has changed.
#[component]
pub(crate) fn Rotation(webhook: RwSignal<Webhook>, version: RwSignal<u64>) -> impl IntoView {
    let t = &strings().settings;
    let form = FormState::of(None);
    let overlap = RwSignal::new(SecretRotation::default().overlap_seconds);
    let made = RwSignal::new(None::<String>);
    let submit = rotating(form, webhook, overlap, move |secret, now| {
        notice::say(t.rotated);
        form.errors.try_set(Vec::new());
        // What was typed meanwhile is another one.
        if form.secret.try_get_untracked() == secret {
            form.dirty.try_set(false);
            form.secret.try_set(String::new());
        }
        // What the server would never tell, nor anybody remember, stays until the page is left.
        made.try_set(secret.filter(|secret| secret.starts_with(SECRET_PREFIX)));
        version.try_update(|version| {
            if now.version == *version + 1 {
                *version += 1;
            }
        });
        webhook.try_set(now);
    });
    guard(form.dirty);
    let names = OVERLAPS.map(|seconds| (t.overlap)(seconds / 3_600).to_owned()).into();
    let choices = choice::field("overlap", t.previous_signs_for, names, Chosen::of(&OVERLAPS, overlap));
    let explanation = move || session::name_header(t.rotate_text);
    view! {
        <section class="card" aria-label=t.rotate>
            <div class="cardhead"><h2>{t.rotate}</h2></div>
            <form class="pad tool" novalidate on:submit=submit on:input=move |_| form.typed() autocomplete="off">
                <p>{explanation}</p>
                <div role="status" class="preflight">{move || until_note(webhook)}{move || made.get().map(made_note)}</div>
                <super::Summary form=form/>
                <SecretField form=form id="new-secret" label=t.new_secret hint=strings().secret_hint_new.to_owned()/>
                {choices}
                <p>
                    <button type="submit" class="btn primary" aria-disabled=move || form.busy.get().to_string()>
                        {Icon::Key.view()}{t.rotate}
                    </button>
                </p>
            </form>
        </section>
    }
}

/// Sends what the form has, unless something is wrong with it, and hands over that secret and the webhook as it is now.
fn rotating(
    form: FormState,
    webhook: RwSignal<Webhook>,
    overlap: RwSignal<u32>,
    rotated: impl Fn(Option<String>, Webhook) + Copy + 'static,
) -> impl Fn(ev::SubmitEvent) + Copy + 'static {
    move |event| {
        event.prevent_default();
        if form.busy.get_untracked() {
            return;
        }
        let rotation =
            SecretRotation { secret: Some(form.secret.get_untracked()), overlap_seconds: overlap.get_untracked() };
        form.failed.set(None);
        let errors = problems::of_fields(rotation.check());
        if !errors.is_empty() {
            show_errors(form, errors);
            return;
        }
        form.busy.set(true);
        let (id, body) = (webhook.with_untracked(|webhook| webhook.id), form.body());
        spawn_local(async move {
            let answer = api::rotate_secret(id, &rotation).await;
            form.busy.try_set(false);
            match answer {
                Ok(answer) => rotated(rotation.secret, answer.webhook),
                Err(error) => refused(form, body, error).await,
            }
        });
    }
}

/// Until when the secret before signs too.
fn until_note(webhook: RwSignal<Webhook>) -> Option<impl IntoView> {
    let until = webhook.with(|webhook| webhook.previous_secret_until).filter(|until| *until > format::now())?;
    let text = (strings().settings.previous_signs_until)(&format::instant(until));
    Some(view! { <div class="note info">{Icon::Key.view()}<div>{text}</div></div> })
}

/// The secret that was made.
fn made_note(secret: String) -> impl IntoView {
    let t = strings();
    let shown = secret.clone();
    view! {
        <div class="note ok">
            {Icon::Check.view()}
            <div>
                <div class="bar">
                    <b>{t.settings.new_secret}</b>
                    <code class="mono url">{shown}</code>
                    <CopyButton label=t.settings.new_secret.to_lowercase() text=move || secret.clone()/>
                </div>
                {t.secret_hint_new}
            </div>
        </div>
    }
}
