//! The blocks of a large file are converted in parts, side by side.

use super::Header;
use super::convert::Converter;
use crate::document::{Document, Label};
use crate::syntax::side_by_side;
use jsonc_parser::ast::Value;
use jsonc_parser::common::Ranged;

/// A label with what it is given.
pub(super) type Member<'o, 't> = (Label, &'o Value<'t>);

impl Converter<'_> {
    pub(super) fn blocks_in_parts(
        &mut self,
        count: usize,
        header: &Header,
        members: &[Member],
        document: &mut Document,
    ) {
        match self.converted_in_parts(count, header, members) {
            Some(parts) => parts.into_iter().for_each(|part| document.append(part)),
            None => self.blocks(header, members, document),
        }
    }

    fn converted_in_parts(
        &mut self,
        count: usize,
        header: &Header,
        members: &[Member],
    ) -> Option<Vec<Document>> {
        if count < 2 || members.len() < count {
            return None;
        }
        let parts = members.chunks(members.len().div_ceil(count)).collect();
        let Converter { text, place, lossy, templates, .. } = *self;
        side_by_side::read(
            parts,
            self.names,
            |part| length(part),
            |part, names, findings| {
                let mut document = Document::default();
                Converter { text, place, lossy, templates, names, findings }.blocks(
                    header,
                    part,
                    &mut document,
                );
                document
            },
        )
    }

    fn blocks(&mut self, header: &Header, members: &[Member], document: &mut Document) {
        document.blocks.reserve(members.len());
        for (label, value) in members {
            let block = self.labelled_block(header.clone(), label.clone(), value);
            document.incomplete |= block.broken && self.is_replaced(block.span);
            document.blocks.push(block);
        }
    }
}

/// The bytes from the first to the last of neighbours.
fn length(members: &[Member]) -> usize {
    let start = members.first().map_or(0, |(_, value)| value.range().start);
    members.last().map_or(0, |(_, value)| value.range().end.saturating_sub(start))
}

#[cfg(test)]
mod tests {
    use super::super::{Place, STRICT};
    use super::*;
    use crate::document::Name;
    use crate::syntax::names::Names;
    use jsonc_parser::{CollectOptions, parse_to_ast};
    use schema::diagnostic::Findings;
    use schema::source::{FileId, Span};

    /// What `blocks`, the members of an object, are converted to, and what is found; in so many parts.
    fn converted(text: &str, count: usize, room: usize) -> (String, usize) {
        let (mut names, mut findings) = (Names::with_room(room, text.len()), Findings::new());
        let mut document = Document::default();
        let place = Place { file: FileId(0), shift: 0 };
        let parsed = parse_to_ast(text, &CollectOptions::default(), &STRICT).unwrap();
        let object = parsed.value.as_ref().and_then(Value::as_object).unwrap();
        let (lossy, templates) = (false, true);
        let mut converter =
            Converter { text, place, lossy, templates, names: &mut names, findings: &mut findings };
        let header = (Name::from("endpoint"), Span::new(FileId(0), 0, 0));
        let members = converter.members(&header.0, object);
        converter.blocks_in_parts(count, &header, &members, &mut document);
        (format!("{:?} {:?} {}", document.blocks, findings, document.incomplete), names.room())
    }

    #[track_caller]
    fn check(text: &str) {
        let whole = converted(text, 1, 1000);
        for count in 2..5 {
            assert_eq!(converted(text, count, 1000), whole, "in {count}");
        }
    }

    const BLOCKS: &str = r#"{
        "a": { "description": "${namespace.a.name}-x", "allowed_caller_namespaces": ["b", "c"] },
        "b": { "description": "plain" },
        "c": { "name": "${local.x}", "worker_target": { "namespace": "b", "task_queue": "q" } },
        "d": {}
    }"#;

    #[test]
    fn converts_the_same_in_parts() {
        check(BLOCKS);
        check("{}");
        check(r#"{ "a": {} }"#);
    }

    #[test]
    fn reports_the_same_in_parts() {
        check(&BLOCKS.replace("plain", "${"));
        check(&BLOCKS.replace("\"c\":", "\"a\":"));
        check(&BLOCKS.replace("{}", "3"));
    }

    #[test]
    fn holds_no_more_in_parts() {
        let (_, left) = converted(BLOCKS, 1, 1000);
        let used = 1000 - left;
        assert!(used > 2);
        for room in [used / 2 + 1, used, used + 1] {
            assert_eq!(converted(BLOCKS, 2, room), converted(BLOCKS, 1, room), "{room}");
        }
    }
}
