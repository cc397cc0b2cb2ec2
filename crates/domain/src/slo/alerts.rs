//! What begins and ends with an SLO's alerts, given which of them fire already. Opens no incident and tells nobody.

use std::collections::BTreeSet;

use ippo_base::{Minute, Timestamp};

use super::absence::Presence;
use super::burn::{BurnPair, BurnSeverity, BurnStatus};
use super::evaluate::objective_label;
use super::model::Slo;
use super::ratio::Ratio;
use super::window::duration_text;
use crate::Said;
use crate::alert::{AlertKind, AlertSeverity, AlertSource, AlertSubject, AlertTransition};

/// Something about an SLO that can fire.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum SloAlert {
    /// A burn pair of an objective or of a composite SLO, known by its severity and its long window.
    Burn {
        /// The objective's place in the SLO; that of the first part where the SLO is a composite one.
        objective: u32,
        /// How loudly it is told.
        severity: BurnSeverity,
        /// The pair's long window, in minutes.
        long_minutes: u32,
    },
    /// Nothing is heard from the SLO's source.
    Absence {
        /// The place of the first objective that reads this source: only parts of a composite SLO have others.
        objective: u32,
    },
}

/// How an SLO's alert is answered.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum AlertClass {
    /// A page pair: someone must act now.
    Page,
    /// A ticket pair: someone must act in the next days.
    Ticket,
    /// The source is silent.
    Absence,
}

/// An alert that began or ended.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct AlertChange {
    /// Which.
    pub alert: SloAlert,
    /// How it is answered.
    pub class: AlertClass,
    /// What happened.
    pub transition: Transition,
    /// In words, with its numbers.
    pub text: Said,
}

/// What happened to an alert.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Transition {
    /// It fires.
    Fired,
    /// It no longer does.
    Resolved,
}

/// The class of an alert.
pub fn class_of(alert: SloAlert) -> AlertClass {
    match alert {
        SloAlert::Burn { severity: BurnSeverity::Page, .. } => AlertClass::Page,
        SloAlert::Burn { severity: BurnSeverity::Ticket, .. } => AlertClass::Ticket,
        SloAlert::Absence { .. } => AlertClass::Absence,
    }
}

impl SloAlert {
    /// That of a pair of the objective at a place in the SLO.
    pub fn of_pair(objective: usize, pair: &BurnPair) -> Self {
        let BurnPair { severity, long_minutes, .. } = *pair;
        Self::Burn { objective: objective as u32, severity, long_minutes }
    }

    /// Its name in the state database, unique within its SLO. The severity is said where it is not the usual one of such
    /// a window.
    pub fn key(self) -> String {
        match self {
            Self::Burn { objective, severity, long_minutes } => match BurnSeverity::usual(long_minutes) {
                usual if usual == severity => format!("burn/{objective}/{long_minutes}"),
                _ => format!("burn/{objective}/{long_minutes}/{}", severity.name()),
            },
            Self::Absence { objective: 0 } => "absence".to_owned(),
            Self::Absence { objective } => format!("absence/{objective}"),
        }
    }

    /// Reads what [`SloAlert::key`] wrote.
    pub fn parse(key: &str) -> Option<Self> {
        if let Some(rest) = key.strip_prefix("absence") {
            let objective = if rest.is_empty() { Some(0) } else { rest.strip_prefix('/')?.parse().ok() };
            return objective.map(|objective| Self::Absence { objective });
        }
        let (objective, rest) = key.strip_prefix("burn/")?.split_once('/')?;
        let (long_minutes, severity) = match rest.split_once('/') {
            Some((long, name)) => (long, Some(BurnSeverity::ALL.into_iter().find(|s| s.name() == name)?)),
            None => (rest, None),
        };
        let long_minutes = long_minutes.parse().ok()?;
        let severity = severity.unwrap_or(BurnSeverity::usual(long_minutes));
        Some(Self::Burn { objective: objective.parse().ok()?, severity, long_minutes })
    }
}

