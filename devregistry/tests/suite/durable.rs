use crate::world::{MEMBER, ORDERS, OWNER, World, account, namespace_spec, spec};
use devregistry::{DevRegistry, Settings, StartError, StateFileError};
use rusqlite::Connection;
use serde_json::{Value, json};
use std::fs;
use std::path::Path;
use std::time::Duration;

const ENDPOINTS: &str = "/cloud/nexus/endpoints";

fn open(file: &Path) -> Result<DevRegistry, StateFileError> {
    DevRegistry::with_state(account(), Settings::default(), file).map_err(|error| match error {
        StartError::StateFile(error) => error,
        StartError::Seed(error) => unreachable!("{error}"),
    })
}

/// The file is refused and left alone.
#[track_caller]
fn refused(file: &Path) -> StateFileError {
    let before = fs::read(file).unwrap();
    let error = open(file).unwrap_err();
    assert_eq!(fs::read(file).unwrap(), before);
    assert!(
        !error.to_string().contains('\n') && error.to_string().contains(&*file.to_string_lossy()),
        "{error}"
    );
    error
}

/// All that can be read of an account.
async fn everything(world: &World) -> Vec<Value> {
    let lists = ["nexus/endpoints", "namespaces", "users", "service-accounts", "user-groups", "account"];
    let mut all = Vec::new();
    for list in lists {
        let (status, answer) = world.get(OWNER, &format!("/cloud/{list}")).await;
        assert_eq!(status, 200);
        all.push(answer);
    }
    all
}

#[tokio::test]
async fn a_restart_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("state");
    let mut world = World::kept(&file, Settings::default()).await;
    let create = json!({ "spec": spec("kept", "orders", &["billing"]), "asyncOperationId": "op-1" });
    let (_, first) = world.post(ORDERS, ENDPOINTS, create.clone()).await;
    let body = json!({ "spec": namespace_spec("made") });
    assert_eq!(world.post(ORDERS, "/cloud/namespaces", body).await.0, 200);
    let gone = world.orders_endpoint().await;
    let path = format!(
        "{ENDPOINTS}/{}?resourceVersion={}",
        gone["id"].as_str().unwrap(),
        gone["resourceVersion"].as_str().unwrap()
    );
    assert_eq!(world.delete(OWNER, &path).await.0, 200);
    let before = everything(&world).await;
    world.stop().await;

    let registry = open(&file).unwrap();
    assert!(registry.is_restored());
    let again = World::serving(registry, None).await;
    assert_eq!(everything(&again).await, before);
    for who in [OWNER, ORDERS, MEMBER] {
        assert_eq!(again.key(who), world.key(who));
    }
    assert_eq!(again.post(ORDERS, ENDPOINTS, create).await, (200, first));
    let (status, _) = again.get(ORDERS, "/cloud/namespaces/made.a2dd6").await;
    assert_eq!(status, 200, "the creator still is its Namespace Admin");
}

#[tokio::test]
async fn pending_operations_go_on_after_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("state");
    let settings = Settings { operation_time: Duration::from_millis(600), ..Settings::default() };
    let mut world = World::kept(&file, settings.clone()).await;
    let body = json!({ "spec": spec("slow", "orders", &[]), "asyncOperationId": "op-1" });
    let (_, created) = world.post(OWNER, ENDPOINTS, body).await;
    assert_eq!(created["asyncOperation"]["state"], "STATE_PENDING");
    world.stop().await;

    // A time of another length in the settings concerns operations that start later.
    let world = World::kept(&file, Settings { operation_time: Duration::from_secs(600), ..settings }).await;
    let path = format!("{ENDPOINTS}/{}", created["endpointId"].as_str().unwrap());
    let activating = world.get(OWNER, &path).await.1;
    assert_eq!(activating["endpoint"]["asyncOperationId"], "op-1");
    let operation = loop {
        let (_, answer) = world.get(OWNER, "/cloud/operations/op-1").await;
        if answer["asyncOperation"]["state"] == "STATE_FULFILLED" {
            break answer;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    };
    assert!(operation["asyncOperation"]["finishedTime"].is_string());
    let (_, active) = world.get(OWNER, &path).await;
    assert_eq!(active["endpoint"]["state"], "RESOURCE_STATE_ACTIVE");
}

#[tokio::test]
async fn the_state_wins_over_the_seed() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("state");
    drop(open(&file).unwrap());
    let mut other = account();
    other.endpoints.clear();
    let registry = DevRegistry::with_state(other, Settings::default(), &file).unwrap();
    let world = World::serving(registry, None).await;
    assert_eq!(world.orders_endpoint().await["spec"]["name"], "orders");
}

#[test]
fn what_is_no_state_file_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let text = folder.path().join("text");
    fs::write(&text, "dear diary, ".repeat(100)).unwrap();
    assert!(matches!(refused(&text), StateFileError::Foreign(_)));
    let short = folder.path().join("short");
    fs::write(&short, "x").unwrap();
    assert!(matches!(refused(&short), StateFileError::Foreign(_)));
    let database = folder.path().join("database");
    Connection::open(&database).unwrap().execute_batch("CREATE TABLE entity (kind, id, body)").unwrap();
    assert!(matches!(refused(&database), StateFileError::Foreign(_)));
    assert!(matches!(open(folder.path()).unwrap_err(), StateFileError::Io { .. }));
    assert!(matches!(open(&folder.path().join("no/such")).unwrap_err(), StateFileError::Io { .. }));
}

