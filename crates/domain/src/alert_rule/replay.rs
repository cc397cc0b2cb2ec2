//! A rule over the past: when it would have fired, by the very steps that the engine takes.

use ippo_base::Minute;

use super::judge::{Change, Progress, Timing, Verdict, step};

/// Of what would have fired, so much is shown in full; the rest is counted.
pub const EPISODES_SHOWN: usize = 50;

/// Once that a rule would have fired.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Episode {
    /// The minute with which it would have begun.
    pub from: Minute,
    /// The minute with which it would have ended; none if it would fire still.
    pub to: Option<Minute>,
}

/// When a group would have fired, by its verdicts of the minutes in order.
pub fn replay(timing: Timing, verdicts: impl IntoIterator<Item = (Minute, Verdict)>) -> Vec<Episode> {
    let mut progress = Progress::default();
    let mut episodes: Vec<Episode> = Vec::new();
    for (minute, verdict) in verdicts {
        let (after, change) = step(timing, progress, verdict, minute);
        progress = after;
        match change {
            Some(Change::Fires) => episodes.push(Episode { from: minute, to: None }),
            Some(Change::Ends(_)) => {
                if let Some(last) = episodes.last_mut() {
                    last.to = Some(minute);
                }
            }
            None => {}
        }
    }
    episodes
}
