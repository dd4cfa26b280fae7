//! A field that narrows a list while somebody types.

use crate::{
    browser::has_focus,
    effect::effect,
    format,
    query::{Load, Query},
    strings::strings,
    ui::{
        choice::{self, Chosen},
        icon::Icon,
        show::empty,
    },
};
use leptos::{html, prelude::*};
use leptos_router::{
    NavigateOptions,
    hooks::{use_navigate, use_query_map},
};
use shared::Page;
use std::time::Duration;

/// How long typing may pause before the list is narrowed.
const TYPING: Duration = Duration::from_millis(250);
/// How long the beginning of an API key is that tells which one it is: `hw_` and the id.
const KEY_NAME_BYTES: usize = 29;
/// What takes longer to load is said to be under way.
const SLOW: Duration = Duration::from_secs(1);

/// A parameter of the address; empty where it is not there.
pub(crate) fn in_address(name: &'static str) -> Memo<String> {
    let parameters = use_query_map();
    Memo::new(move |_| parameters.with(|map| map.get(name).unwrap_or_default()))
}

/// What the list is searched for, as the address has it.
pub(crate) fn searched() -> Memo<String> {
    in_address("q")
}

/// How to go to another address in the place of this one, on the same page.
pub(crate) fn in_place() -> NavigateOptions {
    NavigateOptions { replace: true, scroll: false, ..NavigateOptions::default() }
}

/// The address of the page at that path with those parameters; what is empty is left out.
pub(crate) fn address(path: &str, parameters: &[(&str, &str)]) -> String {
    let given = parameters.iter().filter(|(_, value)| !value.is_empty());
    let query: Vec<_> = given.map(|(name, value)| format!("{name}={}", encoded(value))).collect();
    if query.is_empty() { path.to_owned() } else { format!("{path}?{}", query.join("&")) }
}

/// A text as it stands in a query string. A comma stands for itself, and can be read.
fn encoded(text: &str) -> String {
    String::from(js_sys::encode_uri_component(text)).replace("%2C", ",")
}

/// The field above a list that is narrowed by a text, and where it has them by `states`.
/// What was typed or chosen goes into the list's address.
#[component]
pub(crate) fn SearchBar(
    path: &'static str,
    label: &'static str,
    #[prop(default = &[])] states: &'static [&'static str],
    #[prop(default = Vec::new())] names: Vec<Signal<String>>,
) -> impl IntoView {
    let navigate = StoredValue::new_local(use_navigate());
    let (search, status) = (searched(), in_address("status"));
    let go = move |search: &str, status: &str| {
        navigate.with_value(|navigate| navigate(&address(path, &[("q", search), ("status", status)]), in_place()));
    };
    let changed = move |text: String| status.with_untracked(|status| go(&text, status));
    let place = move || status.with(|status| states.iter().position(|state| state == status));
    let choose =
        move |at: usize| search.with_untracked(|search| go(search, states.get(at).copied().unwrap_or_default()));
    let choices = (!states.is_empty())
        .then(|| choice::live_segments("status", Some(strings().status), names, Chosen::new(place, choose)));
    view! {
        <form class="bar" role="search" on:submit=|event| event.prevent_default()>
            {choices}
            <SearchField label=label placeholder=label value=search changed=changed/>
        </form>
    }
}

/// Says how many a page of a list has, to whoever does not see it.
pub(crate) fn found<T: Send + Sync + 'static>(query: Query<Page<T>>) -> AnyView {
    let count = move || {
        let page = query.value.get()?;
        Some(page.with(|page| (page.items.len(), page.next_cursor.is_some())))
    };
    counted(*query, Signal::derive(count))
}

