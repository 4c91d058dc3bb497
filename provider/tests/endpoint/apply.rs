//! What applies do: nothing twice, nothing over somebody else's change, and the id in the state whatever happens.

use std::time::{Duration, Instant};

use registry::{CallersChange, DescriptionChange, EndpointChange};
use schema::account::Target;
use std::collections::BTreeSet;
use tfplugin::{Context, CreateRequest, Severity, Value};

use crate::scene::{CI, Scene, answered, callers, config, ns, resource, summaries, target, timeouts};
use crate::scripted;

#[tokio::test]
async fn what_is_created_reads_back_as_it_was_planned() {
    let scene = Scene::new(CI).await;
    for changes in [
        vec![],
        vec![
            ("name", Value::from("bare")),
            ("description", Value::Null),
            ("allowed_caller_namespaces", Value::Null),
        ],
        vec![
            ("name", "empty".into()),
            ("description", "".into()),
            ("allowed_caller_namespaces", callers(&[])),
        ],
    ] {
        let state = scene.create(&config(&changes)).await;
        let (found, said) = scene.read(&state).await;
        assert_eq!((found, said), (Some(state), vec![]));
    }
}

#[tokio::test]
async fn a_create_out_of_time_keeps_the_id_with_a_warning() {
    let scene = Scene::slow(CI, Duration::from_secs(600)).await;
    let (planned, _) = scene.plan(None, &config(&[("timeouts", timeouts("create", "50ms"))])).await.unwrap();
    let (state, said) = scene.create_planned(&Context::default(), planned).await;
    let id = scene.found("pay").await.unwrap().id().to_owned();
    assert_eq!(state.unwrap().get("id").as_str(), Some(id.as_str()));
    assert_eq!((said.len(), said[0].severity), (1, Severity::Warning), "{said:?}");
    assert!(said[0].detail.contains(&id) && said[0].detail.contains("`create`"), "{said:?}");
}

#[tokio::test]
async fn a_create_that_is_stopped_keeps_the_id_at_once() {
    let scene = Scene::slow(CI, Duration::from_secs(600)).await;
    let (planned, _) = scene.plan(None, &config(&[])).await.unwrap();
    let cx = Context::default();
    let stop = async {
        while scene.found("pay").await.is_none() {}
        cx.cancellation().cancel();
        Instant::now()
    };
    let ((state, said), stopped) = tokio::join!(scene.create_planned(&cx, planned), stop);
    assert!(stopped.elapsed() < Duration::from_secs(5));
    let id = scene.found("pay").await.unwrap().id().to_owned();
    assert_eq!(state.unwrap().get("id").as_str(), Some(id.as_str()));
    assert_eq!((said.len(), said[0].severity), (1, Severity::Warning), "{said:?}");
}

#[tokio::test]
async fn a_rejected_create_is_an_error_beside_the_state() {
    let resource = resource(&scripted::serve(scripted::rejecting).await, "key").await;
    let cx = Context::default();
    let planned = config(&[("id", Value::Unknown)]);
    let request = CreateRequest { config: config(&[]), planned, identity: None, private: Vec::new() };
    let (stored, said) = answered(&cx, resource.create(&cx, request).await);
    assert_eq!(stored.unwrap().state.get("id").as_str(), Some("e1"));
    assert_eq!((said.len(), said[0].severity), (1, Severity::Error));
    assert!(said[0].detail.contains("rejected") && said[0].detail.contains("no capacity"), "{said:?}");
}

#[tokio::test]
async fn a_name_taken_since_the_plan_is_not_taken_over() {
    let scene = Scene::new(CI).await;
    let (planned, _) = scene.plan(None, &config(&[])).await.unwrap();
    let id = scene.register("pay").await;
    let (state, said) = scene.create_planned(&Context::default(), planned).await;
    assert_eq!(state, None);
    assert!(said.len() == 1 && said[0].detail.contains(&format!("id = \"{id}\"")), "{said:?}");
}

