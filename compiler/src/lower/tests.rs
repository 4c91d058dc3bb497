mod instances;
mod messages;

use crate::check::expect::{check, check_account, check_alone, found_in};
use crate::language::limit::LABEL_MAX;

#[test]
fn reports_dangling_names_at_their_use() {
    check(
        r#"endpoint "payments" {
  worker_target = {
    namespace  = namespace.payment-prod #! dangling-target
    task_queue = "q"
  }
  allowed_caller_namespaces = [
    namespace.nowhere, #! dangling-caller
    "nowhere-either", #! dangling-caller
    "orders-prod.b3ee7", #! foreign-account
    "payments-prod",
  ]
  managed_by = service_account.nobody #! dangling-principal
}
allowlist "more" {
  endpoint = endpoint.refunds #! dangling-endpoint
  callers  = [namespace.orders-prod]
}
user "ana@acme.example" {
  account_access   = "read"
  namespace_access = { nowhere = "read" } #! dangling-namespace
}
"#,
    );
}

#[test]
fn blocks_have_the_attributes_of_their_tables() {
    check(
        r#"namespace "shop-prod" {
  region = ["aws-us-east-1"] #! unknown-attribute
}
endpoint "payments" { #! missing-attribute
  description = 7 #! wrong-type
}
endpoint "refunds" {
  worker_target = { namespace = namespace.payments-prod, taskqueue = "q" } #! unknown-attribute
}
users "ana" {} #! unknown-block
guard "g" {} #! missing-attribute missing-attribute missing-attribute
namespace {} #! missing-attribute missing-attribute
"#,
    );
}

#[test]
fn null_means_left_out() {
    check(
        r#"endpoint "payments" {
  worker_target             = { namespace = namespace.payments-prod, task_queue = "q" }
  description               = null
  allowed_caller_namespaces = null
}
endpoint "refunds" { #! missing-attribute
  worker_target = null
}
"#,
    );
}

#[test]
fn values_and_names_follow_the_rules_of_temporal() {
    check(
        r#"namespace "Shop" { #! invalid-name
  regions = ["aws-us-east-1"]
}
namespace "shop-prod" {
  regions = ["us-east-1"] #! invalid-value
}
endpoint "9lives" { #! invalid-name
  worker_target = { namespace = namespace.payments-prod, task_queue = "" } #! invalid-name
}
user "ana" { account_access = "read" } #! invalid-name
user "bo@acme.example" { account_access = "king" } #! invalid-value
allowlist "x" {
  endpoint = "9lives" #! invalid-name
  callers  = ["orders-prod"]
  expires  = "tomorrow" #! invalid-value
}
"#,
    );
}

#[test]
fn a_name_is_declared_once_whatever_its_label() {
    check(
        r#"endpoint "payments" {
  worker_target = { namespace = namespace.payments-prod, task_queue = "q" }
}
endpoint "pay" { #! duplicate-name
  name          = "payments"
  worker_target = { namespace = namespace.payments-prod, task_queue = "q" }
}
"#,
    );
}

#[test]
fn a_broken_block_declares_its_name_without_consequential_errors() {
    check(
        r#"namespace "shop-prod" {
  regions = ["aws-us-east-1"
} #! syntax
endpoint "shop" {
  worker_target             = { namespace = namespace.shop-prod, task_queue = "q" }
  allowed_caller_namespaces = ["shop-prod"]
}
"#,
    );
}

#[test]
fn names_and_labels_are_two_things() {
    check(
        r#"namespace "shop" {
  name    = "shop-prod"
  regions = ["aws-us-east-1"]
}
endpoint "shop" {
  worker_target             = { namespace = namespace.shop, task_queue = "${namespace.shop.name}-queue" }
  allowed_caller_namespaces = ["shop-prod", namespace.orders-prod]
}
endpoint "other" {
  worker_target = { namespace = "shop", task_queue = "q" } #! dangling-target
}
"#,
    );
}

