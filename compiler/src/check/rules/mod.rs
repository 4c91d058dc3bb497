//! What changes of the rules by which a policy is judged: guards, tests, severities, suppressions, expiry dates, what is
//! ignored, who applies and who manages. Who proposes a change must not be able to remove the rule that forbids it.

mod canonical;

use super::suppression;
use crate::check::ReportContext;
use crate::diagnostic::Severity;
use crate::diagnostic::source::Span;
use crate::digest::sha256;
use crate::policy::{DeclaredEndpoint, DeclaredGuard, Expectation, Expected, LintRule, Policy, Unmanaged};
use canonical::{Canonical, value_text};
use schema::account::Namespace;
use schema::name::EndpointName;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use time::Date;

/// A rule that differs from the base.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct RuleChange {
    /// The rule, such as `guard.stages`.
    pub rule: String,
    /// What happens to it.
    pub kind: RuleChangeKind,
    /// What differs, for people.
    pub detail: String,
    /// Whether someone must agree: the rule is removed, weakened, or changed so that it cannot be told.
    pub needs_approval: bool,
    /// Where it is in the policy, else in the base.
    pub span: Option<Span>,
    /// What the rule was and is, as a digest.
    pub digest: String,
}

impl RuleChange {
    /// The change of a file that comes with the policy, and by which the policy is judged. The file of the base counts for this
    /// change, and somebody must agree to the new one.
    #[must_use]
    pub fn of_file(rule: &str, before: &[u8], after: &[u8]) -> Self {
        Self {
            rule: rule.to_owned(),
            kind: RuleChangeKind::Changed,
            detail: "differs from the file of the base, which counts".to_owned(),
            needs_approval: true,
            span: None,
            digest: sha256([sha256(before), sha256(after)].concat()),
        }
    }
}

/// What happens to a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum RuleChangeKind {
    /// It is new.
    Added,
    /// It no longer exists.
    Removed,
    /// It is another.
    Changed,
}

/// The rules of one policy: the text that a rule means by its name.
struct Rules<'p> {
    context: &'p ReportContext<'p>,
    canonical: Canonical<'p>,
    /// The new names of the Endpoints that the other policy renames.
    renames: BTreeMap<String, String>,
}

/// The rules that a policy changes against its base.
#[must_use]
pub fn rule_changes(base: &ReportContext, policy: &ReportContext) -> Vec<RuleChange> {
    let renamed = policy.policy.endpoints.values().filter_map(|endpoint| {
        let from = endpoint.renamed_from.as_ref()?.id.to_string();
        let was_declared = base.policy.endpoints.keys().any(|name| name.as_str() == from);
        was_declared.then(|| (from, endpoint.name.to_string()))
    });
    let before = Rules {
        context: base,
        canonical: Canonical::of(base.document, base.given),
        renames: renamed.collect(),
    };
    let after = Rules {
        context: policy,
        canonical: Canonical::of(policy.document, policy.given),
        renames: BTreeMap::new(),
    };
    let mut changes = Changes::default();
    guards(&before, &after, &mut changes);
    tests(&before, &after, &mut changes);
    severities(base.policy, policy.policy, &mut changes);
    suppressions(base, policy, &mut changes);
    expiry_dates(&before, &after, &mut changes);
    account(base.policy, policy.policy, &mut changes);
    managers(&before, &after, &mut changes);
    allowlists(&before, &after, &mut changes);
    namespaces(base.policy, policy.policy, &mut changes);
    changes.0.sort();
    changes.0
}

#[derive(Default)]
struct Changes(Vec<RuleChange>);

impl Changes {
    fn push(
        &mut self,
        rule: impl Into<String>,
        (before, after): (Option<&str>, Option<&str>),
        detail: impl Into<String>,
        needs_approval: bool,
        span: Option<Span>,
    ) {
        let kind = match (before, after) {
            (None, _) => RuleChangeKind::Added,
            (_, None) => RuleChangeKind::Removed,
            _ => RuleChangeKind::Changed,
        };
        let (rule, detail) = (rule.into(), detail.into());
        let digest = sha256(format!("{rule:?} {before:?} {after:?}"));
        self.0.push(RuleChange { rule, kind, detail, needs_approval, span, digest });
    }
}

