//! The base judges too: its guards, tests, severities and suppressions are applied to a change. Who proposes a change could
//! otherwise remove the rule that forbids it in the same change.

use super::ParsedPolicy;
use crate::access::difference::Difference;
use crate::check::rules::{RuleChange, RuleChangeKind, rule_changes};
use crate::check::test::{TEST_FAILED, run};
use crate::check::{self, ReportContext, SUPPRESSION_CODES, Unjudged};
use crate::diagnostic::{Finding, Findings, Severity, UNPROVEN};
use crate::facts::Facts;
use crate::policy::{DeclaredGuard, DeclaredTest, Expectation, Expected, Policy};
use crate::syntax::document::Document;
use std::collections::BTreeMap;
use std::thread::ScopedJoinHandle;

/// What base and policy say of a change.
pub struct Judgement {
    /// The findings of the policy, and those that its base adds.
    pub findings: Findings,
    /// The rules that change.
    pub rules: Vec<RuleChange>,
    /// Whether both could be understood as a whole. Otherwise what one of them lacks may be in a block with an error.
    pub is_judged: bool,
}

/// The policy before a change.
pub struct Base<'p> {
    /// Its files.
    pub parsed: &'p ParsedPolicy,
    /// The policy in them.
    pub policy: Policy,
    findings: Findings,
}

impl<'p> Base<'p> {
    /// Compiles the policy before a change. Its guards judge the change, and not what was there before it.
    #[must_use]
    pub fn of(parsed: &'p ParsedPolicy, facts: Option<&Facts>) -> Self {
        let (policy, findings) = parsed.compile_into(None, facts, None);
        Self { parsed, policy, findings }
    }

    /// Compiles the policy before a change, and the policy in a second thread: neither waits for the other. A `diff` would take
    /// 2.3 times as long as a check without it.
    #[must_use]
    pub fn with(
        parsed: &'p ParsedPolicy,
        policy: &ParsedPolicy,
        facts: Option<&Facts>,
    ) -> (Self, (Policy, Findings)) {
        // As much as the main thread has: brackets nest a hundred levels deep.
        let thread = std::thread::Builder::new().stack_size(8 << 20);
        std::thread::scope(|scope| {
            let compiled = thread.spawn_scoped(scope, || policy.compile(facts));
            let base = Self::of(parsed, facts);
            match compiled.map(ScopedJoinHandle::join) {
                Ok(Ok(policy)) => (base, policy),
                Ok(Err(panic)) => std::panic::resume_unwind(panic),
                Err(_) => (base, policy.compile(facts)),
            }
        })
    }

    fn report_context<'a>(&'a self, facts: Option<&Facts>) -> ReportContext<'a> {
        self.parsed.report_context(&self.policy, facts)
    }

    /// The errors that prevent a comparison: those that the base could neither change nor silence.
    fn errors(&self, facts: Option<&Facts>) -> Findings {
        let findings = self.parsed.finalize(self.findings.clone(), &self.policy, facts).into_iter();
        let prevents = |finding: &Finding| !finding.code.may_silence() && !finding.code.may_change();
        findings.filter(|it| it.severity == Severity::Error && prevents(it)).collect()
    }
}

impl ParsedPolicy {
    /// The rules that the policy changes against its base.
    #[must_use]
    pub fn rule_changes(&self, policy: &Policy, base: &Base, facts: Option<&Facts>) -> Vec<RuleChange> {
        let changes = rule_changes(&base.report_context(facts), &self.report_context(policy, facts));
        [changes, self.changed_files.clone()].concat()
    }

    /// The findings to report of a change: judged by the policy's own rules and by those of its base. `findings` are those of
    /// the policy before severities and suppressions.
    #[must_use]
    pub fn judge(
        &self,
        policy: &Policy,
        base: &Base,
        facts: Option<&Facts>,
        difference: &Difference,
        rules: Vec<RuleChange>,
        findings: Findings,
    ) -> Judgement {
        let own_of_base = base.errors(facts);
        let mut judged = findings.clone();
        let own = self.finalize(findings, policy, facts);
        if !policy.whole || !base.policy.whole || !own_of_base.is_empty() {
            return Judgement { findings: [own_of_base, own].concat(), rules, is_judged: false };
        }
        self.guards_of(policy, (base, &rules), facts, difference, &mut judged);
        judged.extend(self.tests_of(policy, base, facts));
        let judged = self.finalize_as(judged, policy, base, facts);
        Judgement { findings: check::in_order(with_added(own, judged)), rules, is_judged: true }
    }

