//! What is said of common mistakes, and what to write instead.

use crate::check::expect::{found_in, settled};
use crate::diagnostic::Findings;
use crate::diagnostic::source::Sources;
use crate::pipeline::ParsedPolicy;
use time::macros::date;

const REST: &str = r#"account { id = "a2dd6" }
namespace "orders-dev" { regions = ["aws-us-east-1"] }
namespace "bank-prod" { regions = ["aws-us-east-1"] }
"#;

const TARGET: &str = "worker_target = { namespace = namespace.bank-prod, task_queue = \"q\" }";

/// Message and help of each error.
fn said(policy: &str) -> Vec<String> {
    let found = found_in(&format!("{policy}\n{REST}")).into_iter();
    let errors = found.filter(|it| it.severity == crate::diagnostic::Severity::Error);
    errors.map(|it| format!("{} ({})", it.message, it.help.unwrap_or_default())).collect()
}

#[track_caller]
fn check(policy: &str, expected: &[&str]) {
    assert_eq!(said(policy), expected, "{policy}");
}

#[test]
fn a_name_that_begins_alike_is_suggested() {
    check(
        &format!("endpoint \"api\" {{\n  {TARGET}\n  allowed_callers = []\n}}"),
        &["`endpoint` has no attribute `allowed_callers` (did you mean `allowed_caller_namespaces`?)"],
    );
}

#[test]
fn codes_that_cannot_be_changed_are_told_as_that() {
    for code in ["permission-target", "dangling-caller", "syntax", "account-mismatch"] {
        let expected =
            format!("`{code}` can be neither changed nor silenced (remove it, and fix what is reported)");
        check(&format!("lint {{ {code} = \"off\" }}"), &[&expected]);
    }
    let found = said("lint { no-such-code = \"off\" }");
    assert!(found[0].starts_with("`lint` has no attribute `no-such-code`"), "{found:?}");
}

#[test]
fn an_instance_of_no_block_is_suggested_as_one() {
    let managed = |managers: &str, label: &str| {
        format!(
            "user \"lead\" {{\n  for_each = toset([\"a\"])\n  name = \"${{each.key}}@acme.example\"\n  account_access = \"owner\"\n}}\n\
             endpoint \"api\" {{\n  for_each = toset([\"a\"])\n  name = \"api-${{each.key}}\"\n  {TARGET}\n  managed_by = user.{managers}[each.key]{label}\n}}"
        )
    };
    let expected = "the user `user.leads[\"a\"]` is not in the policy (did you mean `user.lead[\"a\"]`?)";
    check(&managed("leads", ""), &[expected]);
    let expected = "the user `user.nothing[\"a\"]` is not in the policy (declare it: `user \"nothing\" { for_each = … }`)";
    check(&managed("nothing", ""), &[expected]);
    let read = "locals { x = 1 }\nnamespace \"more\" {\n  regions = [user.leads[\"a\"].name]\n}\n";
    let found = said(&format!("{read}{}", managed("lead", "")));
    assert_eq!(
        found,
        ["the user `user.leads[\"a\"]` is not in the policy (did you mean `user.lead[\"a\"]`?)"]
    );
}

#[test]
fn patterns_and_quoted_references_are_no_names() {
    let called_by = |caller: &str| {
        format!("endpoint \"api\" {{\n  {TARGET}\n  allowed_caller_namespaces = [\"{caller}\"]\n}}")
    };
    let found = said(&called_by("*-prod"));
    let help = "(names are no patterns: write `[for name in … : name if endswith(name, \"-prod\")]`)";
    assert!(found.len() == 1 && found[0].ends_with(help), "{found:?}");
    let found = said(&called_by("namespace.orders-dev"));
    let help = "(write a reference without quotes, or only the name of the block)";
    assert!(found.len() == 1 && found[0].ends_with(help), "{found:?}");
}

#[test]
fn words_of_other_languages_are_translated() {
    let found =
        said("locals {\n  a = True\n  b = None\n  c = if\n  d = not\n  e = path.module\n  f = orders\n}");
    let foreign = "a policy has `local`, `var`, `each` and references to its blocks; Terraform's other names do not exist";
    let expected = [
        "unknown name `True` (write `true`)".to_owned(),
        "unknown name `None` (write `null`)".to_owned(),
        "unknown name `if` (write `CONDITION ? VALUE : OTHERWISE`)".to_owned(),
        "unknown name `not` (write `!`)".to_owned(),
        format!("unknown name `path` ({foreign})"),
        "unknown name `orders` (use double quotes for strings)".to_owned(),
    ];
    assert_eq!(found, expected);
    // A block of that name is what was meant.
    let found = said("locals { x = data }\nnamespace \"data\" { regions = [\"aws-us-east-1\"] }");
    assert_eq!(found.len(), 1);
    assert!(found[0].contains("namespace.data"), "{found:?}");
}

#[test]
fn functions_are_listed_where_none_is_close() {
    let found = said("locals { x = zzzzzzzz({}) }");
    assert!(found[0].contains("(functions are `abs`, ") && found[0].ends_with("`values` and `zipmap`)"));
    check("locals { x = lenght([]) }", &["there is no function `lenght` (did you mean `length`?)"]);
}

