//! From Terraform's regular expressions (RE2, as in Go) to those of the `regex` crate, which differ in little: there
//! `\d`, `\s`, `\w` and `\b` know all of Unicode, classes have set operations, and braces must mean a repetition.

use std::iter::Peekable;
use std::str::Chars;

/// The same pattern in the other syntax.
pub(super) fn translated(pattern: &str) -> String {
    let mut out = String::with_capacity(pattern.len());
    let mut letters = pattern.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            '\\' => escape(&mut letters, false, &mut out),
            '[' => class(&mut letters, &mut out),
            '{' if !is_repetition(letters.clone()) => out.push_str("\\{"),
            _ => out.push(letter),
        }
    }
    out
}

fn escape(letters: &mut Peekable<Chars>, in_class: bool, out: &mut String) {
    match letters.next() {
        Some('Q') => literal(letters, in_class, out),
        Some('d') => out.push_str(if in_class { "0-9" } else { "[0-9]" }),
        Some('s') => out.push_str(if in_class { r"\t\n\f\r\x20" } else { r"[\t\n\f\r\x20]" }),
        Some('w') => out.push_str(if in_class { "0-9A-Za-z_" } else { "[0-9A-Za-z_]" }),
        Some('D') => out.push_str("[^0-9]"),
        Some('S') => out.push_str(r"[^\t\n\f\r\x20]"),
        Some('W') => out.push_str("[^0-9A-Za-z_]"),
        Some('b') if !in_class => out.push_str(r"(?-u:\b)"),
        Some('B') if !in_class => out.push_str(r"(?-u:\B)"),
        Some(other) => {
            out.extend(['\\', other]);
            if matches!(other, 'p' | 'P' | 'x') && letters.peek() == Some(&'{') {
                braced(letters, out);
            }
        }
        None => out.push('\\'),
    }
}

/// `{Greek}` of a `\p{Greek}`, as it is.
fn braced(letters: &mut Peekable<Chars>, out: &mut String) {
    for letter in letters.by_ref() {
        out.push(letter);
        if letter == '}' {
            return;
        }
    }
}

/// `\Q…\E`: nothing in it is special.
fn literal(letters: &mut Peekable<Chars>, in_class: bool, out: &mut String) {
    while let Some(letter) = letters.next() {
        if letter == '\\' && letters.next_if_eq(&'E').is_some() {
            return;
        }
        let special = if in_class { "\\]^-[&~" } else { "\\.+*?()|[]{}^$#&-~/ " };
        if special.contains(letter) {
            out.push('\\');
        }
        out.push(letter);
    }
}

/// What follows a `[`, up to the `]` that closes it.
fn class(letters: &mut Peekable<Chars>, out: &mut String) {
    out.push('[');
    out.extend(letters.next_if_eq(&'^'));
    // A bracket that comes first is one of the class.
    if letters.next_if_eq(&']').is_some() {
        out.push_str("\\]");
    }
    while let Some(letter) = letters.next() {
        match letter {
            ']' => return out.push(']'),
            '\\' => escape(letters, true, out),
            '[' if letters.peek() == Some(&':') => posix_class(letters, out),
            '[' => out.push_str("\\["),
            '&' | '~' => out.extend(['\\', letter]),
            '-' if letters.next_if_eq(&'-').is_some() => out.push_str("-\\-"),
            _ => out.push(letter),
        }
    }
}

/// `[:alpha:]`, or a bracket that only looks like its start.
fn posix_class(letters: &mut Peekable<Chars>, out: &mut String) {
    let rest: String = letters.clone().skip(1).collect();
    let name = rest.split_once(":]").map(|(name, _)| name);
    match name.filter(|name| name.chars().all(|letter| letter.is_ascii_lowercase() || letter == '^')) {
        Some(name) => {
            out.push_str("[:");
            out.push_str(name);
            out.push_str(":]");
            letters.nth(name.chars().count() + 2);
        }
        None => out.push_str("\\["),
    }
}

/// Whether what follows a `{` makes it `{n}`, `{n,}` or `{n,m}`.
fn is_repetition(mut letters: Peekable<Chars>) -> bool {
    let digits = |letters: &mut Peekable<Chars>| {
        let mut any = false;
        while letters.next_if(char::is_ascii_digit).is_some() {
            any = true;
        }
        any
    };
    if !digits(&mut letters) {
        return false;
    }
    if letters.next_if_eq(&',').is_some() {
        digits(&mut letters);
    }
    letters.next() == Some('}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(pattern: &str, expected: &str) {
        assert_eq!(translated(pattern), expected);
    }

    #[test]
    fn classes_of_letters_are_ascii() {
        check(r"\d+\b", r"[0-9]+(?-u:\b)");
        check(r"[\w-]", r"[0-9A-Za-z_-]");
        check(r"[[:alpha:]\D]", r"[[:alpha:][^0-9]]");
    }

    #[test]
    fn what_only_the_other_syntax_reads_is_escaped() {
        check("[a&&b[]", r"[a\&\&b\[]");
        check("[]a]", r"[\]a]");
        check("a{,2}{", r"a\{,2}\{");
        check("a{2}b{1,}", "a{2}b{1,}");
        check(r"\p{Greek}\x{61}", r"\p{Greek}\x{61}");
        check("[a--c]", r"[a-\-c]");
        check(r"\Qa.b\Ec", r"a\.bc");
    }
}
