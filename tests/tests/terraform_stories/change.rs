//! Changes that people make to configurations.

use crate::configuration::{Block, Body, Configuration, Instances};
use crate::draw::{Draft, KEYS, NAMES, NAMESPACES};
use crate::story::Namespace;

/// A configuration with one to three changes. `moved`, `removed` and `import` blocks of earlier changes are taken out.
pub fn change(configuration: &Configuration, draft: &mut Draft<'_>) -> Configuration {
    let mut next = Configuration {
        moved: Vec::new(),
        removed: Vec::new(),
        imports: Vec::new(),
        ..configuration.clone()
    };
    for _ in 0..1 + draft.chance.below(3) {
        change_once(&mut next, draft);
    }
    next
}

fn change_once(next: &mut Configuration, draft: &mut Draft<'_>) {
    if next.blocks.is_empty() {
        return draft.add_group(next);
    }
    let number = draft.chance.below(next.blocks.len());
    match draft.chance.below(14) {
        0 => draft.add_group(next),
        1..=4 => say_else(&mut next.blocks[number], draft),
        5 => add_instance(&mut next.blocks[number], draft),
        6 => remove_instance(&mut next.blocks[number], draft),
        7 => change_key(next, number, draft),
        8 => rename(next, number, draft),
        9 | 10 => remove(next, number, draft),
        11 => next.rollout += 1,
        12 => next.blocks[number].create_before_destroy ^= true,
        _ => next.blocks[number].alias ^= true,
    }
}

/// Other values in one instance.
fn say_else(block: &mut Block, draft: &mut Draft<'_>) {
    let mut bodies = block.instances.bodies_mut();
    let number = draft.chance.below(bodies.len());
    let Some(body) = bodies.get_mut(number) else { return };
    match body {
        Body::Endpoint { name, target, queue, callers } => match draft.chance.below(6) {
            0 => *name = draft.chance.of(&NAMES),
            1 => *target = draft.chance.of(&["ledger.tiny1", "vault.tiny1"]),
            2 => *queue = draft.chance.of(&["q", "r"]),
            3 => *callers = None,
            _ => *callers = Some(other(callers.as_deref().unwrap_or_default(), draft)),
        },
        Body::Allowlist { callers, .. } => *callers = other(callers, draft),
        // Who lets attachments go leaves them to others, and the rule cannot be deleted before they are gone.
        Body::Mapping { namespaces: Some(namespaces), .. } => *namespaces = other(namespaces, draft),
        Body::Caller { namespace, .. } | Body::Attachment { namespace, .. } => {
            *namespace = draft.chance.of(&NAMESPACES);
        }
        Body::Mapping { .. } | Body::PublicRule => {}
    }
}

/// A list with one more or one less.
fn other(list: &[Namespace], draft: &mut Draft<'_>) -> Vec<Namespace> {
    let turned = draft.chance.of(&NAMESPACES);
    let in_list = |namespace: &&Namespace| list.contains(namespace) != (**namespace == turned);
    NAMESPACES.iter().filter(in_list).copied().collect()
}

fn add_instance(block: &mut Block, draft: &mut Draft<'_>) {
    let bodies = block.instances.bodies();
    let Some((_, body)) = bodies.get(draft.chance.below(bodies.len())) else { return };
    let mut body = (*body).clone();
    match &mut body {
        Body::Endpoint { name, .. } => *name = draft.chance.of(&NAMES),
        Body::Caller { namespace, .. } | Body::Attachment { namespace, .. } => {
            *namespace = draft.chance.of(&NAMESPACES);
        }
        _ => return,
    }
    match &mut block.instances {
        Instances::One(_) => {}
        Instances::Count(bodies) => {
            let place = draft.chance.below(bodies.len() + 1);
            bodies.insert(place, body);
        }
        Instances::ForEach(bodies) => {
            let free = KEYS.iter().find(|key| bodies.iter().all(|(taken, _)| taken != *key));
            bodies.extend(free.map(|key| (*key, body)));
        }
    }
}

fn remove_instance(block: &mut Block, draft: &mut Draft<'_>) {
    match &mut block.instances {
        Instances::Count(bodies) if bodies.len() > 1 => drop(bodies.remove(draft.chance.below(bodies.len()))),
        Instances::ForEach(bodies) if bodies.len() > 1 => {
            drop(bodies.remove(draft.chance.below(bodies.len())));
        }
        _ => {}
    }
}

/// Another key of one instance, mostly with a `moved` block.
fn change_key(next: &mut Configuration, number: usize, draft: &mut Draft<'_>) {
    let address = next.blocks[number].address().unwrap_or_default();
    let Instances::ForEach(bodies) = &mut next.blocks[number].instances else { return };
    let free: Vec<_> =
        KEYS.iter().filter(|key| bodies.iter().all(|(taken, _)| taken != *key)).copied().collect();
    if free.is_empty() || bodies.is_empty() || !next.moved.is_empty() {
        return;
    }
    let key = draft.chance.of(&free);
    let place = draft.chance.below(bodies.len());
    let old = std::mem::replace(&mut bodies[place].0, key);
    let (from, to) = (format!("{address}[{old:?}]"), format!("{address}[{key:?}]"));
    lead_to(next, &from, &to);
    if !draft.chance.one_in(4) {
        next.moved.push((from, to));
    }
}

/// Another name of a block, mostly with a `moved` block.
fn rename(next: &mut Configuration, number: usize, draft: &mut Draft<'_>) {
    let from = next.blocks[number].address().unwrap_or_default();
    let name = draft.chance.of(&["new", "newer"]);
    if next.blocks.iter().any(|block| block.name == name) || !next.moved.is_empty() {
        return;
    }
    next.blocks[number].name = name;
    let to = next.blocks[number].address().unwrap_or_default();
    lead_to(next, &from, &to);
    if !draft.chance.one_in(4) {
        next.moved.push((from, to));
    }
}

/// Lets references lead to a new address, of an instance or of a whole block.
fn lead_to(next: &mut Configuration, from: &str, to: &str) {
    for block in &mut next.blocks {
        for body in block.instances.bodies_mut() {
            let Some(address) = body.refers_to_mut() else { continue };
            let is_whole = |rest: &str| rest.is_empty() || rest.starts_with('[');
            if let Some(rest) = address.strip_prefix(from).filter(|rest| is_whole(rest)) {
                *address = format!("{to}{rest}");
            }
        }
    }
}

/// Takes a block out, with what refers to it, sometimes with a `removed` block.
fn remove(next: &mut Configuration, number: usize, draft: &mut Draft<'_>) {
    let block = next.blocks.remove(number);
    let address = block.address().unwrap_or_default();
    let leads = |body: &Body| body.refers_to().is_some_and(|to| to.split('[').next() == Some(&*address));
    let (gone, stay): (Vec<_>, Vec<_>) = std::mem::take(&mut next.blocks)
        .into_iter()
        .partition(|block| block.instances.bodies().iter().any(|(_, body)| leads(body)));
    next.blocks = stay;
    next.moved.retain(|(_, to)| !to.starts_with(&address));
    if draft.chance.one_in(3) && next.moved.is_empty() {
        let destroy = draft.chance.one_in(2);
        let gone = gone.iter().filter_map(Block::address);
        next.removed.extend([address.clone()].into_iter().chain(gone).map(|address| (address, destroy)));
    }
}
