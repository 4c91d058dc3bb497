use crate::world::{METRICS, ORDERS, OWNER, World, account, spec};
use devregistry::{DevRegistry, Settings};
use serde_json::{Value, json};
use std::io::{self, Write};
use std::sync::{Arc, Mutex};

const ENDPOINTS: &str = "/cloud/nexus/endpoints";

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Log {
    fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }

    /// Method, principal, object and outcome of each line.
    fn calls(&self) -> Vec<[Value; 4]> {
        let text = self.text();
        let lines = text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
        lines.map(|line| ["method", "principal", "object", "outcome"].map(|key| line[key].clone())).collect()
    }
}

async fn world(log: &Log, faults: &[&str]) -> World {
    let faults = faults.iter().map(|fault| fault.parse().unwrap()).collect();
    let registry = DevRegistry::new(account(), Settings { faults, ..Settings::default() }).unwrap();
    World::serving(registry.with_audit(Box::new(log.clone())), None).await
}

/// A log on a full disk.
struct Full;

impl Write for Full {
    fn write(&mut self, _: &[u8]) -> io::Result<usize> {
        Err(io::Error::from(io::ErrorKind::StorageFull))
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn a_lost_log_is_told_once() {
    let told = Arc::new(Mutex::new(Vec::new()));
    let sink = Arc::clone(&told);
    let registry = DevRegistry::new(account(), Settings::default()).unwrap().with_audit(Box::new(Full));
    let registry = registry.with_warnings(move |text| sink.lock().unwrap().push(text));
    let world = World::serving(registry, None).await;
    for _ in 0..3 {
        assert_eq!(world.get(OWNER, "/cloud/regions").await.0, 200);
    }
    let told = told.lock().unwrap();
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(told[0].starts_with("cannot write the audit log: "), "{told:?}");
}

#[tokio::test]
async fn every_call_is_a_line() {
    let log = Log::default();
    let world = world(&log, &["unavailable,method=GetRegions"]).await;
    let id = world.orders_endpoint().await["id"].clone();
    world.get(ORDERS, &format!("{ENDPOINTS}/{}", id.as_str().unwrap())).await;
    let body = json!({ "spec": spec("made", "orders", &[]), "asyncOperationId": "op-1" });
    let (_, made) = world.post(ORDERS, ENDPOINTS, body.clone()).await;
    let taken = json!({ "spec": spec("made", "orders", &[]) });
    world.post(ORDERS, ENDPOINTS, taken).await;
    world.post(METRICS, ENDPOINTS, body).await;
    world.get(OWNER, "/cloud/namespaces/none.a2dd6").await;
    world.get(OWNER, "/cloud/operations/op-1").await;
    world.get(OWNER, "/cloud/regions").await;
    let request = world.http.post(world.url(ENDPOINTS)).bearer_auth(world.key(OWNER)).body("{");
    world.send(request).await;
    let request = world.http.get(world.url("/cloud/account")).bearer_auth("dev_guess");
    world.send(request).await;
    let expected = [
        json!(["GetNexusEndpoints", OWNER, null, "OK"]),
        json!(["GetNexusEndpoint", ORDERS, id, "OK"]),
        json!(["CreateNexusEndpoint", ORDERS, made["endpointId"], "OK"]),
        json!(["CreateNexusEndpoint", ORDERS, "made", "ALREADY_EXISTS"]),
        json!(["CreateNexusEndpoint", METRICS, "made", "PERMISSION_DENIED"]),
        json!(["GetNamespace", OWNER, "none.a2dd6", "NOT_FOUND"]),
        json!(["GetAsyncOperation", OWNER, "op-1", "OK"]),
        json!(["GetRegions", OWNER, null, "UNAVAILABLE"]),
        json!(["CreateNexusEndpoint", OWNER, null, "INVALID_ARGUMENT"]),
        json!(["GetAccount", null, null, "UNAUTHENTICATED"]),
    ];
    assert_eq!(json!(log.calls()), json!(expected));
    let write: Value = serde_json::from_str(log.text().lines().nth(2).unwrap()).unwrap();
    assert_eq!(write["operation"], "op-1");
    assert!(write["time"].as_str().unwrap().ends_with('Z'));
}

#[tokio::test]
async fn no_key_is_in_the_log() {
    let log = Log::default();
    let world = world(&log, &[]).await;
    world.orders_endpoint().await;
    let request = world.http.get(world.url("/cloud/account")).bearer_auth("dev_guess");
    world.send(request).await;
    let text = log.text();
    assert_eq!(text.lines().count(), 2);
    assert!(!text.contains(&world.key(OWNER)) && !text.contains("dev_guess"));
}

#[tokio::test]
async fn a_log_that_cannot_be_written_stops_no_call() {
    struct Full;
    impl Write for Full {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(io::ErrorKind::StorageFull.into())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    let registry = DevRegistry::new(account(), Settings::default()).unwrap().with_audit(Box::new(Full));
    World::serving(registry, None).await.orders_endpoint().await;
}

#[tokio::test]
async fn grpc_calls_that_are_refused_unread_are_lines_too() {
    let log = Log::default();
    let world = world(&log, &[]).await;
    let client = reqwest::Client::builder().no_proxy().http2_prior_knowledge().build().unwrap();
    let url = world.url("/temporal.api.cloud.cloudservice.v1.CloudService/GetAccount");
    let call = || client.post(&url).header("content-type", "application/grpc");
    let cut_off = vec![0, 0, 0, 0, 9, 7];
    call().body(cut_off.clone()).send().await.unwrap();
    call().bearer_auth(world.key(OWNER)).body(cut_off).send().await.unwrap();
    call().bearer_auth(world.key(OWNER)).body(vec![0; 5 * 1024 * 1024]).send().await.unwrap();
    call().bearer_auth(world.key(OWNER)).body(vec![0; 5]).send().await.unwrap();
    let expected = [
        json!(["GetAccount", null, null, "UNAUTHENTICATED"]),
        json!(["GetAccount", OWNER, null, "INTERNAL"]),
        json!(["GetAccount", OWNER, null, "RESOURCE_EXHAUSTED"]),
        json!(["GetAccount", OWNER, null, "OK"]),
    ];
    assert_eq!(json!(log.calls()), json!(expected));
}
