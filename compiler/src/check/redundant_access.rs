//! Namespace permissions of principals that have Namespace Admin everywhere.

use super::CheckContext;
use crate::diagnostic::subject::Part;
use crate::diagnostic::{Code, Control, Decided, Examples, Family, Findings, Severity};
use crate::policy::DeclaredPrincipal;
use schema::access::Rights;

pub static REDUNDANT_ACCESS: Code = Code {
    name: "redundant-access",
    severity: Severity::Warning,
    family: Family::Lint,
    control: Control::Silenceable,
    decided: Decided::Always,
    meaning: "A Namespace permission is granted to an Owner or Global Admin, whose role already includes it.",
    explanation: "Owners and Global Admins have Namespace Admin on every Namespace, which cannot be restricted. A \
                  permission on a single Namespace suggests that a lower role was intended. Remove the permission, or \
                  lower the role.",
    examples: Examples {
        wrong: r#"user "ana@acme.example" {
  account_access   = "admin"
  namespace_access = { payments-prod = "read" } #! redundant-access
}
"#,
        right: r#"user "ana@acme.example" {
  account_access   = "developer"
  namespace_access = { payments-prod = "read" }
}
"#,
        json: None,
        facts: None,
    },
};

pub(super) fn check(context: &CheckContext, findings: &mut Findings) {
    let everywhere = |declared: &&DeclaredPrincipal| {
        !declared.grants.is_empty() && Rights::of(&declared.principal.access).administer_account()
    };
    for declared in context.policy.principals.values().filter(everywhere) {
        let (id, role) = (&declared.principal.id, declared.principal.access.role().name());
        for grant in &declared.grants {
            let message = format!(
                "`{id}` has the role `{role}` and with it Namespace Admin on every Namespace, including `{}`",
                grant.id.name()
            );
            let help = "remove it, or set a lower role to limit access to these Namespaces";
            let finding = grant.finding(&REDUNDANT_ACCESS, message).help(help);
            let finding = finding.about(Part::Principal, id.to_string());
            let finding = finding.about(Part::Namespace, grant.id.name().as_str());
            findings.push(finding.instance(&declared.instance));
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::check::expect::check;

    #[test]
    fn warns_of_permissions_that_the_role_gives_anyway() {
        check(
            r#"user "ana@acme.example" {
  account_access = "admin"
  namespace_access = {
    orders-prod   = "read" #! redundant-access
    payments-prod = "admin" #! redundant-access
  }
}
group "owners" {
  account_access   = "owner"
  namespace_access = { orders-prod = "write" } #! redundant-access
}
"#,
        );
    }

    #[test]
    fn a_developers_permissions_are_needed() {
        check(
            r#"service_account "ci" {
  account_access   = "developer"
  namespace_access = { orders-prod = "admin" }
}
"#,
        );
    }
}
