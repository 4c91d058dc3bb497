//! What every test starts from: an account of its own, and a workspace with one Endpoint in its configuration.

use std::fmt::Write as _;
use tests::account::Account;
use tests::dev::{Dev, fixture};
use tests::terraform::Terraform;
pub use tests::terraform::on_every_terraform;
pub use tests::workspace::PROVIDER;
use tests::workspace::Workspace;

/// The address of the Endpoint in the configuration.
pub const ADDRESS: &str = "temporalnexus_endpoint.it";

/// An account and a workspace that acts on it.
pub struct Scene {
    pub dev: Dev,
    pub workspace: Workspace,
    /// Someone else, who may do anything.
    pub owner: Account,
}

impl Scene {
    /// The tiny account; Terraform acts as `ci`.
    #[track_caller]
    pub fn new(terraform: &Terraform) -> Self {
        Self::on(terraform, Dev::start(&fixture("tiny.nexus.hcl")))
    }

    /// The same, where writes take `time`.
    #[track_caller]
    pub fn slow(terraform: &Terraform, time: &str) -> Self {
        Self::on(terraform, Dev::slow(&fixture("tiny.nexus.hcl"), time))
    }

    /// The same, where these faults strike.
    #[track_caller]
    pub fn faulty(terraform: &Terraform, faults: &[&str]) -> Self {
        let options: Vec<_> = faults.iter().flat_map(|fault| ["--fault", fault]).collect();
        Self::on(terraform, Dev::with(&fixture("tiny.nexus.hcl"), &options))
    }

    /// With `endpoint` already applied.
    #[track_caller]
    pub fn with(terraform: &Terraform, endpoint: &Endpoint) -> Self {
        let scene = Self::new(terraform);
        scene.configure(endpoint);
        scene.workspace.apply().succeeds();
        scene
    }

    #[track_caller]
    fn on(terraform: &Terraform, dev: Dev) -> Self {
        let owner = Account::of(&dev, "user.owner");
        let mut scene = Self { owner, workspace: Workspace::new(terraform), dev };
        scene.act_as("service_account.ci");
        scene
    }

    /// Whose key Terraform uses from now on.
    #[track_caller]
    pub fn act_as(&mut self, principal: &str) {
        let key = self.dev.key(principal).to_owned();
        self.use_key(&key);
    }

    #[track_caller]
    pub fn use_key(&mut self, key: &str) {
        self.workspace.set(self.dev.environment(key));
    }

    /// Makes `endpoint` the whole configuration.
    #[track_caller]
    pub fn configure(&self, endpoint: &Endpoint) {
        self.workspace.write("main.tf", &endpoint.hcl());
    }

    /// The Endpoint's id in the state.
    #[track_caller]
    pub fn id(&self) -> String {
        self.workspace.attributes(ADDRESS)["id"].as_str().unwrap().to_owned()
    }

    /// Terraform has nothing more to do.
    #[track_caller]
    pub fn is_settled(&self) {
        self.workspace.plan().exits(0).says("No changes.");
    }
}

/// An Endpoint as a configuration writes it; Namespaces by id.
#[derive(Clone, Copy)]
pub struct Endpoint<'a> {
    pub name: &'a str,
    pub description: Option<&'a str>,
    pub namespace: &'a str,
    pub task_queue: &'a str,
    pub callers: Option<&'a [&'a str]>,
    /// What stands in the block `timeouts`, if there is one.
    pub timeouts: Option<&'a str>,
}

/// The Endpoint that most tests start with.
pub const PAY: Endpoint = Endpoint {
    name: "pay",
    description: Some("Takes money."),
    namespace: "ledger.tiny1",
    task_queue: "pay-queue",
    callers: Some(&["shop.tiny1"]),
    timeouts: None,
};

impl Endpoint<'_> {
    fn hcl(&self) -> String {
        let Self { name, namespace, task_queue, .. } = self;
        let mut hcl = format!(
            "{PROVIDER}\nresource \"temporalnexus_endpoint\" \"it\" {{\n  name = {name:?}\n  \
             worker_target = {{ namespace_id = {namespace:?}, task_queue = {task_queue:?} }}\n"
        );
        if let Some(description) = self.description {
            writeln!(hcl, "  description = {description:?}").unwrap();
        }
        if let Some(callers) = self.callers {
            writeln!(hcl, "  allowed_caller_namespaces = {callers:?}").unwrap();
        }
        if let Some(timeouts) = self.timeouts {
            writeln!(hcl, "  timeouts {{\n    {timeouts}\n  }}").unwrap();
        }
        hcl + "}\n"
    }
}
