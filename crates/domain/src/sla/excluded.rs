//! Time that is not held against an agreement: what was entered as excluded in the ledger of its SLO. That a budget was reset says
//! nothing to customers, and counts nowhere here.

use ippo_base::{Minute, MinuteRange, Timestamp};

use super::{ExcludedTime, Sla};
use crate::slo::{Entered, Exclusions, LedgerEntry};

/// An exclusion that takes minutes out of a period.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TakenOut {
    /// The entry's id in the SLO's ledger.
    pub id: String,
    /// When it was entered.
    pub at: Timestamp,
    /// By whom.
    pub by: String,
    /// Why.
    pub reason: String,
    /// Where it was agreed; empty if nowhere.
    pub ticket: String,
    /// How many minutes of the period.
    pub minutes: u32,
    /// Whether they are left out; else what was bad in them counts as good.
    pub is_left_out: bool,
}

/// What is taken out, of all that the SLO's ledger says. What comes back does so until `horizon`.
pub fn exclusions(sla: &Sla, entries: &[Entered], horizon: Minute) -> Exclusions {
    match sla.excluded {
        ExcludedTime::Counts => Exclusions::default(),
        ExcludedTime::Excluded => {
            Exclusions::of(entries.iter().filter(|entered| !is_reset(entered)), horizon)
        }
    }
}

/// Each exclusion that takes minutes out of `period`, oldest first.
pub fn taken_out(sla: &Sla, entries: &[Entered], period: MinuteRange, horizon: Minute) -> Vec<TakenOut> {
    if sla.excluded == ExcludedTime::Counts {
        return Vec::new();
    }
    let of = |entered: &Entered| {
        let LedgerEntry::Exclusion(exclusion) = &entered.entry else { return None };
        let is_back = |other: &&Entered| matches!(&other.entry, LedgerEntry::Withdrawal { of, .. } if *of == entered.id);
        let own = [entered].into_iter().chain(entries.iter().filter(is_back));
        let Exclusions { left_out, good } = Exclusions::of(own, horizon);
        let minutes = left_out.len_within(period) + good.len_within(period);
        (minutes > 0).then(|| TakenOut {
            id: entered.id.clone(),
            at: entered.at,
            by: entered.by.clone(),
            reason: exclusion.reason.clone(),
            ticket: exclusion.ticket.clone(),
            minutes,
            is_left_out: !left_out.is_empty(),
        })
    };
    let mut taken: Vec<TakenOut> = entries.iter().filter_map(of).collect();
    taken.sort_by(|a, b| (a.at, &a.id).cmp(&(b.at, &b.id)));
    taken
}

fn is_reset(entered: &Entered) -> bool {
    matches!(entered.entry, LedgerEntry::Reset(_))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::definition::parse_sla;
    use crate::slo::{ExcludedTime as CountsAs, Exclusion, Reset};

    fn sla(more: &str) -> Sla {
        let head = "apiVersion: ippo/v1\nkind: SLA\nmetadata: {name: x}\nspec: {slo: a, target: 0.99, customers: all";
        parse_sla(&format!("{head}{more}}}\n")).expect("good")
    }

    fn entered(id: &str, entry: LedgerEntry) -> Entered {
        Entered { id: id.to_owned(), at: Timestamp::from_secs(600), by: "ada".to_owned(), entry }
    }

    fn exclusion(from: u32, to: u32, counts_as: CountsAs) -> LedgerEntry {
        LedgerEntry::Exclusion(Exclusion {
            range: MinuteRange { from: Minute(from), to: Minute(to) },
            repeat: None,
            counts_as,
            reason: "maintenance".to_owned(),
            ticket: "T-1".to_owned(),
            effects: vec![],
        })
    }

    #[test]
    fn what_was_agreed_is_taken_out_and_a_reset_is_not() {
        let reset =
            Reset { at: Minute(500), reason: "new".to_owned(), ticket: String::new(), effects: vec![] };
        let entries = [
            entered("a", exclusion(100, 130, CountsAs::LeftOut)),
            entered("b", LedgerEntry::Reset(reset)),
            entered("c", exclusion(200, 210, CountsAs::Good)),
            entered("d", exclusion(300, 310, CountsAs::LeftOut)),
            entered("e", LedgerEntry::Withdrawal { of: "d".to_owned(), from: None, reason: "no".to_owned() }),
        ];
        let all = exclusions(&sla(""), &entries, Minute(1_000));
        assert_eq!((all.left_out.len(), all.good.len()), (30, 10));
        let period = MinuteRange { from: Minute(120), to: Minute(1_000) };
        let told: Vec<(String, u32, bool)> = taken_out(&sla(""), &entries, period, Minute(1_000))
            .into_iter()
            .map(|taken| (taken.id, taken.minutes, taken.is_left_out))
            .collect();
        assert_eq!(told, [("a".to_owned(), 10, true), ("c".to_owned(), 10, false)]);
        let counts = sla(", excludedTime: counts");
        assert_eq!(exclusions(&counts, &entries, Minute(1_000)), Exclusions::default());
        assert_eq!(taken_out(&counts, &entries, period, Minute(1_000)), []);
    }
}
