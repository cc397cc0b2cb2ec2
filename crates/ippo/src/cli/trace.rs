//! `ippo trace`: one trace as an indented list, in the order in which things happened.

use std::collections::{HashMap, HashSet};

use clap::Args;
use ippo_api::trace::{Span, Trace};

use super::client::{ApiClient, Failure};
use super::{Answer, Output, columns, print};

/// Deeper spans are shown at this depth.
const SHOWN_DEPTH: usize = 40;

/// Shows one trace, whatever its age.
#[derive(Args, Debug)]
pub struct TraceArgs {
    /// Its id: 32 hexadecimal digits.
    id: String,
}

/// Runs the command. The answer is no when there is no such trace.
///
/// # Errors
/// When the server cannot be asked.
pub async fn run(args: &TraceArgs, client: &ApiClient, output: Output) -> Result<Answer, Failure> {
    let id = args.id.to_ascii_lowercase();
    if id.len() != 32 || !id.bytes().all(|b| b.is_ascii_hexdigit()) {
        return Err(Failure::bad_input(format!("{:?} is no trace id: 32 hexadecimal digits", args.id)));
    }
    let path = format!("/api/v1/traces/{id}");
    match output {
        Output::Json => print(&client.get_text(&path).await?)?,
        Output::Text => print(&text(&client.get(&path).await?))?,
    }
    Ok(Answer::Yes)
}

fn text(trace: &Trace) -> String {
    let mut rows = vec![["START", "DURATION", "", "SPAN", "SERVICE"].map(str::to_owned).to_vec()];
    let began = trace.spans.iter().map(|span| span.start.0).min();
    for (span, depth) in ordered(&trace.spans) {
        let offset = began.map_or(0, |began| span.start.0.since(began).as_nanos());
        let mark = if span.status == "error" { "✗" } else { "" };
        let name = format!("{}{}", "  ".repeat(depth.min(SHOWN_DEPTH)), plain(&span.name));
        rows.push(vec![
            format!("+{}", millis(offset)),
            millis(u128::from(span.duration_ns)),
            mark.to_owned(),
            name,
            plain(&span.service),
        ]);
        if span.status == "error" && !span.status_message.is_empty() {
            let message = format!("{}└ {}", "  ".repeat(depth.min(SHOWN_DEPTH)), plain(&span.status_message));
            rows.push(vec![String::new(), String::new(), String::new(), message]);
        }
    }
    let mut text = format!("trace {}\n", trace.trace_id) + &columns(&rows);
    for warning in &trace.warnings {
        text.push_str(&format!("warning: {warning}\n"));
    }
    if let Some(sampled) = &trace.sampled {
        let (kept, of) = (sampled.kept, sampled.of);
        text.push_str(&format!(
            "sampled: {kept} of {of} spans of its time are stored; of this trace, spans may be missing that came late or \
             began more than an hour before or after the others\n"
        ));
    }
    text
}

/// Every span once, children after their parent by start, with its depth. What has no parent here begins a line of its own.
fn ordered(spans: &[Span]) -> Vec<(&Span, usize)> {
    let known: HashSet<&str> = spans.iter().map(|span| span.span_id.as_str()).collect();
    let mut children: HashMap<Option<&str>, Vec<&Span>> = HashMap::new();
    for span in spans {
        let parent = span.parent_span_id.as_deref().filter(|id| known.contains(id) && *id != span.span_id);
        children.entry(parent).or_default().push(span);
    }
    for siblings in children.values_mut() {
        siblings.sort_by(|a, b| b.start.cmp(&a.start).then_with(|| b.span_id.cmp(&a.span_id)));
    }
    let mut seen = HashSet::new();
    let mut found = Vec::with_capacity(spans.len());
    let mut waiting: Vec<(&Span, usize)> = Vec::new();
    let push = |waiting: &mut Vec<_>, parent: Option<&str>, depth| {
        waiting.extend(children.get(&parent).into_iter().flatten().map(|span| (*span, depth)));
    };
    push(&mut waiting, None, 0);
    // Spans that are each other's ancestors are in no tree; each such circle begins somewhere.
    let mut left = spans.iter();
    loop {
        while let Some((span, depth)) = waiting.pop() {
            if seen.insert(span.span_id.as_str()) {
                found.push((span, depth));
                push(&mut waiting, Some(&span.span_id), depth + 1);
            }
        }
        match left.find(|span| !seen.contains(span.span_id.as_str())) {
            Some(span) => waiting.push((span, 0)),
            None => return found,
        }
    }
}

fn millis(nanos: u128) -> String {
    let micros = nanos / 1_000;
    format!("{}.{:03} ms", micros / 1_000, micros % 1_000)
}

/// Control characters would move a terminal's cursor.
fn plain(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn span(id: &str, parent: Option<&str>, start_ms: i64, name: &str, status: &str) -> serde_json::Value {
        let start = ippo_base::Timestamp::from_nanos(1_700_000_000_000_000_000 + start_ms * 1_000_000);
        serde_json::json!({"span_id": id, "parent_span_id": parent, "service": "shop", "namespace": "",
            "environment": "", "scope": "", "name": name, "kind": "server", "start": start.to_string(),
            "duration_ns": 1_500_000, "status": status, "status_message": if status == "error" { "no answer" } else { "" },
            "attributes": {}, "resource": {}, "events": [], "links": []})
    }

    #[test]
    fn a_trace_reads_from_top_to_bottom() {
        let trace: Trace = serde_json::from_value(
            serde_json::json!({"trace_id": "ab", "warnings": [], "partial": false, "spans": [
                span("c", Some("a"), 3, "pay", "error"),
                span("a", None, 0, "checkout", "unset"),
                span("b", Some("a"), 1, "cart", "unset"),
                span("d", Some("missing"), 2, "orphan", "unset"),
                span("x", Some("y"), 5, "circle", "unset"),
                span("y", Some("x"), 6, "circle", "unset"),
            ]}),
        )
        .expect("a trace");
        insta::assert_snapshot!(text(&trace));
    }
}
