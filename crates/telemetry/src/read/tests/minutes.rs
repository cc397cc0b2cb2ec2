//! What predicates count of stored rows, without a counter.

use std::collections::BTreeMap;

use ippo_base::{Minute, MinuteRange, Timestamp};

use super::world::{SpanFact, World};
use crate::counter::{Comparison, CounterSpec, Counts, Verdict};
use crate::expr::{Expr, ValueExpr};
use crate::signal::Signal;

fn spec(verdict: Verdict) -> CounterSpec {
    let total = Expr::parse("service = 'cart' AND kind IN ('server', 'consumer')", Signal::Spans)
        .expect("an expression");
    CounterSpec { signal: Signal::Spans, total, verdict }
}

#[tokio::test]
async fn several_predicates_count_as_a_recount_does_in_one_pass() {
    let world = World::new(3).await;
    let errors = spec(Verdict::Bad(Expr::parse("error", Signal::Spans).expect("an expression")));
    let value = ValueExpr::parse("duration_ns / 1000000", Signal::Spans).expect("a value");
    let fast = spec(Verdict::Threshold { value, op: Comparison::Lte, limit: 20.0 });
    let minute = |span: &SpanFact| Timestamp::from_nanos(span.start).minute();
    let cart: Vec<&SpanFact> =
        world.spans.iter().filter(|span| span.service == "cart" && span.is_request()).collect();
    let (first, last) = (cart.iter().map(|s| minute(s)).min(), cart.iter().map(|s| minute(s)).max());
    let whole = MinuteRange { from: first.expect("some"), to: last.expect("some").plus(1) };
    for range in [whole, MinuteRange { from: whole.from.plus(30), to: whole.to.minus(20) }] {
        let expected = |is_good: &dyn Fn(&SpanFact) -> bool| {
            let mut minutes: BTreeMap<Minute, Counts> = BTreeMap::new();
            for span in cart.iter().filter(|span| range.contains(minute(span))) {
                let counts = minutes.entry(minute(span)).or_default();
                if is_good(span) { counts.good += 1 } else { counts.bad += 1 }
            }
            minutes.into_iter().collect::<Vec<_>>()
        };
        let found = world.reader().minute_counts(Signal::Spans, &[errors.clone(), fast.clone()], range);
        assert!(!found.partial && found.value.holes.is_empty());
        assert_eq!(found.value.range, range);
        assert_eq!(found.value.counts[0], expected(&|span| !span.error));
        assert_eq!(found.value.counts[1], expected(&|span| span.duration_ns <= 20_000_000));
    }
}
