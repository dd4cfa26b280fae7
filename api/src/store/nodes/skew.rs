//! Whether this node's clock goes with the database's. What is signed carries this node's time, and receivers refuse what seems to come from
//! the past or the future.

use crate::metrics::Metrics;
use shared::Timestamp;
use std::{sync::Arc, time::Duration};

/// By more than so much the clocks differ.
const DIFFER: Duration = Duration::from_secs(5);
/// By less than so much clocks that differed agree again.
const AGREE: Duration = Duration::from_secs(1);

/// How this node's clock stands to the database's.
pub(super) struct Skew {
    differ: bool,
    metrics: Arc<Metrics>,
}

impl Skew {
    pub(super) fn new(metrics: &Arc<Metrics>) -> Self {
        Self { differ: false, metrics: metrics.clone() }
    }

    /// Notes what the database's clock said between two looks at this node's, so that a slow answer is not taken for a difference. Tells
    /// once that the clocks differ, and once that they agree again.
    pub(super) fn note(&mut self, before: Timestamp, database: Timestamp, after: Timestamp) {
        let (ahead, behind) = (before.since(database), database.since(after));
        self.metrics.clock_skew.set(ahead.as_secs_f64() - behind.as_secs_f64());
        let by = ahead.max(behind);
        let differ = if self.differ { by >= AGREE } else { by > DIFFER };
        if differ == self.differ {
            return;
        }
        self.differ = differ;
        if differ {
            let (seconds, way) = (by.as_secs_f64(), if ahead > behind { "ahead of" } else { "behind" });
            tracing::warn!(
                "this node's clock is {seconds:.0} s {way} the database's: one of them is wrong; \
                 receivers refuse signatures whose timestamp is off by five minutes"
            );
        } else {
            tracing::info!("this node's clock agrees with the database's again");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::logged::logged;

    const DATABASE: Timestamp = Timestamp::from_micros(1_000_000_000);

    /// What is logged when this node's clock is ahead by so many seconds.
    fn told(skew: &mut Skew, ahead: i64) -> String {
        let now = DATABASE.plus_seconds(ahead);
        logged(|| skew.note(now, DATABASE, now))
    }

    #[test]
    fn clocks_that_differ_are_told_once_until_they_agree_again() {
        let skew = &mut Skew::new(&Arc::default());
        for ahead in [0, 5, -5] {
            assert_eq!(told(skew, ahead), "", "{ahead}");
        }
        let warned = told(skew, 310);
        assert!(warned.contains("WARN") && warned.contains("clock is 310 s ahead of the database's"), "{warned}");
        assert!(warned.contains("receivers refuse signatures whose timestamp is off by five minutes"), "{warned}");
        for ahead in [311, -311, 4, 1] {
            assert_eq!(told(skew, ahead), "", "{ahead}");
        }
        let agreed = told(skew, 0);
        assert!(agreed.contains("INFO") && agreed.contains("agrees with the database's again"), "{agreed}");
        let warned = told(skew, -6);
        assert!(warned.contains("clock is 6 s behind the database's"), "{warned}");
        assert_eq!(skew.metrics.clock_skew.get(), -6.0);
    }

    #[test]
    fn a_slow_answer_is_no_difference() {
        let skew = &mut Skew::new(&Arc::default());
        let said = logged(|| skew.note(DATABASE.plus_seconds(-7), DATABASE, DATABASE.plus_seconds(1)));
        assert_eq!((said.as_str(), skew.metrics.clock_skew.get()), ("", 0.0));
    }
}
