//! JSON: an object or list that has a line break in it, or would end beyond a hundred columns, has each member on a line of
//! its own; any other stands on one line. Blank lines stay, at most one, and comments stand where they stood.

mod layout;
mod scan;

/// The text laid out.
pub(super) fn laid_out(text: &str, newline: &'static str) -> String {
    layout::written(&scan::scan(text), newline)
}