impl SloAlert {
    /// Whom it tells, as `slo` says.
    fn told(self, slo: &Slo) -> Vec<String> {
        match self {
            Self::Burn { long_minutes, .. } => slo.told_of_burn(long_minutes),
            Self::Absence { .. } => slo.told_of_absence(),
        }
    }
}

impl AlertChange {
    /// What incidents are told of it. `slo` is none if the SLO called `name` was deleted.
    pub fn transition(&self, name: &str, slo: Option<&Slo>, at: Timestamp) -> AlertTransition {
        let owned = || name.to_owned();
        let filled = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        AlertTransition {
            source: match self.class {
                AlertClass::Page => AlertSource::Slo { name: owned(), severity: AlertSeverity::Page },
                AlertClass::Ticket => AlertSource::Slo { name: owned(), severity: AlertSeverity::Ticket },
                AlertClass::Absence => AlertSource::Absence { name: owned() },
            },
            alert: self.alert.key(),
            kind: match self.transition {
                Transition::Fired => AlertKind::Firing,
                Transition::Resolved => AlertKind::Resolved,
            },
            at,
            text: self.text.clone(),
            subject: AlertSubject {
                title: Said::same(slo.map_or_else(owned, |slo| slo.display_name.clone())),
                slo: Some(owned()),
                service: slo.and_then(|slo| filled(&slo.service)),
                owner: slo.and_then(|slo| filled(&slo.owner)),
                notify: slo.map(|slo| self.alert.told(slo)).unwrap_or_default(),
                runbook: slo.and_then(|slo| slo.runbook.clone()),
                rule: None,
                examples: vec![],
            },
        }
    }
}

/// The long windows of the pairs that fire, for each objective: what [`super::evaluate`] wants to know. A pair that became
/// louder or quieter is another one.
pub fn firing_windows(slo: &Slo, firing: &BTreeSet<SloAlert>) -> Vec<Vec<u32>> {
    let mut windows = vec![Vec::new(); slo.objectives.len()];
    for alert in firing {
        if let SloAlert::Burn { objective, severity, long_minutes } = alert
            && slo.has_pair(*severity, *long_minutes)
            && let Some(windows) = windows.get_mut(*objective as usize)
        {
            windows.push(*long_minutes);
        }
    }
    windows
}

/// What changes between the alerts that fire already and what is now the case: `burn` has the pairs of each of its aims,
/// `presence` whether each of its sources is heard, with the place of the first objective that reads it.
pub fn changes(
    slo: &Slo,
    burn: &[Vec<BurnStatus>],
    presence: &[(u32, Presence)],
    firing: &BTreeSet<SloAlert>,
) -> Vec<AlertChange> {
    let mut changes = Vec::new();
    let mut defined = BTreeSet::new();
    for (aim, pairs) in slo.aims().zip(burn) {
        for burn in pairs {
            let alert = SloAlert::of_pair(aim.place(), &burn.pair);
            defined.insert(alert);
            if burn.firing != firing.contains(&alert) {
                changes.push(burn_change(alert, burn, &aim.label()));
            }
        }
    }
    for (objective, presence) in presence {
        let alert = SloAlert::Absence { objective: *objective };
        if slo.tells_absence() {
            defined.insert(alert);
        }
        changes.extend(absence_change(slo, *objective, *presence, firing.contains(&alert)));
    }
    changes.extend(firing.iter().filter(|alert| !defined.contains(*alert)).map(|alert| undefined(*alert)));
    changes
}

fn burn_change(alert: SloAlert, burn: &BurnStatus, objective: &str) -> AlertChange {
    let rate = |burn: Option<Ratio>, none: &str| burn.map_or_else(|| none.to_owned(), |b| b.to_decimal(2));
    let burns = |none: &str| (rate(burn.long_burn, none), rate(burn.short_burn, none));
    let factor = burn.pair.factor.to_decimal(2);
    let (transition, verb, verb_ja) = match burn.firing {
        true => (Transition::Fired, "fires", "が発報"),
        false => (Transition::Resolved, "resolved", "が回復"),
    };
    let label = burn.pair.label();
    let (long, short) = burns("nothing counted");
    let english = format!("{label} of {objective} {verb}: burn {long} and {short}, factor {factor}");
    let (long, short) = burns("計測なし");
    let japanese =
        format!("{objective} の {label} {verb_ja}: バーンレート {long} と {short}、しきい値 {factor}");
    AlertChange { alert, class: class_of(alert), transition, text: Said::new(english, japanese) }
}

