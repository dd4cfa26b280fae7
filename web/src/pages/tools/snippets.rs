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

/// How the languages take the prefix of a signature. Where there is none, none of it stands there.
const OF_PREFIX: [&str; 4] = ["\"{prefix}\" + ", "'{prefix}' + ", "'{prefix}' . ", ".trim_start_matches(\"{prefix}\")"];

/// A language and its code; `{header}` stands for the header's name, `{prefix}` for what is before the digits.
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
    let code = move || {
        let code = SNIPPETS.get(chosen.get()).map(|(_, code)| session::name_header(code)).unwrap_or_default();
        with_prefix(code, &session::signature_prefix())
    };
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

fn with_prefix(code: String, prefix: &str) -> String {
    if prefix.is_empty() {
        return OF_PREFIX.iter().fold(code, |code, taken| code.replace(taken, ""));
    }
    code.replace("{prefix}", prefix)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_code_of_each_language_takes_the_prefix_and_is_without_it_where_there_is_none() {
        for (language, code) in SNIPPETS {
            let with = with_prefix(code.to_owned(), "sha256=");
            assert!(with.contains("sha256=") && !with.contains("{prefix}"), "{language}: {with}");
            let without = with_prefix(code.to_owned(), "");
            assert!(!without.contains("{prefix}") && without.len() < code.len(), "{language}: {without}");
        }
    }
}
