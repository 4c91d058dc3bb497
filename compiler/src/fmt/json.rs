//! Formats JSON: an object or list with a line break in it, or one that would exceed 100 columns, has each member on its own
//! line; any other is on one line. Collapses blank lines and keeps comments in place.

mod layout;
mod scan;

/// The formatted text.
pub(super) fn laid_out(text: &str, newline: &'static str) -> String {
    layout::written(&scan::scan(text), newline)
}
