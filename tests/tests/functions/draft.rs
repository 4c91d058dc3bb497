//! Random expressions, patterns, templates and types of variables. Most expressions are of the type that is asked for; a
//! few are not, so that what Terraform refuses is drawn too.

#[path = "../terraform_stories/chance.rs"]
mod chance;

use chance::Chance;

/// The type that an expression is drawn for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Of {
    Text,
    Number,
    Truth,
    List,
    Set,
    Object,
    Null,
}

const ALL: [Of; 7] = [Of::Text, Of::Number, Of::Truth, Of::List, Of::Set, Of::Object, Of::Null];

/// Draws from one seed.
pub struct Draft {
    chance: Chance,
    /// The variables of `for` in whose body we are.
    variables: Vec<&'static str>,
}

const TEXTS: &[&str] = &[
    "", "a", "b", "ab", "abc", "1", "true", "10", " a ", "a-b", "A", "x.y", "é", "e\u{301}", "\\n", "k", "ß",
    "a,b", "-1", "0", "1.5", "z\u{30a}", "🙂",
];
const NUMBERS: &[&str] = &["0", "1", "2", "3", "-1", "10", "0.5", "1.5", "-2", "7", "100", "1e3", "-0"];
const NAMES: &[&str] = &["x", "y", "k", "v"];

impl Draft {
    pub fn new(seed: u64) -> Self {
        Self { chance: Chance::new(seed), variables: Vec::new() }
    }

    /// An expression of any type.
    pub fn expression(&mut self) -> String {
        let of = self.chance.of(&ALL);
        let depth = 1 + self.chance.below(4);
        self.of(of, depth)
    }

    fn any(&mut self, depth: usize) -> String {
        let of = self.chance.of(&ALL);
        self.of(of, depth)
    }

    fn of(&mut self, of: Of, depth: usize) -> String {
        if !self.variables.is_empty() && self.chance.one_in(4) {
            return self.chance.of(&self.variables).to_owned();
        }
        if self.chance.one_in(30) {
            return self.any(depth);
        }
        if depth > 0 && self.chance.one_in(12) {
            let (condition, then, otherwise) =
                (self.truth(depth - 1), self.of(of, depth - 1), self.any_like(of, depth - 1));
            return format!("({condition} ? {then} : {otherwise})");
        }
        if depth > 0 && self.chance.one_in(25) {
            let (first, second) = (self.any(depth - 1), self.of(of, depth - 1));
            return format!("try({first}, {second})");
        }
        match of {
            Of::Text => self.text(depth),
            Of::Number => self.number(depth),
            Of::Truth => self.truth(depth),
            Of::List => self.list(depth),
            Of::Set => self.set(depth),
            Of::Object => self.object(depth),
            Of::Null => "null".to_owned(),
        }
    }

    fn any_like(&mut self, of: Of, depth: usize) -> String {
        if self.chance.one_in(4) { self.any(depth) } else { self.of(of, depth) }
    }

    fn literal_text(&mut self) -> String {
        format!("\"{}\"", self.chance.of(TEXTS))
    }

