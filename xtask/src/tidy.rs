//! What no compiler checks: which room may lean on which, how long a file may be, what a file must begin with, words that
//! must not be in the tree, and tests that documents name. Reads files and changes none.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};

use crate::named_tests;

/// A source file beyond this many lines is several files.
const MOST_LINES: usize = 600;
/// Which rooms each room may lean on, by the order of ARCHITECTURE.
const MAY_LEAN_ON: [(&str, &[&str]); 10] = [
    ("ippo-base", &[]),
    ("ippo-domain", &["ippo-base"]),
    ("ippo-telemetry", &["ippo-base"]),
    ("ippo-state", &["ippo-base", "ippo-domain"]),
    ("ippo-engine", &["ippo-base", "ippo-domain", "ippo-state", "ippo-telemetry"]),
    ("ippo-api", &["ippo-base", "ippo-domain", "ippo-state", "ippo-telemetry", "ippo-engine"]),
    ("ippo-shop", &["ippo-base"]),
    ("ippo-ui", &[]),
    (
        "ippo",
        &[
            "ippo-base",
            "ippo-domain",
            "ippo-state",
            "ippo-telemetry",
            "ippo-engine",
            "ippo-api",
            "ippo-ui",
            "ippo-shop",
        ],
    ),
    ("ippo-testkit", &["ippo-base", "ippo-domain", "ippo-state", "ippo-engine"]),
];
/// Words that say that something is not done. In two halves, so that this file does not hold them.
const UNDONE: [(&str, &str); 6] =
    [("TO", "DO"), ("FIX", "ME"), ("XX", "X:"), ("todo", "!("), ("unimplemented", "!("), ("dbg", "!(")];
/// Attributes that switch a test off.
const SWITCHED_OFF: (&str, &str) = ("#[", "ignore");
/// Folders that are not ours.
const NOT_OURS: [&str; 5] = ["target", "node_modules", "dist", ".git", ".cache"];

/// Checks the repository.
///
/// # Errors
/// When something is out of order; the error names every place.
pub(crate) fn check(repository: &Path) -> anyhow::Result<()> {
    let mut wrong = Vec::new();
    for file in sources(repository)? {
        let text = fs::read_to_string(&file).with_context(|| format!("reading {}", file.display()))?;
        let name = file.strip_prefix(repository).unwrap_or(&file).display().to_string();
        check_source(&name, &text, &mut wrong);
    }
    check_rooms(repository, &mut wrong)?;
    named_tests::check(repository, &mut wrong)?;
    if wrong.is_empty() {
        return Ok(());
    }
    bail!("{} places are out of order:\n{}", wrong.len(), wrong.join("\n"))
}

fn check_source(name: &str, text: &str, wrong: &mut Vec<String>) {
    let lines = text.lines().count();
    let generated = text.lines().take(5).any(|line| line.contains("Generated from"));
    if lines > MOST_LINES && !generated {
        wrong.push(format!("{name}: {lines} lines; a file has at most {MOST_LINES}"));
    }
    if name.ends_with(".rs") && !text.starts_with("//!") && !text.starts_with("#!") {
        wrong.push(format!("{name}:1: a file begins with //! and says what it is"));
    }
    let undone = UNDONE.map(|(a, b)| format!("{a}{b}"));
    let off = format!("{}{}", SWITCHED_OFF.0, SWITCHED_OFF.1);
    for (at, line) in text.lines().enumerate() {
        for word in undone.iter().filter(|word| line.contains(word.as_str())) {
            wrong.push(format!("{name}:{}: {word} says that something is not done", at + 1));
        }
        if line.contains(&off) {
            wrong.push(format!("{name}:{}: a test that does not run proves nothing", at + 1));
        }
    }
}

fn check_rooms(repository: &Path, wrong: &mut Vec<String>) -> anyhow::Result<()> {
    let allowed: BTreeMap<&str, &[&str]> = MAY_LEAN_ON.into_iter().collect();
    for folder in fs::read_dir(repository.join("crates"))? {
        let manifest = folder?.path().join("Cargo.toml");
        let Ok(text) = fs::read_to_string(&manifest) else { continue };
        let Some(room) = text.lines().find_map(|line| line.strip_prefix("name = \"")) else { continue };
        let room = room.trim_end_matches('"');
        let Some(may) = allowed.get(room) else {
            wrong.push(format!("{}: the room {room} has no place in the order", manifest.display()));
            continue;
        };
        let needs = text.lines().skip_while(|line| *line != "[dependencies]").skip(1);
        for line in needs.take_while(|line| !line.starts_with('[')) {
            let needed = line.split(['.', ' ', '=']).next().unwrap_or_default();
            if (needed == "ippo" || needed.starts_with("ippo-")) && !may.contains(&needed) {
                wrong.push(format!("{}: {room} must not lean on {needed}", manifest.display()));
            }
        }
    }
    Ok(())
}

fn sources(folder: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    let mut waiting = vec![folder.to_path_buf()];
    while let Some(folder) = waiting.pop() {
        for entry in fs::read_dir(&folder).with_context(|| format!("reading {}", folder.display()))? {
            let path = entry?.path();
            let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
            if path.is_dir() {
                if !NOT_OURS.contains(&name) {
                    waiting.push(path);
                }
            } else if matches!(path.extension().and_then(|e| e.to_str()), Some("rs" | "ts" | "tsx" | "css")) {
                found.push(path);
            }
        }
    }
    found.sort();
    Ok(found)
}
