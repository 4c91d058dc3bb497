//! Generates a policy from an existing account. The policy has no errors against the same facts and plans no change; what a
//! policy cannot express, or the facts have incompletely, is left out with the reason.

mod block;
mod endpoint;
mod hcl;
mod json;
mod label;
mod limits;
mod namespace;
mod principal;
mod privatelink;
mod references;
#[cfg(test)]
mod tests;

pub use block::{Block, Part, Value};
pub use hcl::hcl;
pub use json::json;

use crate::access::deletion::{unmanaged_endpoints, unmanaged_privatelinks};
use crate::facts::{Facts, Home};
use crate::language::block::BlockKind;
use crate::policy::Policy;
use crate::syntax::document::Document;
use label::Labels;
use references::References;
use schema::limit::Limits;

/// The generated policy, in order.
#[derive(Debug, Default)]
pub struct Adopted {
    /// The blocks and the remarks between them.
    pub parts: Vec<Part>,
}

impl Adopted {
    /// A policy for the whole account.
    #[must_use]
    pub fn account(facts: &Facts) -> Self {
        let mut references = References::of(facts);
        let mut adopted = Self::default();
        namespace::adopt(&mut references, &mut adopted);
        principal::adopt(&mut references, &mut adopted);
        let (endpoints, rules) =
            (facts.endpoints.values().collect(), facts.connectivity.private_rules().collect());
        let limits = limits::held(facts);
        endpoint::adopt(endpoints, Labels::default(), limits, &references, &mut adopted);
        endpoint::leave_out_deleting(facts.deleting.values(), &mut adopted);
        privatelink::adopt(rules, Labels::default(), &references, &mut adopted);
        adopted.parts.insert(0, Part::Block(account(&facts.home, limits)));
        adopted
    }

    /// The Endpoints and private connections that a policy neither declares nor ignores.
    #[must_use]
    pub fn missing(policy: &Policy, document: &Document, facts: &Facts) -> Self {
        let references = References::declared(policy, facts);
        let mut adopted = Self::default();
        let labels = |kind| Labels::taken(document.of_kind(kind).map(|block| block.label_text()));
        let endpoints = unmanaged_endpoints(policy, facts);
        endpoint::adopt(
            endpoints,
            labels(BlockKind::Endpoint),
            policy.account.limits,
            &references,
            &mut adopted,
        );
        let rules = unmanaged_privatelinks(policy, facts);
        privatelink::adopt(rules, labels(BlockKind::Privatelink), &references, &mut adopted);
        adopted
    }

    /// The number of blocks of these kinds.
    #[must_use]
    pub fn count(&self, kinds: &[&str]) -> usize {
        self.blocks().filter(|block| kinds.contains(&block.kind)).count()
    }

    /// The blocks.
    pub fn blocks(&self) -> impl Iterator<Item = &Block> {
        self.parts.iter().filter_map(|part| match part {
            Part::Block(block) => Some(block),
            Part::Remark(_) => None,
        })
    }

    /// All remarks, each in one line.
    pub fn remarks(&self) -> impl Iterator<Item = String> + '_ {
        self.parts.iter().flat_map(|part| match part {
            Part::Remark(remark) => vec![remark.clone()],
            Part::Block(block) => {
                let of = |remark: &String| {
                    format!("{} {:?}: {remark}", block.kind, block.label.as_deref().unwrap_or(""))
                };
                block.remarks.iter().map(of).collect()
            }
        })
    }

    fn push(&mut self, block: Block) {
        self.parts.push(Part::Block(block));
    }

    fn remark(&mut self, remark: impl Into<String>) {
        self.parts.push(Part::Remark(remark.into()));
    }

    /// Adds a remark that something is left out, and why.
    fn leave_out(&mut self, kind: &str, name: &str, why: &str) {
        self.remark(format!("{kind} {} is left out: {why}", shown(name)));
    }
}

/// A string of the account, quoted and escaped for one line.
fn shown(text: &str) -> String {
    format!("`{}`", text.escape_debug())
}

fn account(home: &Home, limits: Limits) -> Block {
    let block = match home {
        Home::Account(id) => Block::new("account", None).with("id", Value::text(id.as_str())),
        Home::Cluster(_) => return Block::new("account", None).with("backend", Value::text("self_hosted")),
    };
    let raised = limits::raised(limits);
    if raised.is_empty() {
        return block;
    }
    let why = "The account exceeds the documented limits. The raised limits cannot be read: these are the current counts.";
    block.remark(why).with("limits", Value::Object(raised))
}
