//! What every test starts from: an account of its own, and a workspace that acts on it as a Global Admin.

use serde_json::Value;
use tests::account::Account;
use tests::connectivity::{private, public};
use tests::dev::{Dev, fixture};
use tests::terraform::Terraform;
pub use tests::terraform::on_every_terraform;
pub use tests::workspace::PROVIDER;
use tests::workspace::Workspace;

/// A Global Admin.
pub const ADA: &str = "user.ada@tiny.example";
/// A Developer who administers `ledger` and `vault`.
pub const CI: &str = "service_account.ci";

/// The region of most Namespaces, and connections in it.
pub const REGION: &str = "aws-us-east-1";
pub const HUB: &str = "vpce-0123456789abcdef0";
pub const SPOKE: &str = "vpce-0123456789abcdef1";

/// Namespaces in that region that `ci` administers.
pub const LEDGER: &str = "ledger.tiny1";
pub const VAULT: &str = "vault.tiny1";

/// The address of the mapping in the configuration.
pub const ADDRESS: &str = "temporalnexus_privatelink_mapping.it";

/// The mapping of the hub, with more lines in it.
pub fn mapping(lines: &str) -> String {
    mapping_of(REGION, HUB, lines)
}

/// A mapping, with more lines in it.
pub fn mapping_of(region: &str, connection_id: &str, lines: &str) -> String {
    format!(
        "resource \"temporalnexus_privatelink_mapping\" \"it\" {{\n  region = {region:?}\n  \
         connection_id = {connection_id:?}\n  {lines}\n}}\n"
    )
}

/// An account and a workspace that acts on it.
pub struct Scene {
    pub dev: Dev,
    pub workspace: Workspace,
    /// Someone else, who may do anything.
    pub owner: Account,
}

impl Scene {
    /// The tiny account; Terraform acts as a Global Admin.
    #[track_caller]
    pub fn new(terraform: &Terraform) -> Self {
        Self::with(terraform, &[])
    }

    /// The same, where the registry has other options, such as faults.
    #[track_caller]
    pub fn with(terraform: &Terraform, options: &[&str]) -> Self {
        let dev = Dev::with(&fixture("tiny.nexus.hcl"), options);
        let owner = Account::of(&dev, "user.owner");
        let mut scene = Self { owner, workspace: Workspace::new(terraform), dev };
        scene.act_as(ADA);
        scene
    }

    /// Whose key Terraform uses from now on.
    #[track_caller]
    pub fn act_as(&mut self, principal: &str) {
        let key = self.dev.key(principal).to_owned();
        self.workspace.set(self.dev.environment(&key));
    }

    /// Makes this, after the provider's requirement, the whole configuration.
    #[track_caller]
    pub fn configure(&self, blocks: &str) {
        self.workspace.write("main.tf", &format!("{PROVIDER}\n{blocks}"));
    }

    /// The rule of the hub, made by someone else.
    #[track_caller]
    pub fn hub(&self) -> String {
        self.owner.create_rule(&private(REGION, HUB))
    }

    /// The rule of the spoke, made by someone else.
    #[track_caller]
    pub fn spoke(&self) -> String {
        self.owner.create_rule(&private(REGION, SPOKE))
    }

    /// The public rule, made by someone else.
    #[track_caller]
    pub fn public(&self) -> String {
        self.owner.create_rule(&public())
    }

    /// The ids of the rules that a Namespace has.
    #[track_caller]
    pub fn attached(&self, namespace_id: &str) -> Vec<String> {
        let ids = self.owner.attached(namespace_id);
        ids.iter().filter_map(Value::as_str).map(str::to_owned).collect()
    }

    /// The id of the rule in the mapping's state.
    #[track_caller]
    pub fn rule_id(&self) -> String {
        self.workspace.attributes(ADDRESS)["connectivity_rule_id"].as_str().unwrap().to_owned()
    }

    /// Lets the registry, started with `--control`, fail from now on.
    #[track_caller]
    pub fn strike(&self, fault: &str) {
        self.owner.strike(fault);
    }

    /// Terraform has nothing more to do.
    #[track_caller]
    pub fn is_settled(&self) {
        self.workspace.plan().exits(0).says("No changes.");
    }

    /// Applies without a warning, and has nothing more to do.
    #[track_caller]
    pub fn applies(&self, said: &str) {
        let run = self.workspace.apply().succeeds().says(said);
        assert_eq!(run.warnings(), Vec::<&str>::new(), "{run}");
        self.is_settled();
    }
}
