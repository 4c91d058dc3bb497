//! The names that a document declares, and resolution of names where they are used.

mod declared;
mod naming;
mod reported;

pub use declared::BlockName;
pub use naming::TypedName;

use super::hidden::HiddenCharacters;
use super::instance::Instance;
use crate::diagnostic::subject::Part;
use crate::diagnostic::{
    Code, DANGLING_CALLER, DANGLING_ENDPOINT, DANGLING_PRINCIPAL, DANGLING_TARGET, FOREIGN_ACCOUNT, Finding,
    Findings, INVALID_NAME, UNPROVEN,
};
use crate::evaluate::{Evaluator, Origin, Reference};
use crate::facts::Facts;
use crate::language::block::BlockKind;
use crate::language::suggest;
use crate::syntax::document::Document;
use declared::{KindNames, Label};
use naming::Naming;
use reported::Reported;
use schema::backend::Backend;
use schema::name::{
    AccountId, EndpointName, NameError, NamespaceId, NamespaceName, PrincipalId, PrincipalKind,
};
use std::collections::BTreeMap;
use std::str::FromStr;

/// The names of all blocks, by kind and label and vice versa.
pub struct Names<'a> {
    account: Option<AccountId>,
    backend: Backend,
    facts: Option<&'a Facts>,
    document: &'a Document,
    effort: suggest::SuggestionBudget,
    reported: Reported,
    kinds: BTreeMap<BlockKind, KindNames<'a>>,
}

impl<'a> Names<'a> {
    /// Reads the names of all blocks. A block with an invalid name still has its label.
    pub fn of(
        document: &'a Document,
        evaluator: &Evaluator,
        account: Option<AccountId>,
        backend: Backend,
        facts: Option<&'a Facts>,
        hidden: &HiddenCharacters,
        findings: &mut Findings,
    ) -> Self {
        let mut kinds = BTreeMap::new();
        for kind in BlockKind::REFERABLE {
            kinds.insert(kind, KindNames::with_capacity(document.of_kind(kind).count()));
        }
        let naming = Naming { account: account.as_ref(), backend, evaluator, hidden };
        for block in &document.blocks {
            let Some(kind) = block.known_kind() else { continue };
            if let Some(names) = kinds.get_mut(&kind) {
                names.declare(kind, block, &naming, findings);
            }
        }
        Self {
            account,
            backend,
            facts,
            document,
            effort: suggest::SuggestionBudget::default(),
            reported: Reported::default(),
            kinds,
        }
    }

    /// The name of a block or instance of this document, if it is valid.
    pub fn name(&self, kind: BlockKind, block: &Instance) -> Option<&BlockName> {
        self.of_kind(kind)?.label(block.label_text())?.name(block.key())
    }

