//! An account, who acts in it and who looks at it, and a policy for it.

use crate::connection::{Attached, CONNECTIONS, Link, links, rules};
use crate::principal::{Held, Kind, held};
use proptest::collection::{btree_map, btree_set, vec};
use proptest::option::weighted;
use proptest::prelude::*;
use proptest::sample::select;
use schema::limit::Limits;
use schema::name::{NamespaceId, PrincipalId};
use std::collections::{BTreeMap, BTreeSet};

/// Names in the account and in the policy are numbers, so that they meet.
#[derive(Clone, Debug, Default)]
pub struct Case {
    /// With their regions.
    pub namespaces: BTreeMap<u8, Regions>,
    pub principals: Vec<Held>,
    /// Which of the principals acts; groups cannot.
    pub actor: usize,
    pub observer: Observer,
    pub endpoints: BTreeMap<u8, Block>,
    /// The private rules that the account has, with the Namespaces that they are attached to.
    pub rules: BTreeMap<u8, BTreeSet<u8>>,
    /// The Namespaces that the account's public rule is attached to, where it has one.
    pub public: Option<BTreeSet<u8>>,
    pub room: Room,
    pub declared: BTreeMap<u8, Block>,
    pub grants: Vec<Grant>,
    pub links: BTreeMap<u8, Link>,
    /// Namespaces that the policy declares, if the account has them.
    pub described: BTreeSet<u8>,
    /// Principals that the policy declares, as the account has them.
    pub introduced: BTreeSet<usize>,
    /// Whether only what lists whoever acts in `managed_by` is planned.
    pub is_mine: bool,
}

/// The number of a principal that the account does not have.
pub const STRANGER: usize = 99;

pub type Regions = &'static [&'static str];

/// Whose key reads the account that the policy is checked against.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Observer {
    /// Whoever acts: what `plan` and `apply` do.
    #[default]
    Actor,
    /// Someone else, who wrote a snapshot: the built-in Owner, who sees everything.
    Owner,
    /// One of the principals.
    Other(usize),
}

/// How much the account may hold beyond what it has.
#[derive(Clone, Copy, Debug, Default)]
pub struct Room {
    pub endpoints: usize,
    pub callers: usize,
    pub links_of_namespace: usize,
    pub links: usize,
}

/// An Endpoint, in the account or in the policy.
#[derive(Clone, Debug)]
pub struct Block {
    pub target: u8,
    pub queue: u8,
    pub callers: Option<BTreeSet<u8>>,
    pub description: Option<&'static str>,
    pub renamed_from: Option<u8>,
    pub managed_by: Option<usize>,
}

/// An `allowlist` block.
#[derive(Clone, Debug)]
pub struct Grant {
    pub endpoint: u8,
    pub callers: BTreeSet<u8>,
    pub expires: Option<&'static str>,
}

pub fn cases() -> impl Strategy<Value = Case> {
    let looks = prop_oneof![
        5 => Just(Observer::Actor),
        4 => Just(Observer::Owner),
        3 => (0..6_usize).prop_map(Observer::Other),
    ];
    let people = (vec(held(), 1..6), any::<usize>(), looks);
    let room = (plenty(4), plenty(3), plenty(2), plenty(2));
    let content = (btree_map(0..5_u8, block(0.0), 0..4), rules(), room);
    let policy = (btree_map(0..7_u8, block(0.15), 0..4), vec(grant(), 0..3), links());
    let introduced = weighted(0.2, btree_set(0..6_usize, 0..2));
    let declared = (weighted(0.3, btree_set(0..5_u8, 0..2)), introduced, proptest::bool::weighted(0.2));
    (namespaces(), people, content, policy, declared).prop_map(
        |(namespaces, people, content, policy, told)| {
            let (principals, actor, observer) = people;
            let (endpoints, Attached { rules, public }, room) = content;
            let (declared, grants, links) = policy;
            let (described, introduced, is_mine) = told;
            let (described, introduced) = (described.unwrap_or_default(), introduced.unwrap_or_default());
            let (endpoints_more, callers, links_of_namespace, links_more) = room;
            let room = Room { endpoints: endpoints_more, callers, links_of_namespace, links: links_more };
            Case {
                namespaces,
                principals,
                actor,
                observer,
                endpoints,
                rules,
                public,
                room,
                declared,
                grants,
                links,
                described,
                introduced,
                is_mine,
            }
            .sensible()
        },
    )
}

/// How much room there is for more: mostly enough.
fn plenty(enough: usize) -> impl Strategy<Value = usize> {
    prop_oneof![7 => enough..enough + 3, 1 => 0..enough]
}

fn namespaces() -> impl Strategy<Value = BTreeMap<u8, Regions>> {
    let regions = prop_oneof![
        7 => Just(&["aws-us-east-1"][..]),
        3 => Just(&["aws-us-east-1", "aws-eu-west-1"][..]),
        1 => Just(&["aws-eu-west-1"][..]),
        1 => Just(&["gcp-us-central1"][..]),
    ];
    (vec(regions, 5), weighted(0.2, 0..5_u8)).prop_map(|(regions, missing)| {
        let all = (0..5_u8).zip(regions);
        all.filter(|(number, _)| Some(*number) != missing).collect()
    })
}

/// The number of a Namespace that the account has nearly always.
pub fn numbers() -> impl Strategy<Value = u8> {
    prop_oneof![300 => 0..5_u8, 1 => Just(5)]
}

