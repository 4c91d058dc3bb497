//! `cargo xtask`: chores of the project that need more than cargo.

mod build;
mod dist;
mod extras;
mod sbom;
mod wheel;

use std::io::Write;

use clap::{Parser, Subcommand};

#[derive(Parser)]
#[command(name = "cargo xtask", about = "Chores of the project")]
struct Arguments {
    #[command(subcommand)]
    chore: Chore,
}

#[derive(Subcommand)]
enum Chore {
    /// Makes the release files of this platform: of the provider zip, manifest and checksums, of `nexusc` a zip with its
    /// completions and manual pages, and its checksum; of each a bill of materials. Signing the checksums is left to whoever publishes them.
    Dist(dist::Arguments),
    /// Makes the wheel of this platform, from which `pip`, `pipx` and `uvx` install `nexusc` without compiling.
    Wheel(wheel::Arguments),
}

fn main() -> anyhow::Result<()> {
    let files = match Arguments::parse().chore {
        Chore::Dist(arguments) => dist::dist(&arguments)?,
        Chore::Wheel(arguments) => wheel::wheel(&arguments)?,
    };
    for file in files {
        writeln!(std::io::stdout(), "{}", file.display())?;
    }
    Ok(())
}
