//! What queries answer.

use super::*;

#[tokio::test]
async fn every_row_counts_once_wherever_it_is() {
    assert_eq!(rows("SELECT count(*) FROM spans").await, [[json!(100)]]);
    assert_eq!(
        rows("SELECT sum(duration_ns), service FROM spans GROUP BY service").await,
        [[json!(4950), json!("shop")]]
    );
    assert_eq!(rows("SELECT count(*) FROM logs").await, [[json!(0)]]);
    let recent = "SELECT count(*) FROM spans WHERE start > TIMESTAMP '2026-11-24T01:49:30Z'";
    assert_eq!(rows(recent).await, [[json!(11)]]);
    assert_eq!(
        rows("SELECT count(*) FROM spans WHERE start > now() - INTERVAL '10 minutes'").await,
        [[json!(10)]]
    );
}

#[tokio::test]
async fn ids_are_texts_and_attributes_are_subscripts() {
    let found = rows(
        "SELECT span_id, attrs['n'], num(attrs['n']) + 1, resource['service.name'], attrs['none'], start \
         FROM spans WHERE trace_id = '07070707070707070707070707070707' AND num(attrs['n']) IN (3, 60) ORDER BY 1",
    )
    .await;
    assert_eq!(
        found,
        [
            [
                json!("0000000000000004"),
                json!("3"),
                json!(4.0),
                json!("shop"),
                json!(null),
                json!("2026-11-24T01:57:00Z")
            ],
            [
                json!("000000000000003d"),
                json!("60"),
                json!(61.0),
                json!("shop"),
                json!(null),
                json!("2026-11-24T01:00:00Z")
            ],
        ]
    );
}

