//! The command line. Each subcommand is a file that takes its options and the world and returns an exit code.

mod access;
mod adopt;
mod api_key;
mod apply;
mod approval;
mod base;
mod baseline;
mod check;
mod completions;
mod connect;
mod demo;
mod dev;
mod diff;
mod explain;
mod export;
mod file;
mod fmt;
mod gate;
mod git;
mod graph;
mod man;
mod output;
mod plan;
mod policy;
mod reports;
mod repository;
mod schema;
mod signals;
mod snapshot;
mod test;
mod variables;

pub use apply::record_schema;
pub use output::OutputOptions;

use crate::diagnostic::Severity;
use crate::load::LoadError;
use crate::pipeline::PipelineError;
use crate::report::{Colour, printable_block, printable_line};
use ::registry::Redaction;
use ::schema::name::PrincipalId;
use ::schema::secret::Secret;
use clap::{Args, CommandFactory, FromArgMatches, Parser, Subcommand, ValueEnum};
use policy::{AccountOptions, PolicyOptions};
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io::{ErrorKind, Read, Write};
use std::path::PathBuf;
use std::sync::LazyLock;
use time::{Date, OffsetDateTime};

/// The process environment that a command may use: environment variables, clock and standard streams.
pub struct World<'w> {
    /// The environment variables that are UTF-8.
    pub environment: BTreeMap<String, String>,
    /// The names of those that are not.
    pub unreadable: Vec<OsString>,
    /// The time, read once.
    pub now: OffsetDateTime,
    /// The path of this executable; the provider is in the same folder.
    pub program: Option<PathBuf>,
    /// The folder for temporary files; concurrent runs share the registry's rate limits through it.
    pub temporary: Option<PathBuf>,
    /// Standard input.
    pub input: &'w mut dyn Read,
    /// Whether standard input is a terminal.
    pub in_is_terminal: bool,
    /// Standard output: results.
    pub out: &'w mut dyn Write,
    /// Whether standard output is a terminal.
    pub out_is_terminal: bool,
    /// Standard error: progress, findings and warnings.
    pub err: &'w mut dyn Write,
    /// Whether standard error is a terminal.
    pub err_is_terminal: bool,
    /// The first error of writing to standard output.
    pub output_error: Option<std::io::Error>,
    /// How the command writes.
    pub output: OutputOptions,
    /// API keys that are not in the environment: they are redacted too.
    pub keys: Vec<Secret>,
}

impl World<'_> {
    /// The value of an environment variable, unless it is unset or empty.
    #[must_use]
    pub fn variable(&self, name: &str) -> Option<&str> {
        self.environment.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }

    /// Writes to standard output. A closed pipe is not an error; any other write error makes the command fail at its
    /// end.
    fn print(&mut self, text: &str) {
        let text = self.without_commands(text).into_owned();
        self.print_unchanged(&text);
    }

    /// The text without the form of a command that the runner of GitHub Actions executes anywhere in a line. In strings of JSON
    /// and HCL the escape means the same.
    fn without_commands<'t>(&self, text: &'t str) -> Cow<'t, str> {
        if self.variable("GITHUB_ACTIONS").is_none() || !text.contains("##[") {
            return Cow::Borrowed(text);
        }
        Cow::Owned(text.replace("##[", "#\\u0023["))
    }

    /// Like [`Self::print`], for a policy and for commands of a CI system.
    fn print_unchanged(&mut self, text: &str) {
        let written = self.out.write_all(text.as_bytes()).and_then(|()| self.out.flush());
        self.output_error =
            written.err().filter(|error| error.kind() != ErrorKind::BrokenPipe).or(self.output_error.take());
    }

    /// Redacts API keys.
    fn redaction(&self) -> Redaction {
        let keys = ["TEMPORAL_CLOUD_API_KEY", "TEMPORAL_API_KEY"].map(|name| self.variable(name));
        Redaction::new(keys.into_iter().flatten().map(Secret::new).chain(self.keys.iter().cloned()))
    }

    /// Writes to standard error, with API keys redacted.
    fn eprint(&mut self, text: &str) {
        let text = self.redaction().hide(text);
        let text = self.without_commands(&text).into_owned();
        let _ = self.err.write_all(text.as_bytes()).and_then(|()| self.err.flush());
    }
}

