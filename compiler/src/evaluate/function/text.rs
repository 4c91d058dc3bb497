//! Strings.

use super::{Invocation, element_text};
use crate::evaluate::{ListKind, Type, Value, ValueKind};
use std::sync::Arc;
use unicode_segmentation::UnicodeSegmentation;

pub(super) fn startswith(of: &mut Invocation) -> Option<Value> {
    let (text, prefix) = (of.text(0)?, of.text(1)?);
    Some(of.made(ValueKind::Bool(text.starts_with(&*prefix))))
}

pub(super) fn endswith(of: &mut Invocation) -> Option<Value> {
    let (text, suffix) = (of.text(0)?, of.text(1)?);
    Some(of.made(ValueKind::Bool(text.ends_with(&*suffix))))
}

pub(super) fn trimprefix(of: &mut Invocation) -> Option<Value> {
    let (text, prefix) = (of.text(0)?, of.text(1)?);
    of.made_text(text.strip_prefix(&*prefix).unwrap_or(&text))
}

pub(super) fn trimsuffix(of: &mut Invocation) -> Option<Value> {
    let (text, suffix) = (of.text(0)?, of.text(1)?);
    of.made_text(text.strip_suffix(&*suffix).unwrap_or(&text))
}

pub(super) fn trimspace(of: &mut Invocation) -> Option<Value> {
    let text = of.text(0)?;
    of.made_text(text.trim())
}

/// Letter by letter, as in Terraform: a letter whose small form is several letters becomes the first of them.
pub(super) fn lower(of: &mut Invocation) -> Option<Value> {
    let text = of.text(0)?;
    let small = |letter: char| letter.to_lowercase().next().unwrap_or(letter);
    of.made_text(text.chars().map(small).collect::<String>())
}

/// Letter by letter, as in Terraform: a letter whose capital form is several letters, such as `ß`, stays as it is.
pub(super) fn upper(of: &mut Invocation) -> Option<Value> {
    let text = of.text(0)?;
    of.made_text(text.chars().map(capital).collect::<String>())
}

fn capital(letter: char) -> char {
    let mut capitals = letter.to_uppercase();
    if capitals.len() == 1 { capitals.next().unwrap_or(letter) } else { letter }
}

/// The elements of all lists, with the first argument between them.
pub(super) fn join(of: &mut Invocation) -> Option<Value> {
    let separator = of.text(0)?;
    let mut text = String::new();
    let mut first = true;
    for index in 1..of.values.len() {
        let list = of.list_of(index, Type::String)?;
        for element in list.iter() {
            let Some(piece) = element_text(element) else {
                return of.refuse_argument(index, "an element is null");
            };
            let between = if std::mem::take(&mut first) { "" } else { &separator };
            of.evaluation.charge_bytes(between.len() + piece.len(), of.span).ok()?;
            text.push_str(between);
            text.push_str(&piece);
        }
    }
    Some(of.made(ValueKind::text(text)))
}

pub(super) fn split(of: &mut Invocation) -> Option<Value> {
    let (separator, text) = (of.text(0)?, of.text(1)?);
    let pieces: Vec<&str> = if separator.is_empty() {
        text.char_indices().filter_map(|(at, letter)| text.get(at..at + letter.len_utf8())).collect()
    } else {
        text.split(&*separator).collect()
    };
    of.evaluation.charge_bytes(text.len(), of.span).ok()?;
    let span = of.span;
    let pieces = pieces.into_iter().map(|piece| Value::new(span, ValueKind::text(piece))).collect();
    of.made_typed(ListKind::List, pieces, &Type::String)
}

/// Characters as people count them. A negative offset counts from the end, a negative length is the rest. So is, as in
/// Terraform, a length of 0 after a negative offset.
pub(super) fn substr(of: &mut Invocation) -> Option<Value> {
    let (text, offset, length) = (of.text(0)?, of.integer(1)?, of.integer(2)?);
    of.charge(2 * text.len())?;
    if offset >= 0 && length == 0 {
        return of.made_text("");
    }
    let start = if offset < 0 {
        let total = i64::try_from(text.graphemes(true).count()).unwrap_or(i64::MAX);
        offset.saturating_add(total).max(0)
    } else {
        offset
    };
    let count = if length <= 0 { usize::MAX } else { usize::try_from(length).unwrap_or(usize::MAX) };
    let start = usize::try_from(start).unwrap_or(usize::MAX);
    of.made_text(Arc::from(text.graphemes(true).skip(start).take(count).collect::<String>()))
}

/// Whether the text has the other in it.
pub(super) fn strcontains(of: &mut Invocation) -> Option<Value> {
    let (text, part) = (of.text(0)?, of.text(1)?);
    of.charge(text.len())?;
    Some(of.made(ValueKind::Bool(text.contains(&*part))))
}

/// The text without the characters of a set at either end.
pub(super) fn trim(of: &mut Invocation) -> Option<Value> {
    let (text, set) = (of.text(0)?, of.text(1)?);
    of.charge(text.len().saturating_mul(1 + set.len() / 8))?;
    of.made_text(text.trim_matches(|letter| set.contains(letter)))
}

/// The text without line breaks at its end.
pub(super) fn chomp(of: &mut Invocation) -> Option<Value> {
    let text = of.text(0)?;
    of.made_text(text.trim_end_matches(['\n', '\r']))
}

/// The text with the first letter of each word as a capital. Words end at white space and, in ASCII, at anything but letters,
/// digits and `_`.
pub(super) fn title(of: &mut Invocation) -> Option<Value> {
    let text = of.text(0)?;
    let mut before = ' ';
    let mut titled = String::with_capacity(text.len());
    for letter in text.chars() {
        let is_start = if before.is_ascii() {
            !before.is_ascii_alphanumeric() && before != '_'
        } else {
            before.is_whitespace()
        };
        titled.push(if is_start { capital(letter) } else { letter });
        before = letter;
    }
    of.made_text(titled)
}

/// The characters, as people count them, in reverse.
pub(super) fn strrev(of: &mut Invocation) -> Option<Value> {
    let text = of.text(0)?;
    of.charge(text.len())?;
    of.made_text(text.graphemes(true).rev().collect::<String>())
}

/// The text with so many spaces at the start of each line but the first.
pub(super) fn indent(of: &mut Invocation) -> Option<Value> {
    let (spaces, text) = (of.integer(0)?, of.text(1)?);
    let Ok(spaces) = usize::try_from(spaces) else {
        return of.refuse_argument(0, "the number of spaces must not be negative");
    };
    let lines = text.bytes().filter(|byte| *byte == b'\n').count();
    of.evaluation.charge_bytes(lines.saturating_mul(spaces.saturating_add(1)), of.span).ok()?;
    of.made_text(if lines == 0 {
        text.to_string()
    } else {
        text.replace('\n', &format!("\n{}", " ".repeat(spaces)))
    })
}
