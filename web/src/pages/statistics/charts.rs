//! The charts of figures over a period.

use crate::{
    format::{self, Part},
    pages::events,
    strings::strings,
    ui::{
        chart::{
            Chart, Drawing, Figures,
            bars::{self, Column},
            lines::{self, Line},
            share::share,
        },
        show::{show_all, type_name},
    },
};
use leptos::prelude::*;
use shared::{Bucket, Counts, Id, Period, Stats, Timestamp, Webhook};

/// How many event types are shown before somebody asks for all.
const TYPES_AT_FIRST: usize = 8;

#[component]
pub(crate) fn Charts(stats: RwSignal<Stats>, webhook: Option<RwSignal<Webhook>>) -> impl IntoView {
    let t = &strings().overview;
    let id = webhook.map(|webhook| webhook.with_untracked(|webhook| webhook.id));
    // Each webhook has one of its own.
    let limit =
        Memo::new(move |_| webhook.map(|webhook| webhook.with(|webhook| u64::from(webhook.timeout_ms) * 1_000)));
    let sides = [("ok", t.delivered), ("bad", t.failed), ("warn", t.retrying)];
    let sides = sides.map(|(class, word)| (class, word.to_owned())).into();
    let mut lines = vec![("p50", t.median.to_owned()), ("p95", t.ninety_fifth.to_owned())];
    lines.extend(limit.get_untracked().map(|limit| ("limit", (t.limit)(&format::duration(limit)))));
    let has_failed = Memo::new(move |_| stats.with(|stats| !stats.failures.is_empty()));
    // Within one day it would be the first chart again.
    let has_days = Memo::new(move |_| stats.with(|stats| matches!(stats.period, Period::Week | Period::Month)));
    view! {
        <div class="charts">
            <Chart title=t.deliveries key=sides drawing=move || stats.with(|stats| deliveries(stats, id)) figures=move || stats.with(|stats| delivery_figures(stats, id))/>
            <Chart title=t.latency key=lines drawing=move || stats.with(|stats| latency(stats, limit.get()))
                figures=move || stats.with(|stats| latency_figures(stats, id))/>
            {move || has_failed.get().then(|| view! { <Failures stats=stats webhook=id/> })}
            {move || has_days.get().then(|| view! {
                <Chart title=t.by_hour key=Vec::new() drawing=move || stats.with(by_hour) figures=move || stats.with(hour_figures)/>
            })}
            <Types stats=stats webhook=id/>
        </div>
    }
}

/// How buckets of a period are named.
const fn part(period: Period) -> Part {
    match period {
        Period::Hour | Period::Day => Part::Clock,
        Period::Week => Part::DayAndClock,
        Period::Month => Part::Day,
    }
}

/// How a row of a table is named: with its day, as the rows of a day may begin on the one before.
fn row_name(bucket: &Bucket) -> String {
    format::part(bucket.from, Part::DayAndClock)
}

/// The beginning, the middle and the end of the period: hours with their day, where it is another one than before.
fn below(stats: &Stats) -> Vec<String> {
    let middle = stats.buckets.get(stats.buckets.len() / 2).map_or(stats.to, |bucket| bucket.from);
    let mut before = None;
    let name = |at| {
        let is_new = before.replace(format::part(at, Part::Day)) != Some(format::part(at, Part::Day));
        match part(stats.period) {
            Part::Clock if is_new => format::part(at, Part::DayAndClock),
            part => format::part(at, part),
        }
    };
    [stats.from, middle, stats.to].map(name).to_vec()
}

/// Where a bucket ends.
fn end(stats: &Stats, bucket: &Bucket) -> Timestamp {
    let (_, seconds) = stats.period.buckets();
    bucket.from.plus_seconds(seconds)
}

/// Where the events of each bucket are, where it has some.
fn links(stats: &Stats, webhook: Option<Id>) -> Vec<Option<String>> {
    let link = |bucket: &Bucket| {
        let has_some = bucket.delivered + bucket.failed > 0;
        has_some.then(|| events::between(webhook, bucket.from, end(stats, bucket)))
    };
    stats.buckets.iter().map(link).collect()
}

