//! A look at the payload URL before it is saved: advice, never a block.

use super::state::FormState;
use crate::{
    api, browser,
    effect::effect,
    format, session,
    strings::{problems, strings},
    ui::{icon::Icon, show::explain},
};
use leptos::{prelude::*, task::spawn_local};
use shared::{Preflight, PreflightAdvice};

#[derive(Clone)]
enum Looked {
    Running,
    Found(Box<Preflight>),
    Failed(String),
}

/// A button below the URL, and what was found.
#[component]
pub(super) fn PreflightButton(form: FormState) -> impl IntoView {
    let t = &strings().tools;
    let looked = RwSignal::new(None::<Looked>);
    // What was found is about the URL that was looked at.
    effect(move || {
        form.url.track();
        looked.set(None);
    });
    let look = move |_| {
        let url = form.url.get_untracked().trim().to_owned();
        if url.is_empty() {
            form.look_at("/url");
            browser::focus("#url");
            return;
        }
        if matches!(looked.get_untracked(), Some(Looked::Running)) {
            return;
        }
        looked.set(Some(Looked::Running));
        spawn_local(async move {
            let found = match api::preflight(url.clone()).await {
                Ok(found) => Looked::Found(Box::new(found)),
                Err(error) => Looked::Failed(format!("{} {}", t.preflight_failed, explain(&error))),
            };
            if form.url.try_get_untracked().is_some_and(|now| now.trim() == url) {
                looked.try_set(Some(found));
            }
        });
    };
    // This much can be told without a look.
    let is_plain = Memo::new(move |_| form.url.with(|url| format::is_readable_on_the_way(url.trim())));
    let plain = move || {
        let is_said = is_plain.get() && looked.with(Option::is_none);
        is_said.then(|| view! { <div class="note warn">{Icon::Alert.view()}<div>{(t.advice)(PreflightAdvice::PlainHttp)}</div></div> })
    };
    view! {
        <button type="button" class="btn small" on:click=look>{t.preflight}</button>
        <div role="status" class="preflight">{plain}{move || looked.get().map(said)}</div>
    }
}

fn said(looked: Looked) -> impl IntoView {
    let t = &strings().tools;
    match looked {
        Looked::Running => view! { <span class="muted">{t.preflight_running}</span> }.into_any(),
        Looked::Failed(text) => view! { <div class="note warn">{Icon::Alert.view()}<div>{text}</div></div> }.into_any(),
        Looked::Found(found) if found.advice.is_empty() => {
            let facts = facts(&found).join(" · ");
            let (tone, icon, text) = match no_to_head(&found) {
                Some(text) => ("note info", Icon::Alert, text),
                None => ("note ok", Icon::Check, t.preflight_good.to_owned()),
            };
            view! { <div class=tone>{icon.view()}<div>{text}" "<span class="muted">{facts}</span></div></div> }
                .into_any()
        }
        Looked::Found(found) => {
            let limit = format::duration(u64::from(session::webhook_defaults().timeout_ms) * 1_000);
            let refused = found.problem.as_ref().map(|problem| format!(" {}", problems::of_problem(problem)));
            let redirect = found.http.as_ref().and_then(|http| http.redirect_to.clone());
            let advice: Vec<_> = found
                .advice
                .iter()
                .map(|advice| view! { <p>{(t.advice)(*advice).replace("{limit}", &limit)}</p> })
                .collect();
            let no = no_to_head(&found).map(|text| view! { <p>{text}</p> });
            let facts = facts(&found).join(" · ");
            view! {
                <div class="note warn">
                    {Icon::Alert.view()}
                    <div>{advice}{refused}{redirect.map(|url| view! { <p class="mono url">{url}</p> })}{no}<p class="muted">{facts}</p></div>
                </div>
            }
            .into_any()
        }
    }
}

/// What a refusal of HEAD means: little, as events are sent by POST.
fn no_to_head(found: &Preflight) -> Option<String> {
    let status = found.http.as_ref()?.status.filter(|status| matches!(status, 400..=499 | 501))?;
    Some((strings().tools.preflight_refused_head)(status))
}

/// What was measured, in few words.
fn facts(found: &Preflight) -> Vec<String> {
    let t = &strings().tools;
    let dns = found.dns.as_ref().map(|dns| format!("DNS {}", dns.addresses.join(", ")));
    let tls = found.tls.as_ref().and_then(|tls| tls.days_left).map(t.days_left);
    let http = found
        .http
        .as_ref()
        .and_then(|http| http.status.map(|status| format!("HEAD {status}, {}", format::duration(http.duration_us))));
    [dns, tls, http].into_iter().flatten().collect()
}
