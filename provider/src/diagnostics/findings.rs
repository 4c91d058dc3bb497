//! What planning finds out: what is provably wrong is refused, what cannot be proven is said once.

use tfplugin::{Answer, Context, Diagnostic, Diagnostics, Severity};

use crate::configuration::plan_checks::Strictness;

/// The findings of one plan.
#[derive(Default)]
pub(crate) struct Findings {
    wrong: Diagnostics,
    tolerated: Vec<Diagnostic>,
    unproven: Vec<String>,
}

impl Findings {
    /// Something that the registry is sure to refuse.
    pub(crate) fn wrong(&mut self, error: Diagnostic) {
        self.wrong.push(error);
    }

    /// The same, where the configuration says how strictly it is taken.
    pub(crate) fn wrong_by(&mut self, strictness: Strictness, error: Diagnostic) {
        match strictness {
            Strictness::Error => self.wrong(error),
            Strictness::Warn => self.tolerated.push(Diagnostic { severity: Severity::Warning, ..error }),
            Strictness::Off => {}
        }
    }

    /// Something that may be right or wrong, and why that cannot be known: "whether Namespace `a` exists: …".
    pub(crate) fn unproven(&mut self, what: impl Into<String>) {
        self.unproven.push(what.into());
    }

    /// Refuses the plan of `object` when something is wrong with it; else one warning tells all that is unproven.
    pub(crate) fn report(self, cx: &Context, object: &str) -> Answer<()> {
        self.tolerated.into_iter().for_each(|warning| cx.report(warning));
        if !self.wrong.has_errors() && !self.unproven.is_empty() {
            let points: Vec<_> = self.unproven.iter().map(|point| format!("- {point}")).collect();
            let detail = format!("For {object} it cannot be known before apply:\n{}", points.join("\n"));
            cx.report(Diagnostic::warning("unproven: the registry may refuse this plan", detail));
        }
        self.wrong.into_answer()
    }
}