#[test]
fn a_misspelt_block_is_reported_once_and_not_at_its_references() {
    check(
        r#"namspace "shop-prod" { #! unknown-block
  regions = ["aws-us-east-1"]
}
endpoint "shop" {
  worker_target             = { namespace = namespace.shop-prod, task_queue = namespace.shop-prod.id }
  allowed_caller_namespaces = ["shop-prod"]
}
endpoint "cart" {
  worker_target { #! unknown-block
    namespace  = "orders-prod"
    task_queue = "q"
  }
}
"#,
    );
    check_account("acount { id = \"a2dd6\" } #! unknown-block\n");
}

#[test]
fn only_blocks_with_a_name_have_that_attribute() {
    check_account(
        r#"account {
  id   = "a2dd6"
  name = "acme" #! unknown-attribute
}
endpoint "shop" {
  worker_target = { namespace = "orders-prod", task_queue = "q" }
}
allowlist "payments" {
  name     = "payments" #! unknown-attribute
  endpoint = endpoint.shop
  callers  = ["payments-prod"]
}
"#,
    );
}

#[test]
fn names_are_evaluated_before_references() {
    check(
        r#"endpoint "shop" {
  name          = "${namespace.orders-prod.name}-shop" #! evaluation
  worker_target = { namespace = "orders-prod", task_queue = "q" }
}
allowlist "payments" {
  endpoint = "orders-prod-shop"
  callers  = ["payments-prod"]
}
"#,
    );
}

#[test]
fn reports_a_cycle_through_the_account_id() {
    check_account(
        r#"account { id = namespace.shop-prod.id } #! reference-cycle
namespace "shop-prod" { regions = ["aws-us-east-1"] }
"#,
    );
}

#[test]
fn reports_dangling_names_without_an_account_id() {
    check_account(
        r#"account { id = "A" } #! invalid-name
endpoint "shop" {
  worker_target             = { namespace = "nowhere", task_queue = "q" } #! dangling-target
  allowed_caller_namespaces = ["nowhere-either"] #! dangling-caller
}
"#,
    );
}

#[test]
fn checks_the_types_of_list_elements() {
    check(
        r#"group "devs" {
  account_access = "read"
  members = [
    7, #! wrong-type
    "", #! invalid-name
    "owner@acme.example",
  ]
}
group "ops" {
  account_access = "read"
  members        = "owner@acme.example" #! wrong-type
}
"#,
    );
}

#[test]
fn a_description_is_measured_as_the_registry_does() {
    let policy = |length: usize, mark: &str| {
        let text = "x".repeat(length);
        format!(
            "endpoint \"shop\" {{\n  description = \"{text}\" {mark}\n  worker_target = {{ namespace = \"orders-prod\", task_queue = \"q\" }}\n}}\n"
        )
    };
    check(&policy(19_998, ""));
    check(&policy(19_999, "#! invalid-value"));
}

#[test]
fn requires_an_account_with_a_known_language() {
    check_account("user \"a@acme.example\" { account_access = \"read\" } #! missing-attribute\n");
    check_account(
        r#"account {
  id       = "A!" #! invalid-name
  language = 2 #! unsupported
}
"#,
    );
}

#[test]
fn self_hosted_refuses_regions_allowlists_and_principals() {
    check_alone(
        r#"account {
  backend  = "self_hosted"
  apply_as = "service_account.ci" #! unsupported
  limits   = { endpoints = 10, privatelinks_per_account = 1 } #! unsupported
}
service_account "ci" { account_access = "owner" } #! unsupported
namespace "Payments_Prod.v2" {
  auth = ["mtls"] #! unsupported
}
namespace "orders" {
  tags = { team = "orders" }
}
endpoint "payments" {
  worker_target             = { namespace = namespace["Payments_Prod.v2"], task_queue = "q" }
  allowed_caller_namespaces = ["orders"] #! unsupported
  managed_by                = "service_account.ci" #! unsupported
}
endpoint "orders" {
  worker_target = { namespace = "orders.a2dd6", task_queue = "q" } #! dangling-target
}
allowlist "more" { #! unsupported
  endpoint = endpoint.payments
  callers  = ["orders"]
}
privatelink "hub" {} #! unsupported
"#,
    );
}

