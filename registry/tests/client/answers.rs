//! Answers: pages, lookups, headers, and nonsense.

use crate::scripted::{Answer, KEY, Scripted, ok, refusal};
use registry::{API_VERSION, Lookup, Problem};
use schema::name::NamespaceId;
use serde_json::{Value, json};

fn raw(status: u16, body: &str) -> Answer {
    Answer::Raw(status, "", body.to_owned())
}

fn endpoint(id: &str, name: &str) -> Value {
    json!({ "id": id, "resourceVersion": "1", "state": "RESOURCE_STATE_ACTIVE", "spec": { "name": name } })
}

#[tokio::test]
async fn nonsense_is_called_so() {
    let page = "<!doctype html>\n<h1>Sign in</h1>";
    let cases = [
        (
            raw(200, page),
            "status 200 without a JSON object; it begins with `<!doctype html> <h1>Sign in</h1>`",
        ),
        (raw(200, ""), "status 200 without a JSON object"),
        (raw(200, "[]"), "status 200 without a JSON object; it begins with `[]`"),
        (raw(200, "{\"account\":"), "status 200 without a JSON object; it begins with `{\"account\":`"),
        (
            raw(404, page),
            "status 404 without a gRPC status; it begins with `<!doctype html> <h1>Sign in</h1>`",
        ),
        (raw(403, "{}"), "status 403 without a gRPC status; it begins with `{}`"),
        (ok(json!({ "account": {} })), "`` is not an account id: it is empty"),
        (ok(json!({ "account": { "id": 7 } })), "`` is not an account id: it is empty"),
    ];
    for (answer, expected) in cases {
        let server = Scripted::in_order(vec![answer]).await;
        let error = server.client().account_id().await.unwrap_err();
        assert_eq!(error.to_string(), format!("read the account: malformed response: {expected}"));
    }
}

#[tokio::test]
async fn a_redirect_is_not_followed_with_the_key() {
    let elsewhere = Scripted::serving(|_| ok(json!({ "account": { "id": "a2dd6" } }))).await;
    let location: &'static str =
        Box::leak(format!("location: {}/cloud/account\r\n", elsewhere.address).into_boxed_str());
    let server = Scripted::serving(move |_| Answer::Raw(302, location, String::new())).await;
    let error = server.client().account_id().await.unwrap_err();
    assert!(matches!(error.problem(), Problem::MalformedResponse { .. }), "{error}");
    assert!(elsewhere.seen().is_empty());
}

#[tokio::test]
async fn an_answer_without_end_is_not_read_to_the_end() {
    let server = Scripted::serving(|_| raw(200, &" ".repeat(33 << 20))).await;
    let error =
        server.client().with_retry_policy(registry::RetryPolicy::default()).account_id().await.unwrap_err();
    let expected = "read the account: malformed response: the response is larger than 32 MiB";
    assert_eq!(error.to_string(), expected);
}

#[tokio::test]
async fn every_request_names_key_version_and_user_agent() {
    let server = Scripted::serving(|_| ok(json!({ "account": { "id": "a2dd6" } }))).await;
    server.client().account_id().await.unwrap();
    let headers = server.seen()[0].headers.clone();
    for expected in [
        format!("authorization: Bearer {KEY}"),
        format!("temporal-cloud-api-version: {API_VERSION}"),
        "user-agent: nexusc/test".to_owned(),
    ] {
        assert!(headers.contains(&expected), "{expected} is not in {headers:?}");
    }
}

#[tokio::test]
async fn lists_are_read_to_the_last_page() {
    let server = Scripted::in_order(vec![
        ok(json!({ "endpoints": [endpoint("e1", "a1"), endpoint("e2", "b1")], "nextPageToken": "a+b/c" })),
        ok(json!({ "nextPageToken": "2" })),
        ok(json!({ "endpoints": [endpoint("e3", "c1")], "nextPageToken": "", "newField": 1 })),
    ]);
    let server = server.await;
    let names: Vec<_> =
        server.client().endpoints().await.unwrap().iter().map(|read| read.name().to_owned()).collect();
    assert_eq!(names, ["a1", "b1", "c1"]);
    assert_eq!(server.lines()[1], "GET /cloud/nexus/endpoints?pageSize=500&pageToken=a%2Bb%2Fc");
}

