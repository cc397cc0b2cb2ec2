//! What the demo says in the terminal: how far the past has come, what breaks, who is paged. One line each, when it happens.

use std::io::{self, Write as _};

use ippo_base::{Clock, Timestamp};
use ippo_shop::drive::Status;
use ippo_shop::{Fault, Outage};
use tokio::sync::{mpsc, watch};

/// Writes one line.
pub(super) fn say(line: &str) {
    // A terminal that went away is no reason to stop the demo.
    let _ = writeln!(io::stdout().lock(), "{line}");
}

/// Says what happens until the shop or the pager goes away.
pub(super) async fn follow(
    mut status: watch::Receiver<Status>,
    mut pages: mpsc::Receiver<String>,
    clock: &dyn Clock,
) {
    let mut teller = Teller::default();
    loop {
        tokio::select! {
            page = pages.recv() => match page {
                Some(page) => say(&format!("☎  {page}")),
                None => return,
            },
            changed = status.changed() => {
                if changed.is_err() {
                    return;
                }
                let now = clock.now();
                let lines = teller.lines(&status.borrow_and_update(), now);
                lines.iter().for_each(|line| say(line));
            }
        }
    }
}

/// Remembers what was said.
#[derive(Default)]
struct Teller {
    tenths: usize,
    whole: bool,
    broken: Vec<(Fault, Timestamp)>,
    refusal: Option<String>,
}

impl Teller {
    fn lines(&mut self, status: &Status, now: Timestamp) -> Vec<String> {
        let mut lines = Vec::new();
        lines.extend(self.history(status));
        lines.extend(self.faults(status.schedule.outages(), now));
        if status.last_refusal != self.refusal {
            self.refusal.clone_from(&status.last_refusal);
            lines.extend(
                self.refusal.iter().map(|reason| format!("!  ippo refused telemetry of the shop: {reason}")),
            );
        }
        lines
    }

    fn history(&mut self, status: &Status) -> Option<String> {
        if status.history_total == 0 || self.whole {
            return None;
        }
        if status.history_done == status.history_total {
            self.whole = true;
            return Some(format!("✓  the shop's past is in: {} spans, log lines and points", status.taken));
        }
        let tenths = status.history_done * 10 / status.history_total;
        if tenths <= self.tenths {
            return None;
        }
        self.tenths = tenths;
        Some(format!("…  the shop's past, newest first: {} %", tenths * 10))
    }

    fn faults(&mut self, outages: &[Outage], now: Timestamp) -> Vec<String> {
        let holding: Vec<(Fault, Timestamp)> =
            outages.iter().filter(|o| o.holds(now)).map(|o| (o.fault, o.range().from)).collect();
        let begun = holding.iter().filter(|fault| !self.broken.contains(fault));
        let over = self.broken.iter().filter(|fault| !holding.contains(fault));
        let lines = begun
            .map(|(fault, _)| format!("✗  {fault}: {}", fault.expectation()))
            .chain(over.map(|(fault, _)| format!("✓  {fault} is over")))
            .collect();
        self.broken = holding;
        lines
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use ippo_shop::Schedule;

    use super::*;

    #[test]
    fn each_thing_is_said_once() {
        let at = Timestamp::from_secs(1_000);
        let mut teller = Teller::default();
        let schedule = Schedule::of(vec![Outage::new(Fault::Payment, at, Duration::from_secs(60))]);
        let mut status = Status { history_total: 20, history_done: 1, schedule, ..Status::default() };
        assert!(teller.lines(&status, Timestamp::from_secs(999)).is_empty());
        status.history_done = 5;
        assert_eq!(
            teller.lines(&status, at),
            [
                "…  the shop's past, newest first: 20 %".to_owned(),
                format!("✗  payment: {}", Fault::Payment.expectation()),
            ]
        );
        assert!(teller.lines(&status, at).is_empty());
        status.history_done = 20;
        status.taken = 7;
        assert_eq!(
            teller.lines(&status, Timestamp::from_secs(1_060)),
            ["✓  the shop's past is in: 7 spans, log lines and points", "✓  payment is over",]
        );
        assert!(teller.lines(&status, Timestamp::from_secs(1_061)).is_empty());
    }
}
