//! Source text and positions in it. Spans are 12 bytes; lines and columns are worked out only when they are shown.

use std::ops::Range;
use std::sync::{Arc, OnceLock};

/// One file of a document, by its index in [`Sources`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FileId(pub u32);

/// A stretch of a source file, in bytes from its start, end exclusive.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    /// The file.
    pub file: FileId,
    /// The first byte.
    pub start: u32,
    /// One past the last byte.
    pub end: u32,
}

impl Span {
    /// The span of `start..end` in `file`.
    #[must_use]
    pub fn new(file: FileId, start: u32, end: u32) -> Self {
        Self { file, start, end }
    }

    /// The smallest span that holds this one and `other`, which lies in the same file.
    #[must_use]
    pub fn to(self, other: Self) -> Self {
        Self { file: self.file, start: self.start.min(other.start), end: self.end.max(other.end) }
    }

    /// The bytes as a range that indexes the file's text.
    #[must_use]
    pub fn range(self) -> Range<usize> {
        self.start as usize..self.end as usize
    }
}

/// A place as people read it: line and column from 1, columns counting characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// The line, from 1.
    pub line: u32,
    /// The column, from 1, in characters.
    pub column: u32,
}

/// One file that was read: the path as the user named it, its path in the policy, and its text, which copies share.
#[derive(Clone, Debug)]
pub struct SourceFile {
    path: String,
    in_policy: Option<String>,
    text: Arc<String>,
    index: OnceLock<Index>,
}

/// Where lines start, and how many characters there are before each stretch of the text, so that places in a file of one
/// long line are found as fast as in any other.
#[derive(Clone, Debug)]
struct Index {
    line_starts: Vec<u32>,
    characters: Vec<u32>,
}

/// The bytes of a stretch whose characters are counted together.
const STRETCH: usize = 1 << 10;

impl Index {
    fn of(text: &str) -> Self {
        let starts = text.match_indices('\n').map(|(at, _)| offset(at) + 1);
        let line_starts = std::iter::once(0).chain(starts).collect();
        let mut characters = vec![0];
        let mut count = 0;
        for stretch in text.as_bytes().chunks(STRETCH) {
            count += begun(stretch);
            characters.push(count);
        }
        Self { line_starts, characters }
    }

    /// The characters that begin before a byte.
    fn characters_before(&self, byte: usize, text: &str) -> u32 {
        let stretch = byte / STRETCH;
        let rest = text.as_bytes().get(stretch * STRETCH..byte).unwrap_or_default();
        self.characters.get(stretch).copied().unwrap_or(0) + begun(rest)
    }
}

/// The characters that begin in these bytes: all bytes but those that continue one.
fn begun(bytes: &[u8]) -> u32 {
    offset(bytes.iter().filter(|byte| (**byte & 0b1100_0000) != 0b1000_0000).count())
}

impl SourceFile {
    /// A file. The text is at most 4 GiB: the loader refuses far smaller ones.
    #[must_use]
    pub fn new(path: String, text: String) -> Self {
        Self { path, in_policy: None, text: Arc::new(text), index: OnceLock::new() }
    }

    fn index(&self) -> &Index {
        self.index.get_or_init(|| Index::of(&self.text))
    }

    /// The path as the user named it.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The path in the policy, with `/`: the same from every folder and however the policy is named.
    #[must_use]
    pub fn path_in_policy(&self) -> &str {
        self.in_policy.as_deref().unwrap_or(&self.path)
    }

    /// The whole text.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Line and column of a byte offset; an offset beyond the text is its end.
    #[must_use]
    pub fn place(&self, byte: u32) -> Place {
        let byte = byte.min(offset(self.text.len()));
        let index = self.index();
        let line = index.line_starts.partition_point(|start| *start <= byte).max(1);
        let start = index.line_starts.get(line - 1).copied().unwrap_or(0);
        let mark = offset(self.mark());
        let (start, byte) = (start.max(mark), byte.max(mark));
        let before = |byte: u32| index.characters_before(byte as usize, &self.text);
        Place { line: offset(line), column: before(byte).saturating_sub(before(start)) + 1 }
    }

