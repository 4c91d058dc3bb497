//! The way of a policy: load, parse, evaluate and lower, check, and compare with the account. Commands, tests and fuzz
//! targets go it alike.

mod approval;
mod base;
mod checked;
mod difference;
mod error;
mod idle;
mod plan_difference;
mod planning;
mod variables;

pub use approval::{Approval, ApprovalError, ChangeDigest, approved, parse_approvals};
pub use base::{Base, Judgement};
pub use checked::{Checked, PermissionCheck};
pub use difference::{difference_of, policy_difference};
pub use error::PipelineError;
pub use plan_difference::difference_of_plan;
pub use planning::{Applier, Extent, Planning};
pub use variables::{ValuesFile, VariableValues};

use crate::access::difference::Difference;
use crate::check::rules::RuleChange;
use crate::check::{self, CheckContext, ReportContext, Unjudged};
use crate::diagnostic::Findings;
use crate::diagnostic::source::{FileId, SourceFile, Sources};
use crate::digest::Digest;
use crate::evaluate::{Evaluator, Given};
use crate::facts::Facts;
use crate::load::{Excluded, Selection, StoredFile};
use crate::policy::ownership::OwnershipScope;
use crate::policy::{Policy, Unmanaged};
use crate::syntax::document::Document;
use crate::{load, lower, syntax};
use std::collections::BTreeSet;
use std::path::PathBuf;
use time::Date;

/// A policy that was read and parsed, with the findings of that.
pub struct ParsedPolicy {
    /// The files.
    pub sources: Sources,
    /// Their blocks.
    pub document: Document,
    /// The day as of which expiry dates are evaluated.
    pub today: Date,
    /// The policy before the change, which judges too.
    pub base: Option<Box<Self>>,
    /// What it is judged by, comes with it and differs from the base, other than what is in the policy itself.
    pub changed_files: Vec<RuleChange>,
    /// The first of its files; those before it belong to the base.
    first: FileId,
    /// What was left out of its files.
    pub excluded: Excluded,
    given: Given,
    findings: Findings,
}

/// The files of the policy before a change.
pub enum BaseFiles<'b> {
    /// Files and directories.
    OnDisk(&'b [PathBuf]),
    /// What was read from elsewhere, and what `--exclude` left out of that.
    Stored(Vec<StoredFile>, Excluded),
}

