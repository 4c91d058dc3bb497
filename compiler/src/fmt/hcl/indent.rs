//! Indentation: two spaces for each line that leaves brackets open, however many, until they are closed.

use super::token::{Line, Token, net};

/// Sets the spaces before the first token of each line.
pub(super) fn set(tokens: &mut [Token], lines: &[Line]) {
    // How many brackets are open, for each line that opened some.
    let mut open: Vec<isize> = Vec::new();
    for line in lines {
        let inside = line.tokens(tokens);
        if inside.is_empty() {
            continue;
        }
        let change = net(inside);
        if change < 0 {
            close(&mut open, -change);
        }
        let spaces = 2 * open.len();
        if change > 0 {
            open.push(change);
        }
        if let Some(first) = tokens.get_mut(line.start()) {
            first.spaces = spaces;
        }
    }
}

/// Closes so many brackets, the innermost first.
fn close(open: &mut Vec<isize>, mut count: isize) {
    while let Some(last) = open.last_mut().filter(|_| count > 0) {
        let closed = count.min(*last);
        *last -= closed;
        count -= closed;
        if *last == 0 {
            open.pop();
        }
    }
}
