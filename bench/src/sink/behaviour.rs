//! How a receiver answers, as the path of its URL says.

use std::time::Duration;

/// How long a receiver behind the open gate takes.
const BEHIND_GATE: Duration = Duration::from_millis(20);

/// How a receiver answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Behaviour {
    /// With this status code after that time.
    Answer(u16, Duration),
    /// Never.
    Never,
}

/// One receiver: how it answers, to which group it belongs, and its number there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Receiver<'a> {
    pub(super) behaviour: Behaviour,
    pub(super) group: &'a str,
    pub(super) number: u32,
}

/// Reads `/ok/GROUP/N`, `/late/MS/GROUP/N`, `/status/CODE/GROUP/N`, `/never/GROUP/N` or `/gate/GROUP/N`. Behind the gate nobody is
/// answered until it is open.
pub(super) fn of(path: &str, open: bool) -> Option<Receiver<'_>> {
    let mut parts = path.strip_prefix('/')?.split('/');
    let behaviour = match parts.next()? {
        "ok" => Behaviour::Answer(200, Duration::ZERO),
        "late" => Behaviour::Answer(200, Duration::from_millis(parts.next()?.parse().ok()?)),
        "status" => Behaviour::Answer(parts.next()?.parse().ok()?, Duration::ZERO),
        "never" => Behaviour::Never,
        "gate" if open => Behaviour::Answer(200, BEHIND_GATE),
        "gate" => Behaviour::Never,
        _ => return None,
    };
    let (group, number) = (parts.next()?, parts.next()?.parse().ok()?);
    parts.next().is_none().then_some(Receiver { behaviour, group, number })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_path_says_how_to_answer() {
        let at_once = Behaviour::Answer(200, Duration::ZERO);
        for (path, open, behaviour) in [
            ("/ok/all/3", false, Some(at_once)),
            ("/late/250/all/3", false, Some(Behaviour::Answer(200, Duration::from_millis(250)))),
            ("/status/503/all/3", false, Some(Behaviour::Answer(503, Duration::ZERO))),
            ("/never/all/3", true, Some(Behaviour::Never)),
            ("/gate/all/3", false, Some(Behaviour::Never)),
            ("/gate/all/3", true, Some(Behaviour::Answer(200, BEHIND_GATE))),
            ("/ok/all", false, None),
            ("/ok/all/3/4", false, None),
            ("/what/all/3", false, None),
        ] {
            assert_eq!(of(path, open).map(|receiver| receiver.behaviour), behaviour, "{path}");
        }
    }
}