impl Rules<'_> {
    /// What a guard means: its kind and its condition.
    fn guard(&self, guard: &DeclaredGuard) -> String {
        let each = guard.each.as_ref();
        let each = each.map(|each| (value_text(&each.key), value_text(&each.value)));
        format!("{} {} {each:?}", guard.guarded.name(), self.canonical.text(&guard.condition))
    }

    /// The name of an Endpoint after the change.
    fn endpoint(&self, name: &EndpointName) -> String {
        self.renames.get(name.as_str()).cloned().unwrap_or_else(|| name.to_string())
    }

    fn expectation(&self, it: &Expectation) -> String {
        let verb = if it.possible { "can" } else { "cannot" };
        let endpoint = self.endpoint(&it.endpoint.id);
        match &it.expected {
            Expected::Call(caller) => format!("`{caller}` {verb} call `{endpoint}`"),
            Expected::Manage(principal) => format!("`{principal}` {verb} manage `{endpoint}`"),
        }
    }
}

/// A guard that means the same under another name is no change; one of the same name that means something else is changed.
fn guards(before: &Rules, after: &Rules, changes: &mut Changes) {
    let texts = |rules: &Rules| -> BTreeMap<String, (Severity, String, Span)> {
        let guards = rules.context.policy.guards.iter();
        let of = |guard: &DeclaredGuard| {
            (rules.guard(guard), (guard.severity, String::from(&guard.instance), guard.span))
        };
        // Of two that mean the same the more severe one counts.
        let mut texts = BTreeMap::new();
        for (text, guard) in guards.map(of) {
            let known = texts.entry(text).or_insert_with(|| guard.clone());
            if guard.0 > known.0 {
                *known = guard;
            }
        }
        texts
    };
    let (old, new) = (texts(before), texts(after));
    let names = |texts: &BTreeMap<String, (Severity, String, Span)>| -> BTreeMap<String, (String, Span)> {
        texts.iter().map(|(text, (_, name, span))| (name.clone(), (text.clone(), *span))).collect()
    };
    let (old_names, new_names) = (names(&old), names(&new));
    for (text, (severity, name, span)) in &old {
        match (new.get(text), new_names.get(name)) {
            (Some((other, _, at)), _) if other != severity => {
                let detail = format!("severity {} → {}", severity.name(), other.name());
                let (from, to) = (format!("{text} {}", severity.name()), format!("{text} {}", other.name()));
                changes.push(
                    name,
                    (Some(&from), Some(&to)),
                    detail,
                    other.is_weaker_than(*severity),
                    Some(*at),
                );
            }
            (Some(_), _) => {}
            (None, Some((other, at))) => {
                let detail = "its condition, or a local or variable that it reads, is another";
                changes.push(name, (Some(text), Some(other)), detail, true, Some(*at));
            }
            (None, None) => changes.push(name, (Some(text), None), "no longer exists", true, Some(*span)),
        }
    }
    for (text, (_, name, span)) in new.iter().filter(|(text, _)| !old.contains_key(*text)) {
        if !old_names.contains_key(name) {
            changes.push(name, (None, Some(text)), "is new", false, Some(*span));
        }
    }
}

