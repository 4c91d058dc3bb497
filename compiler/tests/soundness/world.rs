//! A registry of a case's own, and whoever talks to it.

use crate::case::{Case, endpoint_name, namespace, owner};
use crate::connection::CONNECTIONS;
use crate::principal::CustomRole;
use bytes::Bytes;
use compiler::facts::Facts;
use compiler::facts::{credential, facts};
use devregistry::{DevRegistry, Settings};
use http::Request;
use registry::{Address, AttachmentChange, Registry, RuleKind, new_operation_id};
use schema::account::{Account, Endpoint, Namespace, Target};
use schema::name::{PrincipalId, PrincipalKind};
use schema::secret::Secret;
use serde_json::{Value, json};
use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Display;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

/// A registry that serves a case's account.
pub struct World {
    address: Address,
    keys: BTreeMap<PrincipalId, Secret>,
    serving: JoinHandle<std::io::Result<()>>,
}

pub fn text(error: impl Display) -> String {
    error.to_string()
}

impl World {
    pub async fn start(case: &Case) -> Result<Self, String> {
        let served = DevRegistry::new(case.account(), Settings::default()).map_err(text)?;
        let keys = served.api_keys();
        give_custom_roles(case, &served, &keys).await?;
        let listener = TcpListener::bind("127.0.0.1:0").await.map_err(text)?;
        let address = listener.local_addr().map_err(text)?.to_string();
        let address = Address::parse(&address, Some(true)).map_err(text)?;
        let serving = tokio::spawn(served.serve(listener, std::future::pending()));
        let world = Self { address, keys, serving };
        world.attach_rules(case).await?;
        Ok(world)
    }

    /// Somebody's client; nothing for groups and strangers.
    pub fn client(&self, who: &PrincipalId) -> Option<Registry> {
        Registry::new(self.address.clone(), self.keys.get(who)?.clone(), "test").ok()
    }

    pub fn owner(&self) -> Result<Registry, String> {
        self.client(&owner()).ok_or_else(|| "the Owner has no key".to_owned())
    }

    async fn attach_rules(&self, case: &Case) -> Result<(), String> {
        if case.rules.is_empty() && case.public.is_none() {
            return Ok(());
        }
        let owner = self.owner()?;
        let mut attached: BTreeMap<u8, BTreeSet<String>> = BTreeMap::new();
        let private = case.rules.iter().map(|(at, to)| (CONNECTIONS[usize::from(*at)].rule(), to));
        let public = case.public.iter().map(|to| (RuleKind::Public { stable_ips: false }, to));
        for (rule, to) in private.chain(public) {
            let made = owner.create_connectivity_rule(&rule, &new_operation_id()).await.map_err(text)?;
            for number in to {
                attached.entry(*number).or_default().insert(made.rule_id.clone());
            }
        }
        for (number, attach) in attached {
            let change = AttachmentChange { attach, detach: BTreeSet::new() };
            let (to, id) = (namespace(number), new_operation_id());
            let sent = owner.change_attachments(&to, &change, &BTreeSet::new(), &id).await;
            sent.map_err(text)?;
        }
        Ok(())
    }
}

impl Drop for World {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

/// Everything of the account that a key shows; nothing where it may not even look.
pub async fn seen(registry: &Registry) -> Option<Facts> {
    let credential = credential(registry).await.ok()?;
    facts(registry, credential.as_ref()).await.ok()
}

async fn give_custom_roles(
    case: &Case,
    served: &DevRegistry,
    keys: &BTreeMap<PrincipalId, Secret>,
) -> Result<(), String> {
    let holders: Vec<_> = (0..case.principals.len())
        .filter_map(|at| Some((case.id(at), case.principals[at].custom()?)))
        .collect();
    let mut made: BTreeMap<CustomRole, Value> = BTreeMap::new();
    for (id, role) in holders {
        let owner = Owner { served, key: &keys[&owner()] };
        let made = match made.entry(role) {
            Entry::Occupied(made) => made.into_mut(),
            Entry::Vacant(place) => {
                let answer = owner.ask("POST", "/cloud/custom-roles", json!({ "spec": role.spec() })).await?;
                place.insert(answer["roleId"].clone())
            }
        };
        owner.assign(&id, made).await?;
    }
    Ok(())
}

/// The Owner, who asks the registry without a socket.
struct Owner<'a> {
    served: &'a DevRegistry,
    key: &'a Secret,
}

impl Owner<'_> {
    async fn assign(&self, id: &PrincipalId, role: &Value) -> Result<(), String> {
        let (path, field) = match id.kind {
            PrincipalKind::User => ("/cloud/users", "users"),
            PrincipalKind::ServiceAccount => ("/cloud/service-accounts", "serviceAccount"),
            PrincipalKind::Group => ("/cloud/user-groups", "groups"),
        };
        let all = self.ask("GET", path, Value::Null).await?;
        let is_it = |held: &&Value| {
            ["email", "name", "displayName"].iter().any(|name| held["spec"][name] == id.name())
        };
        let held = all[field].as_array().and_then(|all| all.iter().find(is_it));
        let held = held.ok_or_else(|| format!("`{id}` is not listed: {all}"))?;
        let mut spec = held["spec"].clone();
        spec["access"]["accountAccess"]["customRoles"] = json!([role]);
        let body = json!({ "spec": spec, "resourceVersion": held["resourceVersion"] });
        self.ask("POST", &format!("{path}/{}", held["id"].as_str().unwrap_or_default()), body).await?;
        Ok(())
    }

    async fn ask(&self, method: &str, path: &str, body: Value) -> Result<Value, String> {
        let body = if body.is_null() { Bytes::new() } else { body.to_string().into() };
        let request = Request::builder().method(method).uri(path);
        let request = request.header("authorization", format!("Bearer {}", self.key.expose()));
        let request = request.header("content-type", "application/json").body(body).map_err(text)?;
        let answer = self.served.answer(request).await.ok_or("no answer")?;
        let (status, body) = (answer.status(), answer.into_body());
        match status.is_success() {
            true => serde_json::from_slice(&body).map_err(text),
            false => Err(format!("{method} {path}: {status} {}", String::from_utf8_lossy(&body))),
        }
    }
}

impl Case {
    /// The account as the registry starts with it.
    fn account(&self) -> Account {
        let mut account = Account { limits: self.limits(), ..Account::empty("a2dd6".parse().unwrap()) };
        for (number, regions) in &self.namespaces {
            let held = Namespace {
                id: namespace(*number),
                regions: regions.iter().map(|region| (*region).to_owned()).collect(),
                auth: BTreeSet::new(),
                tags: Default::default(),
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
}
