//! A policy that is written for an account: checked against it there is nothing wrong and nothing to change.

use crate::case::Case;
use crate::judge::{NOW, read_back};
use crate::world::{World, seen, text};
use compiler::adopt::{Adopted, hcl, json};
use compiler::check::account_mismatch;
use compiler::diagnostic::source::Sources;
use compiler::diagnostic::{Finding, Findings, Severity};
use compiler::facts::Facts;
use compiler::facts::snapshot::Snapshot;
use compiler::pipeline::{Applier, Checked, Extent, ParsedPolicy, Planning};
use compiler::plan::{Change, ConnectivityChange, connectivity, diff};
use compiler::policy::DeclaredEndpoint;
use compiler::report::plan_text;
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// What cases showed.
#[derive(Debug, Default)]
pub struct Adoptions {
    /// Blocks that were written for whole accounts, and things that were left out.
    pub blocks: usize,
    pub remarks: usize,
    /// Accounts of which nothing else than the built-in Owner was left out.
    pub whole: usize,
    /// Policies that lacked something, and the blocks that were added to them.
    pub completed: usize,
    pub added: usize,
    /// Accounts in which an Endpoint was not as its policy says.
    pub troubled: usize,
}

impl Adoptions {
    pub fn add(&mut self, other: &Self) {
        self.blocks += other.blocks;
        self.remarks += other.remarks;
        self.whole += other.whole;
        self.completed += other.completed;
        self.added += other.added;
        self.troubled += other.troubled;
    }

    pub fn shows_something(&self, cases: usize) -> bool {
        let Self { blocks, remarks, whole, completed, added, troubled } = self;
        [blocks, remarks, whole, completed, added, troubled].iter().all(|count| **count >= cases / 50)
    }
}

/// Adopts a case's account, as its observer sees it.
pub async fn hold(case: &Case) -> Result<Adoptions, String> {
    let world = World::start(case).await?;
    let observer = world.client(&case.observer()).ok_or("the observer has no key")?;
    let Some(facts) = seen(&observer).await else { return Ok(Adoptions::default()) };
    let facts = read_back(&facts)?;
    let adopted = Adopted::account(&facts);
    // The built-in Owner has no address, so that no policy declares it.
    let is_whole = adopted.remarks().all(|remark| remark.starts_with("user `owner` "));
    for file in [("a.nexus.hcl", hcl(&adopted)), ("a.nexus.json", json(&adopted))] {
        sound(&file, &facts, is_whole).map_err(|why| format!("{why}\n{}", file.1))?;
    }
    let added = complete(case, &facts)?;
    let troubled = troubled(&facts)?;
    Ok(Adoptions {
        blocks: adopted.blocks().count(),
        remarks: adopted.remarks().count(),
        whole: usize::from(is_whole),
        completed: usize::from(added > 0),
        added,
        troubled,
    })
}

/// The states that Endpoints are given in turn, and what stands for a grant of an unknown kind.
const STATES: [&str; 8] = [
    "RESOURCE_STATE_ACTIVE",
    "RESOURCE_STATE_ACTIVATION_FAILED",
    "RESOURCE_STATE_UPDATING",
    "RESOURCE_STATE_DELETING",
    "RESOURCE_STATE_UPDATE_FAILED",
    "RESOURCE_STATE_SUSPENDED",
    "RESOURCE_STATE_FROZEN",
    UNKNOWN_GRANT,
];
const UNKNOWN_GRANT: &str = "unknown grant";

/// The states that a Namespace which the policy relies on is given in turn, and whether it neither calls nor is called then.
const NAMESPACE_STATES: [(&str, bool); 5] =
    [("ACTIVE", false), ("UPDATING", false), ("DELETING", true), ("SUSPENDED", true), ("FROZEN", true)];