#[test]
fn blocks_in_blocks_are_not_all_attributes() {
    let inner = |block: &str| {
        let policy = format!("endpoint \"api\" {{\n  {TARGET}\n  {block} {{\n  }}\n}}");
        said(&policy).remove(0)
    };
    let none = |kind: &str, help: &str| format!("`endpoint` has no block `{kind}` ({help})");
    let for_each = "write an attribute with a `for` expression, or `for_each` in the outer block";
    assert_eq!(inner("dynamic \"x\""), none("dynamic", for_each));
    assert_eq!(
        inner("external_targt"),
        none("external_targt", "write it as an attribute: `external_target = …`")
    );
    assert_eq!(
        inner("lifecycle"),
        none("lifecycle", "remove it: blocks have no blocks in them, only attributes")
    );
    let variable = said("variable \"v\" {\n  default = 1\n  validation {\n  }\n}");
    let help = "remove it, and write a `guard` for what is made from the variable";
    assert_eq!(variable, [format!("`variable` has no block `validation` ({help})")]);
}

#[test]
fn a_number_that_is_no_count_is_shown() {
    let policy = "account {\n  id = \"a2dd6\"\n  limits = { endpoints = 1.5 }\n}\n";
    let (found, _) = settled("policy.nexus.hcl", policy);
    assert_eq!(found[0].message, "`endpoints` must be a non-negative whole number, not 1.5");
}

#[test]
fn a_duplicate_says_which_instance_was_first() {
    let policy = format!(
        "endpoint \"api\" {{\n  for_each = toset([\"a\"])\n  name = \"api\"\n  {TARGET}\n}}\nendpoint \"app\" {{\n  name = \"api\"\n  {TARGET}\n}}\n"
    );
    let found = found_in(&format!("{policy}{REST}"));
    let duplicate = found.iter().find(|it| it.code.name == "duplicate-name").unwrap();
    assert_eq!(duplicate.related[0].message, "first declared here, for the key \"a\"");
}

/// A name that is made from one that was misspelt elsewhere: one finding, which shows where.
#[test]
fn a_name_that_a_template_completes_shows_where_its_part_was_written() {
    let policy = format!(
        "locals {{\n  apis = {{ a = [\"order\"], b = [\"orders\"] }}\n}}\nendpoint \"api\" {{\n  for_each = local.apis\n  name = \"api-${{each.key}}\"\n  \
         {TARGET}\n  allowed_caller_namespaces = [for c in each.value : namespace[\"${{c}}-dev\"]]\n}}\n{REST}"
    );
    let found = found_in(&policy);
    let [only] = &*found else { panic!("{found:?}") };
    let at = |span: crate::diagnostic::source::Span| &policy[span.start as usize..span.end as usize];
    assert_eq!(only.message, "the caller Namespace `order-dev` is not in the policy");
    assert_eq!((at(only.related[0].span), &*only.related[0].message), ("\"order\"", "written here"));
    assert_eq!(only.help.as_deref(), Some("did you mean `orders-dev`?"));
    let own = policy.replace("namespace[\"${c}-dev\"]", "\"${c}-dev\"");
    assert_eq!(found_in(&own)[0].related[0].message, "written here");
}

/// The findings of files that are read together.
fn found_in_all(files: &[(&str, &str)]) -> Findings {
    let mut sources = Sources::default();
    files.iter().for_each(|(path, text)| {
        sources.add(*path, *text);
    });
    let parsed = ParsedPolicy::parse(sources, Findings::new(), date!(2026 - 06 - 15));
    let (policy, found) = parsed.compile(None);
    parsed.finalize(found, &policy, None)
}

#[test]
fn two_policies_in_one_folder_are_one_finding() {
    let policy = format!(
        "{REST}namespace \"shop\" {{\n  name = \"shop-prod\"\n  regions = [\"aws-us-east-1\"]\n}}\nendpoint \"api\" {{\n  {TARGET}\n}}\n"
    );
    let other = policy.replace("namespace \"shop\"", "namespace \"store\"");
    let found = found_in_all(&[("a.nexus.hcl", &policy), ("b.nexus.hcl", &other), ("c.nexus.hcl", &policy)]);
    let [only] = &*found else { panic!("{found:?}") };
    assert_eq!(only.message, "there are 3 `account` blocks, and a policy has one");
    assert_eq!(only.related.len(), 2);
    // In one file it is a duplicate as any other.
    let twice = format!("{REST}{REST}");
    let found = found_in_all(&[("a.nexus.hcl", &twice)]);
    assert_eq!(found.iter().filter(|it| it.code.name == "duplicate-name").count(), 3);
}

#[test]
fn locals_that_a_syntax_error_moved_are_not_read() {
    let policy = format!(
        "locals {{\n  apis = {{\n    a = {{ callers = [\"order\"]\n    b = {{ callers = [] }}\n  }}\n  flat = [for k, v in local.apis : k]\n}}\n\
         endpoint \"api\" {{\n  for_each = toset(local.flat)\n  name = \"api-${{each.key}}\"\n  {TARGET}\n}}\n"
    );
    let found = found_in(&format!("{policy}{REST}"));
    let codes: Vec<_> = found.iter().map(|it| it.code.name).collect();
    assert_eq!(codes, ["syntax"], "{found:?}");
}

#[test]
fn an_account_that_is_a_list_is_not_also_missing() {
    let (found, _) = settled("p.nexus.json", r#"{ "account": [{ "id": "a2dd6" }], "namespace": {} }"#);
    assert_eq!(found.len(), 1, "{found:?}");
}
