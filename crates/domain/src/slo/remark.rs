//! What people should know of an SLO's counts beside the numbers: input that contradicts itself, and what of metrics could
//! not be counted. Decides nothing of the state: what is not counted is unknown, or not there.

use ippo_base::Timestamp;

use super::ratio::Ratio;
use crate::Said;
use crate::polled::{DataSource, ServerKind};

/// Series of which one counter over metrics keeps the last point.
pub const SERIES_MOST: usize = 10_000;

/// Something worth a word.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum SloRemark {
    /// In some minutes more was good, or bad, than there was in total.
    BrokenInput {
        /// How many minutes of the window.
        minutes: usize,
    },
    /// The threshold lies inside a bucket, so that some observations cannot be judged.
    BetweenBuckets {
        /// How many cannot be.
        unknown: u64,
        /// The share of good ones at least.
        least: Ratio,
        /// The share of good ones at most.
        most: Ratio,
    },
    /// There are more series than are counted.
    TooManySeries,
    /// Sums that also go down.
    NotMonotonic,
    /// Points of another kind than this SLI counts.
    WrongKind,
    /// The sender does not say whether its points are cumulative or delta.
    TemporalityUnsaid,
    /// Points that lie more than five minutes apart.
    TooFarApart,
    /// Buckets that became others.
    BucketsChanged,
    /// Several senders that write one series.
    Contested,
    /// Values that are no numbers of events.
    Unreadable,
    /// Points that came when the rows beside them were gone.
    CameTooLate,
    /// Counts that cannot be read from the disk.
    CountsMissing {
        /// Of how many days.
        days: usize,
    },
    /// Counts that differ from the telemetry that is stored: ippo's own fault.
    Drifted {
        /// In how many minutes.
        minutes: usize,
        /// The first of them.
        first: Timestamp,
    },
    /// The data source that the SLO reads gives no answer, so that its minutes are not measured.
    SourceFails {
        /// Which.
        source: NamedSource,
        /// Why, and what to do.
        reason: Said,
        /// Since when.
        since: Timestamp,
    },
    /// What the data source has of the past is still being fetched.
    SourceFilling {
        /// Which.
        source: NamedSource,
        /// How far back it is there.
        reached: Timestamp,
        /// How far back it is wanted.
        until: Timestamp,
        /// What keeps it from going on.
        trouble: Option<Said>,
    },
    /// The data source answers that there is nothing.
    NoSeries {
        /// Which.
        source: NamedSource,
        /// In its language.
        query: String,
    },
}

/// A data source as people are told of it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NamedSource {
    /// What it is.
    pub kind: ServerKind,
    /// The name of its document.
    pub name: String,
}

impl NamedSource {
    /// The name of a data source.
    pub fn of(source: &DataSource) -> Self {
        Self { kind: source.server.kind(), name: source.name.clone() }
    }

    fn words(&self) -> Said {
        let name = &self.name;
        match self.kind {
            ServerKind::Prometheus => {
                Said::new(format!("the Prometheus server {name}"), format!("Prometheus サーバー {name}"))
            }
            ServerKind::CloudWatch => Said::new(
                format!("CloudWatch (DataSource {name})"),
                format!("CloudWatch (DataSource {name})"),
            ),
        }
    }
}

