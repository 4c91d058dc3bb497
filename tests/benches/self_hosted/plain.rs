//! A client that does nothing but send calls: how long the server itself needs for them.

use futures_util::{StreamExt, TryStreamExt, stream};
use http::uri::PathAndQuery;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use prost::Message;
use std::future::Future;
use std::time::Instant;
use temporalio_protos::temporal::api::nexus::v1::endpoint_target::{Variant, Worker};
use temporalio_protos::temporal::api::nexus::v1::{Endpoint, EndpointSpec, EndpointTarget};
use temporalio_protos::temporal::api::operatorservice::v1::{
    CreateNexusEndpointRequest, CreateNexusEndpointResponse, DeleteNexusEndpointRequest,
    DeleteNexusEndpointResponse, GetNexusEndpointRequest, GetNexusEndpointResponse,
    ListNexusEndpointsRequest, ListNexusEndpointsResponse,
};
use tests::many::{Step, TARGET};
use tests::pass_through::PassThrough;
use tests::server::Server;
use tonic::body::Body;
use tonic::client::Grpc;
use tonic::{Request, Status};
use tonic_prost::ProstCodec;

const PAGE: i32 = 500;

/// Makes Endpoints, lists them, and reads and deletes each, so many calls at once.
pub fn life(server: &Server, endpoints: usize, at_once: usize) -> Vec<Step> {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let front = PassThrough::start(&server.address());
    let plain = Plain {
        client: Client::builder(TokioExecutor::new()).http2_only(true).build_http(),
        origin: format!("http://{}", front.address()).parse().unwrap(),
    };
    let create = stream::iter(0..endpoints).map(|number| plain.create(number)).buffer_unordered(at_once);
    let created =
        step(&front, "create", || runtime.block_on(create.try_collect::<Vec<_>>()).map(|all| all.len()));
    let mut all = Vec::new();
    let listed = step(&front, "list", || {
        all = runtime.block_on(plain.list())?;
        Ok(all.len())
    });
    let delete = stream::iter(&all).map(|endpoint| plain.delete(&endpoint.id)).buffer_unordered(at_once);
    let deleted = step(&front, "read and delete", || {
        runtime.block_on(delete.try_collect::<Vec<_>>()).map(|all| all.len())
    });
    assert_eq!(all.len(), endpoints);
    vec![created, listed, deleted]
}

fn step(front: &PassThrough, what: &'static str, run: impl FnOnce() -> Result<usize, Status>) -> Step {
    let start = Instant::now();
    run().unwrap();
    Step { what, time: start.elapsed(), calls: front.counted() }
}

struct Plain {
    client: Client<HttpConnector, Body>,
    origin: http::Uri,
}

impl Plain {
    fn call<Q, A>(
        &self,
        method: &'static str,
        request: Q,
    ) -> impl Future<Output = Result<A, Status>> + use<Q, A>
    where
        Q: Message + Send + Sync + 'static,
        A: Message + Default + Send + Sync + 'static,
    {
        let mut grpc =
            Grpc::with_origin(self.client.clone(), self.origin.clone()).max_decoding_message_size(1 << 26);
        let path = format!("/temporal.api.operatorservice.v1.OperatorService/{method}");
        async move {
            let codec: ProstCodec<Q, A> = ProstCodec::default();
            let answer = grpc.unary(Request::new(request), PathAndQuery::try_from(path).unwrap(), codec);
            answer.await.map(tonic::Response::into_inner)
        }
    }

    async fn create(&self, number: usize) -> Result<CreateNexusEndpointResponse, Status> {
        let worker = Worker { namespace: TARGET.to_owned(), task_queue: "q".to_owned() };
        let target = Some(EndpointTarget { variant: Some(Variant::Worker(worker)) });
        let spec = Some(EndpointSpec { name: format!("e{number}"), target, ..EndpointSpec::default() });
        self.call("CreateNexusEndpoint", CreateNexusEndpointRequest { spec }).await
    }

    async fn list(&self) -> Result<Vec<Endpoint>, Status> {
        let mut all = Vec::new();
        let mut request = ListNexusEndpointsRequest { page_size: PAGE, ..Default::default() };
        loop {
            let page: ListNexusEndpointsResponse = self.call("ListNexusEndpoints", request.clone()).await?;
            all.extend(page.endpoints);
            request.next_page_token = page.next_page_token;
            if request.next_page_token.is_empty() {
                return Ok(all);
            }
        }
    }

    async fn delete(&self, id: &str) -> Result<DeleteNexusEndpointResponse, Status> {
        let id = id.to_owned();
        let read = GetNexusEndpointRequest { id: id.clone() };
        let read: GetNexusEndpointResponse = self.call("GetNexusEndpoint", read).await?;
        let version = read.endpoint.map(|endpoint| endpoint.version).unwrap_or_default();
        self.call("DeleteNexusEndpoint", DeleteNexusEndpointRequest { id, version }).await
    }
}
