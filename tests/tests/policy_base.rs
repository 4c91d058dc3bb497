//! The base of a change at a Git revision, and the other bases of `diff`.
#![expect(clippy::expect_used, reason = "a test fails by panicking")]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use tests::dev::{Dev, fixture};
use tests::nexusc::{command, nexusc, nexusc_on};
use tests::run::Run;

const ACCOUNT: &str = r#"account { id = "a2dd6" }
namespace "orders" { regions = ["aws-us-east-1"] }
namespace "cart" { regions = ["aws-us-east-1"] }
namespace "pay" { regions = ["aws-us-east-1"] }
variable "queue" { default = "q" }
"#;

fn endpoint(callers: &str) -> String {
    format!(
        "endpoint \"pay\" {{\n  worker_target = {{ namespace = namespace.pay, task_queue = var.queue }}\n  \
         allowed_caller_namespaces = [{callers}]\n}}\n"
    )
}

const GAINED: &str = "+ cart.a2dd6 may call";

const SNAPSHOT: &str = r#"{"version":1,"account":"a2dd6","as_of":"2026-06-15","access_api_version":"v0.19.1",
        "namespaces":{"complete":true,"items":[{"id":"orders.a2dd6","regions":["aws-us-east-1"]},
        {"id":"cart.a2dd6","regions":["aws-us-east-1"]},{"id":"pay.a2dd6","regions":["aws-us-east-1"]}]},
        "users":{"items":[]},"service_accounts":{"items":[]},"groups":{"items":[]},"endpoints":[],
        "connectivity_rules":{"items":[]}}"#;

/// A repository whose branch `main` lets `orders` call, and `change` lets `cart` too; `change` is checked out.
struct Repository {
    folder: tempfile::TempDir,
}

impl Repository {
    fn new() -> Self {
        let repository = Self { folder: tempfile::tempdir().expect("a folder") };
        fs::create_dir(repository.root()).expect("a folder");
        repository.git(&["init", "--quiet", "--initial-branch=main"]);
        repository.write("policy/account.nexus.hcl", ACCOUNT);
        repository.write("policy/sub/pay.nexus.hcl", &endpoint("namespace.orders"));
        repository.commit("one");
        repository.git(&["switch", "--quiet", "--create", "change"]);
        repository.write("policy/sub/pay.nexus.hcl", &endpoint("namespace.orders, namespace.cart"));
        repository.commit("two");
        repository
    }

    fn root(&self) -> PathBuf {
        self.folder.path().join("work")
    }

    #[track_caller]
    fn git(&self, arguments: &[&str]) -> String {
        git_in(&self.root(), arguments)
    }

    #[track_caller]
    fn write(&self, path: &str, text: &str) {
        let path = self.root().join(path);
        fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        fs::write(path, text).expect("a file");
    }

    #[track_caller]
    fn commit(&self, message: &str) {
        self.git(&["add", "--all"]);
        self.git(&["commit", "--quiet", "--message", message]);
    }

    #[track_caller]
    fn diff(&self, arguments: &[&str]) -> Run {
        diff_in(&self.root(), arguments)
    }

    /// Writes on `main`, and returns to `change`.
    #[track_caller]
    fn on_main(&self, write: impl FnOnce(&Self)) {
        self.git(&["switch", "--quiet", "main"]);
        write(self);
        self.commit("on main");
        self.git(&["switch", "--quiet", "change"]);
    }
}

#[track_caller]
fn git_in(folder: &Path, arguments: &[&str]) -> String {
    let mut git = Command::new("git");
    git.current_dir(folder)
        .args(["-c", "user.name=ana", "-c", "user.email=ana@acme.example"])
        .args(arguments);
    git.env("GIT_CONFIG_GLOBAL", "/dev/null").env("GIT_CONFIG_NOSYSTEM", "1");
    Run::of(format!("git {}", arguments.join(" ")), &mut git).succeeds().stdout.trim().to_owned()
}

