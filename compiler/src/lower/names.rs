//! Which names a document declares, and what a name means where it is used.

mod declared;
mod naming;
mod reported;

pub use declared::BlockName;

use super::fields::place;
use super::instance::Instance;
use crate::document::{Document, Dotted};
use crate::evaluate::{Evaluator, Place, Reference, Value, ValueKind};
use crate::facts::Facts;
use crate::policy::Use;
use crate::quick::QuickMap;
use crate::suggest;
use declared::{KindNames, Label};
use naming::{Naming, describe};
use reported::Reported;
use schema::block::Backend;
use schema::diagnostic::{Code, Finding, Findings};
use schema::name::{
    AccountId, EndpointName, NameError, NamespaceId, NamespaceName, PrincipalId, PrincipalKind,
};
use std::cell::RefCell;
use std::str::FromStr;
use std::sync::Arc;

/// The names of all blocks, by kind and label and the other way round.
pub struct Names<'a> {
    account: Option<AccountId>,
    backend: Backend,
    facts: Option<&'a Facts>,
    document: &'a Document,
    effort: suggest::Effort,
    reported: Reported,
    /// One for each kind of [`NAMED`].
    kinds: Arc<[KindNames<'a>; NAMED.len()]>,
    /// The declared Namespaces that were met as a reference.
    references: RefCell<Met>,
    /// Those that were met as a string.
    texts: RefCell<Met>,
}

/// Declared Namespaces by the address of the text that names them, which most of the same texts share. The text is kept too:
/// no other takes its place.
type Met = QuickMap<usize, (Arc<str>, NamespaceId)>;

const NAMED: [&str; 5] = ["namespace", "user", "service_account", "group", "endpoint"];

impl<'a> Names<'a> {
    /// Reads the names of all blocks. A block whose name could not be understood still has its label.
    pub fn of(
        document: &'a Document,
        evaluator: &Evaluator,
        account: Option<AccountId>,
        backend: Backend,
        facts: Option<&'a Facts>,
        findings: &mut Findings,
    ) -> Self {
        let mut kinds: [KindNames; NAMED.len()] = Default::default();
        for (kind, names) in NAMED.into_iter().zip(&mut kinds) {
            names.expect(document.of_kind(kind).count());
        }
        let naming = Naming { account: account.as_ref(), backend, evaluator };
        for block in &document.blocks {
            let mut named = NAMED.into_iter().zip(&mut kinds);
            if let Some((kind, names)) = named.find(|(kind, _)| *kind == &*block.kind) {
                names.declare(kind, block, &naming, findings);
            }
        }
        Self {
            account,
            backend,
            facts,
            document,
            effort: suggest::Effort::default(),
            reported: Reported::default(),
            kinds: Arc::new(kinds),
            references: RefCell::default(),
            texts: RefCell::default(),
        }
    }

    /// The same for another thread.
    pub fn beside(&self) -> Self {
        let Self { backend, facts, document, .. } = *self;
        Self {
            account: self.account.clone(),
            backend,
            facts,
            document,
            effort: suggest::Effort::default(),
            reported: Reported::default(),
            kinds: Arc::clone(&self.kinds),
            references: RefCell::default(),
            texts: RefCell::default(),
        }
    }

    /// The name of a block or instance that this document declares, where it could be understood.
    pub fn name(&self, kind: &str, block: &Instance) -> Option<&BlockName> {
        self.of_kind(kind)?.label(block.label_text())?.name(block.key())
    }

