//! `ippo serve` and `ippo demo`: the server in this process, until Ctrl-C.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use clap::Args;
use ippo_base::{SharedClock, SharedIds, SystemClock, SystemIds};
use ippo_domain::definition::{Missing, SourceFile};
use ippo_engine::definition::{Apply, ApplyError, ApplyMode, BackfillWait};
use tokio_util::sync::CancellationToken;

use super::client::Failure;
use super::{Answer, print};
use crate::config::{Config, SettingFlags, Sources};
use crate::demo::{self, Companion, DemoArgs};
use crate::logging;
use crate::serve::{Server, Surroundings, descriptors};

/// The account that the demo's link signs in to.
const DEMO_ACCOUNT: &str = "demo";
/// How often the demo's link can be opened: in every browser and window that someone tries.
const DEMO_LINK_USES: u32 = 50;
/// How long it can be opened.
const DEMO_LINK_LIFETIME: Duration = Duration::from_secs(24 * 60 * 60);

const TEACHING: &str = "Examples:
  ippo serve
        on this machine alone, data in ./ippo-data
  ippo serve --data-dir /var/lib/ippo --retention 90d
  ippo serve --segments s3://telemetry/ippo --segments-cache 50GiB
        finished segments in a bucket, see docs/operate/object-storage.md
  ippo serve --listen 0.0.0.0:4300 --public-url https://ippo.example.org
        for others too; needs an account first, see docs/operate/configuration.md

Secrets come from the environment or ippo.toml, never from flags, which others on the machine can see:
  IPPO_SMTP_URL
        the mail server: smtp://host:25, smtp://user:password@host:587?tls=required
  IPPO_HEARTBEAT_URL
        where ippo says that it is alive; whoever listens there can tell when it is not
  AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN, AWS_REGION, AWS_ENDPOINT_URL
        how the bucket of --segments is reached; without keys, as the role of the machine or container

The first start prints a link that makes the administrator's account; it works once.
Settings come from flags, then IPPO_* variables, then ippo.toml; `ippo config` shows them.";

/// Starts the server. It stops on Ctrl-C or SIGTERM, without losing anything.
#[derive(Args, Debug)]
#[command(after_help = TEACHING)]
pub struct ServeArgs {
    #[command(flatten)]
    flags: SettingFlags,
}

/// Runs the server.
///
/// # Errors
/// When it cannot start, or ends by a failure.
pub async fn serve(args: &ServeArgs) -> Result<Answer, Failure> {
    let resolved = Sources::of_process(args.flags.clone()).resolve().map_err(Failure::bad_input)?;
    let config = Config::read(&resolved).map_err(Failure::bad_input)?;
    logging::start(config.log_format, &config.log_filter).map_err(Failure::bad_input)?;
    let stop = stop_on_signal().map_err(Failure::inconclusive)?;
    let server = Server::open(&config, surroundings()).await.map_err(Failure::inconclusive)?;
    greet(&server, &config.data_dir).await.map_err(Failure::inconclusive)?;
    server.run(stop).await.map_err(Failure::inconclusive)?;
    Ok(Answer::Yes)
}

/// Runs the server with the shop beside it, or breaks the shop of a demo that runs.
///
/// # Errors
/// When it cannot start, or ends by a failure.
pub async fn demo(args: &DemoArgs) -> Result<Answer, Failure> {
    let surroundings = surroundings();
    let wished = demo::wish(args, &*surroundings.clock, &*surroundings.ids).await;
    if wished.map_err(Failure::inconclusive)? {
        return Ok(Answer::Yes);
    }
    let config = demo_config(args).map_err(Failure::bad_input)?;
    logging::start(config.log_format, &config.log_filter).map_err(Failure::bad_input)?;
    run_demo(args, &config, surroundings).await.map_err(Failure::inconclusive)?;
    Ok(Answer::Yes)
}

