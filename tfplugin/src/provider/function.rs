//! What a provider-defined function is.

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

    /// The result for arguments that are as many as the signature says, those of a variadic parameter last.
    async fn call(&self, cx: &Context, arguments: Vec<Value>) -> Result<Value, FunctionError>;
}

/// What a function takes and gives.
#[derive(Clone, Debug)]
pub struct Signature {
    /// One sentence.
    pub summary: String,
    /// Markdown.
    pub description: String,
    /// In order.
    pub parameters: Vec<Parameter>,
    /// Takes all further arguments.
    pub variadic: Option<Parameter>,
    /// The result's type.
    pub returns: Type,
}

/// One parameter. Terraform itself answers for null and unknown arguments, so functions never see them.
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
    /// For the user.
    pub text: String,
    /// The argument at fault, from zero.
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
