//! Burn alerts of SLOs that come from elsewhere: ippo's own pairs for the period, fewer of them where some were switched off, and
//! in words how they differ from those that the tool would have made.

use super::draft::Draft;
use super::reader::Read;
use crate::slo::burn::{BurnPair, BurnSeverity, pairs_for};
use crate::slo::{Target, duration_text};

const MINUTES_OF_28_DAYS: u32 = 28 * 24 * 60;
/// Burn alerts are made for periods from here on.
const SHORTEST_MINUTES: u32 = 7 * 24 * 60;

/// Which tool wrote the alerts before.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Tool {
    Sloth,
    Pyrra,
}

/// Which burn alerts an SLO has.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Alerts {
    pub(super) tool: Tool,
    /// Whether someone is paged.
    pub(super) pages: bool,
    /// Whether tickets are written.
    pub(super) tickets: bool,
    /// Whether silence of the source is told.
    pub(super) absence: bool,
}

impl Alerts {
    /// Whether nobody is told of a burn at all.
    pub(super) fn is_none(self) -> bool {
        !self.pages && !self.tickets
    }

    fn has(self, severity: BurnSeverity) -> bool {
        match severity {
            BurnSeverity::Page => self.pages,
            BurnSeverity::Ticket => self.tickets,
        }
    }

    /// The pairs that must be written down, as they are not all of the default ones.
    fn written(self, target: &Target, period_minutes: u32) -> Vec<BurnPair> {
        if self.is_none() || (self.pages && self.tickets && self.absence) {
            return Vec::new();
        }
        let mut pairs = pairs_for(target, period_minutes).kept;
        pairs.retain(|pair| self.has(pair.severity));
        pairs
    }

    /// `alertPolicies`, as YAML; nothing where the default ones are meant.
    pub(super) fn documents(self, target: &Target, period_minutes: u32) -> String {
        let pairs = self.written(target, period_minutes);
        let mut text = if pairs.is_empty() { String::new() } else { "  alertPolicies:\n".to_owned() };
        for pair in pairs {
            let (long, severity) = (duration_text(pair.long_minutes), pair.severity.name());
            let absence = if self.absence { "" } else { "        alertWhenNoData: false\n" };
            text.push_str(&format!(
                "    - kind: AlertPolicy\n      metadata: {{name: {severity}-{long}}}\n      spec:\n{absence}        \
                 conditions:\n          - kind: AlertCondition\n            metadata: {{name: {severity}-{long}}}\n            \
                 spec:\n              severity: {severity}\n              condition: {{kind: burnrate, op: gte, threshold: {}, \
                 lookbackWindow: {long}}}\n",
                pair.factor.to_decimal(6)
            ));
        }
        text
    }
}

/// Says how the alerts of an SLO differ from those that its tool made.
pub(super) fn compare(draft: &Draft, read: &mut Read<'_>) {
    let (alerts, period) = (draft.alerts, draft.period_minutes);
    let length = duration_text(period);
    if alerts.is_none() {
        let reason = "its burn alerts are switched off, so nobody is named to be told, of silence neither; what burns is on its page all the same";
        read.notes.push(draft.finding(reason.to_owned(), String::new()));
        return;
    }
    if !alerts.absence && alerts.written(&draft.target, period).is_empty() {
        let reason = "that nobody is told of silence is said in alertPolicies, and none are written, as ippo makes no pairs here";
        let instead = "write alertPolicies with alertWhenNoData: false".to_owned();
        read.left_out.push(draft.finding(reason.to_owned(), instead));
    }
    if period < SHORTEST_MINUTES {
        let reason = format!("ippo makes no burn alerts for a period of {length}, under 7d");
        let instead = "write alertPolicies, as docs/guide/openslo.md shows".to_owned();
        read.left_out.push(draft.finding(reason, instead));
        return;
    }
    let pairs = pairs_for(&draft.target, period);
    let lost: Vec<String> = pairs
        .omitted
        .iter()
        .filter(|omitted| alerts.has(omitted.pair.severity))
        .map(|o| format!("{} {}", o.pair.label(), o.reason))
        .collect();
    if !lost.is_empty() {
        let is_any = pairs.kept.iter().any(|pair| alerts.has(pair.severity));
        let reason = format!("of the burn alerts some are missing: {}", lost.join("; "));
        if is_any {
            read.notes.push(draft.finding(reason, String::new()));
        } else {
            let instead = "choose a target that can be reached, or write alertPolicies".to_owned();
            read.left_out.push(draft.finding(reason, instead));
        }
    }
    let mut own: Vec<BurnPair> = pairs.kept;
    own.extend(pairs.omitted.into_iter().map(|omitted| omitted.pair));
    own.sort_by_key(|pair| pair.long_minutes);
    let own: Vec<String> =
        own.iter().map(|pair| format!("{} x{}", pair.label(), pair.factor.to_decimal(4))).collect();
    let own = own.join(", ");
    read.remark(match alerts.tool {
        Tool::Sloth => sloth(&length, period, &own),
        Tool::Pyrra => pyrra(&length, period, &own),
    });
    if alerts.tool == Tool::Sloth {
        read.remark(
            "ippo tells when the source is silent, too, which Sloth does not; alertWhenNoData: false in alertPolicies ends that"
                .to_owned(),
        );
    }
}

fn sloth(length: &str, period: u32, own: &str) -> String {
    // Whole days, for which Sloth has windows of its own.
    match period / (24 * 60) {
        28 | 30 => format!(
            "over {length} ippo's burn alerts have the windows and factors of Sloth's ({own}), each is told by itself, and fires from its \
             factor on"
        ),
        _ => format!(
            "over {length} ippo's burn alerts are {own}; for this period Sloth has only windows that somebody wrote: hold them against \
             these, and write alertPolicies where they should stay"
        ),
    }
}

fn pyrra(length: &str, period: u32, own: &str) -> String {
    let scaled = |of_28_days: u32| {
        let (period, of_28_days) = (u64::from(period), u64::from(of_28_days));
        let half = u64::from(MINUTES_OF_28_DAYS) / 2;
        let minutes = (period * of_28_days + half) / u64::from(MINUTES_OF_28_DAYS);
        duration_text(u32::try_from(minutes).unwrap_or(u32::MAX))
    };
    let theirs: Vec<String> = [(14, 60, 5), (7, 360, 30), (2, 24 * 60, 120), (1, 4 * 24 * 60, 360)]
        .into_iter()
        .map(|(factor, long, short)| format!("{}/{} x{factor}", scaled(long), scaled(short)))
        .collect();
    format!(
        "over {length} Pyrra's burn alerts are {}, each after a wait, and ippo's {own}, without one; write alertPolicies, with windows of \
         at most 3d, where Pyrra's should stay",
        theirs.join(", ")
    )
}
