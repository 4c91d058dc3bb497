//! Two instances of a configuration that keep the same thing.

use std::collections::BTreeSet;

use tfplugin::{Diagnostic, Severity};

use super::{Keeper, Object, Standing};

/// What one instance keeps, and what another does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Contradiction {
    ours: Object,
    theirs: Object,
    /// Whether this run brings it about, or changes what is contested.
    is_new: bool,
}

impl Contradiction {
    /// The first of what an instance keeps in the end that contradicts one of the others.
    pub(super) fn between(standing: &Standing, others: &[Standing]) -> Option<Self> {
        standing.keeps().iter().find_map(|ours| {
            others.iter().find_map(|other| {
                let theirs = other.keeps().iter().find(|theirs| ours.contradicts(theirs))?;
                let is_new = !standing.before.contains(ours) || !other.before.contains(theirs);
                Some(Self { ours: ours.clone(), theirs: theirs.clone(), is_new })
            })
        })
    }

    /// What is said of it while planning. What both keep already is no error: a plan that changes neither is none either.
    pub(crate) fn planned(&self) -> Diagnostic {
        let severity = if self.is_new { Severity::Error } else { Severity::Warning };
        Diagnostic { severity, ..self.error() }
    }

    /// The error for a write of one of both.
    pub(crate) fn error(&self) -> Diagnostic {
        let (summary, detail) = self.text();
        let detail = format!("{detail} What is left is destroyed by `terraform destroy -refresh=false`.");
        let error = Diagnostic::error(summary, detail);
        match self.ours.attribute() {
            Some(attribute) => error.at(attribute),
            None => error,
        }
    }

    fn text(&self) -> (String, String) {
        match (&self.ours, &self.theirs) {
            (Object::Allowlist { endpoint, .. } | Object::Caller { endpoint, .. }, theirs) => {
                let summary = format!("the allowlist of Endpoint `{endpoint}` is managed by two resources");
                let detail = format!(
                    "Another resource of this configuration, or of another provider block for the same registry, {}, and this one {}: each \
                     apply of one would undo the other, and destroying one would revoke what the other allows. Manage the list in one way: by `allowed_caller_namespaces` of its \
                     `temporalnexus_endpoint`, by one `temporalnexus_endpoint_allowlist`, or by one `temporalnexus_endpoint_allowed_caller` \
                     for each caller. With the last two, leave `allowed_caller_namespaces` out of the Endpoint.",
                    theirs.verb_phrase(),
                    self.ours.verb_phrase()
                );
                (summary, detail)
            }
            (Object::Attachments { rule, .. } | Object::Attachment { rule, .. }, theirs) => {
                let summary =
                    format!("the attachments of connectivity rule `{rule}` are managed by two resources");
                let detail = format!(
                    "Another resource of this configuration {}, and this one {}: each would undo the other. Leave `namespace_ids` out of the \
                     `temporalnexus_privatelink_mapping`, or remove the single attachments; one attachment is managed by one resource.",
                    theirs.verb_phrase(),
                    self.ours.verb_phrase()
                );
                (summary, detail)
            }
            (Object::Endpoint { name, .. }, _) => {
                let summary = format!("two resources of this configuration manage the Endpoint `{name}`");
                (
                    summary,
                    "An account has one Endpoint of a name. Give one of them another name, or remove it."
                        .to_owned(),
                )
            }
            (Object::Rule { connection, .. }, _) => {
                let summary = format!(
                    "two resources of this configuration manage the connectivity rule of `{connection}`"
                );
                (
                    summary,
                    "An account has one connectivity rule for a connection. Remove one of the resources."
                        .to_owned(),
                )
            }
            (Object::PublicRule { .. }, _) => {
                let summary =
                    "two resources of this configuration manage the public connectivity rule".to_owned();
                (
                    summary,
                    "An account has one public connectivity rule. Remove one of the resources.".to_owned(),
                )
            }
        }
    }
}

/// The error for the change of something that another instance keeps too.
pub(crate) fn refusal(contradiction: &Contradiction) -> Diagnostic {
    let mut error = contradiction.error();
    error.detail.push_str(" Nothing was sent.");
    error
}

impl Object {
    fn attribute(&self) -> Option<&'static str> {
        match self {
            Self::Endpoint { .. } => Some("name"),
            Self::Allowlist { .. } => Some("allowed_caller_namespaces"),
            Self::Caller { .. } | Self::Attachment { .. } => Some("namespace_id"),
            Self::Rule { .. } => Some("connection_id"),
            Self::Attachments { .. } => Some("namespace_ids"),
            Self::PublicRule { .. } => None,
        }
    }

    fn verb_phrase(&self) -> String {
        match self {
            Self::Allowlist { by, callers, .. } => {
                let keeper = match by {
                    Keeper::Endpoint => "the `allowed_caller_namespaces` of a `temporalnexus_endpoint`",
                    Keeper::Allowlist => "a `temporalnexus_endpoint_allowlist`",
                };
                match callers {
                    Some(callers) => format!("manages the whole list ({keeper}: {})", listed(callers)),
                    None => format!("manages the whole list ({keeper})"),
                }
            }
            Self::Caller { namespace, .. } => {
                format!("allows `{namespace}` (a `temporalnexus_endpoint_allowed_caller`)")
            }
            Self::Attachments { .. } => {
                "manages all of them (the `namespace_ids` of a `temporalnexus_privatelink_mapping`)"
                    .to_owned()
            }
            Self::Attachment { namespace, .. } => {
                format!("attaches it to `{namespace}` (a `temporalnexus_privatelink_attachment`)")
            }
            Self::Endpoint { .. } | Self::Rule { .. } | Self::PublicRule { .. } => "manages it".to_owned(),
        }
    }
}

fn listed(callers: &BTreeSet<String>) -> String {
    const SHOWN: usize = 10;
    let names: Vec<_> = callers.iter().take(SHOWN).map(|caller| format!("`{caller}`")).collect();
    match callers.len() {
        0 => "nobody".to_owned(),
        all if all > SHOWN => format!("{} and {} more", names.join(", "), all - SHOWN),
        _ => names.join(", "),
    }
}
