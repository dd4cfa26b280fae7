//! Tools for whoever writes the receiver: the signature lab, code that verifies, and the check-up.

mod checkup;
mod lab;
mod snippets;

use crate::{browser, session::for_editors, strings::strings};
use leptos::prelude::*;

#[component]
pub(crate) fn ToolsPage() -> impl IntoView {
    let t = &strings().tools;
    browser::set_title(t.title);
    view! {
        <div class="head"><h1 tabindex="-1">{t.title}</h1></div>
        <p class="muted">{t.lead}</p>
        <lab::Lab/>
        <snippets::Snippets/>
        // Last: it comes when it is known who this is, and pushes nothing away.
        {for_editors(checkup::CheckUp)}
    }
}
