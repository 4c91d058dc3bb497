//! Writes on a self-hosted server, which compares no versions on a deletion and no names on a rename: whatever is sent was
//! compared with what is there just before, each time.

use crate::scripted_server::{
    ScriptedServer, endpoint, listed, message, not_found, read, refusal, unavailable,
};
use prost::Message;
use registry::{EndpointChange, Expectation, RegisteredEndpoint, WriteRefused};
use temporalio_protos::temporal::api::operatorservice::v1::{
    DeleteNexusEndpointResponse, ListNexusEndpointsRequest,
};

const DELETE: &str = "DeleteNexusEndpoint";
const GET: &str = "GetNexusEndpoint";
const LIST: &str = "ListNexusEndpoints";
const UPDATE: &str = "UpdateNexusEndpoint";

/// What a plan was made on, read from a server of its own.
async fn planned_on() -> RegisteredEndpoint {
    let server = ScriptedServer::in_order(vec![read(endpoint("e1", 1, "pay", "payments"))]).await;
    server.client().endpoint("e1").await.unwrap().unwrap()
}

fn renamed() -> EndpointChange {
    EndpointChange { name: Some("spend".parse().unwrap()), ..EndpointChange::default() }
}

#[tokio::test]
async fn a_deletion_is_not_repeated_on_what_has_changed_since() {
    let theirs = || read(endpoint("e1", 2, "pay", "vault"));
    let server = ScriptedServer::in_order(vec![unavailable(), theirs(), theirs()]).await;
    let planned_on = planned_on().await;
    let expected = Expectation::of(&planned_on);
    let refused = server.client().delete_endpoint_guarded(planned_on, &expected, "op").await.unwrap_err();
    assert!(
        matches!(&refused, WriteRefused::Conflict { conflict, .. } if conflict.attribute == "worker_target")
    );
    assert_eq!(server.methods(), [DELETE, GET, GET]);
}

#[tokio::test]
async fn a_deletion_is_repeated_on_what_is_as_it_was() {
    let deleted = message(&DeleteNexusEndpointResponse {});
    let same = read(endpoint("e1", 1, "pay", "payments"));
    let server = ScriptedServer::in_order(vec![unavailable(), same, deleted]).await;
    let planned_on = planned_on().await;
    let expected = Expectation::of(&planned_on);
    server.client().delete_endpoint_guarded(planned_on, &expected, "op").await.unwrap();
    assert_eq!(server.methods(), [DELETE, GET, DELETE]);
}

#[tokio::test]
async fn a_deletion_whose_answer_was_lost_is_done() {
    let same = || read(endpoint("e1", 1, "pay", "payments"));
    let planned_on = planned_on().await;
    for replies in [vec![unavailable(), not_found()], vec![unavailable(), same(), not_found()]] {
        let server = ScriptedServer::in_order(replies).await;
        let expected = Expectation::of(&planned_on);
        let done = server.client().delete_endpoint_guarded(planned_on.clone(), &expected, "op").await;
        assert_eq!(done.unwrap().action, "delete endpoint `e1`");
    }
    let server = ScriptedServer::in_order(vec![refusal(8, "too many"), not_found()]).await;
    let refused = server.client().delete_endpoint_guarded(planned_on, &Expectation::default(), "op").await;
    assert_eq!(refused.unwrap_err(), WriteRefused::Gone("e1".to_owned()), "ours was turned away");
}

#[tokio::test]
async fn a_name_is_looked_up_again_before_a_rename_is_repeated() {
    let theirs = listed(vec![endpoint("e2", 1, "spend", "vault")]);
    let server = ScriptedServer::in_order(vec![listed(vec![]), unavailable(), theirs]).await;
    let (planned_on, change) = (planned_on().await, renamed());
    let expected = Expectation::of(&planned_on);
    let refused = server.client().update_endpoint_guarded(planned_on, &expected, &change, "op").await;
    let told = "update endpoint `pay`: already exists: endpoint `e2` has the name `spend`";
    assert_eq!(refused.unwrap_err().to_string(), told);
    assert_eq!(server.methods(), [LIST, UPDATE, LIST]);
}

#[tokio::test]
async fn a_rename_whose_answer_was_lost_is_done() {
    let ours = || endpoint("e1", 2, "spend", "payments");
    let server = ScriptedServer::in_order(vec![
        listed(vec![]),
        unavailable(),
        listed(vec![ours()]),
        refusal(9, "nexus endpoint version mismatch"),
        read(ours()),
    ]);
    let server = server.await;
    let (planned_on, change) = (planned_on().await, renamed());
    let expected = Expectation::of(&planned_on);
    let updated = server.client().update_endpoint_guarded(planned_on, &expected, &change, "op").await;
    assert_eq!(updated.unwrap(), None);
    assert_eq!(server.methods(), [LIST, UPDATE, LIST, UPDATE, GET]);
}

/// A refusal may be about something else than the length: only an answer to a shorter page shows that.
#[tokio::test]
async fn pages_get_short_for_good_only_once_short_ones_are_answered() {
    let refused = || refusal(3, "no");
    let server =
        ScriptedServer::in_order(vec![refused(), refused(), refused(), listed(vec![]), listed(vec![])]);
    let server = server.await;
    let client = server.client();
    assert!(client.endpoints().await.is_err());
    assert!(client.endpoints().await.unwrap().is_empty() && client.endpoints().await.unwrap().is_empty());
    let size = |message: &[u8]| ListNexusEndpointsRequest::decode(message).unwrap().page_size;
    let sizes: Vec<_> = server.seen().iter().map(|call| size(&call.message)).collect();
    assert_eq!(sizes, [500, 0, 500, 0, 0]);
}
