//! Tests that documents name: a page that says "shown by" must not outlive the test. Reads files and changes none.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use anyhow::Context as _;

/// Pages of which each row of a table names a test, without the ending; each may have a twin in Japanese.
const TABLES: [&str; 1] = ["docs/operate/otlp"];

/// A test as a page names it: its name, and its file as written.
type Named<'a> = (&'a str, &'a str);

/// Checks every page below `docs/`.
pub(crate) fn check(repository: &Path, wrong: &mut Vec<String>) -> anyhow::Result<()> {
    let mut waiting = vec![repository.join("docs")];
    while let Some(folder) = waiting.pop() {
        for entry in fs::read_dir(&folder).with_context(|| format!("reading {}", folder.display()))? {
            let path = entry?.path();
            if path.is_dir() {
                waiting.push(path);
            } else if path.extension().is_some_and(|extension| extension == "md") {
                let page = fs::read_to_string(&path)?;
                let name = path.strip_prefix(repository).unwrap_or(&path).display().to_string();
                let read = |file: &str| fs::read_to_string(folder.join(file)).ok();
                check_page(&name, &page, read, wrong);
            }
        }
    }
    for table in TABLES {
        let [english, japanese] = ["md", "ja.md"].map(|ending| format!("{table}.{ending}"));
        let text = |name: &str| fs::read_to_string(repository.join(name)).context(name.to_owned());
        check_twins(&english, &text(&english)?, &japanese, &text(&japanese)?, wrong);
    }
    Ok(())
}

fn check_page(name: &str, page: &str, read: impl Fn(&str) -> Option<String>, wrong: &mut Vec<String>) {
    for (at, line) in page.lines().enumerate() {
        for (test, file) in named(line) {
            let there = read(file).is_some_and(|source| has_test(&source, test));
            if !there {
                wrong.push(format!("{name}:{}: {file} has no test {test}", at + 1));
            }
        }
    }
}

/// Both pages must name the same tests, row by row, and each row at least one.
fn check_twins(english: &str, page: &str, japanese: &str, twin: &str, wrong: &mut Vec<String>) {
    let (rows, twins) = (rows(page), rows(twin));
    if rows.is_empty() {
        wrong.push(format!("{english}: there is no table"));
    }
    if rows != twins {
        wrong.push(format!("{japanese}: its rows do not name the tests that those of {english} name"));
    }
    for (number, _) in rows.iter().enumerate().filter(|(_, tests)| tests.is_empty()) {
        wrong.push(format!("{english}: row {} names no test", number + 1));
    }
}

/// The tests that each row of the tables names, without the head.
fn rows(page: &str) -> Vec<BTreeSet<Named<'_>>> {
    let table = page.lines().skip_while(|line| !line.starts_with("|---")).skip(1);
    table.take_while(|line| line.starts_with('|')).map(|row| named(row).into_iter().collect()).collect()
}

/// What a line names as [`test`](file.rs).
fn named(line: &str) -> Vec<Named<'_>> {
    let mut found = Vec::new();
    for part in line.split("[`").skip(1) {
        let Some((test, rest)) = part.split_once("`](") else { continue };
        let Some((file, _)) = rest.split_once(')') else { continue };
        if file.ends_with(".rs") {
            found.push((test, file));
        }
    }
    found
}

/// Whether a function of this name is there and is run as a test.
fn has_test(source: &str, test: &str) -> bool {
    let lines: Vec<&str> = source.lines().collect();
    let begins =
        |line: &str| line.trim_start().trim_start_matches("async ").starts_with(&format!("fn {test}("));
    lines.iter().position(|line| begins(line)).is_some_and(|at| {
        let before = lines[..at].iter().rev().take_while(|line| !line.trim().is_empty());
        before
            .into_iter()
            .any(|line| ["#[test]", "#[tokio::test"].iter().any(|mark| line.trim().starts_with(mark)))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOURCE: &str =
        "#[tokio::test(flavor = \"multi_thread\")]\nasync fn it_holds() {}\n\nfn it_helps() {}\n";

    fn wrong_with(page: &str) -> Vec<String> {
        let mut wrong = Vec::new();
        check_page("page.md", page, |file| (file == "it.rs").then(|| SOURCE.to_owned()), &mut wrong);
        wrong
    }

    #[test]
    fn a_test_that_is_named_must_be_there_and_be_run() {
        assert!(wrong_with("so [`it_holds`](it.rs), and [`it_holds`](it.md)").is_empty());
        assert_eq!(wrong_with("\n[`it_held`](it.rs)"), ["page.md:2: it.rs has no test it_held"]);
        assert_eq!(wrong_with("[`it_helps`](it.rs)"), ["page.md:1: it.rs has no test it_helps"]);
        assert_eq!(wrong_with("[`it_holds`](gone.rs)"), ["page.md:1: gone.rs has no test it_holds"]);
    }

    #[test]
    fn twins_name_the_same_tests_in_each_row() {
        let table = |rows: &str| format!("# Page\n\n| a | b |\n|---|---|\n{rows}");
        let check = |page: &str, twin: &str| {
            let mut wrong = Vec::new();
            check_twins("en", &table(page), "ja", &table(twin), &mut wrong);
            wrong.len()
        };
        let row = "| x | [`a`](it.rs), [`b`](it.rs) |\n";
        assert_eq!(check(row, "| y | [`b`](it.rs)、[`a`](it.rs) |\n"), 0);
        assert_eq!(check(row, "| y | [`a`](it.rs) |\n"), 1);
        assert_eq!(check("| x | none |\n", "| y | none |\n"), 1);
        assert_eq!(check("", ""), 1);
    }
}
