//! File descriptors: as many as the process may have, shared out between the store and the connections of clients.

/// Kept for the store, the state and what ippo itself connects to.
const KEPT: u64 = 512;
/// Connections of one port at most.
const CONNECTIONS: u64 = 2048;
/// The ports that share what is left: the API, OTLP over gRPC and OTLP over HTTP.
const PORTS: u64 = 3;
/// Below this, ports have fewer connections than they could use.
const ENOUGH: u64 = KEPT + PORTS * CONNECTIONS;
/// The limit where it cannot be read: what systems have had for long.
#[cfg(not(target_os = "linux"))]
const USUAL: u64 = 1024;

/// Raises the soft limit of open files to the hard one. Gives the limit that holds now.
#[cfg(target_os = "linux")]
pub(crate) fn raise() -> u64 {
    use nix::sys::resource::{Resource, getrlimit, setrlimit};
    let Ok((soft, hard)) = getrlimit(Resource::RLIMIT_NOFILE) else { return KEPT };
    match setrlimit(Resource::RLIMIT_NOFILE, hard, hard) {
        Ok(()) => hard,
        Err(_) => soft,
    }
}

/// Only Linux is asked.
#[cfg(not(target_os = "linux"))]
pub(crate) fn raise() -> u64 {
    USUAL
}

/// How many connections each port may have, when so many files may be open. Says so in the log when that is few.
pub(super) fn connections(limit: u64) -> usize {
    let connections = share(limit);
    if limit < ENOUGH {
        tracing::warn!(
            limit,
            connections,
            "few files may be open at once, so each port takes few connections; raise the hard limit to {ENOUGH} or more: \
             LimitNOFILE= in a unit of systemd, --ulimit nofile= of a container, or ulimit -Hn in a shell"
        );
    }
    usize::try_from(connections).unwrap_or(usize::MAX)
}

/// Half is the store's where the limit is small.
fn share(limit: u64) -> u64 {
    let kept = KEPT.min(limit / 2);
    ((limit - kept) / PORTS).clamp(1, CONNECTIONS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_store_keeps_its_own_and_ports_share_the_rest() {
        let shared: Vec<u64> = [0, 16, 256, 1024, 4096, ENOUGH, 1 << 20].map(share).into();
        assert_eq!(shared, [1, 2, 42, 170, 1194, 2048, 2048]);
    }
}
