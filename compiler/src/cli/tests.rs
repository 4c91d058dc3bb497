//! Command lines run in memory, and tests of what all commands have in common.

use super::{OutputOptions, World, run};
use serde_json::{Value, json};
use std::ffi::OsString;
use time::macros::datetime;

/// A policy with one finding, `dangling-target`.
const DANGLING: &str = "account { id = \"a2dd6\" }
endpoint \"pay\" {
  worker_target             = { namespace = \"gone\", task_queue = \"q\" }
  allowed_caller_namespaces = []
}
";

const DANGLING_JSON: &str = "
  { \"account\": { \"id\": \"a2dd6\" }, \"endpoint\": { \"pay\": {
    \"worker_target\": { \"namespace\": \"gone\", \"task_queue\": \"q\" }, \"allowed_caller_namespaces\": [] } } }";

/// What a command line gave.
pub struct Ran {
    pub code: u8,
    pub out: String,
    pub err: String,
}

/// Calls `act` in a world with these variables and this standard input, with both outputs on terminals or on none.
pub fn in_world<T>(
    variables: &[(&str, &str)],
    mut input: &[u8],
    is_terminal: bool,
    act: impl FnOnce(World) -> T,
) -> (T, String, String) {
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let done = act(World {
        environment: variables.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect(),
        unreadable: Vec::new(),
        now: datetime!(2026-06-15 12:00 UTC),
        program: None,
        temporary: None,
        input: &mut input,
        in_is_terminal: false,
        out: &mut out,
        out_is_terminal: is_terminal,
        err: &mut err,
        err_is_terminal: is_terminal,
        output_error: None,
        output: OutputOptions::default(),
        keys: Vec::new(),
    });
    let [out, err] = [out, err].map(|bytes| String::from_utf8(bytes).unwrap());
    (done, out, err)
}

fn ran_in(arguments: &[&str], variables: &[(&str, &str)], input: &str, is_terminal: bool) -> Ran {
    let arguments = ["nexusc"].iter().chain(arguments).map(OsString::from);
    let act = |world: World| run(arguments, world);
    let (code, out, err) = in_world(variables, input.as_bytes(), is_terminal, act);
    Ran { code, out, err }
}

/// Runs a command line on this standard input.
fn ran(arguments: &[&str], input: &str) -> Ran {
    ran_in(arguments, &[], input, false)
}

#[test]
fn the_command_line_decides_on_colours_then_the_environment_then_the_terminal() {
    let is_coloured = |arguments: &[&str], variables: &[(&str, &str)], is_terminal| {
        let Ran { out, .. } = ran_in(arguments, variables, DANGLING, is_terminal);
        assert!(out.contains("dangling-target"), "{out}");
        out.contains('\u{1b}')
    };
    let check = |word: &str, variables: &[(&str, &str)], is_terminal, expected| {
        let found = is_coloured(&["check", "-", "--color", word], variables, is_terminal);
        assert_eq!(found, expected, "{word} {variables:?} {is_terminal}");
    };
    check("auto", &[], true, true);
    check("auto", &[], false, false);
    check("never", &[("CLICOLOR_FORCE", "1"), ("FORCE_COLOR", "1")], true, false);
    check("always", &[("NO_COLOR", "1"), ("TERM", "dumb")], false, true);
    check("auto", &[("NO_COLOR", "1"), ("CLICOLOR_FORCE", "1")], true, false);
    check("auto", &[("NO_COLOR", "")], true, true);
    for name in ["CLICOLOR_FORCE", "FORCE_COLOR"] {
        check("auto", &[(name, "1"), ("TERM", "dumb")], false, true);
        check("auto", &[(name, "0")], false, false);
        check("auto", &[(name, "")], false, false);
    }
    check("auto", &[("CLICOLOR", "0")], true, false);
    check("auto", &[("CLICOLOR", "1")], true, true);
    check("auto", &[("TERM", "dumb")], true, false);
    assert!(!is_coloured(&["--color=never", "check", "-"], &[], true), "before the command too");
}

#[test]
fn machine_formats_never_have_colours() {
    for format in crate::report::FORMATS.iter().filter(|format| format.name != "human") {
        let arguments = ["check", "-", "--color", "always", "--format", format.name];
        let forced = [("CLICOLOR_FORCE", "1"), ("FORCE_COLOR", "1")];
        let Ran { out, .. } = ran_in(&arguments, &forced, DANGLING, true);
        assert!(out.contains("dangling-target") && !out.contains('\u{1b}'), "{}: {out}", format.name);
    }
}

#[test]
fn errors_of_the_command_line_and_help_follow_the_same_rules() {
    for (arguments, is_coloured) in [
        (&["frobnicate", "--color=always"] as &[&str], true),
        (&["frobnicate", "--color", "always"], true),
        (&["frobnicate", "--", "--color=always"], false),
        (&["frobnicate"], false),
        (&["check", "--help", "--color", "always"], true),
    ] {
        let Ran { out, err, .. } = ran(arguments, "");
        assert_eq!((out + &err).contains('\u{1b}'), is_coloured, "{arguments:?}");
    }
}

#[test]
fn quiet_leaves_out_notes_and_totals_and_no_finding() {
    let loud = ran(&["check", "-"], DANGLING);
    assert!(loud.err.contains("checked 0 Namespaces"), "{}", loud.err);
    for arguments in [&["check", "--quiet", "-"], &["-q", "check", "-"]] {
        let Ran { code, out, err } = ran(arguments, DANGLING);
        assert_eq!((code, out, err.as_str()), (1, loud.out.clone(), ""));
    }
    assert!(ran(&["-q", "graph", "-"], DANGLING).err.contains("error: cannot read `-`"));
    let warned = ran(&["check", "-q", "--exclude", "nothing", "-"], DANGLING);
    assert!(warned.err.contains("warning: `--exclude nothing` matches nothing"), "{}", warned.err);
}

#[test]
fn a_key_on_the_command_line_is_refused_and_not_repeated() {
    for arguments in [
        &["plan", "--api-key", "secret-text"] as &[&str],
        &["--api-key=secret-text", "plan"],
        &["frobnicate", "--api-key", "secret-text"],
        &["apply", "p.nexus.hcl", "--api-key"],
    ] {
        let Ran { code, out, err } = ran(arguments, "");
        assert_eq!((code, out.as_str()), (2, ""), "{arguments:?}");
        assert!(err.contains("`--api-key` is not accepted") && err.contains("process list"), "{err}");
        assert!(err.contains("help: set TEMPORAL_CLOUD_API_KEY") && !err.contains("secret"), "{err}");
    }
    let of_plan = ran(&["plan", "--detailed-exitcode", "--api-key", "x"], "");
    assert_eq!(of_plan.code, 1, "2 would mean changes");
    assert!(!ran(&["fmt", "--", "--api-key"], "").err.contains("not accepted"), "a path");
}

#[test]
fn standard_input_is_checked_in_either_language() {
    let place = |arguments: &[&str], input: &str| -> Value {
        let Ran { code, out, err } = ran(arguments, input);
        assert_eq!(code, 1, "{out}{err}");
        let report: Value = serde_json::from_str(&out).unwrap();
        let finding = report["findings"].as_array().unwrap().iter();
        finding.clone().find(|finding| finding["code"] == "dangling-target").cloned().unwrap_or(report)
    };
    let check = ["check", "--format", "json", "-"];
    let hcl = place(&check, DANGLING);
    assert_eq!((&hcl["file"], &hcl["line"]), (&json!("<stdin>"), &json!(3)), "{hcl}");
    let json = place(&check, DANGLING_JSON);
    assert_eq!((&json["file"], &json["line"]), (&json!("<stdin>"), &json!(3)), "{json}");
    assert!(json["help"].as_str().unwrap().contains("`\"namespace\": {"), "help is in JSON: {json}");
    let named = ["check", "--format", "json", "-", "--stdin-name", "teams/pay.nexus.json"];
    assert_eq!(place(&named, DANGLING_JSON)["file"], "teams/pay.nexus.json");
    let wrong = ran(&["check", "--stdin-name", "a.nexus.hcl", "-"], DANGLING_JSON);
    assert!(wrong.out.contains("syntax"), "the name decides: {}", wrong.out);
    let repeated = ran(&["check", "-", "-"], DANGLING);
    assert!(repeated.err.contains("1 Endpoint"), "read once: {}", repeated.err);
}

#[test]
fn standard_input_and_files_are_one_policy() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("a.nexus.hcl");
    std::fs::write(&file, "namespace \"gone\" { regions = [\"aws-us-east-1\"] }\n").unwrap();
    let Ran { code, out, err } = ran(&["check", "-", file.to_str().unwrap()], DANGLING);
    assert_eq!(code, 0, "{out}{err}");
}

