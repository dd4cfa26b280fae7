//! When a failed delivery is tried again.
//!
//! Knows no clock and throws no dice: both are arguments.

use shared::Timestamp;
use std::time::Duration;

/// No receiver makes us wait longer with its `Retry-After`.
pub const LONGEST_ASKED: Duration = Duration::from_secs(86_400);
/// No receiver makes its webhook rest longer with it.
pub(super) const LONGEST_REST: Duration = Duration::from_secs(3_600);
/// A delay grows by up to this share, so that deliveries that failed together do not come back together.
const JITTER: f64 = 0.2;
/// The delays after faults of ours, in seconds.
const OWN_FAULT: [u32; 2] = [5, 30];

/// How long to wait before the retry of that index in the schedule (seconds), or nothing when the schedule is at its end.
///
/// `retry_after`: what the receiver asked for; it makes the delay longer, never shorter. `jitter`: from 0 to 1.
pub fn next_delay(schedule: &[u32], index: usize, retry_after: Option<Duration>, jitter: f64) -> Option<Duration> {
    let scheduled = Duration::from_secs(u64::from(*schedule.get(index)?));
    #[expect(clippy::manual_clamp, reason = "a jitter that is no number counts as none; clamp would keep it")]
    let jitter = jitter.max(0.0).min(1.0);
    let factor = JITTER.mul_add(jitter, 1.0);
    let asked = retry_after.unwrap_or_default().mul_f64(factor).min(LONGEST_ASKED);
    Some(scheduled.mul_f64(factor).max(asked))
}

/// How long nothing more is sent to a receiver that asked for that with a 429 or a 503.
pub fn rest(status_code: Option<u16>, retry_after: Option<Duration>) -> Option<Duration> {
    let asks = matches!(status_code, Some(429 | 503));
    retry_after.filter(|_| asks).map(|asked| asked.min(LONGEST_REST))
}

/// How long to wait after a fault of ours, which shall not cost a delivery its last attempt: the webhook's schedule counts, but there are
/// two retries at least. So what can never be sent is given up after three attempts or at the schedule's end.
pub fn delay_after_own_fault(schedule: &[u32], index: usize, jitter: f64) -> Option<Duration> {
    next_delay(schedule, index, None, jitter).or_else(|| next_delay(&OWN_FAULT, index, None, jitter))
}

/// What a `Retry-After` header asks for: seconds, or a date. What is neither asks for nothing.
pub fn parse_retry_after(value: &str, now: Timestamp) -> Option<Duration> {
    let value = value.trim();
    if !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit()) {
        // More digits than a u64 holds is longer than the longest delay all the same.
        return Some(value.parse().map_or(LONGEST_ASKED, Duration::from_secs).min(LONGEST_ASKED));
    }
    let date = httpdate::parse_http_date(value).ok()?;
    let date = date.duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    Some(Timestamp::from_micros(0).plus(date).since(now).min(LONGEST_ASKED))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// 2025-07-08T18:01:20Z
    const NOW: Timestamp = Timestamp::from_micros(1_751_997_680_000_000);
    const SCHEDULE: [u32; 5] = [5, 30, 120, 300, 420];

    #[test]
    fn each_delay_follows_the_schedule_and_then_ends() {
        for (index, seconds) in SCHEDULE.into_iter().enumerate() {
            assert_eq!(next_delay(&SCHEDULE, index, None, 0.0), Some(Duration::from_secs(seconds.into())));
        }
        assert_eq!(next_delay(&SCHEDULE, 5, None, 0.0), None);
        assert_eq!(next_delay(&[], 0, Some(LONGEST_ASKED), 0.0), None);
    }

    #[test]
    fn a_fault_of_ours_is_retried_twice_at_least() {
        let delays = |schedule: &[u32]| -> Vec<_> {
            (0..4).map_while(|index| delay_after_own_fault(schedule, index, 0.0)).map(|delay| delay.as_secs()).collect()
        };
        assert_eq!(delays(&[]), [5, 30]);
        assert_eq!(delays(&[60]), [60, 30]);
        assert_eq!(delays(&[1, 2, 3]), [1, 2, 3]);
    }

    #[test]
    fn a_retry_after_is_respected_within_bounds() {
        let asked = |seconds| Some(Duration::from_secs(seconds));
        assert_eq!(next_delay(&SCHEDULE, 0, asked(60), 0.0), asked(60));
        assert_eq!(next_delay(&SCHEDULE, 1, asked(1), 0.0), asked(30));
        assert_eq!(next_delay(&SCHEDULE, 1, asked(1_000_000), 0.0), Some(LONGEST_ASKED));
        assert_eq!(next_delay(&SCHEDULE, 1, asked(1_000_000), 1.0), Some(LONGEST_ASKED));
        assert_eq!(next_delay(&[100_000], 0, asked(1_000_000), 1.0), asked(120_000));
        assert_eq!(next_delay(&[604_800], 0, None, 0.0), asked(604_800));
    }

    #[test]
    fn a_webhook_rests_as_long_as_its_receiver_asks_and_no_longer_than_an_hour() {
        let minute = Some(Duration::from_secs(60));
        for (status_code, asked, rests) in [
            (429, minute, minute),
            (503, Some(LONGEST_ASKED), Some(LONGEST_REST)),
            (503, None, None),
            (500, minute, None),
            (200, minute, None),
        ] {
            assert_eq!(rest(Some(status_code), asked), rests, "{status_code}");
        }
        assert_eq!(rest(None, minute), None);
    }

    #[test]
    fn what_receivers_write_is_read_or_ignored() {
        for (value, seconds) in [
            ("120", Some(120)),
            (" 7 ", Some(7)),
            ("0", Some(0)),
            ("99999999999999999999999999", Some(86_400)),
            ("Tue, 08 Jul 2025 18:02:20 GMT", Some(60)),
            ("Tue, 08 Jul 2025 18:00:20 GMT", Some(0)),
            ("Fri, 31 Dec 9999 23:59:59 GMT", Some(86_400)),
            ("Thu, 01 Jan 1970 00:00:00 GMT", Some(0)),
            ("1e300", None),
            ("inf", None),
            ("-5", None),
            ("soon", None),
            ("", None),
        ] {
            assert_eq!(parse_retry_after(value, NOW), seconds.map(Duration::from_secs), "{value:?}");
        }
    }

    proptest! {
        #[test]
        fn a_delay_is_between_the_base_and_a_fifth_more(
            schedule in prop::collection::vec(1_u32..=604_800, 1..20),
            index in 0_usize..20,
            jitter in 0.0..=1.0,
        ) {
            match (schedule.get(index), next_delay(&schedule, index, None, jitter)) {
                (Some(&base), Some(delay)) => {
                    let base = Duration::from_secs(base.into());
                    prop_assert!(delay >= base && delay <= base.mul_f64(1.200_001));
                }
                (None, None) => {}
                other => prop_assert!(false, "{other:?}"),
            }
        }

        #[test]
        fn no_header_makes_a_panic_or_a_longer_delay(value in "\\PC*", micros in any::<i64>(), jitter in any::<f64>()) {
            let asked = parse_retry_after(&value, Timestamp::from_micros(micros));
            prop_assert!(asked.unwrap_or_default() <= LONGEST_ASKED);
            prop_assert!(next_delay(&SCHEDULE, 0, asked, jitter).unwrap() <= LONGEST_ASKED);
        }
    }
}
