//! The fields of spans and events.

use std::collections::BTreeMap;
use std::fmt;

use serde_json::Value as Json;
use tracing::field::{Field, Visit};

/// Fields by name; later ones win.
#[derive(Default)]
pub(super) struct Fields(BTreeMap<String, Json>);

impl Fields {
    pub(super) fn extend(&mut self, outer: &Self) {
        self.0.extend(outer.0.iter().map(|(name, value)| (name.clone(), value.clone())));
    }

    /// The message, which is not like the other fields.
    pub(super) fn take_message(&mut self) -> String {
        match self.0.remove("message") {
            Some(Json::String(message)) => message,
            Some(other) => other.to_string(),
            None => String::new(),
        }
    }

    /// Names with `@` are the format's own.
    pub(super) fn into_entries(self) -> impl Iterator<Item = (String, Json)> {
        self.0.into_iter().filter(|(name, _)| !name.starts_with('@'))
    }

    fn set(&mut self, field: &Field, value: impl Into<Json>) {
        self.0.insert(field.name().to_owned(), value.into());
    }
}

impl Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.set(field, format!("{value:?}"));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.set(field, value);
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.set(field, value);
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.set(field, value);
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.set(field, value);
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        self.set(field, value);
    }
}
