//! The events lists: filters, what is new, and sending many again.

use shared::{DeliveryStatus, Period, StopReason};

/// Texts of the events lists.
pub(crate) struct List {
    pub(crate) webhook: &'static str,
    pub(crate) any_time: &'static str,
    pub(crate) when: &'static str,
    pub(crate) last: fn(Period) -> &'static str,
    pub(crate) custom: &'static str,
    pub(crate) from: &'static str,
    pub(crate) reversed: &'static str,
    pub(crate) to: &'static str,
    pub(crate) outcome: &'static str,
    pub(crate) any_outcome: &'static str,
    pub(crate) no_answer: &'static str,
    pub(crate) http_status: &'static str,
    pub(crate) filters: fn(usize) -> String,
    pub(crate) new_events: fn(&str) -> String,
    pub(crate) showing: fn(&str) -> String,
    pub(crate) newer: &'static str,
    pub(crate) select: fn(&str) -> String,
    pub(crate) select_page: &'static str,
    pub(crate) selection: &'static str,
    pub(crate) selected: fn(usize) -> String,
    pub(crate) select_all_failed: &'static str,
    pub(crate) clear_selection: &'static str,
    pub(crate) resend_count: fn(&str) -> String,
    pub(crate) failed_or_retrying: &'static str,
    pub(crate) that_are: fn(DeliveryStatus) -> &'static str,
    pub(crate) resend_title: fn(&str, bool) -> String,
    pub(crate) resend_to: &'static str,
    pub(crate) resend_text: &'static str,
    pub(crate) resend_canary: &'static str,
    pub(crate) speed: &'static str,
    pub(crate) per_second: fn(u32) -> String,
    pub(crate) takes: fn(&str) -> String,
    pub(crate) left: fn(&str) -> String,
    pub(crate) counting: &'static str,
    pub(crate) nothing_to_resend: &'static str,
    pub(crate) send_missed: &'static str,
    pub(crate) missed: fn(&str, bool) -> String,
    pub(crate) nothing_missed: &'static str,
    pub(crate) missed_text: &'static str,
    pub(crate) send_count: fn(&str) -> String,
    pub(crate) progress: fn(&str, &str, &str, &str) -> String,
    pub(crate) done: fn(&str, &str) -> String,
    pub(crate) cancelled: fn(&str, &str, &str, &str) -> String,
    pub(crate) interrupted: fn(&str, &str, &str, &str, &str) -> String,
    pub(crate) ticked_again: &'static str,
    pub(crate) goes_on: &'static str,
    pub(crate) stopped: fn(&str, &str, &str, &str, StopReason) -> String,
    pub(crate) not_sent: fn(&str) -> String,
    pub(crate) could_not_start: &'static str,
    pub(crate) all_webhooks: &'static str,
    pub(crate) being_retried: fn(&str) -> String,
    pub(crate) waiting: fn(&str) -> String,
    /// For an inactive webhook: how many of the last 24 hours.
    pub(crate) wait: fn(&str) -> String,
    pub(crate) unwanted: &'static str,
    pub(crate) none_delivered: &'static str,
    pub(crate) delivered_or_not: fn(&str, &str) -> String,
    pub(crate) search_all: &'static str,
    pub(crate) all_unwanted: &'static str,
    pub(crate) nothing_more: &'static str,
    pub(crate) none_unwanted: &'static str,
    pub(crate) none_unwanted_text: &'static str,
    pub(crate) test: &'static str,
    pub(crate) published_at: fn(&str) -> String,
    /// Behind the URL of a webhook that is no more.
    pub(crate) deleted: &'static str,
}

