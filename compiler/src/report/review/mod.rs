//! What a reviewer has to know of a change, as one page of Markdown: the verdict, who loses and gains access, what crosses a
//! boundary, which rules change, and what has to be done.

mod markdown;
mod page;
mod picture;

use super::counted;
use super::plan::shown;
use super::service::{Alert, Paths};
use crate::access::HeldTarget;
use crate::access::difference::{AccessChange, CallRow, Difference, ManagerRow, NameDifference};
use crate::access::held::Unseen;
use crate::check::rules::{RuleChange, RuleChangeKind};
use crate::diagnostic::Severity;
use crate::diagnostic::source::{Sources, Span};
use crate::plan::{ConnectivityChange, Rule};
use crate::policy::Policy;
use markdown::{code, plain};
use page::Page;
use schema::account::Tags;
use schema::name::{EndpointName, NamespaceId};
use std::collections::{BTreeMap, BTreeSet};
use time::Date;

/// The most bytes of a comment. GitHub takes 65,536 characters.
pub const COMMENT_MOST: usize = 60_000;

/// The most bytes of the summary of a step of GitHub Actions, which drops a larger one as a whole.
pub const SUMMARY_MOST: usize = 1_000_000;

/// The result of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It is accepted.
    Accepted,
    /// Someone must approve it.
    NeedsApproval,
    /// It has errors, or findings that fail it.
    Rejected,
}

/// A page for a reviewer.
pub struct Review<'r> {
    /// The result.
    pub verdict: Verdict,
    /// The findings.
    pub alerts: &'r [Alert],
    /// What is said in a line each, such as that the base has moved on.
    pub remarks: &'r [String],
    /// What changes, if policies were compared.
    pub change: Option<&'r ReviewedChange<'r>>,
}

/// A change of access and of the rules.
pub struct ReviewedChange<'r> {
    /// How access differs.
    pub difference: &'r Difference,
    /// The rules that change.
    pub rules: &'r [RuleChange],
    /// What changes of private connections.
    pub connectivity: &'r ConnectivityChange,
    /// The policy after the change, if it is known: it knows tags, and the lines that grant access.
    pub policy: Option<&'r Policy>,
    /// The policy before the change, if there is one.
    pub base: Option<&'r Policy>,
    /// The files of the policy.
    pub sources: &'r Sources,
    /// Their paths.
    pub paths: &'r Paths,
    /// The day as of which grants are in effect.
    pub as_of: Date,
    /// The digest of the change, for approvals; `None` for a policy with errors.
    pub digest: Option<&'r str>,
    /// Whether access was compared. What a policy with errors lacks may be in a block with an error.
    pub is_compared: bool,
}

impl Review<'_> {
    /// The page, of at most so many bytes, and how many rows were left out.
    #[must_use]
    pub fn page(&self, most: usize) -> (String, usize) {
        let rows = self.change.map(ReviewedChange::rows).unwrap_or_default();
        let mut page = Page::new(most);
        page.paragraph(&format!("### {}", self.headline(&rows)));
        for remark in self.remarks {
            page.paragraph(&format!("_{}_", plain(remark)));
        }
        let (bad, other): (Vec<_>, Vec<_>) =
            self.alerts.iter().filter(|alert| alert.code.is_some()).partition(|alert| is_bad(alert));
        let is_accepted = self.verdict == Verdict::Accepted;
        let title = if is_accepted { "Approved" } else { "What must be fixed or approved" };
        page.table(title, &FINDING, bad.into_iter().map(finding));
        if let Some(change) = self.change {
            change.add(&rows, &mut page);
            if let (Verdict::NeedsApproval, Some(digest)) = (self.verdict, change.digest) {
                page.paragraph(&approval(digest));
            }
        }
        page.folded(&counted(other.len(), "other finding"), &FINDING, other.into_iter().map(finding));
        page.finish()
    }

    /// `Temporal Nexus: needs approval, 3 calls gained, 1 lost`
    fn headline(&self, rows: &AccessChange) -> String {
        let verdict = match self.verdict {
            Verdict::Accepted => "accepted",
            Verdict::NeedsApproval => "needs approval",
            Verdict::Rejected => "rejected",
        };
        let of = |severity| self.alerts.iter().filter(|alert| alert.severity == severity).count();
        let counts = [(of(Severity::Error), "error"), (of(Severity::Warning), "warning")];
        let counts =
            counts.into_iter().filter(|(count, _)| *count > 0).map(|(count, what)| counted(count, what));
        let mut parts: Vec<_> = counts.collect();
        if let Some(change) = self.change {
            let totals =
                if change.is_compared { change_totals(rows) } else { "access was not compared".to_owned() };
            parts.push(totals);
            let rules = (change.rules.len(), "rule changes", "rules change");
            let connected = (change.connectivity.len(), "connectivity change", "connectivity changes");
            for (count, one, many) in [rules, connected].into_iter().filter(|(count, ..)| *count > 0) {
                parts.push(format!("{count} {}", if count == 1 { one } else { many }));
            }
        } else if parts.is_empty() {
            parts.push("no errors or warnings".to_owned());
        }
        format!("Temporal Nexus: {verdict} — {}", parts.join("; "))
    }
}

