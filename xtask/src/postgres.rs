//! A PostgreSQL for the tests: one that `TEST_POSTGRES_URL` names, or one that is started here and gone afterwards. And one for the bench.

use std::{
    env, fs,
    net::TcpListener,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail};

use crate::{command, project, step::step, tools};

/// The variable that names a server, for the tests and for this.
pub(crate) const VARIABLE: &str = "TEST_POSTGRES_URL";
/// How long a server may take to start.
const STARTS_WITHIN: Duration = Duration::from_secs(30);
/// How the folder of a server begins; the number of its process follows.
const FOLDER: &str = "hookwright-postgres-";
/// For tests the data is thrown away, so nothing has to reach the disk; several test programs and their pools want many connections.
const FOR_TESTS: [&str; 6] = [
    "listen_addresses=",
    "fsync=off",
    "full_page_writes=off",
    "max_connections=300",
    "shared_buffers=64MB",
    "max_wal_size=2GB",
];

/// A server that tests or the bench may use.
pub(crate) struct Postgres {
    /// Where it is.
    pub(crate) url: String,
    own: Option<Own>,
}

/// A server that was started here. It ends with this value; its files go too.
struct Own {
    child: Child,
    folder: PathBuf,
}

impl Postgres {
    /// The server that `TEST_POSTGRES_URL` names, or a fresh one in a temporary folder.
    pub(crate) fn for_tests() -> Result<Self> {
        if let Ok(url) = env::var(VARIABLE) {
            return Ok(Self { url, own: None });
        }
        // The socket lies in a folder of its own, so the port is only a name.
        let own = Own::start(&env::temp_dir(), 5432, &FOR_TESTS)?;
        let host = own.folder.to_string_lossy().replace('/', "%2F");
        Ok(Self { url: format!("postgres://postgres@{host}:5432/postgres"), own: Some(own) })
    }

    /// A fresh server in a folder below `parent`, with the settings that PostgreSQL has out of the box. It has no
    /// socket: the path may be too long for one.
    pub(crate) fn for_bench(parent: &Path) -> Result<Self> {
        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let own = Own::start(parent, port, &["unix_socket_directories="])?;
        Ok(Self { url: format!("postgres://postgres@localhost:{port}/postgres"), own: Some(own) })
    }

    /// `cargo xtask postgres`: says where the server is and waits until it ends, which it does with Ctrl-C.
    pub(crate) fn run() -> Result<()> {
        let mut postgres = Self::for_tests()?;
        println!("export {VARIABLE}='{}'", postgres.url);
        if let Some(own) = &mut postgres.own {
            own.child.wait()?;
        }
        Ok(())
    }
}

/// Removes the folders of runs that were interrupted. Ctrl-C has ended their server too; SIGTERM has not, but a server looks for its files
/// once a minute and ends when they are gone.
fn sweep(parent: &Path) -> Result<()> {
    for entry in fs::read_dir(parent)? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let Some(process) = name.strip_prefix(FOLDER) else { continue };
        let lives = Command::new("kill").args(["-0", process]).stderr(Stdio::null()).status()?.success();
        if !lives {
            // It may be somebody else's.
            let _ = fs::remove_dir_all(entry.path());
        }
    }
    Ok(())
}

/// The folder with PostgreSQL's programs; they are installed if they are missing.
fn programs() -> Result<PathBuf> {
    if let Some(found) = installed() {
        return Ok(found);
    }
    tools::apt_install("postgresql").context("install PostgreSQL by hand, or name a server in TEST_POSTGRES_URL")?;
    installed().context("no PostgreSQL was found; install one, or name a server in TEST_POSTGRES_URL")
}

