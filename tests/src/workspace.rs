//! A folder with a Terraform configuration that uses our provider from the build, and Terraform's commands on it.

use crate::binaries;
use crate::run::Run;
use crate::terraform::Terraform;
use serde_json::Value;
use std::collections::BTreeMap;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::Command;
use tempfile::TempDir;

/// What every configuration starts with.
pub const PROVIDER: &str = "terraform {\n  required_providers {\n    \
    temporalnexus = { source = \"temporalnexus/temporalnexus\" }\n  }\n}\n";

/// A provider block that says nothing but that it is for Temporal Cloud. Terraform does not show empty blocks to a provider
/// that it validates with.
pub const ON_CLOUD: &str = "provider \"temporalnexus\" {\n  allow_insecure = true\n}\n";

/// A provider block that chooses the server at `address`, with `more` in its block.
#[must_use]
pub fn on_server(address: &str, more: &str) -> String {
    format!("provider \"temporalnexus\" {{\n  self_hosted {{\n    address = {address:?}\n{more}\n  }}\n}}\n")
}

/// A configuration's folder. Its state lives and dies with it.
#[derive(Debug)]
pub struct Workspace {
    terraform: Terraform,
    folder: TempDir,
    environment: BTreeMap<String, String>,
}

impl Workspace {
    /// An empty folder, and the provider built.
    ///
    /// # Panics
    /// When the folder cannot be written or the provider cannot be built.
    #[must_use]
    #[track_caller]
    pub fn new(terraform: &Terraform) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let provider = binaries::provider().parent().expect("the provider lies in a folder");
        let workspace = Self { terraform: terraform.clone(), folder, environment: BTreeMap::new() };
        for home in ["home", "tmp"] {
            std::fs::create_dir(workspace.folder.path().join(home)).expect("a folder in a temporary folder");
        }
        workspace.write("terraform.rc", &overrides(&[("temporalnexus/temporalnexus", provider)]));
        workspace
    }

    /// Whether its Terraform is of this version or newer.
    #[must_use]
    pub fn at_least(&self, major: u32, minor: u32) -> bool {
        self.terraform.at_least(major, minor)
    }

    /// Where its files lie.
    #[must_use]
    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Sets variables for all later commands.
    pub fn set<K: Into<String>, V: Into<String>>(&mut self, variables: impl IntoIterator<Item = (K, V)>) {
        self.environment.extend(variables.into_iter().map(|(name, value)| (name.into(), value.into())));
    }

    /// Writes a file into the folder.
    ///
    /// # Panics
    /// When it cannot be written.
    #[track_caller]
    pub fn write(&self, file: &str, text: &str) {
        let written = std::fs::write(self.folder.path().join(file), text);
        written.unwrap_or_else(|error| panic!("cannot write {file}: {error}"));
    }

    /// Lets Terraform find another provider, as moves from its resources demand. It is ours under that name: what counts
    /// is that it starts and that it does not know the resources. OpenTofu looks for what a state has from Terraform's public
    /// registry in its own.
    ///
    /// # Panics
    /// When it cannot be written.
    #[track_caller]
    pub fn stub(&self, address: &str) {
        let folder = self.folder.path().join("stub");
        let name = address.rsplit('/').next().unwrap_or(address);
        std::fs::create_dir_all(&folder).expect("a folder in a temporary folder");
        let program = folder.join(format!("terraform-provider-{name}"));
        symlink(binaries::provider(), program).expect("a link in a temporary folder");
        let ours = binaries::provider().parent().expect("the provider lies in a folder");
        let in_tofu = address.replace("registry.terraform.io/", "registry.opentofu.org/");
        let mut folders = vec![("temporalnexus/temporalnexus", ours), (address, &folder)];
        if in_tofu != address {
            folders.push((&in_tofu, &folder));
        }
        self.write("terraform.rc", &overrides(&folders));
    }

    /// `terraform validate`.
    #[must_use]
    #[track_caller]
    pub fn validate(&self) -> Run {
        self.run(&["validate", "-no-color"])
    }

    /// `terraform plan`: exit code 0 for no changes, 2 for changes, 1 for errors.
    #[must_use]
    #[track_caller]
    pub fn plan(&self) -> Run {
        self.run(&["plan", "-no-color", "-input=false", "-detailed-exitcode"])
    }

    /// `terraform plan` into a file, for [`Workspace::apply_plan`].
    #[must_use]
    #[track_caller]
    pub fn plan_to(&self, file: &str) -> Run {
        self.run(&["plan", "-no-color", "-input=false", &format!("-out={file}")])
    }

    /// `terraform apply` of the configuration.
    #[must_use]
    #[track_caller]
    pub fn apply(&self) -> Run {
        self.run(&["apply", "-no-color", "-input=false", "-auto-approve"])
    }

    /// `terraform apply` of a plan in a file.
    #[must_use]
    #[track_caller]
    pub fn apply_plan(&self, file: &str) -> Run {
        self.run(&["apply", "-no-color", "-input=false", file])
    }

    /// `terraform destroy`.
    #[must_use]
    #[track_caller]
    pub fn destroy(&self) -> Run {
        self.run(&["destroy", "-no-color", "-input=false", "-auto-approve"])
    }

    /// `terraform import`.
    #[must_use]
    #[track_caller]
    pub fn import(&self, address: &str, id: &str) -> Run {
        self.run(&["import", "-no-color", "-input=false", address, id])
    }

    /// `terraform show -json`: the state.
    ///
    /// # Panics
    /// When Terraform fails or shows no JSON.
    #[must_use]
    #[track_caller]
    pub fn show(&self) -> Value {
        let run = self.run(&["show", "-json"]).succeeds();
        serde_json::from_str(&run.stdout).unwrap_or_else(|error| panic!("{error} in the output of {run}"))
    }

    /// One resource of the state's root module as `terraform show -json` has it, or `None`.
    ///
    /// # Panics
    /// As [`Workspace::show`].
    #[must_use]
    #[track_caller]
    pub fn resource(&self, address: &str) -> Option<Value> {
        let state = self.show();
        let resources = state.pointer("/values/root_module/resources")?.as_array()?;
        let is_it = |resource: &&Value| resource.get("address").and_then(Value::as_str) == Some(address);
        resources.iter().find(is_it).cloned()
    }

    /// The attributes of one resource in the state.
    ///
    /// # Panics
    /// When the state does not hold it.
    #[must_use]
    #[track_caller]
    pub fn attributes(&self, address: &str) -> Value {
        let resource = self.resource(address).unwrap_or_else(|| panic!("the state holds no {address}"));
        resource.get("values").cloned().unwrap_or_default()
    }

    /// Any Terraform command in the folder.
    ///
    /// # Panics
    /// When Terraform cannot be started.
    #[must_use]
    #[track_caller]
    pub fn run(&self, arguments: &[&str]) -> Run {
        let what = format!("{} {}", self.terraform.name(), arguments.join(" "));
        Run::of(what, self.command().args(arguments))
    }

    /// The command line for everything else, such as a command that a test interrupts.
    #[must_use]
    pub fn command(&self) -> Command {
        let folder = self.folder.path();
        let mut command = self.terraform.command();
        command.current_dir(folder).env("HOME", folder.join("home")).env("TMPDIR", folder.join("tmp"));
        command.env("TF_CLI_CONFIG_FILE", folder.join("terraform.rc")).envs(&self.environment);
        command
    }
}

/// A CLI configuration that takes providers from folders: no registry, no `terraform init`.
fn overrides(folders: &[(&str, &Path)]) -> String {
    let lines: String =
        folders.iter().map(|(address, folder)| format!("    {address:?} = {folder:?}\n")).collect();
    format!("provider_installation {{\n  dev_overrides {{\n{lines}  }}\n  direct {{}}\n}}\n")
}
