//! The `hookwright` binary as a process.

use std::{
    fmt::Display,
    io::{BufRead as _, BufReader, Read},
    process::{Child, Command, ExitStatus, Output, Stdio},
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

/// How long a test waits at most for what another process or thread shall do.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// The pause before something outside of a test's hands is looked at again.
pub(crate) const SHORTLY: Duration = Duration::from_millis(10);

/// What `look` finds once it does; until then it says what is missing.
pub(crate) async fn until<T, E: Display>(mut look: impl AsyncFnMut() -> Result<T, E>) -> T {
    let start = Instant::now();
    loop {
        match look().await {
            Ok(found) => return found,
            Err(missing) => assert!(start.elapsed() < PATIENCE, "{missing}"),
        }
        tokio::time::sleep(SHORTLY).await;
    }
}

pub(crate) fn hookwright(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_hookwright"));
    command.args(arguments).stdin(Stdio::null());
    // What a developer has set for a server of one's own.
    for (variable, _) in std::env::vars_os() {
        if variable == "DATABASE_URL" || variable.to_string_lossy().starts_with("HOOKWRIGHT_") {
            command.env_remove(variable);
        }
    }
    command
}

/// Runs a command to its end.
pub(crate) fn output(arguments: &[&str]) -> Output {
    hookwright(arguments).output().unwrap()
}

/// A running process and what it has said so far. It is killed with this value.
pub(crate) struct Process {
    child: Child,
    said: Arc<Mutex<String>>,
}

impl Process {
    pub(crate) fn start(arguments: &[&str]) -> Self {
        Self::spawn(&mut hookwright(arguments))
    }

    /// Like [`Process::start`], with that variable in its environment.
    pub(crate) fn start_with(variable: (&str, &str), arguments: &[&str]) -> Self {
        Self::spawn(hookwright(arguments).env(variable.0, variable.1))
    }

    fn spawn(command: &mut Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let said = Arc::<Mutex<String>>::default();
        listen(child.stdout.take().unwrap(), &said);
        listen(child.stderr.take().unwrap(), &said);
        Self { child, said }
    }

    /// Starts a server on a free port and that database; returns the base of its URLs too.
    pub(crate) async fn serve(database: &std::path::Path) -> (Self, String) {
        Self::serve_failing(database, "").await
    }

    /// Like [`Process::serve`], with that happening at the named places of the program.
    pub(crate) async fn serve_failing(database: &std::path::Path, failpoints: &str) -> (Self, String) {
        Self::serve_in(database, &[("FAILPOINTS", failpoints)]).await
    }

    /// Like [`Process::serve`], with those variables in its environment.
    pub(crate) async fn serve_in(database: &std::path::Path, variables: &[(&str, &str)]) -> (Self, String) {
        Self::serve_on(&format!("sqlite://{}", database.display()), variables).await
    }

    /// Like [`Process::serve_in`], on the database of that URL.
    pub(crate) async fn serve_on(url: &str, variables: &[(&str, &str)]) -> (Self, String) {
        let arguments = ["serve", "--database-url", url, "--listen", "127.0.0.1:0"];
        let loopback = ["--allow-http", "loopback", "--allow-networks", "127.0.0.0/8"];
        let mut command = hookwright(&[&arguments[..], &loopback].concat());
        let server = Self::spawn(command.envs(variables.iter().copied()));
        let base = server.after("the portal is at ").await;
        (server, base)
    }

    /// Like [`Process::serve`], with limits that a shell sets before.
    pub(crate) async fn serve_within(database: &std::path::Path, limits: &str) -> (Self, String) {
        let limited = format!("{limits} && exec \"$0\" \"$@\"");
        let url = format!("sqlite://{}", database.display());
        let mut command = Command::new("sh");
        command.args(["-c", &limited, env!("CARGO_BIN_EXE_hookwright"), "serve", "--database-url", &url]);
        command.args(["--listen", "127.0.0.1:0", "--allow-http", "loopback", "--allow-networks", "127.0.0.0/8"]);
        let server = Self::spawn(command.stdin(Stdio::null()));
        let base = server.after("the portal is at ").await;
        (server, base)
    }

    /// The word that follows that text, once the process has said it.
    pub(crate) async fn after(&self, text: &str) -> String {
        let follows = |said: &str| {
            let (_, rest) = said.split_once(text)?;
            let end = rest.find([',', ' ', '\n'])?;
            Some(rest[..end].to_owned())
        };
        until(async || {
            // Its listeners go on as long as it has something to say.
            let ended = Arc::strong_count(&self.said) == 1;
            let said = self.said();
            let word = follows(&said);
            assert!(word.is_some() || !ended, "it ended and never said {text:?}, but: {said}");
            word.ok_or_else(|| format!("it never said {text:?}, but: {said}"))
        })
        .await
    }

    #[cfg(target_os = "linux")]
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    pub(crate) fn said(&self) -> String {
        self.said.lock().unwrap().clone()
    }

    /// Sends a signal, such as `TERM`.
    pub(crate) fn signal(&self, name: &str) {
        let sent = Command::new("kill").arg(format!("-{name}")).arg(self.child.id().to_string()).status().unwrap();
        assert!(sent.success());
    }

    /// Waits until the process has ended by itself.
    pub(crate) async fn ended(&mut self) -> ExitStatus {
        until(async || {
            // And all that it has said is known.
            let ended = self.child.try_wait().unwrap().filter(|_| Arc::strong_count(&self.said) == 1);
            ended.ok_or_else(|| format!("it does not end: {}", self.said()))
        })
        .await
    }

    /// Ends the process at once, with SIGKILL.
    pub(crate) fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn listen(stream: impl Read + Send + 'static, said: &Arc<Mutex<String>>) {
    let said = Arc::clone(said);
    std::thread::spawn(move || {
        for line in BufReader::new(stream).lines().map_while(Result::ok) {
            *said.lock().unwrap() += &(line + "\n");
        }
    });
}

/// An API key of an admin of the platform, made beside the server that runs on that database.
pub(crate) fn key(database: &std::path::Path) -> String {
    key_on(&format!("sqlite://{}", database.display()))
}

/// Like [`key`], on the database of that URL.
pub(crate) fn key_on(url: &str) -> String {
    let added = output(&["key", "add", "--name", "test", "--role", "admin", "--platform", "--database-url", url]);
    let text = String::from_utf8(added.stdout).unwrap();
    text.lines().last().unwrap_or_else(|| panic!("{}", String::from_utf8_lossy(&added.stderr))).to_owned()
}

/// A client outside of any application, with that API key.
pub(crate) fn client(key: &str) -> reqwest::Client {
    // Fails when it is already installed, which is as good.
    let _ = rustls::crypto::ring::default_provider().install_default();
    crate::harness::client(key)
}

#[tokio::test]
#[should_panic(expected = "it ended and never said")]
async fn nobody_waits_for_a_process_that_has_ended() {
    Process::start(&["openapi"]).after("the portal is at ").await;
}