#[track_caller]
fn nexusc_at(folder: &Path, environment: &[(&str, &str)], arguments: &[&str]) -> Run {
    let mut command = command();
    command.current_dir(folder).envs(environment.iter().copied()).args(arguments);
    command.env("GIT_CONFIG_GLOBAL", "/dev/null").env("GIT_CONFIG_NOSYSTEM", "1");
    Run::of(format!("nexusc {}", arguments.join(" ")), &mut command)
}

#[track_caller]
fn diff_in(folder: &Path, arguments: &[&str]) -> Run {
    nexusc_at(folder, &[], &[&["diff"], arguments].concat())
}

/// Every file below a folder with its content.
fn files(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            found.extend(files(&path));
        } else {
            let content = fs::read(&path).unwrap_or_default();
            found.insert(path, content);
        }
    }
    found
}

#[test]
fn the_base_is_read_from_a_revision_and_nothing_is_written() {
    let repository = Repository::new();
    let before = files(&repository.root());
    for base in [
        "main:policy",
        "main:policy/",
        "main:",
        "main:./policy",
        "main:./",
        "HEAD~1:policy",
        "HEAD^:policy",
        "@{-1}:policy",
        "main^{commit}:policy",
        "refs/heads/main:policy",
    ] {
        let _ = repository.diff(&["--base", base, "policy"]).succeeds().says(GAINED).never_says("ahead");
    }
    let commit = repository.git(&["rev-parse", "main"]);
    let _ = repository.diff(&["--base", &format!("{commit}:policy"), "policy"]).succeeds().says(GAINED);
    let sub = repository.root().join("policy/sub");
    for base in ["main:policy", "main:./..", "main:../../policy"] {
        let _ = diff_in(&sub, &["--base", base, ".."]).succeeds().says(GAINED);
    }
    let files_of_main =
        ["--base", "main:policy/account.nexus.hcl", "--base", "main:policy/sub/pay.nexus.hcl"];
    let _ = repository.diff(&[&files_of_main[..], &["policy"]].concat()).succeeds().says(GAINED);
    assert_eq!(files(&repository.root()), before);
    let wrong = diff_in(&sub, &["--base", "main:sub", ".."]).exits(2);
    let _ = wrong.says("`main:sub` does not exist");
    let below = diff_in(&repository.root().join("policy"), &["--base", "main:sub", "."]).exits(2);
    let _ = below.says("write `main:policy/sub` or `main:./sub`");
    let _ = repository.diff(&["--base", "main:/policy", "policy"]).exits(2).says("no `/` at its beginning");
    let _ =
        repository.diff(&["--base", "main:../policy", "policy"]).exits(2).says("is out of the repository");
}

#[test]
fn a_tag_and_other_objects() {
    let repository = Repository::new();
    repository.git(&["tag", "--annotate", "--message=x", "v1", "main"]);
    for base in ["v1:policy", "v1^{commit}:policy", "v1^{}:policy"] {
        let _ = repository.diff(&["--base", base, "policy"]).succeeds().says(GAINED);
    }
    let (tree, blob) = (
        repository.git(&["rev-parse", "main:policy"]),
        repository.git(&["rev-parse", "main:policy/account.nexus.hcl"]),
    );
    for (base, kind) in [(tree, "tree"), (blob, "blob"), ("main^{tree}".to_owned(), "tree")] {
        let run = repository.diff(&["--base", &format!("{base}:policy"), "policy"]).exits(2);
        let _ = run.says(&format!("`{base}` is a {kind}, not a commit"));
    }
}

