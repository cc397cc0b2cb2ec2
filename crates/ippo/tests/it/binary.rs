//! A running `ippo serve`, and questions to it.

use std::io::{BufRead as _, BufReader, Read as _};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

use serde_json::{Value, json};

pub(crate) const BINARY: &str = env!("CARGO_BIN_EXE_ippo");

/// Runs a command to its end.
pub(crate) fn ippo(args: &[&str]) -> Output {
    Command::new(BINARY).args(args).env_remove("IPPO_URL").env_remove("IPPO_TOKEN").output().expect("it runs")
}

/// Runs a server that is expected to refuse to start, to its end.
pub(crate) fn refused(folder: &Path, more: &[&str], variables: &[(&str, &str)]) -> Output {
    let ports = ["--listen", "127.0.0.1:0", "--otlp-grpc", "127.0.0.1:0", "--otlp-http", "127.0.0.1:0"];
    let mut command = Command::new(BINARY);
    command.arg("serve").args(ports).arg("--data-dir").arg(folder).args(more);
    command.envs(variables.iter().copied()).output().expect("it runs")
}

/// Runs a command that asks the server.
pub(crate) fn ippo_at(server: &Running, args: &[&str]) -> Output {
    let mut command = Command::new(BINARY);
    command.args(args).env("IPPO_URL", &server.http).env("IPPO_TOKEN", &server.token);
    command.output().expect("it runs")
}

/// Starts a command that asks the server and does not end by itself, its output piped.
pub(crate) fn begin_at(server: &Running, args: &[&str]) -> Child {
    let mut command = Command::new(BINARY);
    command.args(args).env("IPPO_URL", &server.http).env("IPPO_TOKEN", &server.token);
    command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("it starts")
}

/// A token for everything, made straight in the folder.
pub(crate) fn token(folder: &Path) -> String {
    let folder = folder.to_str().expect("UTF-8");
    let made = ippo(&["token", "create", "--name", "test", "--scope", "admin", "--data-dir", folder]);
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    String::from_utf8(made.stdout).expect("UTF-8").trim().to_owned()
}

/// A server as a process of its own. Killed when dropped.
pub(crate) struct Running {
    process: Child,
    pub(crate) http: String,
    pub(crate) otlp_http: String,
    pub(crate) otlp_grpc: String,
    pub(crate) token: String,
    client: reqwest::Client,
}

impl Running {
    /// Starts a server on the folder and waits for what it says of itself.
    pub(crate) fn start(folder: &Path, token: &str) -> Self {
        Self::start_with(folder, token, &[])
    }

    /// The same, with more arguments.
    pub(crate) fn start_with(folder: &Path, token: &str, more: &[&str]) -> Self {
        Self::start_in(folder, token, more, &[])
    }

    /// The same, with variables in its environment.
    pub(crate) fn start_in(folder: &Path, token: &str, more: &[&str], variables: &[(&str, &str)]) -> Self {
        let mut command = Command::new(BINARY);
        command.envs(variables.iter().copied());
        Self::start_by(command, folder, token, more)
    }

    /// The same, where so many files may be open at once; at first half of it, as systems have it.
    pub(crate) fn start_with_descriptors(folder: &Path, token: &str, descriptors: u32) -> Self {
        let soft = descriptors / 2;
        let script = format!("ulimit -Sn {soft} && ulimit -Hn {descriptors} && exec \"$0\" \"$@\"");
        let mut command = Command::new("sh");
        command.args(["-c", &script, BINARY]);
        Self::start_by(command, folder, token, &[])
    }

