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
            let state =
                session(clock.now(), limits.memory_bytes, tables, &Stop::default()).expect("a session");
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
    let asking = store.clone();
    let asked = tokio::spawn(async move { asking.sql(ENDLESS[0], QueryLimits::default()).await });
    while clock.sleepers() == 0 {
        tokio::task::yield_now().await;
    }
    assert_eq!(store.queries(), 1);
    asked.abort();
    assert!(asked.await.expect_err("aborted").is_cancelled());
    while store.queries() > 0 {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn no_function_takes_memory_that_nobody_counts() {
    for sql in [
        "SELECT repeat('x', 2000000000)",
        "SELECT lpad('x', 2000000000)",
        "SELECT generate_series(1, 9000000000000)",
        "SELECT array_repeat(1, 9000000000000)",
        "SELECT [1, 2]",
        "SELECT make_array(name, name) FROM spans",
        "SELECT {a: name} FROM spans",
        "SELECT struct(name) FROM spans",
        "SELECT array_agg(name) || array_agg(name) FROM spans",
        "SELECT attrs, unnest(string_to_array(attrs, '')) FROM spans",
        "SELECT array_agg(attrs) OVER (ORDER BY start) FROM spans",
        "SELECT string_agg(attrs, ',') OVER (ORDER BY start) FROM spans",
        "SELECT array_transform(array_agg(name), x -> x) FROM spans",
        "SELECT count(*) FROM spans GROUP BY CUBE (name, kind, service, scope, status, route, error)",
        "SELECT regexp_like('a', name) FROM spans",
        "SELECT * FROM spans WHERE name ~ kind",
        "SELECT * FROM spans WHERE name SIMILAR TO kind",
        "SELECT levenshtein(name, attrs) FROM spans",
        "SELECT count(*) FROM spans TABLESAMPLE BERNOULLI(1)",
    ] {
        let refused = run(sql).await.expect_err(sql);
        assert!(matches!(refused, QueryError::Refused(_)), "{sql}: {refused:?}");
    }
    let small = QueryLimits { memory_bytes: 16 * 1024, ..QueryLimits::default() };
    let many = run_with("SELECT attrs, resource FROM spans a, generate_series(1, 100)", small).await;
    assert_eq!(many.expect_err("too large an answer"), QueryError::TooLarge);
}

/// Queries within each other, each of which makes what is within several times as large.
fn grown(several: &str, innermost: &str) -> String {
    (0..12).fold(innermost.to_owned(), |inner, _| format!("SELECT {several} AS t FROM ({inner})"))
}

#[tokio::test]
async fn texts_that_grow_end_at_the_limit() {
    let x = |length: usize| "x".repeat(length);
    let (constant, text) = (format!("SELECT '{}' AS t", x(1000)), "SELECT max(attrs) AS t FROM spans");
    let all = "SELECT attrs AS t FROM spans";
    let columns: Vec<String> = (0..50).map(|n| format!("attrs || '{n}{}'", x(1000))).collect();
    let growing = [
        format!("SELECT length(replace('{0}', 'x', replace('{0}', 'x', '{0}')))", x(4000)),
        format!("SELECT length(replace(replace(attrs, 'n', '{0}'), 'x', '{0}')) FROM spans", x(4000)),
        format!("SELECT length(regexp_replace(resource, '(.)', '{0}', 'g')) FROM spans", r"\\1".repeat(1_300)),
        grown("t || t || t || t", &constant),
        grown("t || t || t || t", text),
        grown("t || t || t || t", all),
        grown("concat(t, t, t, t)", all),
        grown("concat_ws(t, t, t, t)", all),
        grown("concat_ws(t, t, t, t)", &constant),
        grown("replace(t, 'n', t)", all),
        grown("overlay(t PLACING t FROM 1 FOR 0)", all),
        grown("encode(encode(t, 'hex'), 'hex')", all),
        grown("to_char(now(), t || t)", "SELECT '%A %c' AS t"),
        "WITH RECURSIVE r AS (SELECT max(attrs) AS t FROM spans UNION ALL SELECT t || t FROM r) \
         SELECT max(length(t)) FROM r"
            .to_owned(),
        // What functions, joins and literals make of nothing.
        "SELECT sum(value) OVER (ORDER BY value ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING) \
         FROM generate_series(1, 300000)"
            .to_owned(),
        "SELECT sum(c) FROM (SELECT count(*) OVER () c FROM spans a, spans b, spans c)".to_owned(),
        "SELECT sum(c) FROM (SELECT count(*) OVER () c FROM generate_series(1, 300000) WHERE value > 1)".to_owned(),
        "SELECT count(*) FROM (SELECT string_agg(resource, '') t FROM spans) CROSS JOIN generate_series(1, 2048) \
         WHERE length(t) + value > 0"
            .to_owned(),
        format!(
            "SELECT {} FROM (SELECT '{}' AS t, value FROM generate_series(1, 2048))",
            (0..100).map(|n| format!("t AS t{n}")).chain(["value".to_owned()]).collect::<Vec<_>>().join(", "),
            x(3000)
        ),
        // Each of them small, together too much.
        format!("SELECT {} FROM spans", columns.join(", ")),
    ];
    for sql in growing {
        let small = QueryLimits { memory_bytes: 1024 * 1024, ..QueryLimits::default() };
        let told: String = sql.chars().take(100).collect();
        let refused = run_with(&sql, small).await.expect_err(&told);
        assert_eq!(refused, QueryError::TooLarge, "{told}");
    }
}

#[tokio::test]
async fn what_grows_little_is_answered_within_little_memory() {
    let small = QueryLimits { memory_bytes: 512 * 1024, ..QueryLimits::default() };
    for (sql, expected) in [
        ("SELECT sum(length(attrs || attrs) - 2 * length(attrs)) FROM spans", json!(0)),
        ("SELECT count(*) FROM spans WHERE regexp_replace(attrs, '[0-9]+', 'x') LIKE '%x%'", json!(100)),
        ("SELECT count(DISTINCT concat(name, '-', service, '-', attrs)) FROM spans", json!(100)),
        ("SELECT replace(max(name), 'w', 'www')", json!("wwwork")),
        ("SELECT name || NULL FROM spans LIMIT 1", Value::Null),
        ("SELECT 1 || '-' || duration_ns FROM spans ORDER BY duration_ns LIMIT 1", json!("1-0")),
        ("SELECT (regexp_match('a=17', 'a=([0-9]+)'))[1]", json!("17")),
    ] {
        let sql = if sql.contains("FROM") || sql.contains("'a=") {
            sql.to_owned()
        } else {
            format!("{sql} FROM spans")
        };
        let answer = run_with(&sql, small).await.unwrap_or_else(|error| panic!("{sql}: {error}"));
        assert_eq!(answer.rows[0][0], expected, "{sql}");
    }
}

#[tokio::test]
async fn rows_that_an_operator_keeps_are_counted() {
    let (store, clock, _) = parts().await;
    let body =
        |n: usize| Some(AnyValue { value: Some(Any::StringValue(format!("{n} {}", "x".repeat(2000)))) });
    store.append(Signal::Logs, "t", logs(clock.now(), (0..300).map(body))).await.expect("stored");
    store.flush().await.expect("flushed");
    // The window's operator keeps all rows before it gives the first one, and counts none of them.
    let sql = "SELECT count(length(body)), max(n) FROM (SELECT body, count(*) OVER () AS n FROM logs)";
    let limits = |memory_bytes| QueryLimits { memory_bytes, ..QueryLimits::default() };
    let answer = store.sql(sql, limits(8 << 20)).await.expect("an answer");
    assert_eq!(answer.rows, [[json!(300), json!(300)]]);
    let refused = store.sql(sql, limits(256 << 10)).await;
    assert!(matches!(refused, Err(StoreError::Query(QueryError::TooLarge))), "{refused:?}");
}

#[tokio::test]
async fn expressions_as_long_as_a_query_may_be_are_answered_or_refused() {
    const TERMS: usize = 490;
    let chain = |term: &str, between: &str| vec![term; TERMS].join(between);
    for (sql, answered) in [
        (format!("SELECT {}", chain("1", " + ")), true),
        (format!("SELECT count(*) FROM spans WHERE {}", chain("error", " AND ")), true),
        (format!("SELECT count(*) FROM spans WHERE {}", vec!["duration_ns <> 3"; 240].join(" OR ")), true),
        (format!("SELECT {} FROM spans LIMIT 1", chain("name", " || ")), true),
        (format!("SELECT name{} FROM spans LIMIT 1", "::text".repeat(TERMS)), true),
        (format!("SELECT {} FROM spans LIMIT 1", chain("duration_ns", " - ")), true),
        (chain("SELECT 1", " UNION ALL "), false),
        (format!("SELECT count(*) FROM {}", chain("spans", ", ")), false),
        (format!("SELECT {}1{}", "(".repeat(490), ")".repeat(490)), false),
        (format!("SELECT {}1", "- ".repeat(TERMS)), false),
        (format!("SELECT {}true", "NOT ".repeat(TERMS)), false),
        (format!("SELECT {}", chain("1", " + ") + &" + 1".repeat(520)), false),
    ] {
        let told: String = sql.chars().take(60).collect();
        match run(&sql).await {
            Ok(_) => assert!(answered, "{told}"),
            Err(error) => assert!(!answered && matches!(error, QueryError::Refused(_)), "{told}: {error:?}"),
        }
    }
}

#[tokio::test]
async fn layers_that_are_named_twice_are_read_so_often_only() {
    let layers = |levels: usize| {
        let layer = |n: usize| format!("c{n} AS (SELECT x FROM c{0} UNION ALL SELECT x FROM c{0})", n - 1);
        let layers: Vec<String> = (1..=levels).map(layer).collect();
        format!("WITH c0 AS (SELECT 1 AS x), {} SELECT count(*) FROM c{levels}", layers.join(", "))
    };
    assert_eq!(rows(&layers(5)).await, [[json!(32)]]);
    let chain = (1..30).map(|n| format!("c{n} AS (SELECT c{0}.x, c{0}.x AS y FROM c{0})", n - 1));
    let chain: Vec<String> = chain.collect();
    let once = format!("WITH c0 AS (SELECT 1 AS x), {} SELECT sum(x) FROM c29", chain.join(", "));
    assert_eq!(rows(&once).await, [[json!(1)]], "a chain is no doubling");
    for levels in [12, 20, 30] {
        let refused = run(&layers(levels)).await.expect_err("too many");
        assert!(
            matches!(&refused, QueryError::Refused(reason) if reason.contains("named twice")),
            "{refused:?}"
        );
    }
}

#[tokio::test]
async fn a_query_has_a_length() {
    let refused = run(&format!("SELECT '{}'", "x".repeat(64 * 1024))).await.expect_err("too long");
    assert_eq!(refused, QueryError::Refused("the query has 65545 bytes, and may have 65536".to_owned()));
}

/// A function that a new version brings must be looked at before anyone may call it: is what it gives bounded by what it is given?
#[tokio::test]
async fn the_functions_are_those_that_were_looked_at() {
    let (store, clock, _) = parts().await;
    let tables = Tables::new(&store.files(), &store.snapshot(), CounterSet::default(), &Missing::default());
    let state = session(clock.now(), QueryLimits::default().memory_bytes, tables, &Stop::default())
        .expect("a session");
    let sorted = |names: Vec<String>| names.into_iter().collect::<BTreeSet<_>>();
    let of = |kind: &str, names: Vec<String>| {
        let names: Vec<String> = sorted(names).into_iter().collect();
        format!("{kind}:\n{}\n", names.join("\n"))
    };
    let known = [
        of("scalar", state.scalar_functions().keys().cloned().collect()),
        of("higher order", state.higher_order_functions().keys().cloned().collect()),
        of("aggregate", state.aggregate_functions().keys().cloned().collect()),
        of("window", state.window_functions().keys().cloned().collect()),
        of("table", state.table_functions().keys().cloned().collect()),
    ];
    insta::assert_snapshot!(known.join("\n"));
}
