//! `nexusc snapshot`: writes the account's facts to a file, so that a pull request can be checked without an API key.

use super::connect::account_facts;
use super::{Failure, RegistryOptions, World, file};
use crate::facts::Facts;
use crate::facts::snapshot::Snapshot;
use clap::Args;
use std::path::{Path, PathBuf};

/// The options of `snapshot`.
#[derive(Args)]
pub struct Options {
    #[command(flatten)]
    registry: RegistryOptions,
    /// Write to a file instead of standard output
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

/// Writes a snapshot.
pub fn run(options: Options, world: &mut World) -> Result<u8, Failure> {
    let facts = account_facts(&options.registry, world)?;
    let snapshot = Snapshot::of(&facts, world.now.date().to_string());
    let json = file::pretty(&snapshot)?;
    match &options.out {
        None => world.print(&json),
        Some(path) => file::replace(path, &json)?,
    }
    Ok(0)
}

/// Reads a snapshot back.
pub fn read(path: &Path) -> Result<Facts, Failure> {
    of_text(&path.display().to_string(), file::read_written(path)?)
}

/// The facts in the text of a snapshot, or why it has none.
pub fn of_text(shown: &str, text: Result<String, String>) -> Result<Facts, Failure> {
    let help = "create it again with `nexusc snapshot --out`";
    let snapshot = text.and_then(|text| Snapshot::parse(&text).map_err(|error| error.to_string()));
    let snapshot =
        snapshot.map_err(|why| Failure::new(format!("`{shown}` is not a snapshot: {why}")).help(help))?;
    snapshot.facts().map_err(|error| Failure::new(format!("invalid snapshot `{shown}`: {error}")).help(help))
}
