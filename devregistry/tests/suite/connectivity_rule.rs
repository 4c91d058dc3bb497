use crate::thing::{Thing, accepted, refused};
use crate::world::{OWNER, READER, World, namespace_spec};
use devregistry::Settings;
use serde_json::{Value, json};

const RULES: &str = "/cloud/connectivity-rules";

fn aws(connection: &str, region: &str) -> Value {
    json!({ "privateRule": { "connectionId": connection, "region": region } })
}

fn public() -> Value {
    json!({ "publicRule": {} })
}

async fn create<'a>(world: &'a World, spec: Value) -> Thing<'a> {
    Thing::create(world, RULES, "connectivityRule", spec).await
}

fn namespace<'a>(world: &'a World, name: &str) -> Thing<'a> {
    Thing::at(world, "/cloud/namespaces", &format!("{name}.a2dd6"), "namespace")
}

/// Attaches rules, and nothing else changes.
async fn attach(namespace: &Thing<'_>, who: &str, rules: &[&str]) -> (u16, Value) {
    let mut spec = namespace.read().await["spec"].clone();
    spec["connectivityRuleIds"] = json!(rules);
    namespace.update(who, spec).await
}

#[tokio::test]
async fn a_rule_lives_from_create_to_delete() {
    let world = World::start().await;
    let rule = create(&world, aws("vpce-0a1b", "aws-us-east-1")).await;
    let read = rule.read().await;
    assert_eq!(read["spec"], aws("vpce-0a1b", "aws-us-east-1"));
    assert_eq!((&read["state"], &read["id"]), (&json!("RESOURCE_STATE_ACTIVE"), &json!(rule.id())));
    assert!(read["createdTime"].is_string());
    let gone = format!("{}?resourceVersion=old", rule.path);
    refused(&world.delete(OWNER, &gone).await, 400, 9, "`old`");
    accepted(&rule.delete(OWNER).await);
    refused(&world.get(OWNER, &rule.path).await, 404, 5, rule.id());
}

#[tokio::test]
async fn a_rule_never_changes() {
    let world = World::start().await;
    let rule = create(&world, public()).await;
    let (status, body) = world.post(OWNER, &rule.path, json!({ "spec": public() })).await;
    assert_eq!((status, &body["code"]), (405, &json!(12)));
}

#[tokio::test]
async fn specifications_follow_the_rules() {
    let world = World::start().await;
    let private = |value: Value| json!({ "privateRule": value });
    let google = |id: &str, project: &str| {
        private(json!({ "connectionId": id, "region": "gcp-us-central1", "gcpProjectId": project }))
    };
    let wrong = [
        (json!({}), "public_rule"),
        (aws("vpce-1", "aws-mars-1"), "aws-mars-1"),
        (aws("vpce-1", ""), "unknown region"),
        (aws("vpc-1", "aws-us-east-1"), "vpce-"),
        (aws("vpce-", "aws-us-east-1"), "vpce-"),
        (aws("vpce-1", "azure-centralus"), "no private connectivity"),
        (google("x", "p"), "a number"),
        (google("1", ""), "gcp_project_id"),
        (
            private(json!({ "connectionId": "vpce-1", "region": "aws-us-east-1", "gcpProjectId": "p" })),
            "gcp_project_id",
        ),
    ];
    for (spec, words) in wrong {
        refused(&world.post(OWNER, RULES, json!({ "spec": spec })).await, 400, 3, words);
    }
    create(&world, google("1234567890", "project")).await;
    create(&world, json!({ "publicRule": { "enableStableIps": true } })).await;
}

#[tokio::test]
async fn one_rule_is_enough_for_a_connection() {
    let world = World::start().await;
    create(&world, public()).await;
    let stable = json!({ "publicRule": { "enableStableIps": true } });
    refused(&world.post(OWNER, RULES, json!({ "spec": stable })).await, 409, 6, "same connection");
    create(&world, aws("vpce-1", "aws-us-east-1")).await;
    let again = json!({ "spec": aws("vpce-1", "aws-us-east-1") });
    refused(&world.post(OWNER, RULES, again).await, 409, 6, "same connection");
    create(&world, aws("vpce-1", "aws-us-west-2")).await;
}

#[tokio::test]
async fn an_account_has_so_many_private_rules() {
    let world = World::with(Settings::default(), |account| account.limits.privatelinks_per_account = 2).await;
    create(&world, aws("vpce-1", "aws-us-east-1")).await;
    create(&world, public()).await;
    let second = create(&world, aws("vpce-2", "aws-us-east-1")).await;
    let third = json!({ "spec": aws("vpce-3", "aws-us-east-1") });
    refused(&world.post(OWNER, RULES, third.clone()).await, 400, 9, "2 private");
    accepted(&second.delete(OWNER).await);
    accepted(&world.post(OWNER, RULES, third).await);
}

