//! The name of a block: its `name` attribute, or else its label.

use super::parsed_or_reported;
use crate::diagnostic::source::Span;
use crate::diagnostic::{Finding, Findings, INVALID_NAME, MISSING_ATTRIBUTE, WRONG_TYPE};
use crate::evaluate::{Evaluator, Origin, Value, ValueKind};
use crate::language::block::BlockKind;
use crate::lower::hidden::HiddenCharacters;
use crate::lower::instance::Instance;
use schema::backend::Backend;
use schema::name::{AccountId, EndpointName, NamespaceId, NamespaceName, PRINCIPAL_NAME_MAX, PrincipalId};
use std::sync::Arc;

/// The context for naming blocks.
pub(super) struct Naming<'n, 'd> {
    pub(super) account: Option<&'n AccountId>,
    pub(super) backend: Backend,
    pub(super) evaluator: &'n Evaluator<'d>,
    pub(super) hidden: &'n HiddenCharacters<'n>,
}

/// A name as the type of its kind, so that nothing parses it again.
#[derive(Clone)]
pub enum TypedName {
    /// A Namespace's id; `None` where the account is not known.
    Namespace(Option<NamespaceId>),
    /// An Endpoint's name.
    Endpoint(EndpointName),
    /// A principal.
    Principal(PrincipalId),
}

/// The text of a name, and the name.
pub(super) type Parsed = (Arc<str>, TypedName);

impl Naming<'_, '_> {
    /// The name of a block or instance, if it follows the rules for its kind.
    pub(super) fn name(&self, kind: BlockKind, block: &Instance, findings: &mut Findings) -> Option<Parsed> {
        let (value, within) = self.value(kind, block, findings)?;
        let text = Arc::clone(text(&value)?);
        let parsed = self.parsed(kind, text, value.place(within), findings)?;
        self.hidden.report_name(&value, within, block.each, findings);
        Some(parsed)
    }

    fn parsed(&self, kind: BlockKind, text: Arc<str>, at: Origin, findings: &mut Findings) -> Option<Parsed> {
        match kind {
            BlockKind::Namespace => {
                let parsed = match self.backend {
                    Backend::Cloud => NamespaceName::try_from(Arc::clone(&text)),
                    Backend::SelfHosted => NamespaceName::on_server(Arc::clone(&text)),
                };
                let name = parsed_or_reported("Namespace name", &text, parsed, at, findings)?;
                Some((text, TypedName::Namespace(self.id(name))))
            }
            BlockKind::Endpoint => {
                let parsed = EndpointName::try_from(Arc::clone(&text));
                let name = parsed_or_reported("Endpoint name", &text, parsed, at, findings)?;
                Some((text, TypedName::Endpoint(name)))
            }
            _ => {
                short_enough(kind, &text, at, findings)?;
                let name = match kind {
                    BlockKind::User => user_name(&text, at, findings)?,
                    _ => free_name(kind, text, at, findings)?,
                };
                let id = PrincipalId::new(kind.principal()?, &name).ok()?;
                Some((name, TypedName::Principal(id)))
            }
        }
    }

    fn id(&self, name: NamespaceName) -> Option<NamespaceId> {
        match self.backend {
            Backend::Cloud => Some(NamespaceId::new(name, self.account?.clone())),
            Backend::SelfHosted => Some(NamespaceId::on_server(name)),
        }
    }

    /// The string that is the name, and where it stands: in the attribute or the label.
    fn value(&self, kind: BlockKind, block: &Instance, findings: &mut Findings) -> Option<(Value, Span)> {
        let label = block.label.as_ref()?;
        let attribute = block.attribute("name");
        if block.each.is_some() && attribute.is_none() && !block.broken {
            findings.push(no_name(kind, block));
            return None;
        }
        let value = self.evaluator.name(block, block.each, findings)?;
        let within = attribute.map_or(label.span, |attribute| attribute.value.span);
        match &value.kind {
            ValueKind::String(_) => return Some((value, within)),
            ValueKind::Failed => {}
            ValueKind::Null(_) => findings.push(no_name(kind, block)),
            other => {
                let message = format!("`name` must be a string, not {}", other.name());
                findings.push(value.place(within).finding(&WRONG_TYPE, message));
            }
        }
        None
    }
}

fn text(value: &Value) -> Option<&Arc<str>> {
    if let ValueKind::String(text) = &value.kind { Some(text) } else { None }
}

/// Instances share a label, so `name` is required with `for_each`.
fn no_name(kind: BlockKind, block: &Instance) -> Finding {
    let message = format!("`{kind}` with `for_each` needs the attribute `name`");
    let help = format!("write `name = \"{}-${{each.key}}\"`", block.label_text());
    Finding::new(&MISSING_ATTRIBUTE, block.span, message).help(help)
}

fn short_enough(kind: BlockKind, text: &str, at: Origin, findings: &mut Findings) -> Option<()> {
    if text.len() <= PRINCIPAL_NAME_MAX {
        return Some(());
    }
    let (title, length) = (kind.title(), text.len());
    let message = format!("the name of the {title} has {length} bytes, the maximum is {PRINCIPAL_NAME_MAX}");
    findings.push(at.finding(&INVALID_NAME, message).help("shorten it"));
    None
}

fn user_name(text: &str, at: Origin, findings: &mut Findings) -> Option<Arc<str>> {
    let is_address = text.split_once('@').is_some_and(|(name, host)| !name.is_empty() && host.len() > 2);
    if is_address && !text.contains(char::is_whitespace) {
        return Some(text.to_lowercase().into());
    }
    let message =
        format!("`{}` is not a valid user: a user's name is the e-mail address", text.escape_debug());
    findings.push(at.finding(&INVALID_NAME, message).help("write `name = \"ana@acme.example\"`"));
    None
}

fn free_name(kind: BlockKind, text: Arc<str>, at: Origin, findings: &mut Findings) -> Option<Arc<str>> {
    if !text.trim().is_empty() {
        return Some(text);
    }
    findings.push(at.finding(&INVALID_NAME, format!("a {} needs a name", kind.title())));
    None
}
