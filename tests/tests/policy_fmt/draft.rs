//! Policies that nobody has laid out: random ones, with random white space and comments wherever they may stand.

/// Draws a text; the same seed draws the same text.
pub fn hcl(seed: u64) -> String {
    Draft::new(seed).hcl()
}

/// Draws a text that Terraform lays out as we do.
pub fn hcl_for_terraform(seed: u64) -> String {
    Draft { for_terraform: true, ..Draft::new(seed) }.hcl()
}

/// Draws a text in JSON.
pub fn json(seed: u64) -> String {
    let mut draft = Draft::new(seed);
    draft.json_space();
    draft.json_members('{', '}', 4);
    draft.json_space();
    draft.text
}

struct Draft {
    state: u64,
    /// The attributes so far.
    names: u64,
    text: String,
    for_terraform: bool,
    in_heredoc: bool,
}

impl Draft {
    fn new(seed: u64) -> Self {
        let state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
        Self { state, names: 0, text: String::new(), for_terraform: false, in_heredoc: false }
    }

    fn hcl(mut self) -> String {
        for _ in 0..1 + self.below(4) {
            self.lines();
            self.block(2);
        }
        self.lines();
        self.text
    }

    fn below(&mut self, limit: u64) -> u64 {
        self.state ^= self.state << 13;
        self.state ^= self.state >> 7;
        self.state ^= self.state << 17;
        self.state % limit
    }

    fn one_in(&mut self, count: u64) -> bool {
        self.below(count) == 0
    }

    fn push(&mut self, text: &str) {
        self.text.push_str(text);
    }

    fn pick(&mut self, of: &[&str]) {
        let at = usize::try_from(self.below(of.len() as u64)).unwrap_or(0);
        self.push(of.get(at).copied().unwrap_or_default());
    }

    fn space(&mut self) {
        self.pick(&["", "", " ", "  ", "\t", " /* c */ "]);
    }

    /// White space that keeps words apart.
    fn gap(&mut self) {
        self.push(" ");
        self.pick(&["", "", "  ", "\t", "/* c */ "]);
    }

    /// White space within brackets.
    fn inner(&mut self) {
        if self.is_on_one_line() {
            return self.space();
        }
        match self.below(14) {
            0 => self.push("\n"),
            1 => self.push(" # ü comment\n\t"),
            2 => self.push("\n\n  // \"${ comment\n"),
            3 => self.push("/* a\n  b */"),
            _ => self.space(),
        }
    }

    /// Terraform loses count of brackets that a heredoc leaves open at the end of a line.
    fn is_on_one_line(&self) -> bool {
        self.for_terraform && self.in_heredoc
    }

    fn lines(&mut self) {
        for _ in 0..self.below(4) {
            self.space();
            self.pick(&["\n", "\n", "\r\n", "# comment  \n", "// x = 1\n", "/* one\n   two */\n"]);
        }
    }

    fn end_of_line(&mut self) {
        self.space();
        self.pick(&["\n", "\n", "\n", "# comment\n", "//x\n", "  # {\r\n", "\r\n", "\n\n\n", "/* c */\n"]);
    }

    fn name(&mut self) {
        self.pick(&["a", "bb", "name", "in", "allowed_caller_namespaces", "task-queue", "ü", "if", "null"]);
        // An attribute is given once.
        self.names += 1;
        self.push(&self.names.to_string());
    }

    fn block(&mut self, depth: u64) {
        self.pick(&["endpoint", "namespace", "account", "x"]);
        if self.one_in(2) {
            self.push(" ");
            self.pick(if self.for_terraform { &["", "\t"] } else { &["", "/* c */"] });
            self.pick(&["\"payments\"", "\"a b\"", "\"\""]);
        }
        self.space();
        self.push("{");
        match self.below(8) {
            0 => self.space(),
            1 => {
                self.gap();
                self.name();
                self.space();
                self.push("=");
                self.space();
                self.expression(2, false);
                self.gap();
            }
            _ => {
                self.end_of_line();
                for _ in 0..self.below(7) {
                    self.lines();
                    self.item(depth);
                }
                self.space();
            }
        }
        self.push("}");
        self.end_of_line();
    }

    fn item(&mut self, depth: u64) {
        self.space();
        if depth > 0 && self.one_in(6) {
            // At the start of a line, what looks like a block is one of its own.
            self.push(" ");
            return self.block(depth - 1);
        }
        self.name();
        self.space();
        self.push("=");
        self.space();
        if self.one_in(8) {
            self.heredoc();
        } else {
            self.expression(3, false);
            self.end_of_line();
        }
    }

    fn heredoc(&mut self) {
        self.pick(&["<<EOT", "<<-EOT"]);
        self.pick(if self.for_terraform { &["\n"] } else { &["\n", "\n", "\r\n", " \r\r\n"] });
        self.in_heredoc = true;
        for _ in 0..self.below(4) {
            self.pick(&["", "  ", "\t", "    "]);
            self.template();
            self.push("\n");
        }
        self.in_heredoc = false;
        self.pick(&["EOT\n", "  EOT\n", "\tEOT\n"]);
    }

    /// What a string says; never an interpolation alone.
    fn template(&mut self) {
        self.pick(&["text", "  a  b ", "$", "$${x}", "%%{ x", "ü"]);
        for _ in 0..self.below(3) {
            match self.below(5) {
                0 | 1 => {
                    self.pick(&["${", "${~"]);
                    self.space();
                    self.expression(1, true);
                    self.space();
                    self.pick(&["}", "~}"]);
                }
                2 => {
                    self.push("%{");
                    self.space();
                    self.push("if");
                    self.gap();
                    self.expression(1, false);
                    self.push("}x%{ else }y%{");
                    self.space();
                    self.push("endif");
                    self.space();
                    self.push("}");
                }
                _ => self.pick(&[" ", "x  y", "{", "}", "#", "//", "/*"]),
            }
        }
        self.push(".");
    }

