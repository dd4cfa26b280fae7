//! The overview of a webhook, and of all: figures and charts.

use shared::Period;

/// Texts of the overview, and of the statistics of all webhooks.
pub(crate) struct Overview {
    pub(crate) overview: &'static str,
    pub(crate) overview_of: fn(&str) -> String,
    pub(crate) settings_of: fn(&str) -> String,
    pub(crate) period: &'static str,
    pub(crate) period_name: fn(Period) -> &'static str,
    pub(crate) last: fn(Period) -> &'static str,
    pub(crate) rest_note: &'static str,
    pub(crate) success_rate: &'static str,
    pub(crate) delivered: &'static str,
    pub(crate) failed: &'static str,
    pub(crate) latency_figures: &'static str,
    pub(crate) retrying: &'static str,
    pub(crate) waiting: &'static str,
    /// How many have failed for good, how many are retried, and when: at least one of both.
    pub(crate) some_failed: fn(Option<&str>, Option<&str>, &str) -> String,
    pub(crate) mostly: fn(&str, &str) -> String,
    pub(crate) look_at_failed: &'static str,
    pub(crate) resend_failed: &'static str,
    pub(crate) could_not_load: &'static str,
    pub(crate) show_as_table: &'static str,
    pub(crate) nothing_in_period: &'static str,
    pub(crate) deliveries: &'static str,
    /// How many were delivered, have failed and are retried, and when.
    pub(crate) deliveries_label: fn(&str, &str, &str, &str) -> String,
    pub(crate) from: &'static str,
    pub(crate) span: fn(&str, &str) -> String,
    pub(crate) events: fn(&str) -> String,
    pub(crate) latency: &'static str,
    /// The median, the 95th percentile, and the time limit where there is one.
    pub(crate) latency_label: fn(&str, &str, Option<&str>) -> String,
    pub(crate) median: &'static str,
    pub(crate) ninety_fifth: &'static str,
    pub(crate) limit: fn(&str) -> String,
    pub(crate) why_failed: &'static str,
    pub(crate) reason: &'static str,
    pub(crate) by_type: &'static str,
    pub(crate) share: &'static str,
    pub(crate) statistics: &'static str,
    pub(crate) by_webhook: &'static str,
    pub(crate) most_failures_first: &'static str,
    pub(crate) by_hour: &'static str,
    pub(crate) by_hour_label: fn(&str) -> String,
    pub(crate) hour: &'static str,
}

pub(super) const EN: Overview = Overview {
    overview: "Overview",
    overview_of: |url| format!("Overview of {url}"),
    settings_of: |url| format!("Settings of {url}"),
    period: "Period",
    period_name: |period| match period {
        Period::Hour => "1 h",
        Period::Day => "24 h",
        Period::Week => "7 days",
        Period::Month => "30 days",
    },
    last: |period| match period {
        Period::Hour => "in the last hour",
        Period::Day => "in the last 24 hours",
        Period::Week => "in the last 7 days",
        Period::Month => "in the last 30 days",
    },
    rest_note: "The receiver asked us to wait (429 or 503 with Retry-After). Until then only tests are sent; waiting does not use up an attempt.",
    success_rate: "Success rate",
    delivered: "Delivered",
    failed: "Failed",
    latency_figures: "Latency p50 / p95",
    retrying: "Being retried",
    waiting: "Waiting",
    some_failed: |ended, again, when| match (ended, again) {
        (Some(ended), Some(again)) => format!("{ended} failed, {again} being retried, {when}."),
        (Some("1"), None) => format!("1 event failed {when}."),
        (ended, None) => format!("{} events failed {when}.", ended.unwrap_or_default()),
        (None, Some("1")) => format!("1 event {when} is being retried."),
        (None, Some(again)) => format!("{again} events {when} are being retried."),
    },
    mostly: |reason, count| format!("Mostly {reason} ({count})."),
    look_at_failed: "View these events",
    resend_failed: "Resend these events…",
    could_not_load: "Couldn't load the figures",
    show_as_table: "Show as table",
    nothing_in_period: "Nothing was delivered in this period.",
    deliveries: "Deliveries over time",
    deliveries_label: |delivered, failed, again, when| {
        format!(
            "Deliveries {when}: {delivered} delivered above the line, {failed} failed and {again} being retried below it."
        )
    },
    from: "From",
    span: |from, to| format!("{from} to {to}"),
    events: |count| if count == "1" { "1 event".into() } else { format!("{count} events") },
    latency: "Latency",
    latency_label: |median, ninety_fifth, limit| {
        let limit = limit.map(|limit| format!(", time limit {limit}")).unwrap_or_default();
        format!("Latency on a logarithmic scale: median {median}, 95th percentile {ninety_fifth}{limit}.")
    },
    median: "Median (p50)",
    ninety_fifth: "95th percentile",
    limit: |limit| format!("Limit {limit}"),
    why_failed: "Why events failed",
    reason: "Reason",
    by_type: "By event type",
    share: "Share",
    statistics: "Statistics",
    by_webhook: "By webhook",
    most_failures_first: "Up to ten, most failures first",
    by_hour: "By hour of day",
    by_hour_label: |busiest| format!("Events by hour of day. The busiest hour begins at {busiest}."),
    hour: "Hour",
};

