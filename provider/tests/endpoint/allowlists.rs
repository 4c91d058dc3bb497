//! Allowlists within one process: resources that hand one over in either order, reads that share a listing, and writes that
//! are checked against nothing but what is there.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use registry::{CallersChange, EndpointChange};
use tfplugin::{
    Context, CreateRequest, DeleteRequest, Diagnostic, Plan, PlanRequest, ReadRequest, Resource,
    UpdateRequest, Value,
};

use crate::scene::{CI, Scene, answered, callers, config, ns, summaries};

const ENDPOINT: &str = "temporalnexus_endpoint";
const LIST: &str = "temporalnexus_endpoint_allowlist";
const CALLER: &str = "temporalnexus_endpoint_allowed_caller";

/// One process of the provider.
struct Process(Vec<Arc<dyn Resource>>);

/// An object as Terraform keeps it.
#[derive(Clone)]
struct Object {
    kind: &'static str,
    state: Value,
    private: Vec<u8>,
}

impl Process {
    async fn new(scene: &Scene) -> Self {
        Self(scene.process(CI).await)
    }

    fn resource(&self, kind: &str) -> &dyn Resource {
        self.0.iter().find(|resource| resource.type_name() == kind).unwrap().as_ref()
    }

    async fn plan(
        &self,
        kind: &str,
        prior: Option<&Object>,
        config: &Value,
    ) -> Result<Plan, Vec<Diagnostic>> {
        let cx = Context::default();
        let private = prior.map(|prior| prior.private.clone()).unwrap_or_default();
        let prior = prior.map(|prior| prior.state.clone());
        let computed = |name: &str| prior.as_ref().map_or(Value::Unknown, |prior| prior.get(name).clone());
        let name = if kind == ENDPOINT { "id" } else { "revoked_caller_namespaces" };
        let drafted = if kind == CALLER { config.clone() } else { config.clone().with(name, computed(name)) };
        let request = PlanRequest { config: config.clone(), prior, identity: None, private };
        let (plan, said) = answered(&cx, self.resource(kind).plan(&cx, request, Plan::from(drafted)).await);
        plan.ok_or(said)
    }

    /// Plans and applies.
    async fn apply(&self, kind: &'static str, prior: Option<&Object>, config: &Value) -> Object {
        let plan = self.plan(kind, prior, config).await.unwrap();
        self.apply_planned(kind, prior, config, plan).await.unwrap()
    }

    async fn apply_planned(
        &self,
        kind: &'static str,
        prior: Option<&Object>,
        config: &Value,
        plan: Plan,
    ) -> Result<Object, Vec<Diagnostic>> {
        let (cx, identity, config, planned) = (Context::default(), None, config.clone(), plan.state);
        let kept = plan.private.or(prior.map(|prior| prior.private.clone())).unwrap_or_default();
        let private = kept.clone();
        let stored = match prior.map(|prior| prior.state.clone()) {
            None => {
                self.resource(kind).create(&cx, CreateRequest { config, planned, identity, private }).await
            }
            Some(prior) => {
                let request = UpdateRequest { config, prior, planned, identity, private };
                self.resource(kind).update(&cx, request).await
            }
        };
        let (stored, said) = answered(&cx, stored);
        let stored = stored.ok_or(said)?;
        Ok(Object { kind, state: stored.state, private: stored.private.unwrap_or(kept) })
    }

    async fn destroy(&self, object: &Object) {
        let Object { kind, state, private } = object.clone();
        let cx = Context::default();
        let request = DeleteRequest { prior: state, identity: None, private };
        let (done, said) = answered(&cx, self.resource(kind).delete(&cx, request).await);
        assert!(done.is_some(), "{said:?}");
    }

    async fn read(&self, object: &Object) -> Option<Object> {
        let Object { kind, state, private } = object.clone();
        let cx = Context::default();
        let request = ReadRequest { state, identity: None, private: private.clone() };
        let stored = answered(&cx, self.resource(kind).read(&cx, request).await).0.unwrap()?;
        Some(Object { kind, state: stored.state, private: stored.private.unwrap_or(private) })
    }
}

fn list(endpoint: &str, names: &[&str]) -> Value {
    Value::object([
        ("endpoint_id", endpoint.into()),
        ("allowed_caller_namespaces", callers(names)),
        ("revoked_caller_namespaces", Value::Null),
        ("timeouts", Value::Null),
    ])
}

