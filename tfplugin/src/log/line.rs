//! One line of log, in go-hclog's JSON form.

use serde_json::{Map, Value as Json};
use time::OffsetDateTime;
use time::format_description::BorrowedFormatItem;
use time::macros::format_description;
use tracing::{Level, Metadata};

use super::fields::Fields;

/// go-plugin takes a longer line apart.
const MAX_LINE: usize = 60 << 10;
/// A text longer than this is cut, so that few fields of it fit a line.
const MAX_TEXT: usize = 4 << 10;
/// Exactly six digits after the second.
const TIMESTAMP: &[BorrowedFormatItem<'_>] =
    format_description!("[year]-[month]-[day]T[hour]:[minute]:[second].[subsecond digits:6]Z");

/// The line, its newline included.
pub(super) fn line(metadata: &Metadata<'_>, mut fields: Fields, now: OffsetDateTime) -> String {
    let mut line = Map::new();
    line.insert("@level".to_owned(), level(metadata.level()).into());
    line.insert("@message".to_owned(), cut(fields.take_message()).into());
    line.insert("@module".to_owned(), metadata.target().into());
    line.insert("@timestamp".to_owned(), now.format(TIMESTAMP).unwrap_or_default().into());
    let mut room = MAX_LINE.saturating_sub(text(&line).len());
    for (name, value) in fields.into_entries() {
        let value = short(value);
        // The quoted name, a colon and a comma.
        let size = value.to_string().len() + name.len() + 4;
        if size <= room {
            room -= size;
            line.insert(name, value);
        }
    }
    text(&line) + "\n"
}

fn level(level: &Level) -> &'static str {
    match *level {
        Level::TRACE => "trace",
        Level::DEBUG => "debug",
        Level::INFO => "info",
        Level::WARN => "warn",
        Level::ERROR => "error",
    }
}

fn short(value: Json) -> Json {
    if let Json::String(text) = value { cut(text).into() } else { value }
}

fn cut(mut text: String) -> String {
    if text.len() > MAX_TEXT {
        let end = (0..=MAX_TEXT).rev().find(|end| text.is_char_boundary(*end));
        text.truncate(end.unwrap_or_default());
        text.push('…');
    }
    text
}

fn text(line: &Map<String, Json>) -> String {
    serde_json::to_string(line).unwrap_or_default()
}
