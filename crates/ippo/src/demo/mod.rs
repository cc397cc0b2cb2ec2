//! `ippo demo`: the shop beside a server that runs in the same process, and wishes to a demo that already runs.
//!
//! The shop talks to the server as any SDK would, over its OTLP port; it has no other way in.

mod args;
mod pager;
mod show;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::Context as _;
use ippo_base::{Clock, IdSource, SharedClock};
use ippo_shop::drive::{Driver, Plan, Wish, ask};
use ippo_shop::export::{Compression, Exporter, GrpcTransport, HttpTransport, Patience, Transport};
use ippo_shop::{DEFINITIONS, DEMO_PAGER_URL};
use tokio_util::sync::CancellationToken;

pub use args::DemoArgs;
use pager::Pager;
use show::say;

/// How long what is under way may take to be acknowledged after the demo is told to stop.
const STOP_LIMIT: Duration = Duration::from_secs(5);

/// Where the server of the demo listens.
#[derive(Debug, Clone, Copy)]
pub struct Addresses {
    /// OTLP over gRPC.
    pub otlp_grpc: SocketAddr,
    /// OTLP over HTTP.
    pub otlp_http: SocketAddr,
}

/// A file of definitions, ready to be applied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Definition {
    /// Its name.
    pub path: String,
    /// Its YAML.
    pub text: String,
}

/// The folder of the shop within the demo's.
fn shop_dir(args: &DemoArgs) -> PathBuf {
    args.dir.join("shop")
}

/// Passes a wish to the demo that runs on the folder, if the arguments hold one, and says whether they did.
///
/// # Errors
/// If no demo takes the wish.
pub async fn wish(args: &DemoArgs, clock: &dyn Clock, ids: &dyn IdSource) -> anyhow::Result<bool> {
    let secs = args.length.map(|length| length.as_secs());
    let (wish, words) = match (args.fault, args.mend) {
        (Some(fault), _) => (Wish::Break { fault, secs }, format!("✗  {fault}: {}", fault.expectation())),
        (None, true) => (Wish::Mend, "✓  everything works again".to_owned()),
        (None, false) => return Ok(false),
    };
    ask(&shop_dir(args), wish, clock, ids).await?;
    say(&words);
    Ok(true)
}

/// The shop and its pager, beside a server that already takes telemetry.
pub struct Companion {
    driver: Driver,
    pager: Pager,
    clock: SharedClock,
}

impl Companion {
    /// Opens the shop in the demo's folder and the pager's port. Nothing is sent yet.
    ///
    /// # Errors
    /// If the folder or a port cannot be used.
    pub async fn open(args: &DemoArgs, addresses: Addresses, clock: SharedClock) -> anyhow::Result<Self> {
        let pager = Pager::open().await?;
        let transport: Box<dyn Transport> = if args.over_http {
            let endpoint = format!("http://{}", addresses.otlp_http);
            Box::new(HttpTransport::new(&endpoint, Compression::None, None)?)
        } else {
            let endpoint = format!("http://{}", addresses.otlp_grpc);
            Box::new(GrpcTransport::new(&endpoint, Compression::None, None)?)
        };
        let exporter = Exporter::new(transport, clock.clone(), Patience::local());
        let plan = Plan { dir: shop_dir(args), seed: args.seed, history: args.history };
        let driver = Driver::open(&plan, clock.clone(), exporter)?;
        Ok(Self { driver, pager, clock })
    }

    /// The shop's SLOs, and the pager as who is told. To be applied before the shop runs, so that nothing has to be counted
    /// a second time.
    pub fn definitions(&self) -> Vec<Definition> {
        definitions(&self.pager.url)
    }

    /// Runs the shop until `shutdown`, and says in the terminal what happens.
    ///
    /// # Errors
    /// If the shop's progress can no longer be written.
    pub async fn run(self, shutdown: CancellationToken) -> anyhow::Result<()> {
        let Self { driver, pager, clock } = self;
        let (pages, serving) = pager.serve();
        let told = show::follow(driver.status(), pages, clock.as_ref());
        let told_to_stop = async {
            shutdown.cancelled().await;
            driver.stop();
            clock.sleep(STOP_LIMIT).await;
        };
        tokio::select! {
            ran = driver.run() => ran.context("the shop stopped"),
            () = told_to_stop => Ok(()),
            () = async { tokio::join!(told, serving); } => Ok(()),
        }
    }
}

fn definitions(pager_url: &str) -> Vec<Definition> {
    let file = |file: &ippo_shop::DefinitionFile| Definition {
        path: file.path.to_owned(),
        text: file.text.replace(DEMO_PAGER_URL, pager_url),
    };
    DEFINITIONS.iter().map(file).collect()
}

/// What to say when everything has started.
pub fn welcome(args: &DemoArgs, link: &str) -> String {
    let dir = args.dir.display();
    format!(
        "\n  ippo, with a simulated shop\n\n  open    {link}\n  data    {dir}\n  \
         break   ippo demo --break payment    (ippo demo --help for more)\n  stop    Ctrl-C\n"
    )
}

#[cfg(test)]
mod tests {
    use ippo_domain::definition::{SourceFile, parse};

    use super::*;

    #[test]
    fn the_shops_definitions_are_right_and_tell_the_pager() {
        let url = "http://127.0.0.1:5555/pages";
        let files: Vec<SourceFile> =
            definitions(url).into_iter().map(|d| SourceFile { path: d.path, text: d.text }).collect();
        let parsed = parse(&files).expect("they are right");
        assert!(parsed.warnings.is_empty(), "{:?}", parsed.warnings);
        assert_eq!((parsed.slos.len(), parsed.targets.len()), (ippo_shop::PROMISES.len(), 1));
        assert!(files.iter().any(|f| f.text.contains(url)));
        assert!(!files.iter().any(|f| f.text.contains(DEMO_PAGER_URL)));
    }
}