async fn run_demo(args: &DemoArgs, config: &Config, surroundings: Surroundings) -> anyhow::Result<()> {
    let stop = stop_on_signal()?;
    let server = Server::open(config, surroundings.clone()).await?;
    let reached = server.addresses();
    let addresses = demo::Addresses { otlp_grpc: reached.otlp_grpc, otlp_http: reached.otlp_http };
    let companion = Companion::open(args, addresses, surroundings.clock.clone()).await?;
    let files = companion.definitions().into_iter();
    let wish = Apply {
        files: files.map(|file| SourceFile { path: file.path, text: file.text }).collect(),
        mode: ApplyMode::Apply,
        missing: Missing::Keep,
        wait: BackfillWait::Return,
        by: DEMO_ACCOUNT.to_owned(),
    };
    server.desk().apply(&wish, surroundings.clock.now()).await.map_err(wrong_definitions)?;
    let link = server.access().enter_link(DEMO_ACCOUNT, DEMO_LINK_USES, DEMO_LINK_LIFETIME).await?;
    let last = CancellationToken::new();
    let (serving, shop_stop) = (tokio::spawn(server.run(last.clone())), stop.clone());
    say(&demo::welcome(args, &link))?;
    // The shop first: what it has under way is still taken.
    let (shopped, served) = tokio::join!(
        async {
            let shopped = companion.run(shop_stop).await;
            last.cancel();
            shopped
        },
        async {
            let served = serving.await.context("the server ended in a panic");
            stop.cancel();
            served
        }
    );
    shopped?;
    served??;
    say("ippo has stopped; everything is stored.\n")
}

fn demo_config(args: &DemoArgs) -> anyhow::Result<Config> {
    let dir = args.dir.to_str().context("the folder's name is not UTF-8")?;
    let given = vec![
        ("data_dir", dir.to_owned()),
        ("listen", args.listen.to_string()),
        ("otlp_grpc", args.otlp_grpc.to_string()),
        ("otlp_http", args.otlp_http.to_string()),
        ("log", "warn".to_owned()),
    ];
    let flags = SettingFlags { file: None, given };
    // The demo is the same everywhere: neither the environment nor a file of another ippo changes it.
    let sources = Sources { flags, environment: Vec::new(), folder: args.dir.clone() };
    Ok(Config::read(&sources.resolve()?)?)
}

fn wrong_definitions(error: ApplyError) -> anyhow::Error {
    match error {
        ApplyError::Invalid(errors) => {
            let errors: Vec<String> = errors.iter().map(ToString::to_string).collect();
            anyhow::anyhow!("the demo's own definitions are wrong: {}", errors.join("; "))
        }
        other => other.into(),
    }
}

async fn greet(server: &Server, data_dir: &Path) -> anyhow::Result<()> {
    let addresses = server.addresses();
    let open = match server.access().welcome_link().await? {
        Some(link) => {
            format!("{link}\n            (makes the administrator's account; works once, for a day)")
        }
        None => server.site().public_url().to_owned(),
    };
    say(&format!(
        "\n  ippo {}\n\n  open      {open}\n  OTLP      gRPC {}, HTTP http://{}\n  data      {}\n  stop      Ctrl-C\n\n",
        env!("CARGO_PKG_VERSION"),
        addresses.otlp_grpc,
        addresses.otlp_http,
        data_dir.display(),
    ))
}

fn say(text: &str) -> anyhow::Result<()> {
    print(text).map_err(|failure| anyhow::anyhow!("{failure}"))
}

fn surroundings() -> Surroundings {
    let clock: SharedClock = Arc::new(SystemClock::new());
    let ids: SharedIds = Arc::new(SystemIds::new(clock.clone()));
    let aws = std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
        .filter(|(name, _)| name.starts_with("AWS_"));
    let descriptors = descriptors::raise();
    let secrets = Arc::new(|name: &str| std::env::var(name).ok());
    Surroundings { clock, ids, secrets, aws: aws.collect(), descriptors }
}

/// Completes the token on Ctrl-C or SIGTERM. A second one ends the process at once, as it would without us.
fn stop_on_signal() -> anyhow::Result<CancellationToken> {
    let stop = CancellationToken::new();
    let asked = stop.clone();
    #[cfg(unix)]
    let mut terminate = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())
        .context("cannot listen for SIGTERM")?;
    tokio::spawn(async move {
        #[cfg(unix)]
        let terminated = terminate.recv();
        #[cfg(not(unix))]
        let terminated = std::future::pending::<()>();
        tokio::select! {
            _ = tokio::signal::ctrl_c() => {}
            _ = terminated => {}
        }
        asked.cancel();
        if tokio::signal::ctrl_c().await.is_ok() {
            std::process::exit(130);
        }
    });
    Ok(stop)
}
