//! `ippo account`: lets people in, straight in a data folder, by whoever has the machine.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use clap::{Args, Subcommand};
use ippo_api::access::{Access, Site};
use ippo_base::{SharedClock, SystemClock, SystemIds};
use ippo_state::State;
use serde::Serialize;

use super::client::Failure;
use super::token::{parse_length, parse_name};
use super::{Answer, Output, print, print_json};

const TEACHING: &str = r#"Examples:
  ippo account link --name hanako
        a colleague's way in, or back in after a lost password
  ippo account link --name hanako --url https://ippo.example.org --expires-in 2d"#;

/// Lets people in.
#[derive(Args, Debug)]
pub struct AccountArgs {
    #[command(subcommand)]
    command: AccountCommand,
}

#[derive(Subcommand, Debug)]
enum AccountCommand {
    /// Prints a link that signs its holder in, once; the account is made if it is not there.
    #[command(after_help = TEACHING)]
    Link {
        /// The account's name.
        #[arg(long, value_parser = parse_name)]
        name: String,
        /// The server's data folder; the server may be running on it.
        #[arg(long, value_name = "DIR", env = "IPPO_DATA_DIR", default_value = "./ippo-data")]
        data_dir: PathBuf,
        /// How long the link works: 1h, 2d.
        #[arg(long, value_name = "TIME", value_parser = parse_length, default_value = "1h")]
        expires_in: Duration,
    },
}

/// A link that lets someone in.
#[derive(Serialize)]
struct Link {
    /// Whom.
    name: String,
    /// Where to go.
    link: String,
}

/// Runs the command. `url` is where people reach the server.
///
/// # Errors
/// When the folder cannot be used.
pub async fn run(args: &AccountArgs, url: &str, output: Output) -> Result<Answer, Failure> {
    let AccountCommand::Link { name, data_dir, expires_in } = &args.command;
    let nowhere = ([127, 0, 0, 1], 0).into();
    let site = Site::new(nowhere, Some(url)).map_err(Failure::bad_input)?;
    let link = link_in(data_dir, name, *expires_in, site).await.map_err(Failure::inconclusive)?;
    match output {
        Output::Text => print(&format!("{link}\n"))?,
        Output::Json => print_json(&Link { name: name.clone(), link })?,
    }
    Ok(Answer::Yes)
}

async fn link_in(dir: &Path, name: &str, lifetime: Duration, site: Site) -> anyhow::Result<String> {
    let file = dir.join("state.db");
    if !file.is_file() {
        anyhow::bail!(
            "there is no {}; give the folder that the server was started with by --data-dir",
            file.display()
        );
    }
    let state = State::open(&file).await.with_context(|| format!("cannot open {}", file.display()))?;
    let clock: SharedClock = Arc::new(SystemClock::new());
    let ids = Arc::new(SystemIds::new(clock.clone()));
    let made = Access::new(state.clone(), clock, ids, site).enter_link(name, 1, lifetime).await;
    state.close().await;
    made.with_context(|| format!("cannot write {}", file.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_link_is_made_beside_who_has_the_folder_open_and_leads_to_the_site() {
        let folder = tempfile::tempdir().expect("a folder");
        let site =
            || Site::new(([127, 0, 0, 1], 0).into(), Some("https://ippo.example.org")).expect("a site");
        let hour = Duration::from_secs(60 * 60);
        let missing = link_in(folder.path(), "hanako", hour, site()).await.expect_err("no folder of ippo's");
        assert!(missing.to_string().contains("--data-dir"), "{missing}");
        let _server = State::open(&folder.path().join("state.db")).await.expect("opens");
        let link = link_in(folder.path(), "hanako", hour, site()).await.expect("made");
        assert!(link.starts_with("https://ippo.example.org/enter/"), "{link}");
    }
}
