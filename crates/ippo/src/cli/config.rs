//! `ippo config`: every setting with its value and where it came from. Secrets stay hidden.

use clap::Args;
use serde::Serialize;

use super::client::Failure;
use super::{Answer, Output, columns, print, print_json};
use crate::config::{Config, ResolvedSetting, SettingFlags, Sources};

/// Prints every setting with its value and where it came from. Takes the same flags as `ippo serve`.
#[derive(Args, Debug)]
pub struct ConfigArgs {
    #[command(flatten)]
    flags: SettingFlags,
}

#[derive(Serialize)]
struct Line<'a> {
    key: &'a str,
    value: Option<&'a str>,
    origin: String,
    variable: String,
    what: &'a str,
}

impl<'a> Line<'a> {
    fn new(found: &'a ResolvedSetting) -> Self {
        let hidden = found.setting.is_secret() && found.value.is_some();
        Self {
            key: found.setting.key,
            value: if hidden { Some("(hidden)") } else { found.value.as_deref() },
            origin: found.origin.to_string(),
            variable: found.setting.variable(),
            what: found.setting.what,
        }
    }
}

/// Runs the command. The answer is no when the settings cannot be used; they are printed all the same.
///
/// # Errors
/// When the settings cannot even be told apart.
pub fn run(args: &ConfigArgs, output: Output) -> Result<Answer, Failure> {
    let resolved = Sources::of_process(args.flags.clone()).resolve().map_err(Failure::bad_input)?;
    let lines: Vec<Line<'_>> = resolved.settings().iter().map(Line::new).collect();
    match output {
        Output::Json => print_json(&lines)?,
        Output::Text => print(&text(&lines))?,
    }
    Config::read(&resolved).map_err(Failure::bad_input)?;
    Ok(Answer::Yes)
}

fn text(lines: &[Line<'_>]) -> String {
    let header = ["SETTING", "VALUE", "FROM", "ENVIRONMENT"].map(str::to_owned).to_vec();
    let row = |line: &Line<'_>| {
        vec![
            line.key.to_owned(),
            line.value.unwrap_or("–").to_owned(),
            line.origin.clone(),
            line.variable.clone(),
        ]
    };
    columns(&std::iter::once(header).chain(lines.iter().map(row)).collect::<Vec<_>>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_said_to_be_there_and_not_shown() {
        let environment = vec![("IPPO_SMTP_URL".to_owned(), "smtp://u:hunter2@h".to_owned())];
        let folder = tempfile::tempdir().expect("a folder");
        let sources = Sources { environment, folder: folder.path().to_owned(), ..Sources::default() };
        let resolved = sources.resolve().expect("resolves");
        let lines: Vec<Line<'_>> = resolved.settings().iter().map(Line::new).collect();
        insta::assert_snapshot!(text(&lines));
    }
}