/// Why a command could not run, with help on how to fix it.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub struct Failure {
    message: String,
    help: Option<String>,
    /// Whether what was asked for is refused, rather than that the command could not work.
    is_refusal: bool,
}

impl Failure {
    fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), help: None, is_refusal: false }
    }

    /// What was asked for is refused: the exit code is that of findings.
    fn refusal(message: impl Into<String>) -> Self {
        Self { is_refusal: true, ..Self::new(message) }
    }

    /// The same failure of a command that could not work.
    fn without_refusal(self) -> Self {
        Self { is_refusal: false, ..self }
    }

    fn help(self, help: impl Into<String>) -> Self {
        Self { help: Some(help.into()), ..self }
    }

    /// The error and the help, as they are printed.
    fn text(&self) -> String {
        let help = self.help.iter().map(|help| format!("help: {}\n", printable_block(help)));
        format!("error: {}\n{}", printable_block(&self.message), help.collect::<String>())
    }
}

impl From<LoadError> for Failure {
    fn from(error: LoadError) -> Self {
        Self { help: error.help(), ..Self::new(error.to_string()) }
    }
}

impl From<PipelineError> for Failure {
    fn from(error: PipelineError) -> Self {
        Self { help: error.help(), ..Self::new(error.to_string()) }
    }
}

impl From<registry::RegistryError> for Failure {
    fn from(error: registry::RegistryError) -> Self {
        let help = error.help().map(str::to_owned);
        Self { help, ..Self::new(error.to_string()) }
    }
}

