//! The blocks of a large file are parsed and converted one by one, in parts that are read side by side: nobody needs the
//! tree of a whole policy.

use super::convert::Converter;
use super::outline::{Outlined, outline};
use super::{Place, STRICT};
use crate::diagnostic::Findings;
use crate::syntax::document::{Block, Document, Label};
use crate::syntax::names::Names;
use crate::syntax::side_by_side;
use jsonc_parser::ast::Value;
use jsonc_parser::{CollectOptions, parse_to_ast};
use std::mem::take;
use std::ops::Range;

/// The parts of a file without comments, in order; `None` for one that has to be read as a whole.
pub(super) fn parse(text: &str, place: Place, names: &mut Names) -> Option<Vec<Document>> {
    let json = text.get(place.shift..)?;
    parse_in(side_by_side::parts(json.len()), text, place, names)
}

fn parse_in(count: usize, text: &str, place: Place, names: &mut Names) -> Option<Vec<Document>> {
    let json = text.get(place.shift..)?;
    let enough = json.len() / count;
    let cut = |give: &mut dyn FnMut(Vec<Outlined>)| {
        let mut part = Vec::new();
        outline(json, |block| {
            part.push(block);
            if length(&part) >= enough {
                give(take(&mut part));
            }
        })?;
        give(part);
        Some(())
    };
    let read = |part: Vec<Outlined>, names: &mut Names, findings: &mut Findings| {
        let mut document = Document::default();
        document.blocks.reserve(part.len());
        for outlined in part {
            document.blocks.push(block(&outlined, text, place, names, findings)?);
        }
        Some(document)
    };
    side_by_side::read(json.len(), names, cut, read)?.into_iter().collect()
}

/// One block; `None` where its body is not right.
fn block(
    outlined: &Outlined,
    text: &str,
    place: Place,
    names: &mut Names,
    findings: &mut Findings,
) -> Option<Block> {
    let at = |range: &Range<usize>| range.start + place.shift..range.end + place.shift;
    let (kind, body) = (at(&outlined.kind), at(&outlined.body));
    let quoted = |range: &Range<usize>| place.span(range.start - 1, range.end + 1);
    let parsed = parse_to_ast(text.get(body.clone())?, &CollectOptions::default(), &STRICT).ok()?;
    let Some(Value::Object(object)) = &parsed.value else { return None };
    let header = (names.name(text.get(kind)?), quoted(&outlined.kind));
    let label = match &outlined.label {
        Some(label) => Some(Label { text: names.name(text.get(at(label))?), span: quoted(label) }),
        None => None,
    };
    let place = Place { shift: body.start, ..place };
    Some(
        Converter { text, place, lossy: false, templates: true, names, findings }
            .block(header, label, object),
    )
}

/// The bytes from the first to the last of neighbours.
fn length(part: &[Outlined]) -> usize {
    let start = part.first().map_or(0, |first| first.body.start);
    part.last().map_or(0, |last| last.body.end - start)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::source::FileId;
    use proptest::prelude::*;
    use proptest::sample::Index;

    const BLOCKS: &str = r#"{
      "account": { "id": "a2dd6" },
      "locals": { "x": { "y": ["}", "\"{", 1.5] } },
      "namespace": {
        "a": { "tags": { "k": "${local.x.y[0]}-x" } },
        "b": {}
      },
      "endpoint": {
        "c": { "description": "${namespace.a.name}-x", "allowed_caller_namespaces": ["b", "c"] },
        "d": { "description": "plain", },
        "e": { "name": "${local.x}", "worker_target": { "namespace": "b", "task_queue": "q" } }
      }
    }"#;

    /// What a text is read to, and what of the room for names is left.
    fn shown(document: &Document, names: &Names) -> String {
        format!("{:?} {}", document.blocks, names.room())
    }

    fn in_parts(count: usize, text: &str, room: usize) -> Option<String> {
        let mut names = Names::with_room(room, text.len());
        let place = Place { file: FileId(0), shift: 0 };
        let parts = parse_in(count, text, place, &mut names)?;
        let mut document = Document::default();
        document.append(parts);
        Some(shown(&document, &names))
    }

    fn whole(text: &str, room: usize) -> (String, Findings) {
        let (mut names, mut findings) = (Names::with_room(room, text.len()), Findings::new());
        let (mut document, place) = (Document::default(), Place { file: FileId(0), shift: 0 });
        let parsed = parse_to_ast(text, &CollectOptions::default(), &STRICT).unwrap();
        let names_used = &mut names;
        let mut converter = Converter {
            text,
            place,
            lossy: false,
            templates: true,
            names: names_used,
            findings: &mut findings,
        };
        converter.root(parsed.value.as_ref(), &mut document);
        assert!(!document.incomplete);
        (shown(&document, &names), findings)
    }

    #[test]
    fn reads_the_same_in_parts() {
        for count in 1..6 {
            assert_eq!(in_parts(count, BLOCKS, 1000).unwrap(), whole(BLOCKS, 1000).0, "in {count}");
        }
    }

    #[test]
    fn several_threads_read_the_same() {
        let more: String = (0..20_000)
            .map(|number| format!("\"n-{number}\": {{ \"tags\": {{ \"number\": \"{number}\" }} }},\n"))
            .collect();
        let text = BLOCKS.replacen("\"b\": {}", &format!("{more}\"b\": {{}}"), 1);
        assert!(
            side_by_side::parts(text.len()) > 1 || std::thread::available_parallelism().unwrap().get() == 1
        );
        assert_eq!(in_parts(8, &text, 100_000).unwrap(), whole(&text, 100_000).0);
    }

    #[test]
    fn reads_as_a_whole_what_is_at_fault() {
        for (part, other) in
            [("plain", "${"), ("1.5", "01"), ("{}", "3"), ("\"x\":", "x:"), ("1.5", "\"\n\"")]
        {
            let text = BLOCKS.replacen(part, other, 1);
            assert_ne!(text, BLOCKS);
            assert_eq!(in_parts(2, &text, 1000), None, "{text}");
        }
    }

    #[test]
    fn holds_no_more_in_parts() {
        let mut names = Names::with_room(1000, 0);
        parse_in(1, BLOCKS, Place { file: FileId(0), shift: 0 }, &mut names).unwrap();
        let used = 1000 - names.room();
        assert!(used > 2);
        for room in [used / 2 + 1, used] {
            assert_eq!(in_parts(2, BLOCKS, room), None, "{room}");
        }
        assert_eq!(in_parts(2, BLOCKS, used + 1).unwrap(), whole(BLOCKS, used + 1).0);
    }

    proptest! {
        /// Whatever is done to a policy: what is read in parts is what is read as a whole.
        #[test]
        fn reads_the_same_whatever_it_holds(
            edits in prop::collection::vec((any::<Index>(), 0..3_usize, "[{}\\[\\]\",:\\\\ /*\n$a1-]{0,3}"), 1..4),
            count in 1..4_usize,
        ) {
            let mut text = BLOCKS.to_owned();
            for (at, removed, added) in edits {
                let start = at.index(text.len());
                let end = (start + removed).min(text.len());
                text.replace_range(start..end, &added);
            }
            if super::super::lexical::comments(&text).is_empty()
                && let Some(found) = in_parts(count, &text, 1000)
            {
                let (read, findings) = whole(&text, 1000);
                prop_assert!(findings.is_empty(), "{findings:?}");
                prop_assert_eq!(found, read);
            }
        }
    }
}
