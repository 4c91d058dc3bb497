//! Two instances of a configuration that manage the same object.

use std::collections::BTreeSet;

use tfplugin::{Diagnostic, Severity};

use super::{AllowlistOwner, Claim, ManagedObject};

/// An object that two instances manage.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ClaimConflict {
    own: ManagedObject,
    other_object: ManagedObject,
    /// Whether this run causes the conflict, or changes the object.
    is_new: bool,
}

impl ClaimConflict {
    /// The first object of a claim that conflicts with one of the others.
    pub(super) fn between(claim: &Claim, others: &[Claim]) -> Option<Self> {
        claim.planned().iter().find_map(|own| {
            others.iter().find_map(|other| {
                let other_object =
                    other.planned().iter().find(|other_object| own.conflicts_with(other_object))?;
                let is_new = !claim.before.contains(own) || !other.before.contains(other_object);
                Some(Self { own: own.clone(), other_object: other_object.clone(), is_new })
            })
        })
    }

    /// The diagnostic while planning: a warning if both instances managed the object before, since a plan may change neither.
    pub(crate) fn planned(&self) -> Diagnostic {
        let severity = if self.is_new { Severity::Error } else { Severity::Warning };
        Diagnostic { severity, ..self.error() }
    }

    /// The error for a write by one of the two instances.
    fn error(&self) -> Diagnostic {
        let (summary, detail) = self.text();
        let detail = format!("{detail} To destroy what remains, run `terraform destroy -refresh=false`.");
        let error = Diagnostic::error(summary, detail);
        match self.own.attribute() {
            Some(attribute) => error.at(attribute),
            None => error,
        }
    }

    /// The error for a write that was not sent.
    pub(crate) fn refused_write(&self) -> Diagnostic {
        let mut error = self.error();
        error.detail.push_str(" No request was sent.");
        error
    }

    fn text(&self) -> (String, String) {
        match (&self.own, &self.other_object) {
            (
                ManagedObject::Allowlist { endpoint, .. } | ManagedObject::Caller { endpoint, .. },
                other_object,
            ) => {
                let summary = format!("the allowlist of Endpoint `{endpoint}` is managed by two resources");
                let detail = format!(
                    "Another resource of this configuration, or of another provider block for the same registry, {}, and this \
                     resource {}: each would undo the changes of the other, and destroying one would revoke what the other \
                     allows. Manage an allowlist in one of these ways: with `allowed_caller_namespaces` of the \
                     `temporalnexus_endpoint`, with one `temporalnexus_endpoint_allowlist`, or with one \
                     `temporalnexus_endpoint_allowed_caller` for each caller. In the last two cases, omit \
                     `allowed_caller_namespaces` from the Endpoint.",
                    other_object.verb_phrase(),
                    self.own.verb_phrase()
                );
                (summary, detail)
            }
            (
                ManagedObject::Attachments { rule, .. } | ManagedObject::Attachment { rule, .. },
                other_object,
            ) => {
                let summary =
                    format!("the attachments of connectivity rule `{rule}` are managed by two resources");
                let detail = format!(
                    "Another resource of this configuration {}, and this resource {}: each would undo the changes of the other. \
                     Omit `namespace_ids` from the `temporalnexus_privatelink_mapping`, or remove the \
                     `temporalnexus_privatelink_attachment`; manage each attachment with one resource.",
                    other_object.verb_phrase(),
                    self.own.verb_phrase()
                );
                (summary, detail)
            }
            (ManagedObject::Endpoint { name, .. }, _) => {
                let summary = format!("two resources of this configuration manage the Endpoint `{name}`");
                (
                    summary,
                    "Names of Endpoints are unique in an account. Rename or remove one of the resources."
                        .to_owned(),
                )
            }
            (ManagedObject::Rule { connection, .. }, _) => {
                let summary = format!(
                    "two resources of this configuration manage the connectivity rule of `{connection}`"
                );
                (
                    summary,
                    "An account has one connectivity rule per connection. Remove one of the resources."
                        .to_owned(),
                )
            }
            (ManagedObject::PublicRule { .. }, _) => {
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

impl ManagedObject {
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
                let owner = match by {
                    AllowlistOwner::Endpoint => {
                        "the `allowed_caller_namespaces` of a `temporalnexus_endpoint`"
                    }
                    AllowlistOwner::Allowlist => "a `temporalnexus_endpoint_allowlist`",
                };
                match callers {
                    Some(callers) => format!("manages the whole allowlist ({owner}: {})", listed(callers)),
                    None => format!("manages the whole allowlist ({owner})"),
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
