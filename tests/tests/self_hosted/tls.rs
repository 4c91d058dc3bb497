//! TLS with client certificates before a real server: the right certificate works, and each wrong one is named.

use crate::scene::{NAMESPACES, configuration, pay, policy};
use tests::nexusc::nexusc_in;
use tests::pass_through::PassThrough;
use tests::run::Run;
use tests::server::Server;
use tests::terraform::Terraform;
use tests::tls_front::{Shown, TlsFront};
use tests::workspace::Workspace;

/// What a client is given, by the names of files.
#[derive(Clone, Copy)]
struct Client<'a> {
    host: &'a str,
    ca: &'a str,
    /// The stem of certificate and key.
    certificate: Option<&'a str>,
    server_name: Option<&'a str>,
}

const RIGHT: Client =
    Client { host: "localhost", ca: "ca.pem", certificate: Some("client"), server_name: None };

/// What goes wrong, for whom, and how that is said.
const WRONG: [(&str, Client, &str); 4] = [
    (
        "wrong CA",
        Client { ca: "other-ca.pem", ..RIGHT },
        "the server's certificate is not signed by a trusted CA",
    ),
    ("wrong name", Client { host: "127.0.0.1", ..RIGHT }, "the server's certificate is for another name"),
    (
        "no client certificate",
        Client { certificate: None, ..RIGHT },
        "the server requires a client certificate, and none is configured",
    ),
    (
        "a stranger's client certificate",
        Client { certificate: Some("foreign"), ..RIGHT },
        "the server does not trust the CA of the client certificate",
    ),
];

impl Client<'_> {
    fn address(&self, front: &TlsFront) -> String {
        format!("{}:{}", self.host, front.port())
    }

    /// The block `tls` of the provider.
    fn block(&self, front: &TlsFront) -> String {
        let mut lines = vec![format!("server_ca_cert_path = {:?}", front.file(self.ca))];
        if let Some(stem) = self.certificate {
            lines.push(format!("client_cert_path = {:?}", front.file(&format!("{stem}.pem"))));
            lines.push(format!("client_key_path = {:?}", front.file(&format!("{stem}.key"))));
        }
        lines.extend(self.server_name.map(|name| format!("server_name = {name:?}")));
        format!("    tls {{\n      {}\n    }}", lines.join("\n      "))
    }

    /// `nexusc plan`, which takes the same from the variables of the `temporal` CLI.
    fn plan(&self, front: &TlsFront, policy: &str) -> Run {
        let file = |name: String| front.file(&name).display().to_string();
        let mut variables = vec![("TEMPORAL_TLS_SERVER_CA_CERT_PATH", file(self.ca.to_owned()))];
        if let Some(stem) = self.certificate {
            variables.push(("TEMPORAL_TLS_CLIENT_CERT_PATH", file(format!("{stem}.pem"))));
            variables.push(("TEMPORAL_TLS_CLIENT_KEY_PATH", file(format!("{stem}.key"))));
        }
        variables.extend(self.server_name.map(|name| ("TEMPORAL_TLS_SERVER_NAME", name.to_owned())));
        let variables: Vec<_> = variables.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let registry = format!("temporal://{}", self.address(front));
        nexusc_in(&variables, &["plan", "--registry", &registry, policy])
    }
}

#[test]
fn the_right_certificate_works_and_each_wrong_one_is_named() {
    let (server, folder) = (Server::start(&NAMESPACES), tempfile::tempdir().unwrap());
    let front = TlsFront::start(&server.address(), Shown::Sound);
    let file = policy(
        folder.path(),
        "endpoint \"mail\" {\n  worker_target = { namespace = \"payments\", task_queue = \"mail\" }\n}\n",
    );
    let named = Client { host: "127.0.0.1", server_name: Some("temporal.example"), ..RIGHT };
    for client in [RIGHT, named] {
        let _ = client.plan(&front, &file).succeeds().says("+ endpoint mail");
    }
    let workspace = Workspace::new(Terraform::all().first().unwrap());
    let configure = |client: &Client, front: &TlsFront| {
        let more = client.block(front);
        workspace.write("main.tf", &configuration(&client.address(front), &more, &pay("payments", "q", "")));
    };
    configure(&named, &front);
    workspace.apply().succeeds();
    assert_eq!(server.names(), ["pay"]);

    for (what, client, said) in WRONG {
        let run = client.plan(&front, &file).exits(2).says(said);
        assert!(!run.stderr.contains("BEGIN"), "{what}: {run}");
        configure(&client, &front);
        workspace.plan().exits(1).says(said);
    }
    let expired = TlsFront::start(&server.address(), Shown::Expired);
    let _ = RIGHT.plan(&expired, &file).exits(2).says("the server's certificate has expired");
    configure(&RIGHT, &expired);
    workspace.plan().exits(1).says("the server's certificate has expired");
}

