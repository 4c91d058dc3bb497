//! Classes of characters: `[a-z]`, `\d` and `\p{Greek}`.

use super::{NEVER, Parsed, Parser};
use regex::Regex;
use std::fmt::Write;

/// A class with a name: what stands in brackets for it, and whether it is all other characters.
pub(super) struct NamedClass {
    inside: String,
    negated: bool,
}

impl NamedClass {
    /// The class outside of brackets.
    pub(super) fn alone(&self) -> String {
        match (self.inside.strip_prefix(r"\p"), self.negated) {
            (Some(_), false) => self.inside.clone(),
            (Some(name), true) if !name.contains('\\') => format!(r"\P{name}"),
            (_, true) => format!("[^{}]", self.inside),
            (_, false) => format!("[{}]", self.inside),
        }
    }

    /// The class in brackets.
    fn within(&self) -> String {
        if self.negated { self.alone() } else { self.inside.clone() }
    }
}

/// The classes that a name in `[:…:]` may be.
const POSIX: &[&str] = &[
    "alnum", "alpha", "ascii", "blank", "cntrl", "digit", "graph", "lower", "print", "punct", "space",
    "upper", "word", "xdigit",
];

/// The scripts whose names are as short as the codes of scripts, which are no names.
const SHORT_SCRIPTS: &[&str] =
    &["cham", "kawi", "lao", "lisu", "mro", "newa", "nko", "thai", "toto", "vai", "yi"];

impl Parser<'_> {
    /// What follows a backslash, where that is a class such as `d`, `pL` or `p{Greek}`.
    pub(super) fn named_class(&mut self) -> Parsed<Option<NamedClass>> {
        let Some(letter) = self.next_if(|letter| "dDsSwWpP".contains(letter)) else { return Ok(None) };
        let inside = match letter {
            'd' | 'D' => "0-9",
            's' | 'S' => r"\t\n\f\r\x20",
            'w' | 'W' => "0-9A-Za-z_",
            _ => return self.unicode_class(letter == 'P').map(Some),
        };
        Ok(Some(NamedClass { inside: inside.to_owned(), negated: letter.is_ascii_uppercase() }))
    }

    fn unicode_class(&mut self, negated: bool) -> Parsed<NamedClass> {
        let unknown = |name: &str| format!("there is no class `\\p{{{name}}}`");
        let name = if self.skip("{") {
            let (name, rest) = self.rest.split_once('}').ok_or("the name of a class is not closed by `}`")?;
            self.rest = rest;
            name.to_owned()
        } else {
            self.next().map(String::from).ok_or("`\\p` needs the name of a class")?
        };
        let (name, negated) = match name.strip_prefix('^') {
            Some(name) => (name, !negated),
            None => (name.as_str(), negated),
        };
        let inside = unicode(name).ok_or_else(|| unknown(name))?;
        Ok(NamedClass { inside, negated })
    }

    /// What follows a `[`, up to the `]` that closes it.
    pub(super) fn class(&mut self) -> Parsed<String> {
        let negated = self.skip("^");
        let mut inside = String::new();
        let mut is_first = true;
        // A bracket that comes first is one of the class.
        while is_first || !self.rest.starts_with(']') {
            is_first = false;
            if self.rest.starts_with("[:")
                && let Some(class) = self.posix_class()?
            {
                inside += &class;
                continue;
            }
            if self.rest.starts_with('\\') {
                let before = self.rest;
                self.next();
                if let Some(class) = self.named_class()? {
                    inside += &class.within();
                    continue;
                }
                self.rest = before;
            }
            let start = self.class_character()?;
            let is_range = self.rest.starts_with('-') && !self.rest.starts_with("-]") && self.rest.len() > 1;
            let end = if is_range {
                self.next();
                self.class_character()?
            } else {
                start
            };
            if end < start {
                return Err("the range of a class ends before it starts".to_owned());
            }
            push_range(start, end, &mut inside);
        }
        self.next();
        Ok(match (inside.is_empty(), negated) {
            (true, false) => NEVER.to_owned(),
            (true, true) => r"[\x00-\x{10FFFF}]".to_owned(),
            (false, false) => format!("[{inside}]"),
            (false, true) => format!("[^{inside}]"),
        })
    }

    fn class_character(&mut self) -> Parsed<u32> {
        match self.next() {
            None => Err("a `[` is not closed".to_owned()),
            Some('\\') => self.character_code(),
            Some(letter) => Ok(u32::from(letter)),
        }
    }

    /// `[:alpha:]` or `[:^alpha:]`; nothing for a bracket that only looks like its start.
    fn posix_class(&mut self) -> Parsed<Option<String>> {
        let Some((name, rest)) = self.rest.get(2..).and_then(|rest| rest.split_once(":]")) else {
            return Ok(None);
        };
        if !POSIX.contains(&name.strip_prefix('^').unwrap_or(name)) {
            return Err(format!("there is no class `[:{name}:]`"));
        }
        self.rest = rest;
        Ok(Some(format!("[:{name}:]")))
    }
}

/// The class of a general category or script, whose case, spaces, hyphens and `_` do not count.
fn unicode(name: &str) -> Option<String> {
    let plain: String = name.chars().filter(|letter| !matches!(letter, ' ' | '-' | '_')).collect();
    let plain = plain.to_ascii_lowercase();
    // In the other syntax, `is` may stand before each name.
    if plain.is_empty() || plain.starts_with("is") || !plain.bytes().all(|byte| byte.is_ascii_lowercase()) {
        return None;
    }
    let class = |of: &str| Some(format!(r"\p{{{of}{plain}}}")).filter(|class| Regex::new(class).is_ok());
    match plain.as_str() {
        "any" | "assigned" => class(""),
        "ascii" => Some(r"\x00-\x7F".to_owned()),
        // No text has surrogates.
        "cs" | "surrogate" => Some(NEVER.to_owned()),
        "unknown" | "katakanaorhiragana" => None,
        _ => {
            let has_script = plain.len() > 4 || SHORT_SCRIPTS.contains(&plain.as_str());
            class("gc=").or_else(|| if has_script { class("sc=") } else { None })
        }
    }
}

/// The characters from one to another, without surrogates, which no text has.
fn push_range(start: u32, end: u32, inside: &mut String) {
    let surrogates = 0xD800..=0xDFFF;
    let start = if surrogates.contains(&start) { 0xE000 } else { start };
    let end = if surrogates.contains(&end) { 0xD7FF } else { end };
    if start > end {
        return;
    }
    push_character(start, inside);
    if start < end {
        inside.push('-');
        push_character(end, inside);
    }
}

fn push_character(code: u32, inside: &mut String) {
    match char::from_u32(code).filter(char::is_ascii_alphanumeric) {
        Some(letter) => inside.push(letter),
        // Writing to a string cannot fail.
        None => {
            let _ = write!(inside, "\\x{{{code:X}}}");
        }
    }
}
