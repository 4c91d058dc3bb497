//! `nexusc export`: what a policy says, in a form that other programs read.

use super::compile::Parsed;
use super::{AccountOptions, Failure, PolicyOptions, World, file};
use crate::matrix::Matrix;
use clap::{Args, Subcommand};
use std::path::PathBuf;

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
    #[command(flatten)]
    account: AccountOptions,
    /// Write to a file instead of standard output
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

/// Writes what is asked for.
pub fn run(options: Options, world: &mut World) -> Result<u8, Failure> {
    let What::Authorizer(options) = options.what;
    let parsed = Parsed::read(&options.policy, world)?;
    let facts = options.account.facts()?;
    let Some(policy) = parsed.sound(facts.as_ref(), world) else { return Ok(1) };
    let json = file::pretty(&Matrix::of(&policy, parsed.today))?;
    match &options.out {
        None => world.data(&json),
        Some(path) => file::replace(path, &json)?,
    }
    Ok(0)
}
