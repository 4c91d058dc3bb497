//! Warnings to the operator: something that is written cannot be written any more, or can be again.

use std::fmt;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};

/// Where warnings go.
type Warn = Box<dyn Fn(String) + Send + Sync>;

/// Where warnings go, if anywhere, and what is written.
#[derive(Default)]
pub(crate) struct Warnings {
    warn: OnceLock<Warn>,
    audit_fails: AtomicBool,
    state_fails: AtomicBool,
}

impl fmt::Debug for Warnings {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Warnings")
    }
}

impl Warnings {
    /// Sets where warnings go. Only the first place is used.
    pub(crate) fn set(&self, warn: Warn) {
        let _ = self.warn.set(warn);
    }

    /// A line was written to the audit log, or could not be, with the reason.
    pub(crate) fn audit(&self, error: Option<String>) {
        let (fails, again) = (
            "calls are served without it until that is possible",
            "the audit log is written again; it lacks the calls in between",
        );
        self.told(&self.audit_fails, error, "cannot write the audit log", fails, again);
    }

    /// A change was written to the state file, or could not be, with the reason.
    pub(crate) fn state(&self, error: Option<String>) {
        let fails = "writes are refused until that is possible";
        self.told(
            &self.state_fails,
            error,
            "cannot write the state file",
            fails,
            "the state file is written again",
        );
    }

    fn told(&self, failing: &AtomicBool, error: Option<String>, what: &str, fails: &str, again: &str) {
        let text = match (error, failing.load(Ordering::Relaxed)) {
            (Some(error), false) => format!("{what}: {error}; {fails}"),
            (None, true) => again.to_owned(),
            _ => return,
        };
        failing.fetch_not(Ordering::Relaxed);
        if let Some(warn) = self.warn.get() {
            warn(text);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::{Arc, Mutex};

    #[test]
    fn each_change_is_told_once() {
        let told = Arc::new(Mutex::new(Vec::new()));
        let (warnings, sink) = (Warnings::default(), Arc::clone(&told));
        warnings.set(Box::new(move |text| sink.lock().unwrap().push(text)));
        warnings.audit(None);
        warnings.audit(Some("full".to_owned()));
        warnings.audit(Some("full".to_owned()));
        warnings.state(Some("full".to_owned()));
        warnings.audit(None);
        warnings.audit(None);
        let told = told.lock().unwrap();
        assert_eq!(told.len(), 3, "{told:?}");
        assert!(told[0].starts_with("cannot write the audit log: full") && told[1].contains("state file"));
    }
}
