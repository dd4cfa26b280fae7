//! Icons, as outlines on a grid of 24.

use leptos::prelude::*;

/// An icon. It says nothing to screen readers: words stand beside it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Icon {
    Alert,
    Bars,
    Chart,
    Check,
    Clock,
    Copy,
    Cross,
    Down,
    Hook,
    Inbox,
    Key,
    List,
    More,
    Person,
    Plus,
    Retry,
    Send,
    Settings,
    Tag,
    Tools,
    Up,
}

impl Icon {
    const fn path(self) -> &'static str {
        match self {
            Self::Alert => "M12 3 2 20h20zM12 10v4M12 17h.01",
            Self::Bars => "M9 6v12M15 6v12",
            Self::Chart => "M3 20h18M7 16v-5M12 16V5M17 16v-8",
            Self::Check => "m5 12 5 5L20 7",
            Self::Clock => "M12 3a9 9 0 1 0 0 18a9 9 0 1 0 0-18M12 7v5l3 2",
            Self::Copy => {
                "M11 9h7a2 2 0 0 1 2 2v7a2 2 0 0 1-2 2h-7a2 2 0 0 1-2-2v-7a2 2 0 0 1 2-2M5 15V5a1 1 0 0 1 1-1h10"
            }
            Self::Cross => "M6 6l12 12M18 6 6 18",
            Self::Down => "M12 4v12M6 10l6 6 6-6M5 20h14",
            Self::Hook => "M9 7a4 4 0 1 1 6 3l3 6a4 4 0 1 1-2 6M6 13a4 4 0 1 0 4 6h8",
            Self::Inbox => "M4 13l3-8h10l3 8v6H4zM4 13h5l1 2h4l1-2h5",
            Self::Key => "M8 11a4 4 0 1 0 0 8a4 4 0 1 0 0-8M11 12l9-9M16 7l3 3",
            Self::Person => "M12 3a4 4 0 1 0 0 8a4 4 0 1 0 0-8M4 21a8 8 0 0 1 16 0",
            Self::List => "M4 6h16M4 12h16M4 18h10",
            Self::More => "M12 5h.01M12 12h.01M12 19h.01",
            Self::Plus => "M12 5v14M5 12h14",
            Self::Send => "M21 3 10 14M21 3l-7 18-4-7-7-4z",
            Self::Settings => "M4 7h10M18 7h2M4 17h2M10 17h10M16 5v4M8 15v4",
            Self::Tag => "M3 12V4h8l10 10-8 8zM8 8h.01",
            Self::Tools => "m4 20 7-7M14 4a5 5 0 0 0-3 8l1 1a5 5 0 0 0 8-3l-3 2-3-3 2-3a5 5 0 0 0-2-2",
            Self::Up => "M12 19V5M6 11l6-6 6 6",
            Self::Retry => "M20 11a8 8 0 1 0-2.3 6.3M20 4v7h-7",
        }
    }

    /// The icon as an inline drawing.
    pub(crate) fn view(self) -> impl IntoView {
        view! {
            <svg class="i" viewBox="0 0 24 24" aria-hidden="true" focusable="false"><path d=self.path()></path></svg>
        }
    }
}
