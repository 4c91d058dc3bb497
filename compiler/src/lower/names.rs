//! Which names a document declares, and what a name means where it is used.

use crate::document::{Block, Document};
use crate::evaluate::{Evaluator, Reference, Value, ValueKind};
use crate::facts::Facts;
use crate::policy::Use;
use crate::suggest;
use schema::block::Backend;
use schema::diagnostic::{Code, Finding, Findings};
use schema::name::{
    AccountId, EndpointName, NameError, NamespaceId, NamespaceName, PrincipalId, PrincipalKind,
};
use schema::source::Span;
use std::collections::BTreeMap;
use std::str::FromStr;

/// The names of all blocks, by kind and label and the other way round.
pub struct Names<'a> {
    account: Option<AccountId>,
    backend: Backend,
    facts: Option<&'a Facts>,
    incomplete: bool,
    kinds: BTreeMap<&'static str, KindNames<'a>>,
}

/// The blocks of one kind: the name of each label, `None` where it could not be understood, and the place of each name.
#[derive(Default)]
struct KindNames<'a> {
    labels: BTreeMap<&'a str, Option<String>>,
    names: BTreeMap<String, Span>,
}

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
        let incomplete = document.incomplete;
        let mut kinds: BTreeMap<&'static str, KindNames> = BTreeMap::new();
        for block in &document.blocks {
            if let Some(kind) = NAMED.into_iter().find(|kind| *kind == &*block.kind) {
                kinds.entry(kind).or_default().declare(kind, block, backend, evaluator, findings);
            }
        }
        Self { account, backend, facts, incomplete, kinds }
    }

    /// The name of a block that this document declares, where it could be understood.
    pub fn name(&self, kind: &str, block: &Block) -> Option<&str> {
        self.kinds.get(kind)?.labels.get(block.label_text())?.as_deref()
    }

    /// Whether this block is the one that counts under its name.
    pub fn is_first(&self, kind: &str, name: &str, block: &Block) -> bool {
        self.kinds.get(kind).and_then(|names| names.names.get(name)).is_some_and(|first| *first == block.span)
    }

    /// What a Namespace is called where it is used. `dangling` is the code for one that does not exist.
    pub fn namespace(
        &self,
        value: &Value,
        dangling: Code,
        findings: &mut Findings,
    ) -> Option<Use<NamespaceId>> {
        match &value.kind {
            ValueKind::String(text) => self.namespace_text(text, value.span, dangling, findings),
            ValueKind::Reference(to) => self.namespace_reference(to, value.span, dangling, findings),
            _ => None,
        }
    }

    /// What a Namespace is called as the key of a map.
    pub fn namespace_key(
        &self,
        key: &str,
        reference: Option<&Reference>,
        span: Span,
        findings: &mut Findings,
    ) -> Option<Use<NamespaceId>> {
        match reference {
            Some(to) => self.namespace_reference(to, span, Code::DanglingNamespace, findings),
            None => self.namespace_text(key, span, Code::DanglingNamespace, findings),
        }
    }

    /// Which Endpoint is meant where one is named.
    pub fn endpoint(&self, value: &Value, findings: &mut Findings) -> Option<Use<EndpointName>> {
        let span = value.span;
        let text = match &value.kind {
            ValueKind::String(text) => &**text,
            ValueKind::Reference(to) => self.label(to, span, Code::DanglingEndpoint, findings)?,
            _ => return None,
        };
        let id: EndpointName = valid("Endpoint", text, span, findings)?;
        if self.declares("endpoint", text) {
            return Some(Use { span, id });
        }
        let known = self.facts.map(|facts| (facts.endpoints.contains_key(text), true));
        self.settle("endpoint", text, known, Code::DanglingEndpoint, span, findings)
            .then_some(Use { span, id })
    }

    /// Which principal is meant where one is named.
    pub fn principal(&self, value: &Value, findings: &mut Findings) -> Option<Use<PrincipalId>> {
        let span = value.span;
        match &value.kind {
            ValueKind::String(text) => {
                let id: PrincipalId = valid("principal", text, span, findings)?;
                self.principal_exists(&id, span, findings).then_some(Use { span, id })
            }
            ValueKind::Reference(to) => self.principal_reference(to, span, findings),
            _ => None,
        }
    }

    /// Which user is meant in a list of users: a reference, or an e-mail address.
    pub fn user(&self, value: &Value, findings: &mut Findings) -> Option<Use<PrincipalId>> {
        let span = value.span;
        match &value.kind {
            ValueKind::String(text) => {
                let address = text.strip_prefix("user.").unwrap_or(text);
                let id = PrincipalId::new(PrincipalKind::User, address).ok()?;
                self.principal_exists(&id, span, findings).then_some(Use { span, id })
            }
            ValueKind::Reference(to) => self.principal_reference(to, span, findings),
            _ => None,
        }
    }

    fn principal_reference(
        &self,
        to: &Reference,
        span: Span,
        findings: &mut Findings,
    ) -> Option<Use<PrincipalId>> {
        let name = self.label(to, span, Code::DanglingPrincipal, findings)?;
        let id: PrincipalId = format!("{}.{name}", to.kind).parse().ok()?;
        Some(Use { span, id })
    }

    fn principal_exists(&self, id: &PrincipalId, span: Span, findings: &mut Findings) -> bool {
        let kind = id.kind.name();
        if self.declares(kind, id.name()) {
            return true;
        }
        let known = self.facts.map(|facts| {
            let section = facts.principals.section(id.kind);
            (section.seen.contains_key(id), section.incomplete.is_none())
        });
        self.settle(kind, id.name(), known, Code::DanglingPrincipal, span, findings)
    }

    fn namespace_reference(
        &self,
        to: &Reference,
        span: Span,
        dangling: Code,
        findings: &mut Findings,
    ) -> Option<Use<NamespaceId>> {
        let name = self.label(to, span, dangling, findings)?;
        let id = namespace_id(name, self.account.as_ref(), self.backend)?;
        Some(Use { span, id })
    }

    fn namespace_text(
        &self,
        text: &str,
        span: Span,
        dangling: Code,
        findings: &mut Findings,
    ) -> Option<Use<NamespaceId>> {
        let id = if self.backend == Backend::SelfHosted {
            namespace_id(text, None, self.backend)?
        } else if text.contains('.') {
            let id: NamespaceId = valid("Namespace id", text, span, findings)?;
            if Some(self.account.as_ref()?) != id.account() {
                findings.push(self.foreign_account(&id, span));
                return None;
            }
            id
        } else {
            let name: NamespaceName = valid("Namespace", text, span, findings)?;
            NamespaceId::new(name, self.account.clone()?)
        };
        if self.declares("namespace", id.name().as_str()) {
            return Some(Use { span, id });
        }
        let known = self.facts.map(|facts| (facts.namespaces.contains_key(&id), facts.all_namespaces));
        self.settle("namespace", id.name().as_str(), known, dangling, span, findings)
            .then_some(Use { span, id })
    }

    fn foreign_account(&self, id: &NamespaceId, span: Span) -> Finding {
        let own = self.account.as_ref().map(ToString::to_string).unwrap_or_default();
        let other = id.account().map(ToString::to_string).unwrap_or_default();
        let message = format!("`{id}` belongs to the account `{other}`, this policy is for `{own}`");
        let help =
            format!("Endpoints connect Namespaces of one account only; did you mean `{}.{own}`?", id.name());
        Finding::new(Code::ForeignAccount, span, message).help(help)
    }

    /// Whether a name that is not declared may be used: it is in the facts, or cannot be known.
    fn settle(
        &self,
        kind: &str,
        name: &str,
        known: Option<(bool, bool)>,
        dangling: Code,
        span: Span,
        findings: &mut Findings,
    ) -> bool {
        match known {
            Some((true, _)) => true,
            _ if self.incomplete => false,
            Some((false, false)) => {
                let what = describe(kind);
                let message = format!("it cannot be seen whether the {what} `{name}` exists in the account");
                let help = "give the identity that reads the account more access, or declare it here";
                findings.push(Finding::new(Code::Unproven, span, message).help(help));
                true
            }
            Some((false, true)) | None => {
                findings.push(self.dangling(kind, name, dangling, span));
                false
            }
        }
    }

    fn label(&self, to: &Reference, span: Span, dangling: Code, findings: &mut Findings) -> Option<&str> {
        match self.kinds.get(&*to.kind).and_then(|names| names.labels.get(&*to.label)) {
            Some(name) => name.as_deref(),
            None if self.incomplete => None,
            None => {
                findings.push(self.dangling(&to.kind, &to.label, dangling, span));
                None
            }
        }
    }

    fn dangling(&self, kind: &str, name: &str, code: Code, span: Span) -> Finding {
        let what = match code {
            Code::DanglingTarget => "target Namespace",
            Code::DanglingCaller => "caller Namespace",
            _ => describe(kind),
        };
        let place = if self.facts.is_some() {
            "neither in the policy nor in the account"
        } else {
            "not in the policy"
        };
        let message = format!("the {what} `{name}` is {place}");
        let finding = Finding::new(code, span, message);
        let empty = KindNames::default();
        let declared = self.kinds.get(kind).unwrap_or(&empty);
        let held = self.facts.map(|facts| facts.names(kind)).unwrap_or_default();
        let known = declared.names.keys().map(String::as_str).chain(declared.labels.keys().copied());
        match suggest::closest(name, known.chain(held.iter().map(String::as_str))) {
            None => finding.help(format!("declare it: `{kind} \"{name}\" {{ … }}`")),
            Some(close) => finding
                .help(format!("did you mean `{close}`?"))
                .related(declared.names.get(close).copied(), format!("`{close}` is declared here")),
        }
    }

    fn declares(&self, kind: &str, name: &str) -> bool {
        let Some(declared) = self.kinds.get(kind) else { return false };
        declared.names.contains_key(name) || declared.labels.get(name).is_some_and(Option::is_none)
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
        let name = block_name(kind, block, backend, evaluator, findings);
        if let Some(name) = &name {
            let first = *self.names.entry(name.clone()).or_insert(block.span);
            if first != block.span {
                let message = format!("the {} `{name}` is declared twice", describe(kind));
                findings.push(
                    Finding::new(Code::DuplicateName, block.span, message)
                        .related(first, "first declared here")
                        .help("give one of them another name, or remove it"),
                );
            }
        }
        self.labels.insert(&label.text, name);
    }
}

