//! What the event's details have beyond request and responses.

use super::moment;
use shared::{DeliveryStatus, NotMatched};

/// Texts of these parts.
pub(crate) struct Details {
    pub(crate) copy_curl: &'static str,
    pub(crate) curl_note: &'static str,
    pub(crate) curl_file: &'static str,
    pub(crate) waterfall_label: fn(&str, &str) -> String,
    pub(crate) compare: &'static str,
    pub(crate) compare_with: &'static str,
    pub(crate) choose_attempt: &'static str,
    pub(crate) compare_hint: &'static str,
    pub(crate) all_attempts: &'static str,
    pub(crate) unfold_all: &'static str,
    pub(crate) fold_all: &'static str,
    pub(crate) too_large: &'static str,
    pub(crate) same: &'static str,
    pub(crate) sent_by: fn(&str) -> String,
    /// At the attempt, and now.
    pub(crate) changed_since: fn(u64, u64) -> String,
    pub(crate) request_header: fn(&str) -> String,
    pub(crate) response_header: fn(&str) -> String,
    pub(crate) at_webhooks: &'static str,
    /// How many webhooks have a delivery that stands so, or none.
    pub(crate) count_at: fn(Option<DeliveryStatus>, &str) -> String,
    pub(crate) could_not_load_webhooks: &'static str,
    pub(crate) this_event: &'static str,
    pub(crate) unwanted: &'static str,
    pub(crate) no_webhook: &'static str,
    pub(crate) not_sent_later: &'static str,
    pub(crate) why_not: fn(NotMatched) -> &'static str,
    pub(crate) erase_content: &'static str,
    pub(crate) erase_title: &'static str,
    pub(crate) erase_text: &'static str,
    pub(crate) erase: &'static str,
    pub(crate) erased: &'static str,
    pub(crate) erased_on: fn(&str) -> String,
    pub(crate) not_sent_again: &'static str,
    pub(crate) waits_until: fn(&str) -> String,
    pub(crate) waits_for_turn: &'static str,
    pub(crate) webhook_was_deleted: &'static str,
    /// What the status itself does not say.
    pub(crate) status_at: fn(DeliveryStatus) -> &'static str,
}

pub(super) const EN: Details = Details {
    copy_curl: "Copy as cURL",
    curl_note: "Credentials are masked in the command. Put yours in their place.",
    curl_file: "Download the payload first: the command reads it from that file.",
    waterfall_label: |took, limit| format!("The attempt took {took} of the limit of {limit}."),
    compare: "Compare with another attempt",
    compare_with: "Compare with",
    choose_attempt: "Choose an attempt",
    compare_hint: "Choose an attempt to see what was different: headers, response, body.",
    all_attempts: "All attempts",
    unfold_all: "Expand all",
    fold_all: "Collapse all",
    too_large: "too large to fold",
    same: "Both attempts sent the same request and got the same response.",
    sent_by: |who| format!("sent by {who}"),
    changed_since: |then, now| {
        format!("The webhook has been changed since this attempt: it was at version {then}, and is at {now} now.")
    },
    request_header: |name| format!("Request header {name}"),
    response_header: |name| format!("Response header {name}"),
    at_webhooks: "This event at each webhook",
    count_at: |status, count| {
        let word = match status {
            Some(DeliveryStatus::Pending) => "pending",
            Some(DeliveryStatus::Delivered) => "delivered",
            Some(DeliveryStatus::Retrying) => "retrying",
            Some(DeliveryStatus::Failed) => "failed",
            Some(DeliveryStatus::Cancelled) => "cancelled",
            None => "not sent",
        };
        format!("{count} {word}")
    },
    could_not_load_webhooks: "Couldn't load the event's status at the other webhooks",
    this_event: "this one",
    unwanted: "No webhook matched this event, so nothing was sent.",
    no_webhook: "There are no webhooks, so nothing was sent. After you create one, you can send it the events it missed.",
    not_sent_later: "The reasons are below. A webhook that selects this event type receives the next event, and this one if you send it its missed events.",
    why_not: |reason| match reason {
        NotMatched::Inactive => "Not sent: the webhook was inactive.",
        NotMatched::TypeNotSelected => "Not sent: the webhook does not select this event type.",
        NotMatched::ConditionsNotMet => "Not sent: this event does not meet the webhook's conditions.",
        NotMatched::CreatedLater => "Not sent: the webhook was created after the event.",
        NotMatched::ChangedSince => {
            "Not sent. The webhook has been edited, activated or deactivated since, so its settings at that time are not known."
        }
    },
    waits_for_turn: "This event is waiting for its turn at this webhook.",
    webhook_was_deleted: "The webhook was deleted, so nothing more is sent.",
    status_at: |status| match status {
        DeliveryStatus::Pending => "Waiting for its first attempt.",
        DeliveryStatus::Delivered => "",
        DeliveryStatus::Retrying => "Another attempt is scheduled.",
        DeliveryStatus::Failed => "No attempts left.",
        DeliveryStatus::Cancelled => "The webhook was deleted or the content erased, so nothing more is sent.",
    },
    erase_content: "Erase content…",
    erase_title: "Erase the content of this event?",
    erase_text: "This erases the payload and everything the receivers responded: headers, bodies, error details. It stays on record that the event existed and how its delivery ended. Deliveries still waiting are cancelled, and the event can't be resent. This cannot be undone.",
    erase: "Erase content",
    erased: "Content erased",
    erased_on: |when| format!("Content erased on {when}."),
    not_sent_again: "Its content was erased, so it can't be resent.",
    waits_until: |when| {
        format!(
            "The receiver asked us to wait until {when} (429 or 503 with Retry-After). The event is sent then; waiting does not use up an attempt."
        )
    },
};

