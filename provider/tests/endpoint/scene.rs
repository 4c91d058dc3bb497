//! What the tests start from: an account in an embedded registry, and the provider acting on it as one of its principals.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use devregistry::{DevRegistry, Settings};
use provider::Provider;
use registry::{EndpointChange, NewEndpoint, RegisteredEndpoint, Registry, new_operation_id};
use schema::access::{Access, AccountRole, NamespacePermission};
use schema::account::{Account, Namespace, Principal, Target};
use schema::name::{NamespaceId, PrincipalId};
use schema::secret::Secret;
use tfplugin::{
    Answer, ConfigureRequest, Context, CreateRequest, DeleteRequest, Diagnostic, Diagnostics, Environment,
    ImportKey, Plan, PlanRequest, Provider as _, ReadRequest, Resource, Stored, UpdateRequest, Value,
};
use tokio::net::TcpListener;

/// May manage `ledger` and `vault`, sees `shop`.
pub const CI: &str = "service_account.ci";
/// May read the account.
pub const READER: &str = "service_account.reader";
/// May do everything.
pub const OWNER: &str = "user.owner";

/// An account and the provider acting on it.
pub struct Scene {
    /// Someone else, who may do anything.
    pub owner: Registry,
    pub address: String,
    keys: BTreeMap<PrincipalId, Secret>,
    resource: Arc<dyn Resource>,
    /// The bytes beside the state that was last given: kept as Terraform keeps them.
    private: Mutex<Vec<u8>>,
    /// Those that the last plan left for its apply.
    planned: Mutex<Vec<u8>>,
    calls: Calls,
}

/// The registry's audit log.
#[derive(Clone, Default)]
struct Calls(Arc<Mutex<Vec<u8>>>);

impl Write for Calls {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Scene {
    /// The provider as `principal`, in an account of its own.
    pub async fn new(principal: &str) -> Self {
        Self::slow(principal, Duration::ZERO).await
    }

    /// The same, where writes take a while.
    pub async fn slow(principal: &str, operation_time: Duration) -> Self {
        let settings = Settings { operation_time, ..Settings::default() };
        let calls = Calls::default();
        let registry = DevRegistry::new(account(), settings).unwrap().with_audit(Box::new(calls.clone()));
        let keys = registry.api_keys();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        // The runtime of the test ends it.
        tokio::spawn(registry.serve(listener, std::future::pending()));
        let owner = client(&address, &keys[&OWNER.parse().unwrap()]);
        let resource = resource(&address, keys[&principal.parse().unwrap()].expose()).await;
        Self { owner, address, keys, resource, private: Mutex::default(), planned: Mutex::default(), calls }
    }

    /// The same account with a provider of its own, as another process has it.
    pub async fn again(&mut self, principal: &str) {
        self.resource = resource(&self.address, self.keys[&principal.parse().unwrap()].expose()).await;
    }

    /// The same account with a provider that is configured with these attributes beside address and key.
    pub async fn again_with(&mut self, principal: &str, attributes: &[(&str, Value)]) {
        let own = [("endpoint", self.address.as_str().into()), ("api_key", self.key(principal).into())];
        let block: Vec<_> = own.into_iter().chain(attributes.iter().cloned()).collect();
        self.resource = configure(&block, []).await.map_err(|(errors, _)| errors).unwrap();
    }

    /// The resources of a process of its own, as `principal`.
    pub async fn process(&self, principal: &str) -> Vec<Arc<dyn Resource>> {
        resources(&self.address, &self.key(principal)).await
    }

    /// How often the registry was called since the last time that this was asked, by method.
    pub fn calls(&self) -> BTreeMap<String, usize> {
        let log = std::mem::take(&mut *self.calls.0.lock().unwrap());
        let mut calls = BTreeMap::new();
        for line in String::from_utf8(log).unwrap().lines() {
            let line: serde_json::Value = serde_json::from_str(line).unwrap();
            *calls.entry(line["method"].as_str().unwrap().to_owned()).or_default() += 1;
        }
        calls
    }

