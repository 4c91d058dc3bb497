//! Diagnostics for an update of an Endpoint, or of its allowlist only, whose result is not known.

use registry::OperationError;
use tfplugin::Diagnostic;

use crate::wait::Wait;

/// The registry did not answer in time.
pub(crate) fn unanswered(title: &str, wait: &Wait<'_>) -> Diagnostic {
    let detail = format!(
        "{} The registry had not answered, so the update may or may not have been applied. Plan again to see the current state.",
        wait.reason()
    );
    Diagnostic::error(format!("no answer to the update of {title}"), detail)
}

/// The registry accepted the update but did not finish it in time: an error if it failed, otherwise a warning.
pub(crate) fn unfinished(title: &str, wait: &Wait<'_>, unfinished: &OperationError) -> Diagnostic {
    let reason = match unfinished {
        OperationError::Failed { operation, state, reason, .. } => {
            let detail = format!(
                "Operation `{operation}` ended in state {state}: {reason}. The state keeps the previous values; plan again to \
                 see the current ones."
            );
            return Diagnostic::error(format!("{title} could not be updated"), detail);
        }
        OperationError::OutcomeUnknown { source, .. } => {
            format!("The state of its operation could not be read: {source}.")
        }
        OperationError::TimedOut { .. } | OperationError::Cancelled { .. } => wait.reason(),
    };
    let detail = format!(
        "{reason} The registry accepted the update, which continues. The next plan shows the result."
    );
    Diagnostic::warning(format!("{title} is still being updated"), detail)
}
