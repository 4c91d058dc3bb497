//! Connectivity rules attached while others write to the same Namespace.

use crate::scripted::{Answer, Scripted, accepted, no_operation, ok, outdated};
use registry::{AttachmentChange, Operation};
use serde_json::json;
use std::collections::BTreeSet;

/// A Namespace with one rule.
fn namespace(version: &str, state: &str, operation: &str) -> Answer {
    ok(json!({ "namespace": {
        "namespace": "orders.a2dd6", "resourceVersion": version, "state": state, "asyncOperationId": operation,
        "spec": { "name": "orders", "connectivityRuleIds": ["old"] },
    } }))
}

fn idle(version: &str) -> Answer {
    namespace(version, "RESOURCE_STATE_ACTIVE", "")
}

fn busy(version: &str, operation: &str) -> Answer {
    namespace(version, "RESOURCE_STATE_UPDATING", operation)
}

/// Attaches one more rule.
async fn attached(server: &Scripted) -> Operation {
    let rules = |id: &str| BTreeSet::from([id.to_owned()]);
    let change = AttachmentChange { attach: rules("new"), ..AttachmentChange::default() };
    let namespace = "orders.a2dd6".parse().unwrap();
    let sent = server.client().change_attachments(&namespace, &change, &rules("old"), "op").await;
    sent.unwrap().unwrap()
}

#[tokio::test]
async fn whoever_waited_goes_on_waiting_when_another_was_faster() {
    let server = Scripted::in_order(vec![
        busy("1", "first"),
        accepted("first"),
        busy("2", "second"),
        accepted("second"),
        idle("2"),
        outdated(),
        no_operation(),
        busy("2", "third"),
        accepted("third"),
        // A registry that moves the version only when an operation ends well.
        idle("2"),
        accepted("op"),
    ]);
    let server = server.await;
    assert_eq!(attached(&server).await.id, "op");
    assert_eq!(server.seen().len(), 11);
    let sent = server.seen().last().unwrap().body.clone();
    assert_eq!(sent["spec"]["connectivityRuleIds"], json!(["old", "new"]));
}

#[tokio::test]
async fn an_operation_that_ended_is_not_awaited_for_ever() {
    let lagging = || busy("1", "theirs");
    let server = Scripted::in_order(vec![lagging(), accepted("theirs"), lagging(), accepted("op")]).await;
    assert_eq!(attached(&server).await.id, "op");
}
