//! Dispatches gRPC calls by path.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use futures_util::FutureExt;
use http::{Request, Response};
use hyper::body::Incoming;
use prost::Message;
use tonic::Status;
use tonic::body::Body;
use tonic::server::Grpc;
use tonic_prost::ProstCodec;

use super::Server;
use crate::wire;

/// The message limit, which is that of Terraform.
const MESSAGE_LIMIT: usize = 256 << 20;
const PROVIDER: &str = "/tfplugin6.Provider/";
const SHUTDOWN: &str = "/plugin.GRPCController/Shutdown";

impl Server {
    /// Responds to one call.
    pub(crate) async fn answer(self: Arc<Self>, request: Request<Incoming>) -> Response<Body> {
        let _call = self.call();
        let path = request.uri().path().to_owned();
        tracing::trace!(method = path, "call");
        match path.strip_prefix(PROVIDER) {
            Some(method) => self.provider_method(method, request).await,
            None if path == SHUTDOWN => self.shut_down(request).await,
            None => unimplemented(&path),
        }
    }

    async fn provider_method(&self, method: &str, request: Request<Incoming>) -> Response<Body> {
        match method {
            "GetMetadata" => unary(request, async |_: wire::Empty| self.metadata()).await,
            "GetProviderSchema" => unary(request, async |_: wire::Empty| self.provider_schema()).await,
            "GetResourceIdentitySchemas" => {
                unary(request, async |_: wire::Empty| self.identity_schemas()).await
            }
            "GetFunctions" => unary(request, async |_: wire::Empty| self.functions()).await,
            "ValidateProviderConfig" => unary(request, |it| self.validate_provider(it)).await,
            "ConfigureProvider" => unary(request, |it| self.configure(it)).await,
            "StopProvider" => unary(request, async |_: wire::Empty| self.stop_provider()).await,
            "ValidateDataResourceConfig" => unary(request, |it| self.validate_data_source(it)).await,
            "ReadDataSource" => unary(request, |it| self.read_data_source(it)).await,
            "CallFunction" => unary(request, |it| self.call_function(it)).await,
            "ValidateListResourceConfig" => unary(request, |it| self.validate_list(it)).await,
            "ListResource" => stream(request, |it| self.list_resource(it)).await,
            _ => self.resource_method(method, request).await,
        }
    }

    async fn resource_method(&self, method: &str, request: Request<Incoming>) -> Response<Body> {
        match method {
            "ValidateResourceConfig" => unary(request, |it| self.validate_resource(it)).await,
            "UpgradeResourceState" => unary(request, |it| self.upgrade_state(it)).await,
            "UpgradeResourceIdentity" => {
                unary(request, async |it: wire::UpgradeState| self.upgrade_identity(&it)).await
            }
            "ReadResource" => unary(request, |it| self.read_resource(it)).await,
            "PlanResourceChange" => unary(request, |it| self.plan_change(it)).await,
            "ApplyResourceChange" => unary(request, |it| self.apply_change(it)).await,
            "ImportResourceState" => unary(request, |it| self.import_resource(it)).await,
            "MoveResourceState" => unary(request, |it| self.move_resource(it)).await,
            "GenerateResourceConfig" => {
                unary(request, async |it: wire::GenerateConfig| self.generate_config(&it)).await
            }
            _ => unimplemented(request.uri().path()),
        }
    }

    /// The response is sent before the process exits: connections are closed first.
    async fn shut_down(&self, request: Request<Incoming>) -> Response<Body> {
        let answer = unary(request, async |_: wire::Empty| wire::Empty {}).await;
        self.shutdown.cancel();
        answer
    }
}

async fn unary<Q, A, F>(request: Request<Incoming>, method: impl FnOnce(Q) -> F) -> Response<Body>
where
    Q: Message + Default + Send + 'static,
    A: Message + Default + Send + 'static,
    F: Future<Output = A> + Send,
{
    let mut method = Some(method);
    let service = tower::service_fn(|request: tonic::Request<Q>| {
        let answer = method.take().map(|method| guarded(method(request.into_inner())));
        async move { answer.ok_or_else(called_twice)?.await.map(tonic::Response::new) }
    });
    grpc(ProstCodec::<A, Q>::default()).unary(service, request).await
}

async fn stream<Q, A, F>(request: Request<Incoming>, method: impl FnOnce(Q) -> F) -> Response<Body>
where
    Q: Message + Default + Send + 'static,
    A: Message + Default + Send + 'static,
    F: Future<Output = Vec<A>> + Send,
{
    let mut method = Some(method);
    let service = tower::service_fn(|request: tonic::Request<Q>| {
        let answer = method.take().map(|method| guarded(method(request.into_inner())));
        async move {
            let events = answer.ok_or_else(called_twice)?.await?;
            Ok(tonic::Response::new(futures_util::stream::iter(events.into_iter().map(Ok))))
        }
    });
    grpc(ProstCodec::<A, Q>::default()).server_streaming(service, request).await
}

fn grpc<C: tonic::codec::Codec>(codec: C) -> Grpc<C> {
    Grpc::new(codec).max_decoding_message_size(MESSAGE_LIMIT).max_encoding_message_size(MESSAGE_LIMIT)
}

/// A panic fails only its call: the results of other calls must not be lost.
async fn guarded<A>(answer: impl Future<Output = A>) -> Result<A, Status> {
    AssertUnwindSafe(answer).catch_unwind().await.map_err(|panic| {
        let text = panic.downcast_ref::<String>().map(String::as_str);
        let text = text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("no message");
        Status::internal(format!("the provider has a bug: it panicked: {text}"))
    })
}

fn called_twice() -> Status {
    Status::internal("a request was handled twice")
}

fn unimplemented(path: &str) -> Response<Body> {
    Status::unimplemented(format!("unknown method {path}")).into_http()
}