fn caller(endpoint: &str, name: &str) -> Value {
    Value::object([
        ("endpoint_id", endpoint.into()),
        ("namespace_id", ns(name).to_string().into()),
        ("timeouts", Value::Null),
    ])
}

/// The Endpoint `pay`, with or without its list.
fn pay(names: Option<&[&str]>) -> Value {
    config(&[("allowed_caller_namespaces", names.map_or(Value::Null, callers))])
}

async fn allowed(scene: &Scene) -> BTreeSet<String> {
    scene.found("pay").await.unwrap().callers()
}

fn ids(names: &[&str]) -> BTreeSet<String> {
    names.iter().map(|name| ns(name).to_string()).collect()
}

/// What one run does, once the plan is made.
enum Step<'a> {
    Destroy(&'a Object),
    Apply(&'static str, Option<&'a Object>, Value),
}

/// Carries out the steps in one process, then in another account in the opposite order.
async fn in_either_order(
    before: &[(&'static str, &[&str])],
    after: &[(&'static str, &[&str])],
    end: &[&str],
) {
    for backwards in [false, true] {
        let scene = Scene::new(CI).await;
        let first = Process::new(&scene).await;
        let leaves_out = first.apply(ENDPOINT, None, &pay(None)).await;
        let id = leaves_out.state.get("id").as_str().unwrap().to_owned();
        let mut objects = Vec::new();
        for (kind, config) in blocks(&id, before) {
            objects.push(first.apply(kind, None, &config).await);
        }
        // Every run reads first.
        let second = Process::new(&scene).await;
        let endpoint = second.read(&leaves_out).await.unwrap();
        let prior = |kind| (kind == ENDPOINT).then_some(&endpoint);
        let new = blocks(&id, after).into_iter().map(|(kind, config)| Step::Apply(kind, prior(kind), config));
        let mut steps: Vec<_> = objects.iter().map(Step::Destroy).chain(new).collect();
        if backwards {
            steps.reverse();
        }
        let third = Process::new(&scene).await;
        for step in steps {
            match step {
                Step::Destroy(object) => third.destroy(object).await,
                Step::Apply(kind, prior, config) => drop(third.apply(kind, prior, &config).await),
            }
        }
        assert_eq!(allowed(&scene).await, ids(end), "backwards: {backwards}");
    }
}

fn blocks(id: &str, kept: &[(&'static str, &[&str])]) -> Vec<(&'static str, Value)> {
    let block = |(kind, names): &(&'static str, &[&str])| match *kind {
        CALLER => names.iter().map(|name| (*kind, caller(id, name))).collect(),
        LIST => vec![(*kind, list(id, names))],
        _ => vec![(*kind, pay(Some(names)).with("id", id))],
    };
    kept.iter().flat_map(block).collect()
}

#[tokio::test]
async fn one_kind_gives_way_to_another_in_either_order() {
    in_either_order(&[(LIST, &["shop", "cart"])], &[(CALLER, &["cart", "vault"])], &["cart", "vault"]).await;
    in_either_order(&[(CALLER, &["shop", "cart"])], &[(LIST, &["cart", "vault"])], &["cart", "vault"]).await;
    in_either_order(&[(LIST, &["shop", "cart"])], &[(ENDPOINT, &["cart", "vault"])], &["cart", "vault"])
        .await;
    in_either_order(&[(CALLER, &["shop", "cart"])], &[(ENDPOINT, &["cart", "vault"])], &["cart", "vault"])
        .await;
    in_either_order(&[(LIST, &["shop"])], &[(LIST, &["shop"])], &["shop"]).await;
    in_either_order(&[(CALLER, &["shop"])], &[(CALLER, &["shop"])], &["shop"]).await;
    in_either_order(&[(LIST, &["shop"])], &[], &[]).await;
}

#[tokio::test]
async fn a_write_is_checked_against_what_is_there_not_against_the_listing() {
    let scene = Scene::new(CI).await;
    let id = scene.register("pay").await;
    let add = |name| Some(CallersChange::add(BTreeSet::from([ns(name)])));
    let process = Process::new(&scene).await;
    let plan = process.plan(LIST, None, &list(&id, &["vault"])).await.unwrap();
    assert_eq!(*plan.state.get("revoked_caller_namespaces"), callers(&["shop"]));

    scene.change("pay", EndpointChange { callers: add("cart"), ..EndpointChange::default() }).await;
    let refused = process.apply_planned(LIST, None, &list(&id, &["vault"]), plan).await.err().unwrap();
    let expected =
        format!("`allowed_caller_namespaces` of Endpoint `{id}` was changed after the plan was created");
    assert_eq!(summaries(&refused), [("allowed_caller_namespaces".to_owned(), &*expected)]);
    assert_eq!(allowed(&scene).await, ids(&["shop", "cart"]));

    let created = Process::new(&scene).await.apply(LIST, None, &list(&id, &["vault"])).await;
    let process = Process::new(&scene).await;
    process.read(&created).await.unwrap();
    scene.change("pay", EndpointChange { callers: add("shop"), ..EndpointChange::default() }).await;
    let plan = process.plan(LIST, Some(&created), &list(&id, &["cart"])).await.unwrap();
    assert!(process.apply_planned(LIST, Some(&created), &list(&id, &["cart"]), plan).await.is_err());
    assert_eq!(allowed(&scene).await, ids(&["shop", "vault"]));
}

#[tokio::test]
async fn reads_share_a_listing_and_see_what_the_process_wrote() {
    let scene = Scene::new(CI).await;
    let first = Process::new(&scene).await;
    let endpoint = first.apply(ENDPOINT, None, &pay(None)).await;
    let id = endpoint.state.get("id").as_str().unwrap().to_owned();
    let shop = first.apply(CALLER, None, &caller(&id, "shop")).await;
    let cart = first.apply(CALLER, None, &caller(&id, "cart")).await;

    let process = Process::new(&scene).await;
    scene.calls();
    let reads = tokio::join!(process.read(&endpoint), process.read(&shop), process.read(&cart));
    assert!(reads.0.is_some() && reads.1.is_some() && reads.2.is_some());
    assert_eq!(scene.calls(), BTreeMap::from([("GetNexusEndpoints".to_owned(), 1)]));

    process.destroy(&shop).await;
    scene.calls();
    assert!(process.read(&shop).await.is_none() && process.read(&cart).await.is_some());
    assert_eq!(scene.calls(), BTreeMap::from([("GetNexusEndpoint".to_owned(), 2)]), "asked for alone");
}

#[tokio::test]
async fn a_thousand_endpoints_are_read_by_a_few_calls() {
    let scene = Scene::new(CI).await;
    let process = Process::new(&scene).await;
    let endpoint = process.apply(ENDPOINT, None, &pay(None)).await;
    let process = Process::new(&scene).await;
    scene.calls();
    for _ in 0..1000 {
        assert!(process.read(&endpoint).await.is_some());
    }
    assert_eq!(scene.calls(), BTreeMap::from([("GetNexusEndpoints".to_owned(), 1)]));
}

#[tokio::test]
async fn what_contradicts_the_list_of_an_endpoint_created_in_this_run_is_refused() {
    let scene = Scene::new(CI).await;
    let process = Process::new(&scene).await;
    let endpoint = process.apply(ENDPOINT, None, &pay(Some(&["shop"]))).await;
    let id = endpoint.state.get("id").as_str().unwrap();
    for (kind, config) in [(LIST, list(id, &["shop"])), (CALLER, caller(id, "cart"))] {
        let said = process.plan(kind, None, &config).await.err().unwrap();
        assert_eq!(said.len(), 1);
        assert!(said[0].summary.ends_with("is managed by two resources"), "{said:?}");
    }
}

#[tokio::test]
async fn a_caller_is_taken_for_gone_only_by_a_key_of_its_account() {
    let scene = Scene::new(CI).await;
    let process = Process::new(&scene).await;
    let elsewhere = caller("0123", "shop").with("namespace_id", "shop.other9");
    let object = Object { kind: CALLER, state: elsewhere.clone(), private: Vec::new() };
    let cx = Context::default();
    let request = ReadRequest { state: elsewhere, identity: None, private: Vec::new() };
    let said = answered(&cx, process.resource(CALLER).read(&cx, request).await).1;
    assert_eq!(summaries(&said), [(String::new(), "Endpoint `0123` is in another account")]);
    let here = Object { state: caller("0123", "shop"), ..object };
    assert!(process.read(&here).await.is_none());
}