    /// The API key of a principal.
    pub fn key(&self, principal: &str) -> String {
        self.keys[&principal.parse().unwrap()].expose().to_owned()
    }

    /// The Endpoint of a name, as the registry has it.
    pub async fn found(&self, name: &str) -> Option<RegisteredEndpoint> {
        self.owner.endpoint_named(&name.parse().unwrap()).await.unwrap()
    }

    /// Changes the Endpoint of a name from outside.
    pub async fn change(&self, name: &str, change: EndpointChange) {
        let read = self.found(name).await.unwrap();
        self.owner.update_endpoint(&read, &change, &new_operation_id()).await.unwrap();
    }

    /// Creates an Endpoint from outside, and gives its id.
    pub async fn register(&self, name: &str) -> String {
        let target = Target::Worker { namespace: ns("ledger"), task_queue: "theirs".parse().unwrap() };
        let callers = BTreeSet::from([ns("shop")]);
        let new = NewEndpoint { callers, ..NewEndpoint::new(name.parse().unwrap(), target) };
        self.owner.create_endpoint(&new, &new_operation_id()).await.unwrap().endpoint_id
    }

    pub async fn remove(&self, name: &str) {
        let read = self.found(name).await.unwrap();
        self.owner.delete_endpoint(read.id(), read.resource_version(), &new_operation_id()).await.unwrap();
    }

    /// Plans `config` as Terraform does it; the planned state and the warnings, or the errors.
    pub async fn plan(
        &self,
        prior: Option<&Value>,
        config: &Value,
    ) -> Result<(Value, Vec<Diagnostic>), Vec<Diagnostic>> {
        // What is to be created has no bytes yet.
        let private = if prior.is_some() { self.private() } else { Vec::new() };
        let (plan, said) = planned(&*self.resource, prior, config, private).await?;
        *self.planned.lock().unwrap() = plan.private.unwrap_or_default();
        Ok((plan.state, said))
    }

    /// Plans and creates.
    pub async fn create(&self, config: &Value) -> Value {
        let (planned, _) = self.plan(None, config).await.unwrap();
        let (state, said) = self.create_planned(&Context::default(), planned).await;
        assert_eq!(said, []);
        state.unwrap()
    }

    /// Creates what is planned; the state, and all that was said.
    pub async fn create_planned(&self, cx: &Context, planned: Value) -> (Option<Value>, Vec<Diagnostic>) {
        let config = planned.clone().with("id", Value::Null);
        let private = self.planned.lock().unwrap().clone();
        let request = CreateRequest { config, planned, identity: None, private };
        answered(cx, self.resource.create(cx, request).await.map(|stored| self.keep(stored)))
    }

    /// Updates to `config` without planning it; the state, and all that was said.
    pub async fn update(&self, prior: &Value, config: &Value) -> (Option<Value>, Vec<Diagnostic>) {
        let cx = Context::default();
        let planned = config.clone().with("id", prior.get("id").clone());
        let (prior, private) = (prior.clone(), self.private());
        let request = UpdateRequest { config: config.clone(), prior, planned, identity: None, private };
        answered(&cx, self.resource.update(&cx, request).await.map(|stored| self.keep(stored)))
    }

    pub async fn delete(&self, prior: &Value) -> (Option<()>, Vec<Diagnostic>) {
        let cx = Context::default();
        let request = DeleteRequest { private: self.private(), ..doomed(prior) };
        answered(&cx, self.resource.delete(&cx, request).await)
    }

    pub async fn plan_delete(&self, prior: &Value) -> Vec<Diagnostic> {
        let cx = Context::default();
        let request = DeleteRequest { private: self.private(), ..doomed(prior) };
        answered(&cx, self.resource.plan_delete(&cx, request).await).1
    }