    /// What those guards of the base that the policy changes say of the policy and of its change. The others are its own.
    fn guards_of(
        &self,
        policy: &Policy,
        (base, rules): (&Base, &[RuleChange]),
        facts: Option<&Facts>,
        difference: &Difference,
        findings: &mut Findings,
    ) {
        let is_changed = |guard: &&DeclaredGuard| {
            let name = String::from(&guard.instance);
            rules.iter().any(|rule| rule.rule == name && rule.kind != RuleChangeKind::Added)
        };
        let guards: Vec<_> = base.policy.guards.iter().filter(is_changed).cloned().collect();
        if guards.is_empty() {
            return;
        }
        let guarded = Policy { guards, ..policy.clone() };
        let context = self.context(&guarded, facts);
        let (before, evaluator) = (base.parsed.context(&base.policy, facts), base.parsed.evaluator());
        let mut unjudged = Unjudged::default();
        check::check_guards(&context, &evaluator, &mut unjudged, findings);
        check::check_difference(&context, &evaluator, Some(&before), difference, &mut unjudged, findings);
        unjudged.report(&guarded, findings);
    }

    /// The tests of the base on the policy. What was proven to be impossible and no longer is, fails.
    fn tests_of(&self, policy: &Policy, base: &Base, facts: Option<&Facts>) -> Findings {
        let renames = renames(&base.policy, policy);
        let tests: Vec<_> = base.policy.tests.iter().map(|test| renamed(test, &renames)).collect();
        let tested = Policy { tests, ..policy.clone() };
        let before = run(&base.policy, facts, base.parsed.today).map(|outcome| outcome.holds);
        let after = run(&tested, facts, self.today);
        let failed = after.zip(before).filter_map(|(outcome, before)| {
            let finding = outcome.finding?;
            let was_denied = before == Some(true) && !outcome.expectation.possible;
            match finding.code == &UNPROVEN && was_denied {
                true => Some(Finding { code: &TEST_FAILED, severity: TEST_FAILED.severity, ..finding }),
                false => Some(finding),
            }
        });
        failed.collect()
    }

    /// Findings of the policy with the severities of its base, and without those suppressions that the base does not have.
    fn finalize_as(
        &self,
        findings: Findings,
        policy: &Policy,
        base: &Base,
        facts: Option<&Facts>,
    ) -> Findings {
        let (before, after) = (base.report_context(facts), self.report_context(policy, facts));
        let new = check::comments_unknown_to(&before, &after);
        if new.is_empty() && policy.lint == base.policy.lint {
            return check::finalize(findings, &after);
        }
        let comments = self.document.comments.iter().filter(|comment| !new.contains(&comment.span));
        let document = Document { comments: comments.copied().collect(), ..self.document.clone() };
        let policy = Policy { lint: base.policy.lint.clone(), ..policy.clone() };
        check::finalize(findings, &ReportContext { document: &document, policy: &policy, ..after })
    }
}

/// The findings of the policy, and those of the base that are missing among them or weigh more.
fn with_added(own: Findings, judged: Findings) -> Findings {
    let key = |finding: &Finding| (finding.code.name, finding.span, finding.message.clone());
    let mut findings: BTreeMap<_, _> = BTreeMap::new();
    for finding in own {
        findings.entry(key(&finding)).or_insert_with(Vec::new).push(finding);
    }
    for finding in judged {
        let known = findings.entry(key(&finding)).or_default();
        let is_told = known.iter().any(|known| !known.severity.is_weaker_than(finding.severity));
        let is_minor = finding.severity == Severity::Note || SUPPRESSION_CODES.contains(&finding.code);
        if !is_told && !is_minor {
            *known = vec![Finding { help: Some(by_the_base(&finding)), ..finding }];
        }
    }
    findings.into_values().flatten().collect()
}

fn by_the_base(finding: &Finding) -> String {
    let own = finding.help.as_ref().map(|help| format!("{help}; ")).unwrap_or_default();
    format!(
        "{own}the base's rules report this: change its guards, tests, `lint` or suppressions in a change of their own"
    )
}

/// The new names of the Endpoints that a policy renames.
fn renames<'p>(base: &Policy, policy: &'p Policy) -> BTreeMap<String, &'p schema::name::EndpointName> {
    let renamed = policy.endpoints.values().filter_map(|endpoint| {
        let from = endpoint.renamed_from.as_ref()?;
        base.endpoints.contains_key(&from.id).then(|| (from.id.to_string(), &endpoint.name))
    });
    renamed.collect()
}

/// A test of the base, about the Endpoints by their new names.
fn renamed(test: &DeclaredTest, renames: &BTreeMap<String, &schema::name::EndpointName>) -> DeclaredTest {
    let expectations = test.expectations.iter().map(|it| {
        let name = renames.get(it.endpoint.id.as_str()).map_or(&it.endpoint.id, |name| *name);
        let expected: Expected = it.expected.clone();
        Expectation { endpoint: it.endpoint.with(name.clone()), expected, possible: it.possible }
    });
    DeclaredTest { expectations: expectations.collect(), ..test.clone() }
}
