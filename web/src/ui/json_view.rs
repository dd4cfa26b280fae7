//! Shows a text as a folding tree if it is JSON, and as it stands otherwise.

use super::copy::CopyButton;
use crate::{
    format,
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
    /// What the text is, for screen readers.
    label: &'static str,
    /// The text.
    text: String,
    /// What stands beside the heading.
    #[prop(into)]
    note: String,
) -> impl IntoView {
    let t = strings();
    let raw = RwSignal::new(false);
    let text: Arc<str> = text.into();
    let tree = json::parse(&text).filter(|node| !matches!(node, Node::Scalar(..)));
    let copied = Arc::clone(&text);
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
        Some(tree) if !raw.get() => node_view(tree, 0).into_any(),
        _ => view! { <pre>{text.to_string()}</pre> }.into_any(),
    };
    view! {
        <section class="card" aria-label=title>
            <div class="cardhead">
                <h2>{title}</h2>
                <span class="muted">{size}{note}</span>
                <div class="end">{toggle}<CopyButton label=title.to_lowercase() text=move || copied.to_string()/></div>
            </div>
            <div class="json" tabindex="0" role="region" aria-label=label>{body}</div>
        </section>
    }
}

fn node_view(node: &Node, depth: usize) -> AnyView {
    match node {
        Node::Scalar(kind, text) => {
            let class = match kind {
                Kind::String => "s",
                Kind::Number => "n",
                Kind::Keyword => "b",
            };
            view! { <span class=class>{text.clone()}</span> }.into_any()
        }
        Node::Array(items) => {
            let count = (strings().items)(items.len());
            let items = items.iter().map(|item| (None, item)).collect();
            fold("[", "]", count, items, depth)
        }
        Node::Object(members) => {
            let count = (strings().keys)(members.len());
            let members = members.iter().map(|(key, value)| (Some(key.as_str()), value)).collect();
            fold("{", "}", count, members, depth)
        }
    }
}

fn fold(
    open: &'static str,
    close: &'static str,
    count: String,
    entries: Vec<(Option<&str>, &Node)>,
    depth: usize,
) -> AnyView {
    if entries.is_empty() {
        return format!("{open}{close}").into_any();
    }
    let last = entries.len() - 1;
    let rows: Vec<_> = entries
        .into_iter()
        .enumerate()
        .map(|(index, (key, value))| {
            let key = key.map(|key| view! { <span class="k">{key.to_owned()}</span>": " });
            let comma = if index < last { "," } else { "" };
            view! { <li>{key}{node_view(value, depth + 1)}{comma}</li> }
        })
        .collect();
    view! {
        <details open=depth < OPEN_LEVELS>
            <summary>{open}" "<span class="muted">{count}</span></summary>
            <ul>{rows}</ul>
            {close}
        </details>
    }
    .into_any()
}
