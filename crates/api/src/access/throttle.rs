//! Remembers wrong passwords for each account and address, so that guessing takes ever longer. Lives in memory: a restart
//! forgets, and whoever can restart ippo needs no password.

use std::collections::HashMap;
use std::net::IpAddr;
use std::time::Duration;

use ippo_domain::access::wait_after;

/// How many pairs of account and address are remembered; the quietest is forgotten first.
const REMEMBERED: usize = 10_000;
/// Failures this old no longer count.
const FORGOTTEN_AFTER: Duration = Duration::from_secs(60 * 60);

#[derive(Default)]
pub(crate) struct Throttle {
    failures: HashMap<(String, IpAddr), Failures>,
}

#[derive(Clone, Copy)]
struct Failures {
    count: u32,
    last: Duration,
}

impl Throttle {
    /// How long an attempt must still wait at `now`, a monotonic time.
    pub(crate) fn wait(&self, account: &str, address: IpAddr, now: Duration) -> Option<Duration> {
        let failures = self.failures.get(&key(account, address))?;
        let allowed = failures.last + wait_after(failures.count);
        (allowed > now).then(|| allowed - now)
    }

    /// An attempt begins: it counts as wrong until it is known to be right, so that many at once gain nothing.
    pub(crate) fn attempt(&mut self, account: &str, address: IpAddr, now: Duration) {
        self.failures.retain(|_, failures| failures.last + FORGOTTEN_AFTER > now);
        if self.failures.len() >= REMEMBERED
            && let Some(quietest) =
                self.failures.iter().min_by_key(|(_, f)| f.last).map(|(key, _)| key.clone())
        {
            self.failures.remove(&quietest);
        }
        let failures = self.failures.entry(key(account, address)).or_insert(Failures { count: 0, last: now });
        failures.count = failures.count.saturating_add(1);
        failures.last = now;
    }

    /// The attempt was right.
    pub(crate) fn right(&mut self, account: &str, address: IpAddr) {
        self.failures.remove(&key(account, address));
    }
}

/// An address of IPv6 stands for its /64: one customer has that many.
fn key(account: &str, address: IpAddr) -> (String, IpAddr) {
    let address = match address.to_canonical() {
        IpAddr::V4(address) => IpAddr::V4(address),
        IpAddr::V6(address) => {
            let network = u128::from(address) & !u128::from(u64::MAX);
            IpAddr::V6(network.into())
        }
    };
    (account.to_lowercase(), address)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn address(text: &str) -> IpAddr {
        text.parse().expect("an address")
    }

    #[test]
    fn guessing_takes_ever_longer_for_that_account_and_address_alone() {
        let mut throttle = Throttle::default();
        let (here, there) = (address("192.0.2.1"), address("192.0.2.2"));
        for _ in 0..4 {
            throttle.attempt("Admin", here, Duration::ZERO);
        }
        assert_eq!(throttle.wait("admin", here, Duration::ZERO), Some(2 * SECOND));
        assert_eq!(throttle.wait("admin", here, 2 * SECOND), None);
        assert_eq!(throttle.wait("admin", there, Duration::ZERO), None);
        assert_eq!(throttle.wait("other", here, Duration::ZERO), None);
        throttle.right("admin", here);
        assert_eq!(throttle.wait("admin", here, Duration::ZERO), None);
    }

    #[test]
    fn a_network_of_ipv6_is_one_address_and_memory_is_bounded() {
        let mut throttle = Throttle::default();
        for last in 0..5 {
            throttle.attempt("admin", address(&format!("2001:db8::{last}")), Duration::ZERO);
        }
        assert!(throttle.wait("admin", address("2001:db8::99"), Duration::ZERO).is_some());
        for n in 0..REMEMBERED + 10 {
            throttle.attempt(&n.to_string(), address("192.0.2.1"), SECOND);
        }
        assert_eq!(throttle.failures.len(), REMEMBERED);
        throttle.attempt("late", address("192.0.2.1"), 2 * FORGOTTEN_AFTER);
        assert_eq!(throttle.failures.len(), 1);
    }
}
