//! The server: opens the data folder, puts the parts together, runs them, and stops them in order.
//!
//! Every part gets plain values; nothing but this module knows all of them.

mod bucket;
pub(crate) mod descriptors;
mod report;
mod upkeep;

use std::net::SocketAddr;
use std::sync::Arc;

use anyhow::Context as _;
use ippo_api::access::{Access, Site};
use ippo_api::health::Readiness;
use ippo_api::otlp::{self, Intake, OtlpApi, OtlpMetrics};
use ippo_api::pages::{PageFile, Pages};
use ippo_api::telemetry::TelemetryApi;
use ippo_api::{
    ApiState, Door, alert_rule, backup, definition, deploy, incident, journey, polled, sla, slo, status,
    store, target,
};
use ippo_base::disk::RealDisk;
use ippo_base::{SharedClock, SharedIds};
use ippo_engine::alert_rule::AlertRules;
use ippo_engine::backup::Backups;
use ippo_engine::channels::Channels;
use ippo_engine::cloudwatch::CloudWatchClient;
use ippo_engine::definition::DefinitionDesk;
use ippo_engine::deliver::Deliverer;
use ippo_engine::deploy::Deploys;
use ippo_engine::drive::Loops;
use ippo_engine::heartbeat::Heartbeat;
use ippo_engine::incident::Incidents;
use ippo_engine::polled::{Poller, Sources};
use ippo_engine::prometheus::PrometheusClient;
use ippo_engine::report::Reports;
use ippo_engine::slo::{SloBook, Slos};
use ippo_engine::watch::{Loop, Watch};
use ippo_state::State;
use ippo_telemetry::{QueryLimits, RemoteOptions, Store, StoreOptions};
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::config::Config;

/// Rows in memory and waiting requests may take this many times what a flush takes before telemetry is refused.
const MEMORY_CEILING: usize = 3;

/// What the server takes from its surroundings.
#[derive(Clone)]
pub struct Surroundings {
    /// Time.
    pub clock: SharedClock,
    /// Ids.
    pub ids: SharedIds,
    /// Secrets by the name that definitions give them: environment variables.
    pub secrets: ippo_engine::channels::Secrets,
    /// The variables of the usual AWS environment, `AWS_*`: how the bucket of segments is reached, and with whose rights.
    pub aws: Vec<(String, String)>,
    /// How many files and connections the process may have open.
    pub descriptors: u64,
}

/// Where the server listens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Addresses {
    /// The pages and the API.
    pub http: SocketAddr,
    /// OTLP over gRPC.
    pub otlp_grpc: SocketAddr,
    /// OTLP over HTTP.
    pub otlp_http: SocketAddr,
}

struct Listeners {
    http: TcpListener,
    otlp_grpc: TcpListener,
    otlp_http: TcpListener,
}

/// An opened server. It takes nothing before [`Server::run`].
pub struct Server {
    listeners: Listeners,
    addresses: Addresses,
    access: Access,
    state: State,
    store: Store,
    desk: DefinitionDesk,
    loops: Loops,
    backups: Backups,
    otlp: OtlpApi,
    telemetry: TelemetryApi,
    site: Site,
    surroundings: Surroundings,
    started_at: ippo_base::Timestamp,
}

