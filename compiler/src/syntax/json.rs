//! The JSON front end: the same blocks and expressions as HCL, from `{"namespace": {"payments-prod": {…}}}`.
//! Comments and trailing commas are the only extensions to JSON. A syntax error invalidates the file.

mod convert;
mod error;
mod lexical;

use super::names::{MOST, Names};
use super::{Input, is_block_word, is_unlabelled};
use crate::syntax::document::{Attribute, Block, Comment, Document, Label, Name};
pub(super) use lexical::string_end;

use crate::diagnostic::source::{FileId, Span};
use crate::diagnostic::{Finding, Findings, SYNTAX, TOO_LARGE, UNKNOWN_BLOCK, WRONG_TYPE};
use crate::language::block::{BLOCKS, BlockKind, quoted};
use crate::language::suggest;
use convert::{Converter, is_comment};
use jsonc_parser::ast::{Object, ObjectProp, Value};
use jsonc_parser::{CollectOptions, ParseOptions, parse_to_ast};

/// Parses a file into `document`.
pub(super) fn parse(input: Input, names: &mut Names, document: &mut Document, findings: &mut Findings) {
    let Input { file, text, lossy } = input;
    let place = Place::of(file, text);
    let json = text.get(place.shift..).unwrap_or_default();
    if !names.make_room(lexical::most_items(json)) {
        document.incomplete = true;
        let message = format!("the policy has more than {MOST} values and comments");
        findings.push(Finding::new(&TOO_LARGE, place.span(0, 0), message));
        return;
    }
    let comments = lexical::comments(json);
    document
        .comments
        .extend(comments.iter().map(|range| Comment { span: place.span(range.start, range.end) }));
    let mut converter = Converter { text, place, lossy, templates: true, names, findings };
    if let Some(at) = lexical::form_feed(json) {
        document.incomplete = true;
        if !lossy {
            converter.findings.push(error::form_feed(place.span(at, at + 1)));
        }
        return;
    }
    match parse_to_ast(json, &CollectOptions::default(), &STRICT) {
        Ok(parsed) => converter.root(parsed.value.as_ref(), document),
        Err(error) => {
            document.incomplete = true;
            if !lossy {
                let open_string = lexical::scan(json).open_string;
                converter.findings.push(error::finding(&error, json, open_string, place));
            }
        }
    }
}

/// Parses an object of values, whose strings are not templates.
pub(super) fn parse_values(
    file: FileId,
    text: &str,
    names: &mut Names,
    findings: &mut Findings,
) -> Vec<Attribute> {
    let place = Place::of(file, text);
    let json = text.get(place.shift..).unwrap_or_default();
    if let Some(at) = lexical::form_feed(json) {
        findings.push(error::form_feed(place.span(at, at + 1)));
        return Vec::new();
    }
    let parsed = match parse_to_ast(json, &CollectOptions::default(), &STRICT) {
        Ok(parsed) => parsed,
        Err(error) => {
            let lexical = lexical::scan(json);
            findings.push(error::finding(&error, json, lexical.open_string, place));
            return Vec::new();
        }
    };
    let mut converter = Converter { text, place, lossy: false, templates: false, names, findings };
    let Some(Value::Object(object)) = parsed.value.as_ref() else {
        let span = parsed.value.as_ref().map_or(place.span(0, 0), |value| converter.value_span(value));
        let finding = Finding::new(&SYNTAX, span, "JSON values must be an object");
        converter.findings.push(finding.help("write `{\"name\": …}`"));
        return Vec::new();
    };
    converter.attributes(object).unwrap_or_else(|finding| {
        converter.findings.push(*finding);
        Vec::new()
    })
}

/// Allows comments and trailing commas, and no other extension.
pub const STRICT: ParseOptions = ParseOptions {
    allow_comments: true,
    allow_loose_object_property_names: false,
    allow_trailing_commas: true,
    allow_missing_commas: false,
    allow_single_quoted_strings: false,
    allow_hexadecimal_numbers: false,
    allow_unary_plus_numbers: false,
    allow_bare_decimal_point_numbers: false,
    allow_non_finite_numbers: false,
    allow_extended_string_escapes: false,
};

