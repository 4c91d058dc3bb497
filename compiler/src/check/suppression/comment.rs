//! The text of a suppression.

use crate::check::guard::GUARD_FAILED;
use crate::check::{code, codes};
use crate::diagnostic::source::Span;
use crate::diagnostic::{Code, Finding, Findings, INVALID_VALUE, MISSING_ATTRIBUTE, UNKNOWN_ATTRIBUTE};
use crate::language::suggest;
use std::sync::Arc;
use time::Date;

/// What marks a comment as a suppression.
pub(super) const MARK: &str = "nexusc:ignore";

/// A parsed suppression.
pub(super) struct Suppression {
    /// The comment.
    pub(super) span: Span,
    /// What it silences.
    pub(super) code: &'static Code,
    /// The label of the only guard whose findings it silences, as in `guard-failed/stages`.
    pub(super) guard: Option<Arc<str>>,
    /// Its last day, and the span of that.
    pub(super) until: Option<(Date, Span)>,
    /// Whether it is valid. An invalid one still silences, and is never reported as unused.
    pub(super) is_sound: bool,
}

/// Reads a comment; `None` where it is no suppression, or names no code. What else is wrong with it is reported, and it
/// silences all the same: nothing is to follow from that.
pub(super) fn read(span: Span, text: &str, findings: &mut Findings) -> Option<Suppression> {
    let body = text.strip_prefix('#').or_else(|| text.strip_prefix("//"))?.trim_start();
    let rest =
        body.strip_prefix(MARK).filter(|rest| rest.is_empty() || rest.starts_with(char::is_whitespace))?;
    let mut words = Words { rest: rest.trim_end(), at: span.start as usize + text.len() - rest.len(), span };
    let Some((name, name_span)) = words.next() else {
        let finding = Finding::new(&MISSING_ATTRIBUTE, span, "a suppression needs a code");
        findings.push(finding.help("write `nexusc:ignore CODE reason=\"…\"`"));
        return None;
    };
    let (of, guard) = match name.split_once('/') {
        Some((of, guard)) if of == GUARD_FAILED.name => (of, Some(Arc::from(guard))),
        _ => (name, None),
    };
    let Some(code) = code(of) else {
        findings.push(unknown_code(name, name_span));
        return None;
    };
    let (mut until, mut has_reason) = (None, false);
    let reported = findings.len();
    for (word, at) in words {
        match word.split_once('=').map(|(key, value)| (key, value.trim_matches('"').trim())) {
            Some(("reason", reason)) => has_reason |= !reason.is_empty(),
            Some(("until", day)) => {
                let day = crate::language::day::parse(day);
                until = day.map(|day| (day, at));
                if until.is_none() {
                    let finding = Finding::new(&INVALID_VALUE, at, "`until` must be a date");
                    findings.push(finding.help("write YYYY-MM-DD, such as `until=2027-06-30`"));
                }
            }
            _ => {
                let message =
                    format!("a suppression has no `{}`", word.split('=').next().unwrap_or_default());
                let help = "write `until=YYYY-MM-DD` or `reason=\"…\"`";
                findings.push(Finding::new(&UNKNOWN_ATTRIBUTE, at, message).help(help));
            }
        }
    }
    if !has_reason {
        let finding = Finding::new(&MISSING_ATTRIBUTE, span, "a suppression needs a reason");
        findings.push(finding.help("write `reason=\"…\"`"));
    }
    Some(Suppression { span, code, guard, until, is_sound: findings.len() == reported })
}

fn unknown_code(name: &str, span: Span) -> Finding {
    let help = match suggest::closest(name, codes().map(|code| code.name)) {
        Some(close) => format!("did you mean `{close}`?"),
        None => "`nexusc explain` lists all codes".to_owned(),
    };
    Finding::new(&INVALID_VALUE, span, format!("unknown code `{}`", name.escape_debug())).help(help)
}

/// The words of a comment with their spans; a quoted string belongs to the word before it.
struct Words<'a> {
    rest: &'a str,
    at: usize,
    span: Span,
}

impl<'a> Iterator for Words<'a> {
    type Item = (&'a str, Span);

    fn next(&mut self) -> Option<Self::Item> {
        let blank = self.rest.len() - self.rest.trim_start().len();
        self.at += blank;
        let text = self.rest.get(blank..).filter(|text| !text.is_empty())?;
        let mut quoted = false;
        let end = text.find(|letter: char| {
            quoted ^= letter == '"';
            letter.is_whitespace() && !quoted
        });
        let (word, rest) = text.split_at(end.unwrap_or(text.len()));
        let offset = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
        let span = Span::new(self.span.file, offset(self.at), offset(self.at + word.len()));
        self.at += word.len();
        self.rest = rest;
        Some((word, span))
    }
}
