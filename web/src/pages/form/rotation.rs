//! Another secret for a webhook, while the one before signs too.

use super::secret::SecretField;
use crate::{
    api, format, session,
    strings::{problems, strings},
    ui::{
        choice::{self, Chosen},
        copy::CopyButton,
        guard::guard,
        icon::Icon,
        notice,
        short_form::{Failed, ShortForm, Submit},
    },
};
use leptos::{ev::SubmitEvent, prelude::*};
use shared::{SECRET_PREFIX, SecretRotation, Webhook};
use web_sys::Element;

/// For how long the secret before may sign too, in seconds.
const OVERLAPS: [u32; 4] = [0, 3_600, 86_400, 604_800];
const FIELD: &str = "new-secret";

/// A form for another secret. `version`: which one the form beside it changes; it goes on with the rotation, as nothing else of the
/// webhook has changed.
#[component]
pub(crate) fn Rotation(webhook: RwSignal<Webhook>, version: RwSignal<u64>) -> impl IntoView {
    let t = &strings().settings;
    let form = ShortForm::new(&[("/secret", "#new-secret")]);
    let (secret, dirty) = (RwSignal::new(String::new()), form.dirty);
    let overlap = RwSignal::new(SecretRotation::default().overlap_seconds);
    let made = RwSignal::new(None::<String>);
    guard(dirty);
    let typed = move |id: &str| {
        dirty.set(true);
        form.typed(id);
    };
    let submit = move |event: SubmitEvent| {
        let sent = secret.get_untracked();
        let rotation = SecretRotation { secret: Some(sent.clone()), overlap_seconds: overlap.get_untracked() };
        let errors = problems::of_fields(rotation.check());
        if !errors.is_empty() {
            event.prevent_default();
            form.refuse(errors);
            return;
        }
        let id = webhook.with_untracked(|webhook| webhook.id);
        form.submit(event, async move { api::rotate_secret(id, &rotation).await }, move |answer| {
            notice::say(t.rotated);
            let now = answer.webhook;
            // What was typed meanwhile is another one.
            if secret.try_get_untracked().as_ref() == Some(&sent) {
                dirty.try_set(false);
                secret.try_set(String::new());
            }
            // What the server would never tell, nor anybody remember, stays until the page is left.
            made.try_set(Some(sent).filter(|secret| secret.starts_with(SECRET_PREFIX)));
            version.try_update(|version| {
                if now.version == *version + 1 {
                    *version += 1;
                }
            });
            webhook.try_set(now);
        });
    };
    let names = OVERLAPS.map(|seconds| (t.overlap)(seconds / 3_600).to_owned()).into();
    let choices = choice::field("overlap", t.previous_signs_for, names, Chosen::of(&OVERLAPS, overlap));
    let explanation = move || session::name_header(t.rotate_text);
    view! {
        <section class="card" aria-label=t.rotate>
            <div class="cardhead"><h2>{t.rotate}</h2></div>
            <form class="pad tool" novalidate on:submit=submit on:input=move |event| typed(&event_target::<Element>(&event).id()) autocomplete="off">
                <p>{explanation}</p>
                <div role="status" class="preflight">{move || until_note(webhook)}{move || made.get().map(made_note)}</div>
                <Failed text=form.failed/>
                <SecretField id=FIELD label=t.new_secret hint=strings().secret_hint_new.to_owned() value=secret error=form.error(FIELD)
                    typed=move || typed(FIELD) left=|_| ()/>
                {choices}
                <p><Submit form=form label=t.rotate/></p>
            </form>
        </section>
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
