//! What lists a principal in `managed_by`, by itself or by a group that it is in.

use crate::diagnostic::{Finding, Findings, UNPROVEN};
use crate::facts::Facts;
use crate::policy::{Policy, Spanned};
use schema::name::{EndpointName, PrincipalId, PrincipalKind};
use std::collections::BTreeSet;

/// The scope of a `--mine` plan.
#[derive(Clone, Debug)]
pub struct OwnershipScope {
    /// The principal.
    pub id: PrincipalId,
    groups: BTreeSet<PrincipalId>,
    /// Why it may be in further groups.
    unseen: Option<String>,
}

impl OwnershipScope {
    /// The scope of a principal, with its groups from the account's facts: declaring a group does not extend it.
    #[must_use]
    pub fn of(id: &PrincipalId, facts: &Facts) -> Self {
        let groups = Some(&facts.principals.groups).filter(|_| id.kind == PrincipalKind::User);
        let seen = groups.iter().flat_map(|section| section.visible.values());
        Self {
            id: id.clone(),
            groups: seen.filter(|group| group.members.contains(id)).map(|group| group.id.clone()).collect(),
            unseen: groups.and_then(|section| section.incomplete.clone()),
        }
    }

    /// Whether an object with these managers is in scope.
    #[must_use]
    pub fn owns(&self, managed_by: &[Spanned<PrincipalId>]) -> bool {
        managed_by.iter().any(|used| self.is(&used.id))
    }

    /// Whether the policy lists it, or one of its groups, as a manager of anything.
    #[must_use]
    pub fn is_listed(&self, policy: &Policy) -> bool {
        policy.managed().any(|(managers, _)| self.owns(managers))
    }

    /// Reports each group that it may be in: objects that list only these are left out.
    pub fn report_unseen_groups(&self, policy: &Policy, findings: &mut Findings) {
        let Some(reason) = &self.unseen else { return };
        let mut reported = BTreeSet::new();
        for (managers, instance) in policy.managed().filter(|(managers, _)| !self.owns(managers)) {
            let groups = managers.iter().filter(|used| used.id.kind == PrincipalKind::Group);
            for used in groups.filter(|used| reported.insert(&used.id)) {
                let message = format!(
                    "cannot determine whether `{}` is in `{}`, so objects that list this group are left out: {reason}",
                    self.id, used.id
                );
                let help =
                    format!("list `{}` itself, or use an API key that can read the group's members", self.id);
                findings.push(used.finding(&UNPROVEN, message).help(help).instance(instance));
            }
        }
    }

    /// Drops `unproven` findings about blocks out of scope.
    #[must_use]
    pub fn without_doubts_of_others(&self, findings: Findings, policy: &Policy) -> Findings {
        let others =
            policy.managed().filter(|(managers, _)| !self.owns(managers)).map(|(_, instance)| instance);
        let grants = policy.allowlists.iter().filter(|(name, _)| !self.owns_endpoint(name.as_str(), policy));
        let grants = grants.flat_map(|(_, grants)| grants).map(|grant| &grant.instance);
        let others: BTreeSet<String> = others.chain(grants).map(ToString::to_string).collect();
        let is_of_others =
            |finding: &Finding| finding.instance.as_deref().is_some_and(|it| others.contains(it));
        let kept = |finding: &Finding| finding.code != &UNPROVEN || !is_of_others(finding);
        findings.into_iter().filter(kept).collect()
    }

    fn is(&self, id: &PrincipalId) -> bool {
        *id == self.id || self.groups.contains(id)
    }

    /// Whether it manages the Endpoint of this name. A grant on an Endpoint that the policy does not declare has no manager.
    #[must_use]
    pub fn owns_endpoint(&self, name: &str, policy: &Policy) -> bool {
        let declared = name.parse::<EndpointName>().ok().and_then(|name| policy.endpoints.get(&name));
        declared.is_some_and(|endpoint| self.owns(&endpoint.managed_by))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::DANGLING_TARGET;
    use crate::diagnostic::source::Sources;
    use crate::facts::snapshot::Snapshot;
    use crate::pipeline::ParsedPolicy;
    use time::macros::date;

    const POLICY: &str = r#"
account { id = "a2dd6" }
endpoint "both" {
  worker_target = { namespace = "orders", task_queue = "q" }
  managed_by    = [group.first, group.second]
}
endpoint "one" {
  worker_target = { namespace = "orders", task_queue = "q" }
  managed_by    = "group.second"
}
endpoint "other" {
  worker_target = { namespace = "orders", task_queue = "q" }
  managed_by    = "group.third"
}
"#;

    /// What belongs to Ana, who is seen to be in the first group; `more` stands in the section of groups.
    fn of_ana(more: &str) -> (OwnershipScope, Policy, Findings) {
        let group = |name: &str, members: &str| {
            format!(
                r#"{{ "name": "{name}", "registry_id": "{name}", "account_access": "developer", "members": [{members}] }}"#
            )
        };
        let groups =
            [group("first", "\"ana@a.example\""), group("second", ""), group("third", "")].join(", ");
        let facts = format!(
            r#"{{ "version": 1, "account": "a2dd6", "as_of": "2026-06-15",
            "namespaces": {{ "complete": true, "items": [{{ "id": "orders.a2dd6", "regions": [] }}] }},
            "users": {{ "items": [{{ "name": "ana@a.example", "registry_id": "u", "account_access": "read" }}] }},
            "service_accounts": {{ "items": [] }}, "groups": {{ {more} "items": [{groups}] }}, "endpoints": [] }}"#
        );
        let facts = Snapshot::parse(&facts).unwrap().facts().unwrap();
        let mut sources = Sources::default();
        sources.add("policy.nexus.hcl", POLICY);
        let parsed = ParsedPolicy::parse(sources, Findings::new(), date!(2026 - 06 - 15));
        let (policy, _) = parsed.compile(Some(&facts));
        let scope = OwnershipScope::of(&"user.ana@a.example".parse().unwrap(), &facts);
        let mut findings = Findings::new();
        scope.report_unseen_groups(&policy, &mut findings);
        (scope, policy, findings)
    }

    #[test]
    fn objects_that_list_a_group_of_the_principal_are_in_scope() {
        let (scope, policy, findings) = of_ana("");
        let owns = ["both", "one"].map(|name| scope.owns_endpoint(name, &policy));
        assert_eq!((owns, findings.len()), ([true, false], 0));
    }

    #[test]
    fn a_possible_group_of_the_principal_is_reported_once_and_left_out() {
        let (scope, policy, findings) = of_ana(r#""incomplete": "members are hidden","#);
        assert!(!scope.owns_endpoint("one", &policy));
        let told: Vec<_> = findings.iter().map(|finding| (finding.code, &*finding.message)).collect();
        let message = |group: &str| {
            format!(
                "cannot determine whether `user.ana@a.example` is in `group.{group}`, so objects that list this group are left out: members are hidden"
            )
        };
        let (second, third) = (message("second"), message("third"));
        assert_eq!(told, [(&UNPROVEN, &*second), (&UNPROVEN, &*third)]);
    }

    #[test]
    fn doubts_of_what_stays_as_it_is_are_not_told() {
        let (scope, policy, _) = of_ana("");
        let doubt = |instance: &str| Finding::new(&UNPROVEN, None, "x").instance(instance);
        let error = Finding::new(&DANGLING_TARGET, None, "x").instance("endpoint.one");
        let findings = vec![doubt("endpoint.one"), doubt("endpoint.both"), error.clone()];
        let kept = scope.without_doubts_of_others(findings, &policy);
        assert_eq!(kept, [doubt("endpoint.both"), error]);
    }
}
