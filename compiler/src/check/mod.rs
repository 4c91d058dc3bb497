//! The checks, one file each with the descriptor of its code, and one table of them. A check reads the policy and pushes
//! findings. None does I/O or reads other findings. `listed` runs two checks in one pass over all callers; `finalize`,
//! `suppression` and `merge` come after all checks.

mod access_differs;
mod account_mismatch;
mod baseline;
mod codec_mismatch;
mod confusable_name;
mod duplicate_caller;
#[cfg(test)]
mod examples;
#[cfg(test)]
pub(crate) mod expect;
mod expired_grant;
mod extra_caller;
mod finalize;
mod guard;
mod json_help;
mod limit_callers;
mod limit_endpoints;
mod limit_privatelinks;
mod listed;
mod merge;
mod missing_in_account;
mod namespace_differs;
mod no_callers;
mod outlasted_grant;
pub mod permission;
mod possible_rename;
mod privatelink_lockout;
mod privatelink_region;
mod privatelink_reopen;
mod privatelink_service;
mod privatelink_unseen;
mod redundant_access;
mod removed;
mod removed_nothing;
mod renames;
mod resource_state;
pub mod rules;
mod suppression;
pub mod test;
mod unknown_grant;
mod unmanaged;
mod unmanaged_deletion;
mod unused_namespace;

pub(crate) use account_mismatch::ACCOUNT_MISMATCH;
pub use account_mismatch::account_mismatch;
pub use baseline::{Baseline, BaselineError, baseline_schema};
pub use finalize::{ReportContext, any_at_least, finalize, finalize_sifted, in_order, named};
pub use guard::{Unjudged, check_difference, check_guards};
pub use suppression::{CODES as SUPPRESSION_CODES, comments_unknown_to};

use crate::diagnostic::source::Sources;
use crate::diagnostic::{Code, Control, DOCUMENT_CODES, Findings, REFERENCE_CODES, UNPROVEN, VALUE_CODES};
use crate::facts::Facts;
use crate::language::block::{Attribute, Required, Type};
use crate::language::json_schema;
use crate::lower::{GUARDS, LintCodes, PRIVATELINK_CONNECTION_ID};
use crate::policy::Policy;
use permission::PERMISSION_CODES;
use serde_json::Value;
use std::sync::LazyLock;
use time::Date;

/// What checks look at.
#[derive(Clone, Copy)]
pub struct CheckContext<'a> {
    /// The policy.
    pub policy: &'a Policy,
    /// What the account holds, where that is known.
    pub facts: Option<&'a Facts>,
    /// The files.
    pub sources: &'a Sources,
    /// The day as of which expiry dates are evaluated.
    pub today: Date,
}

/// One check.
struct Check {
    /// The codes that it introduces; empty if it reports only codes of reading.
    codes: &'static [&'static Code],
    /// The check; `None` if it runs elsewhere, because it needs more than a policy and facts: the text, an identity, a
    /// plan.
    run: Option<fn(&CheckContext, &mut Findings)>,
}

/// To add a check, write its file and add its row.
static CHECKS: &[Check] = &[
    // Reading a policy: `syntax`, `evaluate` and `lower` find these; names are resolved in `lower/names.rs`.
    Check { codes: &DOCUMENT_CODES, run: None },
    Check { codes: &VALUE_CODES, run: None },
    Check { codes: &REFERENCE_CODES, run: None },
    Check { codes: &[], run: Some(renames::check) },
    Check { codes: &[], run: Some(removed::check) },
    // Permissions, which need an identity.
    Check { codes: &PERMISSION_CODES, run: None },
    // Limits.
    Check { codes: &[&limit_endpoints::LIMIT_ENDPOINTS], run: Some(limit_endpoints::check) },
    Check { codes: &[&limit_callers::LIMIT_CALLERS], run: Some(limit_callers::check) },
    Check { codes: &limit_privatelinks::CODES, run: Some(limit_privatelinks::check) },
    // Private connectivity.
    Check { codes: &[&privatelink_region::PRIVATELINK_REGION], run: Some(privatelink_region::check) },
    Check { codes: &[&privatelink_service::PRIVATELINK_SERVICE], run: Some(privatelink_service::check) },
    Check { codes: &[&PRIVATELINK_CONNECTION_ID], run: None },
    Check { codes: &[&privatelink_lockout::PRIVATELINK_LOCKOUT], run: Some(privatelink_lockout::check) },
    Check { codes: &[&privatelink_reopen::PRIVATELINK_REOPEN], run: Some(privatelink_reopen::check) },
    Check { codes: &[], run: Some(privatelink_unseen::check) },
    // The account's facts.
    Check { codes: &[&ACCOUNT_MISMATCH], run: None },
    Check { codes: &[&missing_in_account::MISSING_IN_ACCOUNT], run: Some(missing_in_account::check) },
    Check { codes: &[&access_differs::ACCESS_DIFFERS], run: Some(access_differs::check) },
    Check { codes: &[&namespace_differs::NAMESPACE_DIFFERS], run: Some(namespace_differs::check) },
    Check { codes: &[&UNPROVEN], run: None },
    Check { codes: &[&unmanaged::UNMANAGED], run: Some(unmanaged::check) },
    Check { codes: &[&unmanaged_deletion::UNMANAGED_DELETION], run: Some(unmanaged_deletion::check) },
    Check { codes: &[&possible_rename::POSSIBLE_RENAME], run: Some(possible_rename::check) },
    Check { codes: &[&removed_nothing::REMOVED_NOTHING], run: Some(removed_nothing::check) },
    Check { codes: &[&extra_caller::EXTRA_CALLER], run: Some(extra_caller::check) },
    Check { codes: &[&resource_state::RESOURCE_STATE], run: Some(resource_state::check) },
    Check { codes: &[&unknown_grant::UNKNOWN_GRANT], run: Some(unknown_grant::check) },
    // The rules of the policy itself. Guards need an evaluator, and those on changes a plan.
    Check { codes: &[&guard::GUARD_FAILED], run: None },
    Check { codes: &[&test::TEST_FAILED], run: Some(test::check) },
    // Suspicious declarations.
    Check { codes: &[&expired_grant::EXPIRED_GRANT], run: Some(expired_grant::check) },
    Check { codes: &[&no_callers::NO_CALLERS], run: Some(no_callers::check) },
    Check { codes: &[&duplicate_caller::DUPLICATE_CALLER], run: Some(listed::check) },
    Check { codes: &[], run: Some(outlasted_grant::check) },
    Check { codes: &[&redundant_access::REDUNDANT_ACCESS], run: Some(redundant_access::check) },
    // `listed` runs it.
    Check { codes: &[&unused_namespace::UNUSED_NAMESPACE], run: None },
    Check { codes: &[&codec_mismatch::CODEC_MISMATCH], run: Some(codec_mismatch::check) },
    Check { codes: &[&confusable_name::CONFUSABLE_NAME], run: Some(confusable_name::check) },
    // Comments are read last, when all findings are known.
    Check { codes: &suppression::CODES, run: None },
];