#[test]
fn what_cannot_be_read_from_standard_input_is_told() {
    let unused = ran(&["check", "--stdin-name", "a.nexus.hcl", "/nowhere"], "");
    assert!(unused.code == 2 && unused.err.contains("standard input is not read"), "{}", unused.err);
    let elsewhere = ran(&["graph", "-"], DANGLING);
    assert!(elsewhere.code == 2 && elsewhere.err.contains("only `nexusc check` and `nexusc fmt`"));
    let empty = ran(&["check", "-"], "");
    assert_eq!(empty.code, 1, "{}{}", empty.out, empty.err);
}

#[test]
fn the_format_has_the_names_of_other_programs_too() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("a.nexus.hcl");
    std::fs::write(&file, "account { id = \"a2dd6\" }\n").unwrap();
    let file = file.to_str().unwrap();
    for command in ["access", "graph"] {
        let expected = ran(&[command, "--format", "json", file], "");
        assert_eq!(expected.code, 0, "{}", expected.err);
        for spelling in [&["-o", "json"] as &[&str], &["--output", "json"], &["-ojson"]] {
            let other = ran(&[&[command, file], spelling].concat(), "");
            assert_eq!((other.code, other.out), (0, expected.out.clone()), "{command} {spelling:?}");
        }
    }
}

