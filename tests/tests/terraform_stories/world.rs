//! What the registry holds, read over its HTTP API, and what others do to it.

use crate::configuration::PUBLIC;
use crate::story::Outside;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use tests::account::{Account, callers, id, policies, spec};
use tests::connectivity::private;

/// What counts of an account.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct World {
    /// Target and callers of each Endpoint, by its name.
    pub endpoints: BTreeMap<String, (String, BTreeSet<String>)>,
    /// Connectivity rules, by their connections.
    pub rules: BTreeSet<String>,
    /// The rules of each Namespace that has any.
    pub attached: BTreeMap<String, BTreeSet<String>>,
}

impl World {
    /// Without what is not read.
    pub fn only(&self, parts: Parts) -> Self {
        let mut world = self.clone();
        if !parts.endpoints {
            world.endpoints.clear();
        }
        if !parts.connections {
            world.rules.clear();
            world.attached.clear();
        }
        world
    }

    /// Without what only says that a Namespace without other rules is public.
    pub fn without_lone_public(&self) -> Self {
        let mut world = self.clone();
        world.attached.retain(|_, rules| rules.iter().any(|rule| rule != PUBLIC));
        world
    }

    /// Whether the internet reaches a Namespace.
    pub fn is_public(&self, namespace: &str) -> bool {
        self.attached.get(namespace).is_none_or(|rules| rules.is_empty() || rules.contains(PUBLIC))
    }

    /// Whether a rule is attached to a Namespace.
    pub fn is_attached(&self, rule: &str, namespace: &str) -> bool {
        self.attached.get(namespace).is_some_and(|rules| rules.contains(rule))
    }

    /// Whether a Namespace may call an Endpoint.
    pub fn may_call(&self, namespace: &str, endpoint: &str) -> bool {
        self.endpoints.get(endpoint).is_some_and(|(_, callers)| callers.contains(namespace))
    }
}

impl fmt::Display for World {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (name, (target, callers)) in &self.endpoints {
            writeln!(out, "    Endpoint {name} -> {target}, callers {callers:?}")?;
        }
        writeln!(out, "    rules {:?}", self.rules)?;
        for (namespace, rules) in &self.attached {
            writeln!(out, "    {namespace} has {rules:?}")?;
        }
        Ok(())
    }
}

/// Reads an account and knows its rules by their connections.
pub struct Reader {
    account: Account,
    parts: Parts,
    connections: BTreeMap<String, String>,
}

/// What is read of an account.
#[derive(Clone, Copy, Debug, Default)]
pub struct Parts {
    pub endpoints: bool,
    pub connections: bool,
}

impl Parts {
    pub const ALL: Self = Self { endpoints: true, connections: true };
}

impl Reader {
    pub fn new(account: Account, parts: Parts) -> Self {
        Self { account, parts, connections: BTreeMap::new() }
    }

    /// The account now; `None` where a read is refused.
    pub fn read(&mut self) -> Option<World> {
        let mut world = World::default();
        if self.parts.endpoints {
            let endpoints = self.account.get("/cloud/nexus/endpoints?pageSize=1000")?;
            world.endpoints = list(&endpoints, "endpoints").iter().filter_map(endpoint).collect();
        }
        if self.parts.connections {
            // Read before the rules: a rule that is attached is in the list that comes after.
            let namespaces = self.account.get("/cloud/namespaces?pageSize=1000")?;
            world.rules = self.rules()?;
            let attached = list(&namespaces, "namespaces");
            let attached = attached.iter().map(|namespace| self.attached(namespace));
            world.attached = attached.filter(|(_, rules)| !rules.is_empty()).collect();
        }
        Some(world)
    }

    fn rules(&mut self) -> Option<BTreeSet<String>> {
        let rules = self.account.get("/cloud/connectivity-rules?pageSize=1000")?;
        let rules = list(&rules, "connectivityRules");
        self.connections.extend(rules.iter().map(|rule| (id(rule).to_owned(), connection(rule))));
        Some(rules.iter().map(connection).collect())
    }

    fn attached(&self, namespace: &Value) -> (String, BTreeSet<String>) {
        let ids = namespace.pointer("/spec/connectivityRuleIds").and_then(Value::as_array);
        let name = |id: &Value| {
            let id = id.as_str().unwrap_or_default();
            self.connections.get(id).cloned().unwrap_or_else(|| id.to_owned())
        };
        let name_of = namespace.get("namespace").and_then(Value::as_str).unwrap_or_default();
        (name_of.to_owned(), ids.into_iter().flatten().map(name).collect())
    }
}

