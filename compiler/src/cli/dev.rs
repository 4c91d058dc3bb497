//! `nexusc dev`: serves the embedded registry on a loopback port. Tests rely on the line that it prints when ready.

mod guide;
mod permissions;

use super::policy::{ExcludeOptions, eprint_findings};
use super::variables::VariableOptions;
use super::{Failure, PolicyOptions, World, file, runtime};
use crate::check::any_at_least;
use crate::diagnostic::Severity;
use crate::report::printable_line;
use clap::Args;
use devregistry::{DevRegistry, Fault, Settings, Tls, parse_duration};
use guide::Guide;
use permissions::PermissionOptions;
use printable::printable_json;
use schema::account::Account;
use schema::name::AccountId;
use serde_json::{Map, Value, json};
use std::fs::{self, OpenOptions};
use std::future::Future;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::pin::pin;
use std::time::{Duration, SystemTime};
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::sync::mpsc;

/// The account id without a seed.
const EMPTY_ACCOUNT: &str = "dev00";

const FAULTS_HELP: &str = "\
Faults are written KIND[:DETAIL][,method=RPC][,times=N]; the option may be repeated:
  latency:DURATION            calls are delayed
  unavailable                 calls fail with Unavailable
  resource-exhausted[:AFTER]  calls fail with ResourceExhausted and Retry-After [default: 1s]
  drop-after-commit           a write is committed, then its connection closes without a response
  operation-fails[:REASON]    the operation of a write ends FAILED
  operation-rejected[:REASON] the operation of a write ends REJECTED
  permission-delay[:DURATION] granted Namespace permissions take effect later [default: 1m]
  unknown-fields              responses have fields that today's API does not define
  unknown-enums               responses have enum values that today's API does not define
  rate-limits[:ACCOUNT/USER/SERVICE_ACCOUNT]
                              calls per second beyond these limits fail [default: 160/40/80]
For example: --fault latency:200ms,method=GetNexusEndpoint --fault drop-after-commit,times=1