/// Elements of tests, in whatever test they are.
fn tests(before: &Rules, after: &Rules, changes: &mut Changes) {
    let elements = |rules: &Rules| -> BTreeMap<String, (String, Span)> {
        let tests = rules.context.policy.tests.iter();
        let elements = tests.flat_map(|test| test.expectations.iter().map(move |it| (test, it)));
        let element = |(test, it): (&crate::policy::DeclaredTest, &Expectation)| {
            (rules.expectation(it), (String::from(&test.instance), it.endpoint.span))
        };
        elements.map(element).collect()
    };
    let (old, new) = (elements(before), elements(after));
    for (text, (name, span)) in old.iter().filter(|(text, _)| !new.contains_key(*text)) {
        changes.push(name, (Some(text), None), format!("no longer expects that {text}"), true, Some(*span));
    }
    for (text, (name, span)) in new.iter().filter(|(text, _)| !old.contains_key(*text)) {
        changes.push(name, (None, Some(text)), format!("expects that {text}"), false, Some(*span));
    }
}

fn severities(before: &Policy, after: &Policy, changes: &mut Changes) {
    let rules: BTreeSet<_> = before.lint.keys().chain(after.lint.keys()).collect();
    for rule in rules {
        let own = own_severity(rule, before).or_else(|| own_severity(rule, after));
        let of_code = |policy: &Policy| {
            let code = rule.guard.is_some().then(|| LintRule { guard: None, ..rule.clone() })?;
            policy.lint.get(&code).copied()
        };
        let level =
            |policy: &Policy| policy.lint.get(rule).copied().or_else(|| of_code(policy)).unwrap_or(own);
        let (from, to) = (level(before), level(after));
        if from != to {
            let name = |level: Option<Severity>| level.map_or("off", Severity::name);
            let detail = format!("{} → {}", name(from), name(to));
            let is_weaker = to < from || to.zip(from).is_some_and(|(to, from)| to.is_weaker_than(from));
            changes.push(format!("lint {rule}"), (Some(name(from)), Some(name(to))), detail, is_weaker, None);
        }
    }
}

/// The severity that findings have without `lint`.
fn own_severity(rule: &LintRule, policy: &Policy) -> Option<Severity> {
    let Some(label) = &rule.guard else { return super::code(rule.code).map(|code| code.severity) };
    policy.guards.iter().find(|guard| guard.instance.label == *label).map(|guard| guard.severity)
}

fn suppressions(base: &ReportContext, policy: &ReportContext, changes: &mut Changes) {
    let (old, new) = (suppression::in_force(base), suppression::in_force(policy));
    for ((code, block), (until, span)) in &new {
        let known = old.get(&(code.clone(), block.clone()));
        let ends = |until: &Option<Date>| {
            until.map_or_else(|| "without an end".to_owned(), |day| format!("until {day}"))
        };
        let rule = format!("suppression of {code} at {block}");
        match known {
            None => changes.push(
                rule,
                (None, Some(&ends(until))),
                format!("is new, {}", ends(until)),
                true,
                Some(*span),
            ),
            Some((was, _)) if was != until => {
                let longer = until.is_none_or(|day| was.is_some_and(|was| day > was));
                let (from, to) = (ends(was), ends(until));
                changes.push(rule, (Some(&from), Some(&to)), format!("{from} → {to}"), longer, Some(*span));
            }
            Some(_) => {}
        }
    }
    for ((code, block), (_, span)) in old.iter().filter(|(key, _)| !new.contains_key(*key)) {
        let rule = format!("suppression of {code} at {block}");
        changes.push(rule, (Some("in force"), None), "no longer exists", false, Some(*span));
    }
}

/// The last day of a call that both policies grant.
fn expiry_dates(before: &Rules, after: &Rules, changes: &mut Changes) {
    // A grant without a date in either policy does not change in that.
    let dated = &dated(before) | &dated(after);
    let (old, new) = (last_days(before, &dated), last_days(after, &dated));
    for ((endpoint, caller), (until, span)) in &new {
        let Some((was, _)) = old.get(&(endpoint.clone(), caller.clone())) else { continue };
        if was != until {
            let end = |until: &Option<Date>| {
                until.map_or_else(|| "no expiry date".to_owned(), |day| day.to_string())
            };
            let (from, to) = (end(was), end(until));
            let longer = until.is_none_or(|day| was.is_some_and(|was| day > was));
            let rule = format!("grant of {endpoint} to {caller}");
            changes.push(rule, (Some(&from), Some(&to)), format!("{from} → {to}"), longer, Some(*span));
        }
    }
}

