//! Random accounts and policies, and edits of them.

use proptest::collection::btree_set;
use proptest::option::weighted;
use proptest::prelude::*;
use schema::account::{Account, Endpoint, Namespace, Target};
use schema::name::NamespaceId;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

#[derive(Clone, Debug)]
pub struct Block {
    pub target: u8,
    pub queue: u8,
    pub callers: Option<BTreeSet<u8>>,
    pub renamed_from: Option<u8>,
}

#[derive(Clone, Debug)]
pub struct Grant {
    pub endpoint: u8,
    pub callers: BTreeSet<u8>,
    pub expired: bool,
}

#[derive(Clone, Debug, Default)]
pub struct Policy {
    pub endpoints: BTreeMap<u8, Block>,
    pub grants: Vec<Grant>,
    pub removed: BTreeSet<u8>,
    pub deletes_unmanaged: bool,
}

#[derive(Clone, Debug)]
pub enum Edit {
    Retarget(u8, u8),
    Requeue(u8, u8),
    Recall(u8, Option<BTreeSet<u8>>),
    Drop(u8),
    Remove(u8),
    DeleteUnmanaged,
    Rename(u8, u8),
    Swap(u8, u8),
    Add(u8, Block),
    Grant(Grant),
    Expire(u8),
    Revoke(u8),
}

pub fn callers() -> impl Strategy<Value = BTreeSet<u8>> {
    btree_set(0..4_u8, 0..4)
}

pub fn block() -> impl Strategy<Value = Block> {
    (0..4_u8, 0..2_u8, weighted(0.75, callers())).prop_map(|(target, queue, callers)| Block {
        target,
        queue,
        callers,
        renamed_from: None,
    })
}

/// An edit of Endpoints of so many names.
pub fn edit(names: u8) -> impl Strategy<Value = Edit> {
    let (name, new) = (0..names, 0..names + 3);
    let grant = (name.clone(), callers(), proptest::bool::weighted(0.2))
        .prop_map(|(endpoint, callers, expired)| Grant { endpoint, callers, expired });
    prop_oneof![
        3 => (name.clone(), 0..4_u8).prop_map(|(at, to)| Edit::Retarget(at, to)),
        2 => (name.clone(), 0..2_u8).prop_map(|(at, to)| Edit::Requeue(at, to)),
        3 => (name.clone(), weighted(0.7, callers())).prop_map(|(at, to)| Edit::Recall(at, to)),
        2 => name.clone().prop_map(Edit::Drop),
        2 => name.clone().prop_map(Edit::Remove),
        1 => Just(Edit::DeleteUnmanaged),
        3 => (name.clone(), new.clone()).prop_map(|(from, to)| Edit::Rename(from, to)),
        2 => (name.clone(), name.clone()).prop_map(|(from, to)| Edit::Swap(from, to)),
        2 => (new, block()).prop_map(|(at, block)| Edit::Add(at, block)),
        3 => grant.prop_map(Edit::Grant),
        2 => name.clone().prop_map(Edit::Expire),
        1 => name.prop_map(Edit::Revoke),
    ]
}

impl Policy {
    pub fn after(&self, edits: &[Edit]) -> Self {
        let mut policy = self.clone();
        for edit in edits {
            policy.edit(edit);
        }
        policy
    }

    fn edit(&mut self, edit: &Edit) {
        match edit {
            Edit::Retarget(at, to) => self.change(*at, |it| it.target = *to),
            Edit::Requeue(at, to) => self.change(*at, |it| it.queue = *to),
            Edit::Recall(at, to) => self.change(*at, |it| it.callers.clone_from(to)),
            Edit::Drop(at) => drop(self.endpoints.remove(at)),
            Edit::Remove(at) => {
                let _ = self.endpoints.remove(at);
                self.grants.retain(|grant| grant.endpoint != *at);
                self.removed.insert(*at);
            }
            Edit::DeleteUnmanaged => self.deletes_unmanaged = true,
            Edit::Rename(from, to) => self.rename(*from, *to),
            // A chain: `from` takes a free name, and `to` the name that becomes free.
            Edit::Swap(from, to) => {
                self.rename(*from, 100 + *from);
                self.rename(*to, *from);
            }
            Edit::Add(at, block) => {
                self.removed.remove(at);
                self.endpoints.entry(*at).or_insert_with(|| block.clone());
            }
            Edit::Grant(grant) => {
                self.removed.remove(&grant.endpoint);
                self.grants.push(grant.clone());
            }
            Edit::Expire(at) => {
                let grants = self.grants.iter_mut().filter(|grant| grant.endpoint == *at);
                grants.for_each(|grant| grant.expired = true);
            }
            Edit::Revoke(at) => self.grants.retain(|grant| grant.endpoint != *at),
        }
    }

