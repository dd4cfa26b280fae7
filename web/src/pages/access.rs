//! What the pages about access have in common, and the page for one's own account.

use crate::{
    api::{self, ApiError},
    brand, browser,
    query::Load,
    session::{self, Current, DEFAULT_TENANT},
    strings::strings,
    ui::{
        acting::TENANTS,
        ask::{Tick, ask},
        notice,
        short_form::{Entry, Failed, ShortForm, Submit},
        show::explain,
    },
};
use leptos::{prelude::*, task::spawn_local};
use leptos_router::components::A;
use shared::CallerKind;
use std::pin::Pin;

/// The way from one of these pages to the others.
#[component]
pub(crate) fn AccessTabs() -> impl IntoView {
    let a = strings().accounts;
    view! {
        <nav class="tabs" aria-label=a.access>
            <A href="/access/operators">{a.operators}</A>
            <A href="/access/api-keys">{a.api_keys}</A>
            <A href="/access/audit-log">{a.audit_log}</A>
        </nav>
    }
}

/// Asks, does what got a yes, says how it went, and loads the list again. `text`: what a yes means. `tick`: what else it may mean. `word`: the
/// word for it.
pub(super) fn confirmed(
    question: impl Into<String>,
    text: &'static str,
    tick: Option<Tick>,
    word: &'static str,
    act: impl Future<Output = Result<(), ApiError>> + 'static,
    done: &'static str,
    list: Load,
) {
    let act: Pin<Box<dyn Future<Output = Result<(), ApiError>>>> = Box::pin(act);
    ask(question, text, tick, word, move || {
        spawn_local(async move {
            match act.await {
                Ok(()) => {
                    notice::say(done);
                    // The button that was pressed goes, or becomes that of another row. Another page has a focus of its own.
                    if list.error.try_get_untracked().is_some() {
                        browser::focus("main h1");
                    }
                }
                Err(error) => notice::warn(explain(&error)),
            }
            list.reload();
        });
    });
}

/// One's own account: who one is, another password, the way out.
#[component]
pub(crate) fn AccountPage() -> impl IntoView {
    let a = strings().accounts;
    browser::set_title(a.account);
    let Some(current) = session::current() else { return ().into_any() };
    let account = move || {
        let session = current.session.get()?;
        let tenants = session.platform.then(|| view! { <TenantsSection/> });
        let password = (session.kind == CallerKind::Operator).then(|| view! { <PasswordForm current=current/> });
        let back = (session.kind == CallerKind::PortalLink).then(brand::way_back);
        let name = session::name(&session);
        // Whoever needs no tenants has one only, and never meets the word.
        let tenant = (session.tenant_id != DEFAULT_TENANT).then(|| {
            let called = session::called(session.tenant_name, session.tenant_external_id.as_deref());
            view! { <dt>{a.tenant}</dt><dd>{called}</dd> }
        });
        Some(view! {
            <section class="card narrow">
                <dl class="kv">
                    <dt>{a.signed_in_as}</dt><dd>{name}</dd>
                    <dt>{a.role}</dt><dd>{(a.role_name)(session.role)}</dd>
                    {tenant}
                </dl>
                {back}
                <button type="button" class="btn" on:click=move |_| current.sign_out()>{a.sign_out}</button>
            </section>
            {tenants}
            {password}
        })
    };
    view! { <div class="head"><h1 tabindex="-1">{a.account}</h1></div>{account} }.into_any()
}

/// The way to the tenants that somebody of the platform may act for.
#[component]
fn TenantsSection() -> impl IntoView {
    let n = &strings().tenants;
    view! {
        <section class="card narrow">
            <h2>{n.title}</h2>
            <p>{n.text}</p>
            <a href=TENANTS class="btn">{n.all}</a>
        </section>
    }
}

#[component]
fn PasswordForm(current: Current) -> impl IntoView {
    let a = strings().accounts;
    let email = move || current.session.with(|session| session.as_ref().map(|session| session.name.clone()));
    let (old, new) = (RwSignal::new(String::new()), RwSignal::new(String::new()));
    let form = ShortForm::new(&[("/current_password", "#old-password"), ("/new_password", "#new-password")]);
    let submit = move |event| {
        form.submit(event, api::change_password(old.get_untracked(), new.get_untracked()), move |session| {
            old.try_set(String::new());
            new.try_set(String::new());
            notice::say(a.password_changed);
            current.begin(session);
        });
    };
    view! {
        <section class="card narrow">
            <h2>{a.change_password}</h2>
            <form class="stack" novalidate on:submit=submit>
                <Failed text=form.failed/>
                // What manages passwords learns by it whose they are.
                <input type="email" autocomplete="username" readonly hidden prop:value=email/>
                <Entry form=form id="old-password" label=a.current_password kind="password" autocomplete="current-password" value=old/>
                <Entry form=form id="new-password" label=a.new_password kind="password" autocomplete="new-password" hint=a.password_hint value=new/>
                <Submit form=form label=a.change_password/>
            </form>
        </section>
    }
}
