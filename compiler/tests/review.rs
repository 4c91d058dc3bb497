//! Random edits of a policy by someone who wants to get a call past a guard: `diff --base` says nothing only where the calls
//! that the base forbids stay forbidden and no rule is weaker. The digest of a change is the same however both policies are
//! written, and another one as soon as a call, an owner or a rule differs. `REVIEW_CASES` asks for more cases than CI runs.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that cannot go on fails")]

use compiler::check::Unjudged;
use compiler::diagnostic::{Finding, Severity};
use compiler::pipeline::{
    Base, BaseFiles, ChangeDigest, Judgement, ParsedPolicy, VariableValues, policy_difference,
};
use compiler::plan::ConnectivityChange;
use proptest::collection::{btree_map, btree_set, vec};
use proptest::option::weighted;
use proptest::prelude::*;
use proptest::test_runner::{RngSeed, TestError, TestRunner};
use serde_json::{Map, Value, json};
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::io::Write as _;
use std::path::Path;
use time::Date;
use time::macros::date;

const CASES: u32 = 150;
const TODAY: Date = date!(2026 - 06 - 15);
const NAMESPACES: u8 = 4;

#[derive(Clone, Debug, PartialEq, Eq)]
struct Endpoint {
    target: u8,
    queue: u8,
    callers: Option<BTreeSet<u8>>,
    renamed_from: Option<u8>,
    managed_by: u8,
    is_suppressed: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Guard {
    severity: &'static str,
    has_condition: bool,
}

/// A policy. Namespaces with an even number are of the stage `prod`, unless retagged.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Policy {
    retagged: BTreeSet<u8>,
    endpoints: BTreeMap<u8, Endpoint>,
    /// Endpoint, caller and year of expiry.
    grants: BTreeMap<(u8, u8), u16>,
    guard: Option<Guard>,
    is_relaxed: bool,
    is_strict: bool,
    lint: Option<&'static str>,
    denied: BTreeSet<(u8, u8)>,
    ignored: BTreeSet<u8>,
    apply_as: u8,
}

