//! Planning by the schema: which values become unknown, and which changes replace the object.

mod draft;
mod replace;

pub(crate) use draft::draft;
pub(crate) use replace::replacements;

use crate::path::Path;
use crate::value::Value;

/// A planned change.
#[derive(Clone)]
pub struct Plan {
    /// The planned state, an object by the schema. Apply must return its known values unchanged.
    pub state: Value,
    /// Attributes whose change replaces the object, in addition to those of the schema. Those that do not change are ignored.
    pub replace: Vec<Path>,
    /// The planned identity; `None` keeps the prior one.
    pub identity: Option<Value>,
    /// Private data for apply; `None` keeps those that Terraform has.
    pub private: Option<Vec<u8>>,
}

impl From<Value> for Plan {
    fn from(state: Value) -> Self {
        Self { state, replace: Vec::new(), identity: None, private: None }
    }
}
