//! Converts errors of the JSON parser to findings.

use super::Place;
use crate::diagnostic::source::Span;
use crate::diagnostic::{Finding, NESTING_TOO_DEEP, SYNTAX};
use jsonc_parser::ParseStringErrorKind as StringKind;
use jsonc_parser::errors::{ParseError, ParseErrorKind as Kind};
use std::ops::Range;

/// The finding for a syntax error. The parser reports a missing quote lines later; the finding points at the string.
pub(super) fn finding(
    error: &ParseError,
    text: &str,
    open_string: Option<Range<usize>>,
    place: Place,
) -> Finding {
    let range = error.range();
    if let Some(open) = open_string.filter(|open| open.start <= range.end) {
        let shown = text.get(open.clone()).unwrap_or_default().trim_end().len();
        let span = place.span(open.start, open.start + shown);
        return Finding::new(&SYNTAX, span, "the string is not closed on this line")
            .help("close it with `\"`");
    }
    let end = text.trim_end().len();
    let at_end = place.span(end, end);
    let span = match error.kind() {
        Kind::ExpectedComma => place.span(range.start, range.start + first_character(text, range.start)),
        _ if range.start >= end => at_end,
        _ => place.span(range.start, range.end.min(range.start + first_line(text, range.start))),
    };
    let opening = place.span(range.start, range.start + 1);
    let syntax = |message: &str| Finding::new(&SYNTAX, span, message);
    match error.kind() {
        Kind::UnterminatedObject => {
            Finding { span: Some(at_end), ..syntax("expected `}`, found the end of the file") }
                .related(opening, "this `{` is not closed")
        }
        Kind::UnterminatedArray => {
            Finding { span: Some(at_end), ..syntax("expected `]`, found the end of the file") }
                .related(opening, "this `[` is not closed")
        }
        Kind::NestingDepthExceeded => {
            let message = "nested more than 100 levels deep";
            Finding { code: &NESTING_TOO_DEEP, span: Some(opening), ..syntax(message) }
        }
        Kind::ExpectedColonAfterObjectKey => syntax("expected `:` after the key"),
        Kind::ExpectedObjectValue => syntax("expected a value after `:`"),
        Kind::ExpectedStringObjectProperty => syntax("expected a key in double quotes"),
        Kind::ExpectedComma => syntax("expected `,` between two items"),
        Kind::MultipleRootJsonValues => syntax("expected the end of the file"),
        Kind::SingleQuotedStringsNotAllowed => syntax("use double quotes for strings"),
        Kind::UnterminatedCommentBlock => syntax("the comment is not closed").help("close it with `*/`"),
        Kind::UnexpectedCloseBrace
        | Kind::UnexpectedCloseBracket
        | Kind::UnexpectedComma
        | Kind::UnexpectedColon => syntax(&format!(
            "expected a value, found `{}`",
            text.get(range.start..range.end).unwrap_or_default()
        )),
        Kind::UnexpectedTokenInObject => syntax("expected a key in double quotes or `}`"),
        Kind::UnexpectedWord | Kind::UnexpectedToken => syntax("expected a value")
            .help("strings and references take double quotes: `\"${namespace.payments}\"`"),
        Kind::String(StringKind::UnterminatedStringLiteral) => {
            syntax("the string is not closed").help("close it with `\"`")
        }
        Kind::String(StringKind::InvalidEscape) => {
            syntax("invalid escape in JSON").help("write a backslash as `\\\\`")
        }
        Kind::String(_) => syntax("invalid character code").help("write `\\u` and four hexadecimal digits"),
        _ => syntax("invalid number in JSON"),
    }
}

/// The finding for a form feed, which is white space for the parser and not in JSON.
pub(super) fn form_feed(span: Span) -> Finding {
    Finding::new(&SYNTAX, span, "a form feed is not white space in JSON").help("remove it")
}

fn first_character(text: &str, start: usize) -> usize {
    text.get(start..).and_then(|rest| rest.chars().next()).map_or(0, char::len_utf8)
}

fn first_line(text: &str, start: usize) -> usize {
    text.get(start..).and_then(|rest| rest.lines().next()).map_or(1, |line| line.len().max(1))
}
