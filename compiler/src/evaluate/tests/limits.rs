//! Small policies that ask for much: all end quickly, in a value or in one finding.

use super::*;

/// A chain of Namespaces, each reading the tags of the next one twice.
fn chain(length: usize, tags: &str) -> String {
    let mut policy = String::new();
    for index in 0..length {
        let tags = tags.replace("NEXT", &format!("namespace.n{}.tags.x", index + 1));
        writeln!(policy, "namespace \"n{index}\" {{ tags = {{ x = {tags} }} }}").unwrap();
    }
    policy + &format!("namespace \"n{length}\" {{ tags = {{ x = \"laugh\" }} }}")
}

const TOO_LARGE: &str = "too-large: evaluation produces more than 2097152 values or 64 MiB of text";

#[track_caller]
fn check_too_large(policy: &str, text: &str) {
    let start = Instant::now();
    let said = shown(policy, text);
    assert_eq!(said.matches("too-large").count(), 1, "{said}");
    assert!(said.contains(TOO_LARGE), "{said}");
    // Release builds end within a second.
    assert!(start.elapsed() < Duration::from_secs(60), "{:?}", start.elapsed());
}

#[test]
fn explosions_end_quickly() {
    check_too_large(&chain(60, "\"${NEXT}${NEXT}\""), "namespace.n0.tags.x");
    check_too_large(&chain(60, "[NEXT, NEXT]"), "namespace.n0.tags.x");
    let deep = shown(&chain(10_000, "NEXT"), "namespace.n0.tags.x");
    assert!(deep.contains("nesting-too-deep: values are nested more than 250 levels deep"), "{deep}");
}

#[test]
fn laughing_locals_end() {
    let mut locals = String::from("locals {\n l0 = [\"ha\", \"ha\"]\n");
    for index in 1..64 {
        writeln!(locals, " l{index} = concat(local.l{0}, local.l{0})", index - 1).unwrap();
    }
    check_too_large(&format!("{locals}}}"), "local.l63");
    let nested = locals.replace("concat(", "[").replace("})", "}]").replace(&format!("){}", '\n'), "]\n");
    check_too_large(&format!("{nested}}}"), "local.l63 == local.l62");
}

#[test]
fn loops_in_loops_end() {
    check_too_large(
        "",
        "[for a in range(1000) : [for b in range(1000) : [for c in range(1000) : c if false]]]",
    );
    check_too_large("", "[for a in range(1000) : [for b in range(1000) : [for c in range(1000) : c]]]");
    check_too_large(
        "",
        "\"%{ for a in range(1000) }%{ for b in range(1000) }${\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\"}%{ endfor }%{ endfor }\"",
    );
}

#[test]
fn functions_that_multiply_end() {
    check_too_large("", "setproduct(range(1000), range(1000), range(1000))");
    check_too_large(
        "",
        "setproduct([], range(1000), range(1000), range(1000)) == setproduct(range(1024), range(1024), range(1024))",
    );
    check_too_large("", "format(\"%999999999s\", \"a\")");
    check_too_large("", "format(\"%.999999999f\", 1)");
    check_too_large("", "join(format(\"%60000000s\", \"\"), range(1000))");
    check_too_large("", "replace(format(\"%1000000s\", \"\"), \"\", format(\"%1000000s\", \"\"))");
    check_too_large(
        "",
        "[for a in range(1000) : [for b in range(1000) : regex(\"(a{31}){31}$\", \"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\")]]",
    );
}

#[test]
fn patterns_are_bounded() {
    check("can(regex(\"((a{100}){100}){100}\", \"a\"))", "false");
    let long = format!("can(regex(\"{}\", \"a\"))", "a".repeat(5000));
    check(&long, "false");
}

#[test]
fn a_large_map_is_read_as_often_as_it_is_large() {
    let entries: String = (0..10_000).fold(String::new(), |mut text, index| {
        writeln!(text, "k{index} = \"v{index}\"").unwrap();
        text
    });
    let policy = format!("locals {{\n map = {{\n{entries}}}\n}}");
    let start = Instant::now();
    let text = "length([for a in range(100) : [for b in range(100) : local.map[\"k${a * 100 + b}\"]]])";
    assert_eq!(shown(&policy, text), "100");
    assert_eq!(
        shown(&policy, "length([for k, v in local.map : local.map[k] if local.map[k] == v])"),
        "10000"
    );
    assert!(start.elapsed() < Duration::from_secs(10), "{:?}", start.elapsed());
}

