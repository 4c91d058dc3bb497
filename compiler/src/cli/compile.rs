//! What every command does first: read the policy, parse it, lower it to the graph, check the graph.

use super::{Failure, Format, PolicyOptions, World};
use crate::access::difference::Difference;
use crate::check::{self, CheckContext, ReportContext};
use crate::diagnostic::source::{FileId, Sources};
use crate::diagnostic::{Finding, Findings, Severity};
use crate::evaluate::{Evaluator, Given};
use crate::facts::Facts;
use crate::plan::Planned;
use crate::policy::Policy;
use crate::policy::ownership::OwnershipScope;
use crate::report::{findings_json, findings_text, summary};
use crate::syntax::document::Document;
use crate::{load, lower, syntax};
use std::path::PathBuf;
use time::Date;

/// A policy that was read and parsed, with what was wrong with its text.
pub struct Parsed {
    /// The files.
    pub sources: Sources,
    /// Their blocks.
    pub document: Document,
    /// The day that decides which grants have expired.
    pub today: Date,
    given: Given,
    findings: Findings,
}

impl Parsed {
    /// Reads and parses the policy that a command line names.
    pub(super) fn read(options: &PolicyOptions, world: &World) -> Result<Self, Failure> {
        let (mut sources, mut findings) = (Sources::default(), Findings::new());
        load::read(&options.paths, &mut sources, &mut findings)?;
        let today = options.as_of.unwrap_or_else(|| world.now.date());
        let mut parsed = Self::parse(sources, findings, today);
        let Self { sources, document, findings, .. } = &mut parsed;
        parsed.given = options.variables.given(world, document, sources, findings)?;
        Ok(parsed)
    }

    /// Reads and parses a policy and, with the same values for its variables, the base that it is compared with. Both
    /// know the files of both.
    pub(super) fn read_both(
        base: &[PathBuf],
        options: &PolicyOptions,
        world: &World,
    ) -> Result<(Self, Self), Failure> {
        let (mut sources, mut base_findings, mut findings) =
            (Sources::default(), Findings::new(), Findings::new());
        load::read(base, &mut sources, &mut base_findings)?;
        let base_document = syntax::parse_policies(FileId(0), &sources, &mut base_findings);
        let variables = options.variables.declared_in(&base_document);
        let base_given = variables.given(world, &base_document, &mut sources, &mut base_findings)?;
        let first = sources.next_id();
        load::read(&options.paths, &mut sources, &mut findings)?;
        let document = syntax::parse_policies(first, &sources, &mut findings);
        let given = options.variables.given(world, &document, &mut sources, &mut findings)?;
        let today = options.as_of.unwrap_or_else(|| world.now.date());
        let base = Self {
            sources: sources.clone(),
            document: base_document,
            today,
            given: base_given,
            findings: base_findings,
        };
        Ok((base, Self { sources, document, today, given, findings }))
    }

    /// Parses files that are in memory.
    pub fn parse(sources: Sources, mut findings: Findings, today: Date) -> Self {
        let document = syntax::parse_policies(FileId(0), &sources, &mut findings);
        Self { sources, document, today, given: Given::default(), findings }
    }

    /// Lowers the document and runs every check that needs no identity. Facts of another account say nothing.
    pub fn compile(&self, facts: Option<&Facts>) -> (Policy, Findings) {
        self.compile_for(None, facts)
    }

    /// The same where only what is somebody's own is to be changed.
    pub fn compile_for(&self, mine: Option<OwnershipScope>, facts: Option<&Facts>) -> (Policy, Findings) {
        let mut findings = self.findings.clone();
        let evaluator = self.evaluator();
        let policy = lower::lower(&evaluator, facts, &mut findings);
        let policy = Policy { mine, ..policy };
        if let Some(mismatch) = facts.and_then(|facts| check::account_mismatch(&policy, facts)) {
            findings.clone_from(&self.findings);
            findings.push(mismatch);
            return (policy, findings);
        }
        check::check(&policy, facts, self.today, &mut findings);
        check::check_guards(&self.context(&policy, facts), &evaluator, &mut findings);
        (policy, findings)
    }

    /// Evaluates the guards on what a plan changes.
    pub fn check_changes(
        &self,
        policy: &Policy,
        facts: &Facts,
        planned: &[Planned],
        findings: &mut Findings,
    ) {
        check::check_changes(&self.context(policy, Some(facts)), &self.evaluator(), planned, findings);
    }

    /// Evaluates the guards on what the policy gains and loses against its base.
    pub fn check_difference(
        &self,
        policy: &Policy,
        (base, base_policy): (&Self, &Policy),
        facts: Option<&Facts>,
        difference: &Difference,
        findings: &mut Findings,
    ) {
        let base = base.context(base_policy, facts);
        check::check_difference(&self.context(policy, facts), &self.evaluator(), &base, difference, findings);
    }

    fn context<'a>(&'a self, policy: &'a Policy, facts: Option<&'a Facts>) -> CheckContext<'a> {
        CheckContext { policy, facts, sources: &self.sources, today: self.today }
    }

    fn evaluator(&self) -> Evaluator<'_> {
        Evaluator::new(&self.document, &self.given)
    }

    /// Findings each with the block or instance that it is about.
    pub fn named(&self, findings: Findings) -> Findings {
        check::named(findings, &self.document)
    }

    /// Findings as they are reported: silenced and weighed as the policy says, in order.
    pub fn finalize(&self, findings: Findings, policy: &Policy, facts: Option<&Facts>) -> Findings {
        let Self { sources, document, today, .. } = self;
        let context = ReportContext { sources, document, policy, today: *today, has_facts: facts.is_some() };
        check::finalize(findings, &context)
    }

    /// The policy, unless it has errors; what was found is shown as talk.
    pub fn sound(&self, facts: Option<&Facts>, world: &mut World) -> Option<Policy> {
        let (policy, findings) = self.compile(facts);
        let findings = self.finalize(findings, &policy, facts);
        self.eprint(&findings, world);
        (!check::any_at_least(&findings, Severity::Error)).then_some(policy)
    }

    /// Shows findings instead of what was asked for: to a program they are the data.
    pub(super) fn refuse(&self, findings: &[Finding], format: Format, world: &mut World) {
        match format {
            Format::Human => self.eprint(findings, world),
            Format::Json => {
                world.print(&format!("{:#}\n", findings_json(findings, &self.sources, self.today)));
            }
        }
    }

    /// Shows findings as talk, with a line that counts them; says nothing when there are none.
    pub fn eprint(&self, findings: &[Finding], world: &mut World) {
        if !findings.is_empty() {
            let text = findings_text(findings, &self.sources, world.colour(world.err_is_terminal));
            world.eprint(&format!("{text}{}\n", summary(findings)));
        }
    }
}
