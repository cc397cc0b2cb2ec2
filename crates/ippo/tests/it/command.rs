//! What every command has in common: nobody has to read what it says, and what it says names what was given.

use std::process::{Command, Stdio};

use crate::binary::{Running, token};

const BINARY: &str = env!("CARGO_BIN_EXE_ippo");

#[tokio::test]
async fn a_reader_that_leaves_is_no_failure() {
    let folder = tempfile::tempdir().expect("a folder");
    let token = token(folder.path());
    let server = Running::start(folder.path(), &token);
    let definition = folder.path().join("targets.yaml");
    let target = "apiVersion: ippo/v1\nkind: NotificationTarget\nmetadata: {name: hook}\n\
                  spec: {type: webhook, url: 'http://127.0.0.1:1/'}\n";
    std::fs::write(&definition, target).expect("written");
    let definition = definition.to_str().expect("UTF-8");
    let elsewhere = tempfile::tempdir().expect("a folder");
    let backup = elsewhere.path().join("backup");
    let commands: [&[&str]; 10] = [
        &["config"],
        &["logs", "--output", "json"],
        &["sql", "SELECT 1"],
        &["sql", "SELECT 1", "--output", "json"],
        &["sql", "SELECT 1", "--output", "csv"],
        &["slo", "list"],
        &["slo", "list", "--output", "json"],
        &["token", "list"],
        &["apply", "--dry-run", "-f", definition],
        &["backup", "--to", backup.to_str().expect("UTF-8")],
    ];
    for arguments in commands {
        let (reader, writer) = std::io::pipe().expect("a pipe");
        drop(reader);
        let mut command = Command::new(BINARY);
        command.args(arguments).env("IPPO_URL", &server.http).env("IPPO_TOKEN", &server.token);
        let ended = command.stdout(writer).stderr(Stdio::piped()).output().expect("it runs");
        let said = String::from_utf8_lossy(&ended.stderr);
        assert!(ended.status.success() && said.is_empty(), "{arguments:?}: {:?} {said}", ended.status);
    }
    assert!(backup.is_dir(), "what was asked for was done");
}
