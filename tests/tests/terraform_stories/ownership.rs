//! Who owns what: what others made, and what follows for it from an apply. Together with what a configuration keeps, that
//! is all that the registry may hold.

use crate::configuration::{Configuration, Kept, PUBLIC};
use crate::story::Outside;
use crate::world::World;
use std::collections::{BTreeMap, BTreeSet};

/// What others own.
#[derive(Clone, Debug, Default)]
pub struct Others {
    /// Their Endpoints and targets.
    endpoints: BTreeMap<String, String>,
    /// Their callers, on whose Endpoints ever.
    callers: BTreeSet<(String, String)>,
    rules: BTreeSet<String>,
    /// What they attached, of whose rules ever, to which Namespaces.
    attachments: BTreeSet<(String, String)>,
    keeps_public: bool,
}

/// What Terraform's state keeps, by addresses.
pub type Held = BTreeMap<String, Kept>;

impl Others {
    /// Everything in an account is others' before Terraform's first run.
    pub fn all_of(world: &World) -> Self {
        let mut others = Self { rules: world.rules.clone(), ..Self::default() };
        for (name, (target, callers)) in &world.endpoints {
            others.endpoints.insert(name.clone(), target.clone());
            others.callers.extend(callers.iter().map(|caller| (name.clone(), caller.clone())));
        }
        for (namespace, rules) in &world.attached {
            others.attachments.extend(rules.iter().map(|rule| (rule.clone(), namespace.clone())));
        }
        others
    }

    /// Notes what others do. What Terraform keeps stays Terraform's: the next apply restores it.
    pub fn act(&mut self, outside: &Outside, held: &Held) {
        let pair = |first: &str, second: &str| (first.to_owned(), second.to_owned());
        match outside {
            Outside::CreateEndpoint(name, callers) => {
                self.endpoints.insert((*name).to_owned(), "ledger.tiny1/theirs".to_owned());
                self.callers.extend(callers.iter().map(|caller| pair(name, caller)));
            }
            Outside::DeleteEndpoint(name) => {
                self.endpoints.remove(*name);
                self.callers.retain(|(endpoint, _)| endpoint != name);
            }
            Outside::AddCaller(name, caller) => {
                if !overlay(held).calls(name, caller) {
                    self.callers.insert(pair(name, caller));
                }
            }
            Outside::RemoveCaller(name, caller) => drop(self.callers.remove(&pair(name, caller))),
            Outside::CreateRule(connection) => drop(self.rules.insert((*connection).to_owned())),
            Outside::Attach(connection, namespace) => {
                self.attachments.insert(pair(connection, namespace));
            }
            Outside::Detach(connection, namespace) => {
                self.attachments.remove(&pair(connection, namespace));
            }
        }
    }

    /// What becomes others' and what is taken over when `configuration` is applied in place of `held`. `deleted` are the
    /// addresses that the plans said they delete or replace, and `before` is what there was.
    pub fn apply(
        &mut self,
        held: &Held,
        configuration: &Configuration,
        deleted: &BTreeSet<String>,
        before: &World,
    ) {
        let held = moved(held, configuration);
        let next = configuration.kept();
        let forgotten = |address: &str| is_forgotten(configuration, address);
        for (address, kept) in &held {
            match next.get(address) {
                None if forgotten(address) => self.forget(kept, before),
                _ if deleted.contains(address) => self.delete(kept),
                Some(next) => self.change(kept, next, before),
                None => {}
            }
        }
        self.release_public(&held, &next, &forgotten);
        self.take_over(&next);
    }

    /// Counts as theirs what `removed` blocks leave as it is.
    pub fn forget_removed(&mut self, held: &Held, configuration: &Configuration) {
        for (address, kept) in moved(held, configuration) {
            if is_forgotten(configuration, &address) {
                self.own(&kept);
            }
        }
    }

    /// The rules and Namespaces of attachments that others keep.
    pub fn attachments(&self) -> &BTreeSet<(String, String)> {
        &self.attachments
    }

