//! `plan --mine` and `apply --mine`: each team changes what lists it in `managed_by`, and nothing else.
#![expect(clippy::expect_used, reason = "a test fails by panicking")]

use serde_json::{Value, json};
use std::fs;
use tempfile::TempDir;
use tests::account::{Account, callers};
use tests::connectivity::private;
use tests::dev::{Dev, fixture};
use tests::nexusc::nexusc_on;
use tests::run::Run;

const PLATFORM: &str = "service_account.platform";
const LEDGER: &str = "service_account.ledger-ci";
const ADA: &str = "user.ada@team.example";
const WORKER: &str = "service_account.vault-worker";

/// One Endpoint of each team.
const ENDPOINTS: &str = r#"
endpoint "postings" {
  worker_target             = { namespace = namespace.ledger, task_queue = "q" }
  allowed_caller_namespaces = [namespace.shop]
  managed_by                = service_account.ledger-ci
}
endpoint "carts" {
  worker_target             = { namespace = namespace.shop, task_queue = "q" }
  allowed_caller_namespaces = [namespace.vault]
  managed_by                = group.shop
}
endpoint "secrets" {
  worker_target = { namespace = namespace.vault, task_queue = "q" }
}
"#;

/// The account of `teams.nexus.hcl` and a policy that declares it again with more.
struct Teams {
    dev: Dev,
    folder: TempDir,
}

impl Teams {
    fn start() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        Self { dev: Dev::start(&fixture("teams.nexus.hcl")), folder }
    }

    #[track_caller]
    fn run(&self, principal: &str, command: &[&str], blocks: &str) -> Run {
        let teams = fs::read_to_string(fixture("teams.nexus.hcl")).expect("the fixture");
        let path = self.folder.path().join("policy.nexus.hcl");
        fs::write(&path, format!("{teams}\n{blocks}")).expect("a policy file");
        nexusc_on(&self.dev, principal, &[command, &[&path.display().to_string()]].concat())
    }

    fn owner(&self) -> Account {
        Account::of(&self.dev, "user.owner")
    }
}

#[test]
fn a_team_applies_its_own_and_is_not_refused_for_others() {
    let teams = Teams::start();
    let whole = teams.run(LEDGER, &["plan", "--as", LEDGER], ENDPOINTS).exits(1);
    let _ = whole.says("error[permission-target]").says("`vault`");
    let mine = teams.run(LEDGER, &["plan", "--mine", "--detailed-exitcode"], ENDPOINTS).exits(2);
    let _ = mine
        .says("Changes in the account team5, as service_account.ledger-ci, to objects that list it in `managed_by`:")
        .says("+ endpoint postings")
        .says("+ shop.team5 may call")
        .never_says("+ endpoint carts")
        .says("Plan: 1 Endpoint to create, 0 to change; 1 call gained, 0 lost.")
        .says("Left out: 2 Endpoints managed by others.");
    let _ = teams.run(LEDGER, &["apply", "--mine"], ENDPOINTS).succeeds().says("Applied: 1 Endpoint created");
    let again = teams.run(LEDGER, &["plan", "--mine", "--detailed-exitcode"], ENDPOINTS).succeeds();
    let _ = again
        .says("No changes: all objects in the account team5 that list service_account.ledger-ci in `managed_by` match the policy.")
        .says("Left out: 2 Endpoints");
    assert_eq!(teams.owner().endpoints().len(), 1);

    // The rest is the platform's, which applies the whole and may do so to what is managed by others.
    let _ = teams.run(PLATFORM, &["apply"], ENDPOINTS).succeeds().says("2 Endpoints created");
    let all = teams.run(LEDGER, &["plan", "--mine"], ENDPOINTS).succeeds();
    let _ = all.says("Left out: nothing.");
}

#[test]
fn a_user_owns_what_lists_a_group_of_theirs() {
    let teams = Teams::start();
    let applied = teams.run(ADA, &["apply", "--mine"], ENDPOINTS).succeeds();
    let _ = applied.says("created endpoint carts").says("Applied: 1 Endpoint created").never_says("postings");
    // For somebody else's credential it is planned with `--as`, whatever `apply_as` says.
    let planned = teams.run("user.owner", &["plan", "--mine", "--as", LEDGER], ENDPOINTS).succeeds();
    let _ = planned.says("as service_account.ledger-ci, to objects").says("+ endpoint postings");
}

