//! Lists end: at their last page, or with an error that names the list and what is wrong with it.

use crate::scripted::{Scripted, Seen, client, ok};
use crate::scripted_server::{Reply, ScriptedServer, endpoint, message};
use registry::{Problem, RetryPolicy};
use serde_json::{Value, json};
use std::time::{Duration, Instant};
use temporalio_protos::temporal::api::operatorservice::v1::ListNexusEndpointsResponse;
use temporalio_protos::temporal::api::workflowservice::v1::ListNamespacesResponse;

fn endpoints(from: usize, count: usize) -> Vec<Value> {
    let one = |at: usize| json!({ "id": format!("e{at}"), "spec": { "name": format!("pay-{at}") } });
    (from..from + count).map(one).collect()
}

/// The number in the page token of a request; zero for the first page.
fn page(seen: &Seen) -> usize {
    let token = seen.line.split_once("pageToken=t").map(|(_, rest)| rest);
    token.and_then(|token| token.split(['&', ' ']).next()?.parse().ok()).unwrap_or(0)
}

async fn pages(next: impl Fn(usize) -> Value + Send + Sync + 'static) -> Scripted {
    Scripted::serving(move |seen| ok(next(page(seen)))).await
}

#[track_caller]
fn refused(error: &registry::RegistryError, reason: &str) {
    assert!(matches!(error.problem(), Problem::MalformedResponse { .. }), "{error}");
    assert_eq!(error.to_string(), format!("list endpoints: malformed response: {reason}"));
}

#[tokio::test]
async fn a_large_account_is_read_whole() {
    for size in [1_000, 500, 100] {
        let server = pages(move |page| {
            let (from, more) = (page * size, (page + 1) * size < 10_000);
            let token = if more { format!("t{}", page + 1) } else { String::new() };
            json!({ "endpoints": endpoints(from, size), "nextPageToken": token })
        });
        assert_eq!(server.await.client().endpoints().await.unwrap().len(), 10_000, "pages of {size}");
    }
}

#[tokio::test]
async fn pages_of_one_and_empty_ones_between_are_taken() {
    let server = pages(|page| {
        let items = if page % 3 == 0 { endpoints(page, 1) } else { Vec::new() };
        json!({ "endpoints": items, "nextPageToken": if page < 600 { format!("t{}", page + 1) } else { String::new() } })
    });
    assert_eq!(server.await.client().endpoints().await.unwrap().len(), 201);
}

#[tokio::test]
async fn a_list_that_never_ends_is_refused() {
    let server = pages(|page| json!({ "endpoints": [], "nextPageToken": format!("t{}", page + 1) })).await;
    let error = server.client().endpoints().await.unwrap_err();
    refused(&error, "the list has more than 1000 empty pages in a row");
    let server = pages(
        |page| json!({ "endpoints": endpoints(page * 500, 500), "nextPageToken": format!("t{}", page + 1) }),
    );
    let server = server.await;
    let error = server.client().endpoints().await.unwrap_err();
    refused(&error, "the list has more than 16000 items");
    assert_eq!(server.lines().len(), 33);
}

#[tokio::test]
async fn what_is_repeated_is_refused() {
    let server = pages(|_| json!({ "endpoints": [], "nextPageToken": "t1" })).await;
    refused(&server.client().endpoints().await.unwrap_err(), "page 2 repeats an earlier page token");
    // A circle of several pages.
    let server = pages(
        |page| json!({ "endpoints": endpoints(page * 7, 1), "nextPageToken": format!("t{}", (page + 1) % 3) }),
    );
    let error = server.await.client().endpoints().await.unwrap_err();
    assert!(error.to_string().contains("repeats"), "{error}");
    let server =
        pages(|page| json!({ "endpoints": endpoints(0, 2), "nextPageToken": format!("t{}", page + 1) }));
    refused(&server.await.client().endpoints().await.unwrap_err(), "page 2 repeats the id `e0`");
    let server = pages(|_| json!({ "endpoints": [], "nextPageToken": "x".repeat(1 << 20) })).await;
    refused(
        &server.client().endpoints().await.unwrap_err(),
        "the page token after page 1 has 1048576 bytes (limit: 8192)",
    );
}

