//! Where a page stands: the way to what is above it.

use crate::strings::strings;
use leptos::prelude::*;

/// The pages above this one, each with its address, and what this one is called. Made once, not for each page.
pub(crate) fn crumbs(above: &[(&'static str, &'static str)], here: AnyView) -> AnyView {
    trail(above.iter().map(|&(href, name)| crumb(href, name)).collect(), here)
}

/// A page above, by its address.
pub(crate) fn crumb(href: &'static str, name: &'static str) -> AnyView {
    view! { <a href=href>{name}</a> }.into_any()
}

/// The same, whatever leads to the pages above.
pub(crate) fn trail(above: Vec<AnyView>, here: AnyView) -> AnyView {
    let above: Vec<_> = above.into_iter().map(|crumb| view! { <li>{crumb}</li> }).collect();
    view! {
        <nav class="crumbs" aria-label=strings().breadcrumb>
            <ol role="list">{above}<li aria-current="page">{here}</li></ol>
        </nav>
    }
    .into_any()
}