#[tokio::test]
async fn an_update_changes_what_the_plan_changes_and_nothing_else() {
    let scene = Scene::new(CI).await;
    let unmanaged = ("allowed_caller_namespaces", Value::Null);
    let state = scene.create(&config(std::slice::from_ref(&unmanaged))).await;
    let cart = Some(CallersChange::add(BTreeSet::from([ns("cart")])));
    scene.change("pay", EndpointChange { callers: cart, ..EndpointChange::default() }).await;

    let ours = config(&[unmanaged, ("description", "Ours.".into())]);
    let (state, said) = scene.update(&state, &ours).await;
    assert_eq!(said, []);
    let there = scene.found("pay").await.unwrap();
    assert_eq!(
        (there.description().text(), there.callers()),
        (Some("Ours."), BTreeSet::from(["cart.tiny1".to_owned()]))
    );
    assert_eq!(scene.read(&state.clone().unwrap()).await.0, state);
}

#[tokio::test]
async fn what_somebody_changed_since_the_plan_is_not_overwritten() {
    let scene = Scene::new(CI).await;
    let state = scene.create(&config(&[])).await;
    let theirs = Some(DescriptionChange::Set("Theirs.".to_owned()));
    scene.change("pay", EndpointChange { description: theirs, ..EndpointChange::default() }).await;
    let there = scene.found("pay").await;

    for ours in [("description", Value::from("Ours.")), ("worker_target", target("vault", "q"))] {
        let (state, said) = scene.update(&state, &config(&[ours])).await;
        assert_eq!((state, said.len()), (None, 1));
        assert_eq!(said[0].path, Some("description".into()));
        assert!(
            said[0].detail.contains("\"Takes money.\"") && said[0].detail.contains("\"Theirs.\""),
            "{said:?}"
        );
        assert_eq!(scene.found("pay").await, there);
    }
    let (_, said) = scene.update(&state, &config(&[("description", "Theirs.".into())])).await;
    assert_eq!(said, [], "what is as we want it is no conflict");
}

#[tokio::test]
async fn every_managed_attribute_is_guarded() {
    let queue = "theirs".parse().unwrap();
    let nobody = Some(CallersChange::Replace(BTreeSet::new()));
    let target = Some(Target::Worker { namespace: ns("ledger"), task_queue: queue });
    let theirs = [
        ("name", EndpointChange { name: Some("spend".parse().unwrap()), ..EndpointChange::default() }),
        ("worker_target", EndpointChange { target, ..EndpointChange::default() }),
        ("allowed_caller_namespaces", EndpointChange { callers: nobody, ..EndpointChange::default() }),
    ];
    for (attribute, change) in theirs {
        let scene = Scene::new(CI).await;
        let state = scene.create(&config(&[])).await;
        scene.change("pay", change).await;
        let (updated, said) = scene.update(&state, &config(&[("description", "Ours.".into())])).await;
        assert_eq!((updated, said[0].path.clone()), (None, Some(attribute.into())));
        let (deleted, said) = scene.delete(&state).await;
        assert_eq!((deleted, said[0].path.clone()), (None, Some(attribute.into())));
    }
}

#[tokio::test]
async fn taking_over_an_allowlist_revokes_whom_the_plan_showed_and_nobody_else() {
    let scene = Scene::new(CI).await;
    let left = scene.create(&config(&[("allowed_caller_namespaces", Value::Null)])).await;
    let nobody = config(&[("allowed_caller_namespaces", callers(&[]))]);
    let add = async |name| {
        let callers = Some(CallersChange::add(BTreeSet::from([ns(name)])));
        scene.change("pay", EndpointChange { callers, ..EndpointChange::default() }).await;
    };
    add("shop").await;
    scene.read(&left).await;
    let (_, said) = scene.plan(Some(&left), &nobody).await.unwrap();
    assert!(said.len() == 1 && said[0].detail.contains("`shop.tiny1`"), "{said:?}");

    add("cart").await;
    let (state, said) = scene.update(&left, &nobody).await;
    assert_eq!((state, said[0].path.clone()), (None, Some("allowed_caller_namespaces".into())));
    assert!(said[0].detail.contains("cart.tiny1"), "{said:?}");
    assert_eq!(scene.found("pay").await.unwrap().callers().len(), 2);

    scene.read(&left).await;
    let (state, said) = scene.update(&left, &nobody).await;
    assert_eq!((state.is_some(), said), (true, vec![]));
    assert_eq!(scene.found("pay").await.unwrap().callers().len(), 0);
}