    fn change(&mut self, at: u8, change: impl FnOnce(&mut Block)) {
        if let Some(block) = self.endpoints.get_mut(&at) {
            change(block);
        }
    }

    fn rename(&mut self, from: u8, to: u8) {
        if from == to || self.endpoints.contains_key(&to) {
            return;
        }
        let Some(block) = self.endpoints.remove(&from) else { return };
        self.removed.remove(&to);
        self.endpoints.insert(to, Block { renamed_from: block.renamed_from.or(Some(from)), ..block });
        for grant in self.grants.iter_mut().filter(|grant| grant.endpoint == from) {
            grant.endpoint = to;
        }
    }

    /// Without what no account takes: grants on Endpoints that do not exist or are renamed, and `removed` blocks for those.
    pub fn without_mistakes(mut self, account: &BTreeMap<u8, Block>) -> Self {
        let renamed: BTreeSet<_> = self.endpoints.values().filter_map(|block| block.renamed_from).collect();
        self.removed.retain(|name| !renamed.contains(name) && !self.endpoints.contains_key(name));
        let Self { endpoints, removed, grants, .. } = &mut self;
        let is_left =
            |name: &u8| account.contains_key(name) && !renamed.contains(name) && !removed.contains(name);
        grants.retain(|grant| endpoints.contains_key(&grant.endpoint) || is_left(&grant.endpoint));
        self
    }

    pub fn text(&self) -> String {
        let unmanaged = if self.deletes_unmanaged { "delete" } else { "keep" };
        let mut text = format!("account {{\n  id = \"a2dd6\"\n  unmanaged = \"{unmanaged}\"\n}}\n");
        for number in &self.removed {
            writeln!(text, "removed \"endpoint\" \"e{number}\" {{}}").unwrap();
        }
        for number in 0..4 {
            writeln!(text, "namespace \"n{number}\" {{\n  regions = [\"aws-us-east-1\"]\n}}").unwrap();
        }
        for (number, block) in &self.endpoints {
            let Block { target, queue, callers, renamed_from } = block;
            writeln!(text, "endpoint \"e{number}\" {{").unwrap();
            writeln!(text, "  worker_target = {{ namespace = \"n{target}\", task_queue = \"q{queue}\" }}")
                .unwrap();
            if let Some(callers) = callers {
                writeln!(text, "  allowed_caller_namespaces = {}", listed(callers)).unwrap();
            }
            if let Some(from) = renamed_from {
                writeln!(text, "  renamed_from = \"e{from}\"").unwrap();
            }
            text.push_str("}\n");
        }
        for (at, Grant { endpoint, callers, expired }) in self.grants.iter().enumerate() {
            let (callers, day) = (listed(callers), if *expired { "2026-06-14" } else { "2026-06-15" });
            writeln!(
                text,
                "allowlist \"a{at}\" {{\n  endpoint = \"e{endpoint}\"\n  callers = {callers}\n  expires = \"{day}\"\n}}"
            )
            .unwrap();
        }
        for kind in ["gained_call", "lost_call"] {
            writeln!(
                text,
                "guard \"{kind}\" {{\n  each = \"{kind}\"\n  condition = false\n  severity = \"approval\"\n  message = \"{kind} ${{try(call.caller.id, \"\")}}|${{call.endpoint.name}}|${{try(call.target.id, \"\")}}|${{call.task_queue == null ? \"\" : call.task_queue}}\"\n}}"
            )
            .unwrap();
        }
        text
    }
}

pub fn listed(callers: &BTreeSet<u8>) -> String {
    let names: Vec<_> = callers.iter().map(|caller| format!("\"n{caller}\"")).collect();
    format!("[{}]", names.join(", "))
}

pub fn namespace(number: u8) -> NamespaceId {
    format!("n{number}.a2dd6").parse().unwrap()
}

pub fn account(blocks: &BTreeMap<u8, Block>) -> Account {
    let mut account = Account::empty("a2dd6".parse().unwrap());
    for number in 0..4 {
        let held = Namespace {
            id: namespace(number),
            regions: vec!["aws-us-east-1".to_owned()],
            auth: BTreeSet::new(),
            tags: Default::default(),
        };
        account.namespaces.insert(held.id.clone(), held);
    }
    for (number, block) in blocks {
        let endpoint = Endpoint {
            name: format!("e{number}").parse().unwrap(),
            target: Target::Worker {
                namespace: namespace(block.target),
                task_queue: format!("q{}", block.queue).parse().unwrap(),
            },
            description: None,
            callers: block.callers.iter().flatten().map(|caller| namespace(*caller)).collect(),
        };
        account.endpoints.insert(endpoint.name.clone(), endpoint);
    }
    account
}
