//! Tools for whoever writes the receiver.

use crate::lab::Finding;
use shared::{PreflightAdvice, TestKind};

/// Texts of the tools.
pub(crate) struct Tools {
    pub(crate) title: &'static str,
    pub(crate) lead: &'static str,
    pub(crate) lab: &'static str,
    pub(crate) lab_lead: &'static str,
    pub(crate) body: &'static str,
    pub(crate) body_hint: &'static str,
    pub(crate) secret_hint: &'static str,
    pub(crate) signature: &'static str,
    pub(crate) signature_hint: &'static str,
    pub(crate) id: &'static str,
    pub(crate) timestamp: &'static str,
    pub(crate) standard_hint: &'static str,
    pub(crate) check: &'static str,
    pub(crate) expected: &'static str,
    pub(crate) verdict: fn(Finding) -> (&'static str, &'static str),
    pub(crate) snippets: &'static str,
    pub(crate) snippets_lead: &'static str,
    pub(crate) language: &'static str,
    pub(crate) code: &'static str,
    pub(crate) checkup: &'static str,
    pub(crate) checkup_lead: &'static str,
    pub(crate) no_webhook: &'static str,
    pub(crate) run: &'static str,
    pub(crate) running: &'static str,
    pub(crate) kind: fn(TestKind) -> (&'static str, &'static str),
    pub(crate) passed: &'static str,
    pub(crate) did_not_pass: &'static str,
    pub(crate) answered: fn(u16) -> String,
    pub(crate) should_accept: &'static str,
    pub(crate) should_refuse: &'static str,
    pub(crate) result: fn(usize, usize) -> String,
    pub(crate) could_not_run: &'static str,
    pub(crate) preflight: &'static str,
    pub(crate) preflight_running: &'static str,
    pub(crate) preflight_good: &'static str,
    pub(crate) preflight_refused_head: fn(u16) -> String,
    pub(crate) preflight_failed: &'static str,
    pub(crate) advice: fn(PreflightAdvice) -> &'static str,
    pub(crate) days_left: fn(i64) -> String,
}

