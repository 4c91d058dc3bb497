//! What Terraform gives: many expressions, evaluated at once by `terraform console`.

use serde_json::Value as Json;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use tests::terraform::Terraform;

/// How many expressions are evaluated at once. One that Terraform cannot even read fails its whole batch, which is then
/// halved until it is alone.
const AT_ONCE: usize = 500;

/// What Terraform gives, in JSON; `None` where it gives an error.
pub fn evaluated(terraform: &Terraform, expressions: &[String]) -> Vec<Option<Json>> {
    expressions.chunks(AT_ONCE).flat_map(|batch| halved(terraform, batch)).collect()
}

fn halved(terraform: &Terraform, batch: &[String]) -> Vec<Option<Json>> {
    if let Some(results) = asked(terraform, batch) {
        return results;
    }
    if batch.len() == 1 {
        return vec![None];
    }
    let (first, second) = batch.split_at(batch.len() / 2);
    [halved(terraform, first), halved(terraform, second)].concat()
}

/// The results; `None` where Terraform could not read the file.
fn asked(terraform: &Terraform, batch: &[String]) -> Option<Vec<Option<Json>>> {
    let each = batch.iter().map(|expression| format!("try(jsonencode(\n{expression}\n), \"error\"),\n"));
    let file = format!("locals {{\n  all = [\n{}]\n}}\n", each.collect::<String>());
    let said = console(terraform, &[("main.tf", &file)], "jsonencode(local.all)\n")?;
    let results: Vec<String> = serde_json::from_str(&said).ok()?;
    Some(results.iter().map(|result| serde_json::from_str(result).ok()).collect())
}

/// The values of variables of these types with these defaults; `None` for a type or a default that Terraform refuses.
pub fn variables(terraform: &Terraform, declared: &[(String, String)]) -> Vec<Option<Json>> {
    declared.chunks(AT_ONCE).flat_map(|batch| accepted(terraform, batch)).collect()
}

fn accepted(terraform: &Terraform, batch: &[(String, String)]) -> Vec<Option<Json>> {
    let file = |at: usize, (of, default): &(String, String)| {
        format!("variable \"v{at}\" {{\n  type = {of}\n  default = {default}\n}}\n")
    };
    let files: Vec<_> =
        batch.iter().enumerate().map(|(at, it)| (format!("v{at}.tf"), file(at, it))).collect();
    let files: Vec<_> = files.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
    let refused = refused(terraform, &files);
    let is_refused = |at: usize| refused.contains(&format!("v{at}.tf"));
    let kept: Vec<_> = (0..batch.len()).filter(|at| !is_refused(*at)).collect();
    let names: Vec<_> = kept.iter().map(|at| format!("try(jsonencode(var.v{at}), \"error\")")).collect();
    let left: Vec<_> = kept.iter().map(|at| files[*at]).collect();
    let said = console(terraform, &left, &format!("jsonencode([{}])\n", names.join(", ")));
    let said = said.unwrap_or_else(|| panic!("{}: the variables have no values", terraform.name()));
    let results: Vec<String> = serde_json::from_str(&said).expect("a list of texts");
    let mut values = vec![None; batch.len()];
    for (at, result) in kept.into_iter().zip(results) {
        values[at] = serde_json::from_str(&result).ok();
    }
    values
}

/// The names of the files in which Terraform finds errors before it evaluates anything.
pub fn refused(terraform: &Terraform, files: &[(&str, &str)]) -> Vec<String> {
    let folder = tempfile::tempdir().expect("a temporary folder");
    // With this file there are always errors, and so nothing is evaluated.
    let files = files.iter().copied().chain([("wrong.tf", "locals {\n  x = ]\n}\n")]);
    let mut command = prepared(terraform, folder.path(), files);
    let output = command.args(["validate", "-json"]).output().expect("terraform validate starts");
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let answer: Json = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}"));
    let found = answer["diagnostics"].as_array().expect("diagnostics");
    let of_error = found.iter().filter(|it| it["severity"] == "error");
    of_error.filter_map(|it| Some(it["range"]["filename"].as_str()?.to_owned())).collect()
}

/// Why Terraform gives no value for an expression: what it says on standard error, in one line.
pub fn refusal(terraform: &Terraform, expression: &str) -> String {
    let file = format!("locals {{\n  x = (\n{expression}\n)\n}}\n");
    let output = answer(terraform, &[("main.tf", &file)], "jsonencode(local.x)\n");
    // A message is broken into lines, in a frame and with colours.
    let text = String::from_utf8_lossy(&output.stderr).replace(['│', '╷', '╵'], " ");
    let plain = text.split('\u{1b}').enumerate().map(|(at, part)| match part.split_once('m') {
        Some((_, rest)) if at > 0 => rest,
        _ => part,
    });
    plain.collect::<String>().split_whitespace().collect::<Vec<_>>().join(" ")
}

/// What `terraform console` answers to a line that gives a text.
fn console(terraform: &Terraform, files: &[(&str, &str)], line: &str) -> Option<String> {
    let output = answer(terraform, files, line);
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    // The console quotes the text once more, as HCL.
    let quoted: String = serde_json::from_str(said.trim()).ok()?;
    Some(quoted.replace("$${", "${").replace("%%{", "%{"))
}

fn answer(terraform: &Terraform, files: &[(&str, &str)], line: &str) -> Output {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut command = prepared(terraform, folder.path(), files.iter().copied());
    command.arg("console").stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut console = command.spawn().expect("terraform console starts");
    let mut input = console.stdin.take().expect("its standard input");
    // A console that refused its files does not read.
    let _ = input.write_all(line.as_bytes());
    drop(input);
    console.wait_with_output().expect("terraform console ends")
}

fn prepared<'f>(
    terraform: &Terraform,
    folder: &Path,
    files: impl Iterator<Item = (&'f str, &'f str)>,
) -> Command {
    for (path, text) in files.chain([("terraform.rc", "")]) {
        std::fs::write(folder.join(path), text).expect("a file in a temporary folder");
    }
    let mut command = terraform.command();
    command.current_dir(folder).env("HOME", folder);
    command.env("TF_CLI_CONFIG_FILE", folder.join("terraform.rc")).env("NO_COLOR", "1");
    command
}