#[test]
fn self_hosted_accepts_urls_as_targets_and_cloud_does_not() {
    check_alone(
        r#"account {
  id      = "a2dd6"
  backend = "self_hosted"
}
namespace "orders" {}
endpoint "by-id" {
  worker_target = { namespace = namespace.orders.id, task_queue = "q" }
}
endpoint "mail" {
  external_target = { url = "https://mail.acme.example/nexus" }
}
endpoint "ftp" {
  external_target = { url = "ftp://acme.example" } #! invalid-value
}
endpoint "both" {
  worker_target   = { namespace = "orders", task_queue = "q" } #! invalid-value
  external_target = { url = "https://mail.acme.example/nexus" }
}
endpoint "orders" {
  worker_target = { namespace = "orders", task_queue = "q" }
}
endpoint "neither" {} #! missing-attribute
"#,
    );
    check(
        r#"endpoint "mail" {
  external_target = { url = "https://mail.acme.example/nexus" } #! unsupported
}
"#,
    );
}

/// Endpoints that each use `local.long`, a text of a million bytes, in this attribute.
fn using_a_long_text(count: usize, before: &str, attribute: &str) -> String {
    let long = "x".repeat(1_000_000);
    let endpoint = |at: usize| {
        format!(
            "endpoint \"e{at}\" {{\n  worker_target = {{ namespace = namespace.payments-prod, task_queue = \"q\" }}\n  {attribute}\n}}\n"
        )
    };
    let endpoints: String = (0..count).map(endpoint).collect();
    format!(
        "account {{ id = \"a2dd6\" }}\nlocals {{\n  long = \"{long}\"\n}}\nnamespace \"payments-prod\" {{ regions = [\"aws-us-east-1\"] }}\n{before}{endpoints}"
    )
}

#[test]
fn a_long_text_may_not_be_used_often() {
    for attribute in
        ["description = local.long", "renamed_from = local.long", "allowed_caller_namespaces = [local.long]"]
    {
        let found = found_in(&using_a_long_text(200, "", attribute));
        let too_large: Vec<_> = found.iter().filter(|finding| finding.code.name == "too-large").collect();
        assert_eq!(too_large.len(), 1, "{attribute}");
    }
}

#[test]
fn the_name_of_a_principal_is_short() {
    let account =
        "service_account \"ci\" {\n  name           = local.long\n  account_access = \"developer\"\n}\n";
    let found = found_in(&using_a_long_text(200, account, "managed_by = service_account.ci"));
    let wrong: Vec<_> = found.iter().filter(|finding| finding.code.name == "invalid-name").collect();
    let [only] = &*wrong else { panic!("{wrong:?}") };
    assert_eq!(only.message, "the name of the service account has 1000000 bytes, the maximum is 1000");
    let longest = "x".repeat(LABEL_MAX);
    check(&format!("service_account \"{longest}\" {{ account_access = \"developer\" }}\n"));
    check(&format!("group \"{longest}x\" {{ account_access = \"developer\" }} #! invalid-name\n"));
}

#[test]
fn labels_and_keys_are_short() {
    let longest = "x".repeat(LABEL_MAX);
    check(&format!(
        "test \"{longest}\" {{ allow = [] }}\ntest \"{longest}y\" {{ allow = [] }} #! invalid-name\n"
    ));
    for keys in [format!("{{ \"{longest}\" = 1 }}"), format!("toset([\"{longest}\"])")] {
        let block = |keys: &str, code: &str| {
            format!(
                "group \"all\" {{\n  for_each = {keys}{code}\n  name = \"all\"\n  account_access = \"read\"\n}}\n"
            )
        };
        check(&block(&keys, ""));
        check(&block(&keys.replace("xx\"", "xxy\""), " #! invalid-name"));
    }
}