    fn of_kind(&self, kind: BlockKind) -> Option<&KindNames<'a>> {
        self.kinds.get(&kind)
    }

    /// Resolves an Endpoint by name.
    pub fn endpoint_text(&self, text: &str, at: Origin, findings: &mut Findings) -> Option<EndpointName> {
        let name: EndpointName = self.valid("Endpoint", text, at, findings)?;
        self.exists(BlockKind::Endpoint, text, &DANGLING_ENDPOINT, at, findings).then_some(name)
    }

    /// Resolves a reference to an Endpoint.
    pub fn endpoint_reference(
        &self,
        to: &Reference,
        at: Origin,
        findings: &mut Findings,
    ) -> Option<EndpointName> {
        let name = self.label(to, at, &DANGLING_ENDPOINT, findings)?;
        self.endpoint_text(name, at, findings)
    }

    /// Resolves a principal by a string such as `user.ana@acme.example`.
    pub fn principal_text(&self, text: &str, at: Origin, findings: &mut Findings) -> Option<PrincipalId> {
        let id: PrincipalId = self.valid("principal", text, at, findings)?;
        self.principal_exists(&id, at, findings).then_some(id)
    }

    /// Resolves a user by e-mail address, or by a string such as `user.ana@acme.example`.
    pub fn user_text(&self, text: &str, at: Origin, findings: &mut Findings) -> Option<PrincipalId> {
        let id = self.valid_user(text.strip_prefix("user.").unwrap_or(text), at, findings)?;
        self.principal_exists(&id, at, findings).then_some(id)
    }

    /// Resolves a reference to a principal.
    pub fn principal_reference(
        &self,
        to: &Reference,
        at: Origin,
        findings: &mut Findings,
    ) -> Option<PrincipalId> {
        if let Some(id) = self.named(to).and_then(BlockName::principal) {
            return Some(id.clone());
        }
        let name = self.label(to, at, &DANGLING_PRINCIPAL, findings)?;
        PrincipalId::new(to.kind.principal()?, name).ok()
    }

    /// The name of the referenced block or instance, if it is declared and valid.
    fn named(&self, to: &Reference) -> Option<&BlockName> {
        self.of_kind(to.kind)?.label(&to.label)?.name(to.key.as_deref())
    }

    fn principal_exists(&self, id: &PrincipalId, at: Origin, findings: &mut Findings) -> bool {
        self.exists(id.kind.into(), id.name(), &DANGLING_PRINCIPAL, at, findings)
    }

    /// Resolves a reference to a Namespace. `dangling` is the code if it does not exist.
    pub fn namespace_reference(
        &self,
        to: &Reference,
        at: Origin,
        dangling: &'static Code,
        findings: &mut Findings,
    ) -> Option<NamespaceId> {
        if let Some(id) = self.named(to).and_then(BlockName::namespace) {
            return Some(id.clone());
        }
        let name = self.label(to, at, dangling, findings)?;
        namespace_id(name, self.account.as_ref(), self.backend)
    }

    /// Resolves a Namespace by name or id. `dangling` is the code if it does not exist.
    pub fn namespace_text(
        &self,
        text: &str,
        at: Origin,
        dangling: &'static Code,
        findings: &mut Findings,
    ) -> Option<NamespaceId> {
        if let Some(id) = self.declared_namespace(text) {
            return Some(id.clone());
        }
        let name = if self.backend == Backend::SelfHosted {
            text
        } else if let Some((name, _)) = text.split_once('.') {
            let id: NamespaceId = self.valid("Namespace id", text, at, findings)?;
            if Some(self.account.as_ref()?) != id.account() {
                self.reported.wrong(at, findings, || self.foreign_account(&id, at));
                return None;
            }
            name
        } else {
            let _: NamespaceName = self.valid("Namespace", text, at, findings)?;
            text
        };
        if !self.exists(BlockKind::Namespace, name, dangling, at, findings) {
            return None;
        }
        namespace_id(name, self.account.as_ref(), self.backend)
    }

    fn declared_namespace(&self, text: &str) -> Option<&NamespaceId> {
        let own = self.account.as_ref().filter(|_| self.backend == Backend::Cloud);
        let name = match (own, text.split_once('.')) {
            (Some(own), Some((name, account))) if account == own.as_str() => name,
            _ => text,
        };
        self.of_kind(BlockKind::Namespace)?.names.get(name)?.name.namespace()
    }

    fn foreign_account(&self, id: &NamespaceId, at: Origin) -> Finding {
        let own = self.account.as_ref().map(ToString::to_string).unwrap_or_default();
        let other = id.account().map(ToString::to_string).unwrap_or_default();
        let message = format!("`{id}` belongs to the account `{other}`, this policy is for `{own}`");
        let help =
            format!("Endpoints connect Namespaces of one account only; did you mean `{}.{own}`?", id.name());
        at.finding(&FOREIGN_ACCOUNT, message).help(help).about(Part::Namespace, id.to_string())
    }

    /// Whether a name is declared or in the facts, or cannot be ruled out.
    fn exists(
        &self,
        kind: BlockKind,
        name: &str,
        dangling: &'static Code,
        at: Origin,
        findings: &mut Findings,
    ) -> bool {
        if self.declares(kind, name) {
            return true;
        }
        match self.known(kind, name) {
            Some((true, _)) => true,
            _ if self.may_declare(kind, name) => false,
            Some((false, false)) => {
                self.reported.unproven(at, findings, || unproven(kind, name, at));
                true
            }
            Some((false, true)) | None => {
                self.reported.wrong(at, findings, || self.dangling(kind, name, dangling, at));
                false
            }
        }
    }

    /// Whether an undeclared name may be declared by something that could not be read.
    fn may_declare(&self, kind: BlockKind, name: &str) -> bool {
        self.document.may_declare(name) || self.of_kind(kind).is_some_and(|names| names.incomplete)
    }

    /// Whether the facts have an object of this name, and whether they are complete for its kind; `None` without facts.
    fn known(&self, kind: BlockKind, name: &str) -> Option<(bool, bool)> {
        let facts = self.facts?;
        Some(match kind {
            BlockKind::Namespace => {
                let id = namespace_id(name, self.account.as_ref(), self.backend);
                (id.is_some_and(|id| facts.namespaces.contains_key(&id)), facts.all_namespaces)
            }
            BlockKind::Endpoint => (facts.endpoints.contains_key(name), true),
            _ => {
                let kind = kind.principal()?;
                let section = facts.principals.section(kind);
                let id = PrincipalId::new(kind, name);
                (id.is_ok_and(|id| section.visible.contains_key(&id)), section.incomplete.is_none())
            }
        })
    }

    /// Whether incomplete facts may lack an object of this name.
    fn may_exist(&self, kind: BlockKind, name: &str) -> bool {
        let is_valid = match kind.principal() {
            Some(kind) => PrincipalId::new(kind, name).is_ok(),
            None => namespace_id(name, self.account.as_ref(), self.backend).is_some(),
        };
        is_valid && self.known(kind, name) == Some((false, false))
    }

    /// The name of the referenced block; without such a block, the reference is the name of an object in the facts, or of one
    /// that incomplete facts may lack. Anything else is dangling.
    fn label<'r>(
        &'r self,
        to: &'r Reference,
        at: Origin,
        dangling: &'static Code,
        findings: &mut Findings,
    ) -> Option<&'r str> {
        let label = self.of_kind(to.kind).and_then(|names| names.label(&to.label));
        match (label, &to.key) {
            (Some(label @ (Label::One(_) | Label::Broken(_))), None) => {
                label.name(None).map(|name| &*name.text)
            }
            (Some(Label::Several(None) | Label::Broken(_)), _) => None,
            (Some(label @ Label::Several(Some(instances))), Some(key)) if instances.contains_key(key) => {
                label.name(Some(key)).map(|name| &*name.text)
            }
            (None, None) if matches!(self.known(to.kind, &to.label), Some((true, _))) => Some(&to.label),
            (None, _) if self.may_declare(to.kind, &to.label) => None,
            (None, None) if self.may_exist(to.kind, &to.label) => {
                self.reported.unproven(at, findings, || unproven(to.kind, &to.label, at));
                Some(&to.label)
            }
            (Some(label), Some(key)) => {
                self.reported.wrong(at, findings, || no_instance(to, label, key, dangling, at));
                None
            }
            (None, Some(_)) => {
                self.reported.wrong(at, findings, || self.no_block_of(to, dangling, at));
                None
            }
            _ => {
                self.reported.wrong(at, findings, || self.dangling(to.kind, &to.label, dangling, at));
                None
            }
        }
    }

    fn dangling(&self, kind: BlockKind, name: &str, code: &'static Code, at: Origin) -> Finding {
        let what = role(code, kind);
        let place = match self.known(kind, name) {
            Some((_, true)) => "neither in the policy nor in the account",
            Some((_, false)) => "not in the policy, nor in the readable part of the account",
            None => "not in the policy",
        };
        let message = format!("the {what} `{name}` is {place}");
        let finding = at.finding(code, message).about(part(code, kind), name);
        if self.effort.is_spent() {
            return finding.help(format!("declare it: `{kind} \"{name}\" {{ … }}`"));
        }
        let empty = KindNames::default();
        let declared = self.of_kind(kind).unwrap_or(&empty);
        let held = self.facts.map(|facts| facts.names(kind)).unwrap_or_default();
        let known = declared.sorted().iter().map(|known| &**known);
        match self.effort.closest(name, known.chain(held.iter().map(String::as_str))) {
            None => finding.help(format!("declare it: `{kind} \"{name}\" {{ … }}`")),
            Some(close) => finding.help(format!("did you mean `{close}`?")).related(
                declared.names.get(close).map(|declared| declared.span),
                format!("`{close}` is declared here"),
            ),
        }
    }

    /// A reference to an instance of a block that does not exist.
    fn no_block_of(&self, to: &Reference, code: &'static Code, at: Origin) -> Finding {
        let (kind, label) = (to.kind, &to.label);
        let finding = at.finding(code, format!("the {} `{to}` is not in the policy", role(code, kind)));
        let finding = finding.about(part(code, kind), to.to_string());
        let known = self.of_kind(kind).map(KindNames::sorted).unwrap_or_default();
        match self.effort.closest(label, known.iter().map(|known| &**known)) {
            Some(close) => {
                let meant = Reference { label: close.into(), ..to.clone() };
                finding.help(format!("did you mean `{meant}`?"))
            }
            None => finding.help(format!("declare it: `{kind} \"{label}\" {{ for_each = … }}`")),
        }
    }

    /// Parses a name, and reports an invalid one unless too many were reported.
    fn valid<T: FromStr<Err = NameError>>(
        &self,
        what: &str,
        text: &str,
        at: Origin,
        findings: &mut Findings,
    ) -> Option<T> {
        let wrong = |error| self.reported.wrong(at, findings, || invalid(what, text, &error, at));
        text.parse().map_err(wrong).ok()
    }

    fn valid_user(&self, address: &str, at: Origin, findings: &mut Findings) -> Option<PrincipalId> {
        let wrong = || at.finding(&INVALID_NAME, "a user's name must be an e-mail address");
        let id = PrincipalId::new(PrincipalKind::User, address);
        id.map_err(|_| self.reported.wrong(at, findings, wrong)).ok()
    }

    fn declares(&self, kind: BlockKind, name: &str) -> bool {
        let Some(declared) = self.of_kind(kind) else { return false };
        declared.names.contains_key(name)
            || declared
                .label(name)
                .is_some_and(|label| matches!(label, Label::One(None) | Label::Broken(None)))
    }
}

