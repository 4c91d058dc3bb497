//! `nexusc adopt`: generates a policy from an existing account.

use super::connect::account_facts;
use super::policy::{ExcludeOptions, eprint_findings};
use super::variables::VariableOptions;
use super::{Failure, PolicyOptions, RegistryOptions, World, file, snapshot};
use crate::adopt::{Adopted, hcl, json};
use crate::check::account_mismatch;
use crate::facts::Facts;
use crate::pipeline::ParsedPolicy;
use crate::report::{counted, printable_line};
use clap::{Args, ValueEnum};
use std::ffi::OsStr;
use std::path::PathBuf;

/// The options of `adopt`.
#[derive(Args)]
pub struct Options {
    /// An existing policy: write only the Endpoints and private connections that it neither declares nor ignores
    #[arg(value_name = "POLICY")]
    paths: Vec<PathBuf>,
    /// Read the account's facts from a file written by `nexusc snapshot` instead of the registry
    #[arg(long, value_name = "FILE", conflicts_with_all = ["registry", "allow_insecure"])]
    account: Option<PathBuf>,
    #[command(flatten)]
    registry: RegistryOptions,
    #[command(flatten)]
    exclude: ExcludeOptions,
    #[command(flatten)]
    variables: VariableOptions,
    /// Output format [default: by the extension of `--out`, else hcl]
    #[arg(long, short = 'o', visible_alias = "output", value_enum)]
    format: Option<Language>,
    /// Write to a new file, or to `adopted.nexus.hcl` or `.json` in a directory, instead of standard output; never overwrites
    #[arg(long, value_name = "PATH")]
    out: Option<PathBuf>,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Language {
    /// HCL, with comments on what is left out
    Hcl,
    /// JSON; notes on what is left out go to standard error
    Json,
}

/// Writes the policy.
pub fn run(options: Options, world: &mut World) -> Result<u8, Failure> {
    let policy = PolicyOptions {
        paths: options.paths.clone(),
        exclude: options.exclude.clone(),
        as_of: None,
        variables: options.variables.clone(),
    };
    options.check_name()?;
    let parsed = (!policy.paths.is_empty()).then(|| policy.load(world)).transpose()?;
    let facts = read(&options, world)?;
    let adopted = match &parsed {
        None => Adopted::account(&facts),
        Some(parsed) => match missing(parsed, &facts, world) {
            Some(adopted) => adopted,
            None => return Ok(1),
        },
    };
    write(&options, &adopted, world)?;
    report(&adopted, &facts, options.language(), world);
    Ok(0)
}

impl Options {
    fn language(&self) -> Language {
        let is_json = || self.extension().is_some_and(|it| it == "json");
        self.format.unwrap_or_else(|| if is_json() { Language::Json } else { Language::Hcl })
    }

    fn extension(&self) -> Option<&OsStr> {
        self.out.as_ref()?.extension()
    }

    /// Refuses a file name with the extension of the other language: `nexusc` could not read the file.
    fn check_name(&self) -> Result<(), Failure> {
        let (language, other) = match self.language() {
            Language::Hcl => ("HCL", "json"),
            Language::Json => ("JSON", "hcl"),
        };
        if self.extension().is_none_or(|extension| extension != other) {
            return Ok(());
        }
        let help = "remove `--format`, or change the extension";
        Err(Failure::new(format!("the extension of `--out` is `.{other}`, but the format is {language}"))
            .help(help))
    }
}

fn read(options: &Options, world: &mut World) -> Result<Facts, Failure> {
    if let Some(path) = &options.account {
        return snapshot::read(path);
    }
    account_facts(&options.registry, world)
}

/// What the policy lacks; `None`, with the findings on standard error, when the policy cannot be compared.
fn missing(parsed: &ParsedPolicy, facts: &Facts, world: &mut World) -> Option<Adopted> {
    let (policy, findings) = parsed.compile(Some(facts));
    if !policy.whole || account_mismatch(&policy, facts).is_some() {
        eprint_findings(&parsed.finalize(findings, &policy, Some(facts)), parsed, world);
        return None;
    }
    Some(Adopted::missing(&policy, &parsed.document, facts))
}

fn write(options: &Options, adopted: &Adopted, world: &mut World) -> Result<(), Failure> {
    let (text, name) = match options.language() {
        Language::Hcl => (hcl(adopted), "adopted.nexus.hcl"),
        Language::Json => (json(adopted), "adopted.nexus.json"),
    };
    match &options.out {
        None => world.print(&text),
        Some(_) if adopted.parts.is_empty() => {}
        Some(path) if path.is_dir() => file::create(&path.join(name), &text)?,
        Some(path) => file::create(path, &text)?,
    }
    Ok(())
}

fn report(adopted: &Adopted, facts: &Facts, language: Language, world: &mut World) {
    if adopted.parts.is_empty() {
        return world.note(
            "nothing to adopt: the policy declares or ignores every Endpoint and private connection\n",
        );
    }
    let counts = [
        (adopted.count(&["namespace"]), "Namespace"),
        (adopted.count(&["user", "group", "service_account"]), "principal"),
        (adopted.count(&["endpoint"]), "Endpoint"),
        (adopted.count(&["privatelink"]), "private connection"),
    ];
    let counts = counts.into_iter().filter(|(count, _)| *count > 0).map(|(count, what)| counted(count, what));
    let counts: Vec<_> = counts.collect();
    let adopted_counts = if counts.is_empty() { "nothing".to_owned() } else { counts.join(", ") };
    world.note(&(printable_line(&format!("adopted {adopted_counts} of {}", facts.home)) + "\n"));
    let remarks: Vec<_> = adopted.remarks().collect();
    match language {
        Language::Hcl if remarks.is_empty() => {}
        Language::Hcl => {
            let comments = counted(remarks.len(), "comment");
            world.note(&format!("{comments} in the policy: what is left out, and what to review\n"));
        }
        Language::Json => {
            let note = |remark: &String| printable_line(&format!("note: {remark}")) + "\n";
            world.eprint(&remarks.iter().map(note).collect::<String>());
        }
    }
}
