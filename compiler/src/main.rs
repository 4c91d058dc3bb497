//! `nexusc`: the one place where environment, clock and standard streams enter.

use compiler::cli::{self, World};
use mimalloc::MiMalloc;
use std::ffi::OsString;
use std::io::IsTerminal;
use std::process::ExitCode;
use time::OffsetDateTime;

#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

#[expect(clippy::disallowed_methods, reason = "the clock enters here")]
fn main() -> ExitCode {
    let (mut input, mut out, mut err) = (std::io::stdin(), std::io::stdout(), std::io::stderr());
    let in_is_terminal = input.is_terminal();
    let (out_is_terminal, err_is_terminal) = (out.is_terminal(), err.is_terminal());
    let world = World {
        environment: std::env::vars_os().filter_map(readable).collect(),
        now: OffsetDateTime::now_utc(),
        program: std::env::current_exe().ok(),
        temporary: Some(std::env::temp_dir()),
        input: &mut input,
        in_is_terminal,
        out: &mut out,
        out_is_terminal,
        err: &mut err,
        err_is_terminal,
        output_error: None,
    };
    ExitCode::from(cli::run(std::env::args_os(), world))
}

/// Variables that are not UTF-8 are ignored.
fn readable((name, value): (OsString, OsString)) -> Option<(String, String)> {
    Some((name.into_string().ok()?, value.into_string().ok()?))
}
