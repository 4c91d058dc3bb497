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
    let capital = |letter: char| {
        let mut capitals = letter.to_uppercase();
        if capitals.len() == 1 { capitals.next().unwrap_or(letter) } else { letter }
    };
    of.made_text(text.chars().map(capital).collect::<String>())
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
    of.made_list(ListKind::List, pieces)
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
