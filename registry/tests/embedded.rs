//! The client against the embedded registry: whole lives of Endpoints, and what the registry refuses.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use devregistry::{DevRegistry, Settings};
use registry::{
    Address, AttachmentChange, AttachmentRefused, CallersChange, Description, DescriptionChange,
    EndpointChange, Expectation, Lookup, NewEndpoint, Registry, RuleKind, WriteRefused, new_operation_id,
};
use schema::access::{Access, AccountRole, NamespacePermission};
use schema::account::{Account, AuthMethod, Namespace, Principal, Target};
use schema::name::{NamespaceId, PrincipalId};
use schema::privatelink::PrivateConnection;
use schema::secret::Secret;
use std::collections::{BTreeMap, BTreeSet};
use std::future::pending;
use std::time::Duration;
use tokio::net::TcpListener;

const WAIT: Duration = Duration::from_secs(10);
const NAMESPACES: [&str; 3] = ["pay.a2dd6", "orders.a2dd6", "web.a2dd6"];

fn id(text: &str) -> NamespaceId {
    text.parse().unwrap()
}

fn account() -> Account {
    let mut account = Account::empty("a2dd6".parse().unwrap());
    for name in NAMESPACES {
        let namespace = Namespace {
            id: id(name),
            regions: vec!["aws-us-east-1".to_owned()],
            auth: BTreeSet::from([AuthMethod::ApiKey]),
            tags: Default::default(),
        };
        account.namespaces.insert(namespace.id.clone(), namespace);
    }
    let grant = |role, namespaces: &[&str]| Access::Account {
        role,
        namespaces: namespaces.iter().map(|name| (id(name), NamespacePermission::Admin)).collect(),
    };
    let ana: PrincipalId = "user.ana@acme.example".parse().unwrap();
    let principals = [
        ("service_account.ci", grant(AccountRole::Developer, &["pay.a2dd6"]), vec![]),
        ("service_account.net", grant(AccountRole::Admin, &[]), vec![]),
        ("service_account.reader", grant(AccountRole::Read, &[]), vec![]),
        ("user.ana@acme.example", grant(AccountRole::Read, &[]), vec![]),
        ("group.devs", grant(AccountRole::Developer, &["orders.a2dd6"]), vec![ana]),
    ];
    for (name, access, members) in principals {
        let id: PrincipalId = name.parse().unwrap();
        let members = members.into_iter().collect();
        account.principals.insert(id.clone(), Principal { id, access, members });
    }
    account
}

struct Served {
    address: Address,
    keys: BTreeMap<PrincipalId, Secret>,
}

impl Served {
    async fn with_operations_of(operation_time: Duration) -> Self {
        let registry =
            DevRegistry::new(account(), Settings { operation_time, ..Settings::default() }).unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let keys = registry.api_keys();
        tokio::spawn(registry.serve(listener, pending()));
        Self { address: Address::parse(&address, None).unwrap(), keys }
    }

    fn as_principal(&self, name: &str) -> Registry {
        let key = self.keys.get(&name.parse().unwrap()).unwrap().clone();
        Registry::new(self.address.clone(), key, "nexusc/test").unwrap()
    }
}

fn payments() -> NewEndpoint {
    NewEndpoint {
        name: "payments".parse().unwrap(),
        target: Target::Worker { namespace: id("pay.a2dd6"), task_queue: "charges".parse().unwrap() },
        description: Some("takes \"money\"".to_owned()),
        callers: BTreeSet::from([id("orders.a2dd6")]),
    }
}

#[tokio::test]
async fn an_endpoint_lives_and_dies() {
    for operation_time in [0, 50] {
        let served = Served::with_operations_of(Duration::from_millis(operation_time)).await;
        live_and_die(&served.as_principal("service_account.ci")).await;
    }
}