pub(super) const EN: List = List {
    webhook: "Webhook",
    any_time: "Any time",
    when: "When",
    last: |period| match period {
        Period::Hour => "Last hour",
        Period::Day => "Last 24 hours",
        Period::Week => "Last 7 days",
        Period::Month => "Last 30 days",
    },
    custom: "From – to…",
    from: "From",
    reversed: "To must be after From.",
    to: "To",
    outcome: "Outcome",
    any_outcome: "Any outcome",
    no_answer: "No response",
    http_status: "HTTP status",
    filters: |count| if count == 0 { "Filters".into() } else { format!("Filters ({count})") },
    showing: |numbers| format!("Showing {numbers}"),
    newer: "Newer",
    new_events: |count| {
        if count == "1" { "1 new event. Show".into() } else { format!("{count} new events. Show") }
    },
    select: |id| format!("Select {id}"),
    select_page: "Select all failed events on this page",
    selection: "Selection",
    selected: |count| match count {
        1 => "1 failed event selected".into(),
        count => format!("{count} failed events selected"),
    },
    select_all_failed: "Resend all failed events…",
    clear_selection: "Clear selection",
    resend_count: |count| format!("Resend {count}"),
    failed_or_retrying: "Failed or retrying",
    that_are: |status| match status {
        DeliveryStatus::Pending => "Pending",
        DeliveryStatus::Delivered => "Delivered",
        DeliveryStatus::Retrying => "Retrying",
        DeliveryStatus::Failed => "Failed",
        DeliveryStatus::Cancelled => "Cancelled",
    },
    resend_title: |count, one| if one { "Resend 1 event?".into() } else { format!("Resend {count} events?") },
    resend_to: "To",
    resend_text: "Each is sent once more now; if it fails, its retry plan starts again. Delivered events are not resent.",
    resend_canary: "One goes first, then ten, then the rest. If more than half of a step fails, the rest is not sent.",
    speed: "Speed",
    per_second: |count| format!("{count} per second"),
    takes: |time| format!("This will take at least {time}."),
    left: |time| format!(" At least {time} left."),
    counting: "Counting…",
    nothing_to_resend: "Nothing that failed matches these filters.",
    send_missed: "Send missed events…",
    missed: |count, one| if one { "1 event was missed.".into() } else { format!("{count} events were missed.") },
    nothing_missed: "This webhook has not missed any events.",
    missed_text: "Events that this webhook selects but was never sent: published before it was created, while it was inactive, or before it selected their type.",
    send_count: |count| format!("Send {count}"),
    progress: |sent, all, delivered, failed| {
        format!("Sending… {sent} of {all}. {delivered} delivered, {failed} failed.")
    },
    done: |delivered, failed| format!("Done. {delivered} delivered, {failed} failed."),
    cancelled: |sent, all, delivered, failed| {
        format!("Cancelled after {sent} of {all}. {delivered} delivered, {failed} failed.")
    },
    interrupted: |sent, all, delivered, failed, why| {
        format!("Stopped after {sent} of {all}. {delivered} delivered, {failed} failed. {why}")
    },
    ticked_again: " Events not resent yet are selected again.",
    goes_on: " Deliveries already started continue.",
    stopped: |sent, all, delivered, failed, reason| {
        let why = match reason {
            StopReason::TooManyFailures => "too many failed",
            StopReason::WebhookInactive => "the webhook is inactive",
            StopReason::WebhookDeleted => "the webhook was deleted",
            StopReason::InternalError => "of an internal error (see this server's log)",
        };
        format!(
            "Stopped after {sent} of {all}, because {why}. {delivered} delivered, {failed} failed. Fix the cause and resend the rest."
        )
    },
    not_sent: |count| if count == "1" { "1 was not sent.".into() } else { format!("{count} were not sent.") },
    could_not_start: "Couldn't start.",
    all_webhooks: "Events of all webhooks",
    being_retried: |count| format!("{count} being retried"),
    waiting: |count| format!("{count} waiting"),
    wait: |count| match count {
        "1" => "1 event from the last 24 hours is waiting and will be sent once the webhook is active.".into(),
        count => {
            format!("{count} events from the last 24 hours are waiting and will be sent once the webhook is active.")
        }
    },
    unwanted: "Discarded events",
    none_delivered: "No event has been delivered yet",
    delivered_or_not: |delivered, failed| format!("{delivered} delivered, {failed} failed or retrying"),
    search_all: "Search all webhooks",
    all_unwanted: "Events were published, but no webhook matched them. Each event says why.",
    nothing_more: "Nothing more found",
    none_unwanted: "No event was discarded",
    none_unwanted_text: "An event that no webhook wants is kept here, with the reason.",
    test: "Test",
    published_at: |at| format!("Published {at}"),
    deleted: "(deleted)",
};

