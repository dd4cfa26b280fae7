//! How a receiver answers, as the path of its URL says.

use std::time::Duration;

/// How long a receiver behind the open gate takes.
const BEHIND_GATE: Duration = Duration::from_millis(20);

/// One receiver: when it answers, to which group it belongs, and its number there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Receiver<'a> {
    /// After which time it answers; none if it never does.
    pub(super) answers_after: Option<Duration>,
    pub(super) group: &'a str,
    pub(super) number: u32,
}

/// Reads `/ok/GROUP/N`, `/never/GROUP/N` or `/gate/GROUP/N`. Behind the gate nobody is answered until it is open.
pub(super) fn of(path: &str, open: bool) -> Option<Receiver<'_>> {
    let mut parts = path.strip_prefix('/')?.split('/');
    let answers_after = match parts.next()? {
        "ok" => Some(Duration::ZERO),
        "never" => None,
        "gate" => open.then_some(BEHIND_GATE),
        _ => return None,
    };
    let (group, number) = (parts.next()?, parts.next()?.parse().ok()?);
    parts.next().is_none().then_some(Receiver { answers_after, group, number })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_path_says_how_to_answer() {
        for (path, open, answers_after) in [
            ("/ok/all/3", false, Some(Some(Duration::ZERO))),
            ("/never/all/3", true, Some(None)),
            ("/gate/all/3", false, Some(None)),
            ("/gate/all/3", true, Some(Some(BEHIND_GATE))),
            ("/ok/all", false, None),
            ("/ok/all/3/4", false, None),
            ("/what/all/3", false, None),
        ] {
            assert_eq!(of(path, open).map(|receiver| receiver.answers_after), answers_after, "{path}");
        }
    }
}
