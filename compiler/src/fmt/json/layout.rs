//! Places each token on the current line or on a new one, indented by open brackets.

use super::scan::{Kind, Token};
use unicode_segmentation::UnicodeSegmentation;

/// The maximum column of an object or list on one line.
const WIDEST: usize = 100;

/// The tokens as text.
pub(super) fn written(tokens: &[Token], newline: &'static str) -> String {
    let length: usize = tokens.iter().map(|token| token.text.len() + 2).sum();
    let mut layout = Layout {
        tokens,
        groups: Groups::of(tokens),
        newline,
        out: String::with_capacity(length),
        column: 0,
        broken: Vec::new(),
    };
    for index in 0..tokens.len() {
        layout.put(index);
    }
    if !layout.out.is_empty() {
        layout.out.push_str(newline);
    }
    layout.out
}

struct Layout<'a> {
    tokens: &'a [Token<'a>],
    groups: Groups,
    newline: &'static str,
    out: String,
    column: usize,
    /// For each open object or list, whether its members are on their own lines.
    broken: Vec<bool>,
}

impl<'a> Layout<'a> {
    fn put(&mut self, index: usize) {
        let Some(token) = self.tokens.get(index).copied() else { return };
        let closes_broken = token.kind == Kind::Close && self.broken.pop().unwrap_or(false);
        match index.checked_sub(1).and_then(|before| self.tokens.get(before)) {
            None => {}
            Some(before) if self.breaks(before, index, &token, closes_broken) => self.break_line(&token),
            Some(before) => {
                let space = usize::from(is_apart(before, &token));
                self.out.extend(std::iter::repeat_n(' ', space));
                self.column += space;
            }
        }
        if token.kind == Kind::Open {
            let end = self.column + self.groups.width_from(index);
            self.broken.push(self.groups.has_break(index) || end > WIDEST);
        }
        self.out.push_str(token.text);
        self.column += columns(token.text);
    }

    /// Whether there is a line break between two tokens.
    fn breaks(&self, before: &Token, index: usize, token: &Token, closes_broken: bool) -> bool {
        let is_comment = matches!(token.kind, Kind::Comment | Kind::LineComment);
        let in_broken = self.broken.last().copied().unwrap_or(true);
        match (before.kind, token.kind) {
            (Kind::LineComment, _) => true,
            (_, Kind::Comma | Kind::Colon) => false,
            (Kind::Open | Kind::Comma, _) if is_comment => {
                in_broken && (token.newlines > 0 || !self.ends_line(index))
            }
            (_, _) if is_comment => token.newlines > 0 && in_broken && before.kind != Kind::Colon,
            (Kind::Open, Kind::Close) => false,
            (_, Kind::Close) => closes_broken,
            (Kind::Open | Kind::Comma, _) => in_broken,
            (Kind::Comment, _) => token.newlines > 0 && in_broken,
            _ => false,
        }
    }

    /// Whether only comments follow on the line: then they belong to the token before them.
    fn ends_line(&self, comment: usize) -> bool {
        let after = self.tokens.get(comment + 1..).unwrap_or_default();
        let comments = after.iter().take_while(|it| it.kind == Kind::Comment && it.newlines == 0).count();
        let next = after.get(comments);
        let is_last = self.tokens.get(comment).is_some_and(|it| it.kind == Kind::LineComment);
        is_last || next.is_none_or(|it| it.newlines > 0 || matches!(it.kind, Kind::LineComment | Kind::Close))
    }

    fn break_line(&mut self, token: &Token) {
        self.out.push_str(self.newline);
        if token.newlines > 1 {
            self.out.push_str(self.newline);
        }
        self.column = 2 * self.broken.len();
        self.out.extend(std::iter::repeat_n(' ', self.column));
    }
}

fn columns(text: &str) -> usize {
    if text.is_ascii() { text.len() } else { text.graphemes(true).count() }
}

/// Whether there is a space between two tokens of a line.
fn is_apart(before: &Token, token: &Token) -> bool {
    match (before.kind, token.kind) {
        (_, Kind::Comma | Kind::Colon) => false,
        (_, Kind::Comment | Kind::LineComment) | (Kind::Comment, _) => true,
        (Kind::Open, Kind::Close) => false,
        (Kind::Open, _) => before.text == "{",
        (_, Kind::Close) => token.text == "}",
        _ => true,
    }
}

/// Properties of objects and lists, computed before the layout.
struct Groups {
    /// By the token that opens it, the token that closes it.
    close: Vec<usize>,
    /// The width of all tokens before each, on one line.
    width: Vec<usize>,
    /// The line breaks before each.
    breaks: Vec<usize>,
}

impl Groups {
    fn of(tokens: &[Token]) -> Self {
        let mut groups = Self { close: vec![0; tokens.len()], width: Vec::new(), breaks: Vec::new() };
        let (mut open, mut width, mut breaks) = (Vec::new(), 0, 0);
        let mut before: Option<&Token> = None;
        for (index, token) in tokens.iter().enumerate() {
            let joined = |kind| matches!(kind, Kind::Comma | Kind::Colon);
            let is_kept = before.is_some_and(|it| it.kind != Kind::Colon) && !joined(token.kind);
            breaks += usize::from((token.newlines > 0 && is_kept) || before.is_some_and(has_newline));
            width += usize::from(before.is_some_and(|before| is_apart(before, token)));
            groups.width.push(width);
            groups.breaks.push(breaks);
            width += columns(token.text);
            match token.kind {
                Kind::Open => open.push(index),
                Kind::Close => {
                    if let Some(close) = open.pop().and_then(|open: usize| groups.close.get_mut(open)) {
                        *close = index;
                    }
                }
                _ => {}
            }
            before = Some(token);
        }
        groups
    }

    /// The width of what a token opens, with a comma after it.
    fn width_from(&self, open: usize) -> usize {
        let at = |index: usize| self.width.get(index).copied().unwrap_or(0);
        at(self.closing(open)).saturating_sub(at(open)) + "},".len()
    }

    /// Whether the text has a line break in what a token opens.
    fn has_break(&self, open: usize) -> bool {
        let close = self.closing(open);
        close > open + 1 && self.breaks.get(close) > self.breaks.get(open)
    }

    fn closing(&self, open: usize) -> usize {
        self.close.get(open).copied().unwrap_or(open)
    }
}

/// Whether what follows the token is on another line than it began on.
fn has_newline(token: &Token) -> bool {
    token.kind == Kind::LineComment || (token.kind == Kind::Comment && token.text.contains('\n'))
}
