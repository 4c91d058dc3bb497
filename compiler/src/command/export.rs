//! `nexusc export`: what a policy says, in a form that other programs read.

use super::compile::Parsed;
use super::{Failure, PolicyOptions, World, snapshot};
use crate::check::access::access;
use crate::matrix::Matrix;
use crate::policy::Policy;
use clap::{Args, Subcommand};
use std::path::PathBuf;
use time::Date;

/// The options of `export`.
#[derive(Args)]
pub struct Options {
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand)]
enum What {
    /// Write who may call what as JSON, for a custom Authorizer of a self-hosted server
    ///
    /// By calling Namespace, the Endpoints that its Workflows may call, on one day. docs/authorizer.md says how an Authorizer
    /// enforces it. Exit code: 0; 1 when the policy has errors.
    Authorizer(AuthorizerOptions),
}

#[derive(Args)]
struct AuthorizerOptions {
    #[command(flatten)]
    policy: PolicyOptions,
    /// The account's facts, as `nexusc snapshot` wrote them: what the policy names and does not declare is looked up there
    #[arg(long, value_name = "FILE")]
    account: Option<PathBuf>,
    /// Write to a file instead of standard output
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

/// Writes what is asked for.
pub fn run(options: Options, world: &mut World) -> Result<u8, Failure> {
    let What::Authorizer(options) = options.what;
    let parsed = Parsed::read(&options.policy, world)?;
    let facts = options.account.as_deref().map(snapshot::read).transpose()?;
    let Some(policy) = parsed.sound(facts.as_ref(), world) else { return Ok(1) };
    let until = first_end(&policy, parsed.today).map(|day| day.to_string());
    let matrix = Matrix::of(&access(&policy, parsed.today), parsed.today.to_string(), until);
    let json = serde_json::to_string_pretty(&matrix)
        .map_err(|error| Failure::new(format!("cannot write the matrix: {error}")))?;
    match &options.out {
        None => world.data(&format!("{json}\n")),
        Some(path) => std::fs::write(path, format!("{json}\n"))
            .map_err(|error| Failure::new(format!("cannot write `{}`: {error}", path.display())))?,
    }
    Ok(0)
}

/// The day after the first grant that ends: an expiry date is the last day on which it grants anything.
fn first_end(policy: &Policy, today: Date) -> Option<Date> {
    let allowlists = policy.allowlists.values().flatten().filter(|allowlist| allowlist.grants_on(today));
    let last = allowlists.filter_map(|allowlist| Some(allowlist.expires?.0)).min()?;
    last.next_day()
}
