//! The trait of provider-defined functions.

use async_trait::async_trait;

use crate::provider::context::Context;
use crate::value::{Type, Value};

/// A function that configurations call as `provider::NAME::FUNCTION(…)`.
#[async_trait]
pub trait Function: Send + Sync {
    /// Its name, without the provider's.
    fn name(&self) -> &str;

    /// Its parameters and result.
    fn signature(&self) -> Signature;

    /// The result. The number of arguments matches the signature; those of a variadic parameter are last.
    async fn call(&self, cx: &Context, arguments: Vec<Value>) -> Result<Value, FunctionError>;
}

/// The signature of a function.
#[derive(Clone, Debug)]
pub struct Signature {
    /// One sentence.
    pub summary: String,
    /// Markdown.
    pub description: String,
    /// In order.
    pub parameters: Vec<Parameter>,
    /// The parameter for all further arguments.
    pub variadic: Option<Parameter>,
    /// The result's type.
    pub returns: Type,
}

/// One parameter. Terraform handles null and unknown arguments itself, so functions never get them.
#[derive(Clone, Debug)]
pub struct Parameter {
    /// Its name, for messages and docs.
    pub name: String,
    /// Its type.
    pub ty: Type,
    /// Markdown.
    pub description: String,
}

impl Parameter {
    /// A parameter.
    pub fn new(name: impl Into<String>, ty: Type, description: impl Into<String>) -> Self {
        Self { name: name.into(), ty, description: description.into() }
    }
}

/// Why a function has no result.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FunctionError {
    /// The message for the user.
    pub text: String,
    /// The index of the invalid argument, from zero.
    pub argument: Option<usize>,
}

impl FunctionError {
    /// An error of the call as a whole.
    pub fn new(text: impl Into<String>) -> Self {
        Self { text: text.into(), argument: None }
    }

    /// An error of one argument, from zero.
    pub fn argument(argument: usize, text: impl Into<String>) -> Self {
        Self { text: text.into(), argument: Some(argument) }
    }
}
