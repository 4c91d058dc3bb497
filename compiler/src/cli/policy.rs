//! The policy and the account that a command line names, and what was found in them, shown.

use super::base::{BasePath, BaseRevision, BaseVariableOptions, paths_of, revision_of};
use super::variables::VariableOptions;
use super::{Failure, World, snapshot};
use crate::check::any_at_least;
use crate::diagnostic::{Finding, Severity};
use crate::facts::Facts;
use crate::load::{Excluded, Exclusions, Input, STANDARD_INPUT, Selection};
use crate::pipeline::{BaseFiles, ParsedPolicy, VariableValues};
use crate::policy::Policy;
use crate::report::{findings_text, printable_line, summary};
use crate::syntax::Language;
use clap::Args;
use std::path::PathBuf;
use time::Date;

/// The policy that a command reads.
#[derive(Args)]
pub struct PolicyOptions {
    /// Policy files, and directories that hold `*.nexus.hcl` and `*.nexus.json`
    #[arg(default_value = ".", value_name = "POLICY")]
    pub paths: Vec<PathBuf>,
    #[command(flatten)]
    pub exclude: ExcludeOptions,
    /// Evaluate expiry dates as of this day instead of today
    #[arg(long, value_name = "YYYY-MM-DD", value_parser = super::parse_day)]
    pub as_of: Option<Date>,
    #[command(flatten)]
    pub variables: VariableOptions,
}

/// What of the policy is not read.
#[derive(Args, Clone, Default)]
pub struct ExcludeOptions {
    /// Leave out files and folders: a path, or a pattern with `*` and `?` of a name or, with `/`, of a path from the policy's
    /// folder; may be repeated
    ///
    /// What the account has is not deleted by `unmanaged = "delete"` then, as it may be declared in what is left out.
    #[arg(long, value_name = "GLOB_OR_PATH")]
    exclude: Vec<String>,
}

impl ExcludeOptions {
    /// Whether none is given.
    pub fn is_empty(&self) -> bool {
        self.exclude.is_empty()
    }

    /// What they leave out.
    pub fn exclusions(&self) -> Exclusions {
        Exclusions::new(&self.exclude)
    }

    /// Tells how much was left out, and which patterns match nothing.
    pub fn tell(excluded: &Excluded, world: &mut World) {
        if excluded.count > 0 {
            world.note(&format!("`--exclude` leaves out {}\n", left_out(excluded.count)));
        }
        for pattern in &excluded.unused {
            world
                .eprint(&(printable_line(&format!("warning: `--exclude {pattern}` matches nothing")) + "\n"));
        }
    }
}

fn left_out(count: usize) -> String {
    if count == 1 { "1 file or folder".to_owned() } else { format!("{count} files and folders") }
}

impl PolicyOptions {
    /// Reads and parses the policy.
    pub fn load(&self, world: &mut World) -> Result<ParsedPolicy, Failure> {
        self.load_from(None, world)
    }

    /// Reads and parses the policy, of which `-` stands for standard input.
    pub fn load_with_input(
        &self,
        options: &InputOptions,
        world: &mut World,
    ) -> Result<ParsedPolicy, Failure> {
        let input = options.input(&self.paths, world)?;
        self.load_from(input.as_ref(), world)
    }

    fn load_from(&self, input: Option<&Input>, world: &mut World) -> Result<ParsedPolicy, Failure> {
        let exclusions = self.exclude.exclusions();
        let selection = Selection { input, ..self.selection(&exclusions) };
        let parsed = ParsedPolicy::load(selection, &self.variables.values(world), self.today(world))?;
        ExcludeOptions::tell(&parsed.excluded, world);
        Ok(parsed)
    }

    fn selection<'s>(&'s self, exclusions: &'s Exclusions) -> Selection<'s> {
        Selection { paths: &self.paths, beside: &self.paths, exclusions, input: None }
    }

    /// Reads and parses the policy that it is compared with, and the policy.
    pub fn load_both(
        &self,
        (base, variables): (&[BasePath], &BaseVariableOptions),
        world: &mut World,
    ) -> Result<(ParsedPolicy, ParsedPolicy), Failure> {
        let paths = paths_of(base);
        let values = self.variables.values(world);
        if let Some(revision) = revision_of(base)? {
            return self.load_both_of(revision, &variables.values(&values, &self.paths, base)?, world);
        }
        if let Some(path) = paths.iter().find(|path| !path.exists()) {
            let help = "name files or a folder; for a revision of Git, write `REV:PATH`, such as `origin/main:policy`";
            return Err(
                Failure::new(format!("`--base {}`: no such file or folder", path.display())).help(help)
            );
        }
        let base_values = variables.values(&values, &self.paths, base)?;
        self.load_on(BaseFiles::OnDisk(&paths), &base_values, world)
    }