    fn text(&mut self, depth: usize) -> String {
        let Some(d) = depth.checked_sub(1) else { return self.literal_text() };
        match self.chance.below(30) {
            0..=4 => self.literal_text(),
            5 => format!("upper({})", self.text(d)),
            6 => format!("lower({})", self.text(d)),
            7 => format!("join({}, {})", self.literal_text(), self.list(d)),
            8 => format!("format(\"%s-%v\", {}, {})", self.text(d), self.any(d)),
            9 => format!("replace({}, {}, {})", self.text(d), self.literal_text(), self.literal_text()),
            10 => format!("substr({}, {}, {})", self.text(d), self.number(0), self.number(0)),
            11 => format!("trimspace({})", self.text(d)),
            12 => format!("tostring({})", self.any(d)),
            13 => format!("element({}, {})", self.list(d), self.number(d)),
            14 => format!("{}[{}]", self.list(d), self.number(0)),
            15 => format!("{}[\"{}\"]", self.object(d), self.chance.of(&["a", "b", "c"])),
            16 => format!("{}.{}", self.object(d), self.chance.of(&["a", "b", "c"])),
            17..=19 => self.template(d),
            20 => format!("coalesce({}, {})", self.text(d), self.any_like(Of::Text, d)),
            21 => format!("trimprefix({}, {})", self.text(d), self.literal_text()),
            22 => {
                format!("lookup({}, {}, {})", self.object(d), self.literal_text(), self.any_like(Of::Text, d))
            }
            23 => format!("{}({})", self.chance.of(&["title", "strrev", "chomp", "trimspace"]), self.text(d)),
            24 => format!("trim({}, {})", self.text(d), self.literal_text()),
            25 => format!("indent({}, {})", self.number(0), self.text(d)),
            26 => format!("{}({})", self.chance.of(&["base64encode", "sha256", "jsonencode"]), self.text(d)),
            27 => format!("jsonencode({})", self.any(d)),
            28 => format!("one({})", self.list(d)),
            _ => format!("formatlist(\"%s/%s\", {}, {})[0]", self.list(d), self.text(d)),
        }
    }

    /// A quoted template.
    fn template(&mut self, depth: usize) -> String {
        let mut text = String::from("\"");
        for _ in 0..1 + self.chance.below(3) {
            let space = self.chance.of(&["", " ", "\\n", "  \\n ", "x", " y"]);
            let (left, right) = (self.chance.of(&["", "", "~"]), self.chance.of(&["", "", "~"]));
            let value = self.any_like(Of::Text, depth);
            let part = if self.chance.one_in(5) {
                let condition = self.truth(depth.min(1));
                format!("%{{{left} if {condition} {right}}}{value_text}%{{ endif }}", value_text = "t ")
            } else {
                format!("${{{left} {value} {right}}}")
            };
            text += &format!("{space}{part}");
        }
        text + self.chance.of(&["", "", " ", "\\n z"]) + "\""
    }

    fn number(&mut self, depth: usize) -> String {
        let Some(d) = depth.checked_sub(1) else { return self.chance.of(NUMBERS).to_owned() };
        match self.chance.below(20) {
            0..=4 => self.chance.of(NUMBERS).to_owned(),
            5 => format!("({} + {})", self.number(d), self.number(d)),
            6 => format!("({} {} {})", self.number(d), self.chance.of(&["-", "*", "/", "%"]), self.number(d)),
            7 => format!("-{}", self.number(d)),
            8 => format!("length({})", self.any_like(Of::List, d)),
            9 => format!(
                "{}({}, {})",
                self.chance.of(&["max", "min"]),
                self.number(d),
                self.any_like(Of::Number, d)
            ),
            10 => format!("tonumber({})", self.any_like(Of::Text, d)),
            11 => format!("element({}, {})", self.list(d), self.number(0)),
            12 => format!("sum({})", self.list(d)),
            13 => format!("{}({})", self.chance.of(&["abs", "ceil", "floor", "signum"]), self.number(d)),
            14 => format!("parseint({}, {})", self.text(d), self.chance.of(&["2", "10", "16", "36", "62"])),
            15 => format!("index({}, {})", self.list(d), self.any(d)),
            16 => format!("pow({}, {})", self.number(0), self.number(0)),
            _ => format!("(\"{}\" * {})", self.chance.of(NUMBERS), self.number(d)),
        }
    }

