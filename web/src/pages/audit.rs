//! The audit log: who did what, when, from where.

use super::access::AccessTabs;
use crate::{
    api, browser, format,
    query::Query,
    strings::strings,
    ui::{
        icon::Icon,
        search::in_address,
        show::{empty, show},
        table::{data_table, onward},
    },
};
use leptos::prelude::*;
use shared::{ActorKind, AuditEntry, Page};

#[component]
pub(crate) fn AuditPage() -> impl IntoView {
    let a = strings().accounts;
    browser::set_title(a.audit_log);
    let cursor = in_address("after");
    let query = Query::new(move || cursor.get(), |cursor| async move { api::audit_log(&cursor).await });
    view! {
        <div class="head"><h1 tabindex="-1">{a.access}</h1></div>
        <AccessTabs/>
        {show(query, a.could_not_load_audit_log, table)}
    }
}

fn table(page: RwSignal<Page<AuditEntry>>) -> impl IntoView {
    let (t, a) = (strings(), strings().accounts);
    let older = move || {
        let cursor = page.with(|page| page.next_cursor.clone())?;
        let href = format!("/access/audit-log?after={}", super::webhooks::encoded(&cursor));
        Some(onward(href, t.older))
    };
    let rows = move || {
        let entries = page.get().items;
        if entries.is_empty() {
            return empty(Icon::Inbox, a.nothing_done_yet, ().into_any());
        }
        let columns = [t.list.when, a.who, a.what, a.change].map(|name| (name, ""));
        data_table("tbl", a.audit_log, &columns, entries.into_iter().map(row).collect_view().into_any())
    };
    view! { {rows}{older} }
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
    let details = (before.is_some() || after.is_some()).then(|| {
        view! { <details><summary>{t.show}</summary>{change(a.before, before)}{change(a.after, after)}</details> }
    });
    view! {
        <tr role="row">
            <td role="cell" class="muted">{format::instant(at)}</td>
            <td role="cell">{who}{kind}{address.map(|address| view! { <span class="hint mono">{address}</span> })}</td>
            <td role="cell" class="full"><span class="chip">{action}</span>" "<span class="url">{target.name}</span></td>
            <td role="cell" class="full">{details}</td>
        </tr>
    }
}
