//! The table of pages, and the frame around them.

use crate::{
    browser,
    pages::{deliveries::DeliveriesPage, delivery::DeliveryPage, form, not_found::NotFound, webhooks::WebhooksPage},
    strings::strings,
    ui::{
        icon::Icon,
        notice::{Notices, provide_notices},
    },
};
use leptos::{html, prelude::*};
use leptos_router::{
    components::{A, ParentRoute, Redirect, Route, Router, Routes},
    path,
};
use shared::paths;

#[component]
pub(crate) fn App() -> impl IntoView {
    provide_notices();
    browser::set_language(strings().tag);
    view! {
        <Router>
            <Shell>
                <Routes fallback=NotFound>
                    <Route path=path!("/") view=|| view! { <Redirect path="/webhooks"/> }/>
                    <ParentRoute path=path!("/webhooks") view=WebhooksPage>
                        <Route path=path!("") view=|| ()/>
                        <Route path=path!("new") view=form::NewWebhookForm/>
                        <Route path=path!(":id/edit") view=form::EditWebhookForm/>
                    </ParentRoute>
                    <Route path=path!("/webhooks/:id/events") view=DeliveriesPage/>
                    <Route path=path!("/events/:id") view=DeliveryPage/>
                </Routes>
            </Shell>
        </Router>
    }
}

#[component]
fn Shell(children: Children) -> impl IntoView {
    let t = strings();
    view! {
        <a class="skip" href="#main">{t.skip_to_content}</a>
        <div class="app">
            <header class="top">
                <A href="/webhooks" attr:class="brand">{Icon::Hook.view()}<span>"Hookwright"</span></A>
                <nav class="nav" aria-label=t.main_navigation>
                    <A href="/webhooks">{Icon::Hook.view()}{t.webhooks}</A>
                    <a href=format!("{}/", paths::DOCS) rel="external">{Icon::List.view()}{t.api_documentation}</a>
                </nav>
                <Theme/>
            </header>
            <main id="main" tabindex="-1">{children()}</main>
            <Notices/>
        </div>
    }
}

#[component]
fn Theme() -> impl IntoView {
    let t = strings();
    let select = NodeRef::<html::Select>::new();
    let chosen = browser::theme();
    let choose = move |_| {
        if let Some(select) = select.get_untracked() {
            browser::set_theme(&select.value());
        }
    };
    let options = [("", t.theme_system), ("light", t.theme_light), ("dark", t.theme_dark)]
        .map(|(value, name)| view! { <option value=value selected=value == chosen>{name}</option> });
    view! {
        <div class="end">
            <label class="vh" for="theme">{t.theme}</label>
            <select class="in" id="theme" node_ref=select on:change=choose>{options}</select>
        </div>
    }
}
