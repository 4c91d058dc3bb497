//! A response that contains the API key: it is discarded, and the key is never shown.

use crate::scripted::{Answer, KEY, Scripted, ok, refusal};
use crate::scripted_server::{ScriptedServer, endpoint, listed, refusal as refused};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use registry::{Headers, OperationError, Problem};
use serde_json::{Value, json};
use std::future::pending;
use std::time::Duration;

fn listed_endpoint(change: impl FnOnce(&mut Value)) -> Value {
    let mut endpoint = json!({ "id": "e1", "resourceVersion": "v1", "spec": { "name": "pay" } });
    change(&mut endpoint);
    json!({ "endpoints": [endpoint] })
}

#[tokio::test]
async fn no_value_that_holds_the_key_is_used() {
    let payload = STANDARD.encode(format!("\"the key is {KEY}\""));
    let cases = [
        ("endpoints.0.id", listed_endpoint(|it| it["id"] = KEY.into())),
        (
            "endpoints.0.resourceVersion",
            listed_endpoint(|it| it["resourceVersion"] = format!("v{KEY}").into()),
        ),
        ("endpoints.0.spec.name", listed_endpoint(|it| it["spec"]["name"] = KEY.to_uppercase().into())),
        (
            "endpoints.0.spec.description.data",
            listed_endpoint(|it| it["spec"]["description"] = json!({ "metadata": {}, "data": payload })),
        ),
        ("endpoints.0.spec.***", listed_endpoint(|it| it["spec"][KEY] = 1.into())),
        ("endpoints.0.state", listed_endpoint(|it| it["state"] = format!("RESOURCE_STATE_{KEY}").into())),
        ("nextPageToken", json!({ "endpoints": [], "nextPageToken": KEY })),
    ];
    for (place, answer) in cases {
        let server = Scripted::in_order(vec![ok(answer)]).await;
        let error = server.client().endpoints().await.unwrap_err();
        assert_eq!(
            error.to_string(),
            format!("list endpoints: the response contains the API key in `{place}`")
        );
        assert!(error.help().unwrap().contains("delete the key"));
        assert!(!format!("{error:?}").contains(KEY));
    }
}

#[tokio::test]
async fn escapes_do_not_hide_the_key() {
    let escaped: String = KEY.bytes().map(|byte| format!("\\u{byte:04x}")).collect();
    let percent: String = KEY.bytes().map(|byte| format!("%{byte:02X}")).collect();
    for text in [escaped, percent, format!("Bearer {KEY}")] {
        let body = format!(r#"{{"endpoints":[{{"id":"e1","spec":{{"name":"{text}"}}}}]}}"#);
        let refusal = format!(r#"{{"code":9,"message":"refused {text}","details":["{text}"]}}"#);
        let page = format!("<html>{text}</html>");
        let answers = [(200, body), (409, refusal), (403, page.clone()), (200, page)];
        for (status, body) in answers {
            let server = Scripted::in_order(vec![Answer::Raw(status, "", body)]).await;
            let shown = format!("{:?}", server.client().endpoints().await.unwrap_err());
            assert!(shown.contains("***") || shown.contains("Leaked"), "{shown}");
            assert!(!shown.contains(KEY) && !shown.contains(&text), "{shown}");
        }
    }
}

/// The outcome of a write must be known, whatever words come with it.
#[tokio::test]
async fn the_reason_of_a_failed_operation_is_told_without_the_key() {
    let failed = json!({ "asyncOperation": {
        "id": "o1", "state": "STATE_FAILED", "failureReason": format!("Bearer {KEY} may not do this"), "operationType": KEY,
    } });
    let server = Scripted::in_order(vec![ok(failed)]).await;
    let registry = server.client();
    let operation = registry.operation("o1").await.unwrap();
    let ended = registry.await_operation(operation, Duration::ZERO, pending()).await.unwrap_err();
    let OperationError::Failed { reason, .. } = &ended else { panic!("{ended}") };
    assert_eq!(reason, "Bearer *** may not do this");
    assert_eq!(ended.to_string(), "operation `o1` (***): operation `o1` failed: Bearer *** may not do this");
}

#[tokio::test]
async fn a_page_of_another_answers_shortened_and_without_the_key() {
    let body = format!("{}{KEY}", "x".repeat(290));
    let server = Scripted::in_order(vec![Answer::Raw(403, "", body)]).await;
    let shown = server.client().account_id().await.unwrap_err().to_string();
    assert!(shown.contains("***") && !shown.contains("tmprl"), "{shown}");
    let server = Scripted::in_order(vec![refusal(401, 16, &format!("no\n{KEY}\u{202e}"))]).await;
    let shown = server.client().account_id().await.unwrap_err().to_string();
    assert_eq!(shown, "read the account: not authenticated: no ***\u{fffd}");
}

#[tokio::test]
async fn a_server_that_repeats_a_token_is_not_believed() {
    const TOKEN: &str = "secret-token-of-ci";
    let headers = Headers::of_variables([
        ("TEMPORAL_GRPC_META_X_PROXY", TOKEN),
        ("TEMPORAL_GRPC_META_X_TEAM", "payments"),
    ]);
    let replies = vec![
        listed(vec![endpoint("e1", 1, "pay", "payments")]),
        refused(9, &format!("token%20{TOKEN}%20is%20%73ecret-token-of-ci")),
    ];
    let server = ScriptedServer::in_order(replies).await;
    let registry = server.client_with(headers.unwrap());
    // A header may be any word; only what says who we are is looked for in answers.
    assert_eq!(registry.endpoints().await.unwrap().len(), 1);
    let error = registry.endpoints().await.unwrap_err();
    assert!(matches!(error.problem(), Problem::FailedPrecondition(_)) && !error.to_string().contains(TOKEN));
}
