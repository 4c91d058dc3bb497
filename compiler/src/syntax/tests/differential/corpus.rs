//! Whole files: the policies and Terraform files of this repository, and with `HCL_CORPUS` those under any folder:
//! `HCL_CORPUS=DIR cargo test -p compiler --lib on_a_corpus -- --ignored --nocapture`.
//!
//! On 2026-11-22, over all `*.hcl`, `*.tf`, `*.tofu`, `*.tfvars` and `*.nomad` of 13 public repositories (Terraform, OpenTofu, HCL
//! with its specification suite, Terragrunt, Checkov, Cloud Foundation Fabric, Nomad, the AzureRM and Google providers, tflint, tfsec, the AWS
//! modules for EKS and VPC): 11,518 files of 11.1 MB. Both accept 11,386 and read the same tree from 11,374; neither accepts 110.
//!
//! Different trees, 12 files:
//! - 5: an object key `null` is a name in HCL and here; to hcl-edit it is an expression.
//! - 2: numbers of more than 17 digits keep them here; hcl-edit has binary floating point.
//! - 3: a `~` strips white space up to the end of the line, as in HCL; hcl-edit leaves an empty literal, or the line break.
//! - 1: `<<-` takes the same indentation from each line; hcl-edit cuts into lines that stand before an interpolation.
//! - 1: `<<-` leaves blank lines as they are, as HCL does; hcl-edit shortens those of white space.
//!
//! Accepted here alone, 5 files: a byte order mark; a conditional over several lines in a `for` in braces (2); an object key
//! given twice, which is reported when it is evaluated; a `}` on the line of a block's last attribute.
//!
//! Accepted by hcl-edit alone, 17 files: all call functions of Terraform providers, `provider::NAME::f()`, which the language
//! of policies does not have.

use super::super::super::{Input, hcl};
use super::structure_shown;
use crate::diagnostic::source::Sources;
use crate::diagnostic::{Findings, UNKNOWN_ATTRIBUTE};
use crate::syntax::document::Document;
use crate::syntax::names::Names;
use crate::syntax::tests::shown;
use hcl_edit::structure::{Body, Structure};
use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

/// What became of one text.
#[derive(Debug)]
pub(super) enum Verdict {
    Same,
    /// Both accept it, and read it differently: ours and theirs.
    Different(String, String),
    /// What hcl-edit says against it.
    OnlyOurs(String),
    /// What is said against it here.
    OnlyTheirs(String),
    Neither,
}

/// What both make of a text. Attributes outside of any block are read as those of one.
pub(super) fn compare(text: &str) -> Verdict {
    let wrapped;
    let text = match has_attributes(text) {
        true => {
            // At the start of a line a word and a label begin a block at any depth.
            wrapped = format!("file {{\n {}\n}}\n", text.replace('\n', "\n "));
            &wrapped
        }
        false => text,
    };
    match (ours(text), theirs(text)) {
        (Ok(ours), Ok(theirs)) if ours == theirs => Verdict::Same,
        (Ok(ours), Ok(theirs)) => Verdict::Different(ours, theirs),
        (Ok(_), Err(why)) => Verdict::OnlyOurs(why),
        (Err(why), Ok(_)) => Verdict::OnlyTheirs(why),
        (Err(_), Err(_)) => Verdict::Neither,
    }
}

fn has_attributes(text: &str) -> bool {
    let (_, findings) = read(text);
    findings.iter().any(|finding| finding.code == &UNKNOWN_ATTRIBUTE)
}

fn read(text: &str) -> (Document, Findings) {
    let (mut document, mut findings) = (Document::default(), Findings::new());
    let mut sources = Sources::default();
    let file = sources.add("a.hcl", text);
    hcl::parse(Input { file, text, lossy: false }, &mut Names::of(text.len()), &mut document, &mut findings);
    (document, findings)
}

fn ours(text: &str) -> Result<String, String> {
    let (document, findings) = read(text);
    match findings.first() {
        None => Ok(shown(&document)),
        Some(finding) => Err(format!("{}: {}", finding.code, finding.message)),
    }
}

fn theirs(text: &str) -> Result<String, String> {
    let body: Body = text.parse().map_err(|error: hcl_edit::parser::Error| error.message().to_owned())?;
    Ok(body.iter().map(|structure: &Structure| structure_shown(structure) + "\n").collect())
}

/// Every HCL file under a folder, in order.
fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    let mut entries: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    entries.sort();
    for path in entries {
        let is_hcl = path
            .extension()
            .is_some_and(|it| ["hcl", "tf", "tofu", "tfvars", "nomad"].iter().any(|hcl| it == *hcl));
        if path.is_dir() && !path.is_symlink() && path.file_name().is_some_and(|name| name != "target") {
            files(&path, found);
        } else if is_hcl && path.is_file() {
            found.push(path);
        }
    }
}

#[test]
fn on_every_file_of_this_repository() {
    let mut found = Vec::new();
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    for folder in ["examples", "tests", "compiler", "provider", "devregistry"] {
        files(&root.join(folder), &mut found);
    }
    assert!(found.len() > 10, "{found:?}");
    for path in found {
        let text = fs::read_to_string(&path).unwrap();
        let verdict = compare(&text);
        let is_known = match verdict {
            Verdict::Same | Verdict::Neither => true,
            // The functions of Terraform providers are not of the language of policies.
            Verdict::OnlyTheirs(_) => text.contains("provider::"),
            _ => false,
        };
        assert!(is_known, "{}: {verdict:?}", path.display());
    }
}

#[test]
#[ignore = "needs a folder of HCL files, which HCL_CORPUS names"]
fn on_a_corpus() {
    let folder = std::env::var_os("HCL_CORPUS").expect("HCL_CORPUS names a folder of HCL files");
    let mut found = Vec::new();
    files(Path::new(&folder), &mut found);
    let (mut bytes, mut unreadable) = (0, 0);
    let mut tally: BTreeMap<String, (usize, String)> = BTreeMap::new();
    for path in &found {
        let Ok(text) = fs::read_to_string(path) else {
            unreadable += 1;
            continue;
        };
        bytes += text.len();
        let kind = match compare(&text) {
            Verdict::Same => "same tree".to_owned(),
            Verdict::Neither => "neither accepts".to_owned(),
            Verdict::Different(ours, theirs) => format!("different: {}", first_difference(&ours, &theirs)),
            Verdict::OnlyOurs(why) => format!("only ours accepts; hcl-edit: {why}"),
            Verdict::OnlyTheirs(why) => format!("only hcl-edit accepts; ours: {why}"),
        };
        let (count, _) = tally.entry(kind).or_insert_with(|| (0, path.display().to_string()));
        *count += 1;
    }
    let mut report = format!("{} files, {bytes} bytes, {unreadable} not UTF-8\n", found.len());
    for (kind, (count, first)) in tally {
        report.push_str(&format!("{count:6} {kind} ({first})\n"));
    }
    let _ = std::io::stderr().write_all(report.as_bytes());
}

/// A little of both from where they part.
fn first_difference(ours: &str, theirs: &str) -> String {
    let same = ours.chars().zip(theirs.chars()).take_while(|(one, other)| one == other).count();
    let from = |text: &str| text.chars().skip(same.saturating_sub(20)).take(60).collect::<String>();
    format!("{:?} and {:?}", from(ours), from(theirs))
}
