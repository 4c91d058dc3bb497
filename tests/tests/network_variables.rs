//! Variables of the environment that say how a registry is reached: one that is wrong is named by whoever meets it, the
//! provider and `nexusc` alike.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::thread;
use tests::dev::{Dev, fixture};
use tests::nexusc::nexusc_in;
use tests::run::Run;
use tests::terraform::on_every_terraform;
use tests::tls_front::{Shown, TlsFront};
use tests::workspace::{PROVIDER, Workspace};

/// A name that is never looked up: there is no such registry.
const NOWHERE: &str = "registry.example:443";

/// What a plan by `nexusc` and one by each Terraform say in this environment, with a registry at `endpoint`.
#[track_caller]
fn plans(endpoint: &str, variables: &[(&str, &str)], check: impl Fn(Run)) {
    let fixed = [
        ("TEMPORAL_CLOUD_ENDPOINT", endpoint),
        ("TEMPORAL_CLOUD_API_KEY", "k"),
        ("no_proxy", ""),
        ("NO_PROXY", ""),
    ];
    let variables: Vec<_> = fixed.into_iter().chain(variables.iter().copied()).collect();
    let policy = fixture("tiny.nexus.hcl").display().to_string();
    check(nexusc_in(&variables, &["plan", &policy]));
    on_every_terraform(|terraform| {
        let mut workspace = Workspace::new(terraform);
        workspace.set(variables.iter().copied());
        workspace.write("main.tf", &format!("{PROVIDER}\ndata \"temporalnexus_regions\" \"all\" {{}}\n"));
        check(workspace.plan().exits(1));
    });
}

#[test]
fn a_malformed_proxy_is_refused_and_not_passed_by() {
    for (variable, value) in [("HTTPS_PROXY", "http://me:s3cret@"), ("all_proxy", "proxy:port")] {
        plans(NOWHERE, &[(variable, value)], |run| {
            let run = run.says(&format!("`{variable}` is not a valid proxy address"));
            assert!(!format!("{run}").contains("s3cret"), "{run}");
        });
    }
    plans(NOWHERE, &[("ALL_PROXY", "socks5://127.0.0.1:1080")], |run| {
        let _ = run.says("`ALL_PROXY` names a SOCKS proxy");
    });
}

#[test]
fn a_dead_proxy_is_named_with_its_variable() {
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let proxy = format!("http://me:s3cret@127.0.0.1:{port}");
    plans(NOWHERE, &[("HTTPS_PROXY", &proxy)], |run| {
        let says = format!(
            "the proxy `127.0.0.1:{port}` from the variable `HTTPS_PROXY` cannot be reached: Connection refused"
        );
        let run = run.says("annot reach `registry.example:443`").says(&says);
        assert!(!format!("{run}").contains("s3cret"), "{run}");
    });
}

#[test]
fn a_proxy_that_refuses_is_named_with_its_variable() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let _ = stream.read(&mut [0; 4096]);
            let _ =
                stream.write_all(b"HTTP/1.1 407 Proxy Authentication Required\r\ncontent-length: 0\r\n\r\n");
        }
    });
    plans(NOWHERE, &[("https_proxy", &format!("http://127.0.0.1:{port}"))], |run| {
        let _ = run
            .says(&format!("the proxy `127.0.0.1:{port}` from the variable `https_proxy` did not connect"));
    });
}

#[test]
fn a_file_of_trusted_certificates_that_is_missing_or_empty_is_named() {
    let dev = Dev::start(&fixture("tiny.nexus.hcl"));
    let front = TlsFront::start(dev.http().trim_start_matches("http://"), Shown::Sound);
    let endpoint = format!("localhost:{}", front.port());
    plans(&endpoint, &[("SSL_CERT_FILE", "/nowhere/ca.pem")], |run| {
        let _ = run.says("the file `/nowhere/ca.pem` from the variable `SSL_CERT_FILE` cannot be read");
    });
    let empty = tempfile::NamedTempFile::new().unwrap();
    let empty = empty.path().to_str().unwrap();
    plans(&endpoint, &[("SSL_CERT_FILE", empty)], |run| {
        let _ = run.says("`SSL_CERT_FILE` contains no PEM certificate");
    });
    plans(&endpoint, &[("SSL_CERT_DIR", "/nowhere/certs")], |run| {
        let _ = run.says("`/nowhere/certs` from the variable `SSL_CERT_DIR` is not a directory");
    });
}
