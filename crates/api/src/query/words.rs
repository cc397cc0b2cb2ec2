//! What the tables and columns of SQL mean, for those who write it. A test sees to it that none is left out.

use ippo_domain::Language;

/// A name, in English and in Japanese.
type Words = (&'static str, &'static str, &'static str);

const TABLES: [Words; 4] = [
    (
        "spans",
        "A span a row: one operation of one service.",
        "1 行が 1 スパン(1 つのサービスの 1 つの処理)です。",
    ),
    ("logs", "A log record a row.", "1 行が 1 ログレコードです。"),
    ("metrics", "A data point a row.", "1 行がメトリクスの 1 データポイントです。"),
    (
        "counters",
        "A minute of a counter a row: what SLOs are computed from. A minute without a row counted nothing.",
        "1 行がカウンターの 1 分です。SLO はここから計算されます。行のない分では何も数えられていません。",
    ),
];

/// Columns that mean the same wherever they are.
const SHARED: [Words; 13] = [
    ("service", "service.name of the resource", "リソースの service.name"),
    ("namespace", "service.namespace of the resource", "リソースの service.namespace"),
    ("environment", "deployment.environment.name of the resource", "リソースの deployment.environment.name"),
    ("service_version", "service.version of the resource", "リソースの service.version"),
    ("trace_id", "The trace, as 32 hexadecimal digits", "トレース ID(16 進数 32 桁)"),
    ("span_id", "The span, as 16 hexadecimal digits", "スパン ID(16 進数 16 桁)"),
    ("user_id", "user.id or enduser.id", "user.id または enduser.id"),
    ("session_id", "session.id", "session.id"),
    ("scope", "The instrumentation scope and its version", "計装スコープとそのバージョン"),
    ("attrs", "Attributes, read as attrs['key']; text", "属性。attrs['キー'] で文字列として読みます"),
    (
        "resource",
        "The resource's attributes, read as resource['key']; text",
        "リソースの属性。resource['キー'] で文字列として読みます",
    ),
    (
        "dropped",
        "Attributes, events and links left out because of limits",
        "上限のため省かれた属性・イベント・リンクの数",
    ),
    ("time", "When it happened, UTC", "発生時刻(UTC)"),
];

const SPANS: [Words; 21] = [
    ("start", "When it began, UTC", "開始時刻(UTC)"),
    ("duration_ns", "How long it took, in nanoseconds", "所要時間(ナノ秒)"),
    ("parent_span_id", "The span that caused it; NULL at the root", "親スパン ID。ルートでは NULL"),
    ("name", "The operation", "処理の名前"),
    (
        "kind",
        "internal, server, client, producer or consumer",
        "internal・server・client・producer・consumer のいずれか",
    ),
    ("status", "unset, ok or error", "unset・ok・error のいずれか"),
    ("status_message", "Why it failed, in the service's words", "失敗の理由(サービスが書いたもの)"),
    (
        "error",
        "Whether it failed: status error, HTTP 500 and above, or a failure code of gRPC",
        "失敗したか(status が error、HTTP 500 以上、gRPC の失敗コード)",
    ),
    ("method", "http.request.method", "http.request.method"),
    ("route", "http.route", "http.route"),
    ("http_status", "http.response.status_code", "http.response.status_code"),
    ("rpc_service", "The service that was called by RPC", "RPC で呼ばれたサービス"),
    ("rpc_method", "The method that was called by RPC", "RPC で呼ばれたメソッド"),
    ("rpc_status", "The status code of the RPC", "RPC のステータスコード"),
    ("db_system", "db.system.name", "db.system.name"),
    ("messaging_destination", "The queue or topic", "キューまたはトピック"),
    ("error_type", "error.type", "error.type"),
    (
        "sampled",
        "Whether it stands for others that were left out before they came here",
        "手前で省かれた他のスパンを代表しているか",
    ),
    ("trace_state", "The W3C trace state", "W3C の tracestate"),
    ("events", "Events as a JSON array; exceptions among them", "イベントの JSON 配列。例外もここにあります"),
    ("links", "Links to other spans as a JSON array", "他のスパンへのリンクの JSON 配列"),
];

const LOGS: [Words; 5] = [
    ("observed_time", "When the pipeline first saw it, UTC", "パイプラインが最初に受け取った時刻(UTC)"),
    (
        "severity",
        "TRACE, DEBUG, INFO, WARN, ERROR or FATAL; empty where unknown",
        "TRACE・DEBUG・INFO・WARN・ERROR・FATAL。不明なら空",
    ),
    ("severity_number", "1 to 24; 0 where unknown", "1〜24。不明なら 0"),
    (
        "body",
        "The message; a JSON object is read as body['key'] or body['key.of.nested']",
        "メッセージ。JSON オブジェクトは body['キー'] や body['入れ子.のキー'] で読みます",
    ),
    ("event_name", "The name of the event, if it is one", "イベントの名前(イベントの場合)"),
];

const METRICS: [Words; 12] = [
    ("start_time", "Since when it was summed up, UTC", "集計の開始時刻(UTC)"),
    ("metric", "The metric's name", "メトリクスの名前"),
    (
        "type",
        "gauge, sum, histogram, exponential_histogram or summary",
        "gauge・sum・histogram・exponential_histogram・summary",
    ),
    ("unit", "The unit, by UCUM", "単位(UCUM)"),
    ("temporality", "cumulative or delta", "cumulative または delta"),
    ("monotonic", "Whether it only grows", "増えるだけの値か"),
    ("value", "The value of a gauge or sum", "gauge または sum の値"),
    ("count", "How many values a histogram or summary holds", "ヒストグラムまたはサマリーの値の数"),
    ("sum", "Their sum", "その合計"),
    ("min", "The smallest of them", "その最小値"),
    ("max", "The largest of them", "その最大値"),
    ("distribution", "Buckets or quantiles as JSON", "バケットまたは分位点(JSON)"),
];

const COUNTERS: [Words; 11] = [
    ("counter", "The counter's key", "カウンターのキー"),
    ("signal", "Whose rows it counts: spans, logs or metrics", "数える対象のシグナル(spans・logs・metrics)"),
    ("counts", "The expression of the rows that count", "数える行の条件式"),
    ("verdict", "What is good or bad among them", "そのうち何を良い・悪いとするか"),
    ("generation", "Counted up with each new expression", "条件式が変わるたびに増える世代番号"),
    ("minute", "Start of the minute, UTC", "分の開始時刻(UTC)"),
    ("good", "Rows that kept the promise", "約束を守った行の数"),
    ("bad", "Rows that broke it", "約束を破った行の数"),
    ("unknown", "Rows that could not be judged", "判定できなかった行の数"),
    (
        "measured",
        "False where stored rows were missing when the counter was filled",
        "カウンターを埋めたときに元の行が失われていた分では false",
    ),
    ("complete", "Whether all stored rows are counted yet", "保存済みの行をすべて数え終えたか"),
];

/// What a table is.
pub(super) fn table(name: &str, language: Language) -> &'static str {
    find(&TABLES, name, language).unwrap_or_default()
}

