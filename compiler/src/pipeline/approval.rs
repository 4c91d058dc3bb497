//! Approvals of a change. An approval is bound to what was approved by a digest of who gains and loses what, which objects
//! are deleted, which connections change and which rules: the same however the policy is written, and another one as soon
//! as any of it differs.

use crate::access::HeldTarget;
use crate::access::difference::Difference;
use crate::access::held::{HeldEndpoint, Unseen};
use crate::check::rules::RuleChange;
use crate::digest::Digest;
use crate::plan::ConnectivityChange;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use time::{Date, Duration};

/// How long an approval may last.
const LONGEST: Duration = Duration::days(90);

/// The digest of a change, such as `sha256:0f1e…`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChangeDigest(pub String);

/// One approval of the approvals file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Approval {
    /// The digest of the approved change.
    pub digest: String,
    /// Who approved it.
    pub by: String,
    /// Why.
    pub reason: String,
    /// The last day of the approval, in UTC: YYYY-MM-DD, at most 90 days ahead.
    pub until: String,
}

/// An Endpoint as the digest sees it.
#[derive(Serialize)]
struct Row<'e> {
    name: &'e str,
    target: Option<&'e HeldTarget>,
    callers: &'e BTreeSet<String>,
    has_unknown_callers: bool,
}

#[derive(Serialize)]
struct Touched<'e> {
    before: Option<Row<'e>>,
    after: Option<Row<'e>>,
    gained_managers: BTreeSet<String>,
    lost_managers: BTreeSet<String>,
    leaves: bool,
    left_callers: &'e BTreeSet<String>,
    claimed: Option<bool>,
}

impl ChangeDigest {
    /// The digest of a change of an account.
    #[must_use]
    pub fn of(
        account: &str,
        difference: &Difference,
        connectivity: &ConnectivityChange,
        rules: &[RuleChange],
    ) -> Self {
        let mut digest = Digest::default();
        let mut add = |part: Result<Vec<u8>, serde_json::Error>| digest.add(part.unwrap_or_default());
        add(serde_json::to_vec(account));
        for (name, differs) in &difference.names {
            let ids =
                |ids: &BTreeSet<schema::name::PrincipalId>| ids.iter().map(ToString::to_string).collect();
            let touched = Touched {
                before: differs.before.as_ref().map(row),
                after: differs.after.as_ref().map(row),
                gained_managers: ids(&differs.gained_managers),
                lost_managers: ids(&differs.lost_managers),
                leaves: differs.leaves,
                left_callers: &differs.left_callers,
                claimed: differs.claimed,
            };
            add(serde_json::to_vec(&(name, touched)));
        }
        add(serde_json::to_vec(connectivity));
        let rules: BTreeSet<_> = rules.iter().map(|rule| (&rule.rule, &rule.digest)).collect();
        add(serde_json::to_vec(&rules));
        Self(digest.finish())
    }
}

fn row(endpoint: &HeldEndpoint) -> Row<'_> {
    Row {
        name: &endpoint.name,
        target: endpoint.target.as_ref(),
        callers: &endpoint.callers,
        has_unknown_callers: endpoint.unseen != Unseen::Nothing,
    }
}

/// Why approvals cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ApprovalError {
    /// The file is not a list of approvals.
    #[error("not a list of approvals: {0}")]
    Json(#[from] serde_json::Error),
    /// An approval has no valid last day.
    #[error("the approval by `{by}` is until `{until}`, which is not a date such as 2027-06-30")]
    Day {
        /// Who approved.
        by: String,
        /// The text.
        until: String,
    },
    /// An approval lasts too long.
    #[error("the approval by `{by}` is until {until}, more than 90 days ahead")]
    TooLong {
        /// Who approved.
        by: String,
        /// Its last day.
        until: Date,
    },
    /// An approval does not say who approved, or why.
    #[error("an approval needs `by` and `reason`")]
    Empty,
}

/// Parses a list of approvals, as of a day.
///
/// # Errors
/// When any of them is invalid: a list is sound as a whole, or not used.
pub fn parse_approvals(text: &str, today: Date) -> Result<Vec<Approval>, ApprovalError> {
    let approvals: Vec<Approval> = serde_json::from_str(text)?;
    for approval in &approvals {
        let Approval { by, reason, until, .. } = approval;
        if by.trim().is_empty() || reason.trim().is_empty() {
            return Err(ApprovalError::Empty);
        }
        let invalid = || ApprovalError::Day { by: by.clone(), until: until.clone() };
        let until = crate::language::day::parse(until).ok_or_else(invalid)?;
        if until - today > LONGEST {
            return Err(ApprovalError::TooLong { by: by.clone(), until });
        }
    }
    Ok(approvals)
}

/// The approval of a change that is in force on a day.
#[must_use]
pub fn approved<'a>(approvals: &'a [Approval], digest: &ChangeDigest, today: Date) -> Option<&'a Approval> {
    let is_in_force = |until: &str| crate::language::day::parse(until).is_some_and(|until| today <= until);
    approvals.iter().find(|approval| approval.digest == digest.0 && is_in_force(&approval.until))
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::date;

    const TODAY: Date = date!(2026 - 06 - 15);

    fn list(until: &str) -> String {
        format!(r#"[{{"digest":"sha256:ab","by":"ana","reason":"reviewed","until":"{until}"}}]"#)
    }

    #[test]
    fn an_approval_is_in_force_until_its_last_day() {
        let digest = ChangeDigest("sha256:ab".to_owned());
        let approvals = parse_approvals(&list("2026-06-15"), TODAY).unwrap();
        assert!(approved(&approvals, &digest, TODAY).is_some());
        assert!(approved(&approvals, &digest, date!(2026 - 06 - 16)).is_none());
        assert!(approved(&approvals, &ChangeDigest("sha256:cd".to_owned()), TODAY).is_none());
    }

    #[test]
    fn an_invalid_list_approves_nothing() {
        let refused = |text: &str| parse_approvals(text, TODAY).unwrap_err().to_string();
        assert!(refused(&list("2026-09-14")).contains("more than 90 days ahead"));
        assert!(parse_approvals(&list("2026-09-13"), TODAY).is_ok());
        assert!(refused(&list("soon")).contains("not a date"));
        assert!(refused("{}").contains("not a list of approvals"));
        assert!(refused(&list("2026-06-15").replace("reviewed", " ")).contains("`by` and `reason`"));
    }
}