pub(super) const EN: Tools = Tools {
    title: "Receiver tools",
    lead: "For whoever writes the server that receives our events.",
    lab: "Signature lab",
    lab_lead: "Paste what you received. Nothing leaves this page: the check runs in your browser, and it says which mistake it is.",
    body: "Body",
    body_hint: "The raw bytes, before any parsing.",
    secret_hint: "The webhook's secret, as you store it.",
    signature: "Signature",
    signature_hint: "The value of {header} (64 hexadecimal digits), or of webhook-signature (v1,…).",
    id: "webhook-id",
    timestamp: "webhook-timestamp",
    standard_hint: "Only for webhook-signature.",
    check: "Check",
    expected: "The signature of this body under this secret",
    verdict: |finding| match finding {
        Finding::Right => ("The signature is right.", "Body, secret and signature belong together."),
        Finding::TrailingNewline => (
            "Your body has a line break at its end that was not sent.",
            "Editors and shells add one (use echo -n). Verify the bytes as they came.",
        ),
        Finding::MissingNewline => (
            "Your body lacks the line break at its end that was signed.",
            "Something trimmed it. Verify the bytes as they came.",
        ),
        Finding::WindowsLines => (
            "Your body has Windows line breaks (CR LF) where the signed one has LF.",
            "Something converted it. Read the body as bytes, not as text.",
        ),
        Finding::Reserialised => (
            "Your body was parsed and written again: spaces, indentation or key order are not those that were signed.",
            "Verify the raw body first, and parse it afterwards.",
        ),
        Finding::Base64 => (
            "It is the right signature, but in base64 instead of hexadecimal.",
            "{header} is lower-case hexadecimal: compare hex with hex.",
        ),
        Finding::UpperCase => (
            "It is the right signature, but in upper case.",
            "{header} is lower-case hexadecimal. Compare bytes, or lower-case both sides.",
        ),
        Finding::Prefixed => (
            "It is the right signature with something before it, such as sha256=.",
            "This server does not write that before the 64 digits. Compare without it.",
        ),
        Finding::Truncated => (
            "It is the beginning of the right signature.",
            "64 hexadecimal digits are expected: something cut the value.",
        ),
        Finding::PlainHash => (
            "It is the SHA-256 of the body without the secret.",
            "Use HMAC-SHA256 with the secret as its key, not a plain hash.",
        ),
        Finding::SecretSpaces => (
            "Your secret has a space or a line break at its beginning or end.",
            "Trim it where you load it, for example from an environment variable or a file.",
        ),
        Finding::SecretDecoded => (
            "The key was decoded from base64.",
            "For {header} the key is the secret's own text, with whsec_ and all. Only webhook-signature decodes it.",
        ),
        Finding::SecretNotDecoded => (
            "The key was the secret's text.",
            "For webhook-signature a secret of the form whsec_<base64> stands for the decoded bytes.",
        ),
        Finding::OtherHeader => (
            "It is the signature of the other header.",
            "webhook-signature signs id.timestamp.body and is base64 after v1,; {header} signs the body alone, in hexadecimal.",
        ),
        Finding::NeedsIdAndTimestamp => (
            "This is the form of webhook-signature: it also signs the id and the timestamp.",
            "Paste the request's webhook-id and webhook-timestamp too.",
        ),
        Finding::NotASignature => (
            "This does not look like a signature.",
            "{header} has 64 hexadecimal digits, webhook-signature begins with v1,. Check that you read the right header.",
        ),
        Finding::WrongSecret => (
            "None of the usual mistakes: either the secret or the body is a different one.",
            "Compare the secret with the one that is set (a change takes effect with the next attempt), and take the body from the event's page.",
        ),
    },
    snippets: "Verify in your language",
    snippets_lead: "Each verifies the raw body in constant time, before parsing it.",
    language: "Language",
    code: "Code",
    checkup: "Receiver check-up",
    checkup_lead: "Sends six test events to a webhook, one after the other, and says whether its receiver responds correctly.",
    no_webhook: "Create a webhook first.",
    run: "Run the check-up",
    running: "Running…",
    kind: |kind| match kind {
        TestKind::Event => ("A valid event", "is accepted"),
        TestKind::InvalidSignature => {
            ("An invalid signature", "is refused: a receiver that does not check would accept events from anyone")
        }
        TestKind::Duplicate => ("The same event twice", "is accepted both times: the second one must not be an error"),
        TestKind::ReorderedKeys => ("Keys in another order", "are accepted: the order of keys means nothing in JSON"),
        TestKind::UnknownField => ("An unknown field", "is accepted: new fields come without notice"),
        TestKind::LargePayload => ("A large payload (200 KiB)", "is accepted"),
    },
    passed: "Pass",
    did_not_pass: "Fail",
    answered: |status| format!("Responded with {status}"),
    should_accept: "It should have responded with 2xx.",
    should_refuse: "It accepted the event. It should have responded with 401 or another error.",
    result: |passed, all| format!("{passed} of {all} passed."),
    could_not_run: "Couldn't run this check.",
    preflight: "Check this URL",
    preflight_running: "Checking…",
    preflight_good: "The URL can be reached.",
    preflight_refused_head: |status| {
        format!("The server responds. {status} to HEAD may be normal: send a test event to see what POST gets.")
    },
    preflight_failed: "Couldn't check the URL.",
    advice: |advice| match advice {
        PreflightAdvice::UrlRefused => "A webhook cannot be saved with this URL.",
        PreflightAdvice::PlainHttp => "What is sent to http:// can be read on the way. Use https.",
        PreflightAdvice::DnsFailed => "The name does not resolve. Check the spelling and the DNS records.",
        PreflightAdvice::AddressBlocked => "The name resolves to an address that this server isn't allowed to call.",
        PreflightAdvice::ConnectFailed => {
            "No connection could be made. Check that the server is running, and check its firewall."
        }
        PreflightAdvice::TlsFailed => {
            "The TLS handshake failed, so deliveries would fail too. Check the certificate and its chain."
        }
        PreflightAdvice::TlsExpiresSoon => "The certificate expires in less than 14 days. Renew it in time.",
        PreflightAdvice::NoAnswer => "No response within three seconds.",
        PreflightAdvice::Redirects => "It redirects, and deliveries do not follow redirects. Use the final URL:",
        PreflightAdvice::Slow => {
            "The response took more than a second; an attempt may take {limit} by default. Respond first and do the work afterwards."
        }
        PreflightAdvice::ServerError => "The server responded with a server error (5xx).",
    },
    days_left: |days| {
        if days == 1 { "certificate: 1 day left".into() } else { format!("certificate: {days} days left") }
    },
};

