//! What `ippo demo` can be told.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use ippo_shop::Fault;

const TEACHING: &str = "\
What happens by itself:
  at once      the last hours of the shop, then three days of its past
  after 90 s   the payment provider stops answering for three minutes: watch the page come
  later        slow checkouts, one customer's broken coupon, a bad deploy, and again every six hours

Break it yourself, from another terminal, while it runs:
  ippo demo --break payment          most checkouts fail; a page within two minutes
  ippo demo --break slow-checkout    an order query has lost its index; checkouts take seconds
  ippo demo --break rare-coupon      one customer in ten thousand fails; find her
  ippo demo --break bad-deploy       catalog v90 fails on a quarter of the products
  ippo demo --break stop-shop        nothing is sent any more; someone is told within five minutes
  ippo demo --break payment --for 20m
  ippo demo --mend                   everything works again

Stop it with Ctrl-C. Started again on the same folder it goes on where it was: nothing is
sent twice, and up to twelve hours of the pause are filled in. To begin anew, remove the folder.";

/// Starts ippo with a simulated web shop that sends real telemetry, or breaks the shop of a demo that runs.
#[derive(Args, Debug)]
#[command(after_long_help = TEACHING, after_help = "More with --help: how to break the shop.")]
pub struct DemoArgs {
    /// The demo's folder: everything it stores is in it.
    #[arg(long, value_name = "DIR", default_value = "./ippo-demo")]
    pub dir: PathBuf,
    /// Where the pages and the API are.
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:4300")]
    pub listen: SocketAddr,
    /// Where OTLP over gRPC is taken; the shop sends there.
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:4317")]
    pub otlp_grpc: SocketAddr,
    /// Where OTLP over HTTP is taken.
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:4318")]
    pub otlp_http: SocketAddr,
    /// The shop sends over HTTP with protobuf, instead of gRPC.
    #[arg(long)]
    pub over_http: bool,
    /// Another number is another shop. A folder keeps the number it began with.
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub seed: u64,
    /// How much of the past a new shop brings along: 90m, 12h, 3d.
    #[arg(long, value_name = "TIME", default_value = "3d", value_parser = parse_length)]
    pub history: Duration,
    /// Breaks the shop of the demo that runs on the folder: payment, slow-checkout, rare-coupon, bad-deploy, stop-shop.
    #[arg(long = "break", value_name = "FAULT", value_parser = parse_fault, conflicts_with = "mend")]
    pub fault: Option<Fault>,
    /// How long it stays broken: 30s, 5m, 1h. Each fault has a usual length.
    #[arg(long = "for", value_name = "TIME", requires = "fault", value_parser = parse_length)]
    pub length: Option<Duration>,
    /// Ends every fault of the demo that runs on the folder.
    #[arg(long)]
    pub mend: bool,
}

fn parse_fault(text: &str) -> Result<Fault, String> {
    text.parse().map_err(|error: ippo_shop::ParseFaultError| error.to_string())
}

/// The longest length that can be asked for.
const LONGEST: Duration = Duration::from_secs(30 * 24 * 60 * 60);

fn parse_length(text: &str) -> Result<Duration, String> {
    let error =
        || format!("{text:?} is no length of time; write for example 30s, 5m, 12h or 3d, at most 30d");
    let unit = text.chars().last().ok_or_else(error)?;
    let secs: u64 = match unit {
        's' => 1,
        'm' => 60,
        'h' => 60 * 60,
        'd' => 24 * 60 * 60,
        _ => return Err(error()),
    };
    let number: u64 = text[..text.len() - 1].parse().map_err(|_| error())?;
    let length = Duration::from_secs(number.checked_mul(secs).ok_or_else(error)?);
    if length.is_zero() || length > LONGEST { Err(error()) } else { Ok(length) }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Cli {
        #[command(flatten)]
        demo: DemoArgs,
    }

    #[test]
    fn lengths_have_a_unit_and_a_limit() {
        assert_eq!(parse_length("90s"), Ok(Duration::from_secs(90)));
        assert_eq!(parse_length("3d"), Ok(Duration::from_secs(3 * 86_400)));
        for bad in ["", "5", "0m", "m", "31d", "5分", "-1h"] {
            assert!(parse_length(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_length_needs_a_fault_and_a_fault_needs_a_name_that_exists() {
        let parse = |args: &[&str]| Cli::try_parse_from([&["demo"], args].concat());
        let demo = parse(&["--break", "payment", "--for", "5m"]).expect("it is right").demo;
        assert_eq!((demo.fault, demo.length), (Some(Fault::Payment), Some(Duration::from_secs(300))));
        assert!(parse(&["--for", "5m"]).is_err());
        assert!(parse(&["--break", "fire"]).is_err());
        assert!(parse(&["--break", "payment", "--mend"]).is_err());
    }
}
