//! `cargo xtask`: chores of the project that need more than cargo.

mod dist;

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
    /// Makes the provider's release files for this platform: zip, manifest and checksums. Signing the checksums is left to
    /// whoever publishes them.
    Dist(dist::Arguments),
}

fn main() -> anyhow::Result<()> {
    let Chore::Dist(arguments) = Arguments::parse().chore;
    for file in dist::dist(&arguments)? {
        writeln!(std::io::stdout(), "{}", file.display())?;
    }
    Ok(())
}
