//! What is heard of rows while an answer with them is on its way, by the stream or by an answer that was asked for later. The answer may be
//! older, and no further news may come.

use crate::{api::ApiError, live::News};
use leptos::prelude::*;
use shared::{DeliverySummary, Id};
use std::collections::BTreeMap;

#[derive(Clone, Copy)]
pub(super) struct Heard(StoredValue<Waiting>);

impl Heard {
    pub(super) fn new() -> Self {
        Self(StoredValue::default())
    }

    pub(super) fn hear(self, updates: &[News]) {
        self.0.try_update_value(|waiting| waiting.hear(updates.iter().filter_map(News::row)));
    }

    /// The answer, with its `rows` as they were heard of since it was asked for.
    pub(super) async fn newer_than<T>(
        self,
        answer: impl Future<Output = Result<T, ApiError>>,
        rows: fn(&mut T) -> &mut [DeliverySummary],
    ) -> Result<T, ApiError> {
        let question = self.0.try_update_value(Waiting::ask);
        let mut answer = answer.await;
        // Gone when the page was left meanwhile.
        self.0.try_update_value(|waiting| {
            let rows = answer.as_mut().map(rows).unwrap_or_default();
            waiting.answered(question.unwrap_or_default(), rows);
        });
        answer
    }
}

#[derive(Default)]
struct Waiting {
    /// How many answers are on their way.
    answers: u32,
    /// The number of the latest news or question.
    latest: u32,
    /// What was heard of each row, and the number of that news, or of the question that was answered with it.
    rows: BTreeMap<Id, (u32, DeliverySummary)>,
}

impl Waiting {
    fn hear<'a>(&mut self, rows: impl Iterator<Item = &'a DeliverySummary>) {
        if self.answers > 0 {
            self.latest += 1;
            self.rows.extend(rows.map(|row| (row.id, (self.latest, row.clone()))));
        }
    }

    /// An answer is asked for: returns the number of the question. What was heard before the answer has already.
    fn ask(&mut self) -> u32 {
        self.answers += 1;
        self.latest += 1;
        self.latest
    }

    /// The answer with these rows came to that question.
    fn answered(&mut self, question: u32, rows: &mut [DeliverySummary]) {
        self.answers -= 1;
        for row in rows {
            match self.rows.get(&row.id) {
                Some((number, heard)) if *number > question => row.clone_from(heard),
                _ if self.answers > 0 => drop(self.rows.insert(row.id, (question, row.clone()))),
                _ => {}
            }
        }
        if self.answers == 0 {
            self.rows.clear();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pages::events::filter::tests::row;

    #[test]
    fn only_what_was_heard_since_it_was_asked_for_is_laid_over_an_answer() {
        let after = |attempt_count| DeliverySummary { attempt_count, ..row() };
        let mut waiting = Waiting::default();
        waiting.hear([after(1)].iter());
        let first = waiting.ask();
        waiting.hear([after(2)].iter());
        let second = waiting.ask();

        let mut rows = [after(3)];
        waiting.answered(second, &mut rows);
        assert_eq!(rows, [after(3)], "the answer is newer");
        let mut rows = [after(1)];
        waiting.answered(first, &mut rows);
        assert_eq!(rows, [after(3)], "the answer is older than the one before, and than what was heard");
        assert!(waiting.rows.is_empty());

        let first = waiting.ask();
        waiting.hear([after(2)].iter());
        let mut rows = [after(1)];
        waiting.answered(first, &mut rows);
        assert_eq!(rows, [after(2)], "the answer is older than what was heard");
    }
}
