//! An account, who acts in it, and a policy for it.

use proptest::collection::{btree_map, btree_set, vec};
use proptest::option::weighted;
use proptest::prelude::*;
use proptest::sample::select;
use schema::access::{Access, AccountRole, NamespacePermission};
use schema::account::{Account, Endpoint, Namespace, Principal, Target};
use schema::limit::Limits;
use schema::name::{NamespaceId, PrincipalId};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

/// Names in the account and in the policy are numbers, so that they meet.
#[derive(Clone, Debug)]
pub struct Case {
    pub namespaces: BTreeSet<u8>,
    pub principals: Vec<Held>,
    /// Which of the principals acts; groups cannot.
    pub actor: usize,
    pub endpoints: BTreeMap<u8, Block>,
    /// How many Endpoints, and callers of one, the account allows beyond what it has.
    pub room: (usize, usize),
    pub declared: BTreeMap<u8, Block>,
    pub grants: Vec<Grant>,
    /// Namespaces that the policy declares, if the account has them.
    pub described: BTreeSet<u8>,
}

/// A principal of the account.
#[derive(Clone, Debug)]
pub struct Held {
    pub role: AccountRole,
    pub namespaces: BTreeMap<u8, NamespacePermission>,
    pub kind: Kind,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    User,
    ServiceAccount,
    Scoped(u8),
    /// With whom of the users is in it.
    Group(BTreeSet<usize>),
}

/// An Endpoint, in the account or in the policy.
#[derive(Clone, Debug)]
pub struct Block {
    pub target: u8,
    pub queue: u8,
    pub callers: Option<BTreeSet<u8>>,
    pub description: Option<&'static str>,
    pub renamed_from: Option<u8>,
}

/// An `allowlist` block.
#[derive(Clone, Debug)]
pub struct Grant {
    pub endpoint: u8,
    pub callers: BTreeSet<u8>,
    pub expires: Option<&'static str>,
}

pub fn cases() -> impl Strategy<Value = Case> {
    let account = (
        btree_set(0..5_u8, 4..6),
        vec(held(), 1..6),
        any::<usize>(),
        btree_map(0..5_u8, block(0.0), 0..4),
        (0..6_usize, 0..5_usize),
    );
    let policy = (btree_map(0..7_u8, block(0.25), 0..4), vec(grant(), 0..3), btree_set(0..5_u8, 0..2));
    (account, policy).prop_map(|(account, policy)| {
        let (namespaces, principals, actor, mut endpoints, room) = account;
        let (mut declared, mut grants, described) = policy;
        rename_once(&mut declared);
        endpoints.retain(|_, endpoint| namespaces.contains(&endpoint.target));
        for endpoint in endpoints.values_mut() {
            endpoint.callers.get_or_insert_default().retain(|caller| namespaces.contains(caller));
        }
        let known: BTreeSet<u8> = declared.keys().chain(endpoints.keys()).copied().collect();
        for grant in grants.iter_mut().filter(|grant| grant.endpoint != 19) {
            let at = usize::from(grant.endpoint) % known.len().max(1);
            grant.endpoint = known.iter().nth(at).copied().unwrap_or_default();
        }
        grants.retain(|grant| !declared.values().any(|it| it.renamed_from == Some(grant.endpoint)));
        Case { namespaces, principals, actor, endpoints, room, declared, grants, described }
    })
}

/// An Endpoint becomes one other: what is meant by more than that, `check` does not refuse yet.
fn rename_once(declared: &mut BTreeMap<u8, Block>) {
    let mut taken: BTreeSet<u8> = declared.keys().copied().collect();
    for block in declared.values_mut() {
        block.renamed_from = block.renamed_from.filter(|from| taken.insert(*from));
    }
}

fn held() -> impl Strategy<Value = Held> {
    let roles = prop_oneof![
        2 => Just(AccountRole::Owner),
        5 => Just(AccountRole::Admin),
        6 => Just(AccountRole::Developer),
        1 => Just(AccountRole::FinanceAdmin),
        1 => Just(AccountRole::Read),
        1 => Just(AccountRole::MetricsRead),
    ];
    let permissions = select(vec![
        NamespacePermission::Admin,
        NamespacePermission::Admin,
        NamespacePermission::Admin,
        NamespacePermission::Admin,
        NamespacePermission::Write,
        NamespacePermission::Read,
    ]);
    let kinds = prop_oneof![
        4 => Just(Kind::User),
        2 => Just(Kind::ServiceAccount),
        1 => (0..5_u8).prop_map(Kind::Scoped),
        2 => btree_set(0..5_usize, 0..3).prop_map(Kind::Group),
    ];
    (roles, btree_map(0..5_u8, permissions, 1..6), kinds).prop_map(|(role, namespaces, kind)| Held {
        role,
        namespaces,
        kind,
    })
}

/// The number of a Namespace that the account has nearly always.
fn numbers() -> impl Strategy<Value = u8> {
    prop_oneof![40 => 0..5_u8, 1 => Just(5)]
}

fn block(renamed: f64) -> impl Strategy<Value = Block> {
    let renamed = if renamed > 0.0 { weighted(renamed, 0..7_u8).boxed() } else { Just(None).boxed() };
    (
        numbers(),
        0..2_u8,
        weighted(0.7, btree_set(numbers(), 0..4)),
        weighted(0.3, select(&["", "pays", "a \"b\"\n"][..])),
        renamed,
    )
        .prop_map(|(target, queue, callers, description, renamed_from)| Block {
            target,
            queue,
            callers,
            description,
            renamed_from,
        })
}

