//! `nexusc export`: exports a policy for other programs.

use super::policy::accepted;
use super::{AccountOptions, Failure, PolicyOptions, World, file};
use crate::access::matrix::Matrix;
use clap::{Args, Subcommand};
use schema::backend::Backend;
use std::path::PathBuf;

/// The options of `export`.
#[derive(Args)]
pub struct Options {
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand)]
enum What {
    /// Export who may call what as JSON, to be enforced on a self-hosted server
    ///
    /// Lists by calling Namespace the Endpoints that its Workflows may call, for one day. docs/authorizer.md shows how a
    /// server can enforce it; a custom Authorizer alone cannot. Refuses a Temporal Cloud policy without `--allow-cloud`:
    /// Temporal Cloud enforces allowlists itself. Exit code: 0; 1 when the policy has errors or is refused.
    Authorizer(AuthorizerOptions),
}

#[derive(Args)]
struct AuthorizerOptions {
    #[command(flatten)]
    policy: PolicyOptions,
    #[command(flatten)]
    account: AccountOptions,
    /// Export a Temporal Cloud policy, with Cloud's Namespace ids
    #[arg(long)]
    allow_cloud: bool,
    /// Write to a file instead of standard output
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

/// Writes the export.
pub fn run(options: Options, world: &mut World) -> Result<u8, Failure> {
    let What::Authorizer(options) = options.what;
    let parsed = options.policy.load(world)?;
    let facts = options.account.facts()?;
    let Some(policy) = accepted(&parsed, facts.as_ref(), world) else { return Ok(1) };
    if policy.account.backend == Backend::Cloud && !options.allow_cloud {
        return Err(cloud_policy());
    }
    let json = file::pretty(&Matrix::of(&policy, parsed.today))?;
    match &options.out {
        None => world.print(&json),
        Some(path) => file::replace(path, &json)?,
    }
    Ok(0)
}

/// Refuses a Temporal Cloud policy: Temporal Cloud consults no Authorizer of its users.
fn cloud_policy() -> Failure {
    let help = "pass `--allow-cloud` to export it anyway, or set `backend = \"self_hosted\"` in `account`";
    Failure::refusal(
        "the policy is for Temporal Cloud, which enforces allowlists itself and has other Namespace ids",
    )
    .help(help)
}