/// The id of a Namespace of this name; `None` where the name is none or the account is not known.
pub fn namespace_id(name: &str, account: Option<&AccountId>, backend: Backend) -> Option<NamespaceId> {
    match backend {
        Backend::Cloud => Some(NamespaceId::new(name.parse().ok()?, account?.clone())),
        Backend::SelfHosted => Some(NamespaceId::on_server(NamespaceName::on_server(name).ok()?)),
    }
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
    span: Span,
    findings: &mut Findings,
) -> Option<T> {
    settled(what, text, text.parse(), span, findings)
}

fn settled<T>(
    what: &str,
    text: &str,
    parsed: Result<T, NameError>,
    span: Span,
    findings: &mut Findings,
) -> Option<T> {
    match parsed {
        Ok(name) => Some(name),
        Err(error) => {
            let shown: String = text.chars().take(60).collect();
            let message = format!("`{}` is not a valid {what}: {error}", shown.escape_debug());
            findings.push(Finding::new(Code::InvalidName, span, message));
            None
        }
    }
}

/// The `name` attribute, or else the label, if it follows the rules for its kind.
fn block_name(
    kind: &str,
    block: &Block,
    backend: Backend,
    evaluator: &Evaluator,
    findings: &mut Findings,
) -> Option<String> {
    let label = block.label.as_ref()?;
    let value = block.attribute("name").map(|attribute| evaluator.value(&attribute.value, findings));
    let (text, span) = match value {
        None | Some(Value { kind: ValueKind::Null, .. }) => (label.text.to_string(), label.span),
        Some(Value { kind: ValueKind::String(text), span }) => (text.to_string(), span),
        Some(Value { kind: ValueKind::Failed, .. }) => return None,
        Some(value) => {
            let message = format!("`name` is a string, not {}", value.kind.name());
            findings.push(Finding::new(Code::WrongType, value.span, message));
            return None;
        }
    };
    match kind {
        "namespace" if backend == Backend::SelfHosted => {
            settled("Namespace name", &text, NamespaceName::on_server(&text), span, findings)
                .map(|name| name.to_string())
        }
        "namespace" => {
            valid::<NamespaceName>("Namespace name", &text, span, findings).map(|name| name.to_string())
        }
        "endpoint" => {
            valid::<EndpointName>("Endpoint name", &text, span, findings).map(|name| name.to_string())
        }
        "user" => user_name(&text, span, findings),
        _ => valid_free_name(kind, text, span, findings),
    }
}

fn user_name(text: &str, span: Span, findings: &mut Findings) -> Option<String> {
    if text.split_once('@').is_some_and(|(name, host)| !name.is_empty() && host.len() > 2) {
        return Some(text.to_lowercase());
    }
    let message =
        format!("`{}` is not a valid user: a user's name is the e-mail address", text.escape_debug());
    findings.push(Finding::new(Code::InvalidName, span, message).help("write `name = \"ana@acme.example\"`"));
    None
}

fn valid_free_name(kind: &str, text: String, span: Span, findings: &mut Findings) -> Option<String> {
    if !text.trim().is_empty() {
        return Some(text);
    }
    findings.push(Finding::new(Code::InvalidName, span, format!("a {} needs a name", describe(kind))));
    None
}
