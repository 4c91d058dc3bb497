//! `nexusc graph`: who may call what, drawn. Names are hostile where a server allows it.
#![expect(clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use compiler::access::graph::graph_schema;
use compiler::json::faults;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::fs;
use tempfile::TempDir;
use tests::binaries;
use tests::nexusc::nexusc;
use tests::run::Run;

const POLICY: &str = r#"
account { id = "a2dd6" }
namespace "orders-prod" {
  regions = ["aws-us-east-1"]
  tags    = { team = "orders" }
}
namespace "payments-prod" { regions = ["aws-us-east-1"] }
namespace "audit-prod" { regions = ["aws-us-east-1"] }
endpoint "payments" {
  description               = "Takes \"money\""
  worker_target             = { namespace = namespace.payments-prod, task_queue = "q" }
  allowed_caller_namespaces = [namespace.orders-prod]
}
endpoint "open" {
  worker_target = { namespace = namespace.audit-prod, task_queue = "q" }
}
allowlist "audit" {
  endpoint = endpoint.payments
  callers  = [namespace.audit-prod]
  expires  = "2026-06-15"
}
privatelink "hub" {
  region        = "aws-us-east-1"
  connection_id = "vpce-0123456789abcdef0"
  namespaces    = [namespace.payments-prod]
  keep_public   = true
}
"#;

#[track_caller]
fn graph(policy: &str, options: &[&str]) -> Run {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("policy.nexus.hcl");
    fs::write(&path, policy).expect("a policy");
    let path = path.display().to_string();
    nexusc(&[&["graph", "--as-of=2026-06-15"], options, &[&*path]].concat())
}

/// The graph as JSON, which is as its schema says.
#[track_caller]
fn read(policy: &str, options: &[&str]) -> Value {
    let run = graph(policy, &[&["--format=json"], options].concat()).succeeds();
    let value: Value = serde_json::from_str(&run.stdout).expect("JSON");
    assert_eq!(faults(&graph_schema(), &value), Vec::<String>::new(), "{run}");
    value
}

#[track_caller]
fn calls(graph: &Value) -> Vec<(String, String)> {
    let text = |call: &Value, key: &str| call.get(key).and_then(Value::as_str).expect("text").to_owned();
    let calls = graph.get("calls").and_then(Value::as_array).expect("calls");
    calls.iter().map(|call| (text(call, "caller"), text(call, "endpoint"))).collect()
}

fn pairs(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs.iter().map(|(one, other)| ((*one).to_owned(), (*other).to_owned())).collect()
}

#[test]
fn everything_is_drawn_for_graphviz() {
    let run = graph(POLICY, &[]).succeeds();
    assert_eq!(
        run.stdout,
        r#"digraph nexus {
  rankdir=LR
  node [fontname="sans-serif"]
  edge [fontname="sans-serif"]
  n0 [shape=box, label="audit-prod", tooltip="aws-us-east-1"]
  n1 [shape=box, label="orders-prod", tooltip="aws-us-east-1, team=orders"]
  n2 [shape=box, label="payments-prod", tooltip="aws-us-east-1"]
  e0 [shape=ellipse, label="open\n(allowlist not managed by this policy)", tooltip=""]
  e1 [shape=ellipse, label="payments", tooltip="Takes \"money\""]
  n0 -> e1
  n1 -> e1
  e0 -> n0 [style=bold, label="q"]
  e1 -> n2 [style=bold, label="q"]
  p0 [shape=component, label="vpce-0123456789abcdef0\naws-us-east-1\n(and the internet)"]
  p0 -> n2 [style=dotted, arrowhead=none]
}
"#
    );
    let _ = Dot::read(&run.stdout);
}

#[test]
fn an_expired_grant_is_no_call() {
    let both = pairs(&[("audit-prod.a2dd6", "payments"), ("orders-prod.a2dd6", "payments")]);
    assert_eq!(calls(&read(POLICY, &[])), both);
    let later = POLICY.replace("2026-06-15", "2026-06-14");
    assert_eq!(calls(&read(&later, &[])), pairs(&[("orders-prod.a2dd6", "payments")]));
}