impl Server {
    /// Opens the data folder and the ports. What was acknowledged before a crash is back when this returns.
    ///
    /// # Errors
    /// When the folder is in use or damaged beyond use, a port is taken, or a setting does not fit.
    pub async fn open(config: &Config, surroundings: Surroundings) -> anyhow::Result<Self> {
        let Surroundings { clock, ids, secrets, aws, descriptors: _ } = surroundings.clone();
        let started_at = clock.now();
        let disk = Arc::new(RealDisk::lock(&config.data_dir)?);
        // Before the state is brought up to date: what a newer ippo wrote stays as it is.
        Store::check_format(&*disk).with_context(|| cannot_open(config))?;
        let listeners = Listeners {
            http: bind(config.listen, "listen").await?,
            otlp_grpc: bind(config.otlp_grpc, "otlp-grpc").await?,
            otlp_http: bind(config.otlp_http, "otlp-http").await?,
        };
        let addresses = Addresses {
            http: listeners.http.local_addr()?,
            otlp_grpc: listeners.otlp_grpc.local_addr()?,
            otlp_http: listeners.otlp_http.local_addr()?,
        };
        let state_file = config.state_file();
        let state = State::open(&state_file)
            .await
            .with_context(|| format!("cannot open {}", state_file.display()))?;
        let site = Site::new(addresses.http, config.public_url.as_deref())?;
        let access = Access::new(state.clone(), clock.clone(), ids.clone(), site.clone());
        access.check_listen().await?;
        let remote = bucket::options(config, &aws, &*ids, clock.now())?;
        let store = open_store(config, disk, clock.clone(), remote).await?;
        let zone = jiff::tz::TimeZone::get(&config.time_zone).context("the time zone of messages")?;
        let slos = Slos {
            book: SloBook::in_zone(zone),
            state: state.clone(),
            store: store.clone(),
            ids: ids.clone(),
        };
        slos.load().await.context("cannot read the SLOs that are defined")?;
        let data_dir = config.data_dir.clone();
        let backups = Backups::open(store.clone(), state.clone(), data_dir, clock.clone(), ids.clone());
        let backups = backups.await.context("cannot read when the last backup was taken")?;
        let incidents = Incidents { state: state.clone(), ids };
        let messages = config.messages(site.public_url());
        let channels = Channels::real(&messages, config.smtp.as_ref(), &secrets, &clock)?;
        let heartbeat = match &config.heartbeat {
            Some(settings) => Some(Heartbeat::new(settings.clone(), &clock)?),
            None => None,
        };
        let sources = Sources {
            prometheus: PrometheusClient::new(Arc::clone(&secrets), clock.clone())?,
            cloudwatch: CloudWatchClient::new(clock.clone())?,
            clock: clock.clone(),
        };
        let loops = Loops {
            poller: Poller::new(slos.clone(), sources),
            deploys: Deploys { state: state.clone(), store: store.clone(), ids: slos.ids.clone() },
            deliverer: Deliverer::new(incidents.clone(), channels),
            incidents,
            rules: AlertRules::new(slos.clone()),
            slos: slos.clone(),
            heartbeat,
            watch: Watch::default(),
            clock: clock.clone(),
        };
        let otlp = OtlpApi {
            store: store.clone(),
            access: access.clone(),
            body_bytes: config.body_bytes,
            // Two of the largest, so that one alone never keeps all others out.
            intake: Intake::new(2 * config.body_bytes, clock.clone()),
            metrics: OtlpMetrics::default(),
        };
        let limits = QueryLimits {
            rows: config.query.rows,
            time: config.query.time,
            memory_bytes: usize::try_from(config.query.memory_bytes).unwrap_or(usize::MAX),
        };
        let telemetry = TelemetryApi { store: store.clone(), clock, limits };
        let desk = DefinitionDesk::new(slos);
        Ok(Self {
            listeners,
            addresses,
            access,
            state,
            store,
            desk,
            loops,
            backups,
            otlp,
            telemetry,
            site,
            surroundings,
            started_at,
        })
    }

    /// Where it listens.
    pub fn addresses(&self) -> Addresses {
        self.addresses
    }

    /// Who may call it.
    pub fn access(&self) -> &Access {
        &self.access
    }

    /// Who applies definitions.
    pub fn desk(&self) -> &DefinitionDesk {
        &self.desk
    }

    /// Where telemetry is kept.
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// Where people reach it.
    pub fn site(&self) -> &Site {
        &self.site
    }

    /// Serves until `stop`; then takes nothing new, finishes what was begun, and writes what is in memory.
    ///
    /// # Errors
    /// When a port's task panics, or the last rows cannot be written; they are in the log then.
    pub async fn run(self, stop: CancellationToken) -> anyhow::Result<()> {
        let clock = self.surroundings.clock.clone();
        let ready = Readiness::default();
        let watch = self.loops.watch.clone();
        watch.expect(Loop::Ingest, clock.now());
        let api = self.api(ready.clone());
        let open = |address: SocketAddr| address.ip().is_loopback();
        let grpc = otlp::grpc_router(self.otlp.clone(), open(self.addresses.otlp_grpc));
        let http = otlp::http_router(self.otlp.clone(), open(self.addresses.otlp_http));
        let Self { listeners, store, state, loops, backups, .. } = self;
        let mut ports = JoinSet::new();
        let stopped = || stop.clone().cancelled_owned();
        let connections = descriptors::connections(self.surroundings.descriptors);
        let door = |listener| Door { listener, clock: clock.clone(), connections };
        ports.spawn(otlp::serve(door(listeners.otlp_grpc), grpc, stopped()));
        ports.spawn(otlp::serve(door(listeners.otlp_http), http, stopped()));
        ports.spawn(ippo_api::serve(door(listeners.http), api, stopped()));
        let looping = tokio::spawn(loops.run(stop.clone()));
        ready.set(true);
        let keeping = tokio::spawn(upkeep::run(
            upkeep::Upkeep { store: store.clone(), state: state.clone(), watch, ready: ready.clone(), clock },
            stop.clone(),
        ));
        let mut failed = None;
        while let Some(ended) = ports.join_next().await {
            if let Err(error) = ended.context("a port's task ended in a panic") {
                // One port less is not the service that was asked for: stop all, and say why.
                failed.get_or_insert(error);
                stop.cancel();
            }
        }
        looping.await.context("the loops ended in a panic")?;
        keeping.await.context("upkeep ended in a panic")?;
        backups.stop().await;
        let stored = store.stop().await.context("the last rows stay in the log until the next start");
        state.close().await;
        failed.map_or(stored, Err)
    }

