//! The portal's files: the page with links to hashed names, and what it links to.

use std::{
    fmt::Write as _,
    fs,
    hash::{DefaultHasher, Hash, Hasher},
    path::Path,
};

use anyhow::{Context, Result, bail};

use super::parts;

/// A file of the portal.
pub(crate) struct File {
    /// Its path below `web/dist`.
    pub(crate) name: String,
    pub(crate) bytes: Vec<u8>,
}

/// Replaces the lines of `index.html` that are for Trunk with links to the files they stand for, as Trunk does.
///
/// `web`: the portal's sources. `bound`: what wasm-bindgen made.
pub(crate) fn assemble(web: &Path, bound: &Path) -> Result<Vec<File>> {
    let (folder, mut files) = bundle(bound)?;
    let parts = files.iter().map(|file| file.name.clone()).filter(|name| name.ends_with(".wasm"));
    let later: Vec<_> = parts.filter(|name| !name.ends_with("_bg.wasm")).collect();
    let mut page = String::new();
    let index = fs::read_to_string(web.join("index.html")).context("web/index.html")?;
    for line in index.lines() {
        if line.contains("data-trunk") {
            page += &replaced(line, web, &folder, &later, &mut files)?;
        } else {
            page += line;
        }
        page.push('\n');
    }
    files.push(File { name: "index.html".into(), bytes: page.into_bytes() });
    Ok(files)
}

fn replaced(line: &str, web: &Path, folder: &str, later: &[String], files: &mut Vec<File>) -> Result<String> {
    let read = |path: &Path| fs::read(path).with_context(|| path.display().to_string());
    let attribute = |name: &str| {
        let (_, rest) = line.split_once(&format!("{name}=\""))?;
        rest.split_once('"').map(|(value, _)| value)
    };
    let mut add = |stem: &str, ending: &str, bytes: Vec<u8>| {
        let name = format!("{stem}-{}.{ending}", hash(&bytes));
        files.push(File { name: name.clone(), bytes });
        name
    };
    Ok(match (attribute("rel"), attribute("href"), attribute("src")) {
        (Some("copy-file"), Some(href), _) => {
            files.push(File { name: href.to_owned(), bytes: read(&web.join(href))? });
            String::new()
        }
        (Some("css"), Some(href), _) => {
            let name = add("app", "css", read(&web.join(href))?);
            format!("    <link rel=\"stylesheet\" href=\"/{name}\">")
        }
        (Some("rust"), ..) => {
            let mut links = format!(
                "    <link rel=\"modulepreload\" href=\"/{folder}/web.js\">\n    \
                 <link rel=\"preload\" href=\"/{folder}/web_bg.wasm\" as=\"fetch\" type=\"application/wasm\" crossorigin>"
            );
            // `boot.js` turns those into preloads that the page of the address needs.
            let table = fs::read_to_string(web.join("src/app.rs")).context("web/src/app.rs")?;
            let script = files.iter().find(|file| file.name.ends_with("/web.js")).context("web.js")?;
            let script = String::from_utf8_lossy(&script.bytes).into_owned();
            for name in later {
                let pages = parts::addresses(&table, &script, name.rsplit('/').next().unwrap_or(name))?;
                write!(
                    links,
                    "\n    <link rel=\"later\" href=\"/{name}\" data-pages=\"{pages}\" as=\"fetch\" crossorigin>"
                )?;
            }
            links
        }
        (None, _, Some(src)) => {
            let name = add("boot", "js", read(&web.join(src))?);
            format!("    <script type=\"module\" src=\"/{name}\"></script>")
        }
        _ => bail!("web/index.html: it is not known here what this line asks for: {line}"),
    })
}

/// What was made from the portal's code, in a folder that is named by the hash of it all: the files name each other.
fn bundle(bound: &Path) -> Result<(String, Vec<File>)> {
    let mut made = Vec::new();
    for entry in fs::read_dir(bound)? {
        let path = entry?.path();
        if path.is_dir() {
            bail!("a dependency of the portal brings JavaScript snippets; they are not carried yet");
        }
        let name = path.file_name().context("a file has a name")?.to_string_lossy().into_owned();
        made.push((name, fs::read(&path)?));
    }
    made.sort();
    let folder = format!("web-{}", hash(&made));
    let files = made.into_iter().map(|(name, bytes)| File { name: format!("{folder}/{name}"), bytes }).collect();
    Ok((folder, files))
}

fn hash(content: &impl Hash) -> String {
    let mut hasher = DefaultHasher::new();
    content.hash(&mut hasher);
    format!("{:016x}", hasher.finish())
}
