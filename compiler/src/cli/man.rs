//! `nexusc man`: writes the manual pages, for whoever packages `nexusc`.

use super::{Failure, World, command};
use clap::Args;
use std::fs;
use std::path::PathBuf;

/// The options of `man`.
#[derive(Args)]
pub struct Options {
    /// The folder for the pages, which is created
    #[arg(long, value_name = "FOLDER")]
    out: PathBuf,
}

/// Writes one page for `nexusc` and one for each command.
pub fn run(options: &Options, _: &mut World) -> Result<u8, Failure> {
    let folder = &options.out;
    let pages = command();
    let written = fs::create_dir_all(folder).and_then(|()| clap_mangen::generate_to(pages, folder));
    written.map_err(|error| {
        Failure::new(format!("cannot write manual pages to `{}`: {error}", folder.display()))
    })?;
    Ok(0)
}