    fn api(&self, ready: Readiness) -> ApiState {
        let clock = self.surroundings.clock.clone();
        let status = status::StatusApi {
            report: report::reporter(self.store.clone()),
            clock: clock.clone(),
            started_at: self.started_at,
            site: self.site.clone(),
            otlp_grpc: self.addresses.otlp_grpc,
            otlp_http: self.addresses.otlp_http,
        };
        let deliverer = self.loops.deliverer.clone();
        let slos = self.loops.slos.clone();
        let promises = slo::SloApi { slos, clock: clock.clone(), limits: self.telemetry.limits };
        let nouns = slo::routes(promises.clone())
            .merge(journey::routes(promises.clone()))
            .merge(sla::routes(promises))
            .merge(alert_rule::routes(alert_rule::AlertRuleApi {
                rules: self.loops.rules.clone(),
                clock: clock.clone(),
                limits: self.telemetry.limits,
            }))
            .merge(deploy::routes(deploy::DeployApi {
                deploys: self.loops.deploys.clone(),
                clock: clock.clone(),
            }))
            .merge(definition::routes(definition::DefinitionApi {
                desk: self.desk.clone(),
                clock: clock.clone(),
            }))
            .merge(incident::routes(incident::IncidentApi {
                incidents: self.loops.incidents.clone(),
                clock: clock.clone(),
            }))
            .merge(ippo_api::report::routes(ippo_api::report::ReportApi {
                reports: Reports { slos: self.loops.slos.clone() },
                clock: clock.clone(),
                public_url: self.site.public_url().to_owned(),
            }))
            .merge(target::routes(target::TargetApi { deliverer: deliverer.clone(), clock: clock.clone() }))
            .merge(ippo_api::telemetry::routes(self.telemetry.clone()))
            .merge(backup::routes(self.backups.clone()))
            .merge(status::routes(status))
            .merge(store::routes(store::StoreApi {
                store: self.store.clone(),
                metrics: self.otlp.metrics.clone(),
                intake: self.otlp.intake.clone(),
                clock: clock.clone(),
                started_at: self.started_at,
            }));
        let counts = self.otlp.metrics.clone();
        let of_store = store::metrics(self.store.clone(), self.otlp.intake.clone(), clock.clone());
        ApiState {
            access: self.access.clone(),
            clock,
            nouns,
            pages: Pages { asset: page_file, index: page },
            ready,
            watch: self.loops.watch.clone(),
            metrics: vec![
                target::metrics(deliverer),
                polled::metrics(self.loops.poller.polls().clone()),
                backup::metrics(self.backups.clone()),
                Arc::new(move |text| counts.write(text)),
                of_store,
            ],
        }
    }
}

async fn bind(address: SocketAddr, flag: &str) -> anyhow::Result<TcpListener> {
    TcpListener::bind(address).await.with_context(|| {
        format!("cannot listen on {address}: choose another address with --{flag}, or stop what uses it")
    })
}

fn cannot_open(config: &Config) -> String {
    format!("cannot open the telemetry in {}", config.data_dir.display())
}

async fn open_store(
    config: &Config,
    disk: Arc<RealDisk>,
    clock: SharedClock,
    remote: Option<RemoteOptions>,
) -> anyhow::Result<Store> {
    let flush_bytes = usize::try_from(config.memory_bytes).unwrap_or(usize::MAX / MEMORY_CEILING);
    let options = StoreOptions {
        keep: config.keep,
        flush_bytes,
        memory_bytes: flush_bytes.saturating_mul(MEMORY_CEILING),
        series: config.series,
        sampling: config.sampling,
        read_time: config.query.time,
        ..StoreOptions::default()
    };
    let opening = tokio::task::spawn_blocking(move || Store::open_with(disk, clock, options, remote));
    let (store, recovered) = opening
        .await
        .context("opening the telemetry ended in a panic")?
        .with_context(|| cannot_open(config))?;
    for problem in &recovered.problems {
        tracing::error!("{problem}");
    }
    if recovered.records > 0 {
        tracing::info!(records = recovered.records, "read the write-ahead log back");
    }
    Ok(store)
}

fn page_file(path: &str) -> Option<PageFile> {
    ippo_ui::asset(path).map(served)
}

fn page() -> PageFile {
    served(ippo_ui::page())
}

fn served(asset: ippo_ui::Asset) -> PageFile {
    PageFile { bytes: asset.bytes, content_type: asset.content_type, immutable: asset.immutable }
}