    fn of_kind(&self, kind: &str) -> Option<&KindNames<'a>> {
        NAMED.iter().zip(&*self.kinds).find(|(known, _)| **known == kind).map(|(_, names)| names)
    }

    /// What a Namespace is called where it is used. `dangling` is the code for one that does not exist.
    pub fn namespace(
        &self,
        value: &Value,
        dangling: Code,
        findings: &mut Findings,
    ) -> Option<Use<NamespaceId>> {
        match &value.kind {
            ValueKind::String(text) => self.namespace_text(text, place(value), dangling, findings),
            ValueKind::Reference(to) => self.namespace_reference(to, place(value), dangling, findings),
            _ => None,
        }
    }

    /// What a Namespace is called as the key of a map.
    pub fn namespace_key(
        &self,
        key: &str,
        reference: Option<&Reference>,
        at: Place,
        findings: &mut Findings,
    ) -> Option<Use<NamespaceId>> {
        match reference {
            Some(to) => self.namespace_reference(to, at, Code::DanglingNamespace, findings),
            None => self.namespace_text(key, at, Code::DanglingNamespace, findings),
        }
    }

    /// Which Endpoint is meant where one is named.
    pub fn endpoint(&self, value: &Value, findings: &mut Findings) -> Option<Use<EndpointName>> {
        let at = place(value);
        let text = match &value.kind {
            ValueKind::String(text) => &**text,
            ValueKind::Reference(to) => self.label(to, at, Code::DanglingEndpoint, findings)?,
            _ => return None,
        };
        let id: EndpointName = self.valid("Endpoint", text, at, findings)?;
        self.exists("endpoint", text, Code::DanglingEndpoint, at, findings).then_some(Use::new(at, id))
    }

    /// Which principal is meant where one is named.
    pub fn principal(&self, value: &Value, findings: &mut Findings) -> Option<Use<PrincipalId>> {
        let at = place(value);
        match &value.kind {
            ValueKind::String(text) => {
                let id: PrincipalId = self.valid("principal", text, at, findings)?;
                self.principal_exists(&id, at, findings).then_some(Use::new(at, id))
            }
            ValueKind::Reference(to) => self.principal_reference(to, at, findings),
            _ => None,
        }
    }

    /// Which user is meant in a list of users: a reference, or an e-mail address.
    pub fn user(&self, value: &Value, findings: &mut Findings) -> Option<Use<PrincipalId>> {
        let at = place(value);
        match &value.kind {
            ValueKind::String(text) => {
                let address = text.strip_prefix("user.").unwrap_or(text);
                let id = self.valid_user(address, at, findings)?;
                self.principal_exists(&id, at, findings).then_some(Use::new(at, id))
            }
            ValueKind::Reference(to) => self.principal_reference(to, at, findings),
            _ => None,
        }
    }

    fn principal_reference(
        &self,
        to: &Reference,
        at: Place,
        findings: &mut Findings,
    ) -> Option<Use<PrincipalId>> {
        let name = self.label(to, at, Code::DanglingPrincipal, findings)?;
        let id: PrincipalId = format!("{}.{name}", to.kind).parse().ok()?;
        Some(Use::new(at, id))
    }

    fn principal_exists(&self, id: &PrincipalId, at: Place, findings: &mut Findings) -> bool {
        self.exists(id.kind.name(), id.name(), Code::DanglingPrincipal, at, findings)
    }

    fn namespace_reference(
        &self,
        to: &Reference,
        at: Place,
        dangling: Code,
        findings: &mut Findings,
    ) -> Option<Use<NamespaceId>> {
        let named = self.of_kind(&to.kind).and_then(|names| names.label(&to.label)?.name(to.key.as_deref()));
        if let Some(id) = named.and_then(|name| name.id.as_ref()) {
            return Some(Use::new(at, id.clone()));
        }
        let name = self.label(to, at, dangling, findings)?;
        let id = namespace_id(name, self.account.as_ref(), self.backend)?;
        Some(Use::new(at, id))
    }

    fn namespace_text(
        &self,
        text: &str,
        at: Place,
        dangling: Code,
        findings: &mut Findings,
    ) -> Option<Use<NamespaceId>> {
        if let Some(id) = self.declared_namespace(text) {
            return Some(Use::new(at, id.clone()));
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
        if !self.exists("namespace", name, dangling, at, findings) {
            return None;
        }
        Some(Use::new(at, namespace_id(name, self.account.as_ref(), self.backend)?))
    }

    /// The id of the declared Namespace that a string names, by its name or id.
    pub fn namespace_named(&self, text: &Arc<str>) -> Option<NamespaceId> {
        once(&self.texts, text, || self.declared_namespace(text))
    }

    /// The id of the Namespace that a whole block declares, to which a reference leads.
    pub fn namespace_referred_to(&self, reference: &Dotted) -> Option<NamespaceId> {
        once(&self.references, &reference.0, || match reference.words() {
            ("namespace", label) => self.labelled_namespace(label),
            _ => None,
        })
    }

    fn declared_namespace(&self, text: &str) -> Option<&NamespaceId> {
        let own = self.account.as_ref().filter(|_| self.backend == Backend::Cloud);
        let name = match (own, text.split_once('.')) {
            (Some(own), Some((name, account))) if account == own.as_str() => name,
            _ => text,
        };
        self.of_kind("namespace")?.names.get(name)?.name.id.as_ref()
    }

    fn labelled_namespace(&self, label: &str) -> Option<&NamespaceId> {
        match self.of_kind("namespace")?.label(label)? {
            Label::One(name) => name?.id.as_ref(),
            Label::Broken(_) | Label::Several(_) => None,
        }
    }

    fn foreign_account(&self, id: &NamespaceId, at: Place) -> Finding {
        let own = self.account.as_ref().map(ToString::to_string).unwrap_or_default();
        let other = id.account().map(ToString::to_string).unwrap_or_default();
        let message = format!("`{id}` belongs to the account `{other}`, this policy is for `{own}`");
        let help =
            format!("Endpoints connect Namespaces of one account only; did you mean `{}.{own}`?", id.name());
        at.finding(Code::ForeignAccount, message).help(help)
    }

    /// Whether a name may be used: it is declared or in the facts, or it cannot be known.
    fn exists(&self, kind: &str, name: &str, dangling: Code, at: Place, findings: &mut Findings) -> bool {
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

    /// Whether a name that no block declares may still be meant to be declared.
    fn may_declare(&self, kind: &str, name: &str) -> bool {
        self.document.may_declare(name) || self.of_kind(kind).is_some_and(|names| names.incomplete)
    }

    /// Whether the facts hold something of this name, and whether they hold all of its kind; `None` without facts.
    fn known(&self, kind: &str, name: &str) -> Option<(bool, bool)> {
        let facts = self.facts?;
        let principal = |kind| {
            let section = facts.principals.section(kind);
            let id = PrincipalId::new(kind, name);
            (id.is_ok_and(|id| section.visible.contains_key(&id)), section.incomplete.is_none())
        };
        Some(match kind {
            "namespace" => {
                let id = namespace_id(name, self.account.as_ref(), self.backend);
                (id.is_some_and(|id| facts.namespaces.contains_key(&id)), facts.all_namespaces)
            }
            "endpoint" => (facts.endpoints.contains_key(name), true),
            "user" => principal(PrincipalKind::User),
            "service_account" => principal(PrincipalKind::ServiceAccount),
            _ => principal(PrincipalKind::Group),
        })
    }

    /// The name of the block that a reference names; without such a block, what was written is the name of something that
    /// the account is seen to have. A reference to what nobody has seen is refused.
    fn label<'r>(
        &'r self,
        to: &'r Reference,
        at: Place,
        dangling: Code,
        findings: &mut Findings,
    ) -> Option<&'r str> {
        let label = self.of_kind(&to.kind).and_then(|names| names.label(&to.label));
        match (label, &to.key) {
            (Some(label @ (Label::One(_) | Label::Broken(_))), None) => {
                label.name(None).map(|name| &*name.text)
            }
            (Some(Label::Several(None) | Label::Broken(_)), _) => None,
            (Some(label @ Label::Several(Some(instances))), Some(key)) if instances.contains_key(key) => {
                label.name(Some(key)).map(|name| &*name.text)
            }
            (None, None) if matches!(self.known(&to.kind, &to.label), Some((true, _))) => Some(&to.label),
            (None, _) if self.may_declare(&to.kind, &to.label) => None,
            (Some(label), Some(key)) => {
                self.reported.wrong(at, findings, || no_instance(to, label, key, dangling, at));
                None
            }
            _ => {
                let key = to.key.as_ref().map(|_| to.to_string());
                let name = key.as_deref().unwrap_or(&to.label);
                self.reported.wrong(at, findings, || self.dangling(&to.kind, name, dangling, at));
                None
            }
        }
    }

    fn dangling(&self, kind: &str, name: &str, code: Code, at: Place) -> Finding {
        let what = role(code, kind);
        let place = match self.known(kind, name) {
            Some((_, true)) => "neither in the policy nor in the account",
            Some((_, false)) => "not in the policy, nor among what can be seen of the account",
            None => "not in the policy",
        };
        let message = format!("the {what} `{name}` is {place}");
        let finding = at.finding(code, message);
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

    /// What a name is parsed to; as one of many, it may be one too many to report.
    fn valid<T: FromStr<Err = NameError>>(
        &self,
        what: &str,
        text: &str,
        at: Place,
        findings: &mut Findings,
    ) -> Option<T> {
        let wrong = |error| self.reported.wrong(at, findings, || invalid(what, text, &error, at));
        text.parse().map_err(wrong).ok()
    }

    fn valid_user(&self, address: &str, at: Place, findings: &mut Findings) -> Option<PrincipalId> {
        let wrong = || at.finding(Code::InvalidName, "a user's name is the e-mail address, not empty");
        let id = PrincipalId::new(PrincipalKind::User, address);
        id.map_err(|_| self.reported.wrong(at, findings, wrong)).ok()
    }

    fn declares(&self, kind: &str, name: &str) -> bool {
        let Some(declared) = self.of_kind(kind) else { return false };
        declared.names.contains_key(name)
            || declared
                .label(name)
                .is_some_and(|label| matches!(label, Label::One(None) | Label::Broken(None)))
    }
}