#[test]
fn the_head_is_compared_with_the_merge_base() {
    let repository = Repository::new();
    let start = repository.git(&["rev-parse", "main"]);
    repository.on_main(|it| it.write("policy/sub/pay.nexus.hcl", &endpoint("")));
    let run = repository.diff(&["--base", "main:policy", "policy"]).succeeds();
    let note = format!(
        "`main` is 1 commit ahead of the merge base {}, which the policy is compared with",
        &start[..12]
    );
    let _ = run.says(&note).says(GAINED).never_says("orders.a2dd6");
    repository.on_main(|it| it.write("README", "x"));
    let _ =
        repository.diff(&["--base", "main:policy", "policy"]).succeeds().says("`main` is 2 commits ahead");
    repository.git(&["switch", "--quiet", "--orphan", "other"]);
    repository.write("policy/account.nexus.hcl", ACCOUNT);
    repository.commit("unrelated");
    let run = repository.diff(&["--base", "main:policy", "policy"]).exits(2);
    let _ = run.says("`main` and `HEAD` have no merge base: their histories are unrelated");
}

#[test]
fn findings_of_the_base_name_its_files() {
    let repository = Repository::new();
    repository.git(&["switch", "--quiet", "main"]);
    repository.write("policy/sub/pay.nexus.hcl", &endpoint("namespace.nobody"));
    repository.commit("broken");
    repository.git(&["switch", "--quiet", "--create", "fixed"]);
    repository.write("policy/sub/pay.nexus.hcl", &endpoint("namespace.orders"));
    repository.commit("fixed");
    let _ = repository
        .diff(&["--base", "main:policy", "policy"])
        .exits(1)
        .says("main:policy/sub/pay.nexus.hcl:3");
    let commit = repository.git(&["rev-parse", "main"]);
    let run = repository.diff(&["--base", &format!("{commit}:policy"), "policy"]).exits(1);
    let _ = run.says(&format!("{}:policy/sub/pay.nexus.hcl:3", &commit[..12]));
}

#[test]
fn a_change_cannot_forge_its_base() {
    let repository = Repository::new();
    repository.git(&["update-ref", "refs/remotes/origin/main", "main"]);
    let base = ["--base", "origin/main:policy", "policy"];
    let _ = repository.diff(&base).succeeds().says(GAINED);
    for forged in ["origin/main:policy/account.nexus.hcl", "origin/main:policy/x"] {
        repository.write(forged, ACCOUNT);
        let run = repository.diff(&base).exits(2).says("a path of that very name exists");
        let _ = run.says("write `./origin/main:policy`").never_says("may call");
    }
    let _ = repository.diff(&["--base", "./origin/main:policy", "policy"]).succeeds();
    fs::remove_dir_all(repository.root().join("origin")).expect("no forged base");
    // A branch of the change may have the name of the base.
    repository.git(&["branch", "origin/main", "change"]);
    let _ = repository.diff(&base).exits(2).says("the revision `origin/main` is ambiguous");
    repository.git(&["config", "core.warnAmbiguousRefs", "false"]);
    let _ = repository.diff(&base).exits(2).says("the revision `origin/main` is ambiguous");
    let full = ["--base", "refs/remotes/origin/main:policy", "policy"];
    let _ = repository.diff(&full).succeeds().says(GAINED);
    // Another object in the place of the base's.
    let (old, new) = (
        repository.git(&["rev-parse", "main:policy/sub/pay.nexus.hcl"]),
        repository.git(&["rev-parse", "change:policy/sub/pay.nexus.hcl"]),
    );
    repository.git(&["replace", &old, &new]);
    let _ = repository.diff(&full).succeeds().says(GAINED);
}

#[test]
fn a_revision_is_never_an_option() {
    let repository = Repository::new();
    let made = repository.root().join("made");
    let touch = format!("--base=--upload-pack=touch {}:policy", made.display());
    for base in [&touch, "--base=-x:y", "--base=--output=made:policy", "--base=--all:policy"] {
        let _ = repository.diff(&[base, "policy"]).exits(2).says("it begins with `-`");
    }
    let _ =
        repository.diff(&["--base=:policy", "policy"]).exits(2).says("names no revision before the colon");
    let _ = repository.diff(&["--base=main..change:policy", "policy"]).exits(2).says("unknown revision");
    for path in ["C:\\policy", "C:/policy", "/nowhere:policy", "../nowhere:policy"] {
        let _ = repository.diff(&["--base", path, "policy"]).exits(2).says("no such file or folder");
    }
    assert!(!made.exists());
}

