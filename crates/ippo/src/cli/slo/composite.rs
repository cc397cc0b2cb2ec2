//! Composite SLOs as text: what each part weighs, attained, spent of its own and of the budget that all of them share.

use ippo_api::slo::{Composite, Slo};

use super::{NOTHING, attained, burn_text, cut, promised, share, table};

/// The parts together, window by window, and the burn alerts of the whole.
pub(super) fn composite_text(slo: &Slo, composite: &Composite) -> String {
    let mut text = format!("composite of {} parts\n", slo.objectives.len());
    for (place, window) in composite.windows.iter().enumerate() {
        if composite.windows.len() > 1 {
            text.push_str(&format!("  {}\n", window.window));
        }
        match (window.budget_spent, window.budget_remaining) {
            (Some(spent), left) => {
                text.push_str(&format!(
                    "  budget spent {}, left {}\n",
                    spent_share(Some(spent)),
                    share(left)
                ));
            }
            (None, _) => text.push_str("  nothing was counted in the window yet\n"),
        }
        let mut rows =
            vec![["PART", "WEIGHT", "SHARE", "TARGET", "ATTAINED", "OWN SPENT", "OF ALL"].map(str::to_owned)];
        for (objective, spent) in slo.objectives.iter().zip(&window.parts) {
            let Some(part) = &objective.part else { continue };
            let target = objective.target.as_f64();
            let own = objective.windows.get(place);
            rows.push([
                objective.display_name.clone(),
                part.weight.as_f64().map_or(NOTHING.to_owned(), |weight| cut(weight, 6)),
                share(Some(part.weight_share)),
                promised(target),
                attained(own.and_then(|window| window.attained), target),
                spent_share(spent.own_spent),
                spent_share(Some(spent.composite_spent)),
            ]);
        }
        for line in table(&rows).lines() {
            text.push_str(&format!("  {line}\n"));
        }
    }
    text.push_str(&burn_text(&composite.burn, &composite.burn_omitted));
    text
}

/// A row for the whole, and one for each part.
pub(super) fn list_rows(slo: &Slo, composite: &Composite, state: &str) -> Vec<[String; 6]> {
    let window = composite.windows.first();
    let mut rows = vec![[
        state.to_owned(),
        slo.name.clone(),
        format!("{} parts", slo.objectives.len()),
        NOTHING.to_owned(),
        share(window.and_then(|window| window.budget_remaining)),
        slo.window.clone(),
    ]];
    for objective in &slo.objectives {
        let (target, own) = (objective.target.as_f64(), objective.windows.first());
        let weighs = objective.part.as_ref().map(|part| part.weight_share);
        rows.push([
            String::new(),
            format!("  {} ({})", objective.display_name, share(weighs)),
            promised(target),
            attained(own.and_then(|window| window.attained), target),
            share(own.and_then(|window| window.budget_remaining)),
            String::new(),
        ]);
    }
    rows
}

/// What is spent, with at most two decimals.
fn spent_share(spent: Option<f64>) -> String {
    spent.map_or(NOTHING.to_owned(), |spent| format!("{} %", cut(spent * 100.0, 2)))
}
