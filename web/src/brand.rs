//! How the portal presents itself: its name, its picture and the way back to the platform. The server writes them into the page.

use crate::{format, strings::strings, ui::icon::Icon};
use leptos::prelude::*;

/// What the page is built with.
const BUILT_ICON: &str = "/icon.svg";

/// What the portal is called.
pub(crate) fn name() -> String {
    of_page("meta[name=application-name]", "content").unwrap_or_default()
}

/// The way to the webhooks, at the head of each page.
pub(crate) fn head() -> impl IntoView {
    let logo = of_page("link[rel=icon]", "href").filter(|path| path != BUILT_ICON);
    let picture = match logo {
        Some(path) => view! { <img src=path alt=""/> }.into_any(),
        None => Icon::Hook.view().into_any(),
    };
    view! { <a href="/webhooks" class="brand" title=name()>{picture}<span>{name()}</span></a> }
}

/// The way to where a visitor of a portal link comes from, if the platform has said where that is.
pub(crate) fn way_back() -> Option<impl IntoView> {
    let url = of_page("meta[name=return-url]", "content")?;
    let label = (strings().accounts.go_back)(format::host(&url));
    // The portal may stand in a frame of that page.
    Some(view! { <p><a href=url class="btn" target="_top">{label}</a></p> })
}

fn of_page(element: &str, attribute: &str) -> Option<String> {
    document().query_selector(element).ok().flatten()?.get_attribute(attribute)
}
