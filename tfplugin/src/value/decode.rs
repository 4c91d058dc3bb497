//! Values from MessagePack. The bytes are untrusted: they cannot cause a panic, unbounded recursion, or an allocation that is
//! larger than they are.

use std::collections::BTreeMap;

use rmp::Marker;
use rmp::decode as read;

use super::{Dynamic, Number, Set, Type, Value};
use crate::path::{Path, Step};

const MAX_DEPTH: u32 = 256;

/// Why bytes are not a value of their type. Never shows the bytes, which may hold a secret.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("malformed value{}: {reason}", path.suffix())]
pub struct DecodeError {
    /// The path of the value.
    pub path: Path,
    /// What is wrong with it.
    pub reason: String,
}

/// The value of type `ty` that the bytes are.
///
/// # Errors
/// When they are not exactly one such value.
pub fn decode(ty: &Type, bytes: &[u8]) -> Result<Value, DecodeError> {
    let mut reader = Reader { rest: bytes, depth: 0, path: Path::root() };
    let value = reader.value(ty)?;
    if reader.rest.is_empty() { Ok(value) } else { Err(reader.error("trailing bytes")) }
}

struct Reader<'a> {
    rest: &'a [u8],
    depth: u32,
    path: Path,
}

impl Reader<'_> {
    fn value(&mut self, ty: &Type) -> Result<Value, DecodeError> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(self.error("nested too deeply"));
        }
        let value = match self.marker()? {
            Marker::Null => self.skip(1).map(|()| Value::Null),
            marker if is_extension(marker) => self.unknown(),
            _ => self.known(ty),
        }?;
        self.depth -= 1;
        Ok(value)
    }

    fn known(&mut self, ty: &Type) -> Result<Value, DecodeError> {
        match ty {
            Type::Bool => read::read_bool(&mut self.rest).map(Value::Bool).map_err(|_| self.expected(ty)),
            Type::Number => self.number(),
            Type::String => self.string().map(Value::from),
            Type::Dynamic => self.dynamic(),
            Type::List(element) => self.array(element).map(Value::List),
            Type::Set(element) => Ok(Value::Set(Set::new(self.array(element)?))),
            Type::Tuple(elements) => self.tuple(elements),
            Type::Map(element) => self.map(element),
            Type::Object(attributes) => self.object(attributes),
        }
    }

    fn number(&mut self) -> Result<Value, DecodeError> {
        let number = match self.marker()? {
            Marker::F32 => {
                read::read_f32(&mut self.rest).ok().map(|float| Number::try_from(f64::from(float)))
            }
            Marker::F64 => read::read_f64(&mut self.rest).ok().map(Number::try_from),
            Marker::U64 => read::read_u64(&mut self.rest).ok().map(|number| Ok(Number::from(number))),
            marker if is_string(marker) => Some(self.string()?.parse()),
            _ => read::read_int::<i64, _>(&mut self.rest).ok().map(|number| Ok(Number::from(number))),
        };
        match number {
            Some(Ok(number)) => Ok(Value::Number(number)),
            Some(Err(error)) => Err(self.error(error.to_string())),
            None => Err(self.expected(&Type::Number)),
        }
    }

    fn string(&mut self) -> Result<&str, DecodeError> {
        let length = read::read_str_len(&mut self.rest).map_err(|_| self.expected(&Type::String))?;
        let path = self.path.clone();
        let bytes = self.take(length)?;
        std::str::from_utf8(bytes).map_err(|_| DecodeError { path, reason: "not UTF-8".to_owned() })
    }

    fn dynamic(&mut self) -> Result<Value, DecodeError> {
        if self.array_length()? != 2 {
            return Err(self.error("expected a dynamic value: a type and a value"));
        }
        let length = match self.marker()? {
            marker if is_string(marker) => read::read_str_len(&mut self.rest),
            _ => read::read_bin_len(&mut self.rest),
        };
        let length = length.map_err(|_| self.error("expected the type of a dynamic value"))?;
        let json = serde_json::from_slice(self.take(length)?).ok();
        let ty = json.as_ref().and_then(Type::from_json).filter(|ty| *ty != Type::Dynamic);
        let ty = ty.ok_or_else(|| self.error("malformed type of a dynamic value"))?;
        let value = self.value(&ty)?;
        Ok(Value::Dynamic(Box::new(Dynamic { ty, value })))
    }

    fn array(&mut self, element: &Type) -> Result<Vec<Value>, DecodeError> {
        let mut elements = Vec::new();
        for index in (0..).take(self.array_length()?) {
            elements.push(self.within(Step::Index(index), element)?);
        }
        Ok(elements)
    }

    fn tuple(&mut self, types: &[Type]) -> Result<Value, DecodeError> {
        if self.array_length()? != types.len() {
            return Err(self.error("wrong tuple length"));
        }
        let mut elements = Vec::new();
        for (index, ty) in (0..).zip(types) {
            elements.push(self.within(Step::Index(index), ty)?);
        }
        Ok(Value::Tuple(elements))
    }

    fn map(&mut self, element: &Type) -> Result<Value, DecodeError> {
        let mut entries = BTreeMap::new();
        for _ in 0..self.map_length()? {
            let key = super::nfc(self.string()?);
            let value = self.within(Step::Key(key.clone()), element)?;
            entries.insert(key, value);
        }
        Ok(Value::Map(entries))
    }

    fn object(&mut self, types: &BTreeMap<String, Type>) -> Result<Value, DecodeError> {
        let mut attributes: BTreeMap<_, _> = types.keys().map(|name| (name.clone(), Value::Null)).collect();
        for _ in 0..self.map_length()? {
            let name = self.string()?.to_owned();
            let ty = types.get(&name).ok_or_else(|| self.error("unknown attribute"))?;
            let value = self.within(Step::Attribute(name.clone()), ty)?;
            attributes.insert(name, value);
        }
        Ok(Value::Object(attributes))
    }

    fn within(&mut self, step: Step, ty: &Type) -> Result<Value, DecodeError> {
        self.path.enter(step);
        let value = self.value(ty)?;
        self.path.leave();
        Ok(value)
    }

    /// Unknown values may carry refinements, which are ignored.
    fn unknown(&mut self) -> Result<Value, DecodeError> {
        let extension = read::read_ext_meta(&mut self.rest).map_err(|_| self.error("truncated extension"))?;
        self.take(extension.size)?;
        Ok(Value::Unknown)
    }

    /// Every element takes at least one byte, so there cannot be more elements than bytes.
    fn array_length(&mut self) -> Result<usize, DecodeError> {
        let length = read::read_array_len(&mut self.rest).map_err(|_| self.error("expected an array"))?;
        self.fits(length, 1)
    }

    fn map_length(&mut self) -> Result<usize, DecodeError> {
        let length = read::read_map_len(&mut self.rest).map_err(|_| self.error("expected a map"))?;
        self.fits(length, 2)
    }

    fn fits(&self, length: u32, bytes_each: usize) -> Result<usize, DecodeError> {
        let length = usize::try_from(length).unwrap_or(usize::MAX);
        if length > self.rest.len() / bytes_each { Err(self.error("truncated")) } else { Ok(length) }
    }

    fn marker(&self) -> Result<Marker, DecodeError> {
        self.rest.first().map(|byte| Marker::from_u8(*byte)).ok_or_else(|| self.error("truncated"))
    }

    fn take(&mut self, length: u32) -> Result<&[u8], DecodeError> {
        let length = usize::try_from(length).unwrap_or(usize::MAX);
        let (taken, rest) = self.rest.split_at_checked(length).ok_or_else(|| self.error("truncated"))?;
        self.rest = rest;
        Ok(taken)
    }

    fn skip(&mut self, length: u32) -> Result<(), DecodeError> {
        self.take(length).map(drop)
    }

    fn expected(&self, ty: &Type) -> DecodeError {
        self.error(format!("expected {}", ty.noun()))
    }

    fn error(&self, reason: impl Into<String>) -> DecodeError {
        DecodeError { path: self.path.clone(), reason: reason.into() }
    }
}

fn is_extension(marker: Marker) -> bool {
    use Marker::{Ext8, Ext16, Ext32, FixExt1, FixExt2, FixExt4, FixExt8, FixExt16};
    matches!(marker, FixExt1 | FixExt2 | FixExt4 | FixExt8 | FixExt16 | Ext8 | Ext16 | Ext32)
}

fn is_string(marker: Marker) -> bool {
    matches!(marker, Marker::FixStr(_) | Marker::Str8 | Marker::Str16 | Marker::Str32)
}
