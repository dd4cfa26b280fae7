//! Every answer that a test gets is held to what the document says of its operation.

use super::{DOCUMENT, codes, operation, resolved};
use crate::harness::Answered;
use reqwest::Method;
use serde_json::Value;

/// The headers of HTTP and of browsers, which stand in no document.
const OF_NO_OPERATION: [&str; 16] = [
    "access-control-allow-origin",
    "access-control-expose-headers",
    "cache-control",
    "connection",
    "content-length",
    "content-security-policy",
    "content-type",
    "cross-origin-opener-policy",
    "cross-origin-resource-policy",
    "date",
    "referrer-policy",
    "strict-transport-security",
    "transfer-encoding",
    "vary",
    "x-accel-buffering",
    "x-content-type-options",
];

/// Holds an answer to the document.
#[track_caller]
pub(crate) fn check(method: &Method, path: &str, answer: &Answered) {
    let Some(operation) = operation(method, path) else { return };
    let (status, text) = (answer.status.as_u16(), &answer.text);
    let response = resolved(&operation["responses"][status.to_string()]);
    assert!(response.is_object(), "{method} {path} does not document {status}: {text}");
    let codes = codes(response);
    if !answer.status.is_success() {
        let code = serde_json::from_str::<Value>(text).unwrap_or_default()["code"].clone();
        assert!(codes.contains(&code), "{method} {path} does not document {code}: {text}");
    }
    check_headers(response, codes.len() < 2, answer)
        .unwrap_or_else(|wrong| panic!("{method} {path} {status}: {wrong}"));
    let media_type = answer.header("content-type").unwrap_or_default();
    let schema = &response["content"][media_type]["schema"];
    assert_eq!(schema.is_object(), !media_type.is_empty(), "{method} {path} does not document {media_type}");
    if media_type.ends_with("json") {
        fits(schema, &answer.json()).unwrap_or_else(|wrong| panic!("{method} {path} {status}: {wrong}: {text}"));
    }
}

/// `same`: whether every answer of that status carries the same headers.
fn check_headers(response: &'static Value, same: bool, answer: &Answered) -> Result<(), String> {
    const SOMETIMES: [&str; 1] = ["Idempotent-Replayed"];
    let documented: Vec<_> = response["headers"].as_object().into_iter().flat_map(|headers| headers.keys()).collect();
    for name in answer.headers.keys().map(|name| name.as_str()) {
        let known = OF_NO_OPERATION.contains(&name) || documented.iter().any(|known| known.eq_ignore_ascii_case(name));
        known.then_some(()).ok_or_else(|| format!("does not document {name}"))?;
    }
    let always = documented.into_iter().filter(|name| same && !SOMETIMES.contains(&name.as_str()));
    let missing = always.filter(|name| answer.header(name).is_none()).collect::<Vec<_>>();
    if missing.is_empty() { Ok(()) } else { Err(format!("lacks {missing:?}")) }
}

/// Whether a value is what a schema says, and has no member that it does not name.
pub(super) fn fits(schema: &'static Value, value: &Value) -> Result<(), String> {
    let schema = resolved(schema);
    if let Some(either) = schema["oneOf"].as_array() {
        let tried: Vec<_> = either.iter().map(|schema| fits(schema, value)).collect();
        return if tried.iter().any(Result::is_ok) { Ok(()) } else { Err(format!("{tried:?}")) };
    }
    let is = |kind: &Value| match kind.as_str().unwrap_or_default() {
        "string" => value.is_string(),
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        "boolean" => value.is_boolean(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        "null" => value.is_null(),
        other => panic!("{other} is no type"),
    };
    let fine = match &schema["type"] {
        Value::Null => true,
        Value::Array(kinds) => kinds.iter().any(is),
        kind => is(kind),
    };
    let listed = schema["enum"].as_array().is_none_or(|names| names.contains(value));
    if !fine || !listed {
        return Err(format!("{value} is not {schema}"));
    }
    for item in value.as_array().into_iter().flatten() {
        fits(&schema["items"], item)?;
    }
    let objects = objects(schema);
    let Some(members) = value.as_object().filter(|_| !objects.is_empty()) else { return Ok(()) };
    for name in objects.iter().filter_map(|object| object["required"].as_array()).flatten() {
        members.get(name.as_str().unwrap()).ok_or_else(|| format!("lacks {name}"))?;
    }
    for (name, value) in members {
        let known: Vec<_> = objects.iter().filter_map(|object| object["properties"].get(name)).collect();
        (!known.is_empty()).then_some(()).ok_or_else(|| format!("has an undocumented {name}"))?;
        known.into_iter().try_for_each(|schema| fits(schema, value))?;
    }
    Ok(())
}

/// The schemas with members that one is made of.
fn objects(schema: &'static Value) -> Vec<&'static Value> {
    let schema = resolved(schema);
    let parts = schema["allOf"].as_array().into_iter().flatten().flat_map(objects);
    parts.chain(schema["properties"].is_object().then_some(schema)).collect()
}

/// Whoever reads an answer finds every member in it, but for these; what is not known is `null`.
#[test]
fn nothing_else_is_left_out_of_an_answer() {
    let mut left_out = Vec::new();
    let mut seen = Vec::new();
    let responses = super::operations().into_iter().map(|operation| &operation["responses"]);
    let mut unseen: Vec<(&str, &Value)> = responses.map(|responses| ("", responses)).collect();
    while let Some((of, value)) = unseen.pop() {
        if let Some(reference) = value["$ref"].as_str().filter(|reference| !seen.contains(reference)) {
            seen.push(reference);
            unseen.push((reference.rsplit('/').next().unwrap(), resolved(value)));
        }
        let required =
            |name: &String| value["required"].as_array().is_some_and(|known| known.contains(&name.as_str().into()));
        let names = value["properties"].as_object().into_iter().flat_map(|members| members.keys());
        let optional = names.filter(|name| !required(name)).map(|name| format!("{of}.{name}"));
        // That of a problem says only which codes there are.
        left_out.extend(optional.filter(|name| !name.ends_with(".code")));
        unseen.extend(value.as_object().into_iter().flat_map(|members| members.values()).map(|member| (of, member)));
        unseen.extend(value.as_array().into_iter().flatten().map(|item| (of, item)));
    }
    left_out.sort();
    let expected = [
        "BatchItem.duplicate",
        "BatchItem.id",
        "BatchItem.matched",
        "BatchItem.problem",
        "CreatedWebhook.secret",
        "CustomHeader.value",
        "EventSelection.conditions",
        "EventSelection.types",
        "Phases.body_us",
        "Phases.connect_us",
        "Phases.dns_us",
        "Phases.first_byte_us",
        "Problem.errors",
    ];
    assert_eq!(left_out, expected);
    assert!(seen.len() > 50, "{seen:?}");
}

/// A list's rows are of the type that is read one by one.
#[test]
fn a_page_refers_to_its_rows() {
    for (name, schema) in DOCUMENT["components"]["schemas"].as_object().unwrap() {
        if let Some(row) = name.strip_prefix("Page_") {
            let items = &schema["properties"]["items"]["items"];
            assert_eq!(items["$ref"], format!("#/components/schemas/{row}"));
        }
    }
}
