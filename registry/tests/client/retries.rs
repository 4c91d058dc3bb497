//! What is tried again, how, and what is not.

use crate::scripted::{Answer, Scripted, client, ok, refusal};
use registry::{Handshake, NewEndpoint, OperationState, Problem, with_deadline};
use schema::account::Target;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

fn account() -> Value {
    json!({ "account": { "id": "a2dd6" } })
}

fn payments() -> NewEndpoint {
    NewEndpoint {
        name: "payments".parse().unwrap(),
        target: Target::Worker {
            namespace: "payments-prod.a2dd6".parse().unwrap(),
            task_queue: "charges".parse().unwrap(),
        },
        description: None,
        callers: BTreeSet::from(["orders-prod.a2dd6".parse().unwrap()]),
    }
}

fn operation(state: &str) -> Value {
    json!({ "id": "op-1", "state": state, "checkDuration": "0.010s" })
}

fn found() -> Answer {
    let endpoint = json!({ "id": "e1", "resourceVersion": "1", "spec": { "name": "payments" } });
    ok(json!({ "endpoints": [endpoint] }))
}

#[tokio::test]
async fn a_read_is_repeated_until_the_registry_is_back() {
    let down = Answer::Raw(503, "", "<html>maintenance</html>".to_owned());
    let server =
        Scripted::in_order(vec![down, Answer::Drop, refusal(503, 14, "later"), Answer::Hang, ok(account())]);
    let server = server.await;
    assert_eq!(server.client().account_id().await.unwrap().as_str(), "a2dd6");
    assert_eq!(server.lines(), ["GET /cloud/account"; 5]);
}

#[tokio::test]
async fn a_registry_that_stays_down_is_reported() {
    let server = Scripted::serving(|_| refusal(503, 14, "closed for the day")).await;
    let error = server.client().account_id().await.unwrap_err();
    assert_eq!(error.to_string(), "read the account: unavailable: closed for the day");
    assert_eq!(server.seen().len(), 6);
}

#[tokio::test]
async fn a_throttled_request_waits_as_long_as_asked() {
    let busy = || {
        let body = json!({ "code": 8, "message": "rate limit" }).to_string();
        Answer::Raw(429, "retry-after: 1\r\n", body)
    };
    let server = Scripted::in_order(vec![busy(), ok(account())]).await;
    let started = Instant::now();
    server.client().account_id().await.unwrap();
    assert!(started.elapsed() >= Duration::from_secs(1));
}

#[tokio::test]
async fn what_will_not_pass_is_not_repeated() {
    let refusals =
        [(400, 3), (401, 16), (403, 7), (404, 5), (409, 6), (409, 10), (400, 9), (500, 13), (501, 12)];
    for (status, code) in refusals {
        let server = Scripted::serving(move |_| refusal(status, code, "no")).await;
        server.client().account_id().await.unwrap_err();
        assert_eq!(server.seen().len(), 1, "{status} {code}");
    }
}

#[tokio::test]
async fn a_registry_that_cannot_be_reached_is_named() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let error = client(&format!("http://{address}")).account_id().await.unwrap_err();
    let Problem::Unreachable { address: named, tls: Handshake::NotReached, .. } = error.problem() else {
        panic!("{error}")
    };
    assert_eq!(*named, address.to_string());
    assert!(
        error.to_string().starts_with(&format!("read the account: cannot reach `{address}`: ")),
        "{error}"
    );
}

#[tokio::test]
async fn a_create_whose_answer_was_lost_is_repeated_with_the_same_id() {
    let created = ok(json!({ "endpointId": "e1", "asyncOperation": operation("STATE_PENDING") }));
    let server = Scripted::in_order(vec![Answer::Drop, created]).await;
    let accepted = server.client().create_endpoint(&payments(), "op-1").await.unwrap();
    assert_eq!((accepted.endpoint_id.as_str(), accepted.operation.id.as_str()), ("e1", "op-1"));
    let seen = server.seen();
    assert_eq!(seen.len(), 2);
    assert!(seen.iter().all(|seen| seen.line == "POST /cloud/nexus/endpoints"));
    assert_eq!(seen[0].body["asyncOperationId"], "op-1");
    assert_eq!(seen[0].body, seen[1].body);
}

