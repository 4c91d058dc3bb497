//! Private connections that close a Namespace to the internet.

use super::CheckContext;
use crate::diagnostic::subject::Part;
use crate::diagnostic::{Code, Control, Decided, Examples, Family, Findings, Severity};
use crate::evaluate::Reference;
use crate::policy::Spanned;
use schema::name::NamespaceId;
use std::collections::BTreeMap;

pub static PRIVATELINK_LOCKOUT: Code = Code {
    name: "privatelink-lockout",
    severity: Severity::Error,
    family: Family::Privatelink,
    control: Control::Silenceable,
    decided: Decided::WithoutFacts,
    meaning: "The first private connection of a Namespace closes it to the internet, and the policy does not confirm this.",
    explanation: "A Namespace without connectivity rules accepts connections from the internet and from every private \
                  connection in its region. Attaching the first rule closes all other paths immediately. Set \
                  `keep_public = true` to attach the account's public rule as well, or `allow_public_lockout = true` \
                  to confirm the change.",
    examples: Examples {
        wrong: r#"privatelink "hub" {
  region        = "aws-us-east-1"
  connection_id = "vpce-0123456789abcdef0"
  namespaces    = [namespace.payments-prod] #! privatelink-lockout
}
"#,
        right: r#"privatelink "hub" {
  region               = "aws-us-east-1"
  connection_id        = "vpce-0123456789abcdef0"
  namespaces           = [namespace.payments-prod]
  allow_public_lockout = true
}
"#,
        json: None,
        facts: None,
    },
};

/// What the policy attaches to one Namespace.
struct Attached<'p> {
    first: &'p Spanned<NamespaceId>,
    instance: &'p Reference,
    minded: bool,
}

/// A Namespace's first connectivity rule closes it to the internet. With facts, a Namespace that has a rule is closed
/// already, and one whose rules cannot be read is reported by `privatelink_unseen`. `allow_public_lockout` counts on any
/// connection of the Namespace, `keep_public` only on those that this plan applies.
pub(super) fn check(context: &CheckContext, findings: &mut Findings) {
    let CheckContext { policy, facts, .. } = *context;
    let may_lock = |namespace: &NamespaceId| {
        facts.is_none_or(|facts| {
            facts.namespaces.contains_key(namespace) && facts.connectivity.attached_to(namespace).is_empty()
        })
    };
    let mut attached: BTreeMap<&NamespaceId, Attached> = BTreeMap::new();
    for privatelink in policy.changeable_privatelinks() {
        for used in &privatelink.namespaces {
            let fresh = Attached { first: used, instance: &privatelink.instance, minded: false };
            attached.entry(&used.id).or_insert(fresh).minded |= privatelink.minds_lockout();
        }
    }
    let allowed = policy.privatelinks.iter().filter(|privatelink| privatelink.allow_public_lockout);
    for used in allowed.flat_map(|privatelink| &privatelink.namespaces) {
        attached.entry(&used.id).and_modify(|attached| attached.minded = true);
    }
    for Attached { first, instance, .. } in
        attached.values().filter(|it| !it.minded && may_lock(&it.first.id))
    {
        let name = first.id.name();
        let message =
            format!("the first private connection of `{name}` closes it to the internet immediately");
        let help = "set `keep_public = true` to keep it open, or `allow_public_lockout = true` to allow this";
        let finding = first.finding(&PRIVATELINK_LOCKOUT, message).help(help);
        findings.push(finding.about(Part::Namespace, name.as_str()).instance(*instance));
    }
}

#[cfg(test)]
mod tests {
    use crate::check::expect::check;

    #[test]
    fn the_first_connection_of_a_namespace_locks_it_unless_that_is_said() {
        check(
            r#"privatelink "hub" {
  region        = "aws-us-east-1"
  connection_id = "vpce-0123456789abcdef0"
  namespaces = [
    namespace.orders-prod, #! privatelink-lockout
    "payments-prod",
  ]
}
privatelink "second" {
  region               = "aws-us-east-1"
  connection_id        = "vpce-0123456789abcdef1"
  namespaces           = [namespace.payments-prod]
  allow_public_lockout = true
}
"#,
        );
    }
}
