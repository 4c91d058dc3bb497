//! `nexusc access`: shows who may call what, from a policy or an exported matrix.

use super::policy::accepted;
use super::{AccountOptions, Failure, Format, PolicyOptions, World, file};
use crate::access::endpoint::access;
use crate::access::graph::Graph;
use crate::access::matrix::{AccountMatrix, Matrix};
use crate::report::{access_table, account_table, matrix_table};
use clap::Args;
use schema::backend::Backend;
use std::path::{Path, PathBuf};

/// The options of `access`.
#[derive(Args)]
pub struct Options {
    #[command(flatten)]
    policy: PolicyOptions,
    #[command(flatten)]
    account: AccountOptions,
    /// Read a matrix written by `nexusc export authorizer` instead of a policy
    #[arg(long, value_name = "FILE", conflicts_with_all = ["paths", "exclude", "as_of", "vars", "files", "account"])]
    matrix: Option<PathBuf>,
    /// Output format
    #[arg(long, short = 'o', visible_alias = "output", value_enum, default_value = "human")]
    format: Format,
}

/// Shows who may call what.
pub fn run(options: Options, world: &mut World) -> Result<u8, Failure> {
    if let Some(path) = &options.matrix {
        let matrix = read(path)?;
        show(&matrix, &matrix_table(&matrix), options.format, world)?;
        return Ok(0);
    }
    let parsed = options.policy.load(world)?;
    let facts = options.account.facts()?;
    let Some(policy) = accepted(&parsed, facts.as_ref(), world) else { return Ok(1) };
    let matrix = Matrix::of(&policy, parsed.today);
    let Some(facts) = facts.filter(|facts| facts.home.backend() == Backend::Cloud) else {
        let table = access_table(&access(&policy, parsed.today));
        show(&matrix, &table, options.format, world)?;
        return Ok(0);
    };
    let graph = Graph::of(&policy, Some(&facts), parsed.today);
    let matrix = Matrix { account: Some(AccountMatrix::of(&graph)), ..matrix };
    show(&matrix, &account_table(&graph), options.format, world)?;
    Ok(0)
}

fn show(matrix: &Matrix, table: &str, format: Format, world: &mut World) -> Result<(), Failure> {
    match format {
        Format::Human => world.print(table),
        Format::Json => world.print(&file::pretty(matrix)?),
    }
    Ok(())
}

fn read(path: &Path) -> Result<Matrix, Failure> {
    let matrix = match file::read_written(path)? {
        Ok(text) => Matrix::read(&text).map_err(|error| error.to_string()),
        Err(why) => Err(format!("not an access matrix: {why}")),
    };
    matrix.map_err(|why| {
        let help = "create it again with `nexusc export authorizer --out`";
        Failure::new(format!("cannot use `{}`: {why}", path.display())).help(help)
    })
}
