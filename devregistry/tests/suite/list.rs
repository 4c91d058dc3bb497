use crate::world::{OWNER, World, endpoint};
use devregistry::Settings;
use serde_json::Value;

async fn many() -> World {
    World::with(Settings::default(), |account| {
        account.limits.endpoints = 1000;
        for at in 0..250 {
            let target = if at % 2 == 0 { "orders" } else { "billing" };
            let endpoint = endpoint(&format!("many-{at}"), target, &[]);
            account.endpoints.insert(endpoint.name.clone(), endpoint);
        }
    })
    .await
}

fn ids(list: &Value, field: &str) -> Vec<String> {
    let items = list[field].as_array().cloned().unwrap_or_default();
    items.iter().map(|item| item["id"].as_str().unwrap().to_owned()).collect()
}

/// Every page of a list, one after the other.
async fn pages(world: &World, path: &str, field: &str) -> Vec<Vec<String>> {
    let mut pages = Vec::new();
    let mut token = String::new();
    loop {
        let (status, list) = world.get(OWNER, &format!("{path}pageToken={token}")).await;
        assert_eq!(status, 200, "{list}");
        pages.push(ids(&list, field));
        assert!(pages.len() < 100, "the list does not end");
        match list.get("nextPageToken") {
            Some(next) => next.as_str().unwrap().clone_into(&mut token),
            None => return pages,
        }
    }
}

#[tokio::test]
async fn a_page_has_a_hundred_items_unless_asked_otherwise() {
    let world = many().await;
    let lengths = |pages: Vec<Vec<String>>| pages.iter().map(Vec::len).collect::<Vec<_>>();
    assert_eq!(lengths(pages(&world, "/cloud/nexus/endpoints?", "endpoints").await), [100, 100, 51]);
    let path = "/cloud/nexus/endpoints?pageSize=251&";
    assert_eq!(lengths(pages(&world, path, "endpoints").await), [251]);
}

#[tokio::test]
async fn pages_together_hold_every_item_once_in_order() {
    let world = many().await;
    let all = pages(&world, "/cloud/nexus/endpoints?pageSize=7&", "endpoints").await.concat();
    assert_eq!(all.len(), 251);
    assert!(all.windows(2).all(|pair| pair[0] < pair[1]));
    let users = pages(&world, "/cloud/service-accounts?pageSize=1&", "serviceAccount").await.concat();
    assert_eq!(users.len(), 6);
    assert!(users.windows(2).all(|pair| pair[0] < pair[1]));
}

#[tokio::test]
async fn filters_must_all_hold() {
    let world = many().await;
    let count = |query: &'static str| {
        let path = format!("/cloud/nexus/endpoints?pageSize=1000&{query}");
        let world = &world;
        async move { ids(&world.get(OWNER, &path).await.1, "endpoints").len() }
    };
    assert_eq!(count("name=many-1").await, 1);
    assert_eq!(count("name=none").await, 0);
    assert_eq!(count("targetNamespaceId=billing.a2dd6").await, 125);
    assert_eq!(count("targetNamespaceId=billing.a2dd6&name=many-1").await, 1);
    assert_eq!(count("targetNamespaceId=orders.a2dd6&name=many-1").await, 0);
    assert_eq!(count("targetTaskQueue=work").await, 251);
    assert_eq!(count("targetTaskQueue=other").await, 0);
    assert_eq!(count("targetNamespaceId=nonsense").await, 0);
}

#[tokio::test]
async fn a_token_is_good_for_its_own_list_only() {
    let world = many().await;
    let (_, list) = world.get(OWNER, "/cloud/nexus/endpoints").await;
    let token = list["nextPageToken"].as_str().unwrap();
    assert_eq!(world.get(OWNER, &format!("/cloud/users?pageToken={token}")).await.0, 400);
}

#[tokio::test]
async fn namespaces_come_by_name() {
    let world = World::start().await;
    let mut names = Vec::new();
    let mut token = String::new();
    loop {
        let (_, list) = world.get(OWNER, &format!("/cloud/namespaces?pageSize=1&pageToken={token}")).await;
        names.push(list["namespaces"][0]["namespace"].as_str().unwrap().to_owned());
        assert!(names.len() < 10, "the list does not end");
        match list.get("nextPageToken") {
            Some(next) => next.as_str().unwrap().clone_into(&mut token),
            None => break,
        }
    }
    assert_eq!(names, ["billing.a2dd6", "orders.a2dd6", "shipping.a2dd6"]);
    let (_, one) = world.get(OWNER, "/cloud/namespaces?name=orders").await;
    assert_eq!(one["namespaces"].as_array().unwrap().len(), 1);
}
