//! Which names a document declares, and what a name means where it is used.

use super::fields::place;
use super::instance::{Instance, for_each_instance};
use super::resolved::Resolved;
use crate::document::{Block, Document};
use crate::evaluate::{Evaluator, Expansion, Place, Reference, Value, ValueKind};
use crate::facts::Facts;
use crate::policy::Use;
use crate::quick::QuickMap;
use crate::suggest;
use schema::block::Backend;
use schema::diagnostic::{Code, Finding, Findings};
use schema::name::{
    AccountId, EndpointName, NameError, NamespaceId, NamespaceName, PrincipalId, PrincipalKind,
};
use schema::source::Span;
use std::cell::{Cell, OnceCell};
use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::str::FromStr;
use std::sync::Arc;

/// The names of all blocks, by kind and label and the other way round.
pub struct Names<'a> {
    account: Option<AccountId>,
    backend: Backend,
    facts: Option<&'a Facts>,
    document: &'a Document,
    effort: suggest::Effort,
    /// How many names that lead nowhere were reported.
    reported: Cell<usize>,
    resolved: Resolved,
    kinds: BTreeMap<&'static str, KindNames<'a>>,
}

/// The blocks of one kind: what each label stands for, and the place of each name.
#[derive(Default)]
struct KindNames<'a> {
    labels: QuickMap<&'a str, Label>,
    names: QuickMap<Arc<str>, Declared>,
    /// Names, and labels that are none, in order: what may have been meant by a name that leads nowhere.
    sorted: OnceCell<Vec<Arc<str>>>,
    /// Whether a name could not be understood: what is not declared may then yet be.
    incomplete: bool,
}

/// What a label stands for: names, `None` where they could not be understood.
enum Label {
    One(Option<Arc<str>>),
    /// A block whose `for_each` may have been lost with what follows its fault.
    Broken(Option<Arc<str>>),
    /// The instances by their key; `None` where `for_each` could not be understood.
    Several(Option<BTreeMap<Arc<str>, Option<Arc<str>>>>),
}

/// The block or instance that counts under its name.
#[derive(PartialEq, Eq)]
struct Declared {
    span: Span,
    key: Option<Arc<str>>,
}

