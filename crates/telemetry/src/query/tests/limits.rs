//! Queries that never end, take too much, or that nobody waits for.

use super::*;

#[tokio::test]
async fn limits_hold_and_are_told() {
    let few = QueryLimits { rows: 10, ..QueryLimits::default() };
    let cut = run_with("SELECT span_id FROM spans", few).await.expect("an answer");
    assert_eq!((cut.rows.len(), cut.truncated), (10, true));
    let whole = run_with("SELECT span_id FROM spans LIMIT 10", few).await.expect("an answer");
    assert_eq!((whole.rows.len(), whole.truncated), (10, false));
    let small = QueryLimits { memory_bytes: 1024, ..QueryLimits::default() };
    let refused = run_with("SELECT attrs, count(*) FROM spans GROUP BY attrs ORDER BY 2", small).await;
    assert_eq!(refused.expect_err("too large"), QueryError::TooLarge);
}

/// More rows than any machine counts in a day.
const ENDLESS: [&str; 5] = [
    "SELECT count(*) FROM spans a, spans b, spans c, spans d, spans e, spans f, spans g, spans h",
    "SELECT count(*) FROM generate_series(1, 9000000000000000) n, spans a, spans b WHERE a.duration_ns + b.duration_ns < n.value",
    "SELECT count(*) FROM (SELECT * FROM spans LIMIT 4) a, generate_series(1, 9000000000000000) n \
     WHERE a.duration_ns + n.value < 0",
    "WITH RECURSIVE n AS (SELECT 1 AS i UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n",
    "SELECT count(*) FROM generate_series(1, 9000000000000000) UNION ALL \
     SELECT count(*) FROM generate_series(1, 9000000000000000)",
];

#[tokio::test]
async fn what_never_ends_lets_itself_be_stopped() {
    let (store, clock, _) = parts().await;
    let (files, snapshot) = (store.files(), store.snapshot());
    let tried = tokio::task::spawn_blocking(move || {
        for sql in ENDLESS {
            let tables = Tables::new(&files, &snapshot, CounterSet::default(), &Missing::default());
            let limits = QueryLimits::default();
            let state = session(clock.now(), limits.memory_bytes, tables).expect("a session");
            // Gone when the query has paused so often: one that never pauses hangs here.
            let mut pauses = 0;
            let gone = std::future::poll_fn(|context| {
                pauses += 1;
                context.waker().wake_by_ref();
                if pauses > 30 { Poll::Ready(()) } else { Poll::Pending }
            });
            let ended = crate::query::run(&state, sql, limits, &mut JsonRows::default(), gone);
            assert!(matches!(ended, Err(QueryError::Failed(_))), "{sql}: {ended:?}");
        }
    });
    tried.await.expect("no panic");
}

#[tokio::test]
async fn time_is_limited() {
    let (store, clock, _) = parts().await;
    let asked = tokio::spawn(async move { store.sql(ENDLESS[0], QueryLimits::default()).await });
    while clock.sleepers() == 0 {
        tokio::task::yield_now().await;
    }
    clock.advance(Duration::from_secs(30));
    let ended = asked.await.expect("no panic");
    let late = QueryError::TooLong(Duration::from_secs(30));
    assert!(matches!(&ended, Err(StoreError::Query(error)) if *error == late), "{ended:?}");
}

#[tokio::test]
async fn whoever_no_longer_waits_is_not_worked_for() {
    let (store, clock, _) = parts().await;
    let asked = tokio::spawn(async move { store.sql(ENDLESS[0], QueryLimits::default()).await });
    while clock.sleepers() == 0 {
        tokio::task::yield_now().await;
    }
    asked.abort();
    assert!(asked.await.expect_err("aborted").is_cancelled());
    // The runtime of this test waits for its threads: a query that goes on hangs it.
}

#[tokio::test]
async fn no_function_takes_memory_that_nobody_counts() {
    for sql in [
        "SELECT repeat('x', 2000000000)",
        "SELECT lpad('x', 2000000000)",
        "SELECT generate_series(1, 9000000000000)",
        "SELECT array_repeat(1, 9000000000000)",
    ] {
        let refused = run(sql).await.expect_err(sql);
        assert!(matches!(refused, QueryError::Refused(_)), "{sql}: {refused:?}");
    }
    let small = QueryLimits { memory_bytes: 16 * 1024, ..QueryLimits::default() };
    let many = run_with("SELECT attrs, resource FROM spans a, generate_series(1, 100)", small).await;
    assert_eq!(many.expect_err("too large an answer"), QueryError::TooLarge);
}
