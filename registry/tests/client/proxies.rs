//! Whom the key is sent to: not to a proxy without TLS, and not to where a registry points.

use crate::scripted::{Answer, KEY, Scripted, client, client_without_tls, ok};
use serde_json::json;
use std::process::Command;

/// Set for the run of this program that plays the client: the registry's address.
const ADDRESS: &str = "REGISTRY_TEST_PROXIED_ADDRESS";

/// What a process uses as proxy is read from its environment, so the client is a second run of this program.
async fn proxied(address: String, proxy: String) -> String {
    let program = std::env::current_exe().unwrap();
    let run = tokio::task::spawn_blocking(move || {
        let mut command = Command::new(program);
        command
            .args(["--exact", "proxies::reads_the_account_by_way_of_a_proxy", "--nocapture"])
            .env(ADDRESS, address);
        for name in ["HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy", "HTTPS_PROXY", "https_proxy"] {
            command.env(name, &proxy);
        }
        command.env_remove("NO_PROXY").env_remove("no_proxy").env_remove("REQUEST_METHOD");
        command.output().unwrap()
    });
    String::from_utf8_lossy(&run.await.unwrap().stdout).into_owned()
}

#[tokio::test]
async fn this_machine_is_asked_directly_however_it_is_spelt() {
    let proxy = Scripted::serving(|_| ok(json!({ "account": { "id": "proxy" } }))).await;
    let registry = Scripted::serving(|_| ok(json!({ "account": { "id": "a2dd6" } }))).await;
    let port = registry.address.rsplit(':').next().unwrap();
    for host in
        ["localhost", "LOCALHOST.", "127.0.0.1", "127.1", "0x7f.1", "2130706433", "[::ffff:127.0.0.1]"]
    {
        let said = proxied(format!("http://{host}:{port}"), proxy.address.clone()).await;
        assert!(said.contains("account a2dd6"), "{host}: {said}");
    }
    assert!(proxy.lines().is_empty(), "{:?}", proxy.lines());
}

#[tokio::test]
async fn another_machine_is_asked_through_the_proxy_without_showing_it_the_key() {
    let proxy = Scripted::serving(|_| ok(json!({ "account": { "id": "proxy" } }))).await;
    let said = proxied("https://registry.example".to_owned(), proxy.address.clone()).await;
    assert!(said.contains("cannot reach"), "{said}");
    let seen = proxy.seen().clone();
    assert!(
        seen.iter().all(|seen| seen.line == "CONNECT registry.example:443") && !seen.is_empty(),
        "{seen:?}"
    );
    assert!(!format!("{seen:?}").contains(KEY));
}

#[tokio::test]
async fn a_proxy_gets_the_key_only_where_that_is_allowed() {
    let proxy = Scripted::serving(|_| ok(json!({ "account": { "id": "proxy" } }))).await;
    let said = proxied("insecure:registry.example:80".to_owned(), proxy.address.clone()).await;
    assert!(said.contains("account proxy"), "{said}");
    assert_eq!(proxy.lines(), ["GET http://registry.example/cloud/account"]);
}

#[tokio::test]
#[expect(clippy::print_stdout, clippy::disallowed_methods, reason = "how the first run and this one talk")]
async fn reads_the_account_by_way_of_a_proxy() {
    let Ok(address) = std::env::var(ADDRESS) else { return };
    let registry = match address.strip_prefix("insecure:") {
        Some(address) => client_without_tls(address),
        None => client(&address),
    };
    match registry.account_id().await {
        Ok(account) => println!("account {account}"),
        Err(error) => println!("{error}"),
    }
}

#[tokio::test]
async fn no_redirect_is_followed() {
    let other = Scripted::serving(|_| ok(json!({ "account": { "id": "other" } }))).await;
    for status in [301, 302, 303, 307, 308] {
        let location: &'static str = format!("location: {}/cloud/account\r\n", other.address).leak();
        let server = Scripted::serving(move |_| Answer::Raw(status, location, String::new())).await;
        let error = server.client().account_id().await.unwrap_err();
        assert!(error.to_string().contains(&format!("status {status}")), "{error}");
        assert_eq!(server.lines().len(), 1);
    }
    assert!(other.lines().is_empty());
}