#[test]
fn a_profile_of_the_cli_says_how_and_never_where() {
    let (server, folder) = (Server::start(&NAMESPACES), tempfile::tempdir().unwrap());
    let front = TlsFront::start(&server.address(), Shown::Sound);
    let toml = folder.path().join("temporal.toml").display().to_string();
    let text = format!(
        "[profile.prod]\naddress = \"elsewhere.example:7233\"\n[profile.prod.tls]\nserver_ca_cert_path = {:?}\nclient_cert_path = {:?}\n\
         client_key_path = {:?}\n",
        front.file("ca.pem"),
        front.file("client.pem"),
        front.file("client.key")
    );
    std::fs::write(&toml, text).unwrap();
    let file = policy(folder.path(), "");
    let registry = format!("temporal://localhost:{}", front.port());
    let plan = |variables: &[(&str, &str)]| nexusc_in(variables, &["plan", "--registry", &registry, &file]);
    let named =
        [("TEMPORAL_CONFIG_FILE", toml.as_str()), ("TEMPORAL_PROFILE", "prod"), ("TEMPORAL_ADDRESS", "a:1")];
    let _ = plan(&named).succeeds().says("No changes");
    let missing = [("TEMPORAL_CONFIG_FILE", toml.as_str()), ("TEMPORAL_PROFILE", "test")];
    let _ = plan(&missing).exits(2).says("it has no profile `test`");
}

/// Headers go with each call, from variables and from a profile, by `nexusc` and by the provider; none of their values is shown.
#[test]
fn headers_of_variables_and_profiles_arrive() {
    let (server, folder) = (Server::start(&NAMESPACES), tempfile::tempdir().unwrap());
    let front = PassThrough::start(&server.address());
    let toml = folder.path().join("temporal.toml").display().to_string();
    let profile = "[profile.default.grpc_meta]\nx_team = \"profile-team\"\nX-More = \"profile-more\"\nx-old = \"profile-old\"\n";
    std::fs::write(&toml, profile).unwrap();
    let variables = [
        ("TEMPORAL_CONFIG_FILE", toml.as_str()),
        ("TEMPORAL_GRPC_META_X_TEAM", "variable-team"),
        ("TEMPORAL_GRPC_META_X_OLD", ""),
    ];
    let arrived = || ["x-team", "x-more", "x-old"].map(|name| front.last_header(name));
    let expected = [Some("variable-team".to_owned()), Some("profile-more".to_owned()), None];
    let registry = format!("temporal://{}", front.address());
    let file = policy(folder.path(), "");
    let plan = |variables: &[(&str, &str)]| nexusc_in(variables, &["plan", "--registry", &registry, &file]);
    let _ = plan(&variables).succeeds();
    assert_eq!(arrived(), expected);
    let wrong = [("TEMPORAL_GRPC_META_X_TEAM", "secret\nvalue")];
    let _ =
        plan(&wrong).exits(2).says("invalid header `x-team` in `TEMPORAL_GRPC_META_*`").never_says("secret");

    let _ = front.counted();
    let mut workspace = Workspace::new(Terraform::all().first().unwrap());
    workspace.set(variables);
    workspace.write("main.tf", &configuration(&front.address(), "", &pay("payments", "q", "")));
    let trace = workspace.path().join("trace").display().to_string();
    workspace.set([("TF_LOG_PROVIDER", "TRACE"), ("TF_LOG_PATH", &trace)]);
    workspace.apply().succeeds().never_says("variable-team");
    assert!(!front.counted().is_empty());
    assert_eq!(arrived(), expected);
    assert!(!std::fs::read_to_string(trace).unwrap().contains("variable-team"));
}
