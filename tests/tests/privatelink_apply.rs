//! Private connections planned and applied against the embedded registry: rules are created, attached in one write beside
//! what others attached, and every apply is followed by a plan that finds nothing to do.
#![expect(clippy::expect_used, reason = "a test fails by panicking")]

use std::fs;
use std::path::Path;
use tests::account::Account;
use tests::dev::{Dev, fixture};
use tests::nexusc::{nexusc, nexusc_on};

const ADMIN: &str = "user.ada@tiny.example";
const CI: &str = "service_account.ci";

/// The account of `tiny.nexus.hcl`, declared again with these blocks.
fn policy(folder: &Path, name: &str, blocks: &str) -> String {
    let tiny = fs::read_to_string(fixture("tiny.nexus.hcl")).expect("the fixture");
    let path = folder.join(format!("{name}.nexus.hcl"));
    fs::write(&path, format!("{tiny}\n{blocks}")).expect("a policy file");
    path.display().to_string()
}

#[track_caller]
fn apply(dev: &Dev, policy: &str) -> String {
    let applied = nexusc_on(dev, ADMIN, &["apply", policy]).succeeds();
    let _ = nexusc_on(dev, ADMIN, &["plan", "--detailed-exitcode", policy]).succeeds().says("No changes");
    applied.stdout
}

fn hub(namespaces: &str, rest: &str) -> String {
    format!(
        "privatelink \"hub\" {{\n  region        = \"aws-us-east-1\"\n  connection_id = \"vpce-0123456789abcdef0\"\n  namespaces    = {namespaces}\n  {rest}\n}}\n"
    )
}

#[test]
fn a_connection_is_attached_with_the_public_rule_in_one_write() {
    let (dev, folder) =
        (Dev::slow(&fixture("tiny.nexus.hcl"), "100ms"), tempfile::tempdir().expect("a folder"));
    let open = policy(folder.path(), "open", &hub("[namespace.ledger, \"vault\"]", "keep_public = true"));
    let planned = nexusc_on(&dev, ADMIN, &["plan", &open]).succeeds();
    let _ = planned
        .says("+ connectivity rule vpce-0123456789abcdef0 in aws-us-east-1")
        .says("+ connectivity rule the public rule")
        .says("~ connectivity of ledger.tiny1")
        .says("2 connectivity rules to create, 2 Namespaces to reattach")
        .never_says("closes the Namespace");
    assert!(apply(&dev, &open).contains("2 connectivity rules created, 2 Namespaces reattached"));
    let account = Account::of(&dev, ADMIN);
    assert_eq!((account.attached("ledger.tiny1").len(), account.attached("shop.tiny1").len()), (2, 0));
}

#[test]
fn what_others_attached_stays_and_what_is_no_longer_listed_goes() {
    let (dev, folder) = (Dev::start(&fixture("tiny.nexus.hcl")), tempfile::tempdir().expect("a folder"));
    let spoke = hub("[\"ledger\"]", "allow_public_lockout = true").replace("cdef0", "cdef1");
    let theirs = policy(folder.path(), "theirs", &spoke);
    apply(&dev, &theirs);
    // The Namespace is closed already, so nothing needs to be said about that.
    let ours = policy(folder.path(), "ours", &hub("[\"ledger\", \"shop\"]", "allow_public_lockout = true"));
    apply(&dev, &ours);
    let _ = nexusc_on(&dev, ADMIN, &["plan", "--detailed-exitcode", &theirs]).succeeds();
    let account = Account::of(&dev, ADMIN);
    assert_eq!(account.attached("ledger.tiny1").len(), 2);

    let fewer = policy(folder.path(), "fewer", &hub("[\"ledger\"]", ""));
    let planned = nexusc_on(&dev, ADMIN, &["plan", &fewer]).succeeds();
    let _ = planned.says("warning[privatelink-reopen]: `shop` loses its last").says("opens the Namespace");
    apply(&dev, &fewer);
    assert_eq!((account.attached("ledger.tiny1").len(), account.attached("shop.tiny1").len()), (2, 0));
}

#[test]
fn a_first_connection_must_say_what_becomes_of_the_internet() {
    let (dev, folder) = (Dev::start(&fixture("tiny.nexus.hcl")), tempfile::tempdir().expect("a folder"));
    let silent = policy(folder.path(), "silent", &hub("[\"ledger\"]", ""));
    let _ = nexusc_on(&dev, ADMIN, &["apply", &silent]).exits(1).says("error[privatelink-lockout]");
    assert!(Account::of(&dev, ADMIN).attached("ledger.tiny1").is_empty());
}