With --control, faults can be listed, added and removed while serving: GET, POST {\"fault\": \"…\"} and DELETE on
/control/faults, with the key of an Owner or Global Admin.";

/// The options of `dev`.
#[derive(Args)]
#[command(after_long_help = FAULTS_HELP)]
pub struct Options {
    /// The address to listen on; port 0 picks a free port
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:0")]
    listen: SocketAddr,
    /// A policy with the account's initial Namespaces, principals, limits and Endpoints
    #[arg(long, value_name = "POLICY")]
    seed: Vec<PathBuf>,
    #[command(flatten)]
    variables: VariableOptions,
    /// How long an asynchronous operation takes, such as `200ms` or `5s`
    #[arg(long, value_name = "DURATION", default_value = "0ms", value_parser = parse_duration)]
    operation_time: Duration,
    /// Persist the account in this file; an existing file takes precedence over --seed
    ///
    /// Every acknowledged write is on disk. The printed API keys stay the same across restarts; the file holds the secret
    /// that they are derived from, and is readable only by its owner.
    #[arg(long, value_name = "FILE")]
    state: Option<PathBuf>,
    /// Serve over TLS, with a certificate issued by a generated CA unless --tls-cert is given
    #[arg(long)]
    tls: bool,
    /// Where to write the generated CA's certificate [default: a temporary file, printed in the first line]
    #[arg(long, value_name = "FILE", requires = "tls", conflicts_with = "tls_cert")]
    tls_ca: Option<PathBuf>,
    /// The server certificate, followed by its chain (PEM)
    #[arg(long, value_name = "FILE", requires = "tls_key")]
    tls_cert: Option<PathBuf>,
    /// The private key of the certificate (PEM)
    #[arg(long, value_name = "FILE", requires = "tls_cert")]
    tls_key: Option<PathBuf>,
    /// Inject a fault; see below
    #[arg(long, value_name = "KIND[:DETAIL]")]
    fault: Vec<Fault>,
    /// Manage faults while serving, by HTTP under /control/faults
    #[arg(long)]
    control: bool,
    /// Append every call to this file as JSON lines: time, principal, method, object, outcome, operation
    #[arg(long, value_name = "FILE")]
    audit: Option<PathBuf>,
    #[command(flatten)]
    permissions: PermissionOptions,
}

/// Serves until SIGTERM or Ctrl-C.
pub fn run(options: Options, world: &mut World) -> Result<u8, Failure> {
    let Some(account) = seed(&options.seed, &options.variables, world)? else { return Ok(1) };
    let secured = secured(&options, world)?;
    let registry = stateful(account, &options)?;
    let registry = audited(registry, options.audit.as_deref())?;
    if registry.is_restored() && !options.seed.is_empty() {
        let file = options.state.as_deref().unwrap_or(Path::new("")).display();
        let note = format!("note: `--seed` was ignored: the state file `{file}` already has an account");
        world.note(&(printable_line(&note) + "\n"));
    }
    runtime()?.block_on(serve(registry, secured, &options, world))?;
    Ok(0)
}

/// An embedded registry that holds an account in memory.
pub fn registry(account: Account, settings: Settings) -> Result<DevRegistry, Failure> {
    DevRegistry::new(account, settings)
        .map_err(|error| Failure::new(format!("cannot serve this account: {error}")))
}

async fn serve(
    registry: DevRegistry,
    secured: Option<Secured>,
    options: &Options,
    world: &mut World<'_>,
) -> Result<(), Failure> {
    let listener = TcpListener::bind(options.listen).await;
    let listener =
        listener.map_err(|error| Failure::new(format!("cannot listen on {}: {error}", options.listen)))?;
    let address = listener.local_addr().map_err(|error| Failure::new(format!("cannot listen: {error}")))?;
    // A client may send the signal as soon as it has read the line.
    let shutdown = shutdown_signal();
    let ca = secured.as_ref().and_then(|secured| secured.ca.as_deref());
    let ready = ready_line(&registry, address, secured.is_some(), ca).to_string();
    world.print(&(printable_json(&ready) + "\n"));
    if world.err_is_terminal {
        let guide =
            Guide { registry: &registry, address, secured: secured.is_some(), ca, control: options.control };
        world.note(&guide.text());
    }
    let (warn, mut warnings) = mpsc::unbounded_channel();
    let registry = registry.with_warnings(move |text| drop(warn.send(text)));
    let mut serving = pin!(async {
        match secured {
            Some(Secured { tls, .. }) => registry.serve_tls(listener, tls, shutdown).await,
            None => registry.serve(listener, shutdown).await,
        }
    });
    let served = loop {
        tokio::select! {
            served = &mut serving => break served,
            Some(text) = warnings.recv() => world.eprint(&(printable_line(&format!("warning: {text}")) + "\n")),
        }
    };
    served.map_err(|error| Failure::new(format!("the embedded registry stopped: {error}")))
}

fn seed(
    paths: &[PathBuf],
    variables: &VariableOptions,
    world: &mut World,
) -> Result<Option<Account>, Failure> {
    if paths.is_empty() {
        let id: Result<AccountId, _> = EMPTY_ACCOUNT.parse();
        return Ok(id.ok().map(Account::empty));
    }
    let exclude = ExcludeOptions::default();
    let options = PolicyOptions { paths: paths.to_vec(), exclude, as_of: None, variables: variables.clone() };
    let parsed = options.load(world)?;
    let (policy, findings) = parsed.compile(None);
    let findings = parsed.finalize(findings, &policy, None);
    if any_at_least(&findings, Severity::Error) {
        eprint_findings(&findings, &parsed, world);
        return Ok(None);
    }
    let account = policy.declared_account(parsed.today);
    account.map(Some).ok_or_else(|| {
        let help = "seed it with a policy of Temporal Cloud, with an `id` in `account`";
        Failure::new("`--seed`: the policy names no Temporal Cloud account").help(help)
    })
}

fn stateful(account: Account, options: &Options) -> Result<DevRegistry, Failure> {
    let settings = Settings {
        operation_time: options.operation_time,
        faults: options.fault.clone(),
        control: options.control,
        ..Settings::default()
    };
    let settings = options.permissions.apply(settings);
    let Some(file) = &options.state else { return registry(account, settings) };
    DevRegistry::with_state(account, settings, file).map_err(|error| Failure::new(error.to_string()))
}

fn audited(registry: DevRegistry, file: Option<&Path>) -> Result<DevRegistry, Failure> {
    let Some(file) = file else { return Ok(registry) };
    let mut options = OpenOptions::new();
    options.append(true).create(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let log = options
        .open(file)
        .map_err(|error| Failure::new(format!("cannot write the audit log `{}`: {error}", file.display())))?;
    Ok(registry.with_audit(Box::new(log)))
}

/// A certificate to serve with.
struct Secured {
    tls: Tls,
    /// The path of the generated CA's certificate.
    ca: Option<PathBuf>,
    /// Removed when the process ends.
    _folder: Option<TempDir>,
}

fn secured(options: &Options, world: &World) -> Result<Option<Secured>, Failure> {
    if let (Some(certificate), Some(key)) = (&options.tls_cert, &options.tls_key) {
        let tls = Tls::from_pem(&file::read_bytes(certificate)?, &file::read_bytes(key)?);
        let tls = tls.map_err(|error| Failure::new(format!("`{}`: {error}", certificate.display())))?;
        return Ok(Some(Secured { tls, ca: None, _folder: None }));
    }
    if !options.tls {
        return Ok(None);
    }
    let own = Tls::own(options.listen.ip(), SystemTime::from(world.now));
    let (tls, ca) = own.map_err(|error| Failure::new(error.to_string()))?;
    let (path, folder) = match &options.tls_ca {
        Some(path) => (path.clone(), None),
        None => temporary()?,
    };
    fs::write(&path, ca)
        .map_err(|error| Failure::new(format!("cannot write the CA to `{}`: {error}", path.display())))?;
    // Clients may run in another working directory.
    let path = std::path::absolute(&path).unwrap_or(path);
    Ok(Some(Secured { tls, ca: Some(path), _folder: folder }))
}

fn temporary() -> Result<(PathBuf, Option<TempDir>), Failure> {
    let folder = tempfile::Builder::new().prefix("nexusc-dev-").tempdir();
    let folder =
        folder.map_err(|error| Failure::new(format!("cannot create a folder for the CA: {error}")))?;
    Ok((folder.path().join("ca.pem"), Some(folder)))
}

fn ready_line(registry: &DevRegistry, address: SocketAddr, secured: bool, ca: Option<&Path>) -> Value {
    let keys = registry.api_keys().into_iter().map(|(id, key)| (id.to_string(), json!(key.expose())));
    let keys: Map<String, Value> = keys.collect();
    let mut line = json!({
        "http": format!("{}://{address}", scheme(secured)),
        "grpc": address.to_string(),
        "account": registry.account_id().as_str(),
        "api_keys": keys,
    });
    if let (Some(ca), Value::Object(line)) = (ca, &mut line) {
        line.insert("ca".to_owned(), json!(ca.to_string_lossy()));
    }
    line
}

fn scheme(secured: bool) -> &'static str {
    if secured { "https" } else { "http" }
}

/// Listens for SIGTERM and Ctrl-C from now on; ready when one has arrived.
fn shutdown_signal() -> impl Future<Output = ()> {
    #[cfg(unix)]
    let mut signals = {
        use tokio::signal::unix::{SignalKind, signal};
        [SignalKind::terminate(), SignalKind::interrupt()].map(|kind| signal(kind).ok())
    };
    async move {
        #[cfg(unix)]
        if let [Some(terminated), Some(interrupted)] = &mut signals {
            tokio::select! { _ = terminated.recv() => {}, _ = interrupted.recv() => {} }
            return;
        }
        let _ = tokio::signal::ctrl_c().await;
    }
}
