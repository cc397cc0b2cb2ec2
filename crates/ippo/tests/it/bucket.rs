//! A bucket of S3: moto's server from PyPI, and a way to it that can be closed.

use std::fs::File;
use std::io::{BufRead as _, BufReader};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

use crate::sdk;

const FIXTURES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/s3");
/// A secret that must show up nowhere.
pub(crate) const SECRET: &str = "hunter2hunter2hunter2";

/// A running server with the bucket `telemetry`. It ends when this is dropped.
pub(crate) struct S3Server {
    process: Child,
    /// Where it listens itself.
    address: String,
    /// Where it is reached while its way is open.
    way: SocketAddr,
    open: watch::Sender<bool>,
}

impl S3Server {
    /// Installs it if it is missing, into a folder that outlives the run, alone; starts it, and opens the way to it.
    pub(crate) async fn start() -> Self {
        let home = Path::new(env!("CARGO_TARGET_TMPDIR")).join("sdk").join("moto");
        std::fs::create_dir_all(&home).expect("a folder");
        let alone = File::create(home.join("lock")).expect("a file");
        alone.lock().expect("others end");
        sdk::packages(&home, &format!("{FIXTURES}/requirements.txt"));
        drop(alone);
        let mut process = Command::new(home.join("bin/python"))
            .arg(format!("{FIXTURES}/server.py"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("it starts");
        let mut said = BufReader::new(process.stdout.take().expect("piped")).lines();
        let address = said.next().expect("it says where it is").expect("UTF-8");
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let way = listener.local_addr().expect("bound");
        let (open, is_open) = watch::channel(true);
        tokio::spawn(pass_on(listener, address.clone(), is_open));
        Self { process, address, way, open }
    }

    /// Opens or closes the way to it; what is on its way is cut off.
    pub(crate) fn set_open(&self, open: bool) {
        self.open.send_replace(open);
    }

    /// The variables of a server that uses it.
    pub(crate) fn variables(&self) -> Vec<(&'static str, String)> {
        vec![
            ("AWS_ACCESS_KEY_ID", "tester".to_owned()),
            ("AWS_SECRET_ACCESS_KEY", SECRET.to_owned()),
            ("AWS_REGION", "us-east-1".to_owned()),
            ("AWS_ENDPOINT_URL", format!("http://{}", self.way)),
            ("AWS_ALLOW_HTTP", "true".to_owned()),
        ]
    }

    /// The keys of all objects.
    pub(crate) async fn keys(&self) -> Vec<String> {
        let url = format!("http://{}/telemetry?list-type=2", self.address);
        let answer = reqwest::get(url).await.expect("it answers").text().await.expect("text");
        let keys = answer.split("<Key>").skip(1);
        keys.map(|rest| rest.split('<').next().unwrap_or_default().to_owned()).collect()
    }
}

impl Drop for S3Server {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Passes connections on while the way is open.
async fn pass_on(listener: TcpListener, to: String, mut is_open: watch::Receiver<bool>) {
    while let Ok((mut from, _)) = listener.accept().await {
        if !*is_open.borrow_and_update() {
            continue;
        }
        let (to, mut is_open) = (to.clone(), is_open.clone());
        tokio::spawn(async move {
            let Ok(mut there) = TcpStream::connect(to).await else { return };
            tokio::select! {
                // Either side may hang up.
                _ = tokio::io::copy_bidirectional(&mut from, &mut there) => {}
                _ = is_open.wait_for(|open| !open) => {}
            }
        });
    }
}