async fn live_and_die(ci: &Registry) {
    let limit = Duration::from_secs(10);
    let accepted = ci.create_endpoint(&payments(), "op-create").await.unwrap();
    let again = ci.create_endpoint(&payments(), "op-create").await.unwrap();
    assert_eq!(again.endpoint_id, accepted.endpoint_id, "the same operation is not carried out twice");
    ci.await_operation(accepted.operation, limit, pending()).await.unwrap();
    let read = ci.endpoint_named(&payments().name).await.unwrap().unwrap();
    assert_eq!((read.id(), read.callers().len()), (accepted.endpoint_id.as_str(), 1));
    assert_eq!(read.description(), Description::Text("takes \"money\"".to_owned()));

    let change = EndpointChange {
        description: Some(DescriptionChange::Remove),
        callers: Some(CallersChange::add(BTreeSet::from([id("web.a2dd6")]))),
        ..EndpointChange::default()
    };
    let expected = Expectation { description: Some(read.description()), ..Expectation::default() };
    let update = || ci.update_endpoint_guarded(read.id(), &expected, &change, "op-update");
    let operation = update().await.unwrap().unwrap();
    assert_eq!(update().await.unwrap(), None, "awaits the first and finds nothing left to change");
    ci.await_operation(operation, limit, pending()).await.unwrap();
    let now = ci.endpoint(read.id()).await.unwrap().unwrap();
    assert_eq!((now.description(), now.callers().len()), (Description::Absent, 2));

    let planned = Expectation::of(&read);
    let refused = ci.delete_endpoint_guarded(read.id(), &planned, "op-delete").await.unwrap_err();
    assert!(matches!(refused, WriteRefused::Conflict { .. }), "{refused}");
    let planned = Expectation::of(&now);
    let operation = ci.delete_endpoint_guarded(read.id(), &planned, "op-delete").await.unwrap();
    ci.await_operation(operation, limit, pending()).await.unwrap();
    assert_eq!(ci.endpoint(read.id()).await.unwrap(), None);
    let gone = ci.delete_endpoint_guarded(read.id(), &planned, "op-delete").await;
    assert_eq!(gone.unwrap_err(), WriteRefused::Gone(read.id().to_owned()));
}

#[tokio::test]
async fn many_writers_of_one_endpoint_lose_nothing() {
    let served = Served::with_operations_of(Duration::from_millis(5)).await;
    let ci = served.as_principal("service_account.ci");
    let new = NewEndpoint { callers: BTreeSet::new(), ..payments() };
    let accepted = ci.create_endpoint(&new, &new_operation_id()).await.unwrap();
    let add = |caller: &'static str| {
        let (ci, endpoint) = (ci.clone(), accepted.endpoint_id.clone());
        tokio::spawn(async move {
            let callers = Some(CallersChange::add(BTreeSet::from([id(caller)])));
            let change = EndpointChange { callers, ..EndpointChange::default() };
            let expected = Expectation::default();
            ci.update_endpoint_guarded(&endpoint, &expected, &change, &new_operation_id()).await
        })
    };
    for written in NAMESPACES.map(add) {
        let operation = written.await.unwrap().unwrap().unwrap();
        ci.await_operation(operation, Duration::from_secs(10), pending()).await.unwrap();
    }
    let callers = ci.endpoint(&accepted.endpoint_id).await.unwrap().unwrap().callers();
    assert_eq!(callers, NAMESPACES.map(str::to_owned).into());
}

#[tokio::test]
async fn the_registry_refuses_strangers_and_the_unprivileged() {
    let served = Served::with_operations_of(Duration::ZERO).await;
    let stranger = Registry::new(served.address.clone(), Secret::new("tmprl_nobodys_key"), "test").unwrap();
    let error = stranger.identity().await.unwrap_err();
    let expected = "read the current identity: not authenticated: request not authenticated";
    assert_eq!(error.to_string(), expected);

    let reader = served.as_principal("service_account.reader");
    let error = reader.create_endpoint(&payments(), &new_operation_id()).await.unwrap_err();
    let expected = "create endpoint `payments`: permission denied: request unauthorized";
    assert_eq!(error.to_string(), expected);

    let ci = served.as_principal("service_account.ci");
    ci.create_endpoint(&payments(), &new_operation_id()).await.unwrap();
    let error = ci.create_endpoint(&payments(), &new_operation_id()).await.unwrap_err();
    assert!(error.is_already_exists(), "{error}");
}

#[tokio::test]
async fn facts_are_read() {
    let served = Served::with_operations_of(Duration::ZERO).await;
    let owner = served.as_principal("user.owner");
    assert_eq!(owner.account_id().await.unwrap().as_str(), "a2dd6");
    assert!(owner.regions().await.unwrap().iter().any(|region| region.id == "aws-us-east-1"));
    assert_eq!(owner.namespaces().await.unwrap().len(), 3);
    let Lookup::Found(namespace) = owner.namespace(&id("pay.a2dd6")).await.unwrap() else {
        unreachable!("the namespace is there")
    };
    assert_eq!(namespace, account().namespaces.remove(&namespace.id).unwrap());
    assert_eq!(owner.namespace(&id("none.a2dd6")).await.unwrap(), Lookup::Missing);
    let ci = served.as_principal("service_account.ci");
    assert!(matches!(ci.namespace(&id("web.a2dd6")).await.unwrap(), Lookup::Hidden(_)));
}