#[tokio::test]
async fn a_list_that_never_ends_or_is_none_is_refused() {
    let again = |_: &_| ok(json!({ "endpoints": [], "nextPageToken": "1" }));
    let error = Scripted::serving(again).await.client().endpoints().await.unwrap_err();
    assert_eq!(error.to_string(), "list endpoints: malformed response: page 2 repeats an earlier page token");
    for answer in [json!({ "code": 12, "message": "no route" }), json!({ "endpoints": "none" })] {
        let error = Scripted::in_order(vec![ok(answer)]).await.client().endpoints().await.unwrap_err();
        assert_eq!(error.to_string(), "list endpoints: malformed response: missing list `endpoints`");
    }
    for empty in [json!({}), json!({ "total": 0, "fieldOfANewerApi": {} })] {
        assert_eq!(Scripted::in_order(vec![ok(empty)]).await.client().endpoints().await.unwrap(), []);
    }
}

#[tokio::test]
async fn a_name_is_compared_even_where_the_registry_does_not_filter() {
    let all = |_: &_| ok(json!({ "endpoints": [endpoint("e1", "payments-2"), endpoint("e2", "payments")] }));
    let server = Scripted::serving(all).await;
    let found = server.client().endpoint_named(&"payments".parse().unwrap()).await.unwrap();
    assert_eq!(found.unwrap().id(), "e2");
    assert_eq!(server.lines(), ["GET /cloud/nexus/endpoints?name=payments&pageSize=500"]);
    assert_eq!(server.client().endpoint_named(&"pay".parse().unwrap()).await.unwrap(), None);
}

#[tokio::test]
async fn an_endpoint_is_there_or_gone_or_another() {
    let deleted = json!({ "id": "e1", "state": "RESOURCE_STATE_DELETED", "spec": {} });
    for gone in [refusal(404, 5, "endpoint not found"), ok(json!({ "endpoint": deleted }))] {
        assert_eq!(Scripted::in_order(vec![gone]).await.client().endpoint("e1").await.unwrap(), None);
    }
    let server = Scripted::in_order(vec![ok(json!({ "endpoint": endpoint("e2", "b1") }))]).await;
    let error = server.client().endpoint("e1").await.unwrap_err();
    assert_eq!(error.to_string(), "read endpoint `e1`: malformed response: it describes endpoint `e2`");
}

#[tokio::test]
async fn a_namespace_exists_or_does_not_or_is_hidden() {
    let id: NamespaceId = "payments-prod.a2dd6".parse().unwrap();
    let found = json!({ "namespace": {
        "namespace": "payments-prod.a2dd6", "state": "RESOURCE_STATE_ACTIVE", "activeRegion": "aws-us-west-2",
        "spec": {
            "replicas": [{ "region": "aws-us-east-1" }, { "region": "aws-us-west-2" }],
            "regions": ["aws-us-east-1"], "apiKeyAuth": { "enabled": true }, "mtlsAuth": { "enabled": false },
        },
        "tags": { "team": "payments" },
    } });
    let server = Scripted::in_order(vec![
        ok(found),
        refusal(404, 5, "namespace not found"),
        refusal(403, 7, "request unauthorized"),
        raw(404, "<html>"),
    ]);
    let server = server.await;
    let registry = server.client();
    let Lookup::Found(namespace) = registry.namespace(&id).await.unwrap() else { panic!("not found") };
    assert_eq!(namespace.regions, ["aws-us-west-2", "aws-us-east-1"]);
    assert_eq!(format!("{:?} {:?}", namespace.auth, namespace.tags), r#"{ApiKey} {"team": "payments"}"#);
    assert_eq!(registry.namespace(&id).await.unwrap(), Lookup::Missing);
    assert_eq!(registry.namespace(&id).await.unwrap(), Lookup::Hidden("request unauthorized".to_owned()));
    assert!(matches!(
        registry.namespace(&id).await.unwrap_err().problem(),
        Problem::MalformedResponse { .. }
    ));
    assert_eq!(server.lines()[0], "GET /cloud/namespaces/payments-prod.a2dd6");
}
