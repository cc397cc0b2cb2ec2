//! `ippo slo recount`: holds an SLO's counts against stored telemetry.

use std::io::{self, IsTerminal as _, Write as _};

use ippo_api::slo::recount::{MinuteCounts, Recount, RecountProgress, RecountedObjective};

use super::super::client::{ApiClient, Failure, problem, read};
use super::super::events::Events;
use super::super::{Answer, Output, print};
use super::{minute, path};

/// Minutes that differ which are told one by one.
const TOLD: usize = 20;

pub(super) async fn recount(name: &str, client: &ApiClient, output: Output) -> Result<Answer, Failure> {
    let found = ask(&format!("{}/recount", path(name)?), client).await?;
    let recount: Recount = read(&found)?;
    match output {
        Output::Json => print(&(found + "\n"))?,
        Output::Text => print(&text(&recount))?,
    }
    Ok(if recount.same { Answer::Yes } else { Answer::No })
}

async fn ask(path: &str, client: &ApiClient) -> Result<String, Failure> {
    let mut answer = client.stream(path).await?;
    let (mut events, shows) = (Events::default(), io::stderr().is_terminal());
    let show = |text: &str| {
        if shows {
            // Whoever cannot be shown how far it is still gets the answer.
            let _ = io::stderr().write_all(format!("\r{text}\x1b[K").as_bytes());
        }
    };
    loop {
        let chunk = answer.chunk().await?;
        let chunk = chunk.ok_or_else(|| Failure::inconclusive("the server closed the connection"))?;
        for event in events.read(&chunk) {
            match event.name.as_str() {
                "recount" => {
                    show("");
                    return Ok(event.data);
                }
                "problem" => {
                    show("");
                    return Err(problem(&event.data));
                }
                "progress" => {
                    let progress: RecountProgress = read(&event.data)?;
                    show(&format!("counted {:.0} % of what is stored", progress.done * 100.0));
                }
                _ => {}
            }
        }
    }
}

fn text(recount: &Recount) -> String {
    recount.objectives.iter().map(objective_text).collect()
}

fn objective_text(found: &RecountedObjective) -> String {
    let mut text = format!("objective {}: ", found.objective + 1);
    match (found.from, found.to) {
        (Some(from), Some(to)) => {
            text.push_str(&format!("{} min from {from} to {to}\n", found.minutes));
        }
        _ => text.push_str("nothing is stored that it could be held against\n"),
    }
    text.push_str(&format!("  counted {}\n  stored  {}\n", counts(found.counted), counts(found.stored)));
    text.push_str(&match found.differing {
        0 => "  no minute differs\n".to_owned(),
        differing => format!("  {differing} minutes DIFFER: this is a fault of ippo; please report it\n"),
    });
    for differing in found.minutes_differing.iter().take(TOLD) {
        text.push_str(&format!(
            "    {}  counted {}, stored {}\n",
            minute(differing.time),
            counts(differing.counted),
            counts(differing.stored)
        ));
    }
    for left_out in &found.left_out {
        text.push_str(&format!("  left out {} to {}: {}\n", left_out.from, left_out.to, left_out.reason));
    }
    text
}

fn counts(counts: MinuteCounts) -> String {
    let MinuteCounts { good, bad, unknown } = counts;
    format!("good {good}, bad {bad}, unknown {unknown}")
}
