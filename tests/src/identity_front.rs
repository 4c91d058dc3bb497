//! A front before the embedded registry, for access that it cannot hold: it changes how one principal is shown, and calls the
//! registry with the Owner's key, so that whatever this principal tries is allowed. Project access is shown from API v0.18 on.

use crate::dev::Dev;
use crate::http;
use serde_json::Value;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::sync::Arc;
use std::thread;

/// A running front. Its threads end with the test.
#[derive(Debug)]
pub struct IdentityFront {
    address: String,
}

struct Front {
    behind: String,
    owner: String,
    /// The e-mail address or name of the principal.
    name: String,
    change: fn(&mut Value),
}

/// A request as it arrived.
#[derive(Default)]
struct Arrived {
    method: String,
    path: String,
    key: String,
    version: String,
    body: Option<Value>,
}

impl IdentityFront {
    /// Starts one that changes the specification of the principal with this name or address.
    ///
    /// # Panics
    /// When it cannot be started.
    #[must_use]
    #[track_caller]
    pub fn start(dev: &Dev, name: &str, change: fn(&mut Value)) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
        let address = listener.local_addr().expect("a bound socket has an address").to_string();
        let (behind, owner) = (dev.grpc().to_owned(), dev.key("user.owner").to_owned());
        let front = Arc::new(Front { behind, owner, name: name.to_owned(), change });
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let front = Arc::clone(&front);
                thread::spawn(move || front.serve(stream));
            }
        });
        Self { address }
    }

    /// The variables that point clients to it, with the key of a principal.
    ///
    /// # Panics
    /// When the account has no such principal.
    #[must_use]
    #[track_caller]
    pub fn environment<'a>(&'a self, dev: &'a Dev, principal: &str) -> [(&'static str, &'a str); 3] {
        [
            ("TEMPORAL_CLOUD_ENDPOINT", &self.address),
            ("TEMPORAL_CLOUD_ALLOW_INSECURE", "true"),
            ("TEMPORAL_CLOUD_API_KEY", dev.key(principal)),
        ]
    }
}

impl Front {
    fn serve(&self, stream: TcpStream) {
        let mut stream = BufReader::new(stream);
        let Some(arrived) = read(&mut stream) else { return };
        let Arrived { method, path, key, version, body } = &arrived;
        let is_own = path.starts_with("/cloud/current-identity");
        let key = if is_own { key } else { &self.owner };
        let (status, mut answer) = http::request(&self.behind, key, method, path, body.as_ref());
        for principal in principals(&mut answer) {
            self.show(principal, version);
        }
        let text = answer.to_string();
        let head = format!(
            "HTTP/1.1 {status} -\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
            text.len()
        );
        let _ = stream.into_inner().write_all(format!("{head}{text}").as_bytes());
    }

    fn show(&self, principal: &mut Value, version: &str) {
        let Some(spec) = principal.get_mut("spec") else { return };
        let names = ["email", "name", "displayName"];
        if !names.iter().any(|name| spec.get(name).and_then(Value::as_str) == Some(&*self.name)) {
            return;
        }
        (self.change)(spec);
        if version < "v0.18.0" {
            let held_back = |object: &mut Value, key: &str| {
                object.as_object_mut().and_then(|object| object.remove(key));
            };
            held_back(spec, "projectScopedAccess");
            spec.get_mut("access").into_iter().for_each(|access| held_back(access, "projectAccesses"));
        }
    }
}

/// Every user, service account and group of an answer.
fn principals(answer: &mut Value) -> Vec<&mut Value> {
    let fields = answer.as_object_mut().into_iter().flatten();
    let fields = fields
        .filter(|(field, _)| matches!(&***field, "user" | "users" | "serviceAccount" | "groups" | "group"));
    fields
        .flat_map(|(_, value)| match value {
            Value::Array(items) => items.iter_mut().collect(),
            one => vec![one],
        })
        .collect()
}

fn read(stream: &mut BufReader<TcpStream>) -> Option<Arrived> {
    let mut arrived = Arrived::default();
    let mut line = String::new();
    stream.read_line(&mut line).ok()?;
    let mut words = line.split_whitespace();
    (arrived.method, arrived.path) = (words.next()?.to_owned(), words.next()?.to_owned());
    let mut length = 0;
    loop {
        let mut line = String::new();
        stream.read_line(&mut line).ok()?;
        let Some((name, value)) = line.trim_end().split_once(": ") else { break };
        match name.to_ascii_lowercase().as_str() {
            "authorization" => value.trim_start_matches("Bearer ").clone_into(&mut arrived.key),
            "temporal-cloud-api-version" => value.clone_into(&mut arrived.version),
            "content-length" => length = value.parse().ok()?,
            _ => {}
        }
    }
    let mut body = vec![0; length];
    stream.read_exact(&mut body).ok()?;
    arrived.body = serde_json::from_slice(&body).ok();
    Some(arrived)
}
