//! JSON for reading: a tree over the text as it stands. Numbers, key order and duplicate keys stay what they are, which a parsed
//! value would lose.

/// Deeper JSON is shown as text.
const DEEPEST: usize = 64;
/// JSON with more values is shown as text: the page would get slow.
const MOST_NODES: usize = 2_000;

/// A value of JSON. Texts are slices of the source, with their quotes and escapes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Node {
    /// A string, number, or one of `true`, `false`, `null`.
    Scalar(Kind, String),
    /// An array.
    Array(Vec<Node>),
    /// An object's members in their order.
    Object(Vec<(String, Node)>),
}

/// What a scalar is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    String,
    Number,
    Keyword,
}

/// The tree of a JSON text; nothing if it is no JSON, or too much of it.
pub(crate) fn parse(text: &str) -> Option<Node> {
    let mut reader = Reader { text, at: 0, nodes: 0 };
    let node = reader.value(0)?;
    reader.skip_space();
    (reader.at == text.len()).then_some(node)
}

/// Where a text is no JSON, as line and column; nothing if it is JSON.
pub(crate) fn fault(text: &str) -> Option<(usize, usize)> {
    let parsed = serde_json::from_str::<&serde_json::value::RawValue>(text);
    parsed.err().map(|error| (error.line(), error.column()))
}

/// A JSON text with each value on a line of its own, every token as it stands: for what is too much for a tree. Nothing if it is no
/// JSON, or too deep to be read.
pub(crate) fn indented(text: &str) -> Option<String> {
    serde_json::from_str::<&serde_json::value::RawValue>(text).ok()?;
    let (mut lines, mut depth) = (String::new(), 0);
    // Whether the next token begins a line, and how a string goes on.
    let (mut begins, mut is_string, mut is_escaped) = (false, false, false);
    let begin = |lines: &mut String, depth: usize| {
        lines.push('\n');
        lines.extend(std::iter::repeat_n("  ", depth));
    };
    for c in text.chars() {
        if is_string {
            is_string = c != '"' || is_escaped;
            is_escaped = c == '\\' && !is_escaped;
            lines.push(c);
            continue;
        }
        match c {
            ' ' | '\t' | '\n' | '\r' => continue,
            '}' | ']' => {
                depth -= 1;
                // What is empty stays on its line.
                if !begins {
                    begin(&mut lines, depth);
                }
            }
            _ if begins => begin(&mut lines, depth),
            _ => {}
        }
        begins = matches!(c, '{' | '[' | ',');
        lines.push(c);
        match c {
            '{' | '[' if depth == DEEPEST => return None,
            '{' | '[' => depth += 1,
            ':' => lines.push(' '),
            '"' => is_string = true,
            _ => {}
        }
    }
    Some(lines)
}

/// JSON with the letters that its escapes stand for. What stands for a control character, or would end the string, stays as it is.
pub(crate) fn with_letters(text: &str) -> String {
    let (mut shown, mut rest) = (String::with_capacity(text.len()), text);
    while let Some(at) = rest.find('\\') {
        let (before, escape) = rest.split_at(at);
        let (length, letter) = unescaped(escape);
        let (escape, behind) = escape.split_at(length);
        shown.push_str(before);
        match letter.filter(|letter| !letter.is_control() && !['"', '\\'].contains(letter)) {
            Some(letter) => shown.push(letter),
            None => shown.push_str(escape),
        }
        rest = behind;
    }
    shown.push_str(rest);
    shown
}

/// How long the escape is that the text begins with, and what it stands for, where that is a letter; two of them may stand for one.
fn unescaped(text: &str) -> (usize, Option<char>) {
    let unit = |at: usize| {
        let digits = text.get(at..at + 6)?.strip_prefix("\\u")?;
        digits.bytes().all(|digit| digit.is_ascii_hexdigit()).then(|| u16::from_str_radix(digits, 16).ok())?
    };
    let Some(first) = unit(0) else {
        let letter = text[1..].chars().next();
        return (1 + letter.map_or(0, char::len_utf8), letter.filter(|letter| *letter == '/'));
    };
    match char::decode_utf16([first].into_iter().chain(unit(6))).next() {
        Some(Ok(letter)) => (6 * letter.len_utf16(), Some(letter)),
        _ => (6, None),
    }
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
    nodes: usize,
}

