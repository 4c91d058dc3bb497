//! Redacts secrets in responses and errors before they become values or messages. A secret is found as it is, in other case,
//! percent-encoded, escaped as in JSON or HTML, in Base64, and with spaces or invisible characters in between.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use schema::secret::Secret;
use serde_json::Value;

/// The replacement of a secret.
const MASK: &str = "***";
/// The length of the shortest secret that is redacted: shorter texts occur in any word.
const MIN_LENGTH: usize = 8;

/// The secrets to redact.
#[derive(Clone, Debug, Default)]
pub struct Redaction {
    secrets: Vec<Secret>,
    /// Their Base64 encodings, at every alignment.
    encoded: Vec<Secret>,
}

impl Redaction {
    /// Redacts these secrets, except those of fewer than eight bytes.
    pub fn new(secrets: impl IntoIterator<Item = Secret>) -> Self {
        let secrets: Vec<_> =
            secrets.into_iter().filter(|secret| secret.expose().len() >= MIN_LENGTH).collect();
        let encoded = secrets.iter().flat_map(in_base64).collect();
        Self { secrets, encoded }
    }

    /// The text with every secret replaced by `***`.
    #[must_use]
    pub fn hide(&self, text: &str) -> String {
        let bytes = text.as_bytes();
        let mut shown = Vec::new();
        let mut at = 0;
        while let Some((start, end)) = self.next(bytes, at) {
            shown.extend_from_slice(bytes.get(at..start).unwrap_or_default());
            shown.extend_from_slice(MASK.as_bytes());
            at = end;
        }
        if at == 0 {
            return text.to_owned();
        }
        shown.extend_from_slice(bytes.get(at..).unwrap_or_default());
        String::from_utf8_lossy(&shown).into_owned()
    }

    /// Whether a text, or the bytes of a message, contain a secret.
    #[must_use]
    pub fn finds(&self, bytes: &[u8]) -> bool {
        self.next(bytes, 0).is_some()
    }

    /// Hides secrets in every text of a JSON value.
    pub(crate) fn hide_in(&self, value: &mut Value) {
        match value {
            Value::String(text) => *text = self.hide(text),
            Value::Array(items) => items.iter_mut().for_each(|item| self.hide_in(item)),
            Value::Object(fields) => fields.values_mut().for_each(|field| self.hide_in(field)),
            _ => {}
        }
    }

    /// The path of a secret in a JSON value, such as `endpoints.0.spec.description.data`.
    pub(crate) fn path_of_secret(&self, value: &Value) -> Option<String> {
        let below = |name: &str, value| {
            if self.finds(name.as_bytes()) {
                return Some(MASK.to_owned());
            }
            let rest = self.path_of_secret(value)?;
            Some(if rest.is_empty() { name.to_owned() } else { format!("{name}.{rest}") })
        };
        match value {
            Value::String(text) => self.finds(text.as_bytes()).then(String::new),
            Value::Number(number) => self.finds(number.to_string().as_bytes()).then(String::new),
            Value::Array(items) => {
                items.iter().enumerate().find_map(|(at, item)| below(&at.to_string(), item))
            }
            Value::Object(fields) => fields.iter().find_map(|(name, field)| below(name, field)),
            Value::Null | Value::Bool(_) => None,
        }
    }

    /// The start and end of the first secret from `from` on.
    fn next(&self, bytes: &[u8], from: usize) -> Option<(usize, usize)> {
        if self.secrets.is_empty() {
            return None;
        }
        (from..bytes.len()).find_map(|start| {
            let secrets =
                self.secrets.iter().find_map(|secret| end(bytes, start, secret.expose().as_bytes()));
            let encoded = || {
                let rest = bytes.get(start..)?;
                let found = self.encoded.iter().find(|text| rest.starts_with(text.expose().as_bytes()))?;
                Some(start + found.expose().len())
            };
            secrets.or_else(encoded).map(|end| (start, end))
        })
    }
}

/// What every Base64 text that contains a secret contains: one text for each of three alignments in a group of characters,
/// without the characters at both ends, which depend on what is around the secret.
fn in_base64(secret: &Secret) -> Vec<Secret> {
    let middle = |before: usize| {
        let bytes = [vec![0; before], secret.expose().as_bytes().to_vec()].concat();
        let (first, end) = ((before * 8).div_ceil(6), bytes.len() * 8 / 6);
        let cut = move |text: String| Secret::new(text.get(first..end).unwrap_or_default());
        [cut(STANDARD_NO_PAD.encode(&bytes)), cut(URL_SAFE_NO_PAD.encode(&bytes))]
    };
    (0..3).flat_map(middle).collect()
}

/// The end of a secret that starts at `start`, however its characters are written. Spaces in the secret are ignored.
fn end(bytes: &[u8], start: usize, secret: &[u8]) -> Option<usize> {
    let mut characters = secret.iter().filter(|byte| byte.is_ascii_graphic());
    let mut at = start + character_length(bytes.get(start..)?, *characters.next()?)?;
    for expected in characters {
        let gap = bytes.get(at..)?.iter().take_while(|byte| !byte.is_ascii_graphic()).count();
        at += gap + character_length(bytes.get(at + gap..)?, *expected)?;
    }
    Some(at)
}

