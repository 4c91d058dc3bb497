//! The RPCs of the provider as a whole.

use super::Server;
use super::answer::{checked, decode};
use crate::diagnostic::Answer;
use crate::provider::ConfigureRequest;
use crate::provider::context::Context;
use crate::wire;

impl Server {
    pub(super) async fn validate_provider(&self, request: wire::ProviderConfig) -> wire::ProviderChecked {
        let cx = self.context();
        let outcome = self.try_validate_provider(&cx, request).await;
        wire::ProviderChecked { diagnostics: checked(&cx, outcome) }
    }

    pub(super) async fn configure(&self, request: wire::ConfigureProvider) -> wire::Checked {
        self.resume();
        let cx = self.context();
        let outcome = self.try_configure(&cx, request).await;
        wire::Checked { diagnostics: checked(&cx, outcome) }
    }

    /// Responds at once: Terraform waits for the cancelled operations.
    pub(super) fn stop_provider(&self) -> wire::Stopped {
        self.stop();
        wire::Stopped::default()
    }

    async fn try_validate_provider(&self, cx: &Context, request: wire::ProviderConfig) -> Answer<()> {
        let config = decode(&self.catalog.schema.ty(), request.config.as_ref())?;
        self.catalog.provider.validate(cx, config).await
    }

    async fn try_configure(&self, cx: &Context, request: wire::ConfigureProvider) -> Answer<()> {
        let config = decode(&self.catalog.schema.ty(), request.config.as_ref())?;
        let request = ConfigureRequest { config, terraform_version: request.terraform_version };
        self.catalog.provider.configure(cx, request).await
    }
}