/// Compiles, checks, plans and applies policies for Temporal Nexus.
#[derive(Parser)]
#[command(name = "nexusc", about, max_term_width = 100)]
struct CommandLine {
    #[command(flatten)]
    output: OutputOptions,
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand)]
enum Verb {
    /// Check a policy; needs no network
    ///
    /// Reads every policy file, or with `-` standard input in HCL or JSON, and reports all findings. Exit code: 0 when there
    /// is no finding at or above `--fail-on`, 1 when there is one, 2 when the policy could not be read.
    Check(check::Options),
    /// Show what applying a policy would change
    ///
    /// Compares the policy with the registry, using the API key in TEMPORAL_CLOUD_API_KEY or in a profile of the `temporal`
    /// CLI, or with a snapshot. Exit code: 0; 1 when the policy has errors; 2 when it could not be read or the registry could
    /// not be asked; 3 when an approval is missing. With `--detailed-exitcode`: 0 without changes, 2 with changes, 3 when an
    /// approval is missing, 1 in every other case, such as when the account has an object that no change corrects.
    Plan(plan::Options),
    /// Change the registry to match the policy
    ///
    /// Waits for operations in progress, plans the policy, shows the plan, asks, and applies it; or applies a saved plan,
    /// which was shown before. Uses the API key in TEMPORAL_CLOUD_API_KEY or in a profile of the `temporal` CLI. Each change
    /// is carried out only where the account is as the plan saw it, and is left alone where it is as planned already. Ctrl-C and SIGTERM finish the changes in progress
    /// and start no other. Deletes what `removed` blocks name, and with `unmanaged = "delete"` what is not declared; nothing
    /// else. Exit code: 0 when all changes were applied and no object is in a state that prevents it from working; 1 when
    /// not, or when it was refused or stopped; 2 when the policy could not be read or the registry could not be asked; 3
    /// when an approval or `--allow` is missing.
    Apply(apply::Options),
    /// Show how access differs between two policies
    ///
    /// Compares a policy with a base, such as a pull request with its base branch (`--base origin/main:policy`), for the same day
    /// and, but for `--base-from-account`, without a network: which calls are gained and lost, to which targets, and who can manage an Endpoint. Evaluates
    /// guards on gained and lost calls and managers. The guards, tests, `lint` and suppressions of the base judge the
    /// change as well, and rules that change are listed. Exit code: 0; 1 when a policy has errors; 2 when one could not
    /// be read; 3 when an approval is missing: a guard of severity `approval` failed, or a rule was removed or weakened.
    Diff(diff::Options),
    /// Run the tests of a policy
    ///
    /// `test` blocks state who may call and manage Endpoints, and who may not. `check` runs them too and reports
    /// failures; `test` shows the result of each element, with the reason. An element that cannot be decided is
    /// `unproven`, a warning; a test without elements, and a denied call to an Endpoint without callers, pass
    /// and are marked as vacuous. Needs no network. Exit code: 0 when there is no finding at or above `--fail-on`, 1
    /// when there is one or the policy has errors and was not tested, 2 when the policy could not be read or has no
    /// test, or a filter matches none.
    Test(test::Options),
    /// Show who may call what
    ///
    /// Reads a policy, for one day and without a network, or a matrix written by `nexusc export authorizer`. With
    /// `--account`, what the account allows today and what is not applied yet are marked. Exit code: 0; 1 when the
    /// policy has errors; 2 when it could not be read.
    Access(access::Options),
    /// Draw a graph of who may call what
    ///
    /// Shows Namespaces, the Endpoints that they may call, their targets, and private connections, for one day and
    /// without a network, as Graphviz, Mermaid or JSON. With `--account`, grants outside the policy are dashed, and
    /// what is there only today or is not applied yet is labelled. Exit code: 0; 1 when the policy has errors; 2 when it
    /// could not be read or a name given is not in the graph.
    Graph(graph::Options),
    /// Export a policy for other programs
    Export(export::Options),
    /// Format policy files
    ///
    /// Formats HCL as `terraform fmt` does, and JSON likewise: two spaces per level, equals signs and trailing
    /// comments aligned, at most one blank line. Changes whitespace only, never a comment, a string or a heredoc;
    /// removes a byte order mark and keeps line endings. Prints the names of changed files, and replaces each
    /// atomically, with its permissions and its owner; a file with further hard links, a symbolic link and a file that changes
    /// meanwhile are not changed. Files with syntax errors are not changed; the errors are reported. Exit code: 0; 1 when a file has
    /// syntax errors, or with `--check` is not formatted; 2 when a file could not be read or written.
    Fmt(fmt::Options),
    /// Explain a finding's code, or list all codes
    ///
    /// Prints what a code means, with a policy that triggers it and the corrected policy.
    Explain(explain::Options),
    /// Print the JSON Schema of a file format or an output
    Schema(schema::Options),
    /// Write an account snapshot, for `nexusc check --account`
    ///
    /// Reads Namespaces, principals and Endpoints from the registry. Sections that the API key cannot read in full
    /// are marked as partial.
    Snapshot(snapshot::Options),
    /// Generate a policy from an existing account
    ///
    /// Reads the account and writes a policy for it: checked against the account it has no errors, and `nexusc plan`
    /// finds no changes. With POLICY, writes only what that policy lacks. What a policy cannot express or the API key
    /// cannot read is left out, with the reason. Exit code: 0; 1 when POLICY has errors or is for another account; 2 when
    /// the account could not be read.
    Adopt(adopt::Options),
    /// Serve an embedded registry for development and tests
    ///
    /// Prints one line of JSON with the addresses and API keys when ready, then serves until SIGTERM or Ctrl-C.
    Dev(dev::Options),
    /// Run an end-to-end demo: check, plan, apply and Terraform against an embedded registry
    Demo,
    /// Print a script with which a shell completes commands and options
    ///
    /// For example in `~/.bashrc`: `source <(nexusc completions bash)`.
    Completions(completions::Options),
    /// Write the manual pages
    #[command(hide = true)]
    Man(man::Options),
}

