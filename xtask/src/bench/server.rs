//! The server that is measured: a process of its own, in a folder of its own.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::Context as _;
use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::signal::{Signal, kill};
use nix::sys::time::TimeValLike as _;
use nix::unistd::Pid;

use super::load::{LoadArgs, Sent};

/// A server that takes telemetry.
pub(crate) struct Server {
    process: Child,
    /// The port of the API, as `host:port`.
    pub(crate) api: String,
    pub(crate) otlp_grpc: String,
    pub(crate) otlp_http: String,
}

/// What a server used until its exit.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Used {
    /// CPU of all its threads, user and system.
    pub(crate) cpu: Duration,
    /// The most memory it ever had resident, in bytes.
    pub(crate) peak_bytes: u64,
}

impl Server {
    /// Starts one on a folder, with its own defaults, and waits until it is ready.
    pub(crate) fn start(folder: &Path, more: &[&str]) -> anyhow::Result<Self> {
        let binary = std::env::current_exe()?.with_file_name("ippo");
        let mut process = Command::new(&binary)
            .args(["serve", "--listen", "127.0.0.1:0", "--otlp-grpc", "127.0.0.1:0"])
            .args(["--otlp-http", "127.0.0.1:0", "--log", "error", "--data-dir"])
            .arg(folder)
            .args(more)
            .stdout(Stdio::piped())
            .spawn()
            .with_context(|| format!("cannot start {}", binary.display()))?;
        let out = process.stdout.take().context("its output is piped")?;
        let mut said = String::new();
        for line in BufReader::new(out).lines() {
            said.push_str(&line?);
            said.push('\n');
            if said.contains("Ctrl-C") {
                break;
            }
        }
        let after = |mark: &str| {
            let (_, rest) = said.split_once(mark).with_context(|| format!("no {mark:?} in: {said}"))?;
            anyhow::Ok(rest.split([' ', '\n', ',']).next().unwrap_or_default().to_owned())
        };
        let (otlp_grpc, otlp_http) = (after("OTLP      gRPC ")?, after(", HTTP ")?);
        let otlp_http = otlp_http.trim_start_matches("http://").to_owned();
        let open = after("open      http://")?;
        let api = open.split('/').next().unwrap_or_default().to_owned();
        Ok(Self { process, api, otlp_grpc, otlp_http })
    }

    /// A token for everything, made straight in the folder.
    pub(crate) fn token(folder: &Path) -> anyhow::Result<String> {
        let made = Command::new(std::env::current_exe()?.with_file_name("ippo"))
            .args(["token", "create", "--name", "bench", "--scope", "admin", "--data-dir"])
            .arg(folder)
            .output()?;
        anyhow::ensure!(made.status.success(), "no token: {}", String::from_utf8_lossy(&made.stderr));
        Ok(String::from_utf8(made.stdout)?.trim().to_owned())
    }

    /// CPU that it used so far, user and system.
    pub(crate) fn cpu(&self) -> anyhow::Result<Duration> {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.process.id()))?;
        let (_, behind) = stat.rsplit_once(')').context("a process has a name")?;
        let ticks = behind.split_whitespace().skip(11).take(2);
        let ticks = ticks.map(str::parse::<u64>).sum::<Result<u64, _>>()?;
        Ok(Duration::from_millis(ticks * 10))
    }

    /// Memory that it has resident, in bytes.
    pub(crate) fn resident_bytes(&self) -> anyhow::Result<u64> {
        memory(self.process.id(), "VmRSS:")
    }

    /// Waits until it has nothing left to do: less than a fiftieth of a second of CPU in each of two seconds.
    pub(crate) fn settle(&self) -> anyhow::Result<()> {
        let mut quiet = 0;
        while quiet < 2 {
            let before = self.cpu()?;
            std::thread::sleep(Duration::from_secs(1));
            let is_quiet = self.cpu()?.saturating_sub(before) <= Duration::from_millis(20);
            quiet = if is_quiet { quiet + 1 } else { 0 };
        }
        Ok(())
    }

    /// Ends it as a power cut does, but for what the kernel holds.
    pub(crate) fn kill(mut self) -> anyhow::Result<()> {
        self.process.kill()?;
        self.process.wait()?;
        Ok(())
    }

    /// Has another process send to it.
    pub(crate) fn load(&self, mut args: LoadArgs) -> anyhow::Result<Sent> {
        use super::load::Over;
        args.to = if args.over == Over::Grpc { self.otlp_grpc.clone() } else { self.otlp_http.clone() };
        let mut command = Command::new(std::env::current_exe()?);
        command.args(["bench", "load", "--to", &args.to]);
        command.args(["--stream", &value(&args.stream), "--over", &value(&args.over)]);
        command.args(["--count", &args.count.to_string(), "--per-request", &args.per_request.to_string()]);
        command.args(["--at-once", &args.at_once.to_string()]);
        command.args(["--apart-micros", &args.apart_micros.to_string()]);
        if let Some(rate) = args.rate {
            command.args(["--rate", &rate.to_string()]);
        }
        let done = command.stderr(Stdio::inherit()).output().context("cannot start the sender")?;
        anyhow::ensure!(done.status.success(), "the sender failed");
        let sent: Sent = serde_json::from_slice(&done.stdout).context("the sender says nothing")?;
        if sent.refused > 0 {
            super::cases::tell(&format!("asked to wait {} times", sent.refused))?;
        }
        Ok(sent)
    }

    /// Stops it as Ctrl-C does, and says what it used. All other children have ended before.
    pub(crate) fn stop(mut self) -> anyhow::Result<Used> {
        let peak_bytes = memory(self.process.id(), "VmHWM:")?;
        let before = children()?;
        kill(Pid::from_raw(i32::try_from(self.process.id())?), Signal::SIGTERM)?;
        let status = self.process.wait()?;
        anyhow::ensure!(status.success(), "the server ended with {status}");
        Ok(Used { cpu: children()?.saturating_sub(before), peak_bytes })
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It has ended, unless something went wrong before.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn value(choice: &impl clap::ValueEnum) -> String {
    choice.to_possible_value().map(|value| value.get_name().to_owned()).unwrap_or_default()
}

/// CPU of all children that have ended.
fn children() -> anyhow::Result<Duration> {
    let used = getrusage(UsageWho::RUSAGE_CHILDREN)?;
    let micros = used.user_time().num_microseconds() + used.system_time().num_microseconds();
    Ok(Duration::from_micros(u64::try_from(micros)?))
}

fn memory(process: u32, what: &str) -> anyhow::Result<u64> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status"))?;
    let line =
        status.lines().find_map(|line| line.strip_prefix(what)).with_context(|| format!("no {what}"))?;
    let kib: u64 = line.trim().trim_end_matches("kB").trim().parse()?;
    Ok(kib * 1024)
}
