//! Formats HCL line by line: keeps line breaks, collapses blank lines, and sets the spaces in each line.

mod align;
mod indent;
mod scan;
mod space;
mod token;

use token::{Line, Token};

/// The formatted text.
pub(super) fn laid_out(text: &str, newline: &str) -> String {
    let (mut tokens, lines) = scan::scan(text);
    space::set(&mut tokens, &lines);
    indent::set(&mut tokens, &lines);
    align::set(&mut tokens, &lines);
    let mut out = written(&tokens, &lines, text.len());
    if !out.is_empty() && !out.ends_with('\n') {
        out.push_str(newline);
    }
    out
}

fn written(tokens: &[Token], lines: &[Line], length: usize) -> String {
    let mut out = String::with_capacity(length + length / 8);
    let mut blank = None;
    for line in lines {
        let inside = line.tokens(tokens);
        if inside.is_empty() {
            blank = Some(line.ending).filter(|_| !out.is_empty());
            continue;
        }
        out.push_str(blank.take().unwrap_or_default());
        for token in inside {
            out.extend(std::iter::repeat_n(' ', token.spaces));
            out.push_str(token.text);
        }
        out.push_str(line.ending);
    }
    out
}