pub(super) const PT_BR: Tools = Tools {
    title: "Ferramentas do receptor",
    lead: "Para quem escreve o servidor que recebe nossos eventos.",
    lab: "Laboratório de assinatura",
    lab_lead: "Cole o que você recebeu. Nada sai desta página: a verificação roda no seu navegador e diz qual é o erro.",
    body: "Corpo",
    body_hint: "Os bytes originais, antes de qualquer interpretação.",
    secret_hint: "O segredo do webhook, como você o guarda.",
    signature: "Assinatura",
    signature_hint: "O valor de {header} (64 dígitos hexadecimais) ou de webhook-signature (v1,…).",
    id: "webhook-id",
    timestamp: "webhook-timestamp",
    standard_hint: "Só para webhook-signature.",
    check: "Verificar",
    expected: "A assinatura deste corpo com este segredo",
    verdict: |finding| match finding {
        Finding::Right => ("A assinatura está certa.", "Corpo, segredo e assinatura combinam."),
        Finding::TrailingNewline => (
            "Seu corpo tem uma quebra de linha no fim que não foi enviada.",
            "Editores e shells acrescentam uma (use echo -n). Verifique os bytes como chegaram.",
        ),
        Finding::MissingNewline => (
            "Falta no seu corpo a quebra de linha final que foi assinada.",
            "Algo a removeu. Verifique os bytes como chegaram.",
        ),
        Finding::WindowsLines => (
            "Seu corpo tem quebras de linha do Windows (CR LF) onde o assinado tem LF.",
            "Algo o converteu. Leia o corpo como bytes, não como texto.",
        ),
        Finding::Reserialised => (
            "Seu corpo foi interpretado e escrito de novo: espaços, recuos ou ordem das chaves não são os que foram assinados.",
            "Verifique primeiro o corpo original e só depois o interprete.",
        ),
        Finding::Base64 => (
            "É a assinatura certa, mas em base64 em vez de hexadecimal.",
            "{header} é hexadecimal minúsculo: compare hex com hex.",
        ),
        Finding::UpperCase => (
            "É a assinatura certa, mas em maiúsculas.",
            "{header} é hexadecimal minúsculo. Compare bytes, ou os dois lados em minúsculas.",
        ),
        Finding::Prefixed => (
            "É a assinatura certa com algo antes, como sha256=.",
            "Este servidor não escreve isso antes dos 64 dígitos. Compare sem ele.",
        ),
        Finding::Truncated => {
            ("É o começo da assinatura certa.", "São esperados 64 dígitos hexadecimais: algo cortou o valor.")
        }
        Finding::PlainHash => {
            ("É o SHA-256 do corpo sem o segredo.", "Use HMAC-SHA256 com o segredo como chave, não um hash simples.")
        }
        Finding::SecretSpaces => (
            "Seu segredo tem um espaço ou uma quebra de linha no começo ou no fim.",
            "Remova-o onde você o carrega, por exemplo de uma variável de ambiente ou de um arquivo.",
        ),
        Finding::SecretDecoded => (
            "A chave foi decodificada de base64.",
            "Para {header} a chave é o próprio texto do segredo, com whsec_ e tudo. Só webhook-signature o decodifica.",
        ),
        Finding::SecretNotDecoded => (
            "A chave foi o texto do segredo.",
            "Para webhook-signature um segredo na forma whsec_<base64> representa os bytes decodificados.",
        ),
        Finding::OtherHeader => (
            "É a assinatura do outro cabeçalho.",
            "webhook-signature assina id.timestamp.corpo e vem em base64 depois de v1,; {header} assina só o corpo, em hexadecimal.",
        ),
        Finding::NeedsIdAndTimestamp => (
            "Esta é a forma de webhook-signature: ela assina também o id e o timestamp.",
            "Cole também o webhook-id e o webhook-timestamp da requisição.",
        ),
        Finding::NotASignature => (
            "Isto não parece uma assinatura.",
            "{header} tem 64 dígitos hexadecimais, webhook-signature começa com v1,. Confira se leu o cabeçalho certo.",
        ),
        Finding::WrongSecret => (
            "Nenhum dos erros comuns: o segredo é outro, ou o corpo é outro.",
            "Compare o segredo com o que está definido (uma troca vale a partir da próxima tentativa) e pegue o corpo na página do evento.",
        ),
    },
    snippets: "Verifique na sua linguagem",
    snippets_lead: "Cada um verifica o corpo original em tempo constante, antes de interpretá-lo.",
    language: "Linguagem",
    code: "Código",
    checkup: "Check-up do receptor",
    checkup_lead: "Envia seis eventos de teste a um webhook, um após o outro, e diz se o receptor responde corretamente.",
    no_webhook: "Crie um webhook primeiro.",
    run: "Iniciar o check-up",
    running: "Executando…",
    kind: |kind| match kind {
        TestKind::Event => ("Um evento válido", "é aceito"),
        TestKind::InvalidSignature => {
            ("Uma assinatura inválida", "é recusada: quem não verifica aceitaria eventos de qualquer um")
        }
        TestKind::Duplicate => ("O mesmo evento duas vezes", "é aceito nas duas: a segunda não pode ser um erro"),
        TestKind::ReorderedKeys => {
            ("Chaves em outra ordem", "são aceitas: a ordem das chaves não significa nada em JSON")
        }
        TestKind::UnknownField => ("Um campo desconhecido", "é aceito: campos novos chegam sem aviso"),
        TestKind::LargePayload => ("Um payload grande (200 KiB)", "é aceito"),
    },
    passed: "Passou",
    did_not_pass: "Falhou",
    answered: |status| format!("Respondeu com {status}"),
    should_accept: "Deveria ter respondido com 2xx.",
    should_refuse: "Aceitou o evento. Deveria ter respondido com 401 ou outro erro.",
    result: |passed, all| format!("{passed} de {all} {}.", if passed == 1 { "passou" } else { "passaram" }),
    could_not_run: "Não foi possível executar esta verificação.",
    preflight: "Verificar esta URL",
    preflight_running: "Verificando…",
    preflight_good: "O endereço pode ser alcançado.",
    preflight_refused_head: |status| {
        format!(
            "O endereço responde. {status} para HEAD pode ser normal: envie um evento de teste para ver o que POST recebe."
        )
    },
    preflight_failed: "Não foi possível verificar o endereço.",
    advice: |advice| match advice {
        PreflightAdvice::UrlRefused => "Um webhook não pode ser salvo com este endereço.",
        PreflightAdvice::PlainHttp => "O que é enviado para http:// pode ser lido no caminho. Use https.",
        PreflightAdvice::DnsFailed => "O nome não resolve. Confira a grafia e os registros DNS.",
        PreflightAdvice::AddressBlocked => "O nome leva a um endereço que este servidor não tem permissão de acessar.",
        PreflightAdvice::ConnectFailed => {
            "Não foi possível conectar. Confira se o servidor está no ar e se o firewall permite a conexão."
        }
        PreflightAdvice::TlsFailed => {
            "O handshake TLS falhou, então as entregas também falhariam. Confira o certificado e a cadeia."
        }
        PreflightAdvice::TlsExpiresSoon => "O certificado expira em menos de 14 dias. Renove-o a tempo.",
        PreflightAdvice::NoAnswer => "Nenhuma resposta veio em três segundos.",
        PreflightAdvice::Redirects => {
            "Ele redireciona, e as entregas não seguem redirecionamentos. Use o endereço final:"
        }
        PreflightAdvice::Slow => {
            "A resposta levou mais de um segundo; uma tentativa tem {limit} por padrão. Responda primeiro e processe depois."
        }
        PreflightAdvice::ServerError => "O servidor respondeu com um erro interno (5xx).",
    },
    days_left: |days| {
        if days == 1 { "certificado: 1 dia restante".into() } else { format!("certificado: {days} dias restantes") }
    },
};
