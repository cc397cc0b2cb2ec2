//! The figures as tables of the guide's page, in both languages, and whether the page has them.

use std::path::{Path, PathBuf};

use super::prometheus::rules;
use super::stream::{DAY, HOUR, MINUTE};
use super::truth::{Counts, ONE_IN};

pub(super) const ENGLISH: &str = "exactness.md";
const JAPANESE: &str = "exactness.ja.md";
/// Set it to have the pages' figures written anew.
const WRITE: &str = "IPPO_EXACTNESS_WRITE";
/// What the tables are of, in their order.
const TABLES: [&str; 4] = ["failures", "shares", "burns", "pages"];
const END: &str = "<!-- end of figures -->\n";

/// The share that failed, by each way.
#[derive(Clone, Debug)]
pub(super) struct Shares {
    pub(super) ippo: Option<f64>,
    pub(super) increase: Option<f64>,
    pub(super) sums: Option<f64>,
    pub(super) mean: Option<f64>,
    pub(super) generated: Option<f64>,
}

/// What is compared of a kind of traffic.
#[derive(Clone, Debug)]
pub(super) struct Row {
    pub(super) name: &'static str,
    pub(super) counted: Counts,
    pub(super) ippo: Counts,
    /// Failures by `increase`.
    pub(super) increase: Option<f64>,
    /// Failures in the hour before `burns_at`, counted, and by `increase`.
    pub(super) hour: u64,
    pub(super) hour_increase: Option<f64>,
    pub(super) shares: Shares,
    pub(super) burns_at: i64,
    /// Burns over 1h, 5m, 6h, 30m.
    pub(super) burns_counted: Vec<Option<f64>>,
    pub(super) burns_ippo: Vec<Option<f64>>,
    pub(super) burns_prometheus: Vec<Option<f64>>,
    /// When the page of each pair begins.
    pub(super) pages_counted: [Option<i64>; 2],
    pub(super) pages_ippo: [Option<i64>; 2],
    pub(super) pages_prometheus: [Option<i64>; 2],
}

/// What is compared.
#[derive(Clone, Debug)]
pub(super) struct Figures {
    pub(super) rows: Vec<Row>,
    /// That of the Prometheus.
    pub(super) version: String,
}

/// What a row of a table says.
type Cells = fn(&Row, &Words) -> Vec<String>;

/// How a page says it.
struct Words {
    names: [(&'static str, &'static str); 6],
    heads: [&'static str; 4],
    never: &'static str,
    none: &'static str,
}

const IN_ENGLISH: Words = Words {
    names: [
        ("steady", "steady"),
        ("day and night", "day and night"),
        ("ten an hour", "ten an hour"),
        ("restarts", "restarts"),
        ("late", "late"),
        ("new status", "new status"),
    ],
    heads: [
        "| traffic | requests | failed, as counted | by ippo | by `increase` | in an hour, as counted | by `increase` |",
        "| traffic | as counted | by ippo | by `increase` | by sums | by the mean of ratios | the mean without `> 0` |",
        "| traffic, time | 1 h | 5 min | 6 h | 30 min |",
        "| traffic | 1h/5m, as counted | by ippo | by PromQL | 6h/30m, as counted | by ippo | by PromQL |",
    ],
    never: "never",
    none: "nothing",
};

const IN_JAPANESE: Words = Words {
    names: [
        ("steady", "一定"),
        ("day and night", "昼と夜"),
        ("ten an hour", "毎時 10 件"),
        ("restarts", "再起動"),
        ("late", "遅延"),
        ("new status", "新しいステータス"),
    ],
    heads: [
        "| トラフィック | リクエスト | 失敗(実際) | ippo | `increase` | 1 時間の失敗(実際) | `increase` |",
        "| トラフィック | 実際 | ippo | `increase` | 合計どうしの比 | 比率の平均 | 平均(`> 0` なし) |",
        "| トラフィック、時刻 | 1 時間 | 5 分 | 6 時間 | 30 分 |",
        "| トラフィック | 1h/5m(実際) | ippo | PromQL | 6h/30m(実際) | ippo | PromQL |",
    ],
    never: "なし",
    none: "値なし",
};

impl Figures {
    /// The tables in English.
    pub(super) fn english(&self) -> String {
        self.tables(&IN_ENGLISH).join("\n")
    }

