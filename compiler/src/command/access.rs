//! `nexusc access`: who may call what, by a policy or by an exported matrix.

use super::compile::Parsed;
use super::{Failure, Format, PolicyOptions, World, snapshot};
use crate::check::access::access;
use crate::matrix::Matrix;
use crate::render::{access_table, matrix_table};
use clap::Args;
use std::path::{Path, PathBuf};

/// The options of `access`.
#[derive(Args)]
pub struct Options {
    #[command(flatten)]
    policy: PolicyOptions,
    /// The account's facts, as `nexusc snapshot` wrote them: what the policy names and does not declare is looked up there
    #[arg(long, value_name = "FILE")]
    account: Option<PathBuf>,
    /// Read a matrix that `nexusc export authorizer` wrote, instead of a policy
    #[arg(long, value_name = "FILE", conflicts_with_all = ["paths", "as_of", "account"])]
    matrix: Option<PathBuf>,
    /// How it is written
    #[arg(long, value_enum, default_value = "human")]
    format: Format,
}

/// Shows who may call what.
pub fn run(options: Options, world: &mut World) -> Result<u8, Failure> {
    if let Some(path) = &options.matrix {
        let matrix = read(path)?;
        show(&matrix, &matrix_table(&matrix), options.format, world)?;
        return Ok(0);
    }
    let parsed = Parsed::read(&options.policy, world)?;
    let facts = options.account.as_deref().map(snapshot::read).transpose()?;
    let Some(policy) = parsed.sound(facts.as_ref(), world) else { return Ok(1) };
    let access = access(&policy, parsed.today);
    let matrix = Matrix::of(&access, parsed.today.to_string(), None);
    show(&matrix, &access_table(&access), options.format, world)?;
    Ok(0)
}

fn show(matrix: &Matrix, table: &str, format: Format, world: &mut World) -> Result<(), Failure> {
    match format {
        Format::Human => world.data(table),
        Format::Json => {
            let json = serde_json::to_string_pretty(matrix)
                .map_err(|error| Failure::new(format!("cannot write the matrix: {error}")))?;
            world.data(&format!("{json}\n"));
        }
    }
    Ok(())
}

fn read(path: &Path) -> Result<Matrix, Failure> {
    let shown = path.display();
    let text = std::fs::read_to_string(path);
    let text = text.map_err(|error| Failure::new(format!("cannot read `{shown}`: {error}")))?;
    Matrix::read(&text).map_err(|error| {
        let help = "make it again with `nexusc export authorizer --out`";
        Failure::new(format!("`{shown}` is not usable: {error}")).help(help)
    })
}