fn deliveries(stats: &Stats, webhook: Option<Id>) -> Option<Drawing> {
    let t = &strings().overview;
    let named = |at| format::part(at, if part(stats.period) == Part::Clock { Part::Clock } else { Part::DayAndClock });
    let column = |(bucket, href): (&Bucket, _)| {
        let (up, down, further) = (bucket.delivered, bucket.given_up(), bucket.retrying);
        let counts = (strings().delivered_and_failed)(&format::number(up), &format::number(down));
        let again = (further > 0).then(|| (strings().list.being_retried)(&format::number(further)));
        let counts = [Some(counts), again].into_iter().flatten().collect::<Vec<_>>().join(", ");
        let span = (t.span)(&named(bucket.from), &named(end(stats, bucket)));
        Column { title: format!("{span}: {counts}"), href, up, down, further }
    };
    let columns: Vec<_> = stats.buckets.iter().zip(links(stats, webhook)).map(column).collect();
    let Counts { delivered, retrying, .. } = stats.counts;
    let [delivered, failed, again] = [delivered, stats.counts.given_up(), retrying].map(format::number);
    bars::draw((t.deliveries_label)(&delivered, &failed, &again, (t.last)(stats.period)), &columns, below(stats), "ok")
}

fn delivery_figures(stats: &Stats, webhook: Option<Id>) -> Figures {
    let t = &strings().overview;
    let row = |bucket: &Bucket| {
        let counts = [bucket.delivered, bucket.given_up(), bucket.retrying].map(format::number);
        std::iter::once(row_name(bucket)).chain(counts).collect()
    };
    Figures {
        columns: vec![t.from, t.delivered, t.failed, t.retrying],
        rows: stats.buckets.iter().map(row).collect(),
        links: links(stats, webhook),
    }
}

fn latency(stats: &Stats, limit: Option<u64>) -> Option<Drawing> {
    let t = strings();
    let line = |class, of: fn(&Bucket) -> Option<u64>| Line { class, values: stats.buckets.iter().map(of).collect() };
    let both = [line("p95", |bucket| bucket.p95_us), line("p50", |bucket| bucket.p50_us)];
    let figure = |micros: Option<u64>| micros.map_or_else(|| t.none.to_owned(), format::duration);
    let words = limit.map(format::duration);
    let label = (t.overview.latency_label)(&figure(stats.p50_us), &figure(stats.p95_us), words.as_deref());
    lines::draw(label, &both, limit, below(stats))
}

fn latency_figures(stats: &Stats, webhook: Option<Id>) -> Figures {
    let t = strings();
    let figure = |micros: Option<u64>| micros.map_or_else(|| t.none.to_owned(), format::duration);
    let row = |bucket: &Bucket| vec![row_name(bucket), figure(bucket.p50_us), figure(bucket.p95_us)];
    Figures {
        columns: vec![t.overview.from, t.overview.median, t.overview.ninety_fifth],
        rows: stats.buckets.iter().map(row).collect(),
        links: links(stats, webhook),
    }
}

/// The hours of the day in the reader's time zone, with how many events each had. The server counts in UTC.
fn hours(stats: &Stats) -> Vec<(String, u64)> {
    let offset = format::zone_hours();
    let local = |hour: usize| (hour + 48 - offset) % 24;
    (0..24).map(|hour| (clock(hour), stats.by_hour.get(local(hour)).copied().unwrap_or_default())).collect()
}

fn clock(hour: usize) -> String {
    format!("{hour:02}:00")
}

fn by_hour(stats: &Stats) -> Option<Drawing> {
    let t = &strings().overview;
    let hours = hours(stats);
    let busiest = hours.iter().max_by_key(|(_, count)| *count).map(|(name, _)| name.clone()).unwrap_or_default();
    let column = |(hour, (name, up)): (usize, (String, u64))| {
        let title = format!("{}: {}", (t.span)(&name, &clock(hour + 1)), (t.events)(&format::number(up)));
        Column { title, href: None, up, down: 0, further: 0 }
    };
    let columns: Vec<_> = hours.into_iter().enumerate().map(column).collect();
    let below = ["00:00", "06:00", "12:00", "18:00", "24:00"].map(str::to_owned).to_vec();
    bars::draw((t.by_hour_label)(&busiest), &columns, below, "all")
}