#[test]
fn an_unknown_revision_says_how_to_get_it() {
    let repository = Repository::new();
    let unknown = |base: &str| repository.diff(&["--base", base, "policy"]).exits(2);
    let _ = unknown("mian:policy").says("unknown revision `mian`").says("did you mean `main`?");
    repository.git(&["remote", "add", "origin", "https://git.acme.example/nexus"]);
    let fetch = "fetch it: `git fetch origin main:refs/remotes/origin/main`";
    let _ = unknown("origin/main:policy").says(fetch);
    repository.git(&["update-ref", "refs/remotes/origin/release", "main"]);
    let _ = unknown("release:policy").says("did you mean `origin/release`?");
    let _ = unknown("0123456789012345678901234567890123456789:policy").says("unknown revision `0123456789");
    let outside = tempfile::tempdir().expect("a folder");
    let run =
        nexusc_at(outside.path(), &[("GIT_CEILING_DIRECTORIES", "/")], &["diff", "--base=main:policy", "."]);
    let _ = run.exits(2).says("not a git repository").says("run nexusc in the checkout");
    let no_git =
        nexusc_at(&repository.root(), &[("PATH", "/nowhere")], &["diff", "--base=main:policy", "policy"]);
    let _ = no_git.exits(2).says("cannot run `git`");
}

#[test]
fn a_shallow_clone_says_how_to_deepen_it() {
    let repository = Repository::new();
    repository.on_main(|it| it.write("README", "x"));
    let clone = repository.folder.path().join("clone");
    let from = format!("file://{}", repository.root().display());
    let to = clone.display().to_string();
    repository.git(&["clone", "--quiet", "--depth=1", "--no-single-branch", "--branch=change", &from, &to]);
    let base = ["--base", "origin/main:policy", "policy"];
    let run = diff_in(&clone, &base).exits(2).says("have no merge base in this clone");
    let _ = run.says("`git fetch --unshallow`").says("fetch-depth: 0");
    let _ = diff_in(&clone, &["--base=origin/main~1:policy", "policy"]).exits(2).says("the clone is shallow");
    git_in(&clone, &["fetch", "--quiet", "--unshallow"]);
    let _ = diff_in(&clone, &base).succeeds().says(GAINED).says("1 commit ahead");
}

#[test]
fn a_partial_clone_says_how_to_fetch_what_it_lacks() {
    let repository = Repository::new();
    repository.git(&["config", "uploadpack.allowFilter", "true"]);
    let from = format!("file://{}", repository.root().display());
    for filter in ["blob:none", "tree:0"] {
        let clone = repository.folder.path().join(filter.replace(':', "-"));
        let to = clone.display().to_string();
        repository.git(&["clone", "--quiet", "--filter", filter, "--branch=change", &from, &to]);
        let base = ["--base", "origin/main:policy", "policy"];
        let before = files(&clone.join(".git"));
        let run = diff_in(&clone, &base).exits(2).says("the clone lacks the object");
        assert_eq!(files(&clone.join(".git")), before, "nothing is fetched");
        let help = run.stderr.split('`').find(|part| part.starts_with("git archive")).expect("a command");
        let _ = Run::of(help, Command::new("sh").args(["-c", help]).current_dir(&clone)).succeeds();
        let _ = diff_in(&clone, &base).succeeds().says(GAINED);
    }
}

