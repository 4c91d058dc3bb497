//! Private connectivity through the traits that Terraform's protocol calls, without the plan that Terraform makes at apply:
//! what is written is judged by itself, on what is there at that moment.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

use std::collections::BTreeSet;
use std::future::pending;
use std::sync::Arc;
use std::time::Duration;

use devregistry::{DevRegistry, Settings};
use provider::Provider;
use registry::{AttachmentChange, Registry, RuleKind, new_operation_id};
use schema::account::{Account, Namespace};
use schema::name::NamespaceId;
use schema::privatelink::PrivateConnection;
use schema::region::region;
use tfplugin::{
    Answer, ConfigureRequest, Context, CreateRequest, DeleteRequest, Environment, Provider as _, Resource,
    Stored, Value,
};
use tokio::net::TcpListener;

/// An account with one Namespace, and someone who may do anything.
struct Scene {
    address: String,
    key: String,
    owner: Registry,
}

impl Scene {
    async fn new() -> Self {
        let mut account = Account::empty("tiny1".parse().unwrap());
        let regions = vec!["aws-us-east-1".to_owned()];
        let namespace = Namespace { id: ledger(), regions, auth: BTreeSet::new(), tags: Default::default() };
        account.namespaces.insert(ledger(), namespace);
        let settings = Settings { operation_time: Duration::from_millis(20), ..Settings::default() };
        let registry = DevRegistry::new(account, settings).unwrap();
        let key = registry.api_keys()[&"user.owner".parse().unwrap()].clone();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(registry.serve(listener, pending()));
        let owner =
            Registry::new(registry::Address::parse(&address, None).unwrap(), key.clone(), "test").unwrap();
        Self { address, key: key.expose().to_owned(), owner }
    }

    /// The resource of a type in a provider of its own, as each run of Terraform has it.
    async fn resource(&self, type_name: &str) -> Arc<dyn Resource> {
        let provider = Provider::new(Environment::default());
        let config = [("endpoint", self.address.as_str().into()), ("api_key", self.key.as_str().into())];
        let config = provider.schema().ty().conform(Value::object(config)).unwrap();
        let request = ConfigureRequest { config, terraform_version: "1.15.5".to_owned() };
        provider.configure(&Context::default(), request).await.unwrap();
        provider.resources().into_iter().find(|resource| resource.type_name() == type_name).unwrap()
    }

    async fn attachments(&self) -> Arc<dyn Resource> {
        self.resource("temporalnexus_privatelink_attachment").await
    }

    /// The id of a new rule.
    async fn rule(&self, number: u32) -> String {
        let at = region("aws-us-east-1").unwrap();
        let kind =
            RuleKind::Private(PrivateConnection::new(at, &format!("vpce-{number:08x}"), None).unwrap());
        let accepted = self.owner.create_connectivity_rule(&kind, &new_operation_id()).await.unwrap();
        self.owner.await_operation(accepted.operation, Duration::from_secs(30), pending()).await.unwrap();
        accepted.rule_id
    }

    /// Attaches and detaches from outside.
    async fn change(&self, attach: &[&str], detach: &[&str]) {
        let set = |ids: &[&str]| ids.iter().map(|id| (*id).to_owned()).collect::<BTreeSet<_>>();
        let change = AttachmentChange { attach: set(attach), detach: set(detach) };
        let planned_on = self.attached().await;
        let sent = self.owner.change_attachments(&ledger(), &change, &planned_on, &new_operation_id()).await;
        self.owner.await_operation(sent.unwrap().unwrap(), Duration::from_secs(30), pending()).await.unwrap();
    }

    async fn attached(&self) -> BTreeSet<String> {
        self.owner.attached_rules(&ledger()).await.unwrap()
    }
}

fn ledger() -> NamespaceId {
    "ledger.tiny1".parse().unwrap()
}

