//! The whole contract against a client that does what Terraform does: a socket, mutual TLS with P-521, gRPC.

mod client;

use std::path::PathBuf;
use std::sync::mpsc::{self, Receiver, Sender};
use std::thread::JoinHandle;

use tonic::Code;

use super::*;
use crate::rpc::tests::create;
use crate::rpc::tests::fickle::Acme;
use crate::wire;
use client::{Client, ClientKey};

const PROGRAM: Program =
    Program { name: "terraform-provider-acme", address: "registry.terraform.io/acme/acme" };
const COOKIE: (&str, &str) =
    ("TF_PLUGIN_MAGIC_COOKIE", "d602bf8f470bc67ca7faa0386276bbdd4330efaf76d1a219cb4d6991ca9872b2");

/// Standard output whose lines the test hears.
struct Lines(Sender<String>);

impl Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.send(String::from_utf8_lossy(bytes).into_owned()).map_err(io::Error::other)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A provider serving in another thread.
struct Served {
    thread: JoinHandle<Result<(), ServeError>>,
    /// The fields of the handshake line.
    fields: Vec<String>,
    _folder: tempfile::TempDir,
}

impl Served {
    fn start(variables: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let fixed =
            [COOKIE, ("PLUGIN_PROTOCOL_VERSIONS", "5,6"), ("TMPDIR", folder.path().to_str().unwrap())];
        let environment: Environment = fixed.iter().chain(variables).copied().collect();
        let (sender, lines) = mpsc::channel();
        let thread = std::thread::spawn(move || run(&PROGRAM, &environment, &mut Lines(sender), Acme));
        let fields = first_line(&lines).split('|').map(str::to_owned).collect();
        Self { thread, fields, _folder: folder }
    }

    fn trusting(key: &ClientKey) -> Self {
        Self::start(&[("PLUGIN_CLIENT_CERT", &key.pem())])
    }

    fn socket(&self) -> PathBuf {
        self.fields[3].clone().into()
    }

    async fn client(&self, key: Option<&ClientKey>) -> Result<Client, String> {
        Client::connect(&self.socket(), &self.fields[5], key).await
    }

    async fn end(self, client: &Client) {
        client.call::<_, wire::Empty>("/plugin.GRPCController/Shutdown", wire::Empty {}).await.unwrap();
        let socket = self.socket();
        self.thread.join().unwrap().unwrap();
        assert!(!socket.exists());
    }
}

fn first_line(lines: &Receiver<String>) -> String {
    let mut line = String::new();
    while !line.ends_with('\n') {
        line.push_str(&lines.recv().unwrap());
    }
    line.trim_end().to_owned()
}

fn provider(method: &str) -> String {
    format!("/tfplugin6.Provider/{method}")
}

#[tokio::test]
async fn serves_terraform_until_it_says_goodbye() {
    let key = ClientKey::new(1);
    let served = Served::trusting(&key);
    assert_eq!(served.fields[..3], ["1", "6", "unix"]);
    assert_eq!((served.fields[4].as_str(), served.fields.len()), ("grpc", 6));
    let client = served.client(Some(&key)).await.unwrap();
    let metadata: wire::Metadata = client.call(&provider("GetMetadata"), wire::Empty {}).await.unwrap();
    assert_eq!(metadata.resources.len(), 1);
    served.end(&client).await;
}

#[tokio::test]
async fn names_methods_that_it_lacks() {
    let key = ClientKey::new(1);
    let served = Served::trusting(&key);
    let client = served.client(Some(&key)).await.unwrap();
    for path in [provider("PlanAction"), "/plugin.GRPCStdio/StreamStdio".to_owned()] {
        let status = client.call::<_, wire::Empty>(&path, wire::Empty {}).await.unwrap_err();
        assert_eq!(status.code(), Code::Unimplemented);
        assert!(status.message().contains(&path), "{status}");
    }
    served.end(&client).await;
}

#[tokio::test]
async fn takes_messages_larger_than_the_usual_limit() {
    let key = ClientKey::new(1);
    let served = Served::trusting(&key);
    let client = served.client(Some(&key)).await.unwrap();
    let name = "n".repeat(6 << 20);
    let answer: wire::ApplyAnswer =
        client.call(&provider("ApplyResourceChange"), create(&name)).await.unwrap();
    assert!(answer.diagnostics.is_empty());
    served.end(&client).await;
}

#[tokio::test]
async fn a_panic_ends_one_call_and_no_other() {
    let key = ClientKey::new(1);
    let served = Served::trusting(&key);
    let client = served.client(Some(&key)).await.unwrap();
    let apply = provider("ApplyResourceChange");
    let waiting = client.call::<_, wire::ApplyAnswer>(&apply, create("waits"));
    let panicking = async {
        let status = client.call::<_, wire::ApplyAnswer>(&apply, create("panics")).await.unwrap_err();
        assert_eq!(status.code(), Code::Internal);
        assert!(status.message().contains("by accident"), "{status}");
        client.call::<_, wire::Stopped>(&provider("StopProvider"), wire::Empty {}).await.unwrap();
    };
    let (waited, ()) = tokio::join!(waiting, panicking);
    assert!(waited.unwrap().diagnostics.is_empty());
    served.end(&client).await;
}

#[tokio::test]
async fn malformed_messages_are_refused_one_by_one() {
    let key = ClientKey::new(1);
    let served = Served::trusting(&key);
    let client = served.client(Some(&key)).await.unwrap();
    // A number where `ReadResource` has a string.
    let lie = wire::Schema { version: 7, block: None };
    assert!(client.call::<_, wire::ReadAnswer>(&provider("ReadResource"), lie).await.is_err());
    let answer = client.call::<_, wire::Checked>(&provider("ConfigureProvider"), wire::Empty {}).await;
    assert!(answer.unwrap().diagnostics.is_empty());
    served.end(&client).await;
}

#[tokio::test]
async fn nobody_else_may_connect() {
    let key = ClientKey::new(1);
    let served = Served::trusting(&key);
    for stranger in [None, Some(&ClientKey::new(2)), Some(&key.with_stolen_certificate())] {
        let refused = match served.client(stranger).await {
            Ok(client) => {
                client.call::<_, wire::Metadata>(&provider("GetMetadata"), wire::Empty {}).await.is_err()
            }
            Err(_) => true,
        };
        assert!(refused);
    }
    let client = served.client(Some(&key)).await.unwrap();
    served.end(&client).await;
}

#[tokio::test]
async fn serves_plainly_where_the_user_says_so() {
    let served = Served::start(&[("TF_DISABLE_PLUGIN_TLS", "1"), ("PLUGIN_MULTIPLEX_GRPC", "true")]);
    assert_eq!(served.fields[5..], ["", "false"]);
    let client = Client::connect_plainly(&served.socket()).await;
    let schema: wire::ProviderSchema =
        client.call(&provider("GetProviderSchema"), wire::Empty {}).await.unwrap();
    assert!(schema.provider.is_some());
    served.end(&client).await;
}

#[test]
fn prints_how_to_attach_a_debugger() {
    let line = reattach::line(&PROGRAM, std::path::Path::new("/tmp/a'b"));
    let json = line.strip_prefix("TF_REATTACH_PROVIDERS='").and_then(|rest| rest.strip_suffix('\''));
    let json: serde_json::Value = serde_json::from_str(&json.unwrap().replace(r"'\''", "'")).unwrap();
    let provider = json.get(PROGRAM.address).unwrap();
    assert_eq!(provider.pointer("/Addr/String").unwrap(), "/tmp/a'b");
    assert_eq!(provider.pointer("/ProtocolVersion").unwrap(), 6);
}