#[cfg(unix)]
#[test]
fn nothing_that_a_repository_configures_is_run() {
    use std::os::unix::fs::PermissionsExt;
    let repository = Repository::new();
    let root = repository.root();
    let (script, made) = (root.join(".git/run"), repository.folder.path().join("made"));
    fs::write(&script, format!("#!/bin/sh\ntouch '{}'\ncat\n", made.display())).expect("a script");
    fs::set_permissions(&script, fs::Permissions::from_mode(0o755)).expect("an executable");
    let run = script.display().to_string();
    repository.write(".gitattributes", "* filter=evil diff=evil\n");
    repository.commit("attributes");
    let hook = |name: &str| fs::copy(&script, root.join(".git/hooks").join(name)).expect("a hook");
    let _ = ["post-checkout", "reference-transaction", "fsmonitor-watchman", "post-index-change"].map(hook);
    let mut config: Vec<(&str, &str)> = [
        "core.fsmonitor",
        "diff.external",
        "filter.evil.clean",
        "filter.evil.smudge",
        "filter.evil.process",
        "diff.evil.textconv",
        "diff.evil.command",
        "core.pager",
        "pager.ls-tree",
        "pager.cat-file",
        "core.sshCommand",
        "core.askPass",
        "core.gitProxy",
        "credential.helper",
        "core.alternateRefsCommand",
        "core.editor",
        "gpg.program",
        "remote.origin.uploadpack",
        "uploadpack.packObjectsHook",
    ]
    .map(|key| (key, &*run))
    .into();
    let hooks = root.join(".git/hooks").display().to_string();
    let (included, remote) = (root.join(".git/more").display().to_string(), format!("ext::{run}"));
    config.extend([("core.hooksPath", &*hooks), ("include.path", &included), ("protocol.allow", "always")]);
    config.extend([
        ("protocol.ext.allow", "always"),
        ("remote.origin.url", &remote),
        ("remote.origin.promisor", "true"),
    ]);
    config.extend([
        ("alias.rev-parse", "!false"),
        ("extensions.partialClone", "origin"),
        ("core.repositoryFormatVersion", "1"),
    ]);
    fs::write(&included, format!("[core]\n\tpager = {run}\n")).expect("a file");
    let text: String = config
        .iter()
        .map(|(key, value)| {
            let (section, name) = key.rsplit_once('.').expect("a section");
            let section =
                section.split_once('.').map_or(section.to_owned(), |(of, name)| format!("{of} \"{name}\""));
            format!("[{section}]\n\t{name} = \"{value}\"\n")
        })
        .collect();
    let own = fs::read_to_string(root.join(".git/config")).expect("the configuration");
    fs::write(root.join(".git/config"), own + &text).expect("the configuration");
    let _ = repository.diff(&["--base", "main:policy", "policy"]).succeeds().says(GAINED);
    assert!(!made.exists(), "something was run");
    // A file that looks changed is compared with the commit that is checked out.
    repository.write("policy/account.nexus.hcl", ACCOUNT);
    let snapshot = repository.folder.path().join("account.json").display().to_string();
    fs::write(&snapshot, SNAPSHOT).expect("a snapshot");
    let run = nexusc_at(&root, &[], &["plan", "--account", &snapshot, "--format=json", "policy"]).succeeds();
    let plan: serde_json::Value = serde_json::from_str(&run.stdout).expect("a plan");
    assert_eq!(plan["source"]["commit"], git_in(&root, &["rev-parse", "change"]));
    assert!(!made.exists(), "something was run");
    // What is missing is not fetched.
    let id = git_in(&root, &["-c", "core.fsmonitor=false", "rev-parse", "main:policy/sub/pay.nexus.hcl"]);
    let _ = fs::remove_file(&made);
    fs::remove_file(root.join(".git/objects").join(&id[..2]).join(&id[2..])).expect("an object");
    let _ = repository.diff(&["--base", "main:policy", "policy"]).exits(2).says("the clone lacks the object");
    assert!(!made.exists(), "something was run");
}

#[test]
fn a_repository_of_another_user_is_refused_with_the_advice_of_git() {
    let repository = Repository::new();
    let arguments = ["diff", "--base=main:policy", "policy"];
    let run = nexusc_at(&repository.root(), &[("GIT_TEST_ASSUME_DIFFERENT_OWNER", "1")], &arguments).exits(2);
    let _ = run.says("dubious ownership").says("git config --global --add safe.directory");
}

