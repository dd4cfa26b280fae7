//! Shows a text as a folding tree if it is JSON, and as it stands otherwise.

use super::{copy::CopyButton, icon::Icon, show::unfold_once};
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
    /// A pill beside the heading.
    #[prop(optional)]
    pill: Option<AnyView>,
    /// What stands beside the text's size.
    #[prop(into)]
    note: String,
    /// How many bytes it stands for, where these are not its own.
    #[prop(optional)]
    size: Option<u64>,
    /// The name under which it can be saved.
    #[prop(optional)]
    file: Option<String>,
) -> impl IntoView {
    let t = strings();
    let raw = RwSignal::new(false);
    let levels = RwSignal::new(OPEN_LEVELS);
    let text: Arc<str> = text.into();
    let parsed = json::parse(&text);
    let lines = if parsed.is_none() { json::indented(&text) } else { None };
    let tree = parsed.filter(|node| !matches!(node, Node::Scalar(..)));
    let copied = Arc::clone(&text);
    let saved = Arc::clone(&text);
    let download = file.map(|file| {
        view! {
            <button type="button" class="btn ghost" on:click=move |_| browser::download(&file, &saved)>{Icon::Down.view()}{t.shell.download}</button>
        }
    });
    let has_folds = tree.as_ref().is_some_and(|tree| is_deeper(tree, OPEN_LEVELS));
    let unfold = move || (has_folds && !raw.get()).then(|| fold_all(levels));
    let note = if lines.is_some() { format!("{note} · {}", t.details.too_large) } else { note };
    let toggle = (tree.is_some() || lines.is_some()).then(|| {
        view! {
            <button type="button" class="btn ghost" aria-pressed=move || raw.get().to_string() on:click=move |_| raw.update(|raw| *raw = !*raw)>
                {t.raw}
            </button>
        }
    });
    let size = format::size(size.unwrap_or_else(|| text.len().try_into().unwrap_or(u64::MAX)));
    let body = move || match (&tree, &lines) {
        (Some(tree), _) if !raw.get() => node_view(None, tree, "", 0, levels.get()),
        (None, Some(lines)) if !raw.get() => view! { <pre>{readable(lines)}</pre> }.into_any(),
        _ => view! { <pre>{text.to_string()}</pre> }.into_any(),
    };
    view! {
        <div class="card">
            <div class="cardhead">
                <h2>{title}</h2>
                {pill}
                <span class="muted">{size}{note}</span>
                <div class="end">{unfold}{toggle}<CopyButton label=title.to_lowercase() text=move || copied.to_string()/>{download}</div>
            </div>
            <div class="json" tabindex="0" role="region" aria-label=label>{body}</div>
        </div>
    }
}

/// Whether it goes deeper than so many levels.
fn is_deeper(node: &Node, levels: usize) -> bool {
    let below = |node: &Node| levels == 0 || is_deeper(node, levels - 1);
    match node {
        Node::Scalar(..) => false,
        Node::Array(items) => items.iter().any(below),
        Node::Object(members) => members.iter().any(|(_, value)| below(value)),
    }
}

/// A button that unfolds every level, and folds them all again.
fn fold_all(levels: RwSignal<usize>) -> impl IntoView {
    let t = strings();
    let is_open = move || levels.get() == usize::MAX;
    let turn = move |_| levels.set(if untrack(is_open) { 1 } else { usize::MAX });
    view! {
        <button type="button" class="btn ghost" on:click=turn>
            {move || if is_open() { t.details.fold_all } else { t.details.unfold_all }}
        </button>
    }
}

/// A value behind its key, with the comma that separates it from the next one. So many levels are unfolded.
fn node_view(key: Option<&str>, node: &Node, comma: &'static str, depth: usize, levels: usize) -> AnyView {
    let (open, close, count) = match node {
        Node::Scalar(kind, text) => {
            let class = match kind {
                Kind::String => "s",
                Kind::Number => "n",
                Kind::Keyword => "b",
            };
            return view! { {key_view(key)}<span class=class>{readable(text)}</span>{comma} }.into_any();
        }
        Node::Array(items) if items.is_empty() => return view! { {key_view(key)}"[]"{comma} }.into_any(),
        Node::Object(members) if members.is_empty() => return view! { {key_view(key)}"{}"{comma} }.into_any(),
        Node::Array(items) => ("[", "]", (strings().items)(items.len())),
        Node::Object(members) => ("{", "}", (strings().keys)(members.len())),
    };
    let head = view! { <summary>{key_view(key)}{open}" "<span class="muted">{count}</span></summary> };
    if depth < levels {
        return view! { <details open=true>{head}{rows(node, depth, levels)}{close}{comma}</details> }.into_any();
    }
    // What is folded is made when somebody looks at it.
    let (node, opened) = (node.clone(), RwSignal::new(false));
    let rows = move || opened.get().then(|| rows(&node, depth, levels));
    view! { <details on:toggle=unfold_once(opened)>{head}{rows}{close}{comma}</details> }.into_any()
}

/// What a value holds.
fn rows(node: &Node, depth: usize, levels: usize) -> AnyView {
    let entries: Vec<(Option<&str>, &Node)> = match node {
        Node::Scalar(..) => Vec::new(),
        Node::Array(items) => items.iter().map(|item| (None, item)).collect(),
        Node::Object(members) => members.iter().map(|(key, value)| (Some(key.as_str()), value)).collect(),
    };
    let last = entries.len().saturating_sub(1);
    let rows: Vec<_> = entries
        .into_iter()
        .enumerate()
        .map(|(index, (key, value))| {
            let comma = if index < last { "," } else { "" };
            view! { <li>{node_view(key, value, comma, depth + 1, levels)}</li> }
        })
        .collect();
    view! { <ul>{rows}</ul> }.into_any()
}

fn key_view(key: Option<&str>) -> Option<impl IntoView + use<>> {
    key.map(|key| view! { <span class="k">{readable(key)}</span>": " })
}

/// JSON as it is read: letters for their escapes, and escapes for what nobody would see.
fn readable(text: &str) -> String {
    format::visible(&json::with_letters(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn depth_is_counted_in_values_that_can_be_folded() {
        let tree = json::parse(r#"{"a":[{"b":1}],"c":{}}"#).unwrap();
        assert_eq!([0, 1, 2, 3].map(|levels| is_deeper(&tree, levels)), [true, true, true, false]);
    }
}