#[test]
fn an_empty_file_is_taken_and_only_its_owner_reads_it() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("state");
    fs::write(&file, "").unwrap();
    assert!(!open(&file).unwrap().is_restored());
    #[cfg(unix)]
    assert_eq!(
        std::os::unix::fs::PermissionsExt::mode(&fs::metadata(&file).unwrap().permissions()) & 0o777,
        0o600
    );
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "no draft is left");
}

#[test]
fn a_newer_state_file_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("state");
    drop(open(&file).unwrap());
    Connection::open(&file).unwrap().pragma_update(None, "user_version", 99).unwrap();
    assert!(matches!(refused(&file), StateFileError::Newer { found: 99, .. }));
}

#[test]
fn damaged_state_files_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("state");
    drop(open(&file).unwrap());
    let whole = fs::read(&file).unwrap();
    let mut torn = whole.clone();
    torn[4096..].iter_mut().for_each(|byte| *byte = 0xa5);
    fs::write(&file, &torn).unwrap();
    assert!(matches!(refused(&file), StateFileError::Damaged { .. }));
    fs::write(&file, &whole[..whole.len() / 2]).unwrap();
    assert!(matches!(refused(&file), StateFileError::Damaged { .. }));

    let edits = [
        ("DELETE FROM entity WHERE kind = 'account'", "rows are missing"),
        ("UPDATE entity SET body = x'ff' WHERE kind = 'namespace'", "the namespace `"),
        ("UPDATE entity SET kind = 'gadget' WHERE kind = 'namespace'", "the checksum of the gadget `"),
        ("DELETE FROM entity WHERE kind = 'endpoint'", "rows are missing"),
        ("DELETE FROM total", "rows are missing"),
        ("DROP TABLE entity", "no such table"),
    ];
    for (edit, says) in edits {
        fs::write(&file, &whole).unwrap();
        Connection::open(&file).unwrap().execute_batch(edit).unwrap();
        let error = refused(&file).to_string();
        assert!(error.contains(says), "{error}");
    }
}

#[tokio::test]
async fn a_flipped_bit_is_refused_or_has_no_effect() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("state");
    let mut world = World::kept(&file, Settings::default()).await;
    let create = json!({ "spec": spec("kept", "orders", &["billing"]), "asyncOperationId": "op-1" });
    assert_eq!(world.post(ORDERS, ENDPOINTS, create).await.0, 200);
    let before = everything(&world).await;
    world.stop().await;
    let whole = fs::read(&file).unwrap();
    let (mut refused, mut without_effect) = (0, 0);
    for flip in 0..250 {
        // Spread over the file, with the header bit by bit.
        let bit = if flip < 50 { flip * 16 + flip % 8 } else { (flip * 2_654_435_761) % (whole.len() * 8) };
        let mut flipped = whole.clone();
        flipped[bit / 8] ^= 1 << (bit % 8);
        fs::write(&file, &flipped).unwrap();
        let Ok(registry) = open(&file) else {
            refused += 1;
            continue;
        };
        assert!(registry.is_restored(), "bit {bit}");
        let mut world = World::serving(registry, None).await;
        assert_eq!(everything(&world).await, before, "bit {bit}");
        without_effect += 1;
        world.stop().await;
        for rest in ["state-wal", "state-shm"] {
            let _ = fs::remove_file(folder.path().join(rest));
        }
    }
    assert!(refused > 20 && without_effect > 20, "{refused} refused, {without_effect} without effect");
}

#[test]
fn a_file_without_checksums_gets_them() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("state");
    drop(open(&file).unwrap());
    let first = "ALTER TABLE entity DROP COLUMN sum; DROP TABLE total; PRAGMA user_version = 1";
    Connection::open(&file).unwrap().execute_batch(first).unwrap();
    assert!(open(&file).unwrap().is_restored());
    let version = |row: &rusqlite::Row<'_>| row.get::<_, i32>(0);
    assert_eq!(Connection::open(&file).unwrap().query_row("PRAGMA user_version", [], version), Ok(2));
    assert!(open(&file).unwrap().is_restored());
}

#[test]
fn one_process_has_a_state_file() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("state");
    let first = open(&file).unwrap();
    let error = open(&file).unwrap_err();
    assert!(matches!(error, StateFileError::InUse(_)), "{error}");
    drop(first);
    open(&file).unwrap();
}

#[test]
fn keys_are_kept_as_digests() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("state");
    let registry = open(&file).unwrap();
    let keys = registry.api_keys();
    drop(registry);
    let bytes = fs::read(&file).unwrap();
    assert!(keys.len() > 5);
    for key in keys.values() {
        let key = key.expose().as_bytes();
        assert!(!bytes.windows(key.len()).any(|window| window == key));
    }
}
