//! `format` and `formatlist`: text with verbs such as `%s` and `%05d`, which are those of Terraform.

use super::formatted::{decimal, integer, json};
use super::{Invocation, element_text};
use crate::evaluate::conversion;
use crate::evaluate::{ListKind, Type, Value, ValueKind};
use std::iter::Peekable;
use std::str::CharIndices;
use unicode_segmentation::UnicodeSegmentation;

pub(super) fn format(of: &mut Invocation) -> Option<Value> {
    let pattern = of.text(0)?;
    let arguments = of.values.get(1..).unwrap_or_default().to_vec();
    let text = formatted(of, &pattern, &arguments)?;
    Some(of.made(ValueKind::text(text)))
}

/// One text for each element of the lists among the arguments, which are of one length.
pub(super) fn formatlist(of: &mut Invocation) -> Option<Value> {
    let pattern = of.text(0)?;
    let mut length = None;
    for (index, value) in of.values.clone().iter().enumerate().skip(1) {
        let ValueKind::List(list) = &value.kind else { continue };
        match length {
            Some(length) if length != list.len() => {
                let message = format!("this list has {} elements, another has {length}", list.len());
                return of.refuse_argument(index, message);
            }
            _ => length = Some(list.len()),
        }
    }
    let mut texts = Vec::new();
    for index in 0..length.unwrap_or(1) {
        let at = |value: &Value| match &value.kind {
            ValueKind::List(list) => list.get(index).cloned(),
            _ => Some(value.clone()),
        };
        let arguments: Vec<_> = of.values.iter().skip(1).filter_map(at).collect();
        of.charge(1 + arguments.len())?;
        let text = formatted(of, &pattern, &arguments)?;
        texts.push(of.made(ValueKind::text(text)));
    }
    of.made_typed(ListKind::List, texts, &Type::String)
}

/// One verb, such as `%-5.2f`.
#[derive(Default)]
pub(super) struct Verb {
    pub sharp: bool,
    pub zero: bool,
    pub plus: bool,
    pub minus: bool,
    pub space: bool,
    pub width: Option<usize>,
    pub precision: Option<usize>,
    pub mode: char,
}

fn formatted(of: &mut Invocation, pattern: &str, arguments: &[Value]) -> Option<String> {
    let mut text = String::new();
    let mut letters = pattern.char_indices().peekable();
    let (mut next, mut highest) = (0, 0);
    while let Some((at, letter)) = letters.next() {
        if letter != '%' {
            text.push(letter);
            continue;
        }
        if letters.next_if(|(_, letter)| *letter == '%').is_some() {
            text.push('%');
            continue;
        }
        let Some((verb, index)) = verb(&mut letters, next) else {
            return of.refuse_argument(0, format!("the verb at character {} is not complete", at + 1));
        };
        let Some(argument) = arguments.get(index) else {
            let message = format!("the verb `%{}` has no argument {}", verb.mode, index + 1);
            return of.refuse_argument(0, message);
        };
        (next, highest) = (index + 1, highest.max(index + 1));
        let before = text.len();
        of.evaluation.charge_bytes(verb.width.unwrap_or(0).max(verb.precision.unwrap_or(0)), of.span).ok()?;
        append(of, &verb, argument, &mut text)?;
        of.evaluation.charge_bytes(text.len() - before, of.span).ok()?;
    }
    if highest < arguments.len() {
        return of.refuse(format!("{} arguments given, but only {highest} are used", arguments.len()));
    }
    of.evaluation.charge_bytes(pattern.len(), of.span).ok()?;
    Some(text)
}

