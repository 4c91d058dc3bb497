//! `nexusc`: the one place where environment, clock and standard streams enter.

use compiler::cli::{self, OutputOptions, World};
use mimalloc::MiMalloc;
use std::collections::BTreeMap;
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
    let (environment, unreadable) = environment();
    let world = World {
        environment,
        unreadable,
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
        output: OutputOptions::default(),
        keys: Vec::new(),
    };
    ExitCode::from(cli::run(std::env::args_os(), world))
}

/// The environment variables, and the names of those that are not UTF-8.
fn environment() -> (BTreeMap<String, String>, Vec<OsString>) {
    let (mut environment, mut unreadable) = (BTreeMap::new(), Vec::new());
    for (name, value) in std::env::vars_os() {
        match (name.into_string(), value.into_string()) {
            (Ok(name), Ok(value)) => {
                environment.insert(name, value);
            }
            (Ok(name), Err(_)) => unreadable.push(name.into()),
            (Err(name), _) => unreadable.push(name),
        }
    }
    (environment, unreadable)
}
