//! The judgements. They know what is configured, what others own and what the registry holds, and nothing of the provider.

use crate::configuration::{Configuration, Kept};
use crate::ownership::{Held, Others, moved};
use crate::world::World;
use std::collections::BTreeSet;
use std::fmt;

/// Which promise was broken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Judgement {
    /// After an apply the registry holds what the configuration keeps beside what others own, and the next plan is empty.
    Converges,
    /// During an apply nobody is refused who is allowed before and after, and nobody gains what neither side grants.
    KeepsAccess,
    /// After an apply that fails, the next plain one converges.
    Recovers,
    /// In the end `terraform destroy` succeeds and leaves what others own.
    Destroys,
    /// Plans of one state agree, and what is known to be kept twice is refused before anything is written.
    PlansAlike,
}

/// A broken promise.
#[derive(Clone, Debug)]
pub struct Failure {
    pub judgement: Judgement,
    /// The step, from 1; one beyond the last is the destroy at the end.
    pub step: usize,
    pub what: String,
}

impl fmt::Display for Failure {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{:?} in step {}: {}", self.judgement, self.step, self.what)
    }
}

/// Compares the registry with what it should hold. Where `keep_public` was used, a Namespace with the public rule alone is
/// as one without rules: who detached the last private rule decides.
pub fn differs(expected: &World, now: &World, keeps_public: bool) -> Option<String> {
    let same = match keeps_public {
        true => expected.without_lone_public() == now.without_lone_public(),
        false => expected == now,
    };
    (!same).then(|| format!("the registry holds\n{now}  and should hold\n{expected}"))
}

/// What was planned to go, for the time of an apply.
pub struct Announced {
    endpoints: BTreeSet<String>,
    rules: BTreeSet<String>,
    /// Namespaces that lose an attachment.
    detached: BTreeSet<String>,
    /// Endpoints with callers whose resource is replaced on demand before it is known which Endpoint the new instance is for:
    /// the plan shows that, and nobody can say that they stay.
    given_up: BTreeSet<(String, String)>,
}

impl Announced {
    /// From the addresses that plans delete or replace, and from the names that they change.
    pub fn of(held: &Held, configuration: &Configuration, deleted: &BTreeSet<String>) -> Self {
        let mut announced = Self {
            endpoints: BTreeSet::new(),
            rules: BTreeSet::new(),
            detached: BTreeSet::new(),
            given_up: BTreeSet::new(),
        };
        let planned = configuration.kept();
        let instances = configuration.instances();
        for (address, kept) in moved(held, configuration) {
            let renamed = match (&kept, planned.get(&address)) {
                (Kept::Endpoint { name, .. }, Some(Kept::Endpoint { name: new, .. })) => name != new,
                _ => false,
            };
            if !deleted.contains(&address) && !renamed {
                continue;
            }
            let is_known_later = instances.get(&address).is_some_and(|body| body.is_known_later());
            match kept {
                Kept::Endpoint { name, .. } => drop(announced.endpoints.insert(name)),
                Kept::Caller { endpoint, namespace } if is_known_later => {
                    announced.given_up.insert((endpoint, namespace));
                }
                Kept::Allowlist { endpoint, callers } if is_known_later => {
                    let callers = callers.into_iter().map(|caller| (endpoint.clone(), caller));
                    announced.given_up.extend(callers);
                }
                Kept::Mapping { rule, namespaces, .. } => {
                    announced.rules.insert(rule);
                    announced.detached.extend(namespaces.into_iter().flatten());
                }
                Kept::Attachment { namespace, .. } => drop(announced.detached.insert(namespace)),
                _ => {}
            }
        }
        // Who attaches a rule that is replaced attaches the new one only once the old one is gone.
        for kept in held.values() {
            if let Kept::Attachment { rule, namespace, .. } = kept
                && announced.rules.contains(rule)
            {
                announced.detached.insert(namespace.clone());
            }
        }
        announced
    }
}

/// Judges what the registry held during an apply.
pub fn judge_samples(
    samples: &[World],
    (before, after): (&World, &World),
    announced: &Announced,
) -> Option<String> {
    samples.iter().find_map(|sample| {
        refused(sample, (before, after), announced).or_else(|| gained(sample, (before, after), announced))
    })
}

fn refused(sample: &World, (before, after): (&World, &World), announced: &Announced) -> Option<String> {
    for (name, (_, callers)) in &before.endpoints {
        for caller in callers.iter().filter(|caller| after.may_call(caller, name)) {
            let given_up = announced.given_up.contains(&(name.clone(), caller.clone()));
            if !sample.may_call(caller, name) && !announced.endpoints.contains(name) && !given_up {
                return Some(format!("{caller} may call {name} before and after, and not in between"));
            }
        }
    }
    for (namespace, rules) in &before.attached {
        for rule in rules.iter().filter(|rule| after.is_attached(rule, namespace)) {
            let announced = announced.rules.contains(rule);
            // The public rule may go where nothing else is left: the Namespace is public then.
            let stays_public = rule == crate::configuration::PUBLIC && sample.is_public(namespace);
            if !sample.is_attached(rule, namespace) && !announced && !stays_public {
                return Some(format!("{namespace} has the rule {rule} before and after, and not in between"));
            }
        }
    }
    let namespaces: BTreeSet<_> = before.attached.keys().chain(sample.attached.keys()).collect();
    namespaces.into_iter().find_map(|namespace| {
        let refused =
            before.is_public(namespace) && after.is_public(namespace) && !sample.is_public(namespace);
        refused.then(|| format!("{namespace} is public before and after, and not in between"))
    })
}

fn gained(sample: &World, (before, after): (&World, &World), announced: &Announced) -> Option<String> {
    for (name, (_, callers)) in &sample.endpoints {
        for caller in callers {
            if !before.may_call(caller, name) && !after.may_call(caller, name) {
                return Some(format!("{caller} may call {name} in between, and neither before nor after"));
            }
        }
    }
    for (namespace, rules) in &sample.attached {
        for rule in rules {
            if !before.is_attached(rule, namespace) && !after.is_attached(rule, namespace) {
                return Some(format!("{namespace} has the rule {rule} in between only"));
            }
        }
    }
    before.attached.keys().find_map(|namespace| {
        let opened =
            sample.is_public(namespace) && !before.is_public(namespace) && !after.is_public(namespace);
        let keeps_one = before.attached.get(namespace).is_some_and(|rules| {
            rules.iter().any(|rule| after.is_attached(rule, namespace) && !announced.rules.contains(rule))
        });
        let agreed = announced.detached.contains(namespace) && !keeps_one;
        (opened && !agreed).then(|| format!("{namespace} is public in between, and neither before nor after"))
    })
}

/// What a whole configuration should lead to.
pub fn expected(others: &Others, configuration: &Configuration) -> World {
    others.with_kept(&configuration.kept())
}
