//! What the gate said, for a terminal, for a pipeline and for a merge request.

use ippo_api::slo::check::{CheckedSlo, GateCheck, GateVerdict, SloChecks};
use ippo_api::slo::ledger::LedgerEntry;

fn word(verdict: GateVerdict) -> &'static str {
    match verdict {
        GateVerdict::Pass => "pass",
        GateVerdict::Inconclusive => "INCONCLUSIVE",
        GateVerdict::No => "NO",
    }
}

fn kind(check: &GateCheck) -> String {
    format!("{:?}", check.kind).to_lowercase()
}

/// What follows from all of it, in one sentence.
fn conclusion(checks: &SloChecks, is_past: bool) -> String {
    let all = checks.slos.len();
    let count = |verdict| checks.slos.iter().filter(|slo| slo.verdict == verdict).count();
    let (no, unknown) = (count(GateVerdict::No), count(GateVerdict::Inconclusive));
    let said = match checks.verdict {
        _ if all == 0 => "INCONCLUSIVE: there is no SLO to ask. Is the service's name right?".to_owned(),
        GateVerdict::Pass => format!("pass: all of {all} SLOs allow another change"),
        GateVerdict::No => format!("NO: {no} of {all} SLOs do not allow another change"),
        GateVerdict::Inconclusive => format!("INCONCLUSIVE: of {unknown} of {all} SLOs nobody can say"),
    };
    if is_past { format!("{said}. Overridden.") } else { format!("{said}.") }
}

/// For people.
pub(super) fn text(checks: &SloChecks, overridden: &[LedgerEntry]) -> String {
    let mut text = String::new();
    for slo in &checks.slos {
        text.push_str(&format!("{}  {}\n", word(slo.verdict), name(slo)));
        for check in &slo.checks {
            text.push_str(&format!("  {:<12}  {:<8}  {}\n", word(check.verdict), kind(check), check.text));
        }
    }
    text.push_str(&format!("The release gate says {}\n", conclusion(checks, !overridden.is_empty())));
    for entry in overridden {
        text.push_str(&format!("Entered into the ledger by {}: {}\n", entry.by, entry.text));
    }
    if overridden.is_empty() && checks.verdict != GateVerdict::Pass && !checks.slos.is_empty() {
        text.push_str("To go past it, give --override REASON --by NAME: both are entered into the ledger.\n");
    }
    text
}

fn name(slo: &CheckedSlo) -> String {
    if slo.display_name == slo.name {
        slo.name.clone()
    } else {
        format!("{}  {}", slo.name, slo.display_name)
    }
}

/// For a merge request: a table, and everything that did not pass.
pub(super) fn markdown(checks: &SloChecks, is_past: bool) -> String {
    let mut text = format!("### SLO release gate\n\n{}\n\n", cell(&conclusion(checks, is_past)));
    if checks.slos.is_empty() {
        return text;
    }
    text.push_str("| SLO | verdict | why |\n|---|---|---|\n");
    for slo in &checks.slos {
        let told: Vec<String> = slo
            .checks
            .iter()
            .filter(|check| slo.verdict == GateVerdict::Pass || check.verdict != GateVerdict::Pass)
            .map(|check| cell(&check.text))
            .collect();
        text.push_str(&format!("| {} | {} | {} |\n", cell(&name(slo)), word(slo.verdict), told.join("<br>")));
    }
    text
}

/// What cannot end a cell, or begin anything else.
fn cell(text: &str) -> String {
    let mut cell = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '|' | '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '#' => {
                cell.push('\\');
                cell.push(c);
            }
            '\n' | '\r' => cell.push(' '),
            c => cell.push(c),
        }
    }
    cell
}

