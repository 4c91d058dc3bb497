//! The RPC that calls functions.

use super::Server;
use super::answer::{decode, encode_known};
use crate::diagnostic::Diagnostics;
use crate::provider::function::{FunctionError, Signature};
use crate::value::{Type, Value};
use crate::wire;

impl Server {
    pub(super) async fn call_function(&self, request: wire::Call) -> wire::CallAnswer {
        match self.try_call(request).await {
            Ok(result) => wire::CallAnswer { result: Some(result), error: None },
            Err(error) => wire::CallAnswer { result: None, error: Some(error.into()) },
        }
    }

    async fn try_call(&self, request: wire::Call) -> Result<wire::DynamicValue, FunctionError> {
        let unknown = || FunctionError::new(format!("unknown function `{}`", request.name));
        let function = self.catalog.functions.get(&request.name).ok_or_else(unknown)?;
        let signature = function.signature();
        let arguments = decode_arguments(&signature, &request.arguments)?;
        let result = function.call(&self.context(), arguments).await?;
        encode_known(&signature.returns, result).map_err(|failure| function_error(&failure))
    }
}

fn decode_arguments(signature: &Signature, sent: &[wire::DynamicValue]) -> Result<Vec<Value>, FunctionError> {
    let named = signature.parameters.len();
    if sent.len() < named || (sent.len() > named && signature.variadic.is_none()) {
        return Err(FunctionError::new(format!("expected {named} arguments, got {}", sent.len())));
    }
    let types = signature.parameters.iter().chain(signature.variadic.iter().cycle()).map(|it| &it.ty);
    let one = |(index, (ty, sent)): (usize, (&Type, &wire::DynamicValue))| {
        decode(ty, Some(sent))
            .map_err(|failure| FunctionError { argument: Some(index), ..function_error(&failure) })
    };
    types.zip(sent).enumerate().map(one).collect()
}

fn function_error(failure: &Diagnostics) -> FunctionError {
    let summaries: Vec<_> = failure.iter().map(|diagnostic| diagnostic.summary.as_str()).collect();
    FunctionError::new(summaries.join("; "))
}

impl From<FunctionError> for wire::FunctionError {
    fn from(error: FunctionError) -> Self {
        let argument = error.argument.and_then(|argument| i64::try_from(argument).ok());
        Self { text: error.text, function_argument: argument }
    }
}
