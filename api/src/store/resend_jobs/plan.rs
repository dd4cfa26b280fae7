//! What a resend job does next. First one delivery, then ten, then the rest: a receiver that is still broken gets one request, not
//! thousands.

/// How many deliveries the first steps resend; the last step resends the rest.
const STEPS: [i32; 2] = [1, 10];
/// How many may be under way: each is looked at until it has a result, and a webhook that rests or goes slowly gives none for long.
const UNDER_WAY: i32 = 1_000;
/// How many results of the last step count as enough to judge it by.
const ENOUGH: i32 = 10;

/// How the current step of a job stands.
#[derive(Clone, Copy, Debug)]
pub(super) struct Progress {
    /// Which step it is.
    pub(super) step: i32,
    /// How many deliveries were resent in it.
    pub(super) resent: i32,
    /// How many of those arrived.
    pub(super) delivered: i32,
    /// How many of those failed.
    pub(super) failed: i32,
    /// How many of those have no result yet.
    pub(super) under_way: i32,
    /// Whether anything is left to resend.
    pub(super) some_wait: bool,
}

/// What to do next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Move {
    /// Wait for results.
    Wait,
    /// Too large a share has failed.
    Stop,
    /// Nothing is left to do.
    Finish,
    /// Resend up to `count` deliveries, in that step.
    Resend { step: i32, count: i32 },
}

impl Progress {
    /// What to do next, when `max_failed_percent` of a step may fail and `rate` deliveries may be resent now.
    pub(super) fn next(self, max_failed_percent: i32, rate: i32) -> Move {
        let Self { step, resent, delivered, failed, under_way, some_wait } = self;
        let size = size(step);
        let complete = under_way == 0 && (size.is_some_and(|size| resent >= size) || !some_wait);
        let results = delivered + failed;
        let judged = complete || size.is_none() && results >= ENOUGH;
        if judged && failed * 100 > max_failed_percent * results {
            return Move::Stop;
        }
        match (complete, some_wait) {
            (true, false) => Move::Finish,
            (true, true) => resend(step + 1, 0, rate),
            (false, true) if under_way < UNDER_WAY && size.is_none_or(|size| resent < size) => {
                resend(step, resent, rate)
            }
            (false, _) => Move::Wait,
        }
    }
}

fn size(step: i32) -> Option<i32> {
    usize::try_from(step).ok().and_then(|step| STEPS.get(step)).copied()
}

fn resend(step: i32, resent: i32, rate: i32) -> Move {
    Move::Resend { step, count: size(step).map_or(rate, |size| rate.min(size - resent)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: Progress = Progress { step: 0, resent: 0, delivered: 0, failed: 0, under_way: 0, some_wait: true };

    #[test]
    fn one_then_ten_then_the_rest_at_the_rate() {
        assert_eq!(START.next(50, 25), Move::Resend { step: 0, count: 1 });
        assert_eq!(Progress { resent: 1, under_way: 1, ..START }.next(50, 25), Move::Wait);
        assert_eq!(Progress { resent: 1, delivered: 1, ..START }.next(50, 25), Move::Resend { step: 1, count: 10 });
        let ten = Progress { step: 1, resent: 10, under_way: 3, delivered: 7, ..START };
        assert_eq!(ten.next(50, 25), Move::Wait);
        assert_eq!(Progress { under_way: 0, delivered: 10, ..ten }.next(50, 25), Move::Resend { step: 2, count: 25 });
        let rest = Progress { step: 2, resent: 25, under_way: 25, ..START };
        assert_eq!(rest.next(50, 25), Move::Resend { step: 2, count: 25 });
        assert_eq!(Progress { resent: 2_000, under_way: UNDER_WAY, ..rest }.next(50, 25), Move::Wait);
        assert_eq!(Progress { some_wait: false, ..rest }.next(50, 25), Move::Wait);
        assert_eq!(Progress { some_wait: false, under_way: 0, delivered: 25, ..rest }.next(50, 25), Move::Finish);
    }

    #[test]
    fn a_slow_rate_spreads_the_ten() {
        let six = Progress { step: 1, resent: 6, under_way: 2, delivered: 4, ..START };
        assert_eq!(six.next(50, 3), Move::Resend { step: 1, count: 3 });
        assert_eq!(Progress { resent: 9, ..six }.next(50, 3), Move::Resend { step: 1, count: 1 });
    }

    #[test]
    fn a_step_with_more_failures_than_the_share_stops_the_job() {
        assert_eq!(Progress { resent: 1, failed: 1, ..START }.next(50, 10), Move::Stop);
        assert_eq!(Progress { resent: 1, failed: 1, ..START }.next(100, 10), Move::Resend { step: 1, count: 10 });
        let ten = Progress { step: 1, resent: 10, ..START };
        assert_eq!(Progress { delivered: 5, failed: 5, ..ten }.next(50, 10), Move::Resend { step: 2, count: 10 });
        assert_eq!(Progress { delivered: 4, failed: 6, ..ten }.next(50, 10), Move::Stop);
        assert_eq!(Progress { delivered: 9, failed: 1, ..ten }.next(0, 10), Move::Stop);
    }

    #[test]
    fn the_rest_is_judged_while_it_goes_on() {
        let rest = Progress { step: 2, resent: 30, under_way: 20, ..START };
        assert_eq!(Progress { failed: 9, under_way: 21, ..rest }.next(50, 10), Move::Resend { step: 2, count: 10 });
        assert_eq!(Progress { failed: 10, ..rest }.next(50, 10), Move::Stop);
    }

    #[test]
    fn a_job_with_little_to_do_ends_when_that_is_done() {
        assert_eq!(Progress { resent: 1, delivered: 1, some_wait: false, ..START }.next(50, 10), Move::Finish);
        assert_eq!(Progress { resent: 1, failed: 1, some_wait: false, ..START }.next(50, 10), Move::Stop);
        assert_eq!(Progress { some_wait: false, ..START }.next(50, 10), Move::Finish);
    }
}