fn is_bad(alert: &Alert) -> bool {
    alert.severity >= Severity::Error || alert.severity == Severity::Approval
}

fn change_totals(rows: &AccessChange) -> String {
    let (gained, lost) = (rows.calls_gained.len(), rows.calls_lost.len());
    let (managers, managers_lost) = (rows.managers_gained.len(), rows.managers_lost.len());
    if gained + lost + managers + managers_lost == 0 {
        return "no access changes".to_owned();
    }
    let managers = match managers + managers_lost {
        0 => String::new(),
        _ => format!(", {} gained, {managers_lost} lost", counted(managers, "manager")),
    };
    format!("{} gained, {lost} lost{managers}", counted(gained, "call"))
}

const FINDING: [&str; 4] = ["Severity", "Rule", "Where", "Finding"];

fn finding(alert: &Alert) -> Vec<String> {
    let details = alert.details.iter().map(|detail| format!("<br>{}", plain(detail)));
    let text = plain(&alert.message) + &details.collect::<String>();
    vec![alert.severity.name().to_owned(), code(&alert.rule), code(&alert.place.shown()), text]
}

fn approval(digest: &str) -> String {
    let entry = format!(r#"{{"digest": "{digest}", "by": "…", "reason": "…", "until": "YYYY-MM-DD"}}"#);
    let how = "To approve exactly this change, add this entry, with who approves, why and the last day (at most 90 days ahead), to \
               the list in the approvals file of the base branch, in a change of its own. Then update this branch:";
    format!("#### Approval\n\n{how}\n\n```json\n{entry}\n```")
}

impl ReviewedChange<'_> {
    /// The rows of the difference. Who manages an Endpoint that is created or deleted is no news.
    fn rows(&self) -> AccessChange {
        let mut rows = self.difference.rows();
        let stays = |row: &ManagerRow| {
            let differs = self.difference.names.get(&row.endpoint);
            differs.is_none_or(|differs| !differs.is_created() && !differs.is_deleted())
        };
        rows.managers_gained.retain(stays);
        rows.managers_lost.retain(stays);
        rows
    }

    /// What has to be agreed to before so much is taken away.
    fn agreement(&self) -> Option<String> {
        let much = self.difference.takes_away_much();
        let parts = [(much.pairs, "revoke"), (much.endpoints, "delete")];
        let options = parts.into_iter().filter(|(count, _)| *count > 0);
        let options: Vec<_> = options.map(|(count, kind)| format!("`--allow {kind}={count}`")).collect();
        let text = "**This takes away much at once.** To apply it, `nexusc apply` needs";
        (!options.is_empty()).then(|| format!("{text} {}.", options.join(" and ")))
    }

    fn add(&self, rows: &AccessChange, page: &mut Page) {
        if let Some(text) = self.agreement() {
            page.paragraph(&text);
        }
        let header = ["Caller", "Endpoint", "Target", "Note"];
        page.table("Access lost", &header, rows.calls_lost.iter().map(|row| self.lost(row)));
        let header = ["Caller", "Endpoint", "Target", "Granted by"];
        page.table("Access gained", &header, rows.calls_gained.iter().map(|row| self.gained(row)));
        self.add_crossings(rows, page);
        let manager = |row: &ManagerRow| vec![code(&row.principal), code(&row.endpoint)];
        let header = ["Principal", "Endpoint"];
        page.table("Can no longer manage", &header, rows.managers_lost.iter().map(manager));
        page.table("Can manage now", &header, rows.managers_gained.iter().map(manager));
        page.table("Rules that change", &["Rule", "Change", "Approval"], self.rules.iter().map(rule));
        let changes: Vec<_> =
            self.difference.names.iter().flat_map(|(name, it)| endpoint(name, it)).collect();
        page.table("Endpoints", &["Endpoint", "Change"], changes.into_iter());
        page.table(
            "Private connectivity",
            &["Object", "Change"],
            connectivity(self.connectivity).into_iter(),
        );
        if let Some(picture) = picture::mermaid(rows) {
            page.paragraph(&picture);
        }
    }

    fn lost(&self, row: &CallRow) -> Vec<String> {
        let differs = self.difference.names.get(&row.endpoint);
        let note = match differs {
            Some(NameDifference { renamed_to: Some(name), .. }) => {
                format!("the Endpoint is renamed to {}", code(name))
            }
            Some(NameDifference { retargeted: Some(_), .. }) => "the target changes".to_owned(),
            Some(differs) if differs.is_deleted() => "the Endpoint is deleted".to_owned(),
            _ => String::new(),
        };
        vec![self.caller(row, true), code(&row.endpoint), self.target(row.target.as_ref(), true), note]
    }

    fn gained(&self, row: &CallRow) -> Vec<String> {
        let mut granted = self.granted_by(row);
        if let Some(from) = self.difference.names.get(&row.endpoint).and_then(|it| it.renamed_from.as_deref())
        {
            granted += &format!(" (renamed from {})", code(from));
        }
        let target = self.target(row.target.as_ref(), false);
        vec![self.caller(row, false), code(&row.endpoint), target, granted]
    }

    fn caller(&self, row: &CallRow, is_before: bool) -> String {
        match &row.caller {
            Some(id) => code(id) + &shown_tags(self.tags(id, is_before)),
            None => "callers that others allow".to_owned(),
        }
    }

    fn target(&self, target: Option<&HeldTarget>, is_before: bool) -> String {
        let Some(target) = target else { return "unknown".to_owned() };
        let namespace = target.namespace();
        code(&shown(target)) + &shown_tags(namespace.and_then(|id| self.tags(id, is_before)))
    }

    /// The tags of a Namespace, before or after the change.
    fn tags(&self, id: &str, is_before: bool) -> Option<&Tags> {
        let id: NamespaceId = id.parse().ok()?;
        let policies = [self.base.filter(|_| is_before), self.policy];
        let mut declared = policies.into_iter().flatten().filter_map(|policy| policy.namespaces.get(&id));
        Some(&declared.next()?.namespace.tags)
    }

    /// The line of the policy that grants a call.
    fn granted_by(&self, row: &CallRow) -> String {
        let spans = row.caller.as_deref().and_then(|caller| self.grants(caller, &row.endpoint));
        let shown = |span: Span| {
            let (file, path) = (self.sources.get(span.file)?, self.paths.get(span.file)?);
            Some(code(&format!("{path}:{}", file.place(span.start).line)))
        };
        let shown: Vec<_> = spans.into_iter().flatten().filter_map(shown).collect();
        if self.policy.is_none() {
            return String::new();
        }
        if shown.is_empty() { "outside of the policy".to_owned() } else { shown.join(", ") }
    }

    fn grants(&self, caller: &str, endpoint: &str) -> Option<Vec<Span>> {
        let name: EndpointName = endpoint.parse().ok()?;
        let caller: NamespaceId = caller.parse().ok()?;
        let policy = self.policy?;
        let own = policy.endpoints.get(&name).and_then(|endpoint| endpoint.callers.as_ref());
        let allowlists = policy.allowlists_of(&name).filter(|allowlist| allowlist.grants_on(self.as_of));
        let lists = own.into_iter().chain(allowlists.map(|allowlist| &allowlist.callers));
        let uses = lists.flat_map(|callers| &callers.namespaces).filter(|used| used.id == caller);
        Some(uses.map(|used| used.written()).collect())
    }

    /// Calls gained between Namespaces whose tags differ, by tag and values.
    fn add_crossings(&self, rows: &AccessChange, page: &mut Page) {
        let mut crossings: BTreeMap<(String, String, String), (usize, String)> = BTreeMap::new();
        let reached: BTreeSet<_> = rows.calls_lost.iter().map(|row| (&row.caller, &row.target)).collect();
        // A caller that reached the target by another name crosses nothing new.
        for row in rows.calls_gained.iter().filter(|row| !reached.contains(&(&row.caller, &row.target))) {
            let caller = row.caller.as_deref().and_then(|id| self.tags(id, false));
            let target = row.target.as_ref().and_then(HeldTarget::namespace);
            let target = target.and_then(|id| self.tags(id, false));
            let Some((caller, target)) = caller.zip(target) else { continue };
            for (key, from) in caller.iter() {
                let Some(to) = target.get(key).filter(|to| *to != from) else { continue };
                let crossing = (key.to_string(), from.to_string(), to.to_string());
                let first = || format!("{} → {}", row.caller.as_deref().unwrap_or_default(), row.endpoint);
                crossings.entry(crossing).or_insert_with(|| (0, first())).0 += 1;
            }
        }
        let rows = crossings.iter().map(|((key, from, to), (count, first))| {
            vec![code(key), code(from), code(to), count.to_string(), code(first)]
        });
        page.table("Boundaries crossed by new access", &["Tag", "Caller", "Target", "Calls", "First"], rows);
    }
}

