//! The executable that Terraform starts: environment, standard output and standard error enter here.

use std::io::{self, Write};
use std::process::ExitCode;

use tfplugin::Environment;
use tfplugin::serve::{self, Program};

const PROGRAM: Program = Program {
    name: "terraform-provider-temporalnexus",
    address: "registry.terraform.io/temporalnexus/temporalnexus",
};

/// The crates whose logs follow `TF_LOG`.
const LOGGED: [&str; 2] = ["provider", "registry"];

fn main() -> ExitCode {
    let environment: Environment = std::env::vars_os().collect();
    tfplugin::log::install(&environment, &LOGGED, io::stderr);
    let folder = environment.get_os("TMPDIR").map_or_else(std::env::temp_dir, Into::into);
    let configuration = std::env::current_dir().ok();
    let run =
        provider::Run { folder: Some(folder), parent: parent(), configuration, ..provider::Run::default() };
    let provider = provider::Provider::new(environment.clone()).in_run(run);
    let option = std::env::args_os().nth(1).and_then(|option| option.into_string().ok()).unwrap_or_default();
    let stdout = &mut io::stdout();
    let served = match option.trim_start_matches('-') {
        "version" if option.starts_with('-') => {
            print(stdout, concat!("terraform-provider-temporalnexus ", env!("CARGO_PKG_VERSION")))
        }
        "help" | "h" if option.starts_with('-') => print(stdout, &PROGRAM.usage()),
        "debug" if option.starts_with('-') => serve::debug(&PROGRAM, &environment, stdout, provider),
        _ => serve::run(&PROGRAM, &environment, stdout, provider),
    };
    match served {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // Standard error may be closed.
            let _ = writeln!(io::stderr(), "{error}");
            ExitCode::FAILURE
        }
    }
}

fn print(stdout: &mut dyn Write, text: &str) -> Result<(), serve::ServeError> {
    let written = writeln!(stdout, "{text}");
    written.map_err(|error| serve::ServeError::System { action: "write to standard output", error })
}

/// Terraform's process.
#[cfg(unix)]
fn parent() -> Option<u32> {
    Some(std::os::unix::process::parent_id())
}

#[cfg(not(unix))]
fn parent() -> Option<u32> {
    None
}
