//! The same JSON as the usual libraries write it: whoever parses a body and writes it again gets one of these.

use crate::{
    few::in_order,
    json::{self, Node},
};

/// How a library separates and indents.
struct Style {
    indent: Option<&'static str>,
    comma: &'static str,
    colon: &'static str,
}

/// Compact; with spaces, as Python does; indented by two, four, or a tab.
const STYLES: [Style; 5] = [
    Style { indent: None, comma: ",", colon: ":" },
    Style { indent: None, comma: ", ", colon: ": " },
    Style { indent: Some("  "), comma: ",", colon: ": " },
    Style { indent: Some("    "), comma: ",", colon: ": " },
    Style { indent: Some("\t"), comma: ",", colon: ": " },
];

/// The other forms of a JSON text; none if it is no JSON. Keys in their order and sorted, slashes escaped (PHP) and not.
pub(super) fn of(text: &str) -> Vec<String> {
    let Some(tree) = json::parse(text) else { return Vec::new() };
    let sorted = sorted(&tree);
    let mut forms = Vec::new();
    for tree in [&tree, &sorted] {
        for style in &STYLES {
            let mut form = String::new();
            write(tree, style, 0, &mut form);
            forms.push(form.replace("\\/", "/"));
            if form.contains('/') {
                forms.push(form.replace("\\/", "/").replace('/', "\\/"));
            }
            forms.push(form);
        }
    }
    forms.retain(|form| form != text);
    forms
}

fn sorted(node: &Node) -> Node {
    match node {
        Node::Scalar(..) => node.clone(),
        Node::Array(items) => Node::Array(items.iter().map(sorted).collect()),
        Node::Object(members) => {
            let members = in_order(members, |(key, _)| key);
            Node::Object(members.into_iter().map(|(key, value)| (key.clone(), sorted(value))).collect())
        }
    }
}

fn write(node: &Node, style: &Style, depth: usize, to: &mut String) {
    let (open, close, entries): (_, _, Vec<(Option<&str>, &Node)>) = match node {
        Node::Scalar(_, text) => {
            to.push_str(text);
            return;
        }
        Node::Array(items) => ('[', ']', items.iter().map(|item| (None, item)).collect()),
        Node::Object(members) => ('{', '}', members.iter().map(|(key, value)| (Some(key.as_str()), value)).collect()),
    };
    let line = |depth: usize, to: &mut String| {
        if let Some(indent) = style.indent {
            to.push('\n');
            to.push_str(&indent.repeat(depth));
        }
    };
    to.push(open);
    for (index, (key, value)) in entries.iter().enumerate() {
        if index > 0 {
            to.push_str(style.comma);
        }
        line(depth + 1, to);
        if let Some(key) = key {
            to.push_str(key);
            to.push_str(style.colon);
        }
        write(value, style, depth + 1, to);
    }
    if !entries.is_empty() {
        line(depth, to);
    }
    to.push(close);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_usual_forms_are_made() {
        let forms = of(r#"{"b":1e400,"a":["x/y",{}]}"#);
        for form in [
            r#"{"b": 1e400, "a": ["x/y", {}]}"#,
            "{\n  \"b\": 1e400,\n  \"a\": [\n    \"x/y\",\n    {}\n  ]\n}",
            r#"{"b":1e400,"a":["x\/y",{}]}"#,
            r#"{"a":["x/y",{}],"b":1e400}"#,
        ] {
            assert!(forms.iter().any(|made| made == form), "{form} in {forms:?}");
        }
        assert!(of("no json").is_empty());
    }
}
