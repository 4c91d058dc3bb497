//! Spaces between two tokens of a line.

use super::token::{Bracket, Kind, Line, Token};

/// Sets the spaces before every token but the first of its line.
pub(super) fn set(tokens: &mut [Token], lines: &[Line]) {
    for line in lines {
        let cells = line.cells(tokens);
        for cell in [cells.lead, cells.assign] {
            // Tokens of another cell are ignored: a minus after an equals sign is a sign.
            let mut before = None;
            for index in cell.clone().skip(1) {
                let Some([left, right]) = tokens.get_mut(index - 1..=index) else { continue };
                right.spaces = usize::from(is_apart(before, left, right.kind));
                before = Some(left.kind);
            }
        }
    }
}

/// Whether there is a space between `left`, which follows `before`, and `right`.
fn is_apart(before: Option<Kind>, left: &Token, right: Kind) -> bool {
    use Kind::{
        Bang, Close, Comma, Dot, Ellipsis, EndHeredoc, EndQuote, Heredoc, Literal, Minus, Number, Open,
        Quote, Word,
    };
    let is_in = left.text == "in" && before == Some(Word);
    match (left.kind, right) {
        // `1 .5` is read from a number, `x.0.5` goes on reading.
        (Number, Dot) => before != Some(Dot),
        (Word, Open(Bracket::Round)) | (Dot, _) | (_, Dot | Comma | Ellipsis) => false,
        (Comma, _) => true,
        (Literal | Quote | Heredoc, _) | (_, Literal | EndQuote | EndHeredoc) => false,
        (Word, _) if is_in => true,
        (Word | Number | Close(_), Open(Bracket::Square)) | (Bang, _) => false,
        (Minus, _) => ends_operand(before),
        (Open(Bracket::Curly), Close(Bracket::Curly)) => false,
        (Open(Bracket::Curly), _) | (_, Close(Bracket::Curly)) => true,
        (Open(Bracket::Template), Open(Bracket::Curly)) => true,
        (Close(Bracket::Curly), Close(Bracket::Template)) => true,
        (Close(Bracket::Template), Open(Bracket::Template)) => false,
        (Open(_), _) | (_, Close(_)) => false,
        _ => true,
    }
}

/// Whether a minus after this one subtracts; otherwise it negates what follows.
fn ends_operand(before: Option<Kind>) -> bool {
    use Kind::{Bang, Colon, Comma, Equal, Minus, Open, Operator, Question};
    match before {
        None => false,
        Some(kind) => !matches!(
            kind,
            Open(Bracket::Round | Bracket::Square | Bracket::Curly)
                | Equal
                | Colon
                | Comma
                | Question
                | Operator
                | Minus
                | Bang
        ),
    }
}