    /// Like [`Self::load_both`], with the base of a revision.
    fn load_both_of(
        &self,
        BaseRevision { revision, paths }: &BaseRevision,
        base_values: &VariableValues,
        world: &mut World,
    ) -> Result<(ParsedPolicy, ParsedPolicy), Failure> {
        if let Some(note) = revision.note() {
            world.eprint(&(printable_line(note) + "\n"));
        }
        let exclusions = self.exclude.exclusions();
        let (files, excluded) = revision.policy(paths, &self.paths, &exclusions)?;
        self.load_on(BaseFiles::Stored(files, excluded), base_values, world)
    }

    /// Reads and parses the policy and a base that was read.
    pub fn load_on(
        &self,
        base: BaseFiles,
        base_values: &VariableValues,
        world: &mut World,
    ) -> Result<(ParsedPolicy, ParsedPolicy), Failure> {
        let (exclusions, values) = (self.exclude.exclusions(), self.variables.values(world));
        let selection = self.selection(&exclusions);
        let both = ParsedPolicy::load_both((base, base_values), selection, &values, self.today(world))?;
        ExcludeOptions::tell(&both.1.excluded, world);
        Ok(both)
    }

    /// Reads and parses the policy, and its base where one is named: that judges too.
    pub fn load_with_base(
        &self,
        base: (&[BasePath], &BaseVariableOptions),
        world: &mut World,
    ) -> Result<ParsedPolicy, Failure> {
        if base.0.is_empty() {
            return self.load(world);
        }
        let (base, mut parsed) = self.load_both(base, world)?;
        parsed.base = Some(Box::new(base));
        Ok(parsed)
    }

    fn today(&self, world: &World) -> Date {
        self.as_of.unwrap_or_else(|| world.now.date())
    }
}

/// What the path `-` is, for a command that reads standard input.
#[derive(Args)]
pub struct InputOptions {
    /// The name of the policy that `-` reads from standard input, such as the path of the file in an editor [default: <stdin>]
    ///
    /// Findings have this name. It is read as JSON where the name ends with `.json`, and as HCL where it ends with `.hcl`; else
    /// by the text: a policy in JSON begins with `{`.
    #[arg(long, value_name = "NAME")]
    stdin_name: Option<String>,
}

impl InputOptions {
    /// Standard input, where one of the paths is `-`.
    fn input(&self, paths: &[PathBuf], world: &mut World) -> Result<Option<Input>, Failure> {
        if !paths.iter().any(|path| path.as_os_str() == STANDARD_INPUT) {
            return match &self.stdin_name {
                None => Ok(None),
                Some(_) => {
                    let help = "pass `-` as POLICY to read standard input, or remove `--stdin-name`";
                    Err(Failure::new("`--stdin-name` is given, and standard input is not read").help(help))
                }
            };
        }
        let in_policy = |text: &str| match &self.stdin_name {
            Some(name) if name.ends_with(".json") || name.ends_with(".hcl") => name.clone(),
            _ => match Language::of_text(text) {
                Language::Json => "stdin.nexus.json".to_owned(),
                Language::Hcl => "stdin.nexus.hcl".to_owned(),
            },
        };
        let name = self.stdin_name.clone().unwrap_or_else(|| "<stdin>".to_owned());
        let read = Input::read(world.input, name, in_policy);
        read.map(Some).map_err(|error| Failure::new(format!("cannot read standard input: {error}")))
    }
}

/// The account's facts, from a file.
#[derive(Args)]
pub struct AccountOptions {
    /// The account's facts, a file written by `nexusc snapshot`: names that the policy does not declare are looked up
    /// there
    #[arg(long, value_name = "FILE")]
    pub account: Option<PathBuf>,
}

impl AccountOptions {
    /// The facts in the file, where one is named.
    pub fn facts(&self) -> Result<Option<Facts>, Failure> {
        self.account.as_deref().map(snapshot::read).transpose()
    }
}

/// The policy, unless it has errors; findings go to standard error.
pub fn accepted(parsed: &ParsedPolicy, facts: Option<&Facts>, world: &mut World) -> Option<Policy> {
    let (policy, findings) = parsed.compile(facts);
    let findings = parsed.finalize(findings, &policy, facts);
    eprint_findings(&findings, parsed, world);
    (!any_at_least(&findings, Severity::Error)).then_some(policy)
}

/// Writes findings to standard error, with a line that counts them; nothing when there are none.
pub fn eprint_findings(findings: &[Finding], parsed: &ParsedPolicy, world: &mut World) {
    if !findings.is_empty() {
        let text = findings_text(findings, &parsed.sources, world.colour(world.err_is_terminal));
        world.eprint(&text);
        world.note(&format!("{}\n", summary(findings)));
    }
}
