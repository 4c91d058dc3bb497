//! What a resource wants of a Namespace's connectivity rules, and what follows for the Namespace as it is.

use std::collections::BTreeSet;

use registry::{AttachmentChange, RegisteredNamespace, RuleKind};

/// Stands for a rule that does not exist yet.
pub(crate) const TO_COME: &str = "";

/// Stands for a public rule that is not there yet, or not attached.
pub(crate) const PUBLIC_TO_COME: &str = "public";

/// A rule to attach or to detach. The other rules of the Namespace stay, whoever attached them.
#[derive(Clone, Debug)]
pub(crate) enum Wish {
    /// To attach it.
    Attach {
        /// Its id.
        rule: String,
        /// Whether it is the public one.
        is_public: bool,
        /// The id of the account's public rule, where that is wanted as well.
        public: Option<String>,
    },
    /// To detach it.
    Detach {
        /// Its id.
        rule: String,
        /// Whether the public rule goes too when no private one remains.
        public_too: bool,
    },
}

/// What a change does to the internet's way to a Namespace.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Turn {
    /// It is cut off.
    Locks,
    /// It is opened.
    Opens,
}

impl Wish {
    /// What has to change on the Namespace for it.
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
                if *public_too && now.rules.contains(rule) && others.all(|id| lets_the_internet_in(now, id)) {
                    change.detach.extend(now.rules.iter().cloned());
                }
            }
        }
        change
    }

    /// Whether the internet loses or gets its way to the Namespace by it.
    pub(crate) fn turn(&self, now: &RegisteredNamespace) -> Option<Turn> {
        let change = self.change(now);
        let after: BTreeSet<&String> =
            now.rules.iter().chain(&change.attach).filter(|id| !change.detach.contains(*id)).collect();
        let is_public = |id: &String| lets_the_internet_in(now, id) || self.brings_the_internet_by(id);
        let then = now.rules.is_empty() || now.rules.iter().any(is_public);
        let will = after.is_empty() || after.iter().any(|id| is_public(id));
        match (then, will) {
            (true, false) => Some(Turn::Locks),
            (false, true) => Some(Turn::Opens),
            _ => None,
        }
    }

    fn brings_the_internet_by(&self, id: &String) -> bool {
        match self {
            Self::Attach { rule, is_public, public } => {
                public.as_ref() == Some(id) || (*is_public && rule == id)
            }
            Self::Detach { .. } => false,
        }
    }
}

/// Whether an attached rule is a public one. One that the registry does not show counts as private.
pub(crate) fn lets_the_internet_in(namespace: &RegisteredNamespace, rule: &str) -> bool {
    matches!(namespace.kinds.get(rule), Some(RuleKind::Public { .. }))
}

/// Whether a public rule is attached to the Namespace.
pub(crate) fn has_a_public_rule(namespace: &RegisteredNamespace) -> bool {
    namespace.rules.iter().any(|rule| lets_the_internet_in(namespace, rule))
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
        RegisteredNamespace { namespace, rules, kinds: kinds.into() }
    }

    fn attach(rule: &str, public: Option<&str>) -> Wish {
        let is_public = rule == "public";
        Wish::Attach { rule: rule.to_owned(), is_public, public: public.map(str::to_owned) }
    }

    fn detach(rule: &str, public_too: bool) -> Wish {
        Wish::Detach { rule: rule.to_owned(), public_too }
    }

    #[track_caller]
    fn check(wish: &Wish, rules: &[&str], after: &[&str], turn: Option<Turn>) {
        let now = namespace(rules);
        let change = wish.change(&now);
        let mut left = &now.rules | &change.attach;
        left.retain(|id| !change.detach.contains(id));
        assert_eq!(left, after.iter().map(|rule| (*rule).to_owned()).collect());
        assert_eq!(wish.turn(&now), turn);
    }

    #[test]
    fn the_first_private_rule_locks_unless_the_public_one_comes_with_it() {
        check(&attach("a", None), &[], &["a"], Some(Turn::Locks));
        check(&attach("a", Some(TO_COME)), &[], &["a", TO_COME], None);
        check(&attach("a", None), &["b"], &["a", "b"], None);
        check(&attach("a", None), &["public"], &["a", "public"], None);
        check(&attach("public", None), &[], &["public"], None);
    }

    #[test]
    fn a_public_rule_opens_what_was_closed() {
        check(&attach("a", Some("public")), &["b"], &["a", "b", "public"], Some(Turn::Opens));
        check(&attach("public", None), &["b"], &["b", "public"], Some(Turn::Opens));
    }

    #[test]
    fn the_last_rule_opens_and_others_stay() {
        check(&detach("a", false), &["a"], &[], Some(Turn::Opens));
        check(&detach("a", false), &["a", "b"], &["b"], None);
        check(&detach("a", false), &["b"], &["b"], None);
        check(&detach("public", false), &["b", "public"], &["b"], Some(Turn::Locks));
    }

    #[test]
    fn the_public_rule_goes_when_no_private_one_remains() {
        check(&detach("a", true), &["a", "public"], &[], None);
        check(&detach("a", true), &["a", "b", "public"], &["b", "public"], None);
        check(&detach("a", false), &["a", "public"], &["public"], None);
        check(&detach("a", true), &["public"], &["public"], None);
    }
}
