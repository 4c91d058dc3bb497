//! The command line. Each verb is a file that is given its options and the world, and returns an exit code.

mod access;
mod adopt;
mod apply;
mod check;
mod connect;
mod demo;
mod dev;
mod diff;
mod explain;
mod export;
mod file;
mod fmt;
mod graph;
mod plan;
mod policy;
mod schema;
mod snapshot;
mod test;
mod variables;

use crate::diagnostic::Severity;
use crate::load::LoadError;
use crate::pipeline::PipelineError;
use crate::report::{Colour, printable};
use ::registry::Redaction;
use ::schema::name::PrincipalId;
use ::schema::secret::Secret;
use clap::{Args, Parser, Subcommand, ValueEnum};
use policy::{AccountOptions, PolicyOptions};
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io::{ErrorKind, Read, Write};
use std::path::PathBuf;
use time::{Date, OffsetDateTime};

/// Everything from outside that a command may use.
pub struct World<'w> {
    /// The environment.
    pub environment: BTreeMap<String, String>,
    /// The time, read once.
    pub now: OffsetDateTime,
    /// This program's file, beside which the provider lies.
    pub program: Option<PathBuf>,
    /// The folder for temporary files, through which runs at the same time keep below the registry's limits together.
    pub temporary: Option<PathBuf>,
    /// Where a policy comes from that has no file.
    pub input: &'w mut dyn Read,
    /// Where data goes.
    pub out: &'w mut dyn Write,
    /// Whether a person reads the data.
    pub out_is_terminal: bool,
    /// Where talk goes.
    pub err: &'w mut dyn Write,
    /// Whether a person reads the talk.
    pub err_is_terminal: bool,
    /// Why data could not be written, once that happened.
    pub lost: Option<std::io::Error>,
}

impl World<'_> {
    /// A variable of the environment that holds something.
    #[must_use]
    pub fn variable(&self, name: &str) -> Option<&str> {
        self.environment.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }

    fn colour(&self, is_terminal: bool) -> Colour {
        let plain = self.variable("NO_COLOR").is_some() || self.variable("TERM") == Some("dumb");
        if is_terminal && !plain { Colour::Ansi } else { Colour::None }
    }

    /// Writes data. A reader that went away is no fault of ours; a full disk makes the command fail at its end.
    fn print(&mut self, text: &str) {
        let written = self.out.write_all(text.as_bytes()).and_then(|()| self.out.flush());
        self.lost = written.err().filter(|error| error.kind() != ErrorKind::BrokenPipe).or(self.lost.take());
    }

    /// Writes talk; an API key that got into it in spite of all is left out.
    fn eprint(&mut self, text: &str) {
        let keys = ["TEMPORAL_CLOUD_API_KEY", "TEMPORAL_API_KEY"].map(|name| self.variable(name));
        let text = Redaction::new(keys.into_iter().flatten().map(Secret::new)).hide(text);
        let _ = self.err.write_all(text.as_bytes()).and_then(|()| self.err.flush());
    }
}

/// Why a command could not do its work, with what to do about it.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub struct Failure {
    message: String,
    help: Option<String>,
}

impl Failure {
    fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), help: None }
    }

    fn help(self, help: impl Into<String>) -> Self {
        Self { help: Some(help.into()), ..self }
    }
}

impl From<LoadError> for Failure {
    fn from(error: LoadError) -> Self {
        Self::new(error.to_string())
    }
}

impl From<PipelineError> for Failure {
    fn from(error: PipelineError) -> Self {
        Self { help: error.help(), message: error.to_string() }
    }
}

impl From<registry::RegistryError> for Failure {
    fn from(error: registry::RegistryError) -> Self {
        let help = error.help().map(str::to_owned);
        Self { message: error.to_string(), help }
    }
}