pub(super) const PT_BR: List = List {
    webhook: "Webhook",
    any_time: "Qualquer data",
    when: "Quando",
    last: |period| match period {
        Period::Hour => "Última hora",
        Period::Day => "Últimas 24 horas",
        Period::Week => "Últimos 7 dias",
        Period::Month => "Últimos 30 dias",
    },
    custom: "De – até…",
    from: "De",
    reversed: "“Até” deve ser depois de “De”.",
    to: "Até",
    outcome: "Resultado",
    any_outcome: "Qualquer resultado",
    no_answer: "Sem resposta",
    http_status: "Status HTTP",
    filters: |count| if count == 0 { "Filtros".into() } else { format!("Filtros ({count})") },
    showing: |numbers| format!("Mostrando {numbers}"),
    newer: "Mais recentes",
    new_events: |count| {
        if count == "1" { "1 evento novo. Mostrar".into() } else { format!("{count} eventos novos. Mostrar") }
    },
    select: |id| format!("Selecionar {id}"),
    select_page: "Selecionar todos os eventos com falha desta página",
    selection: "Seleção",
    selected: |count| match count {
        1 => "1 evento com falha selecionado".into(),
        count => format!("{count} eventos com falha selecionados"),
    },
    select_all_failed: "Reenviar todos os que falharam…",
    clear_selection: "Limpar seleção",
    resend_count: |count| format!("Reenviar {count}"),
    failed_or_retrying: "Com falha ou tentando",
    that_are: |status| match status {
        DeliveryStatus::Pending => "Na fila",
        DeliveryStatus::Delivered => "Entregues",
        DeliveryStatus::Retrying => "Tentando de novo",
        DeliveryStatus::Failed => "Com falha",
        DeliveryStatus::Cancelled => "Cancelados",
    },
    resend_title: |count, one| if one { "Reenviar 1 evento?".into() } else { format!("Reenviar {count} eventos?") },
    resend_to: "Para",
    resend_text: "Cada um é enviado mais uma vez agora; se falhar, o plano de tentativas recomeça. Eventos entregues não são reenviados.",
    resend_canary: "Primeiro um, depois dez, depois o resto. Se mais da metade de uma etapa falhar, o resto não é enviado.",
    speed: "Velocidade",
    per_second: |count| format!("{count} por segundo"),
    takes: |time| format!("Isto leva {time} ou mais."),
    left: |time| format!(" Faltam {time} ou mais."),
    counting: "Contando…",
    nothing_to_resend: "Nenhum evento com falha corresponde a estes filtros.",
    send_missed: "Enviar eventos não recebidos…",
    missed: |count, one| {
        if one { "1 evento não recebido.".into() } else { format!("{count} eventos não recebidos.") }
    },
    nothing_missed: "Este webhook não deixou de receber nenhum evento.",
    missed_text: "Eventos que este webhook seleciona e nunca recebeu: publicados antes de ele existir, enquanto estava inativo ou antes de selecionar o tipo.",
    send_count: |count| format!("Enviar {count}"),
    progress: |sent, all, delivered, failed| {
        format!("Enviando… {sent} de {all}. Entregues: {delivered}. Falhas: {failed}.")
    },
    done: |delivered, failed| format!("Concluído. Entregues: {delivered}. Falhas: {failed}."),
    cancelled: |sent, all, delivered, failed| {
        format!("Cancelado após {sent} de {all}. Entregues: {delivered}. Falhas: {failed}.")
    },
    interrupted: |sent, all, delivered, failed, why| {
        format!("Parado após {sent} de {all}. Entregues: {delivered}. Falhas: {failed}. {why}")
    },
    ticked_again: " Os eventos ainda não reenviados estão selecionados de novo.",
    goes_on: " Os envios já iniciados continuam.",
    stopped: |sent, all, delivered, failed, reason| {
        let why = match reason {
            StopReason::TooManyFailures => "houve falhas demais",
            StopReason::WebhookInactive => "o webhook está inativo",
            StopReason::WebhookDeleted => "o webhook foi excluído",
            StopReason::InternalError => "houve um erro interno (veja o log deste servidor)",
        };
        format!(
            "Parado após {sent} de {all}, porque {why}. Entregues: {delivered}. Falhas: {failed}. Corrija a causa e reenvie o resto."
        )
    },
    not_sent: |count| if count == "1" { "1 não foi enviado.".into() } else { format!("{count} não foram enviados.") },
    could_not_start: "Não foi possível começar.",
    all_webhooks: "Eventos de todos os webhooks",
    being_retried: |count| format!("{count} tentando de novo"),
    waiting: |count| format!("{count} na fila"),
    wait: |count| match count {
        "1" => "1 evento das últimas 24 horas está na fila e será enviado quando o webhook for ativado.".into(),
        count => {
            format!("{count} eventos das últimas 24 horas estão na fila e serão enviados quando o webhook for ativado.")
        }
    },
    unwanted: "Eventos descartados",
    none_delivered: "Nenhum evento foi entregue ainda",
    delivered_or_not: |delivered, failed| {
        let delivered = if delivered == "1" { "1 entregue".into() } else { format!("{delivered} entregues") };
        format!("{delivered}, {failed} com falha ou tentando de novo")
    },
    search_all: "Buscar em todos os webhooks",
    all_unwanted: "Houve eventos publicados, mas nenhum webhook correspondia a eles. Cada evento diz por quê.",
    nothing_more: "Nada mais encontrado",
    none_unwanted: "Nenhum evento foi descartado",
    none_unwanted_text: "Um evento que nenhum webhook quer fica aqui, com o motivo.",
    test: "Teste",
    published_at: |at| format!("Publicado {at}"),
    deleted: "(excluído)",
};