fn unproven(kind: &str, name: &str, at: Place) -> Finding {
    let message = format!("it cannot be seen whether the {} `{name}` exists in the account", describe(kind));
    let help = "give the identity that reads the account more access, or declare it here";
    at.finding(Code::Unproven, message).help(help)
}

/// A reference to an instance that its block does not have, or to one of a block that has none.
fn no_instance(to: &Reference, label: Label, key: &str, code: Code, at: Place) -> Finding {
    let whole = Reference { key: None, ..to.clone() };
    let Label::Several(Some(instances)) = label else {
        let finding = at.finding(code, format!("`{whole}` has no instances"));
        return finding.help(format!("only a block with `for_each` has them: write `{whole}`"));
    };
    let message =
        format!("the {} `{to}` does not exist: its `for_each` has no such key", role(code, &to.kind));
    match suggest::closest(key, instances.keys().map(|key| &**key)) {
        Some(close) => at.finding(code, message).help(format!("did you mean `{whole}[{close:?}]`?")),
        None => at.finding(code, message).help("add the key to its `for_each`"),
    }
}

/// What messages call what a name is used for.
fn role(code: Code, kind: &str) -> &'static str {
    match code {
        Code::DanglingTarget => "target Namespace",
        Code::DanglingCaller => "caller Namespace",
        _ => describe(kind),
    }
}

