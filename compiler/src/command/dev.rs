//! `nexusc dev`: the embedded registry on a loopback port. What it prints when it is ready is a contract for tests.

use super::compile::Parsed;
use super::{Failure, PolicyOptions, World, runtime};
use crate::check::{any_at_least, in_order};
use clap::Args;
use devregistry::{DevRegistry, Settings};
use schema::account::Account;
use schema::diagnostic::Severity;
use schema::name::AccountId;
use serde_json::{Map, Value, json};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;
use tokio::net::TcpListener;

/// The account that is served without a seed.
const EMPTY_ACCOUNT: &str = "dev00";

/// The options of `dev`.
#[derive(Args)]
pub struct Options {
    /// The address to serve on; port 0 picks a free one
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:0")]
    listen: SocketAddr,
    /// A policy whose Namespaces, principals, limits and Endpoints the account starts with
    #[arg(long, value_name = "POLICY")]
    seed: Vec<PathBuf>,
    /// How long an asynchronous operation takes, such as `200ms` or `5s`
    #[arg(long, value_name = "DURATION", default_value = "0ms", value_parser = parse_duration)]
    operation_time: Duration,
}

/// Serves until SIGTERM or Ctrl-C.
pub fn run(options: Options, world: &mut World) -> Result<u8, Failure> {
    let Some(account) = seed(options.seed, world)? else { return Ok(1) };
    let settings = Settings { operation_time: options.operation_time, ..Settings::default() };
    let registry = registry(account, settings)?;
    runtime()?.block_on(async {
        let listener = TcpListener::bind(options.listen).await;
        let listener = listener
            .map_err(|error| Failure::new(format!("cannot listen on {}: {error}", options.listen)))?;
        let address =
            listener.local_addr().map_err(|error| Failure::new(format!("cannot listen: {error}")))?;
        world.data(&format!("{}\n", ready_line(&registry, address)));
        let served = registry.serve(listener, told_to_stop()).await;
        served.map_err(|error| Failure::new(format!("the embedded registry stopped: {error}")))
    })?;
    Ok(0)
}

/// An embedded registry that holds an account.
pub fn registry(account: Account, settings: Settings) -> Result<DevRegistry, Failure> {
    DevRegistry::new(account, settings)
        .map_err(|error| Failure::new(format!("cannot serve this account: {error}")))
}

fn seed(paths: Vec<PathBuf>, world: &mut World) -> Result<Option<Account>, Failure> {
    if paths.is_empty() {
        let id: Result<AccountId, _> = EMPTY_ACCOUNT.parse();
        return Ok(id.ok().map(Account::empty));
    }
    let parsed = Parsed::read(&PolicyOptions { paths, as_of: None }, world)?;
    let (policy, findings) = parsed.compile(None);
    let findings = in_order(findings);
    if any_at_least(&findings, Severity::Error) {
        parsed.talk(&findings, world);
        return Ok(None);
    }
    Ok(policy.declared_account(parsed.today))
}

fn ready_line(registry: &DevRegistry, address: SocketAddr) -> Value {
    let keys = registry.api_keys().into_iter().map(|(id, key)| (id.to_string(), json!(key.expose())));
    let keys: Map<String, Value> = keys.collect();
    json!({
        "http": format!("http://{address}"),
        "grpc": address.to_string(),
        "account": registry.account_id().as_str(),
        "api_keys": keys,
    })
}

async fn told_to_stop() {
    let interrupted = tokio::signal::ctrl_c();
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut terminated) = signal(SignalKind::terminate()) {
            tokio::select! { _ = interrupted => {}, _ = terminated.recv() => {} }
            return;
        }
    }
    let _ = interrupted.await;
}

fn parse_duration(text: &str) -> Result<Duration, String> {
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let number: u64 =
        digits.parse().map_err(|_| "write a number and a unit, such as `200ms` or `5s`".to_owned())?;
    match text.get(digits.len()..) {
        Some("ms") => Ok(Duration::from_millis(number)),
        Some("s") => Ok(Duration::from_secs(number)),
        Some("m") => Ok(Duration::from_secs(number.saturating_mul(60))),
        _ => Err("the unit is `ms`, `s` or `m`".to_owned()),
    }
}
