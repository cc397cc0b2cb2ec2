//! `ippo token`: makes, lists and revokes tokens; makes the first one straight in a data folder, without a server.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use clap::{Args, Subcommand, ValueEnum};
use ippo_api::access::{Access, Site};
use ippo_api::time::Time;
use ippo_api::token::{MadeToken, NewToken, TokenList, TokenScope};
use ippo_base::{SharedClock, SystemClock, SystemIds};
use ippo_domain::access::{NAME_MAX_CHARS, check_name};
use ippo_state::State;

use super::client::{ApiClient, Failure};
use super::figures::to_the_second;
use super::{Answer, Output, columns, print, print_json};

const TEACHING: &str = "\
  ippo token create --name collector --scope ingest                        asks the server at IPPO_URL
  ippo token create --name ci --scope admin --data-dir ./ippo-data         straight in the folder, for the first one
  IPPO_TOKEN=$(ippo token create --name ci --scope read --data-dir ./ippo-data)";

/// Makes, lists and revokes tokens.
#[derive(Args, Debug)]
pub struct TokenArgs {
    #[command(subcommand)]
    command: TokenCommand,
}

#[derive(Subcommand, Debug)]
enum TokenCommand {
    /// Makes a token and prints it, this once.
    #[command(after_help = TEACHING)]
    Create {
        /// What it is for.
        #[arg(long, value_parser = parse_name)]
        name: String,
        /// What it allows: admin everything, read looking, ingest sending telemetry.
        #[arg(long, value_enum)]
        scope: ScopeArg,
        /// How long it works: 12h, 90d. For ever, if left out.
        #[arg(long, value_name = "TIME", value_parser = parse_length)]
        expires_in: Option<Duration>,
        /// Makes it straight in this data folder, which may not exist yet; a server may be running on it.
        #[arg(long, value_name = "DIR")]
        data_dir: Option<PathBuf>,
    },
    /// Every token in use, without its secret.
    List,
    /// Takes a token out of use.
    Revoke {
        /// Its id, as `ippo token list` shows it.
        id: String,
    },
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum ScopeArg {
    Admin,
    Read,
    Ingest,
}

impl From<ScopeArg> for TokenScope {
    fn from(scope: ScopeArg) -> Self {
        match scope {
            ScopeArg::Admin => TokenScope::Admin,
            ScopeArg::Read => TokenScope::Read,
            ScopeArg::Ingest => TokenScope::Ingest,
        }
    }
}

pub(super) fn parse_name(text: &str) -> Result<String, String> {
    match check_name(text) {
        Ok(()) => Ok(text.to_owned()),
        Err(_) => Err(format!("a name has 1 to {NAME_MAX_CHARS} characters and no white space at its ends")),
    }
}

pub(super) fn parse_length(text: &str) -> Result<Duration, String> {
    crate::config::read_length(text)
}

/// Runs the command.
///
/// # Errors
/// When the server or the folder cannot be used.
pub async fn run(
    args: &TokenArgs,
    client: impl Fn() -> Result<ApiClient, Failure>,
    output: Output,
) -> Result<Answer, Failure> {
    match &args.command {
        TokenCommand::Create { name, scope, expires_in, data_dir } => {
            let clock: SharedClock = Arc::new(SystemClock::new());
            let expires_at = expires_in.map(|length| Time(clock.now().plus(length)));
            let wish = NewToken { name: name.clone(), scope: (*scope).into(), expires_at };
            let made = match data_dir {
                Some(dir) => create_in(dir, wish, clock).await.map_err(Failure::inconclusive)?,
                None => client()?.post("/api/v1/tokens", &wish).await?,
            };
            match output {
                Output::Json => print_json(&made)?,
                Output::Text => print(&format!("{}\n", made.token))?,
            }
        }
        TokenCommand::List => match output {
            Output::Json => print(&client()?.get_text("/api/v1/tokens").await?)?,
            Output::Text => print(&list_text(&client()?.get("/api/v1/tokens").await?))?,
        },
        TokenCommand::Revoke { id } => {
            if id.is_empty() || !id.bytes().all(|b| b.is_ascii_hexdigit()) {
                return Err(Failure::bad_input(format!(
                    "{id:?} is no token's id; `ippo token list` shows them"
                )));
            }
            client()?.delete(&format!("/api/v1/tokens/{id}")).await?;
        }
    }
    Ok(Answer::Yes)
}

/// Makes a token in the state database of a data folder.
async fn create_in(dir: &Path, wish: NewToken, clock: SharedClock) -> anyhow::Result<MadeToken> {
    std::fs::create_dir_all(dir).with_context(|| format!("cannot make the folder {}", dir.display()))?;
    let file = dir.join("state.db");
    let state = State::open(&file).await.with_context(|| format!("cannot open {}", file.display()))?;
    let ids = Arc::new(SystemIds::new(clock.clone()));
    let nowhere = ([127, 0, 0, 1], 0).into();
    let access = Access::new(state.clone(), clock, ids, Site::new(nowhere, None)?);
    let expires_at = wish.expires_at.map(|time| time.0);
    let minted = access.create_token(&wish.name, wish.scope.into(), expires_at, "cli").await;
    state.close().await;
    Ok(minted.with_context(|| format!("cannot write {}", file.display()))?.into())
}

fn list_text(list: &TokenList) -> String {
    let header = ["ID", "NAME", "SCOPE", "BEGINS", "LAST USED", "EXPIRES"].map(str::to_owned).to_vec();
    let time = |time: Option<Time>| time.map_or("never".to_owned(), to_the_second);
    let rows = list.tokens.iter().map(|token| {
        let scope = match token.scope {
            TokenScope::Admin => "admin",
            TokenScope::Read => "read",
            TokenScope::Ingest => "ingest",
        };
        vec![
            token.id.clone(),
            token.name.clone(),
            scope.to_owned(),
            format!("{}…", token.hint),
            time(token.last_used_at),
            time(token.expires_at),
        ]
    });
    columns(&std::iter::once(header).chain(rows).collect::<Vec<_>>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_token_is_made_in_a_folder_that_was_not_there_and_beside_who_has_it_open() {
        let folder = tempfile::tempdir().expect("a folder");
        let dir = folder.path().join("new").join("data");
        let wish = || NewToken { name: "ci".to_owned(), scope: TokenScope::Admin, expires_at: None };
        let clock: SharedClock = Arc::new(SystemClock::new());
        let first = create_in(&dir, wish(), clock.clone()).await.expect("made");
        let state = State::open(&dir.join("state.db")).await.expect("opens");
        let ids = Arc::new(SystemIds::new(clock.clone()));
        let site = Site::new(([127, 0, 0, 1], 4300).into(), None).expect("a site");
        let server = Access::new(state, clock.clone(), ids, site);
        let second = create_in(&dir, wish(), clock).await.expect("made beside");
        for made in [first, second] {
            let known = server.token(&made.token).await.expect("works").expect("known");
            assert_eq!((known.name.as_str(), known.created_by.as_str()), ("ci", "cli"));
        }
    }
}
