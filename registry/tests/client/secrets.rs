//! The key is sent, and shown nowhere.

use crate::scripted::{Answer, KEY, Scripted, ok, refusal};
use crate::scripted_server::{ScriptedServer, refusal as refused};
use registry::{Address, Headers, Registry};
use schema::secret::Secret;
use serde_json::json;
use std::io::Write;
use std::sync::{Arc, Mutex};
use tracing_subscriber::fmt::MakeWriter;

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for Log {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        self.clone()
    }
}

#[tokio::test]
async fn the_key_is_shown_nowhere() {
    let log = Log::default();
    let subscriber = tracing_subscriber::fmt().with_max_level(tracing::Level::TRACE).with_writer(log.clone());
    let guard = tracing::subscriber::set_default(subscriber.finish());
    let echo = format!("key {KEY} is not valid");
    let server = Scripted::in_order(vec![
        refusal(401, 16, &echo),
        Answer::Raw(418, "", echo.clone()),
        Answer::Raw(200, "", echo.clone()),
        ok(json!({ "account": { "id": "a2dd6", "note": echo } })),
    ]);
    let server = server.await;
    let registry = server.client();
    let mut shown = format!("{registry:?}");
    for _ in 0..4 {
        shown.push_str(&format!("{:?}", registry.account_id().await));
    }
    drop(guard);
    shown.push_str(&String::from_utf8(log.0.lock().unwrap().clone()).unwrap());
    assert!(shown.contains("not valid") && shown.contains("/cloud/account"), "{shown}");
    assert!(!shown.contains(KEY), "{shown}");
    assert!(server.seen()[0].headers.iter().any(|header| header.contains(KEY)));
}

#[tokio::test]
async fn a_server_that_repeats_a_header_or_the_token_in_it_shows_neither() {
    const TOKEN: &str = "secret-token-of-ci";
    let value = format!("Bearer {TOKEN}");
    let headers = Headers::of_variables([("TEMPORAL_GRPC_META_X_PROXY", value.as_str())]).unwrap();
    for echo in [value.as_str(), TOKEN] {
        let server = ScriptedServer::in_order(vec![refused(16, &format!("{echo} is not valid"))]).await;
        let error = server.client_with(headers.clone()).endpoint("e1").await.unwrap_err();
        let expected = "read endpoint `e1`: not authenticated: *** is not valid";
        assert_eq!(error.to_string(), expected);
        assert!(!format!("{error:?}").contains(TOKEN));
    }
}

#[test]
fn a_key_that_cannot_be_one_is_refused_without_showing_it() {
    let address = || Address::parse("https://registry.example", None).unwrap();
    for (key, expected) in [
        ("", "the API key is empty"),
        ("tmprl_key\n", "the API key contains a space, a line break or another invalid character"),
    ] {
        let error = Registry::new(address(), Secret::new(key), "test").unwrap_err();
        assert_eq!(error.problem().to_string(), expected);
        assert!(!format!("{error:?}{error}").contains("tmprl_key"));
    }
}
