//! `nexusc`: the one place where environment, clock and standard streams enter.

use compiler::command::{self, World};
use std::io::IsTerminal;
use std::process::ExitCode;
use time::OffsetDateTime;

fn main() -> ExitCode {
    let (mut out, mut err) = (std::io::stdout(), std::io::stderr());
    let (out_is_terminal, err_is_terminal) = (out.is_terminal(), err.is_terminal());
    let world = World {
        environment: std::env::vars().collect(),
        now: OffsetDateTime::now_utc(),
        program: std::env::current_exe().ok(),
        out: &mut out,
        out_is_terminal,
        err: &mut err,
        err_is_terminal,
    };
    ExitCode::from(command::run(std::env::args_os(), world))
}
