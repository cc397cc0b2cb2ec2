//! Sends a stream of requests to a server, over a few connections, as fast as it is acknowledged or at a steady rate.

use std::io::Write as _;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use clap::{Args, ValueEnum};
use flate2::Compression;
use flate2::write::GzEncoder;
use futures::StreamExt as _;
use ippo_base::{Clock as _, SystemClock};
use ippo_shop::Pace;
use prost::Message as _;
use serde::{Deserialize, Serialize};

/// Of every stream.
pub(crate) const SEED: u64 = 7;
/// From a refusal to the next try.
const PAUSE: Duration = Duration::from_millis(50);
/// Larger streams are made while they are sent.
const MADE_BEFORE: u64 = 2_000_000;

/// A thousand items a second.
pub(crate) const APART_MICROS: u64 = 1_000;

/// What to send where.
#[derive(Args, Debug, Clone)]
pub(crate) struct LoadArgs {
    /// The OTLP port, as `host:port`.
    #[arg(long)]
    pub(crate) to: String,
    /// What to send.
    #[arg(long, value_enum)]
    pub(crate) stream: Stream,
    /// How to send it.
    #[arg(long, value_enum)]
    pub(crate) over: Over,
    /// Items in all.
    #[arg(long)]
    pub(crate) count: u64,
    /// Items of one request.
    #[arg(long, default_value_t = 1_000)]
    pub(crate) per_request: u64,
    /// Requests under way at once.
    #[arg(long, default_value_t = 8)]
    pub(crate) at_once: usize,
    /// Microseconds of event time from each item to the next. The last one happens now.
    #[arg(long, default_value_t = APART_MICROS)]
    pub(crate) apart_micros: u64,
    /// Items a second; as fast as it goes if left out.
    #[arg(long)]
    pub(crate) rate: Option<u64>,
}

/// What is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Stream {
    /// Spans of 484 bytes.
    Spans,
    /// Log records.
    Logs,
}

/// How it is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Over {
    /// HTTP with protobuf.
    Http,
    /// The same, compressed with gzip.
    Gzip,
    /// gRPC.
    Grpc,
}

/// How it went.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct Sent {
    /// Requests that were acknowledged.
    pub(crate) acknowledged: u64,
    /// How often a request was refused before it was acknowledged.
    pub(crate) refused: u64,
    /// Seconds from the first request to the last acknowledgement.
    pub(crate) seconds: f64,
    /// Milliseconds from sending to acknowledgement: the median, the 99th percentile, the longest.
    pub(crate) ack_ms: [f64; 3],
}

/// The bodies of a stream, encoded. The last item happens now.
pub(crate) fn bodies(
    stream: Stream,
    count: u64,
    per_request: u64,
    apart: Duration,
) -> impl Iterator<Item = Vec<u8>> {
    let length = apart.saturating_mul(u32::try_from(count).unwrap_or(u32::MAX));
    let pace = Pace { start: SystemClock::new().now().minus(length), apart };
    let spans = (stream == Stream::Spans)
        .then(|| ippo_shop::bench_spans(SEED, count, pace, per_request).map(|r| r.encode_to_vec()));
    let logs = (stream == Stream::Logs)
        .then(|| ippo_shop::bench_logs(SEED, count, pace, per_request).map(|r| r.encode_to_vec()));
    spans.into_iter().flatten().chain(logs.into_iter().flatten())
}

/// Sends, and prints how it went.
pub(crate) fn run(args: &LoadArgs) -> anyhow::Result<()> {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let sent = runtime.block_on(send(args))?;
    let mut out = std::io::stdout().lock();
    serde_json::to_writer(&mut out, &sent)?;
    writeln!(out)?;
    Ok(())
}

