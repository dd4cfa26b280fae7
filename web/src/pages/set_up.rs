//! What a link opens: the first operator is made here, and a visitor of a portal link gets in. The link's token stands behind `#`, so
//! that no server's log has it; it is taken out of the address at once.

use crate::{
    api, brand, browser,
    session::Current,
    strings::strings,
    ui::{
        icon::Icon,
        short_form::{Entry, Failed, ShortForm, Submit},
        show::explain,
    },
};
use leptos::{prelude::*, task::spawn_local};
use leptos_router::{NavigateOptions, hooks::use_navigate};
use shared::{CallerKind, is_portal_page};

/// Where a link leads that names no page.
const WEBHOOKS: &str = "/webhooks";

/// Makes the first operator.
#[component]
pub(crate) fn SetUpPage(current: Current) -> impl IntoView {
    let a = strings().accounts;
    browser::set_title(a.set_up);
    let token = StoredValue::new(browser::take_fragment());
    let (email, password) = (RwSignal::new(String::new()), RwSignal::new(String::new()));
    let form = ShortForm::new(&[("/email", "#set-up-email"), ("/password", "#set-up-password")]);
    let navigate = StoredValue::new_local(use_navigate());
    let submit = move |event| {
        let made = api::set_up(token.get_value(), email.get_untracked(), password.get_untracked());
        form.submit(event, made, move |session| {
            let _ = navigate.try_with_value(|navigate| navigate(WEBHOOKS, NavigateOptions::default()));
            current.begin(session);
        });
    };
    view! {
        <section class="card narrow way-in">
            <h1 tabindex="-1">{a.set_up}</h1>
            <p class="muted">{a.set_up_text}</p>
            <form class="stack" novalidate on:submit=submit>
                <Failed text=form.failed/>
                <Entry form=form id="set-up-email" label=a.email kind="email" autocomplete="username" value=email/>
                <Entry form=form id="set-up-password" label=strings().password kind="password" autocomplete="new-password" hint=a.password_hint value=password/>
                <Submit form=form label=a.create_account/>
            </form>
        </section>
    }
}

/// Lets the visitor of a portal link in.
#[component]
pub(crate) fn OpenLinkPage(current: Current) -> impl IntoView {
    let a = strings().accounts;
    browser::set_title(a.opening);
    let failed = RwSignal::new(None::<String>);
    let navigate = StoredValue::new_local(use_navigate());
    let link = browser::take_fragment();
    let (token, page) = link.find('/').map_or((&*link, WEBHOOKS), |at| link.split_at(at));
    let (token, page) = (token.to_owned(), if is_portal_page(page) { page } else { WEBHOOKS }.to_owned());
    let enter = move || {
        let _ = navigate.try_with_value(|navigate| {
            navigate(&page, NavigateOptions { replace: true, ..NavigateOptions::default() })
        });
    };
    spawn_local(async move {
        match api::open_portal_link(token).await {
            Ok(session) => {
                enter();
                current.begin(session);
            }
            // A frame that is loaded again has its session already, and its link is used up.
            Err(error) => match api::session().await {
                Ok(session) if session.kind == CallerKind::PortalLink => {
                    enter();
                    current.begin(session);
                }
                _ => {
                    browser::set_title(a.link_not_opened);
                    failed.try_set(Some(explain(&error)));
                }
            },
        }
    });
    move || match failed.get() {
        None => view! { <p role="status">{a.opening}</p> }.into_any(),
        Some(text) => view! {
            <section class="card empty" role="alert">
                {Icon::Alert.view()}
                <h1 tabindex="-1">{a.link_not_opened}</h1>
                <p>{text}</p>
                {brand::way_back()}
            </section>
        }
        .into_any(),
    }
}
