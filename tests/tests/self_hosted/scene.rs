//! What the tests start from: one server for all that leave nothing behind that others could see, and configurations.

use std::path::Path;
use tests::nexusc::nexusc;
use tests::run::Run;
use tests::server::Server;
use tests::terraform::Terraform;
use tests::workspace::{PROVIDER, Workspace, on_server};

/// The address of the Endpoint in the configurations.
pub const ADDRESS: &str = "temporalnexus_endpoint.it";

/// The Namespaces that every server has.
pub const NAMESPACES: [&str; 3] = ["orders", "payments", "vault"];

/// A server and a workspace that acts on it.
pub struct Scene {
    pub server: Server,
    pub workspace: Workspace,
}

/// Runs a test on every Terraform, each with a server of its own; what fails names the version.
#[track_caller]
pub fn on_every_terraform(test: impl Fn(&Scene)) {
    for terraform in Terraform::all() {
        test(&Scene { server: Server::start(&NAMESPACES), workspace: Workspace::new(terraform) });
    }
}

impl Scene {
    /// Makes `resources` the whole configuration, with a provider that has the server's address.
    #[track_caller]
    pub fn configure(&self, resources: &str) {
        self.workspace.write("main.tf", &configuration(&self.server.address(), "", resources));
    }

    /// The same, applied, with nothing left to do.
    #[track_caller]
    pub fn applied(&self, resources: &str) {
        self.configure(resources);
        self.workspace.apply().succeeds();
        self.is_settled();
    }

    #[track_caller]
    pub fn is_settled(&self) {
        self.workspace.plan().exits(0).says("No changes.");
    }

    /// The Endpoint's id in the state.
    #[track_caller]
    pub fn id(&self) -> String {
        self.workspace.attributes(ADDRESS)["id"].as_str().unwrap().to_owned()
    }
}

/// A configuration whose block `self_hosted` holds the address and `more`.
pub fn configuration(address: &str, more: &str, resources: &str) -> String {
    format!("{PROVIDER}\n{}\n{resources}\n", on_server(address, more))
}

/// The Endpoint `pay` on a task queue of a Namespace, with more attributes.
pub fn pay(namespace: &str, task_queue: &str, more: &str) -> String {
    format!(
        "resource \"temporalnexus_endpoint\" \"it\" {{\n  name = \"pay\"\n  worker_target = {{ namespace_id = {namespace:?}, task_queue = \
         {task_queue:?} }}\n{more}\n}}\n"
    )
}

/// Writes a policy for a server into `folder`, and gives its path.
#[track_caller]
pub fn policy(folder: &Path, blocks: &str) -> String {
    let path = folder.join("policy.nexus.hcl");
    std::fs::write(&path, format!("account {{\n  backend = \"self_hosted\"\n}}\n{blocks}\n")).unwrap();
    path.display().to_string()
}

/// Runs a verb of `nexusc` on a server.
#[track_caller]
pub fn on(server: &Server, verb: &str, arguments: &[&str]) -> Run {
    nexusc(&[&[verb, "--registry", &server.registry()], arguments].concat())
}