fn undefined(alert: SloAlert) -> AlertChange {
    let what = match alert {
        SloAlert::Burn { severity, long_minutes, .. } => {
            format!("{} {}", severity.name(), duration_text(long_minutes))
        }
        SloAlert::Absence { .. } => "absence".to_owned(),
    };
    let text = Said::new(
        format!("{what} resolved: the SLO no longer has this alert"),
        format!("{what} が回復: このアラートは SLO の定義からなくなりました"),
    );
    AlertChange { alert, class: class_of(alert), transition: Transition::Resolved, text }
}

/// Ends every alert of an SLO that is no longer defined.
pub fn end_all(firing: &BTreeSet<SloAlert>) -> Vec<AlertChange> {
    firing.iter().map(|alert| undefined(*alert)).collect()
}

fn absence_change(slo: &Slo, objective: u32, presence: Presence, fires: bool) -> Option<AlertChange> {
    let of = slo.objectives.get(objective as usize).filter(|_| slo.tells_absence())?;
    // Parts of a composite SLO may be about other services than the whole.
    let name = if slo.is_composite() { objective_label(of) } else { slo.service.clone() };
    let (transition, text) = match (presence, fires) {
        (Presence::Absent { last_heard, silent_minutes }, false) => {
            // Silence is counted from where its source should be by now.
            let minutes = silent_minutes + of.sli.lag_minutes();
            (Transition::Fired, silence(&name, of.sli.signal.name(), last_heard, minutes))
        }
        (Presence::Present, true) => (
            Transition::Resolved,
            Said::new(format!("{name} is heard again"), format!("{name} から再びデータが届いています")),
        ),
        (Presence::Absent { .. }, true) | (Presence::Present, false) | (Presence::Unknown, _) => return None,
    };
    let alert = SloAlert::Absence { objective };
    Some(AlertChange { alert, class: AlertClass::Absence, transition, text })
}

fn silence(service: &str, signal: &str, last_heard: Minute, minutes: u32) -> Said {
    let last = last_heard.start();
    Said::new(
        format!(
            "nothing is heard from {service}: its last {signal} began in the minute {last}, {minutes} whole minutes ago"
        ),
        format!(
            "{service} からデータが届いていません。最後の {signal} は {last} の分に始まったもので、それから {minutes} 分たちました"
        ),
    )
}

#[cfg(test)]
mod tests {

    use super::super::burn::Reach;
    use super::super::tests::{Given, NOW, now, slo, steady};
    use super::super::{AbsenceTold, AlertPolicy, burn_now};
    use super::*;
    use crate::Language;

    fn outage() -> Given {
        let mut given = steady(28 * 1440, 60, 0);
        for (_, counts) in given.counts[0].iter_mut().rev().take(6) {
            (counts.good, counts.bad) = (0, 60);
        }
        given
    }

    fn told(changes: &[AlertChange]) -> Vec<String> {
        changes.iter().map(|c| format!("{:?} {:?}: {}", c.class, c.transition, c.text)).collect()
    }

    #[test]
    fn an_alert_is_told_once_when_it_begins_and_once_when_it_ends() {
        let slo = slo(&["0.999"]);
        let pairs = burn_now(&slo, &outage().inputs(), now());
        let begun = changes(&slo, &pairs, &[(0, Presence::Present)], &BTreeSet::new());
        assert_eq!(
            told(&begun),
            [
                "Page Fired: page 1h/5m of 0.999 fires: burn 100 and 1000, factor 13.44",
                "Page Fired: page 6h/30m of 0.999 fires: burn 16.67 and 200, factor 5.6",
                "Ticket Fired: ticket 1d/2h of 0.999 fires: burn 4.17 and 50, factor 2.8",
                "Ticket Fired: ticket 3d/6h of 0.999 fires: burn 1.39 and 16.67, factor 0.93",
            ]
        );
        let firing: BTreeSet<SloAlert> = begun.iter().map(|c| c.alert).collect();
        assert!(changes(&slo, &pairs, &[(0, Presence::Present)], &firing).is_empty());

        let mut given = steady(28 * 1440, 60, 0);
        given.firing = firing_windows(&slo, &firing)[0].clone();
        let pairs = burn_now(&slo, &given.inputs(), now());
        let ended = changes(&slo, &pairs, &[(0, Presence::Present)], &firing);
        assert_eq!(ended.len(), 4);
        assert_eq!(
            told(&ended)[0],
            "Page Resolved: page 1h/5m of 0.999 resolved: burn 0 and 0, factor 13.44"
        );
    }

