//! Which pages need which part of the portal's code, read from the table of pages in `web/src/app.rs`.

use anyhow::{Result, bail};

/// The addresses whose pages need that file, as a regular expression of JavaScript.
///
/// `table`: the source of the table. `script`: what loads the files; it says which parts share a chunk. `file`: a file that the cutting
/// has made, such as `split_event_pages.wasm` or `chunk_4.wasm`.
pub(crate) fn addresses(table: &str, script: &str, file: &str) -> Result<String> {
    let name = file.strip_suffix(".wasm").unwrap_or(file);
    let parts = match name.strip_prefix("split_") {
        Some(part) => vec![part],
        None => sharing(script, name),
    };
    let pages: Vec<_> = pages(table)
        .into_iter()
        .filter(|(_, part)| parts.contains(&part.as_str()))
        .map(|(address, _)| format!("^{address}$"))
        .collect();
    if pages.is_empty() {
        bail!("no page in web/src/app.rs needs {file}");
    }
    Ok(pages.join("|"))
}

/// The parts that need a chunk: what loads a part names its chunks in a list behind it.
fn sharing<'a>(script: &'a str, chunk: &str) -> Vec<&'a str> {
    let parts = script.split("export const __wasm_split_load_").skip(1);
    let lists = parts.filter_map(|part| {
        let (name, rest) = part.split_once(" = ")?;
        Some((name, between(rest, ", [", "]")?))
    });
    let has_it = |list: &str| list.split(", ").any(|name| name.strip_prefix("__") == Some(chunk));
    lists.filter(|(_, list)| has_it(list)).map(|(name, _)| name).collect()
}

/// The pages that come in parts: their addresses, and the functions at which `cargo xtask web` cuts.
fn pages(table: &str) -> Vec<(String, String)> {
    let mut parent = "";
    let mut pages = Vec::new();
    for line in table.lines() {
        let path = between(line, "path!(\"", "\")");
        match path {
            Some(path) if line.contains("<ParentRoute") => parent = path,
            _ if line.contains("</ParentRoute") => parent = "",
            _ => {}
        }
        if let (Some(path), Some(part)) = (path, between(line, "view=", "::")) {
            pages.push((pattern(parent) + &pattern(path), snake(part)));
        }
    }
    pages
}

fn between<'a>(line: &'a str, before: &str, after: &str) -> Option<&'a str> {
    line.split_once(before)?.1.split_once(after).map(|(found, _)| found)
}

fn pattern(path: &str) -> String {
    let segment = |segment: &str| match segment.strip_prefix(':') {
        Some(name) if name.ends_with('?') => "(/[^/]+)?".to_owned(),
        Some(_) => "/[^/]+".to_owned(),
        None => format!("/{segment}"),
    };
    path.split('/').filter(|part| !part.is_empty()).map(segment).collect()
}

/// `EventPages` as `event_pages`.
fn snake(name: &str) -> String {
    let mut snake = String::new();
    for letter in name.chars() {
        if letter.is_uppercase() && !snake.is_empty() {
            snake.push('_');
        }
        snake.extend(letter.to_lowercase());
    }
    snake
}

#[cfg(test)]
mod tests {
    use super::*;

    const TABLE: &str = r#"
        <Route path=path!("/") view=|| view! { <Redirect path="/webhooks"/> }/>
        <ParentRoute path=path!("/webhooks") view=WebhooksPage>
            <Route path=path!("") view=|| ()/>
            <Route path=path!("new") view=OtherPages::NewWebhook/>
        </ParentRoute>
        <Route path=path!("/webhooks/:id/events") view=EventPages::OfWebhook/>
        <Route path=path!("/events/:id/:tab?") view=EventPages::Delivery/>
    "#;

    /// As `wasm-split` writes it.
    const SCRIPT: &str = "\
        const __chunk_1 = makeLoad(() => {\n\
        export const __wasm_split_load_other_pages = wrapAsyncCb(makeLoad(() => {\n}\n, [__chunk_1]));\n\
        export const __wasm_split_load_event_pages = wrapAsyncCb(makeLoad(() => {\n}\n, [__chunk_1, __chunk_11]));\n";

    #[test]
    fn a_part_is_needed_where_its_pages_are() {
        let addresses = |file| addresses(TABLE, SCRIPT, file).unwrap();
        assert_eq!(addresses("split_other_pages.wasm"), "^/webhooks/new$");
        assert_eq!(addresses("split_event_pages.wasm"), "^/webhooks/[^/]+/events$|^/events/[^/]+(/[^/]+)?$");
    }

    #[test]
    fn what_parts_share_is_needed_where_they_are() {
        let count = |file| addresses(TABLE, SCRIPT, file).unwrap().split('|').count();
        assert_eq!((count("chunk_1.wasm"), count("chunk_11.wasm")), (3, 2));
    }

    #[test]
    fn a_part_that_no_page_needs_is_a_mistake() {
        for file in ["split_third_pages.wasm", "chunk_2.wasm"] {
            assert!(addresses(TABLE, SCRIPT, file).is_err());
        }
    }

    #[test]
    fn the_portal_has_pages_in_parts() {
        let table = std::fs::read_to_string(crate::project::root().join("web/src/app.rs")).unwrap();
        assert!(pages(&table).len() > 10);
    }
}
