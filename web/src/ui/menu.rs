//! A menu behind a button: for what has no room beside it.

use super::{chart::coordinate, icon::Icon};
use crate::browser;
use leptos::{ev, html, prelude::*};
use web_sys::HtmlElement;

/// A button with three dots and the menu that it opens; `label` names both. The items are links and buttons with the role `menuitem`,
/// and out of the order of tabs. The browser closes the menu as it closes every popover: by Escape, or a press beside it.
#[component]
pub(crate) fn Menu(
    id: String,
    label: impl Fn() -> String + Clone + Send + Sync + 'static,
    children: ChildrenFn,
) -> impl IntoView {
    let button = NodeRef::<html::Button>::new();
    let list = NodeRef::<html::Div>::new();
    // Its items are made when somebody wants to see them.
    let wanted = RwSignal::new(false);
    let items = {
        let selector = format!("#{id} [role=menuitem]");
        move || -> Vec<HtmlElement> {
            // What has no parent to stand in is not shown at this width.
            browser::all(&selector).into_iter().filter(|item| item.offset_parent().is_some()).collect()
        }
    };
    // Before an item does anything: a dialog that it opens shall give the focus back to the button.
    let close = move || {
        if let Some(list) = list.get_untracked() {
            let _ = list.hide_popover();
        }
    };
    let open = move |_| {
        wanted.set(true);
        if let (Some(list), Some(button)) = (list.get_untracked(), button.get_untracked()) {
            place(&list, &button);
        }
    };
    let first = items.clone();
    let toggled = move |_| {
        let is_open = list.get_untracked().is_some_and(|list| list.matches(":popover-open").unwrap_or_default());
        if let Some(item) = first().first().filter(|_| is_open) {
            let _ = item.focus();
        }
    };
    let pressed = move |event: ev::KeyboardEvent| {
        let items = items();
        let (count, at) = (items.len().max(1), items.iter().position(browser::has_focus).unwrap_or_default());
        let next = match event.key().as_str() {
            "ArrowDown" => (at + 1) % count,
            "ArrowUp" => (at + count - 1) % count,
            "Home" => 0,
            "End" => count - 1,
            // On from the button, which gets the focus back.
            "Tab" => return close(),
            _ => return,
        };
        event.prevent_default();
        if let Some(item) = items.get(next) {
            let _ = item.focus();
        }
    };
    let named = label.clone();
    view! {
        <button type="button" class="btn small icon" node_ref=button popovertarget=id.clone() aria-haspopup="menu" aria-label=label on:click=open>
            {Icon::More.view()}
        </button>
        <div class="menu" node_ref=list id=id popover="auto" role="menu" aria-label=named on:toggle=toggled on:keydown=pressed
            on:click:capture=move |_| close()>
            {move || wanted.get().then(|| children())}
        </div>
    }
}

/// Puts the menu below the button, or above it in the lower half of the screen. It stands on the page, and scrolls with it.
fn place(list: &HtmlElement, button: &HtmlElement) -> Option<()> {
    let (edges, page) = (button.get_bounding_client_rect(), window());
    let height = page.inner_height().ok()?.as_f64()?;
    let width = f64::from(document().document_element()?.client_width());
    let scrolled = page.scroll_y().ok()?;
    let (side, other, distance) = if edges.bottom() < height / 2.0 {
        ("top", "bottom", edges.bottom() + scrolled)
    } else {
        ("bottom", "top", height - edges.top() - scrolled)
    };
    let style = list.style();
    style.set_property(side, &(coordinate(distance) + "px")).ok()?;
    style.set_property(other, "auto").ok()?;
    style.set_property("right", &(coordinate(width - edges.right()) + "px")).ok()
}