    fn tables(&self, words: &Words) -> Vec<String> {
        let rows: [Cells; 4] = [Row::counts, Row::shares, Row::burns, Row::pages];
        let table = |(head, row): (&&str, Cells)| {
            let columns = head.matches('|').count() - 1;
            let line = |cells: Vec<String>| format!("| {} |\n", cells.join(" | "));
            let lines: String = self.rows.iter().map(|of| line(row(of, words))).collect();
            format!("{head}\n|{}\n{lines}", "---|".repeat(columns))
        };
        words.heads.iter().zip(rows).map(table).collect()
    }

    /// Whether ippo differs by nothing and the comparison can tell: of traffic where PromQL is known to be off, it is.
    pub(super) fn check(&self) {
        for row in &self.rows {
            assert_eq!((row.ippo, row.pages_ippo), (row.counted, row.pages_counted), "{}", row.name);
            assert_eq!(row.shares.ippo, row.counted.failed(), "{}", row.name);
        }
        let row = |name: &str| self.rows.iter().find(|row| row.name == name).expect("there is one");
        let times =
            |share: Option<f64>, row: &Row| share.expect("a share") / row.counted.failed().expect("some");
        let close = |row: &Row| (times(row.shares.increase, row) - 1.0).abs();
        assert!(close(row("steady")) < 0.01 && close(row("day and night")) < 0.01);
        assert!(times(row("day and night").shares.mean, row("day and night")) > 100.0);
        assert!(times(row("restarts").shares.increase, row("restarts")) < 0.8);
        assert!(times(row("new status").shares.increase, row("new status")) < 0.2);
        assert!(times(row("late").shares.increase, row("late")) > 1.5);
        assert!(row("ten an hour").shares.generated.expect("a value").is_nan());
        assert_ne!(row("late").pages_prometheus, row("late").pages_counted);
        assert_ne!(row("new status").pages_prometheus, row("new status").pages_counted);
    }

    /// Whether the pages have these figures. Writes them if that is asked for.
    pub(super) fn check_pages(&self) {
        assert!(rules(&read(ENGLISH)) == rules(&read(JAPANESE)), "both pages show the same rules");
        for (name, words) in [(ENGLISH, &IN_ENGLISH), (JAPANESE, &IN_JAPANESE)] {
            let (page, tables) = (read(name), self.tables(words));
            let wanted = with_figures(&page, &tables);
            if std::env::var_os(WRITE).is_some() {
                std::fs::write(path(name), wanted).expect("written");
                continue;
            }
            let version = &self.version;
            let tables = tables.join("\n");
            assert!(
                page == wanted,
                "docs/guide/{name} has other figures than Prometheus {version} gives; {WRITE}=1 writes these:\n{tables}"
            );
        }
    }
}

impl Row {
    fn called(&self, words: &Words) -> String {
        let (_, called) = words.names.iter().find(|(name, _)| *name == self.name).expect("it has a name");
        (*called).to_owned()
    }

    fn counts(&self, words: &Words) -> Vec<String> {
        let fraction =
            |count: Option<f64>| count.map_or(words.none.to_owned(), |count| format!("{count:.2}"));
        let [total, bad, ippo, hour] =
            [self.counted.total(), self.counted.bad, self.ippo.bad, self.hour].map(grouped);
        vec![
            self.called(words),
            total,
            bad,
            ippo,
            fraction(self.increase),
            hour,
            fraction(self.hour_increase),
        ]
    }