    /// Whether `keep_public` was ever used.
    pub fn keeps_public(&self) -> bool {
        self.keeps_public
    }

    /// What was kept and is left as it is: as far as it was still there before.
    fn forget(&mut self, kept: &Kept, before: &World) {
        self.own(kept);
        self.endpoints.retain(|name, _| before.endpoints.contains_key(name));
        self.rules.retain(|rule| before.rules.contains(rule));
        self.callers.retain(|(endpoint, caller)| before.may_call(caller, endpoint));
        self.attachments.retain(|(rule, namespace)| before.is_attached(rule, namespace));
    }

    fn own(&mut self, kept: &Kept) {
        match kept {
            Kept::Endpoint { name, target, callers } => {
                self.endpoints.insert(name.clone(), target.clone());
                self.own_callers(name, callers.as_ref());
            }
            Kept::Allowlist { endpoint, callers } => self.own_callers(endpoint, Some(callers)),
            Kept::Caller { endpoint, namespace } => {
                self.callers.insert((endpoint.clone(), namespace.clone()));
            }
            Kept::Mapping { rule, namespaces, keep_public } => {
                self.rules.insert(rule.clone());
                for namespace in namespaces.iter().flatten() {
                    self.own_attachment(rule, namespace, *keep_public);
                }
            }
            Kept::Attachment { rule, namespace, keep_public } => {
                self.own_attachment(rule, namespace, *keep_public);
            }
            Kept::PublicRule => drop(self.rules.insert(PUBLIC.to_owned())),
        }
    }

    /// What is deleted takes along what others had on it.
    fn delete(&mut self, kept: &Kept) {
        match kept {
            Kept::Endpoint { name, .. } => self.callers.retain(|(endpoint, _)| endpoint != name),
            Kept::Mapping { rule, .. } => self.attachments.retain(|(attached, _)| attached != rule),
            // A whole list is emptied, of whom others added too.
            Kept::Allowlist { endpoint, .. } => self.callers.retain(|(kept, _)| kept != endpoint),
            _ => {}
        }
    }

    /// What changes in place: a rename takes callers along, and a list that is let go belongs to others.
    fn change(&mut self, earlier: &Kept, after: &Kept, before: &World) {
        match (earlier, after) {
            (
                Kept::Endpoint { name, callers, .. },
                Kept::Endpoint { name: new, callers: new_callers, .. },
            ) => {
                let renamed = |(endpoint, caller): (String, String)| {
                    (if endpoint == *name { new.clone() } else { endpoint }, caller)
                };
                self.callers = std::mem::take(&mut self.callers).into_iter().map(renamed).collect();
                // One that was deleted is made anew, and nobody may call it.
                if new_callers.is_none() && before.endpoints.contains_key(name) {
                    self.own_callers(new, callers.as_ref());
                }
            }
            (
                Kept::Mapping { rule, namespaces, keep_public },
                Kept::Mapping { rule: new, namespaces: None, .. },
            ) if rule == new => {
                for namespace in namespaces.iter().flatten() {
                    self.own_attachment(rule, namespace, *keep_public);
                }
            }
            _ => {}
        }
    }

    /// Where a Namespace loses the last rule that Terraform keeps on it, the public rule goes with it; where others have a
    /// private rule on it, the public one stays as theirs.
    fn release_public(&mut self, held: &Held, next: &Held, forgotten: &dyn Fn(&str) -> bool) {
        let (before, after) = (overlay(held), overlay(next));
        if before.keeps_public_somewhere || after.keeps_public_somewhere {
            self.rules.insert(PUBLIC.to_owned());
            self.keeps_public = true;
        }
        for namespace in before.public_for.difference(&after.public_for) {
            let is_theirs = |kept: &Kept| attachments_of(kept).contains(namespace);
            if held.iter().any(|(address, kept)| forgotten(address) && is_theirs(kept)) {
                continue;
            }
            let public = (PUBLIC.to_owned(), namespace.clone());
            let private = self.attachments.iter().any(|(rule, on)| on == namespace && rule != PUBLIC);
            match private {
                true => drop(self.attachments.insert(public)),
                false => drop(self.attachments.remove(&public)),
            }
        }
    }

