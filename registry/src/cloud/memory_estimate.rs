//! An estimate of the memory that a JSON text takes once it is parsed. It is made before parsing, because a short text can take
//! a thousand times its length.

/// An object: a node of a tree, with room for eleven fields of 56 bytes each.
const OBJECT: usize = 640;
/// A list: room for four values.
const LIST: usize = 128;
/// One more value or field: the room for it, twice, as lists grow by doubling, and what its text takes at least.
const ENTRY: usize = 96;

/// About how many bytes the values of a JSON text take, rather too many than too few.
pub(crate) fn of_json(text: &str) -> usize {
    let (mut memory, mut in_string, mut escaped) = (text.len(), false, false);
    for byte in text.bytes() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_string => escaped = true,
            b'"' => in_string = !in_string,
            _ if in_string => {}
            b'{' => memory += OBJECT,
            b'[' => memory += LIST,
            b',' => memory += ENTRY,
            _ => {}
        }
    }
    memory
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_stands_outside_of_texts_counts() {
        assert_eq!(of_json(r#""{[,\"{\\""#), 10);
        assert_eq!(of_json(r#"{"a\\":[1,{}]}"#), 14 + 2 * OBJECT + LIST + ENTRY);
    }
}