/// A policy that was written for an account, planned on the same account in which one Endpoint is not as it says: the plan
/// does not say that they match. Gives how many accounts were such.
fn troubled(facts: &Facts) -> Result<usize, String> {
    let files = [("a.nexus.hcl", hcl(&Adopted::account(facts)))];
    let read = Read::of(&files, facts)?;
    let (policy, _) = read.parsed.compile(Some(facts));
    let whole = |it: &DeclaredEndpoint| it.callers.is_some();
    let Some(declared) = policy.endpoints.values().find(|it| whole(it)) else { return Ok(0) };
    let mut troubled = 0;
    let account = || serde_json::to_value(Snapshot::of(facts, NOW.date().to_string())).map_err(text);
    // Whether the plan on an account says that it matches; `None` without a plan.
    let says_match = |account: &Value| {
        let changed = Snapshot::parse(&account.to_string()).map_err(text)?.facts().map_err(text)?;
        let planning = Planning::of_snapshot(&read.parsed, &changed, Applier::Declared, Extent::Whole, NOW);
        let plan = planning.map_err(text)?.plan();
        Ok::<_, String>(plan.map(|plan| plan_text(&plan).contains("matches the policy")))
    };
    for state in STATES {
        let mut account = account()?;
        let endpoints = account.get_mut("endpoints").and_then(Value::as_array_mut).ok_or("no Endpoints")?;
        let is_it = |it: &&mut Value| {
            it.pointer("/spec/name").and_then(Value::as_str) == Some(declared.name.as_str())
        };
        let endpoint = endpoints.iter_mut().find(is_it).ok_or("the Endpoint is not in the account")?;
        if state == UNKNOWN_GRANT {
            let mut grants =
                endpoint.pointer("/spec/policySpecs").and_then(Value::as_array).cloned().unwrap_or_default();
            grants.push(json!({ "grantOfTomorrow": {} }));
            endpoint["spec"]["policySpecs"] = json!(grants);
        } else {
            endpoint["state"] = json!(state);
        }
        let Some(says_match) = says_match(&account)? else { return Ok(troubled) };
        if says_match != (state == "RESOURCE_STATE_ACTIVE") {
            return Err(format!("{state}: says that they match: {says_match}\n{}", files[0].1));
        }
        troubled += usize::from(!says_match);
    }
    let target = declared.target.as_ref().and_then(|declared| declared.target.namespace());
    let target = target.ok_or("an Endpoint without a target")?.to_string();
    for (state, is_trouble) in NAMESPACE_STATES {
        let mut account = account()?;
        let namespaces = account.pointer_mut("/namespaces/items").and_then(Value::as_array_mut);
        let mut namespaces = namespaces.ok_or("no Namespaces")?.iter_mut();
        let Some(namespace) = namespaces.find(|it| it["id"] == json!(target)) else { return Ok(troubled) };
        namespace["state"] = json!(state);
        let Some(says_match) = says_match(&account)? else { return Ok(troubled) };
        if says_match == is_trouble {
            return Err(format!("the target is {state}: says that they match: {says_match}\n{}", files[0].1));
        }
        troubled += usize::from(is_trouble);
    }
    Ok(troubled)
}

/// What is written alone changes nothing, and nothing could be added to it.
fn sound(file: &(&str, String), facts: &Facts, is_whole: bool) -> Result<(), String> {
    let read = Read::of(std::slice::from_ref(file), facts)?;
    if let Some(error) = read.errors().next() {
        return Err(format!("adopted, and refused: {error:?}"));
    }
    if !read.changes.is_empty() || !read.connected.is_empty() {
        return Err(format!("adopted, and changes {:?} {:?}", read.changes, read.connected));
    }
    if is_whole && read.findings.iter().any(|finding| finding.code.name == "unmanaged") {
        return Err("adopted, and something is not declared".to_owned());
    }
    match read.lacks(facts) {
        Some(more) if more.blocks().next().is_some() => Err(format!("adopted, and lacks {more:?}")),
        _ => Ok(()),
    }
}

/// What is added to the case's policy brings no error and no change of its own. Gives how much that is.
fn complete(case: &Case, facts: &Facts) -> Result<usize, String> {
    let policy = ("policy.nexus.hcl", case.policy());
    let before = Read::of(std::slice::from_ref(&policy), facts)?;
    let Some(lacking) = before.lacks(facts) else { return Ok(0) };
    for file in [("a.nexus.hcl", hcl(&lacking)), ("a.nexus.json", json(&lacking))] {
        let wrong = |what: &str| Err(format!("added, and {what}\n{}\n{}", policy.1, file.1));
        let after = Read::of(&[policy.clone(), file.clone()], facts)?;
        let known: BTreeSet<_> = before.errors().map(|error| &error.message).collect();
        if let Some(error) = after.errors().find(|error| !known.contains(&error.message)) {
            return wrong(&format!("refused: {error:?}"));
        }
        if after.changes != before.changes || after.connected != before.connected {
            return wrong(&format!("changes {:?} {:?}", after.changes, after.connected));
        }
    }
    Ok(lacking.blocks().count())
}

/// Files as they are checked against an account.
struct Read {
    parsed: ParsedPolicy,
    findings: Findings,
    changes: Vec<Change>,
    connected: ConnectivityChange,
}

impl Read {
    fn of(files: &[(&str, String)], facts: &Facts) -> Result<Self, String> {
        let mut sources = Sources::default();
        for (path, text) in files {
            sources.add(*path, text.as_str());
        }
        let parsed = ParsedPolicy::parse(sources, Findings::new(), NOW.date());
        let Checked { policy, findings, .. } = Checked::of(&parsed, Some(facts), None).map_err(text)?;
        let changes = diff(&policy, facts, parsed.today).into_iter().map(|planned| planned.change).collect();
        let connected = connectivity(&policy, facts).change;
        Ok(Self { parsed, findings, changes, connected })
    }

    fn errors(&self) -> impl Iterator<Item = &Finding> {
        self.findings.iter().filter(|finding| finding.severity == Severity::Error)
    }

    /// What could be added; nothing where it cannot be told what is declared.
    fn lacks(&self, facts: &Facts) -> Option<Adopted> {
        let (policy, _) = self.parsed.compile(Some(facts));
        let is_known = policy.whole && account_mismatch(&policy, facts).is_none();
        is_known.then(|| Adopted::missing(&policy, &self.parsed.document, facts))
    }
}