    fn truth(&mut self, depth: usize) -> String {
        let Some(d) = depth.checked_sub(1) else { return self.chance.of(&["true", "false"]).to_owned() };
        match self.chance.below(16) {
            0..=2 => self.chance.of(&["true", "false"]).to_owned(),
            3 => {
                format!("({} {} {})", self.number(d), self.chance.of(&["<", "<=", ">", ">="]), self.number(d))
            }
            4 | 5 => {
                let of = self.chance.of(&ALL);
                format!("({} {} {})", self.of(of, d), self.chance.of(&["==", "!="]), self.any_like(of, d))
            }
            6 | 7 => {
                let right = self.any_like(Of::Truth, d);
                format!("({} {} {right})", self.truth(d), self.chance.of(&["&&", "||"]))
            }
            8 => format!("!{}", self.truth(d)),
            9 => format!("contains({}, {})", self.list(d), self.any(d)),
            10 => format!("can({})", self.any(d)),
            11 => format!("startswith({}, {})", self.text(d), self.literal_text()),
            12 => format!("{}({})", self.chance.of(&["alltrue", "anytrue"]), self.list(d)),
            13 => format!("strcontains({}, {})", self.text(d), self.literal_text()),
            14 => format!("tobool({})", self.any_like(Of::Text, d)),
            _ => format!("({} == {})", self.text(d), self.text(d)),
        }
    }

    fn elements(&mut self, depth: usize) -> String {
        let of = self.chance.of(&ALL);
        let count = self.chance.below(4);
        let elements: Vec<_> = (0..count).map(|_| self.any_like(of, depth)).collect();
        elements.join(", ")
    }

    fn list(&mut self, depth: usize) -> String {
        let Some(d) = depth.checked_sub(1) else { return format!("[{}]", self.elements(0)) };
        match self.chance.below(36) {
            0..=5 => format!("[{}]", self.elements(d)),
            6 => format!("tolist({})", self.any_like(Of::List, d)),
            7 => format!("concat({}, {})", self.list(d), self.list(d)),
            8..=10 => self.for_list(d),
            11 => format!("{}[*].{}", self.any_like(Of::List, d), self.chance.of(&["a", "b"])),
            12 => format!("{}.*.{}", self.list(d), self.chance.of(&["a", "b"])),
            13 => format!("{}[*]", self.any(d)),
            14 => format!("sort({})", self.any_like(Of::List, d)),
            15 => format!("distinct({})", self.list(d)),
            16 => format!("reverse({})", self.any_like(Of::List, d)),
            17 => format!("range({})", self.number(d)),
            18 => format!("split({}, {})", self.literal_text(), self.text(d)),
            19 => format!("flatten({})", self.list(d)),
            20 => format!("{}({})", self.chance.of(&["keys", "values"]), self.object(d)),
            21 => format!("compact({})", self.list(d)),
            22 => format!("setproduct({}, {})", self.list(d), self.any_like(Of::Set, d)),
            23 => format!("formatlist(\"%v.%v\", {}, {})", self.any(d), self.any(d)),
            24 => format!("slice({}, {}, {})", self.list(d), self.number(0), self.number(0)),
            25 => format!("chunklist({}, {})", self.list(d), self.number(0)),
            26 => format!("coalescelist({}, {})", self.list(d), self.list(d)),
            27 => format!("matchkeys({}, {}, {})", self.list(d), self.list(d), self.list(d)),
            28 => format!(
                "regexall({}, {})",
                self.chance.of(&["\"[a-b]\"", "\"(.)b\"", "\"(?P<x>.)\""]),
                self.text(d)
            ),
            29 => format!("jsondecode(jsonencode({}))", self.list(d)),
            30 => format!("coalesce({}, {})", self.any_like(Of::List, d), self.list(d)),
            31 => format!("tolist(toset({}))", self.list(d)),
            _ => format!("[{}]", self.elements(d)),
        }
    }

