//! The RPCs of data sources.

use super::Server;
use super::answer::{bug, checked, decode, encode_known, finish};
use crate::diagnostic::Answer;
use crate::provider::context::Context;
use crate::wire;

impl Server {
    pub(super) async fn validate_data_source(&self, request: wire::TypedConfig) -> wire::Checked {
        let cx = self.context();
        let outcome = self.try_validate_data_source(&cx, request).await;
        wire::Checked { diagnostics: checked(&cx, outcome) }
    }

    pub(super) async fn read_data_source(&self, request: wire::TypedConfig) -> wire::DataAnswer {
        let cx = self.context();
        let (state, diagnostics) = finish(&cx, self.try_read_data_source(&cx, request).await.map(Some));
        wire::DataAnswer { state, diagnostics }
    }

    async fn try_validate_data_source(&self, cx: &Context, request: wire::TypedConfig) -> Answer<()> {
        let typed = self.catalog.data_source(&request.type_name)?;
        let config = decode(&typed.ty, request.config.as_ref())?;
        typed.source.validate(cx, config).await
    }

    async fn try_read_data_source(
        &self,
        cx: &Context,
        request: wire::TypedConfig,
    ) -> Answer<wire::DynamicValue> {
        let typed = self.catalog.data_source(&request.type_name)?;
        let config = decode(&typed.ty, request.config.as_ref())?;
        let result = typed.source.read(cx, config).await?;
        if result.is_null() {
            return Err(bug("a data source returned no result").into());
        }
        encode_known(&typed.ty, result)
    }
}
