//! The signature lab.

use crate::{
    lab::{Finding, Sample},
    session,
    strings::strings,
    ui::icon::Icon,
};
use leptos::{ev, prelude::*};

#[component]
pub(super) fn Lab() -> impl IntoView {
    let t = &strings().tools;
    let [body, secret, signature, id, timestamp] = [(); 5].map(|()| RwSignal::new(String::new()));
    let found = RwSignal::new(None::<(Finding, String)>);
    let check = move |event: ev::SubmitEvent| {
        event.prevent_default();
        let sample = Sample {
            body: body.get_untracked(),
            secret: secret.get_untracked(),
            signature: signature.get_untracked(),
            prefix: untrack(session::signature_prefix),
            id: id.get_untracked(),
            timestamp: timestamp.get_untracked(),
        };
        found.set(Some((sample.examine(), sample.header())));
    };
    let line = |name: &'static str, label: &'static str, hint: &'static str, value: RwSignal<String>| {
        view! {
            <div class="field">
                <label for=name>{label}</label>
                <input class="in mono" id=name autocomplete="off" spellcheck="false" aria-describedby=format!("{name}-hint") bind:value=value/>
                <p class="hint" id=format!("{name}-hint")>{move || session::name_header(hint)}</p>
            </div>
        }
    };
    view! {
        <section class="card" aria-label=t.lab>
            <div class="cardhead"><h2>{t.lab}</h2></div>
            <form class="pad tool" on:submit=check on:input=move |_| found.set(None) autocomplete="off">
                <p class="muted">{t.lab_lead}</p>
                <div class="field">
                    <label for="lab-body">{t.body}</label>
                    <textarea class="in mono" id="lab-body" rows="6" spellcheck="false" aria-describedby="lab-body-hint" bind:value=body></textarea>
                    <p class="hint" id="lab-body-hint">{t.body_hint}</p>
                </div>
                <div class="pair">
                    {line("lab-secret", strings().secret, t.secret_hint, secret)}
                    {line("lab-signature", t.signature, t.signature_hint, signature)}
                    {line("lab-id", t.id, t.standard_hint, id)}
                    {line("lab-timestamp", t.timestamp, t.standard_hint, timestamp)}
                </div>
                <p><button type="submit" class="btn primary">{t.check}</button></p>
                <div role="status" class="preflight">{move || found.get().map(said)}</div>
            </form>
        </section>
    }
}

fn said((finding, expected): (Finding, String)) -> impl IntoView {
    let t = &strings().tools;
    let (fact, advice) = (t.verdict)(finding);
    let is_right = finding == Finding::Right;
    let (tone, icon) = if is_right { ("note ok", Icon::Check) } else { ("note bad", Icon::Cross) };
    view! {
        <div class=tone>{icon.view()}<div><b>{fact}</b>" "{session::name_header(advice)}</div></div>
        <dl class="kv"><dt>{t.expected}</dt><dd class="mono">{expected}</dd></dl>
    }
}
