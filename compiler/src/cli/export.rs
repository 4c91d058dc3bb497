//! `nexusc export`: what a policy says, in a form that other programs read.

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
    /// Write who may call what as JSON, for a check that a self-hosted server's operators add to it
    ///
    /// By calling Namespace, the Endpoints that its Workflows may call, on one day. docs/authorizer.md says how a server can
    /// enforce it; a custom Authorizer alone cannot. A policy of Temporal Cloud, which enforces allowlists itself, is refused
    /// without `--allow-cloud`. Exit code: 0; 1 when the policy has errors or is refused.
    Authorizer(AuthorizerOptions),
}

#[derive(Args)]
struct AuthorizerOptions {
    #[command(flatten)]
    policy: PolicyOptions,
    #[command(flatten)]
    account: AccountOptions,
    /// Export a policy of Temporal Cloud, with Cloud's Namespace ids
    #[arg(long)]
    allow_cloud: bool,
    /// Write to a file instead of standard output
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

/// Writes what is asked for.
pub fn run(options: Options, world: &mut World) -> Result<u8, Failure> {
    let What::Authorizer(options) = options.what;
    let parsed = options.policy.load(world)?;
    let facts = options.account.facts()?;
    let Some(policy) = accepted(&parsed, facts.as_ref(), world) else { return Ok(1) };
    if policy.account.backend == Backend::Cloud && !options.allow_cloud {
        return Err(cloud());
    }
    let json = file::pretty(&Matrix::of(&policy, parsed.today))?;
    match &options.out {
        None => world.print(&json),
        Some(path) => file::replace(path, &json)?,
    }
    Ok(0)
}

/// The refusal of a policy for which no Authorizer of anybody's is asked.
fn cloud() -> Failure {
    let help =
        "pass `--allow-cloud` to export it all the same, or write `backend = \"self_hosted\"` in `account`";
    Failure::new(
        "the policy is of Temporal Cloud, which enforces the allowlists itself, and its Namespace ids are Cloud's",
    )
    .help(help)
}
