//! The embedded registry as a process: `nexusc dev`, ended when the test drops it.

use crate::nexusc;
use serde_json::Value;
use std::ffi::OsStr;
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Stdio};
use tempfile::TempDir;

/// A running `nexusc dev`.
#[derive(Debug)]
pub struct Dev {
    process: Child,
    ready: Value,
    folder: TempDir,
}

impl Dev {
    /// Starts a registry whose account is the policy at `seed`, on a port that the system chooses.
    ///
    /// # Panics
    /// With what it said, when it does not become ready.
    #[must_use]
    #[track_caller]
    pub fn start(seed: &Path) -> Self {
        Self::with(seed, &[])
    }

    /// The same, with its writes taking `time` (such as `5s`) each.
    ///
    /// # Panics
    /// As [`Dev::start`].
    #[must_use]
    #[track_caller]
    pub fn slow(seed: &Path, time: &str) -> Self {
        Self::with(seed, &["--operation-time", time])
    }

    /// The same, with other options.
    ///
    /// # Panics
    /// As [`Dev::start`].
    #[must_use]
    #[track_caller]
    pub fn with(seed: &Path, options: &[&str]) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let talk = File::create(folder.path().join("stderr")).expect("a file for what the registry says");
        let mut command = nexusc::command();
        command.args(["dev", "--listen", "127.0.0.1:0", "--seed"]).arg(seed).args(options);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(talk);
        let mut process =
            command.spawn().unwrap_or_else(|error| panic!("cannot start `nexusc dev`: {error}"));
        let mut line = String::new();
        let stdout = process.stdout.take().expect("standard output is piped");
        let read = BufReader::new(stdout).read_line(&mut line);
        let mut dev = Self { process, ready: Value::Null, folder };
        match read.map(|_| serde_json::from_str(&line)) {
            Ok(Ok(ready)) => dev.ready = ready,
            _ => panic!("`nexusc dev` is not ready; it said `{}` and\n{}", line.trim_end(), dev.talk()),
        }
        dev
    }

    /// What it wrote to standard error so far.
    #[must_use]
    pub fn talk(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("stderr")).unwrap_or_default()
    }

    /// The file with the certificate of its own CA, where it serves over TLS.
    #[must_use]
    pub fn ca(&self) -> Option<&str> {
        self.ready.get("ca").and_then(Value::as_str)
    }

    /// Its HTTP address, `http://127.0.0.1:PORT`.
    #[must_use]
    #[track_caller]
    pub fn http(&self) -> &str {
        self.told("/http")
    }

    /// Its gRPC address, `127.0.0.1:PORT`.
    #[must_use]
    #[track_caller]
    pub fn grpc(&self) -> &str {
        self.told("/grpc")
    }

    /// The id of its account.
    #[must_use]
    #[track_caller]
    pub fn account(&self) -> &str {
        self.told("/account")
    }

    /// The API key of a principal, written `service_account.ci`.
    ///
    /// # Panics
    /// When the account has no such principal; the message names those it has, without their keys.
    #[must_use]
    #[track_caller]
    pub fn key(&self, principal: &str) -> &str {
        let keys =
            self.ready.get("api_keys").and_then(Value::as_object).expect("`nexusc dev` lists API keys");
        let Some(key) = keys.get(principal).and_then(Value::as_str) else {
            let known: Vec<_> = keys.keys().map(String::as_str).collect();
            panic!("no key for `{principal}`, only for {}", known.join(", "))
        };
        key
    }

    /// The variables that point the official clients, `nexusc` and the provider to this registry, with `key`.
    #[must_use]
    #[track_caller]
    pub fn environment(&self, key: &str) -> [(&'static str, String); 3] {
        [
            ("TEMPORAL_CLOUD_ENDPOINT", self.grpc().to_owned()),
            ("TEMPORAL_CLOUD_ALLOW_INSECURE", "true".to_owned()),
            ("TEMPORAL_CLOUD_API_KEY", key.to_owned()),
        ]
    }

    /// A line of the kernel's account of its memory, in kilobytes: `VmRSS` is resident now, `VmHWM` was at the most.
    ///
    /// # Panics
    /// When the system is not Linux, or the process is gone.
    #[must_use]
    #[track_caller]
    pub fn memory(&self, line: &str) -> u64 {
        let path = format!("/proc/{}/status", self.process.id());
        let status = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"));
        let found = status.lines().find_map(|found| found.strip_prefix(line)?.strip_prefix(':'));
        let number = found.and_then(|text| text.split_whitespace().next()?.parse().ok());
        number.unwrap_or_else(|| panic!("{path} tells no {line}"))
    }

    #[track_caller]
    fn told(&self, field: &str) -> &str {
        let told = self.ready.pointer(field).and_then(Value::as_str);
        told.unwrap_or_else(|| panic!("`nexusc dev` tells no {field} in its first line"))
    }
}

impl Drop for Dev {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// The path of a policy that tests share, by its file name.
#[must_use]
pub fn fixture(name: impl AsRef<OsStr>) -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures").join(name.as_ref())
}
