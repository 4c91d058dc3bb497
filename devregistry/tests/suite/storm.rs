//! Many clients that create, update with versions and delete at once, and what has to be true afterwards. Each keeps
//! a ledger of what it was told; a registry that loses an update, takes a name twice or forgets what it acknowledged
//! disagrees with one.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use reqwest::{Client, RequestBuilder};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

const ENDPOINTS: &str = "/cloud/nexus/endpoints";
/// The Endpoint whose description every client counts up.
const COUNTER: &str = "counter";
/// Names that every client wants.
const WANTED: usize = 8;

/// How many operations a client looks up in the end; the registry remembers 10,000 of all clients.
const REMEMBERED: usize = 20;

/// Where the clients call.
#[derive(Clone)]
pub struct Registry {
    pub http: Client,
    pub url: String,
    pub key: String,
    /// How many writes it has acknowledged to all clients.
    pub acknowledged: Arc<AtomicUsize>,
}

/// What one client was told.
#[derive(Default)]
pub struct Ledger {
    /// Its Endpoints by name: id and description.
    live: BTreeMap<String, (String, String)>,
    /// The write that was not answered: the Endpoint's name, and its description before and after, if there is one.
    doubtful: Option<(String, Option<String>, Option<String>)>,
    /// How many writes were acknowledged.
    pub acknowledged: usize,
    /// The operation ids of the last of them.
    operations: VecDeque<String>,
    client: usize,
    round: usize,
    counted: u64,
    /// Whether a count was not answered.
    maybe_counted: bool,
    wanted: BTreeSet<String>,
}

/// Nobody answered.
struct Gone;

/// Lets `clients` write until `time` is over or the registry is gone.
pub async fn storm(registry: &Registry, clients: usize, time: Duration) -> Vec<Ledger> {
    go_on(registry, (0..clients).map(Ledger::new).collect(), time).await
}

/// Lets the clients of these ledgers write on.
pub async fn go_on(registry: &Registry, ledgers: Vec<Ledger>, time: Duration) -> Vec<Ledger> {
    let until = Instant::now() + time;
    let write = |mut ledger: Ledger| {
        let registry = registry.clone();
        tokio::spawn(async move {
            while Instant::now() < until && act(&registry, &mut ledger).await.is_ok() {
                ledger.round += 1;
            }
            ledger
        })
    };
    let tasks: Vec<_> = ledgers.into_iter().map(write).collect();
    let mut ledgers = Vec::new();
    for task in tasks {
        ledgers.push(task.await.unwrap());
    }
    ledgers
}

/// Makes the Endpoint that is counted up.
pub async fn prepare(registry: &Registry) {
    let body = json!({ "spec": spec(COUNTER, "0") });
    assert_eq!(registry.post(ENDPOINTS, body).await.ok().unwrap().0, 200);
}