#[test]
fn an_unlisted_principal_changes_nothing_and_is_told_so() {
    let teams = Teams::start();
    let none = teams.run(PLATFORM, &["plan", "--mine", "--detailed-exitcode"], ENDPOINTS).succeeds();
    let _ = none
        .says("nothing in the policy lists `service_account.platform` in `managed_by`")
        .says("No changes")
        .says("Left out: 3 Endpoints");
    let _ = teams.run(WORKER, &["apply", "--mine"], ENDPOINTS).succeeds().says("Applied: no changes.");
    assert_eq!(teams.owner().endpoints(), Vec::<Value>::new());
}

#[test]
fn a_service_account_of_one_namespace_lacks_the_role_for_what_lists_it() {
    let teams = Teams::start();
    let listed = ENDPOINTS.replace(
        "task_queue = \"q\" }\n}",
        "task_queue = \"q\" }\n  managed_by = service_account.vault-worker\n}",
    );
    let refused = teams.run(WORKER, &["plan", "--mine"], &listed).exits(1);
    let _ = refused.says("error[permission-role]").says("`secrets`").never_says("`postings`");
}

#[test]
fn a_saved_plan_with_mine_is_applied_as_it_is() {
    let teams = Teams::start();
    let plan = teams.folder.path().join("plan.json").display().to_string();
    let _ = teams.run(LEDGER, &["plan", "--mine", "--out", &plan], ENDPOINTS).succeeds();
    let written: Value = serde_json::from_str(&fs::read_to_string(&plan).expect("the plan")).expect("JSON");
    assert_eq!(written["left_out"], json!({ "endpoints": 2, "privatelinks": 0 }));
    let _ = nexusc_on(&teams.dev, LEDGER, &["apply", "--plan", &plan, "--mine"])
        .exits(2)
        .says("cannot be used with");
    let _ = nexusc_on(&teams.dev, LEDGER, &["apply", "--plan", &plan]).succeeds().says("1 Endpoint created");
    let _ = nexusc_on(&teams.dev, LEDGER, &["apply", "--plan", &plan]).succeeds();
    assert_eq!(teams.owner().endpoints().len(), 1);
}

#[test]
fn others_grants_and_doubts_are_left_out() {
    let teams = Teams::start();
    teams.owner().create(&tests::account::spec("legacy", "vault.team5", "q", &[]));
    let more = "allowlist \"more\" {\n  endpoint = \"legacy\"\n  callers  = [namespace.shop]\n}\n\
                allowlist \"own\" {\n  endpoint = endpoint.postings\n  callers  = [namespace.ledger]\n}\n\
                endpoint \"doubtful\" {\n  worker_target = { namespace = \"hidden\", task_queue = \"q\" }\n}\n";
    let policy = format!("{ENDPOINTS}{more}");
    // Its key does not see whether there is such a Namespace. That matters to whoever changes that Endpoint.
    let mine = teams.run(LEDGER, &["apply", "--mine"], &policy).succeeds();
    let _ = mine.says("Left out: 4 Endpoints").never_says("`hidden`");
    let _ = teams.run(LEDGER, &["plan"], &policy).succeeds().says("unproven").says("`hidden`");
    assert_eq!(callers(&teams.owner().endpoint("postings")), ["ledger.team5", "shop.team5"]);
    assert_eq!(callers(&teams.owner().endpoint("legacy")), Vec::<String>::new());
}

#[test]
fn guards_judge_what_the_plan_changes() {
    let teams = Teams::start();
    let guard = "guard \"vault\" {\n  each = \"gained_call\"\n  condition = call.caller.name != \"vault\"\n  \
                 message = \"the vault calls ${call.endpoint.name}\"\n}\n";
    let policy = format!("{ENDPOINTS}{guard}");
    let _ = teams.run(LEDGER, &["plan", "--mine"], &policy).succeeds().never_says("the vault calls");
    let _ = teams.run(ADA, &["plan", "--mine"], &policy).exits(1).says("the vault calls carts");
}