fn block(renamed: f64) -> impl Strategy<Value = Block> {
    let renamed = if renamed > 0.0 { weighted(renamed, 0..7_u8).boxed() } else { Just(None).boxed() };
    (
        numbers(),
        0..2_u8,
        weighted(0.7, btree_set(numbers(), 0..4)),
        weighted(0.3, select(&["", "pays", "a \"b\"\n"][..])),
        renamed,
        managers(0.1),
    )
        .prop_map(|(target, queue, callers, description, renamed_from, managed_by)| Block {
            target,
            queue,
            callers,
            description,
            renamed_from,
            managed_by,
        })
}

fn grant() -> impl Strategy<Value = Grant> {
    let expires = weighted(0.4, select(&["2026-06-14", "2026-06-15", "2027-01-01"][..]));
    (0..100_u8, btree_set(numbers(), 0..4), expires).prop_map(|(endpoint, callers, expires)| Grant {
        endpoint,
        callers,
        expires,
    })
}

/// Nearly always one of the principals.
pub fn managers(often: f64) -> impl Strategy<Value = Option<usize>> {
    weighted(often, prop_oneof![20 => 0..6_usize, 1 => Just(STRANGER)])
}

pub fn namespace(number: u8) -> NamespaceId {
    format!("n{number}.a2dd6").parse().unwrap()
}

pub fn endpoint_name(number: u8) -> String {
    format!("e{number}")
}

pub fn owner() -> PrincipalId {
    "user.owner".parse().unwrap()
}

impl Case {
    /// The same case with an account that can be, and a policy that mostly speaks of what is there.
    fn sensible(mut self) -> Self {
        let there = |number: &u8| self.namespaces.contains_key(number);
        self.endpoints.retain(|_, endpoint| there(&endpoint.target));
        for endpoint in self.endpoints.values_mut() {
            endpoint.callers.get_or_insert_default().retain(there);
        }
        // An account has one rule for each connection.
        if self.rules.contains_key(&4) {
            self.rules.remove(&5);
        }
        let people = self.principals.len();
        let managers = self.declared.values_mut().map(|it| &mut it.managed_by);
        let managers = managers.chain(self.links.values_mut().map(|it| &mut it.managed_by));
        for at in managers.flatten().filter(|at| **at != STRANGER) {
            *at %= people;
        }
        for (number, attached) in &mut self.rules {
            let region = CONNECTIONS[usize::from(*number)].region;
            attached.retain(|at| self.namespaces.get(at).is_some_and(|regions| regions.contains(&region)));
        }
        if let Some(public) = &mut self.public {
            public.retain(there);
        }
        for (number, link) in &mut self.links {
            let region = CONNECTIONS[usize::from(*number)].region;
            let fits = |at: &u8| self.namespaces.get(at).is_none_or(|regions| regions.contains(&region));
            link.namespaces.retain(|at| link.is_astray || fits(at));
        }
        let known: BTreeSet<u8> = self.declared.keys().chain(self.endpoints.keys()).copied().collect();
        for grant in self.grants.iter_mut().filter(|grant| grant.endpoint != 99) {
            let at = usize::from(grant.endpoint) % known.len().max(1);
            grant.endpoint = known.iter().nth(at).copied().unwrap_or_default();
        }
        self.share_out();
        self
    }

    /// Where somebody's own is planned, every other object is; nobody else looks at it.
    fn share_out(&mut self) {
        if !self.is_mine {
            return;
        }
        self.observer = Observer::Actor;
        let actor = (0..self.principals.len()).find(|at| self.id(*at) == self.actor());
        let declared = self.declared.values_mut().map(|it| &mut it.managed_by);
        let managers = declared.chain(self.links.values_mut().map(|it| &mut it.managed_by));
        managers.step_by(2).for_each(|managed_by| *managed_by = actor);
    }

    /// Who acts: never a group, which has no key.
    pub fn actor(&self) -> PrincipalId {
        self.with_key(self.actor)
    }

    /// Whose key reads the account.
    pub fn observer(&self) -> PrincipalId {
        match self.observer {
            Observer::Actor => self.actor(),
            Observer::Owner => owner(),
            Observer::Other(at) => self.with_key(at),
        }
    }

    fn with_key(&self, at: usize) -> PrincipalId {
        let is_able = |at: &usize| !matches!(self.principals[*at].kind, Kind::Group(_));
        let able: Vec<_> = (0..self.principals.len()).filter(is_able).collect();
        able.get(at % able.len().max(1)).map_or_else(owner, |at| self.id(*at))
    }

    pub fn id(&self, at: usize) -> PrincipalId {
        self.principals[at].id(at)
    }

    pub fn limits(&self) -> Limits {
        let callers = self.endpoints.values().filter_map(|it| it.callers.as_ref()).map(BTreeSet::len).max();
        let attached = |namespace: &u8| self.rules.values().filter(|it| it.contains(namespace)).count();
        let links = self.namespaces.keys().map(attached).max().unwrap_or_default();
        Limits {
            endpoints: (self.endpoints.len() + self.room.endpoints).max(1),
            callers_per_endpoint: (callers.unwrap_or_default() + self.room.callers).max(1),
            privatelinks_per_namespace: (links + self.room.links_of_namespace).max(1),
            privatelinks_per_account: (self.rules.len() + self.room.links).max(1),
        }
    }
}
