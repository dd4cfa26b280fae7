use super::*;
use crate::WebhookStatus;

fn webhook() -> NewWebhook {
    NewWebhook {
        url: "https://example.com/hook".into(),
        secret: Some("dummysecret".into()),
        description: String::new(),
        authentication: AuthenticationInput::default(),
        headers: vec![],
        events: EventSelection::default(),
        status: WebhookStatus::Active,
        timeout_ms: None,
        content_mode: None,
        retry_schedule: None,
        max_concurrency: 16,
        rate_limit: None,
    }
}

fn kept(authentication: AuthenticationType) -> KeptWebhook {
    let headers = vec!["X-Region".into(), "X-Stage".into()];
    KeptWebhook { url: webhook().url, authentication, headers }
}

#[track_caller]
fn assert_errors(change: impl FnOnce(&mut NewWebhook), expected: &[(&str, Code)]) {
    let mut webhook = webhook();
    change(&mut webhook);
    let errors = webhook.check();
    let found: Vec<_> = errors.iter().map(|e| (e.pointer.as_str(), e.code)).collect();
    assert_eq!(found, expected);
}

#[test]
fn a_plain_webhook_is_fine() {
    assert_errors(|_| {}, &[]);
}

#[test]
fn urls_are_checked_before_they_are_parsed() {
    for (url, code) in [
        ("", Code::UrlInvalid),
        ("example.com/hook", Code::UrlInvalid),
        ("//example.com/x", Code::UrlInvalid),
        ("ftp://example.com/x", Code::UrlSchemeNotAllowed),
        ("javascript:alert(1)", Code::UrlSchemeNotAllowed),
        ("https:example.com/hook", Code::UrlNotCanonical),
        ("https://user@example.com/", Code::UrlUserinfoNotAllowed),
        ("https://example.com/#top", Code::UrlFragmentNotAllowed),
        ("https://exa mple.com/", Code::UrlInvalid),
        ("https://-bad.example/", Code::UrlInvalid),
        ("https://www.bad-.example:8443/-x", Code::UrlInvalid),
        ("https://example.com/a b", Code::UrlControlChar),
        (" https://example.com/", Code::UrlControlChar),
        ("https://example.com\\@127.0.0.1/", Code::UrlNotCanonical),
        ("https://example.com/\r\nX: 1", Code::UrlControlChar),
    ] {
        assert_errors(|w| w.url = url.into(), &[("/url", code)]);
    }
    assert_errors(|w| w.url = format!("https://example.com/{}", "a".repeat(2_048)), &[("/url", Code::UrlTooLong)]);
}

#[test]
fn secrets_have_a_length_and_are_no_mask() {
    assert_errors(|w| w.secret = Some("1234567".into()), &[("/secret", Code::SecretInvalid)]);
    assert_errors(|w| w.secret = Some("x".repeat(257)), &[("/secret", Code::SecretInvalid)]);
    for wrong in ["not-base64", "QUJDREVGRw==", "QUJDREVGR0h=", "QUJDREVGR0g", "QUJDREVGR0hJ==="] {
        assert_errors(|w| w.secret = Some(format!("whsec_{wrong}")), &[("/secret", Code::SecretInvalid)]);
    }
    assert_errors(|w| w.secret = Some("whsec_QUJDREVGR0g=".into()), &[]);
    assert_errors(|w| w.secret = Some("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw".into()), &[]);
    assert_errors(|w| w.secret = Some("••••••••".into()), &[("/secret", Code::SecretPlaceholder)]);
}

#[test]
fn each_kind_of_authentication_needs_its_own_members() {
    use AuthenticationType::{ApiKey, Basic};
    let basic = AuthenticationInput { kind: Basic, ..Default::default() };
    assert_errors(
        |w| w.authentication = basic,
        &[("/authentication/username", Code::MissingField), ("/authentication/password", Code::MissingField)],
    );
    let key = |header: &str, value: &str| AuthenticationInput {
        kind: ApiKey,
        header: Some(header.into()),
        value: Some(value.into()),
        ..Default::default()
    };
    assert_errors(|w| w.authentication = key("X-API-Key", "k"), &[]);
    assert_errors(|w| w.authentication = key("X Bad", "k"), &[("/authentication/header", Code::HeaderNameInvalid)]);
    assert_errors(|w| w.authentication = key("Webhook-Id", "k"), &[("/authentication/header", Code::HeaderReserved)]);
    assert_errors(|w| w.authentication = key("X-K", "a\r\nb"), &[("/authentication/value", Code::HeaderValueInvalid)]);
}