    /// The state now and the warnings.
    pub async fn read(&self, state: &Value) -> (Option<Value>, Vec<Diagnostic>) {
        let (found, said) = read(&*self.resource, state, self.private()).await;
        (found.map(|stored| self.keep(stored)), said)
    }

    /// Forgets what was beside the state, as one that an earlier version wrote.
    pub fn forget(&self) {
        self.private.lock().unwrap().clear();
    }

    fn private(&self) -> Vec<u8> {
        self.private.lock().unwrap().clone()
    }

    fn keep(&self, stored: Stored) -> Value {
        if let Some(private) = stored.private {
            *self.private.lock().unwrap() = private;
        }
        stored.state
    }

    /// Imports by id or name.
    pub async fn import(&self, key: &str) -> (Option<Value>, Vec<Diagnostic>) {
        self.import_as(ImportKey::Id(key.to_owned())).await
    }

    /// Imports by identity.
    pub async fn identify(&self, id: &str) -> (Option<Value>, Vec<Diagnostic>) {
        self.import_as(ImportKey::Identity(Value::object([("id", id.into())]))).await
    }

    async fn import_as(&self, key: ImportKey) -> (Option<Value>, Vec<Diagnostic>) {
        let cx = Context::default();
        let imported = self.resource.import(&cx, key).await;
        answered(&cx, imported.map(|stored| self.resource.schema().ty().conform(stored.state).unwrap()))
    }
}

pub async fn plan(
    resource: &dyn Resource,
    prior: Option<&Value>,
    config: &Value,
    private: Vec<u8>,
) -> Result<(Value, Vec<Diagnostic>), Vec<Diagnostic>> {
    planned(resource, prior, config, private).await.map(|(plan, said)| (plan.state, said))
}

/// The plan with the bytes that it leaves.
async fn planned(
    resource: &dyn Resource,
    prior: Option<&Value>,
    config: &Value,
    private: Vec<u8>,
) -> Result<(Plan, Vec<Diagnostic>), Vec<Diagnostic>> {
    let cx = Context::default();
    let id = prior.map_or(Value::Unknown, |prior| prior.get("id").clone());
    let request = PlanRequest { config: config.clone(), prior: prior.cloned(), identity: None, private };
    let answer = resource.plan(&cx, request, Plan::from(config.clone().with("id", id))).await;
    match answered(&cx, answer) {
        (Some(plan), said) => Ok((plan, said)),
        (None, said) => Err(said),
    }
}

pub async fn read(
    resource: &dyn Resource,
    state: &Value,
    private: Vec<u8>,
) -> (Option<Stored>, Vec<Diagnostic>) {
    let cx = Context::default();
    let request = ReadRequest { state: state.clone(), identity: None, private };
    let (found, said) = answered(&cx, resource.read(&cx, request).await);
    let conformed = |stored: Stored| {
        let state = resource.schema().ty().conform(stored.state).unwrap();
        Stored { state, ..stored }
    };
    (found.flatten().map(conformed), said)
}

/// What an operation gave, and what it said: warnings first, then why it gave nothing.
pub fn answered<T>(cx: &Context, answer: Answer<T>) -> (Option<T>, Vec<Diagnostic>) {
    let mut said: Vec<_> = cx.take_diagnostics().into_iter().collect();
    let errors = |errors: Diagnostics| said.extend(errors);
    (answer.map_err(errors).ok(), said)
}

/// A provider of its own that is configured with a key, and its resource.
pub async fn resource(address: &str, key: &str) -> Arc<dyn Resource> {
    resources(address, key).await.remove(0)
}

async fn resources(address: &str, key: &str) -> Vec<Arc<dyn Resource>> {
    let config = [("endpoint", address.into()), ("api_key", key.into())];
    configure_all(&config, []).await.map_err(|(errors, _)| errors).unwrap()
}

/// The resource of a provider with this configuration, or why there is none.
pub async fn configure<const N: usize>(
    config: &[(&str, Value)],
    environment: [(&str, &str); N],
) -> Result<Arc<dyn Resource>, (Diagnostics, Vec<Diagnostic>)> {
    configure_all(config, environment).await.map(|mut resources| resources.remove(0))
}

async fn configure_all<const N: usize>(
    config: &[(&str, Value)],
    environment: [(&str, &str); N],
) -> Result<Vec<Arc<dyn Resource>>, (Diagnostics, Vec<Diagnostic>)> {
    let environment: Environment = environment.into_iter().collect();
    let (provider, cx) = (Provider::new(environment), Context::default());
    let config = provider.schema().ty().conform(Value::object(config.iter().cloned())).unwrap();
    let request = ConfigureRequest { config, terraform_version: "1.11.4".to_owned() };
    match provider.configure(&cx, request).await {
        Ok(()) => Ok(provider.resources()),
        Err(errors) => Err((errors, cx.take_diagnostics().into_iter().collect())),
    }
}

/// A configuration of the Endpoint `pay`: on `ledger`, for `shop`. `changes` replace attributes of it.
pub fn config(changes: &[(&str, Value)]) -> Value {
    let pay = Value::object([
        ("id", Value::Null),
        ("name", "pay".into()),
        ("description", "Takes money.".into()),
        ("worker_target", target("ledger", "pay-queue")),
        ("external_target", Value::Null),
        ("allowed_caller_namespaces", callers(&["shop"])),
        ("timeouts", Value::Null),
    ]);
    changes.iter().fold(pay, |pay, (name, value)| pay.with(name, value.clone()))
}

pub fn target(namespace: &str, task_queue: &str) -> Value {
    Value::object([("namespace_id", ns(namespace).to_string().into()), ("task_queue", task_queue.into())])
}

pub fn callers(names: &[&str]) -> Value {
    Value::set(names.iter().map(|name| ns(name).to_string()))
}

/// A `timeouts` block with one timeout.
pub fn timeouts(operation: &str, duration: &str) -> Value {
    let all = ["create", "read", "update", "delete"];
    Value::object(all.map(|name| (name, if name == operation { duration.into() } else { Value::Null })))
}

pub fn ns(name: &str) -> NamespaceId {
    format!("{name}.tiny1").parse().unwrap()
}

/// The paths and summaries of what was said.
pub fn summaries(said: &[Diagnostic]) -> Vec<(String, &str)> {
    let path = |said: &Diagnostic| said.path.as_ref().map(ToString::to_string).unwrap_or_default();
    said.iter().map(|said| (path(said), said.summary.as_str())).collect()
}

fn doomed(prior: &Value) -> DeleteRequest {
    DeleteRequest { prior: prior.clone(), identity: None, private: Vec::new() }
}

fn client(address: &str, key: &Secret) -> Registry {
    Registry::new(registry::Address::parse(address, None).unwrap(), key.clone(), "test").unwrap()
}

fn account() -> Account {
    let mut account = Account::empty("tiny1".parse().unwrap());
    for name in ["ledger", "vault", "attic", "shop", "cart"] {
        let regions = vec!["aws-us-east-1".to_owned()];
        let namespace = Namespace { id: ns(name), regions, auth: BTreeSet::new(), tags: Default::default() };
        account.namespaces.insert(ns(name), namespace);
    }
    let (admin, read) = (NamespacePermission::Admin, NamespacePermission::Read);
    let ci = [("ledger", admin), ("vault", admin), ("shop", read)];
    for (id, role, held) in [(CI, AccountRole::Developer, &ci[..]), (READER, AccountRole::Read, &[])] {
        let id: PrincipalId = id.parse().unwrap();
        let namespaces = held.iter().map(|(name, permission)| (ns(name), *permission)).collect();
        let access = Access::Account { role, namespaces };
        account.principals.insert(id.clone(), Principal { id, access, members: BTreeSet::new() });
    }
    account
}
