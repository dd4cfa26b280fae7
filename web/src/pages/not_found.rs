//! The page for addresses where nothing is.

use crate::ui::show::nothing_here;
use leptos::prelude::*;

#[component]
pub(crate) fn NotFound() -> impl IntoView {
    nothing_here()
}
