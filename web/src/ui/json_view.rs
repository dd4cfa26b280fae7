//! Shows a text as a folding tree if it is JSON, and as it stands otherwise.

use super::{copy::CopyButton, icon::Icon};
use crate::{
    browser, format,
    json::{self, Kind, Node},
    strings::strings,
};
use leptos::prelude::*;
use std::sync::Arc;

/// Deeper levels are folded at first.
const OPEN_LEVELS: usize = 3;

/// A card with a text. Copying gives the text as it stands, never the pretty form: signatures are over its bytes.
#[component]
pub(crate) fn JsonCard(
    /// The heading.
    title: &'static str,
    /// What the text is, for screen readers; no other on the page has the same.
    #[prop(into)]
    label: String,
    /// The text.
    text: String,
    /// What stands beside the heading.
    #[prop(into)]
    note: String,
    /// The name under which it can be saved.
    #[prop(optional)]
    file: Option<String>,
) -> impl IntoView {
    let t = strings();
    let raw = RwSignal::new(false);
    let text: Arc<str> = text.into();
    let tree = json::parse(&text).filter(|node| !matches!(node, Node::Scalar(..)));
    let copied = Arc::clone(&text);
    let saved = Arc::clone(&text);
    let download = file.map(|file| {
        view! {
            <button type="button" class="btn ghost" on:click=move |_| browser::download(&file, &saved)>{Icon::Down.view()}{t.shell.download}</button>
        }
    });
    let is_tree = tree.is_some();
    let toggle = is_tree.then(|| {
        view! {
            <button type="button" class="btn ghost" aria-pressed=move || raw.get().to_string() on:click=move |_| raw.update(|raw| *raw = !*raw)>
                {t.raw}
            </button>
        }
    });
    let size = format::size(text.len().try_into().unwrap_or(u64::MAX));
    let body = move || match &tree {
        Some(tree) if !raw.get() => node_view(None, tree, "", 0),
        _ => view! { <pre>{text.to_string()}</pre> }.into_any(),
    };
    view! {
        <div class="card">
            <div class="cardhead">
                <h2>{title}</h2>
                <span class="muted">{size}{note}</span>
                <div class="end">{toggle}<CopyButton label=title.to_lowercase() text=move || copied.to_string()/>{download}</div>
            </div>
            <div class="json" tabindex="0" role="region" aria-label=label>{body}</div>
        </div>
    }
}

/// A value behind its key, with the comma that separates it from the next one.
fn node_view(key: Option<&str>, node: &Node, comma: &'static str, depth: usize) -> AnyView {
    let (open, close, count, entries) = match node {
        Node::Scalar(kind, text) => {
            let class = match kind {
                Kind::String => "s",
                Kind::Number => "n",
                Kind::Keyword => "b",
            };
            return view! { {key_view(key)}<span class=class>{text.clone()}</span>{comma} }.into_any();
        }
        Node::Array(items) => {
            let entries: Vec<_> = items.iter().map(|item| (None, item)).collect();
            ("[", "]", (strings().items)(items.len()), entries)
        }
        Node::Object(members) => {
            let entries = members.iter().map(|(key, value)| (Some(key.as_str()), value)).collect();
            ("{", "}", (strings().keys)(members.len()), entries)
        }
    };
    if entries.is_empty() {
        return view! { {key_view(key)}{open}{close}{comma} }.into_any();
    }
    let last = entries.len() - 1;
    let rows: Vec<_> = entries
        .into_iter()
        .enumerate()
        .map(|(index, (key, value))| {
            let comma = if index < last { "," } else { "" };
            view! { <li>{node_view(key, value, comma, depth + 1)}</li> }
        })
        .collect();
    view! {
        <details open=depth < OPEN_LEVELS>
            <summary>{key_view(key)}{open}" "<span class="muted">{count}</span></summary>
            <ul>{rows}</ul>
            {close}{comma}
        </details>
    }
    .into_any()
}

fn key_view(key: Option<&str>) -> Option<impl IntoView + use<>> {
    key.map(|key| view! { <span class="k">{key.to_owned()}</span>": " })
}
