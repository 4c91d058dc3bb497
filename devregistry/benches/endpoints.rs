//! Throughput and memory with 10,000 Endpoints of 10 callers each. The server has one thread, so one core; the clients
//! call over HTTP/1.1 connections that stay open, one call after another.
//!
//!     cargo bench -p devregistry --bench endpoints
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::indexing_slicing,
    reason = "a bench prints, and fails by panicking"
)]

use devregistry::{DevRegistry, Settings};
use schema::account::{Account, Endpoint, Namespace, Target};
use schema::name::NamespaceId;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

const ENDPOINTS: usize = 10_000;
const CALLERS: usize = 10;
const NAMESPACES: usize = 100;
const CLIENTS: usize = 8;
const TIME: Duration = Duration::from_secs(4);
const PATH: &str = "/cloud/nexus/endpoints";

fn main() {
    let before = memory();
    let start = Instant::now();
    let registry = DevRegistry::new(account(), Settings::default()).unwrap();
    println!("{ENDPOINTS} Endpoints of {CALLERS} callers: built in {} ms", start.elapsed().as_millis());
    let key = registry.api_keys().values().next().unwrap().expose().to_owned();
    let (address, server) = serve(registry);
    let mut client = Client::connect(address, &key);
    let ids = list(&mut client);
    assert_eq!(ids.len(), ENDPOINTS);
    println!("memory of the registry: {} MB", (memory() - before) / 1_000_000);
    let start = Instant::now();
    for _ in 0..3 {
        list(&mut client);
    }
    println!("list of all, pages of 1000: {} ms", start.elapsed().as_millis() / 3);
    let (at, names) = (AtomicU64::new(0), ids.len());
    measure("get by id", address, &key, &server, || {
        let next = at.fetch_add(7919, Ordering::Relaxed);
        format!("{PATH}/{}", ids[usize::try_from(next).unwrap() % names])
    });
    measure("filter by name", address, &key, &server, || {
        format!("{PATH}?name=endpoint-{:05}", at.fetch_add(7919, Ordering::Relaxed) % ENDPOINTS as u64)
    });
    measure("filter by target", address, &key, &server, || {
        format!(
            "{PATH}?targetNamespaceId=space-{:02}.a2dd6",
            at.fetch_add(1, Ordering::Relaxed) % NAMESPACES as u64
        )
    });
    println!("memory of the process at the end: {} MB", memory() / 1_000_000);
}

/// The server's thread, by what the kernel calls it.
struct Server {
    stat: String,
}

impl Server {
    /// CPU time that it has used, in seconds, where the kernel tells.
    fn used(&self) -> Option<f64> {
        let stat = std::fs::read_to_string(&self.stat).ok()?;
        let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_whitespace().collect();
        let ticks: f64 = fields.get(11)?.parse::<f64>().ok()? + fields.get(12)?.parse::<f64>().ok()?;
        Some(ticks / 100.0)
    }
}

fn serve(registry: DevRegistry) -> (SocketAddr, Server) {
    let (tell, told) = std::sync::mpsc::channel();
    thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
            let own = std::fs::read_link("/proc/thread-self");
            let stat = own.map(|own| format!("/proc/{}/stat", own.display())).unwrap_or_default();
            tell.send((listener.local_addr().unwrap(), Server { stat })).unwrap();
            registry.serve(listener, std::future::pending()).await.unwrap();
        });
    });
    told.recv().unwrap()
}

/// Calls for a while from several connections; prints calls a second, and what one costs the server's core.
fn measure(what: &str, address: SocketAddr, key: &str, server: &Server, path: impl Fn() -> String + Sync) {
    let (stop, calls) = (AtomicBool::new(false), AtomicU64::new(0));
    let (start, used) = (Instant::now(), server.used());
    thread::scope(|scope| {
        for _ in 0..CLIENTS {
            scope.spawn(|| {
                let mut client = Client::connect(address, key);
                while !stop.load(Ordering::Relaxed) {
                    client.get(&path());
                    calls.fetch_add(1, Ordering::Relaxed);
                }
            });
        }
        thread::sleep(TIME);
        stop.store(true, Ordering::Relaxed);
    });
    let calls = calls.into_inner() as f64;
    let cost = server.used().zip(used).map(|(after, before)| (after - before) * 1e6 / calls);
    let cost = cost.map(|cost| format!(", {cost:.0} µs of the server's core each")).unwrap_or_default();
    println!("{what}: {:.0} a second{cost}", calls / start.elapsed().as_secs_f64());
}

fn list(client: &mut Client) -> Vec<String> {
    let (mut ids, mut token) = (Vec::new(), String::new());
    loop {
        let page: serde_json::Value =
            serde_json::from_slice(&client.get(&format!("{PATH}?pageSize=1000&pageToken={token}"))).unwrap();
        let endpoints = page["endpoints"].as_array().unwrap();
        ids.extend(endpoints.iter().map(|endpoint| endpoint["id"].as_str().unwrap().to_owned()));
        match page["nextPageToken"].as_str() {
            Some(next) => token = next.to_owned(),
            None => return ids,
        }
    }
}

struct Client {
    stream: BufReader<TcpStream>,
    key: Arc<str>,
}

impl Client {
    fn connect(address: SocketAddr, key: &str) -> Self {
        let stream = TcpStream::connect(address).unwrap();
        stream.set_nodelay(true).unwrap();
        Self { stream: BufReader::new(stream), key: key.into() }
    }

    /// The body of a successful answer.
    fn get(&mut self, path: &str) -> Vec<u8> {
        let request = format!("GET {path} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {}\r\n\r\n", self.key);
        self.stream.get_mut().write_all(request.as_bytes()).unwrap();
        let (mut line, mut length) = (String::new(), 0);
        self.stream.read_line(&mut line).unwrap();
        assert!(line.starts_with("HTTP/1.1 200 "), "{line}");
        while line.trim_end() != "" {
            line.clear();
            self.stream.read_line(&mut line).unwrap();
            if let Some(value) = line.strip_prefix("content-length: ") {
                length = value.trim().parse().unwrap();
            }
        }
        let mut body = vec![0; length];
        self.stream.read_exact(&mut body).unwrap();
        body
    }
}

fn account() -> Account {
    let mut account = Account::empty("a2dd6".parse().unwrap());
    account.limits.endpoints = ENDPOINTS;
    let space =
        |number: usize| -> NamespaceId { format!("space-{:02}.a2dd6", number % NAMESPACES).parse().unwrap() };
    for id in (0..NAMESPACES).map(space) {
        let regions = vec!["aws-us-east-1".to_owned()];
        let namespace =
            Namespace { id: id.clone(), regions, auth: Default::default(), tags: Default::default() };
        account.namespaces.insert(id, namespace);
    }
    for number in 0..ENDPOINTS {
        let endpoint = Endpoint {
            name: format!("endpoint-{number:05}").parse().unwrap(),
            target: Target::Worker { namespace: space(number), task_queue: "work".parse().unwrap() },
            description: Some("one of many".to_owned()),
            callers: (1..=CALLERS).map(|caller| space(number + caller)).collect(),
        };
        account.endpoints.insert(endpoint.name.clone(), endpoint);
    }
    account
}

/// Resident memory of this process in bytes, where the kernel tells.
fn memory() -> u64 {
    let pages = std::fs::read_to_string("/proc/self/statm").ok();
    let pages = pages.and_then(|text| text.split(' ').nth(1)?.parse::<u64>().ok());
    pages.unwrap_or_default() * 4096
}
