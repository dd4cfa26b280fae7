//! What the data of a type has in it: the fields that its schema describes, or those of its example.

use crate::{
    json::{self, Kind, Node},
    strings::strings,
};
use leptos::prelude::*;
use shared::EventType;

/// More of them are left to the schema.
const MOST: usize = 100;

/// More of a field's values are left to it, too.
const MOST_VALUES: usize = 12;

/// A field of the data.
#[derive(Debug, Default, PartialEq, Eq)]
struct Field {
    /// Its path from the data on: `customer.name`, `items[].price`.
    name: String,
    /// Its JSON type, or what else the schema says of it: `string`, `number | null`.
    kind: String,
    /// Whether no event is without it, as far as the schema says.
    required: bool,
    /// What it means, and which values it has where these are few.
    meaning: String,
}

/// The table of the fields; nothing where the type tells of none.
pub(super) fn table(EventType { name, example, schema, .. }: &EventType) -> Option<AnyView> {
    let t = &strings().catalogue;
    let of_schema = schema.as_deref().and_then(json::parse).map(|schema| of_schema(&schema));
    let fields = match of_schema.filter(|fields| !fields.is_empty()) {
        Some(fields) => fields,
        None => of_example(member(&json::parse(example.as_deref()?)?, "data")?),
    };
    if fields.is_empty() {
        return None;
    }
    let has_meanings = fields.iter().any(|field| !field.meaning.is_empty());
    let rows = fields.into_iter().map(|Field { name, kind, required, meaning }| {
        let required = required.then(|| view! { " "<span class="badge">{t.required}</span> });
        let meaning = has_meanings.then(|| view! { <td role="cell">{meaning}</td> });
        view! { <tr role="row"><th scope="row" role="rowheader" class="mono">{name}</th><td role="cell"><code>{kind}</code>{required}</td>{meaning}</tr> }
    });
    let rows: Vec<_> = rows.collect();
    let meaning = has_meanings.then(|| view! { <th scope="col" role="columnheader">{t.meaning}</th> });
    Some(
        view! {
            <div class="card">
                <div class="cardhead"><h2>{t.fields}</h2></div>
                <table class="plain by-type" role="table" aria-label=format!("{}: {name}", t.fields)>
                    <thead role="rowgroup"><tr role="row">
                        <th scope="col" role="columnheader">{t.field}</th><th scope="col" role="columnheader">{t.kind}</th>{meaning}
                    </tr></thead>
                    <tbody role="rowgroup">{rows}</tbody>
                </table>
            </div>
        }
        .into_any(),
    )
}

/// Those of a JSON Schema, in its order. What it refers to elsewhere is not looked up.
fn of_schema(schema: &Node) -> Vec<Field> {
    let mut fields = Vec::new();
    describe(schema, "", &mut fields);
    fields
}

fn describe(schema: &Node, prefix: &str, fields: &mut Vec<Field>) {
    let Some(Node::Object(properties)) = member(schema, "properties") else { return };
    let required = texts(member(schema, "required"));
    for (key, property) in properties {
        if fields.len() >= MOST {
            return cut(fields);
        }
        let key = unquoted(key);
        let name = format!("{prefix}{key}");
        let items = member(property, "items");
        let mut kind = texts(member(property, "type")).join(" | ");
        let of_items = items.map(|items| texts(member(items, "type")).join(" | ")).unwrap_or_default();
        if kind == "array" && !of_items.is_empty() {
            kind = format!("{of_items}[]");
        }
        if let Some(Node::Scalar(_, format)) = member(property, "format") {
            kind = format!("{kind} ({})", unquoted(format)).trim_start().to_owned();
        }
        let mut values = texts(member(property, "enum"));
        if values.len() > MOST_VALUES {
            values.truncate(MOST_VALUES);
            values.push("…".to_owned());
        }
        let values = values.join(", ");
        let description = texts(member(property, "description")).join("");
        let meaning = [description, values].into_iter().filter(|text| !text.is_empty()).collect::<Vec<_>>().join(": ");
        fields.push(Field { kind, required: required.contains(&key), meaning, name: name.clone() });
        describe(property, &format!("{name}."), fields);
        if let Some(items) = items {
            describe(items, &format!("{name}[]."), fields);
        }
    }
}

/// Says that there are more.
fn cut(fields: &mut Vec<Field>) {
    if fields.len() == MOST {
        fields.push(Field { name: "…".to_owned(), ..Field::default() });
    }
}

