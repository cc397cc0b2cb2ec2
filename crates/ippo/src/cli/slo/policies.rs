//! `ippo slo policies`: what teams agreed to do as their budgets run low, and what stands of it.

use ippo_api::slo::policy::{BudgetPolicy, BudgetPolicyList, StandingRule};

use super::super::client::{ApiClient, Failure};
use super::super::{Output, print};
use super::minute;

const PATH: &str = "/api/v1/budget-policies";

pub(super) async fn policies(client: &ApiClient, output: Output) -> Result<(), Failure> {
    match output {
        Output::Json => print(&client.get_text(PATH).await?),
        Output::Text => print(&list_text(&client.get(PATH).await?)),
    }
}

fn list_text(list: &BudgetPolicyList) -> String {
    let mut text: String = list.page.warnings.iter().map(|warning| format!("note: {warning}\n")).collect();
    if list.policies.is_empty() {
        text.push_str(
            "There are no error budget policies yet: an exhausted budget changes nothing. Write one \
             (docs/guide/error-budget-policy.md) and: ippo apply -f FILE\n",
        );
        return text;
    }
    let policies: Vec<String> = list.policies.iter().map(policy_text).collect();
    text + &policies.join("\n")
}

fn policy_text(policy: &BudgetPolicy) -> String {
    let slos: Vec<&str> = policy.slos.iter().map(|slo| slo.name.as_str()).collect();
    let mut about = vec![match slos.as_slice() {
        [] => "about no SLO that is defined".to_owned(),
        slos => format!("about {}", slos.join(", ")),
    }];
    if !policy.owner.is_empty() {
        about.push(format!("owner {}", policy.owner));
    }
    about.extend(policy.review_on.iter().map(|day| format!("review {day}")));
    let mut text = format!("{}: {}\n", policy.name, about.join("; "));
    for rule in &policy.rules {
        text.push_str(&format!("  {}: when {}: {}\n", rule.name, rule.when, rule.then));
        if !rule.notify.is_empty() && (rule.freeze.is_some() || rule.postmortem) {
            text.push_str(&format!("    tells {}\n", rule.notify.join(", ")));
        }
        for standing in &rule.standing {
            text.push_str(&format!(
                "    ▲ {} since {}: {}\n",
                standing.slo,
                minute(standing.since),
                standing.text
            ));
        }
    }
    text
}

/// A rule that stands, in a line about its SLO.
pub(super) fn standing_text(standing: &StandingRule) -> String {
    let StandingRule { policy, rule, since, text, .. } = standing;
    format!("{policy}, {rule}, since {}: {text}", minute(*since))
}
