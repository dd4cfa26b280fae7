//! Icons, as outlines on a grid of 24.

use leptos::prelude::*;

/// An icon. It says nothing to screen readers: words stand beside it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Icon {
    Alert,
    Bars,
    Check,
    Clock,
    Copy,
    Cross,
    Hook,
    Inbox,
    Key,
    List,
    Person,
    Plus,
    Retry,
}

impl Icon {
    const fn path(self) -> &'static str {
        match self {
            Self::Alert => "M12 3 2 20h20zM12 10v4M12 17h.01",
            Self::Bars => "M9 6v12M15 6v12",
            Self::Check => "m5 12 5 5L20 7",
            Self::Clock => "M12 3a9 9 0 1 0 0 18a9 9 0 1 0 0-18M12 7v5l3 2",
            Self::Copy => {
                "M11 9h7a2 2 0 0 1 2 2v7a2 2 0 0 1-2 2h-7a2 2 0 0 1-2-2v-7a2 2 0 0 1 2-2M5 15V5a1 1 0 0 1 1-1h10"
            }
            Self::Cross => "M6 6l12 12M18 6 6 18",
            Self::Hook => "M9 7a4 4 0 1 1 6 3l3 6a4 4 0 1 1-2 6M6 13a4 4 0 1 0 4 6h8",
            Self::Inbox => "M4 13l3-8h10l3 8v6H4zM4 13h5l1 2h4l1-2h5",
            Self::Key => "M8 11a4 4 0 1 0 0 8a4 4 0 1 0 0-8M11 12l9-9M16 7l3 3",
            Self::Person => "M12 3a4 4 0 1 0 0 8a4 4 0 1 0 0-8M4 21a8 8 0 0 1 16 0",
            Self::List => "M4 6h16M4 12h16M4 18h10",
            Self::Plus => "M12 5v14M5 12h14",
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
