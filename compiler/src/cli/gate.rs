//! What must be agreed to before anything is applied: approvals, and taking away much at once.

use super::approval::{ApprovalOptions, needs_approval};
use super::base::{BasePath, BaseVariableOptions};
use super::{Failure, World};
use crate::access::difference::Size;
use crate::pipeline::{ChangeDigest, ParsedPolicy, Planning};
use crate::plan::{Plan, PlanSource};
use crate::report::{counted, printable_line, rules_text};
use clap::Args;
use std::path::PathBuf;
use time::Date;

/// What was agreed to.
#[derive(Args)]
pub struct GateOptions {
    /// The policy before the change, a path or `REV:PATH` of a Git revision: its guards, tests, `lint` and suppressions judge the
    /// change too; may be repeated
    #[arg(long, value_name = "POLICY")]
    pub base: Vec<BasePath>,
    #[command(flatten)]
    pub base_variables: BaseVariableOptions,
    #[command(flatten)]
    approvals: ApprovalOptions,
}

/// What may be taken away.
#[derive(Args)]
pub struct AllowOptions {
    /// Allow to take away much at once: `revoke=N` callers or `delete=N` objects, with the exact number; may be repeated
    ///
    /// What a policy deletes by `unmanaged = "delete"` always needs it.
    #[arg(long, value_name = "KIND=N", value_parser = parse_allowance)]
    allow: Vec<Allowance>,
}

/// A number of revocations or deletions that is agreed to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Allowance {
    /// Pairs of a caller and an Endpoint.
    Revoke(usize),
    /// Endpoints and private connections.
    Delete(usize),
}

fn parse_allowance(text: &str) -> Result<Allowance, String> {
    let number = |count: &str| count.parse().map_err(|_| format!("`{count}` is not a whole number"));
    match text.split_once('=') {
        Some(("revoke", count)) => number(count).map(Allowance::Revoke),
        Some(("delete", count)) => number(count).map(Allowance::Delete),
        _ => Err("expected `revoke=N` or `delete=N`".to_owned()),
    }
}

impl GateOptions {
    /// Shows the rules that change, and tells whether the plan has the approvals that it needs: one for taking away much, too,
    /// unless exactly that was agreed to with `--allow`.
    pub fn is_approved(
        &self,
        made: &Planning,
        parsed: &ParsedPolicy,
        policy: &[PathBuf],
        agreed: Size,
        world: &mut World,
    ) -> Result<bool, Failure> {
        world.eprint(&rules_text(&made.rules));
        let much = made.takes_away();
        if much != Size::default() {
            world.eprint(&format!("{}: `nexusc apply` needs{}\n", shown(much), line(much)));
        }
        if !needs_approval(&made.findings, &made.rules) && (much == Size::default() || much == agreed) {
            return Ok(true);
        }
        self.approvals.is_approved(&made.digest, policy, &self.base, parsed.today, world)
    }

    /// Like [`Self::is_approved`], for a saved plan.
    pub fn is_saved_approved(&self, plan: &Plan, today: Date, world: &mut World) -> Result<bool, Failure> {
        let PlanSource { approvals, change, .. } = &plan.source;
        if approvals.is_empty() && taken_away(plan) == Size::default() {
            return Ok(true);
        }
        for message in approvals {
            world.eprint(&(printable_line(&format!("needs an approval: {message}")) + "\n"));
        }
        self.approvals.is_approved(&ChangeDigest(change.clone()), &[], &[], today, world)
    }
}

impl AllowOptions {
    /// The numbers that were agreed to.
    pub fn agreed(&self) -> Size {
        self.allow.iter().fold(Size::default(), |size, allowance| match *allowance {
            Allowance::Revoke(pairs) => Size { pairs, ..size },
            Allowance::Delete(endpoints) => Size { endpoints, ..size },
        })
    }

    /// Tells whether everything that a plan takes away, where that is much or not named by the policy, is agreed to with the exact number.
    pub fn allows(&self, Size { endpoints, pairs }: Size, world: &mut World) -> bool {
        let is_allowed = |count: usize, allowance: Allowance| count == 0 || self.allow.contains(&allowance);
        let allowed = is_allowed(pairs, Allowance::Revoke(pairs))
            && is_allowed(endpoints, Allowance::Delete(endpoints));
        if !allowed {
            let line = line(Size { endpoints, pairs });
            world.eprint(&format!("nothing was applied: to take away so much, add{line}\n"));
        }
        allowed
    }
}

/// What a saved plan takes away, where it is much.
pub fn taken_away(plan: &Plan) -> Size {
    Size { endpoints: plan.source.deletes, pairs: plan.source.revokes }
}

/// `the plan revokes 24 callers and deletes 3 objects`
fn shown(Size { endpoints, pairs }: Size) -> String {
    let revoked = (pairs > 0).then(|| format!("revokes {}", counted(pairs, "caller")));
    let deleted = (endpoints > 0).then(|| format!("deletes {}", counted(endpoints, "object")));
    let parts: Vec<_> = revoked.into_iter().chain(deleted).collect();
    format!("the plan {}", parts.join(" and "))
}

/// The options to type.
fn line(Size { endpoints, pairs }: Size) -> String {
    let revoke = if pairs > 0 { format!(" --allow revoke={pairs}") } else { String::new() };
    let delete = if endpoints > 0 { format!(" --allow delete={endpoints}") } else { String::new() };
    revoke + &delete
}
