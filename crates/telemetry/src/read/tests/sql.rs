//! SQL against the same recount: it must see the rows that the other reads see.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::world::World;
use crate::QueryLimits;

async fn ask(world: &World, sql: &str) -> Vec<Vec<Value>> {
    let found = world.store.sql(sql, QueryLimits::default()).await.unwrap_or_else(|e| panic!("{sql}: {e}"));
    assert!(found.warnings.is_empty() && !found.truncated);
    found.rows
}

#[tokio::test]
async fn groups_equal_a_recount() {
    let world = World::new(1).await;
    let sql = "SELECT service, route, count(*), count(*) FILTER (WHERE error), sum(duration_ns), \
               count(DISTINCT attrs['user.id']), min(trace_id) \
               FROM spans WHERE kind = 'server' GROUP BY 1, 2 ORDER BY 1, 2";
    let mut groups: BTreeMap<(&str, &str), Vec<_>> = BTreeMap::new();
    for span in world.spans.iter().filter(|span| span.kind == 2) {
        groups.entry((span.service, span.route)).or_default().push(span);
    }
    let wanted: Vec<Vec<Value>> = groups
        .into_iter()
        .map(|((service, route), spans)| {
            let mut users: Vec<_> = spans.iter().filter_map(|span| span.user.as_ref()).collect();
            users.sort();
            users.dedup();
            vec![
                json!(service),
                json!(route),
                json!(spans.len()),
                json!(spans.iter().filter(|span| span.error).count()),
                json!(spans.iter().map(|span| span.duration_ns).sum::<i64>()),
                json!(users.len()),
                json!(spans.iter().map(|span| span.trace()).min()),
            ]
        })
        .collect();
    assert_eq!(ask(&world, sql).await, wanted);
}

#[tokio::test]
async fn tables_join_by_trace() {
    let world = World::new(2).await;
    let sql = "SELECT count(*) FROM logs JOIN spans ON logs.trace_id = spans.trace_id WHERE logs.severity = 'ERROR'";
    let of = |id: &String| world.spans.iter().filter(|span| span.trace() == *id).count();
    let errors = world.logs.iter().filter(|log| log.severity_number == 17);
    let wanted: usize = errors.filter_map(|log| log.trace_id.as_ref()).map(of).sum();
    assert!(wanted > 0);
    assert_eq!(ask(&world, sql).await, [[json!(wanted)]]);
}
