//! What a list is narrowed to: the part of the URL that a link or Back restores.

use super::FAILED_OR_RETRYING;
use crate::{api::DeliveryFilter, format, strings::strings, ui::search::address};
use leptos::prelude::*;
use leptos_router::hooks::use_query_map;
use shared::{DeliveryStatus, DeliverySummary, Failure, Named as _, Period, Timestamp};

/// The filter as the URL has it; what is empty does not narrow.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Filter {
    pub(super) status: String,
    pub(super) event_type: String,
    /// The name of a [`Period`] that ends now, which excludes `from` and `to`; or [`CUSTOM`](Self::CUSTOM).
    pub(super) period: String,
    /// RFC 3339.
    pub(super) from: String,
    pub(super) to: String,
    /// A status code, or the name of a [`Failure`].
    pub(super) outcome: String,
    pub(super) search: String,
    pub(super) cursor: String,
}

impl Filter {
    /// The period from one instant to another.
    pub(super) const CUSTOM: &str = "custom";

    /// The filter in the URL.
    pub(super) fn in_url() -> Memo<Self> {
        let query = use_query_map();
        Memo::new(move |_| {
            query.with(|map| {
                let text = |name| map.get(name).unwrap_or_default();
                Self {
                    status: text("status"),
                    event_type: text("type"),
                    period: text("period"),
                    from: text("from"),
                    to: text("to"),
                    outcome: text("outcome"),
                    search: text("q"),
                    cursor: text("after"),
                }
            })
        })
    }

    /// The address of the list at that path with this filter.
    pub(super) fn href(&self, path: &str) -> String {
        let Self { status, event_type, period, from, to, outcome, search, cursor } = self;
        address(
            path,
            &[
                ("status", status),
                ("type", event_type),
                ("period", period),
                ("from", from),
                ("to", to),
                ("outcome", outcome),
                ("q", search),
                ("after", cursor),
            ],
        )
    }

    /// How many filters are set beside the status, which is always in view.
    pub(super) fn count(&self) -> usize {
        let window = !self.period.is_empty() || !self.from.is_empty() || !self.to.is_empty();
        let others = [&self.event_type, &self.outcome, &self.search];
        usize::from(window) + others.into_iter().filter(|value| !value.is_empty()).count()
    }

    /// Whether anything narrows the list.
    pub(super) fn narrows(&self) -> bool {
        !self.status.is_empty() || self.count() > 0
    }

    /// What narrows the list, in words.
    pub(super) fn words(&self) -> String {
        let t = strings();
        let failure = Failure::named(&self.outcome);
        let (from, to) = match self.last() {
            Some(_) => (None, None),
            None => self.window(format::now()),
        };
        let limit = |word: &str, at: Option<Timestamp>| at.map(|at| format!("{word} {}", format::instant(at)));
        [
            status_name(&self.status).map(str::to_owned),
            Some(self.event_type.clone()),
            self.last().map(|period| (t.list.last)(period).to_owned()),
            limit(t.list.from, from),
            limit(t.list.to, to),
            self.outcome.parse().ok().map(format::status),
            failure.map(|failure| (t.failure)(failure).to_owned()),
            Some(self.search.clone()).filter(|text| !text.is_empty()).map(|text| format!("“{text}”")),
        ]
        .into_iter()
        .flatten()
        .filter(|word| !word.is_empty())
        .collect::<Vec<_>>()
        .join(" · ")
    }

    /// Whether the outcome is a status code or a failure, if there is one: any other the API refuses.
    pub(super) fn has_known_outcome(&self) -> bool {
        let Self { outcome, .. } = self;
        outcome.is_empty() || outcome.parse::<u16>().is_ok() || Failure::named(outcome).is_some()
    }

    /// What to ask the API for.
    pub(super) fn asked(&self) -> DeliveryFilter {
        let (from, to) = match self.last() {
            Some(period) => (begin(period, format::now()).to_string(), String::new()),
            None => (self.from.clone(), self.to.clone()),
        };
        let is_code = self.outcome.parse::<u16>().is_ok();
        let outcome = |wanted| if is_code == wanted { self.outcome.clone() } else { String::new() };
        DeliveryFilter {
            status: self.status.clone(),
            event_type: self.event_type.clone(),
            failure: outcome(false),
            status_code: outcome(true),
            from,
            to,
            search: self.search.clone(),
            cursor: self.cursor.clone(),
        }
    }