#[expect(clippy::disallowed_methods, reason = "a bench measures real time")]
async fn send(args: &LoadArgs) -> anyhow::Result<Sent> {
    let client = match args.over {
        Over::Grpc => reqwest::Client::builder().http2_prior_knowledge().build()?,
        Over::Http | Over::Gzip => reqwest::Client::new(),
    };
    let apart = Duration::from_micros(args.apart_micros);
    let bodies = bodies(args.stream, args.count, args.per_request, apart).map(|body| packed(args.over, body));
    let bodies: Box<dyn Iterator<Item = anyhow::Result<bytes::Bytes>>> = if args.count > MADE_BEFORE {
        Box::new(bodies)
    } else {
        Box::new(bodies.collect::<Vec<_>>().into_iter())
    };
    let pause =
        args.rate.map(|rate| Duration::from_secs(args.per_request) / u32::try_from(rate).unwrap_or(1));
    let began = Instant::now();
    let answers: Vec<(u64, Duration)> = futures::stream::iter(bodies.zip(0u32..))
        .map(|(body, number)| {
            let client = &client;
            async move {
                if let Some(pause) = pause {
                    tokio::time::sleep_until((began + pause * number).into()).await;
                }
                let (sending, body) = (Instant::now(), body?);
                let mut refused = 0;
                // As an SDK does, but sooner: a measurement is short.
                while !post(client, args, body.clone()).await? {
                    refused += 1;
                    tokio::time::sleep(PAUSE).await;
                }
                anyhow::Ok((refused, sending.elapsed()))
            }
        })
        .buffer_unordered(args.at_once)
        .collect::<Vec<_>>()
        .await
        .into_iter()
        .collect::<anyhow::Result<_>>()?;
    let seconds = began.elapsed().as_secs_f64();
    let mut took: Vec<f64> = answers.iter().map(|(_, took)| took.as_secs_f64() * 1e3).collect();
    took.sort_by(f64::total_cmp);
    let rank = |share: f64| {
        let place = (share * took.len() as f64).ceil() as usize;
        took.get(place.clamp(1, took.len().max(1)) - 1).copied().unwrap_or_default()
    };
    Ok(Sent {
        acknowledged: answers.len() as u64,
        refused: answers.iter().map(|(refused, _)| refused).sum(),
        seconds,
        ack_ms: [rank(0.5), rank(0.99), rank(1.0)],
    })
}

fn packed(over: Over, body: Vec<u8>) -> anyhow::Result<bytes::Bytes> {
    Ok(match over {
        Over::Http => body.into(),
        Over::Gzip => {
            let mut writer = GzEncoder::new(Vec::new(), Compression::fast());
            writer.write_all(&body)?;
            writer.finish()?.into()
        }
        Over::Grpc => {
            let length = u32::try_from(body.len()).context("a body is below 4 GiB")?;
            [&[0][..], &length.to_be_bytes(), &body].concat().into()
        }
    })
}

async fn post(client: &reqwest::Client, args: &LoadArgs, body: bytes::Bytes) -> anyhow::Result<bool> {
    let (path, method) = match args.stream {
        Stream::Spans => ("v1/traces", "trace.v1.TraceService"),
        Stream::Logs => ("v1/logs", "logs.v1.LogsService"),
    };
    let to = &args.to;
    let request = match args.over {
        Over::Http => client.post(format!("http://{to}/{path}")).header("content-type", PROTOBUF),
        Over::Gzip => client
            .post(format!("http://{to}/{path}"))
            .header("content-type", PROTOBUF)
            .header("content-encoding", "gzip"),
        Over::Grpc => client
            .post(format!("http://{to}/opentelemetry.proto.collector.{method}/Export"))
            .header("content-type", "application/grpc")
            .header("te", "trailers"),
    };
    let answer = request.body(body).send().await.context("the server does not answer")?;
    // A refusal over gRPC is all headers; of a success the status comes behind the body.
    let well = answer.status().is_success() && !answer.headers().contains_key("grpc-status");
    answer.bytes().await?;
    Ok(well)
}

const PROTOBUF: &str = "application/x-protobuf";