impl Reader<'_> {
    fn value(&mut self, depth: usize) -> Option<Node> {
        self.nodes += 1;
        if depth > DEEPEST || self.nodes > MOST_NODES {
            return None;
        }
        self.skip_space();
        match self.peek()? {
            b'{' => self.object(depth),
            b'[' => self.array(depth),
            b'"' => Some(Node::Scalar(Kind::String, self.string()?)),
            b'-' | b'0'..=b'9' => self.scalar(Kind::Number),
            _ => self.scalar(Kind::Keyword),
        }
    }

    fn object(&mut self, depth: usize) -> Option<Node> {
        let mut members = Vec::new();
        self.take(b'{')?;
        if self.take(b'}').is_some() {
            return Some(Node::Object(members));
        }
        loop {
            self.skip_space();
            let key = self.string()?;
            self.take(b':')?;
            members.push((key, self.value(depth + 1)?));
            if self.take(b',').is_none() {
                self.take(b'}')?;
                return Some(Node::Object(members));
            }
        }
    }

    fn array(&mut self, depth: usize) -> Option<Node> {
        let mut items = Vec::new();
        self.take(b'[')?;
        if self.take(b']').is_some() {
            return Some(Node::Array(items));
        }
        loop {
            items.push(self.value(depth + 1)?);
            if self.take(b',').is_none() {
                self.take(b']')?;
                return Some(Node::Array(items));
            }
        }
    }

    /// A string with its quotes.
    fn string(&mut self) -> Option<String> {
        let start = self.at;
        self.take(b'"')?;
        loop {
            match self.peek()? {
                b'"' => {
                    self.at += 1;
                    return Some(self.text[start..self.at].to_owned());
                }
                // Whatever is escaped does not end the string.
                b'\\' => self.at += 2,
                _ => self.at += 1,
            }
        }
    }

    /// Whether it is a right number or keyword is for serde to say.
    fn scalar(&mut self, kind: Kind) -> Option<Node> {
        let rest = &self.text[self.at..];
        let end = rest.find([',', '}', ']', ' ', '\t', '\n', '\r']).unwrap_or(rest.len());
        let token = &rest[..end];
        serde_json::from_str::<&serde_json::value::RawValue>(token).ok()?;
        self.at += end;
        Some(Node::Scalar(kind, token.to_owned()))
    }

    fn take(&mut self, byte: u8) -> Option<()> {
        self.skip_space();
        (self.peek()? == byte).then(|| self.at += 1)
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn skip_space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(text: &str) -> Node {
        Node::Scalar(Kind::Number, text.into())
    }

    #[test]
    fn what_stands_there_is_shown() {
        let text = r#" {"n": 1e400, "b":0.10,"n":[ 9007199254740993 , true ], "s":"a\"}é"} "#;
        let Some(Node::Object(members)) = parse(text) else { panic!("{text}") };
        let keys: Vec<_> = members.iter().map(|(key, _)| key.as_str()).collect();
        assert_eq!(keys, [r#""n""#, r#""b""#, r#""n""#, r#""s""#]);
        assert_eq!(members[0].1, number("1e400"));
        assert_eq!(members[1].1, number("0.10"));
        assert_eq!(
            members[2].1,
            Node::Array(vec![number("9007199254740993"), Node::Scalar(Kind::Keyword, "true".into())])
        );
        assert_eq!(members[3].1, Node::Scalar(Kind::String, r#""a\"}é""#.into()));
        assert_eq!(parse("{}"), Some(Node::Object(vec![])));
        assert_eq!(parse("[]"), Some(Node::Array(vec![])));
    }

    #[test]
    fn what_is_no_json_is_not_taken_for_it() {
        for text in [
            "",
            "hello",
            "{",
            "{\"a\"}",
            "[1,]",
            "{\"a\":1,}",
            "[1 2]",
            "\"open",
            "\"\\",
            "{} {}",
            "nul",
            "<p>",
            "01",
            "é",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }

    #[test]
    fn what_is_indented_keeps_its_tokens() {
        let text = r#" {"a":[1e400,{ }],"b\"]":"x, {\\" , "c":[]} "#;
        let lines = "{\n  \"a\": [\n    1e400,\n    {}\n  ],\n  \"b\\\"]\": \"x, {\\\\\",\n  \"c\": []\n}";
        assert_eq!(indented(text).as_deref(), Some(lines));
        assert_eq!(indented("{} {}"), None);
        assert_eq!(indented(&format!("{}{}", "[".repeat(100), "]".repeat(100))), None);
    }

    #[test]
    fn escapes_are_read_as_the_letters_they_stand_for() {
        for (escaped, shown) in [
            (r#""M\u00fcller \u0026 S\u00F6hne""#, r#""Müller & Söhne""#),
            (r#""\ud83d\ude00 \u65e5\u672c""#, r#""😀 日本""#),
            (r#""https:\/\/example.com\/a""#, r#""https://example.com/a""#),
            (r#""\\u00fc \n \u000a \u0022 \u005c \u007f""#, r#""\\u00fc \n \u000a \u0022 \u005c \u007f""#),
            (r#""\ud83d \ude00 \ud83d\u00fc \u12 \u+123 \é""#, r#""\ud83d \ude00 \ud83dü \u12 \u+123 \é""#),
            ("\\", "\\"),
        ] {
            assert_eq!(with_letters(escaped), shown);
        }
    }

    #[test]
    fn what_is_too_much_is_left_as_text() {
        assert_eq!(parse(&"[".repeat(100_000)), None);
        assert_eq!(parse(&format!("[{}1]", "1,".repeat(3_000))), None);
        assert!(parse(&format!("[{}1]", "1,".repeat(1_000))).is_some());
    }
}
