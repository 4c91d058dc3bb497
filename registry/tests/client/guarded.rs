//! Guarded writes: they follow the version, heed other writes, and refuse what would overwrite somebody.

use crate::scripted::{Answer, Scripted, accepted, no_operation, ok, outdated, refusal};
use registry::{CallersChange, EndpointChange, Expectation, RegisteredEndpoint, WriteRefused};
use serde_json::{Value, json};
use std::collections::BTreeSet;

fn endpoint(version: &str, name: &str, callers: &[&str]) -> Value {
    let policy = |id: &&str| json!({ "allowedCloudNamespacePolicySpec": { "namespaceId": id } });
    let policies: Vec<_> = callers.iter().map(policy).collect();
    json!({
        "id": "e1", "resourceVersion": version, "state": "RESOURCE_STATE_ACTIVE",
        "spec": { "name": name, "policySpecs": policies, "newSetting": { "kept": true } },
    })
}

fn read(endpoint: Value) -> Answer {
    ok(json!({ "endpoint": endpoint }))
}

fn callers(ids: &[&str]) -> EndpointChange {
    let callers: BTreeSet<_> = ids.iter().map(|id| id.parse().unwrap()).collect();
    EndpointChange { callers: Some(CallersChange::Replace(callers)), ..EndpointChange::default() }
}

/// Expects the callers alone to be as planned.
fn expecting(ids: &[&str]) -> Expectation {
    let callers = ids.iter().map(|id| (*id).to_owned()).collect();
    Expectation { callers: Some(callers), ..Expectation::default() }
}

#[tokio::test]
async fn an_update_follows_a_version_that_others_move() {
    let server = Scripted::in_order(vec![
        read(endpoint("1", "pay", &["b1.a2dd6"])),
        outdated(),
        no_operation(),
        read(endpoint("2", "renamed", &["b1.a2dd6"])),
        accepted("op-2"),
    ]);
    let server = server.await;
    let (expected, change) = (expecting(&["b1.a2dd6"]), callers(&["c1.a2dd6"]));
    let operation = server.client().update_endpoint_guarded("e1", &expected, &change, "op").await.unwrap();
    assert_eq!(operation.unwrap().id, "op-2");
    let seen = server.seen();
    let sent: Vec<_> =
        seen.iter().filter(|seen| seen.line.starts_with("POST")).map(|seen| &seen.body).collect();
    assert_eq!((&sent[0]["resourceVersion"], &sent[1]["resourceVersion"]), (&json!("1"), &json!("2")));
    let ids = [&sent[0]["asyncOperationId"], &sent[1]["asyncOperationId"]];
    assert!(ids[0] != ids[1] && ids.iter().all(|id| id.as_str().unwrap().starts_with("op-")), "{ids:?}");
    let expected = &endpoint("2", "renamed", &["c1.a2dd6"])["spec"];
    assert_eq!(&sent[1]["spec"], expected, "the others' new name and settings survive");
}

#[tokio::test]
async fn a_refusal_that_is_not_about_the_version_ends_it() {
    let same = || read(endpoint("1", "pay", &[]));
    let server = Scripted::in_order(vec![same(), outdated(), no_operation(), same()]).await;
    let change = callers(&["c1.a2dd6"]);
    let refused = server.client().update_endpoint_guarded("e1", &Expectation::default(), &change, "op").await;
    let expected = "update endpoint `pay`: failed precondition: resource version mismatch";
    assert_eq!(refused.unwrap_err().to_string(), expected);
}

#[tokio::test]
async fn an_update_whose_answer_was_lost_is_adopted() {
    let server = Scripted::in_order(vec![
        read(endpoint("1", "pay", &[])),
        Answer::Drop,
        outdated(),
        accepted("op-340ca71c"),
    ]);
    let change = callers(&["c1.a2dd6"]);
    let updated =
        server.await.client().update_endpoint_guarded("e1", &Expectation::default(), &change, "op").await;
    assert_eq!(updated.unwrap().unwrap().id, "op-340ca71c");
}

#[tokio::test]
async fn an_answer_about_another_operation_proves_nothing() {
    let server = Scripted::in_order(vec![
        read(endpoint("1", "pay", &[])),
        Answer::Drop,
        outdated(),
        accepted("other"),
        read(endpoint("1", "pay", &[])),
    ]);
    let change = callers(&["c1.a2dd6"]);
    let updated =
        server.await.client().update_endpoint_guarded("e1", &Expectation::default(), &change, "op").await;
    let expected = "update endpoint `pay`: failed precondition: resource version mismatch";
    assert_eq!(updated.unwrap_err().to_string(), expected);
    let error = Scripted::in_order(vec![accepted("o2")]).await.client().operation("o1").await.unwrap_err();
    assert_eq!(error.to_string(), "read operation `o1`: malformed response: it describes operation `o2`");
}

#[tokio::test]
async fn a_changed_managed_attribute_is_a_conflict_and_survives() {
    let server = Scripted::in_order(vec![read(endpoint("2", "pay", &["x1.a2dd6"]))]).await;
    let (expected, change) = (expecting(&["b1.a2dd6"]), callers(&["c1.a2dd6"]));
    let refused = server.client().update_endpoint_guarded("e1", &expected, &change, "op").await.unwrap_err();
    assert!(matches!(&refused, WriteRefused::Conflict { conflict, .. } if conflict.now == "x1.a2dd6"));
    assert_eq!(server.seen().len(), 1);

    let server = Scripted::in_order(vec![read(endpoint("2", "pay", &["x1.a2dd6"]))]).await;
    let refused = server.client().delete_endpoint_guarded("e1", &expected, "op").await.unwrap_err();
    assert!(matches!(refused, WriteRefused::Conflict { .. }));
    assert_eq!(server.seen().len(), 1);
}