/// The registry that a command uses.
#[derive(Args, Default)]
struct RegistryOptions {
    /// The registry's address, `host:port` or a URL [default: TEMPORAL_CLOUD_ENDPOINT, else TEMPORAL_CLOUD_API_SERVER, else
    /// saas-api.tmprl.cloud:443]
    #[arg(long, value_name = "ADDRESS")]
    registry: Option<String>,
    /// The profile of `temporal.toml` with the API key, instead of TEMPORAL_CLOUD_API_KEY [default: TEMPORAL_PROFILE, else
    /// `default`]
    ///
    /// For a self-hosted server, the profile with the settings of the connection.
    #[arg(long, value_name = "NAME")]
    profile: Option<String>,
    /// The configuration file of the `temporal` CLI [default: TEMPORAL_CONFIG_FILE, else `temporalio/temporal.toml` in the
    /// user's configuration directory]
    #[arg(long, value_name = "FILE")]
    config_file: Option<PathBuf>,
    /// Connect without TLS, as with TEMPORAL_CLOUD_ALLOW_INSECURE=true (insecure: sends the API key unencrypted)
    ///
    /// Required for `http://` to any other machine.
    #[arg(long)]
    allow_insecure: bool,
    /// Timeout, such as `30s` or `5m`, of each request with its retries, each list with all its pages, and each
    /// asynchronous operation [default: 1m, 5m and 10m]
    #[arg(long, value_name = "DURATION", value_parser = devregistry::parse_duration)]
    timeout: Option<std::time::Duration>,
}

impl RegistryOptions {
    /// Whether any is given.
    fn is_given(&self) -> bool {
        self.registry.is_some() || self.allow_insecure || self.timeout.is_some()
    }
}

#[derive(Clone, Copy, ValueEnum)]
enum Format {
    /// Human-readable text
    Human,
    /// JSON
    Json,
}

#[derive(Clone, Copy, ValueEnum)]
enum FailOn {
    Error,
    Warning,
    Note,
}

impl FailOn {
    fn severity(self) -> Severity {
        match self {
            Self::Error => Severity::Error,
            Self::Warning => Severity::Warning,
            Self::Note => Severity::Note,
        }
    }
}

/// Runs a command line and gives the exit code.
pub fn run(arguments: impl IntoIterator<Item = OsString>, mut world: World) -> u8 {
    let arguments: Vec<_> = arguments.into_iter().collect();
    let (cannot_work, shown) = (cannot_work(&arguments), printable_error(&arguments));
    world.output = OutputOptions::scan(&arguments);
    if let Err(failure) = refuse_key(&arguments) {
        world.eprint(&failure.text());
        return cannot_work;
    }
    let verb = match parse(&arguments) {
        Ok(command_line) => {
            world.output = command_line.output;
            command_line.verb
        }
        Err(error) => return refuse_command_line(&shown.unwrap_or(error), cannot_work, &mut world),
    };
    let readable = check_environment(&world.unreadable);
    let done = readable.and_then(|()| match verb {
        Verb::Check(options) => check::run(options, &mut world),
        Verb::Plan(options) => plan::run(options, &mut world),
        Verb::Apply(options) => apply::run(&options, &mut world),
        Verb::Diff(options) => diff::run(options, &mut world),
        Verb::Test(options) => test::run(options, &mut world),
        Verb::Access(options) => access::run(options, &mut world),
        Verb::Graph(options) => graph::run(options, &mut world),
        Verb::Export(options) => export::run(options, &mut world),
        Verb::Fmt(options) => fmt::run(&options, &mut world),
        Verb::Explain(options) => explain::run(&options, &mut world),
        Verb::Schema(options) => schema::run(&options, &mut world),
        Verb::Snapshot(options) => snapshot::run(options, &mut world),
        Verb::Adopt(options) => adopt::run(options, &mut world),
        Verb::Dev(options) => dev::run(options, &mut world),
        Verb::Demo => demo::run(&mut world),
        Verb::Completions(options) => completions::run(&options, &mut world),
        Verb::Man(options) => man::run(&options, &mut world),
    });
    let done = done.and_then(|code| match world.output_error.take() {
        Some(error) => Err(Failure::new(format!("cannot write standard output: {error}"))),
        None => Ok(code),
    });
    done.unwrap_or_else(|failure| {
        world.eprint(&failure.text());
        if failure.is_refusal { 1 } else { cannot_work }
    })
}

