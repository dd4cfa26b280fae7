//! The webhook's overview: how its deliveries went over a period.

use super::{Section, frame};
use crate::{
    api,
    pages::{
        resend_job::{self, Progress},
        statistics::{
            charts::Charts,
            figures::{AGE, Periods, Tiles, failed_note, follow, period_in_address},
        },
    },
    query::Query,
    strings::strings,
    ui::{icon::Icon, show::show},
};
use leptos::prelude::*;
use leptos_router::components::A;
use shared::{Id, ResendKind, Webhook};

#[component]
pub(crate) fn OverviewPage() -> impl IntoView {
    frame(Section::Overview, |webhook| view! { <Overview webhook=webhook/> })
}

#[component]
fn Overview(webhook: RwSignal<Webhook>) -> impl IntoView {
    let t = &strings().overview;
    let id = webhook.with_untracked(|webhook| webhook.id);
    let period = period_in_address();
    let query = Query::new(move || period.get(), move |period| api::stats(Some(id), period));
    let job = RwSignal::new(None::<Progress>);
    let ended = Callback::new(move |()| query.reload());
    resend_job::find(id, job, ended);
    follow(
        move || Some(id),
        move || {
            query.reload();
            resend_job::find(id, job, ended);
        },
    );
    query.reload_every(AGE, |_| true);
    view! {
        {job_note(id, job)}
        <Periods path=Section::Overview.href(id) period=period/>
        {show(query, t.could_not_load, move |stats| {
            view! {
                {move || stats.with(|stats| failed_note(Some(webhook), stats))}
                <Tiles stats=stats webhook=Some(webhook)/>
                <Charts stats=stats webhook=Some(webhook)/>
            }
        })}
    }
}

/// The job that sends the webhook many deliveries: as long as it runs, and then how it ended.
fn job_note(webhook: Id, job: RwSignal<Option<Progress>>) -> impl IntoView {
    let t = strings();
    let kind = Memo::new(move |_| job.with(|job| job.as_ref().and_then(Progress::kind)));
    let note = move |kind| {
        let title = match kind {
            ResendKind::Failed => t.list.select_all_failed,
            ResendKind::Missed => t.list.send_missed,
        };
        let title = title.trim_end_matches('…');
        view! {
            <section class="note info" aria-label=title>
                {Icon::Retry.view()}
                <div class="bar">
                    <span><b>{title}.</b>" "{resend_job::said(job)}" "<A href=Section::Events.href(webhook)>{t.view_events}</A></span>
                    {resend_job::button(job, "btn small end")}
                </div>
            </section>
        }
    };
    move || kind.get().map(note)
}