/// The Endpoints with a dated grant.
fn dated(rules: &Rules) -> BTreeSet<String> {
    let grants = rules.context.policy.allowlists.values().flatten().filter(|grant| grant.expires.is_some());
    grants.map(|grant| rules.endpoint(&grant.endpoint.id)).collect()
}

type LastDays = BTreeMap<(String, String), (Option<Date>, Span)>;

/// Every granted call of these Endpoints with its last day; `None` for ever.
fn last_days(rules: &Rules, dated: &BTreeSet<String>) -> LastDays {
    let ReportContext { policy, today, .. } = rules.context;
    let mut days = LastDays::new();
    if dated.is_empty() {
        return days;
    }
    let mut add = |endpoint: &EndpointName, caller: String, until: Option<Date>, span| {
        let known = days.entry((rules.endpoint(endpoint), caller)).or_insert((until, span));
        let is_later = known.0.is_some_and(|known| until.is_none_or(|until| until > known));
        if is_later {
            *known = (until, span);
        }
    };
    for endpoint in policy.endpoints.values().filter(|it| dated.contains(&rules.endpoint(&it.name))) {
        for used in endpoint.callers.iter().flat_map(|callers| &callers.namespaces) {
            add(&endpoint.name, used.id.to_string(), None, used.span);
        }
    }
    let granted = policy.allowlists.values().flatten().filter(|grant| grant.grants_on(*today));
    for grant in granted.filter(|grant| dated.contains(&rules.endpoint(&grant.endpoint.id))) {
        let span = grant.expires.map_or(grant.span, |(_, span)| span);
        for used in &grant.callers.namespaces {
            add(&grant.endpoint.id, used.id.to_string(), grant.expires.map(|(day, _)| day), span);
        }
    }
    days
}

fn account(before: &Policy, after: &Policy, changes: &mut Changes) {
    let (old, new) = (&before.account, &after.account);
    let id = |policy: &Policy| policy.account.id.as_ref().map(|(id, _)| id.to_string()).unwrap_or_default();
    if id(before) != id(after) {
        let (from, to) = (id(before), id(after));
        changes.push("account id", (Some(&from), Some(&to)), format!("{from} → {to}"), true, new.span);
    }
    let who = |policy: &Policy| policy.account.apply_as.as_ref().map(|used| used.id.to_string());
    let (from, to) = (who(before), who(after));
    if from != to {
        let shown = |who: &Option<String>| who.clone().unwrap_or_else(|| "nobody named".to_owned());
        let detail = format!("{} → {}", shown(&from), shown(&to));
        let span = new.apply_as.as_ref().map(|used| used.span).or(new.span);
        changes.push("account apply_as", (Some(&shown(&from)), Some(&shown(&to))), detail, true, span);
    }
    if (old.unmanaged == Unmanaged::Keep) != (new.unmanaged == Unmanaged::Keep) {
        let deletes = new.unmanaged != Unmanaged::Keep;
        let (from, to) = if deletes { ("keep", "delete") } else { ("delete", "keep") };
        changes.push(
            "account unmanaged",
            (Some(from), Some(to)),
            format!("{from} → {to}"),
            deletes,
            new.span,
        );
    }
    for (what, old, new, span) in [
        ("ignore.endpoints", &old.ignored_endpoints, &new.ignored_endpoints, new.span),
        ("ignore.privatelinks", &old.ignored_privatelinks, &new.ignored_privatelinks, new.span),
    ] {
        let (old, new): (BTreeSet<_>, BTreeSet<_>) = (old.iter().collect(), new.iter().collect());
        for added in new.difference(&old) {
            let detail = format!("ignores `{added}`");
            changes.push(format!("account {what}"), (None, Some(added)), detail, true, span);
        }
        for removed in old.difference(&new) {
            let detail = format!("no longer ignores `{removed}`");
            changes.push(format!("account {what}"), (Some(removed), None), detail, false, span);
        }
    }
}

