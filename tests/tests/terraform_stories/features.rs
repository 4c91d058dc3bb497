//! What a step of a story is about: which kinds of failure it may meet. Random stories keep clear of those that are known.

use crate::configuration::{Block, Body, Configuration, EndpointId, Kept};
use crate::kinds::Kind;
use crate::ownership::{kept_twice, moved};
use crate::story::{Command, Outside, Step, Story};
use std::collections::{BTreeMap, BTreeSet};

/// The kinds that a story may meet.
pub fn kinds(story: &Story) -> Vec<Kind> {
    let nothing = Configuration::default();
    let mut previous = &nothing;
    let mut found = Vec::new();
    for step in &story.steps {
        found.extend(of_step(previous, step));
        previous = &step.configuration;
    }
    found.extend(of_outside(previous, &story.ending));
    found
}

/// The kinds that one step may meet after the configuration before it.
fn of_step(previous: &Configuration, step: &Step) -> Vec<Kind> {
    let next = &step.configuration;
    let mut found = of_outside(previous, &step.outside);
    found.extend(of_outside(next, &step.outside));
    if let Command::SavedPlan(outside) = &step.command {
        found.extend(of_outside(next, outside));
    }
    let first = !created_first(previous).is_empty() || !created_first(next).is_empty();
    for claim in changed_hands(previous, next) {
        if first && (claim.starts_with("Endpoint ") || claim.starts_with("rule ")) {
            found.push(Kind::AddressChangedFirst);
        }
        found.push(match claim.split(' ').next() {
            Some("caller") => Kind::HandOver,
            Some("attachment") => Kind::ReplacedAttachment,
            Some("Endpoint") => Kind::FreedName,
            _ => Kind::AddressChanged,
        });
        if claim.starts_with("Endpoint ") {
            found.push(Kind::AddressChanged);
        }
    }
    found.extend(of_replacements(previous, step));
    for twice in kept_twice(next) {
        let names = twice.starts_with("Endpoint ") || twice.starts_with("rule ");
        found.push(if names { Kind::NameTwice } else { Kind::SharedByTwo });
        found.push(Kind::TwiceCreated);
        found.push(Kind::DestroyRefused);
        if next.blocks.iter().any(|block| block.alias) {
            found.push(Kind::TwoProviders);
        }
    }
    match step.fault {
        Some(fault) if fault.starts_with("unknown-") => found.push(Kind::NewerList),
        Some(fault) if fault.starts_with("rate-limits") => found.push(Kind::Throttled),
        _ => {}
    }
    found
}

/// What others delete although a configuration names it by its id.
fn of_outside(configuration: &Configuration, outside: &[Outside]) -> Vec<Kind> {
    let deleted: Vec<_> = outside
        .iter()
        .filter_map(|outside| match outside {
            Outside::DeleteEndpoint(name) => Some(*name),
            _ => None,
        })
        .collect();
    let names = |body: &&Body| match body {
        Body::Allowlist { endpoint, .. } | Body::Caller { endpoint, .. } => match endpoint {
            EndpointId::Literal(name) | EndpointId::Data(name) | EndpointId::DataLater(name) => {
                deleted.contains(name)
            }
            EndpointId::Of(_) => false,
        },
        _ => false,
    };
    if configuration.instances().values().any(names) { vec![Kind::DestroyRefused] } else { Vec::new() }
}

/// What is kept before and after, each time by other instances.
fn changed_hands(previous: &Configuration, next: &Configuration) -> Vec<String> {
    let before = keepers(moved(&previous.kept(), next));
    let after = keepers(next.kept());
    let changed = |(claim, by): (&String, &BTreeSet<String>)| {
        after.get(claim).filter(|after| after.is_disjoint(by)).map(|_| claim.clone())
    };
    before.iter().filter_map(changed).collect()
}

fn keepers(kept: BTreeMap<String, Kept>) -> BTreeMap<String, BTreeSet<String>> {
    let mut keepers: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (address, kept) in kept {
        for claim in claims(&kept) {
            keepers.entry(claim).or_default().insert(address.clone());
        }
    }
    keepers
}

fn claims(kept: &Kept) -> Vec<String> {
    let callers = |name: &str, callers: &BTreeSet<String>| -> Vec<String> {
        callers.iter().map(|caller| format!("caller {caller} {name}")).collect()
    };
    match kept {
        Kept::Endpoint { name, callers: list, .. } => {
            let list = list.as_ref().map(|list| callers(name, list)).unwrap_or_default();
            [vec![format!("Endpoint {name}")], list].concat()
        }
        Kept::Allowlist { endpoint, callers: list } => callers(endpoint, list),
        Kept::Caller { endpoint, namespace } => vec![format!("caller {namespace} {endpoint}")],
        Kept::Mapping { rule, namespaces, .. } => {
            let attached = namespaces.iter().flatten().map(|on| format!("attachment {on} {rule}"));
            [format!("rule {rule}")].into_iter().chain(attached).collect()
        }
        Kept::Attachment { rule, namespace, .. } => vec![format!("attachment {namespace} {rule}")],
        Kept::PublicRule => vec!["rule public".to_owned()],
    }
}

/// What is replaced on demand or for an id that is not known yet.
fn of_replacements(previous: &Configuration, step: &Step) -> Vec<Kind> {
    let next = &step.configuration;
    let rolled_out = previous.rollout != next.rollout;
    let created_first = created_first(next);
    let mut found = Vec::new();
    for block in &next.blocks {
        for (address, body) in block.instances() {
            let late = body.is_known_later();
            if late && rolled_out && previous.rollout != 0 {
                found.push(Kind::UnknownId);
            }
            let replaced = block.replaced_by_rollout && rolled_out
                || matches!(&step.command, Command::Replace(replaced) if *replaced == address);
            if replaced {
                found.extend(of_replacement(body, created_first.contains(block.name)));
            }
        }
    }
    found
}

fn of_replacement(body: &Body, created_first: bool) -> Option<Kind> {
    match body {
        Body::Attachment { .. } => Some(Kind::ReplacedAttachment),
        Body::Caller { .. } | Body::Allowlist { .. } => Some(Kind::HandOver),
        Body::Endpoint { .. } | Body::Mapping { .. } | Body::PublicRule => {
            created_first.then_some(Kind::CreateBeforeDestroy)
        }
    }
}

/// The names of blocks that are created first: those that say so, and what they depend on.
fn created_first(configuration: &Configuration) -> BTreeSet<&'static str> {
    let mut found: BTreeSet<_> =
        configuration.blocks.iter().filter(|block| block.create_before_destroy).map(|it| it.name).collect();
    loop {
        let depends = |block: &Block| {
            let address = block.address().unwrap_or_default();
            configuration.blocks.iter().filter(|other| found.contains(other.name)).any(|other| {
                let leads = |body: &Body| {
                    body.refers_to().is_some_and(|to| to.split('[').next() == Some(address.as_str()))
                };
                other.instances.bodies().iter().any(|(_, body)| leads(body))
            })
        };
        let more: Vec<_> = configuration
            .blocks
            .iter()
            .filter(|block| !found.contains(block.name) && depends(block))
            .map(|block| block.name)
            .collect();
        if more.is_empty() {
            return found;
        }
        found.extend(more);
    }
}
