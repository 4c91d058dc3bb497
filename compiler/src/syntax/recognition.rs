//! Recognizes whether a text is a policy, even with errors. Any other text may be a file of passwords with the name of a
//! policy, so only the location of its first error is shown.

use super::hcl::is_header;
use super::{Language, is_block_word};
use crate::diagnostic::source::{FileId, Sources, Span};
use crate::diagnostic::{Finding, Findings, SYNTAX};
use crate::language::block::{BLOCKS, BlockKind};
use crate::language::suggest;
use std::collections::{BTreeMap, HashSet};

/// Whether the text has a block of the language, or a probably misspelt one: in HCL a line such as `endpoint "payments" {`,
/// in JSON a root key with an object, unless most keys are others.
#[must_use]
pub fn is_policy(text: &str) -> bool {
    let mut words = Words::default();
    if Language::of_text(text) == Language::Json {
        let (mut blocks, mut others) = (0_usize, 0_usize);
        root_keys(text, |key, is_object| {
            // A comment, as in Terraform's JSON.
            if key == "//" {
                return;
            }
            let count = if is_object && words.is_kind(key) { &mut blocks } else { &mut others };
            *count += 1;
        });
        return blocks > 0 && blocks >= others;
    }
    text.lines().map(|line| line.trim_start_matches([' ', '\t', '\u{feff}'])).any(|line| {
        let word = line.split(|letter| !super::continues_name(letter)).next().unwrap_or_default();
        (is_header(line) || opens_unlabelled(line, word)) && words.is_kind(word)
    })
}

/// Whether a line is `word {`, for a possibly misspelt block without a label.
fn opens_unlabelled(line: &str, word: &str) -> bool {
    let rest = line.get(word.len()..).unwrap_or_default();
    let meant = || suggest::closest(word, words(|kind| !kind.is_labelled())).is_some();
    !word.is_empty() && rest.trim_start().starts_with('{') && meant()
}

/// The words of these kinds of blocks.
fn words(wanted: fn(BlockKind) -> bool) -> impl Iterator<Item = &'static str> {
    BLOCKS.iter().map(|block| block.kind).filter(move |kind| wanted(*kind)).map(BlockKind::name)
}

/// Words that were checked.
#[derive(Default)]
struct Words<'t> {
    others: HashSet<&'t str>,
}

/// How many unknown words are compared with the kinds of blocks: a policy has few.
const COMPARED: usize = 100;

impl<'t> Words<'t> {
    /// Whether the word is the kind of a block, or a typo of one.
    fn is_kind(&mut self, word: &'t str) -> bool {
        if is_block_word(word) {
            return true;
        }
        if self.others.len() == COMPARED || self.others.contains(word) {
            return false;
        }
        let is_close = word.len() > 3 && suggest::closest(word, words(|_| true)).is_some();
        if !is_close {
            self.others.insert(word);
        }
        is_close
    }
}

