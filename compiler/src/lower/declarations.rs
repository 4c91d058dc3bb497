//! Collects the declarations of a document into a policy.

use super::Context;
use super::instance::Instance;
use super::principal::{self, Doubt, Members};
use crate::diagnostic::{Findings, INVALID_VALUE, Severity};
use crate::language::block::BlockKind;
use crate::language::suggest;
use crate::policy::{
    DeclaredAccount, DeclaredAllowlist, DeclaredEndpoint, DeclaredGuard, DeclaredNamespace,
    DeclaredPrincipal, DeclaredPrivatelink, DeclaredRemoved, DeclaredTest, LintRule, Policy, Spanned,
    Unclear,
};
use crate::syntax::document::Block;
use schema::name::{EndpointName, NamespaceId, PrincipalId};
use std::collections::BTreeMap;
use std::sync::OnceLock;

/// The declaration of a block or instance.
pub enum Declared {
    Namespace(DeclaredNamespace),
    Endpoint(DeclaredEndpoint),
    Allowlist(Result<DeclaredAllowlist, Option<EndpointName>>),
    Privatelink(DeclaredPrivatelink),
    Removed(DeclaredRemoved),
    Guard(DeclaredGuard),
    Test(DeclaredTest),
    Principal(Option<DeclaredPrincipal>, Option<Doubt>),
    Lint(Vec<(Spanned<LintRule>, Option<Severity>)>),
}

impl Declared {
    /// A declaration without errors.
    pub fn without_doubt(self) -> Self {
        match self {
            Self::Principal(Some(it), _) => Self::Principal(Some(it), None),
            other => other,
        }
    }

    /// A declaration with errors, which is not compared with the account.
    pub fn in_doubt(mut self) -> Self {
        if let Self::Namespace(it) = &mut self {
            it.given.clear();
        }
        self
    }
}

/// The declarations so far. Namespaces and Endpoints are sorted at the end.
#[derive(Default)]
pub struct Declarations {
    namespaces: Vec<(NamespaceId, DeclaredNamespace)>,
    endpoints: Vec<(EndpointName, DeclaredEndpoint)>,
    principals: BTreeMap<PrincipalId, DeclaredPrincipal>,
    allowlists: BTreeMap<EndpointName, Vec<DeclaredAllowlist>>,
    pub privatelinks: Vec<DeclaredPrivatelink>,
    removed: Vec<DeclaredRemoved>,
    guards: Vec<DeclaredGuard>,
    tests: Vec<DeclaredTest>,
    lint: Vec<(Spanned<LintRule>, Option<Severity>)>,
    pub unclear: Unclear,
}

impl Declarations {
    /// Notes that a block was not read.
    pub fn doubt(&mut self, unread: &Block, context: &Context) {
        match unread.known_kind() {
            Some(BlockKind::Allowlist) => self.unclear.allowlists.push(None),
            Some(kind) if kind.principal().is_some() => {
                let instance = Instance { kind, block: unread, each: None };
                self.unclear.extend(principal::doubt(&instance, Members::default(), context));
            }
            _ => {}
        }
    }

    /// Adds what a block or instance declares.
    pub fn extend(&mut self, declared: Option<Declared>) {
        match declared {
            None => {}
            Some(Declared::Namespace(it)) => self.namespaces.push((it.namespace.id.clone(), it)),
            Some(Declared::Endpoint(it)) => self.endpoints.push((it.name.clone(), it)),
            Some(Declared::Principal(it, doubt)) => {
                self.principals.extend(it.map(|it| (it.principal.id.clone(), it)));
                self.unclear.extend(doubt);
            }
            Some(Declared::Allowlist(Ok(it))) => {
                self.allowlists.entry(it.endpoint.id.clone()).or_default().push(it);
            }
            Some(Declared::Allowlist(Err(endpoint))) => self.unclear.allowlists.push(endpoint),
            Some(Declared::Privatelink(it)) => self.privatelinks.push(it),
            Some(Declared::Removed(it)) => self.removed.push(it),
            Some(Declared::Guard(it)) => self.guards.push(it),
            Some(Declared::Test(it)) => self.tests.push(it),
            Some(Declared::Lint(levels)) => self.lint.extend(levels),
        }
    }

    /// Reports guards that only `lint` names.
    pub fn report_unknown_guards(&self, findings: &mut Findings) {
        let labels = || self.guards.iter().map(|guard| &*guard.instance.label);
        for (rule, _) in &self.lint {
            let Some(name) = rule.id.guard.as_deref().filter(|name| !labels().any(|label| label == *name))
            else {
                continue;
            };
            let finding = rule.finding(&INVALID_VALUE, format!("there is no guard `{name}`"));
            findings.push(match suggest::closest(name, labels()) {
                Some(close) => finding.help(format!("did you mean `{close}`?")),
                None => finding.help("name a guard of this policy by its label"),
            });
        }
    }

    /// The policy that all of this is.
    pub fn policy(self, account: DeclaredAccount, whole: bool) -> Policy {
        Policy {
            account,
            namespaces: self.namespaces.into_iter().collect(),
            principals: self.principals,
            endpoints: self.endpoints.into_iter().collect(),
            allowlists: self.allowlists,
            privatelinks: self.privatelinks,
            removed: self.removed,
            guards: self.guards,
            tests: self.tests,
            lint: self.lint.into_iter().map(|(rule, level)| (rule.id, level)).collect(),
            whole,
            unclear: self.unclear,
            memberships: OnceLock::new(),
            scope: None,
        }
    }
}

impl Unclear {
    fn extend(&mut self, doubt: Option<Doubt>) {
        let Some(Doubt { id, group }) = doubt else { return };
        self.principals.extend(id);
        self.groups.extend(group);
    }
}