#[test]
fn a_plan_is_refused_to_whoever_may_not_carry_it_out() {
    let (dev, folder) = (Dev::start(&fixture("tiny.nexus.hcl")), tempfile::tempdir().expect("a folder"));
    let wanted = policy(folder.path(), "wanted", &hub("[\"ledger\", \"cart\"]", "keep_public = true"));
    let refused = nexusc_on(&dev, CI, &["plan", &wanted]).exits(1);
    let _ = refused.says("error[permission-connectivity]").says("error[permission-attach]");
    let file = folder.path().join("plan.json").display().to_string();
    let _ = nexusc_on(&dev, ADMIN, &["plan", "--out", &file, &wanted]).succeeds();
    let _ = nexusc_on(&dev, CI, &["apply", "--plan", &file]).exits(1);
    let _ = nexusc_on(&dev, ADMIN, &["apply", "--plan", &file]).succeeds();
    let _ = nexusc_on(&dev, ADMIN, &["apply", "--plan", &file]).succeeds().says("was already as planned");
    // Attaching alone takes no more than Namespace Admin.
    let more = policy(folder.path(), "more", &hub("[\"ledger\", \"cart\", \"vault\"]", "keep_public = true"));
    let _ = nexusc_on(&dev, CI, &["apply", &more]).succeeds().says("1 Namespace reattached");
}

#[test]
fn a_plan_that_would_come_to_close_a_namespace_is_not_carried_out() {
    let (dev, folder) = (Dev::start(&fixture("tiny.nexus.hcl")), tempfile::tempdir().expect("a folder"));
    let spoke = hub("[\"ledger\"]", "allow_public_lockout = true").replace("cdef0", "cdef1");
    let theirs = policy(folder.path(), "theirs", &spoke);
    apply(&dev, &theirs);
    let ours = policy(folder.path(), "ours", &hub("[\"ledger\"]", ""));
    let file = folder.path().join("plan.json").display().to_string();
    let _ = nexusc_on(&dev, ADMIN, &["plan", "--out", &file, &ours]).succeeds();
    apply(&dev, &policy(folder.path(), "gone", &spoke.replace("[\"ledger\"]", "[]")));
    let _ =
        nexusc_on(&dev, ADMIN, &["apply", "--plan", &file]).exits(1).says("would close it to the internet");
    assert!(Account::of(&dev, ADMIN).attached("ledger.tiny1").is_empty());
}

#[test]
fn facts_tell_what_is_closed_already_and_what_others_attached() {
    let (dev, folder) = (Dev::start(&fixture("tiny.nexus.hcl")), tempfile::tempdir().expect("a folder"));
    let spoke = hub("[\"ledger\"]", "allow_public_lockout = true").replace("cdef0", "cdef1");
    apply(&dev, &policy(folder.path(), "theirs", &spoke));
    let facts = folder.path().join("facts.json").display().to_string();
    let _ = nexusc_on(&dev, ADMIN, &["snapshot", "--out", &facts]).succeeds();
    let ours = policy(folder.path(), "ours", &hub("[\"ledger\"]", ""));
    let without = nexusc(&["check", "--as", ADMIN, &ours]).exits(1);
    let _ = without.says("error[privatelink-lockout]").never_says("unmanaged");
    let with = nexusc(&["check", "--as", ADMIN, "--account", &facts, &ours]).succeeds();
    let _ = with
        .never_says("privatelink-lockout")
        .says("`vpce-0123456789abcdef1` in `aws-us-east-1` exists in the account");

    let account = |attributes: &str| {
        let text = fs::read_to_string(&ours).expect("the policy");
        let path = folder.path().join("limited.nexus.hcl");
        fs::write(&path, text.replace("id = \"tiny1\"", &format!("id = \"tiny1\"\n{attributes}")))
            .expect("a policy");
        path.display().to_string()
    };
    let limited = account("limits = { privatelinks_per_namespace = 1, privatelinks_per_account = 1 }");
    let found = nexusc(&["check", "--as", ADMIN, "--account", &facts, &limited]).exits(1);
    let _ = found.says("would have 2 private connections, the limit is 1").says("limit-privatelink-account");
    let ignoring = account("ignore = { privatelinks = [\"vpce-*cdef1\"] }");
    let _ = nexusc(&["check", "--as", ADMIN, "--account", &facts, &ignoring]).succeeds().never_says("cdef1");

    let _ = nexusc_on(&dev, "service_account.reader", &["snapshot", "--out", &facts]).succeeds();
    let unseen = nexusc(&["check", "--as", ADMIN, "--account", &facts, &ours]);
    let _ = unseen.says("cannot read the connectivity rules of the account");
}