fn list(page: &Value, name: &str) -> Vec<Value> {
    page.get(name).and_then(Value::as_array).cloned().unwrap_or_default()
}

fn endpoint(endpoint: &Value) -> Option<(String, (String, BTreeSet<String>))> {
    let name = endpoint.pointer("/spec/name")?.as_str()?;
    let target = endpoint.pointer("/spec/targetSpec/workerTargetSpec")?;
    let part = |name| target.get(name).and_then(Value::as_str).unwrap_or_default();
    let target = format!("{}/{}", part("namespaceId"), part("taskQueue"));
    Some((name.to_owned(), (target, callers(endpoint).into_iter().collect())))
}

/// The connection of a rule, or `public`.
fn connection(rule: &Value) -> String {
    let connection = rule.pointer("/spec/privateRule/connectionId").and_then(Value::as_str);
    connection.unwrap_or(PUBLIC).to_owned()
}

/// The id that an Endpoint, by its name, or a rule, by its connection, has now; a text that says so where there is none.
pub fn id_of(account: &Account, name: &str) -> String {
    let endpoint = account.find(name);
    let rule = || account.rules().into_iter().find(|rule| connection(rule) == name);
    endpoint.or_else(rule).map_or_else(|| format!("no-id-of-{name}"), |object| id(&object).to_owned())
}

/// Does what others do. What is not there any more is left alone: a story that was made smaller may not have made it.
/// Whether it was done.
#[track_caller]
pub fn act(account: &Account, outside: &Outside) -> bool {
    let possible = is_possible(account, outside);
    if possible {
        carry_out(account, outside);
    }
    possible
}

fn carry_out(account: &Account, outside: &Outside) {
    match outside {
        Outside::CreateEndpoint(name, callers) => {
            account.create(&spec(name, "ledger.tiny1", "theirs", callers));
        }
        Outside::DeleteEndpoint(name) => account.delete(name),
        Outside::AddCaller(name, namespace) => change(account, name, |callers| {
            callers.insert((*namespace).to_owned());
        }),
        Outside::RemoveCaller(name, namespace) => change(account, name, |callers| {
            callers.remove(*namespace);
        }),
        Outside::CreateRule(connection) => {
            let _ = account.create_rule(&private("aws-us-east-1", connection));
        }
        Outside::Attach(connection, namespace) => reattach(
            account,
            namespace,
            |rules, id| {
                rules.insert(id);
            },
            connection,
        ),
        Outside::Detach(connection, namespace) => reattach(
            account,
            namespace,
            |rules, id| {
                rules.remove(&id);
            },
            connection,
        ),
    }
}

/// Changes the rules of a Namespace; the registry refuses to change nothing.
fn reattach(
    account: &Account,
    namespace: &str,
    change: impl FnOnce(&mut BTreeSet<String>, String),
    connection: &str,
) {
    let before = account.attached(namespace);
    let before: BTreeSet<_> = before.iter().filter_map(|id| Some(id.as_str()?.to_owned())).collect();
    let mut after = before.clone();
    change(&mut after, id_of(account, connection));
    if after != before {
        account.attach(namespace, &after.iter().map(String::as_str).collect::<Vec<_>>());
    }
}

fn is_possible(account: &Account, outside: &Outside) -> bool {
    let has_rule = |connection: &str| account.rules().iter().any(|rule| self::connection(rule) == connection);
    match outside {
        Outside::CreateEndpoint(name, _) => account.find(name).is_none(),
        Outside::DeleteEndpoint(name) | Outside::AddCaller(name, _) | Outside::RemoveCaller(name, _) => {
            account.find(name).is_some()
        }
        Outside::CreateRule(connection) => !has_rule(connection),
        Outside::Attach(connection, _) | Outside::Detach(connection, _) => has_rule(connection),
    }
}

fn change(account: &Account, name: &str, change: impl FnOnce(&mut BTreeSet<String>)) {
    let before: BTreeSet<_> = callers(&account.endpoint(name)).into_iter().collect();
    let mut now = before.clone();
    change(&mut now);
    if now == before {
        return;
    }
    let now: Vec<_> = now.iter().map(String::as_str).collect();
    account.change(name, |spec| {
        if let Some(spec) = spec.as_object_mut() {
            spec.insert("policySpecs".to_owned(), policies(&now));
        }
    });
}