fn unproven(kind: BlockKind, name: &str, at: Origin) -> Finding {
    let message = format!("cannot determine whether the {} `{name}` exists in the account", kind.title());
    let help = "use an API key with more access, or declare it here";
    at.finding(&UNPROVEN, message).help(help).about(part(&UNPROVEN, kind), name)
}

/// A reference to an instance that does not exist, or to one of a block without instances.
fn no_instance(to: &Reference, label: Label, key: &str, code: &'static Code, at: Origin) -> Finding {
    let whole = Reference { key: None, ..to.clone() };
    let Label::Several(Some(instances)) = label else {
        let finding = at.finding(code, format!("`{whole}` has no instances"));
        let finding = finding.about(part(code, to.kind), to.to_string());
        return finding.help(format!("only blocks with `for_each` have instances: write `{whole}`"));
    };
    let message =
        format!("the {} `{to}` does not exist: its `for_each` has no such key", role(code, to.kind));
    let finding = at.finding(code, message).about(part(code, to.kind), to.to_string());
    match suggest::closest(key, instances.keys().map(|key| &**key)) {
        Some(close) => finding.help(format!("did you mean `{whole}[{close:?}]`?")),
        None => finding.help("add the key to its `for_each`"),
    }
}

/// The role of a name in what a finding is about.
fn part(code: &'static Code, kind: BlockKind) -> Part {
    match kind {
        _ if code == &DANGLING_TARGET => Part::Target,
        _ if code == &DANGLING_CALLER => Part::Caller,
        BlockKind::Namespace => Part::Namespace,
        BlockKind::Endpoint => Part::Endpoint,
        BlockKind::User | BlockKind::ServiceAccount | BlockKind::Group => Part::Principal,
        _ => Part::Other,
    }
}

