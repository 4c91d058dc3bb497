//! Values as MessagePack.

use std::collections::BTreeMap;

use rmp::encode as write;

use super::{Number, Type, Value};

/// An unknown value: extension type 0 with one byte of zero.
const UNKNOWN: [u8; 3] = [0xd4, 0, 0];

/// The bytes of a value that has been made to conform to `ty`.
///
/// A value that does not conform is written as null, so that the following values are still decoded correctly.
pub fn encode(ty: &Type, value: &Value) -> Vec<u8> {
    let mut out = Vec::new();
    put(&mut out, ty, value);
    out
}

fn put(out: &mut Vec<u8>, ty: &Type, value: &Value) {
    match (ty, value) {
        (_, Value::Unknown) => out.extend_from_slice(&UNKNOWN),
        (Type::Bool, Value::Bool(value)) => sure(write::write_bool(out, *value)),
        (Type::Number, Value::Number(number)) => put_number(out, number),
        (Type::String, Value::String(text)) => sure(write::write_str(out, text)),
        (Type::Dynamic, Value::Dynamic(dynamic)) => {
            sure(write::write_array_len(out, 2));
            sure(write::write_bin(out, dynamic.ty.to_json().to_string().as_bytes()));
            put(out, &dynamic.ty, &dynamic.value);
        }
        (Type::List(element), Value::List(elements)) => put_all(out, element, elements),
        (Type::Set(element), Value::Set(set)) => put_all(out, element, set.elements()),
        (Type::Tuple(types), Value::Tuple(elements)) if types.len() == elements.len() => {
            sure(write::write_array_len(out, length(elements.len())));
            types.iter().zip(elements).for_each(|(ty, element)| put(out, ty, element));
        }
        (Type::Map(element), Value::Map(entries)) => put_map(out, element, entries),
        (Type::Object(types), Value::Object(entries)) => put_object(out, types, entries),
        _ => sure(write::write_nil(out)),
    }
}

fn put_number(out: &mut Vec<u8>, number: &Number) {
    if let Some(integer) = number.as_i64() {
        sure(write::write_sint(out, integer));
    } else if let Some(float) = number.as_exact_f64().filter(|_| !number.is_integer()) {
        sure(write::write_f64(out, float));
    } else {
        sure(write::write_str(out, &number.to_string()));
    }
}

fn put_all(out: &mut Vec<u8>, ty: &Type, elements: &[Value]) {
    sure(write::write_array_len(out, length(elements.len())));
    elements.iter().for_each(|element| put(out, ty, element));
}

fn put_map(out: &mut Vec<u8>, ty: &Type, entries: &BTreeMap<String, Value>) {
    sure(write::write_map_len(out, length(entries.len())));
    for (key, value) in entries {
        sure(write::write_str(out, key));
        put(out, ty, value);
    }
}

fn put_object(out: &mut Vec<u8>, types: &BTreeMap<String, Type>, entries: &BTreeMap<String, Value>) {
    sure(write::write_map_len(out, length(types.len())));
    for (name, ty) in types {
        sure(write::write_str(out, name));
        put(out, ty, entries.get(name).unwrap_or(&Value::Null));
    }
}

/// Lengths stay under the message limit of 256 MiB.
fn length(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(u32::MAX)
}

/// Writing to memory cannot fail; `rmp`'s results only mirror the writer's.
fn sure<T, E>(_written: Result<T, E>) {}