    /// What the configuration keeps is not others' any more.
    fn take_over(&mut self, next: &Held) {
        let kept = overlay(next);
        self.endpoints.retain(|name, _| !kept.endpoints.contains_key(name));
        self.callers.retain(|(name, caller)| {
            let pair = (name.clone(), caller.clone());
            !(kept.lists.contains_key(name) || kept.callers.contains(&pair))
        });
        self.rules.retain(|rule| !kept.rules.contains(rule));
        self.attachments.retain(|(rule, namespace)| {
            !kept.mapped.contains_key(rule) && !kept.attachments.contains(&(rule.clone(), namespace.clone()))
        });
    }

    fn own_callers(&mut self, name: &str, callers: Option<&BTreeSet<String>>) {
        self.callers.extend(callers.into_iter().flatten().map(|caller| (name.to_owned(), caller.clone())));
    }

    fn own_attachment(&mut self, rule: &str, namespace: &str, keep_public: bool) {
        self.attachments.insert((rule.to_owned(), namespace.to_owned()));
        if keep_public {
            self.attachments.insert((PUBLIC.to_owned(), namespace.to_owned()));
        }
    }

    /// What the registry holds when `next` is kept beside what others own.
    pub fn with_kept(&self, next: &Held) -> World {
        let kept = overlay(next);
        let endpoints = self.endpoints.iter().chain(&kept.endpoints).map(|(name, target)| {
            let single = self.callers.iter().chain(&kept.callers).filter(|(on, _)| on == name);
            let single = single.map(|(_, caller)| caller.clone()).collect();
            let callers = kept.lists.get(name).cloned().unwrap_or(single);
            (name.clone(), (target.clone(), callers))
        });
        let mut world = World { endpoints: endpoints.collect(), ..World::default() };
        world.rules = self.rules.union(&kept.rules).cloned().collect();
        let mapped = kept.mapped.iter().flat_map(|(rule, namespaces)| {
            namespaces.iter().map(move |namespace| (rule.clone(), namespace.clone()))
        });
        let public = kept.public_for.iter().map(|namespace| (PUBLIC.to_owned(), namespace.clone()));
        let single = self.attachments.iter().chain(&kept.attachments).cloned();
        for (rule, namespace) in single.chain(mapped).chain(public) {
            world.attached.entry(namespace).or_default().insert(rule);
        }
        world
    }
}

/// What many instances keep together.
#[derive(Default)]
struct Overlay {
    endpoints: BTreeMap<String, String>,
    lists: BTreeMap<String, BTreeSet<String>>,
    callers: BTreeSet<(String, String)>,
    rules: BTreeSet<String>,
    mapped: BTreeMap<String, BTreeSet<String>>,
    attachments: BTreeSet<(String, String)>,
    /// Namespaces that keep the public rule beside private ones.
    public_for: BTreeSet<String>,
    keeps_public_somewhere: bool,
}

impl Overlay {
    fn calls(&self, name: &str, caller: &str) -> bool {
        self.lists.get(name).is_some_and(|list| list.contains(caller))
            || self.callers.contains(&(name.to_owned(), caller.to_owned()))
    }
}