#[tokio::test]
async fn nothing_to_change_is_success() {
    let change = callers(&["c1.a2dd6"]);
    let server = Scripted::in_order(vec![read(endpoint("1", "pay", &["c1.a2dd6"]))]).await;
    let updated = server.client().update_endpoint_guarded("e1", &expecting(&[]), &change, "op").await;
    assert_eq!(updated.unwrap(), None);
    assert_eq!(server.seen().len(), 1);

    let told = refusal(400, 3, "nothing to change (type: bad-request, retryable: false)");
    let server = Scripted::in_order(vec![told, no_operation()]).await;
    let read = RegisteredEndpoint::from_json(endpoint("1", "pay", &[])).unwrap();
    assert_eq!(server.client().update_endpoint(&read, &change, "op").await.unwrap(), None);
}

#[tokio::test]
async fn another_write_is_awaited_first() {
    let mut busy = endpoint("1", "pay", &[]);
    busy["state"] = json!("RESOURCE_STATE_UPDATING");
    busy["asyncOperationId"] = json!("theirs");
    let theirs = |state: &str| {
        ok(json!({ "asyncOperation": { "id": "theirs", "state": state, "checkDuration": "0.01s" } }))
    };
    let server = Scripted::in_order(vec![
        read(busy),
        theirs("STATE_IN_PROGRESS"),
        theirs("STATE_FAILED"),
        read(endpoint("2", "pay", &[])),
        accepted("op"),
    ]);
    let server = server.await;
    let deleted = server.client().delete_endpoint_guarded("e1", &Expectation::default(), "op").await;
    assert_eq!(deleted.unwrap().id, "op");
    let expected = "DELETE /cloud/nexus/endpoints/e1?resourceVersion=2&asyncOperationId=op-";
    assert!(server.lines()[4].starts_with(expected));
}

#[tokio::test]
async fn whoever_waited_goes_on_waiting_when_another_was_faster() {
    let busy = |version: &str, operation: &str| {
        let mut busy = endpoint(version, "pay", &[]);
        busy["state"] = json!("RESOURCE_STATE_UPDATING");
        busy["asyncOperationId"] = json!(operation);
        read(busy)
    };
    let server = Scripted::in_order(vec![
        busy("1", "first"),
        accepted("first"),
        busy("2", "second"),
        accepted("second"),
        read(endpoint("2", "pay", &[])),
        outdated(),
        no_operation(),
        busy("2", "third"),
        accepted("third"),
        // A registry that moves the version only when an operation ends well.
        read(endpoint("2", "pay", &[])),
        accepted("op"),
    ]);
    let server = server.await;
    let change = callers(&["c1.a2dd6"]);
    let updated = server.client().update_endpoint_guarded("e1", &Expectation::default(), &change, "op").await;
    assert_eq!(updated.unwrap().unwrap().id, "op");
    assert_eq!(server.seen().len(), 11);
}

#[tokio::test]
async fn an_update_follows_a_version_however_often_others_move_it() {
    let lost = |version: u32| [read(endpoint(&version.to_string(), "pay", &[])), outdated(), no_operation()];
    let won = [read(endpoint("31", "pay", &[])), accepted("op")];
    let server = Scripted::in_order((1..=30).flat_map(lost).chain(won).collect()).await;
    let change = callers(&["c1.a2dd6"]);
    let updated = server.client().update_endpoint_guarded("e1", &Expectation::default(), &change, "op").await;
    assert_eq!(updated.unwrap().unwrap().id, "op");
}

#[tokio::test]
async fn an_operation_that_ended_is_not_awaited_for_ever() {
    let mut lagging = endpoint("1", "pay", &[]);
    lagging["state"] = json!("RESOURCE_STATE_UPDATING");
    lagging["asyncOperationId"] = json!("theirs");
    let server =
        Scripted::in_order(vec![read(lagging.clone()), accepted("theirs"), read(lagging), accepted("op")]);
    let server = server.await;
    let change = callers(&["c1.a2dd6"]);
    let updated = server.client().update_endpoint_guarded("e1", &Expectation::default(), &change, "op").await;
    assert_eq!(updated.unwrap().unwrap().id, "op");
}

#[tokio::test]
async fn a_gone_endpoint_is_told_from_a_missing_target() {
    let change = callers(&["c1.a2dd6"]);
    let gone = || refusal(404, 5, "not found");
    let server = Scripted::in_order(vec![gone()]).await;
    let refused = server.client().update_endpoint_guarded("e1", &Expectation::default(), &change, "op").await;
    assert_eq!(refused.unwrap_err(), WriteRefused::Gone("e1".to_owned()));

    let present = || read(endpoint("1", "pay", &[]));
    let server = Scripted::in_order(vec![present(), gone(), no_operation(), gone()]).await;
    let refused = server.client().update_endpoint_guarded("e1", &Expectation::default(), &change, "op").await;
    assert_eq!(refused.unwrap_err(), WriteRefused::Gone("e1".to_owned()));

    let server = Scripted::in_order(vec![present(), gone(), no_operation(), present()]).await;
    let refused = server.client().update_endpoint_guarded("e1", &Expectation::default(), &change, "op").await;
    assert_eq!(refused.unwrap_err().to_string(), "update endpoint `pay`: not found: not found");

    let server = Scripted::in_order(vec![present(), gone(), no_operation()]).await;
    let refused = server.client().delete_endpoint_guarded("e1", &Expectation::default(), "op").await;
    assert_eq!(refused.unwrap_err(), WriteRefused::Gone("e1".to_owned()));
}