fn hour_figures(stats: &Stats) -> Figures {
    let t = &strings().overview;
    let rows = hours(stats).into_iter().map(|(name, count)| vec![name, format::number(count)]).collect();
    Figures { columns: vec![t.hour, strings().events], rows, links: Vec::new() }
}

#[component]
fn Failures(stats: RwSignal<Stats>, webhook: Option<Id>) -> impl IntoView {
    let t = &strings().overview;
    let rows = move || {
        let (failures, period) = stats.with(|stats| (stats.failures.clone(), stats.period));
        let all = failures.iter().map(|failure| failure.count).sum();
        let rows: Vec<_> = failures
            .into_iter()
            .map(|failure| {
                let outcome =
                    failure.status_code.map_or_else(|| failure.failure.name().to_owned(), |code| code.to_string());
                let href = events::narrowed(webhook, period, &outcome, "");
                view! {
                    <tr>
                        <th scope="row"><a href=href>{format::outcome(failure.status_code, Some(failure.failure))}</a></th>
                        <td class="num">{format::number(failure.count)}</td>
                        <td class="wide">{share(0, failure.count, all)}</td>
                    </tr>
                }
            })
            .collect();
        view! {
            <table class="plain">
                <thead><tr><th scope="col">{t.reason}</th><th scope="col" class="num">{strings().events}</th><th scope="col">{t.share}</th></tr></thead>
                <tbody>{rows}</tbody>
            </table>
        }
    };
    view! { <section class="card chart" aria-label=t.why_failed><div class="cardhead"><h2>{t.why_failed}</h2></div>{rows}</section> }
}

#[component]
fn Types(stats: RwSignal<Stats>, webhook: Option<Id>) -> impl IntoView {
    let t = strings();
    let is_whole = RwSignal::new(false);
    let all = Memo::new(move |_| stats.with(|stats| stats.types.len()));
    let more = move || (all.get() > TYPES_AT_FIRST).then(|| show_all(all.get(), is_whole));
    let rows = move || {
        let (types, period) = stats.with(|stats| (stats.types.clone(), stats.period));
        let all = types.iter().map(|counted| counted.delivered + counted.failed).sum();
        if types.is_empty() {
            return view! { <p class="pad muted">{t.overview.nothing_in_period}</p> }.into_any();
        }
        let shown = if is_whole.get() { types.len() } else { TYPES_AT_FIRST };
        let rows: Vec<_> = types
            .into_iter()
            .take(shown)
            .map(|counted| {
                let href = events::narrowed(webhook, period, "", &counted.event_type);
                view! {
                    <tr role="row">
                        <th role="rowheader" scope="row" class="mono"><a href=href>{type_name(&counted.event_type)}</a></th>
                        <td role="cell" class="num">{format::number(counted.delivered)}</td>
                        <td role="cell" class="num">{format::number(counted.failed)}</td>
                        <td role="cell" class="num">{counted.p95_us.map_or_else(|| t.none.to_owned(), format::duration)}</td>
                        <td role="cell" class="wide">{share(counted.delivered, counted.failed, all)}</td>
                    </tr>
                }
            })
            .collect();
        view! {
            <table class="plain by-type" role="table">
                <thead role="rowgroup">
                    <tr role="row">
                        <th role="columnheader" scope="col">{t.event_type}</th>
                        <th role="columnheader" scope="col" class="num">{t.overview.delivered}</th>
                        <th role="columnheader" scope="col" class="num">{t.list.failed_or_retrying}</th>
                        <th role="columnheader" scope="col" class="num">"p95"</th>
                        <th role="columnheader" scope="col">{t.overview.share}</th>
                    </tr>
                </thead>
                <tbody role="rowgroup">{rows}</tbody>
            </table>
        }
        .into_any()
    };
    view! {
        <section class="card chart whole" aria-label=t.overview.by_type>
            <div class="cardhead"><h2>{t.overview.by_type}</h2></div>
            {rows}
            {more}
        </section>
    }
}
