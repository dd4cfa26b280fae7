//! The page for addresses where nothing is.

use crate::{browser, strings::strings, ui::show::nothing_here};
use leptos::prelude::*;

#[component]
pub(crate) fn NotFound() -> impl IntoView {
    browser::set_title(strings().not_found_title);
    nothing_here()
}
