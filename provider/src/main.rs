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
    let provider = provider::Provider::new(environment.clone());
    match serve::run(&PROGRAM, &environment, &mut io::stdout(), provider) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // When standard error is closed, nobody is left to tell.
            let _ = writeln!(io::stderr(), "{error}");
            ExitCode::FAILURE
        }
    }
}
