//! From Terraform's regular expressions (RE2, as in Go) to those of the `regex` crate. Each construct is parsed by RE2's rules
//! and written in the other syntax, so that a pattern is either refused or means what it means there.

mod class;

use regex::escape;

/// A pattern in the other syntax, in which no group has a name, and the names of the groups.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Translated {
    pub(super) pattern: String,
    pub(super) names: Vec<Option<String>>,
}

/// What matches nothing.
const NEVER: &str = r"[^\x00-\x{10FFFF}]";

/// The most repetitions, also of a repetition within another.
pub(in crate::evaluate::function) const REPETITIONS: usize = 1000;

type Parsed<T> = Result<T, String>;

/// The pattern in the other syntax, or why it is none.
pub(super) fn translated(pattern: &str) -> Parsed<Translated> {
    let mut parser =
        Parser { rest: pattern, groups: vec![Group::new("", false)], names: Vec::new(), lazy: false };
    parser.run()?;
    match (parser.groups.pop(), parser.groups.is_empty()) {
        (Some(group), true) => Ok(Translated { pattern: group.written(), names: parser.names }),
        _ => Err("a `(` is not closed".to_owned()),
    }
}

struct Parser<'p> {
    rest: &'p str,
    /// The open groups, outermost first.
    groups: Vec<Group>,
    names: Vec<Option<String>>,
    /// Whether repetitions are lazy unless a `?` follows, which `(?U)` sets.
    lazy: bool,
}

/// A group, or the whole pattern.
struct Group {
    /// How it opens.
    open: &'static str,
    /// Whether repetitions are lazy after it.
    lazy_after: bool,
    /// The alternatives that are complete, each with its `|`.
    before: String,
    /// The alternative that is being read.
    pieces: Vec<Piece>,
    /// How often anything in it is repeated at most.
    repeats: usize,
    captures: bool,
}

/// A part of an alternative.
struct Piece {
    text: String,
    /// Whether it can be repeated, which flags cannot.
    is_item: bool,
    /// How often anything in it is repeated at most.
    repeats: usize,
    /// Whether a group in it captures.
    captures: bool,
}

impl Piece {
    fn item(text: impl Into<String>) -> Self {
        Self { text: text.into(), is_item: true, repeats: 1, captures: false }
    }
}

impl Group {
    fn new(open: &'static str, lazy_after: bool) -> Self {
        Self {
            open,
            lazy_after,
            before: String::new(),
            pieces: Vec::new(),
            repeats: 1,
            captures: open == "(",
        }
    }

    fn alternative(&mut self) {
        for piece in self.pieces.drain(..) {
            self.repeats = self.repeats.max(piece.repeats);
            self.captures |= piece.captures;
            self.before += &piece.text;
        }
    }

    fn written(mut self) -> String {
        self.alternative();
        self.before
    }
}

impl<'p> Parser<'p> {
    fn run(&mut self) -> Parsed<()> {
        // The operator that was just read: two in a row are refused.
        let mut repeated = false;
        while let Some(letter) = self.next() {
            let was_repeated = std::mem::take(&mut repeated);
            match letter {
                '(' => self.open()?,
                ')' => self.close()?,
                '|' => {
                    if let Some(group) = self.groups.last_mut() {
                        group.alternative();
                        group.before.push('|');
                    }
                }
                '.' | '^' | '$' => self.push(letter),
                '[' => {
                    let class = self.class()?;
                    self.push(class);
                }
                '*' => repeated = self.repeat(0, None, was_repeated)?,
                '+' => repeated = self.repeat(1, None, was_repeated)?,
                '?' => repeated = self.repeat(0, Some(1), was_repeated)?,
                '{' => match self.counts()? {
                    Some((least, most)) => repeated = self.repeat(least, most, was_repeated)?,
                    None => self.push("\\{"),
                },
                '\\' => self.escaped()?,
                _ => self.literal(letter),
            }
        }
        Ok(())
    }

    fn next(&mut self) -> Option<char> {
        let mut letters = self.rest.chars();
        let letter = letters.next()?;
        self.rest = letters.as_str();
        Some(letter)
    }

    fn next_if(&mut self, wanted: impl FnOnce(char) -> bool) -> Option<char> {
        let letter = self.rest.chars().next().filter(|letter| wanted(*letter))?;
        self.next();
        Some(letter)
    }

    fn skip(&mut self, text: &str) -> bool {
        let rest = self.rest.strip_prefix(text);
        self.rest = rest.unwrap_or(self.rest);
        rest.is_some()
    }