#[test]
fn a_name_that_others_give_up_is_waited_for() {
    let teams = Teams::start();
    for name in ["first", "second"] {
        teams.owner().create(&tests::account::spec(name, "ledger.team5", "q", &[]));
    }
    let renames = |others: &str| {
        format!(
            "endpoint \"third\" {{\n  renamed_from = \"second\"\n  worker_target = {{ namespace = \"ledger\", task_queue = \"q\" }}\n{others}}}\n\
             endpoint \"second\" {{\n  renamed_from = \"first\"\n  worker_target = {{ namespace = \"ledger\", task_queue = \"q\" }}\n  managed_by = \"{LEDGER}\"\n}}\n\
             endpoint \"first\" {{\n  worker_target = {{ namespace = \"ledger\", task_queue = \"q\" }}\n  managed_by = \"{LEDGER}\"\n}}\n"
        )
    };
    let waiting = teams.run(LEDGER, &["apply", "--mine"], &renames("")).succeeds();
    let _ = waiting
        .says("Waiting: endpoint second, until the Endpoint that has its name is renamed by others.")
        .says("Waiting: endpoint first")
        .says("service_account.ledger-ci has no changes");
    let own = renames(&format!("  managed_by = \"{LEDGER}\"\n"));
    let _ = teams.run(LEDGER, &["apply", "--mine"], &own).succeeds().says("1 Endpoint created, 2 changed");
    let _ = teams.run(LEDGER, &["plan", "--mine"], &own).succeeds().says("No changes");
}

#[test]
fn what_others_would_keep_open_is_not_closed_for_them() {
    let teams = Teams::start();
    let links = |minded: &str| {
        format!(
            "privatelink \"own\" {{\n  region = \"aws-us-east-1\"\n  connection_id = \"vpce-0123456789abcdef0\"\n  \
             namespaces = [namespace.vault]\n  managed_by = service_account.platform\n}}\n\
             privatelink \"others\" {{\n  region = \"aws-us-east-1\"\n  connection_id = \"vpce-0123456789abcdef1\"\n  \
             namespaces = [namespace.vault]\n  {minded} = true\n}}\n"
        )
    };
    // Whole, the public rule is attached in the same write. Of the own connection alone it is not.
    let _ = teams.run(PLATFORM, &["plan"], &links("keep_public")).succeeds().says("the public rule");
    let alone = teams.run(PLATFORM, &["plan", "--mine"], &links("keep_public")).exits(1);
    let _ = alone.says("error[privatelink-lockout]");
    let allowed = teams.run(PLATFORM, &["apply", "--mine"], &links("allow_public_lockout")).succeeds();
    let _ = allowed
        .says("1 connectivity rule created, 1 Namespace reattached")
        .says("Left out: 1 private connection managed by others.");
    assert_eq!(teams.owner().attached("vault.team5").len(), 1);
    let _ = teams
        .run(PLATFORM, &["plan", "--mine"], &links("allow_public_lockout"))
        .succeeds()
        .says("No changes");
}

#[test]
fn what_others_have_attached_stays_attached() {
    let teams = Teams::start();
    let rule = teams.owner().create_rule(&private("aws-us-east-1", "vpce-0123456789abcdef1"));
    teams.owner().attach("vault.team5", &[&rule]);
    let links = "privatelink \"own\" {\n  region = \"aws-us-east-1\"\n  connection_id = \"vpce-0123456789abcdef0\"\n  \
                 namespaces = [namespace.vault]\n  managed_by = service_account.platform\n}\n\
                 privatelink \"others\" {\n  region = \"aws-us-east-1\"\n  connection_id = \"vpce-0123456789abcdef1\"\n  namespaces = []\n}\n";
    let _ = teams.run(PLATFORM, &["apply", "--mine"], links).succeeds().says("1 Namespace reattached");
    assert_eq!(teams.owner().attached("vault.team5").len(), 2);
    let _ = teams.run(PLATFORM, &["apply"], links).succeeds();
    assert_eq!(teams.owner().attached("vault.team5").len(), 1);
}
