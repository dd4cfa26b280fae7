//! Signing in: as a page of its own, or over the page that was open when the session ended, so that nothing typed there is lost.

use crate::{
    api, brand, browser, preferences,
    session::{self, Current},
    strings::{self, Language, strings},
    ui::{
        dialog::Dialog,
        icon::Icon,
        short_form::{Entry, Failed, ShortForm, Submit},
    },
};
use leptos::{html, prelude::*, task::spawn_local};

/// The page for whoever is not signed in.
#[component]
pub(crate) fn SignInPage(current: Current) -> impl IntoView {
    let a = strings().accounts;
    let is_link = RwSignal::new(session::is_link());
    browser::set_title(if is_link.get_untracked() { a.session_ended } else { a.sign_in });
    on_cleanup(browser::turn_page);
    let set_up_needed = RwSignal::new(false);
    spawn_local(async move {
        // Only a hint: without an answer the form is all there is to say.
        if let Ok(state) = api::set_up_state().await {
            set_up_needed.try_set(state.needed);
        }
    });
    let hint = move || {
        set_up_needed.get().then(|| view! { <p class="note info">{Icon::Alert.view()}<span>{a.set_up_hint}</span></p> })
    };
    // An operator may have looked at a link in this tab.
    let sign_in = move |_| {
        session::forget_link();
        is_link.set(false);
    };
    let way = move || match is_link.get() {
        true => view! {
            <h1 tabindex="-1">{a.session_ended}</h1>
            <p>{a.open_again}</p>
            {brand::way_back()}
            <p><button type="button" class="link" on:click=sign_in>{a.sign_in}</button></p>
        }
        .into_any(),
        false => view! {
            <h1 tabindex="-1">{a.sign_in}</h1>
            {hint}
            <SignInForm current=current email=String::new() done=|| ()/>
        }
        .into_any(),
    };
    view! { <section class="card narrow way-in">{way}<LanguageField/></section> }
}

/// The language, for whoever cannot reach the settings yet.
#[component]
fn LanguageField() -> impl IntoView {
    let options = Language::ALL.map(|language| {
        view! { <option value=language.tag() selected=language == strings::language()>{language.name()}</option> }
    });
    let choose = move |event| {
        if let Some(language) = Language::of(&event_target_value(&event)) {
            browser::keep_focus_at("#language");
            preferences::choose_language(language);
        }
    };
    view! {
        <label class="vh" for="language">{strings().settings.language}</label>
        <select class="in" id="language" on:change=choose>{options}</select>
    }
}

/// The form over a page whose session has ended.
#[component]
pub(crate) fn SignInDialog(current: Current) -> impl IntoView {
    let a = strings().accounts;
    let element = NodeRef::<html::Dialog>::new();
    let email = current.session.with_untracked(|session| session.as_ref().map(|session| session.name.clone()));
    // Whoever closes it goes on looking at what is there; the next request asks again.
    let gone = move || {
        if current.expired.get_untracked() {
            current.expired.set(false);
            current.declined.set(true);
        }
    };
    let way = if session::is_link() {
        view! { <p>{a.open_again}</p>{brand::way_back()} }.into_any()
    } else {
        let done = move || crate::ui::dialog::close(element);
        view! { <p>{a.session_ended_text}</p><SignInForm current=current email=email.unwrap_or_default() done=done/> }
            .into_any()
    };
    view! {
        <Dialog title=a.session_ended gone=gone element=element>
            <div class="body">{way}</div>
        </Dialog>
    }
}

#[component]
fn SignInForm(current: Current, email: String, done: impl Fn() + Copy + 'static) -> impl IntoView {
    let a = strings().accounts;
    // Whoever signs in again only needs the password.
    let is_known = !email.is_empty();
    let email = RwSignal::new(email);
    let password = RwSignal::new(String::new());
    let form = ShortForm::new(&[("/password", "#sign-in-password"), ("/email", "#sign-in-email")]);
    let submit = move |event| {
        form.submit(event, api::sign_in(email.get_untracked(), password.get_untracked()), move |session| {
            password.try_set(String::new());
            done();
            current.begin(session);
        });
    };
    view! {
        <form class="stack" novalidate on:submit=submit>
            <Failed text=form.failed/>
            <Entry form=form id="sign-in-email" label=a.email kind="email" autocomplete="username" value=email/>
            <Entry form=form id="sign-in-password" label=strings().password kind="password" autocomplete="current-password" autofocus=is_known value=password/>
            <Submit form=form label=a.sign_in/>
        </form>
    }
}
