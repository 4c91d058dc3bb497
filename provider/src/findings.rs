//! What planning finds out: what is provably wrong is refused, what cannot be proven is said once.

use tfplugin::{Answer, Context, Diagnostic, Diagnostics};

/// The findings of one plan.
#[derive(Default)]
pub(crate) struct Findings {
    wrong: Diagnostics,
    unproven: Vec<String>,
}

impl Findings {
    /// Something that the registry is sure to refuse.
    pub(crate) fn wrong(&mut self, error: Diagnostic) {
        self.wrong.push(error);
    }

    /// Something that may be right or wrong, and why that cannot be known: "whether Namespace `a` exists: …".
    pub(crate) fn unproven(&mut self, what: impl Into<String>) {
        self.unproven.push(what.into());
    }

    /// Refuses the plan of `object` when something is wrong with it; else one warning tells all that is unproven.
    pub(crate) fn report(self, cx: &Context, object: &str) -> Answer<()> {
        if !self.wrong.has_errors() && !self.unproven.is_empty() {
            let points: Vec<_> = self.unproven.iter().map(|point| format!("- {point}")).collect();
            let detail = format!("For {object} it cannot be known before apply:\n{}", points.join("\n"));
            cx.report(Diagnostic::warning("unproven: the registry may refuse this plan", detail));
        }
        self.wrong.into_answer()
    }
}
