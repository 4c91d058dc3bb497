//! A registry on a socket of its own, with a small account, and the clients that talk to it.

use crate::storm::Registry;
use devregistry::{DevRegistry, Settings, Tls};
use prost::Message;
use schema::access::{Access, AccountRole, NamespacePermission};
use schema::account::{Account, Endpoint, Namespace, Principal, Target};
use schema::name::{NamespaceId, PrincipalId};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tonic::codec::CompressionEncoding;
use tonic::transport::Channel;

pub const OWNER: &str = "user.owner";
pub const ADMIN: &str = "service_account.admin";
/// Developer, Namespace Admin on `orders.a2dd6`, Write on `billing.a2dd6`.
pub const ORDERS: &str = "service_account.orders";
/// Read in the account, Namespace Admin on `orders.a2dd6`.
pub const READER: &str = "service_account.reader";
pub const FINANCE: &str = "service_account.finance";
pub const METRICS: &str = "service_account.metrics";
/// A service account of `orders.a2dd6` alone, Namespace Admin there.
pub const SCOPED: &str = "service_account.scoped";
/// Read in the account; a member of `group.billing`: Developer, Namespace Admin on `billing.a2dd6`.
pub const MEMBER: &str = "user.ana@acme.example";

pub struct World {
    pub address: String,
    pub http: reqwest::Client,
    keys: BTreeMap<PrincipalId, schema::secret::Secret>,
    scheme: &'static str,
    stop: Option<oneshot::Sender<()>>,
    server: Option<JoinHandle<std::io::Result<()>>>,
}

impl World {
    pub async fn start() -> Self {
        Self::with(Settings::default(), |_| {}).await
    }

    pub async fn with(settings: Settings, change: impl FnOnce(&mut Account)) -> Self {
        let mut account = account();
        change(&mut account);
        Self::serving(DevRegistry::new(account, settings).unwrap(), None).await
    }

    /// A registry that is ready, over TLS with a certificate and the CA to trust for it.
    pub async fn serving(registry: DevRegistry, tls: Option<(Tls, &str)>) -> Self {
        let keys = registry.api_keys();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let (stop, stopped) = oneshot::channel::<()>();
        let shutdown = async { drop(stopped.await) };
        // Only the first test of the process finds the place free.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let ca = tls.as_ref().map(|(_, ca)| reqwest::Certificate::from_pem(ca.as_bytes()).unwrap());
        // Without the system's roots: loading them takes longer than most tests.
        let http = reqwest::Client::builder().no_proxy().tls_certs_only(ca).build().unwrap();
        let scheme = if tls.is_some() { "https" } else { "http" };
        let server = match tls {
            Some((tls, _)) => tokio::spawn(registry.serve_tls(listener, tls, shutdown)),
            None => tokio::spawn(registry.serve(listener, shutdown)),
        };
        Self { address, http, keys, scheme, stop: Some(stop), server: Some(server) }
    }

    /// A registry with the small account whose state is in a file.
    pub async fn kept(file: &Path, settings: Settings) -> Self {
        Self::serving(DevRegistry::with_state(account(), settings, file).unwrap(), None).await
    }

    pub fn key(&self, who: &str) -> String {
        self.keys[&who.parse().unwrap()].expose().to_owned()
    }

    pub fn url(&self, path: &str) -> String {
        format!("{}://{}{path}", self.scheme, self.address)
    }

    pub async fn get(&self, who: &str, path: &str) -> (u16, Value) {
        self.send(self.http.get(self.url(path)).bearer_auth(self.key(who))).await
    }

    pub async fn post(&self, who: &str, path: &str, body: Value) -> (u16, Value) {
        self.send(self.http.post(self.url(path)).bearer_auth(self.key(who)).json(&body)).await
    }

    pub async fn delete(&self, who: &str, path: &str) -> (u16, Value) {
        self.send(self.http.delete(self.url(path)).bearer_auth(self.key(who))).await
    }

    pub async fn send(&self, request: reqwest::RequestBuilder) -> (u16, Value) {
        let response = request.send().await.unwrap();
        let status = response.status().as_u16();
        assert_eq!(response.headers()["content-type"], "application/json");
        (status, response.json().await.unwrap())
    }

    /// The registry as the clients of a storm see it.
    pub fn registry(&self) -> Registry {
        Registry {
            http: self.http.clone(),
            url: self.url(""),
            key: self.key(OWNER),
            acknowledged: Arc::default(),
        }
    }

    /// The seeded Endpoint.
    pub async fn orders_endpoint(&self) -> Value {
        let (status, list) = self.get(OWNER, "/cloud/nexus/endpoints?name=orders").await;
        assert_eq!(status, 200);
        list["endpoints"][0].clone()
    }