pub(super) const PT_BR: Details = Details {
    copy_curl: "Copiar como cURL",
    curl_note: "As credenciais estão ocultas no comando. Coloque as suas no lugar.",
    curl_file: "Baixe o payload primeiro: o comando o lê desse arquivo.",
    waterfall_label: |took, limit| format!("A tentativa levou {took} do limite de {limit}."),
    compare: "Comparar com outra tentativa",
    compare_with: "Comparar com",
    choose_attempt: "Escolha uma tentativa",
    compare_hint: "Escolha uma tentativa para ver o que mudou: cabeçalhos, resposta, corpo.",
    all_attempts: "Todas as tentativas",
    unfold_all: "Expandir tudo",
    fold_all: "Recolher tudo",
    too_large: "grande demais para recolher",
    same: "As duas tentativas enviaram a mesma requisição e receberam a mesma resposta.",
    sent_by: |who| format!("enviada por {who}"),
    changed_since: |then, now| {
        format!("O webhook foi alterado depois desta tentativa: estava na versão {then} e agora está na {now}.")
    },
    request_header: |name| format!("Cabeçalho da requisição {name}"),
    response_header: |name| format!("Cabeçalho da resposta {name}"),
    at_webhooks: "Este evento em cada webhook",
    count_at: |status, count| {
        let word = match status {
            Some(DeliveryStatus::Pending) => "na fila",
            Some(DeliveryStatus::Delivered) => "entregues",
            Some(DeliveryStatus::Retrying) => "tentando de novo",
            Some(DeliveryStatus::Failed) => "com falha",
            Some(DeliveryStatus::Cancelled) => "cancelados",
            None => "não enviados",
        };
        format!("{word}: {count}")
    },
    could_not_load_webhooks: "Não foi possível carregar o que houve com o evento nos outros webhooks",
    this_event: "este",
    unwanted: "Nenhum webhook correspondia a este evento, por isso nada foi enviado.",
    no_webhook: "Não há webhooks, por isso nada foi enviado. Um webhook novo pode receber depois os eventos publicados antes dele.",
    not_sent_later: "O motivo está abaixo. Um webhook que selecionar este tipo receberá o próximo, e este se você enviar os eventos não recebidos.",
    why_not: |reason| match reason {
        NotMatched::Inactive => "Não enviado: o webhook estava inativo.",
        NotMatched::TypeNotSelected => "Não enviado: o webhook não seleciona este tipo de evento.",
        NotMatched::ConditionsNotMet => "Não enviado: este evento não atende às condições do webhook.",
        NotMatched::CreatedLater => "Não enviado: o webhook foi criado depois do evento.",
        NotMatched::ChangedSince => {
            "Não enviado. O webhook foi editado, ativado ou desativado depois disso, por isso não se sabe como estava configurado na hora."
        }
    },
    waits_for_turn: "Este evento está aguardando a vez neste webhook.",
    webhook_was_deleted: "O webhook foi excluído, por isso nada mais é enviado.",
    status_at: |status| match status {
        DeliveryStatus::Pending => "Aguardando a primeira tentativa.",
        DeliveryStatus::Delivered => "",
        DeliveryStatus::Retrying => "Outra tentativa está agendada.",
        DeliveryStatus::Failed => "Não há mais tentativas.",
        DeliveryStatus::Cancelled => "O webhook foi excluído ou o conteúdo apagado, por isso nada mais é enviado.",
    },
    erase_content: "Apagar conteúdo…",
    erase_title: "Apagar o conteúdo deste evento?",
    erase_text: "O payload é apagado, e também o que cada receptor respondeu: cabeçalhos, corpos, detalhes de erros. Continua registrado que o evento existiu e o que houve com ele. As entregas ainda na fila são canceladas, e o evento não pode ser reenviado. Isso não pode ser desfeito.",
    erase: "Apagar conteúdo",
    erased: "Conteúdo apagado",
    erased_on: |when| format!("Conteúdo apagado em {when}."),
    not_sent_again: "O conteúdo foi apagado, por isso não pode ser reenviado.",
    waits_until: |when| {
        format!(
            "O receptor pediu para esperar {} (429 ou 503 com Retry-After). O evento será enviado nesse horário; esperar não gasta tentativas.",
            moment("até as", "até", when)
        )
    },
};