    /// The bytes of a byte order mark, which is no column.
    fn mark(&self) -> usize {
        if self.text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 }
    }

    /// The bytes of a line, counted from 1, with its newline and without a byte order mark; empty when there is no such line.
    #[must_use]
    pub fn line_range(&self, line: u32) -> Range<usize> {
        let (starts, index) = (&self.index().line_starts, line.saturating_sub(1) as usize);
        let Some(start) = starts.get(index) else { return self.text.len()..self.text.len() };
        let end = starts.get(index + 1).map_or(self.text.len(), |next| *next as usize);
        (*start as usize).max(self.mark()).min(end)..end
    }
}

/// All files of a document, in the order in which they were added.
#[derive(Clone, Debug, Default)]
pub struct Sources {
    files: Vec<SourceFile>,
}

impl Sources {
    /// Adds a file and gives the id that its spans carry.
    pub fn add(&mut self, path: impl Into<String>, text: impl Into<String>) -> FileId {
        let id = self.next_id();
        self.files.push(SourceFile::new(path.into(), text.into()));
        id
    }

    /// Adds a file of a policy with its path in there.
    pub fn add_of_policy(&mut self, path: String, in_policy: String, text: String) -> FileId {
        let id = self.next_id();
        let in_policy = Some(in_policy).filter(|in_policy| *in_policy != path);
        self.files.push(SourceFile { in_policy, ..SourceFile::new(path, text) });
        id
    }

    /// The id that the next file will have.
    #[must_use]
    pub fn next_id(&self) -> FileId {
        FileId(offset(self.files.len()))
    }

    /// The file of an id that this value gave out.
    #[must_use]
    pub fn get(&self, id: FileId) -> Option<&SourceFile> {
        self.files.get(id.0 as usize)
    }

    /// Every file with its id.
    pub fn iter(&self) -> impl Iterator<Item = (FileId, &SourceFile)> {
        self.files.iter().enumerate().map(|(index, file)| (FileId(offset(index)), file))
    }

    /// The text under a span; empty where the span does not fit the file.
    #[must_use]
    pub fn text(&self, span: Span) -> &str {
        self.get(span.file).and_then(|file| file.text().get(span.range())).unwrap_or_default()
    }
}

fn offset(value: usize) -> u32 {
    u32::try_from(value).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_byte_order_mark_is_no_column() {
        let mut sources = Sources::default();
        let file = sources.add("a", "\u{feff}ab\nc");
        let file = sources.get(file).unwrap();
        assert_eq!(file.place(0), Place { line: 1, column: 1 });
        assert_eq!(file.place(4), Place { line: 1, column: 2 });
        assert_eq!(file.place(6), Place { line: 2, column: 1 });
        assert_eq!(file.line_range(1), 3..6);
        assert_eq!(file.line_range(2), 6..7);
    }

    #[test]
    fn columns_count_characters_from_one() {
        let file = SourceFile::new("a".into(), "x = \"ü\" y\nz".into());
        assert_eq!(file.place(0), Place { line: 1, column: 1 });
        assert_eq!(file.place(9), Place { line: 1, column: 9 });
        assert_eq!(file.place(11), Place { line: 2, column: 1 });
        assert_eq!(file.place(99), Place { line: 2, column: 2 });
    }

    #[test]
    fn columns_of_a_long_line_count_characters_too() {
        let text = format!("{}\n{}", "ü".repeat(1500), "aü€😀".repeat(1031) + "12");
        assert_eq!(text.len() % STRETCH, 1);
        let file = SourceFile::new("a".into(), text.clone());
        let mut place = Place { line: 1, column: 1 };
        for (at, letter) in text.char_indices() {
            assert_eq!(file.place(offset(at)), place);
            place = match letter {
                '\n' => Place { line: place.line + 1, column: 1 },
                _ => Place { column: place.column + 1, ..place },
            };
        }
        assert_eq!(file.place(offset(text.len())), place);
    }
}
