//! The tokens of a text, and the lines that they are on.

use std::ops::Range;
use unicode_segmentation::UnicodeSegmentation;

/// A token. All tokens together are the text without the whitespace between them.
#[derive(Clone, Debug)]
pub(super) struct Token<'t> {
    pub(super) kind: Kind,
    pub(super) text: &'t str,
    /// The spaces before it.
    pub(super) spaces: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Word,
    Number,
    Open(Bracket),
    Close(Bracket),
    /// The quote that begins a string.
    Quote,
    EndQuote,
    /// `<<EOT`; the newline after it is a literal.
    Heredoc,
    /// The last line of a heredoc, without its newline.
    EndHeredoc,
    /// The literal text of a string or heredoc between its interpolations.
    Literal,
    Dot,
    Comma,
    Colon,
    Question,
    Ellipsis,
    Arrow,
    Equal,
    Bang,
    Minus,
    /// Every other operator.
    Operator,
    /// A comment after which the line goes on.
    Comment,
    /// A comment that ends its line.
    LineComment,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Bracket {
    Round,
    Square,
    Curly,
    /// `${` and `%{`, which `}` closes.
    Template,
}

impl Token<'_> {
    /// What it adds to the brackets that are open.
    pub(super) fn opens(&self) -> isize {
        match self.kind {
            Kind::Open(_) => 1,
            Kind::Close(_) => -1,
            _ => 0,
        }
    }

    /// Its width with the spaces before it, in characters.
    fn columns(&self) -> usize {
        self.spaces + self.text.graphemes(true).count()
    }
}

/// The brackets that tokens leave open.
pub(super) fn net(tokens: &[Token]) -> isize {
    tokens.iter().map(Token::opens).sum()
}

/// The width of tokens with the spaces before them.
pub(super) fn columns(tokens: &[Token]) -> usize {
    tokens.iter().map(Token::columns).sum()
}

/// A logical line; a heredoc is on one line.
#[derive(Clone, Debug)]
pub(super) struct Line<'t> {
    range: Range<usize>,
    /// The newline; none at the end of the text.
    pub(super) ending: &'t str,
}

/// The parts of a line that are aligned separately.
pub(super) struct Cells {
    pub(super) lead: Range<usize>,
    /// From the equals sign on, where what follows it is a whole expression.
    pub(super) assign: Range<usize>,
    /// The comment at the end.
    pub(super) comment: Range<usize>,
}

impl<'t> Line<'t> {
    pub(super) fn new(range: Range<usize>, ending: &'t str) -> Self {
        Self { range, ending }
    }

    /// The index of its first token.
    pub(super) fn start(&self) -> usize {
        self.range.start
    }

    pub(super) fn tokens<'s>(&self, tokens: &'s [Token<'t>]) -> &'s [Token<'t>] {
        tokens.get(self.range.clone()).unwrap_or_default()
    }

    /// The cells of the line, whose indices are those of all tokens.
    pub(super) fn cells(&self, tokens: &[Token]) -> Cells {
        let Range { start, end } = self.range;
        let inside = self.tokens(tokens);
        let has_comment = inside.len() > 1 && inside.last().is_some_and(|it| it.kind == Kind::LineComment);
        let comment = end - usize::from(has_comment);
        let sign = inside.iter().skip(1).position(|token| token.kind == Kind::Equal);
        let assign = sign.map(|sign| start + 1 + sign);
        let is_whole = |assign: &usize| net(tokens.get(*assign..comment).unwrap_or_default()) == 0;
        let assign = assign.filter(is_whole).unwrap_or(comment);
        Cells { lead: start..assign, assign: assign..comment, comment: comment..end }
    }
}
