//! What is heard of rows while an answer with them is on its way. The answer may be older, and no further news may come.

use crate::{api::ApiError, live::News};
use leptos::prelude::*;
use shared::{DeliverySummary, Id};
use std::collections::BTreeMap;

#[derive(Clone, Copy)]
pub(super) struct Heard(StoredValue<Waiting>);

#[derive(Default)]
struct Waiting {
    /// How many answers are on their way.
    answers: u32,
    rows: BTreeMap<Id, DeliverySummary>,
}

impl Heard {
    pub(super) fn new() -> Self {
        Self(StoredValue::default())
    }

    pub(super) fn hear(self, updates: &[News]) {
        self.0.try_update_value(|waiting| {
            if waiting.answers > 0 {
                let rows = updates.iter().filter_map(News::delivery);
                waiting.rows.extend(rows.map(|row| (row.id, row.clone())));
            }
        });
    }

    /// The answer, with its `rows` as they were heard of meanwhile.
    pub(super) async fn over<T>(
        self,
        answer: impl Future<Output = Result<T, ApiError>>,
        rows: fn(&mut T) -> &mut [DeliverySummary],
    ) -> Result<T, ApiError> {
        self.0.try_update_value(|waiting| waiting.answers += 1);
        let mut answer = answer.await;
        // Gone when the page was left meanwhile.
        self.0.try_update_value(|waiting| {
            for row in answer.iter_mut().flat_map(rows) {
                if let Some(heard) = waiting.rows.get(&row.id) {
                    row.clone_from(heard);
                }
            }
            waiting.answers -= 1;
            if waiting.answers == 0 {
                waiting.rows.clear();
            }
        });
        answer
    }
}