/// The role of a name in messages.
fn role(code: &'static Code, kind: BlockKind) -> &'static str {
    if code == &DANGLING_TARGET {
        "target Namespace"
    } else if code == &DANGLING_CALLER {
        "caller Namespace"
    } else {
        kind.title()
    }
}

/// The id of the Namespace of this name; `None` if the name is invalid or the account is unknown.
pub fn namespace_id(name: &str, account: Option<&AccountId>, backend: Backend) -> Option<NamespaceId> {
    match backend {
        Backend::Cloud => Some(NamespaceId::new(name.parse().ok()?, account?.clone())),
        Backend::SelfHosted => Some(NamespaceId::on_server(NamespaceName::on_server(name).ok()?)),
    }
}

/// Parses a name, or reports why it is invalid.
pub fn valid<T: FromStr<Err = NameError>>(
    what: &str,
    text: &str,
    at: impl Into<Origin>,
    findings: &mut Findings,
) -> Option<T> {
    parsed_or_reported(what, text, text.parse(), at.into(), findings)
}

/// The parsed value, or a finding for why it is invalid.
pub fn parsed_or_reported<T>(
    what: &str,
    text: &str,
    parsed: Result<T, NameError>,
    at: Origin,
    findings: &mut Findings,
) -> Option<T> {
    match parsed {
        Ok(name) => Some(name),
        Err(error) => {
            findings.push(invalid(what, text, &error, at));
            None
        }
    }
}

fn invalid(what: &str, text: &str, error: &NameError, at: Origin) -> Finding {
    let shown: String = text.chars().take(60).collect();
    let message = format!("`{}` is not a valid {what}: {error}", shown.escape_debug());
    let finding = at.finding(&INVALID_NAME, message);
    let quoted = text.split_once('.').and_then(|(kind, _)| BlockKind::from_name(kind));
    match quoted.filter(|kind| kind.is_referable()) {
        Some(_) => finding.help("write a reference without quotes, or only the name of the block"),
        None if shown.contains(['*', '?']) => {
            finding.help("names are no patterns: write `[for name in … : name if endswith(name, \"-prod\")]`")
        }
        None => finding,
    }
}
