//! Protobuf messages field by field. Fields that this version does not know are kept as bytes, and sent back with the next
//! update.

use prost::DecodeError;
use prost::encoding::{DecodeContext, WireType, decode_key, decode_varint, skip_field};

/// The content of a message field. If it occurs several times the parts are joined, as protobuf specifies.
pub(crate) fn inner(message: &[u8], number: u32) -> Result<Vec<u8>, DecodeError> {
    let fields = fields(message)?;
    let parts = fields.iter().filter(|field| field.number == number).filter_map(|field| field.content);
    Ok(parts.flatten().copied().collect())
}

/// The contents of a repeated field, at most `most` and one more.
pub(crate) fn each(message: &[u8], number: u32, most: usize) -> Result<Vec<&[u8]>, DecodeError> {
    let mut rest = message;
    let mut parts = Vec::new();
    while let Some(field) = next(&mut rest)? {
        if parts.len() > most {
            break;
        }
        parts.extend(field.content.filter(|_| field.number == number));
    }
    Ok(parts)
}

/// Whether a message has a field.
pub(crate) fn has(message: &[u8], number: u32) -> Result<bool, DecodeError> {
    Ok(fields(message)?.iter().any(|field| field.number == number))
}

/// All fields except the known ones, with their keys, to be appended to a message.
pub(crate) fn unknown(message: &[u8], known: &[u32]) -> Result<Vec<u8>, DecodeError> {
    let fields = fields(message)?;
    let unknown = fields.iter().filter(|field| !known.contains(&field.number));
    Ok(unknown.flat_map(|field| field.whole).copied().collect())
}

/// A message as a field of another.
pub(crate) fn put(number: u32, message: &[u8], into: &mut Vec<u8>) {
    prost::encoding::bytes::encode(number, &message.to_vec(), into);
}

struct Field<'a> {
    number: u32,
    whole: &'a [u8],
    /// Its content, if it is length-delimited.
    content: Option<&'a [u8]>,
}

fn fields(message: &[u8]) -> Result<Vec<Field<'_>>, DecodeError> {
    let mut fields = Vec::new();
    let mut rest = message;
    while let Some(field) = next(&mut rest)? {
        fields.push(field);
    }
    Ok(fields)
}

/// The next field of a message.
fn next<'a>(rest: &mut &'a [u8]) -> Result<Option<Field<'a>>, DecodeError> {
    if rest.is_empty() {
        return Ok(None);
    }
    let start = *rest;
    let (number, kind) = decode_key(rest)?;
    let mut content = *rest;
    skip_field(kind, number, rest, DecodeContext::default())?;
    let whole = start.get(..start.len() - rest.len()).unwrap_or_default();
    let content = match kind {
        WireType::LengthDelimited => {
            decode_varint(&mut content)?;
            content.get(..content.len() - rest.len())
        }
        _ => None,
    };
    Ok(Some(Field { number, whole, content }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_taken_apart_and_put_together() {
        let mut message = Vec::new();
        put(1, b"one", &mut message);
        prost::encoding::uint64::encode(9, &300, &mut message);
        put(1, b"two", &mut message);
        assert_eq!(inner(&message, 1).unwrap(), b"onetwo");
        assert_eq!(each(&message, 1, 9).unwrap(), [b"one", b"two"]);
        assert_eq!(each(&message, 1, 0).unwrap(), [b"one"]);
        assert_eq!((has(&message, 9).unwrap(), has(&message, 2).unwrap()), (true, false));
        assert_eq!(unknown(&message, &[1]).unwrap(), [0x48, 0xac, 0x02]);
        assert_eq!(unknown(&message, &[1, 9]).unwrap(), b"");
    }

    #[test]
    fn half_a_message_is_refused() {
        assert!(inner(&[0x0a, 0x05, b'x'], 1).is_err());
        assert!(unknown(&[0x0a], &[]).is_err());
    }
}
