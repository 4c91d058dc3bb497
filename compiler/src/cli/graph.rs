//! `nexusc graph`: draws who may call what.

use super::policy::accepted;
use super::{AccountOptions, Failure, PolicyOptions, World, file};
use crate::access::graph::{Graph, Narrowing, UnknownName};
use crate::report::{Detail, MERMAID_MOST, dot, mermaid};
use clap::{Args, ValueEnum};

/// From how many calls on the graph shows Namespaces instead of Endpoints by default.
const READABLE_CALLS: usize = 300;

/// The options of `graph`.
#[derive(Args)]
pub struct Options {
    #[command(flatten)]
    policy: PolicyOptions,
    #[command(flatten)]
    account: AccountOptions,
    /// Only calls from or to this Namespace, by name or id; may be repeated
    #[arg(long, value_name = "NAMESPACE")]
    namespace: Vec<String>,
    /// Only calls to this Endpoint; may be repeated
    #[arg(long, value_name = "ENDPOINT")]
    endpoint: Vec<String>,
    /// Level of detail [default: endpoints, and namespaces from 300 calls on]; JSON has everything
    #[arg(long, value_enum)]
    detail: Option<DetailOption>,
    /// Output format
    #[arg(long, short = 'o', visible_alias = "output", value_enum, default_value = "dot")]
    format: GraphFormat,
}

#[derive(Clone, Copy, ValueEnum)]
enum DetailOption {
    /// Every Endpoint, with its callers and its target
    Endpoints,
    /// Namespaces, with the number of Endpoints between them
    Namespaces,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum GraphFormat {
    /// Graphviz
    Dot,
    /// Mermaid, for Markdown
    Mermaid,
    /// JSON, see docs/schema/graph.schema.json
    Json,
}

/// Draws who may call what.
pub fn run(options: Options, world: &mut World) -> Result<u8, Failure> {
    let parsed = options.policy.load(world)?;
    let facts = options.account.facts()?;
    let facts = facts.as_ref();
    let Some(policy) = accepted(&parsed, facts, world) else { return Ok(1) };
    let to = Narrowing { namespaces: &options.namespace, endpoints: &options.endpoint };
    let graph = Graph::of(&policy, facts, parsed.today).narrowed(to)?;
    let detail = options.detail(&graph, world);
    let text = match options.format {
        GraphFormat::Dot => dot(&graph, detail),
        GraphFormat::Mermaid => mermaid(&graph, detail),
        GraphFormat::Json => file::pretty(&graph)?,
    };
    if options.format == GraphFormat::Mermaid && lines(&text) > MERMAID_MOST {
        let (lines, help) = (lines(&text), "pass `--namespace` or `--endpoint`, or use `--format dot`");
        world.eprint(&format!(
            "the graph has {lines} lines, more than Mermaid's default limit of {MERMAID_MOST}: {help}\n"
        ));
    }
    world.print(&text);
    Ok(0)
}

impl Options {
    fn detail(&self, graph: &Graph, world: &mut World) -> Detail {
        match self.detail {
            Some(DetailOption::Endpoints) => Detail::Endpoints,
            Some(DetailOption::Namespaces) => Detail::Namespaces,
            None if graph.calls.len() < READABLE_CALLS || self.format == GraphFormat::Json => {
                Detail::Endpoints
            }
            None => {
                let count = graph.calls.len();
                let help = "pass `--detail endpoints` for every Endpoint, or `--namespace` or `--endpoint`";
                world.eprint(&format!("the graph has {count} calls, drawn between Namespaces: {help}\n"));
                Detail::Namespaces
            }
        }
    }
}

/// The number of lines between nodes.
fn lines(mermaid: &str) -> usize {
    mermaid
        .lines()
        .filter(|line| ["-->", "==>", "-.->", "-.-"].iter().any(|arrow| line.contains(arrow)))
        .count()
}

impl From<UnknownName> for Failure {
    fn from(error: UnknownName) -> Self {
        let failure = Self::new(error.to_string());
        match error.closest {
            Some(closest) => failure.help(format!("did you mean `{closest}`?")),
            None => failure,
        }
    }
}