/// For pipelines: a suite for each SLO and a case for each thing that was looked at. No is a failure, inconclusive an error; what
/// was overridden is skipped.
pub(super) fn junit(checks: &SloChecks, is_past: bool) -> String {
    let mut text =
        String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"ippo slo check\">\n");
    let time = checks.time.to_string();
    for slo in &checks.slos {
        let count = |verdict| slo.checks.iter().filter(|check| check.verdict == verdict).count();
        let (no, unknown) = (count(GateVerdict::No), count(GateVerdict::Inconclusive));
        let (failures, errors, skipped) = if is_past { (0, 0, no + unknown) } else { (no, unknown, 0) };
        text.push_str(&format!(
            "  <testsuite name=\"{}\" tests=\"{}\" failures=\"{failures}\" errors=\"{errors}\" skipped=\"{skipped}\" timestamp=\"{}\">\n",
            xml(&slo.name),
            slo.checks.len(),
            xml(&time)
        ));
        for (place, check) in slo.checks.iter().enumerate() {
            let (name, said) = (format!("{} {}", place + 1, kind(check)), xml(&check.text));
            let outcome = match check.verdict {
                GateVerdict::Pass => format!("<system-out>{said}</system-out>"),
                _ if is_past => format!("<skipped message=\"{said}\"/>"),
                GateVerdict::No => format!("<failure message=\"{said}\"/>"),
                GateVerdict::Inconclusive => format!("<error message=\"{said}\"/>"),
            };
            text.push_str(&format!(
                "    <testcase classname=\"{}\" name=\"{name}\">{outcome}</testcase>\n",
                xml(&slo.name)
            ));
        }
        text.push_str("  </testsuite>\n");
    }
    if checks.slos.is_empty() {
        text.push_str("  <testsuite name=\"ippo slo check\" tests=\"1\" failures=\"0\" errors=\"1\">\n    <testcase name=\"any SLO\"><error message=\"there is no SLO to ask\"/></testcase>\n  </testsuite>\n");
    }
    text.push_str("</testsuites>\n");
    text
}

/// Text of an element or an attribute, without what XML 1.0 cannot hold.
fn xml(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&apos;"),
            c if c.is_control() => safe.push(' '),
            '\u{fffe}' | '\u{ffff}' => safe.push(' '),
            c => safe.push(c),
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use ippo_api::page::Page;
    use ippo_api::slo::check::GateCheckKind;
    use ippo_api::time::Time;
    use ippo_base::Timestamp;

    use super::*;

    fn checks(verdict: GateVerdict) -> SloChecks {
        let check = |kind, verdict, text: &str| GateCheck { kind, verdict, text: text.to_owned() };
        SloChecks {
            time: Time(Timestamp::from_secs(1_795_000_000)),
            verdict,
            slos: vec![CheckedSlo {
                name: "checkout".to_owned(),
                display_name: "Checkout <b>|</b>".to_owned(),
                verdict,
                checks: vec![
                    check(GateCheckKind::Data, GateVerdict::Pass, "100 % measured"),
                    check(GateCheckKind::Budget, verdict, "spent: \"-3 %\" & more"),
                ],
            }],
            page: Page::complete(),
        }
    }

    #[test]
    fn a_pipeline_reads_what_was_said() {
        let no = junit(&checks(GateVerdict::No), false);
        assert!(no.contains("tests=\"2\" failures=\"1\" errors=\"0\" skipped=\"0\""), "{no}");
        assert!(no.contains("<failure message=\"spent: &quot;-3 %&quot; &amp; more\"/>"), "{no}");
        assert!(junit(&checks(GateVerdict::Inconclusive), false).contains("<error message="));
        let past = junit(&checks(GateVerdict::No), true);
        assert!(
            past.contains("failures=\"0\" errors=\"0\" skipped=\"1\"") && past.contains("<skipped"),
            "{past}"
        );
        let nothing = SloChecks { slos: vec![], ..checks(GateVerdict::Inconclusive) };
        assert!(junit(&nothing, false).contains("errors=\"1\""));
        assert!(text(&nothing, &[]).starts_with("The release gate says INCONCLUSIVE: there is no SLO"));
    }

    #[test]
    fn what_is_told_cannot_break_the_table_it_is_told_in() {
        let told = markdown(&checks(GateVerdict::No), false);
        let row = told.lines().last().expect("a row");
        assert_eq!(row, "| checkout  Checkout \\<b\\>\\|\\</b\\> | NO | spent: \"-3 %\" & more |");
        assert!(markdown(&checks(GateVerdict::Pass), false).contains("100 % measured<br>spent"));
    }
}
