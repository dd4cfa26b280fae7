//! Where things of the project lie.

use std::{
    env,
    path::{Path, PathBuf},
    sync::LazyLock,
};

/// The folder that holds the workspace.
///
/// `cargo run` says where its package lies; what was compiled in may be the folder that a copied target folder came from.
pub(crate) fn root() -> &'static Path {
    static ROOT: LazyLock<PathBuf> = LazyLock::new(|| {
        let package =
            env::var_os("CARGO_MANIFEST_DIR").map_or_else(|| env!("CARGO_MANIFEST_DIR").into(), PathBuf::from);
        package.parent().map_or_else(|| package.clone(), Path::to_path_buf)
    });
    &ROOT
}

/// The folder that cargo builds into. Every cargo that xtask starts is told to use it.
pub(crate) fn target() -> PathBuf {
    env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), |folder| root().join(folder))
}

/// The portal as the server carries it.
pub(crate) fn dist() -> PathBuf {
    root().join("web/dist")
}

/// `path` as seen from the project, with `/` on every system.
pub(crate) fn relative(path: &Path) -> String {
    path.strip_prefix(root()).unwrap_or(path).to_string_lossy().replace('\\', "/")
}

/// Whether a program of this name stands in `PATH`.
pub(crate) fn in_path(program: &str) -> Option<PathBuf> {
    let name = Path::new(program).with_extension(env::consts::EXE_EXTENSION);
    env::split_paths(&env::var_os("PATH")?).map(|folder| folder.join(&name)).find(|candidate| candidate.is_file())
}