/// The same of any list: how many it has, and whether there may be more. It is silent until the list is narrowed in another way than at
/// first, and about further pages, which say it themselves.
pub(crate) fn counted(load: Load, count: Signal<Option<(usize, bool)>>) -> AnyView {
    let t = &strings().shell;
    let parameters = use_query_map();
    let narrowed = Memo::new(move |_| {
        let mut parameters = parameters.get();
        let is_further = parameters.remove("after").is_some();
        (parameters, is_further)
    });
    let (first, _) = narrowed.get_untracked();
    let is_another = Memo::new(move |before: Option<&bool>| {
        before == Some(&true) || narrowed.with(|(parameters, _)| *parameters != first)
    });
    let is_slow = RwSignal::new(false);
    let mut timer = None::<TimeoutHandle>;
    effect(move || {
        is_slow.set(false);
        if let Some(timer) = timer.take() {
            timer.clear();
        }
        if load.lacks.get() {
            // Gone when the page was left meanwhile.
            let look = move || {
                is_slow.try_set(true);
            };
            timer = set_timeout_with_handle(look, SLOW).ok();
        }
    });
    let said = move || match (is_another.get() && !narrowed.with(|(_, is_further)| *is_further), load.lacks.get()) {
        (false, _) => None,
        (true, true) => (is_slow.get() && load.is_running.get()).then(|| t.updating.to_owned()),
        (true, false) => count.get().map(|(count, more)| (t.found)(&format::number(count as u64), more)),
    };
    view! { <p class="vh" role="status">{said}</p> }.into_any()
}

/// Stands where nothing is what the list at that path is narrowed to.
pub(crate) fn none_match(title: &'static str, search: String, path: &'static str) -> AnyView {
    let more = view! {
        <p class="mono">{search}</p>
        <a href=path class="btn">{strings().clear_filters}</a>
    };
    empty(Icon::List, title, more.into_any())
}

/// What is searched for: of an API key what tells which one it is. Its secret must not come into an address.
fn without_secret(text: &str) -> &str {
    match text.trim().split_at_checked(KEY_NAME_BYTES) {
        Some((name, rest)) if rest.starts_with('_') && name.to_ascii_lowercase().starts_with("hw_") => name,
        _ => text,
    }
}

/// Shows `value`, and calls `changed` with what was typed when no more came for a while.
#[component]
pub(crate) fn SearchField(
    label: &'static str,
    placeholder: &'static str,
    value: Memo<String>,
    changed: impl Fn(String) + 'static,
) -> impl IntoView {
    let element = NodeRef::<html::Input>::new();
    effect(move || {
        let value = value.get();
        // What is being typed is newer than what the list was asked for.
        if let Some(input) = element.get().filter(|input| !has_focus(input)) {
            input.set_value(&value);
        }
    });
    let typing = StoredValue::new(None::<TimeoutHandle>);
    let stop = move || {
        let timer = typing.try_update_value(Option::take).flatten();
        timer.map(|timer| timer.clear())
    };
    let changed = StoredValue::new_local(move |text: String| changed(without_secret(&text).to_owned()));
    let typed = move |event| {
        stop();
        let text = event_target_value(&event);
        let pause = move || {
            // Gone when the page was left meanwhile.
            if typing.try_set_value(None).is_none() {
                changed.with_value(|changed| changed(text));
            }
        };
        typing.set_value(set_timeout_with_handle(pause, TYPING).ok());
    };
    // Whoever goes on to something else finds the list narrowed already.
    let left = move |event| {
        if stop().is_some() {
            changed.with_value(|changed| changed(event_target_value(&event)));
        }
    };
    view! {
        <input class="in" type="search" maxlength="200" aria-label=label placeholder=placeholder node_ref=element on:input=typed on:change=left/>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_secret_of_an_api_key_is_not_searched_for() {
        const NAME: &str = "hw_01JZNK5ZQBNF623MB5KE64GNQB";
        let lower = NAME.to_lowercase();
        for (typed, searched) in [
            (format!("{NAME}_0123456789abcdef"), NAME),
            (format!(" {NAME}_\n"), NAME),
            (format!("HW{}_x", &lower[2..]), &format!("HW{}", &lower[2..])),
            (NAME.to_owned(), NAME),
            ("hw_01JZ".to_owned(), "hw_01JZ"),
            ("hw_".to_owned(), "hw_"),
            (format!("{NAME}0_x"), &format!("{NAME}0_x")),
            ("ação_".repeat(9), &"ação_".repeat(9)),
            ("billing ".to_owned(), "billing "),
            (String::new(), ""),
        ] {
            assert_eq!(without_secret(&typed), searched, "{typed}");
        }
    }
}