#[test]
fn the_version_names_the_commit_and_the_api() {
    let Ran { code, out, .. } = ran(&["--version"], "");
    let start = format!("nexusc {} (commit ", env!("CARGO_PKG_VERSION"));
    assert!(code == 0 && out.starts_with(&start), "{out}");
    assert!(out.ends_with(&format!(", Temporal Cloud API {})\n", registry::API_VERSION)), "{out}");
}

#[test]
fn every_shell_has_completions_and_every_command_a_page() {
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let Ran { code, out, .. } = ran(&["completions", shell], "");
        assert!(code == 0 && out.contains("detailed-exitcode"), "{shell}");
    }
    let folder = tempfile::tempdir().unwrap();
    let pages = folder.path().join("man1");
    assert_eq!(ran(&["man", "--out", pages.to_str().unwrap()], "").code, 0);
    let commands = super::command();
    let shown = commands.get_subcommands().filter(|command| !command.is_hide_set());
    let mut names: Vec<_> = shown.map(|command| format!("nexusc-{}.1", command.get_name())).collect();
    names.extend(["nexusc.1".to_owned(), "nexusc-export-authorizer.1".to_owned()]);
    names.sort();
    let mut written: Vec<_> = std::fs::read_dir(&pages)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
        .collect();
    written.sort();
    assert_eq!(written, names);
    let page = std::fs::read_to_string(pages.join("nexusc-apply.1")).unwrap();
    assert!(page.contains("auto\\-approve"), "{page}");
}