    #[test]
    fn an_alert_that_the_definition_lost_ends() {
        let firing =
            BTreeSet::from([SloAlert::Burn { objective: 1, severity: BurnSeverity::Page, long_minutes: 60 }]);
        let slo = slo(&["0.999"]);
        let pairs = burn_now(&slo, &steady(60, 60, 0).inputs(), now());
        let changes = changes(&slo, &pairs, &[(0, Presence::Unknown)], &firing);
        assert_eq!(told(&changes), ["Page Resolved: page 1h resolved: the SLO no longer has this alert"]);
        assert_eq!(told(&end_all(&firing)), told(&changes));
    }

    #[test]
    fn absence_begins_and_ends_and_is_not_ended_by_ignorance() {
        let slo = slo(&["0.999"]);
        let pairs = burn_now(&slo, &steady(60, 60, 0).inputs(), now());
        let absent = Presence::Absent { last_heard: Minute(NOW.0 - 4), silent_minutes: 3 };
        let none = BTreeSet::new();
        let fires = BTreeSet::from([SloAlert::Absence { objective: 0 }]);
        let told =
            |presence, firing: &BTreeSet<SloAlert>| told(&changes(&slo, &pairs, &[(0, presence)], firing));
        assert_eq!(
            told(absent, &none),
            [
                "Absence Fired: nothing is heard from frontend: its last spans began in the minute 2025-02-19T21:16:00Z, 3 whole minutes ago"
            ]
        );
        assert_eq!(told(Presence::Present, &fires), ["Absence Resolved: frontend is heard again"]);
        for (presence, firing) in [
            (absent, &fires),
            (Presence::Unknown, &fires),
            (Presence::Unknown, &none),
            (Presence::Present, &none),
        ] {
            assert!(told(presence, firing).is_empty());
        }
    }

    #[test]
    fn an_alert_is_known_by_its_key() {
        use BurnSeverity::{Page, Ticket};
        let burn = |severity, long_minutes| SloAlert::Burn { objective: 2, severity, long_minutes };
        for (alert, key) in [
            (burn(Page, 60), "burn/2/60"),
            (burn(Ticket, 60), "burn/2/60/ticket"),
            (burn(Ticket, 1440), "burn/2/1440"),
            (burn(Page, 1440), "burn/2/1440/page"),
            (SloAlert::Absence { objective: 0 }, "absence"),
            (SloAlert::Absence { objective: 2 }, "absence/2"),
        ] {
            assert_eq!((alert.key().as_str(), SloAlert::parse(key)), (key, Some(alert)));
        }
        for other in ["", "burn", "burn/1", "burn/x/60", "burn/1/60/loud", "page"] {
            assert_eq!(SloAlert::parse(other), None, "{other}");
        }
    }

    #[test]
    fn incidents_are_told_whom_and_what_it_concerns() {
        let slo = slo(&["0.999"]);
        let status = burn_now(&slo, &outage().inputs(), now());
        let begun = changes(&slo, &status, &[(0, Presence::Present)], &BTreeSet::new());
        let told = begun[0].transition("checkout", Some(&slo), now());
        assert_eq!(
            (told.source.key().as_str(), told.alert.as_str(), told.kind),
            ("slo/checkout/page", "burn/0/60", AlertKind::Firing)
        );
        assert_eq!(
            (told.subject.title.to(Language::English), told.subject.owner.as_deref()),
            ("Checkout", Some("shop"))
        );
        assert_eq!(begun[2].transition("checkout", Some(&slo), now()).source.key(), "slo/checkout/ticket");
        let ended = end_all(&BTreeSet::from([SloAlert::Absence { objective: 0 }]));
        let told = ended[0].transition("gone", None, now());
        assert_eq!((told.source.key().as_str(), told.subject.title), ("absence/gone", Said::same("gone")));
        assert_eq!(told.kind, AlertKind::Resolved);
    }

