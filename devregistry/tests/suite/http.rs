use crate::world::{OWNER, World, spec};
use serde_json::json;

#[tokio::test]
async fn answers_in_canonical_json() {
    let world = World::start().await;
    let endpoint = world.orders_endpoint().await;
    assert_eq!(endpoint["state"], "RESOURCE_STATE_ACTIVE");
    assert_eq!(endpoint["spec"]["targetSpec"]["workerTargetSpec"]["namespaceId"], "orders.a2dd6");
    assert_eq!(endpoint["spec"]["description"]["metadata"]["encoding"], "anNvbi9wbGFpbg==");
    assert_eq!(endpoint.get("lastModifiedTime"), None);
    assert!(endpoint["createdTime"].as_str().unwrap().ends_with('Z'));
}

#[tokio::test]
async fn takes_query_names_in_either_case() {
    let world = World::start().await;
    for query in ["targetNamespaceId=shipping.a2dd6", "target_namespace_id=shipping.a2dd6"] {
        let (status, list) = world.get(OWNER, &format!("/cloud/nexus/endpoints?{query}")).await;
        assert_eq!((status, list), (200, json!({})), "{query}");
    }
    let nested = "/cloud/user-groups?googleGroup.emailAddress=x";
    assert_eq!(world.get(OWNER, nested).await, (200, json!({})));
}

#[tokio::test]
async fn the_path_has_the_last_word_over_the_body() {
    let world = World::start().await;
    let endpoint = world.orders_endpoint().await;
    let body = json!({ "endpointId": "another", "resourceVersion": endpoint["resourceVersion"],
        "spec": spec("renamed", "orders", &[]) });
    let path = format!("/cloud/nexus/endpoints/{}", endpoint["id"].as_str().unwrap());
    assert_eq!(world.post(OWNER, &path, body).await.0, 200);
    let (_, read) = world.get(OWNER, &path).await;
    assert_eq!(read["endpoint"]["spec"]["name"], "renamed");
}

#[tokio::test]
async fn path_segments_may_be_percent_encoded() {
    let world = World::start().await;
    let (status, read) = world.get(OWNER, "/cloud/namespaces/orders%2Ea2dd6").await;
    assert_eq!((status, &read["namespace"]["namespace"]), (200, &json!("orders.a2dd6")));
}

#[tokio::test]
async fn fields_that_a_newer_api_has_are_passed_over() {
    let world = World::start().await;
    let (status, _) = world.get(OWNER, "/cloud/nexus/endpoints?projectId=p&futureFilter.deep=1").await;
    assert_eq!(status, 200);
    let mut future = spec("future", "orders", &[]);
    future["newField"] = json!({ "deep": [1, 2] });
    let body = json!({ "spec": future, "another": true });
    assert_eq!(world.post(OWNER, "/cloud/nexus/endpoints", body).await.0, 200);
}

#[tokio::test]
async fn unknown_paths_are_not_found_and_other_verbs_not_allowed() {
    let world = World::start().await;
    let (status, body) = world.get(OWNER, "/cloud/nonsense").await;
    assert_eq!((status, &body["code"]), (404, &json!(5)));
    assert!(body["details"].as_array().unwrap().is_empty());
    let response = world.http.put(world.url("/cloud/namespaces/x.a2dd6")).send().await.unwrap();
    assert_eq!(response.status(), 405);
    assert_eq!(response.headers()["allow"], "GET, POST, DELETE");
}

#[tokio::test]
async fn rpcs_that_are_not_served_say_their_name() {
    let world = World::start().await;
    let (status, body) = world.get(OWNER, "/cloud/projects/p1").await;
    assert_eq!((status, &body["code"]), (501, &json!(12)));
    assert!(body["message"].as_str().unwrap().contains("GetProject"));
}

#[tokio::test]
async fn every_route_of_the_table_leads_to_its_rpc() {
    let world = World::start().await;
    for row in include_str!("../../routes.tsv").lines().filter(|line| !line.starts_with('#')) {
        let cells: Vec<&str> = row.split('\t').collect();
        let [rpc, verb, path] = cells[..] else { panic_on(row) };
        let path = path.replace(['{', '}'], "");
        let request =
            world.http.request(verb.parse().unwrap(), world.url(&path)).bearer_auth(world.key(OWNER));
        let (status, body) = world.send(request).await;
        if status == 501 {
            assert!(body["message"].as_str().unwrap().contains(&format!("`{rpc}`")), "{row}: {body}");
        } else {
            assert_ne!(status, 405, "{row}");
            assert!(body["message"] != "not found", "{row}");
        }
    }
}

fn panic_on(row: &str) -> ! {
    unreachable!("a row of another shape: {row}")
}

#[tokio::test]
async fn serves_http_2_in_the_clear() {
    let world = World::start().await;
    let client = reqwest::Client::builder().no_proxy().http2_prior_knowledge().build().unwrap();
    let request = client.get(world.url("/cloud/account")).bearer_auth(world.key(OWNER));
    let response = request.send().await.unwrap();
    assert_eq!(response.version(), reqwest::Version::HTTP_2);
    let account: serde_json::Value = response.json().await.unwrap();
    assert_eq!(account["account"]["id"], "a2dd6");
}

#[tokio::test]
async fn stops_with_a_connection_open() {
    let mut world = World::start().await;
    world.orders_endpoint().await;
    world.stop().await;
    assert!(world.http.get(world.url("/cloud/account")).send().await.is_err());
}