    fn expression(&mut self, depth: u64, inner: bool) {
        if depth == 0 {
            return self.pick(&[
                "a", "1", "2.50", "1e3", "true", "null", "\"s\"", "\"}\"", "local.x", "a-b", "[]", "{}",
            ]);
        }
        match self.below(16) {
            0 | 1 => self.list(depth),
            2 | 3 => self.object(depth),
            4 => self.call(depth),
            5 => self.comprehension(depth),
            6 => {
                self.push("\"");
                self.template();
                self.push("\"");
            }
            7 => {
                self.push("(");
                self.inner();
                self.expression(depth - 1, true);
                self.inner();
                self.push(")");
            }
            8 => {
                self.expression(depth - 1, inner);
                self.between(inner);
                self.push("?");
                self.between(inner);
                self.expression(depth - 1, inner);
                self.between(inner);
                self.push(":");
                self.between(inner);
                self.expression(depth - 1, inner);
            }
            9 | 10 => {
                self.expression(depth - 1, inner);
                self.push(" ");
                self.between(inner);
                self.pick(&["+", "-", "*", "/ ", "%", "==", "!=", "<=", ">=", "< ", ">", "&&", "||"]);
                self.between(inner);
                self.expression(depth - 1, inner);
            }
            11 => {
                self.pick(&["-", "!", "- ", "! "]);
                self.expression(0, inner);
            }
            12 => self.traversal(),
            _ => self.expression(0, inner),
        }
    }

    fn between(&mut self, inner: bool) {
        if inner { self.inner() } else { self.space() }
    }

    fn traversal(&mut self) {
        self.pick(&["namespace", "a", "endpoint"]);
        for _ in 0..1 + self.below(3) {
            self.space();
            self.pick(&[".b", ". c", "[0]", "[ \"x\" ]", "[ -1 ]", ".d"]);
        }
        self.pick(&["", "", " . 0", ".*", ".* .x", "[*]", " [ * ]. y [0]"]);
    }

    fn list(&mut self, depth: u64) {
        self.push("[");
        self.inner();
        for _ in 0..self.below(4) {
            self.expression(depth - 1, true);
            self.inner();
            self.push(",");
            self.inner();
        }
        if self.one_in(2) {
            self.expression(depth - 1, true);
            self.inner();
        }
        self.push("]");
    }

    fn object(&mut self, depth: u64) {
        self.push("{");
        self.space();
        let lines = self.one_in(2) && !self.is_on_one_line();
        for _ in 0..self.below(4) {
            if lines {
                self.end_of_line();
            }
            self.pick(&["a", "bbb", "\"c d\"", "(e)", "namespace.x", "task_queue"]);
            self.space();
            self.pick(&["=", "=", "=", ":"]);
            self.space();
            self.expression(depth - 1, false);
            self.space();
            self.push(if lines { "" } else { "," });
        }
        if lines {
            self.end_of_line();
        }
        self.space();
        self.push("}");
    }

    fn call(&mut self, depth: u64) {
        self.pick(&["f", "concat", "in"]);
        self.space();
        self.push("(");
        self.inner();
        if self.one_in(2) {
            self.expression(depth - 1, true);
            self.inner();
            self.push(",");
            self.inner();
        }
        self.expression(depth - 1, true);
        self.space();
        self.pick(&["", "", "..."]);
        self.inner();
        self.push(")");
    }

    fn comprehension(&mut self, depth: u64) {
        let object = self.one_in(2);
        self.push(if object { "{" } else { "[" });
        self.inner();
        self.push("for");
        self.gap();
        self.pick(&["k", "k,v", "k , v"]);
        self.gap();
        self.push("in");
        self.gap();
        self.expression(depth - 1, true);
        self.inner();
        self.push(":");
        self.inner();
        self.push("k");
        if object {
            self.space();
            self.push("=>");
            self.inner();
            self.expression(depth - 1, true);
            self.space();
            self.pick(&["", "..."]);
        }
        if self.one_in(2) {
            self.gap();
            self.push("if");
            self.gap();
            self.expression(depth - 1, true);
        }
        self.inner();
        self.push(if object { "}" } else { "]" });
    }

    fn json_space(&mut self) {
        self.pick(&["", "", "", " ", "\n", "\n\n\n", "\t", "// c\n", " /* d */ ", "\r\n", "/* e\n f */"]);
    }

    fn json_members(&mut self, open: char, close: char, depth: u64) {
        self.text.push(open);
        let count = self.below(4);
        for index in 0..count {
            self.json_space();
            if open == '{' {
                self.push(&format!("\"k{index}\""));
                self.json_space();
                self.push(":");
                self.json_space();
            }
            self.json_value(depth);
            self.json_space();
            let ends = index + 1 == count && self.one_in(2);
            self.push(if ends { "" } else { "," });
        }
        self.json_space();
        self.text.push(close);
    }

    fn json_value(&mut self, depth: u64) {
        match self.below(if depth > 0 { 6 } else { 3 }) {
            0 => self.pick(&["1", "-2.5e3", "true", "null"]),
            1 => self.pick(&["\"a b  c\"", "\"\\\" // \\\\\"", "\"/* {\"", "\"ü\""]),
            2 => self.push(&format!("\"{}\"", "long ".repeat(15))),
            3 => self.json_members('[', ']', depth - 1),
            _ => self.json_members('{', '}', depth - 1),
        }
    }
}
