//! The URL that names a database.

use std::{
    fmt,
    path::{Path, PathBuf},
    str::FromStr,
};

/// What a connection to PostgreSQL is told unless the URL says otherwise: how many seconds connecting may take, and after how many
/// milliseconds without an answer from the other side a connection counts as lost.
const LIMITS: [(&str, &str); 6] = [
    ("connect_timeout", "2"),
    ("tcp_user_timeout", "8000"),
    ("keepalives_idle", "5"),
    ("keepalives_interval", "2"),
    ("keepalives_count", "2"),
    ("application_name", "hookwright"),
];

/// Which database, and where.
#[derive(Clone, PartialEq, Eq)]
pub enum DatabaseUrl {
    /// `sqlite://` and a path.
    Sqlite(PathBuf),
    /// `postgres://` or `postgresql://`, whole.
    Postgres(String),
}

impl DatabaseUrl {
    /// The name of the kind of database.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Sqlite(_) => "sqlite",
            Self::Postgres(_) => "postgresql",
        }
    }

    /// The file, if the database is one.
    pub fn file(&self) -> Option<&Path> {
        match self {
            Self::Sqlite(path) => Some(path),
            Self::Postgres(_) => None,
        }
    }

    /// Whether it names a file that is not there yet.
    pub fn is_new_file(&self) -> bool {
        matches!(self, Self::Sqlite(path) if !path.exists())
    }

    /// The URL of a PostgreSQL with time limits, so that a connection that hangs is noticed.
    pub(super) fn with_limits(&self) -> String {
        let mut whole = match self {
            Self::Sqlite(path) => return path.to_string_lossy().into_owned(),
            Self::Postgres(url) => url.clone(),
        };
        for (name, value) in LIMITS {
            if !whole.contains(&format!("{name}=")) {
                whole.push(if whole.contains('?') { '&' } else { '?' });
                whole.push_str(&format!("{name}={value}"));
            }
        }
        whole
    }
}

impl FromStr for DatabaseUrl {
    type Err = String;

    fn from_str(url: &str) -> Result<Self, String> {
        match url.split_once("://") {
            Some(("sqlite", "")) => {
                Err("sqlite:// needs the path of a file, for example sqlite://hookwright.db".into())
            }
            Some(("sqlite", path)) if path == ":memory:" || path.contains(['?', '#']) => {
                Err("sqlite:// is followed by the path of a file and nothing else, for example sqlite://hookwright.db"
                    .into())
            }
            Some(("sqlite", path)) => Ok(Self::Sqlite(path.into())),
            Some(("postgres" | "postgresql", rest)) if is_encoded(rest) => Ok(Self::Postgres(url.into())),
            // PostgreSQL's library would tell the part of the password that it takes for something else.
            Some(("postgres" | "postgresql", _)) => {
                Err("percent-encode what is special in the user name and the password: @ as %40, / as %2F, % as %25"
                    .into())
            }
            _ => Err("a database URL begins with sqlite:// or postgres://".into()),
        }
    }
}

/// Whether PostgreSQL's library takes for the password what is meant as such: one `@` at the most, in the authority, no space, no NUL, and
/// no stray `%`.
fn is_encoded(rest: &str) -> bool {
    let (authority, tail) = rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()));
    let mut escapes = rest.split('%').skip(1).map(|after| after.get(..2).unwrap_or_default());
    authority.matches('@').count() <= 1
        && !tail.contains('@')
        && !rest.contains(|c: char| c.is_whitespace() || c.is_control())
        && escapes
            .all(|digits| digits != "00" && digits.len() == 2 && digits.bytes().all(|digit| digit.is_ascii_hexdigit()))
}

/// Never shows the password that a URL may hold.
impl fmt::Debug for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sqlite(path) => write!(f, "sqlite://{}", path.display()),
            Self::Postgres(_) => f.write_str("postgres://…"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_scheme_is_an_error() {
        assert!("mysql://host/db".parse::<DatabaseUrl>().is_err());
        assert!("hookwright.db".parse::<DatabaseUrl>().is_err());
        assert!("sqlite://".parse::<DatabaseUrl>().is_err());
        // What other programs understand would be the name of another file.
        for url in ["sqlite://:memory:", "sqlite://hookwright.db?mode=rwc", "sqlite://hookwright.db#x"] {
            assert!(url.parse::<DatabaseUrl>().is_err(), "{url}");
        }
    }

    #[test]
    fn a_password_that_is_not_encoded_is_refused_and_not_repeated() {
        for url in [
            "p@ss@h/db",
            "p@ss#w@h/db",
            "p@ss/w@h/db",
            "pa/ss@h/db",
            "pa?ss@h/db",
            "pa#ss@h/db",
            "100%@h/db",
            "%zz@h/db",
        ] {
            let refused = format!("postgres://u:{url}").parse::<DatabaseUrl>().unwrap_err();
            assert!(refused.contains("percent-encode") && !refused.contains("ss@"), "{url}: {refused}");
        }
        for url in [
            "u:p%40ss%25@h/db",
            "u@%2Ftmp%2Fsockets:5432/db",
            "u:p@one:5432,two:5432/db?sslmode=require",
            "/db",
            "h/db?user=u%40x",
        ] {
            assert!(format!("postgres://{url}").parse::<DatabaseUrl>().is_ok(), "{url}");
        }
    }

    #[test]
    fn time_limits_are_added_where_the_url_has_none() {
        let url: DatabaseUrl = "postgres://u:p@h/db?connect_timeout=9".parse().unwrap();
        let whole = url.with_limits();
        assert!(whole.starts_with("postgres://u:p@h/db?connect_timeout=9&tcp_user_timeout=8000&"), "{whole}");
        assert_eq!(whole.matches("connect_timeout").count(), 1);
    }

    #[test]
    fn a_password_is_not_shown() {
        let url: DatabaseUrl = "postgres://u:secret@h/db".parse().unwrap();
        assert!(!format!("{url:?}").contains("secret"));
    }
}
