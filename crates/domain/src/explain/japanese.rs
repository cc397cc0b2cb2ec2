//! The sentences in Japanese: short, for someone who was woken up. It must never decide what is said.

use std::time::Duration;

use super::model::{SpanStatus, TracedSpan};
use super::words::{FactWords, Place, Sentence, Unit, amount, exception, quoted};

pub(super) fn sentence(sentence: &Sentence<'_>) -> String {
    use Sentence as S;
    match sentence {
        S::RequestFailed { at, took, cite } => {
            format!("{}が {}で失敗しました{cite}。", place(*at), span_of(*took))
        }
        S::FailedItself { at, took, message, alone, cite } => {
            let below = if *alone { "その下に失敗したスパンはありません。" } else { "" };
            format!("{}が {}で失敗しました{}{cite}。{below}", place(*at), span_of(*took), said(message))
        }
        S::RequestWentOn { at, took, cite } => format!(
            "{}自体は失敗していません(所要時間 {}){cite}。ただし、その中で失敗がありました。",
            place(*at),
            span_of(*took)
        ),
        S::Began { at, message, one_of, cite } => {
            format!("{}{}です{}{cite}。", beginning(*one_of), place(*at), said(message))
        }
        S::BeganInCalls { at, failed, calls, message, one_of, cite } => {
            let times = if failed == calls {
                format!("{calls} 回呼び出され、すべて失敗しました")
            } else {
                format!("{calls} 回のうち {failed} 回失敗しました")
            };
            let first = if message.is_empty() {
                String::new()
            } else {
                format!("(初回は「{}」)", quoted(message))
            };
            format!("{}{}で、{times}{first}{cite}。", beginning(*one_of), place(*at))
        }
        S::Another { at, message, cite } => format!("{}も失敗しました{}{cite}。", place(*at), said(message)),
        S::More { count } => format!("ほかに {count} 件の失敗があります。"),
        S::Raised { service, exception: raised, cite } => {
            format!("{} が例外を記録しています: {}{cite}。", quoted(service), exception(raised))
        }
        S::Passed { services } => {
            let list: Vec<String> =
                services.iter().map(|(name, cite)| format!("{}{cite}", quoted(name))).collect();
            format!("失敗は {} を経て伝わりました。", list.join("、"))
        }
        S::OtherSideSilent { cite } => format!("この呼び出し先のスパンは、このトレースにありません{cite}。"),
        S::Logged { log, count, elsewhere, cite } => {
            let of = elsewhere.map_or("このスパン".to_owned(), plain_place);
            let lead = match count {
                1 => format!("{of} のログ"),
                _ => format!("{of} のログ {count} 件のうち最も重大なもの"),
            };
            format!("{lead}: {}「{}」{cite}。", severity(&log.severity), quoted(&log.body))
        }
        S::Contained { at, made_good: false, cite } => {
            format!("{}も失敗しましたが、呼び出し元の処理は続きました{cite}。", place(*at))
        }
        S::Contained { at, made_good: true, cite } => {
            format!("{}も失敗しましたが、後の呼び出しは成功しました{cite}。", place(*at))
        }
        S::MadeGood { at, cite } => format!("{}への後の呼び出しは成功しました{cite}。", place(*at)),
        S::User { user, cite } => format!("このリクエストのユーザーは {} です{cite}。", quoted(user)),
        S::NothingFailed { at, took, cite } => {
            format!(
                "失敗したスパンはありません。{} の所要時間は {}です{cite}。",
                plain_place(*at),
                span_of(*took)
            )
        }
        S::Longest { at, own, cite } => {
            format!("最も時間がかかったのは{}自身の処理で、{}です{cite}。", place(*at), span_of(*own))
        }
        S::ErrorsLogged { log, count, cite } => {
            let lead = if *count == 1 {
                "ただし、".to_owned()
            } else {
                format!("ただし、エラーのログが {count} 件あります。最初は ")
            };
            let tail = if *count == 1 { " がエラーをログに残しています" } else { " のもの" };
            format!("{lead}{}{tail}: 「{}」{cite}。", quoted(&log.service), quoted(&log.body))
        }
        S::CallerMissing { at, cite } => {
            format!("{}の呼び出し元はこのトレースになく、そこでの結果は分かりません{cite}。", place(*at))
        }
        S::InParts { parts, missing, cite } => format!(
            "このトレースは {parts} つに分かれています。親スパンが見つからないスパンが {missing} 件あります{cite}。"
        ),
        S::Cycle { cite } => format!("互いを親とするスパンがあり、前後関係が分かりません{cite}。"),
        S::Cut { spans } => {
            format!("トレースが長いため一部だけを読み込みました。対象は {spans} スパンです。")
        }
        S::Uncertain => "そのため、この説明は全体を捉えていない可能性があります。".to_owned(),
        S::NoSpans => "このトレースのスパンはありません。".to_owned(),
    }
}