/// The id of a Namespace of this name; `None` where the name is none or the account is not known.
pub fn namespace_id(name: &str, account: Option<&AccountId>, backend: Backend) -> Option<NamespaceId> {
    match backend {
        Backend::Cloud => Some(NamespaceId::new(name.parse().ok()?, account?.clone())),
        Backend::SelfHosted => Some(NamespaceId::on_server(NamespaceName::on_server(name).ok()?)),
    }
}

/// Parses a name, or reports why it is none.
pub fn valid<T: FromStr<Err = NameError>>(
    what: &str,
    text: &str,
    at: impl Into<Place>,
    findings: &mut Findings,
) -> Option<T> {
    settled(what, text, text.parse(), at.into(), findings)
}

/// What a text was parsed to, or reports why it is none.
pub fn settled<T>(
    what: &str,
    text: &str,
    parsed: Result<T, NameError>,
    at: Place,
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

fn invalid(what: &str, text: &str, error: &NameError, at: Place) -> Finding {
    let shown: String = text.chars().take(60).collect();
    let message = format!("`{}` is not a valid {what}: {error}", shown.escape_debug());
    at.finding(Code::InvalidName, message)
}

/// What `find` finds for a text, once for each place of one.
fn once<'n>(
    met: &RefCell<Met>,
    text: &Arc<str>,
    find: impl FnOnce() -> Option<&'n NamespaceId>,
) -> Option<NamespaceId> {
    if let Some((_, id)) = met.borrow().get(&text.as_ptr().addr()) {
        return Some(id.clone());
    }
    let id = find()?.clone();
    met.borrow_mut().insert(text.as_ptr().addr(), (Arc::clone(text), id.clone()));
    Some(id)
}
