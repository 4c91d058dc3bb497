//! The findings of a plan: errors for what is provably wrong, and one warning for all that cannot be proven.

use tfplugin::{Answer, Context, Diagnostic, Diagnostics, Severity};

use crate::configuration::plan_checks::Strictness;

/// The findings of one plan.
#[derive(Default)]
pub(crate) struct Findings {
    errors: Diagnostics,
    warnings: Vec<Diagnostic>,
    unproven: Vec<String>,
}

impl Findings {
    /// Adds an error: the registry would reject the plan.
    pub(crate) fn error(&mut self, error: Diagnostic) {
        self.errors.push(error);
    }

    /// Adds an error or a warning, depending on the configuration.
    pub(crate) fn by_strictness(&mut self, strictness: Strictness, error: Diagnostic) {
        match strictness {
            Strictness::Error => self.error(error),
            Strictness::Warn => self.warnings.push(Diagnostic { severity: Severity::Warning, ..error }),
            Strictness::Off => {}
        }
    }

    /// Adds something that cannot be proven, with the reason: "whether Namespace `a` exists: …".
    pub(crate) fn unproven(&mut self, what: impl Into<String>) {
        self.unproven.push(what.into());
    }

    /// Reports the findings for `object`: the errors, or else one warning with everything that is unproven.
    pub(crate) fn report(self, cx: &Context, object: &str) -> Answer<()> {
        self.warnings.into_iter().for_each(|warning| cx.report(warning));
        if !self.errors.has_errors() && !self.unproven.is_empty() {
            let points: Vec<_> = self.unproven.iter().map(|point| format!("- {point}")).collect();
            let detail =
                format!("Before apply, the provider cannot determine for {object}:\n{}", points.join("\n"));
            cx.report(Diagnostic::warning("unproven: the registry may reject this plan", detail));
        }
        self.errors.into_answer()
    }
}