#[test]
fn a_graph_is_narrowed_to_what_is_asked_about() {
    let of = |options: &[&str]| {
        let graph = read(POLICY, options);
        let names = |key: &str| {
            let nodes = graph.get(key).and_then(Value::as_array).expect("nodes").iter();
            let names = nodes.filter_map(|node| node.get("name").and_then(Value::as_str));
            names.collect::<Vec<_>>().join(" ")
        };
        (names("namespaces"), names("endpoints"), calls(&graph).len())
    };
    let told =
        |namespaces: &str, endpoints: &str, calls| (namespaces.to_owned(), endpoints.to_owned(), calls);
    assert_eq!(of(&["--namespace=orders-prod"]), told("orders-prod payments-prod", "payments", 1));
    let all = told("audit-prod orders-prod payments-prod", "payments", 2);
    assert_eq!(of(&["--namespace=payments-prod.a2dd6"]), all);
    assert_eq!(of(&["--endpoint=payments"]), all);
    assert_eq!(of(&["--endpoint=open"]), told("audit-prod", "open", 0));
    let both = of(&["--endpoint=payments", "--namespace=audit-prod"]);
    assert_eq!(both, told("audit-prod payments-prod", "payments", 1));
    let private = read(POLICY, &["--endpoint=open"]);
    assert_eq!(private.get("private_connections"), Some(&json!([])));
    let run = graph(POLICY, &["--endpoint=paymnts"]).exits(2).says("no Endpoint `paymnts` in the graph");
    let _ = run.says("did you mean `payments`?");
    let _ = graph(POLICY, &["--namespace=nobody"]).exits(2).says("no Namespace `nobody`");
}

/// An Endpoint of the account that leads to `audit-prod`, with these policies.
fn registered(name: &str, policies: &[Value]) -> Value {
    json!({ "id": name, "resourceVersion": "1", "spec": {
        "name": name,
        "targetSpec": { "workerTargetSpec": { "namespaceId": "audit-prod.a2dd6", "taskQueue": "q" } },
        "policySpecs": policies,
    }})
}

fn allowed(namespace: &str) -> Value {
    json!({ "allowedCloudNamespacePolicySpec": { "namespaceId": format!("{namespace}.a2dd6") } })
}

/// The facts of an account with these Endpoints, as a file of the folder.
fn facts(folder: &TempDir, endpoints: &[Value]) -> String {
    let account = folder.path().join("account.json").display().to_string();
    let namespaces = ["orders-prod", "payments-prod", "audit-prod", "elsewhere"];
    let namespaces =
        namespaces.map(|name| json!({ "id": format!("{name}.a2dd6"), "regions": ["aws-us-east-1"] }));
    let facts = json!({
        "version": 1, "account": "a2dd6", "as_of": "2026-06-15", "namespaces": { "complete": true, "items": namespaces },
        "users": { "items": [] }, "service_accounts": { "items": [] }, "groups": { "items": [] },
        "endpoints": endpoints,
    });
    fs::write(&account, facts.to_string()).expect("facts");
    account
}

/// The policy as those facts allow it, which grants a call of `foreign`.
fn granting_foreign() -> String {
    let granted = "allowlist \"x\" {\n  endpoint = \"foreign\"\n  callers  = [\"elsewhere\"]\n}\n";
    let policy =
        POLICY.split("privatelink").next().expect("a policy").replace("tags    = { team = \"orders\" }", "");
    format!("{policy}{granted}")
}

#[test]
fn what_others_grant_is_taken_from_facts_and_dashed() {
    let folder = tempfile::tempdir().expect("a folder");
    let callers = [allowed("orders-prod")];
    let account = facts(&folder, &[registered("open", &callers), registered("foreign", &callers)]);
    let policy = granting_foreign();
    let options = ["--account", &account, "--endpoint=open", "--endpoint=foreign"];
    let told = read(&policy, &options);
    let calls = told.get("calls").and_then(Value::as_array).expect("calls");
    let call = |caller: &str, endpoint: &str, by: &str, today: bool| {
        let caller = format!("{caller}.a2dd6");
        json!({ "caller": caller, "endpoint": endpoint, "granted_by": by, "today": today, "after_apply": true })
    };
    let expected = [
        call("elsewhere", "foreign", "policy", false),
        call("orders-prod", "foreign", "others", true),
        call("orders-prod", "open", "others", true),
    ];
    assert_eq!(calls.as_slice(), expected);
    let drawn = graph(&policy, &options).succeeds().says("n2 -> e1 [style=dashed]");
    let _ = drawn
        .says("label=\"elsewhere\", tooltip=\"aws-us-east-1\", style=dashed")
        .says("label=\"foreign\\n(not in this policy)\"")
        .says("label=\"open\\n(allowlist not managed by this policy)\"");
    let _ = graph(&policy, &[&options[..], &["--format=mermaid"]].concat()).succeeds().says("n2 -.-> e1");
}

