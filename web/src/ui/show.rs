//! Shows what a query has loaded: a placeholder first, then the content, or what went wrong and a way to try again.

use super::{icon::Icon, place};
use crate::{
    api::{self, ApiError},
    browser,
    effect::effect,
    format,
    query::{Load, Query},
    session,
    strings::{problems, strings},
};
use leptos::{prelude::*, task::spawn_local};
use leptos_router::components::A;
use shared::{Code, Id, Tenant};
use std::time::Duration;
use web_sys::Event;

/// Shows the query's value with `content`, below the page's heading. `failed` is the headline when it could not be loaded.
pub(crate) fn show<T, V>(
    query: Query<T>,
    failed: &'static str,
    content: impl Fn(RwSignal<T>) -> V + Send + 'static,
) -> impl IntoView
where
    T: PartialEq + Clone + Send + Sync + 'static,
    V: IntoView + 'static,
{
    shown(query, None, failed, content)
}

/// The same of a whole page, whose heading is part of the content. `title`: what the page is called where there is none.
pub(crate) fn show_page<T, V>(
    query: Query<T>,
    title: &'static str,
    failed: &'static str,
    content: impl Fn(RwSignal<T>) -> V + Send + 'static,
) -> impl IntoView
where
    T: PartialEq + Clone + Send + Sync + 'static,
    V: IntoView + 'static,
{
    shown(query, Some(title), failed, content)
}

fn shown<T, V>(
    query: Query<T>,
    title: Option<&'static str>,
    failed: &'static str,
    content: impl Fn(RwSignal<T>) -> V + Send + 'static,
) -> impl IntoView
where
    T: PartialEq + Clone + Send + Sync + 'static,
    V: IntoView + 'static,
{
    let load = *query;
    let lacking = lacking(load);
    move || match (lacking.get(), query.value.get()) {
        (Some(error), _) => not_there(title, failed, &error, load),
        (None, Some(value)) => {
            place::take_up();
            view! { {notes(load)}{content(RwSignal::from(value))} }.into_any()
        }
        (None, None) => skeleton().into_any(),
    }
}

/// Why what is asked for is not there. What belongs to another key is dimmed while the load is under way, and gone when it failed.
fn lacking(load: Load) -> Memo<Option<ApiError>> {
    Memo::new(move |_| load.error.get().filter(|_| load.lacks.get()))
}

fn not_there(title: Option<&'static str>, failed: &'static str, error: &ApiError, load: Load) -> AnyView {
    let again = Box::new(move || load.reload());
    match title {
        Some(title) => titled_error(title, failed, error, again),
        None => load_error(failed, error, again),
    }
}

/// What is said above what is there: that it is being loaded again, or that this failed.
fn notes(load: Load) -> AnyView {
    let t = strings();
    // A table says that it is busy.
    provide_context(load);
    let updating = move || {
        load.is_running.get().then(|| view! { <p class="updating hint" class:old=load.lacks>{t.shell.updating}</p> })
    };
    let stale = move || {
        load.error.get().map(|_| {
            let again =
                view! { <button type="button" class="link" on:click=move |_| load.reload()>{t.try_again}</button> };
            view! { <p class="note warn">{Icon::Alert.view()}<span>{t.could_not_refresh}" "{again}</span></p> }
        })
    };
    // Whoever does not see that the rows are old hears it.
    view! { {updating}<div role="status">{stale}</div> }.into_any()
}

/// Makes a part of a page when what stands above it has been drawn: what is read first does not wait for it, and neither does who
/// types meanwhile. A tab in the background draws nothing, and has it at once.
pub(crate) fn once_drawn<V: IntoView + 'static>(content: impl Fn() -> V + Send + 'static) -> impl IntoView {
    let is_drawn = RwSignal::new(browser::hidden());
    request_animation_frame(move || {
        // Gone when the page was left meanwhile.
        let draw = move || {
            is_drawn.try_set(true);
        };
        set_timeout(draw, Duration::ZERO);
    });
    move || is_drawn.get().then(&content)
}

/// Sets it once: what is drawn when it is unfolded is not drawn anew whenever it is folded.
pub(crate) fn unfold_once(unfolded: RwSignal<bool>) -> impl Fn(Event) {
    move |_| {
        if !unfolded.get_untracked() {
            unfolded.set(true);
        }
    }
}

/// The name of an event type, also within a title. Where it does not fit on a line it breaks after a dot, and not within a word.
pub(crate) fn type_name(name: &str) -> impl IntoView + use<> {
    broken_after('.', name)
}

/// A URL. Where it does not fit on a line it breaks after a slash of its path.
pub(crate) fn broken_url(url: &str) -> impl IntoView + use<> {
    let (scheme, rest) = url.split_at(url.find("://").map_or(0, |end| end + 3));
    (scheme.to_owned(), broken_after('/', rest))
}

fn broken_after(letter: char, text: &str) -> impl IntoView + use<> {
    let parts = text.split_inclusive(letter).map(str::to_owned);
    parts.map(|part| view! { {part}<wbr/> }).collect_view()
}

/// Rows of the shape that a result will have.
pub(crate) fn skeleton() -> impl IntoView {
    let rows = [1, 2, 3].map(|_| {
        view! { <div class="pad bar"><div class="sk w1"></div><div class="sk w3"></div></div> }
    });
    view! {
        <section class="card late" aria-busy="true">
            <p class="vh" role="status">{strings().loading}</p>
            {rows}
        </section>
    }
}

/// What a button does that tries again.
type Again = Box<dyn Fn()>;

