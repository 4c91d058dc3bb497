use std::io;
use std::sync::{Arc, Mutex};

use serde_json::Value as Json;

use super::*;

#[derive(Clone, Default)]
struct Buffer(Arc<Mutex<Vec<u8>>>);

impl Write for Buffer {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn logged(work: impl FnOnce()) -> Vec<Json> {
    let buffer = Buffer::default();
    let shared = buffer.clone();
    let subscriber = tracing_subscriber::registry().with(Lines(move || shared.clone()));
    tracing::subscriber::with_default(subscriber, work);
    let text = String::from_utf8(buffer.0.lock().unwrap().clone()).unwrap();
    assert!(text.lines().all(|line| line.len() < 64 << 10));
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn writes_what_terraform_reads() {
    let lines = logged(|| {
        let _span = tracing::info_span!("outer", request = 7).entered();
        tracing::warn!(target: "acme", name = "x", "it \"broke\"");
    });
    let [line] = lines.as_slice() else { unreachable!("one line: {lines:?}") };
    assert_eq!(line["@level"], "warn");
    assert_eq!(line["@message"], "it \"broke\"");
    assert_eq!(line["@module"], "acme");
    assert_eq!((&line["name"], &line["request"]), (&Json::from("x"), &Json::from(7)));
    let timestamp = line["@timestamp"].as_str().unwrap();
    assert_eq!(timestamp.len(), "2025-01-02T03:04:05.000006Z".len(), "{timestamp}");
    assert!(timestamp.ends_with('Z'));
}

#[test]
fn keeps_lines_short() {
    let long = "é\u{1}".repeat(50_000);
    let text = long.as_str();
    let lines = logged(|| {
        tracing::info!(a = text, b = text, c = text, d = text, e = text, f = text, g = text, "{text}");
    });
    assert_eq!(lines.len(), 1);
}

#[track_caller]
fn check(variables: &[(&str, &str)], expected: LevelFilter) {
    assert_eq!(level(&variables.iter().copied().collect()), expected);
}

#[test]
fn follows_terraforms_variables() {
    check(&[], LevelFilter::OFF);
    check(&[("TF_LOG", "debug")], LevelFilter::DEBUG);
    check(&[("TF_LOG", "trace"), ("TF_LOG_PROVIDER", "ERROR")], LevelFilter::ERROR);
    check(&[("TF_LOG", "JSON")], LevelFilter::TRACE);
    check(&[("TF_LOG_PROVIDER", "OFF"), ("TF_LOG", "TRACE")], LevelFilter::OFF);
}
