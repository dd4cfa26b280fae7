//! Where a page stands: the way to what is above it.

use crate::strings::strings;
use leptos::prelude::*;

/// The pages above this one, each with its address, and what this one is called. Made once, not for each page.
pub(crate) fn crumbs(above: &[(&'static str, &'static str)], here: AnyView) -> AnyView {
    let above: Vec<_> = above.iter().map(|&(href, name)| view! { <li><a href=href>{name}</a></li> }).collect();
    view! {
        <nav class="crumbs" aria-label=strings().breadcrumb>
            <ol role="list">{above}<li aria-current="page">{here}</li></ol>
        </nav>
    }
    .into_any()
}