#[tokio::test]
async fn bodies_are_read_by_key_as_in_expressions() {
    let (store, clock, _) = parts().await;
    let text = |body: &str| Some(AnyValue { value: Some(Any::StringValue(body.to_owned())) });
    let entry =
        |key: &str, value| KeyValue { key: key.to_owned(), value: Some(value), ..KeyValue::default() };
    let inner = vec![entry("id", AnyValue { value: Some(Any::IntValue(4711)) })];
    let order = AnyValue { value: Some(Any::KvlistValue(KeyValueList { values: inner })) };
    let list = vec![entry("order", order), entry("msg", text("kvlist").expect("a value"))];
    let bodies = [
        text(r#"{"msg":"json","order":{"id":4711}}"#),
        Some(AnyValue { value: Some(Any::KvlistValue(KeyValueList { values: list })) }),
        text("order 4711 paid"),
        None,
    ];
    store.append(Signal::Logs, "t", logs(clock.now(), bodies)).await.expect("stored");

    let sql = "SELECT body['msg'], num(l.body['order.id']), body['none'], json_text(body, 'order') FROM logs l \
               WHERE body['order.id'] IS NOT NULL ORDER BY 1";
    let found = store.sql(sql, QueryLimits::default()).await.expect("an answer").rows;
    let order = r#"{"id":4711}"#;
    assert_eq!(
        found,
        [
            vec![json!("json"), json!(4711.0), json!(null), json!(order)],
            vec![json!("kvlist"), json!(4711.0), json!(null), json!(order)],
        ]
    );
    let filter = Expr::parse("body['order.id'] = 4711", Signal::Logs).expect("an expression");
    let snapshot = store.snapshot();
    let rows: usize = snapshot.rows(Signal::Logs).iter().map(|batch| filter.eval(batch).true_count()).sum();
    assert_eq!(rows, 2, "the expression finds the same");
}

#[tokio::test]
async fn layers_that_look_the_same_are_each_computed() {
    for (layer, levels, innermost, expected) in [
        ("i + 1 AS i", 6, "SELECT 1 AS i", json!(7)),
        ("i + 1 AS i", 6, "SELECT duration_ns AS i FROM spans WHERE duration_ns = 10", json!(16)),
        ("i || 'x' AS i", 3, "SELECT name AS i FROM spans LIMIT 1", json!("workxxx")),
        ("-i AS i", 3, "SELECT max(duration_ns) AS i FROM spans", json!(-99)),
        ("i * 2 AS i, i + 1 AS j", 3, "SELECT 1 AS i, 0 AS j", json!(8)),
    ] {
        let sql = (0..levels).fold(innermost.to_owned(), |inner, _| format!("SELECT {layer} FROM ({inner})"));
        assert_eq!(rows(&sql).await[0][0], expected, "{sql}");
        let with = format!(
            "WITH w AS ({sql}) SELECT i FROM w WHERE EXISTS (SELECT 1 FROM ({sql}) x WHERE x.i = w.i)"
        );
        assert_eq!(rows(&with).await, [[expected]], "{with}");
    }
}

#[tokio::test]
async fn values_are_json() {
    let found = rows(
        "SELECT 1.5, 9007199254740993, CAST('NaN' AS DOUBLE), CAST('inf' AS DOUBLE), NULL, TRUE, string_to_array('1,2', ','), \
         TIMESTAMP '2026-11-24T01:49:30.5', CAST(2.50 AS DECIMAL(5, 2)), kind, error, parent_span_id \
         FROM spans LIMIT 1",
    )
    .await;
    let whole: i64 = 9_007_199_254_740_993;
    assert_eq!(
        found,
        [json!([
            1.5,
            whole,
            null,
            null,
            null,
            true,
            "[1, 2]",
            "2026-11-24T01:49:30.5Z",
            "2.50",
            "server",
            false,
            null
        ])
        .as_array()
        .expect("an array")
        .clone()]
    );
}

#[tokio::test]
async fn tables_and_columns_are_listed() {
    let tables = rows("SHOW TABLES").await;
    assert_eq!(
        tables.iter().map(|row| &row[0]).collect::<Vec<_>>(),
        ["spans", "logs", "metrics", "counters"]
    );
    assert!(tables[3][1].as_str().is_some_and(|names| names.contains("good, bad, unknown")), "{tables:?}");
    let described = run("DESCRIBE spans").await.expect("described");
    assert_eq!(
        described.columns.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>(),
        ["column", "type", "read as"]
    );
    assert!(
        !described.plan
            && described.rows.contains(&vec![json!("attrs"), json!("attributes"), json!("attrs['key']")])
    );
    assert_eq!(rows("SHOW COLUMNS FROM spans").await, described.rows);
    assert_eq!(rows("desc Spans").await, described.rows);
    assert_eq!(rows("DESCRIBE \"spans\"").await, described.rows);
}

#[tokio::test]
async fn explain_tells_the_plan_and_runs_nothing_else() {
    let explained = run("EXPLAIN SELECT count(*) FROM spans WHERE service = 'shop'").await.expect("a plan");
    assert!(explained.plan);
    let texts: Vec<&str> = explained.rows.iter().filter_map(|row| row[1].as_str()).collect();
    assert!(texts.iter().any(|text| text.contains("TableScan: spans")), "{texts:?}");
    let analyzed = run("EXPLAIN ANALYZE SELECT count(*) FROM spans").await.expect("a plan with its costs");
    assert!(analyzed.plan && analyzed.rows[0][1].as_str().is_some_and(|text| text.contains("output_rows")));
    assert!(!run("SELECT 1").await.expect("an answer").plan);
}

#[tokio::test]
async fn counters_are_a_table() {
    let (store, _, _) = parts().await;
    let expr = |text: &str| Expr::parse(text, Signal::Spans).expect("an expression");
    let spec = |verdict| CounterSpec { signal: Signal::Spans, total: expr("service = 'shop'"), verdict };
    store.activate_counter("fast", spec(Verdict::Good(expr("duration_ns < 60")))).await.expect("begun");
    store.activate_counter("none", spec(Verdict::All)).await.expect("begun");
    store.wait_backfilled("fast").await.expect("filled");
    store.wait_backfilled("none").await.expect("filled");
    let ask = async |sql: &str| store.sql(sql, QueryLimits::default()).await.expect("an answer").rows;
    let found = ask("SELECT counter, signal, counts, verdict, sum(good), sum(bad), sum(unknown), count(*), \
                     bool_and(measured), bool_and(complete), max(generation) FROM counters GROUP BY 1, 2, 3, 4 ORDER BY 1")
        .await;
    let row = |key: &str, verdict: &str, good: u64, bad: u64, generation: u64| {
        json!([key, "spans", "service = 'shop'", verdict, good, bad, 0, 100, true, true, generation])
    };
    assert_eq!(
        json!(found),
        json!([row("fast", "good: duration_ns < 60", 60, 40, 1), row("none", "all are good", 100, 0, 2)])
    );
    let late = "SELECT count(*), max(minute) FROM counters WHERE counter = 'fast' AND minute >= '2026-11-24T01:50:00Z'";
    assert_eq!(ask(late).await, [[json!(11), json!("2026-11-24T02:00:00Z")]]);
    for (which, count) in [
        ("counter = 'fast'", 100),
        ("'fast' = counter", 100),
        ("counter IN ('fast', 'no such')", 100),
        ("counter = 'fast' AND counter = 'no such'", 0),
        ("counter = 'fast' OR counter LIKE 'fas%'", 100),
        ("counter != 'none' OR counter = 'no such'", 100),
        ("minute > '2026-11-24' AND minute < '2026-11-20'", 0),
    ] {
        let sql = format!("SELECT count(*) FROM counters WHERE {which}");
        assert_eq!(ask(&sql).await, [[json!(count)]], "{which}");
    }
    let joined = "SELECT count(*) FROM counters c JOIN spans s ON date_trunc('minute', s.start) = c.minute \
                  WHERE c.counter = 'fast'";
    assert_eq!(ask(joined).await, [[json!(100)]]);
}

#[tokio::test]
async fn what_was_not_counted_is_marked() {
    let (store, _, _) = parts().await;
    let mut counters = CounterSet::default();
    let total = Expr::parse("TRUE", Signal::Spans).expect("an expression");
    let spec = CounterSpec { signal: Signal::Spans, total, verdict: Verdict::All };
    let now = Timestamp::parse(NOW).expect("valid").minute();
    let gap = MinuteRange { from: now, to: Minute(now.0 + 1) };
    counters.start("c", spec, 3, vec![gap]);
    let history = &mut counters.get_mut("c").expect("it was started").history;
    for minute in [now, Minute(now.0 + 1)] {
        history.add(minute, Counts { good: 2, bad: 0, unknown: 1 });
    }
    let clock = SimClock::new(Timestamp::parse(NOW).expect("valid"));
    let clock: SharedClock = Arc::new(clock);
    let asked =
        crate::query::Asked { files: store.files(), snapshot: store.snapshot(), counters, clock: &clock };
    let sql = "SELECT minute, unknown, measured, complete, generation FROM counters ORDER BY 1";
    let found = crate::query::sql(asked, sql, QueryLimits::default(), ()).await.expect("an answer").rows;
    let row = |minute: &str, measured: bool| json!([minute, 1, measured, false, 3]);
    assert_eq!(json!(found), json!([row("2026-11-24T02:00:00Z", false), row("2026-11-24T02:01:00Z", true)]));
}

#[tokio::test]
async fn an_answer_can_be_a_parquet_file() {
    let store = store().await;
    let sql = "SELECT start, service, num(attrs['n']) AS n, error FROM spans ORDER BY n";
    let file = store.sql_parquet(sql, QueryLimits::default()).await.expect("a file");
    assert_eq!((file.rows, file.truncated), (100, false));
    let reader = ParquetRecordBatchReaderBuilder::try_new(bytes::Bytes::from(file.bytes)).expect("Parquet");
    let batches: Vec<_> = reader.build().expect("a reader").map(|batch| batch.expect("rows")).collect();
    let rows: Vec<Vec<Value>> =
        batches.iter().flat_map(|b| crate::query::rows::json(b).expect("values")).collect();
    assert_eq!(rows, store.sql(sql, QueryLimits::default()).await.expect("an answer").rows);

    let few = QueryLimits { rows: 7, ..QueryLimits::default() };
    let cut = store.sql_parquet(sql, few).await.expect("a file");
    assert_eq!((cut.rows, cut.truncated), (7, true));
    let small = QueryLimits { memory_bytes: 64 * 1024, ..QueryLimits::default() };
    let large = "SELECT a.attrs, b.span_id, c.span_id FROM spans a, spans b, spans c";
    let refused = store.sql_parquet(large, small).await;
    assert!(matches!(refused, Err(StoreError::Query(QueryError::TooLarge))), "{refused:?}");
    let nothing = store.sql_parquet("SELECT name FROM spans WHERE FALSE", few).await.expect("a file");
    assert!(nothing.rows == 0 && nothing.bytes.starts_with(b"PAR1"));
}

#[test]
fn every_table_says_what_it_holds() {
    let tables = sql_tables();
    let names: Vec<&str> = tables.iter().map(|table| table.name).collect();
    assert_eq!(names, ["spans", "logs", "metrics", "counters"]);
    let kind = |table: usize, name: &str| {
        tables[table].columns.iter().find(|(known, _)| known == name).map(|(_, kind)| *kind)
    };
    assert_eq!((kind(0, "start"), kind(0, "trace_id")), (Some("timestamp"), Some("text")));
    assert_eq!((kind(1, "attrs"), kind(1, "severity_number")), (Some("attributes"), Some("integer")));
    assert_eq!((kind(2, "value"), kind(3, "measured")), (Some("double"), Some("boolean")));
}

#[tokio::test]
async fn a_damaged_segment_is_missed_and_named() {
    let (store, _, disk) = parts().await;
    let snapshot = store.snapshot();
    let newest =
        snapshot.segments(Signal::Spans, TimeRange::ALL).max_by_key(|meta| meta.min_time).expect("one");
    disk.flip_bit(&newest.path(), 40, 3).expect("it has so many bytes");
    let ask = async |sql: &str| store.sql(sql, QueryLimits::default()).await.expect("an answer");

    let found = ask("SELECT count(*) FROM spans").await;
    assert_eq!(found.rows, [[json!(100 - newest.rows)]]);
    assert_eq!(found.warnings.len(), 1);
    assert!(found.warnings[0].contains(&newest.file), "{:?}", found.warnings);

    // What cannot have any wanted row is not even looked at.
    let before = Timestamp::from_nanos(newest.min_time);
    let found = ask(&format!("SELECT count(*) FROM spans WHERE '{before}' > start")).await;
    assert_eq!((found.rows, found.warnings), (vec![vec![json!(99)]], vec![]));
    // An id is looked for in every file whose checksum is right, not where a filter without one says.
    let found = ask("SELECT name FROM spans WHERE trace_id = '0123456789abcdef0123456789abcdef'").await;
    assert_eq!((found.rows, found.warnings.len()), (vec![], 1));
}