pub(super) const PT_BR: Overview = Overview {
    overview: "Visão geral",
    overview_of: |url| format!("Visão geral de {url}"),
    settings_of: |url| format!("Configurações de {url}"),
    period: "Período",
    period_name: |period| match period {
        Period::Hour => "1 h",
        Period::Day => "24 h",
        Period::Week => "7 dias",
        Period::Month => "30 dias",
    },
    last: |period| match period {
        Period::Hour => "na última hora",
        Period::Day => "nas últimas 24 horas",
        Period::Week => "nos últimos 7 dias",
        Period::Month => "nos últimos 30 dias",
    },
    rest_note: "O receptor pediu para esperar (429 ou 503 com Retry-After). Até lá só testes são enviados; esperar não gasta tentativas.",
    success_rate: "Taxa de sucesso",
    delivered: "Entregues",
    failed: "Falhas",
    latency_figures: "Latência p50 / p95",
    retrying: "Tentando de novo",
    waiting: "Na fila",
    some_failed: |ended, again, when| match (ended, again) {
        (Some(ended), Some(again)) => format!("{ended} com falha e {again} tentando de novo {when}."),
        (Some("1"), None) => format!("1 evento falhou {when}."),
        (ended, None) => format!("{} eventos falharam {when}.", ended.unwrap_or_default()),
        (None, Some("1")) => format!("1 evento {} aguarda nova tentativa.", of(when)),
        (None, Some(again)) => format!("{again} eventos {} aguardam nova tentativa.", of(when)),
    },
    mostly: |reason, count| format!("Principalmente {reason} ({count})."),
    look_at_failed: "Ver estes eventos",
    resend_failed: "Reenviar estes eventos…",
    could_not_load: "Não foi possível carregar os números",
    show_as_table: "Mostrar como tabela",
    nothing_in_period: "Nada foi entregue neste período.",
    deliveries: "Entregas ao longo do tempo",
    deliveries_label: |delivered, failed, again, when| {
        let delivered = if delivered == "1" { "1 entregue".into() } else { format!("{delivered} entregues") };
        format!(
            "Entregas {when}: {delivered} acima da linha, {failed} com falha e {again} tentando de novo abaixo dela."
        )
    },
    from: "A partir de",
    span: |from, to| format!("{from} a {to}"),
    events: |count| if count == "1" { "1 evento".into() } else { format!("{count} eventos") },
    latency: "Latência",
    latency_label: |median, ninety_fifth, limit| {
        let limit = limit.map(|limit| format!(", tempo limite {limit}")).unwrap_or_default();
        format!("Latência em escala logarítmica: mediana {median}, percentil 95 {ninety_fifth}{limit}.")
    },
    median: "Mediana (p50)",
    ninety_fifth: "Percentil 95",
    limit: |limit| format!("Limite {limit}"),
    why_failed: "Por que eventos falharam",
    reason: "Motivo",
    by_type: "Por tipo de evento",
    share: "Proporção",
    statistics: "Estatísticas",
    by_webhook: "Por webhook",
    most_failures_first: "Até dez, com mais falhas primeiro",
    by_hour: "Por hora do dia",
    by_hour_label: |busiest| format!("Eventos por hora do dia. A hora mais movimentada começa às {busiest}."),
    hour: "Hora",
};

/// Of a period that something happened in: "na última hora" becomes "da última hora".
fn of(when: &str) -> String {
    when.replacen('n', "d", 1)
}