    fn push(&mut self, text: impl Into<String>) {
        if let Some(group) = self.groups.last_mut() {
            group.pieces.push(Piece::item(text));
        }
    }

    fn literal(&mut self, letter: char) {
        self.push(escape(letter.encode_utf8(&mut [0; 4])));
    }

    fn open(&mut self) -> Parsed<()> {
        if !self.skip("?") {
            self.names.push(None);
            self.groups.push(Group::new("(", self.lazy));
            return Ok(());
        }
        if self.skip("P<") || self.skip("<") {
            return self.open_named();
        }
        self.flags()
    }

    fn open_named(&mut self) -> Parsed<()> {
        let (name, rest) = self.rest.split_once('>').ok_or("the name of a group is not closed by `>`")?;
        let is_word = |letter: char| letter == '_' || letter.is_ascii_alphanumeric();
        if name.is_empty() || !name.chars().all(is_word) {
            return Err(format!("`{name}` is not a name of a group: it has letters, digits and `_`"));
        }
        self.rest = rest;
        self.names.push(Some(name.to_owned()));
        self.groups.push(Group::new("(", self.lazy));
        Ok(())
    }

    /// `(?i)`, or `(?i:` with a group.
    fn flags(&mut self) -> Parsed<()> {
        const FLAGS: [char; 3] = ['i', 'm', 's'];
        let lazy_after = self.lazy;
        let mut set = [None; FLAGS.len()];
        let (mut on, mut any) = (true, false);
        loop {
            let letter = self.next().ok_or("a `(` is not closed")?;
            if let Some(flag) = FLAGS.iter().position(|flag| *flag == letter) {
                if let Some(state) = set.get_mut(flag) {
                    *state = Some(on);
                }
                any = true;
                continue;
            }
            match letter {
                'U' => (self.lazy, any) = (on, true),
                '-' if on => (on, any) = (false, false),
                ':' | ')' if on || any => {
                    let of = |wanted: bool| {
                        let flags = FLAGS.iter().zip(set).filter(move |(_, state)| *state == Some(wanted));
                        flags.map(|(flag, _)| *flag).collect::<String>()
                    };
                    let (on, off) = (of(true), of(false));
                    let minus = if off.is_empty() { "" } else { "-" };
                    if letter == ':' {
                        self.groups.push(Group::new("(?:", lazy_after));
                    }
                    // Within the group, if it is one: they end with it.
                    if let Some(group) = self.groups.last_mut().filter(|_| !(on.is_empty() && off.is_empty()))
                    {
                        let text = format!("(?{on}{minus}{off})");
                        group.pieces.push(Piece { is_item: false, ..Piece::item(text) });
                    }
                    return Ok(());
                }
                _ => return Err(format!("`(?` cannot be followed by `{letter}` here")),
            }
        }
    }

    fn close(&mut self) -> Parsed<()> {
        let Some(mut group) = self.groups.pop().filter(|_| !self.groups.is_empty()) else {
            return Err("a `)` closes no group".to_owned());
        };
        group.alternative();
        self.lazy = group.lazy_after;
        let Group { open, before, repeats, captures, .. } = group;
        if let Some(outer) = self.groups.last_mut() {
            outer.pieces.push(Piece { text: format!("{open}{before})"), is_item: true, repeats, captures });
        }
        Ok(())
    }

    /// Repeats the last item; true.
    fn repeat(&mut self, least: usize, most: Option<usize>, was_repeated: bool) -> Parsed<bool> {
        let lazy = if self.skip("?") != self.lazy { "?" } else { "" };
        if was_repeated {
            return Err("a repetition cannot be repeated: put it in parentheses".to_owned());
        }
        let items = self.groups.last_mut().map(|group| &mut group.pieces);
        let item = items.and_then(|pieces| pieces.iter_mut().rfind(|piece| piece.is_item));
        let item = item.ok_or("a repetition has nothing to repeat")?;
        let operator = match (least, most) {
            (0, None) => "*".to_owned(),
            (1, None) => "+".to_owned(),
            (0, Some(1)) => "?".to_owned(),
            (least, None) => format!("{{{least},}}"),
            (least, Some(most)) => format!("{{{least},{most}}}"),
        };
        let factor = most.unwrap_or(least).max(1);
        if most != Some(0) {
            item.repeats = item.repeats.saturating_mul(factor);
            if factor > 1 && item.repeats > REPETITIONS {
                return Err(format!("repeated more than {REPETITIONS} times"));
            }
        } else {
            item.repeats = 1;
        }
        let text = &item.text;
        item.text = match most {
            // Its groups are still groups, which match nothing.
            Some(0) if item.captures => format!("(?:{text}{NEVER})?"),
            Some(0) => "(?:)".to_owned(),
            _ => format!("(?:{text}){operator}{lazy}"),
        };
        Ok(true)
    }