#[test]
fn links_and_submodules_of_the_base() {
    use std::os::unix::fs::symlink;
    let repository = Repository::new();
    repository.on_main(|it| symlink("policy", it.root().join("linked")).expect("a link"));
    let _ = repository.diff(&["--base", "main:linked", "policy"]).exits(2).says("does not exist");
    repository.git(&["merge", "--quiet", "main"]);
    let _ = repository
        .diff(&["--base", "main:linked", "policy"])
        .exits(2)
        .says("`main:linked` is a symbolic link");
    repository.on_main(|it| symlink("../../README", it.root().join("policy/sub/README")).expect("a link"));
    repository.git(&["merge", "--quiet", "main"]);
    let _ = repository
        .diff(&["--base", "main:policy", "policy"])
        .exits(2)
        .says("is a symbolic link out of `main:policy`");
    repository.on_main(|it| it.write("README", "x"));
    repository.git(&["merge", "--quiet", "main"]);
    let _ = repository.diff(&["--base", "main:policy", "policy"]).succeeds();
    let commit = repository.git(&["rev-parse", "main"]);
    repository.git(&["switch", "--quiet", "main"]);
    repository.git(&["update-index", "--add", "--cacheinfo", &format!("160000,{commit},policy/vendor")]);
    repository.git(&["commit", "--quiet", "--message", "submodule"]);
    repository.git(&["switch", "--quiet", "--create", "after"]);
    let _ = repository
        .diff(&["--base", "main:policy", "policy"])
        .exits(2)
        .says("`main:policy/vendor` is a submodule");
    let _ = repository.diff(&["--base", "main:policy", "--exclude=vendor", "policy"]).succeeds();
}

#[test]
fn files_beside_the_policy_count_as_they_are_at_the_base() {
    let repository = Repository::new();
    let digest = |run: &Run| {
        run.stderr.split("the change ").nth(1).map(|it| it.lines().next().expect("a line").to_owned())
    };
    let snapshot = SNAPSHOT;
    let guard = r#"guard "all" {
  each      = "gained_call"
  condition = call.caller.name == "nobody" || call.task_queue != "base"
  message   = "gained"
  severity  = "approval"
}
"#;
    repository.git(&["switch", "--quiet", "main"]);
    repository.write("policy/guard.nexus.hcl", guard);
    repository.write("vars.hcl", "queue = \"base\"\n");
    repository.write("policy/account.json", snapshot);
    repository.write("approvals.json", "[]");
    repository.commit("files");
    repository.git(&["switch", "--quiet", "--create", "second"]);
    repository.write("policy/sub/pay.nexus.hcl", &endpoint("namespace.orders, namespace.cart"));
    repository.write("vars.hcl", "queue = \"head\"\n");
    repository.write("policy/account.json", &snapshot.replace("2026-06-15", "2026-06-14"));
    let arguments = [
        "--base=main:policy",
        "--var-file=vars.hcl",
        "--account=policy/account.json",
        "--approvals=approvals.json",
        "--as-of=2026-06-15",
        "policy",
    ];
    let run = repository.diff(&arguments).exits(3);
    let run =
        run.says("2 calls gained, 1 lost").says("~ facts account.json: differs from the file of the base");
    let digest = digest(&run).expect("a digest");
    let approval = format!(r#"[{{"digest":"{digest}","by":"ana","reason":"x","until":"2026-07-01"}}]"#);
    // Whoever proposes the change approves it.
    repository.write("approvals.json", &approval);
    let _ = repository.diff(&arguments).exits(3);
    repository.commit("approved by itself");
    let _ = repository.diff(&arguments).exits(3);
    repository.write("new.json", &approval);
    let own = repository
        .diff(&[&arguments[..3], &["--approvals=new.json", "--as-of=2026-06-15", "policy"]].concat());
    let _ = own.exits(2).says("who proposes a change cannot approve it");
    let added = repository.diff(&["--base=main:policy", "--var-file=new.json", "policy"]).exits(2);
    let _ = added.says("`--var-file new.json` comes with the policy and may be part of the change");
    // The base has the approval.
    repository.git(&["stash", "--quiet", "--include-untracked"]);
    repository.git(&["switch", "--quiet", "main"]);
    repository.write("approvals.json", &approval);
    repository.commit("approved");
    repository.git(&["switch", "--quiet", "second"]);
    repository.git(&["merge", "--quiet", "--strategy=ours", "--message=x", "main"]);
    let _ = repository.diff(&arguments).succeeds().says("approved by ana until 2026-07-01");
}