#[test]
fn headers_have_one_name_and_a_value_each() {
    let header = |name: &str, value: Option<&str>| CustomHeader { name: name.into(), value: value.map(Into::into) };
    assert_errors(|w| w.headers = vec![header("X-Region", Some("eu")), header("Authorization", Some("Bearer t"))], &[]);
    for (name, value, pointer, code) in [
        ("", Some("eu"), "/headers/1/name", Code::HeaderNameInvalid),
        ("X Region", Some("eu"), "/headers/1/name", Code::HeaderNameInvalid),
        ("X.Region", Some("eu"), "/headers/1/name", Code::HeaderNameInvalid),
        ("webhook_id", Some("eu"), "/headers/1/name", Code::HeaderReserved),
        ("X-Region", Some("••••"), "/headers/1/value", Code::SecretPlaceholder),
        ("Host", Some("eu"), "/headers/1/name", Code::HeaderReserved),
        ("x-stage", Some("eu"), "/headers/1/name", Code::HeaderRepeated),
        ("X-Region", None, "/headers/1/value", Code::MissingField),
        ("X-Region", Some(""), "/headers/1/value", Code::HeaderValueInvalid),
        ("X-Region", Some("a\r\nb"), "/headers/1/value", Code::HeaderValueInvalid),
    ] {
        assert_errors(|w| w.headers = vec![header("X-Stage", Some("test")), header(name, value)], &[(pointer, code)]);
    }
    let many = |count: u8| (0..count).map(|number| header(&format!("X-{number}"), Some("v"))).collect();
    assert_errors(|w| w.headers = many(20), &[]);
    assert_errors(|w| w.headers = many(21), &[("/headers", Code::OutOfRange)]);
    let (half, more) = ("v".repeat(4_091), "v".repeat(4_092));
    let both = |value: &str| vec![header("X-One", Some(&half)), header("X-Two", Some(value))];
    assert_errors(|w| w.headers = both(&half), &[]);
    assert_errors(|w| w.headers = both(&more), &[("/headers", Code::OutOfRange)]);
    let patch = WebhookPatch { headers: Some(vec![header("X-Region", None)]), ..Default::default() };
    assert_eq!(patch.check(&kept(AuthenticationType::None)), []);
}

#[test]
fn a_change_may_leave_out_credentials_of_the_kind_that_is_set() {
    let authentication =
        AuthenticationInput { kind: AuthenticationType::Basic, username: Some("ana".into()), ..Default::default() };
    let patch = WebhookPatch { authentication: Some(authentication), ..Default::default() };
    assert_eq!(patch.check(&kept(AuthenticationType::Basic)), []);
    assert_eq!(patch.check(&kept(AuthenticationType::None))[0].pointer, "/authentication/password");
}

#[test]
fn nothing_secret_is_kept_where_the_url_leads_to_another_server() {
    use AuthenticationType::{ApiKey, Basic, None as Nothing};
    let said = |kind, url: &str, change: &dyn Fn(&mut WebhookPatch)| {
        let mut patch = WebhookPatch { url: Some(url.into()), ..Default::default() };
        change(&mut patch);
        let errors = patch.check(&kept(kind));
        assert!(errors.iter().all(|error| error.code == Code::CredentialKept), "{errors:?}");
        errors.into_iter().map(|error| error.pointer).collect::<Vec<_>>()
    };
    let header = |name: &str, value: Option<&str>| CustomHeader { name: name.into(), value: value.map(Into::into) };
    let (here, elsewhere) = ("https://example.com/other?path", "https://mine.example/hook");
    let (password, value) = ("/authentication/password", "/authentication/value");
    let (first, second) = ("/headers/0/value", "/headers/1/value");
    assert_eq!(said(Basic, here, &|_| {}), [""; 0]);
    assert_eq!(said(Basic, elsewhere, &|_| {}), [password, first, second]);
    assert_eq!(said(ApiKey, elsewhere, &|_| {}), [value, first, second]);
    assert_eq!(said(Nothing, elsewhere, &|_| {}), [first, second]);

    let basic = |password: Option<&str>| AuthenticationInput {
        kind: Basic,
        username: Some("ana".into()),
        password: password.map(Into::into),
        ..Default::default()
    };
    assert_eq!(said(Basic, elsewhere, &|patch| patch.authentication = Some(basic(None))), [password, first, second]);
    assert_eq!(said(Basic, elsewhere, &|patch| patch.authentication = Some(basic(Some("p")))), [first, second]);
    let gone = AuthenticationInput::default();
    assert_eq!(said(Basic, elsewhere, &|patch| patch.authentication = Some(gone.clone())), [first, second]);
    let mixed = [header("X-New", Some("v")), header("X-STAGE", None), header("X-Region", Some("eu"))];
    assert_eq!(said(Nothing, elsewhere, &|patch| patch.headers = Some(mixed.to_vec())), [second]);
    assert_eq!(said(Nothing, elsewhere, &|patch| patch.headers = Some(vec![])), [""; 0]);
}

