//! What is said of wrong calls. What functions mean is held against Terraform itself, in the `tests` crate.

use super::*;

#[test]
fn a_wrong_argument_is_reported_where_it_stands() {
    check("upper([\"a\"])", "failed\n7 wrong-type: `upper` needs a string, not a list");
    check("upper(null)", "failed\n7 evaluation: `upper` needs a value, not null");
    check("join(\",\", [1], [[]])", "failed\n17 wrong-type: `join` needs a string, not a list");
    check("max(1, \"x\")", "failed\n8 wrong-type: `max` needs a number, not \"x\"");
    check("range(0, 5, 0)", "failed\n13 evaluation: `range`: the step must not be zero");
    check("element([], 0)", "failed\n9 evaluation: `element`: the list is empty");
    check("keys([1])", "failed\n6 wrong-type: `keys` needs a map or an object, not a list");
    check("regex(\"[\", \"a\")", "failed\n7 evaluation: `regex`: invalid pattern `[`: a `[` is not closed");
    check("format(\"%d\", \"x\")", "failed\n14 wrong-type: `format` needs a number for `%d`, not a string");
    check("concat([1], toset([2]))", "failed\n13 wrong-type: `concat` needs a list, not a set");
    check(
        "tomap({ a = 1, b = [] })",
        "failed\n7 wrong-type: `tomap` needs a map with values of one type, not an object",
    );
    check(
        "lenght([nowhere])",
        "failed\n9 evaluation: unknown name `nowhere` (use double quotes for strings)\n1 evaluation: there is no function `lenght` (did you mean `length`?)",
    );
}

#[test]
fn a_wrong_number_of_arguments_is_reported_for_the_call() {
    check("length()", "failed\n1 evaluation: `length` takes 1 argument, not 0");
    check("lookup({})", "failed\n1 evaluation: `lookup` takes 2 to 3 arguments, not 1");
    check("concat()", "failed\n1 evaluation: `concat` takes at least 1 argument, not 0");
    check("length([1, 2]...)", "failed\n1 evaluation: `length` takes 1 argument, not 2");
    check("max(1...)", "failed\n5 wrong-type: `...` expands a list, not a number");
}

#[test]
fn try_and_can_hide_faults_of_values_and_not_of_names() {
    check("try({}.a, 1 / 0, 3)", "3");
    check("can({}.a)", "false");
    check("try(1 / 0)", "failed\n1 evaluation: every argument of `try` failed");
    check(
        "try(namespace.nowhere.name, \"x\")",
        "failed\n5 dangling-namespace: the Namespace `nowhere` is not in the policy (declare it to read from it: `namespace \"nowhere\" { … }`)",
    );
    check(
        "can(namespace.nowhere.name)",
        "failed\n5 dangling-namespace: the Namespace `nowhere` is not in the policy (declare it to read from it: `namespace \"nowhere\" { … }`)",
    );
    check("try(1, nowhere)", "1\n8 evaluation: unknown name `nowhere` (use double quotes for strings)");
    check("try(namespace.elsewhere, 1)", "@namespace.elsewhere");
}

#[test]
fn conditionals_have_one_type() {
    check("true ? 1 : \"a\"", "\"1\"");
    check(
        "true ? 1 : [2]",
        "failed\n8 wrong-type: the results of a conditional have incompatible types: a number and a list",
    );
    check("true ? { a = 1, b = \"x\" } : {}", "{a = \"1\", b = \"x\"}");
}

#[test]
fn functions_of_terraform_that_are_left_out_say_why() {
    check(
        "file(\"a\")",
        "failed\n1 evaluation: there is no function `file` (it is left out: a policy reads no files)",
    );
    check("core::upper(\"a\")", "\"A\"");
    check(
        "provider::x::y(1)",
        "failed\n1 evaluation: there is no function `provider::x::y` (a policy has no functions of providers)",
    );
}

#[test]
fn a_path_is_no_key() {
    check_in_locals(
        "{ local.y = 1 }",
        "failed\n3 evaluation: `local.y` is not a key: it could be a reference or a name (write `(local.y)` for its value, or `\"local.y\"` for the name)",
    );
    check_in_locals("{ (local.y) = 1 }", "{a = 1}");
    check_in_locals("{ \"local.y\" = 1 }", "{local.y = 1}");
    check_in_locals("{ namespace.orders = 1 }", "{@namespace.orders = 1}");
}

#[track_caller]
fn check_in_locals(text: &str, expected: &str) {
    let policy = "locals {\n y = \"a\"\n}\nnamespace \"orders\" {}";
    assert_eq!(shown(policy, text), expected);
}

#[test]
fn operands_that_are_not_needed_are_typed() {
    for text in ["false && \"x\"", "true || {}", "[1] && false"] {
        assert!(shown("", text).contains("wrong-type"), "{text}: {}", shown("", text));
    }
    check("tonumber(\"x\") || true", "true");
    check("nowhere || true", "true\n1 evaluation: unknown name `nowhere` (use double quotes for strings)");
}

#[test]
fn whole_numbers_may_be_too_large() {
    check(
        "element([1], 9223372036854775808)",
        "failed\n14 evaluation: `element`: 9223372036854775808 is too large",
    );
}