/// A folder of a pull request that Git takes for a repository.
#[test]
fn a_repository_within_a_change_is_not_used() {
    let repository = Repository::new();
    let to = repository.root().join("policy/sub").display().to_string();
    repository.git(&["update-ref", "refs/heads/forged", "change"]);
    fs::remove_dir_all(&to).expect("no folder");
    repository.git(&["clone", "--quiet", "--bare", ".", &to]);
    fs::write(format!("{to}/pay.nexus.hcl"), endpoint("")).expect("a policy");
    let within = PathBuf::from(&to);
    assert!(within.join("HEAD").is_file());
    let run = diff_in(&within, &["--base=forged:policy", ".."]).exits(2);
    let _ = run.says("Git cannot read the revision `forged`").says("bare").never_says("may call");
}

/// A change replaces its facts by a link to others, which the base has too.
#[cfg(unix)]
#[test]
fn a_file_that_became_a_link_counts_as_it_is_at_the_base() {
    use std::os::unix::fs::symlink;
    let repository = Repository::new();
    repository.on_main(|it| {
        it.write("policy/account.json", SNAPSHOT);
        it.write("policy/lax.json", &SNAPSHOT.replace("2026-06-15", "2026-06-14"));
    });
    repository.git(&["merge", "--quiet", "main"]);
    let account = repository.root().join("policy/account.json");
    let arguments = ["--base=main:policy", "--account=policy/account.json", "--as-of=2026-06-15", "policy"];
    let _ = repository.diff(&arguments).succeeds();
    let outside = repository.folder.path().join("outside.json");
    fs::write(&outside, SNAPSHOT.replace("2026-06-15", "2026-06-13")).expect("a snapshot");
    for target in [Path::new("lax.json"), &outside] {
        fs::remove_file(&account).expect("no facts");
        symlink(target, &account).expect("a link");
        let _ = repository
            .diff(&arguments)
            .exits(3)
            .says("~ facts account.json: differs from the file of the base");
    }
    let base = repository.folder.path().join("base");
    repository.git(&["worktree", "add", "--quiet", "--detach", &base.display().to_string(), "main"]);
    let on_disk = format!("--base={}", base.join("policy").display());
    let _ = repository.diff(&[&[&*on_disk], &arguments[1..]].concat()).exits(3).says("~ facts account.json");
}

#[test]
fn one_base_is_named() {
    let repository = Repository::new();
    let _ = repository
        .diff(&["policy"])
        .exits(2)
        .says("--base")
        .says("--no-base")
        .says("--base-from-account")
        .says("--plan");
    let _ =
        repository.diff(&["--no-base", "--base=main:policy", "policy"]).exits(2).says("cannot be used with");
    let mixed = ["--base=main:policy/account.nexus.hcl", "--base=policy/sub/pay.nexus.hcl", "policy"];
    let _ = repository.diff(&mixed).exits(2).says("is a path and `--base main:…` a revision");
    let two = ["--base=main:policy/account.nexus.hcl", "--base=change:policy/sub", "policy"];
    let _ = repository.diff(&two).exits(2).says("two revisions, `main` and `change`");
    let registry = ["--no-base", "--registry=localhost:1", "policy"];
    let _ = repository.diff(&registry).exits(2).says("only with `--base-from-account`");
    let plan = ["--plan=plan.json", "policy"];
    let _ = repository.diff(&plan).exits(2).says("cannot be used with");
}