/// What follows a `%`: flags, a width, a precision, the number of an argument, a letter.
fn verb(letters: &mut Peekable<CharIndices>, next: usize) -> Option<(Verb, usize)> {
    let mut verb = Verb::default();
    while let Some((_, flag)) = letters.next_if(|(_, letter)| "#0+- ".contains(*letter)) {
        match flag {
            '#' => verb.sharp = true,
            '0' => verb.zero = true,
            '+' => verb.plus = true,
            '-' => verb.minus = true,
            _ => verb.space = true,
        }
    }
    verb.width = count(letters);
    if letters.next_if(|(_, letter)| *letter == '.').is_some() {
        verb.precision = Some(count(letters).unwrap_or(0));
    }
    let mut index = next;
    if letters.next_if(|(_, letter)| *letter == '[').is_some() {
        index = count(letters)?.checked_sub(1)?;
        letters.next_if(|(_, letter)| *letter == ']')?;
    }
    verb.mode = letters.next_if(|(_, letter)| letter.is_ascii_alphabetic())?.1;
    Some((verb, index))
}

fn count(letters: &mut Peekable<CharIndices>) -> Option<usize> {
    let mut count: Option<usize> = None;
    while let Some((_, digit)) = letters.next_if(|(_, letter)| letter.is_ascii_digit()) {
        let digit = digit.to_digit(10).unwrap_or(0) as usize;
        count = Some(count.unwrap_or(0).saturating_mul(10).saturating_add(digit));
    }
    count
}

fn append(of: &mut Invocation, verb: &Verb, argument: &Value, text: &mut String) -> Option<()> {
    let mode = verb.mode;
    if mode != 'v' && matches!(argument.kind, ValueKind::Null(_)) {
        return of.wrong(argument, &format!("a value for `%{mode}`"));
    }
    match mode {
        'v' => {
            let plain = match &argument.kind {
                _ if verb.sharp => None,
                ValueKind::String(text) => Some(text.to_string()),
                ValueKind::Number(number) => Some(decimal(&Verb { mode: 'g', ..Verb::default() }, number)),
                _ => None,
            };
            let shown = match plain {
                Some(plain) => plain,
                None => {
                    of.charge(argument.weight())?;
                    json(argument).or_else(|| of.wrong(argument, "a value for `%v`"))?
                }
            };
            text.push_str(&padded(verb, &shown));
        }
        't' => match conversion::truth(argument) {
            Some(truth) => text.push_str(if truth { "true" } else { "false" }),
            None => return of.wrong(argument, "true or false for `%t`"),
        },
        'b' | 'd' | 'o' | 'x' | 'X' => {
            let Some(number) = conversion::number(argument) else {
                return of.wrong(argument, &format!("a number for `%{mode}`"));
            };
            match integer(verb, &number) {
                Some(shown) => text.push_str(&shown),
                None => return of.wrong(argument, &format!("a whole number for `%{mode}`")),
            }
        }
        'e' | 'E' | 'f' | 'g' | 'G' => match conversion::number(argument) {
            Some(number) => text.push_str(&decimal(verb, &number)),
            None => return of.wrong(argument, &format!("a number for `%{mode}`")),
        },
        's' | 'q' => {
            let Some(shown) = element_text(argument) else {
                return of.wrong(argument, &format!("a string for `%{mode}`"));
            };
            let precision = verb.precision.filter(|precision| *precision > 0).unwrap_or(usize::MAX);
            let shown: String = shown.graphemes(true).take(precision).collect();
            let shown = if mode == 'q' { super::formatted::json_string(&shown) } else { shown };
            text.push_str(&padded(verb, &shown));
        }
        _ => return of.refuse_argument(0, format!("there is no verb `%{mode}`")),
    }
    Some(())
}

/// The text with spaces or zeros up to the verb's width, counted in characters as people count them.
fn padded(verb: &Verb, text: &str) -> String {
    let Some(width) = verb.width else { return text.to_owned() };
    let missing = width.saturating_sub(text.graphemes(true).count());
    let padding = if verb.zero { "0" } else { " " }.repeat(missing);
    if verb.minus { format!("{text}{padding}") } else { format!("{padding}{text}") }
}
