//! The desired change of the rules of a Namespace, and whether it closes or opens the Namespace to the internet.

use std::collections::BTreeSet;

use registry::{AttachmentChange, RegisteredNamespace, RuleKind};

/// The id of a rule that does not exist yet.
pub(crate) const RULE_PLACEHOLDER: &str = "";

/// The id of a public rule that does not exist yet or is not attached.
pub(crate) const PUBLIC_RULE_PLACEHOLDER: &str = "public";

/// A rule to attach or to detach. The other rules of the Namespace do not change.
#[derive(Clone, Debug)]
pub(crate) enum Desired {
    /// Attach a rule.
    Attach {
        /// Its id.
        rule: String,
        /// Whether it is the public one.
        is_public: bool,
        /// The id of the account's public rule, if it is to be attached as well.
        public: Option<String>,
    },
    /// Detach a rule.
    Detach {
        /// Its id.
        rule: String,
        /// Whether to detach the public rule as well if no private one remains.
        public_too: bool,
    },
}

/// A change of the exposure of a Namespace to the internet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ExposureChange {
    /// The Namespace is closed.
    Closes,
    /// The Namespace is opened.
    Opens,
}

impl Desired {
    /// The change of the attachments of the Namespace.
    pub(crate) fn change(&self, now: &RegisteredNamespace) -> AttachmentChange {
        let mut change = AttachmentChange::default();
        match self {
            Self::Attach { rule, public, .. } => {
                change.attach.insert(rule.clone());
                change.attach.extend(public.clone());
            }
            Self::Detach { rule, public_too } => {
                change.detach.insert(rule.clone());
                let mut others = now.rules.iter().filter(|id| *id != rule);
                if *public_too && now.rules.contains(rule) && others.all(|id| is_public_rule(now, id)) {
                    change.detach.extend(now.rules.iter().cloned());
                }
            }
        }
        change
    }

    /// Whether the change closes or opens the Namespace to the internet.
    pub(crate) fn exposure_change(&self, now: &RegisteredNamespace) -> Option<ExposureChange> {
        let change = self.change(now);
        let after: BTreeSet<&String> =
            now.rules.iter().chain(&change.attach).filter(|id| !change.detach.contains(*id)).collect();
        let is_public = |id: &String| is_public_rule(now, id) || self.attaches_public_rule(id);
        let is_open = now.rules.is_empty() || now.rules.iter().any(is_public);
        let will_be_open = after.is_empty() || after.iter().any(|id| is_public(id));
        match (is_open, will_be_open) {
            (true, false) => Some(ExposureChange::Closes),
            (false, true) => Some(ExposureChange::Opens),
            _ => None,
        }
    }

    fn attaches_public_rule(&self, id: &String) -> bool {
        match self {
            Self::Attach { rule, is_public, public } => {
                public.as_ref() == Some(id) || (*is_public && rule == id)
            }
            Self::Detach { .. } => false,
        }
    }
}

/// Whether an attached rule is public. A rule that the registry does not show counts as private.
pub(crate) fn is_public_rule(namespace: &RegisteredNamespace, rule: &str) -> bool {
    matches!(namespace.kinds.get(rule), Some(RuleKind::Public { .. }))
}

/// Whether a public rule is attached to the Namespace.
pub(crate) fn has_public_rule(namespace: &RegisteredNamespace) -> bool {
    namespace.rules.iter().any(|rule| is_public_rule(namespace, rule))
}

#[cfg(test)]
mod tests {
    use super::*;
    use schema::account::Namespace;

    /// A Namespace with these rules; `public` is the public one.
    fn namespace(rules: &[&str]) -> RegisteredNamespace {
        let namespace = Namespace {
            id: "ledger.tiny1".parse().unwrap(),
            regions: Vec::new(),
            auth: BTreeSet::new(),
            tags: Default::default(),
        };
        let kinds = [("public".to_owned(), RuleKind::Public { stable_ips: false })];
        let rules = rules.iter().map(|rule| (*rule).to_owned()).collect();
        RegisteredNamespace { namespace, state: registry::ResourceState::Active, rules, kinds: kinds.into() }
    }

    fn attach(rule: &str, public: Option<&str>) -> Desired {
        let is_public = rule == "public";
        Desired::Attach { rule: rule.to_owned(), is_public, public: public.map(str::to_owned) }
    }

    fn detach(rule: &str, public_too: bool) -> Desired {
        Desired::Detach { rule: rule.to_owned(), public_too }
    }

    #[track_caller]
    fn check(desired: &Desired, rules: &[&str], after: &[&str], exposure_change: Option<ExposureChange>) {
        let now = namespace(rules);
        let change = desired.change(&now);
        let mut left = &now.rules | &change.attach;
        left.retain(|id| !change.detach.contains(id));
        assert_eq!(left, after.iter().map(|rule| (*rule).to_owned()).collect());
        assert_eq!(desired.exposure_change(&now), exposure_change);
    }

    #[test]
    fn the_first_private_rule_closes_unless_the_public_one_comes_with_it() {
        check(&attach("a", None), &[], &["a"], Some(ExposureChange::Closes));
        check(&attach("a", Some(RULE_PLACEHOLDER)), &[], &["a", RULE_PLACEHOLDER], None);
        check(&attach("a", None), &["b"], &["a", "b"], None);
        check(&attach("a", None), &["public"], &["a", "public"], None);
        check(&attach("public", None), &[], &["public"], None);
    }

    #[test]
    fn a_public_rule_opens_what_was_closed() {
        check(&attach("a", Some("public")), &["b"], &["a", "b", "public"], Some(ExposureChange::Opens));
        check(&attach("public", None), &["b"], &["b", "public"], Some(ExposureChange::Opens));
    }

    #[test]
    fn the_last_rule_opens_and_others_stay() {
        check(&detach("a", false), &["a"], &[], Some(ExposureChange::Opens));
        check(&detach("a", false), &["a", "b"], &["b"], None);
        check(&detach("a", false), &["b"], &["b"], None);
        check(&detach("public", false), &["b", "public"], &["b"], Some(ExposureChange::Closes));
    }

    #[test]
    fn the_public_rule_goes_when_no_private_one_remains() {
        check(&detach("a", true), &["a", "public"], &[], None);
        check(&detach("a", true), &["a", "b", "public"], &["b", "public"], None);
        check(&detach("a", false), &["a", "public"], &["public"], None);
        check(&detach("a", true), &["public"], &["public"], None);
    }
}