fn grant() -> impl Strategy<Value = Grant> {
    let expires = weighted(0.4, select(&["2026-06-14", "2026-06-15", "2027-01-01"][..]));
    (0..20_u8, btree_set(numbers(), 0..4), expires).prop_map(|(endpoint, callers, expires)| Grant {
        endpoint,
        callers,
        expires,
    })
}

pub fn namespace(number: u8) -> NamespaceId {
    format!("n{number}.a2dd6").parse().unwrap()
}

pub fn endpoint_name(number: u8) -> String {
    format!("e{number}")
}

impl Case {
    /// Who acts: never a group, which has no key.
    pub fn actor(&self) -> PrincipalId {
        let able: Vec<_> = (0..self.principals.len())
            .filter(|at| !matches!(self.principals[*at].kind, Kind::Group(_)))
            .collect();
        match able.get(self.actor % able.len().max(1)) {
            Some(at) => self.id(*at),
            None => "user.owner".parse().unwrap(),
        }
    }

    fn id(&self, at: usize) -> PrincipalId {
        let text = match self.principals[at].kind {
            Kind::User => format!("user.u{at}@acme.example"),
            Kind::ServiceAccount | Kind::Scoped(_) => format!("service_account.s{at}"),
            Kind::Group(_) => format!("group.g{at}"),
        };
        text.parse().unwrap()
    }

    pub fn limits(&self) -> Limits {
        let callers = self.endpoints.values().filter_map(|it| it.callers.as_ref()).map(BTreeSet::len).max();
        Limits {
            endpoints: (self.endpoints.len() + self.room.0).max(1),
            callers_per_endpoint: (callers.unwrap_or_default() + self.room.1).max(1),
            ..Limits::default()
        }
    }

    /// The account as the registry starts with it.
    pub fn account(&self) -> Account {
        let mut account = Account { limits: self.limits(), ..Account::empty("a2dd6".parse().unwrap()) };
        for number in &self.namespaces {
            let held = Namespace {
                id: namespace(*number),
                regions: vec!["aws-us-east-1".to_owned()],
                auth: BTreeSet::new(),
                tags: BTreeMap::new(),
            };
            account.namespaces.insert(held.id.clone(), held);
        }
        for at in 0..self.principals.len() {
            let principal = self.principal(at);
            account.principals.insert(principal.id.clone(), principal);
        }
        for (number, block) in &self.endpoints {
            let endpoint = Endpoint {
                name: endpoint_name(*number).parse().unwrap(),
                target: Target::Worker {
                    namespace: namespace(block.target),
                    task_queue: format!("q{}", block.queue).parse().unwrap(),
                },
                description: block.description.map(str::to_owned),
                callers: block.callers.iter().flatten().map(|caller| namespace(*caller)).collect(),
            };
            account.endpoints.insert(endpoint.name.clone(), endpoint);
        }
        account
    }

    fn principal(&self, at: usize) -> Principal {
        let held = &self.principals[at];
        let known = held.namespaces.iter().filter(|(number, _)| self.namespaces.contains(number));
        let namespaces = known.map(|(number, permission)| (namespace(*number), *permission)).collect();
        let mut access = Access::Account { role: held.role, namespaces };
        if let Kind::Scoped(number) = held.kind
            && self.namespaces.contains(&number)
        {
            let permission = held.namespaces.values().next().copied().unwrap_or(NamespacePermission::Admin);
            access = Access::NamespaceScoped { namespace: namespace(number), permission };
        }
        let members = match &held.kind {
            Kind::Group(members) => {
                let users = members
                    .iter()
                    .filter(|at| self.principals.get(**at).is_some_and(|member| member.kind == Kind::User));
                users.map(|at| self.id(*at)).collect()
            }
            _ => BTreeSet::new(),
        };
        Principal { id: self.id(at), access, members }
    }

    /// The policy as it is written.
    pub fn policy(&self) -> String {
        let limits = self.limits();
        let mut text = format!(
            "account {{\n  id = \"a2dd6\"\n  limits = {{ endpoints = {}, callers_per_endpoint = {} }}\n}}\n",
            limits.endpoints, limits.callers_per_endpoint
        );
        for number in &self.described {
            writeln!(text, "namespace \"n{number}\" {{\n  regions = [\"aws-us-east-1\"]\n}}").unwrap();
        }
        for (number, block) in &self.declared {
            writeln!(text, "endpoint \"e{number}\" {{").unwrap();
            let (target, queue) = (block.target, block.queue);
            writeln!(text, "  worker_target = {{ namespace = \"n{target}\", task_queue = \"q{queue}\" }}")
                .unwrap();
            if let Some(callers) = &block.callers {
                writeln!(text, "  allowed_caller_namespaces = {}", listed(callers)).unwrap();
            }
            if let Some(description) = block.description {
                writeln!(text, "  description = {}", serde_json::Value::from(description)).unwrap();
            }
            if let Some(from) = block.renamed_from {
                writeln!(text, "  renamed_from = \"e{from}\"").unwrap();
            }
            text.push_str("}\n");
        }
        for (at, grant) in self.grants.iter().enumerate() {
            let (endpoint, callers) = (grant.endpoint, listed(&grant.callers));
            let expires = grant.expires.map(|day| format!("  expires = \"{day}\"\n")).unwrap_or_default();
            writeln!(
                text,
                "allowlist \"a{at}\" {{\n  endpoint = \"e{endpoint}\"\n  callers = {callers}\n{expires}}}"
            )
            .unwrap();
        }
        text
    }
}

fn listed(callers: &BTreeSet<u8>) -> String {
    let names: Vec<_> = callers.iter().map(|caller| format!("\"n{caller}\"")).collect();
    format!("[{}]", names.join(", "))
}