/// Maps offsets of the parser, which skips a byte order mark, to the file.
#[derive(Clone, Copy)]
struct Place {
    file: FileId,
    shift: usize,
}

impl Place {
    fn of(file: FileId, text: &str) -> Self {
        Self { file, shift: if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 } }
    }

    fn span(self, start: usize, end: usize) -> Span {
        let offset = |at: usize| u32::try_from(at + self.shift).unwrap_or(u32::MAX);
        Span::new(self.file, offset(start), offset(end))
    }
}

/// The kind of a block and its location.
type Header = (Name, Span);

impl Converter<'_> {
    fn root(&mut self, value: Option<&Value<'_>>, document: &mut Document) {
        let Some(Value::Object(root)) = value else {
            document.incomplete = true;
            let span = value.map_or(self.place.span(0, 0), |value| self.value_span(value));
            let finding = Finding::new(&SYNTAX, span, "a policy in JSON must be an object");
            self.findings.push(finding.help("write `{\"namespace\": {\"LABEL\": {…}}}`"));
            return;
        };
        let mut seen = super::Seen::default();
        for property in root.properties.iter().filter(|property| !is_comment(&property.name)) {
            let header @ (kind, kind_span) = &self.key(&property.name);
            if let Err(finding) = self.refuse_control_characters(*kind_span) {
                document.incomplete = true;
                self.findings.push(*finding);
                continue;
            }
            if let Some(first) = seen.given(kind, *kind_span) {
                self.findings.push(super::duplicate_name("key", kind, *kind_span, first));
            }
            // Blocks of a duplicate key still declare their names.
            self.kind(header, &property.value, document);
        }
    }

    /// All blocks of one kind.
    fn kind(&mut self, header: &Header, value: &Value<'_>, document: &mut Document) {
        let (kind, _) = header;
        let Value::Object(object) = value else {
            if !is_block_word(kind) {
                self.findings.push(not_a_block(header));
                return;
            }
            // An `account` that could not be read is not also missing.
            document.incomplete |= !is_unlabelled(kind) || &**kind == BlockKind::Account.name();
            let message = format!("`{kind}` must be an object, not {}", kind_of(value));
            let help = if is_unlabelled(kind) {
                format!("write `\"{kind}\": {{…}}`")
            } else {
                format!("write `{}`", shape(kind))
            };
            let span = self.value_span(value);
            self.findings.push(Finding::new(&WRONG_TYPE, span, message).help(help));
            return;
        };
        if !is_labelled(kind, object) {
            let block = self.block(header.clone(), None, object);
            document.blocks.push(block);
            return;
        }
        document.blocks.reserve(object.properties.len());
        let members = || object.properties.iter().filter(|member| !is_comment(&member.name));
        if labels_of(kind) == 2 {
            for member in members() {
                self.second_labels(header, member, document);
            }
            return;
        }
        for member in members() {
            let (text, span) = self.key(&member.name);
            let block = self.labelled_block(header.clone(), Label { text, span }, &member.value);
            document.incomplete |= block.broken && self.is_replaced(block.span);
            document.blocks.push(block);
        }
    }

    /// The blocks of a kind with two labels that share the first.
    fn second_labels(&mut self, header: &Header, member: &ObjectProp<'_>, document: &mut Document) {
        let (text, span) = self.key(&member.name);
        let first = Label { text, span };
        let Value::Object(object) = &member.value else {
            let (kind, span) = (&header.0, self.value_span(&member.value));
            let message =
                format!("`{kind} \"{}\"` must be an object, not {}", first.text, kind_of(&member.value));
            let help = format!("write `{}`", shape(kind));
            self.findings.push(Finding::new(&WRONG_TYPE, span, message).help(help));
            document.blocks.push(Block { broken: true, ..empty_block(header.clone(), Some(first), span) });
            return;
        };
        for member in object.properties.iter().filter(|member| !is_comment(&member.name)) {
            let (text, span) = self.key(&member.name);
            let block = self.labelled_block(header.clone(), Label { text, span }, &member.value);
            document.incomplete |= block.broken && self.is_replaced(block.span);
            document.blocks.push(Block {
                extra_labels: block.label.into_iter().collect(),
                label: Some(first.clone()),
                ..block
            });
        }
    }

    fn labelled_block(&mut self, header: Header, label: Label, value: &Value<'_>) -> Block {
        if let Value::Object(body) = value {
            return self.block(header, Some(label), body);
        }
        let span = self.value_span(value);
        let message = format!(
            "`{} \"{}\"` must be an object of attributes, not {}",
            header.0,
            label.text,
            kind_of(value)
        );
        self.findings.push(Finding::new(&WRONG_TYPE, span, message));
        Block { broken: true, ..empty_block(header, Some(label), span) }
    }

    fn block(&mut self, header: Header, label: Option<Label>, body: &Object<'_>) -> Block {
        let span = self.place.span(body.range.start, body.range.end);
        let named = label.as_ref().map_or(Ok(()), |label| self.refuse_control_characters(label.span));
        let mut block = empty_block(header, label, span);
        let reported = self.findings.len();
        match named.and_then(|()| self.attributes(body)) {
            Ok(attributes) => {
                block.attributes = attributes;
                block.broken = self.is_replaced(block.body) || self.is_replaced(block.span);
            }
            Err(finding) => {
                self.findings.truncate(reported);
                self.findings.push(*finding);
                block.attributes = self.plain_name(body).into_iter().collect();
                block.broken = true;
            }
        }
        block
    }
}

