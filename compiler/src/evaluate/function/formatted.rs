//! Numbers and values as `format` writes them.

use super::format::Verb;
use crate::evaluate::{Value, ValueKind};
use crate::language::number::{Digits, Number};
use std::fmt::Write;

/// A whole number in the verb's base; `None` for one that is not whole.
pub(super) fn integer(verb: &Verb, number: &Number) -> Option<String> {
    let radix = match verb.mode {
        'b' => 2,
        'o' => 8,
        'x' | 'X' => 16,
        _ => 10,
    };
    let mut digits = number.in_radix(radix)?;
    let negative = digits.starts_with('-');
    digits = digits.trim_start_matches('-').to_owned();
    if verb.mode == 'X' {
        digits = digits.to_uppercase();
    }
    if let Some(precision) = verb.precision {
        digits = if digits == "0" && precision == 0 { String::new() } else { zeros(&digits, precision) };
    }
    let prefix = match verb.mode {
        'b' if verb.sharp => "0b",
        'o' if verb.sharp => "0",
        'x' if verb.sharp => "0x",
        'X' if verb.sharp => "0X",
        _ => "",
    };
    let sign = sign(verb, negative);
    if let (true, false, None, Some(width)) = (verb.zero, verb.minus, verb.precision, verb.width) {
        digits = zeros(&digits, width.saturating_sub(sign.len() + prefix.len()));
    }
    Some(spaced(verb, &format!("{sign}{prefix}{digits}")))
}

/// A number in the verb's form: `f` with a point, `e` with an exponent, `g` whichever is shorter.
pub(super) fn decimal(verb: &Verb, number: &Number) -> String {
    let digits = number.digits();
    let negative = digits.negative;
    let text = match verb.mode {
        'f' => fixed(&digits, verb.precision.unwrap_or(6)),
        'e' | 'E' => scientific(&digits, verb.precision.unwrap_or(6)),
        _ => general(digits, verb.precision),
    };
    let text = if verb.mode.is_ascii_uppercase() { text.to_uppercase() } else { text };
    let sign = sign(verb, negative);
    let text = match verb.width {
        Some(width) if verb.zero && !verb.minus => zeros(&text, width.saturating_sub(sign.len())),
        _ => text,
    };
    spaced(verb, &format!("{sign}{text}"))
}

fn sign(verb: &Verb, negative: bool) -> &'static str {
    match negative {
        true => "-",
        false if verb.plus => "+",
        false if verb.space => " ",
        false => "",
    }
}

fn zeros(digits: &str, width: usize) -> String {
    format!("{}{digits}", "0".repeat(width.saturating_sub(digits.len())))
}

fn spaced(verb: &Verb, text: &str) -> String {
    let spaces = " ".repeat(verb.width.unwrap_or(0).saturating_sub(text.len()));
    if verb.minus { format!("{text}{spaces}") } else { format!("{spaces}{text}") }
}

/// `12.50`.
fn fixed(digits: &Digits, decimals: usize) -> String {
    let digits = digits.rounded(digits.point.saturating_add(i64::try_from(decimals).unwrap_or(i64::MAX)));
    let mut text = String::new();
    if digits.point <= 0 {
        text.push('0');
    }
    (0..digits.point.max(0)).for_each(|at| text.push(digits.at(at)));
    if decimals > 0 {
        text.push('.');
        let decimals = i64::try_from(decimals).unwrap_or(i64::MAX);
        (0..decimals).for_each(|at| text.push(digits.at(digits.point.saturating_add(at))));
    }
    text
}

/// `1.25e+01`.
fn scientific(digits: &Digits, decimals: usize) -> String {
    let wanted = i64::try_from(decimals).unwrap_or(i64::MAX);
    let digits = digits.rounded(wanted.saturating_add(1));
    let mut text = String::from(digits.at(0));
    if decimals > 0 {
        text.push('.');
        (1..=wanted).for_each(|at| text.push(digits.at(at)));
    }
    let exponent = if digits.is_zero() { 0 } else { digits.point - 1 };
    let sign = if exponent < 0 { '-' } else { '+' };
    let _ = write!(text, "e{sign}{:02}", exponent.unsigned_abs());
    text
}

/// All digits, or so many, with an exponent where the number is very large or very small.
fn general(digits: Digits, precision: Option<usize>) -> String {
    let digits = match precision {
        Some(precision) => digits.rounded(i64::try_from(precision.max(1)).unwrap_or(i64::MAX)),
        None => digits,
    };
    let count = i64::try_from(digits.len()).unwrap_or(i64::MAX);
    let limit = match precision {
        None => 6,
        Some(precision) => {
            let precision = i64::try_from(precision.max(1)).unwrap_or(i64::MAX);
            if precision > count && count >= digits.point { count } else { precision }
        }
    };
    let exponent = if digits.is_zero() { 0 } else { digits.point - 1 };
    let decimals = |count: i64| usize::try_from(count).unwrap_or(0);
    if exponent < -4 || exponent >= limit {
        scientific(&digits, decimals(count - 1))
    } else {
        fixed(&digits, decimals(count - digits.point))
    }
}

/// A value in JSON, as Terraform writes it; `None` where there is a reference in it.
pub(super) fn json(value: &Value) -> Option<String> {
    let mut text = String::new();
    write_json(value, &mut text).then_some(text)
}

fn write_json(value: &Value, text: &mut String) -> bool {
    match &value.kind {
        ValueKind::Null(_) => text.push_str("null"),
        ValueKind::Bool(value) => text.push_str(if *value { "true" } else { "false" }),
        ValueKind::Number(number) => text.push_str(&number.to_string()),
        ValueKind::String(string) => text.push_str(&json_string(string)),
        ValueKind::Reference(_) | ValueKind::Failed => return false,
        ValueKind::List(list) => {
            text.push('[');
            for (index, element) in list.iter().enumerate() {
                if index > 0 {
                    text.push(',');
                }
                if !write_json(element, text) {
                    return false;
                }
            }
            text.push(']');
        }
        ValueKind::Object(object) => {
            text.push('{');
            for (index, member) in object.sorted().enumerate() {
                if index > 0 {
                    text.push(',');
                }
                text.push_str(&json_string(&member.key));
                text.push(':');
                if member.reference.is_some() || !write_json(&member.value, text) {
                    return false;
                }
            }
            text.push('}');
        }
    }
    true
}

/// A string in JSON. What could end a script in HTML is escaped, as Terraform has it.
pub(super) fn json_string(text: &str) -> String {
    let mut json = String::from('"');
    for letter in text.chars() {
        match letter {
            '"' => json.push_str("\\\""),
            '\\' => json.push_str("\\\\"),
            '\n' => json.push_str("\\n"),
            '\r' => json.push_str("\\r"),
            '\t' => json.push_str("\\t"),
            '<' | '>' | '&' | '\u{2028}' | '\u{2029}' | '\0'..'\u{20}' => {
                let _ = write!(json, "\\u{:04x}", u32::from(letter));
            }
            _ => json.push(letter),
        }
    }
    json.push('"');
    json
}
