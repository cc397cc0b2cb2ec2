//! `ippo deploy`: which versions went out when, and the word of a pipeline that one does.

use clap::{Args, Subcommand};
use ippo_api::deploy::{Deploy, DeployList, DeploySource, NewDeploy};
use ippo_api::time::Time;
use ippo_base::Timestamp;

use super::client::{ApiClient, Failure, percent_encoded};
use super::figures::to_the_second;
use super::{Answer, Output, columns, print};

/// Tells of deploys, and lists them.
#[derive(Args, Debug)]
pub struct DeployArgs {
    #[command(subcommand)]
    command: DeployCommand,
}

#[derive(Subcommand, Debug)]
enum DeployCommand {
    /// Tells that a version goes out. Without it ippo notices when telemetry of a new service.version comes.
    Tell(TellArgs),
    /// Which versions went out when, newest first.
    List {
        /// Only of this service.
        #[arg(long)]
        service: Option<String>,
        /// How far back, such as 1d or 4w.
        #[arg(long, default_value = "7d")]
        last: String,
    },
}

#[derive(Args, Debug)]
#[command(after_help = "Example, at the end of a pipeline:
  ippo deploy tell --service frontend --version \"$VERSION\" --environment production --link \"$PIPELINE_URL\"")]
struct TellArgs {
    /// service.name, as its telemetry has it.
    #[arg(long)]
    service: String,
    /// service.version, as its telemetry has it.
    #[arg(long)]
    version: String,
    /// deployment.environment.name, as its telemetry has it.
    #[arg(long)]
    environment: Option<String>,
    /// When it began to go out [default: now].
    #[arg(long)]
    at: Option<String>,
    /// Where to read what changed.
    #[arg(long, value_name = "URL")]
    link: Option<String>,
}

/// Runs the command.
///
/// # Errors
/// When the server cannot be asked, or refuses.
pub async fn run(args: &DeployArgs, client: &ApiClient, output: Output) -> Result<Answer, Failure> {
    let text = match &args.command {
        DeployCommand::Tell(args) => tell(args, client, output).await?,
        DeployCommand::List { service, last } => {
            let service = service
                .iter()
                .map(|service| format!("&service={}", percent_encoded(service)))
                .collect::<String>();
            let path = format!("/api/v1/deploys?last={}{service}", percent_encoded(last));
            let told = |failure: Failure| failure.in_flags(&[("last", "--last"), ("service", "--service")]);
            match output {
                Output::Json => client.get_text(&path).await.map_err(told)?,
                Output::Text => list_text(&client.get(&path).await.map_err(told)?),
            }
        }
    };
    print(&text)?;
    Ok(Answer::Yes)
}

async fn tell(args: &TellArgs, client: &ApiClient, output: Output) -> Result<String, Failure> {
    let time = args.at.as_deref().map(Timestamp::parse).transpose().map_err(Failure::bad_input)?;
    let request = NewDeploy {
        service: args.service.clone(),
        version: args.version.clone(),
        environment: args.environment.clone(),
        time: time.map(Time),
        url: args.link.clone(),
    };
    let flags = [
        ("service", "--service"),
        ("version", "--version"),
        ("environment", "--environment"),
        ("time", "--at"),
        ("url", "--link"),
    ];
    let told = |failure: Failure| failure.in_flags(&flags);
    Ok(match output {
        Output::Json => client.post_text("/api/v1/deploys", &request).await.map_err(told)?,
        Output::Text => {
            let deploy: Deploy = client.post("/api/v1/deploys", &request).await.map_err(told)?;
            format!("{} {} went out at {}.\n", deploy.service, deploy.version, to_the_second(deploy.time))
        }
    })
}

fn list_text(list: &DeployList) -> String {
    if list.deploys.is_empty() {
        return "No deploy is known in that time. Give a longer --last; tell of one with ippo deploy tell, or have services send \
                their service.version.\n"
            .to_owned();
    }
    let header = ["TIME", "SERVICE", "VERSION", "ENVIRONMENT", "KNOWN FROM", "LINK"];
    let mut rows = vec![header.map(str::to_owned).to_vec()];
    for deploy in &list.deploys {
        rows.push(vec![
            to_the_second(deploy.time),
            deploy.service.clone(),
            deploy.version.clone(),
            deploy.environment.clone().unwrap_or_default(),
            match deploy.source {
                DeploySource::Told => deploy.by.clone(),
                DeploySource::Seen => "its telemetry".to_owned(),
            },
            deploy.url.clone().unwrap_or_default(),
        ]);
    }
    columns(&rows)
}