fn empty_block(header: Header, label: Option<Label>, body: Span) -> Block {
    let (kind, kind_span) = header;
    Block {
        kind,
        kind_span,
        span: label.as_ref().map_or(kind_span, |label| label.span),
        label,
        extra_labels: Vec::new(),
        attributes: Vec::new(),
        blocks: Vec::new(),
        body,
        broken: false,
    }
}

/// The finding for a key that is no block and has no object.
fn not_a_block((kind, span): &Header) -> Finding {
    let finding = Finding::new(&UNKNOWN_BLOCK, *span, format!("there is no block `{kind}`"));
    let known = BLOCKS.iter().map(|known| known.kind.name());
    if kind.starts_with("//") || kind.starts_with('#') {
        return finding.help("write comments as `// …` or `/* … */`, outside of strings");
    }
    match suggest::closest(kind, known.clone()) {
        Some(close) => finding.help(format!("did you mean `{close}`?")),
        None => finding
            .help(format!("blocks are {}", quoted(&known.collect::<Vec<_>>()).replace(" or ", " and "))),
    }
}

/// Whether the members of the object are labels. A block of an unknown kind has labels if all its members are objects.
fn is_labelled(kind: &str, object: &Object<'_>) -> bool {
    if is_unlabelled(kind) {
        return false;
    }
    let all_objects = || object.properties.iter().all(|member| matches!(member.value, Value::Object(_)));
    is_block_word(kind) || (!object.properties.is_empty() && all_objects())
}

/// The number of labels of a kind of block; 0 for an unknown one.
fn labels_of(kind: &str) -> usize {
    BlockKind::from_name(kind).map_or(0, |kind| kind.labels().len())
}

/// What blocks of a kind with labels look like.
fn shape(kind: &str) -> String {
    let labels = BlockKind::from_name(kind).map_or::<&[_], _>(&["LABEL"], BlockKind::labels);
    let inner =
        labels.iter().rev().fold("{…}".to_owned(), |inner, label| format!("{{\"{label}\": {inner}}}"));
    format!("\"{kind}\": {inner}")
}

fn kind_of(value: &Value<'_>) -> &'static str {
    match value {
        Value::StringLit(_) => "a string",
        Value::NumberLit(_) => "a number",
        Value::BooleanLit(_) => "a bool",
        Value::Object(_) => "an object",
        Value::Array(_) => "a list",
        Value::NullKeyword(_) => "null",
    }
}