    /// The window of time, if one is set.
    pub(super) fn window(&self, now: Timestamp) -> (Option<Timestamp>, Option<Timestamp>) {
        match self.last() {
            Some(period) => (Some(begin(period, now)), None),
            None => (self.from.parse().ok(), self.to.parse().ok()),
        }
    }

    /// Whether the window of time ends before it begins.
    pub(super) fn is_reversed(&self) -> bool {
        matches!(self.window(format::now()), (Some(from), Some(to)) if from >= to)
    }

    /// Whether that delivery belongs into the list. What only the server can tell (a text) counts as no.
    pub(super) fn takes(&self, row: &DeliverySummary, now: Timestamp) -> bool {
        let (from, to) = self.window(now);
        let outcome = match (self.outcome.parse::<u16>(), row.failure) {
            _ if self.outcome.is_empty() => true,
            (Ok(code), _) => row.status_code == Some(code),
            (Err(_), failure) => failure.map(Failure::name) == Some(self.outcome.as_str()),
        };
        self.search.is_empty()
            && outcome
            && (self.status.is_empty() || self.status.split(',').any(|status| status == row.status.name()))
            && (self.event_type.is_empty() || self.event_type == row.event_type)
            && from.is_none_or(|from| row.created_at >= from)
            && to.is_none_or(|to| row.created_at < to)
    }

    fn last(&self) -> Option<Period> {
        Period::named(&self.period)
    }
}

/// What the status that a list is narrowed to is called.
pub(super) fn status_name(status: &str) -> Option<&'static str> {
    let t = strings();
    let one = DeliveryStatus::named(status);
    let both = || (status == FAILED_OR_RETRYING).then_some(t.list.failed_or_retrying);
    one.map(t.list.that_are).or_else(both)
}

/// When a period begins that ends now.
pub(super) fn begin(period: Period, now: Timestamp) -> Timestamp {
    let (count, seconds) = period.buckets();
    now.plus_seconds(-seconds * i64::try_from(count).unwrap_or_default())
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use shared::Id;

    const NOW: Timestamp = Timestamp::from_micros(1_800_000_000_000_000);

    pub(crate) fn row() -> DeliverySummary {
        let id = Id::from_bytes([0; 16]);
        DeliverySummary {
            id,
            event_id: id,
            webhook_id: id,
            event_type: "TRANSACTION.TRANSACTIONSTATUSUPDATED".into(),
            status: DeliveryStatus::Failed,
            in_progress: false,
            attempt_count: 1,
            failure: Some(Failure::HttpStatus),
            status_code: Some(503),
            duration_us: None,
            last_attempt_at: None,
            next_attempt_at: None,
            resting_until: None,
            created_at: NOW.plus_seconds(-7_200),
            test: None,
            erased_at: None,
            webhook_url: None,
            webhook_description: None,
            webhook_status: None,
            settings_changed: false,
        }
    }

    #[test]
    fn a_row_is_taken_when_every_filter_takes_it() {
        let takes = |filter: Filter| filter.takes(&row(), NOW);
        let filter = Filter::default;
        assert!(takes(filter()));
        assert!(takes(Filter { status: "failed".into(), period: "24h".into(), outcome: "503".into(), ..filter() }));
        assert!(takes(Filter { outcome: "http_status".into(), ..filter() }));
        assert!(takes(Filter { status: FAILED_OR_RETRYING.into(), ..filter() }));
        for other in [
            Filter { status: "delivered".into(), ..filter() },
            Filter { period: "1h".into(), ..filter() },
            Filter { outcome: "500".into(), ..filter() },
            Filter { outcome: "timeout".into(), ..filter() },
            Filter { event_type: "A.B".into(), ..filter() },
            Filter { search: "x".into(), ..filter() },
            Filter { to: NOW.plus_seconds(-10_000).to_string(), ..filter() },
        ] {
            assert!(!takes(other.clone()), "{other:?}");
        }
    }

    #[test]
    fn filters_are_counted_without_the_status() {
        let filter = Filter { status: "failed".into(), from: "a".into(), to: "b".into(), ..Filter::default() };
        assert_eq!((filter.count(), filter.narrows(), Filter::default().narrows()), (1, true, false));
    }

    #[test]
    fn an_outcome_is_a_code_or_a_failure() {
        let asked = |outcome: &str| {
            let asked = Filter { outcome: outcome.into(), ..Filter::default() }.asked();
            (asked.status_code, asked.failure)
        };
        assert_eq!(asked("503"), ("503".into(), String::new()));
        assert_eq!(asked("timeout"), (String::new(), "timeout".into()));
    }
}