/// What a column of a table says.
pub(super) fn column(table: &str, name: &str, language: Language) -> &'static str {
    let own: &[Words] = match table {
        "spans" => &SPANS,
        "logs" => &LOGS,
        "metrics" => &METRICS,
        _ => &COUNTERS,
    };
    find(own, name, language).or_else(|| find(&SHARED, name, language)).unwrap_or_default()
}

fn find(words: &[Words], name: &str, language: Language) -> Option<&'static str> {
    let (_, english, japanese) = words.iter().find(|(known, ..)| *known == name)?;
    Some(match language {
        Language::English => english,
        Language::Japanese => japanese,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_table_and_column_is_described() {
        for language in Language::ALL {
            for known in ippo_telemetry::sql_tables() {
                assert!(!table(known.name, language).is_empty(), "{}", known.name);
                for (name, _) in known.columns {
                    assert!(!column(known.name, &name, language).is_empty(), "{}.{name}", known.name);
                }
            }
        }
    }

    #[test]
    fn nothing_is_described_that_is_not_there() {
        let tables = ippo_telemetry::sql_tables();
        let has = |table: &str, name: &str| {
            tables
                .iter()
                .any(|t| (table.is_empty() || t.name == table) && t.columns.iter().any(|(c, _)| c == name))
        };
        let all: [(&str, &[Words]); 5] = [
            ("", &SHARED),
            ("spans", &SPANS),
            ("logs", &LOGS),
            ("metrics", &METRICS),
            ("counters", &COUNTERS),
        ];
        for (table, words) in all {
            for (name, ..) in words {
                assert!(has(table, name), "{table}.{name}");
            }
        }
    }
}
