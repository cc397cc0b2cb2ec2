//! `ippo slo lint` as people and CI run it: without a server.

use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};

use crate::apply::{CHECKOUT, write};

/// What a run without any server wrote, with the folder called `slo`, and its exit code.
pub(crate) fn offline(folder: &Path, arguments: &[&str]) -> (String, i32) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ippo"));
    let done = command.args(arguments).env("IPPO_URL", "nowhere").output().expect("it runs");
    let text = String::from_utf8([done.stdout, done.stderr].concat()).expect("UTF-8");
    let folder = folder.to_str().expect("UTF-8");
    (text.replace(folder, "slo"), done.status.code().expect("it ended"))
}

fn lint(folder: &Path, more: &[&str]) -> (String, i32) {
    let files = folder.to_str().expect("UTF-8");
    offline(folder, &[&["slo", "lint", "-f", files], more].concat())
}

#[test]
fn warnings_have_names_and_fail_a_build_that_denies_them() {
    let files = tempfile::tempdir().expect("a folder");
    write(files.path(), "checkout.yaml", CHECKOUT);
    let (text, code) = lint(files.path(), &[]);
    assert_eq!(code, 0, "{text}");
    insta::assert_snapshot!("lint_warnings", text);
    let (text, code) = lint(files.path(), &["--deny", "no-owner"]);
    assert!(code == 1 && text.contains("denied[no-owner]") && text.contains("warning[no-review]"), "{text}");
    let allowed = ["no-owner", "no-notify", "no-runbook", "no-review"].map(|rule| ["--allow", rule]).concat();
    let (text, code) = lint(files.path(), &[&allowed[..], &["--deny", "warnings"]].concat());
    assert_eq!((text.as_str(), code), ("Nothing is wrong, and nothing is worth a word.\n", 0));
    let (text, code) = lint(files.path(), &["--deny", "no-ownr"]);
    assert!(code == 2 && text.contains("did you mean no-owner?"), "{text}");
    let (json, code) = lint(files.path(), &["--output", "json", "--deny", "warnings"]);
    let json: Value = serde_json::from_str(&json).expect("JSON");
    assert_eq!((code, &json["errors"]), (1, &json!([])));
    let first = &json["warnings"][0];
    assert_eq!(
        (&first["rule"], &first["line"], &first["column"], &first["denied"]),
        (&json!("no-owner"), &json!(4), &json!(9), &json!(true))
    );
}

#[test]
fn what_apply_would_refuse_is_told_at_its_place() {
    let files = tempfile::tempdir().expect("a folder");
    write(files.path(), "checkout.yaml", &CHECKOUT.replace("kind = 'server'", "kid = 'server'"));
    let (text, code) = lint(files.path(), &[]);
    assert_eq!(code, 2, "{text}");
    insta::assert_snapshot!("lint_errors", text);
    let (text, code) = offline(files.path(), &["slo", "lint", "-f", "/nonexistent/slo.yaml"]);
    assert!(code == 2 && text.contains("cannot read /nonexistent/slo.yaml"), "{text}");
}