#[tokio::test]
async fn a_create_that_was_carried_out_is_adopted_when_its_repetition_is_refused() {
    let server = Scripted::in_order(vec![
        Answer::Drop,
        refusal(409, 6, "endpoint payments already exists"),
        ok(json!({ "asyncOperation": operation("STATE_IN_PROGRESS") })),
        found(),
    ]);
    let server = server.await;
    let accepted = server.client().create_endpoint(&payments(), "op-1").await.unwrap();
    assert_eq!(
        (accepted.endpoint_id.as_str(), &accepted.operation.state),
        ("e1", &OperationState::InProgress)
    );
    assert_eq!(accepted.operation.action, "create endpoint `payments`");
    assert_eq!(server.lines()[2], "GET /cloud/operations/op-1");
}

#[tokio::test]
async fn a_strangers_endpoint_is_not_adopted() {
    let taken = || refusal(409, 6, "endpoint payments already exists");
    let expected = "create endpoint `payments`: already exists: endpoint payments already exists";
    let server = Scripted::in_order(vec![taken(), refusal(404, 5, "no such operation")]).await;
    let error = server.client().create_endpoint(&payments(), "op-1").await.unwrap_err();
    assert_eq!(error.to_string(), expected);

    let failed = ok(json!({ "asyncOperation": operation("STATE_FAILED") }));
    let server = Scripted::in_order(vec![taken(), failed, found()]).await;
    let error = server.client().create_endpoint(&payments(), "op-1").await.unwrap_err();
    assert_eq!(error.to_string(), expected);
}

#[tokio::test]
async fn a_create_whose_answer_cannot_be_read_is_looked_up() {
    let internal = refusal(500, 13, "stream terminated by RST_STREAM");
    for answer in [Answer::Raw(200, "", "<html>your proxy".to_owned()), internal] {
        let carried_out = ok(json!({ "asyncOperation": operation("STATE_FULFILLED") }));
        let server = Scripted::in_order(vec![answer, carried_out, found()]).await;
        let accepted = server.client().create_endpoint(&payments(), "op-1").await.unwrap();
        assert_eq!(accepted.endpoint_id, "e1");
    }
}

#[tokio::test]
async fn an_operation_is_awaited_at_its_own_pace() {
    let server = Scripted::in_order(vec![
        ok(json!({ "endpointId": "e1", "asyncOperation": operation("STATE_PENDING") })),
        ok(json!({ "asyncOperation": operation("STATE_IN_PROGRESS") })),
        ok(json!({ "asyncOperation": operation("STATE_REJECTED") })),
    ]);
    let server = server.await;
    let registry = server.client();
    let accepted = registry.create_endpoint(&payments(), "op-1").await.unwrap();
    let waited =
        registry.await_operation(accepted.operation, Duration::from_secs(9), std::future::pending()).await;
    let expected = "create endpoint `payments`: operation `op-1` rejected: no reason given";
    assert_eq!(waited.unwrap_err().to_string(), expected);
    assert_eq!(server.lines()[1..], ["GET /cloud/operations/op-1"; 2]);
}

/// Whoever stops a run lets go of what waits for its turn, and hears what became of what is on its way.
#[tokio::test]
async fn a_stop_lets_a_write_be_sent_again_only_where_it_may_have_been_carried_out() {
    let busy = || Answer::Raw(429, "", json!({ "code": 8, "message": "rate limit" }).to_string());
    let cases: [(fn() -> Answer, _, _); 2] =
        [(|| Answer::Drop, 2, None), (busy, 1, Some("create endpoint `payments`: throttled: rate limit"))];
    for (first, sent, error) in cases {
        let (stop, seen) = (CancellationToken::new(), AtomicUsize::new(0));
        let stopped = stop.clone();
        let server = Scripted::serving(move |_| {
            stopped.cancel();
            match seen.fetch_add(1, Ordering::Relaxed) {
                0 => first(),
                _ => ok(json!({ "endpointId": "e1", "asyncOperation": operation("STATE_FULFILLED") })),
            }
        });
        let server = server.await;
        let (client, new) = (server.client(), payments());
        let deadline = tokio::time::Instant::now() + Duration::from_secs(60);
        let created = with_deadline(deadline, &stop, client.create_endpoint(&new, "op-1")).await;
        assert_eq!(created.err().map(|error| error.to_string()).as_deref(), error);
        assert_eq!(server.seen().len(), sent);
        let late = with_deadline(deadline, &stop, client.create_endpoint(&new, "op-2")).await;
        assert_eq!(late.unwrap_err().problem(), &Problem::NotSent);
        assert_eq!(server.seen().len(), sent);
    }
}