/// Compiles, checks, plans and applies policies for Temporal Nexus.
#[derive(Parser)]
#[command(name = "nexusc", version, about, max_term_width = 100)]
struct CommandLine {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand)]
enum Verb {
    /// Check a policy; needs no network
    ///
    /// Reads every policy file and reports everything that is wrong. Exit code: 0 when nothing weighs as much as
    /// `--fail-on`, 1 when something does, 2 when the policy could not be read.
    Check(check::Options),
    /// Show what applying a policy would change
    ///
    /// Compares the policy with the registry, with the API key in TEMPORAL_CLOUD_API_KEY. Exit code: 0, or with `--detailed-exitcode` 2 when there are changes; 3
    /// when a guard of severity `approval` fired; 1 when the policy or the registry refuses.
    Plan(plan::Options),
    /// Change the registry so that it is as the policy says
    ///
    /// Plans and carries the plan out, or carries out a plan made before, with the API key in TEMPORAL_CLOUD_API_KEY. It
    /// does not ask before it changes anything, and deletes nothing: Endpoints that the policy does not declare stay. Exit
    /// code: 0 when everything was done, else 1.
    Apply(apply::Options),
    /// Show what access a change of a policy gives and takes
    ///
    /// Compares a policy with another, such as a pull request's with that of its base, on one day and without a network:
    /// which calls are gained and lost, to which targets, and who can manage an Endpoint. Guards on gained and lost calls
    /// and managers see it. Exit code: 0; 3 when a guard of severity `approval` fired; 1 when a policy has errors.
    Diff(diff::Options),
    /// Run the tests of a policy, and show what is so
    ///
    /// The `test` blocks of a policy say who may call and manage Endpoints, and who may not. `check` runs them too and tells what fails;
    /// this shows each element, passed ones too, with what is so and why. An element whose answer cannot be known is
    /// `unproven`, a warning; a test that expects nothing, and a call that is denied to everyone, pass and are marked
    /// as such. Needs no network. Exit code: 0 when nothing weighs as much as `--fail-on`, 1 when something does or the
    /// policy has errors, so that it could not be tested, 2 when the policy could not be read or no test is selected.
    Test(test::Options),
    /// Show who may call what
    ///
    /// By the policy, on one day and without a network, or by a matrix that `nexusc export authorizer` wrote. Exit code: 0;
    /// 1 when the policy has errors.
    Access(access::Options),
    /// Draw who may call what
    ///
    /// Namespaces, the Endpoints that they may call, where these lead, and private connections, on one day and without a network, for
    /// Graphviz, for Markdown or as JSON. What others grant, by the account's facts, is dashed. Exit code: 0; 1 when the
    /// policy has errors or a name that is asked for is not in the graph.
    Graph(graph::Options),
    /// Write what a policy says for other programs
    Export(export::Options),
    /// Lay out policy files alike
    ///
    /// As `terraform fmt` does for HCL, and in the same spirit for JSON: two blanks for each level, equals signs and trailing
    /// comments below each other, at most one blank line. Only white space changes, never a comment, a string or a heredoc, and
    /// a byte order mark goes; line endings stay. Prints the names of the files that it changed, and replaces each at
    /// once. A file with syntax errors is left as it is, and what is wrong is reported. Exit code: 0; 1 when a file has syntax
    /// errors, or with `--check` is not formatted; 2 when a file could not be read or written.
    Fmt(fmt::Options),
    /// Explain a code of a finding, or list all codes
    ///
    /// Says what a code means, with a policy that is wrong and one that is right.
    Explain(explain::Options),
    /// Print the JSON Schema of policies, of plan files, of snapshots, of graphs or of what became of tests
    Schema(schema::Options),
    /// Write down what the account holds, for `nexusc check --account`
    ///
    /// Reads Namespaces, principals and Endpoints from the registry. What the API key may not see is marked as such.
    Snapshot(snapshot::Options),
    /// Write a policy for what the account already has
    ///
    /// Reads the account, and writes a policy that says the same: checked against the account it has no errors, and
    /// `nexusc plan` finds nothing to change. With POLICY, only what that lacks. What a policy cannot say, and what the API
    /// key cannot see, is left out with the reason. Exit code: 0, or 1 when POLICY cannot be understood or is of another account,
    /// or when the account could not be read.
    Adopt(adopt::Options),
    /// Serve an embedded registry for trying and testing
    ///
    /// Prints one line of JSON with the addresses and API keys when it is ready, then serves until it is told to stop.
    Dev(dev::Options),
    /// See it all at work: check, plan, apply and Terraform against an embedded registry
    Demo,
}

/// The registry that a command talks to.
#[derive(Args)]
struct RegistryOptions {
    /// The registry's address: `host:port` or a URL [default: TEMPORAL_CLOUD_ENDPOINT, else saas-api.tmprl.cloud:443]
    #[arg(long, value_name = "ADDRESS")]
    registry: Option<String>,
    /// Speak plaintext to the registry, as TEMPORAL_CLOUD_ALLOW_INSECURE=true does: the API key is then sent unencrypted
    ///
    /// `http://` to another machine than this one needs it.
    #[arg(long)]
    allow_insecure: bool,
    /// How long one thing may take, such as `30s` or `5m`, before it is given up: a call with its repetitions, all pages of
    /// a list, or a change that the registry carries out [default: 1m, 5m and 10m]
    #[arg(long, value_name = "DURATION", value_parser = devregistry::parse_duration)]
    timeout: Option<std::time::Duration>,
}

#[derive(Clone, Copy, ValueEnum)]
enum Format {
    /// For people
    Human,
    /// For programs
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
    let cannot_work = cannot_work(arguments.get(1));
    let verb = match CommandLine::try_parse_from(arguments) {
        Ok(command_line) => command_line.verb,
        Err(error) => return refuse_command_line(&error, cannot_work, &mut world),
    };
    let done = match verb {
        Verb::Check(options) => check::run(options, &mut world),
        Verb::Plan(options) => plan::run(options, &mut world),
        Verb::Apply(options) => apply::run(options, &mut world),
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
    };
    let done = done.and_then(|code| match world.lost.take() {
        Some(error) => Err(Failure::new(format!("the output could not be written: {error}"))),
        None => Ok(code),
    });
    done.unwrap_or_else(|failure| {
        world.eprint(&printable(&format!("error: {failure}\n")));
        if let Some(help) = failure.help {
            world.eprint(&printable(&format!("help: {help}\n")));
        }
        cannot_work
    })
}

/// The exit code for a command that could not do its work. 1 says of a check that something was found, and 2 of a plan
/// that something is to be changed: neither may stand for a slip of the pen.
fn cannot_work(verb: Option<&OsString>) -> u8 {
    let other = ["plan", "apply", "diff", "access", "graph", "export", "snapshot", "adopt", "demo", "dev"]
        .iter()
        .any(|other| verb.is_some_and(|verb| verb == other));
    if other { 1 } else { 2 }
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
    crate::language::day::parse(text).ok_or_else(|| "not a date".to_owned())
}

fn parse_principal(text: &str) -> Result<PrincipalId, String> {
    text.parse().map_err(|error: ::schema::name::NameError| error.to_string())
}

/// The runtime for the commands that talk to a registry: one thread suffices for what waits on a network.
fn runtime() -> Result<tokio::runtime::Runtime, Failure> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    runtime.map_err(|error| Failure::new(format!("cannot start: {error}")))
}