    fn shares(&self, words: &Words) -> Vec<String> {
        let of = &self.shares;
        let shares = [self.counted.failed(), of.ippo, of.increase, of.sums, of.mean, of.generated];
        let cell = |share: Option<f64>| match share {
            None => words.none.to_owned(),
            Some(share) if share.is_nan() => "NaN".to_owned(),
            Some(share) => {
                let spent = share * ONE_IN as f64 * 100.0;
                format!("{} %, {} %", significant(share * 100.0), significant(spent))
            }
        };
        [self.called(words)].into_iter().chain(shares.map(cell)).collect()
    }

    fn burns(&self, words: &Words) -> Vec<String> {
        let text = |burn: Option<f64>| burn.map_or(words.none.to_owned(), significant);
        let each = self.burns_counted.iter().zip(&self.burns_ippo).zip(&self.burns_prometheus);
        let cells = each.map(|((counted, ippo), prometheus)| {
            format!("{} · {} · {}", text(*counted), text(*ippo), text(*prometheus))
        });
        let name = format!("{}, {}", self.called(words), of_day(self.burns_at));
        [name].into_iter().chain(cells).collect()
    }

    fn pages(&self, words: &Words) -> Vec<String> {
        let text = |at: Option<i64>| at.map_or(words.never.to_owned(), of_day);
        let pair = |pair: usize| {
            [self.pages_counted[pair], self.pages_ippo[pair], self.pages_prometheus[pair]].map(text)
        };
        [self.called(words)].into_iter().chain(pair(0)).chain(pair(1)).collect()
    }
}

/// Three digits that count, and all of those before the point.
fn significant(value: f64) -> String {
    if value == 0.0 {
        return "0".to_owned();
    }
    let places = (2.0 - value.abs().log10().floor()).clamp(0.0, 9.0) as usize;
    grouped_text(&format!("{value:.places$}"))
}

fn grouped(count: u64) -> String {
    grouped_text(&count.to_string())
}

/// With a comma between each three digits before the point.
fn grouped_text(text: &str) -> String {
    let (whole, rest) = text.find('.').map_or((text, ""), |at| text.split_at(at));
    let mut grouped = String::new();
    for (place, digit) in whole.chars().enumerate() {
        if place > 0 && (whole.len() - place).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped + rest
}

/// The time of day in UTC.
fn of_day(ms: i64) -> String {
    let of_day = ms.rem_euclid(DAY);
    format!("{:02}:{:02}", of_day / HOUR, of_day % HOUR / MINUTE)
}

fn path(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/guide").join(name)
}

/// A page of the guide.
pub(super) fn read(name: &str) -> String {
    let path = path(name);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The page with these tables in the place of those it has.
fn with_figures(page: &str, tables: &[String]) -> String {
    TABLES.iter().zip(tables).fold(page.to_owned(), |page, (what, table)| {
        let begin = format!("<!-- figures of {what} -->\n");
        let parts =
            page.split_once(&begin).and_then(|(before, rest)| Some((before, rest.split_once(END)?.1)));
        let (before, after) = parts.unwrap_or_else(|| panic!("the page has no place for figures of {what}"));
        format!("{before}{begin}\n{table}\n{END}{after}")
    })
}

#[test]
fn a_page_with_another_figure_is_another_page() {
    let empty: String = TABLES.map(|what| format!("a\n<!-- figures of {what} -->\n{END}b\n")).concat();
    let tables = TABLES.map(|what| format!("| {what} | 0.0151 % |\n"));
    let page = with_figures(&empty, &tables);
    assert_eq!(with_figures(&page, &tables), page);
    for number in 0..TABLES.len() {
        let mut other = tables.clone();
        other[number] = other[number].replace("0.0151", "0.0152");
        assert_ne!(with_figures(&page, &other), page);
    }
}

#[test]
fn figures_have_three_digits_that_count() {
    let texts = [0.0, 0.015_111, 3.324_9, 66.666, 3_324.9].map(significant);
    assert_eq!(texts, ["0", "0.0151", "3.32", "66.7", "3,325"]);
    assert_eq!((grouped(443_856), of_day(3 * HOUR + 4 * MINUTE)), ("443,856".to_owned(), "03:04".to_owned()));
}