#[tokio::test]
async fn rights_are_those_of_the_account() {
    let served = Served::with_operations_of(Duration::ZERO).await;
    let principals = served.as_principal("user.owner").principals().await.unwrap();
    for name in ["service_account.ci", "user.ana@acme.example"] {
        let id: PrincipalId = name.parse().unwrap();
        let registry = served.as_principal(name);
        let identity = registry.identity().await.unwrap();
        assert_eq!(identity.id, id);
        let rights = registry.rights(&identity).await.unwrap();
        assert_eq!(Some(&rights), account().rights(&id).as_ref(), "{name}");
        assert_eq!(Some(rights), principals.rights(&id), "{name}");
    }
}

#[tokio::test]
async fn connectivity_rules_live_and_die_and_leave_others_attached() {
    for operation_time in [0, 50] {
        let served = Served::with_operations_of(Duration::from_millis(operation_time)).await;
        let net = served.as_principal("service_account.net");
        let connection = |id: &str| {
            let region = schema::region::region("aws-us-east-1").unwrap();
            RuleKind::Private(PrivateConnection::new(region, id, None).unwrap())
        };
        let mut ids = Vec::new();
        for kind in
            [connection("vpce-01234567"), connection("vpce-76543210"), RuleKind::Public { stable_ips: false }]
        {
            let accepted = net.create_connectivity_rule(&kind, &new_operation_id()).await.unwrap();
            net.await_operation(accepted.operation, WAIT, pending()).await.unwrap();
            let held = net.connectivity_rule(&accepted.rule_id).await.unwrap().unwrap();
            assert_eq!(held.kind(), kind);
            ids.push(accepted.rule_id);
        }
        let again = net.create_connectivity_rule(&connection("vpce-01234567"), &new_operation_id()).await;
        assert!(matches!(again.unwrap_err().problem(), registry::Problem::AlreadyExists(_)));

        let (pay, nothing) = (id("pay.a2dd6"), BTreeSet::new());
        let set = |ids: &[String]| ids.iter().cloned().collect::<BTreeSet<_>>();
        let first = AttachmentChange { attach: set(&ids[..1]), detach: BTreeSet::new() };
        change_attachments(&net, &pay, &first, &nothing).await;
        let others = AttachmentChange { attach: set(&ids[1..]), detach: BTreeSet::new() };
        change_attachments(&net, &pay, &others, &set(&ids[..1])).await;
        assert_eq!(net.attached_rules(&pay).await.unwrap(), set(&ids));
        let same = net.change_attachments(&pay, &others, &set(&ids), &new_operation_id()).await.unwrap();
        assert_eq!(same, None);
        let gone = AttachmentChange { attach: BTreeSet::new(), detach: set(&ids[1..]) };
        change_attachments(&net, &pay, &gone, &set(&ids)).await;
        assert_eq!(net.attached_rules(&pay).await.unwrap(), set(&ids[..1]));

        let ci = served.as_principal("service_account.ci");
        let last = AttachmentChange { attach: BTreeSet::new(), detach: set(&ids[..1]) };
        let refused = ci.change_attachments(&pay, &last, &set(&ids), &new_operation_id()).await;
        assert_eq!(refused.unwrap_err(), AttachmentRefused::WouldOpen(pay.clone()));

        let unused = net.connectivity_rule(&ids[1]).await.unwrap().unwrap();
        let deleted =
            net.delete_connectivity_rule(&ids[1], unused.resource_version(), "delete-1").await.unwrap();
        net.await_operation(deleted.unwrap(), WAIT, pending()).await.unwrap();
        assert_eq!(net.connectivity_rule(&ids[1]).await.unwrap(), None);
        assert_eq!(net.connectivity_rules().await.unwrap().len(), 2);
    }
}

async fn change_attachments(
    registry: &Registry,
    namespace: &NamespaceId,
    change: &AttachmentChange,
    planned_on: &BTreeSet<String>,
) {
    let changed = registry.change_attachments(namespace, change, planned_on, &new_operation_id()).await;
    registry.await_operation(changed.unwrap().unwrap(), WAIT, pending()).await.unwrap();
}
