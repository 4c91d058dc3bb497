use crate::check::expect::{check, check_account};

#[test]
fn a_missing_role_is_one_fault_and_a_missing_namespace_admin_is_one_for_each_target() {
    check_account(
        r#"account {
  id       = "a2dd6"
  apply_as = service_account.ci #! permission-role
}
service_account "ci" {
  account_access   = "read"
  namespace_access = { orders-prod = "admin", payments-prod = "write" }
}
endpoint "orders" {
  worker_target = { namespace = namespace.orders-prod, task_queue = "q" }
}
endpoint "payments" {
  worker_target = { namespace = namespace.payments-prod, task_queue = "q" } #! permission-target
}
endpoint "refunds" {
  worker_target = { namespace = "payments-prod", task_queue = "q" } #! permission-target
}
"#,
    );
}

#[test]
fn groups_give_their_members_what_they_hold() {
    check_account(
        r#"account {
  id       = "a2dd6"
  apply_as = user["ana@acme.example"]
}
user "ana@acme.example" { account_access = "read" }
group "devs" {
  account_access   = "developer"
  namespace_access = { payments-prod = "admin" }
  members          = [user["ana@acme.example"]]
}
endpoint "payments" {
  worker_target = { namespace = namespace.payments-prod, task_queue = "q" }
}
"#,
    );
}

#[test]
fn whoever_manages_an_endpoint_must_be_able_to() {
    check(
        r#"service_account "ci" {
  account_access = "developer"
}
endpoint "payments" {
  worker_target = { namespace = namespace.payments-prod, task_queue = "q" } #! permission-target
  managed_by    = ["service_account.ci", user["owner@acme.example"]]
}
"#,
    );
}

#[test]
fn private_connections_need_a_global_admin_and_namespace_admin_where_they_are_attached() {
    check(
        r#"service_account "net" {
  account_access   = "developer"
  namespace_access = { orders-prod = "admin" }
}
service_account "admin" {
  account_access = "admin"
}
privatelink "hub" {
  region        = "aws-us-east-1"
  connection_id = "vpce-0123456789abcdef0"
  namespaces = [
    "orders-prod",
    "payments-prod", #! permission-attach
  ]
  keep_public = true
  managed_by = [
    service_account.net, #! permission-connectivity
    service_account.admin,
  ]
}
"#,
    );
}

#[test]
fn a_namespace_scoped_service_account_manages_nothing() {
    check(
        r#"service_account "scoped" {
  namespace_scoped_access = { namespace = namespace.payments-prod, permission = "admin" }
}
endpoint "payments" {
  worker_target = { namespace = namespace.payments-prod, task_queue = "q" }
  managed_by    = service_account.scoped #! permission-role
}
"#,
    );
}

#[test]
fn nobody_lacks_what_an_error_hides() {
    check_account(
        r#"account {
  id       = "a2dd6"
  apply_as = user["ana@acme.example"]
}
user "ana@acme.example" { account_access = "read" }
group "devs" {
  account_access   = "developer"
  namespace_access = { payment-prod = "admin" } #! dangling-namespace
  members          = [user["ana@acme.example"]]
}
endpoint "payments" {
  worker_target = { namespace = namespace.payments-prod, task_queue = "q" }
  managed_by    = service_account.ci
}
service_account "ci" {
  account_access   = "developer"
  namespace_acess  = { payments-prod = "admin" } #! unknown-attribute
}
"#,
    );
}

#[test]
fn an_error_in_a_group_of_others_hides_nothing() {
    check_account(
        r#"account {
  id       = "a2dd6"
  apply_as = user["ana@acme.example"] #! permission-role
}
user "ana@acme.example" { account_access = "read" }
group "devs" {
  account_access = "devloper" #! invalid-value
  members        = [user["owner@acme.example"]]
}
endpoint "payments" {
  worker_target = { namespace = namespace.payments-prod, task_queue = "q" } #! permission-target
}
"#,
    );
}

#[test]
fn a_manager_without_a_permission_may_also_be_removed() {
    let policy = r#"account {
  id       = "a2dd6"
  apply_as = service_account.ci
}
namespace "orders-prod" { regions = ["aws-us-east-1"] }
service_account "ci" { account_access = "developer" }
group "team" {
  account_access   = "developer"
  namespace_access = { orders-prod = "write" }
}
endpoint "orders" {
  worker_target = { namespace = namespace.orders-prod, task_queue = "q" }
  managed_by    = group.team
}
"#;
    let found = crate::check::expect::found_in(policy);
    let help: Vec<_> = found.iter().filter_map(|it| it.help.as_deref()).collect();
    let expected = [
        "give `group.team` the permission `admin` on `orders-prod`, or remove it from `managed_by`",
        "give `service_account.ci` the permission `admin` on `orders-prod`, or apply as a principal that has it",
    ];
    assert_eq!(help, expected);
}
