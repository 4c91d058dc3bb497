//! `nexusc schema`: prints the JSON Schemas of policies and of `nexusc`'s JSON output.

use super::apply::record_schema;
use super::{Failure, World};
use crate::access::graph::graph_schema;
use crate::access::matrix::matrix_schema;
use crate::check::{baseline_schema, policy_schema};
use crate::facts::snapshot::snapshot_schema;
use crate::plan::plan_schema;
use crate::report::{difference_schema, findings_schema, tested_schema};
use clap::{Args, ValueEnum};

/// The options of `schema`.
#[derive(Args)]
pub struct Options {
    /// The format to describe
    #[arg(value_enum, default_value = "policy")]
    of: Of,
}

#[derive(Clone, Copy, ValueEnum)]
enum Of {
    /// A policy file in JSON
    Policy,
    /// The output of `nexusc plan --out`
    Plan,
    /// The output of `nexusc snapshot`
    Snapshot,
    /// The output of `nexusc graph --format json`
    Graph,
    /// The output of `nexusc test --format json`
    Test,
    /// What `nexusc check --format json` writes
    Findings,
    /// What `nexusc diff --format json` writes
    Diff,
    /// What `nexusc export authorizer` writes
    Authorizer,
    /// The file of `nexusc check --baseline`
    Baseline,
    /// A line of the file that `nexusc apply --record` writes
    Record,
}

/// Prints a schema.
pub fn run(options: &Options, world: &mut World) -> Result<u8, Failure> {
    let schema = match options.of {
        Of::Policy => policy_schema(),
        Of::Plan => plan_schema(),
        Of::Snapshot => snapshot_schema(),
        Of::Graph => graph_schema(),
        Of::Test => tested_schema(),
        Of::Findings => findings_schema(),
        Of::Diff => difference_schema(),
        Of::Authorizer => matrix_schema(),
        Of::Baseline => baseline_schema(),
        Of::Record => record_schema(),
    };
    world.print(&format!("{schema:#}\n"));
    Ok(0)
}