#[test]
fn descriptions_do_not_mislead() {
    assert_errors(|w| w.description = "é".repeat(200), &[]);
    for description in ["é".repeat(201), "a\nb".into(), "pay\u{202e}load".into()] {
        assert_errors(|w| w.description = description, &[("/description", Code::DescriptionInvalid)]);
    }
}

#[test]
fn a_selection_selects_something() {
    let selected = |types: Vec<String>| EventSelection { mode: EventMode::Selected, types, conditions: vec![] };
    assert_errors(|w| w.events = selected(vec![]), &[("/events/types", Code::FilterInvalid)]);
    assert_errors(|w| w.events = selected(vec!["A.B".into(); 101]), &[("/events/types", Code::FilterInvalid)]);
    assert_errors(
        |w| w.events = selected(vec!["A.B".into(), "A B.C".into()]),
        &[("/events/types/1", Code::FilterInvalid)],
    );
    assert_errors(|w| w.events = selected(vec!["A.*".into(), "A.B.*".into()]), &[]);
    for wrong in ["*", ".*", "A*", "A.B*", "*.B", "A.*.B", "A.*.*"] {
        assert_errors(|w| w.events = selected(vec![wrong.into()]), &[("/events/types/0", Code::FilterInvalid)]);
    }
}

#[test]
fn a_condition_has_a_pointer_and_values() {
    let condition = |path: &str, values: Vec<String>| EventCondition {
        path: path.into(),
        operator: ConditionOperator::IsNot,
        values,
    };
    let one = || vec!["x".to_owned()];
    let with = |conditions| EventSelection { conditions, ..Default::default() };
    for path in ["/data/status", "/subject", "/", "/data/a~1b~0/0"] {
        assert_errors(|w| w.events = with(vec![condition(path, one())]), &[]);
    }
    for path in ["", "data.status", "/data/a~2", "/data/a~", &format!("/{}", "x".repeat(256))] {
        let at = "/events/conditions/1/path";
        let both = vec![condition("/type", one()), condition(path, one())];
        assert_errors(|w| w.events = with(both), &[(at, Code::ConditionInvalid)]);
    }
    for values in [vec![], vec!["x".into(); 21], vec!["x".repeat(257)]] {
        let at = "/events/conditions/0/values";
        assert_errors(|w| w.events = with(vec![condition("/type", values)]), &[(at, Code::ConditionInvalid)]);
    }
    let size = |values: &[&str]| EventCondition {
        path: "/data/amount".into(),
        operator: ConditionOperator::AtLeast,
        values: values.iter().map(|&value| value.to_owned()).collect(),
    };
    for number in ["1000", "-0.50", "1e3", "1e400"] {
        assert_errors(|w| w.events = with(vec![size(&[number])]), &[]);
    }
    for values in [&["1", "2"][..], &["many"], &["\"1\""], &["1,000"], &["inf"], &["1e"]] {
        let at = "/events/conditions/0/values";
        assert_errors(|w| w.events = with(vec![size(values)]), &[(at, Code::ConditionInvalid)]);
    }
    let [full, over] = [251, 252].map(|last| {
        let values = vec!["é".repeat(128); 15].into_iter().chain(["x".repeat(last)]);
        vec![condition("/type", values.collect())]
    });
    assert_errors(|w| w.events = with(full), &[]);
    assert_errors(|w| w.events = with(over), &[("/events/conditions", Code::ConditionInvalid)]);
    let many = vec![condition("/type", one()); 11];
    assert_errors(|w| w.events = with(many), &[("/events/conditions", Code::ConditionInvalid)]);
}

#[test]
fn numbers_have_a_range() {
    assert_errors(|w| w.timeout_ms = Some(999), &[("/timeout_ms", Code::OutOfRange)]);
    assert_errors(|w| w.retry_schedule = Some(vec![0]), &[("/retry_schedule", Code::OutOfRange)]);
    assert_errors(|w| w.retry_schedule = Some(vec![5; 21]), &[("/retry_schedule", Code::OutOfRange)]);
    for outside in [0, 101] {
        assert_errors(|w| w.max_concurrency = outside, &[("/max_concurrency", Code::OutOfRange)]);
    }
    for outside in [0, 1_001] {
        assert_errors(|w| w.rate_limit = Some(outside), &[("/rate_limit", Code::OutOfRange)]);
    }
    assert_errors(|w| (w.max_concurrency, w.rate_limit) = (100, Some(1_000)), &[]);
}