#[test]
fn without_a_base_everything_is_new() {
    let repository = Repository::new();
    let run = repository.diff(&["--no-base", "policy"]).succeeds();
    let _ = run
        .says("+ endpoint pay")
        .says("+ orders.a2dd6 may call")
        .says("1 Endpoint added")
        .says("2 calls gained");
    repository.write(
        "policy/rules.nexus.hcl",
        "test \"one\" {\n  allow = [{ caller = \"orders\", endpoint = \"pay\" }]\n}\n",
    );
    let _ =
        repository.diff(&["--no-base", "policy"]).succeeds().says("+ test.one").never_says("needs approval");
    repository.write("policy/broken.nexus.hcl", "endpoint \"x\" {\n");
    let _ =
        repository.diff(&["--no-base", "policy"]).exits(1).never_says("may call").never_says("(empty base)");
}

/// The account `tiny1` allows what its fixture says.
#[test]
fn the_account_and_a_saved_plan_are_bases() {
    let dev = Dev::start(&fixture("tiny.nexus.hcl"));
    let folder = tempfile::tempdir().expect("a folder");
    let path = |name: &str| folder.path().join(name).display().to_string();
    let (policy, snapshot, plan) = (path("policy.nexus.hcl"), path("account.json"), path("plan.json"));
    let write = |callers: &str, more: &str| {
        let text = format!(
            "account {{ id = \"tiny1\" }}\nendpoint \"billing\" {{\n  worker_target = {{ namespace = \"ledger\", task_queue = \"billing\" }}\n  \
             allowed_caller_namespaces = [{callers}]\n}}\n{more}"
        );
        fs::write(&policy, text).expect("a policy");
    };
    let on = |arguments: &[&str]| nexusc_on(&dev, "service_account.ci", arguments);
    write("\"shop\"", "");
    let _ = on(&["apply", &policy]).succeeds();
    let _ = on(&["diff", "--base-from-account", &policy]).succeeds().says("No access changes.");
    write(
        "\"cart\"",
        "guard \"lost\" {\n  each = \"lost_call\"\n  condition = false\n  message = \"lost\"\n  severity = \"approval\"\n}\n",
    );
    let _ = on(&["snapshot", "--out", &snapshot]).succeeds();
    let of_registry = on(&["diff", "--base-from-account", &policy]).exits(3);
    let of_registry = of_registry
        .says("~ endpoint billing")
        .says("+ cart.tiny1 may call")
        .says("- shop.tiny1 may no longer call");
    let of_registry = of_registry.never_says("leaves the policy").never_says("starts managing");
    let of_snapshot = nexusc(&["diff", "--base-from-account", "--account", &snapshot, &policy]).exits(3);
    assert_eq!(of_snapshot.stdout, of_registry.stdout);
    let _ = nexusc(&["diff", "--base-from-account", &policy]).exits(2).says("no API key");
    let _ = on(&["plan", "--out", &plan, &policy]).exits(3);
    let of_plan = nexusc(&["diff", "--plan", &plan]).exits(3).says("needs an approval: lost");
    let of_plan = of_plan
        .says("~ endpoint billing")
        .says("+ cart.tiny1 may call")
        .says("- shop.tiny1 may no longer call");
    let json = nexusc(&["diff", "--plan", &plan, "--format=json"]).exits(3);
    let (json, own): (serde_json::Value, serde_json::Value) = (
        serde_json::from_str(&json.stdout).expect("JSON"),
        serde_json::from_str(&fs::read_to_string(&plan).expect("a plan")).expect("JSON"),
    );
    assert_eq!((&json["access"], &json["digest"]), (&own["access"], &own["source"]["change"]));
    assert!(of_plan.stderr.contains(json["digest"].as_str().expect("a digest")));
    let text = fs::read_to_string(&plan).expect("a plan").replace("cart", "attic");
    fs::write(&plan, text).expect("a plan");
    let _ = nexusc(&["diff", "--plan", &plan]).exits(2).says("damaged or edited");
}
