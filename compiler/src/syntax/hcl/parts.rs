//! A large file is read in parts, side by side. It is cut where a line seems to open a block; whether nothing was open
//! there, is known once the part before is read.

use super::recovery::is_header;
use crate::syntax::document::Document;
use crate::syntax::names::Names;
use crate::syntax::{Input, side_by_side};
use std::ops::Range;

/// The parts of a file, in order; `None` for a file that has to be read as a whole.
pub(super) fn parse(input: Input, names: &mut Names) -> Option<Vec<Document>> {
    parse_in(side_by_side::parts(input.text.len()), input, names)
}

fn parse_in(count: usize, input: Input, names: &mut Names) -> Option<Vec<Document>> {
    let parts = cut(input.text, count);
    if parts.len() < 2 {
        return None;
    }
    let cut = |give: &mut dyn FnMut(_)| {
        parts.into_iter().for_each(give);
        Some(())
    };
    side_by_side::read(input.text.len(), names, cut, |part: Range<usize>, names, findings| {
        let mut document = Document::default();
        let until = Input { text: input.text.get(..part.end).unwrap_or_default(), ..input };
        super::parse_part(part.start, until, names, &mut document, findings);
        document
    })
}

/// Cuts a text into so many parts of about the same length, or fewer, each but the first of which begins with a block.
fn cut(text: &str, count: usize) -> Vec<Range<usize>> {
    let length = text.len() / count;
    let cut = |number| block_in(text, length * number, length * (number + 1));
    let mut cuts = vec![0];
    cuts.extend((1..count).filter_map(cut));
    cuts.push(text.len());
    cuts.dedup();
    cuts.iter().zip(cuts.iter().skip(1)).map(|(start, end)| *start..*end).collect()
}

/// Where the first line between two places begins that seems to open a block.
fn block_in(text: &str, from: usize, to: usize) -> Option<usize> {
    let bytes = text.as_bytes();
    let newline = bytes.get(from..)?.iter().position(|byte| *byte == b'\n')?;
    let mut start = from + newline + 1;
    while start < to {
        let rest = text.get(start..)?;
        if is_header(rest) {
            return Some(start);
        }
        start += rest.find('\n')? + 1;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::Findings;
    use crate::diagnostic::source::FileId;

    fn input(text: &str) -> Input<'_> {
        Input { file: FileId(0), text, lossy: false }
    }

    #[track_caller]
    fn check(text: &str, parts: usize) {
        let shown = |document: &Document| format!("{:?} {:?}", document.blocks, document.comments);
        let (mut whole, mut findings) = (Document::default(), Findings::new());
        let mut names = Names::of(text.len());
        super::super::parse_part(0, input(text), &mut names, &mut whole, &mut findings);
        for count in 2..6 {
            let mut others = Names::of(text.len());
            let found = parse_in(count, input(text), &mut others);
            assert_eq!(found.as_ref().map_or(1, Vec::len).min(2), parts, "in {count}");
            let Some(found) = found else { continue };
            let mut together = Document::default();
            together.append(found);
            assert_eq!(shown(&together), shown(&whole));
            assert_eq!(others.room(), names.room());
        }
    }

    const BLOCKS: &str = "namespace \"a\" {\n  regions = [\"aws-us-east-1\"] # here\n}\n\n\
        // An Endpoint.\nendpoint \"b\" {\n  worker_target = { namespace = namespace.a, task_queue = \"q\" }\n}\n\
        endpoint c {\n  allowed_caller_namespaces = [namespace.a,\n  namespace.b]\n}\n/* done */\nlocals {\n  x = 1\n}\n";

    #[test]
    fn reads_the_same_in_parts() {
        check(&BLOCKS.repeat(3), 2);
        check(&format!("\u{feff}{BLOCKS}"), 2);
        check(&BLOCKS.replace('\n', "\r\n"), 2);
    }

    #[test]
    fn several_threads_read_the_same() {
        check(&BLOCKS.repeat((600 << 10) / BLOCKS.len()), 2);
    }

    #[test]
    fn reads_as_a_whole_what_is_open_where_it_would_be_cut() {
        let inside = BLOCKS.repeat(2);
        check(&format!("/*\n{inside}*/\n"), 1);
        check(&format!("locals {{\n  text = <<EOT\n{inside}EOT\n}}\n"), 1);
        check(&format!("locals {{\n  list = [\n{inside}"), 1);
    }

    #[test]
    fn reads_as_a_whole_what_has_no_second_block() {
        check(&format!("locals {{\n{}}}\n", "  # nothing\n".repeat(20)), 1);
        check(&"é".repeat(40), 1);
    }

    #[test]
    fn reads_as_a_whole_what_is_at_fault() {
        check(&format!("{BLOCKS}endpoint \"d\" {{\n  description = \n}}\n{BLOCKS}"), 1);
    }

    #[test]
    fn reads_as_a_whole_what_holds_too_much() {
        let mut names = Names::with_room(20, 0);
        assert!(parse_in(2, input(BLOCKS), &mut names).is_none());
        assert_eq!(names.room(), 20);
    }
}
