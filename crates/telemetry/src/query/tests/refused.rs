//! Queries that are wrong, or ask for what they may not have.

use super::*;

#[tokio::test]
async fn nothing_can_be_changed_and_no_file_read() {
    for sql in [
        "CREATE TABLE x AS SELECT 1",
        "CREATE EXTERNAL TABLE x STORED AS CSV LOCATION '/etc/passwd'",
        "COPY spans TO '/tmp/x.csv'",
        "INSERT INTO spans SELECT * FROM spans",
        "DROP TABLE spans",
        "SET datafusion.execution.batch_size = 1",
        "SELECT * FROM '/etc/passwd'",
        "SELECT * FROM 'file:///etc/passwd'",
        "SELECT * FROM read_csv('/etc/passwd')",
        "SELECT * FROM information_schema.tables",
        "SHOW ALL",
        "SHOW COLUMNS FROM information_schema.tables",
        "DESCRIBE passwd",
        "EXPLAIN COPY spans TO '/tmp/x.csv'",
        "EXPLAIN ANALYZE INSERT INTO spans SELECT * FROM spans",
        "DELETE FROM spans",
        "UPDATE spans SET name = 'x'",
        "CREATE VIEW x AS SELECT 1",
        "CREATE FUNCTION x() RETURNS INT RETURN 1",
        "PREPARE p AS SELECT 1",
        "BEGIN",
        "SELECT 1; SELECT 2",
        "",
    ] {
        let refused = run(sql).await.expect_err(sql);
        assert!(matches!(refused, QueryError::Refused(_)), "{sql}: {refused:?}");
    }
}

#[tokio::test]
async fn errors_say_what_is_wrong_and_where() {
    for (sql, words) in [
        ("SELECT\n sevice FROM spans", ["sevice", "service", "Line: 2, Column: 2"]),
        ("SELEC 1", ["SELEC", "Expected: an SQL statement", "Line: 1, Column: 1"]),
        ("SELECT 'x", ["Unterminated string", "Line: 1", "Column: 8"]),
        ("SELECT * FROM traces", ["table traces not found", "spans, logs, metrics, counters", "Column: 15"]),
        ("SELECT nonsense(name) FROM spans", ["nonsense", "Invalid function", "Column: 8"]),
    ] {
        let refused = run(sql).await.expect_err(sql);
        let place = refused.place();
        let refused = refused.to_string();
        assert_eq!(place.is_some(), refused.contains("Line: "), "{refused}");
        for word in words {
            assert!(refused.contains(word), "{word:?} is not in {refused:?}");
        }
        assert!(!refused.contains("ParserError") && !refused.contains("backtrace"), "{refused}");
    }
}

#[tokio::test]
async fn what_was_probably_meant_is_said_instead_of_all_there_is() {
    for (sql, told) in [
        (
            "SELECT servce FROM spans",
            "there is no column servce (did you mean service?); DESCRIBE spans shows all columns",
        ),
        ("SELECT status_code FROM spans s", "there is no column status_code (did you mean status?)"),
        (
            "SELECT duration_ns FROM logs",
            "there is no column duration_ns here, but in spans; DESCRIBE logs shows all columns",
        ),
        (
            "SELECT * FROM spans WHERE service = \"shop\"",
            "there is no column \"shop\"; text is written in single quotes: 'shop'",
        ),
        ("SELECT attrs.userId FROM spans", "attrs.userId is written attrs['userId']"),
        (
            "SELECT count(*) FROM spans s WHERE s.attrs.http.Route = 'x'",
            "attrs.http.Route is written attrs['http.Route']",
        ),
        ("SELECT body.msg FROM logs", "body.msg is written body['msg']"),
        (
            "SELECT http.route FROM spans",
            "there is no column http.route; attributes are read as attrs['http.route'] or resource['http.route']",
        ),
        (
            "SELECT xyzzy FROM spans",
            "there is no column xyzzy; attributes are read as attrs['xyzzy'], and text is written in single quotes",
        ),
        ("SELECT spans.service FROM spans s", "there is no table or alias spans here, but s"),
        ("WITH body AS (SELECT 1 AS n) SELECT body.n, nope(body.n) FROM body", "Invalid function 'nope'"),
        ("SHOW FULL TABLES", "it takes no more words than SHOW TABLES"),
        ("DESCRIBE EXTENDED spans", "it takes no more words than DESCRIBE spans"),
        ("SHOW ALL", "of SHOW there are SHOW TABLES and SHOW COLUMNS FROM spans"),
        ("SHOW TABLES LIKE 'x'", "it takes no more words than SHOW TABLES"),
        ("DESCRIBE traces", "table traces not found; the tables are spans, logs, metrics, counters"),
        ("SELECT b FROM (SELECT 1 AS a)", "there is no column b; there are a"),
    ] {
        let refused = run(sql).await.expect_err(sql).to_string();
        assert!(refused.starts_with(told), "{sql}: {refused}");
        assert!(refused.len() < 200, "{sql}: {refused}");
    }
}