/// How many names that lead nowhere are reported.
const MOST_REPORTED: usize = 10_000;

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
        let mut kinds: BTreeMap<&'static str, KindNames> = BTreeMap::new();
        for block in &document.blocks {
            if let Some(kind) = NAMED.into_iter().find(|kind| *kind == &*block.kind) {
                kinds.entry(kind).or_default().declare(kind, block, backend, evaluator, findings);
            }
        }
        Self {
            account,
            backend,
            facts,
            document,
            effort: suggest::Effort::default(),
            reported: Cell::new(0),
            resolved: Resolved::default(),
            kinds,
        }
    }

    /// The name of a block or instance that this document declares, where it could be understood.
    pub fn name(&self, kind: &str, block: &Instance) -> Option<&str> {
        self.kinds.get(kind)?.labels.get(block.label_text())?.name(block.key())
    }

    /// Whether this block or instance is the one that counts under its name.
    pub fn is_first(&self, kind: &str, name: &str, block: &Instance) -> bool {
        let first = self.kinds.get(kind).and_then(|names| names.names.get(name));
        first.is_some_and(|first| first.span == block.span && first.key.as_deref() == block.key())
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
        let id: EndpointName = valid("Endpoint", text, at, findings)?;
        if self.declares("endpoint", text) {
            return Some(Use::new(at, id));
        }
        self.settle("endpoint", text, Code::DanglingEndpoint, at, findings).then_some(Use::new(at, id))
    }

    /// Which principal is meant where one is named.
    pub fn principal(&self, value: &Value, findings: &mut Findings) -> Option<Use<PrincipalId>> {
        let at = place(value);
        match &value.kind {
            ValueKind::String(text) => {
                let id: PrincipalId = valid("principal", text, at, findings)?;
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
                let id = valid_user(address, at, findings)?;
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
        let kind = id.kind.name();
        self.declares(kind, id.name()) || self.settle(kind, id.name(), Code::DanglingPrincipal, at, findings)
    }

    fn namespace_reference(
        &self,
        to: &Reference,
        at: Place,
        dangling: Code,
        findings: &mut Findings,
    ) -> Option<Use<NamespaceId>> {
        if let Some(id) = self.resolved.reference(to) {
            return Some(Use::new(at, id));
        }
        let name = self.label(to, at, dangling, findings)?;
        let id = namespace_id(name, self.account.as_ref(), self.backend)?;
        self.resolved.keep_reference(to, &id);
        Some(Use::new(at, id))
    }

    fn namespace_text(
        &self,
        text: &str,
        at: Place,
        dangling: Code,
        findings: &mut Findings,
    ) -> Option<Use<NamespaceId>> {
        if let Some(id) = self.resolved.text(text) {
            return Some(Use::new(at, id));
        }
        let name = if self.backend == Backend::SelfHosted {
            text
        } else if let Some((name, _)) = text.split_once('.') {
            let id: NamespaceId = valid("Namespace id", text, at, findings)?;
            if Some(self.account.as_ref()?) != id.account() {
                findings.push(self.foreign_account(&id, at));
                return None;
            }
            name
        } else {
            let _: NamespaceName = valid("Namespace", text, at, findings)?;
            text
        };
        let id = |name| namespace_id(name, self.account.as_ref(), self.backend);
        if self.declares("namespace", name) {
            let id = id(name)?;
            self.resolved.keep_text(text, &id);
            return Some(Use::new(at, id));
        }
        self.settle("namespace", name, dangling, at, findings)
            .then(|| id(name))
            .flatten()
            .map(|id| Use::new(at, id))
    }

    fn foreign_account(&self, id: &NamespaceId, at: Place) -> Finding {
        let own = self.account.as_ref().map(ToString::to_string).unwrap_or_default();
        let other = id.account().map(ToString::to_string).unwrap_or_default();
        let message = format!("`{id}` belongs to the account `{other}`, this policy is for `{own}`");
        let help =
            format!("Endpoints connect Namespaces of one account only; did you mean `{}.{own}`?", id.name());
        at.finding(Code::ForeignAccount, message).help(help)
    }

    /// Whether a name that is not declared may be used: it is in the facts, or cannot be known.
    fn settle(&self, kind: &str, name: &str, dangling: Code, at: Place, findings: &mut Findings) -> bool {
        match self.known(kind, name) {
            Some((true, _)) => true,
            _ if self.may_declare(kind, name) => false,
            Some((false, false)) => {
                let what = describe(kind);
                let message = format!("it cannot be seen whether the {what} `{name}` exists in the account");
                let help = "give the identity that reads the account more access, or declare it here";
                findings.push(at.finding(Code::Unproven, message).help(help));
                true
            }
            Some((false, true)) | None => {
                self.report(at, findings, || self.dangling(kind, name, dangling, at));
                false
            }
        }
    }

    /// Whether a name that no block declares may still be meant to be declared.
    fn may_declare(&self, kind: &str, name: &str) -> bool {
        self.document.may_declare(name) || self.kinds.get(kind).is_some_and(|names| names.incomplete)
    }

    /// Whether the facts hold something of this name, and whether they hold all of its kind; `None` without facts.
    fn known(&self, kind: &str, name: &str) -> Option<(bool, bool)> {
        let facts = self.facts?;
        let principal = |kind| {
            let section = facts.principals.section(kind);
            let id = PrincipalId::new(kind, name);
            (id.is_ok_and(|id| section.seen.contains_key(&id)), section.incomplete.is_none())
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
        let label = self.kinds.get(&*to.kind).and_then(|names| names.labels.get(&*to.label));
        match (label, &to.key) {
            (Some(label @ (Label::One(_) | Label::Broken(_))), None) => label.name(None),
            (Some(Label::Several(None) | Label::Broken(_)), _) => None,
            (Some(label @ Label::Several(Some(instances))), Some(key)) if instances.contains_key(key) => {
                label.name(Some(key))
            }
            (None, None) if matches!(self.known(&to.kind, &to.label), Some((true, _))) => Some(&to.label),
            (None, _) if self.may_declare(&to.kind, &to.label) => None,
            (Some(label), Some(key)) => {
                self.report(at, findings, || no_instance(to, label, key, dangling, at));
                None
            }
            _ => {
                let key = to.key.as_ref().map(|_| to.to_string());
                let name = key.as_deref().unwrap_or(&to.label);
                self.report(at, findings, || self.dangling(&to.kind, name, dangling, at));
                None
            }
        }
    }

    /// Reports a name that leads nowhere. A list of thousands that thousands of Endpoints share makes millions of them,
    /// which nobody reads.
    fn report(&self, at: Place, findings: &mut Findings, finding: impl FnOnce() -> Finding) {
        let count = self.reported.get() + 1;
        self.reported.set(count);
        match count.cmp(&(MOST_REPORTED + 1)) {
            Ordering::Less => findings.push(finding()),
            Ordering::Equal => {
                let message = format!("more than {MOST_REPORTED} names lead nowhere: no others are reported");
                findings.push(at.finding(Code::TooLarge, message));
            }
            Ordering::Greater => {}
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
        let declared = self.kinds.get(kind).unwrap_or(&empty);
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

    fn declares(&self, kind: &str, name: &str) -> bool {
        let Some(declared) = self.kinds.get(kind) else { return false };
        declared.names.contains_key(name)
            || declared
                .labels
                .get(name)
                .is_some_and(|label| matches!(label, Label::One(None) | Label::Broken(None)))
    }
}

impl Label {
    /// The name of the block, or of its instance with this key.
    fn name(&self, key: Option<&str>) -> Option<&str> {
        match (self, key) {
            (Self::One(name) | Self::Broken(name), None) => name.as_deref(),
            (Self::Several(Some(instances)), Some(key)) => instances.get(key)?.as_deref(),
            _ => None,
        }
    }
}

impl<'a> KindNames<'a> {
    fn declare(
        &mut self,
        kind: &str,
        block: &'a Block,
        backend: Backend,
        evaluator: &Evaluator,
        findings: &mut Findings,
    ) {
        let Some(label) = &block.label else { return };
        let mut names = Vec::new();
        let name = |instance: &Instance, findings: &mut Findings| {
            // What could be made out of a broken block may be cut short: nothing is said about that.
            let mut of_broken = Findings::new();
            let reports = if instance.broken { &mut of_broken } else { &mut *findings };
            let name = block_name(kind, instance, backend, evaluator, reports);
            if let Some(name) = &name {
                self.add(kind, name, instance, findings);
            }
            (instance.shared_key(), name)
        };
        for_each_instance(block, evaluator, findings, name, |named| names.push(named));
        self.incomplete |= names.iter().any(|(_, name)| name.is_none());
        let label_names = match &*evaluator.expansion(block) {
            Expansion::Whole => {
                let name = names.pop().and_then(|(_, name)| name);
                if block.broken { Label::Broken(name) } else { Label::One(name) }
            }
            Expansion::Unknown => {
                self.incomplete = true;
                Label::Several(None)
            }
            Expansion::Instances(_) => {
                Label::Several(Some(names.into_iter().filter_map(|(key, name)| Some((key?, name))).collect()))
            }
        };
        self.labels.insert(&label.text, label_names);
    }

    fn sorted(&self) -> &[Arc<str>] {
        self.sorted.get_or_init(|| {
            let labels = self.labels.keys().filter(|label| !self.names.contains_key(**label));
            let mut sorted: Vec<_> = self.names.keys().cloned().collect();
            sorted.sort_unstable();
            let names = sorted.len();
            sorted.extend(labels.map(|label| Arc::from(*label)));
            sorted.get_mut(names..).unwrap_or_default().sort_unstable();
            sorted
        })
    }

    /// Keeps a name for its first block or instance, and reports a second one.
    fn add(&mut self, kind: &str, name: &Arc<str>, instance: &Instance, findings: &mut Findings) {
        if instance.each.is_some_and(|each| each.key.has_failed()) {
            return;
        }
        let own = Declared { span: instance.span, key: instance.shared_key() };
        let Some(first) = self.names.get(name) else {
            self.names.insert(Arc::clone(name), own);
            return;
        };
        if *first == own {
            return;
        }
        let what = describe(kind);
        let (message, span) = match (&first.key, &own.key) {
            (Some(key), Some(_)) if first.span == own.span => {
                let block = Instance { each: None, ..*instance }.name();
                let message = format!(
                    "the {what} `{name}` is declared twice: by `{block}[{key:?}]` and by `{}`",
                    instance.name()
                );
                let name = instance.attribute("name").map_or(instance.span, |name| name.value.span);
                (message, name)
            }
            _ => (format!("the {what} `{name}` is declared twice"), instance.span),
        };
        let finding = Finding::new(Code::DuplicateName, span, message);
        let finding = finding.related((first.span != own.span).then_some(first.span), "first declared here");
        findings.push(finding.help("give one of them another name, or remove it"));
    }
}

/// A reference to an instance that its block does not have, or to one of a block that has none.
fn no_instance(to: &Reference, label: &Label, key: &str, code: Code, at: Place) -> Finding {
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

fn valid_user(address: &str, at: Place, findings: &mut Findings) -> Option<PrincipalId> {
    let id = PrincipalId::new(PrincipalKind::User, address);
    if id.is_err() {
        findings.push(at.finding(Code::InvalidName, "a user's name is the e-mail address, not empty"));
    }
    id.ok()
}

/// What messages call a kind of block.
pub fn describe(kind: &str) -> &'static str {
    match kind {
        "namespace" => "Namespace",
        "endpoint" => "Endpoint",
        "user" => "user",
        "service_account" => "service account",
        "group" => "group",
        _ => "block",
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

fn settled<T>(
    what: &str,
    text: &str,
    parsed: Result<T, NameError>,
    at: Place,
    findings: &mut Findings,
) -> Option<T> {
    match parsed {
        Ok(name) => Some(name),
        Err(error) => {
            let shown: String = text.chars().take(60).collect();
            let message = format!("`{}` is not a valid {what}: {error}", shown.escape_debug());
            findings.push(at.finding(Code::InvalidName, message));
            None
        }
    }
}

/// The `name` attribute, or else the label, if it follows the rules for its kind.
fn block_name(
    kind: &str,
    block: &Instance,
    backend: Backend,
    evaluator: &Evaluator,
    findings: &mut Findings,
) -> Option<Arc<str>> {
    let label = block.label.as_ref()?;
    let attribute = block.attribute("name");
    if block.each.is_some() && attribute.is_none() && !block.broken {
        findings.push(no_name(kind, block));
        return None;
    }
    let value = evaluator.name(block, block.each, findings)?;
    let at = value.place(attribute.map_or(label.span, |attribute| attribute.value.span));
    let text = match &value.kind {
        ValueKind::String(text) => Arc::clone(text),
        ValueKind::Failed => return None,
        ValueKind::Null => {
            findings.push(no_name(kind, block));
            return None;
        }
        kind => {
            let message = format!("`name` is a string, not {}", kind.name());
            findings.push(at.finding(Code::WrongType, message));
            return None;
        }
    };
    match kind {
        "namespace" if backend == Backend::SelfHosted => {
            settled("Namespace name", &text, NamespaceName::on_server(&text), at, findings)
                .map(|name| name.shared())
        }
        "namespace" => {
            valid::<NamespaceName>("Namespace name", &text, at, findings).map(|name| name.shared())
        }
        "endpoint" => valid::<EndpointName>("Endpoint name", &text, at, findings).map(|name| name.shared()),
        "user" => user_name(&text, at, findings),
        _ => valid_free_name(kind, text, at, findings),
    }
}

/// Instances share a label, so each needs a name of its own.
fn no_name(kind: &str, block: &Instance) -> Finding {
    let message = format!("`{kind}` with `for_each` needs the attribute `name`");
    let help = format!("write `name = \"{}-${{each.key}}\"`", block.label_text());
    Finding::new(Code::MissingAttribute, block.span, message).help(help)
}

fn user_name(text: &str, at: Place, findings: &mut Findings) -> Option<Arc<str>> {
    if text.split_once('@').is_some_and(|(name, host)| !name.is_empty() && host.len() > 2) {
        return Some(text.to_lowercase().into());
    }
    let message =
        format!("`{}` is not a valid user: a user's name is the e-mail address", text.escape_debug());
    findings.push(at.finding(Code::InvalidName, message).help("write `name = \"ana@acme.example\"`"));
    None
}

fn valid_free_name(kind: &str, text: Arc<str>, at: Place, findings: &mut Findings) -> Option<Arc<str>> {
    if !text.trim().is_empty() {
        return Some(text);
    }
    findings.push(at.finding(Code::InvalidName, format!("a {} needs a name", describe(kind))));
    None
}