#[test]
fn many_instances_are_too_many() {
    let policy = "endpoint \"e\" {\n for_each = toset([for p in setproduct(range(400), range(400)) : \"${p[0]}-${p[1]}\"])\n}";
    let mut sources = Sources::default();
    sources.add("a.nexus.hcl", policy);
    let mut findings = Findings::new();
    let document = syntax::parse(&sources, &mut findings);
    let given = Given::new();
    let evaluator = Evaluator::new(&document, &given);
    assert!(matches!(&*evaluator.expansion(&document.blocks[0]), Expansion::Unknown));
    evaluator.finish(&mut findings);
    assert_eq!(findings.iter().map(|it| it.code.name).collect::<Vec<_>>(), ["too-large"], "{findings:?}");
}

#[test]
fn a_long_list_is_searched_as_often_as_it_is_long() {
    let names: String = (0..10_000).map(|index| format!("\"n{index}\", ")).collect();
    let policy = format!("locals {{\n list = [{names}]\n}}");
    let start = Instant::now();
    let text = "length([for a in range(100) : [for b in range(100) : contains(local.list, \"n${a * 100 + b}\") ? 1 : nowhere]])";
    assert!(shown(&policy, text).starts_with("100\n"));
    check(
        "[contains([1, 2, null], 2), contains([\"2\"], 2), contains([[1]], tolist([1])), contains([toset([1])], [1])]",
        "[true, false, true, false]",
    );
    assert!(start.elapsed() < Duration::from_secs(10), "{:?}", start.elapsed());
}

#[test]
fn deep_chains_of_locals_end_on_a_small_stack() {
    for link in [
        "[for x in [NEXT] : upper(\"${try(x[0], {for k, v in {a = NEXT} : k => v}[\"a\"])}\")]",
        "true ? { a = { b = [NEXT][*] } } : {}",
        "\"%{ for x in [1] }%{ if true }${NEXT == 1 ? -length(merge({ a = NEXT }, {})) : 2}%{ endif }%{ endfor }\"",
    ] {
        let mut policy = String::from("locals {\n");
        for index in 0..500 {
            writeln!(policy, " l{index} = {}", link.replace("NEXT", &format!("local.l{}", index + 1)))
                .unwrap();
        }
        policy += " l500 = 1\n}";
        let said = shown(&policy, "local.l0");
        assert!(said.contains("nesting-too-deep"), "{said}");
    }
}

#[test]
fn defaults_of_optional_attributes_count() {
    let fields: String = (0..300).fold(String::new(), |mut text, at| {
        write!(text, "a{at} = optional(string, \"x\"), ").unwrap();
        text
    });
    let elements = "{}, ".repeat(10_000);
    let policy =
        format!("variable \"v\" {{\n type = list(object({{ {fields} }}))\n default = [{elements}]\n}}");
    check_too_large(&policy, "length(var.v)");
    let inner = "[for i in range(1000) : [for j in range(100) : {}]]";
    let policy =
        format!("variable \"v\" {{\n type = list(list(object({{ {fields} }})))\n default = {inner}\n}}");
    check_too_large(&policy, "length(var.v)");
    // One default that is kept once weighs in each object that lacks it.
    let policy = format!(
        "variable \"v\" {{\n type = list(object({{ a = optional(list(string), [{}]) }}))\n default = [{}]\n}}",
        "\"x\", ".repeat(1000),
        "{}, ".repeat(3000)
    );
    check_too_large(&policy, "length(var.v)");
}

#[test]
fn conversions_that_functions_make_count() {
    let numbers: String = (0..1000).map(|at| format!("{at}, ")).collect();
    let policy = format!("locals {{\n n = [{numbers}]\n m = tomap({{ a = tolist([\"x\"]) }})\n}}");
    for made in [
        "lookup(local.m, \"b\", local.n)",
        "coalesce(local.n, [\"x\"])",
        "tolist([local.n, [\"x\"]])",
        "tomap({ a = local.n, b = [\"x\"] })",
        "concat(tolist([tolist(local.n)]), tolist([[\"x\"]]))",
        "true ? local.n : tolist([\"x\"])",
    ] {
        // Only lengths are kept: it is the conversions that are too many.
        check_too_large(
            &policy,
            &format!("length([for a in range(60) : [for b in range(36) : length({made})]])"),
        );
    }
}

#[test]
fn long_numbers_count() {
    let policy = format!("locals {{\n n = {}\n}}", "9".repeat(900));
    check_too_large(&policy, "length([for a in range(1000) : [for b in range(1000) : -local.n]])");
    assert_eq!(shown(&policy, "length([for a in range(300) : [for b in range(1000) : local.n]])"), "300");
}
