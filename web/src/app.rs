//! The table of pages, and the frame around them.

use crate::{
    api::ApiError,
    brand, live,
    pages::{
        later::{self, DetailPages, EventPages, OtherPages},
        set_up::{OpenLinkPage, SetUpPage},
        sign_in::{SignInDialog, SignInPage},
        webhooks::WebhooksPage,
    },
    preferences,
    session::{self, Current},
    shortcuts::Shortcuts,
    strings::strings,
    ui::{
        acting::{Acting, TENANTS},
        ask::Questions,
        connection::{Connection, LiveBadge, provide_offline},
        guard::guard_forms,
        icon::Icon,
        notice::{Notices, provide_notices},
        show::{not_for_role, nothing_here, once_drawn, page_error, skeleton},
    },
};
use leptos::prelude::*;
use leptos_router::{
    components::{A, ParentRoute, Redirect, Route, Router, Routes},
    hooks::use_location,
    path,
};

#[component]
pub(crate) fn App() -> impl IntoView {
    provide_notices();
    provide_offline();
    guard_forms();
    let current = session::provide();
    later::fetch_ahead();
    view! {
        <Router>
            <Shell current=current>
                <Gate current=current>
                <Routes fallback=nothing_here>
                    <Route path=path!("/") view=|| view! { <Redirect path="/webhooks"/> }/>
                    <ParentRoute path=path!("/webhooks") view=WebhooksPage>
                        <Route path=path!("") view=|| ()/>
                        <Route path=path!("new") view=OtherPages::NewWebhook/>
                        <Route path=path!(":id/edit") view=OtherPages::EditWebhook/>
                    </ParentRoute>
                    <Route path=path!("/webhooks/statistics") view=DetailPages::Statistics/>
                    <Route path=path!("/webhooks/:id") view=DetailPages::Overview/>
                    <Route path=path!("/webhooks/:id/events") view=EventPages::OfWebhook/>
                    <Route path=path!("/webhooks/:id/settings") view=OtherPages::WebhookSettings/>
                    <Route path=path!("/events") view=EventPages::OfAll/>
                    <Route path=path!("/events/unwanted") view=EventPages::Unwanted/>
                    <Route path=path!("/events/unwanted/:id") view=DetailPages::UnwantedEvent/>
                    <Route path=path!("/events/:id/:tab?") view=DetailPages::Delivery/>
                    <Route path=path!("/event-types") view=OtherPages::EventTypes/>
                    <Route path=path!("/tools") view=OtherPages::Tools/>
                    <Route path=path!("/settings") view=OtherPages::Settings/>
                    <Route path=path!("/access") view=|| view! { <Redirect path="/access/operators"/> }/>
                    <Route path=path!("/access/operators") view=OtherPages::Operators/>
                    <Route path=path!("/access/api-keys") view=OtherPages::ApiKeys/>
                    <Route path=path!("/access/audit-log") view=OtherPages::AuditLog/>
                    <Route path=path!("/account") view=OtherPages::Account/>
                    <Route path=path!("/account/tenants") view=OtherPages::Tenants/>
                </Routes>
                </Gate>
            </Shell>
        </Router>
    }
}

/// The pages that links open: they are there before anybody is signed in.
const LINKS: [&str; 2] = [SET_UP, "/open"];
const SET_UP: &str = "/set-up";