fn shown_tags(tags: Option<&Tags>) -> String {
    let Some(tags) = tags.filter(|tags| !tags.is_empty()) else { return String::new() };
    let shown: Vec<_> = tags.iter().map(|(key, tag)| format!("{key}={tag}")).collect();
    format!(" {}", code(&shown.join(", ")))
}

fn rule(change: &RuleChange) -> Vec<String> {
    let verb = match change.kind {
        RuleChangeKind::Added => "added",
        RuleChangeKind::Removed => "**removed**",
        RuleChangeKind::Changed => "changed",
    };
    let approval = if change.needs_approval { "**needed**" } else { "" };
    vec![code(&change.rule), format!("{verb}: {}", plain(&change.detail)), approval.to_owned()]
}

/// What happens to the Endpoint of a name, a row each.
fn endpoint(name: &str, differs: &NameDifference) -> Vec<Vec<String>> {
    let target =
        |target: &Option<HeldTarget>| target.as_ref().map_or("unknown".to_owned(), |it| code(&shown(it)));
    let mut changes = Vec::new();
    if differs.leaves {
        changes.push("leaves the policy and stays in the account; its callers keep access".to_owned());
    } else if differs.is_created() {
        let after = differs.after.as_ref().map(|after| target(&after.target)).unwrap_or_default();
        changes.push(format!("created, with the target {after}"));
    } else if differs.is_deleted() && differs.renamed_to.is_none() {
        changes.push("**deleted**".to_owned());
    }
    if let Some(from) = &differs.renamed_from {
        changes.push(format!("renamed from {}: callers that use the old name fail", code(from)));
    }
    if let Some((from, to)) = &differs.retargeted {
        changes.push(format!("**retargeted** from {} to {}", target(from), target(to)));
    }
    match differs.claimed {
        Some(true) => {
            changes.push("the policy takes over the allowlist: callers not listed lose access".to_owned())
        }
        Some(false) => {
            changes.push("the policy stops managing the allowlist: its callers keep access".to_owned())
        }
        None => {}
    }
    if !differs.left_callers.is_empty() {
        let callers: Vec<_> = differs.left_callers.iter().map(|caller| code(caller)).collect();
        changes.push(format!("the grants of {} leave the policy, not the account", callers.join(", ")));
    }
    let is_open = |unseen| unseen == Unseen::Grants;
    if differs.after.as_ref().is_some_and(|after| is_open(after.unseen)) {
        changes.push("others let further callers in".to_owned());
    }
    changes.into_iter().map(|change| vec![code(name), change]).collect()
}

fn connectivity(change: &ConnectivityChange) -> Vec<Vec<String>> {
    let mut rows = Vec::new();
    for rule in &change.create {
        rows.push(vec![code(&rule.shown()), "connectivity rule created".to_owned()]);
    }
    for attachment in &change.attachments {
        let namespace = || format!("Namespace {}", code(&attachment.namespace.to_string()));
        for (rules, verb) in [(&attachment.attach, "attached to"), (&attachment.detach, "detached from")] {
            for rule in rules {
                rows.push(vec![namespace(), format!("{verb} {}", code(&rule.shown()))]);
            }
        }
        let (was, public) = (&attachment.planned_on, attachment.attach.contains(&Rule::Public {}));
        let left = was.len().saturating_sub(attachment.detach.len()) + attachment.attach.len();
        if was.is_empty() && left > 0 && !public {
            rows.push(vec![namespace(), "**closes** to the internet".to_owned()]);
        } else if left == 0 && !was.is_empty() {
            rows.push(vec![namespace(), "**opens** to the internet".to_owned()]);
        }
    }
    for deletion in &change.delete {
        rows.push(vec![code(&deletion.rule.shown()), "connectivity rule **deleted**".to_owned()]);
    }
    rows
}
