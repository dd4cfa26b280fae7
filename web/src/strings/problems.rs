//! Problems in the reader's language. The server writes them in English, with a code; the other languages say the same by code.

use shared::{Code, FieldError, Problem};

/// How a language says what a code means and what to do, of the member that the pointer leads to. It covers every code: a new one does not
/// compile before it has its text.
pub(crate) type Said = fn(Code, &str) -> &'static str;

pub(super) const PT_BR: Said = |code, pointer| match code {
    Code::BodyMissing => "Falta o corpo da requisição.",
    Code::JsonSyntax => "O corpo não é JSON válido.",
    Code::JsonInvalidUtf8 => "O corpo não está em UTF-8.",
    Code::JsonTooDeep => "O corpo tem níveis de aninhamento demais.",
    Code::JsonDuplicateKey => "Um campo aparece duas vezes.",
    Code::JsonInvalidUnicode => "Um texto tem um surrogate isolado.",
    Code::IdInvalid => "Isto não é um ID.",
    Code::CursorInvalid => "Esta página da lista não existe mais. Comece pela primeira.",
    Code::UnknownParameter => "O servidor não conhece este parâmetro.",
    Code::RequestInvalid => "A requisição não é HTTP válido.",
    Code::Unauthenticated => "Entre de novo: sua sessão terminou.",
    Code::SignInFailed => "E-mail ou senha incorretos.",
    Code::ForbiddenRole => "Seu papel não permite isto. Peça a um administrador.",
    Code::HttpsRequired => "Para entrar é preciso usar https.",
    Code::Csrf => "A requisição veio de outro site. Faça isso pelo portal.",
    Code::HostNotAllowed => {
        "O servidor não é conhecido por este nome. Defina HOOKWRIGHT_PUBLIC_URL com o endereço usado para acessá-lo."
    }
    Code::NotFound => "Não há nada aqui. Pode ter sido excluído.",
    Code::TenantUnknown => "Este cliente não existe. Pode ter sido excluído.",
    Code::MethodNotAllowed => "Este método não é permitido aqui.",
    Code::RequestTimeout => "A requisição demorou demais para chegar.",
    Code::VersionMismatch => "Alguém alterou isto nesse meio-tempo. Carregue de novo e repita sua alteração.",
    Code::BatchTooLarge => "O lote é grande demais.",
    Code::BodyTooLarge => "O corpo é grande demais.",
    Code::UriTooLong => "O endereço da requisição é longo demais.",
    Code::MediaTypeNotSupported => "Este tipo de conteúdo não é aceito. Use application/json.",
    Code::ContentEncodingNotSupported => "Esta codificação de conteúdo não é aceita.",
    Code::HeadersTooLarge => "Os cabeçalhos são grandes demais.",

    Code::IdempotencyInProgress => "Isto ainda está sendo executado. Tente de novo em instantes.",
    Code::IdempotencyAnswerLost => "A requisição foi executada, mas a resposta se perdeu.",
    Code::IdempotencyKeyInvalid => "A Idempotency-Key não é válida.",
    Code::IdempotencyKeyReused => "Outra requisição já usou esta Idempotency-Key.",

    Code::ValidationFailed => match pointer {
        "/external_id" => {
            "Um ID externo tem 1 a 255 caracteres ASCII visíveis, sem espaços, e não pode parecer um ID do Hookwright (26 letras e dígitos)."
        }
        "/example" => "O exemplo não é um evento deste tipo. Escreva um CloudEvent com a source e o type acima.",
        _ => "Algo na requisição não é válido. Corrija os campos indicados.",
    },
    Code::UnknownField => "O servidor não conhece este campo.",
    Code::MissingField => "Preencha este campo.",
    Code::WrongType => "O valor é do tipo errado.",
    Code::OutOfRange => match pointer {
        "/timeout_ms" => "O tempo limite vai de 1000 a 30000 milissegundos.",
        "/retry_schedule" => "Um plano de novas tentativas tem no máximo 20 intervalos de 1 a 604800 segundos.",
        "/max_concurrency" => "De 1 a 100 tentativas podem estar em andamento ao mesmo tempo.",
        "/rate_limit" => "O limite vai de 1 a 1000 tentativas por segundo.",
        "/headers" => "Um webhook tem no máximo 20 cabeçalhos personalizados, com 8.192 bytes ao todo.",
        _ => "O valor está fora dos limites.",
    },
    Code::InvalidParameter => "O parâmetro tem um valor inválido.",
    Code::LimitOutOfRange => "O limite está fora da faixa permitida.",
    Code::DateRangeInvalid => "O período não é válido: o começo vem antes do fim.",
    Code::SearchTooLong => "O texto da busca é longo demais: no máximo 200 caracteres.",

    Code::EventNotObject => "O evento não é um objeto JSON.",
    Code::CeSpecversion => "A specversion não é 1.0.",
    Code::CeMissingAttribute => "Falta um atributo do CloudEvents.",
    Code::CeInvalidId => "O id do evento não é válido.",
    Code::CeInvalidSource => "A source do evento não é válida.",
    Code::CeInvalidType => "O type do evento não é válido.",
    Code::CeInvalidTime => "O time do evento não é válido.",
    Code::CeInvalidDatacontenttype => "O datacontenttype do evento não é válido.",
    Code::CeInvalidBase64 => "O data_base64 do evento não é base64.",
    Code::CeDataConflict => "O evento tem data e data_base64 ao mesmo tempo.",
    Code::CeInvalidAttribute => "Um atributo do evento não é válido.",
    Code::EventIdConflict => "Outro evento já tem esta source e este id.",
    Code::FanoutLimit => "Webhooks demais selecionam este evento.",
    Code::EventExpired => "O evento já foi removido: o prazo de retenção passou.",
    Code::EventErased => "O conteúdo do evento foi apagado: não há mais o que enviar.",
    Code::EventTypeUnknown => "O tipo de evento não está no catálogo.",
    Code::SchemaInvalid => "O esquema não é um JSON Schema.",
    Code::EventTypeExists => "Este tipo de evento já existe.",

    Code::UrlInvalid => "A URL não é válida. Escreva-a inteira, como https://exemplo.com/webhooks.",
    Code::UrlTooLong => "A URL é longa demais: no máximo 2.048 bytes.",
    Code::UrlControlChar => "A URL tem um espaço ou caractere de controle. Remova-o ou codifique-o.",
    Code::UrlSchemeNotAllowed => "Comece a URL com https:// ou, onde este servidor o permite, http://.",
    Code::UrlUserinfoNotAllowed => "A URL tem usuário ou senha. Use a autenticação abaixo.",
    Code::UrlFragmentNotAllowed => "A URL tem um fragmento (#…). Ele nunca é enviado: remova-o.",
    Code::UrlNotCanonical => "A URL não está na forma canônica. Escreva-a como um navegador a mostra.",
    Code::UrlPortNotAllowed => {
        "A porta da URL não é permitida: ela é de outro serviço. Use a 443 ou uma livre a partir de 1024."
    }
    Code::TargetAddressBlocked => {
        "A URL aponta para um endereço que este servidor não tem permissão de acessar. Use um endereço público."
    }
    Code::TargetHostNotAllowed => "Este servidor não tem permissão de acessar o host da URL.",
    Code::TargetIsSelf => "A URL aponta para este próprio servidor. Use outro endereço.",
    Code::SecretInvalid => "O segredo não é válido: 8 a 256 bytes; depois de whsec_, base64.",
    Code::RotationUnderWay => {
        "O segredo anterior ainda assina. Espere o prazo dele acabar ou troque escolhendo “Não continuar”."
    }
    Code::SecretPlaceholder => {
        "Isto contém a máscara que substitui o que está definido. Digite o valor inteiro, ou deixe como estava."
    }
    Code::DescriptionInvalid => "A descrição não é válida: no máximo 200 caracteres, em uma linha.",
    Code::ConditionInvalid => {
        "Esta condição não é válida. Escreva um caminho, = ou != e até 20 valores, ou >= ou <= e um número, como /data/status = APPROVED; no máximo 10 condições, 4.096 bytes ao todo."
    }
    Code::FilterInvalid => "A seleção de eventos não é válida. Escolha pelo menos um tipo, como ORIGEM.TIPO.",
    Code::UsernameInvalid => "O usuário não é válido: sem dois-pontos nem caracteres de controle.",
    Code::HeaderNameInvalid => "O nome do cabeçalho não é válido. Use letras, dígitos, hífens e sublinhados.",
    Code::HeaderValueInvalid => "O valor do cabeçalho não é válido: sem quebras de linha.",
    Code::HeaderReserved => "Este cabeçalho é reservado. Use outro, como X-API-Key.",
    Code::HeaderRepeated => "Este cabeçalho aparece duas vezes. Use outro nome.",
    Code::CredentialKept => match pointer {
        "/authentication/password" => "A URL leva a outro servidor: digite a senha de novo.",
        "/authentication/value" => "A URL leva a outro servidor: digite o valor de novo.",
        _ => "A URL leva a outro servidor: digite o valor de novo, ou remova o cabeçalho.",
    },
    Code::WebhookDeleted => "O webhook foi excluído.",
    Code::WebhookInactive => "O webhook está inativo. Ative-o primeiro.",
    Code::WebhookResting => "O webhook está em pausa, a pedido do receptor. O evento será enviado depois disso.",

    Code::EmailInvalid => "O e-mail não é válido.",
    Code::EmailTaken => "Outro operador já tem este e-mail.",
    Code::PasswordInvalid => "A senha não é válida: use pelo menos 10 caracteres (no máximo 1.024 bytes).",
    Code::PasswordWrong => "A senha atual está incorreta.",
    Code::NameInvalid => "O nome não é válido: 1 a 100 caracteres, sem espaço nas pontas nem caracteres de controle.",
    Code::LastAdmin => "Este é o último administrador. Nomeie outro antes.",
    Code::LinkInvalid => "O link já foi usado ou expirou. Peça um novo.",
    Code::SetUpDone => "O servidor já foi configurado. Entre com sua conta.",
    Code::TenantExists => "Outro cliente já tem este nome ou este ID externo.",
    Code::TenantGetsAlerts => "Os alertas vão para este cliente. Mude HOOKWRIGHT_ALERTS_TENANT antes.",
    Code::TenantInUse => "O cliente ainda tem webhooks: exclua-os antes. O cliente padrão não pode ser excluído.",
    Code::LimitReached => "O limite foi atingido. Exclua algum de que não precisa mais.",

    Code::DeliveryNotFailed => "Esta entrega não falhou; não há o que reenviar.",
    Code::DeliveryInProgress => "Uma tentativa está em andamento. Espere por ela.",
    Code::DeliveryIsTest => "Um teste não é reenviado. Envie outro teste.",
    Code::NothingToResend => "Não há nada a enviar neste período.",
    Code::TooManyToResend => "O período tem mais do que um reenvio pode ter. Escolha um período menor.",
    Code::ResendJobRunning => "Já há um reenvio em andamento para este webhook. Espere por ele ou cancele-o.",

    Code::TooManyRequests => "Requisições demais ao mesmo tempo. Espere um pouco e tente de novo.",
    Code::InternalError => "Algo falhou do nosso lado. Tente de novo; se continuar, informe o ID da requisição.",
    Code::TooManyStreams => "Há conexões ao vivo demais abertas. Feche outras abas.",
    Code::StorageUnavailable => "O banco de dados não respondeu a tempo. Tente de novo daqui a pouco.",
    Code::StorageReadOnly => "O banco de dados não aceita gravações no momento. Tente de novo daqui a pouco.",
    Code::StorageFull => "O disco do banco de dados está cheio. Libere espaço para continuar.",
    Code::NothingIsSent => {
        "O envio está desligado neste servidor (HOOKWRIGHT_DELIVER=false). Use um servidor que envie."
    }
    Code::ShuttingDown => "O servidor está parando. Tente de novo daqui a pouco.",
};

/// What a problem says, in the reader's language.
pub(crate) fn of_problem(problem: &Problem) -> String {
    said(problem.code, "", &problem.detail)
}

/// What is wrong with each field, in the reader's language.
pub(crate) fn of_fields(mut errors: Vec<FieldError>) -> Vec<FieldError> {
    for error in &mut errors {
        error.detail = said(error.code, &error.pointer, &error.detail);
    }
    errors
}

fn said(code: Code, pointer: &str, detail: &str) -> String {
    super::strings().problem.map_or(detail, |said| said(code, pointer)).to_owned()
}