impl SloRemark {
    /// The word in the API.
    pub fn name(&self) -> &'static str {
        match self {
            SloRemark::BrokenInput { .. } => "broken_input",
            SloRemark::BetweenBuckets { .. } => "between_buckets",
            SloRemark::TooManySeries => "too_many_series",
            SloRemark::NotMonotonic => "not_monotonic",
            SloRemark::WrongKind => "wrong_kind",
            SloRemark::TemporalityUnsaid => "temporality_unsaid",
            SloRemark::TooFarApart => "too_far_apart",
            SloRemark::BucketsChanged => "buckets_changed",
            SloRemark::Contested => "contested",
            SloRemark::Unreadable => "unreadable",
            SloRemark::CameTooLate => "came_too_late",
            SloRemark::CountsMissing { .. } => "counts_missing",
            SloRemark::Drifted { .. } => "drifted",
            SloRemark::SourceFails { .. } => "source_fails",
            SloRemark::SourceFilling { .. } => "source_filling",
            SloRemark::NoSeries { .. } => "no_series",
        }
    }

    /// What is the case, and what to do.
    pub fn words(&self) -> Said {
        match self {
            SloRemark::BrokenInput { minutes } => Said::new(
                format!(
                    "broken input: in {minutes} min of the window the SLI's good or bad metric grew more than its total, \
                     so the events of these minutes count as unknown; check that total includes every series of the other"
                ),
                format!(
                    "入力が矛盾しています: ウィンドウのうち {minutes} 分間で、good または bad のメトリクスの増分が total を上回りました。\
                     その分のイベントは unknown として数えます。total が相手の系列をすべて含むか確認してください"
                ),
            ),
            SloRemark::BetweenBuckets { unknown, least, most } => {
                let [least, most] = [*least, *most].map(|share| share.to_percent(3));
                Said::new(
                    format!(
                        "the threshold is no bucket boundary: {unknown} observations lie in the bucket around it and count as \
                         unknown; between {least} % and {most} % were good. Choose a boundary of the histogram as threshold"
                    ),
                    format!(
                        "しきい値がバケットの境界と一致しません: {unknown} 件の観測値はしきい値を含むバケットにあり、unknown として数えます。\
                         good の割合は {least} % から {most} % の間です。ヒストグラムの境界をしきい値にしてください"
                    ),
                )
            }
            SloRemark::TooManySeries => Said::new(
                format!(
                    "incomplete: more than {SERIES_MOST} series match, and those beyond are not counted; narrow the \
                     expression, or leave labels out in the Collector"
                ),
                format!(
                    "数え漏れがあります: 一致する系列が {SERIES_MOST} を超え、超えた分は数えていません。式で絞り込むか、Collector でラベルを減らしてください"
                ),
            ),
            SloRemark::NotMonotonic => Said::new(
                "sums that also go down (UpDownCounter) match and are not counted: they are no counts of events",
                "減ることもある合計 (UpDownCounter) が一致していますが、イベントの数ではないため数えていません",
            ),
            SloRemark::WrongKind => Said::new(
                "points match that this SLI cannot count: a ratio counts sums, histograms and summaries, a threshold over \
                 distribution counts histograms",
                "この SLI では数えられない種類の点が一致しています: ratioMetric は sum・histogram・summary、value: distribution は histogram を数えます",
            ),
            SloRemark::TemporalityUnsaid => Said::new(
                "points match whose sender does not say whether they are cumulative or delta; they are not counted",
                "cumulative か delta かを送信元が示していない点が一致しています。数えていません",
            ),
            SloRemark::TooFarApart => Said::new(
                "points lie more than five minutes apart: what was added in between belongs to no minute and is not counted; \
                 send the metric at least every five minutes",
                "点の間隔が 5 分を超えています。その間の増分はどの分のものか決められないため、数えていません。5 分以内の間隔で送ってください",
            ),
            SloRemark::BucketsChanged => Said::new(
                "a histogram's buckets became others between two points; the increase between them is not counted",
                "ヒストグラムのバケットが途中で変わりました。その間の増分は数えていません",
            ),
            SloRemark::Contested => Said::new(
                "several senders write one series, and points of it are not counted; give each a service.instance.id",
                "複数の送信元が同じ系列を書いているため、一部の点を数えていません。それぞれに service.instance.id を付けてください",
            ),
            SloRemark::Unreadable => Said::new(
                "values match that are no numbers of events, such as negative or infinite ones; they are not counted",
                "負や無限大など、イベントの数ではない値が一致しています。数えていません",
            ),
            SloRemark::CameTooLate => Said::new(
                "points came so late that the rows beside them are gone or cannot be read; the hours stay as they were counted",
                "遅れて届いた点の前後の行がすでにないか読めないため、その時間帯は数え直していません",
            ),
            SloRemark::CountsMissing { days } => Said::new(
                format!(
                    "the counts of {days} day(s) cannot be read from the disk, so these days are not measured; ippo's own log \
                     names the files"
                ),
                format!(
                    "{days} 日分のカウントをディスクから読み取れないため、その日は測定されていない扱いになります。ファイル名は ippo 自身のログにあります"
                ),
            ),
            SloRemark::Drifted { minutes, first } => Said::new(
                format!(
                    "the counts of {minutes} min, the first {first}, differ from the stored telemetry, which is a fault of ippo: \
                     `ippo slo recount` names each minute; please report what it prints"
                ),
                format!(
                    "{minutes} 分間 (最初は {first}) のカウントが保存済みのテレメトリと一致しません。これは ippo の不具合です。\
                     `ippo slo recount` が該当する分を示します。その出力を添えて報告してください"
                ),
            ),
            SloRemark::SourceFails { source, reason, since } => Said::new(
                format!(
                    "{} has given no answer since {since}, and the minutes since then are not measured until it does: {}",
                    source.words().english,
                    reason.english
                ),
                format!(
                    "{} が {since} から応答していません。応答するまで、それ以降の分は未計測です: {}",
                    source.words().japanese,
                    reason.japanese
                ),
            ),
            SloRemark::SourceFilling { source, reached, until, trouble } => {
                let (english, japanese) = match trouble {
                    None => (String::new(), String::new()),
                    Some(why) => (
                        format!(". It does not go on: {}", why.english),
                        format!("。先へ進めません: {}", why.japanese),
                    ),
                };
                Said::new(
                    format!(
                        "samples are still being fetched from {}: there back to {reached}, wanted back to {until}{english}",
                        source.words().english
                    ),
                    format!(
                        "{} から過去のサンプルを取得しています: {reached} まで取得済み、{until} まで必要です{japanese}",
                        source.words().japanese
                    ),
                )
            }
            SloRemark::NoSeries { source, query } => no_series(source, query),
        }
    }
}

fn no_series(source: &NamedSource, query: &str) -> Said {
    let Said { english, japanese } = source.words();
    match source.kind {
        ServerKind::Prometheus => Said::new(
            format!(
                "{english} answers, and has no series for {query} now; check the query, and whether the target is scraped"
            ),
            format!(
                "{japanese} は応答していますが、{query} に一致する系列が現在ありません。クエリと、ターゲットがスクレイプされているかを確認してください"
            ),
        ),
        ServerKind::CloudWatch => Said::new(
            format!(
                "{english} answers, and has had no data points of {query} in the last minutes: there was no traffic, or the \
                 namespace, the name or a dimension is another. It finds a metric by exactly those dimensions that it was \
                 published with"
            ),
            format!(
                "{japanese} は応答していますが、ここ数分の {query} のデータポイントがありません。トラフィックがなかったか、名前空間・メトリクス名・\
                 ディメンションが異なります。メトリクスは、発行時と完全に一致するディメンションの組でのみ見つかります"
            ),
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounds_are_said_in_percent() {
        let remark =
            SloRemark::BetweenBuckets { unknown: 5, least: Ratio::new(90, 100), most: Ratio::new(95, 100) };
        assert!(remark.words().english.contains("between 90 % and 95 % were good"), "{remark:?}");
        assert!(SloRemark::BrokenInput { minutes: 3 }.words().english.starts_with("broken input: in 3 min"));
    }
}