    /// The numbers of `{n}`, `{n,}` or `{n,m}`, after the brace; a brace of anything else is a literal.
    fn counts(&mut self) -> Parsed<Option<(usize, Option<usize>)>> {
        let Some((inside, rest)) = self.rest.split_once('}') else { return Ok(None) };
        let (least, most) = match inside.split_once(',') {
            None => (inside, Some(inside)),
            Some((least, "")) => (least, None),
            Some((least, most)) => (least, Some(most)),
        };
        let is_number = |text: &str| {
            let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
            digits && (text.len() == 1 || !text.starts_with('0'))
        };
        if !is_number(least) || !most.is_none_or(is_number) {
            return Ok(None);
        }
        self.rest = rest;
        let number = |text: &str| text.parse().ok().filter(|count: &usize| *count <= REPETITIONS);
        let too_large =
            || format!("`{{{inside}}}` is not a repetition: at most {REPETITIONS}, the smaller first");
        let least = number(least).ok_or_else(too_large)?;
        let most = most.map(|most| number(most).filter(|most| *most >= least).ok_or_else(too_large));
        Ok(Some((least, most.transpose()?)))
    }

    fn escaped(&mut self) -> Parsed<()> {
        match self.rest.chars().next() {
            Some('A') => self.push(r"\A"),
            Some('z') => self.push(r"\z"),
            Some('b') => self.push(r"(?-u:\b)"),
            Some('B') => self.push(r"(?-u:\B)"),
            Some('Q') => return self.quoted(),
            _ => {
                let text = match self.named_class()? {
                    Some(class) => class.alone(),
                    None => match char::from_u32(self.character_code()?) {
                        Some(letter) => escape(letter.encode_utf8(&mut [0; 4])),
                        // A surrogate, which no text has.
                        None => NEVER.to_owned(),
                    },
                };
                self.push(text);
                return Ok(());
            }
        }
        self.next();
        Ok(())
    }

    /// `\Q…\E`: nothing in it is special.
    fn quoted(&mut self) -> Parsed<()> {
        self.next();
        let (inside, rest) = self.rest.split_once("\\E").unwrap_or((self.rest, ""));
        inside.chars().for_each(|letter| self.literal(letter));
        self.rest = rest;
        Ok(())
    }

    /// What follows a backslash that stands for a character, in classes too.
    fn character_code(&mut self) -> Parsed<u32> {
        let letter = self.next().ok_or("a `\\` at the end of the pattern")?;
        let code = match letter {
            'a' => Some(7),
            'f' => Some(0xC),
            'n' => Some(0xA),
            'r' => Some(0xD),
            't' => Some(9),
            'v' => Some(0xB),
            'x' => self.hexadecimal(),
            '0' => self.octal(0),
            '1'..='7' if self.rest.starts_with(|next: char| next.is_digit(8)) => {
                self.octal(u32::from(letter) - u32::from('0'))
            }
            _ if letter.is_ascii() && !letter.is_ascii_alphanumeric() => Some(u32::from(letter)),
            _ => None,
        };
        code.ok_or_else(|| format!("there is no escape `\\{letter}`"))
    }

    /// Up to two further digits.
    fn octal(&mut self, first: u32) -> Option<u32> {
        let mut code = first;
        for _ in 0..2 {
            let Some(digit) = self.next_if(|next| next.is_digit(8)) else { break };
            code = code * 8 + digit.to_digit(8)?;
        }
        Some(code)
    }

