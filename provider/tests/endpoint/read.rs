//! What a read shows: drift in every attribute, and what the state cannot hold as a warning.

use registry::{CallersChange, DescriptionChange, EndpointChange};
use schema::account::Target;
use std::collections::BTreeSet;
use tfplugin::{Severity, Value};

use crate::scene::{CI, Scene, callers, config, ns, read, resource, target};
use crate::scripted;

#[tokio::test]
async fn drift_shows_in_every_attribute() {
    let scene = Scene::new(CI).await;
    let state = scene.create(&config(&[])).await;
    let elsewhere = Some(Target::Worker { namespace: ns("vault"), task_queue: "theirs".parse().unwrap() });
    let description = Some(DescriptionChange::Remove);
    let whole = Some(CallersChange::Replace(BTreeSet::from([ns("cart")])));
    let name = Some("spend".parse().unwrap());
    scene.change("pay", EndpointChange { name, target: elsewhere, description, callers: whole }).await;

    let (found, said) = scene.read(&state).await;
    let expected = config(&[
        ("id", state.get("id").clone()),
        ("name", "spend".into()),
        ("description", Value::Null),
        ("worker_target", target("vault", "theirs")),
        ("allowed_caller_namespaces", callers(&["cart"])),
    ]);
    assert_eq!((found, said), (Some(expected), vec![]));

    let (unmanaged, _) = scene.read(&state.with("allowed_caller_namespaces", Value::Null)).await;
    assert_eq!(unmanaged.unwrap().get("allowed_caller_namespaces"), &Value::Null, "others own it");
    scene.remove("spend").await;
}

#[tokio::test]
async fn what_is_gone_is_gone() {
    let scene = Scene::new(CI).await;
    let state = scene.create(&config(&[])).await;
    scene.remove("pay").await;
    assert_eq!(scene.read(&state).await, (None, vec![]));
}

#[tokio::test]
async fn what_another_account_has_is_not_taken_for_deleted() {
    let scene = Scene::new(CI).await;
    let elsewhere = target("ledger", "q").with("namespace_id", "ledger.other9");
    let state = config(&[("id", "0123".into()), ("worker_target", elsewhere)]);
    let more = state.clone().with("description", "Ours.");
    let (deleted, refusal) = scene.delete(&state).await;
    assert_eq!(deleted, None);
    let (read, updated) = (scene.read(&state).await, scene.update(&state, &more).await);
    for (found, said) in [read, updated, (None, refusal)] {
        assert_eq!((found, said.len()), (None, 1));
        assert_eq!(said[0].severity, Severity::Error, "{said:?}");
        assert!(said[0].detail.contains("`other9`") && said[0].detail.contains("`tiny1`"), "{said:?}");
    }
    let ours = config(&[("id", "0123".into())]);
    assert_eq!(scene.read(&ours).await, (None, vec![]));
}

#[tokio::test]
async fn an_ailing_endpoint_and_an_encrypted_description_are_told() {
    let resource = resource(&scripted::serve(scripted::ailing).await, "key").await;
    let state = config(&[("id", "e1".into()), ("allowed_caller_namespaces", Value::Null)]);
    let (found, said) = read(&*resource, &state, Vec::new()).await;
    assert_eq!(found.map(|stored| stored.state), Some(state), "the description that was known stays");
    let summaries: Vec<_> = said.iter().map(|said| said.summary.as_str()).collect();
    let expected =
        ["Endpoint `pay` could not be activated", "the description of Endpoint `pay` cannot be read"];
    assert_eq!(summaries, expected);
}
