//! `cargo xtask schemathesis`: requests made from the OpenAPI document, good and bad ones, and what the server answers, held together.

use std::{
    fs,
    io::{BufRead as _, BufReader},
    path::{Path, PathBuf},
    process::{Child, Stdio},
};

use anyhow::{Context as _, Result, bail};

use crate::{command, step::step, tools};

/// No answer is an error of ours, and none has a status, a type, a header or a body that the document does not name. Whether the server
/// takes just what the document says is held by `the_documented_bounds_are_those_that_are_checked`: a made up webhook, link or cursor that
/// fits its schema is refused all the same.
const CHECKS: &str = "not_a_server_error,status_code_conformance,content_type_conformance,response_headers_conformance,\
                      response_schema_conformance";
/// How many requests are made up for each operation in each phase.
const EXAMPLES: &str = "25";
/// A stream that never ends.
const ENDLESS: &str = "/api/v1/live";

/// Starts that server on a database of its own, and runs the checks.
pub(crate) fn run(server: fn() -> Result<PathBuf>, arguments: &[String]) -> Result<()> {
    let mut schemathesis = tools::schemathesis()?;
    let binary = server()?;
    let folder = std::env::temp_dir().join(format!("hookwright-schemathesis-{}", std::process::id()));
    fs::create_dir_all(&folder)?;
    let checked = step("answers against the OpenAPI document", || {
        let server = Server::start(&binary, folder.join("hookwright.db"))?;
        let run = schemathesis.current_dir(&folder);
        run.arg("run").arg(format!("{}/api/v1/openapi.json", server.url));
        run.args(["--header", &format!("Authorization: Bearer {}", server.key)]);
        // Made up ones would be answered with 404, whatever else the request has.
        run.args(["--header", "Hookwright-Tenant: 00000000000000000000000000"]);
        run.args(["--checks", CHECKS, "--phases", "examples,coverage,fuzzing", "--max-examples", EXAMPLES]);
        run.args(["--exclude-path", ENDLESS, "--workers", "2", "--seed", "1", "--no-color"]).args(arguments);
        command::run(run)
    });
    fs::remove_dir_all(&folder)?;
    checked
}

/// A server that ends with this value.
struct Server {
    child: Child,
    url: String,
    key: String,
}

impl Server {
    fn start(binary: &Path, database: PathBuf) -> Result<Self> {
        let database = format!("sqlite://{}", database.display());
        let mut serve = command::program(binary);
        serve.args(["serve", "--listen", "127.0.0.1:0", "--database-url", &database, "--example-catalogue", "true"]);
        // From here on whatever fails ends the server too.
        let mut server = Self { child: serve.stderr(Stdio::piped()).spawn()?, url: String::new(), key: String::new() };
        let mut lines = BufReader::new(server.child.stderr.take().context("no log")?).lines();
        server.url = loop {
            let Some(line) = lines.next().transpose()? else { bail!("the server did not start") };
            if let Some((_, rest)) = line.split_once("the portal is at ") {
                break rest.split(',').next().unwrap_or_default().to_owned();
            }
        };
        // Somebody must read the log, or the server waits for it in the end; its errors are what this is about.
        std::thread::spawn(move || {
            lines.map_while(Result::ok).filter(|line| line.contains("ERROR")).for_each(|line| eprintln!("{line}"));
        });
        let mut add = command::program(binary);
        add.args("key add --name schemathesis --role admin --platform --database-url".split(' ')).arg(&database);
        server.key = command::output(&mut add)?.lines().last().unwrap_or_default().to_owned();
        Ok(server)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It has ended by itself if this fails.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