    /// One typed gRPC call; `encoding` compresses it.
    pub async fn grpc<Q, A>(
        &self,
        path: &str,
        who: Option<&str>,
        request: Q,
        encoding: Option<CompressionEncoding>,
    ) -> Result<tonic::Response<A>, tonic::Status>
    where
        Q: Message + 'static,
        A: Message + Default + 'static,
    {
        let channel = Channel::from_shared(self.url("")).unwrap().connect().await.unwrap();
        let mut client = tonic::client::Grpc::new(channel);
        if let Some(encoding) = encoding {
            client = client.send_compressed(encoding).accept_compressed(encoding);
        }
        client.ready().await.unwrap();
        let mut request = tonic::Request::new(request);
        if let Some(who) = who {
            let bearer = format!("Bearer {}", self.key(who)).parse().unwrap();
            request.metadata_mut().insert("authorization", bearer);
        }
        let codec = tonic_prost::ProstCodec::<Q, A>::default();
        client.unary(request, path.parse().unwrap(), codec).await
    }

    /// Asks the server to stop and waits until it has.
    pub async fn stop(&mut self) {
        drop(self.stop.take());
        self.server.take().unwrap().await.unwrap().unwrap();
    }
}

pub fn account() -> Account {
    let mut account = Account::empty("a2dd6".parse().unwrap());
    for name in ["orders", "billing", "shipping"] {
        let namespace = Namespace {
            id: namespace(name),
            regions: vec!["aws-us-east-1".to_owned()],
            auth: BTreeSet::new(),
            tags: [("team", name)].into_iter().collect(),
        };
        account.namespaces.insert(namespace.id.clone(), namespace);
    }
    use AccountRole::{Developer, FinanceAdmin, MetricsRead, Read};
    use NamespacePermission::{Admin, Write};
    add(&mut account, ADMIN, AccountRole::Admin, &[]);
    add(&mut account, ORDERS, Developer, &[("orders", Admin), ("billing", Write)]);
    add(&mut account, READER, Read, &[("orders", Admin)]);
    add(&mut account, FINANCE, FinanceAdmin, &[("orders", Admin)]);
    add(&mut account, METRICS, MetricsRead, &[("orders", Admin)]);
    add(&mut account, MEMBER, Read, &[]);
    add(&mut account, "group.billing", Developer, &[("billing", Admin)]);
    let scoped = Access::NamespaceScoped { namespace: namespace("orders"), permission: Admin };
    let scoped = Principal { id: SCOPED.parse().unwrap(), access: scoped, members: BTreeSet::new() };
    account.principals.insert(scoped.id.clone(), scoped);
    let group = account.principals.get_mut(&"group.billing".parse().unwrap()).unwrap();
    group.members.insert(MEMBER.parse().unwrap());
    let endpoint = endpoint("orders", "orders", &["billing"]);
    account.endpoints.insert(endpoint.name.clone(), endpoint);
    account
}

pub fn endpoint(name: &str, target: &str, callers: &[&str]) -> Endpoint {
    let target = Target::Worker { namespace: namespace(target), task_queue: "work".parse().unwrap() };
    Endpoint {
        name: name.parse().unwrap(),
        target,
        description: Some("takes orders".to_owned()),
        callers: callers.iter().map(|caller| namespace(caller)).collect(),
    }
}

pub fn namespace(name: &str) -> NamespaceId {
    format!("{name}.a2dd6").parse().unwrap()
}

fn add(account: &mut Account, id: &str, role: AccountRole, held: &[(&str, NamespacePermission)]) {
    let id: PrincipalId = id.parse().unwrap();
    let namespaces = held.iter().map(|(name, permission)| (namespace(name), *permission)).collect();
    let access = Access::Account { role, namespaces };
    account.principals.insert(id.clone(), Principal { id, access, members: BTreeSet::new() });
}

/// The JSON specification of an Endpoint.
pub fn spec(name: &str, target: &str, callers: &[&str]) -> Value {
    let allow = |caller: &&str| serde_json::json!({ "allowedCloudNamespacePolicySpec": { "namespaceId": format!("{caller}.a2dd6") } });
    serde_json::json!({
        "name": name,
        "targetSpec": { "workerTargetSpec": { "namespaceId": format!("{target}.a2dd6"), "taskQueue": "work" } },
        "policySpecs": callers.iter().map(allow).collect::<Vec<_>>(),
    })
}

/// The JSON specification of a Namespace.
pub fn namespace_spec(name: &str) -> Value {
    serde_json::json!({ "name": name, "retentionDays": 7, "replicas": [{ "region": "aws-us-east-1" }] })
}