/// The managers of objects that both policies declare.
fn managers(before: &Rules, after: &Rules, changes: &mut Changes) {
    let (old, new) = (managed(before), managed(after));
    for (object, (managers, span)) in &new {
        let Some((were, _)) = old.get(object).filter(|(were, _)| were != managers) else { continue };
        let shown = |managers: &BTreeSet<String>| match managers.is_empty() {
            true => "nobody named".to_owned(),
            false => managers.iter().cloned().collect::<Vec<_>>().join(", "),
        };
        let (from, to) = (shown(were), shown(managers));
        let detail = format!("{from} → {to}");
        changes.push(format!("managed_by of {object}"), (Some(&from), Some(&to)), detail, true, Some(*span));
    }
}

/// Who manages the allowlists of Endpoints that both policies declare: nobody knows whom others will let call.
fn allowlists(before: &Rules, after: &Rules, changes: &mut Changes) {
    let owners = |rules: &Rules| -> BTreeMap<String, (bool, Span)> {
        let policy = rules.context.policy;
        let endpoints = policy.endpoints.values();
        let owner = |it: &DeclaredEndpoint| (policy.manages_allowlist(it), it.span);
        endpoints.map(|it| (rules.endpoint(&it.name), owner(it))).collect()
    };
    let (old, new) = (owners(before), owners(after));
    for (name, (is_managed, span)) in &new {
        let Some((was_managed, _)) = old.get(name).filter(|(was, _)| was != is_managed) else { continue };
        let shown = |is_managed: bool| if is_managed { "the policy" } else { "others" };
        let (from, to) = (shown(*was_managed), shown(*is_managed));
        let rule = format!("allowlist of endpoint {name}");
        let detail = format!("managed by {from} → {to}");
        changes.push(rule, (Some(from), Some(to)), detail, !is_managed, Some(*span));
    }
}

/// What guards read of Namespaces that both policies declare.
fn namespaces(before: &Policy, after: &Policy, changes: &mut Changes) {
    for (id, declared) in &after.namespaces {
        let Some(old) = before.namespaces.get(id) else { continue };
        if old.namespace == declared.namespace {
            continue;
        }
        let shown = |namespace: &Namespace| {
            let tags = namespace.tags.iter().map(|(key, value)| format!("{key} = {value:?}"));
            (tags.collect::<Vec<_>>().join(", "), namespace.regions.join(", "))
        };
        let ((tags, regions), (new_tags, new_regions)) = (shown(&old.namespace), shown(&declared.namespace));
        for (what, from, to) in [("tags", tags, new_tags), ("regions", regions, new_regions)] {
            if from != to {
                let rule = format!("{what} of namespace {id}");
                let detail = format!("{{{from}}} → {{{to}}}");
                changes.push(rule, (Some(&from), Some(&to)), detail, true, Some(declared.span));
            }
        }
    }
}

fn managed(rules: &Rules) -> BTreeMap<String, (BTreeSet<String>, Span)> {
    let names = |used: &[crate::policy::Spanned<schema::name::PrincipalId>]| -> BTreeSet<String> {
        used.iter().map(|used| used.id.to_string()).collect()
    };
    let policy = rules.context.policy;
    let endpoints = policy.endpoints.values().map(|endpoint| {
        let object = format!("endpoint {}", rules.endpoint(&endpoint.name));
        (object, (names(&endpoint.managed_by), endpoint.span))
    });
    let links = policy.privatelinks.iter().filter_map(|link| {
        let object = format!("private connection {}", link.connection.as_ref()?.id.connection_id);
        Some((object, (names(&link.managed_by), link.span)))
    });
    endpoints.chain(links).collect()
}