    /// The same by a command of which the binary is the last word.
    pub(crate) fn start_by(mut command: Command, folder: &Path, token: &str, more: &[&str]) -> Self {
        let memory = if more.contains(&"--memory") { [].as_slice() } else { &["--memory", "4MiB"] };
        let mut process = command
            .args(["serve", "--listen", "127.0.0.1:0", "--otlp-grpc", "127.0.0.1:0"])
            .args(memory)
            .args(["--otlp-http", "127.0.0.1:0", "--data-dir"])
            .arg(folder)
            .args(more)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("it starts");
        let mut lines = BufReader::new(process.stdout.take().expect("piped")).lines();
        let mut said = String::new();
        while !said.contains("Ctrl-C") {
            let line = lines.next().unwrap_or_else(|| panic!("it ended: {said}")).expect("UTF-8");
            said.push_str(&line);
            said.push('\n');
        }
        let after = |mark: &str| {
            let rest = &said[said.find(mark).unwrap_or_else(|| panic!("no {mark}: {said}")) + mark.len()..];
            rest.split([' ', '\n', ',']).next().unwrap_or_default().to_owned()
        };
        let open = after("open      http://");
        let http = format!("http://{}", open.split('/').next().unwrap_or_default());
        let (otlp_grpc, otlp_http) = (after("OTLP      gRPC "), after(", HTTP "));
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = reqwest::Client::new();
        Self { process, http, otlp_http, otlp_grpc, token: token.to_owned(), client }
    }

    /// The number of its process.
    pub(crate) fn id(&self) -> u32 {
        self.process.id()
    }

    /// Ends the process as a power cut does.
    pub(crate) fn kill(mut self) {
        self.process.kill().expect("killed");
        self.process.wait().expect("gone");
    }

    /// What a call answers.
    pub(crate) async fn get(&self, path: &str) -> Value {
        let request = self.client.get(format!("{}{path}", self.http)).bearer_auth(&self.token);
        let answer = request.send().await.expect("it answers");
        assert!(answer.status().is_success(), "{path}: {}", answer.status());
        answer.json().await.expect("JSON")
    }

    /// The status and the problem of a call that is refused.
    pub(crate) async fn problem(&self, path: &str) -> (u16, Value) {
        let request = self.client.get(format!("{}{path}", self.http)).bearer_auth(&self.token);
        let answer = request.send().await.expect("it answers");
        (answer.status().as_u16(), answer.json().await.expect("JSON"))
    }

    /// What a call answers, as text.
    pub(crate) async fn authorized_text(&self, path: &str) -> String {
        let request = self.client.get(format!("{}{path}", self.http)).bearer_auth(&self.token);
        request.send().await.expect("it answers").text().await.expect("text")
    }

    /// The text at a path.
    pub(crate) async fn text(&self, path: &str) -> String {
        let answer = self.client.get(format!("{}{path}", self.http)).send().await.expect("it answers");
        answer.text().await.expect("text")
    }

    /// What a change answers.
    pub(crate) async fn post(&self, path: &str, body: &Value) -> Value {
        let request = self.client.post(format!("{}{path}", self.http)).bearer_auth(&self.token);
        let answer = request.json(body).send().await.expect("it answers");
        let status = answer.status();
        let text = answer.text().await.expect("text");
        assert!(status.is_success(), "{path}: {status} {text}");
        serde_json::from_str(&text).expect("JSON")
    }

    /// The rows of a query.
    pub(crate) async fn sql(&self, sql: &str) -> Vec<Value> {
        let answer = self.post("/api/v1/query", &json!({ "sql": sql })).await;
        answer["rows"].as_array().expect("rows").clone()
    }

    /// Sends a body to the OTLP port over HTTP. Gives status and answer.
    pub(crate) async fn otlp(&self, path: &str, content_type: &str, body: Vec<u8>) -> (u16, Vec<u8>) {
        let request =
            self.client.post(format!("{}{path}", self.otlp_http)).header("content-type", content_type);
        let answer = request.body(body).send().await.expect("it answers");
        let status = answer.status().as_u16();
        (status, answer.bytes().await.expect("a body").to_vec())
    }

    /// Asks it to stop, and gives its exit code.
    pub(crate) fn stop(mut self) -> Option<i32> {
        let id = self.process.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &id]).status().expect("kill runs").success());
        self.process.wait().expect("it ends").code()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.process.kill();
        let _ = self.process.wait();
        if let Some(mut rest) = self.process.stdout.take() {
            let _ = rest.read(&mut []);
        }
    }
}
