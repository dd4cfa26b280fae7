//! A PostgreSQL of the bench's own, with the settings that it has out of the box.

use anyhow::{Context as _, Result, bail};
use std::{
    fs,
    net::TcpListener,
    os::unix::{
        fs::{MetadataExt as _, chown},
        process::CommandExt as _,
    },
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};
use tempfile::TempDir;

const STARTS_WITHIN: Duration = Duration::from_secs(30);

/// A cluster that runs; it is stopped and removed with this.
pub(crate) struct Cluster {
    child: Child,
    port: u16,
    _folder: TempDir,
}

impl Cluster {
    /// Makes a cluster in a folder of its own, and starts it. PostgreSQL refuses to run as root; then it runs as the user postgres.
    pub(crate) fn start(parent: &Path) -> Result<Self> {
        let folder = tempfile::Builder::new().prefix("postgres-").tempdir_in(parent)?;
        let user = user()?;
        if let Some((uid, gid)) = user {
            chown(folder.path(), Some(uid), Some(gid))?;
        }
        let program = |name: &str| -> Result<Command> {
            let mut command = Command::new(find(name)?);
            command.current_dir(folder.path()).stdout(Stdio::null());
            if let Some((uid, gid)) = user {
                command.uid(uid).gid(gid);
            }
            Ok(command)
        };
        let data = folder.path().join("data");
        let made = program("initdb")?
            .args(["--auth=trust", "--username=bench", "--encoding=UTF8", "--locale=C", "--no-sync", "-D"])
            .arg(&data)
            .status()?;
        if !made.success() {
            bail!("initdb failed ({made}); may the user postgres enter the folder of the bench?");
        }
        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let log = fs::File::create(folder.path().join("log"))?;
        let child = program("postgres")?
            .arg("-D")
            .arg(&data)
            .args(["-p", &port.to_string(), "-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories="])
            .stderr(log)
            .spawn()?;
        let cluster = Self { child, port, _folder: folder };
        let start = Instant::now();
        while std::net::TcpStream::connect(("127.0.0.1", port)).is_err() {
            if start.elapsed() > STARTS_WITHIN {
                bail!("PostgreSQL did not start within {STARTS_WITHIN:?}");
            }
            thread::sleep(Duration::from_millis(50));
        }
        Ok(cluster)
    }

    /// The URL of a database that is always there.
    pub(crate) fn url(&self) -> String {
        format!("postgres://bench@127.0.0.1:{}/postgres", self.port)
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        // SIGINT is its fast shutdown, which also removes its shared memory.
        let asked = Command::new("kill").args(["-INT", &self.child.id().to_string()]).status();
        if !asked.is_ok_and(|status| status.success()) {
            let _ = self.child.kill();
        }
        let _ = self.child.wait();
    }
}

/// The user to run as: none when this user may.
fn user() -> Result<Option<(u32, u32)>> {
    if fs::metadata("/proc/self")?.uid() != 0 {
        return Ok(None);
    }
    let users = fs::read_to_string("/etc/passwd")?;
    let line = users.lines().find(|line| line.starts_with("postgres:"));
    let mut fields = line.context("PostgreSQL does not run as root, and there is no user postgres")?.split(':').skip(2);
    let mut number = || fields.next().and_then(|field| field.parse().ok()).context("unreadable /etc/passwd");
    Ok(Some((number()?, number()?)))
}

/// The newest PostgreSQL of the system.
fn find(name: &str) -> Result<PathBuf> {
    let mut found: Vec<_> = fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .filter_map(|version| Some(version.ok()?.path().join("bin").join(name)))
        .filter(|program| program.exists())
        .collect();
    found.sort();
    let in_path =
        || std::env::split_paths(&std::env::var_os("PATH")?).map(|folder| folder.join(name)).find(|p| p.exists());
    found.pop().or_else(in_path).with_context(|| format!("{name} was not found; install PostgreSQL's server"))
}