/// Runs every check that needs neither an identity nor a plan.
pub fn check(context: &CheckContext, findings: &mut Findings) {
    for run in CHECKS.iter().filter_map(|check| check.run) {
        run(context, findings);
    }
}

/// Every code, in the order of the table; the docs group them by family.
pub fn codes() -> impl Iterator<Item = &'static Code> {
    CHECKS.iter().flat_map(|check| check.codes).copied()
}

/// The code of this name.
#[must_use]
pub fn code(name: &str) -> Option<&'static Code> {
    codes().find(|code| code.name == name)
}

/// The attributes of a `lint` block: the codes whose severity a policy may set.
#[must_use]
pub fn lint_attributes() -> &'static [Attribute] {
    static LINT: LazyLock<Vec<Attribute>> =
        LazyLock::new(|| codes().filter_map(lint_attribute).chain([GUARDS]).collect());
    &LINT
}

/// The codes of a `lint` block.
#[must_use]
pub fn lint_codes() -> LintCodes {
    static FIXED: LazyLock<Vec<&'static str>> = LazyLock::new(|| {
        codes().filter(|code| code.control == Control::Fixed).map(|code| code.name).collect()
    });
    LintCodes { attributes: lint_attributes(), fixed: &FIXED, guard: guard::GUARD_FAILED.name }
}

fn lint_attribute(code: &'static Code) -> Option<Attribute> {
    let levels: &[&str] = match code.control {
        Control::Fixed => return None,
        Control::Raisable => &["error", "warning"],
        Control::Configurable | Control::Silenceable => &["error", "warning", "note", "off"],
    };
    let (name, of, doc) = (code.name, Type::Word(levels), code.meaning);
    Some(Attribute { name, of, required: Required::Never, only: None, doc })
}

/// The JSON Schema of one policy file.
#[must_use]
pub fn policy_schema() -> Value {
    json_schema::policy_schema(lint_attributes())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;
    use std::path::{Path, PathBuf};

    #[test]
    fn codes_have_unique_names_and_are_explained_in_sentences() {
        let names: BTreeSet<_> = codes().map(|code| code.name).collect();
        assert_eq!(names.len(), codes().count());
        for Code { name, meaning, explanation, .. } in codes() {
            assert!(name.bytes().all(|byte| byte == b'-' || byte.is_ascii_lowercase()), "{name}");
            assert!(meaning.ends_with('.') && explanation.ends_with('.'), "{name}");
        }
    }

    #[test]
    fn every_descriptor_is_in_the_table() {
        fn files(folder: &Path) -> Vec<PathBuf> {
            let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
            entries.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
        }
        let sources = files(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"));
        let count = |path: &PathBuf| {
            let text = std::fs::read_to_string(path).unwrap_or_default();
            text.lines().filter(|line| line.ends_with(": Code = Code {")).count()
        };
        assert_eq!(sources.iter().map(count).sum::<usize>(), codes().count());
    }

    #[test]
    fn errors_of_text_references_and_permissions_can_neither_be_changed_nor_silenced() {
        let lint: BTreeSet<_> = lint_attributes().iter().map(|attribute| attribute.name).collect();
        for fixed in
            ["syntax", "dangling-caller", "permission-target", "account-mismatch", "missing-in-account"]
        {
            assert!(!lint.contains(fixed) && !code(fixed).unwrap().may_silence(), "{fixed}");
        }
        for free in ["no-callers", "limit-callers", "access-differs", "privatelink-lockout"] {
            assert!(lint.contains(free) && code(free).unwrap().may_silence(), "{free}");
        }
        assert!(lint.contains("unproven") && !UNPROVEN.may_silence());
    }

    #[test]
    fn the_schema_has_the_codes_that_may_be_changed() {
        let schema = policy_schema();
        for attribute in lint_attributes() {
            let doc = schema.pointer(&format!("/properties/lint/properties/{}/description", attribute.name));
            assert_eq!(doc.and_then(Value::as_str), Some(attribute.doc));
        }
    }
}
