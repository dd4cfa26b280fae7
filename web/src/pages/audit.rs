//! The audit log: who did what, when, from where.

use super::access::AccessTabs;
use crate::{
    api, browser,
    format::{self, cut, short_url},
    query::Query,
    strings::strings,
    ui::{
        listing::listing,
        search::{SearchBar, address, in_address, searched},
        table::data_table,
        webhook_name::ON_LINE,
    },
};
use leptos::prelude::*;
use leptos_router::components::A;
use shared::{ActorKind, AuditEntry, AuditTarget, Id, Page};

const AUDIT_LOG: &str = "/access/audit-log";

/// The log, narrowed to what was done to one thing.
pub(crate) fn done_to(id: Id) -> String {
    address(AUDIT_LOG, &[("q", &id.to_string())])
}

#[component]
pub(crate) fn AuditPage() -> impl IntoView {
    let a = strings().accounts;
    browser::set_title(a.audit_log);
    let (search, cursor) = (searched(), in_address("after"));
    let query = Query::new(
        move || (search.get(), cursor.get()),
        |(search, cursor)| async move { api::audit_log(&search, &cursor).await },
    );
    let none = [a.nothing_done_yet, "", "", a.nothing_done_so];
    let table = move |page: RwSignal<Page<AuditEntry>>| (move || table(page.get().items, &search.get())).into_any();
    view! {
        <div class="head"><h1 tabindex="-1">{a.access}</h1></div>
        <AccessTabs/>
        <SearchBar path=AUDIT_LOG label=a.filter_audit_log/>
        {listing(AUDIT_LOG, query, a.could_not_load_audit_log, none, None, table)}
    }
}

fn table(items: Vec<AuditEntry>, search: &str) -> impl IntoView + use<> {
    let (t, a) = (strings(), strings().accounts);
    // What the log is narrowed to has a name where it has an id only in the address.
    let is_it = |target: &&AuditTarget| !search.is_empty() && target.id == search && !target.name.is_empty();
    let thing = items.iter().map(|entry| &entry.target).find(is_it);
    let of = thing
        .map(|thing| view! { <h2 class="words" title=thing.name.clone()>{(a.audit_log_of)(&short(&thing.name))}</h2> });
    let columns = [t.list.when, a.who, a.what, a.change].map(|name| (name, ""));
    let rows = items.into_iter().map(row).collect_view().into_any();
    view! { {of}{data_table("tbl", a.audit_log, &columns, rows)} }
}

/// A name as it stands in a list: a URL without its scheme and its middle, where it is long.
fn short(name: &str) -> String {
    cut(short_url(name), ON_LINE)
}

fn row(entry: AuditEntry) -> impl IntoView {
    let (t, a) = (strings(), strings().accounts);
    let AuditEntry { id: _, at, actor, action, target, address, request_id: _, before, after } = entry;
    let kind = (a.actor_kind)(actor.kind);
    let (who, kind) = match actor.kind {
        ActorKind::Operator => (actor.name, None),
        // These are the only ones of their kind: their name is the same word in English.
        ActorKind::CommandLine | ActorKind::System => (kind.to_owned(), None),
        _ => (actor.name, Some(view! { <span class="hint">{kind}</span> })),
    };
    let change = |label: &'static str, text: Option<String>| {
        text.map(|text| view! { <span class="hint">{label}</span><code class="mono url">{text}</code> })
    };
    let is_open = RwSignal::new(false);
    let press = move |_| is_open.update(|open| *open = !*open);
    let word = move || if is_open.get() { t.hide } else { t.show };
    let what = (a.action)(action);
    let label = move || format!("{} {what}", word());
    let whole = Some(target.name.clone()).filter(|name| short(name) != short_url(name));
    let button = (before.is_some() || after.is_some() || whole.is_some()).then(|| {
        view! { <button type="button" class="link" aria-label=label aria-expanded=move || is_open.get().to_string() on:click=press>{word}</button> }
    });
    // In a row of its own, where it moves no column.
    let details = move || {
        is_open.get().then(|| {
            let (whole, before) = (change(a.name, whole.clone()), change(a.before, before.clone()));
            let after = change(a.after, after.clone());
            view! { <tr role="row"><td role="cell" class="full" colspan="4"><div class="change">{whole}{before}{after}</div></td></tr> }
        })
    };
    view! {
        <tr role="row">
            <td role="cell" class="muted">{format::instant(at)}</td>
            <td role="cell">{who}{kind}{address.map(|address| view! { <span class="hint mono">{address}</span> })}</td>
            <td role="cell" class="full">{what}" "{thing(target)}<span class="hint mono">{action.name()}</span></td>
            <td role="cell" class="full">{button}</td>
        </tr>
        {details}
    }
}

/// The name of what something was done to, which leads there.
fn thing(target: AuditTarget) -> AnyView {
    let AuditTarget { kind, id, name } = target;
    let href = match kind.as_str() {
        "webhook" => format!("/webhooks/{id}"),
        "delivery" => format!("/events/{id}"),
        "event" => format!("/events/unwanted/{id}"),
        "event_type" => address("/event-types", &[("q", &id)]),
        _ => return view! { <span class="url">{short(&name)}</span> }.into_any(),
    };
    let name = if name.is_empty() { id } else { name };
    let shown = short(&name);
    view! { <A href=href attr:class="url" attr:title=name>{shown}</A> }.into_any()
}
