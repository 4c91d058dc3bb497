//! 64 clients for 30 seconds, in memory and with a state file: what they were told has to be true, and memory flat.
//!
//!     cargo bench -p devregistry --bench storm [-- SECONDS]
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::indexing_slicing,
    reason = "a bench prints, and fails by panicking"
)]
#![expect(dead_code, reason = "the suite needs more of these")]

#[path = "../tests/suite/storm.rs"]
mod storm;
#[path = "../tests/suite/world.rs"]
mod world;

use devregistry::{DevRegistry, Settings};
use std::time::{Duration, Instant};
use world::World;

const CLIENTS: usize = 64;
/// So many operations are remembered; before that, memory grows because it has to.
const GROWTH_MOST: u64 = 16_000_000;

fn main() {
    let seconds = std::env::args().filter_map(|argument| argument.parse().ok()).next().unwrap_or(30);
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        run("in memory", DevRegistry::new(account(), settings()).unwrap(), seconds).await;
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("state");
        run("with a state file", DevRegistry::with_state(account(), settings(), &file).unwrap(), seconds)
            .await;
        println!("the state file has {} kB", std::fs::metadata(&file).unwrap().len() / 1000);
    });
}

async fn run(what: &str, registry: DevRegistry, seconds: u64) {
    let world = World::serving(registry, None).await;
    let registry = world.registry();
    storm::prepare(&registry).await;
    // Until as many operations are remembered as ever will be, memory grows.
    let (half, start) = (Duration::from_secs(seconds) / 2, Instant::now());
    let ledgers = storm::storm(&registry, CLIENTS, half).await;
    let middle = memory();
    let ledgers = storm::go_on(&registry, ledgers, half).await;
    let (end, time) = (memory(), start.elapsed());
    storm::check(&registry, &ledgers).await;
    let writes: usize = ledgers.iter().map(|ledger| ledger.acknowledged).sum();
    println!(
        "{what}: {CLIENTS} clients, {} s, {writes} acknowledged writes, {:.0} a second, all of them true; \
         memory {} MB half-way, {} MB at the end",
        time.as_secs(),
        writes as f64 / time.as_secs_f64(),
        middle / 1_000_000,
        end / 1_000_000,
    );
    let grown = end.saturating_sub(middle);
    assert!(seconds < 20 || grown < GROWTH_MOST, "memory grew by {grown} bytes");
}

fn settings() -> Settings {
    Settings { operation_time: Duration::from_millis(3), ..Settings::default() }
}

fn account() -> schema::account::Account {
    let mut account = world::account();
    account.limits.endpoints = 1_000_000;
    account
}

/// Resident memory of this process in bytes, where the kernel tells.
fn memory() -> u64 {
    let pages = std::fs::read_to_string("/proc/self/statm").ok();
    let pages = pages.and_then(|text| text.split(' ').nth(1)?.parse::<u64>().ok());
    pages.unwrap_or_default() * 4096
}