    /// Two digits, or any number of them in braces.
    fn hexadecimal(&mut self) -> Option<u32> {
        let digits = if self.skip("{") {
            let (digits, rest) = self.rest.split_once('}')?;
            self.rest = rest;
            digits
        } else {
            let digits = self.rest.get(..2)?;
            self.rest = self.rest.get(2..)?;
            digits
        };
        let is_code = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
        let digits = digits.trim_start_matches('0');
        let code = if digits.is_empty() { Some(0) } else { u32::from_str_radix(digits, 16).ok() };
        code.filter(|code| is_code && *code <= u32::from(char::MAX))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(pattern: &str, expected: &str) {
        assert_eq!(translated(pattern).map(|it| it.pattern).as_deref(), Ok(expected));
    }

    #[test]
    fn classes_of_letters_are_ascii() {
        check(r"\d+\b", r"(?:[0-9])+(?-u:\b)");
        check(r"[\w-]", r"[0-9A-Za-z_\x{2D}]");
        check(r"[[:alpha:]\D]", r"[[:alpha:][^0-9]]");
    }

    #[test]
    fn flags_end_with_their_group() {
        check("x(?i:A|b)c", "x(?:(?i)A|b)c");
        check("(x(?i)A)b", "(x(?i)A)b");
        check("(?i-s:A)*b", "(?:(?:(?i-s)A))*b");
    }

    #[test]
    fn what_only_the_other_syntax_reads_is_escaped() {
        check("[a&&b[]", r"[a\x{26}\x{26}b\x{5B}]");
        check("[]a]", r"[\x{5D}a]");
        check("a{,2}{", r"a\{,2\}\{");
        check("a{2}b{1,}", "(?:a){2,2}(?:b)+");
        check(r"\p{Greek}\x{61}", r"\p{sc=greek}a");
        check(r"\Qa.b\Ec", r"a\.bc");
    }

    #[test]
    fn what_re2_refuses_is_refused() {
        for pattern in [
            "a**",
            "a++",
            "a*+",
            "a{2}{3}",
            "a*{2}",
            "x{1001}",
            "x{2,1}",
            "(x{100}){11}",
            "(?x)a",
            "(?u)a",
            "(?R)",
            "(?-)a",
            "(?i-)a",
            r"\u0061",
            r"\1",
            r"(a)\1",
            "[[:foo:]]",
            r"[\Qa-b\E]",
            r"[\b]",
            r"\p{gc=Lu}",
            r"\p{sc=Greek}",
            r"\p{Alphabetic}",
            r"\p{Emoji}",
            r"\p{Grek}",
            r"\p",
            r"\p{Greek",
            "(?P<a.b>x)",
            "(?P<é>x)",
            "(?P<>x)",
            "(?P<a",
            "*",
            "(*)",
            "|*",
            "(?i)*",
            ")",
            "(",
            "(?=a)",
            "(?!a)",
            "(?>a)",
            "(?#a)",
            r"\C",
            r"\Z",
            r"\E",
            r"\é",
            r"\e",
            "[",
            "[a",
            "[b-a]",
            r"[\d-",
            "\\",
            r"\x",
            r"\x{}",
            r"\x{110000}",
        ] {
            assert!(translated(pattern).is_err(), "{pattern}: {:?}", translated(pattern));
        }
    }

    #[test]
    fn what_re2_accepts_is_accepted() {
        for (pattern, expected) in [
            (r"\p{^Greek}", r"\P{sc=greek}"),
            (r"\P{^Lu}", r"\p{gc=lu}"),
            ("(?)a", "a"),
            ("(?ii)a", "(?i)a"),
            ("(?i-i)a", "(?-i)a"),
            ("a(?i)?", "(?:a)?(?i)"),
            ("(?P<1a>x)", "(x)"),
            ("(a){0}", r"(?:(a)[^\x00-\x{10FFFF}])?"),
            ("^*", "(?:^)*"),
            ("a{01}", r"a\{01\}"),
            (r"\_\-", "_\\-"),
            (r"\141\0", "a\0"),
            ("a||b", "a||b"),
            (r"[^\W]", "[^[^0-9A-Za-z_]]"),
            (r"\<a\>", "<a>"),
            ("a(?U){1,}b*?(?:c(?-U)d+)e+", "(?:a)+?(?:b)*(?:c(?:d)+)(?:e)+?"),
        ] {
            check(pattern, expected);
        }
        let both = translated("(?P<a>x)|(?P<a>y)").unwrap();
        assert_eq!(both.names, [Some("a".to_owned()), Some("a".to_owned())]);
    }

    #[test]
    fn every_translation_is_a_pattern() {
        for pattern in [
            r"[\pL\PN^-]+\Q[\E",
            r"(?sU)[^[:^digit:]\n]{3,}?",
            "[é-ü&~^-]",
            r"\pC\PC\p{Cs}[\p{Any}]",
            "(a{0})",
            "x{2}{x",
        ] {
            let translated = translated(pattern).unwrap().pattern;
            assert!(regex::Regex::new(&translated).is_ok(), "{pattern}: {translated}");
        }
    }
}
