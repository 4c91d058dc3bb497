//! The demo's second half: real Terraform, or OpenTofu, with the provider in the folder of `nexusc`.

use super::super::{Failure, World};
use super::acme::MAIN_TF;
use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

const PROVIDER: &str = "terraform-provider-temporalnexus";
/// The programs that are looked for, in this order.
const PROGRAMS: [&str; 2] = ["terraform", "tofu"];

/// Terraform in a temporary folder, configured for this project's provider and the demo's registry.
pub struct Terraform {
    /// The name of the program.
    pub program: &'static str,
    binary: PathBuf,
    folder: tempfile::TempDir,
    environment: Vec<(String, String)>,
}

impl Terraform {
    /// Terraform, else OpenTofu, on the PATH; `None` when there is neither.
    pub fn find(world: &World, registry: &str, api_key: &str) -> Result<Option<Self>, Failure> {
        let path = world.variable("PATH").unwrap_or_default();
        let found = |program| Some((program, on_path(program, path)?));
        let Some((program, binary)) = PROGRAMS.into_iter().find_map(found) else { return Ok(None) };
        let provider = provider_folder(world)?;
        let prepare = || -> std::io::Result<tempfile::TempDir> {
            let folder = tempfile::tempdir()?;
            fs::write(folder.path().join("main.tf"), MAIN_TF)?;
            fs::write(folder.path().join("dev.tfrc"), cli_configuration(&provider))?;
            Ok(folder)
        };
        let folder = prepare()
            .map_err(|error| Failure::new(format!("cannot prepare a folder for Terraform: {error}")))?;
        let environment = environment(world, folder.path(), registry, api_key);
        Ok(Some(Self { program, binary, folder, environment }))
    }

    /// The version that it reports, such as `Terraform v1.11.4` or `OpenTofu v1.12.6`.
    pub fn version(&self) -> Result<String, Failure> {
        let output = self.output(&["version"])?;
        Ok(String::from_utf8_lossy(&output.stdout).lines().next().unwrap_or("Terraform").to_owned())
    }

    /// Runs a command, and returns its summary lines. Any other exit code than expected is an error.
    pub fn run(&self, arguments: &[&str], expected: i32) -> Result<String, Failure> {
        let output = self.output(arguments)?;
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        if output.status.code() != Some(expected) {
            let errors = String::from_utf8_lossy(&output.stderr);
            let command = arguments.join(" ");
            return Err(Failure::new(format!(
                "`{} {command}` exited with {}\n{text}{errors}",
                self.program, output.status
            )));
        }
        let sums = ["Plan:", "No changes.", "Apply complete!", "Destroy complete!"];
        let summed = text.lines().filter(|line| sums.iter().any(|sum| line.starts_with(sum)));
        Ok(summed.map(|line| format!("  {line}\n")).collect())
    }

    fn output(&self, arguments: &[&str]) -> Result<Output, Failure> {
        let mut command = Command::new(&self.binary);
        command.args(arguments).current_dir(self.folder.path()).env_clear();
        command.envs(self.environment.iter().map(|(name, value)| (name, value)));
        let output = command.output();
        output.map_err(|error| Failure::new(format!("cannot run `{}`: {error}", self.binary.display())))
    }
}

/// The environment without the user's settings for Terraform and Temporal.
fn environment(world: &World, folder: &Path, registry: &str, api_key: &str) -> Vec<(String, String)> {
    let inherited = world.environment.iter();
    let inherited = inherited.filter(|(name, _)| !name.starts_with("TF_") && !name.starts_with("TEMPORAL_"));
    let inherited = inherited.map(|(name, value)| (name.clone(), value.clone()));
    let ours = [
        ("TF_CLI_CONFIG_FILE", folder.join("dev.tfrc").display().to_string()),
        ("TF_IN_AUTOMATION", "1".to_owned()),
        ("CHECKPOINT_DISABLE", "1".to_owned()),
        ("TEMPORAL_CLOUD_ENDPOINT", registry.to_owned()),
        ("TEMPORAL_CLOUD_ALLOW_INSECURE", "true".to_owned()),
        ("TEMPORAL_CLOUD_API_KEY", api_key.to_owned()),
    ];
    inherited.chain(ours.map(|(name, value)| (name.to_owned(), value))).collect()
}

fn provider_folder(world: &World) -> Result<PathBuf, Failure> {
    let folder = world.program.as_deref().and_then(Path::parent).map(Path::to_owned).unwrap_or_default();
    let provider = folder.join(format!("{PROVIDER}{}", env::consts::EXE_SUFFIX));
    if provider.is_file() {
        return Ok(folder);
    }
    let help = "build both with `cargo build --release`";
    Err(Failure::new(format!("no provider in the folder of nexusc: `{}` does not exist", provider.display()))
        .help(help))
}

fn cli_configuration(provider: &Path) -> String {
    let folder = provider.display().to_string().replace('\\', "\\\\").replace('"', "\\\"");
    format!(
        "provider_installation {{\n  dev_overrides {{\n    \"temporalnexus/temporalnexus\" = \"{folder}\"\n  }}\n  direct {{}}\n}}\n"
    )
}

fn on_path(name: &str, path: &str) -> Option<PathBuf> {
    let file = format!("{name}{}", env::consts::EXE_SUFFIX);
    env::split_paths(path).map(|folder| folder.join(&file)).find(|candidate| candidate.is_file())
}
