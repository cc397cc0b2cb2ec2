//! What keeps a server from taking telemetry, for as long as a test wants it: no room for bodies, or a full disk.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;

use crate::binary::Running;
use crate::wire::{JSON, PROTOBUF, http};

/// Senders that hold all the room for bodies, and do not go on. It is free again when this is dropped.
pub(crate) struct Crowd(Vec<TcpStream>);

impl Crowd {
    /// Comes to a server whose bodies may be so long, and returns when nobody else finds room.
    pub(crate) async fn fill(server: &Running, limit: usize) -> Self {
        // There is room for two of the largest bodies.
        let mut crowd = Self(vec![Self::sender(server, limit).await, Self::sender(server, limit).await]);
        while http(server, "/v1/traces", JSON, "", b"{  }".to_vec()).await.status != 429 {
            for sender in &mut crowd.0 {
                // One that was refused itself, because the question above was there at the time, comes again.
                if sender.try_read(&mut [0]).is_ok() {
                    *sender = Self::sender(server, limit).await;
                }
            }
        }
        crowd
    }

    /// A sender of whose body only the last byte is missing.
    async fn sender(server: &Running, limit: usize) -> TcpStream {
        let address = server.otlp_http.trim_start_matches("http://");
        let mut connection = TcpStream::connect(address).await.expect("it listens");
        let head = format!(
            "POST /v1/traces HTTP/1.1\r\nhost: {address}\r\ncontent-type: {PROTOBUF}\r\n\
             content-length: {limit}\r\n\r\n"
        );
        connection.write_all(head.as_bytes()).await.expect("it reads the head");
        connection.write_all(&vec![0; limit - 1]).await.expect("it reads the body");
        connection
    }
}

/// `strace`, which changes what becomes of the server's system calls for as long as it lives.
struct Strace(Child);

impl Strace {
    fn on(server: &Running, call: &str, becomes: &str, of: Option<&Path>) -> Self {
        let mut process = Command::new("strace");
        if let Some(file) = of {
            process.arg("-P").arg(file);
        }
        let mut process = process
            .args(["-f", "-e", &format!("trace={call}"), "-e", &format!("inject={call}:{becomes}")])
            .args(["-o", "/dev/null", "-p", &server.id().to_string()])
            .stderr(Stdio::piped())
            .spawn()
            .expect("strace is installed; scripts/test.sh does that where it can");
        let mut said = BufReader::new(process.stderr.take().expect("piped")).lines();
        let attached = said.find(|line| line.as_ref().is_ok_and(|line| line.contains("attached")));
        assert!(attached.is_some(), "strace may look at the server");
        // What it says later must go somewhere.
        std::thread::spawn(move || said.for_each(drop));
        Self(process)
    }
}

/// Every sync of a file fails as it does on a full disk. There is space again when this is dropped.
pub(crate) struct FullDisk(#[expect(dead_code, reason = "it works for as long as it lives")] Strace);

impl FullDisk {
    pub(crate) fn under(server: &Running) -> Self {
        Self(Strace::on(server, "fdatasync", "error=ENOSPC", None))
    }

    /// For one file alone, which need not be there yet: there is no room for what is written to it.
    pub(crate) fn under_file(server: &Running, file: &Path) -> Self {
        Self(Strace::on(server, "write", "error=ENOSPC", Some(file)))
    }
}

/// Every sync of a file that is not the log takes a third of a second, until this is dropped.
pub(crate) struct SlowDisk(#[expect(dead_code, reason = "it works for as long as it lives")] Strace);

impl SlowDisk {
    pub(crate) fn under_files_of(server: &Running) -> Self {
        Self(Strace::on(server, "fsync", "delay_enter=300000", None))
    }
}

impl Drop for Strace {
    fn drop(&mut self) {
        // It lets go of the server before it ends.
        let _ = Command::new("kill").args(["-INT", &self.0.id().to_string()]).status();
        let _ = self.0.wait();
    }
}