/// What stands below the page's heading in the place of what could not be loaded.
pub(crate) fn load_error(failed: &'static str, error: &ApiError, again: Again) -> AnyView {
    failure(view! { <h2>{failed}</h2> }.into_any(), error, again)
}

/// What stands in the place of a page of that title that could not be loaded.
pub(crate) fn titled_error(title: &'static str, failed: &'static str, error: &ApiError, again: Again) -> AnyView {
    // The page where nothing is has a heading of its own.
    let heading = (error.status != Some(404)).then(|| {
        browser::set_passing_title(title);
        view! { <div class="head"><h1 tabindex="-1">{title}</h1></div> }
    });
    view! { {heading}{load_error(failed, error, again)} }.into_any()
}

/// What stands in the place of a whole page that could not be loaded, and says so in its heading.
pub(crate) fn page_error(failed: &'static str, error: &ApiError, again: Again) -> AnyView {
    failure(view! { <h1 tabindex="-1">{failed}</h1> }.into_any(), error, again)
}

fn failure(title: AnyView, error: &ApiError, again: Again) -> AnyView {
    let t = strings();
    if error.status == Some(404) {
        return view! { {nothing_here()}<Elsewhere/> }.into_any();
    }
    let way_on = if error.code() == Some(Code::CursorInvalid) {
        // The same request would get the same answer.
        view! { <a class="btn" href=browser::address_without("after")>{t.newest}</a> }.into_any()
    } else {
        view! {
            <button type="button" class="btn" on:click=move |_| again()>{Icon::Retry.view()}{t.try_again}</button>
        }
        .into_any()
    };
    view! {
        <section class="card empty" role="alert">
            {Icon::Alert.view()}
            {title}
            <p>{explain(error)}" "{t.nothing_was_lost}</p>
            {request_id(error)}
            {way_on}
        </section>
    }
    .into_any()
}

/// Whose the address is, for who may act for every tenant: what leads here, such as an alert, may lead to another one's.
#[component]
fn Elsewhere() -> impl IntoView {
    let n = &strings().tenants;
    let address = browser::address();
    let id = address.split(['/', '?']).find_map(|part| part.parse::<Id>().ok());
    let found = RwSignal::new(None::<Tenant>);
    // The page may be there before it is known who looks at it.
    effect(move || {
        let Some(id) = id.filter(|_| session::is_of_platform()) else { return };
        spawn_local(async move {
            // Only a hint: without an answer it is not there, and no more.
            let Ok(page) = api::tenants(&id.to_string(), "", "").await else { return };
            let mut tenants = page.items.into_iter().map(|summary| summary.tenant);
            found.try_set(tenants.find(|tenant| Some(tenant.id) != session::tenant()));
        });
    });
    move || {
        let (Tenant { id, name, external_id, .. }, address) = (found.get()?, address.clone());
        let name = session::called(name, external_id.as_deref());
        Some(view! {
            <section class="card pad bar" role="status">
                <span>{(n.elsewhere)(&name)}</span>
                <button type="button" class="btn" aria-label=(n.act_for_this)(&name) on:click=move |_| session::act_for(id, address.clone())>{n.act_for}</button>
            </section>
        })
    }
}

/// A button below the first of so many rows, which shows all of them, and fewer again.
pub(crate) fn show_all(all: usize, is_whole: RwSignal<bool>) -> impl IntoView {
    let t = strings();
    let word = move || match is_whole.get() {
        true => t.show_less.to_owned(),
        false => (t.show_so_many)(&format::number(all as u64)),
    };
    view! {
        <p class="pad">
            <button type="button" class="btn small" aria-expanded=move || is_whole.get().to_string()
                on:click=move |_| is_whole.update(|whole| *whole = !*whole)>{word}</button>
        </p>
    }
}

/// What went wrong, in a sentence.
pub(crate) fn explain(error: &ApiError) -> String {
    let t = strings();
    match (&error.problem, error.status) {
        (Some(problem), _) => problems::of_problem(problem),
        (None, Some(200..300)) => t.shell.unreadable.to_owned(),
        (None, Some(status)) => (t.server_answered)(status),
        (None, None) if !window().navigator().on_line() => t.shell.not_sent.to_owned(),
        (None, None) if error.is_late => t.shell.no_answer.to_owned(),
        (None, None) => t.offline.to_owned(),
    }
}

fn request_id(error: &ApiError) -> Option<impl IntoView + use<>> {
    let id = error.problem.as_ref()?.request_id.clone();
    Some(view! { <p>{strings().request_id}" "<span class="mono">{id}</span></p> })
}

/// What stands at an address where nothing is.
pub(crate) fn nothing_here() -> AnyView {
    let t = strings();
    no_page(Icon::Inbox, t.not_found_title, t.not_found_text)
}

/// What stands at an address whose page the server would refuse.
pub(crate) fn not_for_role() -> AnyView {
    let t = strings();
    no_page(Icon::Key, t.role_title, t.role_text)
}

fn no_page(icon: Icon, title: &'static str, text: &'static str) -> AnyView {
    browser::set_title(title);
    view! {
        <section class="card empty">
            {icon.view()}
            <h1 tabindex="-1">{title}</h1>
            <p>{text}</p>
            <A href="/webhooks" attr:class="btn primary">{strings().go_to_webhooks}</A>
        </section>
    }
    .into_any()
}

/// Stands where a list has nothing. `more`: what can be done about it.
pub(crate) fn empty(icon: Icon, title: &'static str, more: AnyView) -> AnyView {
    view! { <section class="card empty">{icon.view()}<h2>{title}</h2>{more}</section> }.into_any()
}
