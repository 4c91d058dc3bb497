//! The policies, each in HCL and, where it can be said there, in JSON.

use std::fmt::Write;

/// A name, the name of a file, and its text.
pub type Policy = (String, &'static str, String);

const HCL: &str = "a.nexus.hcl";
const JSON: &str = "a.nexus.json";

pub fn all() -> Vec<Policy> {
    let mut all = texts();
    for (name, locals) in locals() {
        all.push((format!("{name}, HCL"), HCL, in_hcl(&locals)));
        all.push((format!("{name}, JSON"), JSON, in_json(&locals)));
    }
    all.extend(policies());
    all
}

/// Text that is hard to read, whatever it means.
fn texts() -> Vec<Policy> {
    let hcl = |name: &str, text: String| (format!("{name}, HCL"), HCL, text);
    let json = |name: &str, text: String| (format!("{name}, JSON"), JSON, text);
    let million = 1_000_000;
    let object =
        |inside: &str| format!("{{\"account\": {{\"id\": \"a2dd6\"}}, \"locals\": {{\"x\": {inside}}}}}");
    let numbered = |each: &dyn Fn(usize) -> String, between: &str, count: usize| {
        (0..count).map(each).collect::<Vec<_>>().join(between)
    };
    vec![
        hcl("a million open brackets", format!("locals {{ x = {}", "[".repeat(million))),
        hcl("a million open braces", "a {".repeat(million)),
        hcl("a million templates in templates", format!("locals {{ x = {}", "\"${".repeat(million))),
        hcl("a million signs", format!("locals {{ x = {}1\n}}", "-".repeat(million))),
        hcl("a million conditionals", format!("locals {{ x = {}1\n}}", "true ? 1 : ".repeat(million))),
        hcl("a million additions", format!("locals {{ x = 1{}\n}}", " + 1".repeat(million))),
        hcl("a million steps", format!("locals {{ x = a{}\n}}", ".b".repeat(million))),
        hcl("a million directives", format!("locals {{ x = \"{}\"\n}}", "%{ if true }".repeat(million))),
        json("a million open brackets", object(&"[".repeat(million))),
        json("a million open braces", "{\"a\":".repeat(million)),
        json("a million templates in templates", object(&format!("\"{}\"", "${\\\"".repeat(million)))),
        hcl("a number of a million digits", format!("locals {{ x = {}\n}}", "9".repeat(million))),
        json("a number of a million digits", object(&"9".repeat(million))),
        hcl("a huge exponent", "locals { x = 1e999999999 }".to_owned()),
        json("a huge exponent", object("1e999999999")),
        hcl("a string of 60 MB", format!("locals {{ x = \"{}\"\n}}", "ü".repeat(30 * million))),
        json("a string of 60 MB", object(&format!("\"{}\"", "ü".repeat(30 * million)))),
        hcl("a comment of 60 MB", format!("/*{}*/", "*".repeat(60 * million))),
        json("a comment of 60 MB", format!("{{}}/*{}*/", "*".repeat(60 * million))),
        hcl("a heredoc of 20 MB", format!("locals {{\n x = <<-E\n{}E\n}}", "  a line\n".repeat(2 * million))),
        json("a string of a million escapes", object(&format!("\"{}\"", "\\u00fc${1}".repeat(million)))),
        hcl("60 MB of ones in a list", format!("locals {{ x = [{}]\n}}", "1,".repeat(30 * million))),
        json("60 MB of ones in a list", object(&format!("[{}]", "1,".repeat(30 * million)))),
        hcl("60 MB of additions", format!("locals {{ x = 1{}\n}}", "+1".repeat(30 * million))),
        hcl("60 MB of steps", format!("locals {{ x = a{}\n}}", ".b".repeat(30 * million))),
        hcl("60 MB of blocks", "a {}\n".repeat(12 * million)),
        hcl("60 MB of comments", "#\n".repeat(30 * million)),
        json("60 MB of comments", format!("{{}}{}", "/**/".repeat(15 * million))),
        json(
            "60 MB of lists in lists",
            object(&format!("[{}1]", format!("{}{},", "[".repeat(90), "]".repeat(90)).repeat(million / 3))),
        ),
        json(
            "60 MB of keys",
            object(&format!("{{{}}}", numbered(&|at| format!("\"k{at}\":1"), ",", 5 * million))),
        ),
        json(
            "two million keys",
            object(&format!("{{{}}}", numbered(&|at| format!("\"k{at}\":1"), ",", 2 * million))),
        ),
        json("two million ones", object(&format!("[{}1]", "1,".repeat(2 * million)))),
        hcl("two million ones", format!("locals {{ x = [{}1]\n}}", "1,".repeat(2 * million))),
        hcl(
            "100,000 unknown attributes",
            format!("account {{\n{}\n}}", numbered(&|at| format!("x{at} = 1"), "\n", 100_000)),
        ),
        json(
            "100,000 unknown attributes on a line",
            format!("{{\"account\": {{{}}}}}", numbered(&|at| format!("\"x{at}\": 1"), ",", 100_000)),
        ),
        hcl("100,000 blocks with an error", "endpoint \"\n".repeat(100_000)),
        hcl("100,000 lines that are nothing", "= = =\n".repeat(100_000)),
        hcl("a million quotes", "\"".repeat(million)),
        hcl("a million comments", "#\n".repeat(million)),
    ]
}

/// Locals that say little and ask for much.
fn locals() -> Vec<(&'static str, Vec<(String, String)>)> {
    let one = |name, text: &str| (name, vec![("x".to_owned(), text.to_owned())]);
    let laughs = |first: &str, next: &dyn Fn(&str) -> String| {
        let mut locals = vec![("l0".to_owned(), first.to_owned())];
        for level in 1..40 {
            locals.push((format!("l{level}"), next(&format!("local.l{}", level - 1))));
        }
        locals
    };
    let map = |count: usize, value: &dyn Fn(usize) -> String| {
        let items: Vec<_> = (0..count).map(|key| format!("\"key-{key}\" = {}", value(key))).collect();
        format!("{{ {} }}", items.join(", "))
    };
    let keys = map(100_000, &|key| format!("\"value-{key}\""));
    let with =
        |name, text: &str| (name, vec![("m".to_owned(), keys.clone()), ("x".to_owned(), text.to_owned())]);
    vec![
        (
            "a billion laughs in templates",
            laughs("\"ha\"", &|last| format!("\"${{{last}}}${{{last}}}${{{last}}}\"")),
        ),
        ("a billion laughs in lists", laughs("[1]", &|last| format!("[{last}, {last}, {last}]"))),
        ("a billion laughs in objects", laughs("{ a = 1 }", &|last| format!("{{ a = {last}, b = {last} }}"))),
        ("a billion laughs by concat", laughs("[1]", &|last| format!("concat({last}, {last}, {last})"))),
        (
            "a billion laughs by join",
            laughs("\"ha\"", &|last| format!("join({last}, [{last}, {last}, {last}])")),
        ),
        ("a billion laughs by replace", laughs("\"aa\"", &|last| format!("replace({last}, \"a\", {last})"))),
        ("a billion laughs by for", laughs("[1, 2]", &|last| format!("flatten([for a in {last} : {last}])"))),
        ("a number squared again and again", laughs("1.000001", &|last| format!("{last} * {last}"))),
        ("a number divided again and again", laughs("1", &|last| format!("{last} / 3"))),
        one("a long range", "range(1000000000000)"),
        one(
            "for in for in for",
            "[for a in range(1000) : [for b in range(1000) : [for c in range(1000) : a]]]",
        ),
        one(
            "a for that keeps nothing",
            "[for a in range(1000) : 1 if length([for b in range(1000) : [for c in range(1000) : c if false] if false]) > 0]",
        ),
        one("a for that groups", "{for a in setproduct(range(1000), range(1000)) : \"k\" => a...}"),
        (
            "conversions of a list again and again",
            vec![
                ("n".to_owned(), format!("[{}]", (0..1000).map(|at| format!("{at}, ")).collect::<String>())),
                ("m".to_owned(), "tomap({ a = tolist([\"x\"]) })".to_owned()),
                (
                    "x".to_owned(),
                    "[for a in range(100) : [for b in range(100) : [lookup(local.m, \"b\", local.n), coalesce(local.n, [\"x\"]), tolist([local.n, [\"x\"]])]]]".to_owned(),
                ),
            ],
        ),
        (
            "long numbers again and again",
            vec![
                ("n".to_owned(), "9".repeat(900)),
                ("x".to_owned(), "[for a in range(1000) : [for b in range(1000) : local.n + b]]".to_owned()),
            ],
        ),
        one("setproduct", "setproduct(range(1000), range(1000), range(1000))"),
        one(
            "setproduct of strings",
            "length([for a in setproduct(range(1000), range(1000)) : \"${a[0]}-${a[1]}\"])",
        ),
        one("a wide format", "format(\"%999999999s\", 1)"),
        one(
            "many formats",
            "join(\"\", [for a in setproduct(range(316), range(316)) : format(\"%1000s\", a[0])])",
        ),
        one("a large pattern", "regex(\"((a{1,100}){1,100}){1,100}\", \"a\")"),
        one(
            "many patterns",
            "[for a in setproduct(range(316), range(316)) : can(regex(\"^(x+)+${a[0]}-${a[1]}$\", \"xxxxxxxxxxxxxxxxxxxxxxxx\"))]",
        ),
        one(
            "a long text, taken apart",
            "length(distinct(split(\"\", join(\"\", [for a in setproduct(range(316), range(316)) : \"0123456789\"]))))",
        ),
        with("a map of 100,000 keys", "local.m[\"key-99999\"]"),
        with(
            "a map of 100,000 keys, merged",
            "length(merge(local.m, local.m, { for k, v in local.m : \"${k}x\" => v }))",
        ),
        with("a map of 100,000 keys, turned round", "length(zipmap(values(local.m), keys(local.m)))"),
        with(
            "a map of 100,000 keys, each looked up",
            "length([for k, v in local.m : lookup(local.m, k, \"\") if contains(keys(local.m), k)])",
        ),
        with("a map of 100,000 keys, each missing", "[for k, v in local.m : try(local.m[\"${k}-no\"], 1)]"),
        with(
            "a map of 100,000 keys, as sets",
            "length(setintersection(keys(local.m), toset(keys(local.m)), [for k, v in local.m : k]))",
        ),
        (
            "a map of 100,000 maps",
            vec![
                ("m".to_owned(), map(100_000, &|key| format!("{{ a = {key}, b = [{key}] }}"))),
                ("x".to_owned(), "length([for k, v in local.m : v.a + v.b[0]])".to_owned()),
            ],
        ),
        (
            "a chain of 100,000 locals",
            (0..100_000)
                .map(|at| {
                    (
                        format!("l{at}"),
                        if at == 99_999 { "1".to_owned() } else { format!("local.l{}", at + 1) },
                    )
                })
                .collect(),
        ),
        (
            "a circle of 100,000 locals",
            (0..100_000).map(|at| (format!("l{at}"), format!("local.l{}", (at + 1) % 100_000))).collect(),
        ),
        (
            "100,000 wrong names",
            (0..100_000).map(|at| (format!("l{at}"), format!("nowhere{at}.x + local.m{at}"))).collect(),
        ),
    ]
}

fn in_hcl(locals: &[(String, String)]) -> String {
    let mut text = "account { id = \"a2dd6\" }\nlocals {\n".to_owned();
    for (name, value) in locals {
        let _ = writeln!(text, "  {name} = {value}");
    }
    text + "}\n"
}

/// On one line, as machines write it.
fn in_json(locals: &[(String, String)]) -> String {
    let escaped = |value: &str| value.replace('\\', "\\\\").replace('"', "\\\"");
    let locals = locals.iter().map(|(name, value)| format!("\"{name}\":\"${{{}}}\"", escaped(value)));
    let locals: Vec<_> = locals.collect();
    format!("{{\"account\":{{\"id\":\"a2dd6\"}},\"locals\":{{{}}}}}", locals.join(","))
}

/// Whole policies in which each thing meets each other.
fn policies() -> Vec<Policy> {
    let start =
        "account {\n id = \"a2dd6\"\n limits = { endpoints = 1000000, callers_per_endpoint = 1000000 }\n}\n";
    let namespaces = |count: usize| -> String {
        (0..count).map(|at| format!("namespace \"ns-{at}\" {{ regions = [\"aws-us-east-1\"] }}\n")).collect()
    };
    let list = |count: usize| (0..count).map(|at| format!("\"ns-{at}\", ")).collect::<String>();
    let endpoint = |name: &str, callers: &str| {
        format!(
            "endpoint \"{name}\" {{\n worker_target = {{ namespace = \"ns-0\", task_queue = \"q\" }}\n \
             allowed_caller_namespaces = [{callers}]\n}}\n"
        )
    };
    let endpoints = |count: usize, callers: &str| {
        (0..count).map(|at| endpoint(&format!("ep-{at}"), callers)).collect::<String>()
    };
    let policy = |name: &str, text: String| (name.to_owned(), HCL, format!("{start}{text}"));
    let suppressed: String = (0..10_000)
        .map(|at| format!("# nexusc:ignore no-callers reason=\"x\"\n{}", endpoint(&format!("ep-{at}"), "")))
        .collect();
    let unused: String = (0..10_000)
        .map(|at| {
            format!("# nexusc:ignore no-callers reason=\"x\"\n{}", endpoint(&format!("ep-{at}"), "\"ns-0\""))
        })
        .collect();
    let expectations: String =
        (0..10_000).map(|at| format!("{{ caller = \"ns-{at}\", endpoint = \"ep\" }},\n")).collect();
    let broken: String = (0..10_000)
        .map(|at| format!("allowlist \"a{at}\" {{\n endpoint = \"ep-{at}\"\n callers = [1]\n}}\n"))
        .collect();
    let dangling: String = (0..10_000).map(|at| format!("\"nss-{at}\", ")).collect();
    let users: String = (0..5_000)
        .map(|at| format!("user \"u{at}@acme.example\" {{ account_access = \"read\" }}\n"))
        .collect();
    let groups: String = (0..5_000)
        .map(|at| {
            format!(
                "group \"g{at}\" {{\n account_access = \"read\"\n members = [\"u{at}@acme.example\"]\n}}\n"
            )
        })
        .collect();
    let managed: String = (0..5_000)
        .map(|at| format!("endpoint \"ep-{at}\" {{\n worker_target = {{ namespace = \"ns-0\", task_queue = \"q\" }}\n managed_by = \"user.u{at}@acme.example\"\n}}\n"))
        .collect();
    let guard = |condition: &str| {
        format!("guard \"g\" {{\n each = \"call\"\n condition = {condition}\n message = \"no\"\n}}\n")
    };
    let ignored = "# nexusc:ignore no-callers reason=\"x\"\n";
    let optional = |count: usize, default: &str| {
        let fields: String =
            (0..count).map(|at| format!("a{at} = optional(string, \"{default}\"), ")).collect();
        format!("list(object({{ {fields} }}))")
    };
    let variable =
        |of: &str, value: &str| format!("variable \"v\" {{\n type = {of}\n default = {value}\n}}\n");
    vec![
        policy(
            "200,000 suppressions of a block",
            format!("{}{}{}", namespaces(1), ignored.repeat(200_000), endpoint("ep", "")),
        ),
        policy(
            "20,000 suppressions of a block of 20,000 findings",
            format!("{}{}{}", namespaces(1), ignored.repeat(20_000), endpoint("ep", &list(20_000))),
        ),
        policy(
            "1,000 optional defaults in 100,000 objects",
            variable(&optional(1000, &"x".repeat(100)), &format!("[{}]", "{}, ".repeat(100_000))),
        ),
        policy(
            "300 optional defaults in for in for",
            variable(
                &format!("list({})", optional(300, "x")),
                "[for a in range(1000) : [for b in range(100) : {}]]",
            ),
        ),
        policy(
            "a name of 1 MB, used by 5,000 Endpoints",
            format!(
                "{}locals {{ name = \"{}\" }}\n{}",
                namespaces(1),
                "x".repeat(1_000_000),
                (0..5_000).map(|at| endpoint(&format!("ep{at}"), "local.name")).collect::<String>()
            ),
        ),
        policy("10,000 suppressions, all used", format!("{}{suppressed}", namespaces(1))),
        policy("10,000 suppressions, all unused", format!("{}{unused}", namespaces(1))),
        policy(
            "10,000 tests of 10,000 callers",
            format!(
                "{}{}test \"t\" {{\n deny = [\n{expectations} ]\n}}\n",
                namespaces(10_000),
                endpoint("ep", &list(10_000))
            ),
        ),
        policy(
            "10,000 allowlists with an error",
            format!("{}{}{broken}", namespaces(1), endpoints(10_000, "")),
        ),
        policy(
            "10,000 callers that are nowhere",
            format!("{}{}", namespaces(10_000), endpoint("ep", &dangling)),
        ),
        policy(
            "10,000 callers listed twice",
            format!("{}{}", namespaces(10_000), endpoint("ep", &list(10_000).repeat(2))),
        ),
        policy("5,000 users in 5,000 groups", format!("{}{users}{groups}{managed}", namespaces(1))),
        policy(
            "80,000 calls that a guard refuses",
            format!("{}{}{}", guard("false"), namespaces(40), endpoints(2_000, &list(40))),
        ),
        policy(
            "80,000 calls and a guard that explodes",
            format!(
                "{}{}{}",
                guard("length([for a in range(1000) : [for b in range(1000) : a]]) == 0"),
                namespaces(40),
                endpoints(2_000, &list(40))
            ),
        ),
        policy(
            "100,000 instances",
            format!(
                "{}namespace \"n\" {{\n for_each = toset([for a in setproduct(range(316), range(316)) : \"n-${{a[0]}}-${{a[1]}}\"])\n name = each.key\n regions = [\"aws-us-east-1\"]\n}}\n",
                namespaces(1)
            ),
        ),
        policy(
            "100,000 instances without a name",
            format!(
                "{}namespace \"n\" {{\n for_each = toset([for a in setproduct(range(316), range(316)) : \"n-${{a[0]}}-${{a[1]}}\"])\n regions = [\"aws-us-east-1\"]\n}}\n",
                namespaces(1)
            ),
        ),
    ]
}