#[tokio::test]
async fn each_list_and_each_search_is_bounded() {
    let server = Scripted::serving(|seen| {
        let field = match seen.line.split('?').next().unwrap_or_default() {
            "GET /cloud/namespaces" => "namespaces",
            "GET /cloud/users" => "users",
            "GET /cloud/connectivity-rules" => "connectivityRules",
            "GET /cloud/regions" => "regions",
            _ => "endpoints",
        };
        ok(json!({ field: [], "nextPageToken": "t1" }))
    });
    let server = server.await;
    let registry = server.client();
    let errors = [
        registry.namespaces().await.unwrap_err().to_string(),
        registry.principals().await.unwrap_err().to_string(),
        registry.connectivity_rules().await.unwrap_err().to_string(),
        registry.regions().await.unwrap_err().to_string(),
        registry.endpoint_named(&"pay".parse().unwrap()).await.unwrap_err().to_string(),
    ];
    let lists =
        ["list namespaces", "list users", "list connectivity rules", "list regions", "find endpoint `pay`"];
    for (error, list) in errors.iter().zip(lists) {
        assert!(
            error.starts_with(&format!("{list}: ")) && error.contains("repeats an earlier page token"),
            "{error}"
        );
    }
}

#[tokio::test]
async fn a_list_has_a_deadline_over_all_its_pages() {
    let server = pages(|page| {
        std::thread::sleep(Duration::from_millis(20));
        json!({ "endpoints": endpoints(page, 1), "nextPageToken": format!("t{}", page + 1) })
    });
    let server = server.await;
    let policy = RetryPolicy::default().within(Duration::from_millis(300));
    let started = Instant::now();
    let error = client(&server.address).with_retry_policy(policy).endpoints().await.unwrap_err();
    assert!(started.elapsed() < Duration::from_secs(5));
    assert!(matches!(error.problem(), Problem::TimedOut(_)), "{error}");
    assert!(error.to_string().contains("the list did not end within 300ms ("), "{error}");
}

#[tokio::test]
async fn a_short_text_with_many_values_is_not_read() {
    let server = pages(|_| json!({ "endpoints": vec![json!({}); 300_000] })).await;
    let registry = server.client().with_retry_policy(RetryPolicy::default());
    refused(&registry.endpoints().await.unwrap_err(), "the values of the response take more than 160 MiB");
}

fn server_page(ids: &[String], token: &str) -> Reply {
    let endpoints = ids.iter().map(|id| endpoint(id, 1, "pay", "payments")).collect();
    let next_page_token = token.as_bytes().to_vec();
    message(&ListNexusEndpointsResponse { endpoints, next_page_token })
}

#[tokio::test]
async fn the_lists_of_a_server_are_bounded_alike() {
    let ids = |count: usize| (0..count).map(|at| format!("e{at}")).collect::<Vec<_>>();
    let long = "x".repeat(9_000);
    for (replies, reason) in [
        (vec![server_page(&[], "t"), server_page(&[], "t")], "page 2 repeats an earlier page token"),
        (vec![server_page(&ids(1), "t"), server_page(&ids(1), "u")], "page 2 repeats the id `e0`"),
        (vec![server_page(&[], &long)], "the page token after page 1 has 9000 bytes"),
        (vec![server_page(&ids(16_001), "")], "the list has more than 16000 items"),
        (vec![server_page(&["x".repeat(300 << 10)], "")], "an item is larger than 256 KiB"),
        (vec![server_page(&["a/b".to_owned()], "")], "`a/b` is not an id"),
    ] {
        let error = ScriptedServer::in_order(replies).await.client().endpoints().await.unwrap_err();
        assert!(
            error.to_string().starts_with("list endpoints: ") && error.to_string().contains(reason),
            "{error}"
        );
    }
    let namespaces = |token: &str| {
        let next_page_token = token.as_bytes().to_vec();
        message(&ListNamespacesResponse { next_page_token, ..ListNamespacesResponse::default() })
    };
    let server = ScriptedServer::in_order(vec![namespaces("t"), namespaces("t")]).await;
    let error = server.client().namespaces().await.unwrap_err();
    assert!(
        error.to_string().starts_with("list namespaces: ") && error.to_string().contains("repeats"),
        "{error}"
    );
    let replies =
        vec![server_page(&ids(10_000), "t"), server_page(&[], "u"), server_page(&["z".to_owned()], "")];
    assert_eq!(ScriptedServer::in_order(replies).await.client().endpoints().await.unwrap().len(), 10_001);
}