#[tokio::test]
async fn rules_are_attached_and_detached_as_a_set() {
    let world = World::start().await;
    let (one, two) = (create(&world, aws("vpce-1", "aws-us-east-1")).await, create(&world, public()).await);
    let orders = namespace(&world, "orders");
    accepted(&attach(&orders, READER, &[one.id(), two.id()]).await);
    let read = orders.read().await;
    assert_eq!(read["spec"]["connectivityRuleIds"], json!([one.id(), two.id()]));
    assert_eq!(read["connectivityRules"][0], one.read().await);
    refused(&attach(&orders, OWNER, &[two.id(), one.id()]).await, 400, 3, "nothing to change");
    accepted(&attach(&orders, OWNER, &[two.id()]).await);
    accepted(&attach(&orders, OWNER, &[]).await);
    let read = orders.read().await;
    assert_eq!((read["spec"].get("connectivityRuleIds"), read.get("connectivityRules")), (None, None));
}

#[tokio::test]
async fn a_namespace_is_created_with_its_rules() {
    let world = World::start().await;
    let rule = create(&world, aws("vpce-1", "aws-us-east-1")).await;
    let mut spec = namespace_spec("private");
    spec["connectivityRuleIds"] = json!([rule.id()]);
    accepted(&world.post(OWNER, "/cloud/namespaces", json!({ "spec": spec })).await);
    assert_eq!(namespace(&world, "private").read().await["connectivityRules"][0]["id"], rule.id());
}

#[tokio::test]
async fn only_rules_that_fit_are_attached() {
    let world =
        World::with(Settings::default(), |account| account.limits.privatelinks_per_namespace = 1).await;
    let far = create(&world, aws("vpce-1", "aws-us-west-2")).await;
    let near = create(&world, aws("vpce-1", "aws-us-east-1")).await;
    let also = create(&world, aws("vpce-2", "aws-us-east-1")).await;
    let open = create(&world, public()).await;
    let orders = namespace(&world, "orders");
    refused(&attach(&orders, OWNER, &["none"]).await, 400, 3, "`none` not found");
    refused(&attach(&orders, OWNER, &[far.id()]).await, 400, 3, "aws-us-west-2");
    refused(&attach(&orders, OWNER, &[near.id(), near.id()]).await, 400, 3, "twice");
    refused(&attach(&orders, OWNER, &[near.id(), also.id()]).await, 400, 9, "at most 1");
    accepted(&attach(&orders, OWNER, &[near.id(), open.id()]).await);
}

#[tokio::test]
async fn an_attached_rule_is_not_deleted() {
    let world = World::start().await;
    let rule = create(&world, public()).await;
    let orders = namespace(&world, "orders");
    accepted(&attach(&orders, OWNER, &[rule.id()]).await);
    refused(&rule.delete(OWNER).await, 400, 9, "orders.a2dd6");
    accepted(&attach(&orders, OWNER, &[]).await);
    accepted(&rule.delete(OWNER).await);
}

#[tokio::test]
async fn a_region_with_an_attached_rule_stays() {
    let world = World::start().await;
    let rule = create(&world, aws("vpce-1", "aws-us-west-2")).await;
    let orders = namespace(&world, "orders");
    accepted(&orders.post(OWNER, "/add-region", json!({ "region": "aws-us-west-2" })).await);
    accepted(&attach(&orders, OWNER, &[rule.id()]).await);
    refused(&orders.delete_under(OWNER, "/regions/aws-us-west-2").await, 400, 3, rule.id());
    accepted(&attach(&orders, OWNER, &[]).await);
    accepted(&orders.delete_under(OWNER, "/regions/aws-us-west-2").await);
}

#[tokio::test]
async fn rules_come_by_id_and_by_the_namespace_that_has_them() {
    let world = World::start().await;
    let mut ids = Vec::new();
    for at in 0..5 {
        ids.push(create(&world, aws(&format!("vpce-{at}"), "aws-us-east-1")).await.id().to_owned());
    }
    let attached = ids[3].clone();
    ids.sort();
    let (_, list) = world.get(OWNER, &format!("{RULES}?pageSize=3")).await;
    let shown = |list: &Value| {
        let rules = list["connectivityRules"].as_array().cloned().unwrap_or_default();
        rules.iter().map(|rule| rule["id"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let next = format!("{RULES}?pageToken={}", list["nextPageToken"].as_str().unwrap());
    let (_, rest) = world.get(OWNER, &next).await;
    assert_eq!([shown(&list), shown(&rest)].concat(), ids);
    accepted(&attach(&namespace(&world, "orders"), OWNER, &[&attached]).await);
    let (_, list) = world.get(OWNER, &format!("{RULES}?namespace=orders.a2dd6")).await;
    assert_eq!(shown(&list), [attached]);
    for other in ["shipping.a2dd6", "none.a2dd6", "nonsense"] {
        assert_eq!(world.get(OWNER, &format!("{RULES}?namespace={other}")).await, (200, json!({})));
    }
}