/// Waits until the registry has acknowledged this many writes.
pub async fn acknowledged(registry: &Registry, writes: usize) {
    let patience = Instant::now() + Duration::from_secs(120);
    while registry.acknowledged.load(Ordering::Relaxed) < writes {
        assert!(Instant::now() < patience, "the registry does not acknowledge {writes} writes");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// Holds the ledgers against the registry, once no operation is in progress any more.
pub async fn check(registry: &Registry, ledgers: &[Ledger]) {
    let found = settled_all(registry).await;
    let mut expected = BTreeSet::from([COUNTER.to_owned(), "orders".to_owned()]);
    for ledger in ledgers {
        for (name, (id, description)) in &ledger.live {
            expected.insert(name.clone());
            let endpoint =
                found.get(name).unwrap_or_else(|| unreachable!("`{name}` was acknowledged and is gone"));
            assert_eq!(&endpoint["id"], id, "{name}");
            assert_eq!(&text(endpoint), description, "{name}: an acknowledged update is lost");
        }
        if let Some((name, before, after)) = &ledger.doubtful {
            expected.insert(name.clone());
            let now = found.get(name).map(text);
            assert!(now == *before || now == *after, "{name}: {now:?} is neither {before:?} nor {after:?}");
        }
        expected.extend(ledger.wanted.iter().cloned());
    }
    assert!(found.keys().all(|name| expected.contains(name)), "an Endpoint that nobody made");
    let counted: u64 = ledgers.iter().map(|ledger| ledger.counted).sum();
    let doubtful = ledgers.iter().filter(|ledger| ledger.maybe_counted).count() as u64;
    let count: u64 = text(&found[COUNTER]).parse().unwrap();
    assert!((counted..=counted + doubtful).contains(&count), "{count} of {counted} (and {doubtful})");
    let operations = ledgers.iter().flat_map(|ledger| &ledger.operations);
    for operation in operations {
        let (status, answer) = registry.get(&format!("/cloud/operations/{operation}")).await.ok().unwrap();
        assert_eq!((status, &answer["asyncOperation"]["state"]), (200, &json!("STATE_FULFILLED")));
    }
}

/// Every Endpoint by name, as soon as none has an operation in progress.
async fn settled_all(registry: &Registry) -> BTreeMap<String, Value> {
    let patience = Instant::now() + Duration::from_secs(10);
    loop {
        let found = all(registry).await;
        let busy = |endpoint: &&Value| {
            endpoint["state"] != "RESOURCE_STATE_ACTIVE" || endpoint.get("asyncOperationId").is_some()
        };
        let Some(endpoint) = found.values().find(busy) else { return found };
        assert!(Instant::now() < patience, "an operation is leaked: {endpoint}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// Every Endpoint by name; no two have one name.
async fn all(registry: &Registry) -> BTreeMap<String, Value> {
    let mut found = BTreeMap::new();
    let mut token = String::new();
    loop {
        let path = format!("{ENDPOINTS}?pageSize=1000&pageToken={token}");
        let (_, page) = registry.get(&path).await.ok().unwrap();
        for endpoint in page["endpoints"].as_array().into_iter().flatten() {
            let name = endpoint["spec"]["name"].as_str().unwrap().to_owned();
            assert_eq!(found.insert(name.clone(), endpoint.clone()), None, "`{name}` was taken twice");
        }
        match page["nextPageToken"].as_str() {
            Some(next) => token = next.to_owned(),
            None => return found,
        }
    }
}

async fn act(registry: &Registry, ledger: &mut Ledger) -> Result<(), Gone> {
    let (client, round) = (ledger.client, ledger.round);
    match rand::random::<u32>() % 10 {
        0..2 => create(registry, ledger, format!("own-{client}-{round}")).await,
        2..5 => change(registry, ledger, round).await,
        5..8 => remove(registry, ledger).await,
        8 => want(registry, ledger, format!("wanted-{}", round % WANTED)).await,
        _ => count(registry, ledger).await,
    }
}

async fn create(registry: &Registry, ledger: &mut Ledger, name: String) -> Result<(), Gone> {
    ledger.doubtful = Some((name.clone(), None, Some("new".to_owned())));
    let (status, answer) = registry.post(ENDPOINTS, json!({ "spec": spec(&name, "new") })).await?;
    assert_eq!(status, 200, "{answer}");
    let id = answer["endpointId"].as_str().unwrap().to_owned();
    ledger.acknowledged(registry, &answer);
    ledger.live.insert(name, (id, "new".to_owned()));
    Ok(())
}

async fn change(registry: &Registry, ledger: &mut Ledger, round: usize) -> Result<(), Gone> {
    let Some((name, (id, before))) = ledger.live.pop_first() else { return Ok(()) };
    let after = format!("round {round}");
    ledger.doubtful = Some((name.clone(), Some(before), Some(after.clone())));
    let answer = settled(
        registry,
        &id,
        |endpoint| json!({ "spec": spec(&name, &after), "resourceVersion": endpoint["resourceVersion"] }),
    );
    let answer = answer.await?;
    ledger.acknowledged(registry, &answer);
    ledger.live.insert(name, (id, after));
    Ok(())
}

async fn remove(registry: &Registry, ledger: &mut Ledger) -> Result<(), Gone> {
    let Some((name, (id, before))) = ledger.live.pop_last() else { return Ok(()) };
    ledger.doubtful = Some((name, Some(before), None));
    loop {
        let (_, endpoint) = registry.get(&format!("{ENDPOINTS}/{id}")).await?;
        let version = endpoint["endpoint"]["resourceVersion"].as_str().unwrap();
        let path = format!("{ENDPOINTS}/{id}?resourceVersion={version}");
        match registry.send(registry.http.delete(registry.at(&path))).await? {
            (200, answer) => {
                ledger.acknowledged(registry, &answer);
                return Ok(());
            }
            (status, answer) => assert_eq!((status, &answer["code"]), (400, &json!(9)), "{answer}"),
        }
    }
}

/// Wants a name that others want: one gets it, and lets it go again.
async fn want(registry: &Registry, ledger: &mut Ledger, name: String) -> Result<(), Gone> {
    ledger.wanted.insert(name.clone());
    let (status, answer) = registry.post(ENDPOINTS, json!({ "spec": spec(&name, "wanted") })).await?;
    if status != 200 {
        assert_eq!(status, 409, "{answer}");
        return Ok(());
    }
    // Names of its own begin with `own`, so what it wanted comes last.
    ledger.live.insert(name, (answer["endpointId"].as_str().unwrap().to_owned(), "wanted".to_owned()));
    remove(registry, ledger).await
}

/// Counts the shared Endpoint up by one.
async fn count(registry: &Registry, ledger: &mut Ledger) -> Result<(), Gone> {
    let (_, list) = registry.get(&format!("{ENDPOINTS}?name={COUNTER}")).await?;
    let endpoint = &list["endpoints"][0];
    let next = text(endpoint).parse::<u64>().unwrap() + 1;
    let body =
        json!({ "spec": spec(COUNTER, &next.to_string()), "resourceVersion": endpoint["resourceVersion"] });
    ledger.maybe_counted = true;
    let (status, _) =
        registry.post(&format!("{ENDPOINTS}/{}", endpoint["id"].as_str().unwrap()), body).await?;
    ledger.maybe_counted = false;
    ledger.counted += u64::from(status == 200);
    Ok(())
}

/// Updates an Endpoint of which only the operation before may be in the way.
async fn settled(registry: &Registry, id: &str, body: impl Fn(&Value) -> Value) -> Result<Value, Gone> {
    let path = format!("{ENDPOINTS}/{id}");
    loop {
        let (_, endpoint) = registry.get(&path).await?;
        match registry.post(&path, body(&endpoint["endpoint"])).await? {
            (200, answer) => return Ok(answer),
            (status, answer) => assert_eq!((status, &answer["code"]), (400, &json!(9)), "{answer}"),
        }
    }
}

impl Ledger {
    fn new(client: usize) -> Self {
        Self { client, ..Self::default() }
    }

    fn acknowledged(&mut self, registry: &Registry, answer: &Value) {
        self.acknowledged += 1;
        registry.acknowledged.fetch_add(1, Ordering::Relaxed);
        self.operations.push_back(answer["asyncOperation"]["id"].as_str().unwrap().to_owned());
        if self.operations.len() > REMEMBERED {
            self.operations.pop_front();
        }
        self.doubtful = None;
    }
}

impl Registry {
    async fn get(&self, path: &str) -> Result<(u16, Value), Gone> {
        self.send(self.http.get(self.at(path))).await
    }

    async fn post(&self, path: &str, body: Value) -> Result<(u16, Value), Gone> {
        self.send(self.http.post(self.at(path)).json(&body)).await
    }

    async fn send(&self, request: RequestBuilder) -> Result<(u16, Value), Gone> {
        let response = request.bearer_auth(&self.key).send().await.map_err(|_| Gone)?;
        Ok((response.status().as_u16(), response.json().await.map_err(|_| Gone)?))
    }

    fn at(&self, path: &str) -> String {
        format!("{}{path}", self.url)
    }
}

fn spec(name: &str, description: &str) -> Value {
    let data = BASE64_STANDARD.encode(json!(description).to_string());
    json!({
        "name": name,
        "targetSpec": { "workerTargetSpec": { "namespaceId": "orders.a2dd6", "taskQueue": "work" } },
        "description": { "metadata": { "encoding": "anNvbi9wbGFpbg==" }, "data": data },
    })
}

fn text(endpoint: &Value) -> String {
    let data = BASE64_STANDARD.decode(endpoint["spec"]["description"]["data"].as_str().unwrap()).unwrap();
    serde_json::from_slice(&data).unwrap()
}