#[derive(Clone, Debug)]
enum Edit {
    Open(u8, u8),
    Close(u8, u8),
    HandOver(u8),
    Retarget(u8, u8),
    Requeue(u8, u8),
    Rename(u8, u8),
    Chain(u8, u8),
    Add(u8, Endpoint),
    Grant(u8, u8),
    Prolong(u8, u8),
    DropGuard,
    Weaken,
    Soften(&'static str),
    Relax,
    Unstrict,
    Lint(&'static str),
    Suppress(u8),
    Retag(u8),
    DropTest(u8, u8),
    AddTest(u8, u8),
    Ignore(u8),
    ApplyAs,
    Manage(u8),
    Nothing,
}

fn endpoint() -> impl Strategy<Value = Endpoint> {
    // What the base allows is in order: callers of the target's stage, by parity.
    (0..NAMESPACES, 0..2_u8, weighted(0.85, btree_set(0..2_u8, 0..3))).prop_map(|(target, queue, callers)| {
        let callers = callers.map(|callers| callers.into_iter().map(|it| it * 2 + target % 2).collect());
        Endpoint { target, queue, callers, renamed_from: None, managed_by: 0, is_suppressed: false }
    })
}

fn edit() -> impl Strategy<Value = Edit> {
    let (name, namespace) = (0..4_u8, 0..NAMESPACES);
    let pair = (name.clone(), namespace.clone());
    prop_oneof![
        6 => pair.clone().prop_map(|(at, of)| Edit::Open(at, of)),
        2 => pair.clone().prop_map(|(at, of)| Edit::Close(at, of)),
        2 => name.clone().prop_map(Edit::HandOver),
        2 => pair.clone().prop_map(|(at, of)| Edit::Retarget(at, of)),
        1 => (name.clone(), 0..2_u8).prop_map(|(at, of)| Edit::Requeue(at, of)),
        2 => (name.clone(), 0..7_u8).prop_map(|(at, of)| Edit::Rename(at, of)),
        2 => (name.clone(), name.clone()).prop_map(|(at, of)| Edit::Chain(at, of)),
        1 => (0..7_u8, endpoint()).prop_map(|(at, of)| Edit::Add(at, of)),
        2 => pair.clone().prop_map(|(at, of)| Edit::Grant(at, of)),
        1 => pair.clone().prop_map(|(at, of)| Edit::Prolong(at, of)),
        2 => Just(Edit::DropGuard),
        2 => Just(Edit::Weaken),
        2 => proptest::sample::select(&["warning", "approval"][..]).prop_map(Edit::Soften),
        2 => Just(Edit::Relax),
        2 => Just(Edit::Unstrict),
        2 => proptest::sample::select(&["off", "note", "warning"][..]).prop_map(Edit::Lint),
        2 => name.clone().prop_map(Edit::Suppress),
        2 => namespace.prop_map(Edit::Retag),
        2 => pair.clone().prop_map(|(at, of)| Edit::DropTest(at, of)),
        1 => pair.prop_map(|(at, of)| Edit::AddTest(at, of)),
        1 => name.clone().prop_map(Edit::Ignore),
        1 => Just(Edit::ApplyAs),
        1 => name.prop_map(Edit::Manage),
        3 => Just(Edit::Nothing),
    ]
}

impl Policy {
    fn of(endpoints: BTreeMap<u8, Endpoint>) -> Self {
        let mut policy = Self {
            retagged: BTreeSet::new(),
            endpoints,
            grants: BTreeMap::new(),
            guard: Some(Guard { severity: "error", has_condition: true }),
            is_relaxed: false,
            is_strict: true,
            lint: None,
            denied: BTreeSet::new(),
            ignored: BTreeSet::new(),
            apply_as: 0,
        };
        let owned: Vec<_> = policy
            .endpoints
            .iter()
            .filter(|(_, it)| it.callers.is_some())
            .map(|(at, it)| (*at, it.clone()))
            .collect();
        for (at, it) in owned {
            let denied = (0..NAMESPACES).filter(|caller| caller % 2 != it.target % 2);
            policy.denied.extend(denied.map(|caller| (at, caller)));
            // One that is granted apart, and ends.
            let of_stage = (0..NAMESPACES).find(|caller| caller % 2 == it.target % 2).unwrap();
            policy.grants.insert((at, of_stage), 2026);
        }
        policy
    }

    fn edit(&mut self, edit: &Edit) {
        let callers = |policy: &mut Self, at: u8, change: fn(&mut BTreeSet<u8>, u8) -> bool, of: u8| {
            if let Some(Some(callers)) = policy.endpoints.get_mut(&at).map(|it| &mut it.callers) {
                change(callers, of);
            }
        };
        match edit {
            Edit::Open(at, of) => callers(self, *at, BTreeSet::insert, *of),
            Edit::Close(at, of) => callers(self, *at, |all, of| all.remove(&of), *of),
            Edit::HandOver(at) => {
                self.change(*at, |it| it.callers = None);
                self.grants.retain(|(endpoint, _), _| endpoint != at);
            }
            Edit::Retarget(at, to) => self.change(*at, |it| it.target = *to),
            Edit::Requeue(at, to) => self.change(*at, |it| it.queue = *to),
            Edit::Rename(from, to) => self.rename(*from, *to),
            Edit::Chain(from, to) => {
                self.rename(*from, 8);
                self.rename(*to, *from);
            }
            Edit::Add(at, endpoint) => {
                self.endpoints.entry(*at).or_insert_with(|| endpoint.clone());
            }
            Edit::Grant(at, caller) if self.endpoints.contains_key(at) => {
                self.grants.insert((*at, *caller), 2026);
            }
            Edit::Prolong(at, caller) => {
                self.grants.entry((*at, *caller)).and_modify(|year| *year = 2036);
            }
            Edit::DropGuard => self.guard = None,
            Edit::Weaken => self.guard.iter_mut().for_each(|guard| guard.has_condition = false),
            Edit::Soften(severity) => self.guard.iter_mut().for_each(|guard| guard.severity = severity),
            Edit::Relax => self.is_relaxed = true,
            Edit::Unstrict => self.is_strict = false,
            Edit::Lint(level) => self.lint = Some(level),
            Edit::Suppress(at) => self.change(*at, |it| it.is_suppressed = true),
            Edit::Retag(at) if at % 2 == 1 => {
                self.retagged.insert(*at);
            }
            Edit::DropTest(at, caller) => {
                self.denied.remove(&(*at, *caller));
            }
            Edit::AddTest(at, caller) => {
                let is_owned = self.endpoints.get(at).is_some_and(|it| it.callers.is_some());
                let is_called = self.calls().contains(&(*at, *caller));
                if is_owned && !is_called {
                    self.denied.insert((*at, *caller));
                }
            }
            Edit::Ignore(at) => {
                self.ignored.insert(*at);
            }
            Edit::ApplyAs => self.apply_as = 1,
            Edit::Manage(at) => self.change(*at, |it| it.managed_by = 1),
            Edit::Grant(..) | Edit::Retag(_) | Edit::Nothing => {}
        }
    }

    fn change(&mut self, at: u8, change: impl FnOnce(&mut Endpoint)) {
        if let Some(endpoint) = self.endpoints.get_mut(&at) {
            change(endpoint);
        }
    }

    fn rename(&mut self, from: u8, to: u8) {
        if from == to || self.endpoints.contains_key(&to) {
            return;
        }
        let Some(endpoint) = self.endpoints.remove(&from) else { return };
        self.endpoints
            .insert(to, Endpoint { renamed_from: endpoint.renamed_from.or(Some(from)), ..endpoint });
        let moved = |at: u8| if at == from { to } else { at };
        self.grants = self.grants.iter().map(|((at, of), year)| ((moved(*at), *of), *year)).collect();
        self.denied = self.denied.iter().map(|(at, of)| (moved(*at), *of)).collect();
    }

    /// Every known call: Endpoint and caller.
    fn calls(&self) -> BTreeSet<(u8, u8)> {
        let listed = self
            .endpoints
            .iter()
            .flat_map(|(at, it)| it.callers.iter().flatten().map(move |caller| (*at, *caller)));
        let granted = self.grants.keys().filter(|(at, _)| self.endpoints.contains_key(at));
        listed.chain(granted.copied()).collect()
    }

    /// The last year of each call; the largest where it does not end.
    fn last_years(&self) -> BTreeMap<(u8, u8), u16> {
        let listed = |(at, of): &(u8, u8)| {
            self.endpoints.get(at).and_then(|it| it.callers.as_ref()).is_some_and(|all| all.contains(of))
        };
        let year = |call: &(u8, u8)| if listed(call) { u16::MAX } else { self.grants[call] };
        self.calls().into_iter().map(|call| (call, year(&call))).collect()
    }

    /// Caller, name, target and queue.
    fn reached(&self) -> BTreeSet<(u8, u8, u8, u8)> {
        let calls = self.calls().into_iter();
        calls
            .map(|(at, caller)| (caller, at, self.endpoints[&at].target, self.endpoints[&at].queue))
            .collect()
    }

    /// The Endpoints whose allowlists belong to others, with their targets.
    fn handed_over(&self) -> BTreeSet<(u8, u8, u8)> {
        let others = self.endpoints.iter().filter(|(at, it)| {
            it.callers.is_none() && !self.grants.keys().any(|(endpoint, _)| endpoint == *at)
        });
        others.map(|(at, it)| (*at, it.target, it.queue)).collect()
    }

    /// Whether every rule of the base is in force, at least as strict.
    fn keeps_rules_of(&self, base: &Self) -> bool {
        let old = |at: &u8| self.endpoints.get(at).and_then(|it| it.renamed_from).unwrap_or(*at);
        let denied: BTreeSet<_> = self.denied.iter().map(|(at, of)| (old(at), *of)).collect();
        let suppressed = self.endpoints.values().any(|it| it.is_suppressed);
        // Who manages a new Endpoint is no rule of the base.
        let mut known = self.endpoints.iter().filter(|(at, _)| base.endpoints.contains_key(&old(at)));
        let managed = known.any(|(_, it)| it.managed_by != 0);
        let was = base.last_years();
        let prolonged = self
            .last_years()
            .into_iter()
            .any(|((at, of), year)| was.get(&(old(&at), of)).is_some_and(|was| year > *was));
        self.guard == base.guard
            && (self.is_relaxed, self.is_strict, self.lint) == (base.is_relaxed, base.is_strict, base.lint)
            && self.retagged == base.retagged
            && base.denied.is_subset(&denied)
            && self.ignored.is_subset(&base.ignored)
            && self.apply_as == base.apply_as
            && !suppressed
            && !managed
            && !prolonged
    }

    fn json(&self) -> Value {
        let number = |prefix: &str, number: &u8| format!("{prefix}{number}");
        let mut namespaces = Map::new();
        for at in 0..NAMESPACES {
            let stage = if at % 2 == 0 || self.retagged.contains(&at) { "prod" } else { "dev" };
            let body = json!({ "regions": ["aws-us-east-1"], "tags": { "stage": stage } });
            namespaces.insert(number("n", &at), body);
        }
        let mut endpoints = Map::new();
        for (at, it) in &self.endpoints {
            let mut body = json!({
                "worker_target": { "namespace": number("n", &it.target), "task_queue": number("q", &it.queue) },
                "managed_by": number("service_account.s", &it.managed_by),
            });
            if let Some(callers) = &it.callers {
                body["allowed_caller_namespaces"] = callers.iter().map(|of| number("n", of)).collect();
            }
            if let Some(from) = &it.renamed_from {
                body["renamed_from"] = number("e", from).into();
            }
            endpoints.insert(number("e", at), body);
        }
        let grants = self.grants.iter().filter(|((at, _), _)| self.endpoints.contains_key(at));
        let grants: Map<_, _> = grants
            .map(|((at, of), year)| {
                let body = json!({ "endpoint": number("e", at), "callers": [number("n", of)], "expires": format!("{year}-12-31") });
                (format!("g{at}-{of}"), body)
            })
            .collect();
        let denied: Vec<_> = self.denied.iter().filter(|(at, _)| self.endpoints.contains_key(at)).collect();
        let denied: Vec<_> = denied
            .iter()
            .map(|(at, of)| json!({ "caller": number("n", of), "endpoint": number("e", at) }))
            .collect();
        let ignored: Vec<_> = self.ignored.iter().map(|at| number("x", at)).collect();
        let account = json!({ "id": "a2dd6", "apply_as": number("service_account.s", &self.apply_as), "ignore": { "endpoints": ignored } });
        let accounts: Map<_, _> =
            (0..2).map(|at| (number("s", &at), json!({ "account_access": "admin" }))).collect();
        let mut policy = json!({
            "account": account,
            "service_account": accounts,
            "namespace": namespaces,
            "endpoint": endpoints,
            "allowlist": grants,
            "locals": { "relaxed": self.is_relaxed },
            "variable": { "strict": { "default": self.is_strict } },
            "test": { "denied": { "deny": denied } },
        });
        if let Some(guard) = &self.guard {
            let condition = if guard.has_condition { CONDITION } else { "true" };
            policy["guard"] = json!({ "stages": {
                "each": "call", "condition": format!("${{{condition}}}"), "severity": guard.severity, "message": "other stages",
            } });
        }
        if let Some(level) = self.lint {
            policy["lint"] = json!({ "guard-failed": level, "test-failed": level });
        }
        policy
    }

    /// In HCL with one block for each kind of object, whose instances `for_each` makes. Comments of suppressions are not
    /// written.
    fn expanded(&self) -> String {
        let json = self.json();
        let mut text = String::new();
        for (kind, labels) in json.as_object().unwrap() {
            let labels = labels.as_object().unwrap();
            let named: &[&str] = match kind.as_str() {
                "namespace" => &["regions", "tags"],
                "endpoint" => &["worker_target", "managed_by", "allowed_caller_namespaces", "renamed_from"],
                "allowlist" => &["endpoint", "callers", "expires"],
                "service_account" => &["account_access"],
                "account" | "locals" | "lint" => {
                    writeln!(text, "{kind} {{\n{}}}", attributes(&json[kind])).unwrap();
                    continue;
                }
                _ => {
                    for (label, body) in labels {
                        writeln!(text, "{kind} \"{label}\" {{\n{}}}", attributes(body)).unwrap();
                    }
                    continue;
                }
            };
            let name = if kind == "allowlist" { "" } else { "  name = each.key\n" };
            let each: Vec<_> =
                named.iter().map(|name| format!("  {name} = try(each.value.{name}, null)\n")).collect();
            let instances = literal(&Value::Object(labels.clone()));
            writeln!(text, "{kind} \"all\" {{\n  for_each = {instances}\n{name}{}}}", each.concat()).unwrap();
        }
        text
    }

    /// In HCL, from the last block to the first with `is_reversed`, and then through a local.
    fn hcl(&self, is_reversed: bool) -> String {
        let json = self.json();
        let mut blocks = Vec::new();
        for (kind, labels) in json.as_object().unwrap() {
            let is_labelled = !["account", "locals", "lint"].contains(&kind.as_str());
            if !is_labelled {
                blocks.push(format!("{kind} {{\n{}}}\n", attributes(labels)));
                continue;
            }
            for (label, body) in labels.as_object().unwrap() {
                let number = label.get(1..).and_then(|number| number.parse().ok());
                let endpoint = number.and_then(|number: u8| self.endpoints.get(&number));
                let is_suppressed = kind == "endpoint" && endpoint.is_some_and(|it| it.is_suppressed);
                let comment =
                    if is_suppressed { "# nexusc:ignore guard-failed reason=\"urgent\"\n" } else { "" };
                blocks.push(format!("{comment}{kind} \"{label}\" {{\n{}}}\n", attributes(body)));
            }
        }
        if is_reversed {
            blocks.reverse();
            blocks.push(format!("locals {{\n  fits = {CONDITION}\n}}\n").replace("call.", "local.never."));
        }
        blocks.concat()
    }
}

const CONDITION: &str = "call.caller.tags.stage == call.target.tags.stage || local.relaxed || !var.strict";

fn attributes(body: &Value) -> String {
    let mut text = String::new();
    for (name, value) in body.as_object().unwrap() {
        // In HCL the condition is an expression, no template.
        let value = match value.as_str().and_then(|text| text.strip_prefix("${")?.strip_suffix('}')) {
            Some(expression) => expression.to_owned(),
            None => literal(value),
        };
        writeln!(text, "  {name} = {value}").unwrap();
    }
    text
}

fn literal(value: &Value) -> String {
    match value {
        Value::Object(members) => {
            let members: Vec<_> =
                members.iter().map(|(key, value)| format!("{key} = {}", literal(value))).collect();
            format!("{{ {} }}", members.join(", "))
        }
        Value::Array(elements) => {
            format!("[{}]", elements.iter().map(literal).collect::<Vec<_>>().join(", "))
        }
        other => other.to_string(),
    }
}

struct Told {
    code: u8,
    digest: ChangeDigest,
    findings: Vec<Finding>,
}

/// What `diff --base` says of two texts.
fn review(folder: &Path, (base, head): (&str, &str), extension: &str) -> Told {
    let path = |name: &str, text: &str| {
        let path = folder.join(name).with_extension(format!("nexus.{extension}"));
        std::fs::write(&path, text).unwrap();
        vec![path]
    };
    let (base, head) = (path("base", base), path("head", head));
    let values = VariableValues::default();
    let (base, head) =
        ParsedPolicy::load_both((BaseFiles::OnDisk(&base), &values), &head, &values, TODAY).unwrap();
    let (base, (policy, mut findings)) = (Base::of(&base, None), head.compile(None));
    let rules = head.rule_changes(&policy, &base, None);
    let difference = policy_difference(&base.policy, &policy, None, TODAY);
    head.check_difference(&policy, Some(&base), None, &difference, &mut Unjudged::default(), &mut findings);
    let Judgement { findings, rules, .. } = head.judge(&policy, &base, None, &difference, rules, findings);
    let asks = rules.iter().any(|rule| rule.needs_approval);
    let digest = ChangeDigest::of("a2dd6", &difference, &ConnectivityChange::default(), &rules);
    let worst = findings.iter().map(|finding| finding.severity).max();
    let has_approval = findings.iter().any(|finding| finding.severity == Severity::Approval);
    let code = match worst {
        Some(Severity::Error) => 1,
        _ if asks || has_approval => 3,
        _ => 0,
    };
    Told { code, digest, findings }
}

#[derive(Debug, Default)]
struct Tally {
    quiet: usize,
    refused: usize,
    asked: usize,
}

fn judge(base: &Policy, edits: &[Edit], folder: &Path) -> Result<(u8, ChangeDigest, Policy), String> {
    let mut head = base.clone();
    edits.iter().for_each(|edit| head.edit(edit));
    let told = review(folder, (&base.hcl(false), &head.hcl(false)), "hcl");
    let of_text = told.findings.iter().find(|finding| {
        let expected = ["guard-failed", "test-failed", "reference-cycle"];
        finding.severity == Severity::Error && !expected.contains(&finding.code.name)
    });
    if let Some(finding) = of_text {
        return Err(format!("not a policy: {finding:?}\n{}", head.hcl(false)));
    }
    if told.code == 0 {
        let stage = |at: u8| at % 2;
        let forbidden = |(caller, _, target, _): &(u8, u8, u8, u8)| stage(*caller) != stage(*target);
        if let Some(call) = head.reached().iter().find(|call| forbidden(call)) {
            return Err(format!("quiet, and {call:?} is possible"));
        }
        if !head.keeps_rules_of(base) {
            return Err("quiet, and a rule is weaker".to_owned());
        }
    } else if head.reached() == base.reached()
        && head.handed_over() == base.handed_over()
        && head.keeps_rules_of(base)
        && head.endpoints.values().all(|it| it.renamed_from.is_none())
    {
        return Err(format!("exit code {}, and nothing changes: {:?}", told.code, told.findings));
    }
    Ok((told.code, told.digest, head))
}

fn same_digest(base: &Policy, head: &Policy, digest: &ChangeDigest, folder: &Path) -> Result<(), String> {
    let suppressed = |policy: &Policy| policy.endpoints.values().any(|it| it.is_suppressed);
    let reversed = review(folder, (&base.hcl(true), &head.hcl(true)), "hcl");
    if reversed.digest != *digest {
        return Err("another digest with the blocks in another order".to_owned());
    }
    // The comments of suppressions are not written in JSON here.
    if !suppressed(head) {
        let (old, new) = (base.json().to_string(), head.json().to_string());
        if review(folder, (&old, &new), "json").digest != *digest {
            return Err("another digest in JSON".to_owned());
        }
        // A policy may change its form together with what it allows.
        for (old, new) in [(base.expanded(), head.expanded()), (base.hcl(false), head.expanded())] {
            let expanded = review(folder, (&old, &new), "hcl");
            if expanded.digest != *digest {
                return Err(format!("another digest with `for_each`: {:?}\n{old}\n{new}", expanded.findings));
            }
        }
    }
    Ok(())
}

#[test]
fn no_edit_gets_a_call_past_a_guard_unseen() {
    let more = std::env::var_os("REVIEW_CASES").and_then(|text| text.to_str()?.parse().ok());
    let folder = tempfile::tempdir().unwrap();
    let config = ProptestConfig {
        cases: more.unwrap_or(CASES),
        rng_seed: if more.is_some() { RngSeed::Random } else { RngSeed::Fixed(2026) },
        failure_persistence: None,
        ..ProptestConfig::default()
    };
    let tally = RefCell::new(Tally::default());
    // By digest: everything that a reviewer agrees to.
    let digests: RefCell<BTreeMap<String, String>> = RefCell::default();
    let cases = (btree_map(0..4_u8, endpoint(), 1..4), vec(edit(), 1..4));
    let checked = TestRunner::new(config).run(&cases, |(endpoints, edits)| {
        let base = Policy::of(endpoints);
        let (code, digest, head) = judge(&base, &edits, folder.path()).map_err(TestCaseError::fail)?;
        same_digest(&base, &head, &digest, folder.path()).map_err(TestCaseError::fail)?;
        let mut tally = tally.borrow_mut();
        *match code {
            0 => &mut tally.quiet,
            1 => &mut tally.refused,
            _ => &mut tally.asked,
        } += 1;
        // Rows of Endpoints that change, and all rules: two changes with one digest are one change.
        let (was, is) = (base.reached(), head.reached());
        let rows = format!(
            "{:?} {:?}",
            was.difference(&is).collect::<Vec<_>>(),
            is.difference(&was).collect::<Vec<_>>()
        );
        let change = format!("{rows}; rules are kept: {}", head.keeps_rules_of(&base));
        let mut digests = digests.borrow_mut();
        let known = digests.entry(digest.0).or_insert_with(|| change.clone());
        prop_assert_eq!(&*known, &change, "two changes with one digest");
        Ok(())
    });
    match checked {
        Ok(()) => {}
        Err(TestError::Fail(why, (endpoints, edits))) => {
            panic!("{why}\n{edits:?}\n{}", Policy::of(endpoints).hcl(false));
        }
        Err(error) => panic!("{error}"),
    }
    let tally = tally.into_inner();
    let _ = writeln!(std::io::stderr(), "{tally:?}");
    assert!(tally.quiet > 0 && tally.refused > 0 && tally.asked > 0, "{tally:?}");
}
