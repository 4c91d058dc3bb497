//! `nexusc completions`: prints a script with which a shell completes commands and options.

use super::{Failure, World, command};
use clap::Args;
use clap_complete::{Shell, generate};

/// The options of `completions`.
#[derive(Args)]
pub struct Options {
    /// The shell
    #[arg(value_enum)]
    shell: Shell,
}

/// Prints the script.
pub fn run(options: &Options, world: &mut World) -> Result<u8, Failure> {
    let mut script = Vec::new();
    generate(options.shell, &mut command(), "nexusc", &mut script);
    world.print(&String::from_utf8_lossy(&script));
    Ok(0)
}