/// The length of the character `expected` at the start of a text, escaped or not; `None` for another character.
fn character_length(text: &[u8], expected: u8) -> Option<usize> {
    let is_expected = |byte: &u8| byte.eq_ignore_ascii_case(&expected);
    let escaped = escaped(text).filter(|(byte, _)| is_expected(byte)).map(|(_, length)| length);
    escaped.or_else(|| text.first().filter(|byte| is_expected(byte)).map(|_| 1))
}

/// The character that an escape at the start of a text stands for, and the length of the escape.
fn escaped(text: &[u8]) -> Option<(u8, usize)> {
    match text {
        [b'%', b'2', b'5', high, low, ..] if hex(*high, *low).is_some() => Some((hex(*high, *low)?, 5)),
        [b'%', high, low, ..] => Some((hex(*high, *low)?, 3)),
        [b'&', ..] => entity(text),
        [b'\\', ..] => {
            let slashes = text.iter().take_while(|byte| **byte == b'\\').count();
            match text.get(slashes..)? {
                [b'u', b'0', b'0', high, low, ..] if hex(*high, *low).is_some() => {
                    Some((hex(*high, *low)?, slashes + 5))
                }
                [b'x', high, low, ..] if hex(*high, *low).is_some() => Some((hex(*high, *low)?, slashes + 3)),
                [escaped, ..] => Some((*escaped, slashes + 1)),
                [] => None,
            }
        }
        _ => None,
    }
}

fn hex(high: u8, low: u8) -> Option<u8> {
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    Some(digit(high)? * 16 + digit(low)?)
}

/// An HTML character reference and its length: `&amp;`, `&#38;`, `&#x26;`.
fn entity(text: &[u8]) -> Option<(u8, usize)> {
    let end = text.iter().take(9).position(|byte| *byte == b';')?;
    let name = std::str::from_utf8(text.get(1..end)?).ok()?;
    let value = match name {
        "amp" => b'&',
        "lt" => b'<',
        "gt" => b'>',
        "quot" => b'"',
        "apos" => b'\'',
        _ => match name.strip_prefix("#x").or_else(|| name.strip_prefix("#X")) {
            Some(digits) => u8::from_str_radix(digits, 16).ok()?,
            None => name.strip_prefix('#')?.parse().ok()?,
        },
    };
    Some((value, end + 1))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const KEY: &str = "tmprl_Secret+key/of&ci";

    fn redaction() -> Redaction {
        Redaction::new([Secret::new(KEY)])
    }

    #[track_caller]
    fn check(text: &str, expected: &str) {
        assert_eq!(redaction().hide(text), expected);
        assert!(redaction().finds(text.as_bytes()));
    }

    #[test]
    fn a_secret_is_found_however_it_is_written() {
        let percent = |text: &str| text.bytes().map(|byte| format!("%{byte:02x}")).collect::<String>();
        let json = |text: &str| text.bytes().map(|byte| format!("\\u{:04X}", byte)).collect::<String>();
        let html = |text: &str| text.bytes().map(|byte| format!("&#{byte};")).collect::<String>();
        check(KEY, "***");
        check(&format!("Bearer {KEY} is not valid, {KEY}"), "Bearer *** is not valid, ***");
        check(&KEY.to_uppercase(), "***");
        check("a tmprl%5FSecret%2Bkey%2fof%26ci b", "a *** b");
        check("a tmprl%255FSecret%252Bkey%252Fof%2526ci b", "a *** b");
        check(&percent(KEY), "***");
        check(&format!("{{\"message\":\"{}\"}}", json(KEY)), "{\"message\":\"***\"}");
        check(&json(KEY).replace('\\', "\\\\"), "***");
        check("tmprl_Secret+key\\/of&ci", "***");
        check("tmprl_Secret+key/of&amp;ci", "***");
        check(&html(KEY), "***");
        check("<b>tmprl_\nSecret+\u{200b}key\t/of&ci</b>", "<b>***</b>");
        check("\u{fc}tmprl_Secret+key/of&ci\u{fc}", "\u{fc}***\u{fc}");
    }

    #[test]
    fn a_secret_is_found_in_base64() {
        for around in ["", "a", "ab", "Bearer ", "user:"] {
            let text = format!("{around}{KEY}{around}");
            for encoded in [STANDARD_NO_PAD.encode(&text), URL_SAFE_NO_PAD.encode(&text)] {
                assert!(redaction().hide(&encoded).contains(MASK), "{text}");
            }
        }
    }

    #[test]
    fn other_texts_stay_as_they_are() {
        for text in
            ["", "tmprl_Secret+key/of&c", "tmprl_secret", "%", "\\", "&", "\\u00", "100% &amp; \u{fc}"]
        {
            assert_eq!(redaction().hide(text), text);
        }
        assert_eq!(Redaction::new([Secret::new("short")]).hide("short"), "short");
        assert_eq!(Redaction::default().hide(KEY), KEY);
    }

    #[test]
    fn the_path_in_json_is_found_without_the_secret() {
        let found = |value: Value| redaction().path_of_secret(&value);
        assert_eq!(found(json!({ "a": [{}, { "b": KEY }] })).as_deref(), Some("a.1.b"));
        assert_eq!(found(json!({ "a": { KEY: 1 } })).as_deref(), Some("a.***"));
        assert_eq!(found(json!({ "a": [1, "b"] })), None);
        let mut operation = json!({ "failureReason": format!("Bearer {KEY}"), "list": [KEY, 1] });
        redaction().hide_in(&mut operation);
        assert_eq!(operation, json!({ "failureReason": "Bearer ***", "list": ["***", 1] }));
    }
}
