//! How the portal presents itself: a platform shows it to its customers as a part of its own product.

use bytes::Bytes;
use std::{fs, str::FromStr};
use url::Url;

/// What the portal's page calls itself where nothing else is set.
const BUILT_NAME: &str = "Hookwright";
const BUILT_ICON: &str = "/icon.svg";
/// How long a name may be: it stands in the head of each page, beside the navigation.
const MAX_NAME_CHARS: usize = 40;
/// How large a picture may be: each page waits for it.
const MAX_LOGO_BYTES: usize = 256 * 1024;
/// What a picture may be: how its file ends, where it is served, and its media type.
const LOGO_KINDS: [LogoKind; 3] = [
    LogoKind { ending: "svg", path: "/logo.svg", media_type: "image/svg+xml" },
    LogoKind { ending: "png", path: "/logo.png", media_type: "image/png" },
    LogoKind { ending: "webp", path: "/logo.webp", media_type: "image/webp" },
];

/// How the portal presents itself, where it is not as it was built.
#[derive(Clone, Debug, Default)]
pub struct Brand {
    /// What it is called.
    pub name: Option<PortalName>,
    /// The picture beside its name, and in the browser's tab.
    pub logo: Option<Logo>,
    /// Where visitors of portal links come from, and find another link.
    pub return_url: Option<Url>,
}

impl Brand {
    /// The portal's page with it; `None` where it stays as it was built.
    pub(crate) fn applied(&self, page: &str) -> Option<String> {
        let Self { name, logo, return_url } = self;
        if name.is_none() && logo.is_none() && return_url.is_none() {
            return None;
        }
        let mut page = page.to_owned();
        if let Some(PortalName(name)) = name {
            page = page.replace(BUILT_NAME, &escaped(name));
        }
        if let Some(logo) = logo {
            page = page.replace(BUILT_ICON, logo.kind.path);
        }
        if let Some(url) = return_url {
            let told = format!("<meta name=\"return-url\" content=\"{}\"></head>", escaped(url.as_str()));
            page = page.replace("</head>", &told);
        }
        Some(page)
    }
}

/// A name of 1 to 40 characters.
#[derive(Clone, Debug)]
pub struct PortalName(String);

impl FromStr for PortalName {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let name = text.trim();
        let fits = (1..=MAX_NAME_CHARS).contains(&name.chars().count()) && !name.contains(char::is_control);
        if fits { Ok(Self(name.to_owned())) } else { Err(format!("write 1 to {MAX_NAME_CHARS} characters in a line")) }
    }
}

/// A picture, read from its file.
#[derive(Clone, Debug)]
pub struct Logo {
    /// What it is.
    pub(crate) kind: &'static LogoKind,
    /// Its bytes.
    pub(crate) content: Bytes,
}

/// A kind of picture that browsers show.
#[derive(Debug)]
pub(crate) struct LogoKind {
    ending: &'static str,
    pub(crate) path: &'static str,
    pub(crate) media_type: &'static str,
}

impl FromStr for Logo {
    type Err = String;

    fn from_str(path: &str) -> Result<Self, String> {
        let ending = path.rsplit('.').next().unwrap_or_default().to_ascii_lowercase();
        let kind = LOGO_KINDS.iter().find(|kind| kind.ending == ending).ok_or("name a .svg, .png or .webp file")?;
        let content = fs::read(path).map_err(|error| format!("the file cannot be read: {error}"))?;
        if content.is_empty() || content.len() > MAX_LOGO_BYTES {
            return Err(format!("the file has {} bytes; 1 to {MAX_LOGO_BYTES} are possible", content.len()));
        }
        Ok(Self { kind, content: content.into() })
    }
}

/// Text as it stands in HTML, also within quotes.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            _ => escaped.push(character),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &str = include_str!("../../../web/index.html");

    #[test]
    fn the_page_stays_as_it_was_built_where_nothing_is_set() {
        assert_eq!(Brand::default().applied(PAGE), None);
    }

    #[test]
    fn a_name_stands_wherever_the_page_has_its_own_and_is_text() {
        let brand = Brand { name: Some("A&B <\"Hooks\">".parse().unwrap()), ..Brand::default() };
        let page = brand.applied(PAGE).unwrap();
        for place in [
            "<title>A&amp;B &lt;&quot;Hooks&quot;&gt;</title>",
            "<b>A&amp;B &lt;&quot;Hooks&quot;&gt;</b>",
            "<meta name=\"application-name\" content=\"A&amp;B &lt;&quot;Hooks&quot;&gt;\">",
        ] {
            assert!(page.contains(place), "{place}: {page}");
        }
        assert!(!page.contains(BUILT_NAME), "{page}");
    }

    #[test]
    fn the_way_back_is_told_once() {
        let url = "https://app.example.com/hooks?a=1&b=%22";
        let brand = Brand { return_url: Some(url.parse().unwrap()), ..Brand::default() };
        let page = brand.applied(PAGE).unwrap();
        let told = "<meta name=\"return-url\" content=\"https://app.example.com/hooks?a=1&amp;b=%22\"></head>";
        assert_eq!(page.matches(told).count(), 1, "{page}");
        assert!(page.contains(BUILT_NAME), "{page}");
    }

    #[test]
    fn a_name_is_short_and_in_a_line() {
        for refused in ["", "  ", "a\nb", &"x".repeat(41)] {
            assert!(refused.parse::<PortalName>().is_err(), "{refused:?}");
        }
        assert_eq!(" ACME webhooks ".parse::<PortalName>().unwrap().0, "ACME webhooks");
    }

    #[test]
    fn a_picture_is_of_a_kind_that_browsers_show_and_not_large() {
        let folder = tempfile::tempdir().unwrap();
        let file = |name: &str, bytes: usize| {
            let path = folder.path().join(name);
            fs::write(&path, vec![b'x'; bytes]).unwrap();
            path.to_str().unwrap().parse::<Logo>()
        };
        assert_eq!(file("a.svg", 10).unwrap().kind.path, "/logo.svg");
        assert_eq!(file("a.PNG", MAX_LOGO_BYTES).unwrap().kind.media_type, "image/png");
        assert!(file("a.gif", 10).unwrap_err().contains(".webp"));
        assert!(file("a.webp", MAX_LOGO_BYTES + 1).unwrap_err().contains("262145 bytes"));
        assert!(file("empty.svg", 0).is_err());
        assert!("missing.svg".parse::<Logo>().unwrap_err().contains("cannot be read"));
    }
}