    #[test]
    fn the_usual_severity_is_that_of_the_default_pairs() {
        use super::super::Target;
        use super::super::burn::pairs_for;
        for days in [7, 28, 90] {
            for pair in pairs_for(&Target::parse("0.999").expect("valid"), days * 1440).kept {
                assert_eq!(pair.severity, BurnSeverity::usual(pair.long_minutes));
            }
        }
    }

    /// What is told when the definition changes from the one to the other while all of its alerts fire.
    fn edited(from: &Slo, to: &Slo) -> Vec<String> {
        let begun = changes(
            from,
            &burn_now(from, &outage().inputs(), now()),
            &[(0, Presence::Present)],
            &BTreeSet::new(),
        );
        let firing: BTreeSet<SloAlert> = begun.iter().map(|c| c.alert).collect();
        let mut given = outage();
        given.firing = firing_windows(to, &firing)[0].clone();
        let pairs = burn_now(to, &given.inputs(), now());
        changes(to, &pairs, &[(0, Presence::Present)], &firing)
            .iter()
            .map(|c| format!("{} {:?} {:?}", c.alert.key(), c.class, c.transition))
            .collect()
    }

    #[test]
    fn alerts_follow_the_edits_of_policies() {
        let policy = |severity, long_minutes, factor: i128| AlertPolicy {
            severity,
            long_minutes,
            short_minutes: long_minutes.div_ceil(12),
            factor: Ratio::new(factor, 1),
            reach: Reach::AtLeast,
            absence: AbsenceTold::Told,
            notify: vec![],
        };
        let with = |policies| Slo { policies, ..slo(&["0.999"]) };
        use BurnSeverity::{Page, Ticket};
        let usual = with(vec![]);
        let written = with(vec![policy(Page, 60, 20)]);
        assert_eq!(
            edited(&usual, &written),
            ["burn/0/360 Page Resolved", "burn/0/1440 Ticket Resolved", "burn/0/4320 Ticket Resolved"],
            "a page over an hour goes on"
        );
        assert_eq!(
            edited(&written, &with(vec![policy(Ticket, 60, 20)])),
            ["burn/0/60/ticket Ticket Fired", "burn/0/60 Page Resolved"],
            "it became quieter"
        );
        assert_eq!(
            edited(&written, &with(vec![policy(Page, 120, 20)])),
            ["burn/0/120 Page Fired", "burn/0/60 Page Resolved"]
        );
        assert!(
            edited(&written, &with(vec![policy(Page, 60, 90)])).is_empty(),
            "its short window still burns"
        );
        assert_eq!(edited(&usual, &usual), Vec::<String>::new());
    }

    #[test]
    fn absence_that_no_policy_wants_is_not_told_and_ends() {
        let mut slo = slo(&["0.999"]);
        slo.policies = vec![AlertPolicy {
            severity: BurnSeverity::Page,
            long_minutes: 60,
            short_minutes: 5,
            factor: Ratio::new(10, 1),
            reach: Reach::AtLeast,
            absence: AbsenceTold::Untold,
            notify: vec![],
        }];
        let pairs = burn_now(&slo, &steady(60, 60, 0).inputs(), now());
        let absent = Presence::Absent { last_heard: Minute(NOW.0 - 4), silent_minutes: 3 };
        assert!(changes(&slo, &pairs, &[(0, absent)], &BTreeSet::new()).is_empty());
        let fires = BTreeSet::from([SloAlert::Absence { objective: 0 }]);
        assert_eq!(
            told(&changes(&slo, &pairs, &[(0, absent)], &fires)),
            ["Absence Resolved: absence resolved: the SLO no longer has this alert"]
        );
    }
}
