//! Requests that must not be carried out twice: whoever presses again because no answer came sends the same key, by which the server
//! knows that it is the same request.

use leptos::prelude::*;

/// What was asked for last and where, and its key; nothing after an answer.
#[derive(Clone, Copy)]
pub(crate) struct Once(StoredValue<Option<(String, String)>>);

impl Once {
    /// Lives as long as the place that asks.
    pub(crate) fn new() -> Self {
        Self(StoredValue::new(None))
    }

    /// The key for that content: the one before, if the content is the same and no answer came.
    pub(crate) fn key(self, content: &str) -> String {
        let kept = self
            .0
            .try_with_value(|asked| asked.as_ref().filter(|(before, _)| before == content).map(|(_, key)| key.clone()));
        kept.flatten().unwrap_or_else(|| {
            let key = random_key();
            self.0.try_set_value(Some((content.to_owned(), key.clone())));
            key
        })
    }

    /// An answer came: what is asked next is something else, even if it reads the same.
    pub(crate) fn answered(self) {
        self.0.try_set_value(None);
    }
}

fn random_key() -> String {
    let part = || js_sys::Math::random().to_bits();
    format!("{:x}-{:x}", part(), part())
}
