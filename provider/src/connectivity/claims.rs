//! Who keeps which attachments, as the plans of one process say it: a mapping all of its rule's, or single attachments
//! those of one Namespace each. Both at once would undo each other at every apply.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use schema::name::NamespaceId;

/// The claims on the attachments of rules, by the id of the rule.
#[derive(Default)]
pub(crate) struct Claims(Mutex<BTreeMap<String, Claim>>);

/// What was said first about the attachments of one rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Claim {
    /// A mapping keeps all of them.
    All,
    /// A resource of its own keeps the one on this Namespace.
    One(NamespaceId),
}

impl Claims {
    /// Adds a claim, or gives the one that it contradicts.
    pub(crate) fn add(&self, rule: &str, claim: Claim) -> Result<(), Claim> {
        let mut claims = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let first = claims.entry(rule.to_owned()).or_insert_with(|| claim.clone());
        match (&*first, &claim) {
            (Claim::All, Claim::One(_)) | (Claim::One(_), Claim::All) => Err(first.clone()),
            (Claim::All, Claim::All) | (Claim::One(_), Claim::One(_)) => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_and_one_contradict_each_other() {
        let one = |name: &str| Claim::One(format!("{name}.tiny1").parse().unwrap());
        for (first, second, agree) in [
            (Claim::All, Claim::All, true),
            (one("a1"), one("b1"), true),
            (Claim::All, one("a1"), false),
            (one("a1"), Claim::All, false),
        ] {
            let claims = Claims::default();
            claims.add("r1", first.clone()).unwrap();
            assert_eq!(claims.add("r1", second.clone()), if agree { Ok(()) } else { Err(first) });
            assert_eq!(claims.add("r2", second), Ok(()));
        }
    }
}
