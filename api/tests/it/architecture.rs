//! The rules of the architecture that a machine can check.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

const API: &str = env!("CARGO_MANIFEST_DIR");

/// Every Rust file below a folder of this crate, by its path from there.
fn sources(folder: &str) -> Vec<(String, String)> {
    let root = Path::new(API).join(folder);
    let mut found = Vec::new();
    let mut folders = vec![root.clone()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|ending| ending == "rs") {
                let name = path.strip_prefix(&root).unwrap().to_str().unwrap().to_owned();
                found.push((name, code(&fs::read_to_string(path).unwrap())));
            }
        }
    }
    assert!(!found.is_empty(), "{folder}");
    found.sort();
    found
}

/// A file without its comments.
fn code(text: &str) -> String {
    let lines = text.lines().filter(|line| !line.trim_start().starts_with("//"));
    lines.map(|line| format!("{line}\n")).collect()
}

fn naming<'a>(files: &'a [(String, String)], words: &[&str]) -> Vec<&'a str> {
    let named = files.iter().filter(|(_, text)| words.iter().any(|word| text.contains(word)));
    named.map(|(name, _)| name.as_str()).collect()
}

#[test]
fn backends_are_named_only_where_connections_are_made_and_in_the_hot_statements() {
    let files = sources("src");
    let naming = naming(
        &files,
        &[
            "Db::Sqlite",
            "Db::Postgres",
            "PgConnection",
            "SqliteConnection",
            "DatabaseUrl::Sqlite",
            "DatabaseUrl::Postgres",
        ],
    );
    let allowed = |name: &str| name.starts_with("store/connection") || name.starts_with("store/queue");
    let elsewhere: Vec<_> = naming.iter().filter(|name| !allowed(name)).collect();
    assert!(elsewhere.is_empty(), "a match on the database is contagious; it has come to {elsewhere:?}");
    assert!(naming.contains(&"store/connection.rs"), "the words that are looked for are used no more");
}

#[test]
fn handlers_know_no_sql_and_the_store_no_http() {
    let files = sources("src");
    let sql = naming(&files, &["diesel", "sql_query", "store::schema"]);
    let elsewhere: Vec<_> = sql.iter().filter(|name| **name != "store.rs" && !name.starts_with("store/")).collect();
    assert!(elsewhere.is_empty(), "SQL has come to {elsewhere:?}");
    assert_eq!(naming(&sources("src/store"), &["actix", "reqwest", "hyper", "http::", "crate::routes"]), [""; 0]);
}

#[test]
fn dependencies_point_one_way() {
    assert_eq!(
        naming(&sources("src/delivery"), &["actix", "crate::routes", "crate::intake", "crate::problem", "rekey::"]),
        [""; 0]
    );
    let store = ["crate::routes", "crate::intake", "crate::delivery", "crate::problem", "crate::app"];
    assert_eq!(naming(&sources("src/store"), &store), [""; 0]);
    // Who answers HTTP stands above all else: the rules of the resources are there without it.
    let files = sources("src");
    let is_above = |name: &str| {
        let folders = ["server", "routes", "openapi", "commands"];
        folders.iter().any(|folder| name == format!("{folder}.rs") || name.starts_with(&format!("{folder}/")))
    };
    let naming_them = naming(&files, &["crate::routes", "crate::server"]);
    let below: Vec<_> = naming_them.into_iter().filter(|name| !is_above(name)).collect();
    assert_eq!(below, [""; 0]);
    for (package, foreign) in
        [("shared", &["actix", "diesel", "tokio", "chrono"][..]), ("web", &["diesel", "actix", "api"])]
    {
        let manifest = fs::read_to_string(Path::new(API).join("..").join(package).join("Cargo.toml")).unwrap();
        let named = foreign.iter().filter(|name| manifest.lines().any(|line| line.starts_with(**name)));
        assert_eq!(named.count(), 0, "{package} depends on one of {foreign:?}");
    }
}

#[test]
fn both_databases_have_the_same_migrations() {
    let migrations = |backend: &str| -> BTreeSet<PathBuf> {
        let root = Path::new(API).join("../migrations").join(backend);
        let folders = fs::read_dir(&root).unwrap().map(|entry| entry.unwrap().path());
        let files = folders.flat_map(|folder| fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()));
        files.map(|file| file.strip_prefix(&root).unwrap().to_owned()).collect()
    };
    let sqlite = migrations("sqlite");
    assert_eq!(sqlite, migrations("postgres"));
    let folders: BTreeSet<_> = sqlite.iter().map(|file| file.parent().unwrap()).collect();
    for folder in &folders {
        for file in ["up.sql", "down.sql"] {
            assert!(sqlite.contains(&folder.join(file)), "{} has no {file}", folder.display());
        }
    }
    assert!(!folders.is_empty());
}