#[tokio::test]
async fn an_allowlist_given_up_and_taken_back_unseen_is_guarded_too() {
    let scene = Scene::new(CI).await;
    let state = scene.create(&config(&[])).await;
    let (left, _) = scene.update(&state, &config(&[("allowed_caller_namespaces", Value::Null)])).await;
    let left = left.unwrap();
    let cart = Some(CallersChange::add(BTreeSet::from([ns("cart")])));
    scene.change("pay", EndpointChange { callers: cart, ..EndpointChange::default() }).await;
    let (back, said) = scene.update(&left, &config(&[])).await;
    assert_eq!((back, said[0].path.clone()), (None, Some("allowed_caller_namespaces".into())));

    scene.forget();
    let said = scene.plan(Some(&left), &config(&[])).await.unwrap_err();
    assert!(said.len() == 1 && said[0].detail.contains("-refresh=false"), "{said:?}");
    let (back, said) = scene.update(&left, &config(&[])).await;
    assert_eq!((back, said.len()), (None, 1));
}

#[tokio::test]
async fn an_update_of_a_gone_endpoint_says_so() {
    let scene = Scene::new(CI).await;
    let state = scene.create(&config(&[])).await;
    scene.remove("pay").await;
    let (state, said) = scene.update(&state, &config(&[("description", "Ours.".into())])).await;
    assert_eq!((state, summaries(&said)), (None, vec![(String::new(), "Endpoint `pay` no longer exists")]));
}

#[tokio::test]
async fn a_rename_to_a_taken_name_names_its_owner() {
    let scene = Scene::new(CI).await;
    let state = scene.create(&config(&[])).await;
    let id = scene.register("taken").await;
    let (state, said) = scene.update(&state, &config(&[("name", "taken".into())])).await;
    assert!(state.is_none() && said.len() == 1 && said[0].detail.contains(&id), "{said:?}");
}

#[tokio::test]
async fn an_update_out_of_time_is_a_warning() {
    let scene = Scene::slow(CI, Duration::from_millis(300)).await;
    let state = scene.create(&config(&[])).await;
    let ours = config(&[("description", "Ours.".into()), ("timeouts", timeouts("update", "50ms"))]);
    let (state, said) = scene.update(&state, &ours).await;
    assert_eq!(state.unwrap().get("description").as_str(), Some("Ours."));
    assert_eq!((said.len(), said[0].severity), (1, Severity::Warning), "{said:?}");
}

#[tokio::test]
async fn a_delete_tells_whom_it_cuts_off_where_the_plan_could_not() {
    let scene = Scene::new(CI).await;
    let left = scene.create(&config(&[("allowed_caller_namespaces", Value::Null)])).await;
    let callers = Some(CallersChange::add(BTreeSet::from([ns("cart")])));
    scene.change("pay", EndpointChange { callers, ..EndpointChange::default() }).await;
    let (deleted, said) = scene.delete(&left).await;
    assert_eq!((deleted, said.len(), said[0].severity), (Some(()), 1, Severity::Warning));
    assert!(said[0].detail.contains("`cart.tiny1`"), "{said:?}");
}

#[tokio::test]
async fn a_delete_is_of_what_the_plan_showed() {
    let scene = Scene::new(CI).await;
    let state = scene.create(&config(&[])).await;
    let callers = Some(CallersChange::add(BTreeSet::from([ns("cart")])));
    scene.change("pay", EndpointChange { callers, ..EndpointChange::default() }).await;
    let (deleted, said) = scene.delete(&state).await;
    assert_eq!((deleted, said[0].path.clone()), (None, Some("allowed_caller_namespaces".into())));

    let (state, _) = scene.read(&state).await;
    assert_eq!(scene.delete(&state.clone().unwrap()).await, (Some(()), vec![]));
    assert_eq!(scene.found("pay").await, None);
    assert_eq!(scene.delete(&state.unwrap()).await, (Some(()), vec![]), "one that is gone is deleted");
}
