//! The frame around the pages: navigation, the live connection, and what concerns the whole portal.

use super::moment;

/// Texts of the frame.
pub(crate) struct Shell {
    pub(crate) event_types: &'static str,
    pub(crate) tools: &'static str,
    pub(crate) settings: &'static str,
    pub(crate) live: &'static str,
    pub(crate) connecting: &'static str,
    pub(crate) reconnecting: &'static str,
    pub(crate) offline: fn(&str) -> String,
    pub(crate) not_sent: &'static str,
    pub(crate) no_answer: &'static str,
    pub(crate) updating: &'static str,
    /// So many, and whether there may be more.
    pub(crate) found: fn(&str, bool) -> String,
    pub(crate) unreadable: &'static str,
    pub(crate) new_version: &'static str,
    pub(crate) reload: &'static str,
    pub(crate) could_not_load_page: &'static str,
    pub(crate) send_test: &'static str,
    pub(crate) send_test_to: fn(&str) -> String,
    pub(crate) test_sent: &'static str,
    pub(crate) test_arrived: fn(u16, &str) -> String,
    pub(crate) test_failed: &'static str,
    pub(crate) test_slow: &'static str,
    pub(crate) look_at_it: &'static str,
    pub(crate) failing: &'static str,
    pub(crate) resting_until: fn(&str) -> String,
    pub(crate) go_on: &'static str,
    pub(crate) gone_on: &'static str,
    pub(crate) download: &'static str,
}

pub(super) const EN: Shell = Shell {
    event_types: "Event types",
    tools: "Tools",
    settings: "Settings",
    live: "Live",
    connecting: "Connecting…",
    reconnecting: "Reconnecting…",
    offline: |time| {
        format!("You're offline. Showing what was loaded at {time}. Nothing can be changed until you're back.")
    },
    not_sent: "You're offline. Try again when the connection is back.",
    no_answer: "The server hasn't answered for 30 seconds. It may be overloaded or stopped, and what it was asked to do may have been done all the same.",
    updating: "Updating…",
    found: |count, more| match (count, more) {
        ("0", true) => "Nothing found so far".into(),
        ("0", false) => "Nothing found".into(),
        ("1", false) => "1 result".into(),
        (count, false) => format!("{count} results"),
        (count, true) => format!("{count} results, and more"),
    },
    unreadable: "The server's response can't be read: the server may be newer than this page. Reload the page.",
    new_version: "A new version of the portal is available.",
    reload: "Reload",
    could_not_load_page: "Couldn't load this page",
    send_test: "Send test",
    send_test_to: |url| format!("Send test to {url}"),
    test_sent: "Sending a test event…",
    test_arrived: |status, time| format!("Your server responded with {status} in {time}."),
    test_failed: "The test event was not delivered.",
    test_slow: "The test event is still on its way.",
    look_at_it: "View details",
    failing: "Failing",
    resting_until: |when| format!("Resting until {when}"),
    go_on: "Resume",
    gone_on: "The webhook is no longer resting. Waiting events are being sent.",
    download: "Download",
};

pub(super) const PT_BR: Shell = Shell {
    event_types: "Tipos de evento",
    tools: "Ferramentas",
    settings: "Configurações",
    live: "Ao vivo",
    connecting: "Conectando…",
    reconnecting: "Reconectando…",
    offline: |time| {
        format!(
            "Você está sem conexão. Mostrando o que foi carregado às {time}. Nada pode ser alterado até a conexão voltar."
        )
    },
    not_sent: "Você está sem conexão. Tente de novo quando a conexão voltar.",
    no_answer: "O servidor não respondeu em 30 segundos. Ele pode estar sobrecarregado ou parado, e o que foi pedido pode ter sido feito mesmo assim.",
    updating: "Atualizando…",
    found: |count, more| match (count, more) {
        ("0", true) => "Nada encontrado até aqui".into(),
        ("0", false) => "Nada encontrado".into(),
        ("1", false) => "1 resultado".into(),
        (count, false) => format!("{count} resultados"),
        (count, true) => format!("{count} resultados, e há mais"),
    },
    unreadable: "A resposta do servidor não pode ser lida: ele pode ser mais novo que esta página. Recarregue a página.",
    new_version: "Há uma nova versão do portal.",
    reload: "Recarregar",
    could_not_load_page: "Não foi possível carregar esta página",
    send_test: "Enviar teste",
    send_test_to: |url| format!("Enviar teste para {url}"),
    test_sent: "Enviando um evento de teste…",
    test_arrived: |status, time| format!("Seu servidor respondeu com {status} em {time}."),
    test_failed: "O evento de teste não foi entregue.",
    test_slow: "O evento de teste ainda está a caminho.",
    look_at_it: "Ver detalhes",
    failing: "Com falhas",
    resting_until: |when| moment("Pausado até as", "Pausado até", when),
    go_on: "Retomar",
    gone_on: "A pausa acabou. Os eventos na fila estão sendo enviados.",
    download: "Baixar",
};
