//! Shortcuts.

/// Texts of the sheet of shortcuts.
pub(crate) struct Keyboard {
    pub(crate) title: &'static str,
    pub(crate) search: &'static str,
    pub(crate) next: &'static str,
    pub(crate) previous: &'static str,
    pub(crate) open: &'static str,
    pub(crate) resend: &'static str,
    pub(crate) older_attempt: &'static str,
    pub(crate) newer_attempt: &'static str,
    pub(crate) go_webhooks: &'static str,
    pub(crate) go_events: &'static str,
    pub(crate) go_types: &'static str,
    pub(crate) go_settings: &'static str,
    pub(crate) this_sheet: &'static str,
    pub(crate) close: &'static str,
    pub(crate) off_note: &'static str,
}

pub(super) const EN: Keyboard = Keyboard {
    title: "Keyboard shortcuts",
    search: "Search",
    next: "Next row",
    previous: "Previous row",
    open: "Open the row",
    resend: "Resend, where it is possible",
    older_attempt: "Older attempt",
    newer_attempt: "Newer attempt",
    go_webhooks: "Go to webhooks",
    go_events: "Go to events",
    go_types: "Go to event types",
    go_settings: "Go to settings",
    this_sheet: "This list",
    close: "Close what is open",
    off_note: "Single keys can be switched off in Settings.",
};

pub(super) const PT_BR: Keyboard = Keyboard {
    title: "Atalhos de teclado",
    search: "Buscar",
    next: "Próxima linha",
    previous: "Linha anterior",
    open: "Abrir a linha",
    resend: "Reenviar, quando possível",
    older_attempt: "Tentativa anterior",
    newer_attempt: "Tentativa seguinte",
    go_webhooks: "Ir para webhooks",
    go_events: "Ir para eventos",
    go_types: "Ir para tipos de evento",
    go_settings: "Ir para configurações",
    this_sheet: "Esta lista",
    close: "Fechar o que está aberto",
    off_note: "As teclas simples podem ser desligadas nas Configurações.",
};
