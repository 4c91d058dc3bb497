//! A page of Markdown with a most of bytes: rows are left out whole, the last first, and how many is said.

/// How many rows of a table are shown before the others are folded.
const SHOWN_MOST: usize = 10;

/// What is kept free for the ends of tables and for what is said of rows that are left out.
const RESERVE: usize = 400;

/// The page so far.
pub struct Page {
    text: String,
    most: usize,
    left_out: usize,
}

/// What opens a fold. Without an empty line behind it, Markdown in it is not read.
fn fold(summary: &str) -> String {
    format!("<details><summary>{summary}</summary>\n\n")
}

const FOLD_END: &str = "\n</details>\n";

impl Page {
    /// An empty page of at most so many bytes.
    #[must_use]
    pub fn new(most: usize) -> Self {
        Self { text: String::new(), most, left_out: 0 }
    }

    /// Adds a paragraph, with an empty line after it. One that does not fit is left out.
    pub fn paragraph(&mut self, text: &str) {
        if self.fits(text) {
            self.text += text;
            self.text += "\n\n";
        } else {
            self.left_out += 1;
        }
    }

    /// Adds a table under a title, if it has rows. The first rows are shown, the others folded.
    pub fn table(&mut self, title: &str, header: &[&str], rows: impl ExactSizeIterator<Item = Vec<String>>) {
        self.rows((&format!("#### {title}\n\n"), ""), SHOWN_MOST, header, rows);
    }

    /// Adds a folded table, if it has rows.
    pub fn folded(
        &mut self,
        summary: &str,
        header: &[&str],
        rows: impl ExactSizeIterator<Item = Vec<String>>,
    ) {
        self.rows((&fold(summary), FOLD_END), usize::MAX, header, rows);
    }

    fn rows(
        &mut self,
        (opening, closing): (&str, &str),
        shown: usize,
        header: &[&str],
        rows: impl ExactSizeIterator<Item = Vec<String>>,
    ) {
        let count = rows.len();
        if count == 0 {
            return;
        }
        let head = format!("| {} |\n|{}\n", header.join(" | "), "---|".repeat(header.len()));
        let mut written = 0;
        for cells in rows {
            let row = format!("| {} |\n", cells.join(" | "));
            let before = match written {
                0 => format!("{opening}{head}"),
                _ if written == shown => format!("\n{}{head}", fold(&format!("{} more", count - written))),
                _ => String::new(),
            };
            if !self.fits(&(before.clone() + &row)) {
                break;
            }
            self.text += &(before + &row);
            written += 1;
        }
        self.left_out += count - written;
        if written > 0 {
            self.text += if written > shown { FOLD_END } else { closing };
            self.text.push('\n');
        }
        if written > 0 && written < count {
            self.text += &format!("… and {} more rows, which are left out here.\n\n", count - written);
        }
    }

    fn fits(&self, text: &str) -> bool {
        self.text.len() + text.len() + RESERVE <= self.most
    }

    /// The page and the number of rows that were left out.
    #[must_use]
    pub fn finish(self) -> (String, usize) {
        (self.text.trim_end().to_owned() + "\n", self.left_out)
    }
}
