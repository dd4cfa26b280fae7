//! A field that narrows a list while somebody types.

use leptos::{html, prelude::*};
use std::time::Duration;

/// How long typing may pause before the list is narrowed.
const TYPING: Duration = Duration::from_millis(250);

/// Shows `value`, and calls `changed` with what was typed when no more came for a while.
#[component]
pub(crate) fn SearchField(
    label: &'static str,
    placeholder: &'static str,
    value: Memo<String>,
    changed: impl Fn(String) + 'static,
) -> impl IntoView {
    let element = NodeRef::<html::Input>::new();
    Effect::new(move || {
        let value = value.get();
        // What is being typed is newer than what the list was asked for.
        if let Some(input) = element.get().filter(|input| !has_focus(input)) {
            input.set_value(&value);
        }
    });
    let latest = StoredValue::new(0_u32);
    let changed = StoredValue::new_local(changed);
    let typed = move |event| {
        let text = event_target_value(&event);
        latest.update_value(|number| *number += 1);
        let number = latest.get_value();
        set_timeout(
            move || {
                // Nothing when the page is gone or another text came.
                if latest.try_get_value() == Some(number) {
                    changed.with_value(|changed| changed(text));
                }
            },
            TYPING,
        );
    };
    view! {
        <label class="vh" for="q">{label}</label>
        <input class="in" id="q" type="search" maxlength="200" placeholder=placeholder node_ref=element on:input=typed/>
    }
}

fn has_focus(input: &web_sys::HtmlInputElement) -> bool {
    input.is_same_node(document().active_element().as_deref())
}