fn attachment(rule: &str, consent: Option<&str>) -> Value {
    let names = ["keep_public", "allow_public_lockout", "allow_public_reopen"];
    let flags = names.map(|name| (name, if consent == Some(name) { true.into() } else { Value::Null }));
    let pair = [("connectivity_rule_id", rule.into()), ("namespace_id", ledger().to_string().into())];
    Value::object(pair.into_iter().chain(flags).chain([("timeouts", Value::Null)]))
}

async fn create(resource: &dyn Resource, planned: Value) -> Answer<Stored> {
    let request = CreateRequest { config: planned.clone(), planned, identity: None, private: Vec::new() };
    resource.create(&Context::default(), request).await
}

async fn delete(resource: &dyn Resource, prior: Value) -> Answer<()> {
    resource.delete(&Context::default(), DeleteRequest { prior, identity: None, private: Vec::new() }).await
}

#[track_caller]
fn refused<T>(answer: Answer<T>, summary: &str) {
    let said = answer.err().unwrap();
    assert_eq!(said.iter().map(|it| it.summary.as_str()).collect::<Vec<_>>(), [summary]);
}

#[tokio::test]
async fn a_write_that_would_close_a_namespace_is_not_sent() {
    let scene = Scene::new().await;
    let (rule, resource) = (scene.rule(1).await, scene.attachments().await);
    refused(
        create(&*resource, attachment(&rule, None)).await,
        "`ledger.tiny1` would be closed to the internet",
    );
    refused(
        create(&*resource, attachment(&rule, Some("allow_public_reopen"))).await,
        "`ledger.tiny1` would be closed to the internet",
    );
    assert!(scene.attached().await.is_empty());
    assert!(create(&*resource, attachment(&rule, Some("allow_public_lockout"))).await.is_ok());
    assert_eq!(scene.attached().await, BTreeSet::from([rule]));
}

#[tokio::test]
async fn a_write_that_would_open_a_namespace_is_not_sent() {
    let scene = Scene::new().await;
    let (one, other, resource) = (scene.rule(1).await, scene.rule(2).await, scene.attachments().await);
    scene.change(&[&one, &other], &[]).await;
    assert!(delete(&*resource, attachment(&other, None)).await.is_ok());
    refused(
        delete(&*resource, attachment(&one, None)).await,
        "`ledger.tiny1` would be opened to the internet",
    );
    refused(
        create(&*resource, attachment(&other, Some("keep_public"))).await,
        "`ledger.tiny1` would be opened to the internet",
    );
    assert_eq!(scene.attached().await, BTreeSet::from([one.clone()]));
    assert!(delete(&*resource, attachment(&one, Some("allow_public_reopen"))).await.is_ok());
    assert!(scene.attached().await.is_empty());
    // Nothing is attached any more: that is a success.
    assert!(delete(&*resource, attachment(&one, None)).await.is_ok());
}

#[tokio::test]
async fn many_runs_that_attach_to_one_namespace_lose_nothing() {
    let scene = Arc::new(Scene::new().await);
    let mut rules = BTreeSet::new();
    for number in 0..5 {
        rules.insert(scene.rule(number).await);
    }
    let runs = |rules: &BTreeSet<String>, attach: bool| {
        let each = rules.iter().cloned().map(|rule| {
            let scene = Arc::clone(&scene);
            tokio::spawn(async move {
                let resource = scene.attachments().await;
                match attach {
                    true => create(&*resource, attachment(&rule, Some("keep_public"))).await.map(drop),
                    false => delete(&*resource, attachment(&rule, Some("keep_public"))).await,
                }
            })
        });
        each.collect::<Vec<_>>()
    };
    for run in runs(&rules, true) {
        run.await.unwrap().unwrap();
    }
    let attached = scene.attached().await;
    assert!(
        attached.is_superset(&rules) && attached.len() == 6,
        "five rules and the public one: {attached:?}"
    );
    assert_eq!(scene.owner.connectivity_rules().await.unwrap().len(), 6, "one public rule");
    for run in runs(&rules, false) {
        run.await.unwrap().unwrap();
    }
    assert!(scene.attached().await.is_empty(), "the public rule goes with the last private one");
}
