//! What a webhook is called beside other things: by what it is for, where somebody has said so, and by its URL. Many have the same host, so
//! that a URL that is too long is cut in its middle.

use crate::format;
use leptos::prelude::*;

/// How much of a URL has room in a narrow cell, and on a phone, in characters.
pub(crate) const IN_CELL: usize = 30;
/// How much has room where nothing, or little, stands beside it.
pub(crate) const ON_LINE: usize = 60;

/// One below the other.
pub(crate) fn stacked(description: &str, url: &str, most: usize) -> AnyView {
    let url = shown(url, most);
    if description.is_empty() {
        view! { <span class="mono"><bdi>{url}</bdi></span> }.into_any()
    } else {
        view! { <span>{description.to_owned()}</span>" "<span class="hint mono"><bdi>{url}</bdi></span> }.into_any()
    }
}

/// The description alone, where there is one.
pub(crate) fn short(description: &str, url: &str) -> AnyView {
    if description.is_empty() { stacked("", url, IN_CELL) } else { description.to_owned().into_any() }
}

/// As a text.
pub(crate) fn text(description: &str, url: &str) -> String {
    let url = shown(url, ON_LINE);
    if description.is_empty() { url } else { format!("{description} · {url}") }
}

fn shown(url: &str, most: usize) -> String {
    format::cut(format::short_url(url), most)
}