#[test]
fn reports_what_the_facts_lack() {
    let folder = tempfile::tempdir().expect("a folder");
    let strange = [allowed("hidden"), json!({ "policyOfTomorrow": {} })];
    let endpoints =
        [registered("open", &strange), registered("foreign", &strange), registered("payments", &strange)];
    let told = read(&granting_foreign(), &["--account", &facts(&folder, &endpoints)]);
    let of = |list: &str, key: &str| -> Vec<_> {
        let nodes = told.get(list).and_then(Value::as_array).expect("nodes");
        nodes.iter().map(|node| (node["name"].clone(), node[key].clone())).collect()
    };
    // Whoever else a policy of a kind to come lets in; of `payments` the policy says the whole allowlist.
    let more = [("foreign", true), ("open", true), ("payments", false)];
    assert_eq!(of("endpoints", "more_callers"), more.map(|(name, more)| (json!(name), json!(more))));
    assert!(of("namespaces", "id").contains(&(json!("hidden"), json!("hidden.a2dd6"))), "{told:#}");
}

/// Names that a self-hosted server allows, and that mean something to every format.
const HOSTILE: [&str; 4] = [
    r#"a"b]; x -> y \"#,
    "<b>&amp; `c` #35; \u{1b}[31m\n -->|z|",
    "\"]} \u{202e}e1 -> e0 //",
    r"\N \n %% --> n0[x]",
];

fn hostile() -> String {
    let literal = |text: &str| {
        // JSON's escapes are HCL's, as far as these names go.
        json!(text).to_string().replace("%{", "%%{").replace("${", "$${")
    };
    let [one, other, third, fourth] = HOSTILE.map(literal);
    let blocks = [&one, &other, &third, &fourth].map(|name| format!("namespace {name} {{}}\n")).concat();
    format!(
        "account {{\n  backend = \"self_hosted\"\n  allowlist = \"ignore\"\n}}\n{blocks}endpoint \"evil\" {{
  description = {third}
  worker_target = {{ namespace = {one}, task_queue = {fourth} }}
  allowed_caller_namespaces = [{other}, {third}, {fourth}]
}}\nendpoint \"out\" {{\n  external_target = {{ url = \"https://x.example/?a=b&c=\\\"]d\" }}\n}}\n"
    )
}

#[test]
fn hostile_names_are_text_and_nothing_else() {
    let dot = graph(&hostile(), &[]).succeeds();
    let read_back = Dot::read(&dot.stdout);
    assert_eq!((read_back.nodes, read_back.edges), (7, 5), "{dot}");
    let shown = |name: &str| {
        name.replace('\u{1b}', "\\u{1b}")
            .replace('\u{202e}', "\\u{202e}")
            .replace('\n', "\\n")
            .replace('&', "&amp;")
    };
    for name in HOSTILE {
        assert!(read_back.labels.contains(&shown(name)), "{name:?} in {:?}", read_back.labels);
    }
    assert!(!dot.stdout.contains(['\u{1b}', '\u{202e}']), "{dot}");

    let mermaid = graph(&hostile(), &["--format=mermaid"]).succeeds();
    assert_eq!(mermaid.stdout.lines().count(), 1 + 4 + 2 + 3 + 2, "{mermaid}");
    for line in mermaid.stdout.lines().skip(1) {
        let quotes = line.matches('"').count();
        assert!(quotes == 0 || quotes == 2, "{line}");
        let text = line.split('"').nth(1).unwrap_or_default().replace("<br/>", "");
        let is_harmless = |letter: char| letter.is_alphanumeric() || " .-/:@,=+#;()".contains(letter);
        assert!(text.chars().all(is_harmless) && !text.contains("--&gt;") && !text.contains("-->"), "{line}");
    }
    let told = read(&hostile(), &[]);
    let ids: BTreeSet<_> = told
        .get("namespaces")
        .and_then(Value::as_array)
        .expect("Namespaces")
        .iter()
        .filter_map(|namespace| namespace.get("id").and_then(Value::as_str))
        .collect();
    assert_eq!(ids, HOSTILE.into_iter().collect());
}