/// What stands below the frame.
#[derive(Clone, PartialEq)]
enum Shown {
    Page,
    Link(&'static str),
    SignIn,
    Failed(ApiError),
    NotForRole,
    NotFound,
    Wait,
}

/// Shows the page of the address to whoever is signed in, and a way to sign in to everybody else: at the same address, so that they
/// come where they wanted to go. Over a page that is open already the form is a dialog, so that what was typed there stays. Until it
/// is known who this is, the page is made already: what it shows is asked for at the same time.
#[component]
fn Gate(current: Current, children: ChildrenFn) -> impl IntoView {
    let path = use_location().pathname;
    let signed_in = Memo::new(move |_| current.session.with(Option::is_some));
    let children = StoredValue::new(children);
    let link = Memo::new(move |_| path.with(|path| LINKS.into_iter().find(|link| link == path)));
    let is_open = Memo::new(move |_| path.with(|path| is_open(path)));
    let is_there = Memo::new(move |_| session::is_of_platform() || path.with(|path| path != TENANTS));
    let shown = Memo::new(move |_| match (link.get(), current.failed.get()) {
        // Whoever is signed in already may open a link, too.
        (Some(link), _) => Shown::Link(link),
        _ if signed_in.get() && !is_there.get() => Shown::NotFound,
        _ if signed_in.get() && !is_open.get() => Shown::NotForRole,
        _ if signed_in.get() => Shown::Page,
        _ if current.expired.get() => Shown::SignIn,
        (None, Some(error)) => Shown::Failed(error),
        (None, None) if is_open.get() => Shown::Page,
        (None, None) => Shown::Wait,
    });
    let page = move || match shown.get() {
        Shown::Page => once_drawn(move || children.with_value(|children| children())).into_any(),
        // A link's page is made once: what stands behind `#` is taken out of the address, and would be missing the second time.
        Shown::Link(SET_UP) => view! { <SetUpPage current=current/> }.into_any(),
        Shown::Link(_) => view! { <OpenLinkPage current=current/> }.into_any(),
        Shown::SignIn => view! { <SignInPage current=current/> }.into_any(),
        Shown::Failed(error) => {
            page_error(strings().accounts.could_not_find_out, &error, Box::new(move || current.find_out()))
        }
        Shown::NotForRole => not_for_role(),
        Shown::NotFound => nothing_here(),
        Shown::Wait => skeleton().into_any(),
    };
    let again = move || (signed_in.get() && current.expired.get()).then(|| view! { <SignInDialog current=current/> });
    view! { {page}{again} }
}

/// Whether the role of who is signed in allows the page: what the server would refuse cannot be had by its address either.
fn is_open(path: &str) -> bool {
    let edits = path == "/webhooks/new" || (path.starts_with("/webhooks/") && path.ends_with("/edit"));
    (!edits || session::may_edit()) && (!path.starts_with("/access") || session::may_administer())
}

#[component]
fn Shell(current: Current, children: Children) -> impl IntoView {
    let t = strings();
    // At a desk in the bar at the top; on a phone at the bottom, where it makes room for itself.
    let navigation = |place: &'static str| {
        let access = move || {
            session::may_administer()
                .then(|| view! { <A href="/access">{Icon::Key.view()}{strings().accounts.access}</A> })
        };
        view! {
            <nav class=place aria-label=t.main_navigation>
                <A href="/webhooks">{Icon::Hook.view()}{t.webhooks}</A>
                <A href="/events">{Icon::List.view()}{t.events}</A>
                <A href="/event-types">{Icon::Tag.view()}{t.shell.event_types}</A>
                {access}
                <A href="/tools">{Icon::Tools.view()}{t.shell.tools}</A>
            </nav>
        }
    };
    let account = move || {
        let name = current.session.with(|session| session.as_ref().map(session::name))?;
        let title = name.clone();
        Some(view! { <a href="/account" class="account ell" title=title>{Icon::Person.view()}<span>{name}</span></a> })
    };
    let stream = live::start(Memo::new(move |_| current.session.with(|session| session.as_ref().map(session::who))));
    let path = use_location().pathname;
    // Said once for all times of a page.
    let zone = move || {
        path.track();
        let name = strings().settings.times;
        preferences::utc().then(|| view! { <span class="chip"><span class="vh">{name}" "</span>"UTC"</span> })
    };
    let is_out = move || current.expired.get() && current.session.with(Option::is_none);
    view! {
        <a class="skip" href="#main">{t.skip_to_content}</a>
        <div class="app" class:out=is_out>
            <div class="upper">
                <header class="top">
                    {brand::head()}
                    {navigation("nav")}
                    <div class="end bar">
                        {zone}
                        <LiveBadge stream=stream/>
                        {account}
                        <a href="/settings" class="btn ghost icon" aria-label=t.shell.settings>{Icon::Settings.view()}</a>
                    </div>
                </header>
                <Acting current=current/>
            </div>
            <main id="main" tabindex="-1"><Connection stream=stream/>{children()}</main>
            // What stands at the bottom of the window, on top of each other.
            <div class="dock" id="dock">
                <Notices/>
                {navigation("nav low")}
            </div>
        </div>
        <Shortcuts/>
        <Questions/>
    }
}