    fn with<T>(&mut self, names: &[&'static str], draw: impl FnOnce(&mut Self) -> T) -> T {
        let outer = self.variables.len();
        self.variables.extend(names);
        let drawn = draw(self);
        self.variables.truncate(outer);
        drawn
    }

    fn for_list(&mut self, d: usize) -> String {
        let of = self.chance.of(&[Of::List, Of::List, Of::Set, Of::Object]);
        let collection = self.any_like(of, d);
        let (key, value) = (self.chance.of(NAMES), self.chance.of(NAMES));
        let (names, intro) = if self.chance.one_in(2) && key != value {
            (vec![key, value], format!("{key}, {value}"))
        } else {
            (vec![value], value.to_owned())
        };
        self.with(&names, |draft| {
            let result = draft.any(d);
            let condition =
                if draft.chance.one_in(4) { format!(" if {}", draft.truth(d)) } else { String::new() };
            format!("[for {intro} in {collection} : {result}{condition}]")
        })
    }

    fn set(&mut self, depth: usize) -> String {
        let Some(d) = depth.checked_sub(1) else { return format!("toset([{}])", self.elements(0)) };
        match self.chance.below(8) {
            0..=3 => format!("toset({})", self.list(d)),
            4 => format!("setunion({}, {})", self.set(d), self.any_like(Of::Set, d)),
            5 => format!("setintersection({}, {})", self.set(d), self.any_like(Of::Set, d)),
            6 => format!("setsubtract({}, {})", self.set(d), self.any_like(Of::Set, d)),
            _ => format!("setproduct({}, {})", self.set(d), self.list(d)),
        }
    }

    fn object(&mut self, depth: usize) -> String {
        let Some(d) = depth.checked_sub(1) else { return "{ a = 1 }".to_owned() };
        match self.chance.below(16) {
            0..=6 => {
                let of = self.chance.of(&ALL);
                let keys = self.chance.some(&["a", "b", "c"]);
                let members: Vec<_> =
                    keys.iter().map(|key| format!("{key} = {}", self.any_like(of, d))).collect();
                format!("{{ {} }}", members.join(", "))
            }
            7 | 8 => format!("tomap({})", self.any_like(Of::Object, d)),
            9 | 10 => format!("merge({}, {})", self.object(d), self.any_like(Of::Object, d)),
            11 => format!("zipmap({}, {})", self.list(d), self.list(d)),
            12 => {
                let collection = self.any_like(Of::List, d);
                self.with(&["x"], |draft| {
                    let (key, value) = (draft.text(d), draft.any(d));
                    format!("{{ for x in {collection} : {key} => {value}{} }}", draft.chance.of(&["", "..."]))
                })
            }
            13 => format!("{}[0]", self.list(d)),
            14 => format!("transpose({})", self.object(d)),
            _ => format!("{{ \"${{{}}}\" = {}, (\"b\") = {} }}", self.text(0), self.any(d), self.any(d)),
        }
    }

    /// A regular expression, as it is, and texts to match.
    pub fn pattern(&mut self) -> String {
        let mut pattern = String::new();
        for _ in 0..1 + self.chance.below(5) {
            pattern += self.chance.of(PIECES);
            if self.chance.one_in(3) {
                pattern += self.chance.of(REPETITIONS);
            }
        }
        match self.chance.below(12) {
            0 => format!("({pattern})"),
            1 => format!("(?:{pattern}|{})", self.chance.of(PIECES)),
            2 => format!("(?i){pattern}"),
            3 => format!("^{pattern}$"),
            4 => format!("(?P<n>{pattern})"),
            _ => pattern,
        }
    }

    /// A template in quotes or a heredoc.
    pub fn any_template(&mut self) -> String {
        match self.chance.below(4) {
            0 => {
                let parts =
                    self.parts(2, &["\\n", "\\n\\n", " ", "  ", "\\t", "a", "b c", "$${", "%%{", "é"]);
                format!("\"{parts}\"")
            }
            1 => {
                let parts = self.parts(2, LINES);
                format!("<<EOT\n{parts}\nEOT\n")
            }
            _ => {
                let parts = self.parts(2, LINES);
                let end = self.chance.of(&["", "  ", "    "]);
                format!("<<-EOT\n{parts}\n{end}EOT\n")
            }
        }
    }

    fn parts(&mut self, depth: usize, texts: &[&'static str]) -> String {
        let mut text = String::new();
        for _ in 0..1 + self.chance.below(4) {
            text += self.chance.of(texts);
            text += self.chance.of(texts);
            let marks: Vec<_> = (0..6).map(|_| self.chance.of(&["", "", "~"])).collect();
            match self.chance.below(if depth == 0 { 2 } else { 5 }) {
                0 => {}
                1 | 2 => {
                    let value = self.chance.of(&[
                        "1",
                        "true",
                        "\"x\"",
                        "\" y \"",
                        "\"p\\nq\"",
                        "[1]",
                        "null",
                        "upper(\"a\")",
                    ]);
                    text += &format!("${{{} {value} {}}}", marks[0], marks[1]);
                }
                3 => {
                    let condition = self.chance.of(&["true", "false"]);
                    text += &format!(
                        "%{{{} if {condition} {}}}{}",
                        marks[0],
                        marks[1],
                        self.parts(depth - 1, texts)
                    );
                    if self.chance.one_in(2) {
                        text +=
                            &format!("%{{{} else {}}}{}", marks[2], marks[3], self.parts(depth - 1, texts));
                    }
                    text += &format!("%{{{} endif {}}}", marks[4], marks[5]);
                }
                _ => {
                    let list = self.chance.of(&["[1, 2]", "[]", "[\"a\"]"]);
                    text += &format!(
                        "%{{{} for v in {list} {}}}{}",
                        marks[0],
                        marks[1],
                        self.parts(depth - 1, texts)
                    );
                    text += &format!("%{{{} endfor {}}}", marks[4], marks[5]);
                }
            }
        }
        text + self.chance.of(texts)
    }

    /// A type of a variable and a default, which need not fit.
    pub fn variable(&mut self) -> (String, String) {
        let depth = self.chance.below(3);
        let of = self.type_of(depth);
        let default = if self.chance.one_in(6) { self.constant(2) } else { self.fitting(&of, 3) };
        (of, default)
    }

    fn type_of(&mut self, depth: usize) -> String {
        let Some(d) = depth.checked_sub(1) else {
            return self.chance.of(&["string", "number", "bool", "string", "any"]).to_owned();
        };
        match self.chance.below(8) {
            0 | 1 => format!("list({})", self.type_of(d)),
            2 => format!("set({})", self.type_of(d)),
            3 => format!("map({})", self.type_of(d)),
            4 => format!("tuple([{}, {}])", self.type_of(d), self.type_of(d)),
            5 | 6 => {
                let b = match self.chance.below(3) {
                    0 => self.type_of(d),
                    1 => format!("optional({})", self.type_of(d)),
                    _ => format!("optional(string, {})", self.constant(0)),
                };
                format!("object({{ a = {}, b = {b} }})", self.type_of(d))
            }
            _ => self.type_of(0),
        }
    }

    /// A value that mostly fits a type.
    fn fitting(&mut self, of: &str, depth: usize) -> String {
        let Some(depth) = depth.checked_sub(1) else { return self.constant(0) };
        if self.chance.one_in(12) {
            return self.constant(1);
        }
        let inner = |prefix: &str| Some(of.strip_prefix(prefix)?.strip_suffix(')')?.to_owned());
        if let Some(element) = inner("list(").or_else(|| inner("set(")) {
            let count = self.chance.below(3);
            let elements: Vec<_> = (0..count).map(|_| self.fitting(&element, depth)).collect();
            return format!("[{}]", elements.join(", "));
        }
        if let Some(element) = inner("map(") {
            return format!(
                "{{ x = {}, y = {} }}",
                self.fitting(&element, depth),
                self.fitting(&element, depth)
            );
        }
        if of.starts_with("object(") {
            let a = self.constant(1);
            return match self.chance.below(4) {
                0 => format!("{{ a = {a}, b = {} }}", self.constant(1)),
                1 => format!("{{ a = {a}, c = 1 }}"),
                _ => format!("{{ a = {a} }}"),
            };
        }
        if of.starts_with("tuple(") {
            return format!("[{}, {}]", self.constant(1), self.constant(1));
        }
        self.constant(0)
    }

    fn constant(&mut self, depth: usize) -> String {
        let Some(d) = depth.checked_sub(1) else {
            return self
                .chance
                .of(&["\"a\"", "1", "true", "\"2\"", "null", "\"true\"", "0.5", "\"\""])
                .to_owned();
        };
        match self.chance.below(6) {
            0 => format!("[{}, {}]", self.constant(d), self.constant(d)),
            1 => format!("[{}]", self.constant(d)),
            2 => "[]".to_owned(),
            3 => format!("{{ a = {} }}", self.constant(d)),
            4 => format!("{{ a = {}, b = {} }}", self.constant(d), self.constant(d)),
            _ => self.constant(0),
        }
    }
}

const LINES: &[&str] =
    &["\n", "\n\n", " ", "  ", "\n  ", "\n    ", "a", "b c", "  a\n", "\t", "\n\t", "$${", "é", "\n    x\n"];

const PIECES: &[&str] = &[
    "a",
    "b",
    "ab",
    "x",
    ".",
    "^",
    "$",
    "\\\\d",
    "\\\\w",
    "\\\\s",
    "\\\\b",
    "\\\\B",
    "\\\\D",
    "\\\\W",
    "\\\\S",
    "[ab]",
    "[^a]",
    "[a-c]",
    "[[:alpha:]]",
    "[[:digit:]x]",
    "[[:foo:]]",
    "[[:^alpha:]]",
    "[[:word:]]",
    "(a)",
    "(a|b)",
    "(?:a)",
    "(?P<n>a)",
    "(?P<m>b)",
    "(?<q>a)",
    "(?i)",
    "(?i:A)",
    "(?x)",
    "(?-i)",
    "(?s).",
    "(?ii)",
    "(?u)",
    "(?U)",
    "(?R)",
    "()",
    "(?)",
    "(?m)^",
    "\\\\pL",
    "\\\\p{Greek}",
    "\\\\p{^L}",
    "\\\\PL",
    "\\\\P{^Lu}",
    "\\\\p{Lu}",
    "\\\\p{gc=Lu}",
    "\\\\p{Alphabetic}",
    "\\\\p{sc=Greek}",
    "\\\\p{Foo}",
    "\\\\p{Any}",
    "\\\\x61",
    "\\\\x{1F642}",
    "\\\\141",
    "\\\\1",
    "\\\\01",
    "\\\\u0061",
    "\\\\<",
    "\\\\>",
    "\\\\A",
    "\\\\z",
    "\\\\Z",
    "\\\\Qa.b\\\\E",
    "\\\\Q",
    "\\\\E",
    "\\\\C",
    "\\\\a",
    "\\\\f",
    "\\\\v",
    "\\\\n",
    "\\\\e",
    "\\\\/",
    "\\\\-",
    "\\\\é",
    "é",
    "[é]",
    "[a",
    "]",
    "[]a]",
    "[^]]",
    "[a-]",
    "[-a]",
    "[b-a]",
    "[\\\\d-z]",
    "[a&&b]",
    "[a--b]",
    "[a~~b]",
    "[[a]",
    "[\\\\Qa\\\\E]",
    "[\\\\b]",
    "[\\\\pL]",
    "[\\\\x61-\\\\x63]",
    "{",
    "}",
    "a{,2}",
    "{2}",
    "x{1001}",
    "x{2,1}",
    "|",
    "(",
    ")",
    "(a){0}",
    "-",
    " ",
    "#",
    "&",
    "~",
    "_",
    "🙂",
    "\\\\.",
    "\\\\*",
    "\\\\\\\\",
    "(?P<1a>x)",
    "(?P<a.b>x)",
    "(?P<é>x)",
    "(?P<>x)",
    "(?=a)",
    "(?!a)",
    "(?>a)",
    "(?#a)",
];

const REPETITIONS: &[&str] = &[
    "*", "+", "?", "*?", "+?", "??", "{2}", "{1,}", "{1,2}", "{0}", "**", "++", "*+", "{2}{3}", "?{2}",
    "{2}?", "{,3}",
];