#[test]
fn many_calls_are_drawn_between_namespaces() {
    let names =
        |range: std::ops::Range<usize>| range.map(|it| format!("\"n{it}\"")).collect::<Vec<_>>().join(", ");
    let namespaces = (0..100).map(|it| format!("namespace \"n{it}\" {{ regions = [\"aws-us-east-1\"] }}\n"));
    let endpoints = (0..100).map(|it| {
        let target = format!("{{ namespace = \"n{}\", task_queue = \"q\" }}", it % 10);
        format!(
            "endpoint \"e{it}\" {{\n  worker_target = {target}\n  allowed_caller_namespaces = [{}]\n}}\n",
            names(0..100)
        )
    });
    let policy = format!(
        "account {{ id = \"a2dd6\" }}\n{}{}",
        namespaces.collect::<String>(),
        endpoints.collect::<String>()
    );
    let bundled = graph(&policy, &[]).succeeds().says("the graph has 10000 calls, drawn between Namespaces");
    let drawn = Dot::read(&bundled.stdout);
    assert_eq!((drawn.nodes, drawn.edges), (100, 1000));
    let _ = bundled.says("n0 -> n1 [label=\"10 Endpoints\"]");
    let whole = Dot::read(&graph(&policy, &["--detail=endpoints"]).succeeds().stdout);
    assert_eq!((whole.nodes, whole.edges), (200, 10_100));
    let mermaid = graph(&policy, &["--format=mermaid"]).succeeds();
    let _ = mermaid.says("the graph has 1000 lines, more than Mermaid's default limit of 500");
    let part = graph(&policy, &["--format=mermaid", "--endpoint=e7"]).succeeds();
    assert_eq!((part.stderr.as_str(), part.stdout.matches(" --> e0").count()), ("", 100));
    assert_eq!(calls(&read(&policy, &[])).len(), 10_000, "JSON holds everything");
}

#[test]
fn the_example_is_drawn_alike_from_both_formats() {
    let of = |folder: &str, format: &str| {
        nexusc(&["graph", "--as-of=2026-06-15", "--format", format, folder]).succeeds()
    };
    for format in ["dot", "mermaid", "json"] {
        assert_eq!(of("examples/acme", format).stdout, of("examples/acme-json", format).stdout);
    }
    let _ = Dot::read(&of("examples/acme", "dot").stdout);
}

#[test]
fn a_policy_with_errors_is_not_drawn() {
    let run = graph(&POLICY.replace("[namespace.orders-prod]", "[namespace.order-prod]"), &[]).exits(1);
    assert_eq!(run.says("dangling-caller").stdout, "");
    let _ = nexusc(&["graph", "--bogus"]).exits(2);
    let schema = nexusc(&["schema", "graph"]).succeeds();
    let committed =
        fs::read_to_string(binaries::root().join("docs/schema/graph.schema.json")).expect("the schema");
    assert_eq!(schema.stdout, committed);
}

/// What Graphviz would draw: every statement is a node or an edge between nodes that there are.
#[derive(Debug, Default)]
struct Dot {
    nodes: usize,
    edges: usize,
    labels: BTreeSet<String>,
}

impl Dot {
    #[track_caller]
    fn read(text: &str) -> Self {
        let body = text
            .strip_prefix("digraph nexus {\n")
            .and_then(|text| text.strip_suffix("}\n"))
            .expect("a graph");
        let (mut dot, mut names) = (Self::default(), BTreeSet::new());
        for line in body.lines() {
            let words = words(line);
            let word = |at: usize| words.get(at).map(String::as_str).unwrap_or_default();
            match (word(0), word(1)) {
                ("rankdir", "=") | ("node" | "edge", "[") => continue,
                (from, "->") => {
                    dot.edges += 1;
                    assert!(names.contains(from) && names.contains(word(2)), "{line}");
                }
                (name, "[") => {
                    dot.nodes += 1;
                    assert!(names.insert(name.to_owned()), "{line}");
                    let label = words.iter().position(|word| word == "label").expect("a label");
                    dot.labels.insert(word(label + 2).to_owned());
                }
                _ => panic!("neither a node nor an edge: {line}"),
            }
            let opens = words.iter().filter(|word| *word == "[").count();
            assert!(opens <= 1 && (opens == 0 || words.last().is_some_and(|last| last == "]")), "{line}");
        }
        dot
    }
}

/// The words, signs and quoted texts of a statement; a quoted text without its quotes and escapes.
#[track_caller]
fn words(line: &str) -> Vec<String> {
    let mut letters = line.trim().chars().peekable();
    let mut words = Vec::new();
    while let Some(letter) = letters.next() {
        let mut word = String::from(letter);
        match letter {
            ' ' => continue,
            '"' => {
                word.clear();
                loop {
                    match letters.next().expect("the text is closed") {
                        '"' => break,
                        '\\' => word.push(letters.next().expect("an escape")),
                        letter => word.push(letter),
                    }
                }
            }
            '-' => word.extend(letters.next_if_eq(&'>')),
            _ if letter.is_alphanumeric() => {
                while let Some(next) = letters.next_if(|next| next.is_alphanumeric()) {
                    word.push(next);
                }
            }
            _ => {}
        }
        words.push(word);
    }
    words
}