/// The commands and options, with the version.
fn command() -> clap::Command {
    /// The commit that a release is built from, which whoever builds it sets.
    const COMMIT: Option<&str> = option_env!("NEXUSC_COMMIT");
    static VERSION: LazyLock<String> = LazyLock::new(|| {
        let commit = COMMIT.filter(|commit| !commit.is_empty()).unwrap_or("unknown");
        let (version, api) = (env!("CARGO_PKG_VERSION"), registry::API_VERSION);
        format!("{version} (commit {commit}, Temporal Cloud API {api})")
    });
    CommandLine::command().version(VERSION.as_str())
}

fn parse(arguments: &[OsString]) -> Result<CommandLine, clap::Error> {
    let mut command = command();
    let matches = command.try_get_matches_from_mut(arguments)?;
    CommandLine::from_arg_matches(&matches).map_err(|error| error.format(&mut command))
}

/// Refuses an API key on the command line, as the `temporal` CLI and `tcld` take it, without repeating it.
fn refuse_key(arguments: &[OsString]) -> Result<(), Failure> {
    let words = arguments.iter().map(|word| word.to_string_lossy()).take_while(|word| word != "--");
    let mut keys = words.filter(|word| word == "--api-key" || word.starts_with("--api-key="));
    let message = "`--api-key` is not accepted: a key on the command line stands in the process list, in the shell's history and \
                   in logs of CI";
    let help =
        "set TEMPORAL_CLOUD_API_KEY, or name a profile of `temporal.toml` that has the key with `--profile`";
    keys.next().map_or(Ok(()), |_| Err(Failure::new(message).help(help)))
}

/// Refuses a variable of `nexusc` or of Temporal that is not UTF-8: without it, another value would be used.
fn check_environment(unreadable: &[OsString]) -> Result<(), Failure> {
    let names = unreadable.iter().map(|name| name.to_string_lossy());
    let mut ours =
        names.filter(|name| ["NEXUSC_", "TEMPORAL_"].iter().any(|prefix| name.starts_with(prefix)));
    let message = |name| format!("the environment variable `{name}` is not UTF-8");
    ours.next()
        .map_or(Ok(()), |name| Err(Failure::new(message(name)).help("set it to UTF-8 text, or unset it")))
}

/// The exit code of a command that could not work: 2. With `plan --detailed-exitcode`, also misspelt, 2 means changes, and
/// an outage must not read as those.
fn cannot_work(arguments: &[OsString]) -> u8 {
    let is_plan = arguments.get(1).is_some_and(|verb| verb == "plan");
    let is_detailed = |argument: &OsString| argument.to_string_lossy().starts_with("--detailed");
    if is_plan && arguments.iter().any(is_detailed) { 1 } else { 2 }
}

/// The error for arguments with hidden characters, which it repeats: that for the escaped arguments.
fn printable_error(arguments: &[OsString]) -> Option<clap::Error> {
    let escaped: Vec<_> = arguments.iter().map(|it| printable_line(&it.to_string_lossy())).collect();
    let is_plain = escaped.iter().zip(arguments).all(|(escaped, given)| given == escaped.as_str());
    if is_plain { None } else { parse(&escaped.iter().map(OsString::from).collect::<Vec<_>>()).err() }
}

fn refuse_command_line(error: &clap::Error, cannot_work: u8, world: &mut World) -> u8 {
    let text = error.render();
    if error.use_stderr() {
        let colour = world.colour(world.err_is_terminal);
        world.eprint(&if colour == Colour::Ansi { text.ansi().to_string() } else { text.to_string() });
    } else {
        let colour = world.colour(world.out_is_terminal);
        world.print(&if colour == Colour::Ansi { text.ansi().to_string() } else { text.to_string() });
    }
    if error.use_stderr() { cannot_work } else { 0 }
}

fn parse_day(text: &str) -> Result<Date, String> {
    crate::language::day::parse(text).ok_or_else(|| "expected a date, YYYY-MM-DD".to_owned())
}

fn parse_principal(text: &str) -> Result<PrincipalId, String> {
    text.parse().map_err(|error: ::schema::name::NameError| error.to_string())
}

/// The runtime for the commands that call a registry.
fn runtime() -> Result<tokio::runtime::Runtime, Failure> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    runtime.map_err(|error| Failure::new(format!("cannot start the async runtime: {error}")))
}

#[cfg(test)]
mod tests;
