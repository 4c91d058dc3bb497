//! Who keeps which allowlist, as the plans of one process say it. A list is kept whole by one resource, or caller by
//! caller, or by nobody here: two that disagree would undo each other at every apply.
//!
//! No request of Terraform tells whose it is, and some plans come twice. So two resources are told apart by what they
//! say alone: of one kind with the same callers, they pass for one.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// What a resource keeps of an allowlist.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Claim {
    /// All of it; `None` while it is not known who is on it.
    Whole(Keeper, Option<BTreeSet<String>>),
    /// One caller.
    One(String),
}

/// A kind of resource that keeps whole allowlists.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Keeper {
    Endpoint,
    Allowlist,
}

impl Keeper {
    /// How messages name it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Endpoint => "the `allowed_caller_namespaces` of a `temporalnexus_endpoint`",
            Self::Allowlist => "a `temporalnexus_endpoint_allowlist`",
        }
    }
}

/// The claims on the allowlists of an account, by the id of the Endpoint.
#[derive(Default)]
pub(crate) struct Claims(Mutex<BTreeMap<String, Claimed>>);

/// What was said of one allowlist.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Claimed {
    whole: Option<(Keeper, Option<BTreeSet<String>>)>,
    callers: BTreeSet<String>,
    /// Claims that end with this run, as their resources are to be destroyed.
    ending: Vec<Claim>,
}

impl Claims {
    /// Adds a claim.
    ///
    /// # Errors
    /// The claim that it contradicts.
    pub(crate) fn add(&self, endpoint: &str, claim: Claim) -> Result<(), Claim> {
        let mut claims = self.lock();
        let claimed = claims.entry(endpoint.to_owned()).or_default();
        if let Some(rival) = claimed.rival(&claim) {
            return Err(rival);
        }
        match claim {
            Claim::One(caller) => drop(claimed.callers.insert(caller)),
            Claim::Whole(keeper, callers) => {
                let known = claimed.whole.take().and_then(|(_, callers)| callers);
                claimed.whole = Some((keeper, callers.or(known)));
            }
        }
        Ok(())
    }

    /// Notes that a claim ends in this run.
    pub(crate) fn end(&self, endpoint: &str, claim: Claim) {
        self.lock().entry(endpoint.to_owned()).or_default().ending.push(claim);
    }

    /// Whether a claim on this allowlist begins in this run while another ends, so that what one writes the other may
    /// have to write again.
    pub(crate) fn changes_hands(&self, endpoint: &str) -> bool {
        self.lock().get(endpoint).is_some_and(Claimed::changes_hands)
    }

    /// Whether the whole list is kept by a resource that stays.
    pub(crate) fn is_kept_whole(&self, endpoint: &str) -> bool {
        self.lock().get(endpoint).is_some_and(|claimed| claimed.whole.is_some())
    }

    /// The callers that resources which stay keep on the list, each by itself.
    pub(crate) fn kept_alone(&self, endpoint: &str) -> BTreeSet<String> {
        self.lock().get(endpoint).map(|claimed| claimed.callers.clone()).unwrap_or_default()
    }

    /// Whether a resource that stays keeps this caller on the list.
    pub(crate) fn keeps(&self, endpoint: &str, caller: &str) -> bool {
        self.lock().get(endpoint).is_some_and(|claimed| claimed.keeps(caller))
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, Claimed>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Claimed {
    fn rival(&self, claim: &Claim) -> Option<Claim> {
        let whole = self.whole.as_ref().map(|(keeper, callers)| Claim::Whole(*keeper, callers.clone()));
        match (claim, &self.whole) {
            (Claim::One(_), _) => whole,
            (Claim::Whole(..), _) if !self.callers.is_empty() => {
                self.callers.first().cloned().map(Claim::One)
            }
            (Claim::Whole(keeper, _), Some((other, _))) if keeper != other => whole,
            (Claim::Whole(_, Some(callers)), Some((_, Some(others)))) if callers != others => whole,
            (Claim::Whole(..), _) => None,
        }
    }

    fn keeps(&self, caller: &str) -> bool {
        let whole = || match &self.whole {
            Some((_, Some(callers))) => callers.contains(caller),
            Some((_, None)) => true,
            None => false,
        };
        self.callers.contains(caller) || whole()
    }

    fn changes_hands(&self) -> bool {
        self.ending.iter().any(|ending| match ending {
            Claim::Whole(..) => self.whole.is_some() || !self.callers.is_empty(),
            Claim::One(caller) => self.keeps(caller),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn whole(keeper: Keeper, callers: &[&str]) -> Claim {
        Claim::Whole(keeper, Some(callers.iter().map(|caller| (*caller).to_owned()).collect()))
    }

    fn one(caller: &str) -> Claim {
        Claim::One(caller.to_owned())
    }

    /// Whether two claims on one list agree, in either order.
    #[track_caller]
    fn check(first: &Claim, second: &Claim, agree: bool) {
        for (first, second) in [(first, second), (second, first)] {
            let claims = Claims::default();
            claims.add("e1", first.clone()).unwrap();
            let expected = if agree { Ok(()) } else { Err(first.clone()) };
            assert_eq!(claims.add("e1", second.clone()), expected);
            assert_eq!(claims.add("e2", second.clone()), Ok(()), "another list");
        }
    }

    #[test]
    fn kinds_and_contents_must_agree() {
        let (endpoint, list) = (whole(Keeper::Endpoint, &["a"]), whole(Keeper::Allowlist, &["a"]));
        let unknown = Claim::Whole(Keeper::Allowlist, None);
        check(&endpoint, &list, false);
        check(&endpoint, &one("a"), false);
        check(&list, &one("b"), false);
        check(&list, &whole(Keeper::Allowlist, &["b"]), false);
        check(&unknown, &one("b"), false);
        check(&list, &list, true);
        check(&list, &unknown, true);
        check(&one("a"), &one("b"), true);
        check(&one("a"), &one("a"), true);
    }

    #[test]
    fn contents_that_become_known_count() {
        let claims = Claims::default();
        for claim in [Claim::Whole(Keeper::Allowlist, None), whole(Keeper::Allowlist, &["a"])] {
            claims.add("e1", claim).unwrap();
        }
        claims.add("e1", Claim::Whole(Keeper::Allowlist, None)).unwrap();
        assert!(claims.add("e1", whole(Keeper::Allowlist, &["b"])).is_err());
    }

    #[test]
    fn what_ends_and_begins_at_once_changes_hands() {
        let hands = |ending: Claim, begins: Option<Claim>| {
            let claims = Claims::default();
            begins.map(|claim| claims.add("e1", claim)).transpose().unwrap();
            claims.end("e1", ending);
            claims.changes_hands("e1")
        };
        let list = || whole(Keeper::Allowlist, &["a"]);
        assert!(hands(list(), Some(one("a"))) && hands(one("a"), Some(list())));
        assert!(hands(list(), Some(whole(Keeper::Endpoint, &[]))));
        assert!(!hands(one("b"), Some(list())), "who leaves the list is cut off for good");
        assert!(!hands(one("a"), Some(one("b"))) && !hands(list(), None));
    }
}
