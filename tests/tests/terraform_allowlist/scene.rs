//! What every test starts from: an account with the Endpoint `pay` of another team, and a workspace that keeps its allowlist.

use tests::account::{Account, id, spec};
use tests::dev::{Dev, fixture};
use tests::terraform::Terraform;
pub use tests::terraform::on_every_terraform;
pub use tests::workspace::PROVIDER;
use tests::workspace::Workspace;

/// The address of the one resource in most configurations.
pub const CALLER: &str = "temporalnexus_endpoint_allowed_caller.it";
pub const LIST: &str = "temporalnexus_endpoint_allowlist.it";

/// An account and a workspace that acts on it.
pub struct Scene {
    pub dev: Dev,
    pub workspace: Workspace,
    /// Someone else, who may do anything.
    pub owner: Account,
    /// The id of the Endpoint `pay`.
    pub pay: String,
}

impl Scene {
    /// The tiny account, where `callers` may call `pay`; Terraform acts as `ci`.
    #[track_caller]
    pub fn new(terraform: &Terraform, callers: &[&str]) -> Self {
        Self::on(Dev::start(&fixture("tiny.nexus.hcl")), terraform, callers)
    }

    #[track_caller]
    pub fn on(dev: Dev, terraform: &Terraform, callers: &[&str]) -> Self {
        let owner = Account::of(&dev, "user.owner");
        owner.create(&spec("pay", "ledger.tiny1", "pay-queue", callers));
        let pay = id(&owner.endpoint("pay")).to_owned();
        let mut scene = Self { owner, workspace: Workspace::new(terraform), dev, pay };
        scene.act_as("service_account.ci");
        scene
    }

    /// Whose key Terraform uses from now on.
    #[track_caller]
    pub fn act_as(&mut self, principal: &str) {
        let environment = self.dev.environment(self.dev.key(principal));
        self.workspace.set(environment);
    }

    /// Makes these blocks the whole configuration; `PAY` stands for the id of `pay`.
    #[track_caller]
    pub fn configure(&self, blocks: &str) {
        self.workspace.write("main.tf", &format!("{PROVIDER}{}", self.with_id(blocks)));
    }

    /// With these blocks applied.
    #[track_caller]
    pub fn apply(&self, blocks: &str) -> tests::run::Run {
        self.configure(blocks);
        self.workspace.apply().succeeds()
    }

    pub fn with_id(&self, text: &str) -> String {
        text.replace("PAY", &self.pay)
    }

    /// Who may call an Endpoint.
    #[track_caller]
    pub fn callers_of(&self, name: &str) -> Vec<String> {
        tests::account::callers(&self.owner.endpoint(name))
    }

    /// Who may call `pay`.
    #[track_caller]
    pub fn callers(&self) -> Vec<String> {
        self.callers_of("pay")
    }

    /// Lets someone else make these the callers of `pay`.
    #[track_caller]
    pub fn set_callers(&self, callers: &[&str]) {
        self.owner.change("pay", |spec| spec["policySpecs"] = tests::account::policies(callers));
    }

    /// Terraform has nothing more to do.
    #[track_caller]
    pub fn is_settled(&self) {
        self.workspace.plan().exits(0).says("No changes.");
    }
}

/// A block of one caller.
pub fn caller(name: &str, endpoint: &str, namespace: &str) -> String {
    format!(
        "resource \"temporalnexus_endpoint_allowed_caller\" \"{name}\" {{\n  endpoint_id = {endpoint}\n  \
         namespace_id = \"{namespace}\"\n}}\n"
    )
}

/// A block of a whole list.
pub fn list(name: &str, endpoint: &str, callers: &[&str]) -> String {
    format!(
        "resource \"temporalnexus_endpoint_allowlist\" \"{name}\" {{\n  endpoint_id = {endpoint}\n  \
         allowed_caller_namespaces = {callers:?}\n}}\n"
    )
}

/// A block of an Endpoint, which keeps its list where `callers` are given.
pub fn endpoint(name: &str, callers: Option<&[&str]>) -> String {
    let callers = callers.map(|callers| format!("  allowed_caller_namespaces = {callers:?}\n"));
    format!(
        "resource \"temporalnexus_endpoint\" \"{name}\" {{\n  name = \"{name}\"\n  worker_target = {{ namespace_id = \
         \"ledger.tiny1\", task_queue = \"{name}-queue\" }}\n{}}}\n",
        callers.unwrap_or_default()
    )
}
