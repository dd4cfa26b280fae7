//! Portuguese, as it is written in Brazil.

mod accounts;

use super::{
    Hints, Strings, catalogue, details, keyboard, list, moment, overview, problems, settings, shell, tenants, tools,
};
use shared::{DeliveryStatus, Failure, InactiveReason, Trigger, WebhookStatus};

pub(super) static PT_BR: Strings = Strings {
    tag: "pt-BR",
    dates: "pt-BR",
    date_style: "short",
    month_style: "2-digit",
    accounts: &accounts::ACCOUNTS,
    decimal_point: ",",

    skip_to_content: "Ir para o conteúdo",
    main_navigation: "Principal",
    webhooks: "Webhooks",
    api_documentation: "Documentação da API",
    theme: "Tema",
    theme_system: "Sistema",
    theme_light: "Claro",
    theme_dark: "Escuro",
    close: "Fechar",
    cancel: "Cancelar",
    copy: "Copiar",
    copied: "Copiado",
    copy_failed: "Seu navegador não permitiu copiar. Selecione o texto e copie manualmente.",
    loading: "Carregando",
    try_again: "Tentar de novo",
    dismiss: "Dispensar",
    breadcrumb: "Trilha de navegação",
    none: "—",
    offline: "O servidor não responde. Verifique sua conexão e se o servidor está no ar.",
    server_answered: |status| format!("O servidor respondeu com {status}."),
    request_id: "ID da requisição",
    not_found_title: "Não há nada neste endereço",
    not_found_text: "Pode ter sido excluído, ou o link pode estar errado.",
    role_title: "Seu papel não permite isso",
    role_text: "Fale com um administrador.",
    no_such_webhook: "Este webhook não existe",
    go_to_webhooks: "Ir para os webhooks",
    nothing_was_lost: "Nada foi perdido.",
    could_not_refresh: "Não foi possível atualizar. Mostrando o que foi carregado antes.",

    new_webhook: "Novo webhook",
    filter_by_url: "Filtrar por URL ou descrição",
    webhooks_caption: "Webhooks e suas entregas das últimas 24 horas",
    payload_url: "URL do webhook",
    events: "Eventos",
    last_24_hours: "Últimas 24 horas",
    status: "Status",
    actions: "Ações",
    view_events: "Ver eventos",
    edit: "Editar",
    delete: "Excluir",
    view_events_of: |url| format!("Ver eventos de {url}"),
    edit_of: |url| format!("Editar {url}"),
    delete_of: |url| format!("Excluir {url}"),
    actions_of: |url| format!("Mais ações para {url}"),
    activate: "Ativar",
    activated: "Webhook ativado",
    published_meanwhile: |count| match count {
        "1" => "1 evento foi publicado nesse meio-tempo.".into(),
        count => format!("{count} eventos foram publicados nesse meio-tempo."),
    },
    deactivate: "Desativar",
    deactivate_title: "Desativar este webhook?",
    deactivated: "Webhook desativado",
    deactivated_by_server: "Desativado",
    copy_url: "Copiar URL",
    all_events: "Todos os eventos",
    selected_events: |count| if count == 1 { "1 tipo de evento".into() } else { format!("{count} tipos de evento") },
    selected_types_of: |selected, all, others| match others {
        0 => format!("{selected} de {all} tipos de evento"),
        others => format!("{selected} de {all} tipos de evento, e {others} fora do catálogo"),
    },
    no_deliveries: "Sem entregas",
    delivered_and_failed: |delivered, failed| {
        let delivered = if delivered == "1" { "1 entregue".into() } else { format!("{delivered} entregues") };
        if failed == "1" { format!("{delivered}, 1 falhou") } else { format!("{delivered}, {failed} falharam") }
    },
    webhook_status: |status| match status {
        WebhookStatus::Active => "Ativo",
        WebhookStatus::Inactive => "Inativo",
    },
    webhooks_that_are: |status| match status {
        WebhookStatus::Active => "Ativos",
        WebhookStatus::Inactive => "Inativos",
    },
    inactive_reason: |reason| match reason {
        InactiveReason::Operator => "desligado",
        InactiveReason::Gone => "o receptor respondeu com 410 Gone",
        InactiveReason::Failing => "todas as tentativas falharam por um dia ou mais",
    },
    no_webhooks_title: "Nenhum webhook ainda",
    no_webhooks_text: "Um webhook é um endereço seu que recebe um POST assinado para cada evento. Crie um e publique um evento para vê-lo chegar.",
    no_webhooks_match: "Nenhum webhook com este filtro",
    could_not_load_webhooks: "Não foi possível carregar os webhooks",
    more_webhooks: "Mais webhooks",

    delete_question: |name| format!("Excluir {name}?"),
    delete_title: "Excluir este webhook?",
    delete_text: "O webhook não recebe mais eventos, e os que estão na fila são cancelados. Isso não pode ser desfeito.",
    deleted: "Webhook excluído",
    delete_confirm: "Excluir webhook",

    edit_webhook: "Editar webhook",
    create_webhook: "Criar webhook",
    save_changes: "Salvar alterações",
    saving: "Salvando…",
    created: "Webhook criado",
    created_text: "Um evento de teste mostra na hora se o seu servidor aceita o que é enviado.",
    done: "Concluir",
    saved: "Alterações salvas",
    payload_url_hint: "Enviamos um POST com cada evento para este endereço. Use https, para que ninguém leia os eventos no caminho.",
    secret: "Segredo",
    secret_hint_new: "Assina cada requisição (HMAC-SHA256). Guarde-o agora: ele nunca mais será mostrado.",
    secret_hint_set: |date| {
        format!(
            "Definido em {date}. Deixe vazio para mantê-lo. Um novo o substitui já na próxima tentativa; “Trocar o segredo”, em Configurações, deixa os dois valerem por um tempo. Guarde-o agora, ele nunca mais será mostrado."
        )
    },
    secret_short: "Este segredo é curto. O ideal são pelo menos 24 caracteres; o botão “Gerar” cria um segredo forte.",
    show: "Mostrar",
    hide: "Ocultar",
    show_all: "Mostrar tudo",
    show_so_many: |count| format!("Mostrar os {count}"),
    show_less: "Mostrar menos",
    generate: "Gerar",
    authentication: "Autenticação",
    authentication_none: "Nenhuma",
    authentication_basic: "Basic",
    authentication_api_key: "Chave de API",
    username: "Usuário",
    password: "Senha",
    header_name: "Nome do cabeçalho",
    header_value: "Valor do cabeçalho",
    leave_empty_to_keep: "Deixe vazio para manter o que está definido.",
    password_again: "A URL leva a outro servidor. Digite a senha de novo, para que ela só vá aonde você quer.",
    value_again: "A URL leva a outro servidor. Digite o valor de novo, para que ele só vá aonde você quer.",
    everything: "Enviar tudo",
    everything_hint: "Inclui tipos de evento criados mais tarde.",
    individual: "Escolher eventos individuais",
    individual_hint: "Só os tipos marcados são enviados.",
    all_of_source: |source| format!("Todos de {source}, inclusive os criados depois"),
    selected_of: |selected, all| format!("{selected} de {all}"),
    other_types: "Fora do catálogo",
    add_type: "Adicionar",
    add_type_label: "Outro tipo, como ORIGEM.TIPO, ou ORIGEM.* para todos os tipos de uma origem",
    add_type_wrong: "Escreva como ORIGEM.TIPO, por exemplo TRANSACTION.TRANSACTIONSTATUSUPDATED, ou ORIGEM.*.",
    could_not_load_types: "Não foi possível carregar os tipos de evento",
    active: "Ativo",
    active_hint: "Um webhook inativo não recebe nada. Os eventos que já estão na fila serão enviados quando ele for ativado; os publicados enquanto estiver inativo, só se você pedir.",
    advanced: "Descrição e entrega",
    description: "Descrição",
    time_limit: "Tempo limite em milissegundos",
    time_limit_hint: "De 1000 a 30000. Uma tentativa que demore mais que isso falha.",
    content: "Corpo das requisições",
    content_modes: [
        ("O evento inteiro", "Um CloudEvent em JSON: id, source, type e data."),
        ("Só os dados", "Como foram publicados. O resto vai em cabeçalhos como ce-id."),
    ],
    concurrency: "Tentativas simultâneas",
    concurrency_hint: "De 1 a 100 podem estar em andamento ao mesmo tempo.",
    rate_limit: "Tentativas por segundo",
    conditions: "Condições para os eventos",
    conditions_hint: "Uma por linha: /data/status = APPROVED, REJECTED ou /data/channel != sms ou /data/amount >= 1000. Um evento é enviado se todas valerem; o caminho é um JSON Pointer no evento.",
    condition_path: "Comece com o caminho de um valor, como /data/status.",
    condition_operator: |typed| match typed {
        "" => "Escreva um operador depois do caminho: =, !=, >= ou <=.".into(),
        typed => format!("“{typed}” não é um operador: use =, !=, >= ou <=."),
    },
    condition_value: "Escreva um valor depois do operador.",
    line: |number| format!("Linha {number}"),
    conditions_count: |count| if count == 1 { "1 condição".to_owned() } else { format!("{count} condições") },
    custom_headers: "Cabeçalhos personalizados",
    custom_headers_hint: "Um por linha, como Nome: valor. Os valores não são mostrados de novo.",
    custom_headers_kept: "Um por linha, como Nome: valor. Os valores não são mostrados de novo; uma linha que termina em •••• mantém o valor definido.",
    custom_headers_again: "Um por linha, como Nome: valor. A URL leva a outro servidor. Digite os valores de novo, para que eles só vão aonde você quer.",
    rate_limit_hint: "Quantas podem começar por segundo, de 1 a 1000. Vazio: sem limite.",
    retries: "Intervalo antes de cada nova tentativa, em segundos",
    retries_hint: "As esperas antes de cada nova tentativa automática, separadas por vírgulas. Vazio para nenhuma.",
    retries_wrong: "Escreva números inteiros de segundos separados por vírgulas, por exemplo 5, 30, 120.",
    number_wrong: "Escreva um número inteiro.",
    discard_changes: "Descartar suas alterações?",
    discard: "Descartar",
    keep_editing: "Continuar editando",
    errors_to_fix: |count| match count {
        1 => "Um campo precisa da sua atenção.".into(),
        count => format!("{count} campos precisam da sua atenção."),
    },
    could_not_save: "Não foi possível salvar o webhook.",
    could_not_delete: "Não foi possível excluir o webhook.",
    could_not_load_webhook: "Não foi possível carregar o webhook",

    events_of: |url| format!("Eventos de {url}"),
    events_caption: "Eventos, mais recentes primeiro",
    filter_events: "Filtrar eventos",
    all: "Todos",
    event_type: "Tipo de evento",
    all_event_types: "Todos os tipos",
    search_events: "Buscar por ID do evento ou texto no evento",
    search_placeholder: "ID ou texto no evento",
    clear_filters: "Limpar filtros",
    event: "Evento",
    http: "HTTP",
    attempts: "Tentativas",
    duration: "Duração",
    date_sent: "Enviado em",
    published: "Publicado",
    newest: "Os mais recentes",
    older: "Mais antigos",
    pages: "Páginas",
    no_events_title: "Nenhum evento ainda",
    no_events_text: "Eles aparecem aqui segundos depois de publicados.",
    no_events_match: "Nenhum evento com estes filtros",
    nothing_found_so_far: "Nada encontrado até aqui",
    older_not_searched: "Eventos mais antigos ainda não foram pesquisados.",
    search_older: "Buscar nos mais antigos",
    could_not_load_events: "Não foi possível carregar os eventos",
    inactive_since: |when| moment("Inativo desde as", "Inativo desde", when) + ".",
    receives_nothing: "Ele não recebe nada até ser ativado.",
    webhook_inactive_note: "Este webhook está inativo. Ele não recebe nada até ser ativado.",
    webhook_gone_note: "Este webhook foi desativado porque o receptor respondeu com 410 Gone. Corrija a URL e ative-o de novo.",
    webhook_failing_note: "Este webhook foi desativado porque todas as tentativas falharam por pelo menos um dia, 20 ou mais seguidas. Veja os últimos eventos, corrija o que está errado e ative-o de novo.",
    delivery_status: |status| match status {
        DeliveryStatus::Pending => "Na fila",
        DeliveryStatus::Delivered => "Entregue",
        DeliveryStatus::Retrying => "Tentando de novo",
        DeliveryStatus::Failed => "Falhou",
        DeliveryStatus::Cancelled => "Cancelado",
    },
    failed_after: |attempts| format!("Falhou após {attempts} tentativas"),
    failure: |failure| match failure {
        Failure::Dns => "Nome não encontrado",
        Failure::BlockedAddress => "Endereço não permitido",
        Failure::ConnectRefused => "Conexão recusada",
        Failure::ConnectTimeout => "Tempo de conexão esgotado",
        Failure::ConnectFailed => "Falha na conexão",
        Failure::CertificateExpired => "Certificado expirado",
        Failure::Tls => "Falha de TLS",
        Failure::Timeout => "Tempo de resposta esgotado",
        Failure::Reset => "Conexão fechada",
        Failure::ResponseInvalid => "Resposta ilegível",
        Failure::HttpStatus => "Não é 2xx",
        Failure::Interrupted => "Interrompida",
        Failure::InternalError => "Erro interno",
    },
    sending: "Enviando…",
    next_in: |time| format!("Próxima em {time}"),
    next_attempt_in: |time| format!("Próxima tentativa em {time}"),

    could_not_load_event: "Não foi possível carregar este evento",
    event_id: "ID do evento",
    published_as: "Publicado como",
    published_as_hint: "o ID que POST /events devolveu, o mesmo em todos os webhooks",
    published_id: "ID na origem",
    source: "Origem",
    occurred: "Ocorrido em",
    event_sections: "Detalhes do evento",
    request: "Requisição",
    responses: |count| format!("Respostas ({count})"),
    payload: "Payload",
    payload_label: "Payload em JSON",
    raw: "Original",
    keys: |count| if count == 1 { "1 chave".into() } else { format!("{count} chaves") },
    items: |count| if count == 1 { "1 item".into() } else { format!("{count} itens") },
    headers: "Cabeçalhos",
    headers_of_attempt: |number| format!("como enviados na tentativa {number}"),
    sent_to: "Enviado para",
    not_sent_yet: "Ainda não enviado.",
    not_connected: "Não enviado: não houve conexão.",
    not_sent_inactive: "Ainda não enviado: o webhook está inativo. O evento será enviado quando ele for ativado.",
    no_response: "Não houve resposta.",
    no_body: "A resposta não tinha corpo.",
    response: "Resposta",
    response_body: "Corpo da resposta",
    response_headers: "Cabeçalhos da resposta",
    no_headers: "A resposta não tinha cabeçalhos.",
    truncated: |of| match of {
        Some(size) => format!("Só os primeiros 64 KiB de {size} são guardados."),
        None => "Só os primeiros 64 KiB são guardados.".into(),
    },
    binary_body: "O corpo não é texto. Ele é mostrado em base64.",
    attempt: |number| format!("Tentativa {number}"),
    trigger: |trigger| match trigger {
        Trigger::Scheduled => "automática",
        Trigger::Resend => "enviada manualmente",
        Trigger::Test => "teste",
    },
    phases: "Onde o tempo foi gasto",
    phase_dns: "Consulta do nome",
    phase_connect: "Conexão",
    phase_first_byte: "Espera pela resposta",
    phase_body: "Leitura do corpo",
    system_says: "Erro do sistema",
    resend: "Reenviar",
    send_now: "Enviar agora",
    resend_started: "Reenvio solicitado",
    could_not_resend: "Não foi possível reenviar este evento.",
    resend_title: "Reenviar qual requisição?",
    resend_changed_text: "O segredo, a autenticação, os cabeçalhos ou o corpo das requisições do webhook mudaram desde a primeira tentativa.",
    resend_original: "A mesma de antes",
    resend_original_hint: "Cabeçalhos e corpo byte a byte; só o timestamp e a assinatura Standard Webhooks são novos. Se a URL agora aponta para outro esquema, host ou porta, é enviada a requisição atual.",
    resend_current: "Conforme a configuração atual",
    resend_current_hint: "Assinado e autenticado com a configuração atual.",
    retry_note: |number, all, time| format!("Nova tentativa {number} de {all} em {time}."),
    no_attempts_left: "Sem mais tentativas. Corrija a causa e reenvie.",
    webhook_deleted: "Este webhook foi excluído.",

    problem: Some(problems::PT_BR),
    shell: shell::PT_BR,
    overview: overview::PT_BR,
    list: list::PT_BR,
    details: details::PT_BR,
    catalogue: catalogue::PT_BR,
    settings: settings::PT_BR,
    tenants: tenants::PT_BR,
    tools: tools::PT_BR,
    keyboard: keyboard::PT_BR,

    hints: Hints {
        delivered: |status, day, time, took, attempt| {
            let attempt = if attempt > 1 { format!(", na tentativa {attempt}") } else { String::new() };
            format!(
                "Seu servidor aceitou o evento com {status} em {day} às {time} ({took}){attempt}. Um evento entregue não é enviado de novo."
            )
        },
        redirect: |status| {
            (
                format!("Seu servidor respondeu com um redirecionamento ({status})."),
                "Não seguimos redirecionamentos. Use o endereço final na URL do webhook.",
            )
        },
        redirects_to: |url| format!(" Ele redireciona para {url}."),
        rejected: |status| {
            (
                format!("Seu servidor rejeitou o evento ({status})."),
                "Em geral é a verificação da assinatura ou um campo inesperado. Valide a assinatura sobre o corpo original, antes de interpretá-lo.",
            )
        },
        refused_request: |status| {
            (
                format!("Seu servidor recusou a requisição ({status})."),
                "Em geral a assinatura não confere: compare o segredo do webhook com o do seu servidor e verifique sobre o corpo original. Um firewall também pode responder assim.",
            )
        },
        compare_credentials: " A requisição levou credenciais: compare-as também com o que seu servidor espera.",
        check_signature: "Verificar a assinatura",
        change_url: "Mudar a URL do webhook",
        not_found: (
            "Não há nada neste caminho do seu servidor (404).",
            "Confira a URL do webhook, incluindo o caminho.",
        ),
        not_accepted: |status| {
            (format!("Seu servidor não aceita POST com JSON aqui ({status})."), "Aponte o webhook para a rota correta.")
        },
        gone: (
            "Seu servidor informa que este endereço não existe mais (410).",
            "O webhook foi desativado. Atualize a URL e ative-o, ou exclua-o.",
        ),
        too_big: (
            "O evento é grande demais para o seu servidor (413).",
            "Aumente o limite dele para o corpo das requisições.",
        ),
        raise_above: |size| format!("Faça com que aceite corpos de requisição de pelo menos {size}."),
        slow_down: (
            "Seu servidor pediu para irmos mais devagar (429).",
            "As tentativas automáticas esperam pelo menos o que o cabeçalho Retry-After pede.",
        ),
        asked_to_wait: |time| format!(" Ele pede: {time}."),
        keep_schedule: "Ele não informou por quanto tempo (Retry-After); as tentativas automáticas seguem o plano de tentativas.",
        server_failed: |time| {
            (
                "Seu servidor falhou ao processar o evento (500).",
                format!("Veja os logs dele por volta {}.", moment("das", "de", time)),
            )
        },
        unavailable: |status| {
            (
                format!("Seu servidor estava indisponível ({status})."),
                "Um proxy respondeu no lugar dele, o que é comum em deploys ou sobrecarga.",
            )
        },
        other_status: |status, time| {
            (
                format!("Seu servidor respondeu com {status}."),
                format!(
                    "Só uma resposta de 200 a 299 conta como entregue. Veja os logs do seu servidor por volta {}.",
                    moment("das", "de", time)
                ),
            )
        },
        timeout: |limit| {
            (
                format!("Sem resposta em {limit}."),
                "Responda com 2xx primeiro e processe depois. O evento pode ter sido processado: trate repetições pelo webhook-id.",
            )
        },
        connect_timeout: |host| {
            (
                format!("{host} não aceitou a conexão a tempo."),
                "Ele pode estar fora do ar, sobrecarregado ou atrás de um firewall que descarta nossos pacotes; com https, esta porta pode não falar TLS.",
            )
        },
        dns: |host| {
            (
                format!("Não encontramos {host}."),
                "O nome não resolve no DNS, ou nenhum servidor de nomes respondeu a tempo. Confira a grafia e os registros DNS.",
            )
        },
        certificate_expired: |host| {
            (format!("O certificado de {host} expirou."), "Renove-o no seu servidor e reenvie.")
        },
        tls: |host| {
            (
                format!("Não foi possível verificar o certificado de {host}."),
                "Ele pode ser de outro nome ou não ter sido emitido por uma autoridade pública (envie a cadeia completa). Ou esta porta não fala TLS.",
            )
        },
        connect_refused: |host| {
            (format!("{host} recusou a conexão."), "Nada está ouvindo ali ou um firewall bloqueia.")
        },
        connect_failed: |host| {
            (
                format!("Não foi possível conectar a {host}."),
                "Confira a grafia e se ele pode ser alcançado a partir daqui.",
            )
        },
        reset: (
            "Seu servidor fechou a conexão antes de responder.",
            "Ele pode ter caído ou atingido um limite do proxy.",
        ),
        response_invalid: (
            "O que voltou não é uma resposta HTTP que possamos ler.",
            "Confira se a URL leva a um servidor web, e à porta certa.",
        ),
        blocked_address: |host| {
            (
                format!("{host} não é um endereço que este servidor tenha permissão de acessar."),
                "Só entregamos a endereços públicos. Quem opera este servidor pode liberar uma rede privada.",
            )
        },
        interrupted: (
            "Este servidor foi parado quando esta tentativa estava em andamento ou prestes a começar.",
            "Seu servidor pode ou não ter recebido o evento: trate repetições pelo webhook-id.",
        ),
        internal_error: (
            "Algo falhou do nosso lado.",
            "Reenvie o evento; se continuar, quem opera este servidor encontra mais no log dele.",
        ),
    },
};