impl ParsedPolicy {
    /// Reads and parses the files of a policy, with the values of its variables.
    ///
    /// # Errors
    /// When a file cannot be read, or a value is for a variable that is not declared.
    pub fn load<'p>(
        paths: impl Into<Selection<'p>>,
        values: &VariableValues,
        today: Date,
    ) -> Result<Self, PipelineError> {
        Self::load_into(Sources::default(), paths.into(), values, today)
    }

    /// Reads and parses a policy and the base that it is compared with, each with the values of its variables. The
    /// second of the two knows the files of both.
    ///
    /// # Errors
    /// As [`Self::load`].
    pub fn load_both<'p>(
        (base, base_values): (BaseFiles, &VariableValues),
        paths: impl Into<Selection<'p>>,
        values: &VariableValues,
        today: Date,
    ) -> Result<(Self, Self), PipelineError> {
        let paths = paths.into();
        // The same is left out of both.
        let mut base = match base {
            BaseFiles::OnDisk(base) => {
                let of_base = Selection { paths: base, beside: paths.paths, input: None, ..paths };
                Self::load_documents(Sources::default(), of_base, today)?
            }
            BaseFiles::Stored(files, excluded) => {
                let (mut sources, mut findings) = (Sources::default(), Findings::new());
                load::read_stored(files, &mut sources, &mut findings);
                Self { excluded, ..Self::parse(sources, findings, today) }
            }
        };
        base.give(&base_values.declared_in(&base.document))?;
        let policy = Self::load_into(base.sources.clone(), paths, values, today)?;
        Ok((base, policy))
    }

    /// Reads and parses a policy behind files that were read before.
    fn load_into(
        sources: Sources,
        paths: Selection,
        values: &VariableValues,
        today: Date,
    ) -> Result<Self, PipelineError> {
        let mut parsed = Self::load_documents(sources, paths, today)?;
        parsed.give(values)?;
        Ok(parsed)
    }

    fn load_documents(mut sources: Sources, paths: Selection, today: Date) -> Result<Self, PipelineError> {
        let (first, mut findings) = (sources.next_id(), Findings::new());
        let excluded = load::read(paths, &mut sources, &mut findings)?;
        Ok(Self { excluded, ..Self::parse_from(first, sources, findings, today) })
    }

    fn give(&mut self, values: &VariableValues) -> Result<(), PipelineError> {
        self.given = values.given(&self.document, &mut self.sources, &mut self.findings)?;
        Ok(())
    }

    /// The files of the policy and of its variables, without those of its base.
    pub fn files(&self) -> impl Iterator<Item = (FileId, &SourceFile)> {
        self.sources.iter().filter(|(id, _)| *id >= self.first)
    }

    /// Parses files that are in memory.
    pub fn parse(sources: Sources, findings: Findings, today: Date) -> Self {
        Self::parse_from(FileId(0), sources, findings, today)
    }

    /// Parses the files from `first` on.
    fn parse_from(first: FileId, sources: Sources, mut findings: Findings, today: Date) -> Self {
        let document = syntax::parse_policies(first, &sources, &mut findings);
        load::hidden_characters(first, &sources, &mut findings);
        let (excluded, given) = (Excluded::default(), Given::default());
        Self {
            sources,
            document,
            today,
            first,
            excluded,
            base: None,
            changed_files: Vec::new(),
            given,
            findings,
        }
    }

    /// The digest of the files and of their paths in the policy, `sha256:…`: the same from every folder. Without the values
    /// that variables are given.
    #[must_use]
    pub fn digest(&self) -> String {
        let files = self.sources.iter().filter(|(id, _)| *id >= self.first);
        let files: BTreeSet<_> = files.map(|(_, file)| (file.path_in_policy(), file.text())).collect();
        let mut digest = Digest::default();
        files.into_iter().flat_map(|(path, text)| [path, text]).for_each(|part| digest.add(part));
        digest.finish()
    }

    /// Lowers the document and runs every check that needs no identity. Facts of another account are not used.
    pub fn compile(&self, facts: Option<&Facts>) -> (Policy, Findings) {
        self.compile_for(None, facts)
    }

    /// Like `compile`, for a `--mine` plan.
    pub fn compile_for(&self, scope: Option<OwnershipScope>, facts: Option<&Facts>) -> (Policy, Findings) {
        let mut unjudged = Unjudged::default();
        let (policy, mut findings) = self.compile_into(scope, facts, Some(&mut unjudged));
        unjudged.report(&policy, &mut findings);
        (policy, findings)
    }

    /// Like `compile_for`, without the finding for guards that cannot be judged: more of them may follow. Without a place for
    /// those, guards are not evaluated.
    pub fn compile_into(
        &self,
        scope: Option<OwnershipScope>,
        facts: Option<&Facts>,
        unjudged: Option<&mut Unjudged>,
    ) -> (Policy, Findings) {
        let mut findings = self.findings.clone();
        let evaluator = self.evaluator();
        let policy = lower::lower(&evaluator, &self.sources, facts, check::lint_codes(), &mut findings);
        let mut policy = Policy { scope, ..policy };
        if self.excluded.count > 0 {
            // What looks unmanaged may be declared in what was left out.
            policy.account.unmanaged = Unmanaged::Keep;
        }
        if let Some(mismatch) = facts.and_then(|facts| check::account_mismatch(&policy, facts)) {
            findings.clone_from(&self.findings);
            findings.push(mismatch);
            return (policy, findings);
        }
        let context = self.context(&policy, facts);
        std::thread::scope(|scope| {
            // The other checks need no evaluation: beside it they take no time.
            let checked = scope.spawn(|| {
                let mut found = Findings::new();
                check::check(&context, &mut found);
                found
            });
            let mut judged = Findings::new();
            if let Some(unjudged) = unjudged {
                check::check_guards(&context, &evaluator, unjudged, &mut judged);
            }
            findings.extend(checked.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)));
            findings.append(&mut judged);
        });
        (policy, findings)
    }

    /// Evaluates the guards on what a change of access gives and takes.
    pub fn check_difference(
        &self,
        policy: &Policy,
        base: Option<&Base>,
        facts: Option<&Facts>,
        difference: &Difference,
        unjudged: &mut Unjudged,
        findings: &mut Findings,
    ) {
        let base = base.map(|base| base.parsed.context(&base.policy, facts));
        let (context, evaluator) = (self.context(policy, facts), self.evaluator());
        check::check_difference(&context, &evaluator, base.as_ref(), difference, unjudged, findings);
    }

    fn context<'a>(&'a self, policy: &'a Policy, facts: Option<&'a Facts>) -> CheckContext<'a> {
        CheckContext { policy, facts, sources: &self.sources, today: self.today }
    }

    fn evaluator(&self) -> Evaluator<'_> {
        Evaluator::new(&self.document, &self.given)
    }

    /// Adds to each finding its block or instance.
    pub fn named(&self, findings: Findings) -> Findings {
        check::named(findings, &self.document)
    }

    /// Findings as they are reported: with suppressions and `lint` applied, sorted.
    pub fn finalize(&self, findings: Findings, policy: &Policy, facts: Option<&Facts>) -> Findings {
        check::finalize(findings, &self.report_context(policy, facts))
    }

    fn report_context<'a>(&'a self, policy: &'a Policy, facts: Option<&Facts>) -> ReportContext<'a> {
        let Self { sources, document, today, given, .. } = self;
        ReportContext { sources, document, policy, today: *today, has_facts: facts.is_some(), given }
    }
}
