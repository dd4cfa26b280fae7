//! The pages for addresses where nothing is, or nothing for who is signed in.

use crate::ui::show::{not_for_role, nothing_here};
use leptos::prelude::*;

#[component]
pub(crate) fn NotFound() -> impl IntoView {
    nothing_here()
}

#[component]
pub(crate) fn NotForRole() -> impl IntoView {
    not_for_role()
}