fn installed() -> Option<PathBuf> {
    let in_path = project::in_path("postgres").and_then(|postgres| Some(postgres.parent()?.to_owned()));
    let told = command::output(Command::new("pg_config").arg("--bindir").stderr(Stdio::null())).ok();
    let told = told.map(|folder| PathBuf::from(folder.trim()));
    // Debian keeps each version in a folder of its own, and none of the server's programs in PATH.
    let mut versions: Vec<_> = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten().collect();
    versions.sort_by_key(|version| std::cmp::Reverse(version.file_name().to_string_lossy().parse::<u32>().ok()));
    let debian = versions.into_iter().map(|version| version.path().join("bin"));
    let complete = |folder: &PathBuf| ["initdb", "postgres"].iter().all(|name| folder.join(name).exists());
    debian.chain(in_path).chain(told).find(complete)
}

fn start(programs: &Path, parent: &Path, port: u16, settings: &[&str]) -> Result<Own> {
    let folder = parent.join(format!("{FOLDER}{}", std::process::id()));
    fs::create_dir_all(&folder)?;
    sweep(parent)?;
    let user = User::for_server()?;
    user.own(&folder)?;
    let data = folder.join("data");
    let mut initdb = user.program(&programs.join("initdb"));
    initdb
        .args(["--username=postgres", "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync", "-D"])
        .arg(&data);
    command::run(initdb.stdout(Stdio::null()))?;
    let log = fs::File::create(folder.join("log"))?;
    let mut postgres = user.program(&programs.join("postgres"));
    postgres.arg("-D").arg(&data).arg("-k").arg(&folder).args(["-p", &port.to_string()]);
    postgres.args(settings.iter().flat_map(|setting| ["-c", setting]));
    let child = postgres.stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log).spawn()?;
    let mut own = Own { child, folder };
    let start = Instant::now();
    loop {
        // Its last line is the server's state, as pg_ctl reads it.
        let told = fs::read_to_string(data.join("postmaster.pid")).unwrap_or_default();
        if told.lines().last().is_some_and(|state| state.trim() == "ready") {
            return Ok(own);
        }
        if own.child.try_wait()?.is_some() || start.elapsed() > STARTS_WITHIN {
            bail!("PostgreSQL did not start:\n{}", fs::read_to_string(own.folder.join("log"))?);
        }
        thread::sleep(Duration::from_millis(50));
    }
}

impl Own {
    fn start(parent: &Path, port: u16, settings: &[&str]) -> Result<Self> {
        let programs = programs()?;
        step("starting a PostgreSQL", || start(&programs, parent, port, settings))
    }
}

impl Drop for Own {
    fn drop(&mut self) {
        // SIGINT makes it end at once and in order.
        let told = Command::new("kill").args(["-INT", &self.child.id().to_string()]).status();
        if !told.is_ok_and(|status| status.success()) {
            let _ = self.child.kill();
        }
        let _ = self.child.wait();
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// Whom the server runs as: it refuses to run as root.
struct User(Option<(u32, u32)>);

impl User {
    fn for_server() -> Result<Self> {
        let id = |arguments: &[&str]| -> Result<u32> {
            Ok(command::output(Command::new("id").args(arguments))?.trim().parse()?)
        };
        if id(&["-u"])? != 0 {
            return Ok(Self(None));
        }
        let ids = || Ok::<_, anyhow::Error>((id(&["-u", "postgres"])?, id(&["-g", "postgres"])?));
        Ok(Self(Some(ids().context("PostgreSQL does not run as root, and there is no user postgres")?)))
    }

    fn own(&self, folder: &Path) -> Result<()> {
        match self.0 {
            None => Ok(()),
            #[cfg(unix)]
            Some((user, group)) => Ok(std::os::unix::fs::chown(folder, Some(user), Some(group))?),
            #[cfg(not(unix))]
            Some(_) => Ok(()),
        }
    }

    fn program(&self, path: &Path) -> Command {
        let mut command = Command::new(path);
        // Where it starts must be a folder that this user may see.
        command.current_dir(env::temp_dir());
        #[cfg(unix)]
        if let Some((user, group)) = self.0 {
            use std::os::unix::process::CommandExt as _;
            command.uid(user).gid(group);
        }
        command
    }
}
