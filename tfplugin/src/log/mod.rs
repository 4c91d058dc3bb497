//! Logs in the format that Terraform reads from a provider: one JSON object a line on standard error.

mod fields;
mod line;

use std::io::Write;

use tracing::level_filters::LevelFilter;
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Subscriber};
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::{Context, Layer, SubscriberExt};
use tracing_subscriber::registry::LookupSpan;
use tracing_subscriber::util::SubscriberInitExt;

use crate::clock;
use crate::environment::Environment;
use fields::Fields;

/// Writes logs to `stderr`, at the level of `TF_LOG_PROVIDER` or `TF_LOG`; without either, nothing.
///
/// `targets` are the crates that log at this level. Others, such as HTTP clients, log only warnings: their traces contain
/// requests with credentials.
pub fn install<W: Write + 'static>(
    environment: &Environment,
    targets: &[&'static str],
    stderr: impl Fn() -> W + Send + Sync + 'static,
) {
    let level = level(environment);
    if level == LevelFilter::OFF {
        return;
    }
    let own = targets.iter().copied().chain([env!("CARGO_CRATE_NAME")]);
    let filter = Targets::new()
        .with_targets(own.map(|target| (target, level)))
        .with_default(level.min(LevelFilter::WARN));
    // A second installation in one process, as in tests, leaves the first in place.
    let _ = tracing_subscriber::registry().with(Lines(stderr).with_filter(filter)).try_init();
}

/// An unknown name means TRACE, as in Terraform.
fn level(environment: &Environment) -> LevelFilter {
    let name = environment.get("TF_LOG_PROVIDER").or_else(|| environment.get("TF_LOG"));
    match name.map(str::to_ascii_uppercase).as_deref() {
        None | Some("OFF") => LevelFilter::OFF,
        Some("ERROR") => LevelFilter::ERROR,
        Some("WARN") => LevelFilter::WARN,
        Some("INFO") => LevelFilter::INFO,
        Some("DEBUG") => LevelFilter::DEBUG,
        Some(_) => LevelFilter::TRACE,
    }
}

/// The layer that writes lines to the writer that the function returns.
struct Lines<F>(F);

impl<S, W, F> Layer<S> for Lines<F>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    W: Write + 'static,
    F: Fn() -> W + 'static,
{
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        let mut fields = Fields::default();
        attributes.record(&mut fields);
        if let Some(span) = context.span(id) {
            span.extensions_mut().insert(fields);
        }
    }

    fn on_record(&self, id: &Id, record: &Record<'_>, context: Context<'_, S>) {
        if let Some(span) = context.span(id)
            && let Some(fields) = span.extensions_mut().get_mut::<Fields>()
        {
            record.record(fields);
        }
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        let mut fields = Fields::default();
        for span in context.event_scope(event).into_iter().flat_map(|scope| scope.from_root()) {
            if let Some(outer) = span.extensions().get::<Fields>() {
                fields.extend(outer);
            }
        }
        event.record(&mut fields);
        let line = line::line(event.metadata(), fields, clock::now());
        // Errors cannot be reported when standard error is closed.
        let _ = (self.0)().write_all(line.as_bytes());
    }
}

#[cfg(test)]
mod tests;