/// Those of an example's data.
fn of_example(data: &Node) -> Vec<Field> {
    let mut fields = Vec::new();
    look(data, "", &mut fields);
    fields
}

fn look(value: &Node, prefix: &str, fields: &mut Vec<Field>) {
    let Node::Object(members) = value else { return };
    for (key, value) in members {
        if fields.len() >= MOST {
            return cut(fields);
        }
        let name = format!("{prefix}{}", unquoted(key));
        let kind = match value {
            Node::Array(items) => items.first().map_or("array".to_owned(), |first| format!("{}[]", kind_of(first))),
            value => kind_of(value).to_owned(),
        };
        fields.push(Field { name: name.clone(), kind, ..Field::default() });
        match value {
            // The items of a list are alike.
            Node::Array(items) => {
                items.first().into_iter().for_each(|first| look(first, &format!("{name}[]."), fields))
            }
            value => look(value, &format!("{name}."), fields),
        }
    }
}

/// The name that JSON Schema has for it.
fn kind_of(value: &Node) -> &'static str {
    match value {
        Node::Scalar(Kind::String, _) => "string",
        Node::Scalar(Kind::Number, _) => "number",
        Node::Scalar(Kind::Keyword, text) if text == "null" => "null",
        Node::Scalar(Kind::Keyword, _) => "boolean",
        Node::Array(_) => "array",
        Node::Object(_) => "object",
    }
}

fn member<'a>(node: &'a Node, name: &str) -> Option<&'a Node> {
    let Node::Object(members) = node else { return None };
    members.iter().find(|(key, _)| unquoted(key) == name).map(|(_, value)| value)
}

/// A scalar, or the scalars of a list.
fn texts(node: Option<&Node>) -> Vec<String> {
    match node {
        Some(Node::Scalar(_, text)) => vec![unquoted(text)],
        Some(Node::Array(items)) => items.iter().flat_map(|item| texts(Some(item))).collect(),
        _ => Vec::new(),
    }
}

fn unquoted(text: &str) -> String {
    json::with_letters(text.strip_prefix('"').and_then(|text| text.strip_suffix('"')).unwrap_or(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(fields: &[Field]) -> Vec<String> {
        let told = |Field { name, kind, required, meaning }: &Field| {
            format!("{name} {kind}{} {meaning}", if *required { "!" } else { "" }).trim().to_owned()
        };
        fields.iter().map(told).collect()
    }

    #[test]
    fn a_schema_describes_its_fields_with_what_is_below_them() {
        let schema = r##"{"type": "object", "required": ["id", "lines"], "properties": {
            "id": {"type": "string", "description": "The order"},
            "paid": {"type": ["boolean", "null"]},
            "at": {"type": "string", "format": "date-time"},
            "status": {"enum": ["OPEN", "PA\u00c7A", 3], "description": "How it stands"},
            "customer": {"type": "object", "required": ["name"], "properties": {"name": {"type": "string"}}},
            "lines": {"type": "array", "items": {"type": "object", "properties": {"sku": {"type": "string"}}}},
            "tags": {"type": "array", "items": {"$ref": "#/$defs/x"}}, "on": {"format": "date"},
            "other": {"$ref": "#/$defs/x"}
        }}"##;
        assert_eq!(
            told(&of_schema(&json::parse(schema).unwrap())),
            [
                "id string! The order",
                "paid boolean | null",
                "at string (date-time)",
                "status  How it stands: OPEN, PAÇA, 3",
                "customer object",
                "customer.name string!",
                "lines object[]!",
                "lines[].sku string",
                "tags array",
                "on (date)",
                "other",
            ]
        );
    }

    #[test]
    fn an_example_tells_names_and_types() {
        let data = r#"{"id": "A", "n": 1.50, "ok": true, "none": null, "tags": ["a"], "empty": [], "lines": [{"sku": "x"}, {"sku": "y"}]}"#;
        assert_eq!(
            told(&of_example(&json::parse(data).unwrap())),
            [
                "id string",
                "n number",
                "ok boolean",
                "none null",
                "tags string[]",
                "empty array",
                "lines object[]",
                "lines[].sku string",
            ]
        );
        assert_eq!(of_example(&json::parse("[1]").unwrap()), []);
        let many = format!("{{{}}}", (0..150).map(|n| format!("\"f{n}\": 1")).collect::<Vec<_>>().join(","));
        let fields = of_example(&json::parse(&many).unwrap());
        assert_eq!((fields.len(), &*fields[MOST].name), (MOST + 1, "…"));
    }
}
