//! Code that verifies a request, in the languages that receivers are written in.

use crate::{
    session,
    strings::strings,
    ui::{
        choice::{self, Chosen},
        copy::CopyButton,
    },
};
use leptos::prelude::*;

/// A language and its code; `{header}` stands for the header's name.
const SNIPPETS: [(&str, &str); 7] = [
    ("Rust", include_str!("snippets/rust.txt")),
    ("Node", include_str!("snippets/node.txt")),
    ("Python", include_str!("snippets/python.txt")),
    ("Java", include_str!("snippets/java.txt")),
    ("Go", include_str!("snippets/go.txt")),
    ("PHP", include_str!("snippets/php.txt")),
    ("C#", include_str!("snippets/csharp.txt")),
];

#[component]
pub(super) fn Snippets() -> impl IntoView {
    let t = &strings().tools;
    let chosen = RwSignal::new(0_usize);
    let code = move || SNIPPETS.get(chosen.get()).map(|(_, code)| session::name_header(code)).unwrap_or_default();
    let names = SNIPPETS.iter().map(|(name, _)| (*name).to_owned()).collect();
    let choices = Chosen::new(move || Some(chosen.get()), move |at| chosen.set(at));
    view! {
        <section class="card" aria-label=t.snippets>
            <div class="cardhead"><h2>{t.snippets}</h2><div class="end"><CopyButton label=t.code text=move || untrack(code)/></div></div>
            <div class="pad tool">
                <p class="muted">{t.snippets_lead}</p>
                {choice::segments("snippet", Some(t.language), names, choices)}
                <pre class="code" tabindex="0" role="region" aria-label=t.code>{code}</pre>
            </div>
        </section>
    }
}
