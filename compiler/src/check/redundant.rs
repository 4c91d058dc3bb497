//! Namespace permissions for those who have Namespace Admin everywhere.

use crate::diagnostic::{Code, Findings};
use crate::policy::{DeclaredPrincipal, Policy};
use schema::access::Rights;

pub(super) fn check(policy: &Policy, findings: &mut Findings) {
    let everywhere = |declared: &&DeclaredPrincipal| {
        !declared.grants.is_empty() && Rights::of(&declared.principal.access).administer_account()
    };
    for declared in policy.principals.values().filter(everywhere) {
        let (id, role) = (&declared.principal.id, declared.principal.access.role().name());
        for grant in &declared.grants {
            let message = format!(
                "`{id}` has the role `{role}` and with it Namespace Admin everywhere, on `{}` too",
                grant.id.name()
            );
            let help = "remove it, or give a lower role if only these Namespaces are meant";
            let finding = grant.finding(Code::RedundantAccess, message).help(help);
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
