//! What expressions mean, held against Terraform itself: each line of `expressions.txt` is evaluated by `terraform
//! console` of every Terraform and by the compiler, and both must give the same JSON, or both none.
#![expect(clippy::panic, clippy::expect_used, reason = "a test fails by panicking")]

use compiler::diagnostic::Findings;
use compiler::diagnostic::source::Sources;
use compiler::evaluate::{Evaluator, Given, Value, ValueKind};
use compiler::language::block::BlockKind;
use compiler::syntax;
use serde_json::{Map, Value as Json, json};
use std::io::Write;
use std::process::Stdio;
use tests::terraform::Terraform;

/// The table.
const TABLE: &str = include_str!("expressions.txt");

/// One expression, and why it is to mean something else than in Terraform.
struct Case {
    expression: &'static str,
    differs: Option<&'static str>,
}

/// The table: `#` begins a comment, `## differs: …` a part in which every expression differs for that reason.
fn cases() -> Vec<Case> {
    let mut differs = None;
    let mut cases = Vec::new();
    for line in TABLE.lines().filter(|line| !line.trim().is_empty()) {
        match (line.strip_prefix("## differs: "), line.starts_with('#')) {
            (Some(reason), _) => differs = Some(reason),
            (None, true) => {}
            (None, false) => cases.push(Case { expression: line, differs }),
        }
    }
    cases
}

#[test]
fn expressions_mean_what_they_mean_in_terraform() {
    let cases = cases();
    assert!(cases.len() > 300, "the table has {} expressions", cases.len());
    for terraform in Terraform::all() {
        let theirs = console(terraform, &cases);
        let compared = cases.iter().zip(theirs).map(|(case, theirs)| (case, theirs, ours(case.expression)));
        let wrong: Vec<_> = compared
            .filter(|(case, theirs, (ours, _))| (theirs == ours) != case.differs.is_none())
            .map(|(case, theirs, (ours, findings))| {
                let differs = case.differs.map_or("the same", |_| "a difference");
                let shown =
                    |value: &Option<Json>| value.as_ref().map_or("an error".to_owned(), Json::to_string);
                let (theirs, ours) = (shown(&theirs), shown(&ours));
                format!(
                    "{}: expected {differs}\n  Terraform: {theirs}\n  nexusc:    {ours} {findings}",
                    case.expression
                )
            })
            .collect();
        assert!(wrong.is_empty(), "{}:\n{}", terraform.name(), wrong.join("\n"));
    }
}

/// How many expressions a console is asked at once: it tells the last line's result only, and reads lines of 64 KiB.
const AT_ONCE: usize = 200;

/// What Terraform gives, in JSON; `None` where it gives an error.
fn console(terraform: &Terraform, cases: &[Case]) -> Vec<Option<Json>> {
    let results = cases.chunks(AT_ONCE).flat_map(|chunk| asked(terraform, chunk));
    results.map(|result| serde_json::from_str(&result).ok()).collect()
}

fn asked(terraform: &Terraform, cases: &[Case]) -> Vec<String> {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let config = folder.path().join("terraform.rc");
    std::fs::write(&config, "").expect("a file in a temporary folder");
    let mut command = terraform.command();
    command.arg("console").current_dir(folder.path()).env("HOME", folder.path());
    command.env("TF_CLI_CONFIG_FILE", config).env("NO_COLOR", "1");
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut console = command.spawn().expect("terraform console starts");
    let each = cases.iter().map(|case| format!("try(jsonencode({}), \"error\")", case.expression));
    let line = format!("jsonencode([{}])\n", each.collect::<Vec<_>>().join(", "));
    let mut input = console.stdin.take().expect("its standard input");
    input.write_all(line.as_bytes()).expect("terraform console reads");
    drop(input);
    let output = console.wait_with_output().expect("terraform console ends");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let said = text(&output.stdout);
    // The console quotes the text once more.
    let results = serde_json::from_str::<String>(said.trim())
        .and_then(|quoted| serde_json::from_str(&quoted.replace("$${", "${").replace("%%{", "%{")));
    results
        .unwrap_or_else(|error| panic!("{} ({error}):\n{said}\n{}", terraform.name(), text(&output.stderr)))
}

/// What the compiler gives, and what it finds.
fn ours(expression: &str) -> (Option<Json>, String) {
    let mut sources = Sources::default();
    sources.add("x.nexus.hcl", format!("locals {{\n  x = {expression}\n}}\n"));
    let mut findings = Findings::new();
    let document = syntax::parse(&sources, &mut findings);
    let given = Given::new();
    let local = document.of_kind(BlockKind::Locals).next().and_then(|block| block.attribute("x"));
    let value = local.map(|local| Evaluator::new(&document, &given).value(&local.value, None, &mut findings));
    let said: Vec<_> = findings.iter().map(|finding| finding.message.as_str()).collect();
    let json = value.filter(|_| findings.is_empty()).and_then(|value| to_json(&value));
    (json, said.join("; "))
}

fn to_json(value: &Value) -> Option<Json> {
    Some(match &value.kind {
        ValueKind::Null => Json::Null,
        ValueKind::Bool(value) => json!(value),
        ValueKind::Number(number) => serde_json::from_str(&number.to_string()).ok()?,
        ValueKind::String(text) => json!(&**text),
        ValueKind::List(list) => list.iter().map(to_json).collect::<Option<Vec<_>>>()?.into(),
        ValueKind::Object(object) => {
            let member =
                |member: &compiler::evaluate::Member| Some((member.key.to_string(), to_json(&member.value)?));
            Json::Object(object.iter().map(member).collect::<Option<Map<_, _>>>()?)
        }
        ValueKind::Reference(_) | ValueKind::Failed => return None,
    })
}