fn overlay(held: &Held) -> Overlay {
    let mut all = Overlay::default();
    for kept in held.values() {
        match kept {
            Kept::Endpoint { name, target, callers } => {
                all.endpoints.insert(name.clone(), target.clone());
                all.lists.extend(callers.iter().map(|callers| (name.clone(), callers.clone())));
            }
            Kept::Allowlist { endpoint, callers } => {
                all.lists.insert(endpoint.clone(), callers.clone());
            }
            Kept::Caller { endpoint, namespace } => {
                all.callers.insert((endpoint.clone(), namespace.clone()));
            }
            Kept::Mapping { rule, namespaces, keep_public } => {
                all.rules.insert(rule.clone());
                all.mapped.extend(namespaces.iter().map(|on| (rule.clone(), on.clone())));
                if *keep_public {
                    all.public_for.extend(attachments_of(kept));
                    all.keeps_public_somewhere |= !attachments_of(kept).is_empty();
                }
            }
            Kept::Attachment { rule, namespace, keep_public } => {
                all.attachments.insert((rule.clone(), namespace.clone()));
                if *keep_public {
                    all.public_for.insert(namespace.clone());
                    all.keeps_public_somewhere = true;
                }
            }
            Kept::PublicRule => drop(all.rules.insert(PUBLIC.to_owned())),
        }
    }
    all
}

fn attachments_of(kept: &Kept) -> BTreeSet<String> {
    match kept {
        Kept::Mapping { namespaces, .. } => namespaces.clone().unwrap_or_default(),
        Kept::Attachment { namespace, .. } => [namespace.clone()].into(),
        _ => BTreeSet::new(),
    }
}

/// The state after the `moved` blocks.
pub fn moved(held: &Held, configuration: &Configuration) -> Held {
    let new_address = |address: &String| {
        let moved = configuration.moved.iter().find_map(|(from, to)| {
            if address == from {
                return Some(to.clone());
            }
            let key = address.strip_prefix(from.as_str()).filter(|key| key.starts_with('['))?;
            Some(format!("{to}{key}"))
        });
        moved.unwrap_or_else(|| address.clone())
    };
    held.iter().map(|(address, kept)| (new_address(address), kept.clone())).collect()
}

fn is_forgotten(configuration: &Configuration, address: &str) -> bool {
    configuration.removed.iter().any(|(from, destroy)| !destroy && block_of(address) == from)
}

/// The address of the block of an instance.
fn block_of(address: &str) -> &str {
    address.split('[').next().unwrap_or(address)
}

/// What a configuration keeps twice, in words.
pub fn kept_twice(configuration: &Configuration) -> Vec<String> {
    let mut seen: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (address, kept) in configuration.kept() {
        let things = match &kept {
            Kept::Endpoint { name, callers, .. } => {
                let list = callers.as_ref().map(|_| format!("list of {name}"));
                [Some(format!("Endpoint {name}")), list].into_iter().flatten().collect()
            }
            Kept::Allowlist { endpoint, .. } => vec![format!("list of {endpoint}")],
            Kept::Caller { endpoint, namespace } => vec![format!("caller {namespace} of {endpoint}")],
            Kept::Mapping { rule, namespaces, .. } => {
                let all = namespaces.as_ref().map(|_| format!("attachments of {rule}"));
                [Some(format!("rule {rule}")), all].into_iter().flatten().collect()
            }
            Kept::Attachment { rule, namespace, .. } => vec![format!("attachment {namespace} to {rule}")],
            Kept::PublicRule => vec!["public rule".to_owned()],
        };
        things.into_iter().for_each(|thing| seen.entry(thing).or_default().push(address.clone()));
    }
    let wholes: Vec<_> = seen.keys().filter(|thing| thing.starts_with("list of ")).cloned().collect();
    let mapped: Vec<_> = seen.keys().filter(|thing| thing.starts_with("attachments of ")).cloned().collect();
    for (thing, by) in seen.clone() {
        let list = thing.starts_with("caller ").then(|| thing.rsplit(" of ").next()).flatten();
        let list = list.map(|name| format!("list of {name}")).filter(|list| wholes.contains(list));
        let rule = thing.starts_with("attachment ").then(|| thing.rsplit(" to ").next()).flatten();
        let rule = rule.map(|rule| format!("attachments of {rule}")).filter(|all| mapped.contains(all));
        for whole in list.into_iter().chain(rule) {
            seen.entry(whole).or_default().extend(by.clone());
        }
    }
    let twice = seen.into_iter().filter(|(_, by)| by.len() > 1);
    twice.map(|(thing, by)| format!("{thing} by {}", by.join(", "))).collect()
}
