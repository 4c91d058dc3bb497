use crate::storm;
use crate::world::{OWNER, World, spec};
use devregistry::Settings;
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;

const ENDPOINTS: &str = "/cloud/nexus/endpoints";
const TASKS: usize = 8;
const ROUNDS: usize = 10;

/// Adds one line to the description of the seeded Endpoint, as often as another is faster.
async fn append(world: &World, line: &str) {
    loop {
        let endpoint = world.orders_endpoint().await;
        let mut spec = endpoint["spec"].clone();
        let metadata = spec["description"]["metadata"].as_object_mut().unwrap();
        metadata.insert(line.to_owned(), json!("AA=="));
        let body = json!({ "spec": spec, "resourceVersion": endpoint["resourceVersion"] });
        let path = format!("{ENDPOINTS}/{}", endpoint["id"].as_str().unwrap());
        match world.post(OWNER, &path, body).await {
            (200, _) => return,
            (400, body) => assert_eq!(body["code"], 9, "{body}"),
            other => unreachable!("an answer of another kind: {other:?}"),
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_update_is_lost() {
    let world = Arc::new(World::start().await);
    let tasks: Vec<_> = (0..TASKS)
        .map(|task| {
            let world = Arc::clone(&world);
            tokio::spawn(async move {
                for round in 0..ROUNDS {
                    append(&world, &format!("{task}-{round}")).await;
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    let endpoint = world.orders_endpoint().await;
    let metadata = endpoint["spec"]["description"]["metadata"].as_object().unwrap();
    assert_eq!(metadata.len(), TASKS * ROUNDS + 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_of_many_gets_a_name() {
    let world = Arc::new(World::start().await);
    let tasks: Vec<_> = (0..TASKS)
        .map(|_| {
            let world = Arc::clone(&world);
            tokio::spawn(async move {
                let body = json!({ "spec": spec("wanted", "orders", &[]) });
                world.post(OWNER, ENDPOINTS, body).await.0
            })
        })
        .collect();
    let mut answers = Vec::new();
    for task in tasks {
        answers.push(task.await.unwrap());
    }
    answers.sort_unstable();
    assert_eq!(answers.iter().filter(|status| **status == 200).count(), 1, "{answers:?}");
    assert!(answers.iter().skip(1).all(|status| *status == 409));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_operation_id_has_one_effect_however_many_send_it() {
    let world = Arc::new(World::with(Settings::default(), |_| {}).await);
    let tasks: Vec<_> = (0..TASKS)
        .map(|_| {
            let world = Arc::clone(&world);
            tokio::spawn(async move {
                let body = json!({ "spec": spec("wanted", "orders", &[]), "asyncOperationId": "op-1" });
                world.post(OWNER, ENDPOINTS, body).await
            })
        })
        .collect();
    let mut answers: Vec<(u16, Value)> = Vec::new();
    for task in tasks {
        answers.push(task.await.unwrap());
    }
    assert!(answers.windows(2).all(|pair| pair[0] == pair[1] && pair[0].0 == 200), "{answers:?}");
}

/// The long run, with figures, is `cargo bench -p devregistry --bench storm`.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sixty_four_clients_agree_with_the_registry() {
    let settings = Settings { operation_time: Duration::from_millis(3), ..Settings::default() };
    let world = World::with(settings, |account| account.limits.endpoints = 100_000).await;
    let registry = world.registry();
    storm::prepare(&registry).await;
    let ledgers = storm::storm(&registry, 64, Duration::from_secs(3)).await;
    storm::check(&registry, &ledgers).await;
    assert!(ledgers.iter().map(|ledger| ledger.acknowledged).sum::<usize>() > 64);
}
