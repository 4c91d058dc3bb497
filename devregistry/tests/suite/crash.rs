//! `kill -9` in the middle of many writes: the registry runs in a process of its own, which is this test binary again.

use crate::storm::{self, Registry};
use crate::world::{OWNER, World, account};
use devregistry::{DevRegistry, Settings};
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;

fn open(file: &Path) -> DevRegistry {
    let mut account = account();
    account.limits.endpoints = 100_000;
    let settings = Settings { operation_time: Duration::from_millis(2), ..Settings::default() };
    DevRegistry::with_state(account, settings, file).unwrap()
}

/// The other process. It reads the state file's path from standard input, says where it serves, and serves for ever.
#[tokio::test]
#[ignore = "the other half of the test below"]
async fn serve_until_killed() {
    let mut file = String::new();
    std::io::stdin().read_line(&mut file).unwrap();
    let registry = open(&PathBuf::from(file.trim()));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let key = registry.api_keys().remove(&OWNER.parse().unwrap()).unwrap();
    // To the stream itself: what is printed, the test harness may hold back.
    let line = format!("\nserving {} {}\n", listener.local_addr().unwrap(), key.expose());
    std::io::stdout().write_all(line.as_bytes()).unwrap();
    registry.serve(listener, std::future::pending()).await.unwrap();
}

fn start(file: &Path) -> (Child, Registry) {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--ignored", "--exact", "crash::serve_until_killed", "--nocapture", "--test-threads=1"]);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    writeln!(child.stdin.take().unwrap(), "{}", file.display()).unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap);
    let line = lines.find(|line| line.starts_with("serving ")).unwrap();
    let words: Vec<&str> = line.split(' ').collect();
    let http = reqwest::Client::builder().no_proxy().tls_certs_only([]).build().unwrap();
    let (url, key) = (format!("http://{}", words[1]), words[2].to_owned());
    (child, Registry { http, url, key, acknowledged: Arc::default() })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_acknowledged_survives_a_kill() {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let folder = tempfile::tempdir().unwrap();
    for round in 0..3 {
        let file = folder.path().join(format!("state-{round}"));
        let (mut child, registry) = start(&file);
        storm::prepare(&registry).await;
        let clients = registry.clone();
        let storm = tokio::spawn(async move { storm::storm(&clients, 64, Duration::from_secs(180)).await });
        storm::acknowledged(&registry, 100).await;
        child.kill().unwrap();
        child.wait().unwrap();
        let ledgers = storm.await.unwrap();
        let acknowledged: usize = ledgers.iter().map(|ledger| ledger.acknowledged).sum();
        assert!(acknowledged >= 100, "{acknowledged}");
        let world = World::serving(open(&file), None).await;
        storm::check(&world.registry(), &ledgers).await;
    }
}