pub(super) fn fact(words: &FactWords<'_>) -> String {
    match words {
        FactWords::Span { span, offset, calls, own } => {
            let began = if offset.is_zero() {
                "最初に開始".to_owned()
            } else {
                format!("{}後に開始", span_of(*offset))
            };
            let (place, kind) = (plain_place(Place::of(span)), span.kind.name());
            let mut text = format!("{place}、{kind}、{began}、所要時間 {}", span_of(span.duration));
            if *own < span.duration {
                text += &format!("(うち自身の処理 {})", span_of(*own));
            }
            if *calls > 1 {
                text += &format!("、同じ呼び出し {calls} 回のうちの 1 回");
            }
            text + &outcome(span)
        }
        FactWords::Exception { span, exception: raised } => {
            format!("{}が記録した例外: {}", place(Place::of(span)), exception(raised))
        }
        FactWords::User { span, user } => {
            format!("{}が示すユーザー: {}", place(Place::of(span)), quoted(user))
        }
        FactWords::Log { log, offset_nanos } => format!(
            "{}、{}: {}「{}」",
            quoted(&log.service),
            moment(*offset_nanos),
            severity(&log.severity),
            quoted(&log.body)
        ),
    }
}

fn beginning(one_of: usize) -> String {
    if one_of < 2 {
        return "最初に失敗したのは".to_owned();
    }
    format!("このトレースには別々の失敗が {one_of} 件あり、どれが原因かは分かりません。最初に終了したのは")
}

fn outcome(span: &TracedSpan) -> String {
    match (span.error, span.status) {
        (true, SpanStatus::Error) if span.status_message.is_empty() => "、失敗".to_owned(),
        (true, SpanStatus::Error) => format!("、失敗{}", said(&span.status_message)),
        (true, _) => "、応答コードにより失敗".to_owned(),
        (false, _) => String::new(),
    }
}

/// With the space that Japanese text has beside Latin letters.
fn place(at: Place<'_>) -> String {
    format!(" {} ", plain_place(at))
}

fn plain_place(at: Place<'_>) -> String {
    format!("{} の {}", quoted(at.service), quoted(at.name))
}

fn said(message: &str) -> String {
    let message = quoted(message);
    if message.is_empty() { message } else { format!(": 「{message}」") }
}

fn severity(name: &str) -> String {
    if name.is_empty() { String::new() } else { format!("{} ", quoted(name)) }
}

fn moment(offset_nanos: i64) -> String {
    let offset = Duration::from_nanos(offset_nanos.unsigned_abs());
    if offset_nanos < 0 {
        format!("開始の {}前", span_of(offset))
    } else {
        format!("開始の {}後", span_of(offset))
    }
}

fn span_of(duration: Duration) -> String {
    let (value, unit) = amount(duration);
    let unit = match unit {
        Unit::Microseconds => "マイクロ秒",
        Unit::Milliseconds => "ミリ秒",
        Unit::Seconds => "秒",
        Unit::Minutes => "分",
    };
    format!("{value} {unit}")
}