/// Visits the root keys of a JSON object, up to a syntax error, and whether their values are objects.
fn root_keys<'t>(text: &'t str, mut found: impl FnMut(&'t str, bool)) {
    let bytes = text.as_bytes();
    let (mut at, mut depth, mut key) = (0, 0_usize, None);
    let mut is_root_object = false;
    while let Some(byte) = bytes.get(at) {
        let start = at;
        at = match (byte, bytes.get(at + 1)) {
            (b'"', _) => super::json::string_end(bytes, at),
            (b'/', Some(b'/')) => end_of(text, at, "\n"),
            (b'/', Some(b'*')) => end_of(text, at + 2, "*/"),
            _ => at + 1,
        };
        match byte {
            b' ' | b'\t' | b'\n' | b'\r' | b'/' | b':' | b'\xef' | b'\xbb' | b'\xbf' => continue,
            b'"' if key.is_none() && depth == 1 && is_root_object => {
                key = text.get(start + 1..at.saturating_sub(1));
                continue;
            }
            _ => {}
        }
        if depth == 1
            && let Some(key) = key.take()
        {
            found(key, *byte == b'{');
        }
        match byte {
            b'{' | b'[' => {
                is_root_object |= depth == 0 && *byte == b'{';
                depth += 1;
            }
            b'}' | b']' => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
}

fn end_of(text: &str, from: usize, end: &str) -> usize {
    let rest = text.get(from..).unwrap_or_default();
    rest.find(end).map_or(text.len(), |length| from + length + end.len())
}

/// Replaces the findings of each file that is not a policy by one finding.
pub fn withhold(sources: &Sources, findings: &mut Findings) {
    let mut first = BTreeMap::new();
    for span in findings.iter().filter_map(|finding| finding.span) {
        let start = first.entry(span.file).or_insert(span.start);
        *start = span.start.min(*start);
    }
    // A file that is too large was not read and has no text.
    let text = |file: FileId| sources.get(file).map_or("", |source| source.text());
    first.retain(|file, _| !text(*file).is_empty() && !is_policy(text(*file)));
    findings.retain(|finding| finding.span.is_none_or(|span| !first.contains_key(&span.file)));
    findings.extend(first.into_iter().map(|(file, start)| at(file, start, no_policy())));
}

/// Replaces all findings in a file by this one.
pub(crate) fn replace(file: FileId, findings: &mut Findings, by: Finding) {
    let (found, others) = std::mem::take(findings)
        .into_iter()
        .partition(|finding| finding.span.is_some_and(|span| span.file == file));
    *findings = others;
    findings.push(instead(file, &found, by));
}

/// A finding that replaces others of a file, at the location of the first.
pub(super) fn instead(file: FileId, found: &Findings, by: Finding) -> Finding {
    let starts = found.iter().filter_map(|finding| finding.span).map(|span| span.start);
    at(file, starts.min().unwrap_or(0), by)
}

fn at(file: FileId, start: u32, finding: Finding) -> Finding {
    Finding { span: Some(Span::new(file, start, start)), ..finding }.without_source()
}

/// The finding for a text that is not a policy.
pub(super) fn no_policy() -> Finding {
    Finding::new(&SYNTAX, None, "not a policy: the file has no block of the policy language")
        .help("write blocks such as `endpoint \"payments\" { … }`; the text of other files is not shown")
}

#[cfg(test)]
mod tests {
    use super::is_policy;

    #[test]
    fn recognizes_a_policy_by_its_blocks() {
        for policy in [
            "# a comment\nendpoint \"payments\" {\n  x = \n",
            "x = 1\n  namespace a {",
            "account { id = ",
            "acount {\n",
            "endpiont \"payments\" {}",
            "\u{feff}locals {}",
            r#"{"namespace": {"a": {"#,
            r#"/* */ {"x": 1, "endpiont": {}} // "#,
            r#"{"locals": {"a": [1}, "x"}"#,
        ] {
            assert!(is_policy(policy), "{policy}");
        }
    }

    #[test]
    fn other_files_are_not_policies() {
        for other in [
            "",
            "AWS_SECRET_ACCESS_KEY=secret\n",
            "user \"name:secret\"\nuser = \"x\"\n",
            "machine example.com login me password secret",
            "users:\n- name: me\n  user: { token: secret }\n",
            "credentials \"app.terraform.io\" {\n  token = \"secret\"\n}\n",
            "host \"example.com\" { token = \"secret\" }",
            r#"{"credentials": {"app.terraform.io": {"token": "secret"}}}"#,
            r#"{"user": "me", "password": "secret"}"#,
            r#"{"type": "service_account", "namespace": {}, "private_key": "secret"}"#,
            r#"{"auths": {"namespace": {}}}"#,
            r#"[{"namespace": {}}]"#,
            r#"{"x": "\"namespace\": {"}"#,
        ] {
            assert!(!is_policy(other), "{other}");
        }
    }
}
